//! Memory and time of a method that pages through very many records.

use std::time::Instant;

use anyhow::{Result, ensure};
use reqwest::Method;
use serde_json::json;
use velodrome_testkit::{Answer, FakeUpstream};

use crate::subject::Subject;
use crate::{machine, table};

const LISTS: [usize; 3] = [10_000, 100_000, 1_000_000];
const PAGE: usize = 1000;
/// Bytes of text in a record.
const TEXT: usize = 200;

/// Prints what each list took; a server of its own for each, so that its peak is that list's.
pub async fn measure() -> Result<()> {
    let provider = provider();
    let mut rows = Vec::new();
    for total in LISTS {
        let subject = Subject::start(&provider.url()).await?;
        let path = subject.install_with_key().await?;
        let method = subject.method_named("List Records").await?;
        let before = machine::peak(subject.server.process())?;
        let begun = Instant::now();
        let url = format!("{path}/methods/{method}");
        let mut answer = subject
            .request(Method::POST, &url)
            .json(&json!({ "Parameters": { "total": total } }))
            .send()
            .await?
            .error_for_status()?;
        let (mut bytes, mut records) = (0, 0);
        while let Some(chunk) = answer.chunk().await? {
            bytes += chunk.len();
            records += chunk.iter().filter(|byte| **byte == b'{').count();
        }
        // One brace more than records: that around the list.
        ensure!(records == total + 1, "{} records came", records - 1);
        let peak = machine::peak(subject.server.process())?;
        rows.push(vec![
            total.to_string(),
            table::mebibytes(bytes as u64),
            format!("{:.1} s", begun.elapsed().as_secs_f64()),
            table::mebibytes(before),
            table::mebibytes(peak),
        ]);
    }
    table::print(
        &[
            "records",
            "answer",
            "time",
            "peak memory before",
            "peak memory after",
        ],
        &rows,
    );
    Ok(())
}

/// Lists as many records as it is asked for, a page at a time.
fn provider() -> FakeUpstream {
    let upstream = FakeUpstream::start();
    let text = "x".repeat(TEXT);
    upstream.respond("GET", "/list", move |call| {
        let number = |name: &str| {
            let mut pairs = call
                .query()
                .split('&')
                .filter_map(|pair| pair.split_once('='));
            let (_, text) = pairs.find(|(known, _)| *known == name)?;
            text.parse::<usize>().ok()
        };
        let (page, total) = (number("page").unwrap_or(1), number("total").unwrap_or(0));
        let first = (page - 1) * PAGE;
        let records: Vec<String> = (first..total.min(first + PAGE))
            .map(|id| format!("{{\"id\":{id},\"text\":\"{text}\"}}"))
            .collect();
        Answer::json(format!("{{\"data\":[{}]}}", records.join(",")))
    });
    upstream
}
