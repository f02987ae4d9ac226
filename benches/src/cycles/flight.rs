//! Very many calls in flight at once, at a provider that answers slowly and not all at once.

use std::time::Duration;

use anyhow::{Context, Result};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use reqwest::Client;
use tokio::time::Instant;
use velodrome_testkit::ServerBuilder;

use super::room::{BODY, Cycle, PATIENCE, Room};
use crate::load::as_float;
use crate::options::Options;
use crate::stub::Manners;
use crate::{machine, table};

/// Accounts that the calls are spread over.
const ACCOUNTS: u32 = 10;
const TAKES: Duration = Duration::from_millis(500);
/// Webhooks that are sent at once.
const AT_ONCE: usize = 32;

/// Prints the table.
pub async fn measure(options: &Options) -> Result<()> {
    let manners = Manners {
        takes: TAKES,
        allows: Some(options.allows),
    };
    let at_once = options.in_flight;
    let settings =
        move |server: ServerBuilder| server.set("VELODROME_TRANSACTIONS_AT_ONCE", at_once);
    let room = Room::open_with(options.database, manners, settings).await?;
    room.limit_accounts(options.in_flight.div_ceil(ACCOUNTS).clamp(1, 10_000))
        .await?;
    let mut cycles = Vec::new();
    for number in 0..ACCOUNTS {
        let account = format!("flight-{number}");
        room.subject.make_account(&account).await?;
        room.furnish(&account).await?;
        cycles.push(room.forwarding(&account).await?);
    }
    let process = room.subject.server.process();
    let rest = machine::resident(process)?;
    // Twice as many as may be open, so that there is a time in which all places are taken.
    let total = u64::from(options.in_flight) * 2;
    let begun = Instant::now();
    let (sent, rate) = tokio::join!(send(&cycles, total), middle_rate(&room, total));
    let (sent, rate) = (sent?, rate?);
    room.wait_until_completed(total).await?;
    let took = room.stub.last_post().duration_since(begun);
    let peak = machine::peak(process)?;
    println!(
        "{}. A provider that takes {} ms for each call and answers {} a second, so that the others wait in line there; \
         {ACCOUNTS} accounts, each limited to {} transactions at once (`AccountConcurrentTransactionLimit`), the node to \
         {at_once} (`VELODROME_TRANSACTIONS_AT_ONCE`); {total} webhooks, sent within {:.1} s.\n",
        room.place.durability(),
        TAKES.as_millis(),
        options.allows,
        options.in_flight.div_ceil(ACCOUNTS),
        sent.as_secs_f64()
    );
    table::print(
        &[
            "calls wanted in flight",
            "most in flight",
            "answers/s",
            "provider allows",
            "peak memory",
            "memory before",
            "all done after",
        ],
        &[vec![
            options.in_flight.to_string(),
            room.stub.most_in_flight().to_string(),
            format!("{rate:.0}"),
            options.allows.to_string(),
            table::mebibytes(peak),
            table::mebibytes(rest),
            format!("{:.1} s", took.as_secs_f64()),
        ]],
    );
    Ok(())
}

/// Sends so many webhooks to the cycles in turn; gives the time that took.
pub async fn send(cycles: &[Cycle], total: u64) -> Result<Duration> {
    let http = Client::builder().no_proxy().build()?;
    let begun = Instant::now();
    let turns = cycles.iter().cycle();
    let count = usize::try_from(total)?;
    let sending = stream::iter(turns.take(count)).map(|cycle| {
        let request = http
            .post(&cycle.webhook)
            .header("Content-Type", "application/json")
            .body(BODY);
        async move { request.send().await?.error_for_status()?.bytes().await }
    });
    let sending = sending.buffer_unordered(AT_ONCE);
    sending
        .try_for_each(|_| async { Ok(()) })
        .await
        .context("sending webhooks")?;
    Ok(begun.elapsed())
}

/// Answers a second while the middle half of them leaves, so that neither start nor end counts.
pub async fn middle_rate(room: &Room, total: u64) -> Result<f64> {
    room.stub.wait_for_answers(total / 4, PATIENCE).await?;
    let (from, first) = (Instant::now(), room.stub.answers());
    room.stub.wait_for_answers(total * 3 / 4, PATIENCE).await?;
    let calls = room.stub.answers() - first;
    Ok(as_float(calls) / from.elapsed().as_secs_f64())
}
