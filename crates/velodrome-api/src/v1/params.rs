//! The account header in the API document; [`crate::extract`] reads it.

use utoipa::IntoParams;

/// For account-level operations.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(
    dead_code,
    reason = "describes a header that the actor extractors read"
)]
pub struct AccountHeader {
    /// API id (or internal GUID) of the account the call is about.
    #[param(rename = "X-Cyclr-Account")]
    account: String,
}

/// For operations of either level.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(
    dead_code,
    reason = "describes a header that the actor extractors read"
)]
pub struct OptionalAccountHeader {
    /// API id of an account; narrows the answer to what that account may see.
    #[param(rename = "X-Cyclr-Account", required = false)]
    account: String,
}
