//! Why an authentication stopped, in words for the person in front of the browser.

use velodrome_connector::{
    auth::{
        AuthValueError, SetupError,
        oauth1::{OAuth1Error, SignError},
        oauth2::{CallbackError, TokenError},
    },
    call::FlowError,
};
use velodrome_model::PartnerScope;
use velodrome_store::{Authorisation, ReturnTarget, StoreError};

use super::AuthForm;
use crate::installation::InstallationError;

/// Why an authentication stopped.
#[derive(Debug, thiserror::Error)]
pub enum AuthenticationError {
    /// The account has no such account connector.
    #[error("the account has no such connector")]
    NotFound,
    /// The token is unknown, used or expired.
    #[error("the link or token was used before or has expired")]
    Gone,
    /// Values are missing or wrong; the form says which.
    #[error("some values are missing or not valid")]
    Values(Box<AuthForm>),
    /// `targetOrigin` can't be used.
    #[error("{0}")]
    Target(String),
    /// `state` is unknown, used or expired, or belongs to another browser.
    #[error(
        "this sign-in was not started in this browser, was finished before, or took longer than 10 minutes"
    )]
    State,
    /// The release it was installed from is not in the catalogue.
    #[error("the connector's definition is not available")]
    Undefined,
    /// The callback leads to a token address that the definition does not allow.
    #[error(
        "the provider's answer leads to an address that the connector does not allow (allowedHosts)"
    )]
    TokenAddress,
    /// The setup does not suffice.
    #[error("the connector's setup is not complete: {0}")]
    Setup(#[from] SetupError),
    /// The request could not be signed.
    #[error("the connector's setup is not complete: {0}")]
    Sign(#[from] SignError),
    /// The connector's script failed or said no.
    #[error("Failed to authenticate the connector: {0}")]
    Script(FlowError),
    /// The provider refused the token.
    #[error("{0}")]
    Token(TokenError),
    /// The OAuth 1.0a dance stopped.
    #[error("{0}")]
    OAuth1(#[from] OAuth1Error),
    /// The values are no credential.
    #[error("{0}")]
    AuthValue(#[from] AuthValueError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<TokenError> for AuthenticationError {
    fn from(error: TokenError) -> Self {
        match error {
            TokenError::Script(fault) => Self::Script(fault),
            TokenError::Setup(fault) => Self::Setup(fault),
            other => Self::Token(other),
        }
    }
}

impl From<InstallationError> for AuthenticationError {
    fn from(error: InstallationError) -> Self {
        match error {
            InstallationError::NotFound => Self::NotFound,
            InstallationError::Undefined => Self::Undefined,
            InstallationError::Store(cause) => Self::Store(cause),
        }
    }
}

/// Why a callback led nowhere, and where the browser came from.
#[derive(Debug, thiserror::Error)]
#[error("{description}")]
pub struct CallbackFailure {
    /// Code as in OAuth: `access_denied`, `invalid_state`…
    pub error: String,
    /// Words for the person.
    pub description: String,
    /// Whose brand the page carries; none when the state was not good.
    pub partner: Option<PartnerScope>,
    /// Where the browser was to go; none when the state was not good.
    pub target: Option<ReturnTarget>,
}

impl CallbackFailure {
    fn new(error: &str, description: String, waiting: Option<&Authorisation>) -> Self {
        Self {
            error: error.to_owned(),
            description,
            partner: waiting.map(|waiting| PartnerScope {
                partner: waiting.scope.partner,
            }),
            target: waiting.map(|waiting| waiting.target.clone()),
        }
    }

    pub(super) fn of(cause: &AuthenticationError, waiting: Option<&Authorisation>) -> Self {
        let error = match cause {
            AuthenticationError::State => "invalid_state",
            AuthenticationError::Token(_) | AuthenticationError::OAuth1(_) => "invalid_grant",
            AuthenticationError::Script(_) => "script_error",
            AuthenticationError::Store(_) => "server_error",
            AuthenticationError::NotFound
            | AuthenticationError::Gone
            | AuthenticationError::Values(_)
            | AuthenticationError::Target(_)
            | AuthenticationError::Undefined
            | AuthenticationError::TokenAddress
            | AuthenticationError::Setup(_)
            | AuthenticationError::Sign(_)
            | AuthenticationError::AuthValue(_) => "invalid_request",
        };
        let description = match cause {
            AuthenticationError::Store(_) => {
                "The connection could not be stored. Please try again.".to_owned()
            }
            other => other.to_string(),
        };
        Self::new(error, description, waiting)
    }

    pub(super) fn refused(cause: CallbackError, waiting: &Authorisation) -> Self {
        match cause {
            CallbackError::Denied { error, description } => {
                let words = description
                    .unwrap_or_else(|| format!("The other application answered {error}."));
                Self::new(&error, words, Some(waiting))
            }
            other => Self::new("invalid_request", other.to_string(), Some(waiting)),
        }
    }

    /// The credential is stored, and the call that tried it did not work.
    pub(super) fn test_failed(problem: String, waiting: &Authorisation) -> Self {
        Self::new("test_failed", problem, Some(waiting))
    }
}
