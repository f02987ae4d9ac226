//! What has ended is removed, and data keys that others made are read.

use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tracing::{debug, error};
use velodrome_service::{StoreError, housekeeping::Housekeeping};

use crate::{
    metrics,
    pace::{Pace, turns},
};

/// Between two removals of what has ended.
const SWEEP: Duration = Duration::from_secs(600);
/// Between two looks at the data keys. A new key is not sealed with before every node has looked.
const KEYS: Duration = Duration::from_secs(1);
/// Between two looks at the database's clock.
const CLOCK: Duration = Duration::from_secs(1);

/// Removes what has ended until it is told to stop.
pub async fn sweep(housekeeping: Housekeeping, stop: CancellationToken) {
    let mut pace = Pace::every(SWEEP, stop);
    while pace.turn().await {
        match housekeeping.sweep().await {
            Ok(removed) => debug!(removed, "Removed tokens and sessions that have ended"),
            Err(cause) => {
                metrics::failed("sweep");
                let cause = &cause as &dyn std::error::Error;
                error!(
                    cause,
                    "What has ended could not be removed; the next try comes later"
                );
            }
        }
    }
}

/// Asks what time it is until it is told to stop.
pub async fn follow_clock(housekeeping: Housekeeping, stop: CancellationToken) {
    let turn = || async { housekeeping.follow_clock().await.map(|()| false) };
    let tell = |cause: &StoreError| {
        let cause = cause as &dyn std::error::Error;
        error!(
            cause,
            "The database did not say what time it is; it goes on from what it said last"
        );
    };
    turns("clock", CLOCK, stop, turn, tell).await;
}

/// Reads the data keys until it is told to stop.
pub async fn follow_keys(housekeeping: Housekeeping, stop: CancellationToken) {
    let turn = || async { housekeeping.reload_keys().await.map(|()| false) };
    let tell = |cause: &StoreError| {
        let cause = cause as &dyn std::error::Error;
        error!(cause, "The data keys could not be read");
    };
    turns("keys", KEYS, stop, turn, tell).await;
}
