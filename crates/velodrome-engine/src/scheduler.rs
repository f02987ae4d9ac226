//! What time asks for in cycles: slots that are due, waits that have ended, data past its retention.

use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tracing::{debug, error};
use velodrome_service::runs::Runs;

use crate::{metrics, pace::Pace};

/// Between two looks.
const LOOK: Duration = Duration::from_secs(1);
/// Between two erasures of data past its retention.
const ERASE: Duration = Duration::from_secs(60);

/// Fires slots, and looks after what nobody told of, until it is told to stop.
pub async fn run(runs: Runs, stop: CancellationToken) {
    let mut pace = Pace::every(LOOK, stop);
    let mut was_well = true;
    while pace.turn().await {
        // Boxed: it holds what firing a slot needs, and the loop waits most of the time.
        let turn = Box::pin(async {
            let more = runs.fire_due().await?;
            runs.sweep_joins().await?;
            runs.settle().await?;
            Ok::<_, velodrome_service::StoreError>(more)
        });
        let Some(outcome) = pace.unless_stopped(turn).await else {
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
                metrics::failed("scheduler");
                // Said once, not every second of an outage.
                if was_well {
                    let cause = &cause as &dyn std::error::Error;
                    error!(cause, "What is due could not be looked at");
                }
                was_well = false;
            }
        }
    }
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
