//! What is written of a step's outcome: items, incidents, data.

use chrono::{DateTime, Utc};
use serde_json::Value;
use velodrome_model::{
    TransactionId,
    cycle::{IncidentLevel, Notice, RequestRecord, Step, TransactionStatus, Trouble},
};
use velodrome_store::{NewIncident, NewItem, NewOutput, Store, StoreError};

use super::flow::action_type;

/// A message of a script is cut there: it is shown in lists.
const MOST_MESSAGE: usize = 1_000;

/// When a step began and ended.
pub(super) type Span = (DateTime<Utc>, DateTime<Utc>);

/// An incident of a step.
pub(super) fn incident(
    store: &Store,
    step: Option<&Step>,
    notice: &Notice,
) -> Result<NewIncident, StoreError> {
    let step = step.map(|step| (step.id, step.name.clone()));
    let message = notice.message.chars().take(MOST_MESSAGE).collect();
    NewIncident::new(store, step, (notice.level, message), notice.detail.clone())
}

/// What is told of a trouble.
pub(super) fn notice(level: IncidentLevel, trouble: Trouble, detail: &str) -> Notice {
    Notice {
        level,
        message: trouble.as_str().to_owned(),
        detail: detail.to_owned(),
    }
}

/// What a step did in an attempt.
pub(super) struct Attempt<'a> {
    pub step: &'a Step,
    pub status: TransactionStatus,
    /// Attempts that failed before.
    pub before: u32,
    pub span: Span,
    pub requests: &'a [RequestRecord],
    pub logs_requests: bool,
    pub trouble: Option<&'a Notice>,
}

impl Attempt<'_> {
    pub fn item(self, store: &Store) -> Result<NewItem, StoreError> {
        let joined = |texts: Vec<&str>| (!texts.is_empty()).then(|| texts.join("\r\n\r\n"));
        let requests = joined(
            self.requests
                .iter()
                .map(|record| record.request.as_str())
                .collect(),
        );
        let responses = joined(
            self.requests
                .iter()
                .filter_map(|record| record.response.as_deref())
                .collect(),
        );
        let step = (self.step.id, self.step.name.clone(), action_type(self.step));
        let texts = (requests.filter(|_| self.logs_requests), responses);
        let mut item = NewItem::new(store, step, texts, self.span)?;
        item.status = self.status;
        item.attempt = i32::try_from(self.before.saturating_add(1)).unwrap_or(i32::MAX);
        if self.status == TransactionStatus::Waiting {
            item.ended_at = None;
        }
        item.trouble = self.trouble.map(|notice| {
            let message = notice.message.chars().take(MOST_MESSAGE).collect();
            (notice.level, message)
        });
        Ok(item)
    }
}

/// Data of a step; its text's length comes with it.
pub(super) fn output(
    store: &Store,
    step: &Step,
    value: &Value,
    span: Span,
) -> Result<(NewOutput, usize), StoreError> {
    let json = value.to_string();
    let size = json.len();
    Ok((NewOutput::new(store, step.id, json, span)?, size))
}

/// The id of the value that selects a parked transaction; the value itself may be a person's.
pub(super) fn parking_key(step: velodrome_model::StepId, key: &str) -> Vec<u8> {
    use sha2::Digest as _;
    let mut hash = sha2::Sha256::new();
    hash.update(step.0.as_bytes());
    hash.update(key.trim().as_bytes());
    hash.finalize().to_vec()
}

/// A new id of a transaction.
pub(super) fn new_id(store: &Store) -> TransactionId {
    TransactionId(store.new_id())
}
