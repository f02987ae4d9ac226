//! Transactions: begun, claimed, checkpointed, ended (cycles.md §6 to §13).
//!
//! One row is one transaction, and `claim_at` says from when a worker may take it: now for a queued one,
//! its due time for a waiting one, the end of its lease for a running one, null for what nobody may take.
//! So one index finds due work and lapsed leases alike, and a row whose hint was lost is found all the same.
//!
//! What a step did becomes true by one [`Checkpoint`], applied by one function in a unit that may hold
//! several of them. Every write of a worker carries the epoch that its claim was given; a stale one writes
//! nothing.

mod begin;
mod blocks;
mod causes;
mod checkpoint;
mod children;
mod claim;
mod data;
mod gathered;
mod incidents;
mod intake;
mod joins;
mod lists;
mod marks;
mod parking;
mod pieces;
mod record;
mod repeats;
mod requests;
mod slots;
mod stops;
mod upkeep;
mod usage;

pub use begin::NewRun;
pub use blocks::{BeforeCall, BlockView, Passage as BlockPassage};
pub use causes::IncidentCause;
pub use checkpoint::{Applied, Block, Checkpoint, Next, Retention};
pub use children::{CHUNK, Children, SplitPlan};
pub use claim::ReadyAccount;
pub use data::{NewIncident, NewItem, NewOutput, OpenedOutput, Sealing};
pub use incidents::{Incident, IncidentFilter};
pub use intake::NewIntake;
pub use joins::JoinCheck;
pub use lists::{CycleCounts, SplitFilter, StatusFilter, TransactionFilter, TransactionItem};
pub use marks::{AttemptAt, NewMark, OpenedMark, PagesLeft};
pub use parking::Continued;
pub use pieces::NewPiece;
pub use record::{Hold, Priority, Seen, Transaction};
pub use requests::{
    NewWebhookRequest, RequestBody, RequestSummary, ResponseState, StoredResponse, WebhookTarget,
};
pub use slots::DueCycle;

#[cfg(all(feature = "faults", debug_assertions))]
pub(crate) use data::insert_outputs;

use velodrome_model::{AccountScope, InstanceScope};

use crate::Unit;

/// Transactions of the unit's account.
pub struct RunRows<'u> {
    pub(crate) unit: &'u Unit<AccountScope>,
}

/// Transactions of all accounts, for the engine; every row that comes out carries its scope.
pub struct EngineRows<'u> {
    pub(crate) unit: &'u Unit<InstanceScope>,
}

impl Unit<AccountScope> {
    /// Transactions of this account.
    pub fn runs(&self) -> RunRows<'_> {
        RunRows { unit: self }
    }
}

impl Unit<InstanceScope> {
    /// What the engine works on.
    pub fn engine(&self) -> EngineRows<'_> {
        EngineRows { unit: self }
    }
}
