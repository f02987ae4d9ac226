//! `cargo xtask run`: from a fresh clone to a running server.

use std::os::unix::process::CommandExt;
use std::process::Command;

use anyhow::{Context, Result};
use clap::Args;

use crate::workspace::Workspace;
use crate::{process, setup, web};

/// How to start the server.
#[derive(Args)]
pub struct Options {
    /// Build and start the optimised binary
    #[arg(long)]
    release: bool,
    /// Reach the real providers instead of the built-in simulators
    #[arg(long)]
    no_sandbox: bool,
    /// Further arguments for `velodrome serve`
    #[arg(last = true)]
    arguments: Vec<String>,
}

/// Sets up, builds and becomes the server, so that signals reach it without a middleman.
pub fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    println!("[1/4] Checking the tools of the web console");
    setup::packages(workspace, web::FOLDER)?;
    println!("[2/4] Building the web console");
    web::build(workspace)?;
    println!("[3/4] Building the server (some minutes the first time)");
    let mut build = vec!["build", "--locked", "--package", "velodrome"];
    if options.release {
        build.push("--release");
    }
    process::run(&mut workspace.cargo(&build))?;
    println!("[4/4] Starting the server; Ctrl+C stops it");
    if options.no_sandbox {
        println!("      Calls go to the real providers");
    } else {
        println!(
            "      The sandbox answers in the providers' place: no account or key of theirs is needed"
        );
    }
    let error = serve(workspace, options).exec();
    Err(error).context("the server could not be started")
}

fn serve(workspace: &Workspace, options: &Options) -> Command {
    let binary = if options.release {
        workspace.release_binary()
    } else {
        workspace.binary()
    };
    let mut command = Command::new(binary);
    command.arg("serve").current_dir(workspace.path("."));
    if !options.no_sandbox {
        command.arg("--sandbox");
    }
    command.args(&options.arguments);
    command
}
