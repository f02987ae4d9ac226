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
    pub find: fn(&str) -> Option<PathBuf>,
}

/// Finds a program of the search path, or installs the package that brings it.
pub fn program(name: &'static str, package: &'static str) -> Result<PathBuf> {
    ensure(&Needed {
        name,
        package,
        find: process::find,
    })
}

/// Finds a program in its own way, or installs the package that brings it.
pub fn ensure(needed: &Needed) -> Result<PathBuf> {
    if let Some(path) = (needed.find)(needed.name) {
        return Ok(path);
    }
    let way = Way::of_this_machine();
    let Some(apt) = way.apt() else {
        bail!(way.refusal(needed));
    };
    println!(
        "{} is missing; installing the Debian package {}",
        needed.name, needed.package
    );
    run(apt, &["update", "-qq"])?;
    run(
        apt,
        &[
            "install",
            "--yes",
            "-qq",
            "--no-install-recommends",
            needed.package,
        ],
    )?;
    match (needed.find)(needed.name) {
        Some(path) => Ok(path),
        None => bail!(
            "the Debian package {} was installed but brought no {}",
            needed.package,
            needed.name
        ),
    }
}

/// How this user may install packages.
#[derive(Clone, Copy)]
enum Way {
    AsRoot,
    WithSudo,
    NotAllowed,
    NoApt,
}

impl Way {
    fn of_this_machine() -> Self {
        if process::find("apt-get").is_none() {
            Self::NoApt
        } else if environment::is_root() {
            Self::AsRoot
        } else if environment::may_sudo() {
            Self::WithSudo
        } else {
            Self::NotAllowed
        }
    }

    /// The words before apt-get's own arguments; none when it may not be called.
    fn apt(self) -> Option<&'static [&'static str]> {
        match self {
            Self::AsRoot => Some(&["apt-get"]),
            Self::WithSudo => Some(&[
                "sudo",
                "--non-interactive",
                "--preserve-env=DEBIAN_FRONTEND",
                "apt-get",
            ]),
            Self::NotAllowed | Self::NoApt => None,
        }
    }

    /// The sentence that says what is missing, why it can't be had, and what to do.
    fn refusal(self, needed: &Needed) -> String {
        let Needed { name, package, .. } = needed;
        match self {
            Self::NoApt => format!(
                "{name} is missing and can't be installed because this system has no apt-get; \
                 install {name} and put it on the search path"
            ),
            Self::AsRoot | Self::WithSudo | Self::NotAllowed => format!(
                "{name} is missing and can't be installed because this user may not run apt-get \
                 (not root, and sudo asks for a password); install it with \
                 `sudo apt-get install {package}`"
            ),
        }
    }
}

fn run(apt: &[&str], arguments: &[&str]) -> Result<()> {
    process::run(
        Command::new(apt[0])
            .args(&apt[1..])
            .args(arguments)
            .env("DEBIAN_FRONTEND", "noninteractive"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHROMIUM: Needed = Needed {
        name: "Chromium",
        package: "chromium",
        find: |_| None,
    };

    #[test]
    fn a_user_without_rights_is_told_what_to_type() {
        assert_eq!(
            Way::NotAllowed.refusal(&CHROMIUM),
            "Chromium is missing and can't be installed because this user may not run apt-get \
             (not root, and sudo asks for a password); install it with \
             `sudo apt-get install chromium`"
        );
        assert_eq!(
            Way::NoApt.refusal(&CHROMIUM),
            "Chromium is missing and can't be installed because this system has no apt-get; \
             install Chromium and put it on the search path"
        );
    }

    #[test]
    fn only_root_and_passwordless_sudo_install() {
        assert_eq!(Way::AsRoot.apt(), Some(&["apt-get"][..]));
        assert!(Way::WithSudo.apt().is_some_and(|words| words[0] == "sudo"));
        assert_eq!(Way::NotAllowed.apt(), None);
        assert_eq!(Way::NoApt.apt(), None);
    }
}
