//! The console's files.

use axum::{
    Router,
    extract::Path,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use rust_embed::RustEmbed;

use crate::{
    ApiState,
    built::{Built, missing},
};

#[derive(RustEmbed)]
#[folder = "$CARGO_MANIFEST_DIR/../../web/console/dist"]
#[allow_missing = true]
struct Files;

/// No inline script, nothing from elsewhere, in nobody's frame. Styles are inline in the component
/// library; icons of connectors are data: URIs.
const CSP: &str = "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
                   connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

pub(super) fn routes() -> Router<ApiState> {
    Router::new()
        .route("/", get(|| async { Redirect::temporary("/console/") }))
        .route(
            "/console",
            get(|| async { Redirect::permanent("/console/") }),
        )
        .route("/console/", get(index))
        // Accepting one is an operation of the same path, which would refuse to show its page.
        .route("/console/invitation", get(index))
        .route("/console/{*path}", get(file))
}

async fn index(headers: HeaderMap) -> Response {
    page(&headers)
}

/// A file, or the page for every address that the console's own router knows.
async fn file(Path(path): Path<String>, headers: HeaderMap) -> Response {
    match Built::find::<Files>(&path) {
        Some(found) => found.answer(&headers, CSP),
        None if path.starts_with("assets/") => StatusCode::NOT_FOUND.into_response(),
        None => page(&headers),
    }
}

fn page(headers: &HeaderMap) -> Response {
    match Built::find::<Files>("index.html") {
        Some(found) => found.answer(headers, CSP),
        None => missing(NOT_BUILT, CSP),
    }
}

const NOT_BUILT: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Velodrome</title>\
<h1>The console is not built</h1><p>This binary was built without its web console. The API works; \
to get the console, run <code>cargo xtask run</code>, or <code>cargo xtask web</code> and build again.</p></html>";
