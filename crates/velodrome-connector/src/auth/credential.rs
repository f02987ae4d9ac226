//! What a call authenticates with, opened: the value behind `AuthValue`.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use indexmap::IndexMap;
use serde_json::{Map, Value};
use velodrome_model::SecretString;

/// The credential of an account connector.
#[derive(Clone, Debug)]
pub enum Credential {
    /// Nothing is needed, or everything is in properties (two-legged OAuth 1.0a).
    None,
    /// One key.
    ApiKey(SecretString),
    /// HTTP Basic.
    Basic(BasicCredential),
    /// Named values.
    AuthFields(IndexMap<String, SecretString>),
    /// OAuth 1.0a.
    OAuth1(OAuth1Token),
    /// OAuth 2.0.
    OAuth2(OAuth2Token),
}

/// A user and a password (RFC 7617).
#[derive(Clone, Debug)]
pub struct BasicCredential {
    /// Up to the first colon.
    pub username: String,
    /// The rest; may be empty.
    pub password: SecretString,
}

/// An OAuth 1.0a access token.
#[derive(Clone, Debug)]
pub struct OAuth1Token {
    /// The token.
    pub token: SecretString,
    /// Signs together with the consumer secret; may be empty.
    pub token_secret: SecretString,
    /// Further members of AuthValue.
    pub metadata: Map<String, Value>,
}

/// An OAuth 2.0 token set.
#[derive(Clone, Debug, Default)]
pub struct OAuth2Token {
    /// Sent with calls; absent until the next call fetches one.
    pub access_token: Option<SecretString>,
    /// Renews it.
    pub refresh_token: Option<SecretString>,
    /// When the access token ends; unknown when absent.
    pub expires: Option<DateTime<Utc>>,
    /// When the refresh token ends; unknown when absent.
    pub refresh_expires: Option<DateTime<Utc>>,
    /// When the tokens were issued to us.
    pub issued: Option<DateTime<Utc>>,
    /// Further members of AuthValue.
    pub metadata: Map<String, Value>,
}

/// Why there is no credential to call with.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CredentialError {
    /// Nobody has authenticated yet.
    #[error("the connector is not authenticated")]
    NotAuthenticated,
    /// Only a person can help: the grant is lost.
    #[error("the connector needs re-authentication: {0}")]
    NeedsReauthentication(String),
    /// The token endpoint or our store could not be reached; a later call may work.
    #[error("the credential could not be renewed just now: {0}")]
    Unavailable(String),
    /// This kind of credential can't be renewed; a 401 is the provider's answer.
    #[error("this kind of credential can't be renewed")]
    NotRenewable,
}

/// Where a call gets its credential. The service keeps one refresh per credential behind it.
#[async_trait]
pub trait CredentialSource: Send + Sync {
    /// The credential to call with, refreshed ahead of its expiry.
    async fn current(&self) -> Result<Credential, CredentialError>;

    /// A newer credential than `stale`, which the provider refused. Joins a refresh that is under way.
    async fn renewed(&self, stale: &Credential) -> Result<Credential, CredentialError>;
}

/// A credential that never changes: keys, passwords, tokens mapped into a step.
#[derive(Clone, Debug)]
pub struct FixedCredential(pub Credential);

#[async_trait]
impl CredentialSource for FixedCredential {
    async fn current(&self) -> Result<Credential, CredentialError> {
        Ok(self.0.clone())
    }

    async fn renewed(&self, _stale: &Credential) -> Result<Credential, CredentialError> {
        Err(CredentialError::NotRenewable)
    }
}
