//! Script stores for as long as a trial runs.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

use async_trait::async_trait;
use velodrome_script::{
    Fault, Store, StoreOperation, Stored, appended, incremented, number_text, storage_limit,
};

use crate::call::ScriptStorage;

/// The most values; a trial needs few.
const MAX_VALUES: usize = 10_000;

/// The store of the account connector; there is no cycle.
#[derive(Default)]
pub(super) struct Stores(Mutex<BTreeMap<String, String>>);

#[async_trait]
impl ScriptStorage for Stores {
    async fn apply(&self, store: Store, operation: StoreOperation) -> Result<Stored, Fault> {
        if store == Store::Cycle {
            return Err(Fault::new("NoCycle", "there is no cycle here"));
        }
        let mut values = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (key, value, answer) = match operation {
            StoreOperation::Get { key } => {
                let found = values.get(&key).cloned();
                return Ok(found.map_or(Stored::Nothing, Stored::Text));
            }
            StoreOperation::ListKeys => return Ok(Stored::List(values.keys().cloned().collect())),
            StoreOperation::ListValues => {
                return Ok(Stored::List(values.values().cloned().collect()));
            }
            StoreOperation::Delete { key } => {
                values.remove(&key);
                return Ok(Stored::Nothing);
            }
            StoreOperation::DeleteAll => {
                values.clear();
                return Ok(Stored::Nothing);
            }
            StoreOperation::Set { key, value } => (key, value, Stored::Nothing),
            StoreOperation::Append { key, value } => {
                let value = appended(values.get(&key).map(String::as_str), &value)?;
                (key, value, Stored::Nothing)
            }
            StoreOperation::Increment { key, amount } => {
                let number = incremented(values.get(&key).map(String::as_str), amount)?;
                (key, number_text(number), Stored::Number(number))
            }
        };
        if values.len() >= MAX_VALUES && !values.contains_key(&key) {
            return Err(storage_limit(format!("a trial keeps {MAX_VALUES} values")));
        }
        values.insert(key, value);
        Ok(answer)
    }
}
