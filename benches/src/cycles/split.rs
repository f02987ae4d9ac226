//! A poll of ten pages whose thousand records become a transaction each.

use std::time::Duration;

use anyhow::Result;
use serde_json::json;
use tokio::time::Instant;

use super::room::{PATIENCE, Room};
use crate::options::Options;
use crate::stub::Manners;
use crate::table;

/// A hundred a page.
pub const RECORDS: u64 = 1000;
/// Odd, so that there is a middle one.
const ROUNDS: u64 = 5;

/// Prints the table.
pub async fn measure(options: &Options) -> Result<()> {
    let room = Room::of_one_account(options.database, Manners::default()).await?;
    let times = rounds(&room).await?;
    let shown = |time: f64| format!("{time:.2} s");
    println!(
        "{}. Each of the {RECORDS} records is a transaction of its own, its data kept; from the request that \
         starts the cycle to the arrival of the last POST.\n",
        room.place.durability()
    );
    table::print(
        &["", "median", "best", "worst", "aim"],
        &[vec![
            format!("poll of ten pages, {RECORDS} records posted"),
            shown(table::median(times.clone())),
            shown(times.iter().copied().fold(f64::INFINITY, f64::min)),
            shown(times.iter().copied().fold(0.0, f64::max)),
            "0.40 s".to_owned(),
        ]],
    );
    Ok(())
}

/// Seconds of each round, after one that nobody counts.
pub async fn rounds(room: &Room) -> Result<Vec<f64>> {
    let mut times = Vec::new();
    for round in 0..=ROUNDS {
        let cycle = room.splitting("List Pages", RECORDS).await?;
        let before = room.stub.posts();
        let begun = Instant::now();
        room.activate(&cycle, json!({ "RunOnce": true })).await?;
        room.stub.wait_for_posts(before + RECORDS, PATIENCE).await?;
        let took = room.stub.last_post().duration_since(begun);
        // The trigger and a transaction for each record.
        let done = (RECORDS + 1) * (round + 1);
        room.wait_until_completed(done).await?;
        if round > 0 {
            times.push(took.as_secs_f64());
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    Ok(times)
}
