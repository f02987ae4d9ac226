//! Values that break a rule, and the rules that several areas share.

use std::fmt::Display;

use url::Url;

/// A value that breaks a rule. The text names the property and is for the caller.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Invalid {
    /// Stable, dotted: `account.name_required`.
    pub code: &'static str,
    /// One sentence.
    pub message: String,
}

impl Invalid {
    /// A broken rule.
    pub fn new(code: &'static str, message: impl Display) -> Self {
        Self {
            code,
            message: message.to_string(),
        }
    }
}

/// A text that must be there, at most so many characters. Blanks around it go.
///
/// # Errors
/// When there is none, or too much of it.
pub fn required_text(property: &'static str, text: &str, most: usize) -> Result<String, Invalid> {
    let text = text.trim();
    if text.is_empty() {
        return Err(Invalid::new(
            "request.value_required",
            format_args!("{property} is required."),
        ));
    }
    bounded_text(property, text, most)?;
    Ok(text.to_owned())
}

/// A text of at most so many characters.
///
/// # Errors
/// When it is longer.
pub fn bounded_text(property: &'static str, text: &str, most: usize) -> Result<(), Invalid> {
    if text.chars().count() <= most {
        return Ok(());
    }
    Err(Invalid::new(
        "request.value_too_long",
        format_args!("{property} must have at most {most} characters."),
    ))
}

/// The same for a text that may be missing.
///
/// # Errors
/// When it is longer.
pub fn bounded_option(
    property: &'static str,
    text: Option<&str>,
    most: usize,
) -> Result<(), Invalid> {
    text.map_or(Ok(()), |text| bounded_text(property, text, most))
}

/// A whole number between two others.
///
/// # Errors
/// When it is outside.
pub fn within(property: &'static str, number: i64, least: i64, most: i64) -> Result<(), Invalid> {
    if (least..=most).contains(&number) {
        return Ok(());
    }
    Err(Invalid::new(
        "request.value_out_of_range",
        format_args!("{property} must be between {least} and {most}."),
    ))
}

/// The most characters of a URL.
const URL_CHARS: usize = 2048;

/// An address for webhooks: `https://` is put in front when the scheme is missing; the rest stays as written.
///
/// # Errors
/// When the completed text is no http or https URL, blanks included.
pub fn completed_url(text: &str) -> Result<String, Invalid> {
    let text = text.trim();
    let completed = if text.contains("://") {
        text.to_owned()
    } else {
        format!("https://{text}")
    };
    let plain = completed.chars().count() <= URL_CHARS
        && !completed
            .chars()
            .any(|c| c.is_whitespace() || c.is_control());
    let parsed = Url::parse(&completed)
        .ok()
        .filter(|url| matches!(url.scheme(), "http" | "https") && url.host().is_some());
    if plain && parsed.is_some() {
        return Ok(completed);
    }
    // Repeated as it is judged (api.md §6), but not a whole book of it.
    let shown: String = completed.chars().take(URL_CHARS).collect();
    Err(Invalid::new(
        "request.url_invalid",
        format_args!("The URL {shown} is not valid."),
    ))
}

/// An e-mail address, loosely: something, one `@`, a host; no blanks. Mail decides the rest.
///
/// # Errors
/// When it can't be one.
pub fn email(property: &'static str, text: &str) -> Result<String, Invalid> {
    let text = text.trim();
    let plausible = text.chars().count() <= 254
        && !text.chars().any(|c| c.is_whitespace() || c.is_control())
        && text.split_once('@').is_some_and(|(name, host)| {
            !name.is_empty() && !host.is_empty() && !host.contains('@')
        });
    match plausible {
        true => Ok(text.to_owned()),
        false => Err(Invalid::new(
            "request.email_invalid",
            format_args!("{property} must be an e-mail address."),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_completed_and_blanks_refused() {
        assert_eq!(
            completed_url("ops.example.com/hooks").unwrap(),
            "https://ops.example.com/hooks"
        );
        assert_eq!(
            completed_url("http://127.0.0.1:9/x?y=%20").unwrap(),
            "http://127.0.0.1:9/x?y=%20"
        );
        assert_eq!(
            completed_url("not valid").unwrap_err().message,
            "The URL https://not valid is not valid."
        );
        assert_eq!(
            completed_url("ftp://example.com").unwrap_err().message,
            "The URL ftp://example.com is not valid."
        );
        assert!(completed_url("javascript:alert(1)").is_err());
        assert!(completed_url("").is_err());
    }

    #[test]
    fn email_addresses_need_a_name_and_a_host() {
        assert_eq!(
            email("Email", " ada@example.com ").unwrap(),
            "ada@example.com"
        );
        assert!(email("Email", "admin@localhost").is_ok());
        for bad in ["ada", "@example.com", "ada@", "a b@example.com", "a@b@c"] {
            assert!(email("Email", bad).is_err(), "{bad}");
        }
    }
}
