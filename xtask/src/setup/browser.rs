//! The browser of the journeys.

use std::path::PathBuf;

use anyhow::Result;

use super::debian::{self, Needed};
use crate::process;

/// Chromium, from the search path or from Debian.
pub fn chromium() -> Result<PathBuf> {
    debian::ensure(&Needed {
        name: "Chromium",
        package: "chromium",
        find: |_| process::find("chromium").or_else(|| process::find("chromium-browser")),
    })
}
