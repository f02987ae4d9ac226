//! How many requests one caller may make.

use std::{num::NonZeroU32, sync::Arc, time::Duration};

use governor::{DefaultDirectRateLimiter, Quota, clock::Clock};
use moka::sync::Cache;

use crate::access::Credential;

/// A limit on the requests of each token and session (openapi: TooManyRequests). Kept in this process:
/// several nodes allow so many times the requests.
#[derive(Clone, Default)]
pub struct Pace {
    limit: Option<(Quota, Cache<Credential, Arc<DefaultDirectRateLimiter>>)>,
}

impl Pace {
    /// So many requests a second, and as many at once; none is no limit.
    pub fn new(per_second: Option<NonZeroU32>) -> Self {
        let limit = per_second.map(|rate| {
            // Whoever was quiet for so long has its whole allowance again anyway.
            let callers = Cache::builder()
                .max_capacity(100_000)
                .time_to_idle(Duration::from_secs(60))
                .build();
            (Quota::per_second(rate), callers)
        });
        Self { limit }
    }

    /// Counts a request.
    ///
    /// # Errors
    /// The time to wait, when the caller has made too many.
    pub fn count(&self, caller: Credential) -> Result<(), Duration> {
        let Some((quota, callers)) = &self.limit else {
            return Ok(());
        };
        let limiter = callers.get_with(caller, || {
            Arc::new(DefaultDirectRateLimiter::direct(*quota))
        });
        limiter
            .check()
            .map_err(|early| early.wait_time_from(limiter.clock().now()))
    }
}

impl std::fmt::Debug for Pace {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let quota = self.limit.as_ref().map(|(quota, _)| quota);
        f.debug_struct("Pace").field("limit", &quota).finish()
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn each_caller_has_its_own_allowance() {
        let pace = Pace::new(NonZeroU32::new(3));
        let caller = |number| Credential::Session(Uuid::from_u128(number));

        let counted: Vec<bool> = (0..4).map(|_| pace.count(caller(1)).is_ok()).collect();

        assert_eq!(counted, [true, true, true, false]);
        assert_eq!(pace.count(caller(2)), Ok(()));
        let wait = pace.count(caller(1)).unwrap_err();
        assert!(wait <= Duration::from_millis(334), "{wait:?}");
    }

    #[test]
    fn without_a_limit_every_request_is_let_in() {
        let pace = Pace::new(None);

        assert!((0..1000).all(|_| pace.count(Credential::Session(Uuid::nil())).is_ok()));
    }
}
