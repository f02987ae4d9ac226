//! Load by wrk.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

/// What is asked for, and how.
pub struct Load<'a> {
    /// The address.
    pub url: &'a str,
    /// Headers of every request.
    pub headers: &'a [String],
    /// Connections that are kept open.
    pub connections: u32,
    /// Seconds.
    pub seconds: u32,
    /// Mean pause of a connection between two requests, in milliseconds; none is full load.
    pub pause: Option<f64>,
    /// A JSON object that is posted; none is a `GET`.
    pub body: Option<&'a str>,
}

/// What wrk saw.
#[derive(Clone, Copy, Debug)]
pub struct Seen {
    /// Requests that were answered; those under way at the end are not counted.
    pub requests: u64,
    /// Requests answered in a second.
    pub rate: f64,
    /// Median latency in milliseconds.
    pub middle: f64,
    /// The latency that one request in a hundred exceeded, in milliseconds.
    pub worst: f64,
}

/// Prints its own numbers, because wrk's own words change with their size.
const REPORT: &str = r#"
done = function(summary, latency, requests)
  io.write(string.format("SEEN %d %d %d %d %d\n", summary.requests, summary.duration,
    latency:percentile(50), latency:percentile(99),
    summary.errors.connect + summary.errors.read + summary.errors.write
      + summary.errors.status + summary.errors.timeout))
end
"#;

/// Runs a load; any failed request fails the measurement. What else this process does goes on meanwhile.
pub fn run(load: &Load<'_>) -> Result<Seen> {
    tokio::task::block_in_place(|| load_and_wait(load))
}

fn load_and_wait(load: &Load<'_>) -> Result<Seen> {
    let folder = tempfile::tempdir()?;
    let script = folder.path().join("load.lua");
    write_script(&script, load)?;
    let program = std::env::var_os("WRK").unwrap_or_else(|| "wrk".into());
    let mut command = Command::new(program);
    command
        .args(["--threads", "2", "--timeout", "10s"])
        .args(["--connections", &load.connections.to_string()])
        .args(["--duration", &format!("{}s", load.seconds)])
        .arg("--script")
        .arg(&script);
    for header in load.headers {
        command.args(["--header", header]);
    }
    let output = command.arg(load.url).output().context("starting wrk")?;
    let text = String::from_utf8_lossy(&output.stdout);
    let report = text
        .lines()
        .find_map(|line| line.strip_prefix("SEEN "))
        .with_context(|| {
            format!(
                "wrk did not report:\n{text}{}",
                String::from_utf8_lossy(&output.stderr)
            )
        })?;
    seen(report).with_context(|| format!("{}: {report}", load.url))
}

fn write_script(script: &Path, load: &Load<'_>) -> Result<()> {
    let pause = load.pause.map_or_else(String::new, |mean| {
        format!("delay = function() return math.floor(math.random() * 2 * {mean} + 0.5) end\n")
    });
    let body = load.body.map_or_else(String::new, |body| {
        format!(
            "wrk.method = \"POST\"\nwrk.headers[\"Content-Type\"] = \"application/json\"\nwrk.body = [==[{body}]==]\n"
        )
    });
    fs::write(script, format!("{pause}{body}{REPORT}")).context("writing wrk's script")
}

fn seen(report: &str) -> Result<Seen> {
    let requests_seen = report.split(' ').next().unwrap_or_default();
    let requests_seen = requests_seen.parse().context("reading wrk's report")?;
    let numbers = report
        .split(' ')
        .map(str::parse::<f64>)
        .collect::<Result<Vec<_>, _>>()
        .context("reading wrk's report")?;
    let [requests, micros, middle, worst, errors] = numbers[..] else {
        bail!("wrk reported something else");
    };
    if errors > 0.0 {
        bail!("{errors} of {requests} requests failed");
    }
    Ok(Seen {
        requests: requests_seen,
        rate: requests / (micros / 1_000_000.0),
        middle: middle / 1000.0,
        worst: worst / 1000.0,
    })
}
