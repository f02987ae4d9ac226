//! One limit and its queue.

use std::{
    collections::VecDeque,
    future::Future,
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
    time::Duration,
};

use parking_lot::Mutex;
use tokio::{sync::Mutex as TurnMutex, time::Instant};
use velodrome_model::definition::Rate;

use super::{
    LONGEST_WAIT, TooLong,
    shared::{LaneName, SharedPace, Taken, Wanted},
};

/// Places that are taken with one question at most: those of a second, and no more than this.
const MOST_PLACES: u32 = 1_000;
/// A place of which nobody made use for so long is given up, or many could be used at once.
const USABLE: Duration = Duration::from_millis(50);

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
    /// When requests may go that others have been told of.
    places: Mutex<VecDeque<Instant>>,
    /// What it should count together with could not be asked.
    is_alone: AtomicBool,
}

/// Where a lane keeps count together with other processes.
#[derive(Clone, Copy)]
pub(super) struct Together<'a> {
    pub pace: &'a dyn SharedPace,
    pub name: LaneName<'a>,
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
            places: Mutex::default(),
            is_alone: AtomicBool::new(false),
        }
    }

    /// Whether it keeps this rate.
    pub(super) fn keeps(&self, interval: Duration, burst: u32) -> bool {
        self.interval == interval && self.burst == burst
    }

    /// Waits for this request's turn and its moment; `gate` is waited for last, at the head of the queue.
    /// `deadline` is when the caller gives up.
    pub(super) async fn pass<F>(
        &self,
        gate: impl Fn() -> F,
        together: Option<Together<'_>>,
        deadline: Option<Instant>,
    ) -> Result<(), TooLong>
    where
        F: Future<Output = Result<(), TooLong>>,
    {
        let _counted = Counted::new(&self.waiting);
        let _turn = self.turn.lock().await;
        let mut together = together;
        loop {
            gate().await?;
            let now = Instant::now();
            let wait = match together {
                None => self.wait(now),
                Some(with) => match self.next_place(now) {
                    Some(place) if place <= now => {
                        self.places.lock().pop_front();
                        return Ok(());
                    }
                    Some(place) => place - now,
                    None => {
                        let taken = self.take_places(with, deadline).await?;
                        let was_alone = self.is_alone.swap(taken.is_err(), Ordering::AcqRel);
                        if let Err(cause) = taken {
                            together = None;
                            // Said once, not at each request of an outage.
                            if !was_alone {
                                tracing::warn!(
                                    cause = &*cause as &dyn std::error::Error,
                                    account_connector.id = with.name.account_connector.0,
                                    "A rate limit counts on this node alone for now"
                                );
                            }
                        }
                        continue;
                    }
                },
            };
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

    /// The next place that is of use still.
    fn next_place(&self, now: Instant) -> Option<Instant> {
        let mut places = self.places.lock();
        while let Some(place) = places.front() {
            if *place + self.interval.max(USABLE) >= now {
                return Some(*place);
            }
            places.pop_front();
        }
        None
    }

    /// Takes places for those who wait here.
    async fn take_places(
        &self,
        with: Together<'_>,
        deadline: Option<Instant>,
    ) -> Result<Result<(), Box<dyn std::error::Error + Send + Sync>>, TooLong> {
        let waiting = u32::try_from(self.waiting.load(Ordering::Acquire)).unwrap_or(u32::MAX);
        let wanted = Wanted {
            interval: self.interval,
            burst: self.burst,
            count: waiting.clamp(1, self.most_places()),
            most: deadline.map(|deadline| deadline.saturating_duration_since(Instant::now())),
        };
        let taken = match with.pace.take(with.name, wanted).await {
            Ok(taken) => taken,
            Err(cause) => return Ok(Err(cause)),
        };
        let now = Instant::now();
        match taken {
            Taken::TooLong(wait) => {
                *self.full_at.lock() = Some(now + wait + self.tolerance());
                Err(TooLong(wait))
            }
            Taken::Places { wait, overdue } => {
                let place = |number| now + (wait + self.interval * number).saturating_sub(overdue);
                self.places.lock().extend((0..wanted.count).map(place));
                *self.full_at.lock() = Some(place(wanted.count) + self.tolerance());
                Ok(Ok(()))
            }
        }
    }

    fn most_places(&self) -> u32 {
        let second = match self.interval.as_micros() {
            0 => u128::from(MOST_PLACES),
            micros => 1_000_000 / micros,
        };
        let second = u32::try_from(second).unwrap_or(MOST_PLACES);
        second.max(self.burst).clamp(1, MOST_PLACES)
    }

    fn tolerance(&self) -> Duration {
        self.interval * (self.burst - 1)
    }

    /// How long until one more request fits.
    fn wait(&self, now: Instant) -> Duration {
        let tolerance = self.tolerance();
        self.full_at.lock().map_or(Duration::ZERO, |at| {
            at.saturating_duration_since(now).saturating_sub(tolerance)
        })
    }

    /// How long a request that joins the queue now waits.
    pub(super) fn estimate(&self) -> Duration {
        let waiting = self.waiting.load(Ordering::Acquire);
        // Those who have a place are part of what is owed.
        let ahead = waiting.saturating_sub(self.places.lock().len());
        let ahead = u32::try_from(ahead).unwrap_or(u32::MAX);
        let now = Instant::now();
        let tolerance = self.tolerance();
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
