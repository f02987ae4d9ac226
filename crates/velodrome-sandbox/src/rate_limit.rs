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
    pub(crate) per_second: u32,
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
    /// Thousandths of a request, so that no fractions are needed.
    level: u64,
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
        let full = u64::from(self.limit.burst) * 1000;
        if world.options.rate_limits == RateLimits::Off {
            return Ok(self.budget(full, 0));
        }
        let now = world.now();
        let mut buckets = self.buckets.lock();
        let bucket = buckets.entry(credential.to_owned()).or_insert(Bucket {
            level: full,
            filled: now,
        });
        let passed = u64::try_from((now - bucket.filled).num_milliseconds()).unwrap_or(0);
        bucket.level = full.min(bucket.level + passed * u64::from(self.limit.per_second));
        bucket.filled = now.max(bucket.filled);
        if bucket.level < 1000 {
            let missing = 1000 - bucket.level;
            let wait = missing.div_ceil(u64::from(self.limit.per_second) * 1000);
            return Err(self.budget(bucket.level, u32::try_from(wait).unwrap_or(u32::MAX)));
        }
        bucket.level -= 1000;
        Ok(self.budget(bucket.level, 0))
    }

    fn budget(&self, level: u64, wait: u32) -> Budget {
        let remaining = u32::try_from(level / 1000).unwrap_or(u32::MAX);
        Budget {
            limit: self.limit.burst,
            remaining,
            wait,
        }
    }
}
