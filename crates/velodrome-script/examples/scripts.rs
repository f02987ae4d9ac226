//! Measures scripts: `cargo run --release -p velodrome-script --example scripts`.
#![expect(clippy::print_stdout, reason = "it prints what it measures")]

use std::time::{Duration, Instant};

use async_trait::async_trait;
use serde_json::{Value, json};
use velodrome_script::{
    Event, Fault, Host, HttpAnswer, HttpRequest, Level, Levels, Run, Script, ScriptPool, Store,
    StoreOperation, Stored, inline::merge_braced,
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

    let records = records();
    let response = json!({ "items": records });
    let times = measured(&pool, MANY, &response, 51).await?;
    told("1,000 records through one after_action", times[25]);
    let mut times = Vec::new();
    for _ in 0..11 {
        times.push(mapped(&pool, &records).await?);
    }
    times.sort_unstable();
    told("1,000 records, an inline script each", times[5]);

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

/// What `benches/peers/n8n/code-all.json` does to its items: six fields, with string work, a regular
/// expression and a hash.
const MANY: &str = r"function after_action() {
  for (const record of method_response.items) {
    record.full = record.field1 + ' ' + record.field2;
    record.initials = record.field1.charAt(0).toUpperCase() + record.field2.charAt(0).toUpperCase();
    const parts = /^([^@]+)@(.+)$/.exec(record.field0);
    record.user = parts[1].toLowerCase();
    record.domain = parts[2];
    record.slug = record.field4.trim().toLowerCase().replace(/[^a-z0-9]+/g, '-');
    record.hash = CryptoJS.SHA256(record.field0).toString();
  }
  return true;
}";

/// The same work on one record whose fields are merged into the text, as mappings do.
const ONE: &str = r"const first = '{{field1}}', last = '{{field2}}', email = '{{field0}}';
const parts = /^([^@]+)@(.+)$/.exec(email);
[
  first + ' ' + last,
  first.charAt(0).toUpperCase() + last.charAt(0).toUpperCase(),
  parts[1].toLowerCase(),
  parts[2],
  '{{field4}}'.trim().toLowerCase().replace(/[^a-z0-9]+/g, '-'),
  CryptoJS.SHA256(email).toString()
].join('|')";

/// A thousand records of twenty fields, as the peers make theirs.
fn records() -> Vec<Value> {
    let record = |number: usize| {
        let mut record: serde_json::Map<String, Value> = (0..20)
            .map(|field| {
                (
                    format!("field{field}"),
                    json!(format!("Value {field} of {number}")),
                )
            })
            .collect();
        record.insert(
            "field0".into(),
            json!(format!("record-{number}@example.com")),
        );
        record.insert("field1".into(), json!("Ada"));
        record.insert("field2".into(), json!("Lovelace"));
        record.insert("field3".into(), json!((number * 3).to_string()));
        Value::Object(record)
    };
    (0..1000).map(record).collect()
}

/// Runs a mapping's script for each record, as a step does.
async fn mapped(
    pool: &ScriptPool,
    records: &[Value],
) -> Result<Duration, Box<dyn std::error::Error>> {
    let started = Instant::now();
    let texts = records
        .iter()
        .map(|record| merge_braced(ONE, |name| record.get(name).cloned()));
    let outcome = pool.run(Run::mapping(1, texts.collect()), &Nowhere).await?;
    let took = started.elapsed();
    let results = outcome.result.as_array().map_or(&[][..], Vec::as_slice);
    let is_right = |result: &Value| {
        result
            .as_str()
            .is_some_and(|text| text.starts_with("Ada Lovelace|AL|record-"))
    };
    if results.len() != records.len() || !results.iter().all(is_right) {
        return Err(format!("the scripts gave {}", outcome.result).into());
    }
    Ok(took)
}

/// One line that `cargo xtask bench peers` reads.
fn told(what: &str, time: Duration) {
    println!("measured\t{what}\t{:.1}", time.as_secs_f64() * 1000.0);
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
