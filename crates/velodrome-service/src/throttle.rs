//! Slowing down guessing: after some failures every further attempt has to wait, each time longer.

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};
use moka::sync::Cache;
use parking_lot::Mutex;
use velodrome_model::SharedClock;

/// Failures by key, such as an address or an e-mail. Kept in this process: several nodes allow so many
/// times the attempts, which still is far too few for guessing.
#[derive(Clone)]
pub struct Throttle {
    clock: SharedClock,
    /// Failures that cost nothing.
    free: u32,
    longest: TimeDelta,
    failures: Cache<String, Arc<Mutex<Failures>>>,
}

#[derive(Default)]
struct Failures {
    count: u32,
    until: Option<DateTime<Utc>>,
    last: Option<DateTime<Utc>>,
}

/// Failures older than this are forgotten.
const FORGET_AFTER: TimeDelta = TimeDelta::minutes(15);

impl Throttle {
    /// So many free failures; then waits of 1, 2, 4… seconds up to the longest.
    pub fn new(clock: SharedClock, free: u32, longest: TimeDelta) -> Self {
        // The oldest keys go first when an attacker makes up many; the bound is for memory only.
        let failures = Cache::builder()
            .max_capacity(100_000)
            .time_to_idle(Duration::from_secs(3600))
            .build();
        Self {
            clock,
            free,
            longest,
            failures,
        }
    }

    /// Time to wait before the next attempt, if any.
    pub fn wait(&self, key: &str) -> Option<Duration> {
        let failures = self.failures.get(key)?;
        let until = failures.lock().until?;
        (until - self.clock.now())
            .to_std()
            .ok()
            .filter(|wait| !wait.is_zero())
    }

    /// An attempt failed.
    pub fn failed(&self, key: &str) {
        let now = self.clock.now();
        let failures = self.failures.get_with(key.to_owned(), Arc::default);
        let mut failures = failures.lock();
        if failures.last.is_some_and(|last| now - last > FORGET_AFTER) {
            *failures = Failures::default();
        }
        failures.count = failures.count.saturating_add(1);
        failures.last = Some(now);
        if let Some(beyond) = failures
            .count
            .checked_sub(self.free)
            .filter(|beyond| *beyond > 0)
        {
            let wait = TimeDelta::seconds(1 << (beyond - 1).min(20));
            failures.until = Some(now + wait.min(self.longest));
        }
    }

    /// An attempt succeeded: what went before is forgiven.
    pub fn succeeded(&self, key: &str) {
        self.failures.invalidate(key);
    }
}

#[cfg(test)]
mod tests {
    use velodrome_model::Clock;

    use super::*;

    struct Hand(Mutex<DateTime<Utc>>);

    impl Clock for Hand {
        fn now(&self) -> DateTime<Utc> {
            *self.0.lock()
        }
    }

    #[test]
    fn waits_grow_after_the_free_failures_and_end_with_a_success() {
        let clock = Arc::new(Hand(Mutex::new(DateTime::UNIX_EPOCH)));
        let throttle = Throttle::new(clock.clone(), 2, TimeDelta::seconds(3));
        let mut waits = Vec::new();
        for _ in 0..5 {
            throttle.failed("ada");
            waits.push(throttle.wait("ada").map_or(0, |wait| wait.as_secs()));
        }

        assert_eq!(waits, [0, 0, 1, 2, 3]);
        assert_eq!(throttle.wait("bob"), None);
        *clock.0.lock() += TimeDelta::seconds(3);
        assert_eq!(throttle.wait("ada"), None);
        throttle.failed("ada");
        throttle.succeeded("ada");
        assert_eq!(throttle.wait("ada"), None);
    }

    #[test]
    fn failures_are_forgotten_after_a_while() {
        let clock = Arc::new(Hand(Mutex::new(DateTime::UNIX_EPOCH)));
        let throttle = Throttle::new(clock.clone(), 1, TimeDelta::seconds(60));
        throttle.failed("ada");
        *clock.0.lock() += FORGET_AFTER + TimeDelta::seconds(1);

        throttle.failed("ada");

        assert_eq!(throttle.wait("ada"), None);
    }
}
