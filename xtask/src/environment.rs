//! The environment of the person or machine that runs the commands.

use std::process::{Command, Stdio};

use crate::process;

/// Whether we run as root.
pub fn is_root() -> bool {
    process::capture(Command::new("id").arg("-u")).is_ok_and(|id| id.trim() == "0")
}

/// Whether `sudo` works without asking for a password.
pub fn may_sudo() -> bool {
    Command::new("sudo")
        .args(["--non-interactive", "true"])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}
