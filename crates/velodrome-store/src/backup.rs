//! A consistent copy while running, and its way back (SQLite; PostgreSQL has `pg_dump`).

use std::path::Path;

use sea_orm::{ConnectionTrait, Statement, Value};

use crate::{Database, Store, StoreError};

impl Store {
    /// Writes a consistent copy of the embedded database to `target`, while everything goes on.
    ///
    /// # Errors
    /// When the database is PostgreSQL (use `pg_dump`), the file exists, or the disk refuses.
    pub async fn backup(&self, target: &Path) -> Result<(), StoreError> {
        if !self.is_sqlite() {
            return Err(StoreError::Configuration(
                "backup copies the embedded database; use pg_dump for PostgreSQL and keep the master key beside the dump".into(),
            ));
        }
        if target.exists() {
            return Err(StoreError::Configuration(format!(
                "{} exists already; name a new file",
                target.display()
            )));
        }
        let db = self.writer();
        let path = target
            .to_str()
            .ok_or_else(|| StoreError::Configuration("the path must be UTF-8".into()))?;
        db.execute_raw(Statement::from_sql_and_values(
            db.get_database_backend(),
            "VACUUM INTO $1",
            [Value::from(path)],
        ))
        .await?;
        Ok(())
    }
}

/// Puts a copy in the place of the embedded database. Nothing may be running on it.
///
/// # Errors
/// When the copy is not a database of ours, or a database is there already and `replace` is false;
/// what was there is then untouched.
pub async fn restore(database: &Database, copy: &Path, replace: bool) -> Result<(), StoreError> {
    let Database::Sqlite(target) = database else {
        return Err(StoreError::Configuration(
            "restore works on the embedded database; use pg_restore for PostgreSQL".into(),
        ));
    };
    if !copy.exists() {
        return Err(StoreError::Configuration(format!(
            "{} does not exist",
            copy.display()
        )));
    }
    Store::pending_migrations(&Database::Sqlite(copy.to_owned())).await?;
    if target.exists() && !replace {
        return Err(StoreError::Configuration(format!(
            "{} exists; stop the server and add --replace to put the copy in its place",
            target.display()
        )));
    }
    let file = |what: &str, path: &Path, cause| StoreError::File {
        what: format!("{what} {}", path.display()),
        cause,
    };
    if let Some(folder) = target
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
    {
        std::fs::create_dir_all(folder).map_err(|cause| file("creating", folder, cause))?;
    }
    // Beside the target first, so that a full disk leaves the former database whole.
    let arriving = target.with_extension("restoring");
    std::fs::copy(copy, &arriving).map_err(|cause| file("copying to", &arriving, cause))?;
    for suffix in ["-wal", "-shm"] {
        let mut left = target.as_os_str().to_owned();
        left.push(suffix);
        let left = Path::new(&left);
        if left.exists() {
            std::fs::remove_file(left).map_err(|cause| file("removing", left, cause))?;
        }
    }
    std::fs::rename(&arriving, target).map_err(|cause| file("placing", target, cause))
}
