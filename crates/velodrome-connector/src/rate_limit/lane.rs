//! One limit and its queue.

use std::{
    future::Future,
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use parking_lot::Mutex;
use tokio::{sync::Mutex as TurnMutex, time::Instant};
use velodrome_model::definition::Rate;

use super::{LONGEST_WAIT, TooLong};

/// The requests that one limit spaces out.
#[derive(Debug)]
pub(super) struct Lane {
    interval: Duration,
    burst: u32,
    /// Held by whoever is next; tokio hands it over in the order of asking.
    turn: TurnMutex<()>,
    /// How many have asked and not been let through.
    waiting: AtomicUsize,
    /// When the bucket would be full again: the theoretical arrival time of the cell rate algorithm.
    full_at: Mutex<Option<Instant>>,
}

/// Time between two requests at the steady rate.
pub(super) fn interval(rate: &Rate) -> Duration {
    let seconds = match (rate.max_requests_per_second, rate.seconds_between_requests) {
        (Some(per_second), _) if per_second > 0.0 => 1.0 / per_second,
        (_, Some(seconds)) if seconds > 0.0 => seconds,
        _ => 0.0,
    };
    Duration::try_from_secs_f64(seconds)
        .unwrap_or(LONGEST_WAIT)
        .min(LONGEST_WAIT)
}

impl Lane {
    /// A lane that nobody has passed.
    pub(super) fn new(interval: Duration, burst: u32) -> Self {
        Self {
            interval,
            burst,
            turn: TurnMutex::new(()),
            waiting: AtomicUsize::new(0),
            full_at: Mutex::new(None),
        }
    }

    /// Whether it keeps this rate.
    pub(super) fn keeps(&self, interval: Duration, burst: u32) -> bool {
        self.interval == interval && self.burst == burst
    }

    /// Waits for this request's turn and its moment; `gate` is waited for last, at the head of the queue.
    pub(super) async fn pass<F>(&self, gate: impl Fn() -> F) -> Result<(), TooLong>
    where
        F: Future<Output = Result<(), TooLong>>,
    {
        let _counted = Counted::new(&self.waiting);
        let _turn = self.turn.lock().await;
        loop {
            gate().await?;
            let wait = self.wait(Instant::now());
            if wait.is_zero() {
                break;
            }
            tokio::time::sleep(wait).await;
        }
        let now = Instant::now();
        let mut full_at = self.full_at.lock();
        *full_at = Some(full_at.map_or(now, |at| at.max(now)) + self.interval);
        Ok(())
    }

    /// How long until one more request fits.
    fn wait(&self, now: Instant) -> Duration {
        let tolerance = self.interval * (self.burst - 1);
        self.full_at.lock().map_or(Duration::ZERO, |at| {
            at.saturating_duration_since(now).saturating_sub(tolerance)
        })
    }

    /// How long a request that joins the queue now waits.
    pub(super) fn estimate(&self) -> Duration {
        let ahead = u32::try_from(self.waiting.load(Ordering::Acquire)).unwrap_or(u32::MAX);
        let now = Instant::now();
        let tolerance = self.interval * (self.burst - 1);
        let owed = self
            .full_at
            .lock()
            .map_or(Duration::ZERO, |at| at.saturating_duration_since(now));
        owed.saturating_add(self.interval.saturating_mul(ahead))
            .saturating_sub(tolerance)
    }

    pub(super) fn is_idle(&self) -> bool {
        self.waiting.load(Ordering::Acquire) == 0
            && self.full_at.lock().is_none_or(|at| at <= Instant::now())
    }
}

/// Counts a waiting request for as long as it waits, also when its caller goes away.
struct Counted<'a>(&'a AtomicUsize);

impl<'a> Counted<'a> {
    fn new(count: &'a AtomicUsize) -> Self {
        count.fetch_add(1, Ordering::AcqRel);
        Self(count)
    }
}

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}
