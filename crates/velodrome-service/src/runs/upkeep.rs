//! What time asks for besides running.

use chrono::TimeDelta;
use velodrome_model::InstanceScope;
use velodrome_store::StoreError;

use super::Runs;

/// Rows of one unit of work.
const AT_ONCE: u32 = 500;
/// Data of what was never resumed is kept as long as any.
const LONGEST: TimeDelta = TimeDelta::hours(744);

impl Runs {
    /// Puts the log of the database back where the writer need not wait for it.
    ///
    /// # Errors
    /// When the store fails; the next time does more.
    pub async fn put_log_back(&self) -> Result<(), StoreError> {
        self.inner.store.put_log_back().await
    }

    /// Cancels what waited too long for its stopped cycle, and pauses cycles that have finished.
    ///
    /// # Errors
    /// When the store fails; what was done stays done.
    pub async fn settle(&self) -> Result<(), StoreError> {
        loop {
            let unit = self.inner.store.begin(&InstanceScope).await?;
            unit.engine().pause_finished().await?;
            let expired = unit
                .engine()
                .expire_paused(u64::from(AT_ONCE), LONGEST)
                .await?;
            unit.commit().await?;
            if expired < u64::from(AT_ONCE) {
                return Ok(());
            }
        }
    }

    /// Erases data past its retention and what is left of transactions after 13 months, a bounded number at
    /// a time; tells of how many.
    ///
    /// # Errors
    /// When the store fails; what was erased stays so.
    pub async fn erase(&self) -> Result<u64, StoreError> {
        let mut all = 0;
        loop {
            let unit = self.inner.store.begin(&InstanceScope).await?;
            let erased = unit.engine().erase_due(AT_ONCE).await?;
            unit.commit().await?;
            all += erased;
            if erased < u64::from(AT_ONCE) {
                break;
            }
        }
        loop {
            let unit = self.inner.store.begin(&InstanceScope).await?;
            let gone = unit.engine().forget_old(u64::from(AT_ONCE)).await?;
            unit.commit().await?;
            all += gone;
            if gone == 0 {
                return Ok(all);
            }
        }
    }
}
