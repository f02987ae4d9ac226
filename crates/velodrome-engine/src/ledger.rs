//! The ledger is compared with the transactions, round and round.

use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tracing::error;
use velodrome_service::ledger::Ledger;

use crate::{metrics, pace::Pace};

/// Between two turns. While there is more to be summed, one follows the other.
const TURN: Duration = Duration::from_secs(5);

/// Reconciles until it is told to stop.
pub async fn run(ledger: Ledger, stop: CancellationToken) {
    let mut pace = Pace::every(TURN, stop);
    let mut was_well = true;
    while pace.turn().await {
        let Some(outcome) = pace.unless_stopped(Box::pin(ledger.reconcile())).await else {
            return;
        };
        match outcome {
            Ok(more) => {
                was_well = true;
                if more {
                    pace.hurry();
                }
            }
            Err(cause) => {
                metrics::failed("ledger");
                // Said once, not every turn of an outage.
                if was_well {
                    let cause = &cause as &dyn std::error::Error;
                    error!(cause, "The ledger could not be compared");
                }
                was_well = false;
            }
        }
    }
}
