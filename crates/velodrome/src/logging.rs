//! Logs on standard error, for people or programs, and panics among them.

use std::{
    io::{self, IsTerminal},
    panic,
};

use tracing::error;

use crate::config::{LogFormat, Logging};

/// Starts logging, once in a process.
pub fn start(logging: &Logging) {
    let builder = tracing_subscriber::fmt()
        .with_env_filter(logging.filter.filter())
        .with_writer(io::stderr);
    match logging.format {
        LogFormat::Text => builder.with_ansi(io::stderr().is_terminal()).init(),
        LogFormat::Json => builder
            .json()
            .flatten_event(true)
            .with_current_span(true)
            .with_span_list(false)
            .init(),
    }
    panic::set_hook(Box::new(|panic| {
        // Only where: a panic's text may hold whatever value broke the expectation.
        let place = panic
            .location()
            .map(ToString::to_string)
            .unwrap_or_default();
        error!(place, "A part of the program broke off; this is a defect");
    }));
}
