//! Wait All: looked at after each end, and by the sweep (cycles.md §4.2).

use velodrome_model::{AccountScope, CycleId, InstanceScope};
use velodrome_store::StoreError;

use super::{Inner, Runs};

/// Cycles that one sweep looks at.
const MOST: u64 = 1_000;

impl Runs {
    /// Looks at every Wait All that is armed, for those whose look was lost.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn sweep_joins(&self) -> Result<(), StoreError> {
        let unit = self.inner.store.read(&InstanceScope).await?;
        let armed = unit.engine().armed_cycles(MOST).await?;
        drop(unit);
        for (scope, cycle) in armed {
            self.inner.fire_joins(scope, cycle).await?;
        }
        Ok(())
    }
}

impl Inner {
    /// Fires what nothing holds back any more.
    pub(super) async fn fire_joins(
        &self,
        scope: AccountScope,
        cycle: CycleId,
    ) -> Result<(), StoreError> {
        let unit = self.store.read(&scope).await?;
        let armed = unit.runs().armed(cycle).await?;
        drop(unit);
        for (step, version) in armed {
            let (flow, _) = self.flow(scope, cycle, version).await?;
            let unit = self.store.begin(&scope).await?;
            let fired = unit.runs().fire(cycle, &flow.join(step)).await?;
            unit.commit().await?;
            if fired.is_some() {
                self.hints.give(scope);
            }
        }
        Ok(())
    }
}
