//! How long data of a cycle's transactions is kept (cycles.md §13).

use chrono::TimeDelta;
use velodrome_model::{AccountScope, CycleId, PartnerScope};
use velodrome_store::{Retention, Store, StoreError};

use super::Inner;
use crate::settings::Settings;

/// Unless somebody says less.
const LONGEST: TimeDelta = TimeDelta::hours(744);

impl Inner {
    /// The cycle's own, else the account's, else the partner's; perhaps as it was a moment ago.
    pub(super) async fn retention(
        &self,
        scope: AccountScope,
        cycle: CycleId,
    ) -> Result<Retention, StoreError> {
        self.kept
            .get(&cycle, || self.find_retention(scope, cycle))
            .await
    }

    async fn find_retention(
        &self,
        scope: AccountScope,
        id: CycleId,
    ) -> Result<Retention, StoreError> {
        retention(&self.store, &self.settings, scope, id).await
    }
}

/// How long data of a cycle's transactions is kept: the cycle's own time, else the account's, else the
/// partner's.
///
/// # Errors
/// When the store fails.
pub(crate) async fn retention(
    store: &Store,
    settings: &Settings,
    scope: AccountScope,
    id: CycleId,
) -> Result<Retention, StoreError> {
    let partner_scope = PartnerScope {
        partner: scope.partner,
    };
    let partner = settings.retention(partner_scope).await?;
    let unit = store.read(&partner_scope).await?;
    let account = unit.accounts().get(scope.account).await?;
    let unit = unit.into_account(scope.account);
    let cycle = unit.cycles().get_with_deleted(id).await?;
    let (of_account, of_cycle) = (
        account.as_ref(),
        cycle.as_ref().map(|cycle| &cycle.settings),
    );
    let kept = |cycle: Option<u32>, account: Option<i32>, partner: i32| {
        let hours = cycle.map(i64::from).or(account.map(i64::from));
        let hours = hours.unwrap_or(partner.into()).max(0);
        TimeDelta::try_hours(hours).unwrap_or(LONGEST).min(LONGEST)
    };
    Ok(Retention {
        success: kept(
            of_cycle.and_then(|of| of.success_retention_hours),
            of_account.and_then(|of| of.success_retention_hours),
            partner.success.hours(),
        ),
        errored: kept(
            of_cycle.and_then(|of| of.errored_retention_hours),
            of_account.and_then(|of| of.errored_retention_hours),
            partner.errored.hours(),
        ),
    })
}
