//! One worker node, and two, for work that waits for somebody else.

use std::time::Duration;

use anyhow::Result;
use velodrome_testkit::ServerBuilder;

use super::flight::{middle_rate, send};
use super::room::{PATIENCE, Room};
use crate::options::{Database, Options};
use crate::stub::Manners;
use crate::table;

const ACCOUNTS: u32 = 4;
const TAKES: Duration = Duration::from_millis(500);
/// Transactions that a worker runs at once: so few that the provider is the limit, not the processor.
const AT_ONCE: u32 = 50;
/// Webhooks that wait when the workers start.
const WAITING: u64 = 3000;

/// Prints the table. It needs a database that nodes can share, so it is always PostgreSQL.
pub async fn measure(_: &Options) -> Result<()> {
    let mut rates = Vec::new();
    let mut durability = "";
    for workers in [1_usize, 2] {
        let manners = Manners {
            takes: TAKES,
            allows: None,
        };
        let front = |server: ServerBuilder| server.set("VELODROME_ROLES", "api,scheduler");
        let room = Room::open_with(Database::Postgres, manners, front).await?;
        durability = room.place.durability();
        room.limit_accounts(10_000).await?;
        let mut cycles = Vec::new();
        for number in 0..ACCOUNTS {
            let account = format!("nodes-{number}");
            room.subject.make_account(&account).await?;
            room.furnish(&account).await?;
            cycles.push(room.forwarding(&account).await?);
        }
        send(&cycles, WAITING).await?;
        let server = &room.subject.server;
        let (url, data) = (server.database_url().to_owned(), server.data_dir());
        let key = data.join("master.key");
        let nodes: Vec<_> = (0..workers)
            .map(|_| {
                room.subject.beside(&room.stub.url(), |node| {
                    node.database(&url)
                        .set("VELODROME_ROLES", "worker")
                        .set("VELODROME_TRANSACTIONS_AT_ONCE", AT_ONCE)
                        .set("VELODROME_MASTER_KEY_FILE", key.display())
                })
            })
            .collect();
        rates.push(middle_rate(&room, WAITING).await?);
        room.stub.wait_for_answers(WAITING, PATIENCE).await?;
        drop(nodes);
    }
    println!(
        "{durability}. A node for API and scheduler; the workers are nodes of their own, each with {AT_ONCE} transactions at once (`VELODROME_TRANSACTIONS_AT_ONCE`). \
         {WAITING} webhooks of {ACCOUNTS} accounts wait for a provider that takes {} ms; rate of the middle half of them.\n",
        TAKES.as_millis()
    );
    table::print(
        &["worker nodes", "calls/s", "of one", "aim"],
        &[
            vec![
                "1".into(),
                format!("{:.0}", rates[0]),
                "1.0".into(),
                String::new(),
            ],
            vec![
                "2".into(),
                format!("{:.0}", rates[1]),
                format!("{:.2}", rates[1] / rates[0]),
                "1.7".into(),
            ],
        ],
    );
    Ok(())
}
