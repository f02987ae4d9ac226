//! Workers for transactions: a bounded number, which claim only what they can begin (cycles.md §11).

use std::time::Duration;

use tokio::{
    task::{JoinError, JoinSet},
    time::timeout,
};
use tokio_util::sync::CancellationToken;
use tracing::{error, warn};
use velodrome_service::runs::Runs;

use crate::{metrics, pace::Pace};

/// Between two looks for what nobody told of.
const LOOK: Duration = Duration::from_secs(1);
/// Between two times that the database's log is put back.
const LOG: Duration = Duration::from_millis(500);
/// How long a step that is under way may take when the node stops.
const GRACE: Duration = Duration::from_secs(25);

/// Runs transactions until it is told to stop, `at_once` at most. Then it finishes the steps under way and
/// hands back what does not end in time.
pub async fn run(runs: Runs, at_once: usize, stop: CancellationToken) {
    // Leases are renewed until the last step has ended, which is after the stop.
    let done = CancellationToken::new();
    let renewing = tokio::spawn(renew(runs.clone(), done.clone()));
    tokio::spawn(put_log_back(runs.clone(), stop.clone()));
    let mut running = JoinSet::new();
    let mut pace = Pace::every(LOOK, stop.clone());
    let mut was_well = true;
    loop {
        // The look comes before what is said more often, or it would never come while much is said.
        let is_look = tokio::select! {
            biased;
            goes_on = pace.turn() => match goes_on {
                true => true,
                false => break,
            },
            Some(ended) = running.join_next(), if !running.is_empty() => {
                joined(ended);
                false
            }
            () = runs.woken() => false,
        };
        // All that have ended make room at once: while one claim is written many end.
        while let Some(ended) = running.try_join_next() {
            joined(ended);
        }
        let room = at_once.saturating_sub(running.len());
        let outcome = async {
            if is_look {
                runs.look().await?;
            }
            match room {
                0 => Ok(Vec::new()),
                room => runs.claim(room).await,
            }
        };
        match outcome.await {
            Ok(claimed) => {
                was_well = true;
                for transaction in claimed {
                    let (runs, stop) = (runs.clone(), stop.clone());
                    running.spawn(async move { runs.run(transaction, &stop).await });
                }
            }
            Err(cause) => {
                metrics::failed("runner");
                if was_well {
                    let cause = &cause as &dyn std::error::Error;
                    error!(cause, "Transactions could not be claimed");
                }
                was_well = false;
            }
        }
        runs.set_room(running.len() < at_once);
    }
    runs.leave_to_others();
    let finishing = async { while running.join_next().await.is_some() {} };
    if timeout(GRACE, finishing).await.is_err() {
        warn!(
            transactions = running.len(),
            "Stopping with steps under way; they are done again"
        );
        running.shutdown().await;
    }
    runs.hand_back_all().await;
    done.cancel();
    if let Err(cause) = renewing.await {
        error!(%cause, "The renewal of leases broke off");
    }
}

/// Transactions write more than anything else, so whoever runs them sees to the log.
async fn put_log_back(runs: Runs, stop: CancellationToken) {
    let mut pace = Pace::every(LOG, stop);
    let mut was_well = true;
    while pace.turn().await {
        let Some(outcome) = pace.unless_stopped(runs.put_log_back()).await else {
            return;
        };
        if let Err(cause) = &outcome {
            metrics::failed("log");
            // Said once, not twice a second.
            if was_well {
                let cause = cause as &dyn std::error::Error;
                warn!(
                    cause,
                    "The database's log could not be put back; the writer does it when it has grown"
                );
            }
        }
        was_well = outcome.is_ok();
    }
}

fn joined(ended: Result<(), JoinError>) {
    if let Err(cause) = ended {
        error!(%cause, "A worker broke off; its transaction goes on when its lease has lapsed");
    }
}

async fn renew(runs: Runs, stop: CancellationToken) {
    // Two renewals may fail before a lease lapses.
    let every = (Runs::lease() / 3).to_std().unwrap_or(LOOK);
    let mut pace = Pace::every(every, stop);
    while pace.turn().await {
        if let Err(cause) = runs.renew().await {
            metrics::failed("leases");
            let cause = &cause as &dyn std::error::Error;
            error!(
                cause,
                "Leases could not be renewed; the next try comes before they lapse"
            );
        }
    }
}
