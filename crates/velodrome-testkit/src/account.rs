//! The unprivileged account that PostgreSQL runs under when we are root, which it refuses.

use std::ffi::OsStr;
use std::io;
use std::path::Path;
use std::process::{Command, Stdio};

/// Who runs a program.
pub enum RunAs {
    /// The user that we are already.
    Ourselves,
    /// Another user, since we are root.
    Other {
        /// Its name.
        name: &'static str,
        /// Its number.
        user: u32,
        /// Its group's number.
        group: u32,
    },
}

impl RunAs {
    /// Ourselves, or for root the account `postgres`, else `nobody`.
    pub fn unprivileged() -> io::Result<Self> {
        if !rustix::process::geteuid().is_root() {
            return Ok(Self::Ourselves);
        }
        ["postgres", "nobody"]
            .into_iter()
            .find_map(|name| {
                let user = number("-u", name)?;
                let group = number("-g", name)?;
                Some(Self::Other { name, user, group })
            })
            .ok_or_else(|| {
                io::Error::other(
                    "PostgreSQL refuses to run as root, and there is no account postgres or nobody",
                )
            })
    }

    /// The program, to be started as this user.
    pub fn command(&self, program: &OsStr) -> Command {
        match self {
            Self::Ourselves => Command::new(program),
            Self::Other { name, .. } => {
                let mut command = Command::new("setpriv");
                command
                    .arg(format!("--reuid={name}"))
                    .args(["--regid", &group_of(self), "--init-groups", "--"])
                    .arg(program);
                command
            }
        }
    }

    /// Makes a folder this user's.
    pub fn own(&self, folder: &Path) -> io::Result<()> {
        match self {
            Self::Ourselves => Ok(()),
            Self::Other { user, group, .. } => {
                std::os::unix::fs::chown(folder, Some(*user), Some(*group))
            }
        }
    }
}

fn group_of(account: &RunAs) -> String {
    match account {
        RunAs::Ourselves => rustix::process::getegid().as_raw().to_string(),
        RunAs::Other { group, .. } => group.to_string(),
    }
}

fn number(which: &str, name: &str) -> Option<u32> {
    let output = Command::new("id")
        .args([which, name])
        .stderr(Stdio::null())
        .output()
        .ok()?;
    String::from_utf8(output.stdout).ok()?.trim().parse().ok()
}
