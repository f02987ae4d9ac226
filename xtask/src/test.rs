//! `cargo xtask test`: the whole check, as continuous integration runs it.

use anyhow::Result;
use clap::Args;

use crate::database::TestDatabase;
use crate::rust_tests::{self, Selection};
use crate::stages::Stages;
use crate::workspace::Workspace;
use crate::{check, compat, connectors, e2e, openapi, setup, soak, web};

/// Crates whose behaviour depends on the database, so they run on both.
const ON_BOTH_DATABASES: &[&str] = &[
    "velodrome-store",
    "velodrome-service",
    "velodrome-engine",
    "velodrome-api",
    "velodrome",
    soak::FAULTS,
];

/// What to leave out, for somebody in a hurry. Nothing is left out by default.
#[derive(Args)]
pub struct Options {
    /// Leave out what needs Node.js: the console and the browser journeys
    #[arg(long)]
    no_web: bool,
    /// Leave out the second round on PostgreSQL
    #[arg(long)]
    no_postgres: bool,
}

/// Runs every stage, prints what each took, and fails when one failed.
pub fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    let mut stages = Stages::begin();
    check::stages_of(workspace, &mut stages);
    if !options.no_web {
        stages.require("npm packages", || setup::packages(workspace, web::FOLDER))?;
        web::checks(workspace, &mut stages);
        stages.require("web build", || web::build(workspace))?;
    }
    stages.require("libfaketime", setup::faketime)?;
    stages.require("build", || rust_tests::build(workspace))?;
    stages.run("connectors", || connectors::check(workspace));
    stages.run("API document", || openapi::check_document(workspace));
    let sqlite = TestDatabase::Sqlite;
    stages.run_tests("tests on SQLite", || {
        rust_tests::run(workspace, &sqlite, &Selection::AllBut(&[compat::CRATE]))
    });
    stages.run_tests("compat on SQLite", || compat::run(workspace, &sqlite));
    if !options.no_postgres {
        on_postgres(workspace, &mut stages)?;
    }
    if !options.no_web {
        stages.run_tests("browser journeys", || e2e::run(workspace));
    }
    stages.report()
}

fn on_postgres(workspace: &Workspace, stages: &mut Stages) -> Result<()> {
    let mut started = None;
    stages.require("start PostgreSQL", || {
        started = Some(TestDatabase::postgres()?);
        Ok(())
    })?;
    let postgres = started.expect("the stage above succeeded");
    stages.run_tests("tests on PostgreSQL", || {
        rust_tests::run(workspace, &postgres, &Selection::Only(ON_BOTH_DATABASES))
    });
    stages.run_tests("compat on PostgreSQL", || compat::run(workspace, &postgres));
    Ok(())
}
