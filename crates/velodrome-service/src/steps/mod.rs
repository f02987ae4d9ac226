//! Running one step of a transaction once: what goes in, and what comes out (cycles.md §4, §5).
//!
//! Nothing here remembers anything: whoever runs a step reads its data from a [`StepData`], and writes down
//! the outcome together with what follows from it.

mod around;
mod deciding;
mod external;
mod hook;
mod inbound;
mod inline;
mod method;
mod outcome;
mod pages;
mod ready;
mod runner;
mod trial;
mod waiting;

pub(crate) use hook::{HookDeed, HookFault, HookPlan};
pub use runner::Steps;
pub use trial::{StepTrial, StepTrialError, StepTrials};

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use http::{HeaderMap, Method};
use serde_json::Value;
use uuid::Uuid;
use velodrome_model::{
    AccountScope, CycleId, StepId, TransactionId,
    cycle::{CycleDocument, Graph, Notice, Step, StepOutcome, WebhookResponse},
};
use velodrome_store::StoreError;

/// A step that is to be run once.
#[derive(Clone, Copy)]
pub struct StepRun<'a> {
    /// Whose transaction it is.
    pub scope: AccountScope,
    /// The cycle.
    pub cycle: CycleId,
    /// The version of its graph that the transaction began with.
    pub document: &'a CycleDocument,
    /// The same, as steps hang together.
    pub graph: &'a Graph,
    /// The step, one of the document's.
    pub step: &'a Step,
    /// The transaction.
    pub transaction: TransactionId,
    /// How many attempts at this step got an answer before. With transaction, step and number of the
    /// request it makes the idempotency key (cycles.md §11.4).
    pub answered: u32,
    /// Where the step's look-back starts; none is not set.
    pub last_successful_run: Option<DateTime<Utc>>,
    /// What earlier steps gave.
    pub data: &'a dyn StepData,
    /// Takes long lists; without it one that is too long for memory is held there all the same.
    pub list: Option<&'a dyn ListSink>,
}

impl<'a> StepRun<'a> {
    /// Before there is a transaction: nothing has run, and what scripts see of one is nothing.
    fn before(
        scope: AccountScope,
        cycle: CycleId,
        (document, graph): (&'a CycleDocument, &'a Graph),
        step: &'a Step,
    ) -> Self {
        Self {
            scope,
            cycle,
            document,
            graph,
            step,
            transaction: TransactionId(Uuid::nil()),
            answered: 0,
            last_successful_run: None,
            data: &NoData,
            list: None,
        }
    }
}

impl StepRun<'_> {
    /// Whether the cycle begins with the step.
    fn is_trigger(&self) -> bool {
        self.graph.trigger() == Some(self.step.id)
    }

    /// Whether the step's list becomes one transaction an item.
    fn splits(&self) -> bool {
        self.document.splits_in(self.graph, self.step)
    }
}

/// What the steps of a transaction gave.
#[async_trait]
pub trait StepData: Send + Sync {
    /// The data of a step as this transaction sees it: its own, or what it had when it was split off. None
    /// for a step that it did not come through.
    ///
    /// # Errors
    /// When it can't be read.
    async fn output(&self, step: StepId) -> Result<Option<Arc<Value>>, StoreError>;
}

/// Where a step puts what a long list brings, ahead of the outcome that says what became of it.
#[async_trait]
pub trait ListSink: Send + Sync {
    /// Takes items behind the first `behind`, JSON arrays with how many are in each, and what is needed to go
    /// on behind them after a crash. What it has beyond `behind` is forgotten.
    ///
    /// # Errors
    /// When they can't be written.
    async fn put(
        &self,
        behind: usize,
        items: Vec<(String, usize)>,
        mark: Option<String>,
    ) -> Result<(), StoreError>;

    /// What was put last to go on from, where this is the same attempt at the step, which a crash or a
    /// provider that takes no calls broke off. It has the items before it then.
    ///
    /// # Errors
    /// When it can't be read.
    async fn mark(&self) -> Result<Option<String>, StoreError>;

    /// The items of one array, by its number from 0.
    ///
    /// # Errors
    /// When it can't be read.
    async fn piece(&self, number: usize) -> Result<String, StoreError>;

    /// How many items it has.
    fn items(&self) -> usize;

    /// What it has is of no use.
    fn forget(&self);

    /// What it has is the list of the step's output.
    fn complete(&self);
}

/// Items that are put at once at most.
pub(crate) const PIECE_ITEMS: usize = 500;
/// Bytes after which no more items are put at once.
pub(crate) const PIECE_BYTES: usize = 256 * 1024;

/// A transaction that nothing happened in yet.
struct NoData;

#[async_trait]
impl StepData for NoData {
    async fn output(&self, _: StepId) -> Result<Option<Arc<Value>>, StoreError> {
        Ok(None)
    }
}

/// A request to a webhook step's address.
#[derive(Clone, Debug)]
pub struct InboundRequest {
    /// HTTP method.
    pub method: Method,
    /// Headers.
    pub headers: HeaderMap,
    /// Query as it was sent, without the question mark.
    pub query: Option<String>,
    /// Body, at most 10 MiB.
    pub body: Vec<u8>,
}

/// What became of a request to a webhook step's address.
#[derive(Clone, Debug, PartialEq)]
pub enum Reception {
    /// It begins, or continues, transactions: one for each of these step data.
    Accepted(Vec<Value>),
    /// A script dropped it; the caller is told that all is well.
    Dropped,
    /// A script answered it itself.
    Answered(WebhookResponse),
    /// Its signature is wrong (401).
    Unsigned,
    /// It can't be read, or a script failed.
    Failed(Notice),
}

/// Runs steps.
#[async_trait]
pub trait RunSteps: Send + Sync {
    /// Runs a step once.
    ///
    /// # Errors
    /// When the store fails: nothing is known of the outcome then. Everything else is an outcome.
    async fn run(&self, run: StepRun<'_>) -> Result<StepOutcome, StoreError>;

    /// Whether a step may be run again when nobody knows what became of it: it makes no request, or only
    /// such as RFC 9110 §9.2.1 calls safe.
    ///
    /// # Errors
    /// When the store fails.
    async fn is_safe(&self, run: StepRun<'_>) -> Result<bool, StoreError>;

    /// Whether one of a cycle's steps is a Synchronous Response, so that whoever sends a request to its
    /// trigger waits for it.
    ///
    /// # Errors
    /// When the store fails.
    async fn answers(
        &self,
        scope: AccountScope,
        cycle: CycleId,
        document: &CycleDocument,
    ) -> Result<bool, StoreError>;

    /// Reads a request to a webhook step's address, with the scripts that want to see it.
    ///
    /// # Errors
    /// When the store fails.
    async fn receive(
        &self,
        scope: AccountScope,
        cycle: CycleId,
        design: (&CycleDocument, &Graph),
        step: &Step,
        request: &InboundRequest,
    ) -> Result<Reception, StoreError>;
}
