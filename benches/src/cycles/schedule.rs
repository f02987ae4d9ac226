//! Very many cycles that run every minute.

use std::collections::BTreeSet;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use reqwest::Client;
use serde_json::json;
use tokio::time::Instant;
use uuid::Uuid;

use super::design::{Design, Step};
use super::room::{BENCH, BODY, Cycle, GENERIC, Room, text};
use super::{milliseconds, share};
use crate::options::Options;
use crate::stub::Manners;
use crate::subject::ACCOUNT;
use crate::{machine, table};

/// An account has as many cycles as this.
const IN_AN_ACCOUNT: u64 = 1000;
/// API calls at once while cycles are installed and activated.
const AT_ONCE: usize = 16;
/// Cycles when activation and webhooks are first measured, and how many of either are.
const FEW: u64 = 100;
/// Slots of each cycle that are looked at.
const SLOTS: u32 = 3;
/// Nothing is due meanwhile.
const IDLE: Duration = Duration::from_secs(30);
const MINUTE: TimeDelta = TimeDelta::minutes(1);
/// A cycle's slots after the first are moved by up to a tenth of its interval.
const MOST_OFFSET_MS: u64 = 6000;

struct Scheduled {
    cycle: Cycle,
    start: DateTime<Utc>,
}

/// Prints both tables.
pub async fn measure(options: &Options) -> Result<()> {
    let room = Room::open(options.database, Manners::default()).await?;
    room.limit_accounts(1000).await?;
    room.furnish(ACCOUNT).await?;
    let webhook = room.forwarding(ACCOUNT).await?;
    let template = template(&room).await?;

    let begun = Instant::now();
    let far = now() + TimeDelta::days(1);
    let others = install(&room, &template, 0..FEW).await?;
    let few = (
        one_by_one(&room, others.iter().map(|cycle| (cycle, far))).await?,
        ask(&webhook).await?,
    );
    let cycles = install(&room, &template, FEW..FEW + options.cycles).await?;
    let installed = begun.elapsed();

    // Several are activated at once, so this is later than the last of them.
    let count = i32::try_from(cycles.len())?;
    let one = TimeDelta::from_std(share(&few.0, 75))?;
    let first = now() + one * count + TimeDelta::from_std(IDLE * 2)?;
    let scheduled: Vec<Scheduled> = cycles
        .into_iter()
        .zip(0..)
        .map(|(cycle, place)| Scheduled {
            cycle,
            start: first + MINUTE * place / count,
        })
        .collect();
    let begun = Instant::now();
    let (most, last) = scheduled.split_at(scheduled.len().saturating_sub(usize::try_from(FEW)?));
    activate(&room, most).await?;
    let last = last.iter().map(|one| (&one.cycle, one.start));
    let many = (one_by_one(&room, last).await?, ask(&webhook).await?);
    let activated = begun.elapsed();
    let process = room.subject.server.process();
    tokio::time::sleep(Duration::from_secs(5)).await;
    let before = machine::processor_time(process)?;
    tokio::time::sleep(IDLE).await;
    let idle = (machine::processor_time(process)? - before).as_secs_f64() / IDLE.as_secs_f64();
    let resident = machine::resident(process)?;
    ensure!(
        now() < first,
        "activating took {activated:?}, so the first slots have passed"
    );
    let clock = (now(), Instant::now());
    let end = first + MINUTE * i32::try_from(SLOTS)? + TimeDelta::seconds(30);
    tokio::time::sleep((end - now()).to_std()?).await;
    let busy = machine::peak(process)?;
    let seen = look(&room, &scheduled, clock)?;

    println!(
        "{}. {count} cycles in {} accounts, each every minute, spread over the minute; each polls a list that is empty. \
         Installed within {:.0} s, activated within {:.0} s.\n",
        room.place.durability(),
        (options.cycles + FEW).div_ceil(IN_AN_ACCOUNT),
        installed.as_secs_f64(),
        activated.as_secs_f64()
    );
    let row = |what: &str, value: String, aim: &str| vec![what.to_owned(), value, aim.to_owned()];
    table::print(
        &["", "measured", "aim"],
        &[
            row("slots due", seen.due.to_string(), ""),
            row("slots fired", seen.late.len().to_string(), "all"),
            row(
                "late p50",
                format!("{} ms", milliseconds(share(&seen.late, 50))),
                "",
            ),
            row(
                "late p99",
                format!("{} ms", milliseconds(share(&seen.late, 99))),
                "",
            ),
            row(
                "late at most",
                format!(
                    "{} ms",
                    milliseconds(seen.late.last().copied().unwrap_or_default())
                ),
                "5,000 ms",
            ),
            row(
                "processor while none is due",
                format!("{:.1} % of a core", idle * 100.0),
                "10 %",
            ),
            row(
                "resident memory while none is due",
                table::mebibytes(resident),
                "",
            ),
            row("peak of resident memory", table::mebibytes(busy), ""),
        ],
    );
    println!();
    let of = |times: &[Duration]| milliseconds(share(times, 50));
    table::print(
        &[
            "median ms",
            &format!("{FEW} cycles"),
            &format!("{count} cycles"),
        ],
        &[
            vec!["activation of one more".into(), of(&few.0), of(&many.0)],
            vec![
                "acknowledgement of a webhook".into(),
                of(&few.1),
                of(&many.1),
            ],
        ],
    );
    Ok(())
}

struct Looked {
    due: usize,
    /// How late each slot that fired was, sorted.
    late: Vec<Duration>,
}

/// Compares what was due with what arrived at the provider.
fn look(
    room: &Room,
    scheduled: &[Scheduled],
    (at, then): (DateTime<Utc>, Instant),
) -> Result<Looked> {
    let arrivals = room.stub.arrivals();
    let mut late = Vec::new();
    for (number, one) in (FEW..).zip(scheduled) {
        let id: Uuid = one.cycle.id.parse().context("the id of a cycle")?;
        // As `Schedule` in velodrome-model has it: the cycle's own share of a tenth of its interval.
        let moved = i64::try_from(id.as_u64_pair().1 % MOST_OFFSET_MS)?;
        let moved = TimeDelta::milliseconds(moved);
        let due = |slot: u32| match slot {
            0 => one.start,
            _ => one.start + MINUTE * i32::try_from(slot).unwrap_or(i32::MAX) + moved,
        };
        let none = Vec::new();
        for slot in 0..SLOTS {
            let came = arrivals
                .get(&number)
                .unwrap_or(&none)
                .iter()
                .map(|instant| {
                    let after = instant.saturating_duration_since(then);
                    at + TimeDelta::from_std(after).unwrap_or_default()
                });
            let mut in_time = came.filter(|came| (due(slot)..due(slot + 1)).contains(came));
            if let Some(came) = in_time.next() {
                late.push((came - due(slot)).to_std()?);
            }
        }
    }
    late.sort();
    Ok(Looked {
        due: scheduled.len() * SLOTS as usize,
        late,
    })
}

/// The poll as a template, with the number of its cycle as a variable.
async fn template(room: &Room) -> Result<String> {
    let list = room.method(BENCH, "List Nothing").await?;
    let tool = room.method(GENERIC, "POST").await?;
    let mut design = Design::new("Poll").splitting_the_first().variable("Caller");
    design.step(&Step {
        kind: "Action",
        method: &list,
        parameters: &[("caller", "$Caller")],
        fields: &[],
    });
    design.step(&Step {
        kind: "Action",
        method: &tool,
        parameters: &[("URL", &format!("{}/taken", room.stub.url()))],
        fields: &[],
    });
    let imported = room
        .post(ACCOUNT, "/v1.0/templates/import", design.document())
        .await?;
    text(&imported, "Id")
}

async fn install(room: &Room, template: &str, numbers: std::ops::Range<u64>) -> Result<Vec<Cycle>> {
    let accounts: BTreeSet<u64> = numbers
        .clone()
        .map(|number| number / IN_AN_ACCOUNT)
        .collect();
    for account in accounts {
        // The first is there when there are few cycles already.
        let account = format!("schedule-{account}");
        if numbers.start > 0 && account == account_of(0) {
            continue;
        }
        room.subject.make_account(&account).await?;
        room.furnish(&account).await?;
    }
    let installing = stream::iter(numbers).map(|number| {
        let path = format!("/v1.0/templates/{template}/install");
        async move {
            let account = account_of(number);
            let body = json!({
                "Name": format!("Poll {number}"),
                "Variables": [{ "SystemName": "Caller", "Value": number.to_string() }],
            });
            let made = room.post(&account, &path, body).await?;
            anyhow::Ok(Cycle {
                id: text(&made, "Id")?,
                account,
                webhook: String::new(),
            })
        }
    });
    installing.buffered(AT_ONCE).try_collect().await
}

fn account_of(number: u64) -> String {
    format!("schedule-{}", number / IN_AN_ACCOUNT)
}

/// Activates cycles one after the other; gives the sorted times.
async fn one_by_one<'a>(
    room: &Room,
    cycles: impl IntoIterator<Item = (&'a Cycle, DateTime<Utc>)>,
) -> Result<Vec<Duration>> {
    let mut times = Vec::new();
    for (cycle, start) in cycles {
        let begun = Instant::now();
        room.activate(cycle, every_minute(start)).await?;
        times.push(begun.elapsed());
    }
    times.sort();
    Ok(times)
}

async fn activate(room: &Room, scheduled: &[Scheduled]) -> Result<()> {
    let activating =
        stream::iter(scheduled).map(|one| room.activate(&one.cycle, every_minute(one.start)));
    activating
        .buffer_unordered(AT_ONCE)
        .try_collect::<()>()
        .await
}

fn every_minute(start: DateTime<Utc>) -> serde_json::Value {
    json!({ "Interval": 1, "StartTime": start.to_rfc3339_opts(SecondsFormat::Millis, true) })
}

/// Posts to a webhook one after the other; gives the sorted times.
async fn ask(cycle: &Cycle) -> Result<Vec<Duration>> {
    let http = Client::builder().no_proxy().build()?;
    let mut times = Vec::new();
    for _ in 0..FEW {
        let begun = Instant::now();
        let request = http
            .post(&cycle.webhook)
            .header("Content-Type", "application/json")
            .body(BODY);
        request.send().await?.error_for_status()?.bytes().await?;
        times.push(begun.elapsed());
    }
    times.sort();
    Ok(times)
}

#[expect(
    clippy::disallowed_methods,
    reason = "slots are measured against the real clock"
)]
fn now() -> DateTime<Utc> {
    Utc::now()
}
