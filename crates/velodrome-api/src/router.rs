//! The one router: operations, pages, files, and what is around them.

use axum::{
    Router,
    extract::Request,
    http::{HeaderMap, StatusCode, header},
    middleware::from_fn,
};
use http::{Extensions, Version};
use tower::ServiceBuilder;
use tower_http::{
    catch_panic::CatchPanicLayer,
    compression::{
        CompressionLayer,
        predicate::{Predicate, SizeAbove},
    },
};

use crate::{
    ApiError, ApiState, console, docs, observe, openapi, operations, pages,
    routing::{CanonicalPaths, Routes},
};

/// Templates of routes that are not in the API document.
const FURTHER: &[&str] = &[
    "/",
    "/openapi.json",
    "/docs",
    "/docs/",
    "/docs/{*path}",
    "/console",
    "/console/",
    "/console/{*path}",
];

/// Marks an answer as a third party's, which is handed on as it is.
pub const UPSTREAM_HEADER: &str = "x-velodrome-upstream";

/// Everything that the one listener serves.
///
/// # Errors
/// When the API document can't be written, which would be a mistake in a schema.
pub fn router(state: ApiState) -> Result<Router, serde_json::Error> {
    let (operations, templates, document) = openapi::operations();
    let further = FURTHER.iter().chain(pages::TEMPLATES).copied();
    let routes = Routes::new(templates.iter().map(String::as_str).chain(further));
    let inner = operations
        .merge(docs::routes(document.to_json()?))
        .merge(console::files())
        .merge(pages::routes())
        .fallback(unknown_path)
        .method_not_allowed_fallback(unknown_method)
        .layer(CompressionLayer::new().compress_when(SizeAbove::new(1024).and(is_compressible)))
        .layer(from_fn(observe::measure))
        .with_state(state);
    // Paths are spelled anew before the router sees them, so this stands around it and not in it.
    let around = ServiceBuilder::new()
        .layer(from_fn(observe::identify))
        .layer(CatchPanicLayer::custom(observe::answer_panic))
        .layer(CanonicalPaths::new(routes))
        .service(inner);
    Ok(Router::new().fallback_service(around))
}

/// Health and metrics alone, for a node that answers no other requests.
pub fn operations_router(state: ApiState) -> Router {
    let (routes, _) = operations::routes().split_for_parts();
    routes
        .fallback(unknown_path)
        .method_not_allowed_fallback(unknown_method)
        .layer(from_fn(observe::measure))
        .layer(from_fn(observe::identify))
        .with_state(state)
}

async fn unknown_path(_: Request) -> ApiError {
    ApiError::new(
        StatusCode::NOT_FOUND,
        "request.unknown_path",
        "There is nothing at this address.",
    )
}

async fn unknown_method(_: Request) -> ApiError {
    ApiError::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "request.unknown_method",
        "This method is not allowed here.",
    )
}

/// Text of our own is compressed. A third party's answer is handed on as it came, without waiting for
/// enough of it to compress.
fn is_compressible(_: StatusCode, _: Version, headers: &HeaderMap, _: &Extensions) -> bool {
    let kind = headers
        .get(header::CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok())
        .unwrap_or_default();
    let is_text = [
        "application/json",
        "text/",
        "application/javascript",
        "image/svg+xml",
    ]
    .iter()
    .any(|text| kind.starts_with(text));
    is_text && !headers.contains_key(UPSTREAM_HEADER)
}
