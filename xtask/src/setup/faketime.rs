//! The library by which tests set the clock of a server.

use anyhow::Result;
use velodrome_testkit::machine_clock;

use super::debian::{self, Needed};

/// Sees to it that the tests find the library.
pub fn faketime() -> Result<()> {
    debian::ensure(&Needed {
        name: "libfaketime",
        package: "libfaketime",
        find: |_| machine_clock::find_library(),
    })?;
    Ok(())
}
