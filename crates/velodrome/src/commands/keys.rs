//! `velodrome keys`.

use anyhow::{Context, Result};
use serde_json::json;
use tracing::info;
use velodrome_model::ExposeSecret;
use velodrome_service::Settings;
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

/// Prints the key that signs outbound webhooks; the first time it is made.
///
/// # Errors
/// When the store fails, or there is no partner yet.
pub async fn webhook(config: &Config, as_json: bool) -> Result<()> {
    let store = database::open(&config.storage).await?;
    let settings = Settings::new(
        store.clone(),
        config.server.public_url(config.server.listen.0),
    );
    let key = settings
        .default_webhook_key()
        .await?
        .context("the installation is empty; `velodrome serve` makes the first partner")?;
    store.close().await?;
    if as_json {
        return Ok(output::json(&json!({ "key": key.expose_secret() }))?);
    }
    Ok(output::line(key.expose_secret())?)
}
