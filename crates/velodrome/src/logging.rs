//! Logs on standard error, for people or programs, and panics among them.

use std::{
    io::{self, IsTerminal},
    panic,
};

use tracing::error;
use tracing_subscriber::{Layer, fmt, layer::SubscriberExt, util::SubscriberInitExt};

use crate::{
    config::{LogFormat, Logging},
    telemetry::Telemetry,
};

/// Starts logging, and tracing where it goes somewhere, once in a process.
pub fn start(logging: &Logging, telemetry: Option<&Telemetry>) {
    let lines = fmt::layer().with_writer(io::stderr);
    let lines = match logging.format {
        LogFormat::Text => lines.with_ansi(io::stderr().is_terminal()).boxed(),
        LogFormat::Json => lines
            .json()
            .flatten_event(true)
            .with_current_span(true)
            .with_span_list(false)
            .boxed(),
    };
    tracing_subscriber::registry()
        .with(logging.filter.filter())
        .with(lines)
        .with(telemetry.map(Telemetry::layer))
        .init();
    panic::set_hook(Box::new(|panic| {
        // Only where: a panic's text may hold whatever value broke the expectation.
        let place = panic
            .location()
            .map(ToString::to_string)
            .unwrap_or_default();
        error!(place, "A part of the program broke off; this is a defect");
    }));
}
