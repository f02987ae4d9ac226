//! What a twin answers.

use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, Response, StatusCode};
use serde_json::{Value, json};

use crate::twin::Text;

/// A response, before it becomes HTTP.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(Text, String)>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn empty(status: u16) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: Vec::new(),
        }
    }

    pub(crate) fn json(status: u16, body: &Value) -> Self {
        Self::text(status, "application/json; charset=utf-8", body.to_string())
    }

    /// A page for people. Nothing in it may run, be framed or be kept.
    pub(crate) fn html(status: u16, body: String) -> Self {
        Self::text(status, "text/html; charset=utf-8", body)
            .with("content-security-policy", "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'")
            .with("cache-control", "no-store")
            .with("referrer-policy", "no-referrer")
    }

    pub(crate) fn text(status: u16, media_type: &str, body: impl Into<Vec<u8>>) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: body.into(),
        }
        .with("content-type", media_type)
    }

    pub(crate) fn redirect(location: impl Into<String>) -> Self {
        Self::empty(302)
            .with("location", location)
            .with("cache-control", "no-store")
    }

    #[must_use]
    pub(crate) fn with(mut self, name: impl Into<Text>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// The body without one top-level member; unchanged when it is no JSON object.
    #[must_use]
    pub(crate) fn without_member(mut self, member: &str) -> Self {
        if let Ok(Value::Object(mut object)) = serde_json::from_slice(&self.body) {
            object.shift_remove(member);
            self.body = Value::Object(object).to_string().into_bytes();
        }
        self
    }
}

impl From<Answer> for Response<Body> {
    fn from(answer: Answer) -> Self {
        let mut response = Response::new(Body::from(answer.body));
        *response.status_mut() =
            StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        for (name, value) in answer.headers {
            let named = HeaderName::from_bytes(name.as_bytes());
            match (named, HeaderValue::from_str(&value)) {
                (Ok(name), Ok(value)) => {
                    response.headers_mut().append(name, value);
                }
                _ => {
                    // Only a value taken from a request can do this: a redirect with a line break.
                    let refusal = json!({"error": "invalid_request", "error_description": format!("the value for {name} cannot be sent")});
                    return Answer::json(400, &refusal).into();
                }
            }
        }
        response
    }
}
