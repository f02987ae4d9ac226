//! Upgrades of installed cycles that nobody waits for any more: those of many cycles, and what a stop has cut
//! off.

use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tracing::error;
use velodrome_service::templates::Templates;

use crate::{metrics, pace::Pace};

/// Upgrades of one turn, one after the other: nobody waits, and each takes the database for a while.
const A_TURN: u64 = 8;
/// Between two looks when there was nothing left to do.
const LOOK: Duration = Duration::from_secs(2);

/// Makes upgrades until it is told to stop, and finishes the turn that it has begun.
pub async fn run(templates: Templates, stop: CancellationToken) {
    let mut pace = Pace::every(LOOK, stop);
    let mut was_well = true;
    while pace.turn().await {
        match templates.work_off_upgrades(None, A_TURN).await {
            Ok(done) => {
                was_well = true;
                if done as u64 == A_TURN {
                    pace.hurry();
                }
            }
            Err(cause) => {
                metrics::failed("upgrades");
                if was_well {
                    let cause = &cause as &dyn std::error::Error;
                    error!(
                        cause,
                        "Installed cycles could not be upgraded; it is tried again"
                    );
                }
                was_well = false;
            }
        }
    }
}
