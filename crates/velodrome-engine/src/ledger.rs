//! The ledger is compared with the transactions, round and round.

use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tracing::error;
use velodrome_service::{StoreError, ledger::Ledger};

use crate::pace::turns;

/// Between two turns. While there is more to be summed, one follows the other.
const TURN: Duration = Duration::from_secs(5);

/// Reconciles until it is told to stop.
pub async fn run(ledger: Ledger, stop: CancellationToken) {
    let tell = |cause: &StoreError| {
        let cause = cause as &dyn std::error::Error;
        error!(cause, "The ledger could not be compared");
    };
    turns("ledger", TURN, stop, || ledger.reconcile(), tell).await;
}
