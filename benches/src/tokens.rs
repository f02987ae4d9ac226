//! An upstream that hands out new tokens and counts how often it is asked.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use velodrome_testkit::{Answer, FakeUpstream};

/// The provider's token endpoint and its records.
pub struct Provider {
    /// The upstream itself.
    pub upstream: FakeUpstream,
    refreshes: Arc<AtomicUsize>,
}

impl Provider {
    /// A provider that takes a while for a refresh, as real ones do.
    pub fn start(takes: Duration) -> Self {
        let upstream = FakeUpstream::start();
        let refreshes = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&refreshes);
        upstream.respond("POST", "/token", move |_| {
            let number = counted.fetch_add(1, Ordering::SeqCst) + 1;
            let body = format!(
                "{{\"access_token\":\"at-{number}\",\"refresh_token\":\"rt-{number}\",\"token_type\":\"bearer\",\"expires_in\":3600}}"
            );
            Answer::json(body).after(takes)
        });
        upstream.respond("GET", "/records", |call| {
            // A token from before the refresh is what must never arrive here.
            if call.header("authorization") == Some("Bearer at-0") {
                return Answer::status(401);
            }
            Answer::json("{\"id\":1,\"title\":\"A record\"}")
        });
        Self {
            upstream,
            refreshes,
        }
    }

    /// How many refreshes were asked for.
    pub fn refreshes(&self) -> usize {
        self.refreshes.load(Ordering::SeqCst)
    }
}
