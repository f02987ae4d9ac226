//! Start to ready, memory at rest and the size of the binary.

use std::fs;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use velodrome_testkit::ServerBuilder;

use crate::{definitions, machine, table};

const DEFINITIONS: usize = 1000;
const ROUNDS: usize = 5;
/// Until the allocator has given back what the start needed.
const REST: Duration = Duration::from_secs(15);

/// Prints the table.
pub async fn measure() -> Result<()> {
    let folder = tempfile::Builder::new()
        .prefix("velodrome-bench-")
        .tempdir()?;
    definitions::write_many(folder.path(), DEFINITIONS)?;
    let begun = Instant::now();
    let mut server = ServerBuilder::new()
        .set("VELODROME_CONNECTORS_DIR", folder.path().display())
        .new_here()
        .start();
    let first = begun.elapsed().as_secs_f64();
    let mut later = Vec::new();
    for _ in 0..ROUNDS {
        server.terminate().context("stopping the server")?;
        let begun = Instant::now();
        server.start_again().context("starting the server again")?;
        later.push(begun.elapsed().as_secs_f64());
    }
    let plain = ServerBuilder::new().new_here().start();
    tokio::time::sleep(REST).await;
    let resident = machine::resident(server.process())?;
    let binary =
        std::env::var_os("VELODROME_BINARY").context("VELODROME_BINARY names the binary")?;
    let size = fs::metadata(binary)?.len();
    let row = |what: String, value: String| vec![what, value];
    table::print(
        &["", "measured"],
        &[
            row(
                format!("first start to ready, {DEFINITIONS} definitions"),
                format!("{first:.2} s"),
            ),
            row(
                format!("later start to ready, {DEFINITIONS} definitions, median of {ROUNDS}"),
                format!("{:.2} s", table::median(later)),
            ),
            row(
                format!("resident memory at rest, {DEFINITIONS} definitions"),
                table::mebibytes(resident),
            ),
            row(
                "resident memory at rest, built-in definitions".to_owned(),
                table::mebibytes(machine::resident(plain.process())?),
            ),
            row(
                "size of the binary with the console".to_owned(),
                table::mebibytes(size),
            ),
        ],
    );
    Ok(())
}
