//! XML and values: attributes are `@name`, text beside them `#text`, repeated elements a list, an
//! empty element null; every value is text (scripting.md §4). No DTD, so no entities of others.

use quick_xml::{
    Reader, XmlVersion,
    escape::escape,
    events::{BytesRef, BytesStart, Event},
};
use serde_json::{Map, Value};

use crate::definition::scalar_text;

/// Why a text is no XML or a value has no XML form. Names places, never values.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum XmlError {
    /// Not XML, or XML that is not accepted.
    #[error("{0}")]
    Xml(String),
    /// A value that has no XML form.
    #[error("{0}")]
    NotXml(String),
}

/// Deeper than any document that means well.
const MAX_DEPTH: usize = 512;
/// Elements and attributes of one document; each takes many times its bytes in memory.
const MAX_NODES: usize = 4_000_000;

/// Writes a value as XML, wrapped into `root` or else with its only member as the root element.
pub fn to_xml(value: &Value, root: Option<&str>) -> Result<String, XmlError> {
    let mut out = String::new();
    match (root, value) {
        (Some(root), value) => element(&mut out, root, value, 1)?,
        (None, Value::Object(members)) if members.len() == 1 => {
            for (name, value) in members {
                if value.is_array() {
                    return Err(XmlError::NotXml("a document has one root element".into()));
                }
                element(&mut out, name, value, 1)?;
            }
        }
        (None, _) => return Err(XmlError::NotXml("a document has one root element".into())),
    }
    Ok(out)
}

fn element(out: &mut String, name: &str, value: &Value, depth: usize) -> Result<(), XmlError> {
    if depth > MAX_DEPTH {
        return Err(XmlError::NotXml(format!(
            "it nests deeper than {MAX_DEPTH} elements"
        )));
    }
    check_name(name)?;
    match value {
        Value::Null => out.extend(["<", name, "/>"]),
        Value::Array(elements) => {
            for value in elements {
                if value.is_array() {
                    return Err(XmlError::NotXml(format!("a list in a list at {name}")));
                }
                element(out, name, value, depth)?;
            }
        }
        Value::Object(members) => {
            out.extend(["<", name]);
            for (key, value) in members {
                if let Some(attribute) = key.strip_prefix('@') {
                    check_name(attribute)?;
                    out.extend([" ", attribute, "=\""]);
                    out.push_str(&escape(leaf(attribute, value)?));
                    out.push('"');
                }
            }
            if members.keys().all(|key| key.starts_with('@')) {
                out.push_str("/>");
                return Ok(());
            }
            out.push('>');
            for (key, value) in members.iter().filter(|(key, _)| !key.starts_with('@')) {
                if key == "#text" {
                    out.push_str(&escape(leaf(name, value)?));
                } else {
                    element(out, key, value, depth + 1)?;
                }
            }
            out.extend(["</", name, ">"]);
        }
        scalar => {
            out.extend(["<", name, ">"]);
            out.push_str(&escape(leaf(name, scalar)?));
            out.extend(["</", name, ">"]);
        }
    }
    Ok(())
}

/// A scalar as text that XML 1.0 can hold.
fn leaf(name: &str, value: &Value) -> Result<String, XmlError> {
    let text = match value {
        Value::Null => String::new(),
        Value::Array(_) | Value::Object(_) => {
            return Err(XmlError::NotXml(format!("{name} must be a text")));
        }
        scalar => scalar_text(scalar),
    };
    let forbidden = |c: char| {
        (c.is_control() && !matches!(c, '\t' | '\n' | '\r' | '\u{7f}'..='\u{9f}'))
            || matches!(c, '\u{fffe}' | '\u{ffff}')
    };
    if text.contains(forbidden) {
        return Err(XmlError::NotXml(format!(
            "{name} contains control characters"
        )));
    }
    Ok(text)
}

fn check_name(name: &str) -> Result<(), XmlError> {
    if is_name(name) {
        Ok(())
    } else {
        Err(XmlError::NotXml(format!("{name:?} is no element name")))
    }
}

/// Whether it is a `Name` (XML 1.0 §2.3).
fn is_name(name: &str) -> bool {
    let starts = |c: char| {
        matches!(c, ':' | '_' | 'A'..='Z' | 'a'..='z' | '\u{c0}'..='\u{d6}' | '\u{d8}'..='\u{f6}'
            | '\u{f8}'..='\u{2ff}' | '\u{370}'..='\u{37d}' | '\u{37f}'..='\u{1fff}' | '\u{200c}'..='\u{200d}'
            | '\u{2070}'..='\u{218f}' | '\u{2c00}'..='\u{2fef}' | '\u{3001}'..='\u{d7ff}'
            | '\u{f900}'..='\u{fdcf}' | '\u{fdf0}'..='\u{fffd}' | '\u{10000}'..='\u{effff}')
    };
    let goes_on = |c: char| matches!(c, '-' | '.' | '0'..='9' | '\u{b7}' | '\u{300}'..='\u{36f}' | '\u{203f}'..='\u{2040}');
    let mut chars = name.chars();
    chars.next().is_some_and(starts) && chars.all(|c| starts(c) || goes_on(c))
}

/// The same of a name that was read; the parser takes any.
fn named<'n>(name: &'n str, what: &str) -> Result<&'n str, XmlError> {
    if is_name(name) {
        Ok(name)
    } else {
        Err(XmlError::Xml(format!("{name:?} is no {what}")))
    }
}

/// An element that is being read.
struct Open {
    name: String,
    members: Map<String, Value>,
    text: String,
}

/// Reads a document; the result has one member, the root element.
pub fn from_xml(text: &str) -> Result<Value, XmlError> {
    let mut reader = Reader::from_str(text);
    let mut stack: Vec<Open> = Vec::new();
    let mut root = None;
    let mut nodes = 0_usize;
    let fault = |reader: &Reader<&[u8]>, error: &dyn std::fmt::Display| {
        XmlError::Xml(format!("{error} (byte {})", reader.error_position()))
    };
    loop {
        let event = reader
            .read_event()
            .map_err(|error| fault(&reader, &error))?;
        match event {
            Event::Start(start) | Event::Empty(start) if stack.is_empty() && root.is_some() => {
                return Err(fault(
                    &reader,
                    &format!("a second root element {:?}", start.name().as_ref()),
                ));
            }
            Event::Start(start) => {
                if stack.len() == MAX_DEPTH {
                    return Err(fault(&reader, &"too many nested elements"));
                }
                stack.push(open(&start, &mut nodes)?);
            }
            Event::Empty(start) => {
                let element = open(&start, &mut nodes)?;
                close(element, &mut stack, &mut root);
            }
            Event::End(_) => {
                let Some(element) = stack.pop() else {
                    return Err(fault(&reader, &"an end without a start"));
                };
                close(element, &mut stack, &mut root);
            }
            Event::Text(text) => add(&mut stack, &text.xml_content(XmlVersion::Implicit1_0))?,
            Event::CData(text) => add(&mut stack, &text.xml_content(XmlVersion::Implicit1_0))?,
            Event::GeneralRef(reference) => add(&mut stack, &resolved(&reference)?)?,
            Event::DocType(_) => {
                return Err(XmlError::Xml(
                    "document type declarations are not accepted".into(),
                ));
            }
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
            Event::Eof => break,
        }
        if nodes > MAX_NODES {
            return Err(XmlError::Xml(format!("more than {MAX_NODES} elements")));
        }
    }
    if let Some(open) = stack.pop() {
        return Err(XmlError::Xml(format!(
            "the element {:?} does not end",
            open.name
        )));
    }
    let (name, value) = root.ok_or_else(|| XmlError::Xml("no root element".into()))?;
    Ok(Value::Object(Map::from_iter([(name, value)])))
}

fn open(start: &BytesStart<'_>, nodes: &mut usize) -> Result<Open, XmlError> {
    let mut members = Map::new();
    for attribute in start.attributes() {
        let attribute = attribute.map_err(|error| XmlError::Xml(error.to_string()))?;
        let value = attribute
            .normalized_value(XmlVersion::Implicit1_0)
            .map_err(|error| XmlError::Xml(error.to_string()))?;
        members.insert(
            format!("@{}", named(attribute.key.as_ref(), "attribute name")?),
            value.into_owned().into(),
        );
        *nodes += 1;
    }
    *nodes += 1;
    Ok(Open {
        name: named(start.name().as_ref(), "element name")?.to_owned(),
        members,
        text: String::new(),
    })
}

fn close(element: Open, stack: &mut [Open], root: &mut Option<(String, Value)>) {
    let Open {
        name,
        mut members,
        text,
    } = element;
    let has_children = members.keys().any(|key| !key.starts_with('@'));
    let blank = text.trim().is_empty();
    let value = if members.is_empty() {
        if text.is_empty() {
            Value::Null
        } else {
            Value::String(text)
        }
    } else {
        // White space between elements is layout; beside attributes alone it is content.
        if !(blank && (has_children || text.is_empty())) {
            members.insert("#text".to_owned(), Value::String(text));
        }
        Value::Object(members)
    };
    let Some(parent) = stack.last_mut() else {
        *root = Some((name, value));
        return;
    };
    match parent.members.get_mut(&name) {
        None => {
            parent.members.insert(name, value);
        }
        Some(Value::Array(elements)) => elements.push(value),
        Some(first) => *first = Value::Array(vec![first.take(), value]),
    }
}

fn add(stack: &mut [Open], text: &str) -> Result<(), XmlError> {
    match stack.last_mut() {
        Some(open) => open.text.push_str(text),
        None if text.trim().is_empty() => {}
        None => return Err(XmlError::Xml("text outside the root element".into())),
    }
    Ok(())
}

fn resolved(reference: &BytesRef<'_>) -> Result<String, XmlError> {
    if let Some(char) = reference
        .resolve_char_ref()
        .map_err(|error| XmlError::Xml(error.to_string()))?
    {
        return Ok(char.into());
    }
    Ok(
        match reference.xml_content(XmlVersion::Implicit1_0).as_ref() {
            "lt" => "<",
            "gt" => ">",
            "amp" => "&",
            "quot" => "\"",
            "apos" => "'",
            other => {
                return Err(XmlError::Xml(format!(
                    "the entity {other:?} is not declared"
                )));
            }
        }
        .to_owned(),
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn a_value_is_written_as_xml() {
        for (value, root, expected) in [
            (
                json!({"n": {"@id": 1, "to": ["a", "b<"]}}),
                None,
                r#"<n id="1"><to>a</to><to>b&lt;</to></n>"#,
            ),
            (json!({"a": 1, "b": null}), Some("r"), "<r><a>1</a><b/></r>"),
            (
                json!({"a": {"@x": "\"&", "#text": "t"}}),
                None,
                r#"<a x="&quot;&amp;">t</a>"#,
            ),
            (json!({"a": {"@x": true}}), None, r#"<a x="true"/>"#),
            (
                json!({"s:a": {"@xmlns:s": "u", "s:b": "1"}}),
                None,
                r#"<s:a xmlns:s="u"><s:b>1</s:b></s:a>"#,
            ),
            (json!({"a": {"b": []}}), None, "<a></a>"),
        ] {
            assert_eq!(to_xml(&value, root).unwrap(), expected);
        }
        for value in [
            json!({"a": 1, "b": 2}),
            json!([1]),
            json!("x"),
            json!({"a": [1, 2]}),
            json!({"a b": 1}),
            json!({"a": [[1]]}),
            json!({"1a": 1}),
            json!({"a": {"@b": {}}}),
            json!({"a": "\u{1}"}),
            json!({"a><b": 1}),
        ] {
            assert!(
                matches!(to_xml(&value, None), Err(XmlError::NotXml(_))),
                "{value}"
            );
        }
    }

    #[test]
    fn xml_is_read_as_a_value() {
        for (text, expected) in [
            (
                r#"<n id="1"><to>a</to></n>"#,
                json!({"n": {"@id": "1", "to": "a"}}),
            ),
            (
                "<?xml version=\"1.0\"?>\n<a>\n  <b>1</b>\n  <b/>\n</a>\n<!-- end -->",
                json!({"a": {"b": ["1", null]}}),
            ),
            (
                "<a>x &amp; &#228; <![CDATA[<y>]]></a>",
                json!({"a": "x & ä <y>"}),
            ),
            ("<a k='&lt;'>t</a>", json!({"a": {"@k": "<", "#text": "t"}})),
            (
                "<a>one <b/> two</a>",
                json!({"a": {"b": null, "#text": "one  two"}}),
            ),
            ("<p:a xmlns:p='u'/>", json!({"p:a": {"@xmlns:p": "u"}})),
            ("<a/>", json!({"a": null})),
            ("<a> </a>", json!({"a": " "})),
        ] {
            assert_eq!(from_xml(text).unwrap(), expected, "{text}");
        }
    }

    #[test]
    fn xml_that_is_malformed_or_dangerous_is_refused() {
        let bomb = "<a>".repeat(1_000);
        for text in [
            "",
            "text",
            "<a>",
            "<a></b>",
            "<a/><b/>",
            "<a b='1' b='2'/>",
            "<a>&unknown;</a>",
            "</a>",
            "x<a/>",
            "<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><x>&e;</x>",
            "<a>&#0;</a>",
            &bomb,
        ] {
            assert!(matches!(from_xml(text), Err(XmlError::Xml(_))), "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_reading_panic(text in r#"[<>/a-c="&; !\[\]]{0,60}|\PC*"#) {
            drop(from_xml(&text));
        }

        #[test]
        fn what_is_written_is_read_back(texts in proptest::collection::vec("[^\\x00-\\x1f\\x7f-\\x9f\u{fffe}\u{ffff}]{1,20}", 2..4), attribute in "[ -~]*") {
            let value = json!({"root": {"@k": attribute, "item": texts}});
            prop_assert_eq!(from_xml(&to_xml(&value, None).unwrap()).unwrap(), value);
        }
    }
}
