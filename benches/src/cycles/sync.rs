//! A webhook whose caller waits for the answer of the fourth step.

use anyhow::{Context, Result, ensure};
use reqwest::Client;
use serde_json::json;
use tokio::time::Instant;

use super::design::{Design, Step};
use super::room::{BENCH, BODY, FIELDS, GENERIC, Room};
use super::{milliseconds, share};
use crate::options::Options;
use crate::stub::Manners;
use crate::subject::ACCOUNT;
use crate::table;

const CALLS: usize = 1000;
const WARM_UP: usize = 50;

/// Prints the table.
pub async fn measure(options: &Options) -> Result<()> {
    let room = Room::of_one_account(options.database, Manners::default()).await?;
    let webhook = room.method(GENERIC, "Webhook").await?;
    let get = room.method(BENCH, "Get Record").await?;
    let post = room.method(BENCH, "Post Record").await?;
    let answer = room.method(GENERIC, "Synchronous Response").await?;
    let mut design = Design::new("Answer");
    let trigger = design.step(&Step {
        kind: "Webhook",
        method: &webhook,
        parameters: &[],
        fields: &[],
    });
    design.step(&Step {
        kind: "Action",
        method: &get,
        parameters: &[],
        fields: &[],
    });
    let posted = design.step(&Step {
        kind: "Action",
        method: &post,
        parameters: &[],
        fields: &FIELDS.map(|field| (field, (trigger, field))),
    });
    design.step(&Step {
        kind: "Action",
        method: &answer,
        parameters: &[],
        fields: &[("id", (posted, "id")), ("name", (trigger, "name"))],
    });
    let cycle = room.cycle(ACCOUNT, &design).await?;
    room.activate(&cycle, json!({})).await?;

    let http = Client::builder().no_proxy().build()?;
    let mut times = Vec::with_capacity(CALLS);
    for call in 0..WARM_UP + CALLS {
        let begun = Instant::now();
        let response = http
            .post(&cycle.webhook)
            .header("Content-Type", "application/json")
            .body(BODY)
            .send()
            .await?;
        let status = response.status();
        let said = response.text().await?;
        let took = begun.elapsed();
        ensure!(
            status.as_u16() == 200 && said.contains("Ada Lovelace"),
            "{status} {said}"
        );
        if call >= WARM_UP {
            times.push(took);
        }
    }
    times.sort();
    let worst = times.last().context("calls were made")?;
    println!(
        "{}. One call after the other: webhook, GET, POST of five mapped fields, Synchronous Response; {CALLS} calls.\n",
        room.place.durability()
    );
    table::print(
        &["", "p50 ms", "p99 ms", "worst ms"],
        &[
            vec![
                "synchronous webhook, four steps".to_owned(),
                milliseconds(share(&times, 50)),
                milliseconds(share(&times, 99)),
                milliseconds(*worst),
            ],
            vec![
                "aim".to_owned(),
                "15".to_owned(),
                "60".to_owned(),
                String::new(),
            ],
        ],
    );
    Ok(())
}
