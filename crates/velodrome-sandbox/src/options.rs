//! How a sandbox is set up.

use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use velodrome_model::{SharedClock, SystemClock};

/// Whether the providers' request limits are enforced.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RateLimits {
    /// As the provider does it, with its headers and its 429.
    #[default]
    AsProvider,
    /// Never: for measuring our own speed.
    Off,
}

/// What a sandbox needs to know before it starts.
#[derive(Clone)]
pub struct SandboxOptions {
    /// Where time comes from: token expiry, rate limits and time stamps follow it.
    pub clock: SharedClock,
    /// Life of an access token where the provider limits it; `None` keeps each provider's own value.
    pub access_token_life: Option<TimeDelta>,
    /// Whether request limits are enforced.
    pub rate_limits: RateLimits,
    /// Makes codes and tokens repeatable; `None` draws them from the operating system. The sample
    /// records are the same either way.
    pub seed: Option<u64>,
    /// How long a twin waits before it posts a webhook a second time; each further wait is three times
    /// as long.
    pub webhook_retry: Duration,
}

impl Default for SandboxOptions {
    fn default() -> Self {
        Self {
            clock: Arc::new(SystemClock),
            access_token_life: None,
            rate_limits: RateLimits::AsProvider,
            seed: None,
            webhook_retry: Duration::from_secs(1),
        }
    }
}
