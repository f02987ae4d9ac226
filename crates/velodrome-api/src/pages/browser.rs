//! The cookie that ties an authorisation to the browser that began it (connectors.md §9.3).

use http::{HeaderMap, HeaderValue};
use velodrome_model::{ExposeSecret, SecretString};
use velodrome_service::authentication::Authentications;

use crate::{Site, cookies};

/// Name of the cookie.
const COOKIE: &str = "velodrome_browser";
/// An hour: longer than any authorisation may take.
const MAX_AGE: u32 = 3600;

/// The browser's secret, if it has one.
pub(super) fn known(headers: &HeaderMap) -> Option<SecretString> {
    cookies::cookie(headers, COOKIE)
}

/// The browser's secret; a new one when it has none.
pub(super) fn known_or_new(headers: &HeaderMap) -> SecretString {
    known(headers).unwrap_or_else(Authentications::new_browser_secret)
}

/// Keeps the secret in the browser: not for scripts, not from foreign pages.
pub(super) fn cookie(secret: &SecretString, site: &Site) -> Option<HeaderValue> {
    let secure = if site.is_https() { "; Secure" } else { "" };
    let text = format!(
        "{COOKIE}={}; Path=/; Max-Age={MAX_AGE}; HttpOnly; SameSite=Lax{secure}",
        secret.expose_secret()
    );
    let mut value = HeaderValue::from_str(&text).ok()?;
    value.set_sensitive(true);
    Some(value)
}
