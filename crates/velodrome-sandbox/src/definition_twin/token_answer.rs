//! Answers of token endpoints and callbacks in the shape that a definition expects.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Map, Value, json};
use velodrome_model::definition::{ExpiresUnit, MetadataSource, OAuth2, TokenResponseFormat};

use super::body;
use crate::answer::Answer;
use velodrome_model::definition::BodyType;

/// Days that a refresh token lives when the definition reads how long.
const REFRESH_DAYS: i64 = 60;

/// A metadata member with the value that the twin gives it.
#[derive(Clone, Debug)]
pub(super) struct Member {
    pub(super) source: MetadataSource,
    pub(super) from: String,
    pub(super) value: String,
}

/// The standard's answer, its members where the definition looks for them.
pub(super) fn token(
    rules: &OAuth2,
    answer: &Answer,
    members: &[Member],
    is_refresh: bool,
    now: DateTime<Utc>,
) -> Answer {
    let Ok(Value::Object(found)) = serde_json::from_slice(&answer.body) else {
        return answer.clone();
    };
    let paths = &rules.token_response;
    let mut out = json!({});
    let mut moved = |from: &str, path: &Option<String>| {
        if let Some(value) = found.get(from) {
            put(&mut out, path.as_deref().unwrap_or(from), value.clone());
        }
    };
    moved("access_token", &paths.access_token);
    moved("refresh_token", &paths.refresh_token);
    moved("token_type", &paths.token_type);
    moved("scope", &paths.scope);
    moved("error", &paths.error);
    moved("error_description", &paths.error_description);
    if let Some(seconds) = found.get("expires_in").and_then(Value::as_i64) {
        let scale = match paths.expires_in_unit {
            Some(ExpiresUnit::Milliseconds) => 1000,
            Some(ExpiresUnit::Seconds) | None => 1,
        };
        if let Some(path) = &paths.expires_at {
            let at = now + TimeDelta::seconds(seconds);
            put(
                &mut out,
                path,
                json!(at.format("%Y-%m-%dT%H:%M:%SZ").to_string()),
            );
        } else {
            let path = paths.expires_in.as_deref().unwrap_or("expires_in");
            put(&mut out, path, json!(seconds * scale));
        }
    }
    if let (Some(path), true) = (
        &paths.refresh_expires_in,
        found.contains_key("refresh_token"),
    ) {
        put(&mut out, path, json!(REFRESH_DAYS * 24 * 3600));
    }
    let mut headers: Vec<(String, String)> = Vec::new();
    if answer.status < 400 {
        let mut claims = Map::new();
        for member in members {
            match member.source {
                MetadataSource::TokenResponse => put(&mut out, &member.from, json!(member.value)),
                MetadataSource::RefreshResponse if is_refresh => {
                    put(&mut out, &member.from, json!(member.value));
                }
                MetadataSource::TokenHeader => {
                    headers.push((member.from.to_ascii_lowercase(), member.value.clone()));
                }
                MetadataSource::IdToken => {
                    claims.insert(member.from.clone(), json!(member.value));
                }
                MetadataSource::RefreshResponse | MetadataSource::Callback => {}
            }
        }
        if !claims.is_empty() {
            put(&mut out, "id_token", json!(id_token(rules, claims, now)));
        }
    }
    let kind = match paths.format {
        TokenResponseFormat::Auto | TokenResponseFormat::Json => BodyType::Json,
        TokenResponseFormat::Form => BodyType::Form,
        TokenResponseFormat::Xml => BodyType::Xml,
    };
    let mut shaped = body::answer(answer.status, kind, &out);
    let kept = answer
        .headers
        .iter()
        .filter(|(name, _)| name != "content-type");
    shaped.headers.extend(kept.cloned());
    for (name, value) in headers {
        shaped = shaped.with(name, value);
    }
    shaped
}

/// The callback of a consent, with what the definition reads from it.
pub(super) fn callback(rules: &OAuth2, mut answer: Answer, members: &[Member]) -> Answer {
    for (name, value) in &mut answer.headers {
        if name != "location" {
            continue;
        }
        let Ok(mut url) = url::Url::parse(value) else {
            continue;
        };
        let mut pairs: Vec<(String, String)> = url.query_pairs().into_owned().collect();
        if pairs.iter().any(|(name, _)| name == "code") {
            if let Some(renamed) = &rules.callback_code_param {
                for (name, _) in &mut pairs {
                    if name == "code" {
                        name.clone_from(renamed);
                    }
                }
            }
            let given = members
                .iter()
                .filter(|member| member.source == MetadataSource::Callback)
                .map(|member| (member.from.clone(), member.value.clone()));
            pairs.extend(given);
        }
        if let Some(issuer) = rules.issuer.as_ref().filter(|text| !text.contains("{{")) {
            pairs.push(("iss".to_owned(), issuer.clone()));
        }
        url.query_pairs_mut().clear().extend_pairs(pairs);
        *value = url.into();
    }
    answer
}

/// Puts a value at a dotted path.
fn put(at: &mut Value, path: &str, value: Value) {
    let mut at = at;
    let mut names = path.split('.').peekable();
    while let Some(name) = names.next() {
        if !at.is_object() {
            *at = json!({});
        }
        let Value::Object(members) = at else { return };
        let slot = members.entry(name).or_insert(Value::Null);
        if names.peek().is_none() {
            *slot = value;
            return;
        }
        at = slot;
    }
}

/// A token that nobody signed (RFC 7519 §6): it comes straight from the token endpoint.
fn id_token(rules: &OAuth2, mut claims: Map<String, Value>, now: DateTime<Utc>) -> String {
    claims.insert("sub".to_owned(), json!("sandbox-user"));
    claims.insert("iat".to_owned(), json!(now.timestamp()));
    claims.insert("exp".to_owned(), json!(now.timestamp() + 3600));
    if let Some(issuer) = &rules.issuer {
        claims.insert("iss".to_owned(), json!(issuer));
    }
    let part = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!(
        "{}.{}.",
        part(json!({"alg": "none", "typ": "JWT"})),
        part(Value::Object(claims))
    )
}
