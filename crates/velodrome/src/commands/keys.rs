//! `velodrome keys`.

use anyhow::{Context, Result};
use serde_json::json;
use tracing::info;
use velodrome_store::seal::ROTATION_SETTLES;

use crate::{config::Config, database, output};

/// Makes a new data key and seals everything again under it.
///
/// # Errors
/// When the store fails; a second run goes on.
pub async fn rotate(config: &Config, as_json: bool) -> Result<()> {
    let store = database::open(&config.storage).await?;
    info!("Making a new data key and waiting until every server has read it");
    let done = store
        .rotate_keys(ROTATION_SETTLES)
        .await
        .context("rotating the data key; run it again to go on")?;
    store.close().await?;
    if as_json {
        let result = json!({ "dataKey": done.key, "resealed": done.resealed });
        return Ok(output::json(&result)?);
    }
    let text = format!(
        "Data key {}: {} secrets sealed again",
        done.key, done.resealed
    );
    Ok(output::line(text)?)
}
