//! Validation against the project's own schema, in words that say what to do.

use std::sync::LazyLock;

use jsonschema::{
    ValidationError, Validator,
    error::{TypeKind, ValidationErrorKind},
};
use serde_json::Value;
use velodrome_model::FaultCode;

use super::findings::{Findings, Pointer, did_you_mean};

/// The schema as it is published.
const SCHEMA: &str = include_str!("../../schema/connector.schema.json");

static COMPILED: LazyLock<(Value, Validator)> = LazyLock::new(|| {
    let schema: Value = serde_json::from_str(SCHEMA)
        .expect("the schema is part of the program and a test reads it");
    let validator = Validator::options()
        .offline()
        .build(&schema)
        .expect("the schema is part of the program and a test compiles it");
    (schema, validator)
});

/// Sentences for rules whose failure can't be told from the keyword, by their place in the schema.
const SENTENCES: &[(&str, FaultCode, &str)] = &[
    (
        "/not",
        FaultCode::V002,
        "has both script and scriptFile; keep one",
    ),
    (
        "/$defs/method/allOf/3/not",
        FaultCode::V002,
        "has both script and scriptFile; keep one",
    ),
    (
        "/$defs/parameter/not",
        FaultCode::V007,
        "is either asked at installation or set by the partner, not both; remove accountConnectorProperty or partnerConnectorProperty",
    ),
    (
        "/$defs/methodRate/oneOf",
        FaultCode::V002,
        "must have either maxRequestsPerSecond or secondsBetweenRequests",
    ),
    (
        "/$defs/connectorRate/oneOf",
        FaultCode::V002,
        "must have either maxRequestsPerSecond or secondsBetweenRequests",
    ),
    (
        "/$defs/value/anyOf",
        FaultCode::V002,
        "must be text, a number, true, false, or {value: …, label: …}",
    ),
    (
        "/$defs/stringMap/additionalProperties/anyOf",
        FaultCode::V002,
        "must be text, a number, true, false, or a list of these",
    ),
    (
        "/$defs/oauth2/properties/resource/anyOf",
        FaultCode::V002,
        "must be text or a list of texts",
    ),
    (
        "/$defs/authentication/allOf/0/else/not",
        FaultCode::V002,
        "has the member oauth1 but not type OAuth1; remove it or change the type",
    ),
    (
        "/$defs/authentication/allOf/1/else/not",
        FaultCode::V002,
        "has the member oauth2 but not type OAuth2; remove it or change the type",
    ),
    (
        "/$defs/authentication/allOf/2/else/not",
        FaultCode::V002,
        "has the member authFields but not type AuthFields; remove it or change the type",
    ),
    (
        "/$defs/method/allOf/1/then/not",
        FaultCode::V002,
        "receives requests, so it has no endpoint, httpMethod or response; remove them or change the type",
    ),
    (
        "/$defs/method/allOf/1/else/not",
        FaultCode::V002,
        "has the member webhook but not type Webhook; remove it or change the type",
    ),
    (
        "/$defs/method/allOf/2/then/anyOf",
        FaultCode::V002,
        "is of type Script and needs script or scriptFile",
    ),
    (
        "/$defs/method/allOf/2/then/not",
        FaultCode::V002,
        "is of type Script and never calls HTTP; remove the endpoint or change the type",
    ),
    (
        "/$defs/key/pattern",
        FaultCode::V002,
        "must be 1 to 80 lower-case letters, digits and hyphens and start with a letter or digit",
    ),
    (
        "/$defs/uuid/pattern",
        FaultCode::V002,
        "must be a UUID such as 6f1c2a30-8d0e-4a7b-9c55-2f3d5e1b7a90",
    ),
    (
        "/$defs/location/pattern",
        FaultCode::V009,
        r"is not a location; write names, [arrays] and \literal names\ joined by dots",
    ),
    (
        "/$defs/relativePath/pattern",
        FaultCode::V002,
        "must be a path inside the definition's folder, with / between its parts",
    ),
    (
        "/$defs/url/pattern",
        FaultCode::V002,
        "must be an address that starts with https:// or a mergefield",
    ),
    (
        "/$defs/endpoint/pattern",
        FaultCode::V002,
        "must be an address that starts with https:// or a mergefield",
    ),
    (
        "/$defs/authField/properties/name/pattern",
        FaultCode::V002,
        "must be letters, digits and underscores and start with a letter",
    ),
    (
        "/$defs/authentication/properties/fields/propertyNames/pattern",
        FaultCode::V002,
        "must be letters, digits and underscores and start with a letter",
    ),
    (
        "/$defs/field/properties/systemField/pattern",
        FaultCode::V002,
        "must be letters, digits and underscores and not start with a digit",
    ),
];

/// Checks a document against the schema.
pub fn check(document: &Value, findings: &mut Findings) {
    let (schema, validator) = &*COMPILED;
    // Asking for yes or no first is several times faster than collecting errors, and nearly all pass.
    if validator.is_valid(document) {
        return;
    }
    for error in validator.iter_errors(document) {
        explain(schema, &error, findings);
    }
}

/// Says why a document that passed the schema can't be held in our types: a number out of range.
pub fn explain_unreadable(document: &Value, error: &serde_json::Error, findings: &mut Findings) {
    let before = findings.has_errors();
    out_of_range(document, &Pointer::root(), findings);
    if before == findings.has_errors() {
        findings.error(
            FaultCode::V002,
            Pointer::root(),
            format!("can't be read: {error}"),
        );
    }
}

fn out_of_range(value: &Value, at: &Pointer, findings: &mut Findings) {
    match value {
        Value::Number(number) => {
            let fits = number
                .as_u64()
                .is_some_and(|number| number <= u64::from(u32::MAX));
            if number.as_f64().is_some_and(|number| number.fract() == 0.0) && !fits {
                findings.error(
                    FaultCode::V002,
                    at.clone(),
                    format!("{number} is out of range; write a whole number from 0 to {}, without a point", u32::MAX),
                );
            }
        }
        Value::Array(elements) => {
            for (index, element) in elements.iter().enumerate() {
                out_of_range(element, &at.then(index), findings);
            }
        }
        Value::Object(members) => {
            for (key, member) in members {
                out_of_range(member, &at.then(key), findings);
            }
        }
        Value::Null | Value::Bool(_) | Value::String(_) => {}
    }
}

fn explain(schema: &Value, error: &ValidationError<'_>, findings: &mut Findings) {
    let at = Pointer::parse(error.instance_path().as_str());
    let rule = error.schema_path().as_str();
    if let Some((_, code, sentence)) = SENTENCES.iter().find(|(place, ..)| *place == rule) {
        let subject = match error.instance().as_ref() {
            Value::String(text) => format!("{text:?} "),
            _ => String::new(),
        };
        return findings.error(*code, at, format!("{subject}{sentence}"));
    }
    let message = match error.kind() {
        ValidationErrorKind::AdditionalProperties { unexpected } => {
            let known = known_members(schema, rule);
            for key in unexpected {
                let hint = if key == "<<" {
                    "; YAML 1.2 has no merge keys, so repeat the members".to_owned()
                } else {
                    did_you_mean(key, known.iter().copied())
                };
                findings.key_error(
                    FaultCode::V002,
                    at.then(key),
                    format!("unknown key {key:?}{hint}"),
                );
            }
            return;
        }
        ValidationErrorKind::Required { property } => {
            let missing = property.as_str().unwrap_or_default();
            format!("{missing:?} is missing; add it")
        }
        ValidationErrorKind::Enum { options } => {
            let words: Vec<&str> = options
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(Value::as_str)
                .collect();
            let given = error.instance();
            let near = given
                .as_str()
                .map(|word| did_you_mean(word, words.iter().copied()))
                .unwrap_or_default();
            format!("{given} is not one of {}{near}", words.join(", "))
        }
        ValidationErrorKind::Constant { expected_value } => format!("must be {expected_value}"),
        ValidationErrorKind::Type { kind } => wrong_type(error.instance(), kind),
        ValidationErrorKind::PropertyNames { error: inner } => {
            let key = inner.instance().as_str().unwrap_or_default().to_owned();
            let message =
                format!("{key:?} must be letters, digits and underscores and start with a letter");
            return findings.key_error(FaultCode::V002, at.then(&key), message);
        }
        ValidationErrorKind::MinLength { limit: 1 } => "must not be empty".to_owned(),
        ValidationErrorKind::MinLength { limit } => {
            format!("must have at least {limit} characters")
        }
        ValidationErrorKind::MaxLength { limit } => format!("must have at most {limit} characters"),
        ValidationErrorKind::MinItems { limit: 1 } => "must not be empty".to_owned(),
        ValidationErrorKind::MinItems { limit } => format!("must have at least {limit} elements"),
        ValidationErrorKind::Minimum { limit } => {
            format!("{} is too small; the least is {limit}", error.instance())
        }
        ValidationErrorKind::Maximum { limit } => {
            format!("{} is too large; the most is {limit}", error.instance())
        }
        ValidationErrorKind::ExclusiveMinimum { limit } => {
            format!("{} must be more than {limit}", error.instance())
        }
        ValidationErrorKind::UniqueItems => "holds the same element twice; remove one".to_owned(),
        // Every other rule that the schema uses has a sentence; a test sees to it.
        other => format!("breaks the rule {:?} of the schema", other.keyword()),
    };
    findings.error(FaultCode::V002, at, message);
}

/// The keys that are known where an unknown one was found.
fn known_members<'s>(schema: &'s Value, rule: &str) -> Vec<&'s str> {
    let owner = rule.strip_suffix("/additionalProperties").unwrap_or(rule);
    let members = schema
        .pointer(&format!("{owner}/properties"))
        .and_then(Value::as_object);
    members
        .into_iter()
        .flatten()
        .map(|(key, _)| key.as_str())
        .collect()
}

fn wrong_type(given: &Value, kind: &TypeKind) -> String {
    let wanted: Vec<String> = match kind {
        TypeKind::Single(one) => vec![one.to_string()],
        TypeKind::Multiple(several) => several.iter().map(|one| one.to_string()).collect(),
    };
    let words: Vec<&str> = wanted
        .iter()
        .map(|name| match name.as_str() {
            "string" => "text",
            "integer" => "a whole number",
            "number" => "a number",
            "boolean" => "true or false",
            "array" => "a list",
            "object" => "a mapping",
            other => other,
        })
        .collect();
    let text_wanted = wanted.iter().any(|name| name == "string");
    let hint = match given {
        Value::Number(_) | Value::Bool(_) if text_wanted => format!("; put {given} in quotes"),
        Value::Null => "; write a value or remove the key".to_owned(),
        Value::String(text)
            if wanted.iter().any(|name| name == "boolean")
                && matches!(text.as_str(), "yes" | "no" | "on" | "off") =>
        {
            "; yes, no, on and off are text in YAML 1.2".to_owned()
        }
        _ => String::new(),
    };
    format!("must be {}{hint}", words.join(" or "))
}
