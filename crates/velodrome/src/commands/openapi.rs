//! `velodrome openapi`.

use anyhow::{Context, Result};

use crate::output;

/// Prints the document of the REST API.
///
/// # Errors
/// When standard output is closed.
pub fn run() -> Result<()> {
    let document = velodrome_api::openapi_document().context("writing the API document")?;
    Ok(output::line(document)?)
}
