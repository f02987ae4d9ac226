//! From a value to the bytes of a request.

use bytes::Bytes;
use http::HeaderValue;
use serde_json::Value;
use url::form_urlencoded;
use velodrome_model::{
    definition::{BodyType, scalar_text},
    xml,
};

use super::{BodyError, File, form, multipart};

/// A body ready to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EncodedBody {
    /// None.
    Empty,
    /// Pairs of a form, encoded last because OAuth 1.0a signs them and may add its own.
    Form(Vec<(String, String)>),
    /// Bytes.
    Bytes {
        /// The bytes.
        content: Bytes,
        /// Their type; none where the definition sends none.
        content_type: Option<HeaderValue>,
    },
}

impl EncodedBody {
    /// Media type and bytes as they are sent.
    pub fn finish(self) -> (Option<HeaderValue>, Bytes) {
        match self {
            Self::Empty => (None, Bytes::new()),
            Self::Form(pairs) => {
                let text = form_urlencoded::Serializer::new(String::new())
                    .extend_pairs(pairs)
                    .finish();
                (
                    Some(HeaderValue::from_static(
                        "application/x-www-form-urlencoded",
                    )),
                    text.into(),
                )
            }
            Self::Bytes {
                content,
                content_type,
            } => (content_type, content),
        }
    }
}

/// What a method of this response format accepts; none where no header is sent.
pub fn accept(kind: BodyType) -> Option<HeaderValue> {
    Some(HeaderValue::from_static(match kind {
        BodyType::Unknown => return None,
        BodyType::Json | BodyType::File | BodyType::MultipartRelated => "application/json",
        BodyType::Form => "application/json, application/x-www-form-urlencoded;q=0.9",
        BodyType::Xml => "application/xml",
        BodyType::PlainText => "text/plain",
        BodyType::SimpleFile => "*/*",
    }))
}

/// Encodes a body; null is no body. `root` is the element around an Xml body, `boundary` separates the
/// parts of multipart bodies and must not occur in them: random text, in other words.
pub fn encode(
    kind: BodyType,
    body: &Value,
    root: Option<&str>,
    boundary: &str,
) -> Result<EncodedBody, BodyError> {
    if body.is_null() {
        return Ok(EncodedBody::Empty);
    }
    let bytes = |content: Vec<u8>, content_type: &'static str| EncodedBody::Bytes {
        content: content.into(),
        content_type: Some(HeaderValue::from_static(content_type)),
    };
    Ok(match kind {
        BodyType::Json => bytes(json(body), "application/json"),
        BodyType::Xml => bytes(xml::to_xml(body, root)?.into_bytes(), "application/xml"),
        BodyType::Form => EncodedBody::Form(form::to_pairs(body)?),
        BodyType::File => multipart::form_data(body, boundary)?,
        BodyType::MultipartRelated => multipart::related(body, boundary)?,
        BodyType::PlainText => bytes(
            scalar_text(lone(body).ok_or(BodyError::NotAText)?).into_bytes(),
            "text/plain; charset=utf-8",
        ),
        BodyType::SimpleFile => {
            let file = File::read(if File::is_one(body) {
                body
            } else {
                only_member(body).ok_or(BodyError::NotAFile)?
            })?;
            EncodedBody::Bytes {
                content: file.content,
                content_type: Some(file.content_type),
            }
        }
        BodyType::Unknown => {
            let content =
                lone(body).map_or_else(|| json(body), |text| scalar_text(text).into_bytes());
            EncodedBody::Bytes {
                content: content.into(),
                content_type: None,
            }
        }
    })
}

fn json(body: &Value) -> Vec<u8> {
    serde_json::to_vec(body).expect("a JSON value has text keys, so it can be written")
}

/// The scalar that a body is, or that its only member is.
fn lone(body: &Value) -> Option<&Value> {
    let value = if body.is_object() {
        only_member(body)?
    } else {
        body
    };
    (!value.is_object() && !value.is_array()).then_some(value)
}

fn only_member(body: &Value) -> Option<&Value> {
    let members = body.as_object().filter(|members| members.len() == 1)?;
    members.values().next()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_format_has_its_bytes_and_type() {
        let file = json!({"Name": "a.bin", "ContentType": "image/png", "Content": "aGk="});
        for (kind, body, expected_type, expected) in [
            (
                BodyType::Json,
                json!({"a": [1]}),
                "application/json",
                r#"{"a":[1]}"#,
            ),
            (
                BodyType::Xml,
                json!({"a": "1"}),
                "application/xml",
                "<r><a>1</a></r>",
            ),
            (
                BodyType::Form,
                json!({"a": {"b": "x y&z"}}),
                "application/x-www-form-urlencoded",
                "a%5Bb%5D=x+y%26z",
            ),
            (
                BodyType::PlainText,
                json!("hi"),
                "text/plain; charset=utf-8",
                "hi",
            ),
            (
                BodyType::PlainText,
                json!({"text": 7}),
                "text/plain; charset=utf-8",
                "7",
            ),
            (BodyType::SimpleFile, file.clone(), "image/png", "hi"),
            (
                BodyType::SimpleFile,
                json!({"file": file}),
                "image/png",
                "hi",
            ),
            (
                BodyType::Unknown,
                json!({"a": 1, "b": 2}),
                "",
                r#"{"a":1,"b":2}"#,
            ),
            (BodyType::Unknown, json!("raw"), "", "raw"),
        ] {
            let (content_type, content) = encode(kind, &body, Some("r"), "b").unwrap().finish();
            assert_eq!(
                content_type.as_ref().map_or("", |t| t.to_str().unwrap()),
                expected_type,
                "{kind:?}"
            );
            assert_eq!(content, expected, "{kind:?}");
        }
        assert_eq!(
            encode(BodyType::Json, &json!(null), None, "b"),
            Ok(EncodedBody::Empty)
        );
        assert_eq!(
            encode(BodyType::PlainText, &json!({"a": 1, "b": 2}), None, "b"),
            Err(BodyError::NotAText)
        );
        assert_eq!(
            encode(BodyType::SimpleFile, &json!("x"), None, "b"),
            Err(BodyError::NotAFile)
        );
    }
}
