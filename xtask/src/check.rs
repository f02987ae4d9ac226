//! `cargo xtask check`: what can be said about the code without running it.

use anyhow::Result;

use crate::stages::Stages;
use crate::workspace::Workspace;
use crate::{catalogue, imports, process};

/// Runs the checks as a command of their own.
pub fn run(workspace: &Workspace) -> Result<()> {
    let mut stages = Stages::begin();
    stages_of(workspace, &mut stages);
    stages.report()
}

/// The checks, as the first stages of the whole check.
pub fn stages_of(workspace: &Workspace, stages: &mut Stages) {
    stages.run("formatting", || {
        process::run(&mut workspace.cargo(&["fmt", "--all", "--check"]))
    });
    stages.run("import rules", || imports::check(workspace));
    stages.run("catalogue", || catalogue::check(workspace));
    stages.run("clippy", || {
        process::run(&mut workspace.cargo(&[
            "clippy",
            "--workspace",
            "--all-targets",
            "--locked",
            "--",
            "--deny",
            "warnings",
        ]))
    });
}
