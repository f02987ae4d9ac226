//! Opening the database, also one that comes up a little later than we do.

use std::{sync::Arc, time::Duration};

use anyhow::{Context, Result, bail};
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;
use tracing::warn;
use velodrome_model::{SharedClock, SystemClock};
use velodrome_store::{
    Database, Store, StoreError, StoreOptions,
    seal::{MasterKeys, SealError},
};

use crate::config::Storage;

/// How long a server that starts waits for its database.
const PATIENCE: Duration = Duration::from_secs(60);
/// Between two tries.
const PAUSE: Duration = Duration::from_secs(1);
/// Connections to PostgreSQL.
const POSTGRES_CONNECTIONS: u32 = 24;
/// Readers of SQLite; its writer is always one.
const SQLITE_READERS: u32 = 8;

/// The machine's clock. With PostgreSQL the store goes by the database's instead, see [`Store::clock`].
pub fn clock() -> SharedClock {
    Arc::new(SystemClock)
}

/// Opens the database for a server: makes the master key at the first start, and waits a while for a
/// database server that does not answer yet.
///
/// # Errors
/// When it can't be reached in time, or the master key is wrong.
pub async fn open_waiting(storage: &Storage, stop: &CancellationToken) -> Result<Store> {
    storage
        .make_data_dir()
        .with_context(|| format!("VELODROME_DATA_DIR: making {}", storage.data_dir.display()))?;
    let found = storage.master_key().keys(true)?;
    let deadline = Instant::now() + PATIENCE;
    let mut was_told = false;
    loop {
        match open_with(storage, found.keys.clone()).await {
            Ok(store) => return Ok(store),
            Err(StoreError::Seal(SealError::WrongMasterKey)) if found.is_new() => {
                found.withdraw();
                bail!(StoreError::Seal(SealError::WrongMasterKey));
            }
            Err(error @ StoreError::Database(_)) if may_come_up(storage, deadline) => {
                if !was_told {
                    let cause = &error as &dyn std::error::Error;
                    warn!(
                        cause,
                        "The database can't be reached yet; trying for a minute"
                    );
                    was_told = true;
                }
            }
            Err(error) => return Err(error).context(place(&storage.database())),
        }
        if stop.run_until_cancelled(sleep(PAUSE)).await.is_none() {
            bail!("stopped while waiting for the database");
        }
    }
}

/// Opens the database for a command, with the master key that there is.
///
/// # Errors
/// When it can't be reached, or the master key is missing or wrong.
pub async fn open(storage: &Storage) -> Result<Store> {
    let keys = storage.master_key().keys(false)?.keys;
    open_with(storage, keys)
        .await
        .with_context(|| place(&storage.database()))
}

async fn open_with(storage: &Storage, master_keys: MasterKeys) -> Result<Store, StoreError> {
    let database = storage.database();
    let connections = match &database {
        Database::Sqlite(_) => SQLITE_READERS,
        Database::Postgres(_) => POSTGRES_CONNECTIONS,
    };
    Store::open_as_node(StoreOptions {
        database,
        master_keys,
        clock: clock(),
        connections,
    })
    .await
}

fn may_come_up(storage: &Storage, deadline: Instant) -> bool {
    matches!(storage.database(), Database::Postgres(_)) && Instant::now() < deadline
}

/// Which database, without the password that its address may hold.
pub fn place(database: &Database) -> String {
    match database {
        Database::Sqlite(path) => format!("the SQLite database {}", path.display()),
        Database::Postgres(url) => match url.parse::<url::Url>() {
            Ok(url) => format!(
                "the PostgreSQL database {}{}",
                url.host_str().unwrap_or("on this machine"),
                url.path()
            ),
            Err(_) => "the PostgreSQL database".to_owned(),
        },
    }
}
