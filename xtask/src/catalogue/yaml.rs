//! Definitions as people write them: small mappings on one line, the rest in blocks.

use anyhow::{Context, Result, bail};
use saphyr::{LoadableYamlNode as _, Scalar, Yaml};
use serde::{
    Serialize, Serializer,
    de::DeserializeOwned,
    ser::{SerializeMap, SerializeSeq},
};
use serde_json::{Map, Value};
use serde_saphyr::{FlowMap, FlowSeq};

/// The most characters of what stands on one line, without its indentation.
const LINE: usize = 110;

/// A value as YAML that reads back as the same value. Of the named values, which are elements of lists,
/// all but the first are references to it.
pub fn text(value: &Value, named: &[(&str, Value)]) -> Result<String> {
    let mut text = block(value)?;
    for (name, element) in named {
        text = referring(&text, name, &block(&Value::Array(vec![element.clone()]))?);
    }
    let back: Value = read(&text)?;
    if back != *value {
        bail!("the YAML of {} reads back as something else", value["slug"]);
    }
    Ok(text)
}

fn block(value: &Value) -> Result<String> {
    let options = serde_saphyr::ser_options! {
        compact_list_indent: false,
        folded_wrap_chars: 1_000_000,
    };
    Ok(serde_saphyr::to_string_with_options(&Node(value), options)?)
}

/// The text with an anchor at the first place of an element, and aliases at the others.
fn referring(text: &str, name: &str, element: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let own: Vec<&str> = element.lines().map(str::trim_end).collect();
    let indent = own
        .first()
        .map_or(0, |line| line.len() - line.trim_start().len());
    let own: Vec<&str> = own.iter().map(|line| &line[indent..]).collect();
    let mut out = String::new();
    let mut at = 0;
    let mut is_named = false;
    while at < lines.len() {
        let before = lines[at].len() - lines[at].trim_start().len();
        let found = own.iter().enumerate().all(|(offset, wanted)| {
            let line = lines.get(at + offset).and_then(|line| line.get(before..));
            line == Some(*wanted)
        });
        let space = &lines[at][..before];
        if !found {
            out.push_str(lines[at]);
            out.push('\n');
            at += 1;
        } else if is_named {
            out.push_str(&format!("{space}- *{name}\n"));
            at += own.len();
        } else {
            let first = own[0].trim_start_matches("- ");
            out.push_str(&format!("{space}- &{name}\n{space}  {first}\n"));
            for line in &own[1..] {
                out.push_str(&format!("{space}{line}\n"));
            }
            is_named = true;
            at += own.len();
        }
    }
    out
}

/// Reads a document.
pub fn read<T: DeserializeOwned>(text: &str) -> Result<T> {
    let documents = Yaml::load_from_str(text)?;
    let [document] = documents.as_slice() else {
        bail!("the file holds {} documents, not one", documents.len());
    };
    Ok(serde_json::from_value(value(document)?)?)
}

fn value(node: &Yaml<'_>) -> Result<Value> {
    Ok(match node {
        Yaml::Value(Scalar::Null) => Value::Null,
        Yaml::Value(Scalar::Boolean(flag)) => (*flag).into(),
        Yaml::Value(Scalar::Integer(number)) => (*number).into(),
        Yaml::Value(Scalar::FloatingPoint(number)) => number.into_inner().into(),
        Yaml::Value(Scalar::String(text)) => text.as_ref().into(),
        Yaml::Sequence(elements) => elements.iter().map(value).collect::<Result<_>>()?,
        Yaml::Mapping(members) => {
            let mut out = Map::new();
            for (name, member) in members {
                let name = name.as_str().context("a key is not text")?;
                out.insert(name.to_owned(), value(member)?);
            }
            Value::Object(out)
        }
        other => bail!("{other:?} has no place in a definition"),
    })
}

/// A value in the style that suits its size.
struct Node<'a>(&'a Value);

impl Serialize for Node<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::Object(members) if fits(self.0) => FlowMap(members).serialize(serializer),
            Value::Array(elements) if fits(self.0) => FlowSeq(elements).serialize(serializer),
            Value::Object(members) => {
                let mut map = serializer.serialize_map(Some(members.len()))?;
                for (name, member) in members {
                    map.serialize_entry(name, &Node(member))?;
                }
                map.end()
            }
            Value::Array(elements) => {
                let mut list = serializer.serialize_seq(Some(elements.len()))?;
                for element in elements {
                    list.serialize_element(&Node(element))?;
                }
                list.end()
            }
            scalar => scalar.serialize(serializer),
        }
    }
}

/// Whether a value is short, and no list of mappings.
fn fits(value: &Value) -> bool {
    let is_flat = match value {
        Value::Array(elements) => elements
            .iter()
            .all(|element| !element.is_object() && !element.is_array()),
        _ => depth(value) <= 2,
    };
    is_flat && value.to_string().len() <= LINE
}

fn depth(value: &Value) -> usize {
    match value {
        Value::Object(members) => 1 + members.values().map(depth).max().unwrap_or(0),
        Value::Array(elements) => 1 + elements.iter().map(depth).max().unwrap_or(0),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn short_mappings_stand_on_one_line_and_all_reads_back() {
        let value = json!({
            "name": "Yes",
            "release": {"number": 1, "status": "Live"},
            "categories": ["CRMs", "no"],
            "methods": [{"key": "a", "values": ["{{Path}}", "1", " #x", "a: b", "it's \"so\""]}],
        });

        let text = text(&value, &[]).unwrap();

        assert!(
            text.contains("release: {number: 1, status: Live}"),
            "{text}"
        );
        assert!(text.contains("\n  - "), "{text}");
    }

    #[test]
    fn what_stands_twice_is_written_once() {
        let long = json!({"targetName": "Path", "description": "x".repeat(100)});
        let value = json!({"slug": "a", "methods": [
            {"key": "one", "parameters": [long, {"b": 1}]}, {"key": "two", "parameters": [long]},
        ]});

        let text = text(&value, &[("path", long)]).unwrap();

        assert!(
            text.contains("- &path\n") && text.contains("- *path\n"),
            "{text}"
        );
        assert_eq!(text.matches("xxx").count(), 33, "{text}");
    }
}
