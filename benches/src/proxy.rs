//! Throughput and latency of the proxy and of Data on Demand, beside nginx in the same run.

use anyhow::Result;

use crate::nginx::Nginx;
use crate::subject::Subject;
use crate::table;
use crate::wrk::{self, Load, Seen};

const CONNECTIONS: u32 = 64;
const SECONDS: u32 = 10;
/// Odd, so that there is a middle one.
const ROUNDS: usize = 3;

struct Candidate {
    name: &'static str,
    url: String,
    headers: Vec<String>,
}

/// Prints both tables.
pub async fn measure() -> Result<()> {
    let nginx = Nginx::start()?;
    let subject = Subject::start(&nginx.upstream()).await?;
    let path = subject.install_with_key().await?;
    let method = subject.method().await?;
    let origin = subject.server.url();
    let candidates = [
        Candidate {
            name: "nginx reverse proxy",
            url: format!("{}/records", nginx.proxy()),
            headers: Vec::new(),
        },
        Candidate {
            name: "velodrome proxy",
            url: format!("{origin}{path}/proxy/records"),
            headers: subject.headers(),
        },
        Candidate {
            name: "velodrome Data on Demand",
            url: format!("{origin}{path}/methods/{method}"),
            headers: subject.headers(),
        },
    ];
    let full = full_load(&candidates)?;
    half_load(&candidates, &full)
}

/// Rounds alternate between the candidates, so that a slow minute hits them all.
fn full_load(candidates: &[Candidate]) -> Result<Vec<Seen>> {
    let mut seen: Vec<Vec<Seen>> = candidates.iter().map(|_| Vec::new()).collect();
    for _ in 0..ROUNDS {
        for (candidate, results) in candidates.iter().zip(&mut seen) {
            results.push(run(candidate, None)?);
        }
    }
    let middle: Vec<Seen> = seen.iter().map(|results| median(results)).collect();
    println!(
        "Full load: wrk, 2 threads, {CONNECTIONS} connections, median of {ROUNDS} rounds of {SECONDS} s.\n"
    );
    let rows: Vec<Vec<String>> = candidates
        .iter()
        .zip(&middle)
        .map(|(candidate, seen)| {
            vec![
                candidate.name.to_owned(),
                format!("{:.0}", seen.rate),
                format!("{:.0} %", 100.0 * seen.rate / middle[0].rate),
                format!("{:.2}", seen.middle),
                format!("{:.2}", seen.worst),
            ]
        })
        .collect();
    table::print(&["", "requests/s", "of nginx", "p50 ms", "p99 ms"], &rows);
    Ok(middle)
}

/// Each candidate of ours at half of its own rate, and nginx at that same rate.
fn half_load(candidates: &[Candidate], full: &[Seen]) -> Result<()> {
    println!(
        "\nHalf load: pauses between requests bring each to about half of its full rate; nginx at the same rate.\n"
    );
    let mut rows = Vec::new();
    for (candidate, seen) in candidates.iter().zip(full).skip(1) {
        let pause = 1000.0 * f64::from(CONNECTIONS) / (seen.rate / 2.0);
        let ours = median(&rounds(candidate, pause)?);
        let nginx = median(&rounds(&candidates[0], pause)?);
        rows.push(vec![
            candidate.name.to_owned(),
            format!("{:.0}", ours.rate),
            format!("{:.2}", ours.worst),
            format!("{:.2}", nginx.worst),
            format!("{:.2}", ours.worst - nginx.worst),
        ]);
    }
    table::print(
        &["", "requests/s", "p99 ms", "nginx p99 ms", "added ms"],
        &rows,
    );
    Ok(())
}

fn rounds(candidate: &Candidate, pause: f64) -> Result<Vec<Seen>> {
    (0..ROUNDS).map(|_| run(candidate, Some(pause))).collect()
}

fn run(candidate: &Candidate, pause: Option<f64>) -> Result<Seen> {
    wrk::run(&Load {
        url: &candidate.url,
        headers: &candidate.headers,
        connections: CONNECTIONS,
        seconds: SECONDS,
        pause,
        body: None,
    })
}

fn median(results: &[Seen]) -> Seen {
    let of = |value: fn(&Seen) -> f64| table::median(results.iter().map(value).collect());
    Seen {
        requests: results.iter().map(|seen| seen.requests).sum(),
        rate: of(|seen| seen.rate),
        middle: of(|seen| seen.middle),
        worst: of(|seen| seen.worst),
    }
}
