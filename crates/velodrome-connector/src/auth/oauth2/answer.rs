//! A token answer, understood.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, TimeDelta, Utc};
use http::{HeaderMap, StatusCode, header};
use serde_json::Value;
use velodrome_model::{
    SecretString,
    definition::{ExpiresUnit, MetadataSource, OAuth2, TokenResponsePaths, scalar_text},
};

use super::{
    error::{TokenError, meaning},
    read::read,
};
use crate::{
    auth::{
        auth_value::iso_date,
        credential::OAuth2Token,
        metadata::{self, member, readable, text},
        retry_after::retry_after,
    },
    call::Properties,
};

/// What a grant or a refresh gave.
#[derive(Clone, Debug)]
pub struct TokenAnswer {
    /// The tokens to keep. After a refresh without a new refresh token the former one is in it.
    pub token: OAuth2Token,
    /// `scope` as the provider names what it granted.
    pub scope: Option<String>,
    /// Members that the definition makes properties of the account connector.
    pub properties: Properties,
}

/// An answer as it came, its body parsed; none where it can't be.
pub(super) struct Raw<'a> {
    pub status: StatusCode,
    pub headers: &'a HeaderMap,
    pub body: Option<Value>,
}

/// The body of an answer as one object; none where it is in no format that token answers come in.
pub(super) fn parse(rules: &OAuth2, headers: &HeaderMap, body: &[u8]) -> Option<Value> {
    let content_type = metadata::header(headers, header::CONTENT_TYPE.as_str());
    read(rules.token_response.format, content_type.as_deref(), body)
}

/// Understands an answer. `former` is the token that was refreshed.
pub(super) fn understand(
    rules: &OAuth2,
    raw: Raw<'_>,
    former: Option<&OAuth2Token>,
    now: DateTime<Utc>,
) -> Result<TokenAnswer, TokenError> {
    let paths = &rules.token_response;
    if let Some(refused) = refusal(paths, &raw, now) {
        return Err(refused);
    }
    let body = raw
        .body
        .ok_or(TokenError::Unreadable { status: raw.status })?;
    let secret = |path: &Option<String>, usual: &str| {
        text(&body, path.as_deref().unwrap_or(usual))
            .filter(|text| !text.is_empty())
            .map(SecretString::from)
    };
    let access_token =
        secret(&paths.access_token, "access_token").ok_or(TokenError::NoAccessToken)?;
    let rotated = secret(&paths.refresh_token, "refresh_token");
    let refresh_end = paths
        .refresh_expires_in
        .as_deref()
        .and_then(|path| lifetime(member(&body, path)?, None))
        .and_then(|lifetime| now.checked_add_signed(lifetime));
    let kept = former.filter(|_| rotated.is_none());
    let token = OAuth2Token {
        access_token: Some(access_token),
        refresh_token: rotated.or_else(|| kept?.refresh_token.clone()),
        expires: expires(rules, &body, now),
        refresh_expires: refresh_end.or_else(|| kept?.refresh_expires),
        issued: Some(now),
        metadata: former
            .map(|former| former.metadata.clone())
            .unwrap_or_default(),
    };
    Ok(TokenAnswer {
        token,
        scope: text(&body, paths.scope.as_deref().unwrap_or("scope")),
        properties: properties(rules, raw.headers, &body, former.is_some())?,
    })
}

/// A no: a status other than 2xx, or a value at `error` whatever the status.
fn refusal(paths: &TokenResponsePaths, raw: &Raw<'_>, now: DateTime<Utc>) -> Option<TokenError> {
    let body = raw.body.as_ref();
    let error = body
        .and_then(|body| member(body, paths.error.as_deref().unwrap_or("error")))
        .filter(|value| !is_no_error(value));
    if error.is_none() && raw.status.is_success() {
        return None;
    }
    let (code, detail) = match error {
        // Some wrap code and words into an object.
        Some(Value::Object(object)) => {
            let first = |names: [&str; 3]| {
                names
                    .into_iter()
                    .find_map(|name| object.get(name).filter(|v| !v.is_null()).map(scalar_text))
            };
            (
                first(["error", "code", "type"]),
                first(["message", "error_description", "description"]),
            )
        }
        Some(value) => (Some(scalar_text(value)), None),
        None => (None, None),
    };
    let path = paths
        .error_description
        .as_deref()
        .unwrap_or("error_description");
    let description = body.and_then(|body| text(body, path)).or(detail);
    Some(TokenError::Refused {
        status: raw.status,
        failure: meaning(raw.status, code.as_deref()),
        code: code.map(|code| readable(&code)),
        description: description
            .map(|text| readable(&text))
            .filter(|text| !text.is_empty()),
        retry_after: retry_after(raw.headers, now),
    })
}

/// Providers that always send the member say with these that nothing is wrong.
fn is_no_error(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::String(text) => text.is_empty(),
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::Bool(true) | Value::Array(_) | Value::Object(_) => false,
    }
}

/// When the access token ends: an absolute time, a lifetime, or the definition's default lifetime.
fn expires(rules: &OAuth2, body: &Value, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let paths = &rules.token_response;
    let absolute = paths
        .expires_at
        .as_deref()
        .and_then(|path| instant(member(body, path)?));
    let relative = || {
        let value = member(body, paths.expires_in.as_deref().unwrap_or("expires_in"))?;
        now.checked_add_signed(lifetime(value, paths.expires_in_unit)?)
    };
    let default = || {
        let seconds = rules.refresh.default_lifetime_seconds?;
        now.checked_add_signed(TimeDelta::seconds(seconds.into()))
    };
    absolute.or_else(relative).or_else(default)
}

/// A lifetime as number or text; none when it is not a positive one.
fn lifetime(value: &Value, unit: Option<ExpiresUnit>) -> Option<TimeDelta> {
    let amount = number(value).filter(|amount| *amount > 0.0)?;
    let milliseconds = match unit {
        Some(ExpiresUnit::Milliseconds) => amount,
        Some(ExpiresUnit::Seconds) | None => amount * 1000.0,
    };
    // A century stands for "never" and keeps the arithmetic in range.
    const CENTURY: f64 = 100.0 * 365.25 * 86_400_000.0;
    TimeDelta::try_milliseconds(milliseconds.min(CENTURY) as i64)
}

/// ISO 8601, or seconds or milliseconds since 1970.
fn instant(value: &Value) -> Option<DateTime<Utc>> {
    /// The year 5138 in seconds, 1973 in milliseconds.
    const SECONDS_END: f64 = 100_000_000_000.0;
    match number(value) {
        Some(since) if since >= SECONDS_END => DateTime::from_timestamp_millis(since as i64),
        Some(since) => DateTime::from_timestamp(since as i64, 0),
        None => value.as_str().and_then(|text| iso_date(text.trim())),
    }
}

fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
    .filter(|number| number.is_finite())
}

fn properties(
    rules: &OAuth2,
    headers: &HeaderMap,
    body: &Value,
    refreshed: bool,
) -> Result<Properties, TokenError> {
    let mut properties = Properties::new();
    for rule in &rules.metadata {
        let value = match rule.source {
            MetadataSource::TokenResponse => text(body, &rule.from),
            MetadataSource::RefreshResponse if refreshed => text(body, &rule.from),
            MetadataSource::TokenHeader => metadata::header(headers, &rule.from),
            MetadataSource::IdToken => id_token_claim(body, &rule.from),
            MetadataSource::RefreshResponse | MetadataSource::Callback => continue,
        };
        match value {
            Some(value) => {
                properties.insert(rule.property.clone(), value.into());
            }
            // After a refresh the value of the first grant is still there.
            None if rule.required && !refreshed => {
                return Err(TokenError::MissingMetadata(rule.from.clone()));
            }
            None => {}
        }
    }
    Ok(properties)
}

/// A claim of the ID token. Its signature is not needed: it came over TLS from the token endpoint itself
/// (OpenID Connect Core §3.1.3.7), and nothing but properties is made of it.
fn id_token_claim(body: &Value, path: &str) -> Option<String> {
    let token = body.get("id_token")?.as_str()?;
    let payload = token.split('.').nth(1)?;
    let claims = URL_SAFE_NO_PAD.decode(payload.trim_end_matches('=')).ok()?;
    text(&serde_json::from_slice::<Value>(&claims).ok()?, path)
}
