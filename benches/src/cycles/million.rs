//! A poll that splits very many records: memory and rate over time.

use std::time::Duration;

use anyhow::{Result, ensure};
use serde_json::json;
use tokio::time::Instant;

use super::room::{PATIENCE, Room};
use crate::load::as_float;
use crate::options::Options;
use crate::stub::Manners;
use crate::{machine, table};

/// Lines of the table.
const SLICES: u64 = 10;

/// Prints the table: a line each tenth of the records.
pub async fn measure(options: &Options) -> Result<()> {
    let room = Room::of_one_account(options.database, Manners::default()).await?;
    let cycle = room.splitting("List Long Pages", options.records).await?;
    let process = room.subject.server.process();
    let mut rows = vec![vec![
        "0".to_owned(),
        String::new(),
        String::new(),
        table::mebibytes(machine::resident(process)?),
    ]];
    let begun = Instant::now();
    room.activate(&cycle, json!({ "RunOnce": true })).await?;
    let mut before = (0, begun);
    for slice in 1..=SLICES {
        let goal = options.records * slice / SLICES;
        let mut seen = (room.stub.posts(), Instant::now());
        while seen.0 < goal {
            tokio::time::sleep(Duration::from_millis(20)).await;
            let posts = room.stub.posts();
            if posts == seen.0 {
                // The pages are read before the first record is posted.
                ensure!(
                    seen.1.elapsed() < PATIENCE * 5,
                    "{posts} of {} records were posted, and no more come",
                    options.records
                );
            } else {
                seen = (posts, Instant::now());
            }
        }
        let rate = as_float(seen.0 - before.0) / before.1.elapsed().as_secs_f64();
        rows.push(vec![
            seen.0.to_string(),
            format!("{:.1} s", begun.elapsed().as_secs_f64()),
            format!("{rate:.0}"),
            table::mebibytes(machine::resident(process)?),
        ]);
        before = (seen.0, Instant::now());
    }
    room.wait_until_completed(options.records + 1).await?;
    println!(
        "{}. {} records in pages of 1,000, each a transaction of its own, its data kept. Peak of resident memory: {}.\n",
        room.place.durability(),
        options.records,
        table::mebibytes(machine::peak(process)?)
    );
    table::print(
        &["records posted", "after", "records/s", "resident memory"],
        &rows,
    );
    Ok(())
}
