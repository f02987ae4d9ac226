//! Values on their way into a script and out of it.

use std::io;

use serde::Serialize;
use serde_json::{Value, ser::Formatter};

/// The largest whole number that a script holds exactly, 2⁵³.
const EXACT: u64 = 1 << 53;

/// Levels that the JSON reader takes.
const JSON_DEPTH: usize = 127;

/// Why a value does not come out of a script.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Unreadable {
    /// It nests deeper than it may.
    Deep,
    /// It nests deeper than JSON is read here; the value itself has to be walked.
    Walk(String),
    /// The engine wrote something that is no JSON.
    NoJson,
}

/// Writes whole numbers that a script cannot hold as text.
struct ExactNumbers;

impl Formatter for ExactNumbers {
    fn write_i64<W: ?Sized + io::Write>(&mut self, writer: &mut W, value: i64) -> io::Result<()> {
        if value.unsigned_abs() > EXACT {
            write!(writer, "\"{value}\"")
        } else {
            write!(writer, "{value}")
        }
    }

    fn write_u64<W: ?Sized + io::Write>(&mut self, writer: &mut W, value: u64) -> io::Result<()> {
        if value > EXACT {
            write!(writer, "\"{value}\"")
        } else {
            write!(writer, "{value}")
        }
    }
}

/// A value as JSON for a script.
pub(crate) fn to_json(value: &Value) -> Vec<u8> {
    let mut json = Vec::with_capacity(128);
    let mut serializer = serde_json::Serializer::with_formatter(&mut json, ExactNumbers);
    value
        .serialize(&mut serializer)
        .expect("a JSON value always has a JSON form");
    json
}

/// Whether a value nests deeper than this.
pub(crate) fn is_deeper(value: &Value, depth: usize) -> bool {
    let mut level: Vec<&Value> = vec![value];
    for _ in 0..depth {
        let mut below = Vec::new();
        for value in level {
            match value {
                Value::Array(elements) => below.extend(elements.iter().filter(|v| is_nest(v))),
                Value::Object(members) => below.extend(members.values().filter(|v| is_nest(v))),
                _ => {}
            }
        }
        if below.is_empty() {
            return false;
        }
        level = below;
    }
    true
}

fn is_nest(value: &Value) -> bool {
    value.is_array() || value.is_object()
}

/// Reads what a script's `JSON.stringify` wrote. Halves of characters, which JavaScript allows and
/// nobody else does, become U+FFFD.
pub(crate) fn from_json(mut json: String, max_depth: usize) -> Result<Value, Unreadable> {
    let deepest = deepest(json.as_bytes());
    if deepest > max_depth {
        return Err(Unreadable::Deep);
    }
    if json.contains("\\ud") {
        json = without_halves(&json);
    }
    if deepest >= JSON_DEPTH {
        return Err(Unreadable::Walk(json));
    }
    serde_json::from_str(&json).map_err(|_| Unreadable::NoJson)
}

fn deepest(json: &[u8]) -> usize {
    let (mut depth, mut deepest, mut in_text, mut escaped) = (0_usize, 0, false, false);
    for byte in json {
        if in_text {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => in_text = false,
                _ => {}
            }
            continue;
        }
        match byte {
            b'"' => in_text = true,
            b'{' | b'[' => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

/// `JSON.stringify` escapes a surrogate only where it stands alone.
fn without_halves(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    let mut rest = json;
    while let Some(at) = rest.find('\\') {
        out.push_str(&rest[..at]);
        let escape = &rest[at..];
        let half = escape.as_bytes().get(1) == Some(&b'u')
            && escape
                .get(2..6)
                .and_then(|digits| u32::from_str_radix(digits, 16).ok())
                .is_some_and(|code| (0xd800..0xe000).contains(&code));
        let length = if half { 6 } else { 2 };
        out.push_str(if half { "\u{fffd}" } else { &escape[..2] });
        rest = &escape[length..];
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn whole_numbers_that_a_script_cannot_hold_become_text() {
        for (value, expected) in [
            (json!(9_007_199_254_740_993_i64), "\"9007199254740993\""),
            (json!(9_007_199_254_740_992_i64), "9007199254740992"),
            (json!(-9_007_199_254_740_993_i64), "\"-9007199254740993\""),
            (json!(u64::MAX), "\"18446744073709551615\""),
            (json!([1.5, "a\"", null]), "[1.5,\"a\\\"\",null]"),
        ] {
            assert_eq!(String::from_utf8(to_json(&value)).unwrap(), expected);
        }
    }

    #[test]
    fn half_a_character_becomes_a_replacement() {
        assert_eq!(
            from_json(r#"["\ud83d","\\ud83d","\n"]"#.into(), 9),
            Ok(json!(["\u{fffd}", "\\ud83d", "\n"]))
        );
    }

    #[test]
    fn depth_is_counted_outside_of_texts() {
        assert_eq!(deepest(br#"{"a[[[":[{}],"b":"\"{{"}"#), 3);
        assert!(!is_deeper(&json!([[1]]), 2));
        assert!(is_deeper(&json!([[[1]]]), 1));
        assert_eq!(from_json("[[1]]".into(), 1), Err(Unreadable::Deep));
    }
}
