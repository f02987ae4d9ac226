//! Running cycles: transactions begun, run step by step, and ended (cycles.md §6 to §13).
//!
//! The row is the truth. A worker that claims one runs its step, writes one checkpoint, and goes on; whatever
//! dies in between is claimed again when its lease lapses, and resumes at the last checkpoint. What is said
//! inside the process ([`Runs::woken`]) only makes it quicker.
//!
//! * [`Runs`]: claiming and running, what time asks for, slots of schedules.
//! * [`Webhooks`]: requests to webhook steps.
//! * [`Transactions`]: looking at them, cancelling, repeating.

mod again;
mod answers;
mod commit;
mod decide;
mod dispatch;
mod fair;
mod flow;
mod hints;
mod joins;
mod look;
mod outcome;
mod retention;
mod schedule;
mod spill;
mod upkeep;
mod view;
mod webhooks;
mod worker;

pub use hints::{Messenger, Nobody};
pub use look::{CycleTransaction, ListedCause, ListedIncident, LookError, Transactions};
pub(crate) use retention::retention;
pub use velodrome_store::{
    IncidentCause, IncidentFilter, RequestSummary, SplitFilter, StatusFilter, TransactionFilter,
    TransactionItem,
};
pub use webhooks::{Intake, Intaken, WebhookError, Webhooks};

use std::{collections::HashMap, sync::Arc, time::Duration};

use parking_lot::Mutex;
use uuid::Uuid;
use velodrome_model::{AccountScope, CycleId, SharedClock, TransactionId, WebhookRequestId};
use velodrome_store::{Hold, Retention, Store, WebhookTarget};

use self::{
    answers::Answers,
    commit::Journal,
    fair::Fair,
    flow::Flow,
    hints::Hints,
    view::{Fork, Outputs},
};
use crate::{Settings, recent::Recent, steps::RunSteps};

/// How long a cycle's retention is used without asking again.
const FRESH: Duration = Duration::from_secs(10);
/// How long the step of an address is used without asking again. Whether it takes requests is asked where
/// they are stored.
const TARGETS_FRESH: Duration = Duration::from_secs(2);
/// The newest run of a cycle is noted so often at most.
const NOTED: Duration = Duration::from_secs(1);
/// Graphs that are kept ready.
const GRAPHS: u64 = 2_000;

/// Runs transactions. Cheap to clone.
#[derive(Clone)]
pub struct Runs {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub store: Store,
    pub clock: SharedClock,
    pub settings: Settings,
    pub steps: Arc<dyn RunSteps>,
    /// Who holds the leases of this process.
    pub owner: Uuid,
    pub fair: Mutex<Fair<AccountScope>>,
    /// What this process runs.
    pub running: Mutex<HashMap<TransactionId, Hold>>,
    pub hints: Hints,
    pub journal: Journal,
    pub outputs: Outputs,
    pub flows: moka::sync::Cache<(CycleId, i32), Arc<Flow>>,
    pub kept: Recent<CycleId, Retention>,
    /// Those who wait for the response of a request.
    pub answers: Answers,
    /// Addresses of webhook steps that took requests a moment ago.
    pub targets: moka::sync::Cache<String, WebhookTarget>,
    /// Cycles whose newest run was noted a moment ago.
    pub noted: moka::sync::Cache<CycleId, ()>,
    /// Where transactions were split off, which never changes.
    pub forks: moka::sync::Cache<TransactionId, Arc<Fork>>,
    /// Accounts that have more to do than may be, as it was a moment ago.
    pub backlogs: Recent<velodrome_model::AccountId, bool>,
}

impl Runs {
    /// Runs the transactions of this store with these steps, on a node that tells nobody.
    pub fn new(
        store: Store,
        clock: SharedClock,
        settings: Settings,
        steps: Arc<dyn RunSteps>,
    ) -> Self {
        Self::telling(store, clock, settings, steps, Arc::new(Nobody))
    }

    /// Runs the transactions of this store with these steps, on a node that tells others what it leaves.
    pub fn telling(
        store: Store,
        clock: SharedClock,
        settings: Settings,
        steps: Arc<dyn RunSteps>,
        others: Arc<dyn Messenger>,
    ) -> Self {
        let journal = Journal::new(store.clone());
        Self {
            inner: Arc::new(Inner {
                journal,
                store,
                clock,
                settings,
                steps,
                owner: Uuid::new_v4(),
                fair: Mutex::default(),
                running: Mutex::default(),
                hints: Hints::new(others),
                outputs: Outputs::new(),
                flows: moka::sync::Cache::new(GRAPHS),
                kept: Recent::new(10_000, FRESH),
                answers: Answers::default(),
                targets: briefly(TARGETS_FRESH),
                noted: briefly(NOTED),
                forks: moka::sync::Cache::new(10_000),
                backlogs: Recent::new(10_000, Duration::from_secs(2)),
            }),
        }
    }

    /// Waits until something may be ready. What was said before counts.
    pub async fn woken(&self) {
        self.inner.hints.woken().await;
    }

    /// Another node says that something of this account may be ready.
    pub fn hear_ready(&self, account: AccountScope) {
        self.inner.hints.hear(account);
    }

    /// Another node says that there may be something to answer to a request whose connection is held here.
    pub fn hear_answer(&self, request: WebhookRequestId) {
        self.inner.answers.told(request);
    }

    /// Says whether a worker is free. When none is, others are told of what became ready here.
    pub fn set_room(&self, has_room: bool) {
        self.inner.hints.set_room(has_room);
        if !has_room {
            let mut fair = self.inner.fair.lock();
            for account in self.inner.hints.pass_on() {
                fair.ready(account);
            }
        }
    }

    /// Waits until a worker is free.
    pub async fn room(&self) {
        self.inner.hints.room().await;
    }

    /// This node runs nothing, or nothing more: what is ready from now on is for others.
    pub fn leave_to_others(&self) {
        self.inner.hints.leave();
    }
}

fn briefly<K, V>(time: Duration) -> moka::sync::Cache<K, V>
where
    K: std::hash::Hash + Eq + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
{
    moka::sync::Cache::builder()
        .max_capacity(10_000)
        .time_to_live(time)
        .build()
}
