//! XML as values and back: attributes are `@name`, text beside them `#text`, repeated elements a list.

use std::fmt::Write;

use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};
use serde_json::{Map, Value};

use crate::html::escape;
use crate::records::plain;

/// Deeper than any request that means well.
const MAX_DEPTH: usize = 200;

/// Reads a document; the result has one member, the root element.
pub(super) fn read(text: &str) -> Result<Value, String> {
    let mut reader = Reader::from_str(text);
    let mut open: Vec<(String, Map<String, Value>, String)> = Vec::new();
    let mut root = None;
    loop {
        let event = reader
            .read_event()
            .map_err(|error| format!("the body is not well-formed XML: {error}"))?;
        match event {
            Event::Start(start) => {
                if open.len() == MAX_DEPTH {
                    return Err("the XML nests too deeply".to_owned());
                }
                open.push(begin(&start)?);
            }
            Event::Empty(start) => {
                let element = begin(&start)?;
                end(element, &mut open, &mut root);
            }
            Event::End(_) => {
                if let Some(element) = open.pop() {
                    end(element, &mut open, &mut root);
                }
            }
            Event::Text(text) => add(&mut open, &text.xml_content(XmlVersion::Implicit1_0)),
            Event::CData(text) => add(&mut open, &text.xml_content(XmlVersion::Implicit1_0)),
            Event::GeneralRef(reference) => {
                let character = reference.resolve_char_ref().ok().flatten();
                let name = reference.xml_content(XmlVersion::Implicit1_0);
                let character = character.or(match name.as_ref() {
                    "lt" => Some('<'),
                    "gt" => Some('>'),
                    "amp" => Some('&'),
                    "quot" => Some('"'),
                    "apos" => Some('\''),
                    _ => None,
                });
                let character = character.ok_or("the XML uses an entity that is not declared")?;
                add(&mut open, character.encode_utf8(&mut [0; 4]));
            }
            Event::DocType(_) => return Err("document types are not accepted".to_owned()),
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
            Event::Eof => break,
        }
    }
    match (open.is_empty(), root) {
        (true, Some((name, value))) => Ok(Value::Object(Map::from_iter([(name, value)]))),
        _ => Err("the XML has no complete root element".to_owned()),
    }
}

fn begin(start: &BytesStart<'_>) -> Result<(String, Map<String, Value>, String), String> {
    let mut members = Map::new();
    for attribute in start.attributes() {
        let attribute = attribute.map_err(|error| error.to_string())?;
        let value = attribute
            .normalized_value(XmlVersion::Implicit1_0)
            .map_err(|error| error.to_string())?;
        members.insert(
            format!("@{}", attribute.key.as_ref()),
            value.into_owned().into(),
        );
    }
    Ok((start.name().as_ref().to_owned(), members, String::new()))
}

fn end(
    (name, mut members, text): (String, Map<String, Value>, String),
    open: &mut [(String, Map<String, Value>, String)],
    root: &mut Option<(String, Value)>,
) {
    let value = match (members.is_empty(), text.trim().is_empty()) {
        (true, true) => Value::Null,
        (true, false) => Value::String(text),
        (false, true) => Value::Object(members),
        (false, false) => {
            members.insert("#text".to_owned(), text.into());
            Value::Object(members)
        }
    };
    let Some((_, parent, _)) = open.last_mut() else {
        root.get_or_insert((name, value));
        return;
    };
    match parent.get_mut(&name) {
        None => {
            parent.insert(name, value);
        }
        Some(Value::Array(elements)) => elements.push(value),
        Some(first) => *first = Value::Array(vec![first.take(), value]),
    }
}

fn add(open: &mut [(String, Map<String, Value>, String)], text: &str) {
    if let Some((_, _, content)) = open.last_mut() {
        content.push_str(text);
    }
}

/// Writes a value; one that is not an object with one plain member is put into `response`.
pub(super) fn write(value: &Value) -> String {
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>");
    match value {
        Value::Object(members) if members.len() == 1 => {
            for (name, value) in members {
                match value {
                    Value::Array(_) => {
                        element(&mut out, "response", &Value::Object(members.clone()))
                    }
                    value => element(&mut out, name, value),
                }
            }
        }
        Value::Array(elements) => {
            out.push_str("<response>");
            for value in elements {
                element(&mut out, "item", value);
            }
            out.push_str("</response>");
        }
        value => element(&mut out, "response", value),
    }
    out
}

fn element(out: &mut String, name: &str, value: &Value) {
    match value {
        Value::Array(elements) => elements.iter().for_each(|value| element(out, name, value)),
        Value::Object(members) => {
            let _ = write!(out, "<{name}");
            for (attribute, value) in members {
                if let Some(attribute) = attribute.strip_prefix('@') {
                    let _ = write!(out, " {attribute}=\"{}\"", escape(&plain(Some(value))));
                }
            }
            out.push('>');
            for (name, value) in members {
                if name == "#text" {
                    out.push_str(&escape(&plain(Some(value))));
                } else if !name.starts_with('@') {
                    element(out, name, value);
                }
            }
            let _ = write!(out, "</{name}>");
        }
        scalar => {
            let _ = write!(out, "<{name}>{}</{name}>", escape(&plain(Some(scalar))));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_document_survives_both_ways() {
        let value = json!({"o": {"@id": "1", "i": ["a", "b & c"], "t": {"@x": "y", "#text": "z"}}});

        assert_eq!(read(&write(&value)).unwrap(), value);
        assert!(read("<a><b></a>").is_err());
        assert!(read("<!DOCTYPE a><a/>").is_err());
    }
}
