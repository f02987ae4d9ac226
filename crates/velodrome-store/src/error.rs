//! What can go wrong on the shelf.

use sea_orm::{DbErr, RuntimeErr, SqlErr, sqlx};

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

/// What is wrong with the database as a whole, so that whoever asked knows whose turn it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outage {
    /// There is no room for what was to be written. Nothing was; reading goes on.
    Full,
    /// It does not answer. It may have done what was asked, or not.
    Unreachable,
}

impl StoreError {
    /// The outage behind this failure, if there is one.
    pub fn outage(&self) -> Option<Outage> {
        let Self::Database(error) = self else {
            return None;
        };
        match error {
            DbErr::ConnectionAcquire(_) => Some(Outage::Unreachable),
            DbErr::Conn(RuntimeErr::SqlxError(cause))
            | DbErr::Exec(RuntimeErr::SqlxError(cause))
            | DbErr::Query(RuntimeErr::SqlxError(cause)) => outage_of(cause),
            _ => None,
        }
    }

    /// Whether a unique value was taken.
    pub fn is_conflict(&self) -> bool {
        matches!(self, Self::Conflict(_))
    }
}

/// SQLite: SQLITE_FULL, SQLITE_IOERR_WRITE (a limit on the size of files) and SQLITE_IOERR_SHMSIZE.
const SQLITE_FULL: [&str; 3] = ["13", "778", "4874"];
/// PostgreSQL: disk_full.
const POSTGRES_FULL: &str = "53100";
/// PostgreSQL: connection exceptions; a server that is stopped or starts; a unit that it ended because nothing
/// was asked in it for too long, or because it took too long.
const POSTGRES_GONE: [&str; 4] = ["08", "57P", "25P03", "25P04"];

fn outage_of(error: &sqlx::Error) -> Option<Outage> {
    match error {
        sqlx::Error::Io(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed => Some(Outage::Unreachable),
        sqlx::Error::Database(answer) => {
            let code = answer.code()?;
            let is_full = code == POSTGRES_FULL || SQLITE_FULL.contains(&code.as_ref());
            let is_gone = || POSTGRES_GONE.iter().any(|class| code.starts_with(class));
            match is_full {
                true => Some(Outage::Full),
                false => is_gone().then_some(Outage::Unreachable),
            }
        }
        _ => None,
    }
}
