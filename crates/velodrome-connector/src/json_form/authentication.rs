//! Authentications of the JSON form: kinds by other names, and OAuth settings without a part of their own.

use serde_json::{Map, Value, json};
use velodrome_model::FaultCode;

use super::{
    extra::then,
    names::key_of,
    read::{Reader, given},
};
use crate::catalogue::{findings::Pointer, shape::Shape};

/// What stands between the address and the parameters that are left out of it.
pub const EXCLUDE: &str = "|exclude:";

/// The kind of an authentication and what it implies.
struct Kind {
    word: Value,
    flat: Option<&'static str>,
    /// The flow, where the older word names it too.
    flow: Option<&'static str>,
}

fn kind(members: &Map<String, Value>, at: &str, reader: &mut Reader) -> Kind {
    let stated = ["AuthType", "Type"]
        .into_iter()
        .find_map(|name| given(members, name));
    let Some((name, word)) = stated else {
        return Kind {
            word: json!("None"),
            flat: None,
            flow: None,
        };
    };
    let plain = |flat| Kind {
        word: word.clone(),
        flat,
        flow: None,
    };
    match word.as_str() {
        Some("OAuth1") => plain(Some("oauth1")),
        Some("OAuth2") => plain(Some("oauth2")),
        Some("NetSuiteOAuth1") => Kind {
            word: json!("OAuth1"),
            flat: Some("oauth1"),
            flow: Some("TokenBased"),
        },
        Some("Kerberos") => {
            reader.findings.error(
                FaultCode::V002,
                Pointer::parse(&then(at, name)),
                "Kerberos is not supported; choose None, ApiKey, Basic, OAuth1, OAuth2 or AuthFields",
            );
            Kind {
                word: json!("None"),
                flat: None,
                flow: None,
            }
        }
        _ => plain(None),
    }
}

/// Reads one authentication.
pub fn authentication(
    reader: &mut Reader,
    shape: Shape,
    members: &Map<String, Value>,
    at: &str,
    target: &str,
) -> Map<String, Value> {
    let kind = kind(members, at, reader);
    let mut own = reader.object(shape, kind.flat, members, at, target);
    own.insert("type".to_owned(), kind.word);
    let Some(flat) = kind.flat else { return own };
    let settings = own.entry(flat).or_insert_with(|| json!({}));
    if let Value::Object(settings) = settings {
        if let Some(flow) = kind.flow {
            settings.entry("flow").or_insert_with(|| json!(flow));
        }
        if flat == "oauth2" {
            split_scopes(settings);
            split_exclude(settings);
        }
    }
    own
}

/// The older form: one authentication whose members stand beside the connector's.
///
/// Gives the members that belong to it, unless the form has authentications of the newer kind.
pub fn older(shape: Shape, members: &Map<String, Value>) -> Option<Map<String, Value>> {
    let newer = ["Authentication", "Authentications"];
    if newer.iter().any(|name| given(members, name).is_some()) {
        return None;
    }
    let (_, word) = given(members, "AuthType")?;
    let flat = match word.as_str() {
        Some("OAuth1" | "NetSuiteOAuth1") => Some("oauth1"),
        Some("OAuth2") => Some("oauth2"),
        _ => None,
    };
    let element = shape.member("authentications")?.element()?;
    let belongs = |name: &str| {
        key_of(shape, None, name).is_none()
            && key_of(element, flat, name).is_some_and(|path| {
                // These words say too little to be taken for an authentication's.
                !matches!(path[..], ["key" | "hide" | "default"])
                    && !name.eq_ignore_ascii_case("type")
            })
    };
    let own = members
        .iter()
        .filter(|(name, value)| !value.is_null() && belongs(name))
        .map(|(name, value)| (name.clone(), value.clone()));
    Some(own.collect())
}

/// With OAuth 2.0 the older form names the header of the access token as if it were that of a key.
pub fn scheme_to_placement(authentication: &mut Map<String, Value>) {
    let Some(scheme) = authentication.remove("authScheme") else {
        return;
    };
    let placement = authentication
        .get_mut("oauth2")
        .and_then(Value::as_object_mut)
        .map(|settings| settings.entry("placement").or_insert_with(|| json!({})));
    match placement {
        Some(Value::Object(placement)) => {
            placement.entry("name").or_insert(scheme);
        }
        Some(_) | None => {
            authentication.insert("authScheme".to_owned(), scheme);
        }
    }
}

/// Scopes may be one text, as they are on the wire.
fn split_scopes(settings: &mut Map<String, Value>) {
    let separator = settings
        .get("scopeSeparator")
        .and_then(Value::as_str)
        .map(str::to_owned);
    if let Some(scopes) = settings.get_mut("scopes")
        && let Value::String(text) = scopes
    {
        let parts: Vec<&str> = match separator.as_deref() {
            Some(separator) if !separator.trim().is_empty() => text.split(separator).collect(),
            _ => text.split_whitespace().collect(),
        };
        let parts = parts.into_iter().map(str::trim);
        *scopes = parts.filter(|part| !part.is_empty()).collect();
    }
}

fn split_exclude(settings: &mut Map<String, Value>) {
    let Some(Value::String(address)) = settings.get("authoriseUrl") else {
        return;
    };
    let Some((address, names)) = address.split_once(EXCLUDE) else {
        return;
    };
    let address = address.to_owned();
    let names = names.split(',').map(str::trim);
    let names: Vec<Value> = names
        .filter(|name| !name.is_empty())
        .map(Value::from)
        .collect();
    settings.insert("authoriseUrl".to_owned(), Value::String(address));
    if let Value::Array(excluded) = settings
        .entry("authoriseExclude")
        .or_insert_with(|| json!([]))
    {
        for name in names {
            if !excluded.contains(&name) {
                excluded.push(name);
            }
        }
    }
}
