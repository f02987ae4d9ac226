//! The connector definitions of the repository, judged by the product's own check.

use std::process::Command;

use anyhow::Result;

use crate::process;
use crate::workspace::Workspace;

/// Builds the binary and checks every definition.
pub fn run(workspace: &Workspace) -> Result<()> {
    process::run(&mut workspace.cargo(&["build", "--locked", "--package", "velodrome"]))?;
    check(workspace)
}

/// Checks every definition with the built binary.
pub fn check(workspace: &Workspace) -> Result<()> {
    let mut command = Command::new(workspace.binary());
    process::run(
        command
            .args(["connector", "check", "connectors"])
            .current_dir(workspace.path(".")),
    )
}
