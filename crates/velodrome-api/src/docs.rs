//! The interactive API reference, from our own origin: `/docs`, and the document it shows.

use std::sync::Arc;

use axum::{
    Router,
    extract::Path,
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use bytes::Bytes;
use utoipa_swagger_ui::Config;

use crate::ApiState;

/// The viewer's scripts and styles come from us; it sets styles inline and draws its pictures as data: URIs.
const CSP: &str = "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
                   object-src 'none'; base-uri 'none'; frame-ancestors 'none'";

/// Routes of the reference; the document was rendered once.
pub(crate) fn routes(document: String) -> Router<ApiState> {
    let document = Bytes::from(document);
    let config = Arc::new(Config::new(["/openapi.json"]));
    let index = Arc::clone(&config);
    Router::new()
        .route(
            "/openapi.json",
            get(move || async move { ([(header::CONTENT_TYPE, "application/json")], document) }),
        )
        .route("/docs", get(|| async { Redirect::permanent("/docs/") }))
        .route(
            "/docs/",
            get(move || async move { serve("index.html", index) }),
        )
        .route(
            "/docs/{*path}",
            get(move |Path(path): Path<String>| async move { serve(&path, config) }),
        )
}

fn serve(path: &str, config: Arc<Config<'static>>) -> Response {
    match utoipa_swagger_ui::serve(path, config) {
        Ok(Some(file)) => (headers(&file.content_type), file.bytes.into_owned()).into_response(),
        Ok(None) => StatusCode::NOT_FOUND.into_response(),
        Err(error) => {
            tracing::error!(cause = %error, "The API reference can't be shown");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

fn headers(kind: &str) -> [(HeaderName, HeaderValue); 3] {
    [
        (
            header::CONTENT_TYPE,
            HeaderValue::from_str(kind)
                .unwrap_or(HeaderValue::from_static("application/octet-stream")),
        ),
        (
            header::CONTENT_SECURITY_POLICY,
            HeaderValue::from_static(CSP),
        ),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-cache")),
    ]
}
