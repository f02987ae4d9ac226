//! The web console: its packages, its checks and its build.

use anyhow::Result;
use clap::Args;

use crate::digest::Stamp;
use crate::stages::Stages;
use crate::workspace::Workspace;
use crate::{openapi, process, setup};

/// The npm workspace of everything that runs in a browser.
pub const FOLDER: &str = "web";
/// What the build leaves, for the binary to serve: the console and the API reference.
const BUILT: [&str; 2] = ["web/console/dist/index.html", "web/docs/dist/index.html"];

/// What to do with the console.
#[derive(Args)]
pub struct Options {
    /// Only build it
    #[arg(long)]
    build_only: bool,
}

/// Runs the console's checks as a command of their own.
pub fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    let mut stages = Stages::begin();
    stages.require("npm packages", || setup::packages(workspace, FOLDER))?;
    if !options.build_only {
        checks(workspace, &mut stages);
    }
    stages.run("web build", || build(workspace));
    stages.report()
}

/// The client's freshness, type-check, lint and component tests.
pub fn checks(workspace: &Workspace, stages: &mut Stages) {
    stages.run("web client", || openapi::check_types(workspace));
    stages.run("web types", || npm(workspace, "typecheck"));
    stages.run("web lint", || npm(workspace, "lint"));
    let chromium = setup::chromium();
    stages.run_tests("web components", || {
        let mut command = workspace.program("npm", FOLDER, &["run", "--silent", "test"]);
        command.env("CI", "true").env("CHROMIUM_PATH", chromium?);
        process::run_tests(&mut command)
    });
}

/// Builds what the binary serves, unless nothing changed since the last build.
pub fn build(workspace: &Workspace) -> Result<()> {
    let stamp = Stamp::over(workspace, "web-build", &[workspace.path(FOLDER)])?;
    if stamp.is_fresh() && BUILT.iter().all(|page| workspace.path(page).is_file()) {
        println!("The web part is built already");
        return Ok(());
    }
    npm(workspace, "build")?;
    stamp.save()
}

fn npm(workspace: &Workspace, script: &str) -> Result<()> {
    process::run(&mut workspace.program("npm", FOLDER, &["run", "--silent", script]))
}
