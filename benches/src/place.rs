//! Where the data of a measurement lies, and how durably.

use std::cell::Cell;

use anyhow::{Context, Result};
use velodrome_testkit::PrivatePostgres;

use crate::options::Database;

/// The database of a measurement.
pub enum Place {
    /// A file in a temporary folder for each server.
    Sqlite,
    /// A private server on this machine, and how many databases were made in it.
    Postgres(PrivatePostgres, Cell<u32>),
}

impl Place {
    /// Starts it.
    pub fn start(database: Database) -> Result<Self> {
        Ok(match database {
            Database::Sqlite => Self::Sqlite,
            Database::Postgres => {
                let server = PrivatePostgres::durable().context("starting PostgreSQL")?;
                Self::Postgres(server, Cell::new(0))
            }
        })
    }

    /// A fresh database; none where each server makes a file of its own.
    pub fn fresh(&self) -> Result<Option<String>> {
        let Self::Postgres(server, made) = self else {
            return Ok(None);
        };
        made.set(made.get() + 1);
        let name = format!("bench_{}", made.get());
        Ok(Some(server.create_database(&name)?))
    }

    /// In words: what a commit means here.
    pub fn durability(&self) -> &'static str {
        match self {
            Self::Sqlite => "SQLite, journal_mode=WAL, synchronous=FULL",
            Self::Postgres(..) => {
                "PostgreSQL on the same machine, fsync=on, full_page_writes=on, synchronous_commit=on"
            }
        }
    }
}
