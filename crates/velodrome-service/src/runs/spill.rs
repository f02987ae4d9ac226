//! Lists that are too long to be read whole: kept in pieces, of which a child reads the one with its item
//! (cycles.md §8, §11.12).

use async_trait::async_trait;
use parking_lot::Mutex;
use serde_json::Value;
use velodrome_model::{
    InstanceScope, StepId,
    cycle::{WaitReason, Ways},
    location::Location,
};
use velodrome_store::{
    AttemptAt, Hold, NewMark, NewPiece, PagesLeft, Store, StoreError, Transaction,
};

use crate::steps::{ListSink, PIECE_BYTES, PIECE_ITEMS};

/// Step data whose text is longer is not kept in one piece where its list is split.
const MOST_WHOLE: usize = 1024 * 1024;

/// The pieces of one step's list, written ahead of its checkpoint.
pub(super) struct Spill<'a> {
    store: &'a Store,
    hold: Hold,
    step: StepId,
    attempt: AttemptAt,
    /// The attempt was begun before: nothing failed, but a worker was lost or a provider took no calls.
    goes_on: bool,
    written: Mutex<Written>,
}

#[derive(Default)]
struct Written {
    /// Places of the first items.
    starts: Vec<i64>,
    items: i64,
    /// Nothing was written by this worker, so there may be pieces behind these.
    is_clean: bool,
    /// There is something to go on from.
    is_marked: bool,
    /// These are the list of the step's output.
    is_list: bool,
}

impl<'a> Spill<'a> {
    pub fn new(store: &'a Store, transaction: &Transaction, step: StepId) -> Self {
        Self {
            store,
            hold: transaction.hold(),
            step,
            attempt: (transaction.attempt, transaction.answered),
            // After an error the step begins anew: minutes or hours later the pages are others.
            goes_on: transaction.recoveries > 0 || transaction.wait == Some(WaitReason::RateLimit),
            written: Mutex::default(),
        }
    }

    /// Places of the first items of the pieces that the list of the step's output is kept in.
    pub fn starts(&self) -> Vec<i64> {
        let written = self.written.lock();
        match written.is_list {
            true => written.starts.clone(),
            false => Vec::new(),
        }
    }

    /// What the checkpoint of the step's end leaves of what was kept on the way.
    pub fn left(&self) -> Option<(StepId, PagesLeft)> {
        let written = self.written.lock();
        let left = match written.is_list {
            true => PagesLeft::Pieces,
            false => PagesLeft::Nothing,
        };
        written.is_marked.then_some((self.step, left))
    }

    /// Takes the list out of a step's output, where it is split and too long to be read by every child.
    pub async fn relieve(&self, output: &mut Value, ways: &Ways) -> Result<(), StoreError> {
        let Ways::Split { list, items, .. } = ways else {
            return Ok(());
        };
        let is_written = self.written.lock().is_list;
        if is_written || *items < 2 || !is_longer(output, MOST_WHOLE) {
            return Ok(());
        }
        // What has no list at its place, as the answers of several requests, stays whole.
        let list = list.parse::<Location>().ok();
        let Some(list) = list.filter(|list| list.count(output) == Some(*items)) else {
            return Ok(());
        };
        let elements = list.take_array(output).unwrap_or_default();
        let (mut json, mut count, mut behind) = (String::new(), 0, 0);
        for element in elements {
            json.push(if count == 0 { '[' } else { ',' });
            json.push_str(&element.to_string());
            count += 1;
            if count == PIECE_ITEMS || json.len() >= PIECE_BYTES {
                json.push(']');
                let piece = (std::mem::take(&mut json), count);
                self.put(behind, vec![piece], None).await?;
                behind += count;
                count = 0;
            }
        }
        if count > 0 {
            json.push(']');
            self.put(behind, vec![(json, count)], None).await?;
        }
        self.complete();
        Ok(())
    }

    /// Forgets what comes behind so many items. Gives the number of the next piece, and whether there may be
    /// others of this number and the next ones.
    fn cut(&self, behind: i64) -> (usize, bool) {
        let mut written = self.written.lock();
        if behind < written.items {
            written.starts.retain(|start| *start < behind);
            (written.items, written.is_clean) = (behind, false);
        }
        // Until all is well nobody knows what is there.
        let is_clean = std::mem::replace(&mut written.is_clean, false);
        (written.starts.len(), is_clean)
    }
}

#[async_trait]
impl ListSink for Spill<'_> {
    async fn put(
        &self,
        behind: usize,
        items: Vec<(String, usize)>,
        mark: Option<String>,
    ) -> Result<(), StoreError> {
        let mut first = i64::try_from(behind).unwrap_or(i64::MAX);
        let (next, is_clean) = self.cut(first);
        let (mut pieces, mut starts) = (Vec::new(), Vec::new());
        for (of, (json, count)) in (next..).zip(items) {
            let at = (number(of), first);
            pieces.push(NewPiece::new(self.store, self.step, at, json)?);
            starts.push(first);
            first += i64::try_from(count).unwrap_or(i64::MAX);
        }
        let is_marked = mark.is_some();
        let all = number(next + pieces.len());
        let mark = match mark {
            Some(text) => Some((NewMark::new(self.store, self.attempt, text)?, all)),
            None => None,
        };
        let from = (!is_clean).then_some(number(next));
        let unit = self.store.begin(&InstanceScope).await?;
        unit.engine()
            .keep_pages(&self.hold, self.step, (from, pieces), mark)
            .await?;
        unit.commit().await?;
        let mut written = self.written.lock();
        written.starts.append(&mut starts);
        written.items = first;
        written.is_clean = true;
        written.is_marked |= is_marked;
        Ok(())
    }

    async fn mark(&self) -> Result<Option<String>, StoreError> {
        if !self.goes_on {
            return Ok(None);
        }
        let unit = self.store.read(&self.hold.scope).await?;
        let (id, step) = (self.hold.id, self.step);
        let Some(mark) = unit.runs().page_mark(id, step, self.attempt).await? else {
            return Ok(None);
        };
        let mut starts = unit.runs().piece_starts(id, step).await?;
        let corrupt = || StoreError::Corrupt {
            what: "pieces of step data",
        };
        if starts.len() < mark.pieces {
            return Err(corrupt());
        }
        // Behind the last one that counts others may have been written.
        let last = match mark.pieces.checked_sub(1) {
            Some(last) => unit.runs().piece(id, step, number(last)).await?,
            None => "[]".to_owned(),
        };
        let last: Vec<serde::de::IgnoredAny> =
            serde_json::from_str(&last).map_err(|_| corrupt())?;
        drop(unit);
        starts.truncate(mark.pieces);
        let before = starts.last().copied().unwrap_or_default();
        let mut written = self.written.lock();
        written.items = before + i64::try_from(last.len()).unwrap_or(i64::MAX);
        written.starts = starts;
        written.is_marked = true;
        Ok(Some(mark.text))
    }

    async fn piece(&self, of: usize) -> Result<String, StoreError> {
        let unit = self.store.read(&self.hold.scope).await?;
        let runs = unit.runs();
        runs.piece(self.hold.id, self.step, number(of)).await
    }

    fn items(&self) -> usize {
        usize::try_from(self.written.lock().items).unwrap_or_default()
    }

    fn forget(&self) {
        let mut written = self.written.lock();
        written.starts.clear();
        (written.items, written.is_clean) = (0, false);
    }

    fn complete(&self) {
        self.written.lock().is_list = true;
    }
}

fn number(of: usize) -> i32 {
    i32::try_from(of).unwrap_or(i32::MAX)
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
