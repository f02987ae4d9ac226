//! Request limits: a bucket of tokens for each credential, refilled as time goes by.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use parking_lot::Mutex;

use crate::options::RateLimits;
use crate::world::World;

/// How much a provider allows.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limit {
    /// Requests at once.
    pub(crate) burst: u32,
    /// Requests a second in the long run.
    pub(crate) per_second: f64,
}

/// Room left after a request, or the wait until there is some.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Budget {
    pub(crate) limit: u32,
    pub(crate) remaining: u32,
    /// Whole seconds, rounded up, until another request may be made; 0 when at once.
    pub(crate) wait: u32,
}

struct Bucket {
    /// Requests that may be made at once.
    level: f64,
    filled: DateTime<Utc>,
}

/// The buckets of one provider.
pub(crate) struct Limiter {
    limit: Limit,
    buckets: Mutex<HashMap<String, Bucket>>,
}

impl Limiter {
    pub(crate) fn new(limit: Limit) -> Self {
        Self {
            limit,
            buckets: Mutex::new(HashMap::new()),
        }
    }

    /// Takes one request from a credential's bucket; `Err` when it is empty.
    pub(crate) fn take(&self, world: &World, credential: &str) -> Result<Budget, Budget> {
        let full = f64::from(self.limit.burst);
        if world.options.rate_limits == RateLimits::Off {
            return Ok(self.budget(full, 0));
        }
        let now = world.now();
        let mut buckets = self.buckets.lock();
        let bucket = buckets.entry(credential.to_owned()).or_insert(Bucket {
            level: full,
            filled: now,
        });
        let passed = (now - bucket.filled).as_seconds_f64().max(0.0);
        bucket.level = full.min(bucket.level + passed * self.limit.per_second);
        bucket.filled = now.max(bucket.filled);
        // A millionth is what adding up fractions may cost.
        if bucket.level < 1.0 - 1e-6 {
            let wait = (1.0 - bucket.level) / self.limit.per_second;
            return Err(self.budget(bucket.level, whole(wait.ceil())));
        }
        bucket.level -= 1.0;
        Ok(self.budget(bucket.level, 0))
    }

    fn budget(&self, level: f64, wait: u32) -> Budget {
        Budget {
            limit: self.limit.burst,
            remaining: whole(level.floor()),
            wait,
        }
    }
}

/// A number without a fraction; what `u32` cannot hold becomes its nearest end.
fn whole(number: f64) -> u32 {
    number as u32
}
