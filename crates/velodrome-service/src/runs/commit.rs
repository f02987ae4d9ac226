//! What is written while transactions run. Where there is one writer it shares commits: requests, checkpoints
//! and claims that come while some are being written go together with the next, in this order, so that a claim
//! finds what was just taken in, and the places of what has just ended.

use tokio::{
    sync::{mpsc, oneshot},
    task::yield_now,
};
use uuid::Uuid;
use velodrome_model::{AccountScope, InstanceScope};
use velodrome_store::{Applied, Checkpoint, NewIntake, Store, StoreError, Transaction};

use super::Runs;

/// What shares a commit at most.
const MOST: usize = 256;
/// Those who hear of one entry may have another for the same commit: so often they get the turn.
const TURNS: usize = 3;

/// Writes what the engine does.
pub(crate) struct Journal {
    store: Store,
    shared: Option<mpsc::Sender<Entry>>,
}

/// Claims for an owner: of each account so many, as long as fewer than the limit are leased.
#[derive(Clone, Debug)]
pub(crate) struct Claim {
    pub owner: Uuid,
    pub turns: Vec<(AccountScope, usize, u64)>,
}

type Reply<T> = oneshot::Sender<Result<T, StoreError>>;

enum Entry {
    Intake(Box<NewIntake>, Reply<bool>),
    Checkpoint(Box<Checkpoint>, Reply<Applied>),
    Claim(Claim, Reply<Vec<Transaction>>),
}

/// Entries of one commit.
#[derive(Default)]
struct Group {
    intakes: Vec<(NewIntake, Reply<bool>)>,
    checkpoints: Vec<(Checkpoint, Reply<Applied>)>,
    claims: Vec<(Claim, Reply<Vec<Transaction>>)>,
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

    /// Makes a checkpoint true. `sent` is told when it is on its way, before it is true.
    ///
    /// # Errors
    /// When the database refuses: it may have become true all the same, and is not written twice.
    pub async fn write(
        &self,
        checkpoint: Checkpoint,
        sent: impl FnOnce() + Send,
    ) -> Result<Applied, StoreError> {
        let entry = |reply| Entry::Checkpoint(Box::new(checkpoint.clone()), reply);
        match self.share(entry, sent).await {
            Some(outcome) => outcome,
            None => write_alone(&self.store, checkpoint).await,
        }
    }

    /// Stores a request with what it begins; false when its cycle does not take it any more.
    ///
    /// # Errors
    /// When the database refuses; nothing is stored then.
    pub async fn take_in(
        &self,
        intake: NewIntake,
        sent: impl FnOnce() + Send,
    ) -> Result<bool, StoreError> {
        let entry = |reply| Entry::Intake(Box::new(intake.clone()), reply);
        match self.share(entry, sent).await {
            Some(outcome) => outcome,
            None => take_alone(&self.store, intake).await,
        }
    }

    /// Claims transactions.
    ///
    /// # Errors
    /// When the database refuses: what was claimed all the same has a lease that lapses.
    pub async fn claim(&self, claim: Claim) -> Result<Vec<Transaction>, StoreError> {
        let entry = |reply| Entry::Claim(claim.clone(), reply);
        match self.share(entry, || {}).await {
            Some(outcome) => outcome,
            None => claim_alone(&self.store, claim).await,
        }
    }

    /// None where nothing is shared, or the one who writes is gone.
    async fn share<T>(
        &self,
        entry: impl FnOnce(Reply<T>) -> Entry,
        sent: impl FnOnce() + Send,
    ) -> Option<Result<T, StoreError>> {
        let shared = self.shared.as_ref()?;
        let (reply, outcome) = oneshot::channel();
        shared.send(entry(reply)).await.ok()?;
        sent();
        outcome.await.ok()
    }
}

impl Group {
    fn add(&mut self, entry: Entry) {
        match entry {
            Entry::Intake(intake, reply) => self.intakes.push((*intake, reply)),
            Entry::Checkpoint(checkpoint, reply) => self.checkpoints.push((*checkpoint, reply)),
            Entry::Claim(claim, reply) => self.claims.push((claim, reply)),
        }
    }

    fn len(&self) -> usize {
        self.intakes.len() + self.checkpoints.len() + self.claims.len()
    }

    /// Writes all with one commit.
    async fn together(&self, store: &Store) -> Result<Outcomes, StoreError> {
        let of = |entries: &[(NewIntake, _)]| entries.iter().map(|one| one.0.clone()).collect();
        let unit = store.begin(&InstanceScope).await?;
        let engine = unit.engine();
        let taken = engine.take_in(of(&self.intakes)).await?;
        let checkpoints = self.checkpoints.iter().map(|one| one.0.clone());
        let applied = engine.checkpoints(checkpoints.collect()).await?;
        let mut claimed = Vec::with_capacity(self.claims.len());
        for (claim, _) in &self.claims {
            claimed.push(claimed_in(&unit, claim).await?);
        }
        unit.commit().await?;
        Ok(Outcomes {
            taken,
            applied,
            claimed,
        })
    }
}

struct Outcomes {
    taken: Vec<bool>,
    applied: Vec<Applied>,
    claimed: Vec<Vec<Transaction>>,
}

async fn write_together(store: Store, mut entries: mpsc::Receiver<Entry>) {
    while let Some(first) = entries.recv().await {
        let mut group = Group::default();
        group.add(first);
        for _ in 0..TURNS {
            while group.len() < MOST
                && let Ok(next) = entries.try_recv()
            {
                group.add(next);
            }
            yield_now().await;
        }
        let outcomes = match group.len() {
            1 => None,
            _ => group.together(&store).await.ok(),
        };
        // Whoever asked may have been broken off meanwhile, so nobody may hear the reply.
        match outcomes {
            Some(outcomes) => {
                for ((_, reply), taken) in group.intakes.into_iter().zip(outcomes.taken) {
                    drop(reply.send(Ok(taken)));
                }
                for ((_, reply), applied) in group.checkpoints.into_iter().zip(outcomes.applied) {
                    drop(reply.send(Ok(applied)));
                }
                for ((_, reply), claimed) in group.claims.into_iter().zip(outcomes.claimed) {
                    drop(reply.send(Ok(claimed)));
                }
            }
            // One that can't be written must not keep the others from it.
            None => {
                for (intake, reply) in group.intakes {
                    drop(reply.send(take_alone(&store, intake).await));
                }
                for (checkpoint, reply) in group.checkpoints {
                    drop(reply.send(write_alone(&store, checkpoint).await));
                }
                for (claim, reply) in group.claims {
                    drop(reply.send(claim_alone(&store, claim).await));
                }
            }
        }
    }
}

async fn write_alone(store: &Store, checkpoint: Checkpoint) -> Result<Applied, StoreError> {
    let unit = store.begin(&InstanceScope).await?;
    let applied = unit.engine().checkpoint(checkpoint).await?;
    unit.commit().await?;
    Ok(applied)
}

async fn take_alone(store: &Store, intake: NewIntake) -> Result<bool, StoreError> {
    let unit = store.begin(&InstanceScope).await?;
    let taken = unit.engine().take_in(vec![intake]).await?;
    unit.commit().await?;
    Ok(taken == [true])
}

async fn claim_alone(store: &Store, claim: Claim) -> Result<Vec<Transaction>, StoreError> {
    let unit = store.begin(&InstanceScope).await?;
    let claimed = claimed_in(&unit, &claim).await?;
    unit.commit().await?;
    Ok(claimed)
}

async fn claimed_in(
    unit: &velodrome_store::Unit<InstanceScope>,
    claim: &Claim,
) -> Result<Vec<Transaction>, StoreError> {
    let mut claimed = Vec::new();
    for (account, most, limit) in &claim.turns {
        let lease = (claim.owner, Runs::lease());
        let some = unit
            .engine()
            .claim(lease, *account, *most as u64, *limit)
            .await?;
        claimed.extend(some);
    }
    Ok(claimed)
}
