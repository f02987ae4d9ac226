//! The products that ours is measured beside, installed from npm.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use crate::process;
use crate::workspace::Workspace;

/// Where they are installed: they are gigabytes, and none of ours.
pub const FOLDER: &str = "target/peers";
/// What is installed, as the repository keeps it.
const SOURCE: &str = "benches/peers";
/// Node.js in the version that the peers ask for, which need not be the one that our web tools run on.
const RUNTIME: &str = "runtime";
/// Written at the end, so that a broken installation is begun again.
const DONE: &str = "installed.json";

/// Installs the peers unless these versions are there already.
pub fn install(workspace: &Workspace) -> Result<()> {
    let (source, folder) = (workspace.path(SOURCE), workspace.path(FOLDER));
    let wanted = fs::read_to_string(source.join("package.json"))
        .context("reading which peers are wanted")?;
    if fs::read_to_string(folder.join(DONE)).is_ok_and(|there| there == wanted) {
        return Ok(());
    }
    println!("Installing n8n and Node-RED into {FOLDER}; they take 3 GB and several minutes");
    let runtime = folder.join(RUNTIME);
    fs::create_dir_all(&runtime)?;
    for part in ["", RUNTIME] {
        let from = source.join(part).join("package.json");
        fs::copy(from, folder.join(part).join("package.json"))?;
    }
    npm(
        workspace,
        &format!("{FOLDER}/{RUNTIME}"),
        &["install"],
        None,
    )?;
    npm(
        workspace,
        &format!("{FOLDER}/{RUNTIME}"),
        &["rebuild"],
        None,
    )?;
    let bin = runtime.join("node_modules/.bin");
    // Most scripts of their packages build drivers of databases and queues that nobody here has; SQLite's is
    // the one that is needed.
    npm(
        workspace,
        FOLDER,
        &["install", "--ignore-scripts"],
        Some(&bin),
    )?;
    npm(workspace, FOLDER, &["rebuild", "sqlite3"], Some(&bin))?;
    fs::write(folder.join(DONE), wanted)?;
    Ok(())
}

/// npm in a folder, with the Node.js of `bin` for the scripts that it runs.
fn npm(workspace: &Workspace, folder: &str, arguments: &[&str], bin: Option<&Path>) -> Result<()> {
    let mut command = workspace.program("npm", folder, arguments);
    command.args(["--no-audit", "--no-fund", "--loglevel=error"]);
    if let Some(bin) = bin {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let folders = std::iter::once(bin.to_owned()).chain(std::env::split_paths(&path));
        command.env("PATH", std::env::join_paths(folders)?);
    }
    process::run(&mut command)
}
