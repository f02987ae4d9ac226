//! Why no token is issued.

use std::time::Duration;

use velodrome_store::StoreError;

use crate::passwords::HashingFailed;

/// Why no token is issued; the codes are those of RFC 6749 §5.2.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// Unknown or revoked client, or a wrong secret.
    #[error("The client id or secret is wrong.")]
    InvalidClient,
    /// Wrong password or refresh token.
    #[error("{0}")]
    InvalidGrant(&'static str),
    /// The grant is switched off for this client.
    #[error("The password grant is switched off.")]
    UnauthorizedClient,
    /// The scope is unknown or names no account of the partner.
    #[error("{0}")]
    InvalidScope(&'static str),
    /// Too many failures from this address.
    #[error("Too many requests.")]
    Throttled(Duration),
    /// Hashing failed.
    #[error(transparent)]
    Hashing(#[from] HashingFailed),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}
