//! Credentials of programs and people, as they are listed: clients, tokens, sessions, IP rules.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{AccessTokenId, AccountId, AccountKey, AdministratorId, IpRuleId};

/// A set of client credentials, without its secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OAuthClient {
    /// Client id.
    pub client_id: String,
    /// What it is for.
    pub description: String,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// Last token request.
    pub last_used_at: Option<DateTime<Utc>>,
}

/// How a token was got.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Grant {
    /// By client id and secret.
    ClientCredentials,
    /// By an administrator's password.
    Password,
    /// By a refresh token of an earlier password grant.
    RefreshToken,
}

impl Grant {
    /// The word of the wire and of the store.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ClientCredentials => "client_credentials",
            Self::Password => "password",
            Self::RefreshToken => "refresh_token",
        }
    }

    /// The grant of a word.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::ClientCredentials, Self::Password, Self::RefreshToken]
            .into_iter()
            .find(|grant| grant.as_str() == word)
    }
}

/// An issued access token, not the token itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessToken {
    /// Id.
    pub id: AccessTokenId,
    /// The client that asked for it.
    pub client_id: String,
    /// How it was got.
    pub grant: Grant,
    /// The only account it may act for, if it is restricted, and that account's key.
    pub account: Option<(AccountId, AccountKey)>,
    /// Whose password it was.
    pub administrator: Option<AdministratorId>,
    /// Issued.
    pub issued_at: DateTime<Utc>,
    /// Expires.
    pub expires_at: DateTime<Utc>,
}

/// A browser session of an administrator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsoleSession {
    /// Id, not the cookie.
    pub id: Uuid,
    /// Where it began.
    pub address: Option<String>,
    /// The browser.
    pub user_agent: Option<String>,
    /// When it began.
    pub created_at: DateTime<Utc>,
    /// When it was last used, to the minute.
    pub last_seen_at: DateTime<Utc>,
    /// When it ends.
    pub expires_at: DateTime<Utc>,
}

/// What an IP rule protects.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum IpScope {
    /// All of `/v1.0`.
    Api,
    /// The console.
    Console,
    /// Calls of methods of non-native connectors: methods, test and proxy.
    MethodCall,
}

impl IpScope {
    /// The word of the wire and of the store.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Api => "Api",
            Self::Console => "Console",
            Self::MethodCall => "MethodCall",
        }
    }

    /// The scope of a word.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Api, Self::Console, Self::MethodCall]
            .into_iter()
            .find(|scope| scope.as_str() == word)
    }
}

/// An allowed address or network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IpRule {
    /// Id.
    pub id: IpRuleId,
    /// What it protects.
    pub scope: IpScope,
    /// Address or network, as text that is known to parse.
    pub cidr: String,
    /// What it is for.
    pub description: Option<String>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

/// An entry of the audit log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditEntry {
    /// Id.
    pub id: crate::AuditId,
    /// When.
    pub at: DateTime<Utc>,
    /// User name or client id.
    pub actor: String,
    /// Kind of actor.
    pub actor_kind: String,
    /// What was done.
    pub action: String,
    /// Kind of object.
    pub object_type: String,
    /// Its id.
    pub object_id: String,
    /// The account, if any.
    pub account: Option<AccountKey>,
    /// Free text.
    pub comment: Option<String>,
    /// Address of the caller.
    pub ip_address: Option<String>,
}

/// Which entries of the audit log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// At or after this time.
    pub after: Option<DateTime<Utc>>,
    /// Before this time.
    pub before: Option<DateTime<Utc>>,
    /// Only this actor, in any case.
    pub actor: Option<String>,
    /// Only this kind of object, in any case.
    pub object_type: Option<String>,
    /// Only this object.
    pub object_id: Option<String>,
    /// Only this account.
    pub account: Option<AccountId>,
}
