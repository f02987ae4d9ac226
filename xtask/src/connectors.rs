//! The connector definitions of the repository: made from facts, and judged by the product's own check.

use std::process::Command;

use anyhow::Result;
use clap::Args;

use crate::workspace::Workspace;
use crate::{catalogue, process};

/// How much is to be done.
#[derive(Args)]
pub struct Options {
    /// Write nothing; fail where the definitions are not what the facts say
    #[arg(long)]
    check: bool,
    /// Write definitions without building the product that judges them
    #[arg(long, conflicts_with = "check")]
    write_only: bool,
}

/// Makes the definitions, builds the binary and has it check all of them.
pub fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    if options.check {
        return catalogue::check(workspace);
    }
    catalogue::write(workspace)?;
    if options.write_only {
        return Ok(());
    }
    process::run(&mut workspace.cargo(&["build", "--locked", "--package", "velodrome"]))?;
    check(workspace)
}

/// Checks every definition with the built binary; what it warns of is a fault here.
pub fn check(workspace: &Workspace) -> Result<()> {
    let mut command = Command::new(workspace.binary());
    process::run(
        command
            .args(["connector", "check", "--strict", "connectors"])
            .current_dir(workspace.path(".")),
    )
}
