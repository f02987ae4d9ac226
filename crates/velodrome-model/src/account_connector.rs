//! A connector installed in an account, and what it knows.

use chrono::{DateTime, Utc};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use crate::{
    AccountConnectorId, AccountId, AuthenticationId, ConnectorId, ConnectorUid, PropertyId,
};

/// A connector installed in an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountConnector {
    /// Its id.
    pub id: AccountConnectorId,
    /// The account that owns it; the parent when seen from a sub account.
    pub account: AccountId,
    /// The release it was installed from.
    pub connector: ConnectorId,
    /// The connector, whatever the release.
    pub connector_uid: ConnectorUid,
    /// Unique within the account.
    pub name: String,
    /// Free text.
    pub description: Option<String>,
    /// The way of authenticating in use.
    pub authentication: AuthenticationId,
    /// The partner's own product; callable from any address.
    pub is_native: bool,
    /// Whether a credential is stored.
    pub has_credential: bool,
    /// What a person must put right before it can be used.
    pub problem: Option<Problem>,
    /// The property lookup has to run before the first call (connectors.md §7).
    pub lookup_pending: bool,
    /// When it was installed.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
}

/// Why an account connector with a credential can't be used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "reason", rename_all = "snake_case")]
pub enum Problem {
    /// The provider no longer accepts the credential; the text says why.
    NeedsReauthentication(String),
    /// The test after authentication failed; the text is the provider's answer.
    TestFailed(String),
}

/// Whether an account connector can be used (openapi: AuthenticationState).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum AuthenticationState {
    /// No credential yet, or its test failed.
    NotAuthenticated,
    /// Usable.
    Authenticated,
    /// The provider no longer accepts the credential.
    NeedsReauthentication,
}

impl AccountConnector {
    /// Its state; `needs_credential` is false for authentications of type None (connectors.md §7).
    pub fn state(&self, needs_credential: bool) -> AuthenticationState {
        match &self.problem {
            Some(Problem::NeedsReauthentication(_)) => AuthenticationState::NeedsReauthentication,
            Some(Problem::TestFailed(_)) => AuthenticationState::NotAuthenticated,
            None if self.has_credential || !needs_credential => AuthenticationState::Authenticated,
            None => AuthenticationState::NotAuthenticated,
        }
    }
}

/// A named value of an account connector. Any may be a secret, so all are kept as such.
#[derive(Clone, Debug)]
pub struct Property {
    /// Its id.
    pub id: PropertyId,
    /// Its name; a parameter's `targetName`, `ClientId`, or any other.
    pub name: String,
    /// Its value.
    pub value: Option<SecretString>,
}

/// A stored credential: the AuthValue and when it must be renewed.
#[derive(Clone, Debug)]
pub struct StoredCredential {
    /// AuthValue (connectors.md §9.2, §9.5).
    pub auth_value: SecretString,
    /// Grows with every change; a renewal that saw another number is stale.
    pub version: i64,
    /// When the access token ends.
    pub expires_at: Option<DateTime<Utc>>,
    /// When a renewal is due, whether or not anybody calls.
    pub renew_at: Option<DateTime<Utc>>,
    /// When the refresh token ends.
    pub refresh_expires_at: Option<DateTime<Utc>>,
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn the_state_follows_credential_and_problem() {
        use AuthenticationState::{Authenticated, NeedsReauthentication, NotAuthenticated};
        let lost = Problem::NeedsReauthentication("invalid_grant".into());
        let failed = Problem::TestFailed("401".into());
        for (has_credential, needs_credential, problem, expected) in [
            (false, true, None, NotAuthenticated),
            (true, true, None, Authenticated),
            (false, false, None, Authenticated),
            (true, true, Some(lost), NeedsReauthentication),
            (true, true, Some(failed), NotAuthenticated),
        ] {
            let connector = AccountConnector {
                id: AccountConnectorId(1),
                account: AccountId(Uuid::nil()),
                connector: ConnectorId(1),
                connector_uid: ConnectorUid(Uuid::nil()),
                name: "Pipedrive".into(),
                description: None,
                authentication: AuthenticationId(Uuid::nil()),
                is_native: false,
                has_credential,
                problem,
                lookup_pending: false,
                created_at: DateTime::UNIX_EPOCH,
                updated_at: DateTime::UNIX_EPOCH,
            };
            assert_eq!(connector.state(needs_credential), expected);
        }
    }
}
