//! Session cookies: of the console, and of people in accounts.

use chrono::{DateTime, Utc};
use http::{HeaderMap, HeaderValue, header};
use velodrome_model::{ExposeSecret, SecretString};

/// Name of the console's session cookie. Users of accounts have [`ACCOUNT_COOKIE`].
pub const CONSOLE_COOKIE: &str = "velodrome_console";

/// Name of the session cookie of people in accounts.
pub const ACCOUNT_COOKIE: &str = "velodrome_session";

/// The console session of a request's cookies.
pub(crate) fn console_session(headers: &HeaderMap) -> Option<SecretString> {
    cookie(headers, CONSOLE_COOKIE)
}

/// The value of a cookie.
pub(crate) fn cookie(headers: &HeaderMap, name: &str) -> Option<SecretString> {
    let values = headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok());
    let mut pairs = values
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='));
    let value = pairs.find(|(key, _)| *key == name)?.1;
    (!value.is_empty()).then(|| SecretString::from(value))
}

/// Sets the console session: not for scripts, not from foreign pages, and over https only where the
/// installation is reached so.
pub(crate) fn set_console_session(
    value: &SecretString,
    expires_at: DateTime<Utc>,
    now: DateTime<Utc>,
    https: bool,
) -> Option<HeaderValue> {
    let seconds = (expires_at - now).num_seconds().max(0);
    let secure = if https { "; Secure" } else { "" };
    let text = format!(
        "{CONSOLE_COOKIE}={}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}",
        value.expose_secret()
    );
    let mut header = HeaderValue::from_str(&text).ok()?;
    header.set_sensitive(true);
    Some(header)
}

/// Removes the console session from the browser.
pub(crate) fn clear_console_session(https: bool) -> HeaderValue {
    if https {
        HeaderValue::from_static(
            "velodrome_console=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax; Secure",
        )
    } else {
        HeaderValue::from_static("velodrome_console=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax")
    }
}

/// The account session of a request's cookies.
pub(crate) fn account_session(headers: &HeaderMap) -> Option<SecretString> {
    cookie(headers, ACCOUNT_COOKIE)
}

/// Sets the account session, until the browser closes or the session has not been used for its lifetime.
pub(crate) fn set_account_session(
    value: &SecretString,
    https: bool,
    framed: bool,
) -> Option<HeaderValue> {
    let rules = account_rules(https, framed);
    let text = format!("{ACCOUNT_COOKIE}={}; {rules}", value.expose_secret());
    let mut header = HeaderValue::from_str(&text).ok()?;
    header.set_sensitive(true);
    Some(header)
}

/// Removes the account session from the browser.
pub(crate) fn clear_account_session(https: bool, framed: bool) -> Option<HeaderValue> {
    let rules = account_rules(https, framed);
    HeaderValue::from_str(&format!("{ACCOUNT_COOKIE}=; Max-Age=0; {rules}")).ok()
}

/// In a frame of another site only `SameSite=None` reaches us, which browsers take over https alone
/// (embedding.md §7).
fn account_rules(https: bool, framed: bool) -> &'static str {
    match (https, framed) {
        (true, true) => "Path=/; HttpOnly; SameSite=None; Secure; Partitioned",
        (true, false) => "Path=/; HttpOnly; SameSite=Lax; Secure",
        (false, _) => "Path=/; HttpOnly; SameSite=Lax",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_session_is_found_among_other_cookies() {
        let mut headers = HeaderMap::new();
        headers.append(
            header::COOKIE,
            "a=b; velodrome_console=cn_x; c=d".parse().unwrap(),
        );

        assert_eq!(console_session(&headers).unwrap().expose_secret(), "cn_x");
        assert!(cookie(&headers, "velodrome_consol").is_none());
    }

    #[test]
    fn the_cookie_is_kept_from_scripts_and_foreign_pages() {
        let now = DateTime::UNIX_EPOCH;
        let header = set_console_session(
            &"cn_x".into(),
            now + chrono::TimeDelta::minutes(5),
            now,
            true,
        )
        .unwrap();

        assert_eq!(
            header,
            "velodrome_console=cn_x; Path=/; Max-Age=300; HttpOnly; SameSite=Lax; Secure"
        );
        assert!(header.is_sensitive());
    }

    #[test]
    fn an_account_session_reaches_frames_only_where_embedding_is_on_over_https() {
        for (https, framed, rules) in [
            (false, false, "Path=/; HttpOnly; SameSite=Lax"),
            (false, true, "Path=/; HttpOnly; SameSite=Lax"),
            (true, false, "Path=/; HttpOnly; SameSite=Lax; Secure"),
            (
                true,
                true,
                "Path=/; HttpOnly; SameSite=None; Secure; Partitioned",
            ),
        ] {
            let set = set_account_session(&"us_x".into(), https, framed).unwrap();
            assert_eq!(set, format!("velodrome_session=us_x; {rules}"));
            assert!(set.is_sensitive());
        }
    }
}
