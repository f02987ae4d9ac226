//! Stores of a script that is only tried out: gone with it.

use std::collections::BTreeMap;

use async_trait::async_trait;
use parking_lot::Mutex;
use velodrome_connector::call::{
    ScriptStorage,
    script::{
        Fault, Store as Which, StoreOperation, Stored, appended, incremented, number_text,
        storage_limit,
    },
};

/// Items that a trial may keep.
const MAX_ITEMS: usize = 10_000;

/// Stores in memory.
#[derive(Default)]
pub(crate) struct InMemory {
    connector: Mutex<BTreeMap<String, String>>,
    cycle: Mutex<BTreeMap<String, String>>,
}

#[async_trait]
impl ScriptStorage for InMemory {
    async fn apply(&self, which: Which, operation: StoreOperation) -> Result<Stored, Fault> {
        let mut items = match which {
            Which::Connector => self.connector.lock(),
            Which::Cycle => self.cycle.lock(),
        };
        let stored = |items: &BTreeMap<String, String>, key: &str| items.get(key).cloned();
        let (key, value, answer) = match operation {
            StoreOperation::Set { key, value } => (key, value, Stored::Nothing),
            StoreOperation::Append { key, value } => {
                let value = appended(stored(&items, &key).as_deref(), &value)?;
                (key, value, Stored::Nothing)
            }
            StoreOperation::Increment { key, amount } => {
                let number = incremented(stored(&items, &key).as_deref(), amount)?;
                (key, number_text(number), Stored::Number(number))
            }
            StoreOperation::Get { key } => {
                return Ok(stored(&items, &key).map_or(Stored::Nothing, Stored::Text));
            }
            StoreOperation::Delete { key } => {
                items.remove(&key);
                return Ok(Stored::Nothing);
            }
            StoreOperation::DeleteAll => {
                items.clear();
                return Ok(Stored::Nothing);
            }
            StoreOperation::ListKeys => return Ok(Stored::List(items.keys().cloned().collect())),
            StoreOperation::ListValues => {
                return Ok(Stored::List(items.values().cloned().collect()));
            }
        };
        if items.len() >= MAX_ITEMS && !items.contains_key(&key) {
            return Err(storage_limit(format!(
                "a script that is tried out keeps at most {MAX_ITEMS} items"
            )));
        }
        items.insert(key, value);
        Ok(answer)
    }
}
