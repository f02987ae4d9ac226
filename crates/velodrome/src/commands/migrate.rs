//! `velodrome migrate`.

use anyhow::{Context, Result};
use serde_json::json;
use velodrome_store::Store;

use crate::{cli::MigrateOptions, config::Config, database, output};

/// Brings the tables up to date, or says what would be done.
///
/// # Errors
/// When the database can't be reached.
pub async fn run(config: &Config, options: &MigrateOptions) -> Result<()> {
    let database = config.storage.database();
    let pending = Store::pending_migrations(&database)
        .await
        .with_context(|| database::place(&database))?;
    if !options.dry_run && !pending.is_empty() {
        // Opening is migrating; it makes the master key of a new installation, as a start would.
        let stop = tokio_util::sync::CancellationToken::new();
        database::open_waiting(&config.storage, &stop)
            .await?
            .close()
            .await?;
    }
    if options.json {
        let key = if options.dry_run { "pending" } else { "done" };
        return Ok(output::json(&json!({ key: pending }))?);
    }
    let word = if options.dry_run { "Would run" } else { "Ran" };
    for name in &pending {
        output::line(format_args!("{word} {name}"))?;
    }
    if pending.is_empty() {
        output::line("The tables are up to date")?;
    }
    Ok(())
}
