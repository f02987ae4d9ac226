//! What providers say beside the token, and how it is shown or kept.

use http::HeaderMap;
use serde_json::Value;
use velodrome_model::definition::scalar_text;

/// Longest text of a provider that an error of ours repeats.
const READABLE: usize = 300;

/// A header of an answer as text.
pub(super) fn header(headers: &HeaderMap, name: &str) -> Option<String> {
    let value = headers.get(name)?;
    std::str::from_utf8(value.as_bytes())
        .ok()
        .map(str::to_owned)
}

/// A provider's words, made fit to show: one line, not too long.
pub(super) fn readable(text: &str) -> String {
    let line = text.split(|c: char| c.is_control() || c.is_whitespace());
    let words: Vec<&str> = line.filter(|word| !word.is_empty()).collect();
    let text = words.join(" ");
    match text.char_indices().nth(READABLE) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

/// A member by its own name, or else by dotted path; elements of arrays by number.
pub(super) fn member<'a>(value: &'a Value, path: &str) -> Option<&'a Value> {
    if let Some(found) = value.get(path) {
        return Some(found);
    }
    path.split('.').try_fold(value, |value, step| match value {
        Value::Array(items) => items.get(step.parse::<usize>().ok()?),
        other => other.get(step),
    })
}

/// A member as the text of a property; objects and arrays as JSON.
pub(super) fn text(value: &Value, path: &str) -> Option<String> {
    member(value, path)
        .filter(|value| !value.is_null())
        .map(scalar_text)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn members_are_found_by_name_before_path() {
        let value = json!({"a.b": 1, "a": {"b": 2, "c": [{"d": true}]}, "n": null});

        assert_eq!(text(&value, "a.b").as_deref(), Some("1"));
        assert_eq!(text(&value, "a.c.0.d").as_deref(), Some("true"));
        assert_eq!(text(&value, "n"), None);
        assert_eq!(text(&value, "a.c.1.d"), None);
    }

    #[test]
    fn a_providers_words_become_one_short_line() {
        assert_eq!(readable("no\r\n\t way\u{7}out"), "no way out");
        assert_eq!(readable(&"é".repeat(400)).chars().count(), READABLE + 1);
    }
}
