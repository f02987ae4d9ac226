//! `velodrome backup` and `velodrome restore`.

use std::{fs::Permissions, os::unix::fs::PermissionsExt, path::Path};

use anyhow::{Context, Result, bail};
use tracing::info;
use velodrome_store::{Database, Store, StoreOptions, restore as put_in_place};

use crate::{config::Config, database, output};

/// Writes a copy, and opens it to see that it is whole.
///
/// # Errors
/// When the database is no embedded one, the file exists, or the disk refuses.
pub async fn backup(config: &Config, file: &Path) -> Result<()> {
    if let Database::Sqlite(path) = config.storage.database()
        && !path.exists()
    {
        bail!("there is no database at {} yet", path.display());
    }
    let store = database::open(&config.storage).await?;
    store.backup(file).await?;
    // It holds password hashes and people's addresses, and sealed secrets.
    std::fs::set_permissions(file, Permissions::from_mode(0o600))
        .with_context(|| format!("keeping {} from others", file.display()))?;
    store.close().await?;
    verify(config, file)
        .await
        .with_context(|| format!("the copy {} can't be used", file.display()))?;
    output::line(format_args!("{}", file.display()))?;
    info!("Wrote a copy of the database; it needs the same master key, which it does not hold");
    Ok(())
}

/// Puts a copy in the place of the database, and opens it with the master key in force.
///
/// # Errors
/// When the copy is none, a database is there already, or the master key does not open the copy.
pub async fn restore(config: &Config, file: &Path, replace: bool) -> Result<()> {
    let database = config.storage.database();
    if matches!(database, Database::Sqlite(_)) && file.exists() {
        verify(config, file)
            .await
            .with_context(|| format!("the copy {} can't be used", file.display()))?;
    }
    put_in_place(&database, file, replace).await?;
    output::line(database::place(&database))?;
    Ok(())
}

/// Opens a scratch copy of the copy: opening brings tables up to date, and a backup is left as it is.
async fn verify(config: &Config, file: &Path) -> Result<()> {
    let keys = config.storage.master_key().keys(false)?.keys;
    let mut scratch = file.as_os_str().to_owned();
    scratch.push(".verifying");
    let scratch = Path::new(&scratch);
    std::fs::copy(file, scratch).with_context(|| format!("copying to {}", scratch.display()))?;
    let opened = Store::open(StoreOptions {
        database: Database::Sqlite(scratch.to_owned()),
        master_keys: keys,
        clock: database::clock(),
        connections: 1,
    })
    .await;
    let outcome = match opened {
        Ok(store) => store.close().await,
        Err(error) => Err(error),
    };
    for suffix in ["", "-wal", "-shm"] {
        let mut left = scratch.as_os_str().to_owned();
        left.push(suffix);
        let left = Path::new(&left);
        if left.exists() {
            std::fs::remove_file(left).with_context(|| format!("removing {}", left.display()))?;
        }
    }
    Ok(outcome?)
}
