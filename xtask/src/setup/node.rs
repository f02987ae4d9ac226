//! Node.js and the npm packages of a folder.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Result, bail};

use crate::process;
use crate::workspace::Workspace;

/// The oldest Node.js that the web tools run on.
const OLDEST: u32 = 20;

/// Installs the packages of a folder's lock file, unless that was done already.
pub fn packages(workspace: &Workspace, folder: &str) -> Result<()> {
    if are_installed(&workspace.path(folder)) {
        return Ok(());
    }
    require_node()?;
    println!("Installing the npm packages of {folder}");
    process::run(&mut workspace.program("npm", folder, &["ci", "--no-audit", "--no-fund"]))
}

/// npm writes down at the end of each installation what it installed; nothing is to be done
/// while that is younger than the lock file.
fn are_installed(folder: &Path) -> bool {
    let changed = |file: &str| fs::metadata(folder.join(file))?.modified();
    match (
        changed("node_modules/.package-lock.json"),
        changed("package-lock.json"),
    ) {
        (Ok(installed), Ok(locked)) => installed >= locked,
        _ => false,
    }
}

/// Debian's own Node.js is too old, so it is asked for, not installed.
fn require_node() -> Result<()> {
    let missing = |found: &str| {
        format!(
            "Node.js {OLDEST} or later with npm is needed for the web console, and {found}; \
             install it from https://nodejs.org and try again"
        )
    };
    if process::find("node").is_none() || process::find("npm").is_none() {
        bail!(missing("none was found on the search path"));
    }
    let version = process::capture(Command::new("node").arg("--version"))?;
    match major(&version) {
        Some(major) if major >= OLDEST => Ok(()),
        _ => bail!(missing(&format!("this is {}", version.trim()))),
    }
}

fn major(version: &str) -> Option<u32> {
    version
        .trim()
        .strip_prefix('v')?
        .split('.')
        .next()?
        .parse()
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_major_version_is_read_from_nodes_own_words() {
        assert_eq!(major("v20.20.2\n"), Some(20));
        assert_eq!(major("not a version"), None);
    }
}
