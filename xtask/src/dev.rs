//! `cargo xtask dev`: the server with the sandbox, and the console as its sources change.

use std::process::{Child, Command};

use anyhow::{Context, Result};
use velodrome_testkit::signal;

use crate::workspace::Workspace;
use crate::{process, setup, web};

/// Starts both and ends with the server.
pub fn run(workspace: &Workspace) -> Result<()> {
    setup::packages(workspace, web::FOLDER)?;
    process::run(&mut workspace.cargo(&["build", "--locked", "--package", "velodrome"]))?;
    let console = Running(
        workspace
            .program("npm", web::FOLDER, &["run", "--silent", "dev"])
            .spawn()
            .context("starting the console's development server")?,
    );
    let mut server = Command::new(workspace.binary());
    let ended = process::run(
        server
            .args(["serve", "--sandbox"])
            .current_dir(workspace.path(".")),
    );
    drop(console);
    ended
}

/// A child that does not outlive us.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // Asked to end, npm takes its own children along. Ctrl+C reaches it as well, so it may
        // have ended already.
        if signal::terminate(&self.0).is_ok() {
            drop(self.0.wait());
        }
    }
}
