//! Whether memory grows over a million calls.

use anyhow::Result;

use crate::nginx::Nginx;
use crate::subject::Subject;
use crate::wrk::{self, Load};
use crate::{machine, table};

const CALLS: f64 = 1_000_000.0;
const SLICE_SECONDS: u32 = 20;

/// Prints the resident memory after the first slice, half way and at the end.
pub async fn measure() -> Result<()> {
    let nginx = Nginx::start()?;
    let subject = Subject::start(&nginx.upstream()).await?;
    let path = subject.install_with_key().await?;
    let url = format!("{}{path}/proxy/records", subject.server.url());
    let headers = subject.headers();
    let mut done = 0.0;
    let mut rows = vec![row(0.0, machine::resident(subject.server.process())?)];
    while done < CALLS {
        let seen = wrk::run(&Load {
            url: &url,
            headers: &headers,
            connections: 64,
            seconds: SLICE_SECONDS,
            pause: None,
            body: None,
        })?;
        done += seen.rate * f64::from(SLICE_SECONDS);
        rows.push(row(done, machine::resident(subject.server.process())?));
    }
    table::print(&["calls", "resident memory"], &rows);
    Ok(())
}

fn row(calls: f64, resident: u64) -> Vec<String> {
    vec![format!("{calls:.0}"), table::mebibytes(resident)]
}
