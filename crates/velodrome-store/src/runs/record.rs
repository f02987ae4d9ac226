//! A transaction as it is stored.

use chrono::{DateTime, Utc};
use uuid::Uuid;
use velodrome_model::{
    AccountId, AccountScope, CycleId, PartnerId, StepId, TransactionId, WebhookRequestId,
    cycle::{TransactionStatus, WaitReason},
};

use super::SplitPlan;
use crate::{StoreError, entity::cycle_transaction};

/// A claim: nothing is written by it once somebody else has claimed again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hold {
    /// Whose transaction it is.
    pub scope: AccountScope,
    /// The transaction.
    pub id: TransactionId,
    /// Counts its claims.
    pub epoch: i64,
    /// Counts its checkpoints. One whose commit nobody heard of is not written twice.
    pub checkpoint: i32,
}

/// Which of an account's transactions goes first (cycles.md §11.10).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Priority {
    /// Somebody holds a connection open.
    Synchronous,
    /// It has run before.
    Resumed,
    /// A webhook began it.
    Webhook,
    /// A slot of a schedule, or a person, began it.
    Scheduled,
    /// It was split off.
    Split,
}

impl Priority {
    /// All, the first first.
    pub const ALL: [Self; 5] = [
        Self::Synchronous,
        Self::Resumed,
        Self::Webhook,
        Self::Scheduled,
        Self::Split,
    ];

    pub(super) fn number(self) -> i16 {
        match self {
            Self::Synchronous => 0,
            Self::Resumed => 1,
            Self::Webhook => 2,
            Self::Scheduled => 3,
            Self::Split => 4,
        }
    }
}

/// The step of the parent whose data a child sees in part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// The step.
    pub step: StepId,
    /// Which part of its data; empty is the whole.
    pub part: String,
    /// The only item of the list that is split; none is all of them.
    pub item: Option<i64>,
}

/// One pass of data through a cycle.
#[derive(Clone, Debug, PartialEq)]
pub struct Transaction {
    /// Its id; ids grow with time.
    pub id: TransactionId,
    /// Whose it is.
    pub scope: AccountScope,
    /// The cycle.
    pub cycle: CycleId,
    /// The version of the graph that it began with.
    pub version: i32,
    /// What it was split off from.
    pub parent: Option<TransactionId>,
    /// The first of its ancestors, or itself.
    pub root: TransactionId,
    /// The step of the parent that it was split off at, and its number there.
    pub split: Option<(StepId, i64)>,
    /// What it sees of the parent's data in part.
    pub seen: Option<Seen>,
    /// The last checkpoint of the parent whose data it sees.
    pub fork: i32,
    /// The Wait All that began it, or what it came from.
    pub joined_from: Option<StepId>,
    /// State.
    pub status: TransactionStatus,
    /// What it waits for.
    pub wait: Option<WaitReason>,
    /// The step that it is at.
    pub step: Option<StepId>,
    /// That step is done; what is left is to go on from it.
    pub is_past: bool,
    /// Attempts at the step that failed.
    pub attempt: u32,
    /// Attempts at the step that got an answer.
    pub answered: u32,
    /// When a waiting one goes on.
    pub due_at: Option<DateTime<Utc>>,
    /// Counts its claims.
    pub epoch: i64,
    /// Counts its checkpoints.
    pub checkpoint: i32,
    /// Claims since the last checkpoint that found a lapsed lease.
    pub recoveries: i32,
    /// A call that must not be repeated blindly has begun and has no result.
    pub is_uncertain: bool,
    /// Children that are being made, and how many there are.
    pub plan: Option<SplitPlan>,
    /// Children made.
    pub children_made: i64,
    /// Errors.
    pub errors: i32,
    /// Warnings.
    pub warnings: i32,
    /// Tasks.
    pub tasks: i32,
    /// Steps done.
    pub steps: i32,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When its first step began.
    pub started_at: Option<DateTime<Utc>>,
    /// When it ended.
    pub ended_at: Option<DateTime<Utc>>,
    /// The transaction or request that it repeats.
    pub replayed_from: Option<Uuid>,
    /// The request that began it, or what it came from.
    pub request: Option<WebhookRequestId>,
    /// One of its cycle runs at a time.
    pub is_in_order: bool,
    /// Its data is erased.
    pub is_erased: bool,
}

impl Transaction {
    /// The claim under which it was read.
    pub fn hold(&self) -> Hold {
        Hold {
            scope: self.scope,
            id: self.id,
            epoch: self.epoch,
            checkpoint: self.checkpoint,
        }
    }
}

impl TryFrom<cycle_transaction::Model> for Transaction {
    type Error = StoreError;

    fn try_from(row: cycle_transaction::Model) -> Result<Self, StoreError> {
        let corrupt = |what| StoreError::Corrupt { what };
        let wait = match row.wait_reason.as_deref() {
            Some(word) => {
                Some(WaitReason::from_word(word).ok_or(corrupt("transaction wait reason"))?)
            }
            None => None,
        };
        let plan = match row.plan {
            Some(plan) => {
                Some(serde_json::from_value(plan).map_err(|_| corrupt("transaction split plan"))?)
            }
            None => None,
        };
        let count = |number: i32| u32::try_from(number).unwrap_or_default();
        Ok(Self {
            id: TransactionId(row.id),
            scope: AccountScope {
                partner: PartnerId(row.partner_id),
                account: AccountId(row.account_id),
            },
            cycle: CycleId(row.cycle_id),
            version: row.version,
            parent: row.parent_id.map(TransactionId),
            root: TransactionId(row.root_id),
            split: row.split_step.map(StepId).zip(row.split_index),
            seen: row.seen_step.map(|step| Seen {
                step: StepId(step),
                part: row.seen_part.unwrap_or_default(),
                item: row.seen_item,
            }),
            fork: row.fork,
            joined_from: row.joined_from.map(StepId),
            status: TransactionStatus::from_word(&row.status)
                .ok_or(corrupt("transaction status"))?,
            wait,
            step: row.step_id.map(StepId),
            is_past: row.is_past,
            attempt: count(row.attempt),
            answered: count(row.answered),
            due_at: row.due_at,
            epoch: row.epoch,
            checkpoint: row.checkpoint,
            recoveries: row.recoveries,
            is_uncertain: row.is_uncertain,
            plan,
            children_made: row.children_made,
            errors: row.error_count,
            warnings: row.warning_count,
            tasks: row.tasks_used,
            steps: row.step_count,
            created_at: row.created_at,
            started_at: row.started_at,
            ended_at: row.ended_at,
            replayed_from: row.replayed_from,
            request: row.request_id.map(WebhookRequestId),
            is_in_order: row.is_in_order,
            is_erased: row.is_erased,
        })
    }
}
