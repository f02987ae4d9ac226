//! Why a call over an account connector failed.

use velodrome_connector::{auth::AuthValueError, call::CallError};
use velodrome_store::StoreError;

use crate::installation::InstallationError;

/// Why a call over an account connector failed.
#[derive(Debug, thiserror::Error)]
pub enum CallFailure {
    /// The account has no such account connector, nor has its parent.
    #[error("there is no such account connector")]
    NoAccountConnector,
    /// The actor has no such custom connector.
    #[error("there is no such custom connector")]
    NoCustomConnector,
    /// It has nothing to try.
    #[error("The custom connector has no draft; change it first.")]
    NoDraft,
    /// The draft authenticates otherwise.
    #[error(
        "The draft has no authentication like the one chosen; give AuthValue, and AuthenticationId of one of the draft's."
    )]
    OtherAuthentication,
    /// There is nothing to authenticate with.
    #[error("AuthValue or AccountConnectorId is required.")]
    NoAuthValue,
    /// A trial obtains no tokens.
    #[error(
        "AuthValue needs an AccessToken; only an account connector obtains tokens, so give one with AccountConnectorId instead."
    )]
    NoAccessToken,
    /// What was typed can't be a credential.
    #[error(transparent)]
    AuthValue(#[from] AuthValueError),
    /// The connector has no such method or lookup.
    #[error("the connector has no such {0}")]
    NoPart(&'static str),
    /// The account connector has no such copy of a category.
    #[error("there is no such copied category")]
    NoCategory,
    /// The method is of another category than the copy.
    #[error("Method {method} is not in category {category}, which CategoryId is a copy of.")]
    ForeignCategory {
        /// Name of the method.
        method: String,
        /// The copy's source.
        category: String,
    },
    /// Webhook methods receive; they can't be called.
    #[error("Method {0} is a webhook; it receives requests and can't be called.")]
    Webhook(String),
    /// A key that the method does not have.
    #[error("The method has no {what} '{key}'.")]
    UnknownKey {
        /// Parameter or field.
        what: &'static str,
        /// The key.
        key: String,
    },
    /// The rules of scope MethodCall do not allow the caller's address.
    #[error("The address of the caller may not call methods of connectors; see IP Restrictions.")]
    Address,
    /// The proxy is off for this token.
    #[error(
        "The proxy is off for account-restricted tokens; the partner's security settings can turn it on."
    )]
    ProxyOff,
    /// Suspended accounts call nothing.
    #[error("The account is suspended.")]
    Suspended,
    /// The call itself.
    #[error(transparent)]
    Call(#[from] CallError),
    /// The release is not in the catalogue.
    #[error("the connector's definition is not available")]
    Undefined,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<InstallationError> for CallFailure {
    fn from(error: InstallationError) -> Self {
        match error {
            InstallationError::NotFound => Self::NoAccountConnector,
            InstallationError::Undefined => Self::Undefined,
            InstallationError::Store(cause) => Self::Store(cause),
        }
    }
}
