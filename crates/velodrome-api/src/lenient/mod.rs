//! Reading requests as forgivingly as api.md §1 asks.
//!
//! Two steps: text becomes a [`Value`] (strict JSON first, the forgiving dialect when that fails), and
//! the value becomes a wire type through a deserializer that matches names without regard to case and
//! coerces numbers, booleans and text. Wire types derive `serde::Deserialize` as usual; the rules are
//! in the deserializer, not in the types, so no type can forget them.

mod de;
mod dialect;
mod patch;
mod words;

pub use patch::{Keep, OneOrMany, Patch};
pub use words::Words;
pub(crate) use words::wire_words;

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

/// Why a request could not be read. The text names the property and never repeats a secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unreadable(String);

impl Unreadable {
    /// An explanation of our own.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }
}

/// Parses a body. An empty one, or one of blanks only, is `None`.
pub fn parse(body: &[u8]) -> Result<Option<Value>, Unreadable> {
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    if body.iter().all(u8::is_ascii_whitespace) {
        return Ok(None);
    }
    if let Ok(value) = serde_json::from_slice(body) {
        return Ok(Some(value));
    }
    let text =
        std::str::from_utf8(body).map_err(|_| Unreadable::new("The body is not UTF-8 text."))?;
    dialect::parse(text).map(Some)
}

/// Reads a wire type from a parsed body.
pub fn from_value<T: DeserializeOwned>(value: Value) -> Result<T, Unreadable> {
    de::from_value(value)
}

/// Reads a wire type from a body; nothing at all counts as `{}`.
pub fn from_body<T: DeserializeOwned>(body: &[u8]) -> Result<T, Unreadable> {
    from_value(parse(body)?.unwrap_or_else(|| Value::Object(Map::new())))
}

/// Reads a wire type from a query string or form: every value is text and the last of equal names wins.
pub fn from_query<T: DeserializeOwned>(query: &str) -> Result<T, Unreadable> {
    let pairs = url::form_urlencoded::parse(query.as_bytes());
    from_value(Value::Object(
        pairs
            .map(|(name, value)| (name.into_owned(), Value::String(value.into_owned())))
            .collect(),
    ))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde::Deserialize;

    use super::*;

    wire_words! {
        /// A unit.
        pub enum Unit {
            /// 60 minutes.
            Hours = 1,
            /// 24 hours.
            Days = 2,
        }
    }

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Body {
        name: Option<String>,
        #[serde(default)]
        is_on: bool,
        limit: Option<i32>,
        #[serde(default)]
        hours: Patch<i32>,
        #[serde(default)]
        count: Keep<u16>,
        unit: Option<Unit>,
        #[serde(default)]
        parts: OneOrMany<Part>,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Part {
        id: i32,
    }

    fn read(text: &str) -> Result<Body, String> {
        from_body(text.as_bytes()).map_err(|e| e.to_string())
    }

    #[test]
    fn names_are_matched_without_regard_to_case_and_the_last_of_equal_ones_wins() {
        let body = read(r#"{"name":"a","NAME":"b","isON":"TRUE","unknown":{"x":1}}"#).unwrap();

        assert_eq!((body.name.as_deref(), body.is_on), (Some("b"), true));
    }

    #[test]
    fn the_forgiving_dialect_is_understood() {
        let body = read("{ // comment\n name: 'it\\'s', /* more */ 'isOn': true, limit: +5, 7: null, parts: [{Id:1,},], }").unwrap();

        assert_eq!(body.name.as_deref(), Some("it's"));
        assert_eq!(
            (body.is_on, body.limit, body.parts.0.len()),
            (true, Some(5), 1)
        );
    }

    #[test]
    fn text_numbers_and_booleans_are_coerced() {
        let body = read(r#"{"Name":12.5,"Limit":"7","Count":"9","Unit":"dAYs"}"#).unwrap();

        assert_eq!(body.name.as_deref(), Some("12.5"));
        assert_eq!(
            (body.limit, body.count, body.unit),
            (Some(7), Keep(Some(9)), Some(Unit::Days))
        );
        assert_eq!(read(r#"{"Unit":1}"#).unwrap().unit, Some(Unit::Hours));
        assert_eq!(read(r#"{"Unit":"2"}"#).unwrap().unit, Some(Unit::Days));
    }

    #[test]
    fn a_nullable_number_of_another_type_counts_as_left_out() {
        assert_eq!(read(r#"{"Limit":"many"}"#).unwrap().limit, None);
        assert_eq!(read(r#"{"Hours":true}"#).unwrap().hours, Patch::Absent);
        assert_eq!(read(r#"{"Hours":null}"#).unwrap().hours, Patch::Null);
        assert_eq!(read(r#"{"Hours":"-3"}"#).unwrap().hours, Patch::Value(-3));
    }

    #[test]
    fn a_number_that_may_not_be_null_must_be_a_number() {
        assert_eq!(
            read(r#"{"Count":"many"}"#).unwrap_err(),
            "Count must be a whole number."
        );
        assert_eq!(read(r#"{"Count":null}"#).unwrap().count, Keep(None));
        assert_eq!(
            read(r#"{"Count":70000}"#).unwrap_err(),
            "Count is out of range."
        );
    }

    #[test]
    fn mistakes_name_the_property() {
        assert_eq!(
            read(r#"{"Unit":"years"}"#).unwrap_err(),
            "Unit must be one of Hours, Days; it is 'years'."
        );
        assert_eq!(
            read(r#"{"Parts":[{"Id":1},{"Id":{}}]}"#).unwrap_err(),
            "Parts[1].Id must be a whole number."
        );
        assert_eq!(
            read(r#"{"Parts":[{}]}"#).unwrap_err(),
            "Parts[0].Id is required."
        );
        assert_eq!(read(r#"{"Name":{}}"#).unwrap_err(), "Name must be text.");
        assert_eq!(read("[]").unwrap_err(), "The body must be an object.");
        assert!(
            read("{name:")
                .unwrap_err()
                .starts_with("The body is not valid JSON")
        );
    }

    #[test]
    fn one_object_is_accepted_for_a_list() {
        assert_eq!(
            read(r#"{"Parts":{"Id":"4"}}"#).unwrap().parts.0,
            [Part { id: 4 }]
        );
    }

    #[test]
    fn nesting_is_bounded() {
        let deep = "[".repeat(100_000);
        assert!(parse(deep.as_bytes()).is_err());
        assert!(parse(format!("{{a:{deep}").as_bytes()).is_err());
    }

    #[test]
    fn an_empty_body_is_an_empty_object() {
        assert_eq!(parse(b" \r\n").unwrap(), None);
        assert!(from_body::<Body>(b"").is_ok());
    }

    proptest! {
        #[test]
        fn no_text_makes_the_reader_panic(text in "\\PC*|[\\[\\]{}:,'\"/*a-z0-9\\\\ .+-]{0,64}") {
            let _ = from_body::<Body>(text.as_bytes());
            let _ = from_query::<Body>(&text);
        }

        #[test]
        fn the_dialect_reads_strict_json_as_serde_does(value in json()) {
            let text = value.to_string();
            prop_assert_eq!(dialect::parse(&text).unwrap(), value);
        }
    }

    fn json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            "\\PC*".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 32, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::hash_map("\\PC*", inner, 0..4)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }
}
