//! What the console needs beyond the API: signing in, sessions, its files.

mod assets;
mod security;
mod session;

use axum::Router;
use utoipa_axum::router::OpenApiRouter;

use crate::ApiState;

/// Operations of the console, part of the API document.
pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    session::routes().merge(security::routes())
}

/// The console's files. Operations under the same prefix are literals and win.
pub(crate) fn files() -> Router<ApiState> {
    assets::routes()
}
