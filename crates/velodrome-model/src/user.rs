//! People who may enter accounts.

use chrono::{DateTime, Utc};

use crate::{AccountKey, UserId};

/// A user of one or more accounts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// Internal id.
    pub id: UserId,
    /// Name, unique within the partner in any case.
    pub name: String,
    /// Argon2id; users made by sign-in tokens have none.
    pub password_hash: Option<String>,
    /// The accounts that the user may enter, by key.
    pub accounts: Vec<AccountKey>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it last signed in.
    pub last_sign_in_at: Option<DateTime<Utc>>,
}
