//! Measures scripts: `cargo run --release -p velodrome-script --example scripts`.
#![expect(clippy::print_stdout, reason = "it prints what it measures")]

use std::time::{Duration, Instant};

use async_trait::async_trait;
use serde_json::{Value, json};
use velodrome_script::{
    Event, Fault, Host, HttpAnswer, HttpRequest, Level, Levels, Run, Script, ScriptPool, Store,
    StoreOperation, Stored,
};

struct Nowhere;

#[async_trait]
impl Host for Nowhere {
    async fn http_request(&self, _: HttpRequest) -> Result<HttpAnswer, Fault> {
        Err(Fault::new("Nowhere", "measurements make no requests"))
    }

    async fn storage(&self, _: Store, _: StoreOperation) -> Result<Stored, Fault> {
        Err(Fault::new("Nowhere", "measurements keep nothing"))
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let pool = ScriptPool::default();
    let small = "function after_action() { method_response.name = method_response.first + ' ' + method_response.last; return true; }";
    let person = json!({"id": 1, "first": "Ada", "last": "Lovelace", "tags": ["a", "b"]});
    let (before, times) = (resident(), measured(&pool, small, &person, 10_000).await?);
    println!(
        "small body: median {:?}, 99 % {:?}",
        times[5_000], times[9_900]
    );
    println!(
        "resident memory: {before} KiB before, {} KiB after 10,000 calls",
        resident()
    );

    let record: Value = (0..20)
        .map(|n| (format!("field{n}"), json!(format!("value {n}"))))
        .collect();
    let records = json!({ "items": vec![record; 1_000] });
    let many = "function after_action() { for (const item of method_response.items) item.sum = item.field1 + item.field2; }";
    let times = measured(&pool, many, &records, 50).await?;
    println!("1,000 records of 20 fields: median {:?}", times[25]);

    let zones = "function after_action() { method_response.at = moment.tz('2024-06-01T12:00:00Z', 'Europe/London').format(); }";
    println!(
        "moment with a zone: median {:?}",
        measured(&pool, zones, &json!({}), 50).await?[25]
    );
    let hashes =
        "function after_action() { method_response.hash = CryptoJS.SHA256('abc').toString(); }";
    println!(
        "CryptoJS: median {:?}",
        measured(&pool, hashes, &json!({}), 50).await?[25]
    );
    Ok(())
}

async fn measured(
    pool: &ScriptPool,
    text: &str,
    response: &Value,
    calls: usize,
) -> Result<Vec<Duration>, Box<dyn std::error::Error>> {
    let levels = Levels {
        method: Some(Script::compile(Level::Method, text)?),
        ..Levels::default()
    };
    let mut times = Vec::with_capacity(calls);
    for _ in 0..calls {
        let run = Run::event(1, Event::AfterAction, levels.clone())
            .with("method_response", response.clone());
        let started = Instant::now();
        pool.run(run, &Nowhere).await?;
        times.push(started.elapsed());
    }
    times.sort_unstable();
    Ok(times)
}

/// KiB of memory that the process holds, where the system says.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    status
        .lines()
        .find_map(|line| {
            line.strip_prefix("VmRSS:")?
                .split_whitespace()
                .next()?
                .parse()
                .ok()
        })
        .unwrap_or(0)
}
