//! What time asks for in cycles: slots that are due, waits that have ended, data past its retention.

use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tracing::{debug, error};
use velodrome_service::{StoreError, runs::Runs};

use crate::{
    metrics,
    pace::{Pace, turns},
};

/// Between two looks.
const LOOK: Duration = Duration::from_secs(1);
/// Between two erasures of data past its retention.
const ERASE: Duration = Duration::from_secs(60);

/// Fires slots, and looks after what nobody told of, until it is told to stop.
pub async fn run(runs: Runs, stop: CancellationToken) {
    let turn = || async {
        let more = runs.fire_due().await?;
        runs.sweep_joins().await?;
        runs.settle().await?;
        Ok(more)
    };
    let tell = |cause: &StoreError| {
        let cause = cause as &dyn std::error::Error;
        error!(cause, "What is due could not be looked at");
    };
    turns("scheduler", LOOK, stop, turn, tell).await;
}

/// Erases data past its retention until it is told to stop.
pub async fn erase(runs: Runs, stop: CancellationToken) {
    let mut pace = Pace::every(ERASE, stop);
    while pace.turn().await {
        let Some(outcome) = pace.unless_stopped(Box::pin(runs.erase())).await else {
            return;
        };
        match outcome {
            Ok(erased) => debug!(erased, "Erased data past its retention"),
            Err(cause) => {
                metrics::failed("erase");
                let cause = &cause as &dyn std::error::Error;
                error!(
                    cause,
                    "Data past its retention could not be erased; the next try comes later"
                );
            }
        }
    }
}
