//! A provider's answer, decoded.

use bytes::Bytes;
use http::StatusCode;
use serde_json::Value;

use super::CallError;
pub use crate::paging::LongAnswer;

/// The answer of a successful call.
#[derive(Debug)]
pub struct Reply {
    /// Status of the last page.
    pub status: StatusCode,
    /// The body; pages merged.
    pub body: ReplyBody,
    /// Requests that were answered.
    pub pages: u32,
    /// The first request as it was sent, redacted; only where one page was asked for, to be shown.
    pub request: Option<String>,
    /// Things that went wrong without failing the call, fit to be shown.
    pub warnings: Vec<String>,
    /// The exit that `action_condition` chose; none where the method has no condition.
    pub condition: Option<bool>,
    /// `next_last_successful_run_date`, where a script set it.
    pub next_run: Option<chrono::DateTime<chrono::Utc>>,
    /// What scripts wrote with `console.log`, secrets replaced.
    pub console: Vec<String>,
}

/// A decoded body.
#[derive(Debug)]
pub enum ReplyBody {
    /// Json, Xml and Form; null where the provider sent nothing.
    Json(Value),
    /// The same, where the pages together are too long for memory.
    Long(LongAnswer),
    /// PlainText.
    Text(String),
    /// SimpleFile: the bytes as they came.
    File {
        /// The bytes.
        content: Bytes,
        /// The provider's Content-Type.
        content_type: String,
        /// The name in Content-Disposition.
        name: Option<String>,
    },
}

impl ReplyBody {
    /// The body as a value for locations to be read from: text as a string, a file as
    /// `{Name, ContentType, Content}` with base64 content, a long answer in memory after all.
    ///
    /// # Errors
    /// When the file of a long answer can't be read.
    pub fn into_value(self) -> Result<Value, CallError> {
        use base64::{Engine, engine::general_purpose::STANDARD};
        Ok(match self {
            Self::Json(value) => value,
            Self::Long(answer) => answer.into_value().map_err(CallError::no_room)?,
            Self::Text(text) => Value::String(text),
            Self::File {
                content,
                content_type,
                name,
            } => serde_json::json!({
                "Name": name,
                "ContentType": content_type,
                "Content": STANDARD.encode(&content),
            }),
        })
    }
}
