//! From the bytes of an answer to a value.

use bytes::Bytes;
use serde_json::Value;
use url::form_urlencoded;
use velodrome_model::{definition::BodyType, xml};

use super::{
    BodyError, form,
    text::{is_foreign, text, xml_text},
};

/// A decoded body.
#[derive(Clone, Debug, PartialEq)]
pub enum Decoded {
    /// Json, Xml, Form; null for nothing.
    Value(Value),
    /// PlainText.
    Text(String),
    /// A file, as it came.
    Bytes(Bytes),
}

/// Decodes an answer of the format that the method promises. Nothing at all is null.
pub fn decode(
    kind: BodyType,
    content_type: Option<&str>,
    bytes: Bytes,
) -> Result<Decoded, BodyError> {
    match kind {
        BodyType::SimpleFile => return Ok(Decoded::Bytes(bytes)),
        BodyType::PlainText => return Ok(Decoded::Text(text(content_type, &bytes)?.into_owned())),
        _ => {}
    }
    if bytes.trim_ascii().is_empty() {
        return Ok(Decoded::Value(Value::Null));
    }
    match kind {
        BodyType::Xml => Ok(Decoded::Value(xml::from_xml(&xml_text(
            content_type,
            &bytes,
        )?)?)),
        // APIs that take forms seldom answer with one.
        BodyType::Form if says_json(content_type) || looks_like_json(&bytes) => {
            Ok(Decoded::Value(json(content_type, &bytes)?))
        }
        BodyType::Form => form(content_type, &bytes),
        BodyType::Unknown => sniffed(content_type, bytes),
        // Multipart is a format of requests; their answers are Json unless the method says otherwise.
        _ => Ok(Decoded::Value(json(content_type, &bytes)?)),
    }
}

/// JSON is UTF-8 (RFC 8259 §8.1), but who announces something else means it.
fn json(content_type: Option<&str>, bytes: &[u8]) -> Result<Value, BodyError> {
    let decoded;
    let bytes = if is_foreign(content_type) {
        decoded = text(content_type, bytes)?;
        decoded.as_bytes()
    } else {
        bytes
    };
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    serde_json::from_slice(bytes).map_err(|error| BodyError::Json {
        line: error.line(),
        column: error.column(),
    })
}

fn form(content_type: Option<&str>, bytes: &[u8]) -> Result<Decoded, BodyError> {
    let text = text(content_type, bytes)?;
    form::from_pairs(form_urlencoded::parse(text.trim().as_bytes())).map(Decoded::Value)
}

fn media_type(content_type: Option<&str>) -> String {
    let text = content_type.unwrap_or_default();
    let media_type = text.split(';').next().unwrap_or_default();
    media_type.trim().to_ascii_lowercase()
}

fn says_json(content_type: Option<&str>) -> bool {
    let media_type = media_type(content_type);
    media_type == "application/json" || media_type.ends_with("+json")
}

fn looks_like_json(bytes: &[u8]) -> bool {
    matches!(bytes.trim_ascii_start().first(), Some(b'{' | b'['))
}

/// What the answer says it is; else what it looks like.
fn sniffed(content_type: Option<&str>, bytes: Bytes) -> Result<Decoded, BodyError> {
    if says_json(content_type) {
        return Ok(Decoded::Value(json(content_type, &bytes)?));
    }
    let media_type = media_type(content_type);
    if matches!(media_type.as_str(), "application/xml" | "text/xml")
        || (media_type.ends_with("+xml") && !media_type.starts_with("image/"))
    {
        return Ok(Decoded::Value(xml::from_xml(&xml_text(
            content_type,
            &bytes,
        )?)?));
    }
    if media_type == "application/x-www-form-urlencoded" {
        return form(content_type, &bytes);
    }
    if looks_like_json(&bytes)
        && let Ok(value) = json(content_type, &bytes)
    {
        return Ok(Decoded::Value(value));
    }
    if bytes.trim_ascii_start().starts_with(b"<?xml")
        && let Ok(text) = xml_text(content_type, &bytes)
        && let Ok(value) = xml::from_xml(&text)
    {
        return Ok(Decoded::Value(value));
    }
    match text(content_type, &bytes) {
        Ok(text) if !text.contains('\0') => Ok(Decoded::Text(text.into_owned())),
        _ => Ok(Decoded::Bytes(bytes)),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_format_is_read() {
        for (kind, content_type, bytes, expected) in [
            (
                BodyType::Json,
                "text/html",
                "\u{feff}{\"a\":9007199254740993}",
                Decoded::Value(json!({"a": 9_007_199_254_740_993_i64})),
            ),
            (BodyType::Json, "", " \r\n", Decoded::Value(json!(null))),
            (
                BodyType::Xml,
                "text/xml",
                "<a b=\"1\"/>",
                Decoded::Value(json!({"a": {"@b": "1"}})),
            ),
            (
                BodyType::Form,
                "",
                "a%5Bb%5D=1&c=x+y",
                Decoded::Value(json!({"a": {"b": "1"}, "c": "x y"})),
            ),
            (
                BodyType::Form,
                "application/json; charset=utf-8",
                "{\"a\":1}",
                Decoded::Value(json!({"a": 1})),
            ),
            (
                BodyType::PlainText,
                "",
                "hi\n",
                Decoded::Text("hi\n".into()),
            ),
            (BodyType::SimpleFile, "", "hi", Decoded::Bytes("hi".into())),
            (
                BodyType::Unknown,
                "application/hal+json",
                "[1]",
                Decoded::Value(json!([1])),
            ),
            (
                BodyType::Unknown,
                "application/atom+xml",
                "<a/>",
                Decoded::Value(json!({"a": null})),
            ),
            (
                BodyType::Unknown,
                "application/x-www-form-urlencoded",
                "a=1",
                Decoded::Value(json!({"a": "1"})),
            ),
            (
                BodyType::Unknown,
                "text/plain",
                "{\"a\":1}",
                Decoded::Value(json!({"a": 1})),
            ),
            (
                BodyType::Unknown,
                "",
                "{not json",
                Decoded::Text("{not json".into()),
            ),
            (
                BodyType::Unknown,
                "",
                "<?xml version=\"1.0\"?><a/>",
                Decoded::Value(json!({"a": null})),
            ),
            (
                BodyType::Unknown,
                "",
                "\u{0}\u{1}",
                Decoded::Bytes("\u{0}\u{1}".into()),
            ),
            (BodyType::Unknown, "", "", Decoded::Value(json!(null))),
        ] {
            let content_type = Some(content_type).filter(|t| !t.is_empty());
            assert_eq!(
                decode(kind, content_type, bytes.into()),
                Ok(expected),
                "{kind:?} {bytes}"
            );
        }
    }

    #[test]
    fn values_are_read_in_the_character_set_that_is_announced() {
        let latin = |text: &[u8]| Bytes::copy_from_slice(text);
        for (kind, content_type, bytes, expected) in [
            (
                BodyType::Json,
                "application/json; charset=iso-8859-1",
                latin(b"{\"a\":\"\xe4\"}"),
                json!({"a": "\u{e4}"}),
            ),
            (
                BodyType::Json,
                "application/json; charset=utf-8",
                "{\"a\":\"\u{e4}\"}".into(),
                json!({"a": "\u{e4}"}),
            ),
            (
                BodyType::Xml,
                "text/xml",
                latin(b"<?xml version=\"1.0\" encoding=\"iso-8859-1\"?><a b=\"\xe4\">\xfc</a>"),
                json!({"a": {"@b": "\u{e4}", "#text": "\u{fc}"}}),
            ),
            (
                BodyType::Unknown,
                "",
                latin(b"<?xml version=\"1.0\" encoding=\"iso-8859-1\"?><a>\xfc</a>"),
                json!({"a": "\u{fc}"}),
            ),
        ] {
            let content_type = Some(content_type).filter(|text| !text.is_empty());
            assert_eq!(
                decode(kind, content_type, bytes),
                Ok(Decoded::Value(expected)),
                "{kind:?} {content_type:?}"
            );
        }
        assert_eq!(
            decode(
                BodyType::Json,
                Some("text/json; charset=klingon"),
                "{}".into()
            ),
            Err(BodyError::Charset("klingon".into()))
        );
    }

    #[test]
    fn what_is_in_another_format_says_where_reading_stopped() {
        assert_eq!(
            decode(BodyType::Json, None, "<html>".into()),
            Err(BodyError::Json { line: 1, column: 1 })
        );
        assert_eq!(
            decode(BodyType::Json, None, "{\"a\":".into()),
            Err(BodyError::Json { line: 1, column: 5 })
        );
        let deep = "[".repeat(100_000);
        assert!(decode(BodyType::Json, None, deep.into()).is_err());
    }
}
