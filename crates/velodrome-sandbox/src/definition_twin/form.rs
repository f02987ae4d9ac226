//! Forms with structure: `a[b]` and `a[0]` (connectors.md §2.3).

use serde_json::{Map, Value};

/// Deeper names are one name.
const MAX_DEPTH: usize = 16;
/// List elements that a form may name.
const MAX_INDEX: usize = 10_000;

/// A form as an object; values are texts.
pub(super) fn read(pairs: &[(String, String)]) -> Value {
    let mut root = Value::Object(Map::new());
    for (name, value) in pairs {
        put(&mut root, &steps(name), value);
    }
    root
}

/// An object as pairs.
pub(super) fn write(value: &Value) -> Vec<(String, String)> {
    let mut out = Vec::new();
    flatten("", value, &mut out);
    out
}

fn steps(name: &str) -> Vec<String> {
    let Some((first, rest)) = name.split_once('[') else {
        return vec![name.to_owned()];
    };
    let inner = rest.strip_suffix(']').map(|rest| rest.split("]["));
    match inner {
        Some(parts) if !first.is_empty() => {
            let mut steps = vec![first.to_owned()];
            steps.extend(parts.map(str::to_owned));
            if steps.len() > MAX_DEPTH {
                return vec![name.to_owned()];
            }
            steps
        }
        _ => vec![name.to_owned()],
    }
}

fn put(at: &mut Value, steps: &[String], value: &str) {
    let Some((step, rest)) = steps.split_first() else {
        match at {
            Value::Null => *at = value.into(),
            Value::Array(elements) => elements.push(value.into()),
            first => {
                let both = vec![first.take(), value.into()];
                *first = Value::Array(both);
            }
        }
        return;
    };
    let index = if step.is_empty() {
        Some(at.as_array().map_or(0, Vec::len))
    } else {
        step.parse::<usize>()
            .ok()
            .filter(|index| *index <= MAX_INDEX)
    };
    match (index, &mut *at) {
        (Some(index), Value::Null | Value::Array(_)) => {
            if at.is_null() {
                *at = Value::Array(Vec::new());
            }
            if let Value::Array(elements) = at {
                if elements.len() <= index {
                    elements.resize(index + 1, Value::Null);
                }
                put(&mut elements[index], rest, value);
            }
        }
        _ => {
            if !at.is_object() {
                *at = Value::Object(Map::new());
            }
            if let Value::Object(members) = at {
                put(
                    members.entry(step.as_str()).or_insert(Value::Null),
                    rest,
                    value,
                );
            }
        }
    }
}

fn flatten(name: &str, value: &Value, out: &mut Vec<(String, String)>) {
    let below = |step: &str| {
        if name.is_empty() {
            step.to_owned()
        } else {
            format!("{name}[{step}]")
        }
    };
    match value {
        Value::Object(members) => {
            for (step, value) in members {
                flatten(&below(step), value, out);
            }
        }
        Value::Array(elements) => {
            for (index, value) in elements.iter().enumerate() {
                flatten(&below(&index.to_string()), value, out);
            }
        }
        scalar => out.push((name.to_owned(), crate::records::plain(Some(scalar)))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn structure_survives_both_ways() {
        let value = json!({"a": {"b": "1"}, "c": [{"d": "2"}, {"d": "3"}], "e": "x"});

        assert_eq!(read(&write(&value)), value);
        let repeated = [
            ("t".to_owned(), "1".to_owned()),
            ("t".to_owned(), "2".to_owned()),
        ];
        assert_eq!(read(&repeated), json!({"t": ["1", "2"]}));
    }
}
