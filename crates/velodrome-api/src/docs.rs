//! The interactive API reference, from our own origin: `/docs`, and the document it shows.

use axum::{
    Router,
    extract::Path,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use bytes::Bytes;
use rust_embed::RustEmbed;

use crate::{
    ApiState,
    built::{Built, missing},
};

#[derive(RustEmbed)]
#[folder = "$CARGO_MANIFEST_DIR/../../web/docs/dist"]
#[allow_missing = true]
struct Files;

/// The viewer's scripts and styles come from us; it sets styles inline and draws its pictures as data: URIs.
const CSP: &str = "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
                   object-src 'none'; base-uri 'none'; frame-ancestors 'none'";

/// Routes of the reference; the document was rendered once.
pub(crate) fn routes(document: String) -> Router<ApiState> {
    let document = Bytes::from(document);
    Router::new()
        .route(
            "/openapi.json",
            get(move || async move { ([(header::CONTENT_TYPE, "application/json")], document) }),
        )
        .route("/docs", get(|| async { Redirect::permanent("/docs/") }))
        .route("/docs/", get(page))
        .route("/docs/{*path}", get(file))
}

async fn page(headers: HeaderMap) -> Response {
    match Built::find::<Files>("index.html") {
        Some(found) => found.answer(&headers, CSP),
        None => missing(NOT_BUILT, CSP),
    }
}

async fn file(Path(path): Path<String>, headers: HeaderMap) -> Response {
    match Built::find::<Files>(&path) {
        Some(found) => found.answer(&headers, CSP),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

const NOT_BUILT: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Velodrome API</title>\
<h1>The API reference is not built</h1><p>This binary was built without its web part. The document is at \
<a href=\"/openapi.json\">/openapi.json</a>; to get the reference, run <code>cargo xtask run</code>, or \
<code>cargo xtask web</code> and build again.</p></html>";
