//! Changes to an account, and what its values may be.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use velodrome_model::{Account, RetentionPeriod};

use crate::{
    Invalid,
    invalid::{bounded_option, completed_url, required_text, within},
    settings::{check_error_webhook, check_not_negative},
};

/// Values of a new account or changes to an old one: the outer `None` keeps, the inner one clears.
#[derive(Clone, Debug, Default)]
pub struct AccountChange {
    /// Display name.
    pub name: Option<String>,
    /// Free text.
    pub description: Option<Option<String>>,
    /// Free text for the partner.
    pub audit_info: Option<Option<String>>,
    /// Free text for the partner about tasks.
    pub task_audit_info: Option<Option<String>>,
    /// IANA time zone.
    pub timezone: Option<String>,
    /// Start of the next usage period.
    pub next_bill_at: Option<DateTime<Utc>>,
    /// Hours that data of successful transactions is kept.
    pub success_retention_hours: Option<Option<i32>>,
    /// Hours that data of errored transactions is kept.
    pub errored_retention_hours: Option<Option<i32>>,
    /// Send errors of this account to its own address.
    pub error_webhook_enabled: Option<Option<bool>>,
    /// That address.
    pub error_webhook_url: Option<Option<String>>,
    /// Send warnings too.
    pub error_webhook_warnings: Option<Option<bool>>,
    /// Transactions at the same time.
    pub concurrent_limit: Option<Option<i32>>,
}

impl AccountChange {
    /// Applies the change and judges the outcome. `limit` is the partner's concurrent limit.
    pub(super) fn apply(self, account: &mut Account, limit: i32) -> Result<(), Invalid> {
        if let Some(name) = self.name {
            account.name = name;
        }
        account.name = required_text("Name", &account.name, 255)?;
        for (property, most, change, stored) in [
            (
                "Description",
                4000,
                self.description,
                &mut account.description,
            ),
            ("AuditInfo", 4000, self.audit_info, &mut account.audit_info),
            (
                "TaskAuditInfo",
                4000,
                self.task_audit_info,
                &mut account.task_audit_info,
            ),
        ] {
            if let Some(text) = change {
                bounded_option(property, text.as_deref(), most)?;
                *stored = text;
            }
        }
        if let Some(zone) = self.timezone {
            account.timezone = known_zone(&zone)?;
        }
        if let Some(time) = self.next_bill_at {
            account.next_bill_at = time;
        }
        for (property, change, stored) in [
            (
                "StepDataSuccessRetentionHours",
                self.success_retention_hours,
                &mut account.success_retention_hours,
            ),
            (
                "StepDataErroredRetentionHours",
                self.errored_retention_hours,
                &mut account.errored_retention_hours,
            ),
        ] {
            if let Some(hours) = change {
                check_not_negative(property, hours.unwrap_or(0))?;
                *stored = hours.map(|hours| hours.min(RetentionPeriod::MAX_HOURS));
            }
        }
        if let Some(count) = self.concurrent_limit {
            if let Some(count) = count {
                within("ConcurrentTransactionLimit", count.into(), 1, limit.into())?;
            }
            account.concurrent_limit = count;
        }
        let webhook = &mut account.error_webhook;
        if let Some(enabled) = self.error_webhook_enabled {
            webhook.enabled = enabled;
        }
        if let Some(url) = self.error_webhook_url {
            let url = url.filter(|url| !url.trim().is_empty());
            webhook.url = url.map(|url| completed_url(&url)).transpose()?;
        }
        if let Some(warnings) = self.error_webhook_warnings {
            webhook.include_warnings = warnings;
        }
        check_error_webhook(webhook.enabled == Some(true), webhook.url.as_deref())
    }
}

/// The zone as IANA spells it.
fn known_zone(name: &str) -> Result<String, Invalid> {
    match Tz::from_str_insensitive(name.trim()) {
        Ok(zone) => Ok(zone.name().to_owned()),
        Err(_) => {
            let shown: String = name.chars().take(64).collect();
            let text =
                format_args!("Timezone must be the name of an IANA time zone; it is '{shown}'.")
                    .to_string();
            Err(Invalid::new("account.timezone_unknown", text))
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;
    use velodrome_model::{AccountErrorWebhook, AccountId};

    use super::*;

    fn account() -> Account {
        let id = AccountId(Uuid::nil());
        Account {
            id,
            key: id.into(),
            name: "Acme".into(),
            description: Some("old".into()),
            audit_info: None,
            task_audit_info: None,
            timezone: "UTC".into(),
            next_bill_at: DateTime::UNIX_EPOCH,
            success_retention_hours: Some(5),
            errored_retention_hours: None,
            error_webhook: AccountErrorWebhook::default(),
            concurrent_limit: None,
            parent: None,
            is_template_account: false,
            is_suspended: false,
            created_at: DateTime::UNIX_EPOCH,
        }
    }

    fn refused(change: AccountChange) -> String {
        change.apply(&mut account(), 20).unwrap_err().message
    }

    #[test]
    fn what_is_left_out_stays_and_null_clears() {
        let mut changed = account();

        AccountChange {
            description: Some(None),
            errored_retention_hours: Some(Some(9000)),
            ..AccountChange::default()
        }
        .apply(&mut changed, 20)
        .unwrap();

        assert_eq!(changed.description, None);
        assert_eq!(
            (
                changed.success_retention_hours,
                changed.errored_retention_hours
            ),
            (Some(5), Some(744))
        );
        assert_eq!(changed.name, "Acme");
    }

    #[test]
    fn refusals_use_the_published_sentences() {
        let change = AccountChange::default;
        assert_eq!(
            refused(AccountChange {
                name: Some(" ".into()),
                ..change()
            }),
            "Name is required."
        );
        assert_eq!(
            refused(AccountChange {
                success_retention_hours: Some(Some(-1)),
                ..change()
            }),
            "StepDataSuccessRetentionHours (-1): may not be negative"
        );
        assert_eq!(
            refused(AccountChange {
                error_webhook_enabled: Some(Some(true)),
                ..change()
            }),
            "Transaction Error Webhook enabled: Transaction Error Webhook URL must be defined"
        );
        assert_eq!(
            refused(AccountChange {
                error_webhook_url: Some(Some("a b".into())),
                ..change()
            }),
            "The URL https://a b is not valid."
        );
        assert!(
            refused(AccountChange {
                timezone: Some("Mars/Base".into()),
                ..change()
            })
            .contains("'Mars/Base'")
        );
        assert!(
            refused(AccountChange {
                concurrent_limit: Some(Some(21)),
                ..change()
            })
            .contains("between 1 and 20")
        );
        assert!(
            refused(AccountChange {
                name: Some("x".repeat(256)),
                ..change()
            })
            .contains("255")
        );
    }

    #[test]
    fn a_zone_is_stored_as_it_is_spelled() {
        let mut changed = account();

        AccountChange {
            timezone: Some("europe/lisbon".into()),
            ..AccountChange::default()
        }
        .apply(&mut changed, 20)
        .unwrap();

        assert_eq!(changed.timezone, "Europe/Lisbon");
    }
}
