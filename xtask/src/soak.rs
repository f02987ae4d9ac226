//! The soak: thousands of kills of an optimised server, and an oracle that looks at what became of everything.
//!
//! The check does the same with some dozens (`tests/faults`).

use anyhow::Result;
use clap::Args;

use crate::database::TestDatabase;
use crate::process;
use crate::workspace::Workspace;

/// How long, and from where.
#[derive(Args)]
pub struct Options {
    /// Kills in all
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(1..))]
    kills: u32,
    /// Ends after so many minutes, whatever the kills
    #[arg(long)]
    minutes: Option<u32>,
    /// The seed of the first world, as a failure names it; by chance otherwise
    #[arg(long)]
    seed: Option<u64>,
    /// On a private PostgreSQL, not on SQLite
    #[arg(long)]
    postgres: bool,
    /// Lets a private PostgreSQL fail over to its standby so many times, instead of kills
    #[arg(long)]
    fail_overs: Option<u32>,
}

/// Builds the server with its fail points, and kills it until enough is enough.
pub fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    let server = [
        "build",
        "--profile=soak",
        "--locked",
        "--package=velodrome",
        "--features=velodrome/faults",
    ];
    process::run(&mut workspace.cargo(&server))?;
    let database = match options.postgres || options.fail_overs.is_some() {
        true => TestDatabase::postgres()?,
        false => TestDatabase::Sqlite,
    };
    let mut command = workspace.cargo(&["run", "--quiet", "--locked", "--package", FAULTS, "--"]);
    command.arg("--kills").arg(options.kills.to_string());
    if let Some(minutes) = options.minutes {
        command.arg("--minutes").arg(minutes.to_string());
    }
    if let Some(seed) = options.seed {
        command.arg("--seed").arg(seed.to_string());
    }
    if let Some(times) = options.fail_overs {
        command.arg("--fail-overs").arg(times.to_string());
    }
    command.env(
        "VELODROME_BINARY",
        workspace.target().join("soak/velodrome"),
    );
    process::run(database.tell(&mut command))
}

/// The crate with the kills.
pub const FAULTS: &str = "velodrome-faults";
