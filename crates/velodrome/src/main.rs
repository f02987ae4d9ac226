//! Velodrome: an embedded integration platform in one program.
//!
//! This is the only crate that knows every other: it reads the configuration, builds the services,
//! and opens and closes the rooms. What the product does is decided elsewhere.

mod cli;
mod commands;
mod config;
mod database;
mod definitions;
mod exit;
mod logging;
mod metrics;
mod output;
mod serve;
mod services;
mod telemetry;

use std::{path::Path, process::ExitCode};

use anyhow::{Context, Result};
use clap::Parser;

use crate::{
    cli::{Arguments, Command, ConnectorCommand, KeysCommand, ServeOptions},
    config::Config,
    telemetry::Telemetry,
};

/// A server of many short requests spends a fifth of its time allocating with the system's allocator;
/// docs/performance.md has the comparison.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    exit::code(run(Arguments::parse()))
}

fn run(arguments: Arguments) -> Result<()> {
    let file = arguments.config;
    let command = arguments
        .command
        .unwrap_or_else(|| Command::Serve(ServeOptions::default()));
    match command {
        Command::Serve(options) => {
            let config = Config::read(std::env::vars_os(), file.as_deref())?;
            let collector = config.logging.collector.as_ref();
            let telemetry = collector
                .map(|collector| Telemetry::start(&collector.0))
                .transpose()?;
            logging::start(&config.logging, telemetry.as_ref());
            let recorder = telemetry.as_ref().map(Telemetry::recorder);
            let served = block_on(serve::serve(config, options, recorder));
            if let Some(telemetry) = telemetry {
                telemetry.finish();
            }
            served
        }
        Command::Migrate(options) => {
            let config = configure(file.as_deref())?;
            block_on(commands::migrate::run(&config, &options))
        }
        Command::Connector(ConnectorCommand::Check {
            paths,
            strict,
            json,
        }) => commands::connector::check(&paths, strict, json),
        Command::Connector(ConnectorCommand::List { json }) => {
            commands::connector::list(&configure(file.as_deref())?, json)
        }
        Command::Connector(ConnectorCommand::New { slug, dir }) => {
            commands::connector::new(&slug, &dir)
        }
        Command::Connector(ConnectorCommand::ImportOpenapi(options)) => {
            let config = configure(file.as_deref())?;
            block_on(commands::connector::import_openapi(&config, &options))
        }
        Command::Connector(ConnectorCommand::Test(options)) => {
            // Only a real provider is reached through the operator's egress rules.
            let config = match &options.credentials {
                Some(_) => Some(configure(file.as_deref())?),
                None => None,
            };
            block_on(commands::connector::test(config.as_ref(), &options))
        }
        Command::Template(command) => {
            let environment = std::env::vars_os();
            block_on(commands::template::run(command, environment))
        }
        Command::Admin(command) => {
            let config = configure(file.as_deref())?;
            block_on(commands::admin::run(&config, command))
        }
        Command::Keys(KeysCommand::Rotate { json }) => {
            let config = configure(file.as_deref())?;
            block_on(commands::keys::rotate(&config, json))
        }
        Command::Keys(KeysCommand::Webhook { json }) => {
            let config = configure(file.as_deref())?;
            block_on(commands::keys::webhook(&config, json))
        }
        Command::Backup { file: copy } => {
            let config = configure(file.as_deref())?;
            block_on(commands::backup::backup(&config, &copy))
        }
        Command::Restore {
            file: copy,
            replace,
        } => {
            let config = configure(file.as_deref())?;
            block_on(commands::backup::restore(&config, &copy, replace))
        }
        Command::Sandbox(options) => {
            let config = configure(file.as_deref())?;
            block_on(commands::sandbox::run(&config, &options))
        }
        Command::Openapi => commands::openapi::run(),
        Command::Config(options) if options.markdown => commands::config::reference(),
        Command::Config(options) => commands::config::run(&configure(file.as_deref())?, &options),
    }
}

/// Reads the configuration, and starts to log as it says.
fn configure(file: Option<&Path>) -> Result<Config> {
    let config = Config::read(std::env::vars_os(), file)?;
    logging::start(&config.logging, None);
    Ok(config)
}

fn block_on(work: impl Future<Output = Result<()>>) -> Result<()> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("starting the runtime")?
        .block_on(work)
}
