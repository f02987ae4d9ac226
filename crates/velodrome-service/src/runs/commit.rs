//! Checkpoints made true. Where there is one writer they share commits: those that come while one is being
//! written go together with the next.

use tokio::sync::{mpsc, oneshot};
use velodrome_model::InstanceScope;
use velodrome_store::{Applied, Checkpoint, Store, StoreError};

/// Checkpoints that share a commit at most.
const MOST: usize = 64;

/// Writes checkpoints.
pub(crate) struct Journal {
    store: Store,
    shared: Option<mpsc::Sender<Entry>>,
}

struct Entry {
    checkpoint: Checkpoint,
    written: oneshot::Sender<Result<Applied, StoreError>>,
}

impl Journal {
    pub fn new(store: Store) -> Self {
        let shared = store.has_one_writer().then(|| {
            let (sender, entries) = mpsc::channel(MOST);
            // Ends with the last sender.
            tokio::spawn(write_together(store.clone(), entries));
            sender
        });
        Self { store, shared }
    }

    /// Makes a checkpoint true.
    ///
    /// # Errors
    /// When the database refuses: it may have become true all the same, and is not written twice.
    pub async fn write(&self, checkpoint: Checkpoint) -> Result<Applied, StoreError> {
        let Some(shared) = &self.shared else {
            return write_alone(&self.store, checkpoint).await;
        };
        let (written, outcome) = oneshot::channel();
        let entry = Entry {
            checkpoint: checkpoint.clone(),
            written,
        };
        if shared.send(entry).await.is_ok()
            && let Ok(outcome) = outcome.await
        {
            return outcome;
        }
        write_alone(&self.store, checkpoint).await
    }
}

async fn write_alone(store: &Store, checkpoint: Checkpoint) -> Result<Applied, StoreError> {
    let unit = store.begin(&InstanceScope).await?;
    let applied = unit.engine().checkpoint(checkpoint).await?;
    unit.commit().await?;
    Ok(applied)
}

async fn write_together(store: Store, mut entries: mpsc::Receiver<Entry>) {
    while let Some(first) = entries.recv().await {
        let mut group = vec![first];
        while group.len() < MOST
            && let Ok(next) = entries.try_recv()
        {
            group.push(next);
        }
        let checkpoints = group.iter().map(|entry| entry.checkpoint.clone()).collect();
        let outcomes = match group.len() {
            1 => None,
            _ => write_group(&store, checkpoints).await.ok(),
        };
        match outcomes {
            Some(outcomes) => {
                for (entry, applied) in group.into_iter().zip(outcomes) {
                    // Whoever asked may have been broken off meanwhile.
                    drop(entry.written.send(Ok(applied)));
                }
            }
            // One that can't be written must not keep the others from it.
            None => {
                for entry in group {
                    let outcome = write_alone(&store, entry.checkpoint).await;
                    drop(entry.written.send(outcome));
                }
            }
        }
    }
}

async fn write_group(
    store: &Store,
    checkpoints: Vec<Checkpoint>,
) -> Result<Vec<Applied>, StoreError> {
    let unit = store.begin(&InstanceScope).await?;
    let mut outcomes = Vec::with_capacity(checkpoints.len());
    for checkpoint in checkpoints {
        outcomes.push(unit.engine().checkpoint(checkpoint).await?);
    }
    unit.commit().await?;
    Ok(outcomes)
}
