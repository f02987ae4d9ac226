//! Measurements: `benches/` holds the load programs, this builds and starts them.

use anyhow::Result;
use clap::Args;

use crate::workspace::Workspace;
use crate::{e2e, process, setup, web};

/// What to measure.
#[derive(Args)]
pub struct Options {
    /// Names of measurements; none means all
    measurements: Vec<String>,
}

/// Builds the release binary and measures it.
pub fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    let nginx = setup::program("nginx", "nginx-light")?;
    let wrk = setup::program("wrk", "wrk")?;
    setup::packages(workspace, web::FOLDER)?;
    setup::packages(workspace, e2e::FOLDER)?;
    web::build(workspace)?;
    process::run(&mut workspace.cargo(&[
        "build",
        "--release",
        "--locked",
        "--package",
        "velodrome",
    ]))?;
    let mut command = workspace.cargo(&[
        "run",
        "--release",
        "--quiet",
        "--locked",
        "--package",
        "velodrome-bench",
        "--",
    ]);
    command
        .args(&options.measurements)
        .env("VELODROME_BINARY", workspace.release_binary())
        .env("NGINX", nginx)
        .env("WRK", wrk)
        .env("E2E", workspace.path(e2e::FOLDER))
        .env("CHROMIUM_PATH", setup::chromium()?);
    process::run(&mut command)
}
