//! The repository's commands, in Rust: `cargo xtask` lists them.
//!
//! Continuous integration runs the same words as a person does. Everything that a command
//! needs it sets up itself where it may, and says in one sentence what is missing where it
//! may not.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "the commands talk to the person who typed them"
)]

mod bench;
mod catalogue;
mod check;
mod compat;
mod connectors;
mod database;
mod dev;
mod digest;
mod docs;
mod e2e;
mod environment;
mod fuzz;
mod imports;
mod libraries;
mod openapi;
mod process;
mod run;
mod rust_tests;
mod setup;
mod soak;
mod stages;
mod test;
mod web;
mod workspace;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

use crate::workspace::Workspace;

/// Velodrome's commands for people who work on it.
#[derive(Parser)]
#[command(
    name = "cargo xtask",
    bin_name = "cargo xtask",
    arg_required_else_help = true
)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Set up what is needed, build console and binary, and start the server with its sandbox
    Run(run::Options),
    /// The whole check: everything that must pass before a change is accepted
    Test(test::Options),
    /// Formatting, lints and the rules about who may import whom
    Check,
    /// Start the server with its sandbox, and the console as its sources change
    Dev,
    /// Make connector definitions from the facts in catalogue/, and check all of them
    Connectors(connectors::Options),
    /// Write the catalogue as a folder of static HTML pages
    Docs(docs::Options),
    /// Fetch the libraries that scripts find loaded, as the repository keeps them
    Libraries,
    /// Write the snapshot of the API document, and the web client's types from it
    Openapi,
    /// The web console: type-check, lint, component tests and build
    Web(web::Options),
    /// Black-box API scenarios against the running binary
    Compat,
    /// Browser journeys in Chromium against the running binary
    E2e(e2e::Options),
    /// Measure, and print a table with the machine and the command
    Bench(bench::Options),
    /// Fuzz what reads strangers' input, with libFuzzer on the nightly toolchain
    Fuzz(fuzz::Options),
    /// Kill a server thousands of times, and look at what became of everything
    Soak(soak::Options),
}

fn main() -> ExitCode {
    match execute(Arguments::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\nerror: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn execute(command: Command) -> Result<()> {
    let workspace = Workspace::locate();
    // The build of the memory allocator needs it, and not every machine with a compiler has it.
    setup::program("make", "make")?;
    match command {
        Command::Run(options) => run::run(&workspace, &options),
        Command::Test(options) => test::run(&workspace, &options),
        Command::Check => check::run(&workspace),
        Command::Dev => dev::run(&workspace),
        Command::Connectors(options) => connectors::run(&workspace, &options),
        Command::Docs(options) => docs::write(&workspace, &options),
        Command::Libraries => libraries::write(&workspace),
        Command::Openapi => openapi::write(&workspace),
        Command::Web(options) => web::run(&workspace, &options),
        Command::Compat => compat::run_alone(&workspace),
        Command::E2e(options) => e2e::run_alone(&workspace, &options),
        Command::Bench(options) => bench::run(&workspace, &options),
        Command::Fuzz(options) => fuzz::run(&workspace, &options),
        Command::Soak(options) => soak::run(&workspace, &options),
    }
}
