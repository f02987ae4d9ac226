//! Parameters of the path.

use axum::extract::{FromRequestParts, Path};
use http::request::Parts;
use serde::de::DeserializeOwned;

use crate::ApiError;

/// A parameter of the path, or a tuple of them. A malformed id is 400, an unknown one the handler's 404.
#[derive(Debug)]
pub struct ApiPath<T>(
    /// What was read.
    pub T,
);

impl<S, T> FromRequestParts<S> for ApiPath<T>
where
    S: Send + Sync,
    T: DeserializeOwned + Send,
{
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        match Path::<T>::from_request_parts(parts, state).await {
            Ok(Path(value)) => Ok(Self(value)),
            Err(_) => Err(ApiError::bad_request(
                "request.malformed_id",
                "An id in the path is not valid.",
            )),
        }
    }
}
