//! What the steps of a transaction gave, as it sees them: its own, and its ancestors' as of the fork
//! (cycles.md §9).

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::Value;
use uuid::Uuid;
use velodrome_model::{AccountScope, StepId, TransactionId, cycle::split_item, location::Location};
use velodrome_store::{Seen, StoreError, Transaction};

use super::Inner;
use crate::steps::StepData;

/// Bytes of step data that are kept ready: siblings of a split read the same list.
const KEPT_BYTES: u64 = 64 * 1024 * 1024;

/// Step data of this process's transactions, as it was written. It never changes.
pub(crate) struct Outputs(moka::sync::Cache<(Uuid, Uuid, String), Arc<Output>>);

/// Data of a step.
pub(crate) struct Output {
    pub value: Arc<Value>,
    pub list: Option<Location>,
    /// Places of the first items of the pieces that the list is kept in; none where it is part of the value.
    pub pieces: Vec<i64>,
    pub checkpoint: i32,
    /// Bytes of its text.
    pub size: usize,
}

impl Output {
    /// What a transaction began with.
    pub fn first(value: Value, size: usize) -> Self {
        Self {
            value: Arc::new(value),
            list: None,
            pieces: Vec::new(),
            checkpoint: 1,
            size,
        }
    }
}

impl Outputs {
    pub fn new() -> Self {
        let weigh = |_: &(Uuid, Uuid, String), output: &Arc<Output>| {
            // What is parsed takes a few times the room of its text.
            let pieces = output.pieces.len().saturating_mul(size_of::<i64>());
            let parsed = output.size.saturating_mul(3).saturating_add(256);
            u32::try_from(parsed.saturating_add(pieces)).unwrap_or(u32::MAX)
        };
        Self(
            moka::sync::Cache::builder()
                .weigher(weigh)
                .max_capacity(KEPT_BYTES)
                .time_to_idle(std::time::Duration::from_secs(300))
                .build(),
        )
    }

    pub fn keep(&self, of: TransactionId, step: StepId, part: &str, output: Output) {
        let key = (of.0, step.0, part.to_owned());
        self.0.insert(key, Arc::new(output));
    }
}

/// Where a transaction was split off.
pub(crate) struct Fork {
    parent: Option<TransactionId>,
    /// The last checkpoint of the parent whose data it sees.
    by: i32,
    /// What it sees of the parent's data in part.
    seen: Option<Seen>,
}

/// A transaction or one of its ancestors.
struct Link {
    id: TransactionId,
    /// The last checkpoint whose data is seen.
    by: i32,
    /// What it sees of its parent's data in part.
    seen: Option<Seen>,
}

/// Data of a transaction.
pub(crate) struct View<'a> {
    inner: &'a Inner,
    scope: AccountScope,
    /// The transaction itself first.
    chain: Vec<Link>,
}

impl<'a> View<'a> {
    /// What a transaction sees.
    ///
    /// # Errors
    /// When its ancestors can't be read.
    pub async fn new(inner: &'a Inner, of: &Transaction) -> Result<View<'a>, StoreError> {
        let mut chain = vec![Link {
            id: of.id,
            by: i32::MAX,
            seen: of.seen.clone(),
        }];
        let (mut parent, mut by) = (of.parent, of.fork);
        while let Some(id) = parent {
            let fork = inner.fork(of.scope, id).await?;
            chain.push(Link {
                id,
                by,
                seen: fork.seen.clone(),
            });
            (parent, by) = (fork.parent, fork.by);
        }
        Ok(Self {
            inner,
            scope: of.scope,
            chain,
        })
    }

    async fn written(
        &self,
        link: &Link,
        step: StepId,
        part: &str,
    ) -> Result<Option<Arc<Output>>, StoreError> {
        let key = (link.id.0, step.0, part.to_owned());
        let kept = match self.inner.outputs.0.get(&key) {
            Some(kept) => kept,
            None => {
                let unit = self.inner.store.read(&self.scope).await?;
                let Some(opened) = unit.runs().output(link.id, step, part, link.by).await? else {
                    return Ok(None);
                };
                let pieces = match opened.pieces {
                    Some(pieces) => {
                        let starts = unit.runs().piece_starts(link.id, step).await?;
                        if i32::try_from(starts.len()) != Ok(pieces) {
                            return Err(StoreError::Corrupt {
                                what: "pieces of step data",
                            });
                        }
                        starts
                    }
                    None => Vec::new(),
                };
                drop(unit);
                let corrupt = |_| StoreError::Corrupt { what: "step data" };
                let list = match opened.list.as_deref().map(str::parse::<Location>) {
                    Some(list) => Some(list.map_err(|_| StoreError::Corrupt {
                        what: "step data's list",
                    })?),
                    None => None,
                };
                let output = Arc::new(Output {
                    value: Arc::new(serde_json::from_str(&opened.json).map_err(corrupt)?),
                    list,
                    pieces,
                    checkpoint: opened.checkpoint,
                    size: opened.json.len(),
                });
                self.inner.outputs.0.insert(key, Arc::clone(&output));
                output
            }
        };
        Ok(Some(kept).filter(|output| output.checkpoint <= link.by))
    }

    /// The items of a piece of a step's list.
    async fn piece(
        &self,
        of: TransactionId,
        step: StepId,
        number: usize,
    ) -> Result<Arc<Value>, StoreError> {
        // No exit has such a name.
        let key = (of.0, step.0, format!("#{number}"));
        if let Some(kept) = self.inner.outputs.0.get(&key) {
            return Ok(Arc::clone(&kept.value));
        }
        let unit = self.inner.store.read(&self.scope).await?;
        let number = i32::try_from(number).unwrap_or(i32::MAX);
        let json = unit.runs().piece(of, step, number).await?;
        drop(unit);
        let value = serde_json::from_str(&json).map_err(|_| StoreError::Corrupt {
            what: "piece of step data",
        })?;
        let output = Arc::new(Output::first(value, json.len()));
        self.inner.outputs.0.insert(key, Arc::clone(&output));
        Ok(Arc::clone(&output.value))
    }

    /// Step data with all of its list.
    async fn whole(
        &self,
        of: TransactionId,
        step: StepId,
        output: &Output,
    ) -> Result<Arc<Value>, StoreError> {
        let Some(list) = output.list.as_ref().filter(|_| !output.pieces.is_empty()) else {
            return Ok(Arc::clone(&output.value));
        };
        let mut items = Vec::new();
        for number in 0..output.pieces.len() {
            let piece = self.piece(of, step, number).await?;
            items.extend(piece.as_array().into_iter().flatten().cloned());
        }
        placed(list, &output.value, items).map(Arc::new)
    }

    /// Step data with one item in its list's place; none past its end.
    async fn item(
        &self,
        of: TransactionId,
        step: StepId,
        (output, list): (&Output, &Location),
        index: i64,
    ) -> Result<Option<Value>, StoreError> {
        if output.pieces.is_empty() {
            let index = usize::try_from(index).unwrap_or(usize::MAX);
            return Ok(split_item(&output.value, list, index));
        }
        let after = output.pieces.partition_point(|first| *first <= index);
        let Some(number) = after.checked_sub(1) else {
            return Ok(None);
        };
        let piece = self.piece(of, step, number).await?;
        let within = usize::try_from(index - output.pieces[number]).unwrap_or(usize::MAX);
        let Some(item) = piece.get(within) else {
            return Ok(None);
        };
        let whole = placed(list, &output.value, vec![item.clone()])?;
        Ok(split_item(&whole, list, 0))
    }
}

/// A value with these items at the place of its list, which was taken out of it.
fn placed(list: &Location, around: &Value, items: Vec<Value>) -> Result<Value, StoreError> {
    let mut whole = around.clone();
    match list.put_array(&mut whole, items) {
        Ok(()) => Ok(whole),
        Err(_) => Err(StoreError::Corrupt {
            what: "step data's list",
        }),
    }
}

impl Inner {
    /// Where a transaction was split off; siblings have the same ancestors.
    async fn fork(&self, scope: AccountScope, id: TransactionId) -> Result<Arc<Fork>, StoreError> {
        if let Some(known) = self.forks.get(&id) {
            return Ok(known);
        }
        let unit = self.store.read(&scope).await?;
        let found = unit.runs().find(id).await?;
        drop(unit);
        let found = found.ok_or(StoreError::Corrupt {
            what: "ancestor of a transaction",
        })?;
        let fork = Arc::new(Fork {
            parent: found.parent,
            by: found.fork,
            seen: found.seen,
        });
        self.forks.insert(id, Arc::clone(&fork));
        Ok(fork)
    }
}

#[async_trait]
impl StepData for View<'_> {
    async fn output(&self, step: StepId) -> Result<Option<Arc<Value>>, StoreError> {
        for (index, link) in self.chain.iter().enumerate() {
            if let Some(own) = self.written(link, step, "").await? {
                return self.whole(link.id, step, &own).await.map(Some);
            }
            let seen = link.seen.as_ref().filter(|seen| seen.step == step);
            let Some((seen, parent)) = seen.zip(self.chain.get(index + 1)) else {
                continue;
            };
            let Some(whole) = self.written(parent, step, &seen.part).await? else {
                continue;
            };
            return match (seen.item, &whole.list) {
                (Some(item), Some(list)) => {
                    let found = self.item(parent.id, step, (&whole, list), item).await?;
                    Ok(found.map(Arc::new))
                }
                _ => self.whole(parent.id, step, &whole).await.map(Some),
            };
        }
        Ok(None)
    }
}
