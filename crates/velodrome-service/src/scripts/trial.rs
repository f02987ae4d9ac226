//! Trying a script out (scripting.md §10).

use std::{sync::Arc, time::Instant};

use serde_json::Value;
use velodrome_connector::call::{
    LooseHost, Pipeline,
    script::{Code, Event, FaultKind, Level, Levels, Run, Script, ScriptError},
};
use velodrome_model::{PartnerActor, xml::from_xml};

use super::memory::InMemory;
use crate::{StoreError, settings::Settings};

/// The trying of scripts.
#[derive(Clone)]
pub struct Scripts {
    pipeline: Arc<Pipeline>,
    settings: Settings,
}

/// A script to try.
#[derive(Clone, Debug, Default)]
pub struct Trial {
    /// The text.
    pub script: String,
    /// The handler to call; the text itself where there is none.
    pub event: Option<String>,
    /// What it finds.
    pub globals: Vec<TrialGlobal>,
}

/// A global of a trial.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrialGlobal {
    /// Its name.
    pub name: String,
    /// How the text is read.
    pub kind: GlobalKind,
    /// Its value as text.
    pub value: String,
}

/// How the text of a global is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GlobalKind {
    /// As JSON.
    Json,
    /// As XML.
    Xml,
    /// As it is.
    Text,
}

/// What a trial came to.
#[derive(Clone, Debug, PartialEq)]
pub struct TrialOutcome {
    /// What the script gave.
    pub result: Value,
    /// The globals afterwards.
    pub globals: Vec<TrialGlobal>,
    /// What `console.log` wrote.
    pub console: Vec<String>,
    /// Why it failed.
    pub error: Option<TrialFault>,
    /// Milliseconds spent.
    pub duration_ms: u64,
}

/// Why a script failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrialFault {
    /// What happened.
    pub message: String,
    /// The line, from 1.
    pub line: Option<u32>,
    /// The column, from 1.
    pub column: Option<u32>,
}

/// Why a script can't be tried.
#[derive(Debug, thiserror::Error)]
pub enum TrialError {
    /// There is none.
    #[error("Script is missing.")]
    Missing,
    /// No such event.
    #[error("Event '{0}' is not known; leave it out to run the script as text.")]
    UnknownEvent(String),
    /// A global's name is none.
    #[error("Globals: '{0}' is not a name that a script can use.")]
    Name(String),
    /// A global's text is not what it says.
    #[error("Globals: {name} cannot be read as {kind}: {why}")]
    Unreadable {
        /// The global.
        name: String,
        /// How it was read.
        kind: &'static str,
        /// Why not.
        why: String,
    },
    /// Too many scripts run already.
    #[error("Too many scripts are running; try again in a moment.")]
    Busy,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Globals that a trial may have.
const MAX_GLOBALS: usize = 100;

impl Scripts {
    /// A service over these parts.
    pub fn new(pipeline: Arc<Pipeline>, settings: Settings) -> Self {
        Self { pipeline, settings }
    }

    /// Runs a script with storage in memory and without any credential.
    ///
    /// # Errors
    /// As [`TrialError`] says; that the script fails is a result.
    pub async fn test(
        &self,
        actor: &PartnerActor,
        trial: Trial,
    ) -> Result<TrialOutcome, TrialError> {
        if trial.script.trim().is_empty() {
            return Err(TrialError::Missing);
        }
        let event = match trial
            .event
            .as_deref()
            .map(str::trim)
            .filter(|name| !name.is_empty())
        {
            None => None,
            Some(name) => {
                Some(Event::named(name).ok_or_else(|| TrialError::UnknownEvent(name.to_owned()))?)
            }
        };
        let mut globals = Vec::new();
        for global in trial.globals.iter().take(MAX_GLOBALS) {
            globals.push((global.name.clone(), read(global)?));
        }
        let started = Instant::now();
        let outcome = match code(&trial.script, event) {
            Ok(code) => {
                let names = globals.iter().map(|(name, _)| name.clone()).collect();
                let key = actor.scope.partner.0.as_u64_pair().0;
                let mut run = Run::event(key, Event::AfterAction, Levels::default());
                run.code = code;
                run.globals = globals;
                run.reads = Some(names);
                let general = self.settings.general(actor.scope).await?;
                let storage = Arc::new(InMemory::default());
                let host = LooseHost::new(
                    self.pipeline.client().clone(),
                    general.application_user_agent,
                    storage,
                );
                self.pipeline.scripts().pool().run(run, &host).await
            }
            Err(error) => Err(error),
        };
        let duration_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        match outcome {
            Ok(outcome) => Ok(TrialOutcome {
                result: outcome.result,
                globals: trial
                    .globals
                    .into_iter()
                    .map(|global| shown(global, &outcome.globals))
                    .collect(),
                console: outcome.console,
                error: None,
                duration_ms,
            }),
            Err(error) if error.kind == FaultKind::Busy => Err(TrialError::Busy),
            Err(error) => Ok(TrialOutcome {
                result: Value::Null,
                globals: trial.globals,
                console: Vec::new(),
                error: Some(TrialFault {
                    message: error.message,
                    line: error.line,
                    column: error.column,
                }),
                duration_ms,
            }),
        }
    }
}

/// The text on the level that handles the event first, or as text.
fn code(text: &str, event: Option<Event>) -> Result<Code, ScriptError> {
    let Some(event) = event else {
        return Ok(Code::Text(Script::compile(Level::Inline, text)?));
    };
    let oauth = event.name().contains("oauth2");
    let level = if oauth {
        Level::Connector
    } else {
        Level::Method
    };
    let script = Some(Script::compile(level, text)?);
    let levels = if oauth {
        Levels {
            connector: script,
            ..Levels::default()
        }
    } else {
        Levels {
            method: script,
            ..Levels::default()
        }
    };
    Ok(Code::Handlers { event, levels })
}

fn read(global: &TrialGlobal) -> Result<Value, TrialError> {
    let mut chars = global.name.chars();
    let starts = |c: char| c.is_alphabetic() || matches!(c, '_' | '$');
    let proper = chars.next().is_some_and(starts)
        && global.name.len() <= 128
        && chars.all(|c| starts(c) || c.is_numeric());
    if !proper {
        return Err(TrialError::Name(global.name.chars().take(128).collect()));
    }
    let unreadable = |kind, why: String| TrialError::Unreadable {
        name: global.name.clone(),
        kind,
        why,
    };
    match global.kind {
        GlobalKind::Text => Ok(global.value.as_str().into()),
        GlobalKind::Json if global.value.trim().is_empty() => Ok(Value::Null),
        GlobalKind::Json => serde_json::from_str(&global.value)
            .map_err(|error| unreadable("Json", error.to_string())),
        GlobalKind::Xml => {
            from_xml(&global.value).map_err(|error| unreadable("Xml", error.to_string()))
        }
    }
}

/// A global after the run: text where it was text and still is, else JSON.
fn shown(global: TrialGlobal, after: &serde_json::Map<String, Value>) -> TrialGlobal {
    let value = after.get(&global.name).cloned().unwrap_or_default();
    match (global.kind, value) {
        (GlobalKind::Text, Value::String(value)) => TrialGlobal { value, ..global },
        (_, value) => TrialGlobal {
            name: global.name,
            kind: GlobalKind::Json,
            value: value.to_string(),
        },
    }
}
