//! What has to be tidied now and then.

use velodrome_model::InstanceScope;
use velodrome_store::{Store, StoreError};

use crate::templates;

/// Tidies the store. Cheap to clone.
#[derive(Clone)]
pub struct Housekeeping {
    store: Store,
}

impl Housekeeping {
    /// Of this store.
    pub fn new(store: Store) -> Self {
        Self { store }
    }

    /// Removes tokens, sessions, one-time tokens and authorisations that have ended, and what was deleted 90
    /// days ago, and forgets changes of steps that none repeats any more, rate limits that nobody uses, and
    /// figures and alarms of more than 13 months ago; tells how many.
    ///
    /// # Errors
    /// When the store fails; what was removed before stays removed.
    pub async fn sweep(&self) -> Result<u64, StoreError> {
        let unit = self.store.begin(&InstanceScope).await?;
        let removed = unit.sweep_tokens().await?
            + unit.sweep_sessions().await?
            + unit.sweep_one_time().await?
            + unit.sweep_script_operations().await?
            + unit.sweep_rate_lanes().await?
            + unit.forget_figures().await?
            + unit.forget_alarms().await?;
        unit.commit().await?;
        Ok(removed + self.empty_recycle_bin().await?)
    }

    /// Removes for good what lay in the recycle bin for its 90 days; tells how many things. In units of
    /// their own, since each takes much with it.
    async fn empty_recycle_bin(&self) -> Result<u64, StoreError> {
        let mut removed = 0;
        loop {
            let unit = self.store.begin(&InstanceScope).await?;
            let before = unit.now() - templates::KEPT;
            let some = unit.sweep_recycle_bin(before).await?;
            unit.commit().await?;
            removed += some;
            if some == 0 {
                return Ok(removed);
            }
        }
    }

    /// Reads the data keys again, for one that `velodrome keys rotate` or another node has made.
    ///
    /// # Errors
    /// When the store fails or a key does not open.
    pub async fn reload_keys(&self) -> Result<(), StoreError> {
        self.store.reload_keys().await
    }

    /// Asks the database what time it is, where several nodes go by its clock.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn follow_clock(&self) -> Result<(), StoreError> {
        self.store.follow_clock().await
    }
}
