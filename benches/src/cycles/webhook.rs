//! A webhook, five mapped fields, a POST: everything stored, and kept.

use anyhow::{Result, ensure};

use super::room::{ALONE, BODY, Room};
use crate::load::Target;
use crate::options::Options;
use crate::stub::Manners;
use crate::subject::ACCOUNT;
use crate::table;

/// Connections of the load; the table says which answers best.
const CONNECTIONS: u32 = 64;
/// Before what is measured: connections are made, scripts compiled, pages of the database written.
const WARM_UP: u32 = 3;

/// Prints the table; a request that was accepted and did not complete fails the measurement.
pub async fn measure(options: &Options) -> Result<()> {
    let room = Room::of_one_account(options.database, Manners::default()).await?;
    let cycle = room.forwarding(ACCOUNT).await?;
    let target = |seconds| Target {
        url: &cycle.webhook,
        body: BODY,
        connections: CONNECTIONS,
        seconds,
    };
    target(WARM_UP).full(&room.stub).await?;
    let full = target(options.seconds).full(&room.stub).await?;
    let half = target(options.seconds).half(&room.stub, full.rate).await?;
    // Requests under way when a load ends are stored, but nobody is there to be told.
    let (accepted, calls) = (room.accepted().await?, room.stub.posts());
    room.wait_until_completed(calls).await?;
    let listed = room.listed(&cycle, "completed").await?;
    let open = room.listed(&cycle, "InProgress").await?;
    ensure!(
        accepted <= listed && listed == calls && open == 0,
        "{accepted} requests were accepted, {listed} transactions are completed, {open} are not, {calls} calls arrived"
    );
    println!(
        "{}; at most {ALONE} transactions of the account at once. wrk, 2 threads, {CONNECTIONS} connections, {} s; then half of that rate. {accepted} requests \
         were told that they are accepted; {listed} transactions completed and made their call, and their data is kept.\n",
        room.place.durability(),
        options.seconds
    );
    table::print(
        &[
            "",
            "requests/s",
            "completed/s",
            "acknowledged p50 ms",
            "p99 ms",
        ],
        &[
            vec![
                "full load".to_owned(),
                format!("{:.0}", full.seen.rate),
                format!("{:.0}", full.rate),
                format!("{:.1}", full.seen.middle),
                format!("{:.1}", full.seen.worst),
            ],
            vec![
                "half load".to_owned(),
                format!("{:.0}", half.rate),
                String::new(),
                format!("{:.1}", half.middle),
                format!("{:.1}", half.worst),
            ],
        ],
    );
    Ok(())
}
