//! What settings may be.

use std::net::IpAddr;

use url::{Origin, Url};
use velodrome_model::{
    AppearanceSettings, GeneralSettings, Region, RetentionPeriod, RetentionSettings, RetentionUnit,
    SecuritySettings,
};

use crate::{
    Invalid,
    access::parse_net,
    invalid::{bounded_option, bounded_text, completed_url, required_text, within},
};

/// Characters of an icon as a `data:` URI: a picture of 384 KiB.
const ICON_CHARS: usize = 512 * 1024;
/// Characters of CSS or HTML.
const MARKUP_CHARS: usize = 256 * 1024;

pub(super) fn check_general(settings: &mut GeneralSettings) -> Result<(), Invalid> {
    settings.application_display_name = required_text(
        "ApplicationDisplayName",
        &settings.application_display_name,
        100,
    )?;
    settings.cycle_noun = required_text("CycleNoun", &settings.cycle_noun, 50)?;
    settings.cycle_create_verb = required_text("CycleCreateVerb", &settings.cycle_create_verb, 50)?;
    for (property, icon) in [
        ("ApplicationIcon", &mut settings.application_icon),
        ("SignInLogo", &mut settings.sign_in_logo),
        ("FavIcon", &mut settings.fav_icon),
    ] {
        check_icon(property, icon)?;
    }
    settings.application_user_agent = required_text(
        "ApplicationUserAgent",
        &settings.application_user_agent,
        256,
    )?;
    if !settings
        .application_user_agent
        .bytes()
        .all(|byte| (0x20..=0x7e).contains(&byte))
    {
        let text = "ApplicationUserAgent must have printable ASCII characters only.";
        return Err(Invalid::new("settings.user_agent_invalid", text));
    }
    complete(
        "NotificationWebhookUrl",
        &mut settings.notification_webhook_url,
    )?;
    if settings.notification_webhook_enabled && settings.notification_webhook_url.is_none() {
        let text = "Notification Webhook enabled: Notification Webhook URL must be defined";
        return Err(Invalid::new(
            "settings.notification_webhook_url_required",
            text,
        ));
    }
    complete(
        "TransactionErrorWebhookUrl",
        &mut settings.error_webhook_url,
    )?;
    check_error_webhook(
        settings.error_webhook_enabled,
        settings.error_webhook_url.as_deref(),
    )?;
    complete("HelpLinkUrl", &mut settings.help_link_url)?;
    check_origins(&mut settings.host_source_whitelist)?;
    within(
        "AccountConcurrentTransactionLimit",
        settings.account_concurrent_transaction_limit.into(),
        1,
        10_000,
    )?;
    within(
        "SynchronousWebhookTimeoutSeconds",
        settings.synchronous_webhook_timeout_seconds.into(),
        1,
        300,
    )
}

/// An enabled error webhook needs an address (api.md §6 fixes the sentence).
pub(crate) fn check_error_webhook(enabled: bool, url: Option<&str>) -> Result<(), Invalid> {
    if !enabled || url.is_some_and(|url| !url.trim().is_empty()) {
        return Ok(());
    }
    let text = "Transaction Error Webhook enabled: Transaction Error Webhook URL must be defined";
    Err(Invalid::new("error_webhook.url_required", text))
}

fn complete(property: &'static str, url: &mut Option<String>) -> Result<(), Invalid> {
    match url.as_deref().map(str::trim) {
        None | Some("") => *url = None,
        Some(text) => {
            bounded_text(property, text, 2048)?;
            *url = Some(completed_url(text)?);
        }
    }
    Ok(())
}

fn check_icon(property: &'static str, icon: &mut Option<String>) -> Result<(), Invalid> {
    let Some(uri) = icon.as_deref().map(str::trim) else {
        return Ok(());
    };
    if uri.is_empty() {
        *icon = None;
        return Ok(());
    }
    bounded_text(property, uri, ICON_CHARS)?;
    let kinds = [
        "png",
        "jpeg",
        "gif",
        "webp",
        "svg+xml",
        "x-icon",
        "vnd.microsoft.icon",
    ];
    let is_picture = uri.split_once(";base64,").is_some_and(|(head, data)| {
        let kind = head.strip_prefix("data:image/");
        kind.is_some_and(|kind| kinds.contains(&kind))
            && data
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"+/=".contains(&b))
    });
    match is_picture {
        true => Ok(()),
        false => Err(Invalid::new(
            "settings.icon_invalid",
            format_args!("{property} must be a data: URI of a picture in base64."),
        )),
    }
}

/// Origins for `frame-ancestors`: scheme, host and port, nothing else, so that none can break out of the header.
fn check_origins(origins: &mut Vec<String>) -> Result<(), Invalid> {
    if origins.len() > 100 {
        return Err(Invalid::new(
            "settings.too_many_origins",
            "HostSourceWhitelist must have at most 100 entries.",
        ));
    }
    for origin in origins.iter_mut() {
        let text = origin.trim();
        let completed = if text.contains("://") {
            text.to_owned()
        } else {
            format!("https://{text}")
        };
        let parsed = Url::parse(&completed).ok().map(|url| url.origin());
        match parsed {
            Some(found @ Origin::Tuple(..)) if completed.starts_with("http") => {
                *origin = found.ascii_serialization()
            }
            _ => {
                let shown: String = text.chars().take(100).collect();
                let text =
                    format_args!("HostSourceWhitelist has an entry that is not an origin: {shown}")
                        .to_string();
                return Err(Invalid::new("settings.origin_invalid", text));
            }
        }
    }
    origins.dedup();
    Ok(())
}

pub(super) fn check_security(settings: &SecuritySettings) -> Result<(), Invalid> {
    within(
        "AccessTokenLifetimeSeconds",
        settings.access_token_lifetime_seconds,
        300,
        1_209_600,
    )?;
    within(
        "SessionLifetimeMinutes",
        settings.session_lifetime_minutes,
        5,
        43_200,
    )?;
    within(
        "MinimumPasswordLength",
        settings.minimum_password_length.into(),
        10,
        128,
    )
}

pub(super) fn check_appearance(settings: &AppearanceSettings) -> Result<(), Invalid> {
    for (property, text) in [
        ("ApplicationLessVariables", &settings.less_variables),
        ("ApplicationCustomCss", &settings.custom_css),
        ("HeaderHtml", &settings.header_html),
        ("FooterHtml", &settings.footer_html),
        ("LaunchCompleteHtml", &settings.launch_complete_html),
        ("ConnectorCallbackErrorHtml", &settings.callback_error_html),
    ] {
        bounded_option(property, text.as_deref(), MARKUP_CHARS)?;
    }
    Ok(())
}

pub(super) fn check_retention(settings: &mut RetentionSettings) -> Result<(), Invalid> {
    check_period("SuccessRetentionValue", &mut settings.success)?;
    check_period("ErroredRetentionValue", &mut settings.errored)
}

fn check_period(property: &'static str, period: &mut RetentionPeriod) -> Result<(), Invalid> {
    check_not_negative(property, period.value)?;
    within(property, period.value.into(), 1, i32::MAX.into())?;
    if period.value.saturating_mul(period.unit.hours()) > RetentionPeriod::MAX_HOURS {
        // No number of weeks makes 31 days, so weeks are stored as days.
        *period = match period.unit {
            RetentionUnit::Hours => RetentionPeriod {
                value: RetentionPeriod::MAX_HOURS,
                ..*period
            },
            RetentionUnit::Days | RetentionUnit::Weeks => RetentionPeriod {
                value: 31,
                unit: RetentionUnit::Days,
                ..*period
            },
        };
    }
    Ok(())
}

/// api.md §6 fixes the sentence.
pub(crate) fn check_not_negative(property: &'static str, value: i32) -> Result<(), Invalid> {
    match value {
        0.. => Ok(()),
        negative => Err(Invalid::new(
            "retention.negative",
            format_args!("{property} ({negative}): may not be negative"),
        )),
    }
}

pub(super) fn check_regions(regions: Vec<Region>) -> Result<Vec<Region>, Invalid> {
    if regions.len() > 100 {
        return Err(Invalid::new(
            "regions.too_many",
            "There can be at most 100 servers.",
        ));
    }
    regions.into_iter().map(check_region).collect()
}

fn check_region(region: Region) -> Result<Region, Invalid> {
    if region.ip_addresses.len() > 1_000 {
        return Err(Invalid::new(
            "regions.too_many_addresses",
            "IpAddresses must have at most 1000 entries.",
        ));
    }
    for address in &region.ip_addresses {
        if address.trim().parse::<IpAddr>().is_err() && parse_net(address).is_none() {
            let shown: String = address.chars().take(64).collect();
            let text = format_args!(
                "IpAddresses has an entry that is neither an address nor a network: {shown}"
            )
            .to_string();
            return Err(Invalid::new("regions.address_invalid", text));
        }
    }
    Ok(Region {
        server: required_text("Server", &region.server, 200)?,
        url: required_text("Url", &region.url, 255)?,
        ip_addresses: region
            .ip_addresses
            .iter()
            .map(|address| address.trim().to_owned())
            .collect(),
        is_this_installation: region.is_this_installation,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn general_settings_are_completed_and_checked() {
        let mut settings = GeneralSettings {
            error_webhook_enabled: true,
            error_webhook_url: Some("ops.example.com/hooks".into()),
            host_source_whitelist: vec![
                "app.example.com".into(),
                "http://localhost:3000/path".into(),
            ],
            ..GeneralSettings::default()
        };

        check_general(&mut settings).unwrap();

        assert_eq!(
            settings.error_webhook_url.as_deref(),
            Some("https://ops.example.com/hooks")
        );
        assert_eq!(
            settings.host_source_whitelist,
            ["https://app.example.com", "http://localhost:3000"]
        );
        settings.error_webhook_url = Some(" ".into());
        assert_eq!(
            check_general(&mut settings).unwrap_err().message,
            "Transaction Error Webhook enabled: Transaction Error Webhook URL must be defined"
        );
    }

    #[test]
    fn a_user_agent_and_icons_can_not_carry_anything_else() {
        let broken = |change: fn(&mut GeneralSettings)| {
            let mut settings = GeneralSettings::default();
            change(&mut settings);
            check_general(&mut settings).is_err()
        };

        assert!(broken(|s| s.application_user_agent = "A\r\nX: y".into()));
        assert!(broken(
            |s| s.application_icon = Some("https://example.com/icon.png".into())
        ));
        assert!(broken(
            |s| s.application_icon = Some("data:text/html;base64,AAAA".into())
        ));
        assert!(broken(
            |s| s.host_source_whitelist = vec!["*; script-src *".into()]
        ));
        assert!(broken(|s| s.cycle_noun = "  ".into()));
        assert!(!broken(
            |s| s.application_icon = Some("data:image/png;base64,iVBORw0KGgo=".into())
        ));
    }

    #[test]
    fn retention_is_capped_at_31_days_and_never_negative() {
        let period = |value, unit| RetentionPeriod {
            enabled: true,
            value,
            unit,
        };
        let mut settings = RetentionSettings {
            success: period(6, RetentionUnit::Weeks),
            errored: period(900, RetentionUnit::Hours),
        };

        check_retention(&mut settings).unwrap();

        assert_eq!(settings.success, period(31, RetentionUnit::Days));
        assert_eq!(settings.errored, period(744, RetentionUnit::Hours));
        settings.success.value = -4;
        assert_eq!(
            check_retention(&mut settings).unwrap_err().message,
            "SuccessRetentionValue (-4): may not be negative"
        );
    }
}
