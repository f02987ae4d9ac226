//! Files as values: `{Name, ContentType, Content}` with base64 content (connectors.md §2.4).

use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use http::HeaderValue;
use serde_json::Value;

use super::BodyError;

/// A file on its way into a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// The name to send.
    pub name: Option<String>,
    /// The media type.
    pub content_type: HeaderValue,
    /// The bytes.
    pub content: Bytes,
}

impl File {
    /// Whether a value is a file and nothing else.
    pub fn is_one(value: &Value) -> bool {
        let Value::Object(members) = value else {
            return false;
        };
        members.get("Content").is_some_and(Value::is_string)
            && members
                .keys()
                .all(|key| matches!(key.as_str(), "Name" | "ContentType" | "Content"))
    }

    /// Reads a file value.
    pub fn read(value: &Value) -> Result<Self, BodyError> {
        if !Self::is_one(value) {
            return Err(BodyError::NotAFile);
        }
        let text = |name: &str| {
            value
                .get(name)
                .and_then(Value::as_str)
                .filter(|text| !text.is_empty())
        };
        let content = STANDARD
            .decode(text("Content").unwrap_or_default())
            .map_err(|_| BodyError::NotAFile)?;
        let content_type =
            HeaderValue::from_str(text("ContentType").unwrap_or("application/octet-stream"))
                .map_err(|_| BodyError::ContentType)?;
        Ok(Self {
            name: text("Name").map(str::to_owned),
            content_type,
            content: content.into(),
        })
    }
}
