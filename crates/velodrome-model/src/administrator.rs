//! Console administrators, their roles and what a role may do.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{AdministratorId, PartnerId};

/// Rights of a console administrator within one partner (console.md §2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Role {
    /// Everything.
    Administrator,
    /// Templates, connectors, tests.
    Builder,
    /// Accounts, reports, retry; no secrets.
    Support,
    /// Looking, without secrets.
    ReadOnly,
}

/// What an operation needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Right {
    /// Look at anything that isn't secret.
    Read,
    /// Change accounts and their users.
    ManageAccounts,
    /// Start and stop cycles, and try again what failed in them.
    Run,
    /// Install, authenticate and call connectors; build.
    Build,
    /// See secrets.
    RevealSecrets,
    /// Change the partner: settings, credentials, administrators.
    ManagePartner,
}

impl Role {
    /// Whether the role includes the right.
    pub fn may(self, right: Right) -> bool {
        match self {
            Self::Administrator => true,
            Self::Builder => matches!(right, Right::Read | Right::Build | Right::Run),
            Self::Support => {
                matches!(right, Right::Read | Right::ManageAccounts | Right::Run)
            }
            Self::ReadOnly => matches!(right, Right::Read),
        }
    }

    /// The word that is stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Administrator => "Administrator",
            Self::Builder => "Builder",
            Self::Support => "Support",
            Self::ReadOnly => "ReadOnly",
        }
    }

    /// The role of a stored word.
    pub fn from_word(word: &str) -> Option<Self> {
        [
            Self::Administrator,
            Self::Builder,
            Self::Support,
            Self::ReadOnly,
        ]
        .into_iter()
        .find(|role| role.as_str() == word)
    }
}

/// A person who signs in to the console.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Administrator {
    /// Id.
    pub id: AdministratorId,
    /// E-mail address, unique in the installation in any case.
    pub email: String,
    /// Name.
    pub name: Option<String>,
    /// Argon2id; `None` until the invitation is accepted.
    pub password_hash: Option<String>,
    /// May manage all partners.
    pub is_instance_administrator: bool,
    /// A second factor is set up.
    pub has_second_factor: bool,
    /// The last time step whose code was used, so that no code works twice.
    pub second_factor_step: Option<i64>,
    /// An invitation is open.
    pub invitation_pending: bool,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it last signed in.
    pub last_login_at: Option<DateTime<Utc>>,
}

/// An administrator's place in one partner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Membership {
    /// The partner.
    pub partner: PartnerId,
    /// Rights.
    pub role: Role,
    /// Gets mail about incidents and usage.
    pub notifications: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_administrators_see_secrets_and_change_the_partner() {
        for role in [Role::Builder, Role::Support, Role::ReadOnly] {
            assert!(role.may(Right::Read));
            assert!(
                !role.may(Right::RevealSecrets) && !role.may(Right::ManagePartner),
                "{role:?}"
            );
        }
        assert!(Role::Administrator.may(Right::RevealSecrets));
        assert!(!Role::Builder.may(Right::ManageAccounts) && !Role::Support.may(Right::Build));
        assert!(Role::Builder.may(Right::Run) && Role::Support.may(Right::Run));
        assert!(!Role::ReadOnly.may(Right::Run));
    }

    #[test]
    fn words_come_back_as_roles() {
        for role in [
            Role::Administrator,
            Role::Builder,
            Role::Support,
            Role::ReadOnly,
        ] {
            assert_eq!(Role::from_word(role.as_str()), Some(role));
        }
    }
}
