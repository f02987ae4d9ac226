//! Pages for people of accounts: signing in with a link, authenticating a connector, and coming back
//! from a provider.
//!
//! They carry the partner's brand, work without a script except for the one message to the opener, and
//! keep nothing in their addresses that anybody could use again.

mod account;
mod assets;
mod authenticate;
mod brand;
mod browser;
mod callback;
mod finish;
mod framing;
mod setup;
mod sign_in;

use axum::{
    Router,
    routing::{get, post},
};

use crate::ApiState;

/// Where a form of the flow is sent.
const FORM_PATH: &str = "/connectorauth/authenticate";

/// Where sign-in links lead.
const SIGN_IN_PATH: &str = "/account/signinwithtoken";

/// Templates of the pages, for the normalising layer.
pub const TEMPLATES: &[&str] = &[
    "/connectorauth/updateaccountconnectoroauth",
    FORM_PATH,
    "/connectorauth/setup",
    "/connector/callback",
    "/connectorauth/assets/{name}",
    SIGN_IN_PATH,
    account::HOME_PATH,
    account::CONNECT_PATH,
    account::SIGN_OUT_PATH,
];

/// The pages; paths match literally, the normalising layer takes care of case.
pub fn routes() -> Router<ApiState> {
    Router::new()
        .route(
            "/connectorauth/updateaccountconnectoroauth",
            get(authenticate::page).post(authenticate::page),
        )
        .route(FORM_PATH, post(authenticate::submit))
        .route("/connectorauth/setup", get(setup::page).post(setup::submit))
        .route("/connector/callback", get(callback::page))
        .route("/connectorauth/assets/{name}", get(assets::asset))
        .route(SIGN_IN_PATH, get(sign_in::page))
        .route(account::HOME_PATH, get(account::home))
        .route(account::CONNECT_PATH, post(account::connect))
        .route(account::SIGN_OUT_PATH, post(account::sign_out))
}
