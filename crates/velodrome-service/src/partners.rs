//! The partner itself: details, usage, audit log.

use chrono::{DateTime, Datelike as _, Months, NaiveDate, Utc};
use velodrome_model::{
    AccountKey, AuditEntry, AuditFilter, GeneralSettings, MonthlyUsage, Page, PageRequest, Partner,
    PartnerActor, SharedClock,
};
use velodrome_store::{Store, StoreError};

use crate::{
    Invalid, Settings, SettingsError,
    invalid::{bounded_option, email, required_text},
};

/// Reads and changes the partner. Cheap to clone.
#[derive(Clone)]
pub struct Partners {
    store: Store,
    settings: Settings,
    clock: SharedClock,
}

/// The partner and what is counted of it.
#[derive(Clone, Debug)]
pub struct PartnerDetails {
    /// The partner.
    pub partner: Partner,
    /// The built-in account that holds templates.
    pub template_account: AccountKey,
    /// Where users and providers reach the installation.
    pub public_origin: String,
    /// Tasks of the current month.
    pub tasks_used: i64,
    /// Different connectors in use.
    pub connectors_in_use: u64,
}

/// Changes to the partner; `None` keeps.
#[derive(Clone, Debug, Default)]
pub struct PartnerChange {
    /// Name.
    pub name: Option<String>,
    /// Other partners of the group see the contact.
    pub share_details_with_group: Option<bool>,
    /// Whom to ask.
    pub contact_name: Option<Option<String>>,
    /// Where to ask.
    pub contact_email: Option<Option<String>>,
}

/// Months that task usage goes back.
const USAGE_MONTHS: u32 = 13;

impl Partners {
    /// Partners in this store.
    pub fn new(store: Store, settings: Settings, clock: SharedClock) -> Self {
        Self {
            store,
            settings,
            clock,
        }
    }

    /// General settings, for whoever shows the partner's brand.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn brand(&self, actor: &PartnerActor) -> Result<GeneralSettings, StoreError> {
        self.settings.general(actor.scope).await
    }

    /// Details.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn details(&self, actor: &PartnerActor) -> Result<PartnerDetails, StoreError> {
        let unit = self.store.read(&actor.scope).await?;
        let today = self.clock.now().date_naive();
        let month = first_of_month(today);
        let template_account = unit.accounts().template_account().await?;
        Ok(PartnerDetails {
            partner: unit.partner().await?,
            template_account: template_account
                .ok_or(StoreError::Corrupt {
                    what: "the template account",
                })?
                .key,
            public_origin: self.settings.public_origin().to_owned(),
            tasks_used: unit.tasks_between(None, month, next_month(month)).await?,
            connectors_in_use: unit.connectors_in_use().await?,
        })
    }

    /// Changes name and contact.
    ///
    /// # Errors
    /// [`SettingsError::Invalid`] when a value breaks a rule; nothing is changed then.
    pub async fn change(
        &self,
        actor: &PartnerActor,
        change: PartnerChange,
    ) -> Result<PartnerDetails, SettingsError> {
        self.settings
            .change(actor, "partner.changed", |partner| apply(change, partner))
            .await?;
        Ok(self.details(actor).await?)
    }

    /// Tasks and incidents by account and month, the last 13 months.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn usage(
        &self,
        actor: &PartnerActor,
        account: Option<&str>,
        request: &PageRequest,
    ) -> Result<Page<MonthlyUsage>, StoreError> {
        let unit = self.store.read(&actor.scope).await?;
        let account = match account {
            None => None,
            Some(key) => match unit.accounts().find(key).await? {
                Some(account) => Some(account.id),
                None => {
                    return Ok(Page {
                        items: Vec::new(),
                        total: 0,
                        size: request.size(),
                    });
                }
            },
        };
        let month = first_of_month(self.clock.now().date_naive());
        let from = month
            .checked_sub_months(Months::new(USAGE_MONTHS - 1))
            .unwrap_or(month);
        let all = unit.usage_since(account, from).await?;
        Ok(Page::cut(all, request))
    }

    /// A page of the audit log; an unknown account has no entries.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn audit_log(
        &self,
        actor: &PartnerActor,
        mut filter: AuditFilter,
        account: Option<&str>,
        request: &PageRequest,
    ) -> Result<Page<AuditEntry>, StoreError> {
        let unit = self.store.read(&actor.scope).await?;
        if let Some(key) = account {
            match unit.accounts().find(key).await? {
                Some(account) => filter.account = Some(account.id),
                None => {
                    return Ok(Page {
                        items: Vec::new(),
                        total: 0,
                        size: request.size(),
                    });
                }
            }
        }
        unit.audit_log(&filter, request).await
    }
}

fn apply(change: PartnerChange, partner: &mut Partner) -> Result<(), Invalid> {
    if let Some(name) = change.name {
        partner.name = required_text("Name", &name, 255)?;
    }
    if let Some(share) = change.share_details_with_group {
        partner.share_details_with_group = share;
    }
    if let Some(name) = change.contact_name {
        bounded_option("ContactName", name.as_deref(), 255)?;
        partner.contact_name = name;
    }
    if let Some(address) = change.contact_email {
        let address = address.filter(|address| !address.trim().is_empty());
        partner.contact_email = address
            .map(|address| email("ContactEmail", &address))
            .transpose()?;
    }
    Ok(())
}

fn first_of_month(day: NaiveDate) -> NaiveDate {
    day.with_day(1).unwrap_or(day)
}

fn next_month(day: NaiveDate) -> NaiveDate {
    day.checked_add_months(Months::new(1)).unwrap_or(day)
}

/// One usage period: from a month before the next bill to the next bill. A bill date in the past moves
/// on by whole months, so that the period always contains today.
pub(crate) fn usage_period(
    next_bill: DateTime<Utc>,
    now: DateTime<Utc>,
) -> (DateTime<Utc>, DateTime<Utc>) {
    // Counted from the stored date, so that the 31st comes back after a short month.
    let months_on = |months: u32| {
        next_bill
            .checked_add_months(Months::new(months))
            .unwrap_or(next_bill)
    };
    let mut ahead = 0;
    while months_on(ahead) <= now && ahead < 12_000 {
        ahead += 1;
    }
    let end = months_on(ahead);
    let start = match ahead {
        0 => end.checked_sub_months(Months::new(1)).unwrap_or(end),
        _ => months_on(ahead - 1),
    };
    (start, end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usage_period_always_contains_today() {
        let time = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        for (bill, now, start, end) in [
            (
                "2026-04-04T00:00:00Z",
                "2026-03-20T12:00:00Z",
                "2026-03-04T00:00:00Z",
                "2026-04-04T00:00:00Z",
            ),
            (
                "2026-01-31T00:00:00Z",
                "2026-03-20T12:00:00Z",
                "2026-02-28T00:00:00Z",
                "2026-03-31T00:00:00Z",
            ),
            (
                "2026-03-20T12:00:00Z",
                "2026-03-20T12:00:00Z",
                "2026-03-20T12:00:00Z",
                "2026-04-20T12:00:00Z",
            ),
        ] {
            assert_eq!(
                usage_period(time(bill), time(now)),
                (time(start), time(end))
            );
        }
    }
}
