//! The API document: generated from the handlers, kept as a snapshot, and the source of the
//! console's client.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::workspace::Workspace;
use crate::{process, setup, web};

/// The snapshot of what the handlers say.
const SNAPSHOT: &str = "web/shared/api/openapi.json";
/// The client's types, made from the snapshot.
const TYPES: &str = "web/shared/api/schema.d.ts";

/// Writes the snapshot anew, and the client's types from it.
pub fn write(workspace: &Workspace) -> Result<()> {
    process::run(&mut workspace.cargo(&["build", "--locked", "--package", "velodrome"]))?;
    let file = workspace.path(SNAPSHOT);
    fs::write(&file, document(workspace)?)
        .with_context(|| format!("writing {}", file.display()))?;
    setup::packages(workspace, web::FOLDER)?;
    generate_types(workspace, &workspace.path(TYPES))?;
    println!("Wrote {SNAPSHOT} and {TYPES}");
    Ok(())
}

/// Fails when the snapshot is not what the built binary's handlers say.
pub fn check_document(workspace: &Workspace) -> Result<()> {
    compare(&document(workspace)?, &workspace.path(SNAPSHOT), SNAPSHOT)
}

/// Fails when the client's types are not those of the snapshot.
pub fn check_types(workspace: &Workspace) -> Result<()> {
    let made = workspace.notes().join("schema.d.ts");
    generate_types(workspace, &made)?;
    let text = fs::read_to_string(&made).with_context(|| format!("reading {}", made.display()))?;
    compare(&text, &workspace.path(TYPES), TYPES)
}

fn document(workspace: &Workspace) -> Result<String> {
    process::capture(Command::new(workspace.binary()).arg("openapi"))
}

fn generate_types(workspace: &Workspace, output: &Path) -> Result<()> {
    let snapshot = workspace.path(SNAPSHOT);
    let mut command = workspace.program("npx", web::FOLDER, &["openapi-typescript"]);
    process::run(command.arg(snapshot).arg("--output").arg(output))
}

fn compare(fresh: &str, file: &Path, name: &str) -> Result<()> {
    let kept = fs::read_to_string(file).with_context(|| format!("reading {}", file.display()))?;
    if kept.trim_end() != fresh.trim_end() {
        bail!("{name} is stale: run `cargo xtask openapi` and commit what it writes");
    }
    Ok(())
}
