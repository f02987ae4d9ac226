//! Who holds the other end of the connectors: the providers, or simulators that play them. A database
//! is for one of them, so that a real client secret is never sent to a simulator.

use anyhow::{Result, bail};
use velodrome_model::InstanceScope;
use velodrome_store::{InstanceSetting, Store};

const SANDBOX: &str = "sandbox";
const PROVIDERS: &str = "providers";

/// Marks the database at its first start, and refuses one that was filled for the other kind.
///
/// # Errors
/// When the database holds setups or credentials of the other kind.
pub async fn check(store: &Store, sandbox: bool) -> Result<()> {
    let wanted = if sandbox { SANDBOX } else { PROVIDERS };
    let unit = store.begin(&InstanceScope).await?;
    let found = unit.instance_setting(InstanceSetting::Counterpart).await?;
    if found.as_deref() == Some(wanted) {
        return Ok(());
    }
    // Without a setup or an installation there is no secret that could go astray.
    if unit.uses_connectors().await? {
        if sandbox {
            bail!(
                "--sandbox: this database holds connectors that were set up for real providers, and their \
                 secrets would be sent to simulators; start without --sandbox, or with another \
                 VELODROME_DATA_DIR or VELODROME_DATABASE_URL"
            );
        }
        bail!(
            "this database was filled with --sandbox, and what it holds means nothing to the real \
             providers; start with --sandbox, or with another VELODROME_DATA_DIR or VELODROME_DATABASE_URL"
        );
    }
    unit.set_instance_setting(InstanceSetting::Counterpart, wanted)
        .await?;
    unit.commit().await?;
    Ok(())
}
