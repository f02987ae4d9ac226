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
    pub checkpoint: i32,
    /// Bytes of its text.
    pub size: usize,
}

impl Outputs {
    pub fn new() -> Self {
        let weigh = |_: &(Uuid, Uuid, String), output: &Arc<Output>| {
            // What is parsed takes a few times the room of its text.
            u32::try_from(output.size.saturating_mul(3).saturating_add(256)).unwrap_or(u32::MAX)
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
        let link = |of: &Transaction, by| Link {
            id: of.id,
            by,
            seen: of.seen.clone(),
        };
        let mut chain = vec![link(of, i32::MAX)];
        let (mut parent, mut fork) = (of.parent, of.fork);
        if parent.is_some() {
            let unit = inner.store.read(&of.scope).await?;
            while let Some(id) = parent {
                let found = unit.runs().find(id).await?;
                let found = found.ok_or(StoreError::Corrupt {
                    what: "ancestor of a transaction",
                })?;
                chain.push(link(&found, fork));
                (parent, fork) = (found.parent, found.fork);
            }
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
                    checkpoint: opened.checkpoint,
                    size: opened.json.len(),
                });
                self.inner.outputs.0.insert(key, Arc::clone(&output));
                output
            }
        };
        Ok(Some(kept).filter(|output| output.checkpoint <= link.by))
    }
}

#[async_trait]
impl StepData for View<'_> {
    async fn output(&self, step: StepId) -> Result<Option<Arc<Value>>, StoreError> {
        for (index, link) in self.chain.iter().enumerate() {
            if let Some(own) = self.written(link, step, "").await? {
                return Ok(Some(Arc::clone(&own.value)));
            }
            let seen = link.seen.as_ref().filter(|seen| seen.step == step);
            let Some((seen, parent)) = seen.zip(self.chain.get(index + 1)) else {
                continue;
            };
            let Some(whole) = self.written(parent, step, &seen.part).await? else {
                continue;
            };
            return Ok(match (seen.item, &whole.list) {
                (Some(item), Some(list)) => {
                    let index = usize::try_from(item).unwrap_or(usize::MAX);
                    split_item(&whole.value, list, index).map(Arc::new)
                }
                _ => Some(Arc::clone(&whole.value)),
            });
        }
        Ok(None)
    }
}
