//! Replacing secrets in text that is kept or shown (connectors.md §14).

use std::borrow::Cow;

use base64::{
    Engine,
    engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD},
};
use regex::Regex;
use serde_json::Value;

use crate::{ExposeSecret, SecretString};

/// What stands where a secret stood.
pub const REDACTED: &str = "REDACTED";

/// Shorter secrets are left alone: replacing every `1` would hide the text and protect nothing.
const LEAST_CHARS: usize = 6;

/// Headers whose whole value is secret, whatever it holds.
const SECRET_HEADERS: [&str; 6] = [
    "authorization",
    "proxy-authorization",
    "cookie",
    "set-cookie",
    "x-api-key",
    "x-shopify-access-token",
];

/// The secrets of one call in every form they may take. Made only when something has to be shown.
#[derive(Default)]
pub struct Redactor {
    /// Longest first, so that a secret inside another never leaves the rest of that one behind.
    needles: Vec<String>,
    /// Secrets with characters that encoders of URLs may or may not encode.
    encoded: Vec<Regex>,
}

impl Redactor {
    /// A redactor for these secrets, as they are, URL-encoded, in base64 and escaped in JSON.
    pub fn new<'a>(secrets: impl IntoIterator<Item = &'a SecretString>) -> Self {
        let mut needles = Vec::new();
        let mut encoded = Vec::new();
        for secret in secrets {
            let secret = secret.expose_secret();
            if secret.chars().count() < LEAST_CHARS {
                continue;
            }
            let json = Value::from(secret).to_string();
            needles.extend([
                secret.to_owned(),
                STANDARD_NO_PAD.encode(secret),
                URL_SAFE_NO_PAD.encode(secret),
                json[1..json.len() - 1].to_owned(),
            ]);
            if !secret.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
                encoded.extend(url_encoded(secret));
                // What a URL-encoder does to base64.
                encoded.extend(url_encoded(&STANDARD.encode(secret)));
            }
        }
        needles.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        needles.dedup();
        Self { needles, encoded }
    }

    /// The text without secrets.
    pub fn text<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let mut text = Cow::Borrowed(text);
        for needle in &self.needles {
            if text.contains(needle.as_str()) {
                text = text.replace(needle.as_str(), REDACTED).into();
            }
        }
        for pattern in &self.encoded {
            if pattern.is_match(&text) {
                text = pattern.replace_all(&text, REDACTED).into_owned().into();
            }
        }
        text
    }

    /// The value of a header without secrets; `sensitive` ones and those made for credentials are gone
    /// altogether.
    pub fn header<'t>(&self, name: &str, value: &'t str, sensitive: bool) -> Cow<'t, str> {
        if sensitive
            || SECRET_HEADERS
                .iter()
                .any(|secret| name.eq_ignore_ascii_case(secret))
        {
            return REDACTED.into();
        }
        self.text(value)
    }
}

/// Every spelling of a text in a URL: encoders disagree on which characters they encode.
///
/// None where the text is too long for a pattern; its plain forms are still replaced.
fn url_encoded(text: &str) -> Option<Regex> {
    let mut pattern = String::with_capacity(text.len() * 2);
    for char in text.chars() {
        if char.is_ascii_alphanumeric() {
            pattern.push(char);
            continue;
        }
        let mut bytes = [0; 4];
        let encoded: String = char
            .encode_utf8(&mut bytes)
            .bytes()
            .map(|byte| format!("%{byte:02x}"))
            .collect();
        let plus = if char == ' ' { r"|\+" } else { "" };
        let plain = regex::escape(char.encode_utf8(&mut [0; 4]));
        pattern.push_str(&format!("(?:{plain}|(?i:{encoded}){plus})"));
    }
    Regex::new(&pattern).ok()
}

impl std::fmt::Debug for Redactor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Redactor({} needles)", self.needles.len())
    }
}

#[cfg(test)]
mod tests {
    use percent_encoding::{NON_ALPHANUMERIC, percent_encode};
    use proptest::prelude::*;
    use url::form_urlencoded;

    use super::*;

    fn redactor(secrets: &[&str]) -> Redactor {
        let secrets: Vec<SecretString> = secrets.iter().map(|s| SecretString::from(*s)).collect();
        Redactor::new(&secrets)
    }

    #[test]
    fn a_secret_is_replaced_in_every_form() {
        let secret = "s3cret/+ \"=ä";
        let redactor = redactor(&[secret, "short"]);
        for text in [
            format!("a {secret} b"),
            format!(
                "?k={}&x",
                form_urlencoded::byte_serialize(secret.as_bytes()).collect::<String>()
            ),
            format!("/{}/", percent_encode(secret.as_bytes(), NON_ALPHANUMERIC)),
            format!("b={}", STANDARD.encode(secret)),
            Value::from(secret).to_string(),
        ] {
            let redacted = redactor.text(&text);
            assert!(
                redacted.contains(REDACTED) && !redacted.contains("s3cret"),
                "{text} -> {redacted}"
            );
        }
        assert_eq!(redactor.text("a short text"), "a short text");
    }

    #[test]
    fn the_longer_of_two_secrets_goes_first() {
        assert_eq!(
            redactor(&["abcdef", "abcdefghi"]).text("x abcdefghi y"),
            "x REDACTED y"
        );
    }

    #[test]
    fn headers_made_for_credentials_lose_their_value() {
        let redactor = redactor(&["abcdef"]);
        assert_eq!(
            redactor.header("Authorization", "Bearer x", false),
            REDACTED
        );
        assert_eq!(redactor.header("X-Token", "x", true), REDACTED);
        assert_eq!(redactor.header("X-Trace", "1-abcdef", false), "1-REDACTED");
    }

    proptest! {
        #[test]
        fn no_long_secret_survives(secret in "\\PC{6,30}", before in "\\PC{0,9}", after in "\\PC{0,9}") {
            prop_assume!(!REDACTED.contains(&secret));
            let text = format!("{before}{secret}{after}");
            let redacted = redactor(&[&secret]).text(&text).into_owned();
            // What is left can only come from around it, joined to the replacement.
            let around = format!("{before}{REDACTED}{after}");
            prop_assert!(!redacted.contains(&secret) || around.contains(&secret));
        }
    }
}
