//! Whether this node can serve.

use std::time::Duration;

use async_trait::async_trait;
use tokio::time::timeout;
use tracing::warn;
use velodrome_api::{Check, Readiness};
use velodrome_engine::queue::Queue;
use velodrome_store::Store;

/// How long the database may take to answer.
const PATIENCE: Duration = Duration::from_secs(2);

/// Made when tables are up to date and definitions are loaded; what may still change is the database, and
/// the queue where there is one.
pub struct Ready {
    store: Store,
    queue: Option<Queue>,
}

impl Ready {
    /// Over this store and queue.
    pub fn new(store: Store, queue: Option<Queue>) -> Self {
        Self { store, queue }
    }

    async fn database(&self) -> Check {
        match timeout(PATIENCE, self.store.ping()).await {
            Ok(Ok(())) => Check::Ok,
            Ok(Err(cause)) => {
                let cause = &cause as &dyn std::error::Error;
                warn!(cause, "Not ready: the database can't be reached");
                Check::Failed("unreachable")
            }
            Err(_) => {
                warn!("Not ready: the database does not answer");
                Check::Failed("no answer")
            }
        }
    }
}

#[async_trait]
impl Readiness for Ready {
    async fn check(&self) -> Vec<(&'static str, Check)> {
        let mut checks = vec![
            ("database", self.database().await),
            ("migrations", Check::Ok),
            ("definitions", Check::Ok),
        ];
        if let Some(queue) = &self.queue {
            // A node without it serves all the same, and taking all of them out would help nobody.
            let check = queue.check().map_or_else(Check::Slower, |()| Check::Ok);
            checks.push(("queue", check));
        }
        checks
    }
}
