//! `velodrome connector`.

mod import;
mod scaffold;
mod test;

pub use import::import_openapi;
pub use scaffold::new;
pub use test::test;

use anyhow::Result;
use velodrome_connector::catalogue;

use crate::{config::Config, definitions, exit::FaultsFound, output};

/// Checks definitions; needs no configuration.
///
/// # Errors
/// [`FaultsFound`] when one can't be used; `strict`, when there is anything to say at all.
pub fn check(paths: &[std::path::PathBuf], strict: bool, json: bool) -> Result<()> {
    let report = catalogue::check(paths);
    if json {
        output::json(&report)?;
    } else {
        output::line(&report)?;
    }
    if report.has_errors() || strict && !report.faults.is_empty() {
        return Err(FaultsFound.into());
    }
    Ok(())
}

/// Lists the definitions in use.
///
/// # Errors
/// When standard output is closed.
pub fn list(config: &Config, json: bool) -> Result<()> {
    let sources = definitions::sources(config.egress.connectors_dir.as_deref());
    let listed = catalogue::list(&catalogue::load(&sources));
    if json {
        return Ok(output::json(&listed)?);
    }
    for definition in listed {
        output::line(definition)?;
    }
    Ok(())
}
