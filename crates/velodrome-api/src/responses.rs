//! Groups of error answers for the API document, so that every operation names them the same way.

use utoipa::IntoResponses;

use crate::error::{ErrorBody, UpstreamErrorBody};

/// What every operation behind a token may answer.
#[derive(IntoResponses)]
pub enum Standard {
    /// No valid token, or no valid account header.
    #[response(status = 401)]
    Unauthorized(#[to_schema] ErrorBody),
    /// The token or the address is not allowed to do this.
    #[response(status = 403)]
    Forbidden(#[to_schema] ErrorBody),
    /// Too many requests.
    #[response(status = 429)]
    TooManyRequests(#[to_schema] ErrorBody),
    /// Unexpected failure.
    #[response(status = 500)]
    ServerError(#[to_schema] ErrorBody),
}

/// 400 of operations that read a body, an id or a filter.
#[derive(IntoResponses)]
pub enum Malformed {
    /// The request is malformed or breaks a rule; nothing was changed.
    #[response(status = 400)]
    BadRequest(#[to_schema] ErrorBody),
}

/// 404 of operations on one object.
#[derive(IntoResponses)]
pub enum Missing {
    /// The object does not exist or belongs to somebody else.
    #[response(status = 404)]
    NotFound(#[to_schema] ErrorBody),
}

/// 409 of operations that depend on an object's state.
#[derive(IntoResponses)]
pub enum Conflicting {
    /// The state of the object forbids it; a running cycle for example.
    #[response(status = 409)]
    Conflict(#[to_schema] ErrorBody),
}

/// 502 of operations that fetch a document.
#[derive(IntoResponses)]
pub enum NotFetched {
    /// The document could not be fetched.
    #[response(status = 502)]
    NotFetched(#[to_schema] UpstreamErrorBody),
}

/// 502 and 504 of operations that call a third party.
#[derive(IntoResponses)]
pub enum UpstreamFailing {
    /// The third-party API failed.
    #[response(status = 502)]
    UpstreamFailed(#[to_schema] UpstreamErrorBody),
    /// The third-party API, or a synchronous response, took too long.
    #[response(status = 504)]
    UpstreamTimeout(#[to_schema] UpstreamErrorBody),
}
