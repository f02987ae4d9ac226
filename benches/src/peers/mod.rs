//! Other products at the same work, in the same run: n8n and Node-RED, as `benches/peers` installs them.

mod n8n;
mod node_red;
mod process;
mod scripts;

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result};
use tokio::time::Instant;

use crate::cycles::room::{ALONE, BODY, PATIENCE, Room};
use crate::cycles::split;
use crate::load::{Done, Target};
use crate::options::Options;
use crate::stub::{Manners, Stub};
use crate::subject::ACCOUNT;
use crate::wrk::Seen;
use crate::{machine, table};

const CONNECTIONS: u32 = 64;
const WARM_UP: u32 = 3;
/// Odd, so that there is a middle one.
const ROUNDS: usize = 5;

/// What was seen of one product in one configuration.
pub(crate) struct Line {
    name: String,
    keeps: String,
    full: Done,
    half: Seen,
    /// Median seconds of a poll that is split.
    split: f64,
    /// The most resident memory that it had, of its main process.
    memory: u64,
}

/// Prints both tables.
pub async fn measure(options: &Options) -> Result<()> {
    let folder: PathBuf = std::env::var_os("PEERS")
        .context("PEERS names the folder where the peers are installed")?
        .into();
    let mut lines = vec![ours(options).await?];
    let stub = Stub::start(Manners::default()).await?;
    let prepared = n8n::Prepared::new(&folder, &stub.url())?;
    lines.extend(n8n::lines(&prepared, &stub, options).await?);
    lines.push(node_red::line(&folder, options).await?);
    println!(
        "Webhook, five mapped fields, POST to a provider on loopback: wrk, 2 threads, {CONNECTIONS} connections, {} s; \
         completed is counted at the provider until the last call has arrived. Then half of that rate. \
         Split: a list of ten pages, 1,000 records, each posted; median of {ROUNDS}.\n",
        options.seconds
    );
    let rows: Vec<Vec<String>> = lines
        .iter()
        .map(|line| line.row(lines[0].full.rate))
        .collect();
    table::print(
        &[
            "",
            "keeps",
            "completed/s",
            "ours is",
            "full load: p50 ms",
            "p99 ms",
            "half load: p50 ms",
            "p99 ms",
            "split of 1,000",
            "peak memory",
        ],
        &rows,
    );
    println!();
    scripts::measure(&prepared).await
}

impl Line {
    fn row(&self, ours: f64) -> Vec<String> {
        vec![
            self.name.clone(),
            self.keeps.clone(),
            format!("{:.0}", self.full.rate),
            format!("{:.1} times", ours / self.full.rate),
            format!("{:.1}", self.full.seen.middle),
            format!("{:.1}", self.full.seen.worst),
            format!("{:.1}", self.half.middle),
            format!("{:.1}", self.half.worst),
            format!("{:.2} s", self.split),
            table::mebibytes(self.memory),
        ]
    }
}

/// What a webhook of a product does at full and at half load.
pub(crate) async fn loaded(url: &str, stub: &Stub, options: &Options) -> Result<(Done, Seen)> {
    let target = |seconds| Target {
        url,
        body: BODY,
        connections: CONNECTIONS,
        seconds,
    };
    target(WARM_UP).full(stub).await?;
    let full = target(options.seconds).full(stub).await?;
    let half = target(options.seconds).half(stub, full.rate).await?;
    Ok((full, half))
}

/// Median seconds from a request that begins a poll to the last record's arrival.
pub(crate) async fn split(url: &str, stub: &Stub) -> Result<f64> {
    let http = reqwest::Client::builder().no_proxy().build()?;
    let mut times = Vec::new();
    for round in 0..=ROUNDS {
        let before = stub.posts();
        let begun = Instant::now();
        let asked = http
            .post(url)
            .body("{}")
            .header("Content-Type", "application/json");
        asked.send().await?.error_for_status()?;
        stub.wait_for_posts(before + split::RECORDS, PATIENCE)
            .await?;
        if round > 0 {
            times.push(stub.last_post().duration_since(begun).as_secs_f64());
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    Ok(table::median(times))
}

async fn ours(options: &Options) -> Result<Line> {
    let room = Room::of_one_account(options.database, Manners::default()).await?;
    let cycle = room.forwarding(ACCOUNT).await?;
    let (full, half) = loaded(&cycle.webhook, &room.stub, options).await?;
    room.wait_until_completed(room.stub.posts()).await?;
    let memory = machine::peak(room.subject.server.process())?;
    let keeps = format!(
        "everything; {}; {ALONE} transactions at once",
        room.place.durability()
    );
    drop(room);
    let room = Room::of_one_account(options.database, Manners::default()).await?;
    Ok(Line {
        name: "Velodrome".to_owned(),
        keeps,
        full,
        half,
        split: table::median(split::rounds(&room).await?),
        memory,
    })
}
