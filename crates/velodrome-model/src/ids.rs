//! Identifiers, each its own type (ground-rules.md, Names).

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! guid {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::parse_str(text).map(Self)
            }
        }
    )+};
}

macro_rules! number {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub i32);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = std::num::ParseIntError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }
    )+};
}

guid! {
    /// A partner: the software vendor.
    PartnerId,
    /// An account: the partner's customer. Internal; the wire shows [`AccountKey`].
    AccountId,
    /// A user of accounts.
    UserId,
    /// A console administrator.
    AdministratorId,
    /// A connector, the same everywhere and in every release.
    ConnectorUid,
    /// A method, the same everywhere and in every release.
    MethodUid,
    /// One way of authenticating with a connector.
    AuthenticationId,
    /// An issued API access token (not the token itself).
    AccessTokenId,
    /// An audit entry.
    AuditId,
    /// An integration of an account.
    CycleId,
    /// A step of a cycle.
    StepId,
    /// A connection between two steps.
    EdgeId,
    /// An integration that can be installed into accounts.
    TemplateId,
    /// A release of a template.
    TemplateReleaseId,
    /// A folder of the template library.
    FolderId,
    /// One pass of data through a cycle.
    TransactionId,
    /// What one step did in a transaction, in one attempt.
    TransactionItemId,
    /// An error or a warning that somebody may have to look at.
    IncidentId,
    /// A mismatch that the ledger found.
    LedgerAlarmId,
    /// A stored inbound request.
    WebhookRequestId,
}

number! {
    /// One release of a connector in this installation.
    ConnectorId,
    /// A method of one connector release.
    MethodId,
    /// A parameter of one connector release.
    ParameterId,
    /// A field of one connector release, or a custom field.
    FieldId,
    /// A lookup of one connector release.
    TriggerId,
    /// A connector installed in an account.
    AccountConnectorId,
    /// A property of an account connector.
    PropertyId,
    /// A copy of a method category in an account connector.
    CategoryCopyId,
    /// An IP rule.
    IpRuleId,
}

/// An account's id as the partner chose it: 1 to 128 characters, case-sensitive, never changes (api.md §3).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AccountKey(String);

impl AccountKey {
    /// The most characters of a key.
    pub const MAX_CHARS: usize = 128;

    /// The key as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A text that can't be an account id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("Id must have 1 to 128 characters and no control characters")]
pub struct BadAccountKey;

impl FromStr for AccountKey {
    type Err = BadAccountKey;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let chars = text.chars().count();
        if chars == 0
            || chars > Self::MAX_CHARS
            || text.chars().any(char::is_control)
            || text.trim() != text
        {
            return Err(BadAccountKey);
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for AccountKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<AccountId> for AccountKey {
    fn from(id: AccountId) -> Self {
        Self(id.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_key_has_1_to_128_characters_and_no_blanks_around() {
        assert!("acme".parse::<AccountKey>().is_ok());
        assert!("ä".repeat(128).parse::<AccountKey>().is_ok());
        for bad in [
            String::new(),
            "a".repeat(129),
            " acme".into(),
            "ac\nme".into(),
        ] {
            assert_eq!(bad.parse::<AccountKey>(), Err(BadAccountKey), "{bad:?}");
        }
    }
}
