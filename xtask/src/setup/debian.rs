//! Programs that come from Debian's packages.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Result, bail};

use crate::{environment, process};

/// A program that may have to be installed.
pub struct Needed {
    /// What a person calls it.
    pub name: &'static str,
    /// The Debian package that brings it.
    pub package: &'static str,
    /// Where it is, once it is there.
    pub find: fn() -> Option<PathBuf>,
}

/// Finds a program of the search path, or installs the package that brings it.
pub fn program(name: &'static str, package: &'static str) -> Result<PathBuf> {
    if let Some(path) = process::find(name) {
        return Ok(path);
    }
    install(name, package)?;
    match process::find(name) {
        Some(path) => Ok(path),
        None => bail!("the Debian package {package} was installed but brought no {name}"),
    }
}

/// Finds a program in its own way, or installs the package that brings it.
pub fn ensure(needed: &Needed) -> Result<PathBuf> {
    if let Some(path) = (needed.find)() {
        return Ok(path);
    }
    install(needed.name, needed.package)?;
    match (needed.find)() {
        Some(path) => Ok(path),
        None => bail!(
            "the Debian package {} was installed but brought no {}",
            needed.package,
            needed.name
        ),
    }
}

fn install(name: &str, package: &str) -> Result<()> {
    let mut prefix = permission(name, package)?;
    println!("{name} is missing; installing the Debian package {package}");
    process::run(apt(&mut prefix, &["update", "-qq"]))?;
    let mut prefix = permission(name, package)?;
    process::run(apt(
        &mut prefix,
        &[
            "install",
            "--yes",
            "-qq",
            "--no-install-recommends",
            package,
        ],
    ))
}

/// `apt-get` as this user may call it, or the sentence that says why not.
fn permission(name: &str, package: &str) -> Result<Command> {
    if process::find("apt-get").is_none() {
        bail!(
            "{name} is missing and can't be installed because this system has no apt-get; \
             install {name} and put it on the search path"
        );
    }
    if environment::is_root() {
        return Ok(Command::new("apt-get"));
    }
    if environment::may_sudo() {
        let mut sudo = Command::new("sudo");
        sudo.args([
            "--non-interactive",
            "--preserve-env=DEBIAN_FRONTEND",
            "apt-get",
        ]);
        return Ok(sudo);
    }
    bail!(
        "{name} is missing and can't be installed because this user may not run apt-get \
         (not root, and sudo asks for a password); install it with `sudo apt-get install {package}`"
    );
}

fn apt<'a>(command: &'a mut Command, arguments: &[&str]) -> &'a mut Command {
    command
        .args(arguments)
        .env("DEBIAN_FRONTEND", "noninteractive")
}
