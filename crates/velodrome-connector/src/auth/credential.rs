//! What an account connector authenticates with, and where a call gets it from.

use std::{fmt, sync::Arc};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use indexmap::IndexMap;
use serde_json::{Map, Value};
use velodrome_model::{ExposeSecret, SecretString, definition::AuthType};

use crate::call::Properties;

/// The secret of one account connector, by kind of authentication: the value behind `AuthValue`.
#[derive(Clone, Debug, Default)]
pub enum Credential {
    /// Nothing is needed; also OAuth 1.0a signed by the consumer alone.
    #[default]
    None,
    /// One key.
    ApiKey(SecretString),
    /// User and password.
    Basic(BasicCredential),
    /// Named values, in the order given.
    AuthFields(IndexMap<String, SecretString>),
    /// OAuth 1.0a token.
    OAuth1(OAuth1Token),
    /// OAuth 2.0 tokens.
    OAuth2(OAuth2Token),
}

/// User and password of HTTP Basic (RFC 7617).
#[derive(Clone, Debug)]
pub struct BasicCredential {
    /// Everything before the first colon.
    pub username: String,
    /// Everything after it; may be empty.
    pub password: SecretString,
}

/// An OAuth 1.0a access token.
#[derive(Clone)]
pub struct OAuth1Token {
    /// `oauth_token`.
    pub token: SecretString,
    /// `oauth_token_secret`; may be empty.
    pub token_secret: SecretString,
    /// Further members of AuthValue, by name.
    pub metadata: Map<String, Value>,
}

/// OAuth 2.0 tokens and what the provider said about them.
#[derive(Clone, Default)]
pub struct OAuth2Token {
    /// Absent until the first grant: the AuthValue `{}` means "authenticate at the next call".
    pub access_token: Option<SecretString>,
    /// Absent when the provider gives none.
    pub refresh_token: Option<SecretString>,
    /// End of the access token; absent when unknown.
    pub expires: Option<DateTime<Utc>>,
    /// End of the refresh token; absent when unknown.
    pub refresh_expires: Option<DateTime<Utc>>,
    /// When the access token was received; absent for tokens that somebody else obtained. Not part of
    /// AuthValue: whoever stores the token keeps it beside it.
    pub issued: Option<DateTime<Utc>>,
    /// Further members of AuthValue, by name.
    pub metadata: Map<String, Value>,
}

impl Credential {
    /// The kind of authentication that uses it.
    pub fn kind(&self) -> AuthType {
        match self {
            Self::None => AuthType::None,
            Self::ApiKey(_) => AuthType::ApiKey,
            Self::Basic(_) => AuthType::Basic,
            Self::AuthFields(_) => AuthType::AuthFields,
            Self::OAuth1(_) => AuthType::OAuth1,
            Self::OAuth2(_) => AuthType::OAuth2,
        }
    }

    /// The OAuth 2.0 tokens, if it is that kind.
    pub fn oauth2(&self) -> Option<&OAuth2Token> {
        match self {
            Self::OAuth2(token) => Some(token),
            _ => None,
        }
    }

    /// Whether both would put the same secret on a request; tells a call whose credential was refused
    /// whether somebody has renewed it meanwhile.
    pub fn sends_same_secret_as(&self, other: &Self) -> bool {
        fn same(a: &SecretString, b: &SecretString) -> bool {
            a.expose_secret() == b.expose_secret()
        }
        match (self, other) {
            (Self::None, Self::None) => true,
            (Self::ApiKey(a), Self::ApiKey(b)) => same(a, b),
            (Self::Basic(a), Self::Basic(b)) => {
                a.username == b.username && same(&a.password, &b.password)
            }
            (Self::AuthFields(a), Self::AuthFields(b)) => {
                a.len() == b.len()
                    && a.iter()
                        .all(|(name, value)| b.get(name).is_some_and(|other| same(value, other)))
            }
            (Self::OAuth1(a), Self::OAuth1(b)) => {
                same(&a.token, &b.token) && same(&a.token_secret, &b.token_secret)
            }
            (Self::OAuth2(a), Self::OAuth2(b)) => match (&a.access_token, &b.access_token) {
                (Some(a), Some(b)) => same(a, b),
                (None, None) => true,
                _ => false,
            },
            _ => false,
        }
    }

    /// Every secret text in it, for redaction.
    pub fn secrets(&self) -> Vec<&SecretString> {
        match self {
            Self::None => Vec::new(),
            Self::ApiKey(key) => vec![key],
            Self::Basic(basic) => vec![&basic.password],
            Self::AuthFields(fields) => fields.values().collect(),
            Self::OAuth1(token) => vec![&token.token, &token.token_secret],
            Self::OAuth2(token) => token
                .access_token
                .iter()
                .chain(token.refresh_token.iter())
                .collect(),
        }
    }
}

impl fmt::Debug for OAuth1Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OAuth1Token")
            .field("metadata", &names(&self.metadata))
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for OAuth2Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OAuth2Token")
            .field("access_token", &self.access_token)
            .field("refresh_token", &self.refresh_token)
            .field("expires", &self.expires)
            .field("refresh_expires", &self.refresh_expires)
            .field("issued", &self.issued)
            .field("metadata", &names(&self.metadata))
            .finish()
    }
}

/// Metadata may hold anything a provider or a client sent, ID tokens included: only names are shown.
fn names(metadata: &Map<String, Value>) -> Vec<&str> {
    metadata.keys().map(String::as_str).collect()
}

/// Where a call gets its credential from, and how it asks for a newer one.
///
/// The service layer implements it over the store, with one refresh however many calls ask.
#[async_trait]
pub trait CredentialSource: Send + Sync {
    /// The credential to use now; refreshed first when it is about to expire.
    async fn current(&self) -> Result<Arc<Credential>, CredentialError>;

    /// A newer credential than `stale`, which the provider has just refused. Joins a refresh that is
    /// under way, and answers at once when somebody has renewed it meanwhile
    /// ([`Credential::sends_same_secret_as`]).
    async fn renewed(&self, stale: &Credential) -> Result<Arc<Credential>, CredentialError>;

    /// Logs in again where the session is no part of the credential: runs the definition's
    /// `postInstallPropertyLookup`, stores what it finds and answers with the account connector's
    /// properties as they are then, for the request that is sent again (scripting.md §5,
    /// `AuthSessionException`). Joins a login that is under way, and answers at once when somebody has
    /// logged in since the call began. Callers ask once for a call.
    ///
    /// Credentials that belong to no account connector have no session.
    async fn session_renewed(&self) -> Result<Properties, CredentialError> {
        Err(CredentialError::NoSession)
    }
}

/// Why there is no credential to call with.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CredentialError {
    /// Nobody has authenticated yet.
    #[error("the connector is not authenticated")]
    NotAuthenticated,
    /// Only a person can help: the grant is lost. Says why, fit to show.
    #[error("the connector needs to be authenticated again: {0}")]
    NeedsReauthentication(String),
    /// The token endpoint or our store could not be reached; a later call may work. Says why, fit to
    /// show.
    #[error("the credential could not be renewed just now: {0}")]
    Unavailable(String),
    /// A script of the connector failed while the credential was renewed. Says where, its secrets
    /// replaced.
    #[error("{0}")]
    Script(String),
    /// This kind of credential is never renewed, or the definition forbids it: a 401 stands as it is.
    #[error("this kind of credential cannot be renewed")]
    NotRenewable,
    /// The definition has no lookup that could log in again.
    #[error(
        "the connector has no session to renew: its definition names no postInstallPropertyLookup"
    )]
    NoSession,
}

/// A credential that never changes by itself: keys, passwords, tokens mapped into a step.
#[derive(Clone, Debug)]
pub struct FixedCredential(pub Arc<Credential>);

impl From<Credential> for FixedCredential {
    fn from(credential: Credential) -> Self {
        Self(Arc::new(credential))
    }
}

#[async_trait]
impl CredentialSource for FixedCredential {
    async fn current(&self) -> Result<Arc<Credential>, CredentialError> {
        Ok(Arc::clone(&self.0))
    }

    async fn renewed(&self, _stale: &Credential) -> Result<Arc<Credential>, CredentialError> {
        Err(CredentialError::NotRenewable)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_output_shows_no_secret_and_no_metadata_value() {
        let credential = Credential::OAuth2(OAuth2Token {
            access_token: Some("s3cret-access".into()),
            refresh_token: Some("s3cret-refresh".into()),
            metadata: serde_json::from_str(r#"{"id_token":"s3cret-id"}"#).unwrap(),
            ..OAuth2Token::default()
        });

        let shown = format!("{credential:?}");

        assert!(!shown.contains("s3cret"), "{shown}");
        assert!(shown.contains("id_token"));
    }

    #[test]
    fn a_renewed_token_differs_from_the_stale_one() {
        let token = |text: &str| {
            Credential::OAuth2(OAuth2Token {
                access_token: Some(text.into()),
                ..OAuth2Token::default()
            })
        };

        assert!(token("a").sends_same_secret_as(&token("a")));
        assert!(!token("a").sends_same_secret_as(&token("b")));
        assert!(!token("a").sends_same_secret_as(&Credential::ApiKey("a".into())));
    }
}
