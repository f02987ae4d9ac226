//! The connector library's page in a browser, with many connectors.

use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use velodrome_testkit::ServerBuilder;
use velodrome_testkit::server::{ADMIN_EMAIL, ADMIN_PASSWORD};

use crate::{definitions, table};

const DEFINITIONS: usize = 1000;

/// Prints the table; the browser's part is `tests/e2e/measurements`.
pub fn measure() -> Result<()> {
    let folder = tempfile::Builder::new()
        .prefix("velodrome-bench-")
        .tempdir()?;
    definitions::write_many(folder.path(), DEFINITIONS)?;
    let server = ServerBuilder::new()
        .set("VELODROME_CONNECTORS_DIR", folder.path().display())
        .new_here()
        .start();
    let journeys = std::env::var_os("E2E").context("E2E names the folder of the journeys")?;
    let output = Command::new("npx")
        .args(["playwright", "test", "--project", "measurements"])
        .current_dir(journeys)
        .env("VELODROME_MEASURED_URL", server.url())
        .env("VELODROME_MEASURED_EMAIL", ADMIN_EMAIL)
        .env("VELODROME_MEASURED_PASSWORD", ADMIN_PASSWORD)
        .stderr(Stdio::inherit())
        .output()
        .context("starting the browser's part")?;
    let said = String::from_utf8_lossy(&output.stdout);
    ensure!(
        output.status.success(),
        "the browser's part failed:\n{said}"
    );
    let rows: Vec<Vec<String>> = said
        .lines()
        .filter_map(|line| {
            line.split_once("measured\t")?
                .1
                .split_once('\t')
                .map(|(what, value)| vec![what.to_owned(), value.to_owned()])
        })
        .collect();
    ensure!(!rows.is_empty(), "the browser's part measured nothing");
    table::print(&["with 1,000 more connectors", "measured"], &rows);
    Ok(())
}
