//! Around every request: its id, its span, its measurements, and what must be on every answer.

use std::{any::Any, time::Instant};

use axum::{
    extract::{MatchedPath, Request},
    middleware::Next,
    response::{IntoResponse, Response},
};
use http::{HeaderValue, header};
use tracing::{Instrument as _, Span, field};

use crate::{
    ApiError, metrics,
    request_id::{REQUEST_ID_HEADER, RequestId},
};

/// Outermost: gives the request an id and a span, and the answer its headers. Neither path nor query are
/// logged, since both can hold secrets (webhook keys, codes, tokens); the route template is.
pub(crate) async fn identify(mut request: Request, next: Next) -> Response {
    let id = RequestId::of(request.headers());
    let span = tracing::info_span!(
        "request",
        request.id = id.as_str(),
        http.method = %request.method(),
        http.route = field::Empty,
    );
    request.extensions_mut().insert(id.clone());
    let mut response = next.run(request).instrument(span).await;
    let headers = response.headers_mut();
    headers.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    if let Ok(id) = HeaderValue::from_str(id.as_str()) {
        headers.insert(REQUEST_ID_HEADER, id);
    }
    response
}

/// Innermost, where the route is known: measures and logs the answer.
pub(crate) async fn measure(request: Request, next: Next) -> Response {
    let method = request.method().clone();
    let matched = request.extensions().get::<MatchedPath>().cloned();
    let route = matched.as_ref().map_or("unmatched", MatchedPath::as_str);
    Span::current().record("http.route", route);
    let start = Instant::now();
    let response = next.run(request).await;
    let took = start.elapsed();
    metrics::answered(route, &method, response.status(), took);
    tracing::debug!(
        http.status = response.status().as_u16(),
        duration_ms = took.as_millis() as u64,
        "Answered"
    );
    response
}

/// A panic is a bug; its caller gets the same answer as to any other unexpected failure.
pub(crate) fn answer_panic(cause: Box<dyn Any + Send + 'static>) -> Response {
    let text = cause
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| cause.downcast_ref::<String>().map(String::as_str));
    tracing::error!(cause = text.unwrap_or("unknown"), "A request panicked");
    ApiError::internal().into_response()
}
