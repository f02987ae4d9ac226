//! Lines of reports with the names of what they are about.

use velodrome_model::{AccountId, CycleId, Page, PartnerScope};
use velodrome_store::{StoreError, Unit};

/// A line about an account or something of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named<T> {
    /// API id of the account; empty when it is deleted.
    pub account_key: String,
    /// What the account is called.
    pub account_name: String,
    /// What the cycle is called; empty when it is deleted, or there is none.
    pub cycle_name: String,
    /// The line.
    pub line: T,
}

/// Gives the lines of a page their names; `of` says which account and cycle a line is about.
pub(crate) async fn named<T>(
    unit: &Unit<PartnerScope>,
    page: Page<T>,
    of: impl Fn(&T) -> (Option<AccountId>, Option<CycleId>),
) -> Result<Page<Named<T>>, StoreError> {
    let ids: Vec<_> = page.items.iter().map(&of).collect();
    let (accounts, cycles) = unit
        .account_and_cycle_names(
            ids.iter().filter_map(|(account, _)| *account),
            ids.iter().filter_map(|(_, cycle)| *cycle),
        )
        .await?;
    let keys = unit
        .accounts()
        .keys(ids.iter().filter_map(|(account, _)| *account))
        .await?;
    Ok(page.map(|line| {
        let (account, cycle) = of(&line);
        Named {
            account_key: account
                .and_then(|id| keys.get(&id))
                .map(ToString::to_string)
                .unwrap_or_default(),
            account_name: account
                .and_then(|id| accounts.get(&id).cloned())
                .unwrap_or_default(),
            cycle_name: cycle
                .and_then(|id| cycles.get(&id).cloned())
                .unwrap_or_default(),
            line,
        }
    }))
}
