//! What all twins share: time, chance, options, faults and counts.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use parking_lot::Mutex;
use tokio_util::sync::CancellationToken;
use velodrome_model::SharedClock;

use crate::chance::Chance;
use crate::control::Consent;
use crate::faults::Faults;
use crate::keys::KeyRing;
use crate::options::SandboxOptions;
use crate::posts::Posts;

/// The one state behind a running sandbox, apart from each twin's own.
pub(crate) struct World {
    clock: SharedClock,
    pub(crate) chance: Chance,
    pub(crate) options: SandboxOptions,
    pub(crate) faults: Faults,
    /// Keys that clients may sign with.
    pub(crate) keys: KeyRing,
    /// Webhooks under way.
    pub(crate) posts: Posts,
    /// Ends requests that a fault lets hang.
    pub(crate) stop: CancellationToken,
    consent: Mutex<Consent>,
    /// Requests by host; only of hosts that a twin answers at, so it has an end.
    requests: Mutex<HashMap<String, u64>>,
}

impl World {
    pub(crate) fn new(options: SandboxOptions) -> Self {
        Self {
            clock: options.clock.clone(),
            chance: Chance::new(options.seed),
            options,
            faults: Faults::default(),
            keys: KeyRing::default(),
            posts: Posts::default(),
            stop: CancellationToken::new(),
            consent: Mutex::new(Consent::Ask),
            requests: Mutex::new(HashMap::new()),
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
        let mut requests = self.requests.lock();
        match requests.get_mut(host) {
            Some(count) => *count += 1,
            None => {
                requests.insert(host.to_owned(), 1);
            }
        }
    }

    pub(crate) fn requests(&self, host: &str) -> u64 {
        self.requests.lock().get(host).copied().unwrap_or(0)
    }
}
