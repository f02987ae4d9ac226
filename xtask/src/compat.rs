//! Black-box API scenarios: they know only what the public API promises.

use anyhow::Result;

use crate::database::TestDatabase;
use crate::rust_tests::{self, Selection};
use crate::stages::Stages;
use crate::workspace::Workspace;

/// The crate with the scenarios.
pub const CRATE: &str = "velodrome-compat";

/// Builds and runs the scenarios on both databases.
pub fn run_alone(workspace: &Workspace) -> Result<()> {
    let mut stages = Stages::begin();
    stages.require("build", || rust_tests::build(workspace))?;
    stages.run_tests("compat on SQLite", || run(workspace, &TestDatabase::Sqlite));
    let postgres = TestDatabase::postgres()?;
    stages.run_tests("compat on PostgreSQL", || run(workspace, &postgres));
    stages.report()
}

/// Runs the scenarios against the built binary.
pub fn run(workspace: &Workspace, database: &TestDatabase) -> Result<Vec<String>> {
    rust_tests::run(workspace, database, &Selection::Only(&[CRATE]))
}
