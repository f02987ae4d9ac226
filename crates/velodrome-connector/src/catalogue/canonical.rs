//! A definition written as shortly as it can be: defaults left out, members in the schema's order.

use serde_json::{Map, Number, Value, json};
use velodrome_model::definition::ConnectorDefinition;

use super::{shape::Shape, yaml};

/// The definition as a value that reads back as the same definition.
pub fn canonical(definition: &ConnectorDefinition) -> Value {
    let written =
        serde_json::to_value(definition).expect("a definition has text keys and finite numbers");
    shorten(Shape::root(), written)
}

/// The definition as YAML in block style; reading it gives the same definition.
///
/// For people to look at, to export, and for definitions that a program made.
pub fn yaml_text(definition: &ConnectorDefinition) -> String {
    yaml_of(&canonical(definition))
}

/// Any value as YAML in block style; reading it gives the same value.
pub fn yaml_of(value: &Value) -> String {
    let options = serde_saphyr::ser_options! {
        compact_list_indent: false,
        folded_wrap_chars: 1_000_000,
    };
    if let Ok(text) = serde_saphyr::to_string_with_options(value, options)
        && reads_as(&text, value)
    {
        return text;
    }
    // Texts of odd characters; quoted, all of them can be written.
    let options = serde_saphyr::ser_options! { compact_list_indent: false, quote_all: true };
    if let Ok(text) = serde_saphyr::to_string_with_options(value, options)
        && reads_as(&text, value)
    {
        return text;
    }
    // JSON is YAML too, only uglier.
    format!("{value:#}\n")
}

/// About how many bytes [`yaml_text`] has, without making sure that they read back.
pub fn yaml_length(definition: &ConnectorDefinition) -> usize {
    let value = canonical(definition);
    let options = serde_saphyr::ser_options! {
        compact_list_indent: false,
        folded_wrap_chars: 1_000_000,
    };
    match serde_saphyr::to_string_with_options(&value, options) {
        Ok(text) => text.len(),
        Err(_) => usize::MAX,
    }
}

fn reads_as(text: &str, value: &Value) -> bool {
    yaml::read(text.as_bytes()).is_ok_and(|document| document.value == *value)
}

/// What a member means when it is absent, where the types write it all the same.
const DEFAULTS: &[(&str, &[&str])] = &[
    ("", &["billable", "utility", "requiresIpAllowlist"]),
    (
        "credentialField",
        &["hide", "optional", "sensitive", "multiline"],
    ),
    ("authentication", &["default", "hide"]),
    ("oauth1", &["bodyHash"]),
    ("metadata", &["required"]),
    (
        "parameter",
        &[
            "hide",
            "optional",
            "allowOther",
            "sensitive",
            "multiline",
            "accountConnectorProperty",
            "partnerConnectorProperty",
        ],
    ),
    ("field", &["optional", "hide", "readOnly"]),
    (
        "method",
        &["hide", "forEnhancedCustomFields", "respondsToWebhook"],
    ),
    ("webhook", &["partner"]),
];

fn is_default(shape: &str, key: &str, value: &Value) -> bool {
    if let Value::Bool(false) = value {
        return DEFAULTS
            .iter()
            .any(|(owner, keys)| *owner == shape && keys.contains(&key));
    }
    let default = match (shape, key) {
        ("" | "method", "status") => json!("Unknown"),
        ("authentication" | "placement", "in") => json!("Header"),
        ("authField", "in") => json!("Body"),
        ("oauth1", "flow") => json!("ThreeLegged"),
        ("oauth1", "signatureMethod") => json!("HMAC-SHA1"),
        ("oauth1", "transport") => json!("Header"),
        ("oauth2", "tokenMethod") => json!("POST"),
        ("oauth2", "tokenBody") => json!("form"),
        ("oauth2", "clientAuth") => json!("body"),
        ("oauth2", "pkce") => json!("S256"),
        ("tokenResponse", "format") => json!("auto"),
        ("refresh", "skewSeconds") => json!(120),
        ("refresh", "keepAliveDays") => json!(29),
        ("refresh", "on401") => json!(true),
        ("oauth2", "tokenResponse" | "refresh") | ("method", "request" | "response") => json!({}),
        _ => return false,
    };
    *value == default
}

fn shorten(shape: Shape, value: Value) -> Value {
    match value {
        Value::Object(mut members) => {
            let Some(known) = shape.members() else {
                let inner = |(key, value): (String, Value)| match shape.member(&key) {
                    Some(inner) => (key, shorten(inner, value)),
                    None => (key, value),
                };
                return Value::Object(members.into_iter().map(inner).collect());
            };
            let mut kept = Map::new();
            for key in known.keys() {
                let (Some(value), Some(inner)) = (members.remove(key), shape.member(key)) else {
                    continue;
                };
                let value = shorten(inner, value);
                if !is_default(shape.name(), key, &value) {
                    kept.insert(key.clone(), value);
                }
            }
            Value::Object(kept)
        }
        Value::Array(elements) => match shape.element() {
            Some(inner) => elements
                .into_iter()
                .map(|element| shorten(inner, element))
                .collect(),
            None => Value::Array(elements),
        },
        Value::Number(number) if shape.is_number() => Value::Number(whole(number)),
        other => other,
    }
}

/// `2.0` as `2`.
fn whole(number: Number) -> Number {
    /// Up to here every whole number is exact.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    match number.as_f64() {
        Some(float) if number.is_f64() && float.fract() == 0.0 && float.abs() < EXACT => {
            Number::from(float as i64)
        }
        _ => number,
    }
}
