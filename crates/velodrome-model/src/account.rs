//! Accounts: the customers of a partner.

use chrono::{DateTime, Utc};

use crate::{AccountId, AccountKey};

/// A customer of the partner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Internal id.
    pub id: AccountId,
    /// The id as the partner chose it.
    pub key: AccountKey,
    /// Display name.
    pub name: String,
    /// Free text.
    pub description: Option<String>,
    /// Free text for the partner.
    pub audit_info: Option<String>,
    /// Free text for the partner about tasks.
    pub task_audit_info: Option<String>,
    /// IANA time zone.
    pub timezone: String,
    /// Start of the next usage period.
    pub next_bill_at: DateTime<Utc>,
    /// Hours that data of successful transactions is kept; `None` means the partner's default.
    pub success_retention_hours: Option<i32>,
    /// Hours that data of errored transactions is kept; `None` means the partner's default.
    pub errored_retention_hours: Option<i32>,
    /// Where this account's errors go instead of the partner's address.
    pub error_webhook: AccountErrorWebhook,
    /// Transactions at the same time; `None` means the partner's limit.
    pub concurrent_limit: Option<i32>,
    /// The parent of a sub account, and its key.
    pub parent: Option<(AccountId, AccountKey)>,
    /// The built-in account that holds templates; not listed.
    pub is_template_account: bool,
    /// Nothing runs, nothing is lost.
    pub is_suspended: bool,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

/// Where an account's errors go; every value overrides the partner's.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccountErrorWebhook {
    /// Send errors.
    pub enabled: Option<bool>,
    /// Where to.
    pub url: Option<String>,
    /// Send warnings too.
    pub include_warnings: Option<bool>,
}

/// Tasks and incidents of one account in one month.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MonthlyUsage {
    /// The account.
    pub account: AccountKey,
    /// Its name.
    pub account_name: String,
    /// Year and month.
    pub month: (i32, u32),
    /// Tasks.
    pub tasks: i64,
    /// Incidents.
    pub incidents: i64,
}
