//! What comes from providers: reading a webhook's body, and whether it is theirs by the signature over it
//! (connectors.md §6, `verify`).

use base64::{
    Engine,
    alphabet::STANDARD,
    engine::{
        DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig,
        general_purpose::STANDARD as PADDED,
    },
};
use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use hmac::{Hmac, KeyInit, Mac};
use http::{HeaderMap, HeaderName};
use serde_json::{Map, Value, json};
use sha1::Sha1;
use sha2::{Sha256, Sha512};
use velodrome_model::{
    ExposeSecret, SecretString,
    definition::{BodyType, Method, WebhookVerify},
};

use crate::{
    auth::{SetupError, Values, merged},
    body::{BodyError, Decoded, decode},
};

/// Reads the body of a webhook: in the format that it says it is in, else in the method's. Nothing at all is
/// the parameters of its query, as some systems send it.
///
/// # Errors
/// When it is not in its format.
pub fn read_body(
    method: &Method,
    content_type: Option<&str>,
    body: Bytes,
    parameters: &Map<String, Value>,
) -> Result<Value, BodyError> {
    if body.trim_ascii().is_empty() {
        return Ok(parameters.clone().into());
    }
    let kind = method.request_type();
    let read = match kind {
        BodyType::PlainText | BodyType::SimpleFile => decode(kind, content_type, body)?,
        BodyType::File | BodyType::MultipartRelated => {
            decode(BodyType::Unknown, content_type, body)?
        }
        _ => match decode(BodyType::Unknown, content_type, body.clone())? {
            // It does not say what it is.
            Decoded::Text(_) | Decoded::Bytes(_) if kind != BodyType::Unknown => {
                decode(kind, content_type, body)?
            }
            read => read,
        },
    };
    Ok(match read {
        Decoded::Value(value) => value,
        Decoded::Text(text) => text.into(),
        Decoded::Bytes(content) => json!({
            "Name": null,
            "ContentType": content_type.unwrap_or("application/octet-stream"),
            "Content": PADDED.encode(&content),
        }),
    })
}

/// The parameters of a query, as scripts see them; equal names make lists.
pub fn read_query(query: Option<&str>) -> Map<String, Value> {
    let mut parameters = Map::new();
    for (name, value) in url::form_urlencoded::parse(query.unwrap_or_default().as_bytes()) {
        let value = Value::from(value.into_owned());
        match parameters.get_mut(name.as_ref()) {
            None => {
                parameters.insert(name.into_owned(), value);
            }
            Some(Value::Array(values)) => values.push(value),
            Some(first) => *first = Value::Array(vec![first.take(), value]),
        }
    }
    parameters
}

/// Seconds that a signed time may differ from ours where the definition does not say.
const TOLERANCE: u32 = 300;
/// Signatures that one request may carry, for providers that change their key.
const MAX_SIGNATURES: usize = 8;

/// The check of one webhook, with its secret.
#[derive(Clone, Debug)]
pub struct Verification {
    algorithm: Algorithm,
    header: HeaderName,
    secret: SecretString,
    encoding: Encoding,
    prefix: String,
    time: Option<(HeaderName, TimeDelta)>,
}

#[derive(Clone, Copy, Debug)]
enum Algorithm {
    Sha1,
    Sha256,
    Sha512,
}

#[derive(Clone, Copy, Debug)]
enum Encoding {
    Hex,
    Base64,
}

/// Why a check can't be made. Nothing is accepted then.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VerificationError {
    /// The secret can't be found.
    #[error("the webhook's secret is not set up: {0}")]
    Setup(#[from] SetupError),
    /// Anybody can sign with an empty key.
    #[error("the webhook's secret is blank; enter the one that the provider shows")]
    NoSecret,
    /// The definition's own fault.
    #[error("the definition checks webhooks with {0:?}, which is not known")]
    Unknown(String),
}

/// Why a webhook is not believed; its sender learns only that it is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Forged {
    /// No signature, or one that can't be read.
    #[error("the webhook carries no signature that can be read")]
    NoSignature,
    /// Another secret, or another body.
    #[error("the webhook's signature is not the provider's")]
    Mismatch,
    /// No time, or one that can't be read.
    #[error("the webhook carries no time that can be read")]
    NoTime,
    /// Sent again, or a clock that is wrong.
    #[error("the webhook's time differs too much from ours")]
    Late,
}

impl Verification {
    /// The check of a definition with the values of an account connector or partner.
    ///
    /// # Errors
    /// As [`VerificationError`] says.
    pub fn new(rules: &WebhookVerify, values: &Values<'_>) -> Result<Self, VerificationError> {
        let unknown = |text: &str| VerificationError::Unknown(text.to_owned());
        let header = |name: &str| HeaderName::try_from(name).map_err(|_| unknown(name));
        let algorithm = match rules.algorithm.as_str() {
            "HMAC-SHA1" => Algorithm::Sha1,
            "HMAC-SHA256" => Algorithm::Sha256,
            "HMAC-SHA512" => Algorithm::Sha512,
            other => return Err(unknown(other)),
        };
        let encoding = match rules.encoding.as_deref() {
            None | Some("hex") => Encoding::Hex,
            Some("base64") => Encoding::Base64,
            Some(other) => return Err(unknown(other)),
        };
        let secret = merged(&rules.secret, values)?;
        if secret.trim().is_empty() {
            return Err(VerificationError::NoSecret);
        }
        let tolerance = rules.tolerance_seconds.unwrap_or(TOLERANCE);
        let time = match &rules.timestamp_header {
            Some(name) => Some((header(name)?, TimeDelta::seconds(tolerance.into()))),
            None => None,
        };
        Ok(Self {
            algorithm,
            header: header(&rules.header)?,
            secret: secret.into(),
            encoding,
            prefix: rules.prefix.clone().unwrap_or_default(),
            time,
        })
    }

    /// Checks a request: the HMAC of its raw body, in constant time, and how far its time is from `now`.
    ///
    /// # Errors
    /// As [`Forged`] says; answered with 401.
    pub fn check(
        &self,
        headers: &HeaderMap,
        body: &[u8],
        now: DateTime<Utc>,
    ) -> Result<(), Forged> {
        let signatures: Vec<Vec<u8>> = headers
            .get_all(&self.header)
            .iter()
            .take(MAX_SIGNATURES)
            .filter_map(|value| self.decoded(std::str::from_utf8(value.as_bytes()).ok()?))
            .collect();
        if signatures.is_empty() {
            return Err(Forged::NoSignature);
        }
        // All of them are compared, whichever fits.
        let fits = signatures
            .iter()
            .fold(false, |fits, signature| fits | self.signs(body, signature));
        if !fits {
            return Err(Forged::Mismatch);
        }
        let Some((header, tolerance)) = &self.time else {
            return Ok(());
        };
        let sent = headers
            .get(header)
            .and_then(|value| instant(value.to_str().ok()?.trim()))
            .ok_or(Forged::NoTime)?;
        if (now - sent).abs() > *tolerance {
            return Err(Forged::Late);
        }
        Ok(())
    }

    /// The bytes of a signature as the header writes it.
    fn decoded(&self, text: &str) -> Option<Vec<u8>> {
        let text = text.trim().strip_prefix(self.prefix.as_str())?.trim();
        match self.encoding {
            Encoding::Hex => from_hex(text),
            Encoding::Base64 => BASE64.decode(text).ok(),
        }
    }

    fn signs(&self, body: &[u8], signature: &[u8]) -> bool {
        let key = self.secret.expose_secret().as_bytes();
        match self.algorithm {
            Algorithm::Sha1 => fits::<Hmac<Sha1>>(key, body, signature),
            Algorithm::Sha256 => fits::<Hmac<Sha256>>(key, body, signature),
            Algorithm::Sha512 => fits::<Hmac<Sha512>>(key, body, signature),
        }
    }
}

/// Some leave the padding out.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

fn fits<M: Mac + KeyInit>(key: &[u8], body: &[u8], signature: &[u8]) -> bool {
    let mut mac = <M as KeyInit>::new_from_slice(key).expect("HMAC takes keys of any length");
    mac.update(body);
    mac.verify_slice(signature).is_ok()
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16).map(|digit| digit as u8);
    if !text.len().is_multiple_of(2) || text.is_empty() {
        return None;
    }
    text.as_bytes()
        .chunks_exact(2)
        .map(|pair| Some(digit(pair[0])? << 4 | digit(pair[1])?))
        .collect()
}

/// Seconds or milliseconds since 1970, or a date of ISO 8601 or RFC 2822.
fn instant(text: &str) -> Option<DateTime<Utc>> {
    /// The year 5138 in seconds, 1973 in milliseconds.
    const SECONDS_END: i64 = 100_000_000_000;
    if let Ok(number) = text.parse::<i64>() {
        return if number.abs() < SECONDS_END {
            DateTime::from_timestamp(number, 0)
        } else {
            DateTime::from_timestamp_millis(number)
        };
    }
    let date = DateTime::parse_from_rfc3339(text).or_else(|_| DateTime::parse_from_rfc2822(text));
    Some(date.ok()?.to_utc())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::ValuesFn;
    use proptest::prelude::*;

    #[test]
    fn a_body_is_read_in_the_format_that_it_says() {
        let method: Method = serde_json::from_value(json!({
            "key": "hook", "name": "Hook", "category": "Hooks", "type": "Webhook",
        }))
        .unwrap();
        for (content_type, body, query, read) in [
            (
                Some("application/json"),
                "{\"a\":1}",
                None,
                Some(json!({"a": 1})),
            ),
            (None, " [1]", None, Some(json!([1]))),
            (Some("text/plain"), "{\"a\":1}", None, Some(json!({"a": 1}))),
            (
                Some("application/xml"),
                "<n><a>1</a></n>",
                None,
                Some(json!({"n": {"a": "1"}})),
            ),
            (
                Some("application/x-www-form-urlencoded; charset=utf-8"),
                "a[b]=1&c=x",
                None,
                Some(json!({"a": {"b": "1"}, "c": "x"})),
            ),
            (
                Some("application/json"),
                "",
                Some("a=1&b=2&b=3"),
                Some(json!({"a": "1", "b": ["2", "3"]})),
            ),
            (Some("application/json"), "{\"a\":", None, None),
            (None, "hello", None, None),
        ] {
            let parameters = read_query(query);
            let body = Bytes::from_static(body.as_bytes());
            let result = read_body(&method, content_type, body.clone(), &parameters);
            assert_eq!(result.ok(), read, "{content_type:?} {body:?}");
        }
    }

    fn now() -> DateTime<Utc> {
        "2030-01-01T00:00:00Z".parse().unwrap()
    }

    fn check_of(more: Value) -> Result<Verification, VerificationError> {
        let mut rules =
            json!({"algorithm": "HMAC-SHA256", "header": "X-Signature", "secret": "{{Secret}}"});
        rules
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        let values = ValuesFn(|name: &str| match name {
            "Secret" => Some("a secret of the desk".to_owned()),
            "Blank" => Some(" ".to_owned()),
            _ => None,
        });
        Verification::new(&serde_json::from_value(rules).unwrap(), &values)
    }

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(*name, value.parse().unwrap());
        }
        headers
    }

    /// As `openssl dgst -sha256 -hmac` signs the body below.
    const SIGNED: &str = "sha256=dbc8d94e357aa94669f2791ef69fe866c0244068df46ddf2cc766a7a7fe8f14e";

    #[test]
    fn a_known_signature_is_believed_and_anything_else_is_not() {
        let check = check_of(json!({"prefix": "sha256="})).unwrap();
        let upper = SIGNED.replace("dbc8d94e", "DBC8D94E");
        let other = SIGNED.replace("dbc8d94e", "dbc8d94f");
        for (pairs, body, wanted) in [
            (vec![("x-signature", SIGNED)], "a ticket was opened", Ok(())),
            (vec![("x-signature", &upper)], "a ticket was opened", Ok(())),
            (
                vec![("x-signature", &other), ("x-signature", SIGNED)],
                "a ticket was opened",
                Ok(()),
            ),
            (
                vec![("x-signature", SIGNED)],
                "a ticket was open",
                Err(Forged::Mismatch),
            ),
            (
                vec![("x-signature", &other)],
                "a ticket was opened",
                Err(Forged::Mismatch),
            ),
            (
                vec![("x-signature", "sha256=dbc8")],
                "a ticket was opened",
                Err(Forged::Mismatch),
            ),
            (
                vec![("x-signature", &SIGNED[7..])],
                "a ticket was opened",
                Err(Forged::NoSignature),
            ),
            (
                vec![("x-signature", "sha256=")],
                "a ticket was opened",
                Err(Forged::NoSignature),
            ),
            (vec![], "a ticket was opened", Err(Forged::NoSignature)),
        ] {
            let checked = check.check(&headers(&pairs), body.as_bytes(), now());
            assert_eq!(checked, wanted, "{pairs:?} {body}");
        }
    }

    #[test]
    fn a_time_that_is_too_far_away_is_not_believed() {
        let check = check_of(json!({
            "prefix": "sha256=", "timestampHeader": "X-Time", "toleranceSeconds": 60,
        }))
        .unwrap();
        let seconds = now().timestamp();
        for (time, wanted) in [
            (Some((seconds - 60).to_string()), Ok(())),
            (Some((seconds + 60).to_string()), Ok(())),
            (Some((seconds * 1000).to_string()), Ok(())),
            (Some("2030-01-01T00:00:59Z".to_owned()), Ok(())),
            (Some("Tue, 01 Jan 2030 00:00:00 +0000".to_owned()), Ok(())),
            (Some((seconds - 61).to_string()), Err(Forged::Late)),
            (Some((seconds + 61).to_string()), Err(Forged::Late)),
            (Some(i64::MAX.to_string()), Err(Forged::NoTime)),
            (Some("yesterday".to_owned()), Err(Forged::NoTime)),
            (None, Err(Forged::NoTime)),
        ] {
            let mut all = headers(&[("x-signature", SIGNED)]);
            if let Some(time) = &time {
                all.insert("x-time", time.parse().unwrap());
            }
            assert_eq!(
                check.check(&all, b"a ticket was opened", now()),
                wanted,
                "{time:?}"
            );
        }
    }

    #[test]
    fn a_check_without_a_secret_is_no_check() {
        assert!(matches!(
            check_of(json!({"secret": "{{Unknown}}"})),
            Err(VerificationError::Setup(_))
        ));
        assert_eq!(
            check_of(json!({"secret": "{{Blank}}"})).unwrap_err(),
            VerificationError::NoSecret
        );
        assert!(matches!(
            check_of(json!({"algorithm": "HMAC-MD5"})),
            Err(VerificationError::Unknown(_))
        ));
    }

    fn signature(algorithm: &str, secret: &[u8], body: &[u8]) -> Vec<u8> {
        fn of<M: Mac + KeyInit>(secret: &[u8], body: &[u8]) -> Vec<u8> {
            let mut mac = <M as KeyInit>::new_from_slice(secret).unwrap();
            mac.update(body);
            mac.finalize().into_bytes().to_vec()
        }
        match algorithm {
            "HMAC-SHA1" => of::<Hmac<Sha1>>(secret, body),
            "HMAC-SHA256" => of::<Hmac<Sha256>>(secret, body),
            _ => of::<Hmac<Sha512>>(secret, body),
        }
    }

    fn written(encoding: &str, signature: &[u8]) -> String {
        match encoding {
            "hex" => signature.iter().map(|byte| format!("{byte:02x}")).collect(),
            _ => PADDED.encode(signature),
        }
    }

    proptest! {
        #[test]
        fn the_secret_signs_every_body_and_one_changed_bit_is_noticed(
            algorithm in prop::sample::select(vec!["HMAC-SHA1", "HMAC-SHA256", "HMAC-SHA512"]),
            encoding in prop::sample::select(vec!["hex", "base64"]),
            prefix in "[a-z0-9]{0,4}=?",
            secret in "[!-~]{1,40}",
            body in proptest::collection::vec(any::<u8>(), 1..200),
            at in any::<prop::sample::Index>(),
            bit in 0_u8..8,
        ) {
            let check = check_of(json!({
                "algorithm": algorithm, "encoding": encoding, "prefix": prefix,
                "secret": secret.replace("{{", "((").replace("}}", "))"),
            }));
            let check = check.unwrap();
            let secret = secret.replace("{{", "((").replace("}}", "))");
            let good = signature(algorithm, secret.as_bytes(), &body);
            let header = |signature: &[u8]| {
                headers(&[("x-signature", &format!("{prefix}{}", written(encoding, signature)))])
            };

            prop_assert_eq!(check.check(&header(&good), &body, now()), Ok(()));

            let mut other_body = body.clone();
            other_body[at.index(body.len())] ^= 1 << bit;
            prop_assert_eq!(check.check(&header(&good), &other_body, now()), Err(Forged::Mismatch));
            let mut bad = good.clone();
            bad[at.index(good.len())] ^= 1 << bit;
            prop_assert_eq!(check.check(&header(&bad), &body, now()), Err(Forged::Mismatch));
        }

        #[test]
        fn no_header_makes_a_check_panic(value in "\\PC{0,80}", time in "\\PC{0,40}") {
            let check = check_of(json!({"timestampHeader": "X-Time"})).unwrap();
            let mut all = HeaderMap::new();
            for (name, text) in [("x-signature", &value), ("x-time", &time)] {
                if let Ok(value) = http::HeaderValue::from_bytes(text.as_bytes()) {
                    all.insert(name, value);
                }
            }
            prop_assert!(check.check(&all, b"", now()).is_err());
        }
    }
}
