//! Which database the tests of one stage use.

use std::process::Command;

use anyhow::{Context, Result};
use velodrome_testkit::postgres::PrivatePostgres;

use crate::setup;

/// A database for a stage, gone when dropped.
pub enum TestDatabase {
    /// A file of each test's own.
    Sqlite,
    /// A private server; each test makes a database in it.
    Postgres(PrivatePostgres),
}

impl TestDatabase {
    /// Starts a private PostgreSQL, installing its programs when they are missing, and those of NATS, which
    /// tests of several nodes start themselves.
    pub fn postgres() -> Result<Self> {
        setup::nats_server()?;
        let programs = setup::server_programs()?;
        let server = PrivatePostgres::start_with(&programs).context("starting PostgreSQL")?;
        Ok(Self::Postgres(server))
    }

    /// Tells the tests in a command which database to use.
    pub fn tell<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        match self {
            Self::Sqlite => command
                .env("VELODROME_TEST_DATABASE", "sqlite")
                .env_remove("VELODROME_TEST_DATABASE_URL"),
            Self::Postgres(server) => command
                .env("VELODROME_TEST_DATABASE", "postgres")
                .env("VELODROME_TEST_DATABASE_URL", server.url()),
        }
    }
}
