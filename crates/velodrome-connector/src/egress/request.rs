//! A request on its way out.

use std::{fmt, time::Duration};

use bytes::Bytes;
use futures::{Stream, TryStreamExt};
use http::{HeaderMap, Method};
use url::Url;

use super::{error::Cause, identity::Identity, policy::origin_text};

/// Time for a whole exchange, body included, unless the request says otherwise.
pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(120);
/// Decoded bytes of an answer, unless the request says otherwise.
pub const DEFAULT_MAX_RESPONSE: u64 = 64 * 1024 * 1024;

/// A request for [`super::Client::send`].
///
/// Header values that hold secrets are marked with `HeaderValue::set_sensitive`: those, and the usual
/// credential headers, are dropped when a redirect leads to another origin.
pub struct Request {
    /// The verb.
    pub method: Method,
    /// The logical address, before any rewrite.
    pub url: Url,
    /// The headers; `Host` and `Content-Length` are set by the client.
    pub headers: HeaderMap,
    /// The body.
    pub body: RequestBody,
    /// The body holds credentials, so it never follows a redirect to another origin.
    pub secret_body: bool,
    /// The certificate to show where the server asks for one. A credential: it never goes to another
    /// origin than that of `url`.
    pub identity: Option<Identity>,
    /// Time for the whole exchange, body included.
    pub timeout: Duration,
    /// Decoded bytes that the answer may have.
    pub max_response: u64,
    /// Which redirects are followed.
    pub redirects: Redirects,
}

/// Which redirects are followed, five at most.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Redirects {
    /// All that pass the guard.
    #[default]
    Follow,
    /// Those that stay on the origin; others are answers.
    SameOrigin,
    /// None: a redirect is an answer.
    Never,
}

/// The body of a request.
#[derive(Default)]
pub enum RequestBody {
    /// None.
    #[default]
    Empty,
    /// In memory; can be sent again after a redirect.
    Bytes(Bytes),
    /// Passed through as it comes; cannot be sent again.
    Stream(StreamBody),
}

/// Marks a failure of our own body stream among the errors of an exchange.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub(super) struct OwnBody(Cause);

/// A body that is read once, while it is sent.
pub struct StreamBody(pub(super) reqwest::Body);

impl Request {
    /// A request with the default limits and nothing in it.
    pub fn new(method: Method, url: Url) -> Self {
        Self {
            method,
            url,
            headers: HeaderMap::new(),
            body: RequestBody::Empty,
            secret_body: false,
            identity: None,
            timeout: DEFAULT_TIMEOUT,
            max_response: DEFAULT_MAX_RESPONSE,
            redirects: Redirects::default(),
        }
    }
}

/// Says what it is about but nothing that may be secret: no path, no query, no values, no body.
impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("method", &self.method)
            .field("origin", &origin_text(&self.url))
            .field("headers", &self.headers.keys().collect::<Vec<_>>())
            .field("body", &self.body)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for RequestBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("Empty"),
            Self::Bytes(bytes) => write!(f, "{} bytes", bytes.len()),
            Self::Stream(_) => f.write_str("Stream"),
        }
    }
}

impl RequestBody {
    /// A body that is read from a stream while it is sent.
    pub fn stream<S, E>(stream: S) -> Self
    where
        S: Stream<Item = Result<Bytes, E>> + Send + 'static,
        E: Into<Cause> + 'static,
    {
        Self::Stream(StreamBody(reqwest::Body::wrap_stream(
            stream.map_err(|error| OwnBody(error.into())),
        )))
    }
}

impl From<Bytes> for RequestBody {
    fn from(bytes: Bytes) -> Self {
        Self::Bytes(bytes)
    }
}

impl From<Vec<u8>> for RequestBody {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Bytes(bytes.into())
    }
}

impl From<String> for RequestBody {
    fn from(text: String) -> Self {
        Self::Bytes(text.into())
    }
}
