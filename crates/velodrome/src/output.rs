//! Results, on standard output; logs go elsewhere.

use std::{
    fmt::Display,
    io::{self, Write},
};

use serde::Serialize;

/// Prints a line.
///
/// # Errors
/// When standard output is closed.
pub fn line(text: impl Display) -> io::Result<()> {
    writeln!(io::stdout().lock(), "{text}")
}

/// Prints a line beside the results, on standard error.
///
/// # Errors
/// When standard error is closed.
pub fn remark(text: impl Display) -> io::Result<()> {
    writeln!(io::stderr().lock(), "{text}")
}

/// Prints a value as JSON.
///
/// # Errors
/// When standard output is closed.
pub fn json(value: &impl Serialize) -> io::Result<()> {
    let text = serde_json::to_string_pretty(value).map_err(io::Error::other)?;
    line(text)
}
