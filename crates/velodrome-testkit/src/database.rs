//! A database of its own for each test, on the server that the environment names.

use std::io;
use std::path::PathBuf;
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use tempfile::TempDir;

use crate::postgres;

/// Which database the tests use: `sqlite` (the default) or `postgres`.
pub const DATABASE: &str = "VELODROME_TEST_DATABASE";
/// For PostgreSQL, where the server is; our role may create databases there.
pub const DATABASE_URL: &str = "VELODROME_TEST_DATABASE_URL";

/// An empty database, gone when dropped.
pub struct FreshDatabase {
    url: String,
    place: Place,
}

enum Place {
    Folder { _folder: TempDir },
    Server { maintenance: String, name: String },
}

impl FreshDatabase {
    /// An empty database as the environment asks for.
    ///
    /// # Panics
    /// When the environment names a database that can't be made: a test can't go on.
    pub fn create() -> Self {
        match variable(DATABASE).as_deref() {
            None | Some("sqlite") => Self::sqlite().expect("a temporary folder for SQLite"),
            Some("postgres") => {
                let server = variable(DATABASE_URL)
                    .expect("VELODROME_TEST_DATABASE_URL names the PostgreSQL server");
                Self::postgres(&server).expect("a fresh database on the PostgreSQL server")
            }
            Some(other) => panic!("{DATABASE} is {other}, but may be sqlite or postgres"),
        }
    }

    /// Whether the environment asks for PostgreSQL.
    pub fn is_postgres() -> bool {
        variable(DATABASE).as_deref() == Some("postgres")
    }

    /// An SQLite file in a folder of its own.
    pub fn sqlite() -> io::Result<Self> {
        let folder = tempfile::Builder::new()
            .prefix("velodrome-sqlite-")
            .tempdir()?;
        let file = folder.path().join("velodrome.db");
        Ok(Self {
            url: format!("sqlite://{}?mode=rwc", file.display()),
            place: Place::Folder { _folder: folder },
        })
    }

    /// A new database on a PostgreSQL server, given the address of any database there.
    pub fn postgres(server: &str) -> io::Result<Self> {
        let name = unused_name();
        let url = replace_database(server, &name)?;
        let mut command = Command::new(client("createdb"));
        postgres::finish(command.arg(format!("--maintenance-db={server}")).arg(&name))?;
        Ok(Self {
            url,
            place: Place::Server {
                maintenance: server.to_owned(),
                name,
            },
        })
    }

    /// How to reach it.
    pub fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for FreshDatabase {
    fn drop(&mut self) {
        if let Place::Server { maintenance, name } = &self.place {
            let mut command = Command::new(client("dropdb"));
            // A database that stays behind on a test server harms nobody, and a panic here
            // would hide the one that ended the test.
            drop(postgres::finish(
                command
                    .arg(format!("--maintenance-db={maintenance}"))
                    .args(["--force", "--if-exists", name]),
            ));
        }
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the tests' own settings; the product's are read in velodrome::config"
)]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

fn client(name: &str) -> PathBuf {
    postgres::find_programs().map_or_else(|| name.into(), |folder| folder.join(name))
}

/// Tests run in many processes at once, so the process and the time are part of the name.
fn unused_name() -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |time| time.as_micros());
    format!("test_{}_{now}_{count}", std::process::id())
}

fn replace_database(server: &str, name: &str) -> io::Result<String> {
    let (address, parameters) = match server.split_once('?') {
        Some((address, parameters)) => (address, format!("?{parameters}")),
        None => (server, String::new()),
    };
    let authority = address.find("://").map_or(0, |scheme| scheme + 3);
    let end = address[authority..]
        .find('/')
        .map_or(address.len(), |slash| authority + slash);
    if end == authority {
        return Err(io::Error::other(format!("{server} names no server")));
    }
    Ok(format!("{}/{name}{parameters}", &address[..end]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_database_of_an_address_is_replaced_and_the_rest_kept() {
        let cases = [
            (
                "postgres://me@host:5432/postgres",
                "postgres://me@host:5432/fresh",
            ),
            ("postgres://me@host", "postgres://me@host/fresh"),
            (
                "postgres://me@host/a?sslmode=require",
                "postgres://me@host/fresh?sslmode=require",
            ),
        ];

        for (server, wanted) in cases {
            assert_eq!(replace_database(server, "fresh").unwrap(), wanted);
        }
    }

    #[test]
    fn each_database_has_a_file_of_its_own() {
        let first = FreshDatabase::sqlite().unwrap();
        let second = FreshDatabase::sqlite().unwrap();

        assert_ne!(first.url(), second.url());
    }
}
