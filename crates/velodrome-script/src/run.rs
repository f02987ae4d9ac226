//! One run: what is handed to a realm and what comes back.

use std::{
    cell::{Cell, RefCell},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Instant,
};

use serde_json::{Map, Value};
use tokio::sync::{mpsc, oneshot};
use velodrome_model::SecretString;

use crate::{
    Event, Fault, HttpAnswer, HttpRequest, Level, Levels, Limits, Script, Store, StoreOperation,
    Stored,
};

/// What runs.
#[derive(Clone, Debug)]
pub enum Code {
    /// The handlers of an event.
    Handlers {
        /// The event.
        event: Event,
        /// The scripts that may define handlers.
        levels: Levels,
    },
    /// A text whose last expression is the result; it may reach outside.
    Text(Script),
    /// The texts of a mapping, one for each record, whose last expressions are the results in a list. They
    /// reach nothing outside: neither stores nor `http_request`. They share a realm, in which each finds the
    /// global variables of a new one; what one changes in the language's own objects the next one sees.
    Mapping(Vec<String>),
}

/// A run of a script.
#[derive(Debug)]
pub struct Run {
    /// Whose it is: accounts take turns.
    pub account: u64,
    /// What runs.
    pub code: Code,
    /// The globals.
    pub globals: Vec<(String, Value)>,
    /// `method_auth_value`, which steps and mappings never see.
    pub auth_value: Option<SecretString>,
    /// Globals to read afterwards; by default those whose changes count in the event.
    pub reads: Option<Vec<String>>,
    /// Never shown in errors and debug output.
    pub secrets: Vec<SecretString>,
    /// What it may use.
    pub limits: Limits,
}

impl Run {
    /// A run of an event's handlers.
    pub fn event(account: u64, event: Event, levels: Levels) -> Self {
        Self::of(account, Code::Handlers { event, levels })
    }

    /// A run of a text.
    pub fn text(account: u64, script: Script) -> Self {
        Self::of(account, Code::Text(script))
    }

    /// A run of a mapping's texts. Its limits are those of each text, but for the memory.
    pub fn mapping(account: u64, texts: Vec<String>) -> Self {
        Self::of(account, Code::Mapping(texts))
    }

    fn of(account: u64, code: Code) -> Self {
        Self {
            account,
            code,
            globals: Vec::new(),
            auth_value: None,
            reads: None,
            secrets: Vec::new(),
            limits: Limits::default(),
        }
    }

    /// The same with one more global.
    pub fn with(mut self, name: &str, value: Value) -> Self {
        self.globals.push((name.to_owned(), value));
        self
    }

    pub(crate) fn event_of(&self) -> Option<Event> {
        match &self.code {
            Code::Handlers { event, .. } => Some(*event),
            Code::Text(_) | Code::Mapping(_) => None,
        }
    }

    pub(crate) fn first_level(&self) -> Option<Level> {
        match &self.code {
            Code::Handlers { .. } => None,
            Code::Text(_) | Code::Mapping(_) => Some(Level::Inline),
        }
    }
}

/// What a run came to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outcome {
    /// What the text or the last handler gave; null for nothing.
    pub result: Value,
    /// Whether that counts as true.
    pub truthy: bool,
    /// Whether a handler answered with a strict `false`.
    pub stopped: bool,
    /// The globals that were read; one that is `undefined` or gone is missing.
    pub globals: Map<String, Value>,
    /// What `console.log` wrote.
    pub console: Vec<String>,
}

/// A question of the running thread to whoever awaits it.
pub(crate) enum Question {
    /// It runs, or the next of several texts does; after this it has gone on for too long.
    Started(Instant),
    /// `http_request`.
    Http(Box<HttpRequest>, oneshot::Sender<Result<HttpAnswer, Fault>>),
    /// A storage function.
    Storage(
        Store,
        StoreOperation,
        oneshot::Sender<Result<Stored, Fault>>,
    ),
}

/// Told when a thread starts and stops waiting for the outside.
pub(crate) trait Waiting {
    /// The thread waits and does not compute.
    fn begin(&self);
    /// It computes again.
    fn end(&self);
}

/// The way of one run to the outside.
#[derive(Default)]
pub(crate) struct Outside {
    link: RefCell<Option<Link>>,
    http_calls: Cell<u32>,
}

struct Link {
    questions: mpsc::UnboundedSender<Question>,
    waiting: Box<dyn Waiting>,
}

impl Outside {
    /// Opens the way.
    pub(crate) fn open(
        &self,
        questions: mpsc::UnboundedSender<Question>,
        waiting: Box<dyn Waiting>,
        http_calls: u32,
    ) {
        self.http_calls.set(http_calls);
        self.link.replace(Some(Link { questions, waiting }));
    }

    /// Says until when what begins may take.
    pub(crate) fn started(&self, deadline: Instant) {
        if let Some(link) = self.link.borrow().as_ref() {
            // Whoever gave up waiting does not need to know.
            drop(link.questions.send(Question::Started(deadline)));
        }
    }

    /// Makes a request and waits for its answer.
    pub(crate) fn http_request(&self, request: HttpRequest) -> Result<HttpAnswer, Fault> {
        let Some(left) = self.http_calls.get().checked_sub(1) else {
            return Err(Fault::new(
                "TooManyRequests",
                "an event makes at most 50 calls of http_request",
            ));
        };
        self.http_calls.set(left);
        self.ask(|answer| Question::Http(Box::new(request), answer))
    }

    /// Reads or changes a store.
    pub(crate) fn storage(&self, store: Store, operation: StoreOperation) -> Result<Stored, Fault> {
        self.ask(|answer| Question::Storage(store, operation, answer))
    }

    fn ask<T>(
        &self,
        question: impl FnOnce(oneshot::Sender<Result<T, Fault>>) -> Question,
    ) -> Result<T, Fault> {
        let gone = || Fault::new("Cancelled", "the call was given up");
        let link = self.link.borrow();
        let link = link.as_ref().ok_or_else(gone)?;
        let (answer, waits) = oneshot::channel();
        link.questions.send(question(answer)).map_err(|_| gone())?;
        link.waiting.begin();
        let answer = waits.blocking_recv();
        link.waiting.end();
        answer.map_err(|_| gone())?
    }
}

/// Decides when a script has to stop.
#[derive(Default)]
pub(crate) struct Watch {
    deadline: Cell<Option<Instant>>,
    given_up: RefCell<Option<Arc<AtomicBool>>>,
    expired: Cell<bool>,
}

impl Watch {
    /// Begins to watch.
    pub(crate) fn begin(&self, given_up: Arc<AtomicBool>) {
        self.given_up.replace(Some(given_up));
    }

    /// Gives the script until then.
    pub(crate) fn started(&self, deadline: Instant) {
        self.deadline.set(Some(deadline));
    }

    /// Whether the script has to stop now.
    pub(crate) fn is_over(&self) -> bool {
        if self.expired.get() {
            return true;
        }
        let late = self
            .deadline
            .get()
            .is_some_and(|deadline| Instant::now() >= deadline);
        let over = late
            || self
                .given_up
                .borrow()
                .as_ref()
                .is_some_and(|given_up| given_up.load(Ordering::Relaxed));
        self.expired.set(over);
        over
    }
}
