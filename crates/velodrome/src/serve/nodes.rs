//! What ties this node to others.

use anyhow::{Context, Result};
use tracing::{info, warn};
use uuid::Uuid;
use velodrome_engine::queue::{Queue, QueueOptions};
use velodrome_model::InstanceScope;
use velodrome_store::{Database, InstanceSetting, Store};

use crate::config::{Nodes, Roles};

/// Connects the queue where one is configured. Whether a server can be reached is not waited for.
///
/// # Errors
/// When a file that the configuration names can't be used, or the store fails.
pub async fn connect(store: &Store, nodes: &Nodes) -> Result<Option<Queue>> {
    let Some(url) = &nodes.nats_url else {
        return Ok(None);
    };
    let options = QueueOptions {
        servers: url.0.clone(),
        credentials: nodes.nats_credentials_file.clone(),
        authorities: nodes.nats_ca_file.clone(),
        installation: installation(store).await?,
    };
    info!(servers = %options.servers, "NATS carries hints between the nodes");
    let queue = Queue::connect(options).await;
    queue.context("setting up NATS").map(Some)
}

/// What this installation is called; the first node that asks makes it.
async fn installation(store: &Store) -> Result<Uuid> {
    let unit = store.begin(&InstanceScope).await?;
    unit.one_at_a_time().await?;
    let found = unit.instance_setting(InstanceSetting::Installation).await?;
    if let Some(found) = found {
        return found
            .parse()
            .context("the database's name of the installation is not a UUID");
    }
    let made = Uuid::new_v4();
    unit.set_instance_setting(InstanceSetting::Installation, &made.to_string())
        .await?;
    unit.commit().await?;
    Ok(made)
}

/// Says which part nobody runs, where there can be no other node.
pub fn tell_roles(roles: Roles, database: &Database) {
    if matches!(database, Database::Postgres(_)) {
        return;
    }
    if !roles.worker {
        warn!(
            "VELODROME_ROLES has no worker, and with SQLite there is no other node: no cycle runs"
        );
    }
    if !roles.scheduler {
        warn!(
            "VELODROME_ROLES has no scheduler, and with SQLite there is no other node: nothing begins by itself"
        );
    }
}
