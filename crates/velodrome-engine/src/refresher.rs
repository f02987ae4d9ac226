//! Credentials renewed ahead of their expiry, so that no call has to wait for it.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{sync::Semaphore, time::Instant};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tracing::error;
use velodrome_model::AccountConnectorId;
use velodrome_service::renewal::Renewals;

use crate::{metrics, pace::Pace};

/// Renewals at once.
const AT_ONCE: usize = 64;
/// Credentials that are asked for at once; more than fit, so that there is always a next one.
const BATCH: u64 = 256;
/// Between two looks when nothing was due.
const LOOK: Duration = Duration::from_secs(1);
/// A credential that is still due after it was tried is left alone for as long.
const PAUSE: Duration = Duration::from_secs(20);

/// Between two looks for refresh tokens that end soon.
const ENDS: Duration = Duration::from_secs(600);

/// Tells of refresh tokens that end soon until it is told to stop.
pub async fn tell_ends(renewals: Renewals, stop: CancellationToken) {
    let mut pace = Pace::every(ENDS, stop);
    while pace.turn().await {
        let Some(outcome) = pace.unless_stopped(Box::pin(renewals.tell_ends())).await else {
            return;
        };
        if let Err(cause) = outcome {
            metrics::failed("ends");
            let cause = &cause as &dyn std::error::Error;
            error!(
                cause,
                "Refresh tokens that end soon could not be read; the next try comes later"
            );
        }
    }
}

/// Renews what is due until it is told to stop, and finishes what it has begun.
pub async fn run(renewals: Renewals, stop: CancellationToken) {
    let room = Arc::new(Semaphore::new(AT_ONCE));
    let running = TaskTracker::new();
    let tried = Tried::default();
    let mut pace = Pace::every(LOOK, stop);
    let mut was_well = true;
    'turns: while pace.turn().await {
        // Those that were tried stand first in the answer, and must not hide the others.
        let limit = BATCH + tried.forget_old(Instant::now()) as u64;
        let Some(due) = pace.unless_stopped(renewals.due(limit)).await else {
            break;
        };
        let due = match due {
            Ok(due) => due,
            Err(cause) => {
                metrics::failed("refresher");
                if was_well {
                    let cause = &cause as &dyn std::error::Error;
                    error!(
                        cause,
                        "Credentials that are due for renewal could not be read"
                    );
                }
                was_well = false;
                continue;
            }
        };
        was_well = true;
        if due.len() as u64 == limit {
            pace.hurry();
        }
        for (scope, id) in due {
            if !tried.begin(id) {
                continue;
            }
            let Some(permit) = pace.unless_stopped(room.clone().acquire_owned()).await else {
                break 'turns;
            };
            let permit = permit.expect("the room is never closed");
            metrics::renewing(AT_ONCE - room.available_permits());
            let (renewals, tried) = (renewals.clone(), tried.clone());
            running.spawn(async move {
                renewals.renew_ahead(scope, id).await;
                tried.end(id, Instant::now());
                drop(permit);
            });
        }
        metrics::renewing(AT_ONCE - room.available_permits());
    }
    running.close();
    running.wait().await;
}

/// What was tried: running, or when it ended.
#[derive(Clone, Default)]
struct Tried(Arc<Mutex<HashMap<AccountConnectorId, Option<Instant>>>>);

impl Tried {
    /// Notes that a renewal begins; false when it was tried a moment ago.
    fn begin(&self, id: AccountConnectorId) -> bool {
        let mut tried = self.lock();
        if tried.contains_key(&id) {
            return false;
        }
        tried.insert(id, None);
        true
    }

    fn end(&self, id: AccountConnectorId, now: Instant) {
        self.lock().insert(id, Some(now));
    }

    /// Forgets those that may be tried again; tells how many are left.
    fn forget_old(&self, now: Instant) -> usize {
        let mut tried = self.lock();
        tried.retain(|_, ended| ended.is_none_or(|ended| now < ended + PAUSE));
        tried.len()
    }

    /// No code panics while it holds the lock, and the map stays whole if it did.
    fn lock(&self) -> MutexGuard<'_, HashMap<AccountConnectorId, Option<Instant>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_credential_is_tried_once_and_again_after_a_pause() {
        let (tried, id) = (Tried::default(), AccountConnectorId(7));
        let now = Instant::now();

        assert!(tried.begin(id));
        assert!(!tried.begin(id));
        assert_eq!(tried.forget_old(now + PAUSE * 2), 1, "it still runs");
        tried.end(id, now);
        assert!(!tried.begin(id));
        assert_eq!(tried.forget_old(now + PAUSE), 0);
        assert!(tried.begin(id));
    }
}
