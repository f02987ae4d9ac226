//! What all twins share: time, chance, options, faults and counts.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};

use chrono::{DateTime, Utc};
use parking_lot::Mutex;
use tokio_util::sync::CancellationToken;
use velodrome_model::SharedClock;

use crate::chance::Chance;
use crate::control::Consent;
use crate::faults::Faults;
use crate::options::SandboxOptions;

/// The one state behind a running sandbox, apart from each twin's own.
pub(crate) struct World {
    clock: SharedClock,
    pub(crate) chance: Chance,
    pub(crate) options: SandboxOptions,
    pub(crate) faults: Faults,
    /// Ends requests that a fault lets hang.
    pub(crate) stop: CancellationToken,
    consent: Mutex<Consent>,
    requests: HashMap<&'static str, AtomicU64>,
}

impl World {
    pub(crate) fn new(options: SandboxOptions, hosts: impl Iterator<Item = &'static str>) -> Self {
        Self {
            clock: options.clock.clone(),
            chance: Chance::new(options.seed),
            options,
            faults: Faults::default(),
            stop: CancellationToken::new(),
            consent: Mutex::new(Consent::Ask),
            requests: hosts.map(|host| (host, AtomicU64::new(0))).collect(),
        }
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    pub(crate) fn consent(&self) -> Consent {
        *self.consent.lock()
    }

    pub(crate) fn set_consent(&self, consent: Consent) {
        *self.consent.lock() = consent;
    }

    pub(crate) fn count_request(&self, host: &str) {
        if let Some(count) = self.requests.get(host) {
            count.fetch_add(1, Ordering::Relaxed);
        }
    }

    pub(crate) fn requests(&self, host: &str) -> u64 {
        self.requests
            .get(host)
            .map_or(0, |count| count.load(Ordering::Relaxed))
    }
}
