//! Authentication with remote applications: credentials, how they are obtained and how a request
//! carries them (connectors.md §9).
//!
//! Nothing here stores anything or decides when to refresh; that is the service layer's. Randomness
//! and time come in as arguments.

mod auth_value;
mod credential;

pub use auth_value::AuthValueError;
pub use credential::{
    BasicCredential, Credential, CredentialError, CredentialSource, FixedCredential, OAuth1Token,
    OAuth2Token,
};
