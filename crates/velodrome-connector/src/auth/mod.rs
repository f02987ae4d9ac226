//! Authentication with remote applications: credentials, how they are obtained and how a request
//! carries them (connectors.md §9).
//!
//! Nothing here stores anything or decides when to refresh; that is the service layer's. Randomness
//! and time come in as arguments.

pub mod oauth1;
pub mod oauth2;

mod apply;
mod auth_value;
mod credential;
mod encoding;
mod identity;
mod metadata;
mod retry_after;
mod unauthenticated;
mod values;

pub use apply::{ApplyError, BodyValue, apply, body_values};
pub use auth_value::AuthValueError;
pub use credential::{
    BasicCredential, Credential, CredentialError, CredentialSource, FixedCredential, OAuth1Token,
    OAuth2Token,
};
pub(crate) use identity::identity;
pub(crate) use retry_after::retry_after;
pub use unauthenticated::{BodyToSign, Unauthenticated};
pub(crate) use values::merged;
pub use values::{SetupError, Values, ValuesFn};
