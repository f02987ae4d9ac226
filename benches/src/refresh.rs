//! A thousand calls at once on one expired credential.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use reqwest::Method;
use tokio::task::JoinSet;

use crate::subject::{ACCOUNT, Subject};
use crate::table;
use crate::tokens::Provider;

const CALLS: usize = 1000;
const PROVIDER_TAKES: Duration = Duration::from_millis(200);

/// Prints the table; more than one refresh, or one failed call, fails the measurement.
pub async fn measure() -> Result<()> {
    let provider = Provider::start(PROVIDER_TAKES);
    let subject = Subject::start(&provider.upstream.url()).await?;
    subject.set_up().await?;
    let path = subject
        .install_with_tokens(ACCOUNT, "expired", "2020-01-01T00:00:00Z")
        .await?;
    let method = subject.method().await?;
    let url = format!("{path}/methods/{method}");
    let begun = Instant::now();
    let mut calls = JoinSet::new();
    for _ in 0..CALLS {
        calls.spawn(subject.request(Method::GET, &url).send());
    }
    let mut failed = 0;
    while let Some(call) = calls.join_next().await {
        if !call?.is_ok_and(|answer| answer.status().is_success()) {
            failed += 1;
        }
    }
    let took = begun.elapsed().as_secs_f64();
    table::print(
        &[
            "concurrent calls",
            "refreshes",
            "failed calls",
            "all answered after",
        ],
        &[vec![
            CALLS.to_string(),
            provider.refreshes().to_string(),
            failed.to_string(),
            format!(
                "{took:.2} s (the provider takes {} ms for a refresh)",
                PROVIDER_TAKES.as_millis()
            ),
        ]],
    );
    ensure!(failed == 0, "{failed} calls failed");
    ensure!(
        provider.refreshes() == 1,
        "{} refreshes instead of one",
        provider.refreshes()
    );
    Ok(())
}
