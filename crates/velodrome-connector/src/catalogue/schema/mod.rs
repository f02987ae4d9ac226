//! Validation against the project's own schema, in words that say what to do.

mod sentences;

use std::sync::LazyLock;

use jsonschema::{
    ValidationError, Validator,
    error::{TypeKind, ValidationErrorKind},
};
use serde_json::Value;
use velodrome_model::FaultCode;

use sentences::SENTENCES;

use super::findings::{Findings, MAX_FAULTS, Pointer, did_you_mean};

/// The schema as it is published.
const SCHEMA: &str = include_str!("../../../schema/connector.schema.json");

static COMPILED: LazyLock<Schema> = LazyLock::new(|| Schema::new(SCHEMA, SENTENCES));

/// Words for rules of a schema, by their place in it.
pub type Sentences = &'static [(&'static str, FaultCode, &'static str)];

/// A schema that is part of the program.
#[derive(Debug)]
pub struct Schema {
    written: Value,
    validator: Validator,
    sentences: Sentences,
}

impl Schema {
    /// Reads and compiles it.
    ///
    /// # Panics
    /// When it is none; a test of its owner sees to it.
    pub fn new(text: &str, sentences: Sentences) -> Self {
        let written: Value = serde_json::from_str(text)
            .expect("the schema is part of the program and a test reads it");
        let validator = Validator::options()
            .offline()
            .build(&written)
            .expect("the schema is part of the program and a test compiles it");
        Self {
            written,
            validator,
            sentences,
        }
    }

    /// Checks a document against it.
    pub fn check(&self, document: &Value, findings: &mut Findings) {
        // Asking for yes or no first is several times faster than collecting errors, and nearly all pass.
        if self.validator.is_valid(document) {
            return;
        }
        for error in self.validator.iter_errors(document) {
            self.explain(&error, findings);
        }
    }
}

/// The schema itself.
pub fn schema() -> &'static Value {
    &COMPILED.written
}

/// Checks a document against the schema.
pub fn check(document: &Value, findings: &mut Findings) {
    COMPILED.check(document, findings);
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

impl Schema {
    fn explain(&self, error: &ValidationError<'_>, findings: &mut Findings) {
        let at = Pointer::parse(error.instance_path().as_str());
        let rule = error.schema_path().as_str();
        if let ValidationErrorKind::PropertyNames { error: inner } = error.kind() {
            let key = inner.instance().as_str().unwrap_or_default();
            let message = match self
                .sentence(rule)
                .or_else(|| self.sentence(inner.schema_path().as_str()))
            {
                Some((_, words)) => format!("{key:?} {words}"),
                None => format!("{key:?} can't be a key here"),
            };
            return findings.key_error(FaultCode::V002, at.then(key), message);
        }
        // What is no mapping at all breaks every `not`; its type is told anyway.
        if rule.ends_with("/not") && !error.instance().is_object() {
            return;
        }
        if let Some((code, sentence)) = self.sentence(rule) {
            let subject = match error.instance().as_ref() {
                Value::String(text) => format!("{text:?} "),
                _ => String::new(),
            };
            return findings.error(code, at, format!("{subject}{sentence}"));
        }
        let message = match error.kind() {
            ValidationErrorKind::AdditionalProperties { unexpected } => {
                let known = known_members(&self.written, rule);
                // No more are shown, and each is compared with all that are known.
                for key in unexpected.iter().take(MAX_FAULTS) {
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
            ValidationErrorKind::MinLength { limit: 1 } => "must not be empty".to_owned(),
            ValidationErrorKind::MinLength { limit } => {
                format!("must have at least {limit} characters")
            }
            ValidationErrorKind::MaxLength { limit } => {
                format!("must have at most {limit} characters")
            }
            ValidationErrorKind::MinItems { limit: 1 } => "must not be empty".to_owned(),
            ValidationErrorKind::MinItems { limit } => {
                format!("must have at least {limit} elements")
            }
            ValidationErrorKind::Minimum { limit } => {
                format!("{} is too small; the least is {limit}", error.instance())
            }
            ValidationErrorKind::Maximum { limit } => {
                format!("{} is too large; the most is {limit}", error.instance())
            }
            ValidationErrorKind::ExclusiveMinimum { limit } => {
                format!("{} must be more than {limit}", error.instance())
            }
            ValidationErrorKind::UniqueItems => {
                "holds the same element twice; remove one".to_owned()
            }
            // Every other rule that the schema uses has a sentence; a test sees to it.
            other => format!("breaks the rule {:?} of the schema", other.keyword()),
        };
        findings.error(FaultCode::V002, at, message);
    }

    /// The words for a rule, if it needs some of its own.
    fn sentence(&self, rule: &str) -> Option<(FaultCode, &'static str)> {
        self.sentences
            .iter()
            .find(|(place, ..)| *place == rule)
            .map(|(_, code, words)| (*code, *words))
    }
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::catalogue::{
        Origin,
        document::{Setting, examine},
    };

    /// A definition that is right; each case breaks it by replacing a piece.
    const GOOD: &str = "\
format: velodrome.connector/1
slug: acme
name: Acme
release: {number: 1, status: Live}
rateLimits: [{scope: AccountConnector, maxRequestsPerSecond: 2}]
authentications: [{key: none, type: None}]
parameters:
  - {targetType: QueryString, targetName: q, values: [a, {value: b, label: B}]}
methods:
  - key: get-thing
    name: Get Thing
    category: Things
    type: Action
    httpMethod: GET
    endpoint: https://api.acme.example/thing
";

    fn errors(text: &str) -> Vec<String> {
        let setting = Setting {
            folder: None,
            origin: Origin::Directory,
        };
        let faults = examine(text.as_bytes(), setting).faults("connector.yaml", str::to_owned);
        faults
            .iter()
            .filter(|fault| fault.is_error())
            .map(ToString::to_string)
            .collect()
    }

    #[test]
    fn every_fault_reads_well_and_points_at_its_place() {
        assert_eq!(errors(GOOD), [""; 0]);
        for (piece, broken, told) in [
            (
                "name: Acme\n",
                "nmae: Acme\n",
                "1:1: V002 \"name\" is missing; add it|3:1: V002 unknown key \"nmae\"; did you mean \"name\"?",
            ),
            (
                "name: Acme\n",
                "name: 12\n",
                "3:7: V002 must be text; put 12 in quotes",
            ),
            (
                "name: Acme\n",
                "name:\n",
                "3:5: V002 must be text; write a value or remove the key",
            ),
            (
                "name: Acme\n",
                "name: Acme\nbillable: yes\n",
                "4:11: V002 must be true or false; yes, no, on and off are text in YAML 1.2",
            ),
            (
                "name: Acme\n",
                "name: Acme\n<<: {}\n",
                "4:1: V002 unknown key \"<<\"; YAML 1.2 has no merge keys, so repeat the members",
            ),
            (
                "status: Live",
                "status: live",
                "4:30: V002 \"live\" is not one of Draft, Live, Deprecated; did you mean \"Live\"?",
            ),
            (
                "number: 1",
                "number: 0",
                "4:19: V002 0 is too small; the least is 1",
            ),
            (
                "number: 1",
                "number: 5000000000",
                "4:19: V002 5000000000 is out of range; write a whole number from 0 to 4294967295, without a point",
            ),
            (
                "number: 1",
                "number: 1.0",
                "4:19: V002 1.0 is out of range; write a whole number from 0 to 4294967295, without a point",
            ),
            (
                "slug: acme",
                "slug: Acme!",
                "2:7: V002 \"Acme!\" must be 1 to 80 lower-case letters, digits and hyphens and start with a letter or digit",
            ),
            (
                "velodrome.connector/1",
                "velodrome.connector/2",
                "1:9: V002 must be \"velodrome.connector/1\"",
            ),
            (
                "maxRequestsPerSecond: 2",
                "burst: 2",
                "5:14: V002 must have either maxRequestsPerSecond or secondsBetweenRequests",
            ),
            (
                "maxRequestsPerSecond: 2",
                "maxRequestsPerSecond: 2, secondsBetweenRequests: 1",
                "5:14: V002 must have either maxRequestsPerSecond or secondsBetweenRequests",
            ),
            (
                "type: None",
                "type: OAuth2",
                "6:19: V002 \"oauth2\" is missing; add it",
            ),
            (
                "type: None",
                "type: None, authFields: [{name: a, key: a, type: Text}]",
                "6:19: V002 has the member authFields but not type AuthFields; remove it or change the type",
            ),
            (
                "type: None",
                "type: None, fields: {9a: {}}",
                "6:52: V002 \"9a\" must be letters, digits and underscores and start with a letter",
            ),
            (
                "values: [a,",
                "values: [[a],",
                "8:55: V002 must be text, a number, true, false, or {value: …, label: …}",
            ),
            (
                "targetName: q",
                "targetName: q, accountConnectorProperty: true, partnerConnectorProperty: true",
                "8:5: V007 is either asked at installation or set by the partner, not both; remove accountConnectorProperty or partnerConnectorProperty",
            ),
            (
                "    httpMethod: GET\n",
                "",
                "10:5: V002 \"httpMethod\" is missing; add it",
            ),
            (
                "httpMethod: GET",
                "httpMethod: FETCH",
                "14:17: V002 \"FETCH\" is not one of GET, POST, PATCH, PUT, DELETE",
            ),
            (
                "type: Action",
                "type: Webhook",
                "10:5: V002 receives requests, so it has no endpoint, httpMethod or response; remove them or change the type",
            ),
            (
                "type: Action",
                "type: Action\n    webhook: {}",
                "10:5: V002 has the member webhook but not type Webhook; remove it or change the type",
            ),
            (
                "    endpoint:",
                "    script: x\n    scriptFile: x.js\n    endpoint:",
                "10:5: V002 has both script and scriptFile; keep one",
            ),
            (
                "    endpoint:",
                "    scriptFile: ../x.js\n    endpoint:",
                "15:17: V002 \"../x.js\" must be a path inside the definition's folder, with / between its parts",
            ),
            (
                "https://api.acme.example/thing",
                "ftp://api.acme.example",
                "15:15: V002 \"ftp://api.acme.example\" must be an address that starts with https:// or a mergefield",
            ),
        ] {
            assert!(GOOD.contains(piece), "{piece}");
            let expected: Vec<String> = told
                .split('|')
                .map(|fault| format!("connector.yaml:{fault}"))
                .collect();
            assert_eq!(
                errors(&GOOD.replacen(piece, broken, 1)),
                expected,
                "{broken}"
            );
        }
    }

    /// Rules whose keyword alone says nothing have a sentence of their own, so that a new one in the
    /// schema can't be forgotten here.
    #[test]
    fn every_rule_that_needs_a_sentence_has_one() {
        fn walk(rule: &Value, place: String, lacking: &mut Vec<String>) {
            let known = |place: &str| SENTENCES.iter().any(|(own, ..)| *own == place);
            match rule {
                Value::Object(members) => {
                    for (key, value) in members {
                        let inner = format!("{place}/{key}");
                        let needs = matches!(key.as_str(), "not" | "anyOf" | "oneOf" | "pattern")
                            // Conditions are asked, not reported.
                            && !inner.contains("/if/") && !place.ends_with("/not") && !place.ends_with("/properties");
                        if needs && !known(&inner) {
                            lacking.push(inner.clone());
                        }
                        walk(value, inner, lacking);
                    }
                }
                Value::Array(elements) => {
                    for (at, element) in elements.iter().enumerate() {
                        walk(element, format!("{place}/{at}"), lacking);
                    }
                }
                Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
            }
        }
        let mut lacking = Vec::new();
        walk(&COMPILED.written, String::new(), &mut lacking);
        assert_eq!(lacking, [""; 0]);
    }

    /// `tests/broken.rs` proves what the corpus says; this that no sentence is missing from it.
    #[test]
    fn the_corpus_of_broken_definitions_breaks_every_rule_that_has_a_sentence() {
        let snapshots = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/snapshots");
        let told: String = std::fs::read_dir(snapshots)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.to_string_lossy().contains("/broken__"))
            .map(|path| std::fs::read_to_string(path).unwrap())
            .collect();
        let missing: Vec<&str> = SENTENCES
            .iter()
            .map(|(_, _, words)| *words)
            .filter(|words| !told.contains(words))
            .collect();
        assert_eq!(missing, [""; 0]);
    }

    proptest! {
        #[test]
        fn a_definition_with_any_piece_replaced_never_panics(
            at in 0..GOOD.len(), length in 0_usize..40, piece in "[-a-z\\[\\]{}:,&* \n\"'|!<0-9]{0,20}",
        ) {
            let end = (at + length).min(GOOD.len());
            let text = format!("{}{piece}{}", &GOOD[..at], &GOOD[end..]);
            let faults = examine(text.as_bytes(), Setting { folder: Some("acme"), origin: Origin::BuiltIn })
                .faults("connector.yaml", str::to_owned);
            prop_assert!(faults.len() <= 200);
            prop_assert!(faults.iter().all(|fault| fault.line >= 1 && fault.column >= 1));
        }

        #[test]
        fn bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = examine(&bytes, Setting { folder: Some("acme"), origin: Origin::BuiltIn });
        }
    }
}
