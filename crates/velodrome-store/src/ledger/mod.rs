//! The ledger: accepted = done + failed + waiting, for every account and cycle, kept apart from the
//! transactions and compared with them again and again.
//!
//! The database writes an entry for each transaction that is begun, in the same unit of work, and marks it
//! when the transaction ends (migration `m0014_ledger`): each its own row, so that nobody waits for anybody.
//! What has ended is compared with its transaction and summed by cycle and day ([`LedgerRows::fold`]). What
//! waits, what is summed, and what webhook requests began is compared in turns, so many rows at a time
//! ([`LedgerRows::check`]). Whatever differs becomes an alarm that names it, once: the ledger is then put to
//! what is there ([`LedgerRows::raise`]).

mod alarms;
mod check;
mod figures;
mod fold;
mod raise;
mod reports;
mod view;

pub use alarms::{AlarmFilter, LedgerAlarm};
pub use check::{Check, Checked};
pub use figures::{Figures, FiguresOf, StepFigures};
pub use fold::Folded;
pub use reports::{CycleFigures, ReportedCause};
pub use view::{LedgerLine, LedgerOf};

use chrono::{NaiveDate, TimeDelta};
use uuid::Uuid;
use velodrome_model::{
    AccountId, AccountScope, CycleId, InstanceScope, PartnerId, TransactionId, WebhookRequestId,
};

use crate::{StoreError, Unit};

/// The ledger of all accounts, for the reconciler.
pub struct LedgerRows<'u> {
    unit: &'u Unit<InstanceScope>,
}

impl Unit<InstanceScope> {
    /// The ledger of all accounts.
    pub fn ledger(&self) -> LedgerRows<'_> {
        LedgerRows { unit: self }
    }
}

/// A number of our own for PostgreSQL's advisory locks.
const ONE_RECONCILER: i64 = 0x7665_6c71;

impl LedgerRows<'_> {
    /// Whether this unit is the only one that reconciles, on any node, until it ends.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn lock(&self) -> Result<bool, StoreError> {
        self.unit.try_lock(ONE_RECONCILER).await
    }

    /// The first day whose transactions are all kept: summaries are for 13 months.
    fn first_day(&self) -> NaiveDate {
        (self.unit.now() - TimeDelta::days(13 * 31)).date_naive() + TimeDelta::days(1)
    }
}

/// What became of an accepted transaction, as it is stored.
const DONE: i16 = 1;
const FAILED: i16 = 2;

fn outcome_of(status: &str) -> i16 {
    match status {
        "Completed" => DONE,
        _ => FAILED,
    }
}

/// Something that differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mismatch {
    /// Whose it is.
    pub scope: AccountScope,
    /// The cycle.
    pub cycle: CycleId,
    /// What.
    pub kind: MismatchKind,
}

/// What differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MismatchKind {
    /// A transaction was accepted, has not been closed in the ledger, and is not there.
    TransactionLost(TransactionId),
    /// The ledger and the transaction tell differently whether and how it ended.
    OutcomeDiffers(TransactionId),
    /// So many transactions that had ended are not there; which one, where it is one.
    TransactionsMissing {
        /// The day on which they were made.
        day: NaiveDate,
        /// How many.
        missing: i64,
        /// The one, where it is one.
        one: Option<TransactionId>,
    },
    /// The sums of a day are not those of its transactions.
    CounterDiffers {
        /// The day.
        day: NaiveDate,
        /// The sums, and what the transactions say.
        detail: String,
    },
    /// A webhook request was accepted, and not all that it began is there.
    RequestLost {
        /// The request.
        request: WebhookRequestId,
        /// How many transactions it began.
        begun: i64,
        /// How many are there.
        found: i64,
    },
}

impl MismatchKind {
    /// Its name on the wire and in metrics.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::TransactionLost(_) => "TransactionLost",
            Self::OutcomeDiffers(_) => "OutcomeDiffers",
            Self::TransactionsMissing { .. } => "TransactionsMissing",
            Self::CounterDiffers { .. } => "CounterDiffers",
            Self::RequestLost { .. } => "RequestLost",
        }
    }

    /// The transaction that it names.
    pub fn transaction(&self) -> Option<TransactionId> {
        match self {
            Self::TransactionLost(id) | Self::OutcomeDiffers(id) => Some(*id),
            Self::TransactionsMissing { one, .. } => *one,
            _ => None,
        }
    }

    /// The request that it names.
    pub fn request(&self) -> Option<WebhookRequestId> {
        match self {
            Self::RequestLost { request, .. } => Some(*request),
            _ => None,
        }
    }

    /// A sentence for a person.
    pub fn detail(&self) -> String {
        match self {
            Self::TransactionLost(id) => {
                format!(
                    "Transaction {id} was accepted and had not ended, and is not there any more."
                )
            }
            Self::OutcomeDiffers(id) => {
                format!("Transaction {id} and the ledger tell differently how it ended.")
            }
            Self::TransactionsMissing {
                one: Some(id), day, ..
            } => format!("Transaction {id} of {day} had ended, and is not there any more."),
            Self::TransactionsMissing { missing, day, .. } => {
                format!("{missing} transactions of {day} had ended, and are not there any more.")
            }
            Self::CounterDiffers { day, detail } => {
                format!("The sums of {day} are not those of its transactions: {detail}.")
            }
            Self::RequestLost {
                request,
                begun,
                found,
            } => format!(
                "Webhook request {request} was accepted and began {begun} transactions, of which {found} are there."
            ),
        }
    }

    /// What it is about, so that it is told once.
    fn subject(&self) -> String {
        match self {
            Self::TransactionLost(id) | Self::OutcomeDiffers(id) => id.to_string(),
            Self::TransactionsMissing { one: Some(id), .. } => id.to_string(),
            Self::TransactionsMissing { day, missing, .. } => format!("{day} {missing}"),
            Self::CounterDiffers { day, detail } => format!("{day} {detail}"),
            Self::RequestLost { request, .. } => request.to_string(),
        }
    }
}

fn scope_of(partner: Uuid, account: Uuid) -> AccountScope {
    AccountScope {
        partner: PartnerId(partner),
        account: AccountId(account),
    }
}

/// Transactions `t` of the day of `d`, for a condition.
fn within_day(is_sqlite: bool) -> &'static str {
    match is_sqlite {
        true => "t.created_at >= d.day AND t.created_at < date(d.day, '+1 day')",
        false => {
            "t.created_at >= (d.day::timestamp AT TIME ZONE 'UTC') \
             AND t.created_at < ((d.day + 1)::timestamp AT TIME ZONE 'UTC')"
        }
    }
}
