//! What can go wrong on the shelf.

use sea_orm::{DbErr, SqlErr};

/// A failure of the store.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A unique value is taken; the caller decides what that means for the user.
    #[error("a row with this value already exists")]
    Conflict(#[source] DbErr),
    /// The row changed since it was read, or someone else holds its lease.
    #[error("the row changed since it was read")]
    Stale,
    /// The database can't be reached or answered with an error.
    #[error("the database failed")]
    Database(#[source] DbErr),
    /// A sealed value does not open: another row's, another key's, or damaged.
    #[error("a sealed value does not open")]
    Seal(#[from] crate::seal::SealError),
    /// A stored value is not what this release writes.
    #[error("stored {what} is not readable")]
    Corrupt {
        /// Which value.
        what: &'static str,
    },
    /// A file operation of backup or restore.
    #[error("{what}")]
    File {
        /// What was tried.
        what: String,
        /// The system's answer.
        #[source]
        cause: std::io::Error,
    },
    /// The store can't be used as configured; the text says what to do.
    #[error("{0}")]
    Configuration(String),
}

impl From<DbErr> for StoreError {
    fn from(error: DbErr) -> Self {
        match error.sql_err() {
            Some(SqlErr::UniqueConstraintViolation(_)) => Self::Conflict(error),
            _ => Self::Database(error),
        }
    }
}

impl StoreError {
    /// Whether a unique value was taken.
    pub fn is_conflict(&self) -> bool {
        matches!(self, Self::Conflict(_))
    }
}
