//! `cyclr_storage_*` and `cycle_storage_*` over the store: each operation a unit of work of its own, so
//! that it stays when the script fails later.

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

use async_trait::async_trait;
use tracing::error;
use uuid::Uuid;
use velodrome_connector::call::{
    ScriptStorage,
    script::{
        Fault, MAX_ITEMS, Store as Which, StoreOperation, Stored, appended, incremented,
        number_text, storage_limit,
    },
};
use velodrome_model::{AccountConnectorId, AccountScope};
use velodrome_store::{Room, ScriptValueRows, Store, StoreError};

/// Items that a list may have: more than a script can do anything with in its time and memory.
const MAX_LISTED: u64 = 100_000;

/// The stores of one account connector.
pub(crate) struct Storage {
    pub store: Store,
    pub scope: AccountScope,
    pub of: AccountConnectorId,
    /// The cycle that the script runs in.
    pub cycle: Option<String>,
    /// What the changes are made for; those that were made for it before are not made again. Without it
    /// every change is made.
    pub identity: Option<Identity>,
}

/// The request of a step that changes stores, and how many changes it has made.
pub(crate) struct Identity {
    id: Uuid,
    changes: Arc<AtomicU32>,
}

impl Identity {
    /// `changes` counts; a request that goes on after a crash begins with those that it had made.
    pub(crate) fn new(id: Uuid, changes: Arc<AtomicU32>) -> Self {
        Self { id, changes }
    }

    /// The identity of the next change.
    fn next(&self) -> Uuid {
        let number = self.changes.fetch_add(1, Ordering::Relaxed);
        Uuid::new_v5(&self.id, &number.to_be_bytes())
    }
}

#[async_trait]
impl ScriptStorage for Storage {
    async fn apply(&self, which: Which, operation: StoreOperation) -> Result<Stored, Fault> {
        let cycle = match (which, &self.cycle) {
            (Which::Connector, _) => None,
            (Which::Cycle, Some(cycle)) => Some(cycle.as_str()),
            (Which::Cycle, None) => {
                return Err(Fault::new(
                    "NoCycle",
                    "cycle_storage_* functions work in a cycle only",
                ));
            }
        };
        let change = self.identity.as_ref().filter(|_| changes(&operation));
        let change = change.map(Identity::next);
        let unit = self.store.begin(&self.scope).await.map_err(unavailable)?;
        if let Some(id) = change {
            let made = unit.script_operation(self.of, id).await;
            if let Some(answer) = made.map_err(unavailable)? {
                let number = answer.and_then(|text| text.parse().ok());
                return Ok(number.map_or(Stored::Nothing, Stored::Number));
            }
        }
        let answer = within(&unit.script_values(self.of, cycle), operation).await?;
        if let Some(id) = change {
            let number = match &answer {
                Stored::Number(number) => Some(number_text(*number)),
                Stored::Nothing | Stored::Text(_) | Stored::List(_) => None,
            };
            unit.remember_script_operation(self.of, id, number)
                .await
                .map_err(unavailable)?;
        }
        unit.commit().await.map_err(unavailable)?;
        Ok(answer)
    }
}

fn changes(operation: &StoreOperation) -> bool {
    match operation {
        StoreOperation::Set { .. }
        | StoreOperation::Append { .. }
        | StoreOperation::Increment { .. }
        | StoreOperation::Delete { .. }
        | StoreOperation::DeleteAll => true,
        StoreOperation::Get { .. } | StoreOperation::ListKeys | StoreOperation::ListValues => false,
    }
}

async fn within(rows: &ScriptValueRows<'_>, operation: StoreOperation) -> Result<Stored, Fault> {
    Ok(match operation {
        StoreOperation::Set { key, value } => {
            hold(rows, &key, &value).await?;
            rows.put(&key, &value).await.map_err(unavailable)?;
            Stored::Nothing
        }
        StoreOperation::Get { key } => rows
            .get(&key)
            .await
            .map_err(unavailable)?
            .map_or(Stored::Nothing, Stored::Text),
        StoreOperation::Append { key, value } => {
            hold(rows, &key, "").await?;
            let stored = rows.get(&key).await.map_err(unavailable)?;
            let value = appended(stored.as_deref(), &value)?;
            rows.put(&key, &value).await.map_err(unavailable)?;
            Stored::Nothing
        }
        StoreOperation::Increment { key, amount } => {
            hold(rows, &key, "0").await?;
            let stored = rows.get(&key).await.map_err(unavailable)?;
            let number = incremented(stored.as_deref(), amount)?;
            rows.put(&key, &number_text(number))
                .await
                .map_err(unavailable)?;
            Stored::Number(number)
        }
        StoreOperation::Delete { key } => {
            rows.delete(Some(&key)).await.map_err(unavailable)?;
            Stored::Nothing
        }
        StoreOperation::DeleteAll => {
            rows.delete(None).await.map_err(unavailable)?;
            Stored::Nothing
        }
        StoreOperation::ListKeys => Stored::List(
            listed(rows)
                .await?
                .into_iter()
                .map(|(key, _)| key)
                .collect(),
        ),
        StoreOperation::ListValues => Stored::List(
            listed(rows)
                .await?
                .into_iter()
                .map(|(_, value)| value)
                .collect(),
        ),
    })
}

async fn hold(rows: &ScriptValueRows<'_>, key: &str, value: &str) -> Result<(), Fault> {
    match rows
        .hold(key, value, MAX_ITEMS)
        .await
        .map_err(unavailable)?
    {
        Room::There => Ok(()),
        Room::Full => Err(storage_limit(format!(
            "a store holds at most {MAX_ITEMS} items"
        ))),
    }
}

async fn listed(rows: &ScriptValueRows<'_>) -> Result<Vec<(String, String)>, Fault> {
    let all = rows.all(MAX_LISTED + 1).await.map_err(unavailable)?;
    if all.len() as u64 > MAX_LISTED {
        return Err(storage_limit(format!(
            "a store of more than {MAX_LISTED} items cannot be listed"
        )));
    }
    Ok(all)
}

fn unavailable(cause: StoreError) -> Fault {
    error!(%cause, "A script's store failed");
    Fault::new("StorageUnavailable", "the store cannot be reached just now")
}
