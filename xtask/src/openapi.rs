//! The API document: generated from the handlers, kept as a snapshot.

use std::fs;

use anyhow::{Context, Result};

use crate::process;
use crate::workspace::Workspace;

/// The snapshot, from which the console's client is generated too.
const SNAPSHOT: &str = "docs/reference/openapi.json";

/// Writes the snapshot anew.
pub fn write(workspace: &Workspace) -> Result<()> {
    let document = process::capture(&mut workspace.cargo(&[
        "run",
        "--quiet",
        "--package",
        "velodrome",
        "--",
        "openapi",
    ]))?;
    let file = workspace.path(SNAPSHOT);
    fs::write(&file, document).with_context(|| format!("writing {}", file.display()))?;
    println!("Wrote {SNAPSHOT}");
    Ok(())
}
