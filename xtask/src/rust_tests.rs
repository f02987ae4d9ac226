//! The tests written in Rust, with cargo-nextest where it is installed.

use std::process::Command;

use anyhow::Result;

use crate::database::TestDatabase;
use crate::process;
use crate::workspace::Workspace;

/// Which crates' tests to run.
pub enum Selection<'a> {
    /// All but the named ones.
    AllBut(&'a [&'a str]),
    /// Only the named ones.
    Only(&'a [&'a str]),
}

/// Compiles everything that the tests and the server need, once.
///
/// All stages build the whole workspace with the same profile: a selection of packages would
/// unite other features and compile half of the dependencies a second time.
pub fn build(workspace: &Workspace) -> Result<()> {
    process::run(&mut workspace.cargo(&["build", "--workspace", "--all-targets", "--locked"]))
}

/// Runs tests against a database.
pub fn run(
    workspace: &Workspace,
    database: &TestDatabase,
    selection: &Selection<'_>,
) -> Result<Vec<String>> {
    let mut command = if process::find("cargo-nextest").is_some() {
        nextest(workspace, selection)
    } else {
        libtest(workspace, selection)
    };
    process::run_tests(database.tell(&mut command))
}

/// nextest filters after building, so the build stays that of the workspace.
fn nextest(workspace: &Workspace, selection: &Selection<'_>) -> Command {
    let filter = match selection {
        Selection::AllBut(names) => format!("not ({})", packages(names)),
        Selection::Only(names) => packages(names),
    };
    workspace.cargo(&[
        "nextest",
        "run",
        "--workspace",
        "--locked",
        "--no-fail-fast",
        "--status-level=fail",
        "--hide-progress-bar",
        "--filterset",
        &filter,
    ])
}

fn libtest(workspace: &Workspace, selection: &Selection<'_>) -> Command {
    let mut command = workspace.cargo(&["test", "--locked", "--no-fail-fast", "--quiet"]);
    match selection {
        Selection::AllBut(names) => {
            command.arg("--workspace");
            command.args(names.iter().flat_map(|name| ["--exclude", name]));
        }
        Selection::Only(names) => {
            command.args(names.iter().flat_map(|name| ["--package", name]));
        }
    }
    command
}

fn packages(names: &[&str]) -> String {
    let each: Vec<String> = names
        .iter()
        .map(|name| format!("package(={name})"))
        .collect();
    each.join(" or ")
}
