//! Transactions, and what running a step gives (cycles.md §9, §12).

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{StepId, cycle::Exit};

/// Gives an enumeration the words of the wire and of the store.
macro_rules! words {
    ($name:ident { $($variant:ident => $word:literal),+ $(,)? }) => {
        impl $name {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The word of the wire and of the store.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word),+
                }
            }

            /// The value of a word.
            pub fn from_word(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|value| value.as_str() == word)
            }
        }
    };
}

/// State of a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum TransactionStatus {
    /// Waits for a worker.
    Queued,
    /// A worker holds its lease.
    Running,
    /// Waits for what its [`WaitReason`] says.
    Waiting,
    /// Held back because the cycle was stopped.
    Paused,
    /// All steps are done.
    Completed,
    /// Ended with an error.
    Errored,
    /// Stopped by On Step Error or with its cycle.
    Stopped,
    /// Dropped.
    Cancelled,
}

words!(TransactionStatus {
    Queued => "Queued",
    Running => "Running",
    Waiting => "Waiting",
    Paused => "Paused",
    Completed => "Completed",
    Errored => "Errored",
    Stopped => "Stopped",
    Cancelled => "Cancelled",
});

impl TransactionStatus {
    /// Whether nothing follows any more.
    pub fn is_terminal(self) -> bool {
        matches!(
            self,
            Self::Completed | Self::Errored | Self::Stopped | Self::Cancelled
        )
    }
}

/// What a waiting transaction waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum WaitReason {
    /// A Delay.
    Delay,
    /// A Wait Until.
    WaitUntil,
    /// The next attempt of a step that failed.
    Retry,
    /// A provider that takes no calls now.
    RateLimit,
    /// The request of a mid-cycle webhook.
    Webhook,
}

words!(WaitReason {
    Delay => "Delay",
    WaitUntil => "WaitUntil",
    Retry => "Retry",
    RateLimit => "RateLimit",
    Webhook => "Webhook",
});

/// Severity of an incident.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum IncidentLevel {
    /// Nothing is lost.
    Warning,
    /// A step failed.
    Error,
}

words!(IncidentLevel {
    Warning => "Warning",
    Error => "Error",
});

/// The short message of an incident (openapi: TransactionErrorMessage).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Trouble {
    /// A slot came while the run before had not ended, or the account has too much to do.
    TriggerSkipped,
    /// Stopped, cancelled, expired, or its workers were lost again and again.
    TransactionStopped,
    /// The last attempt failed.
    OutOfRetries,
    /// No credential, or one that was refused.
    AuthenticationFailed,
    /// A required target has no value.
    RequiredSourceEmpty,
    /// A webhook's body can't be read, or its script failed.
    WebhookFailed,
    /// A value can't be converted, or a script before the call failed.
    BuildFailed,
    /// The provider refused, was not reached, or a script after the call failed.
    CallFailed,
    /// The answer is not of the declared type.
    UnexpectedFormat,
    /// A field that is mapped later is in no item.
    FieldsMissing,
    /// Splitting was asked for and is impossible.
    CannotSplit,
    /// Children could not be made.
    SplitFailed,
    /// A synchronous response could not be stored.
    ResponseNotSaved,
    /// Who waited for a synchronous response has gone.
    ResponseNotReturned,
    /// The mapping of a synchronous response failed.
    ResponseNotBuilt,
    /// A mid-cycle request lacks the field that selects a transaction.
    WebhookKeyMissing,
    /// A response step without data of its trigger.
    TriggerDataMissing,
    /// A response step without trigger.
    TriggerMissing,
    /// A wait could not be begun or ended.
    WaitFailed,
    /// A wait would end after the data is erased.
    WaitTooLong,
    /// The field to wait for holds no date.
    NoDateTime,
    /// There is nothing to wait for.
    NoWaitCriteria,
}

words!(Trouble {
    TriggerSkipped => "Trigger Skipped",
    TransactionStopped => "Transaction Stopped",
    OutOfRetries => "Out of retries",
    AuthenticationFailed => "Failed to authenticate the connector",
    RequiredSourceEmpty => "Required source is empty",
    WebhookFailed => "Webhook failed",
    BuildFailed => "Failed to build the request",
    CallFailed => "Failed to call the method",
    UnexpectedFormat => "Response data not in expected format",
    FieldsMissing => "Response data fields missing",
    CannotSplit => "Step data cannot be split",
    SplitFailed => "Failed to split transaction step data",
    ResponseNotSaved => "Failed to save the webhook response",
    ResponseNotReturned => "Failed to return the webhook response",
    ResponseNotBuilt => "Failed to build the webhook response",
    WebhookKeyMissing => "Failed to find the webhook source key",
    TriggerDataMissing => "Failed to get webhook trigger step data",
    TriggerMissing => "Failed to find webhook trigger step",
    WaitFailed => "Wait Until Failed To Run",
    WaitTooLong => "Wait Until is over retention period",
    NoDateTime => "Field is not a valid DateTime",
    NoWaitCriteria => "WaitUntil step is missing wait criteria",
});

impl Trouble {
    /// Whether trying the step again may help (the R of cycles.md §12).
    pub fn is_worth_repeating(self) -> bool {
        matches!(
            self,
            Self::AuthenticationFailed
                | Self::CallFailed
                | Self::UnexpectedFormat
                | Self::SplitFailed
                | Self::WaitFailed
        )
    }
}

/// An error or a warning of a step, as it will be told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// Severity.
    pub level: IncidentLevel,
    /// A word of [`Trouble`], or the message of a script.
    pub message: String,
    /// Status line, body and request, secrets redacted, lines ending with CR LF.
    pub detail: String,
}

/// One request of a step and its answer, secrets redacted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestRecord {
    /// Text of the request: request line, headers, blank line, body.
    pub request: String,
    /// Text of the answer: status line, headers, blank line, body; none where there was none.
    pub response: Option<String>,
    /// Milliseconds until the answer was complete.
    pub duration_ms: u64,
}

/// What running a step once gave.
#[derive(Clone, Debug, PartialEq)]
pub enum StepOutcome {
    /// It is done; the transaction goes on.
    Done(Box<StepDone>),
    /// The transaction waits until an instant, and then goes on *after* this step.
    Wait {
        /// When it goes on.
        until: DateTime<Utc>,
        /// Why.
        reason: WaitReason,
    },
    /// The provider takes no calls now: the step runs again later, which is no error and no attempt.
    Blocked {
        /// When at the earliest.
        until: DateTime<Utc>,
        /// What it said.
        notice: Notice,
    },
    /// A mid-cycle webhook: the transaction parks until a request selects it.
    Parked {
        /// The value by which a request selects it, as trimmed text.
        key: String,
    },
    /// A Wait All: the transaction ends here.
    Joined,
    /// It failed.
    Failed(Box<StepFailed>),
}

/// What a step that succeeded gave.
#[derive(Clone, Debug, PartialEq)]
pub struct StepDone {
    /// The step's data: what later steps map from.
    pub output: Value,
    /// Where the transaction goes.
    pub ways: Ways,
    /// What was asked and answered.
    pub requests: Vec<RequestRecord>,
    /// What somebody should know.
    pub warnings: Vec<Notice>,
    /// Whether it counts as a task (cycles.md §13).
    pub is_task: bool,
    /// The step's look-back from now on, where it has one.
    pub last_successful_run: Option<DateTime<Utc>>,
    /// What the caller of the trigger webhook is answered, for a Synchronous Response.
    pub response: Option<WebhookResponse>,
}

/// Where a transaction goes from a step.
#[derive(Clone, Debug, PartialEq)]
pub enum Ways {
    /// By one exit.
    One(Exit),
    /// The step's own data is split: one child by this exit for each item of the list at this location of
    /// its output, which [`split_item`](super::split_item) gives (cycles.md §8). No items, no children: the
    /// transaction ends.
    Split {
        /// The exit.
        exit: Exit,
        /// Location of the list.
        list: String,
        /// How many items.
        items: usize,
    },
    /// A Decision over the list of a step before, or the condition of a step that made several requests:
    /// one child an exit that has items (cycles.md §4.1).
    Filtered {
        /// The step whose data the children see in part; for a condition the step that was run.
        step: StepId,
        /// Its data with the items that match.
        matching: Option<Value>,
        /// Its data with the others.
        rest: Option<Value>,
    },
}

/// What a Synchronous Response answers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WebhookResponse {
    /// HTTP status.
    pub status: u16,
    /// Headers that are mapped.
    pub headers: Vec<(String, String)>,
    /// The mapped fields.
    pub body: Value,
}

/// A step that failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepFailed {
    /// What is wrong.
    pub trouble: Trouble,
    /// The incident that tells of it.
    pub notice: Notice,
    /// What was asked and answered until then.
    pub requests: Vec<RequestRecord>,
    /// Whether it counts as a task.
    pub is_task: bool,
}
