//! Load on a webhook, ours or another product's, counted at the provider behind it.

use std::time::Duration;

use anyhow::{Result, ensure};
use tokio::time::Instant;

use crate::stub::Stub;
use crate::wrk::{self, Load, Seen};

/// Without a call for so long the provider has seen them all.
const QUIET: Duration = Duration::from_secs(5);

/// One for each of wrk's threads.
const FEWEST: u32 = 2;

/// A webhook under load.
pub struct Target<'a> {
    /// Its address.
    pub url: &'a str,
    /// What is posted to it.
    pub body: &'a str,
    /// Connections that are kept open.
    pub connections: u32,
    /// How long requests are sent.
    pub seconds: u32,
}

/// What came of a full load.
pub struct Done {
    /// Calls that arrived at the provider a second, from the first request to the last call.
    pub rate: f64,
    /// What whoever sent the requests saw.
    pub seen: Seen,
}

impl Target<'_> {
    /// As much as is answered, and then the wait until everything has arrived at the provider.
    pub async fn full(&self, stub: &Stub) -> Result<Done> {
        let before = stub.posts();
        let begun = Instant::now();
        let seen = self.run(self.connections, None)?;
        settled(stub).await;
        let completed = stub.posts() - before;
        ensure!(
            completed >= seen.requests,
            "{} requests were answered and {completed} arrived at the provider",
            seen.requests
        );
        let took = stub.last_post().duration_since(begun).as_secs_f64();
        Ok(Done {
            rate: as_float(completed) / took,
            seen,
        })
    }

    /// At half of a rate.
    pub async fn half(&self, stub: &Stub, rate: f64) -> Result<Seen> {
        // A connection that pauses for seconds is closed by some servers, which wrk counts as a failure.
        let connections = (FEWEST..self.connections)
            .find(|connections| f64::from(*connections) >= rate / 2.0)
            .unwrap_or(self.connections);
        let pause = 1000.0 * f64::from(connections) / (rate / 2.0);
        let seen = self.run(connections, Some(pause))?;
        settled(stub).await;
        Ok(seen)
    }

    fn run(&self, connections: u32, pause: Option<f64>) -> Result<Seen> {
        wrk::run(&Load {
            url: self.url,
            headers: &[],
            connections,
            seconds: self.seconds,
            pause,
            body: Some(self.body),
        })
    }
}

/// Waits until no call comes any more.
async fn settled(stub: &Stub) {
    let mut seen = (stub.posts(), Instant::now());
    while seen.1.elapsed() < QUIET {
        tokio::time::sleep(Duration::from_millis(100)).await;
        let posts = stub.posts();
        if posts != seen.0 {
            seen = (posts, Instant::now());
        }
    }
}

/// A count, for rates.
#[expect(clippy::cast_precision_loss, reason = "rates are shown rounded")]
pub fn as_float(count: u64) -> f64 {
    count as f64
}
