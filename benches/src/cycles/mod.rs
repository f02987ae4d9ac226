//! What cycles do with a running binary: throughput, latency, memory, schedules, several nodes.

mod design;
mod flight;
mod million;
mod nodes;
pub mod room;
mod schedule;
pub mod split;
mod sync;
mod webhook;

use std::time::Duration;

use anyhow::{Result, bail};

use crate::options::Options;

/// The measurements, in the order in which all of them are made.
pub const ALL: [&str; 7] = [
    "webhook", "split", "sync", "flight", "million", "schedule", "nodes",
];

/// Makes the one of this name.
pub async fn measure(name: &str, options: &Options) -> Result<()> {
    match name {
        "webhook" => webhook::measure(options).await,
        "split" => split::measure(options).await,
        "sync" => sync::measure(options).await,
        "flight" => flight::measure(options).await,
        "million" => million::measure(options).await,
        "schedule" => schedule::measure(options).await,
        "nodes" => nodes::measure(options).await,
        other => bail!("there is no measurement {other} of cycles"),
    }
}

/// A duration in milliseconds.
pub fn milliseconds(time: Duration) -> String {
    format!("{:.1}", time.as_secs_f64() * 1000.0)
}

/// The value that a share of the sorted ones does not exceed.
pub fn share(sorted: &[Duration], percent: usize) -> Duration {
    let at = (sorted.len() * percent / 100).min(sorted.len().saturating_sub(1));
    sorted.get(at).copied().unwrap_or_default()
}
