//! A request as a twin sees it: read once, whole, with the host it was meant for.

use axum::http::{HeaderMap, Method};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use percent_encoding::percent_decode_str;
use serde_json::Value;

/// Name and value pairs in the order they were sent: a query or a form.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Pairs(pub(crate) Vec<(String, String)>);

impl Pairs {
    pub(crate) fn parse(text: &[u8]) -> Self {
        Self(url::form_urlencoded::parse(text).into_owned().collect())
    }

    /// The first value of this name.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    /// The first value of this name unless it is empty.
    pub(crate) fn filled(&self, name: &str) -> Option<&str> {
        self.get(name).filter(|value| !value.is_empty())
    }

    /// Whether a name occurs twice, which OAuth forbids.
    pub(crate) fn repeats(&self, name: &str) -> bool {
        self.0.iter().filter(|(key, _)| key == name).count() > 1
    }
}

/// One request.
pub(crate) struct Call {
    pub(crate) method: Method,
    /// The provider's host, however the request came here: `oauth.pipedrive.com`.
    pub(crate) host: String,
    /// The origin as the client addressed it: `https://…` for rewritten server-side calls,
    /// `http://….localhost:port` for browsers. OAuth 1.0a signatures cover it.
    pub(crate) origin: String,
    /// The path as sent, still encoded.
    pub(crate) path: String,
    /// The path's segments, decoded; a trailing slash adds nothing.
    pub(crate) segments: Vec<String>,
    pub(crate) query: Pairs,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Call {
    pub(crate) fn new(
        method: Method,
        host: &str,
        origin: String,
        uri: &axum::http::Uri,
        headers: HeaderMap,
        body: Bytes,
    ) -> Self {
        let path = uri.path().to_owned();
        Self {
            method,
            host: host.to_owned(),
            origin,
            segments: path
                .split('/')
                .filter(|segment| !segment.is_empty())
                .map(|segment| percent_decode_str(segment).decode_utf8_lossy().into_owned())
                .collect(),
            path,
            query: Pairs::parse(uri.query().unwrap_or_default().as_bytes()),
            headers,
            body,
        }
    }

    /// Method and path segments, ready to `match` on.
    pub(crate) fn route(&self) -> (&str, Vec<&str>) {
        (
            self.method.as_str(),
            self.segments.iter().map(String::as_str).collect(),
        )
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The `Content-Type` without parameters, in lower case.
    pub(crate) fn media_type(&self) -> String {
        let value = self.header("content-type").unwrap_or_default();
        let value = value.split(';').next().unwrap_or_default();
        value.trim().to_ascii_lowercase()
    }

    /// The body as a form; empty when it is something else.
    pub(crate) fn form(&self) -> Pairs {
        if self.media_type() == "application/x-www-form-urlencoded" {
            Pairs::parse(&self.body)
        } else {
            Pairs::default()
        }
    }

    /// The body as JSON, or a sentence saying why not.
    pub(crate) fn json(&self) -> Result<Value, String> {
        if self.body.is_empty() {
            return Err("the body is empty, JSON was expected".to_owned());
        }
        let media_type = self.media_type();
        if media_type != "application/json" && !media_type.ends_with("+json") {
            return Err(format!(
                "the Content-Type is {media_type:?}, application/json was expected"
            ));
        }
        serde_json::from_slice(&self.body)
            .map_err(|error| format!("the body is not valid JSON: {error}"))
    }

    /// The token of `Authorization: Bearer`.
    pub(crate) fn bearer(&self) -> Option<&str> {
        self.authorization("bearer")
    }

    /// User and password of `Authorization: Basic`.
    pub(crate) fn basic(&self) -> Option<(String, String)> {
        let bytes = STANDARD.decode(self.authorization("basic")?).ok()?;
        let text = String::from_utf8(bytes).ok()?;
        let (user, password) = text.split_once(':')?;
        Some((user.to_owned(), password.to_owned()))
    }

    /// What follows this scheme in `Authorization`.
    pub(crate) fn authorization(&self, scheme: &str) -> Option<&str> {
        let (found, rest) = self.header("authorization")?.split_once(' ')?;
        found.eq_ignore_ascii_case(scheme).then(|| rest.trim())
    }

    pub(crate) fn cookie(&self, name: &str) -> Option<&str> {
        self.header("cookie")?
            .split(';')
            .filter_map(|pair| pair.trim().split_once('='))
            .find(|(key, _)| *key == name)
            .map(|(_, value)| value)
    }
}
