//! Pages for people of accounts: authenticating a connector, and coming back from a provider.
//!
//! They carry the partner's brand, work without a script except for the one message to the opener, and
//! keep nothing in their addresses that anybody could use again.

mod assets;
mod authenticate;
mod brand;
mod browser;
mod callback;
mod finish;
mod setup;

use axum::{Router, routing::get};

use crate::ApiState;

/// Where a form of the flow is sent.
const FORM_PATH: &str = "/connectorauth/authenticate";

/// Templates of the pages, for the normalising layer.
pub const TEMPLATES: &[&str] = &[
    "/connectorauth/updateaccountconnectoroauth",
    FORM_PATH,
    "/connectorauth/setup",
    "/connector/callback",
    "/connectorauth/assets/{name}",
];

/// The pages; paths match literally, the normalising layer takes care of case.
pub fn routes() -> Router<ApiState> {
    Router::new()
        .route(
            "/connectorauth/updateaccountconnectoroauth",
            get(authenticate::page).post(authenticate::page),
        )
        .route(FORM_PATH, axum::routing::post(authenticate::submit))
        .route("/connectorauth/setup", get(setup::page).post(setup::submit))
        .route("/connector/callback", get(callback::page))
        .route("/connectorauth/assets/{name}", get(assets::asset))
}
