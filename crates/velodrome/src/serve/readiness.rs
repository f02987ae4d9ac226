//! Whether this node can serve.

use std::time::Duration;

use async_trait::async_trait;
use tokio::time::timeout;
use tracing::warn;
use velodrome_api::Readiness;
use velodrome_store::Store;

/// How long the database may take to answer.
const PATIENCE: Duration = Duration::from_secs(2);

/// Made when tables are up to date and definitions are loaded; what may still change is the database.
pub struct Ready {
    store: Store,
}

impl Ready {
    /// Over this store.
    pub fn new(store: Store) -> Self {
        Self { store }
    }

    async fn database(&self) -> Result<(), &'static str> {
        match timeout(PATIENCE, self.store.ping()).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(cause)) => {
                let cause = &cause as &dyn std::error::Error;
                warn!(cause, "Not ready: the database can't be reached");
                Err("unreachable")
            }
            Err(_) => {
                warn!("Not ready: the database does not answer");
                Err("no answer")
            }
        }
    }
}

#[async_trait]
impl Readiness for Ready {
    async fn check(&self) -> Vec<(&'static str, Result<(), &'static str>)> {
        vec![
            ("database", self.database().await),
            ("migrations", Ok(())),
            ("definitions", Ok(())),
        ]
    }
}
