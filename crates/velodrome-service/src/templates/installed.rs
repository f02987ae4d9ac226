//! Where a template is installed, over all accounts: what an upgrade would move.

use std::collections::HashMap;

use velodrome_model::{
    AccountId, AccountKey, PartnerActor, TemplateId, TemplateReleaseId, cycle::Cycle,
};

use super::{TemplateError, Templates, live};

/// A cycle that was installed from a template.
#[derive(Clone, Debug)]
pub struct InstalledCycle {
    /// The cycle.
    pub cycle: Cycle,
    /// Its account, as the partner calls it.
    pub account: AccountKey,
    /// Display name of the account.
    pub account_name: String,
    /// The release that it runs.
    pub release: TemplateReleaseId,
    /// Number of that release; none once the release is deleted.
    pub number: Option<i32>,
    /// Whether an upgrade would leave it as it is: it runs the live release, or nothing is live.
    pub is_current: bool,
}

impl Templates {
    /// The cycles of all accounts that were installed from a template and are not deleted, by name.
    ///
    /// # Errors
    /// [`TemplateError::NotFound`].
    pub async fn installed(
        &self,
        actor: &PartnerActor,
        template: TemplateId,
    ) -> Result<Vec<InstalledCycle>, TemplateError> {
        let unit = self.bench.store.read(&actor.scope).await?;
        let found = unit.templates().get(template).await?;
        found.ok_or(TemplateError::NotFound)?;
        let releases = unit.templates().releases(template).await?;
        let live = live(&releases).map(|release| release.id);
        let cycles = unit.templates().installed(template).await?;
        let ids = cycles.iter().map(|cycle| cycle.account);
        let accounts: HashMap<AccountId, (AccountKey, String)> = unit.accounts().named(ids).await?;
        let mut installed: Vec<InstalledCycle> = cycles
            .into_iter()
            .filter_map(|cycle| {
                let (account, account_name) = accounts.get(&cycle.account)?.clone();
                let release = cycle.origin?.release;
                let number = releases.iter().find(|one| one.id == release);
                Some(InstalledCycle {
                    account,
                    account_name,
                    release,
                    number: number.map(|one| one.number),
                    is_current: live.is_none_or(|live| live == release),
                    cycle,
                })
            })
            .collect();
        installed.sort_by_cached_key(|one| (one.cycle.name.to_lowercase(), one.cycle.id));
        Ok(installed)
    }
}
