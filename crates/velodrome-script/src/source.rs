//! Scripts whose syntax has been checked.

use std::{fmt, sync::Arc};

use crate::{Event, FaultKind, Level, ScriptError, limits::MAX_SOURCE, realm};

/// The script of one level; cheap to clone. Its syntax is right.
#[derive(Clone)]
pub struct Script {
    text: Arc<str>,
    /// A bit for each event whose name stands in the text.
    mentions: u16,
}

impl Script {
    /// Checks a text. A fault carries line and column.
    ///
    /// Parses in an engine of its own that never runs any of it, so it is safe where it is called from;
    /// it takes about a millisecond.
    pub fn compile(level: Level, text: &str) -> Result<Self, ScriptError> {
        check_bounds(level, text)?;
        realm::check_syntax(level, text)?;
        let mentions = Event::all()
            .enumerate()
            .filter(|(_, event)| says(text, event.name()))
            .fold(0, |bits, (place, _)| bits | 1 << place);
        Ok(Self {
            text: text.into(),
            mentions,
        })
    }

    /// The text.
    pub fn text(&self) -> &str {
        &self.text
    }

    fn mentions(&self, event: Event) -> bool {
        Event::all()
            .position(|one| one == event)
            .is_some_and(|place| self.mentions & (1 << place) != 0)
    }
}

/// Checks what an engine is not asked about.
pub(crate) fn check_bounds(level: Level, text: &str) -> Result<(), ScriptError> {
    let fault = |message: String| ScriptError {
        level: Some(level),
        ..ScriptError::new(FaultKind::Syntax, message)
    };
    if text.len() > MAX_SOURCE {
        return Err(fault(format!(
            "a script holds at most {} KiB",
            MAX_SOURCE / 1024
        )));
    }
    if text.contains('\0') {
        return Err(fault("a script cannot contain the character U+0000".into()));
    }
    Ok(())
}

/// Whether a text holds this name as a word of its own: `after_action` is not in `after_action_paging`.
fn says(text: &str, name: &str) -> bool {
    let part = |letter: char| letter.is_alphanumeric() || matches!(letter, '_' | '$');
    text.match_indices(name).any(|(at, _)| {
        let (before, after) = (&text[..at], &text[at + name.len()..]);
        !before.ends_with(part) && !after.starts_with(part)
    })
}

impl fmt::Debug for Script {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Script({} bytes)", self.text.len())
    }
}

/// The scripts that take part in a call, one for each level that has one.
#[derive(Clone, Debug, Default)]
pub struct Levels {
    /// The connector's.
    pub connector: Option<Script>,
    /// The method's.
    pub method: Option<Script>,
    /// The step's.
    pub step: Option<Script>,
}

impl Levels {
    /// Whether no level has a script.
    pub fn is_empty(&self) -> bool {
        self.connector.is_none() && self.method.is_none() && self.step.is_none()
    }

    /// Whether a level that may handle the event names it, without which there is nothing to run.
    pub fn handle(&self, event: Event) -> bool {
        event
            .order()
            .iter()
            .filter_map(|level| self.get(*level))
            .any(|script| script.mentions(event))
    }

    /// Whether any level says this word: what nobody says need not be handed in.
    pub fn say(&self, word: &str) -> bool {
        [&self.connector, &self.method, &self.step]
            .into_iter()
            .flatten()
            .any(|script| script.text.contains(word))
    }

    pub(crate) fn get(&self, level: Level) -> Option<&Script> {
        match level {
            Level::Connector => self.connector.as_ref(),
            Level::Method => self.method.as_ref(),
            Level::Step => self.step.as_ref(),
            Level::Inline => None,
        }
    }
}
