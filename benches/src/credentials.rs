//! Ten thousand credentials that expire within a minute.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use reqwest::Method;
use tokio::task::JoinSet;

use crate::subject::Subject;
use crate::table;
use crate::tokens::Provider;

const CREDENTIALS: usize = 10_000;
/// An account may have no more than a thousand.
const IN_AN_ACCOUNT: usize = 500;
const AT_ONCE: usize = 32;
const PROVIDER_TAKES: Duration = Duration::from_millis(20);
/// They are all installed by then; the last of them expires a minute later.
const EXPIRY_BEGINS: Duration = Duration::from_secs(300);
const WITHIN: Duration = Duration::from_secs(60);

/// Prints the table; a credential that is not refreshed in time fails the measurement.
pub async fn measure() -> Result<()> {
    let provider = Provider::start(PROVIDER_TAKES);
    let subject = Subject::start(&provider.upstream.url()).await?;
    subject.set_up().await?;
    let begun = Instant::now();
    let installed = install(&subject).await?;
    let took = begun.elapsed();
    ensure!(
        took < EXPIRY_BEGINS,
        "installing took {took:?}, so some expired before"
    );
    let mut calls = call_until(&subject, &installed, begun + EXPIRY_BEGINS + WITHIN).await?;
    let failed = calls.iter().filter(|call| call.is_none()).count();
    calls.sort();
    let worst = calls[calls.len() * 99 / 100].unwrap_or_default();
    table::print(
        &[
            "credentials",
            "refreshes",
            "calls meanwhile",
            "failed calls",
            "p99 of a call",
        ],
        &[vec![
            CREDENTIALS.to_string(),
            provider.refreshes().to_string(),
            calls.len().to_string(),
            failed.to_string(),
            format!("{:.1} ms", worst.as_secs_f64() * 1000.0),
        ]],
    );
    ensure!(failed == 0, "{failed} calls failed");
    let refreshes = provider.refreshes();
    ensure!(
        refreshes == CREDENTIALS,
        "{refreshes} refreshes for {CREDENTIALS} credentials"
    );
    Ok(())
}

/// Installs them so that their expiries spread over the minute; gives their accounts and paths.
async fn install(subject: &Subject) -> Result<Vec<(String, String)>> {
    let first = now() + TimeDelta::from_std(EXPIRY_BEGINS)?;
    let mut installed = Vec::with_capacity(CREDENTIALS);
    for number in 0..CREDENTIALS {
        let account = format!("bench-{}", number / IN_AN_ACCOUNT);
        if number % IN_AN_ACCOUNT == 0 {
            subject.make_account(&account).await?;
        }
        let share = u32::try_from(number * 1000 / CREDENTIALS)?;
        let expires = first + TimeDelta::from_std(WITHIN * share / 1000)?;
        let text = expires.to_rfc3339_opts(SecondsFormat::Secs, true);
        let path = subject
            .install_with_tokens(&account, &format!("credential-{number}"), &text)
            .await?;
        installed.push((account, path));
    }
    Ok(installed)
}

/// Calls with one credential after the other; the time of each call, none for a failed one.
async fn call_until(
    subject: &Subject,
    installed: &[(String, String)],
    end: Instant,
) -> Result<Vec<Option<Duration>>> {
    let method = subject.method().await?;
    let mut next = installed.iter().cycle();
    let mut calls = Vec::new();
    while Instant::now() < end {
        let mut running = JoinSet::new();
        for (account, path) in next.by_ref().take(AT_ONCE) {
            let url = format!("{path}/methods/{method}");
            let request = subject.request_in(account, Method::GET, &url);
            running.spawn(async move {
                let begun = Instant::now();
                let answer = request.send().await;
                answer
                    .is_ok_and(|answer| answer.status().is_success())
                    .then(|| begun.elapsed())
            });
        }
        calls.extend(running.join_all().await);
    }
    Ok(calls)
}

#[expect(
    clippy::disallowed_methods,
    reason = "expiries are measured against the real clock"
)]
fn now() -> DateTime<Utc> {
    Utc::now()
}
