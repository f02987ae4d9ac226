//! API keys: which are taken in the sandbox.

use crate::credentials::{real_secret_kind, refusal};

/// Why a key is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum KeyError {
    /// None was sent.
    Missing,
    /// It looks real, or like nothing the sandbox hands out; holds a sentence.
    Refused(String),
}

/// Takes keys that begin with `sandbox`, and keys of the provider's own shape.
pub(crate) fn check(key: Option<&str>, has_shape: fn(&str) -> bool) -> Result<&str, KeyError> {
    let key = key.filter(|key| !key.is_empty()).ok_or(KeyError::Missing)?;
    if let Some(kind) = real_secret_kind(key) {
        return Err(KeyError::Refused(refusal(kind)));
    }
    if key.starts_with("sandbox") || has_shape(key) {
        return Ok(key);
    }
    Err(KeyError::Refused(
        "The key is not valid; in the sandbox, use one that begins with sandbox.".to_owned(),
    ))
}

/// So many hexadecimal digits.
pub(crate) fn is_hex(key: &str, length: usize) -> bool {
    key.len() == length && key.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_sandbox_keys_and_the_providers_shape_pass() {
        let shape = |key: &str| is_hex(key, 40);

        assert!(check(Some("sandbox-key"), shape).is_ok());
        assert!(check(Some(&"a1".repeat(20)), shape).is_ok());
        assert_eq!(check(None, shape), Err(KeyError::Missing));
        assert!(matches!(
            check(Some("other"), shape),
            Err(KeyError::Refused(_))
        ));
        assert!(
            matches!(check(Some("sk_live_x"), shape), Err(KeyError::Refused(text)) if text.contains("sandbox"))
        );
    }
}
