//! Rate limits and the wait that a provider's 429 asks for (connectors.md §3).
//!
//! Limits of a connector count per account connector, those of a method per account connector and
//! method; both apply. Callers queue in order and are never dropped: whoever can't wait is told how
//! long it would take. All state is in [`RateLimiter`]. The limits are this process's own, or shared with
//! others by a [`SharedPace`]; the wait after a 429 is this process's own, and transactions have theirs in
//! the database (cycles.md §11.7).

mod lane;
mod shared;

pub use shared::{LaneName, SharedPace, Taken, Wanted};

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use parking_lot::Mutex;
use tokio::time::Instant;

use velodrome_model::{
    AccountConnectorId,
    definition::{ConnectorRate, Rate},
};

use lane::{Lane, Together, interval};

/// The wait after a 429 that names none.
const DEFAULT_WAIT: Duration = Duration::from_secs(60);
/// What repeated 429s add, in minutes; the last goes on.
const MORE_MINUTES: [u64; 5] = [1, 3, 7, 15, 30];
/// The longest wait that a provider may ask for; a nonsensical header must not park an account for years.
const LONGEST_WAIT: Duration = Duration::from_secs(24 * 60 * 60);
/// How long after its end a wait still counts as the one before the next.
const FORGET_AFTER: Duration = Duration::from_secs(60 * 60);
/// Keys are swept when this many have been added since the last sweep.
const SWEEP_AFTER: usize = 1024;

/// What a limit counts.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Key {
    account_connector: AccountConnectorId,
    /// None for the connector's own limits; the position tells several of them apart.
    method: Option<Box<str>>,
    index: u8,
}

/// The limits of one request.
#[derive(Clone, Copy, Debug)]
pub struct Limits<'a> {
    /// Whose.
    pub account_connector: AccountConnectorId,
    /// The connector's.
    pub connector: &'a [ConnectorRate],
    /// The method's, with its key.
    pub method: Option<(&'a str, &'a Rate)>,
}

/// A wait that is longer than the caller has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the next request may be sent in {} s", .0.as_secs())]
pub struct TooLong(pub Duration);

/// Spaces requests out.
#[derive(Debug, Default)]
pub struct RateLimiter {
    state: Mutex<State>,
    /// How many account connectors are or were parked; spares the lock where none is and no limit applies.
    parked: AtomicUsize,
    /// Where limits are counted together with other processes.
    together: Option<Arc<dyn SharedPace>>,
}

#[derive(Debug, Default)]
struct State {
    lanes: HashMap<Key, Arc<Lane>>,
    parking: HashMap<AccountConnectorId, Parking>,
    added: usize,
}

#[derive(Debug)]
struct Parking {
    until: Instant,
    strikes: usize,
}

impl RateLimiter {
    /// A limiter without memory of earlier requests.
    pub fn new() -> Self {
        Self::default()
    }

    /// A limiter that counts together with those of other processes.
    pub fn shared(pace: Arc<dyn SharedPace>) -> Self {
        Self {
            together: Some(pace),
            ..Self::default()
        }
    }

    /// Waits until one request may be sent. With `most` the answer comes at once when the wait would be
    /// longer; a request that has been told so takes no place in the queue.
    pub async fn acquire(
        &self,
        limits: &Limits<'_>,
        most: Option<Duration>,
    ) -> Result<(), TooLong> {
        if limits.connector.is_empty() && limits.method.is_none() {
            return self.while_parked(limits.account_connector, most).await;
        }
        let account_connector = limits.account_connector;
        // The method's queue first: who waits for a slow method holds up no other method.
        let method = limits.method.map(|(key, rate)| (Some(key), 0, rate));
        let connector = (0_u8..)
            .zip(limits.connector)
            .map(|(index, limit)| (None, index, &limit.rate));
        let lanes: Vec<(LaneName<'_>, Arc<Lane>)> = method
            .into_iter()
            .chain(connector)
            .map(|(method, index, rate)| {
                let name = LaneName {
                    account_connector,
                    method,
                    index,
                };
                (name, self.lane(name, rate))
            })
            .collect();
        let deadline = most.and_then(|most| Instant::now().checked_add(most));
        let left = || deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
        if let Some(most) = most {
            let wait = lanes
                .iter()
                .map(|(_, lane)| lane.estimate())
                .max()
                .unwrap_or_default()
                .max(self.parked_for(account_connector));
            if wait > most {
                return Err(TooLong(wait));
            }
        }
        for (name, lane) in &lanes {
            let together = self
                .together
                .as_deref()
                .map(|pace| Together { pace, name: *name });
            lane.pass(
                || self.while_parked(account_connector, left()),
                together,
                deadline,
            )
            .await?;
        }
        Ok(())
    }

    /// How long the account connector is blocked by an earlier 429.
    pub fn parked_for(&self, account_connector: AccountConnectorId) -> Duration {
        if self.parked.load(Ordering::Acquire) == 0 {
            return Duration::ZERO;
        }
        let state = self.state.lock();
        state
            .parking
            .get(&account_connector)
            .map_or(Duration::ZERO, |parking| {
                parking.until.saturating_duration_since(Instant::now())
            })
    }

    /// Notes a 429 and says how long nothing is sent now. Answers to requests that were on their way
    /// already don't count as repetitions.
    pub fn refused(
        &self,
        account_connector: AccountConnectorId,
        retry_after: Option<Duration>,
    ) -> Duration {
        let now = Instant::now();
        let base = retry_after.unwrap_or(DEFAULT_WAIT).min(LONGEST_WAIT);
        let mut state = self.state.lock();
        if state.parking.len() >= SWEEP_AFTER {
            self.forget_parking(&mut state);
        }
        let parking = state.parking.entry(account_connector).or_insert_with(|| {
            self.parked.fetch_add(1, Ordering::AcqRel);
            Parking {
                until: now,
                strikes: 0,
            }
        });
        if parking.until > now {
            parking.until = parking.until.max(now + base);
        } else {
            let more = parking
                .strikes
                .checked_sub(1)
                .map_or(0, |repeat| MORE_MINUTES[repeat.min(MORE_MINUTES.len() - 1)]);
            parking.until = now + base + Duration::from_secs(more * 60);
            parking.strikes += 1;
        }
        parking.until - now
    }

    /// Notes an answer that is no 429: the account connector starts afresh.
    pub fn answered(&self, account_connector: AccountConnectorId) {
        if self.parked.load(Ordering::Acquire) == 0 {
            return;
        }
        let mut state = self.state.lock();
        let over = state
            .parking
            .get(&account_connector)
            .is_some_and(|parking| parking.until <= Instant::now());
        if over && state.parking.remove(&account_connector).is_some() {
            self.parked.fetch_sub(1, Ordering::AcqRel);
        }
    }

    /// Drops what was over long ago: the next 429 is then a first one.
    fn forget_parking(&self, state: &mut State) {
        let (before, now) = (state.parking.len(), Instant::now());
        state
            .parking
            .retain(|_, parking| now.saturating_duration_since(parking.until) < FORGET_AFTER);
        self.parked
            .fetch_sub(before - state.parking.len(), Ordering::AcqRel);
    }

    async fn while_parked(
        &self,
        account_connector: AccountConnectorId,
        most: Option<Duration>,
    ) -> Result<(), TooLong> {
        loop {
            let wait = self.parked_for(account_connector);
            if wait.is_zero() {
                return Ok(());
            }
            if most.is_some_and(|most| wait > most) {
                return Err(TooLong(wait));
            }
            tokio::time::sleep(wait).await;
        }
    }

    fn lane(&self, name: LaneName<'_>, rate: &Rate) -> Arc<Lane> {
        let key = Key {
            account_connector: name.account_connector,
            method: name.method.map(Into::into),
            index: name.index,
        };
        let (interval, burst) = (interval(rate), rate.burst.unwrap_or(1).max(1));
        let mut state = self.state.lock();
        match state.lanes.get(&key) {
            // A new release may have changed the limit; the old lane's queue drains by itself.
            Some(lane) if lane.keeps(interval, burst) => {
                return Arc::clone(lane);
            }
            _ => {}
        }
        state.added += 1;
        if state.added >= SWEEP_AFTER.max(state.lanes.len()) {
            state.added = 0;
            state.lanes.retain(|_, lane| !lane.is_idle());
            self.forget_parking(&mut state);
        }
        let lane = Arc::new(Lane::new(interval, burst));
        state.lanes.insert(key, Arc::clone(&lane));
        lane
    }
}

#[cfg(test)]
mod tests;
