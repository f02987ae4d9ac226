//! What follows from changes, worked off.

use std::{sync::Arc, time::Duration};

use tokio::sync::Semaphore;
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tracing::error;
use velodrome_service::outbox::Outbox;

use crate::{metrics, pace::Pace};

/// Pieces of work at once.
const AT_ONCE: usize = 16;
/// Between two looks when there was nothing left to do.
const LOOK: Duration = Duration::from_secs(1);

/// Works the outbox off until it is told to stop, and finishes what it has begun.
pub async fn run(outbox: Outbox, stop: CancellationToken) {
    let room = Arc::new(Semaphore::new(AT_ONCE));
    let running = TaskTracker::new();
    let mut pace = Pace::every(LOOK, stop);
    let mut was_well = true;
    while pace.turn().await {
        // Only as much as can be begun at once: a claim is a lease that runs.
        let Some(first) = pace.unless_stopped(room.clone().acquire_owned()).await else {
            break;
        };
        let mut permits = vec![first.expect("the room is never closed")];
        while let Ok(permit) = room.clone().try_acquire_owned() {
            permits.push(permit);
        }
        let limit = permits.len();
        let errands = match outbox.claim(limit as u64).await {
            Ok(errands) => errands,
            Err(cause) => {
                metrics::failed("outbox");
                if was_well {
                    let cause = &cause as &dyn std::error::Error;
                    error!(cause, "The outbox could not be read");
                }
                was_well = false;
                continue;
            }
        };
        was_well = true;
        if errands.len() == limit {
            pace.hurry();
        }
        for (errand, permit) in errands.into_iter().zip(permits) {
            let outbox = outbox.clone();
            running.spawn(async move {
                outbox.run(errand).await;
                drop(permit);
            });
        }
    }
    running.close();
    running.wait().await;
}
