//! The pace of a loop: one turn at a time, until it is told to stop.

use std::time::Duration;

use tokio::time::{Interval, MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;
use velodrome_service::StoreError;

use crate::metrics;

/// Turns of a loop.
pub struct Pace {
    interval: Interval,
    stop: CancellationToken,
}

impl Pace {
    /// A turn at once, and then one every `period`; a turn that takes longer delays the next one.
    pub fn every(period: Duration, stop: CancellationToken) -> Self {
        let mut interval = interval(period);
        interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Self { interval, stop }
    }

    /// Waits for the next turn; false when it is over.
    pub async fn turn(&mut self) -> bool {
        tokio::select! {
            biased;
            () = self.stop.cancelled() => false,
            _ = self.interval.tick() => true,
        }
    }

    /// Makes the next turn come at once: there is more to do.
    pub fn hurry(&mut self) {
        self.interval.reset_immediately();
    }

    /// What a turn gives, unless it is over before.
    pub async fn unless_stopped<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        self.stop.run_until_cancelled(work).await
    }
}

/// Takes turns at work that tells whether there may be more to do, until it is told to stop. A failure is
/// counted under the loop's name, and told once, not every turn of an outage.
pub async fn turns<F>(
    name: &'static str,
    every: Duration,
    stop: CancellationToken,
    turn: impl Fn() -> F,
    tell: impl Fn(&StoreError),
) where
    F: Future<Output = Result<bool, StoreError>>,
{
    let mut pace = Pace::every(every, stop);
    let mut was_well = true;
    while pace.turn().await {
        // Boxed: it holds what the work needs, and the loop waits most of the time.
        let Some(outcome) = pace.unless_stopped(Box::pin(turn())).await else {
            return;
        };
        if matches!(outcome, Ok(true)) {
            pace.hurry();
        }
        if let Err(cause) = &outcome {
            metrics::failed(name);
            if was_well {
                tell(cause);
            }
        }
        was_well = outcome.is_ok();
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::Instant;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn turns_come_at_once_then_evenly_and_at_once_when_hurried() {
        let stop = CancellationToken::new();
        let mut pace = Pace::every(Duration::from_secs(10), stop);
        let begun = Instant::now();

        assert!(pace.turn().await);
        assert_eq!(begun.elapsed(), Duration::ZERO);
        assert!(pace.turn().await);
        assert_eq!(begun.elapsed(), Duration::from_secs(10));
        pace.hurry();
        assert!(pace.turn().await);
        assert_eq!(begun.elapsed(), Duration::from_secs(10));
    }

    #[tokio::test(start_paused = true)]
    async fn a_stop_ends_the_wait_at_once() {
        let stop = CancellationToken::new();
        let mut pace = Pace::every(Duration::from_secs(3_600), stop.clone());
        assert!(pace.turn().await);
        let begun = Instant::now();

        stop.cancel();

        assert!(!pace.turn().await);
        assert_eq!(
            pace.unless_stopped(std::future::pending::<()>()).await,
            None
        );
        assert_eq!(begun.elapsed(), Duration::ZERO);
    }
}
