//! The OAuth 1.0a parts of a request: protocol parameters and the base string (RFC 5849 §3.4.1).

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use crate::call::{Call, Pairs};

/// Everything but the unreserved characters (RFC 5849 §3.6).
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// A signed request, taken apart.
pub(crate) struct SignedRequest {
    /// `oauth_…` parameters, wherever they were sent.
    pub(crate) oauth: Pairs,
    /// All parameters that the signature covers.
    covered: Vec<(String, String)>,
    base_uri: String,
    method: String,
}

impl SignedRequest {
    /// Reads the protocol parameters from the header, the form or the query, in exactly one of which
    /// they must be (RFC 5849 §3.5).
    pub(crate) fn read(call: &Call) -> Result<Self, String> {
        let header = match call.authorization("OAuth") {
            Some(value) => parse_header(value)?,
            None => Vec::new(),
        };
        let form = call.form();
        let is_oauth = |(name, _): &&(String, String)| name.starts_with("oauth_");
        let places = [&header, &form.0, &call.query.0]
            .into_iter()
            .filter(|pairs| {
                pairs
                    .iter()
                    .any(|pair| is_oauth(&pair) && pair.0 != "oauth_verifier")
            })
            .count();
        if places == 0 {
            return Err("the request carries no OAuth parameters".to_owned());
        }
        if places > 1 {
            return Err("the OAuth parameters are spread over several places".to_owned());
        }
        let oauth: Vec<(String, String)> = header
            .iter()
            .chain(&form.0)
            .chain(&call.query.0)
            .filter(is_oauth)
            .cloned()
            .collect();
        let oauth = Pairs(oauth);
        if let Some((name, _)) = oauth.0.iter().find(|(name, _)| oauth.repeats(name)) {
            return Err(format!("the parameter {name} was sent twice"));
        }
        let covered = header
            .into_iter()
            .filter(|(name, _)| name != "realm")
            .chain(form.0)
            .chain(call.query.0.iter().cloned())
            .filter(|(name, _)| name != "oauth_signature")
            .collect();
        Ok(Self {
            oauth,
            covered,
            base_uri: format!("{}{}", call.origin, call.path),
            method: call.method.as_str().to_ascii_uppercase(),
        })
    }

    /// A parameter that must be there.
    pub(crate) fn required(&self, name: &str) -> Result<&str, String> {
        self.oauth
            .filled(name)
            .ok_or_else(|| format!("the parameter {name} is missing"))
    }

    /// What is signed.
    pub(crate) fn base_string(&self) -> String {
        let mut pairs: Vec<(String, String)> = self
            .covered
            .iter()
            .map(|(name, value)| (encode(name), encode(value)))
            .collect();
        pairs.sort();
        let parameters: Vec<String> = pairs
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        format!(
            "{}&{}&{}",
            self.method,
            encode(&self.base_uri),
            encode(&parameters.join("&"))
        )
    }
}

pub(crate) fn encode(text: &str) -> String {
    utf8_percent_encode(text, RESERVED).to_string()
}

fn parse_header(value: &str) -> Result<Vec<(String, String)>, String> {
    value
        .split(',')
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .map(|part| {
            let quoted = part.split_once('=').and_then(|(name, value)| {
                Some((
                    name.trim(),
                    value.trim().strip_prefix('"')?.strip_suffix('"')?,
                ))
            });
            let (name, value) = quoted.ok_or_else(|| {
                format!("the OAuth header has a part that is not name=\"value\": {part}")
            })?;
            let decode = |text: &str| {
                percent_decode_str(text)
                    .decode_utf8()
                    .map(|text| text.into_owned())
            };
            match (decode(name), decode(value)) {
                (Ok(name), Ok(value)) => Ok((name, value)),
                _ => Err("the OAuth header is not UTF-8".to_owned()),
            }
        })
        .collect()
}
