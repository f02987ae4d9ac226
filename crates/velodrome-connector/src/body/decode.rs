//! From the bytes of an answer to a value.

use bytes::Bytes;
use serde_json::Value;
use url::form_urlencoded;
use velodrome_model::{definition::BodyType, xml};

use super::{BodyError, form, text::text};

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
        BodyType::Xml => Ok(Decoded::Value(xml::from_xml(&text(content_type, &bytes)?)?)),
        // APIs that take forms seldom answer with one.
        BodyType::Form if says_json(content_type) || looks_like_json(&bytes) => {
            Ok(Decoded::Value(json(&bytes)?))
        }
        BodyType::Form => form(content_type, &bytes),
        BodyType::Unknown => sniffed(content_type, bytes),
        // Multipart is a format of requests; their answers are Json unless the method says otherwise.
        _ => Ok(Decoded::Value(json(&bytes)?)),
    }
}

fn json(bytes: &[u8]) -> Result<Value, BodyError> {
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
        return Ok(Decoded::Value(json(&bytes)?));
    }
    let media_type = media_type(content_type);
    if matches!(media_type.as_str(), "application/xml" | "text/xml")
        || (media_type.ends_with("+xml") && !media_type.starts_with("image/"))
    {
        return Ok(Decoded::Value(xml::from_xml(&text(content_type, &bytes)?)?));
    }
    if media_type == "application/x-www-form-urlencoded" {
        return form(content_type, &bytes);
    }
    if looks_like_json(&bytes)
        && let Ok(value) = json(&bytes)
    {
        return Ok(Decoded::Value(value));
    }
    if bytes.trim_ascii_start().starts_with(b"<?xml")
        && let Ok(text) = text(content_type, &bytes)
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
