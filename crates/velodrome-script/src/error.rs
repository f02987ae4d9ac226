//! What can go wrong in a script.

use std::fmt;

use velodrome_model::redact::Redactor;

use crate::{Event, Level};

/// The kind of a script's fault; decides what follows from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FaultKind {
    /// The text is no JavaScript.
    Syntax,
    /// The script threw, by itself or through a function of ours.
    Thrown {
        /// The error's name: `Error`, `TypeError`, `EgressDenied`, `NoCycle`, `StorageLimit`…
        name: String,
    },
    /// The time was over.
    Timeout,
    /// The heap was full.
    Memory,
    /// Globals and results are larger or deeper than they may be.
    TooLarge,
    /// `AuthRefreshException` where it means something.
    AuthRefresh,
    /// `AuthSessionException` where it means something.
    AuthSession,
    /// Too many scripts wait already.
    Busy,
    /// The engine could not run it.
    Engine,
}

/// A fault of a script, its secrets replaced. Displays as step details show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScriptError {
    /// What kind it is.
    pub kind: FaultKind,
    /// The level at fault, where it is known.
    pub level: Option<Level>,
    /// The event; none for text without a handler.
    pub event: Option<Event>,
    /// The line inside the script, from 1.
    pub line: Option<u32>,
    /// The column in that line, from 1.
    pub column: Option<u32>,
    /// What happened.
    pub message: String,
}

impl fmt::Display for ScriptError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Script error:")?;
        if let Some(level) = self.level {
            write!(f, " {level}")?;
        }
        if let Some(event) = self.event {
            write!(f, " {event}")?;
        }
        if let Some(line) = self.line {
            write!(f, " line {line}")?;
        }
        let place = self.level.is_some() || self.event.is_some() || self.line.is_some();
        write!(f, "{} {}", if place { ":" } else { "" }, self.message)
    }
}

impl std::error::Error for ScriptError {}

impl ScriptError {
    /// A fault without a place.
    pub(crate) fn new(kind: FaultKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            level: None,
            event: None,
            line: None,
            column: None,
            message: message.into(),
        }
    }

    /// The same without secrets.
    pub(crate) fn redacted(mut self, redactor: &Redactor) -> Self {
        self.message = redactor.text(&self.message).into_owned();
        self
    }
}

/// An error that a function of ours throws into the script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The error's name, as scripts compare it.
    pub name: &'static str,
    /// What happened.
    pub message: String,
}

impl Fault {
    /// A fault of this name.
    pub fn new(name: &'static str, message: impl Into<String>) -> Self {
        Self {
            name,
            message: message.into(),
        }
    }
}
