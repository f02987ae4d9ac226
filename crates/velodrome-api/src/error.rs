//! The error body of the API: exactly `{"Message":"…"}` (api.md §6).
//!
//! Services answer with error enums; each area maps its enum to [`ApiError`] in one exhaustive `match`.
//! What nobody foresaw goes through [`ApiError::unexpected`], which logs the cause once and tells the
//! caller nothing but the request id.

use std::{borrow::Cow, fmt::Display, time::Duration};

use axum::{
    Json,
    response::{IntoResponse, Response},
};
use http::{HeaderValue, StatusCode, header};
use serde::Serialize;
use utoipa::ToSchema;
use velodrome_service::{Invalid, Outage, StoreError};

use crate::lenient::Unreadable;

/// Name of the header that carries the stable, dotted code of an error.
pub const CODE_HEADER: &str = "x-velodrome-code";

/// After which time another attempt makes sense while the database has an outage.
const OUTAGE_PAUSE: Duration = Duration::from_secs(5);

/// A failed call, ready to be answered.
#[derive(Debug)]
pub struct ApiError(Box<Answer>);

/// What will be answered. Boxed, since an error travels through many results.
#[derive(Debug)]
struct Answer {
    status: StatusCode,
    code: Cow<'static, str>,
    message: String,
    retry_after: Option<Duration>,
    challenge: Option<HeaderValue>,
    upstream: Option<Upstream>,
}

#[derive(Debug)]
struct Upstream {
    detail: Option<String>,
    status: Option<u16>,
}

/// Body of every failed API call. Exactly these properties, nothing else, unless an operation names another schema.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
#[schema(as = Error)]
pub struct ErrorBody {
    /// What is wrong, one sentence, safe to show to an administrator.
    pub message: String,
}

/// The third-party API answered with an error, or could not be reached. Detail and UpstreamStatusCode are absent when no call was made.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
#[schema(as = UpstreamError)]
pub struct UpstreamErrorBody {
    /// Short message, one of TransactionErrorMessage.
    pub message: String,
    /// Status line and body of the answer and the sent request, secrets replaced by REDACTED.
    pub detail: Option<String>,
    /// HTTP status of the third-party API; null when there was no answer.
    pub upstream_status_code: Option<u16>,
}

impl ApiError {
    /// An error with a stable, dotted code and a sentence.
    pub fn new(
        status: StatusCode,
        code: impl Into<Cow<'static, str>>,
        message: impl Display,
    ) -> Self {
        Self(Box::new(Answer {
            status,
            code: code.into(),
            message: message.to_string(),
            retry_after: None,
            challenge: None,
            upstream: None,
        }))
    }

    /// 400.
    pub fn bad_request(code: impl Into<Cow<'static, str>>, message: impl Display) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, message)
    }

    /// 401 of a token or session that is missing or no longer good; `given` says that there was one.
    pub fn unauthorized(code: impl Into<Cow<'static, str>>, given: bool) -> Self {
        let challenge = if given {
            "Bearer error=\"invalid_token\""
        } else {
            "Bearer"
        };
        let text = "Authorization has been denied for this request.";
        Self::new(StatusCode::UNAUTHORIZED, code, text).challenged(challenge)
    }

    /// 401 with a sentence of its own, for example about the account header.
    pub fn unauthorized_because(code: impl Into<Cow<'static, str>>, message: impl Display) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, code, message).challenged("Bearer")
    }

    fn challenged(mut self, challenge: &'static str) -> Self {
        self.0.challenge = Some(HeaderValue::from_static(challenge));
        self
    }

    /// 403.
    pub fn forbidden(code: impl Into<Cow<'static, str>>, message: impl Display) -> Self {
        Self::new(StatusCode::FORBIDDEN, code, message)
    }

    /// 404 of an object that does not exist or belongs to somebody else.
    pub fn not_found(code: impl Into<Cow<'static, str>>) -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            code,
            "No resource with this id exists.",
        )
    }

    /// 409.
    pub fn conflict(code: impl Into<Cow<'static, str>>, message: impl Display) -> Self {
        Self::new(StatusCode::CONFLICT, code, message)
    }

    /// 429, with the time to wait.
    pub fn too_many(code: impl Into<Cow<'static, str>>, wait: Duration) -> Self {
        Self::new(StatusCode::TOO_MANY_REQUESTS, code, "Too many requests.").retry_after(wait)
    }

    /// 413, with the bound in the sentence.
    pub fn too_large(limit: usize) -> Self {
        let text = format!("The body is larger than {} MiB.", limit / (1024 * 1024));
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "request.too_large", text)
    }

    /// 500, or 503 while the database has an outage. The cause is logged here, once, in the span that
    /// carries the request id, and not answered.
    pub fn unexpected(cause: impl std::error::Error + 'static) -> Self {
        let outage = (&cause as &dyn std::error::Error)
            .downcast_ref::<StoreError>()
            .and_then(StoreError::outage);
        let mut text = cause.to_string();
        let mut source = cause.source();
        while let Some(inner) = source {
            text.push_str(": ");
            text.push_str(&inner.to_string());
            source = inner.source();
        }
        tracing::error!(cause = text, "A request failed unexpectedly");
        match outage {
            Some(outage) => Self::outage(outage),
            None => Self::internal(),
        }
    }

    /// 503: the database can't do it now.
    fn outage(outage: Outage) -> Self {
        let (code, text) = match outage {
            Outage::Full => (
                "server.storage_full",
                "The server's storage is full and nothing was changed. Its operator has to make room.",
            ),
            Outage::Unreachable => (
                "server.database_unreachable",
                "The server's database can't be reached. Try again in a moment.",
            ),
        };
        Self::new(StatusCode::SERVICE_UNAVAILABLE, code, text).retry_after(OUTAGE_PAUSE)
    }

    /// 500 whose cause has been logged already.
    pub fn internal() -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "server.unexpected",
            "An error has occurred.",
        )
    }

    /// A third party failed: the body also carries what it answered (openapi: UpstreamError).
    pub fn upstream(
        status: StatusCode,
        code: impl Into<Cow<'static, str>>,
        message: impl Display,
        detail: Option<String>,
        upstream_status: Option<u16>,
    ) -> Self {
        let mut error = Self::new(status, code, message);
        error.0.upstream = Some(Upstream {
            detail,
            status: upstream_status,
        });
        error
    }

    /// The same failure of a third party under another code and with more said about it.
    pub fn detailed(mut self, code: &'static str, detail: String) -> Self {
        self.0.code = code.into();
        let status = self
            .0
            .upstream
            .as_ref()
            .and_then(|upstream| upstream.status);
        self.0.upstream = Some(Upstream {
            detail: Some(detail),
            status,
        });
        self
    }

    /// Says after which time another attempt makes sense.
    pub fn retry_after(mut self, wait: Duration) -> Self {
        self.0.retry_after = Some(wait);
        self
    }

    /// The status that will be answered.
    pub fn status(&self) -> StatusCode {
        self.0.status
    }

    /// The sentence that will be answered.
    pub fn message(&self) -> &str {
        &self.0.message
    }
}

impl From<Unreadable> for ApiError {
    fn from(error: Unreadable) -> Self {
        Self::bad_request("request.unreadable", error)
    }
}

impl From<StoreError> for ApiError {
    fn from(cause: StoreError) -> Self {
        Self::unexpected(cause)
    }
}

impl From<Invalid> for ApiError {
    fn from(invalid: Invalid) -> Self {
        Self::bad_request(invalid.code, invalid.message)
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let answer = *self.0;
        let message = answer.message;
        let mut response = match answer.upstream {
            None => (answer.status, Json(ErrorBody { message })).into_response(),
            Some(upstream) => {
                let body = UpstreamErrorBody {
                    message,
                    detail: upstream.detail,
                    upstream_status_code: upstream.status,
                };
                (answer.status, Json(body)).into_response()
            }
        };
        let headers = response.headers_mut();
        if let Ok(code) = HeaderValue::from_str(&answer.code) {
            headers.insert(CODE_HEADER, code);
        }
        if let Some(challenge) = answer.challenge {
            headers.insert(header::WWW_AUTHENTICATE, challenge);
        }
        if let Some(wait) = answer.retry_after {
            // Rounded up, so that a caller who waits as told is not refused again.
            let seconds = u64::try_from(wait.as_millis().div_ceil(1000)).unwrap_or(u64::MAX);
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds.max(1)));
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt as _;

    use super::*;

    #[tokio::test]
    async fn the_body_is_exactly_one_message() {
        let response =
            ApiError::bad_request("account.id_in_use", "ID already in use").into_response();

        assert_eq!(response.headers()[CODE_HEADER], "account.id_in_use");
        let body = response.into_body().collect().await.unwrap().to_bytes();
        assert_eq!(body, r#"{"Message":"ID already in use"}"#);
    }

    #[test]
    fn waiting_is_rounded_up_to_seconds() {
        let response =
            ApiError::too_many("auth.throttled", Duration::from_millis(1200)).into_response();

        assert_eq!(response.headers()[header::RETRY_AFTER], "2");
    }
}
