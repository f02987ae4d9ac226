//! The body of a token answer, whatever its encoding, as one JSON object.

use serde_json::{Map, Value};
use velodrome_model::{definition::TokenResponseFormat, xml::from_xml};

use crate::auth::encoding::form_pairs;

/// Reads an answer. `format` auto goes by Content-Type, then JSON, then form.
pub(super) fn read(
    format: TokenResponseFormat,
    content_type: Option<&str>,
    body: &[u8],
) -> Option<Value> {
    match format {
        TokenResponseFormat::Json => json(body),
        TokenResponseFormat::Form => form(body),
        TokenResponseFormat::Xml => xml(body),
        TokenResponseFormat::Auto => {
            let essence = content_type
                .unwrap_or_default()
                .split(';')
                .next()
                .unwrap_or_default();
            let essence = essence.trim().to_ascii_lowercase();
            let declared = if essence.ends_with("x-www-form-urlencoded") {
                form(body)
            } else if essence.ends_with("/xml") || essence.ends_with("+xml") {
                xml(body)
            } else {
                None
            };
            declared.or_else(|| json(body)).or_else(|| form(body))
        }
    }
}

fn json(body: &[u8]) -> Option<Value> {
    serde_json::from_slice(body).ok().filter(Value::is_object)
}

/// A page of HTML would pass as a form with odd names, so names have to look like names.
fn form(body: &[u8]) -> Option<Value> {
    let text = std::str::from_utf8(body).ok()?.trim();
    let mut members = Map::new();
    for (name, value) in form_pairs(text) {
        let name = String::from_utf8(name).ok()?;
        let plain = |c: char| c.is_alphanumeric() || "_-.[]:".contains(c);
        if name.is_empty() || !name.chars().all(plain) {
            return None;
        }
        members
            .entry(name)
            .or_insert(String::from_utf8(value).ok()?.into());
    }
    (!members.is_empty() && text.contains('=')).then_some(Value::Object(members))
}

/// The content of the root element.
fn xml(body: &[u8]) -> Option<Value> {
    let Value::Object(document) = from_xml(std::str::from_utf8(body).ok()?).ok()? else {
        return None;
    };
    document.into_values().next().filter(Value::is_object)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn answers_are_read_by_content_type_then_as_json_then_as_form() {
        let wanted = json!({"access_token": "a b&c", "expires_in": "3600"});
        let table: [(Option<&str>, &str); 5] = [
            (
                Some("application/x-www-form-urlencoded"),
                "access_token=a+b%26c&expires_in=3600",
            ),
            (
                Some("text/html; charset=utf-8"),
                "access_token=a%20b%26c&expires_in=3600\n",
            ),
            (None, r#"{"access_token":"a b&c","expires_in":"3600"}"#),
            (
                Some("application/x-www-form-urlencoded"),
                r#"{"access_token":"a b&c","expires_in":"3600"}"#,
            ),
            (
                Some("application/xml"),
                "<?xml version=\"1.0\"?><r><access_token>a b&amp;c</access_token>\
                 <expires_in><![CDATA[3600]]></expires_in></r>",
            ),
        ];
        for (content_type, body) in table {
            let read = read(TokenResponseFormat::Auto, content_type, body.as_bytes());
            assert_eq!(read.as_ref(), Some(&wanted), "{content_type:?} {body}");
        }
    }

    #[test]
    fn what_is_no_answer_is_not_taken_for_one() {
        for body in [
            "",
            "null",
            "[]",
            "\"token\"",
            "<html><body class=\"x\">Sorry</body></html>",
            "<!doctype html><a href=\"?a=b\">x</a>",
            "just words",
            "=x",
            "<a><b></a>",
        ] {
            assert_eq!(
                read(TokenResponseFormat::Auto, None, body.as_bytes()),
                None,
                "{body}"
            );
        }
        let deep = "<a>".repeat(10_000);
        assert_eq!(read(TokenResponseFormat::Xml, None, deep.as_bytes()), None);
    }
}
