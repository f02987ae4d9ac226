//! Browser journeys in Chromium against the built binary.

use anyhow::Result;
use clap::Args;

use crate::stages::Stages;
use crate::workspace::Workspace;
use crate::{process, rust_tests, setup, web};

/// Where the journeys live.
pub const FOLDER: &str = "tests/e2e";

/// Which journeys.
#[derive(Args, Default)]
pub struct Options {
    /// Only journeys whose title contains this
    #[arg(long)]
    grep: Option<String>,
    /// Take the README's pictures anew instead, into docs/screenshots
    #[arg(long)]
    pictures: bool,
}

/// Builds what the journeys need and runs them.
pub fn run_alone(workspace: &Workspace, options: &Options) -> Result<()> {
    let mut stages = Stages::begin();
    stages.require("npm packages", || {
        setup::packages(workspace, web::FOLDER)?;
        setup::packages(workspace, FOLDER)
    })?;
    stages.require("web build", || web::build(workspace))?;
    stages.require("build", || rust_tests::build(workspace))?;
    stages.run_tests("browser journeys", || playwright(workspace, options));
    stages.report()
}

/// Runs the journeys against the built binary.
pub fn run(workspace: &Workspace) -> Result<Vec<String>> {
    setup::packages(workspace, FOLDER)?;
    process::run(&mut workspace.program("npm", FOLDER, &["run", "--silent", "typecheck"]))?;
    playwright(workspace, &Options::default())
}

fn playwright(workspace: &Workspace, options: &Options) -> Result<Vec<String>> {
    let project = if options.pictures {
        "pictures"
    } else {
        "journeys"
    };
    let mut command =
        workspace.program("npx", FOLDER, &["playwright", "test", "--project", project]);
    if let Some(title) = &options.grep {
        command.args(["--grep", title]);
    }
    command
        .env("VELODROME_BINARY", workspace.binary())
        .env("CHROMIUM_PATH", setup::chromium()?)
        .env("CI", "true");
    process::run_tests(&mut command)
}
