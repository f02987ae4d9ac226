//! JSON bodies, read forgivingly and within a bound.

use axum::{
    body::Body,
    extract::{FromRequest, Request},
};
use bytes::Bytes;
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use serde::de::DeserializeOwned;

use crate::{ApiError, lenient};

/// A JSON body; nothing at all counts as `{}`. `Content-Type` is not looked at, since clients send
/// anything there.
#[derive(Debug)]
pub struct ApiJson<T>(
    /// What was read.
    pub T,
);

/// Bytes that a body may have; put another one on a route with `Extension(BodyLimit(…))`.
#[derive(Clone, Copy, Debug)]
pub struct BodyLimit(
    /// Bytes.
    pub usize,
);

impl BodyLimit {
    /// Of API bodies (api.md §1).
    pub const API: Self = Self(4 * 1024 * 1024);
}

impl<S, T> FromRequest<S> for ApiJson<T>
where
    S: Send + Sync,
    T: DeserializeOwned,
{
    type Rejection = ApiError;

    async fn from_request(request: Request, _: &S) -> Result<Self, ApiError> {
        let limit = request
            .extensions()
            .get()
            .copied()
            .unwrap_or(BodyLimit::API);
        let body = read_body(request.into_body(), limit).await?;
        Ok(Self(lenient::from_body(&body)?))
    }
}

/// Reads a whole body within a bound.
///
/// # Errors
/// 413 when it is larger, 400 when the client breaks off.
pub async fn read_body(body: Body, limit: BodyLimit) -> Result<Bytes, ApiError> {
    match Limited::new(body, limit.0).collect().await {
        Ok(body) => Ok(body.to_bytes()),
        Err(error) if is_length(error.as_ref()) => Err(ApiError::too_large(limit.0)),
        Err(_) => Err(ApiError::bad_request(
            "request.incomplete",
            "The body ended too early.",
        )),
    }
}

fn is_length(error: &(dyn std::error::Error + 'static)) -> bool {
    let mut error = Some(error);
    while let Some(inner) = error {
        if inner.is::<LengthLimitError>() {
            return true;
        }
        error = inner.source();
    }
    false
}
