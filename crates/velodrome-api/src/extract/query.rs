//! Parameters of the query string.

use axum::extract::FromRequestParts;
use http::request::Parts;
use serde::de::DeserializeOwned;

use crate::{ApiError, lenient};

/// Parameters of the query string, names in any case. `Option` numbers and booleans that can't be read
/// count as left out, hence unusable paging values fall back to their defaults (api.md §8).
#[derive(Debug)]
pub struct ApiQuery<T>(
    /// What was read.
    pub T,
);

impl<S, T> FromRequestParts<S> for ApiQuery<T>
where
    S: Send + Sync,
    T: DeserializeOwned,
{
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        Ok(Self(lenient::from_query(
            parts.uri.query().unwrap_or_default(),
        )?))
    }
}
