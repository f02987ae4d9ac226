//! PostgreSQL's server programs.

use std::path::PathBuf;

use anyhow::Result;
use velodrome_testkit::postgres;

use super::debian::{self, Needed};

/// The folder with `initdb` and `postgres`; nothing is started.
pub fn server_programs() -> Result<PathBuf> {
    debian::ensure(&Needed {
        name: "PostgreSQL",
        package: "postgresql",
        find: |_| postgres::find_programs(),
    })
}
