//! The NATS server.

use anyhow::Result;
use velodrome_testkit::nats;

use super::debian::{self, Needed};

/// Sees to it that the tests find the program; nothing is started.
pub fn nats_server() -> Result<()> {
    debian::ensure(&Needed {
        name: "NATS",
        package: "nats-server",
        find: |_| nats::find_program(),
    })?;
    Ok(())
}
