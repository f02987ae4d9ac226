//! Partners and their settings.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::PartnerId;

/// A software vendor: the tenant of the installation.
#[derive(Clone, Debug, PartialEq)]
pub struct Partner {
    /// Id.
    pub id: PartnerId,
    /// Name.
    pub name: String,
    /// Whom to ask.
    pub contact_name: Option<String>,
    /// Where to ask.
    pub contact_email: Option<String>,
    /// Other partners of the group see the contact.
    pub share_details_with_group: bool,
    /// General settings.
    pub general: GeneralSettings,
    /// Security settings.
    pub security: SecuritySettings,
    /// Appearance.
    pub appearance: AppearanceSettings,
    /// How long data is kept.
    pub retention: RetentionSettings,
    /// The table of servers; `None` means one row made from the public URL.
    pub regions: Option<Vec<Region>>,
    /// Client id of the deprecated password grant, and since when.
    pub password_client: (String, DateTime<Utc>),
}

/// A server and the addresses it calls from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Region {
    /// Where it stands.
    pub server: String,
    /// Host of its console.
    pub url: String,
    /// Addresses that outbound calls come from.
    pub ip_addresses: Vec<String>,
    /// This installation.
    pub is_this_installation: bool,
}

/// What help links do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum HelpLinkType {
    /// Links to the guides.
    #[default]
    Show,
    /// No links.
    Hide,
    /// Links to a page of the partner.
    Custom,
}

/// General settings of a partner (openapi: GeneralSettings).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[expect(
    missing_docs,
    reason = "the names and meanings are those of the wire type, which documents them"
)]
pub struct GeneralSettings {
    pub application_display_name: String,
    pub application_icon: Option<String>,
    pub sign_in_logo: Option<String>,
    pub fav_icon: Option<String>,
    pub application_user_agent: String,
    pub cycle_noun: String,
    pub cycle_create_verb: String,
    pub show_beta_connectors: bool,
    pub custom_connectors_enabled: bool,
    pub cycle_sharing_enabled: bool,
    pub notification_webhook_enabled: bool,
    pub notification_webhook_url: Option<String>,
    pub error_webhook_enabled: bool,
    pub error_webhook_url: Option<String>,
    pub error_webhook_include_warnings: bool,
    pub user_login_page_enabled: bool,
    pub cycle_form_view_enabled: bool,
    pub iframe_embedding_enabled: bool,
    pub host_source_whitelist: Vec<String>,
    pub inline_oauth_enabled: bool,
    pub external_authentication_enabled: bool,
    pub help_link_type: HelpLinkType,
    pub help_link_url: Option<String>,
    pub account_concurrent_transaction_limit: i32,
    pub synchronous_webhook_timeout_seconds: i32,
}

impl Default for GeneralSettings {
    fn default() -> Self {
        Self {
            application_display_name: "Velodrome".into(),
            application_icon: None,
            sign_in_logo: None,
            fav_icon: None,
            application_user_agent: "Velodrome".into(),
            cycle_noun: "Cycle".into(),
            cycle_create_verb: "Create".into(),
            show_beta_connectors: false,
            custom_connectors_enabled: true,
            cycle_sharing_enabled: false,
            notification_webhook_enabled: false,
            notification_webhook_url: None,
            error_webhook_enabled: false,
            error_webhook_url: None,
            error_webhook_include_warnings: false,
            user_login_page_enabled: true,
            cycle_form_view_enabled: false,
            iframe_embedding_enabled: false,
            host_source_whitelist: Vec::new(),
            inline_oauth_enabled: false,
            external_authentication_enabled: false,
            help_link_type: HelpLinkType::Show,
            help_link_url: None,
            account_concurrent_transaction_limit: 20,
            synchronous_webhook_timeout_seconds: 60,
        }
    }
}

/// Security settings of a partner (openapi: SecuritySettings).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SecuritySettings {
    /// Accept the password grant.
    pub password_grant_enabled: bool,
    /// Allow the authenticated proxy to account-restricted tokens (api.md §12).
    pub proxy_enabled: bool,
    /// Return null in place of AuthValue and of sensitive properties.
    pub mask_auth_values: bool,
    /// Lifetime of new tokens, seconds.
    pub access_token_lifetime_seconds: i64,
    /// Lifetime of a browser session, minutes.
    pub session_lifetime_minutes: i64,
    /// Console administrators need a second factor.
    pub require_mfa: bool,
    /// Characters of an administrator password.
    pub minimum_password_length: i32,
}

impl Default for SecuritySettings {
    fn default() -> Self {
        Self {
            password_grant_enabled: true,
            proxy_enabled: false,
            mask_auth_values: false,
            access_token_lifetime_seconds: 1_209_600,
            session_lifetime_minutes: 480,
            require_mfa: false,
            minimum_password_length: 10,
        }
    }
}

/// Appearance of a partner's pages (openapi: AppearanceSettings).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AppearanceSettings {
    /// LESS variables.
    pub less_variables: Option<String>,
    /// CSS.
    pub custom_css: Option<String>,
    /// HTML of the header.
    pub header_html: Option<String>,
    /// HTML of the footer.
    pub footer_html: Option<String>,
    /// HTML and JavaScript of the final page of LAUNCH.
    pub launch_complete_html: Option<String>,
    /// HTML for failed authentication; `{{error}}` and `{{error_description}}` are filled in.
    pub callback_error_html: Option<String>,
}

/// Unit of a retention period.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum RetentionUnit {
    /// Hours.
    Hours,
    /// Days.
    Days,
    /// Weeks.
    Weeks,
}

impl RetentionUnit {
    /// Hours of one unit.
    pub fn hours(self) -> i32 {
        match self {
            Self::Hours => 1,
            Self::Days => 24,
            Self::Weeks => 168,
        }
    }
}

/// How long data of one kind of transactions is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RetentionPeriod {
    /// Keep it at all.
    pub enabled: bool,
    /// Number of units.
    pub value: i32,
    /// Unit.
    pub unit: RetentionUnit,
}

impl RetentionPeriod {
    /// The longest period: 31 days (api.md §10).
    pub const MAX_HOURS: i32 = 744;

    /// Hours that data is kept, 0 for not at all.
    pub fn hours(self) -> i32 {
        if !self.enabled {
            return 0;
        }
        self.value
            .saturating_mul(self.unit.hours())
            .min(Self::MAX_HOURS)
    }
}

/// How long a partner keeps data unless an account or cycle says otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RetentionSettings {
    /// Data of successful transactions.
    pub success: RetentionPeriod,
    /// Data of errored transactions.
    pub errored: RetentionPeriod,
}

impl Default for RetentionSettings {
    fn default() -> Self {
        let month = RetentionPeriod {
            enabled: true,
            value: 31,
            unit: RetentionUnit::Days,
        };
        Self {
            success: month,
            errored: month,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retention_is_at_most_31_days() {
        let period = |enabled, value, unit| {
            RetentionPeriod {
                enabled,
                value,
                unit,
            }
            .hours()
        };

        assert_eq!(period(true, 2, RetentionUnit::Weeks), 336);
        assert_eq!(period(true, 5, RetentionUnit::Weeks), 744);
        assert_eq!(period(true, i32::MAX, RetentionUnit::Weeks), 744);
        assert_eq!(period(false, 2, RetentionUnit::Weeks), 0);
    }

    #[test]
    fn settings_stored_by_an_older_release_get_the_new_defaults() {
        let read: GeneralSettings = serde_json::from_str(r#"{"cycle_noun":"Flow"}"#).unwrap();

        assert_eq!(
            read,
            GeneralSettings {
                cycle_noun: "Flow".into(),
                ..GeneralSettings::default()
            }
        );
    }
}
