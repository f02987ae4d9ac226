//! Lists that are too long to be read whole: kept in pieces, of which a child reads the one with its item
//! (cycles.md §8, §11.12).

use async_trait::async_trait;
use parking_lot::Mutex;
use serde_json::Value;
use velodrome_model::{InstanceScope, StepId, cycle::Ways, location::Location};
use velodrome_store::{Hold, NewPiece, Store, StoreError};

use crate::steps::{ListSink, PIECE_BYTES, PIECE_ITEMS};

/// Step data whose text is longer is not kept in one piece where its list is split.
const MOST_WHOLE: usize = 1024 * 1024;

/// The pieces of one step's list, written ahead of its checkpoint.
pub(super) struct Spill<'a> {
    store: &'a Store,
    hold: Hold,
    step: StepId,
    written: Mutex<Written>,
}

#[derive(Default)]
struct Written {
    /// Places of the first items.
    starts: Vec<i64>,
    items: i64,
}

impl<'a> Spill<'a> {
    pub fn new(store: &'a Store, hold: Hold, step: StepId) -> Self {
        Self {
            store,
            hold,
            step,
            written: Mutex::default(),
        }
    }

    /// Places of the first items of what was written.
    pub fn into_starts(self) -> Vec<i64> {
        self.written.into_inner().starts
    }

    /// Takes the list out of a step's output, where it is split and too long to be read by every child.
    pub async fn relieve(&self, output: &mut Value, ways: &Ways) -> Result<(), StoreError> {
        let Ways::Split { list, items, .. } = ways else {
            return Ok(());
        };
        let is_written = !self.written.lock().starts.is_empty();
        if is_written || *items < 2 || !is_longer(output, MOST_WHOLE) {
            return Ok(());
        }
        // What has no list at its place, as the answers of several requests, stays whole.
        let list = list.parse::<Location>().ok();
        let Some(list) = list.filter(|list| list.count(output) == Some(*items)) else {
            return Ok(());
        };
        let elements = list.take_array(output).unwrap_or_default();
        let (mut json, mut count) = (String::new(), 0);
        for element in elements {
            json.push(if count == 0 { '[' } else { ',' });
            json.push_str(&element.to_string());
            count += 1;
            if count == PIECE_ITEMS || json.len() >= PIECE_BYTES {
                json.push(']');
                self.put(std::mem::take(&mut json), count).await?;
                count = 0;
            }
        }
        if count > 0 {
            json.push(']');
            self.put(json, count).await?;
        }
        Ok(())
    }
}

#[async_trait]
impl ListSink for Spill<'_> {
    async fn put(&self, json: String, items: usize) -> Result<(), StoreError> {
        let (number, first) = {
            let written = self.written.lock();
            (written.starts.len(), written.items)
        };
        let number = i32::try_from(number).unwrap_or(i32::MAX);
        let piece = NewPiece::new(self.store, self.step, (number, first), json)?;
        let unit = self.store.begin(&InstanceScope).await?;
        unit.engine().put_pieces(&self.hold, vec![piece]).await?;
        unit.commit().await?;
        let mut written = self.written.lock();
        written.starts.push(first);
        written.items += i64::try_from(items).unwrap_or(i64::MAX);
        Ok(())
    }
}

/// Whether the text of a value is longer; it is not made for that.
fn is_longer(value: &Value, most: usize) -> bool {
    struct Counted(usize);
    impl std::io::Write for Counted {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0 = self
                .0
                .checked_sub(bytes.len())
                .ok_or(std::io::ErrorKind::FileTooLarge)?;
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    serde_json::to_writer(Counted(most), value).is_err()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_text_is_measured_without_being_made() {
        let value = json!({"a": [1, 2, "three"]});
        let length = value.to_string().len();

        assert!(!is_longer(&value, length));
        assert!(is_longer(&value, length - 1));
    }
}
