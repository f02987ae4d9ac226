//! Measurements: `benches/` holds the load programs, this builds and starts them.

use anyhow::Result;
use clap::Args;

use crate::workspace::Workspace;
use crate::{e2e, process, setup, web};

/// The measurement that other products are installed for.
const PEERS: &str = "peers";

/// What to measure.
#[derive(Args)]
pub struct Options {
    /// Names of measurements, none means all but the peers; then options of `velodrome-bench`, which
    /// its own `--help` lists
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
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
    let wants = |name: &str| options.measurements.iter().any(|wanted| wanted == name);
    // The measurement on several nodes needs a server, whatever the others run on.
    setup::server_programs()?;
    if wants(PEERS) {
        setup::peers(workspace)?;
        process::run(&mut workspace.cargo(&[
            "build",
            "--release",
            "--locked",
            "--package",
            "velodrome-script",
            "--example",
            "scripts",
        ]))?;
    }
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
        .env("PEERS", workspace.path(setup::PEERS))
        .env("SCRIPTS", workspace.path("target/release/examples/scripts"))
        .env("E2E", workspace.path(e2e::FOLDER))
        .env("CHROMIUM_PATH", setup::chromium()?);
    process::run(&mut command)
}
