//! A thousand records of twenty fields through a script, and through a script each.

use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use tokio::time::Instant;

use super::n8n::{N8n, Prepared};
use crate::table;

/// Odd, so that there is a middle one.
const ROUNDS: usize = 11;

/// Prints the table. `SCRIPTS` names the built example that measures ours.
pub async fn measure(prepared: &Prepared) -> Result<()> {
    let program = std::env::var_os("SCRIPTS").context("SCRIPTS names the example `scripts`")?;
    let output = Command::new(program).output().context("starting it")?;
    let said = String::from_utf8_lossy(&output.stdout);
    ensure!(output.status.success(), "the example failed:\n{said}");
    let ours = |what: &str| -> Result<f64> {
        let line = said.lines().find_map(|line| {
            let (name, time) = line.strip_prefix("measured\t")?.split_once('\t')?;
            name.contains(what).then_some(time)
        });
        Ok(line
            .with_context(|| format!("no {what} in {said}"))?
            .parse()?)
    };
    let n8n = N8n::start(prepared, "none").await?;
    let without = median(&n8n.webhook("code-none")).await?;
    let all = median(&n8n.webhook("code-all")).await? - without;
    let each = median(&n8n.webhook("code-each")).await? - without;
    n8n.stop().await?;
    println!(
        "Six fields added to each of 1,000 records of 20 fields: string work, a regular expression, SHA-256. \
         n8n's Code step is the difference between the workflow with and without it; medians.\n"
    );
    let row = |what: &str, ours: f64, theirs: f64| {
        vec![
            what.to_owned(),
            format!("{ours:.0} ms"),
            format!("{theirs:.0} ms"),
            format!("{:.1} times faster", theirs / ours),
        ]
    };
    table::print(
        &["", "Velodrome", "n8n", "ours is"],
        &[
            row("one script over all records", ours("after_action")?, all),
            row("a script for each record", ours("inline")?, each),
        ],
    );
    Ok(())
}

/// Median milliseconds of a workflow that answers at its end.
async fn median(url: &str) -> Result<f64> {
    let http = reqwest::Client::builder().no_proxy().build()?;
    let mut times = Vec::new();
    for round in 0..=ROUNDS {
        let begun = Instant::now();
        let request = http.post(url).json(&serde_json::json!({}));
        let answer = request.send().await?.error_for_status()?.text().await?;
        let took = begun.elapsed();
        ensure!(answer.contains("1000"), "{url} answered {answer}");
        if round > 0 {
            times.push(took.as_secs_f64() * 1000.0);
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    Ok(table::median(times))
}
