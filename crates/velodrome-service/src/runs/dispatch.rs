//! Claiming: as much as can be begun, the account whose turn it is first.

use std::collections::HashMap;

use chrono::TimeDelta;
use velodrome_model::{AccountScope, InstanceScope, PartnerScope};
use velodrome_store::{
    StoreError, Transaction,
    faults::{self, Mistake},
};

use super::{Inner, Runs, commit::Claim};
use crate::metrics;

/// How long a claim is ours unless it is renewed (cycles.md §11.2).
const LEASE: TimeDelta = TimeDelta::seconds(30);
/// Turns that are given with one claim; a unit of work stays short then, and others' are not held up.
const MOST_CLAIMED: usize = 128;
/// An account with more in progress takes no more (cycles.md §11.11).
const MOST_IN_PROGRESS: u64 = 100_000;

impl Runs {
    /// How long a claim holds; it is renewed three times as often.
    pub fn lease() -> TimeDelta {
        faults::lease(LEASE)
    }

    /// Looks for accounts that have something to do and that nobody told of.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn look(&self) -> Result<(), StoreError> {
        if faults::has(Mistake::NoSweep) {
            return Ok(());
        }
        let unit = self.inner.store.read(&InstanceScope).await?;
        let ready = unit.engine().ready_accounts().await?;
        drop(unit);
        let mut fair = self.inner.fair.lock();
        for account in ready {
            fair.ready(account.0);
        }
        Ok(())
    }

    /// Claims up to so many transactions. Dropped half-way it has claimed nothing, or something whose lease
    /// lapses.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn claim(&self, most: usize) -> Result<Vec<Transaction>, StoreError> {
        let turns = self.turns(most.min(MOST_CLAIMED));
        if turns.is_empty() {
            return Ok(Vec::new());
        }
        let claimed = self.inner.claim(&turns).await;
        let mut fair = self.inner.fair.lock();
        match claimed {
            Ok(claimed) => {
                for (account, asked) in turns {
                    let got = claimed.iter().filter(|one| one.scope == account).count();
                    for _ in got..asked {
                        fair.give_back(account);
                    }
                    if got < asked {
                        fair.idle(account);
                    }
                }
                let is_more = fair.someone_waits();
                drop(fair);
                if is_more {
                    // Nobody else tells of what is left.
                    self.inner.hints.notify.notify_one();
                }
                let mut running = self.inner.running.lock();
                running.extend(claimed.iter().map(|one| (one.id, one.hold())));
                metrics::running(running.len());
                Ok(claimed)
            }
            Err(cause) => {
                for (account, asked) in turns {
                    for _ in 0..asked {
                        fair.give_back(account);
                    }
                }
                Err(cause)
            }
        }
    }

    /// Renews the leases of what runs here.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn renew(&self) -> Result<(), StoreError> {
        let running: Vec<_> = self.inner.running.lock().keys().copied().collect();
        if running.is_empty() || faults::has(Mistake::NoRenewal) {
            return Ok(());
        }
        let unit = self.inner.store.begin(&InstanceScope).await?;
        let lease = (self.inner.owner, Self::lease());
        unit.engine().renew(lease, &running).await?;
        unit.commit().await
    }

    /// How many turns each account gets of these.
    fn turns(&self, most: usize) -> Vec<(AccountScope, usize)> {
        let hinted = self.inner.hints.take();
        let mut fair = self.inner.fair.lock();
        for account in hinted {
            fair.ready(account);
        }
        let mut turns: Vec<(AccountScope, usize)> = Vec::new();
        let mut places: HashMap<AccountScope, usize> = HashMap::new();
        for account in std::iter::from_fn(|| fair.next()).take(most) {
            let place = *places.entry(account).or_insert_with(|| {
                turns.push((account, 0));
                turns.len() - 1
            });
            turns[place].1 += 1;
        }
        turns
    }
}

impl Inner {
    async fn claim(&self, turns: &[(AccountScope, usize)]) -> Result<Vec<Transaction>, StoreError> {
        let mut limited = Vec::with_capacity(turns.len());
        for (account, asked) in turns {
            let partner = PartnerScope {
                partner: account.partner,
            };
            let limit = self
                .settings
                .partner(partner)
                .await?
                .general
                .account_concurrent_transaction_limit;
            limited.push((*account, *asked, u64::try_from(limit).unwrap_or(1)));
        }
        let (owner, turns) = (self.owner, limited);
        self.journal.claim(Claim { owner, turns }).await
    }

    /// Whether an account has more in progress than may be, perhaps as it was a moment ago.
    pub(super) async fn has_backlog(&self, scope: AccountScope) -> Result<bool, StoreError> {
        let find = || async {
            let unit = self.store.read(&scope).await?;
            unit.runs().has_more_than(MOST_IN_PROGRESS).await
        };
        self.backlogs.get(&scope.account, find).await
    }
}
