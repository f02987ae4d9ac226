//! A request before its credentials.

use http::{HeaderMap, Method};
use url::Url;

/// A request that lacks nothing but its credentials.
pub struct Unauthenticated<'a> {
    /// The verb.
    pub method: &'a Method,
    /// The final address, mergefields replaced.
    pub url: &'a mut Url,
    /// The headers.
    pub headers: &'a mut HeaderMap,
    /// The body; see [`super::body_values`] for credentials that belong into it.
    pub body: BodyToSign<'a>,
}

/// What a signature needs to know of a body.
pub enum BodyToSign<'a> {
    /// There is none.
    Empty,
    /// A form that is still to be encoded: its pairs are signed, and the protocol's are added to it when
    /// the definition wants them there.
    Form(&'a mut Vec<(String, String)>),
    /// Any other, complete.
    Bytes(&'a [u8]),
    /// Any other, not known yet.
    Stream,
}
