//! Rate limits and the wait that a provider's 429 asks for (connectors.md §3).
//!
//! Limits of a connector count per account connector, those of a method per account connector and
//! method; both apply. Callers queue in order and are never dropped: whoever can't wait is told how
//! long it would take. All state is in [`RateLimiter`]; it is this process's own.

use std::{
    collections::HashMap,
    future::Future,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use parking_lot::Mutex;
use tokio::{sync::Mutex as TurnMutex, time::Instant};
use velodrome_model::{
    AccountConnectorId,
    definition::{ConnectorRate, Rate},
};

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
}

#[derive(Debug, Default)]
struct State {
    lanes: HashMap<Key, Arc<Lane>>,
    parking: HashMap<AccountConnectorId, Parking>,
    added: usize,
}

/// The requests that one limit spaces out.
#[derive(Debug)]
struct Lane {
    interval: Duration,
    burst: u32,
    /// Held by whoever is next; tokio hands it over in the order of asking.
    turn: TurnMutex<()>,
    /// How many have asked and not been let through.
    waiting: AtomicUsize,
    /// When the bucket would be full again: the theoretical arrival time of the cell rate algorithm.
    full_at: Mutex<Option<Instant>>,
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
        // The method's queue first: who waits for a slow method holds up no other method.
        let method = limits
            .method
            .map(|(key, rate)| self.lane(limits.account_connector, Some(key), 0, rate));
        let connector =
            limits.connector.iter().zip(0_u8..).map(|(limit, index)| {
                self.lane(limits.account_connector, None, index, &limit.rate)
            });
        let lanes: Vec<Arc<Lane>> = method.into_iter().chain(connector).collect();
        let asked = Instant::now();
        let left = |most: Option<Duration>| most.map(|most| most.saturating_sub(asked.elapsed()));
        if let Some(most) = most {
            let wait = lanes
                .iter()
                .map(|lane| lane.estimate())
                .max()
                .unwrap_or_default()
                .max(self.parked_for(limits.account_connector));
            if wait > most {
                return Err(TooLong(wait));
            }
        }
        for lane in &lanes {
            lane.pass(|| self.while_parked(limits.account_connector, left(most)))
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

    fn lane(
        &self,
        account_connector: AccountConnectorId,
        method: Option<&str>,
        index: u8,
        rate: &Rate,
    ) -> Arc<Lane> {
        let key = Key {
            account_connector,
            method: method.map(Into::into),
            index,
        };
        let (interval, burst) = (interval(rate), rate.burst.unwrap_or(1).max(1));
        let mut state = self.state.lock();
        match state.lanes.get(&key) {
            // A new release may have changed the limit; the old lane's queue drains by itself.
            Some(lane) if lane.interval == interval && lane.burst == burst => {
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
        let lane = Arc::new(Lane {
            interval,
            burst,
            turn: TurnMutex::new(()),
            waiting: AtomicUsize::new(0),
            full_at: Mutex::new(None),
        });
        state.lanes.insert(key, Arc::clone(&lane));
        lane
    }
}

/// Time between two requests at the steady rate.
fn interval(rate: &Rate) -> Duration {
    let seconds = match (rate.max_requests_per_second, rate.seconds_between_requests) {
        (Some(per_second), _) if per_second > 0.0 => 1.0 / per_second,
        (_, Some(seconds)) if seconds > 0.0 => seconds,
        _ => 0.0,
    };
    Duration::try_from_secs_f64(seconds)
        .unwrap_or(LONGEST_WAIT)
        .min(LONGEST_WAIT)
}

impl Lane {
    /// Waits for this request's turn and its moment; `gate` is waited for last, at the head of the queue.
    async fn pass<F>(&self, gate: impl Fn() -> F) -> Result<(), TooLong>
    where
        F: Future<Output = Result<(), TooLong>>,
    {
        let _counted = Counted::new(&self.waiting);
        let _turn = self.turn.lock().await;
        loop {
            gate().await?;
            let wait = self.wait(Instant::now());
            if wait.is_zero() {
                break;
            }
            tokio::time::sleep(wait).await;
        }
        let now = Instant::now();
        let mut full_at = self.full_at.lock();
        *full_at = Some(full_at.map_or(now, |at| at.max(now)) + self.interval);
        Ok(())
    }

    /// How long until one more request fits.
    fn wait(&self, now: Instant) -> Duration {
        let tolerance = self.interval * (self.burst - 1);
        self.full_at.lock().map_or(Duration::ZERO, |at| {
            at.saturating_duration_since(now).saturating_sub(tolerance)
        })
    }

    /// How long a request that joins the queue now waits.
    fn estimate(&self) -> Duration {
        let ahead = u32::try_from(self.waiting.load(Ordering::Acquire)).unwrap_or(u32::MAX);
        let now = Instant::now();
        let tolerance = self.interval * (self.burst - 1);
        let owed = self
            .full_at
            .lock()
            .map_or(Duration::ZERO, |at| at.saturating_duration_since(now));
        owed.saturating_add(self.interval.saturating_mul(ahead))
            .saturating_sub(tolerance)
    }

    fn is_idle(&self) -> bool {
        self.waiting.load(Ordering::Acquire) == 0
            && self.full_at.lock().is_none_or(|at| at <= Instant::now())
    }
}

/// Counts a waiting request for as long as it waits, also when its caller goes away.
struct Counted<'a>(&'a AtomicUsize);

impl<'a> Counted<'a> {
    fn new(count: &'a AtomicUsize) -> Self {
        count.fetch_add(1, Ordering::AcqRel);
        Self(count)
    }
}

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

#[cfg(test)]
mod tests {
    use futures::{FutureExt, future::join_all};

    use velodrome_model::definition::RateScope;

    use super::*;

    const ME: AccountConnectorId = AccountConnectorId(1);

    fn per_second(rate: f64, burst: Option<u32>) -> Rate {
        Rate {
            max_requests_per_second: Some(rate),
            seconds_between_requests: None,
            burst,
        }
    }

    fn every(seconds: f64) -> Rate {
        Rate {
            max_requests_per_second: None,
            seconds_between_requests: Some(seconds),
            burst: None,
        }
    }

    fn shared(rate: Rate) -> ConnectorRate {
        ConnectorRate {
            scope: RateScope::AccountConnector,
            rate,
        }
    }

    fn limits<'a>(
        connector: &'a [ConnectorRate],
        method: Option<(&'a str, &'a Rate)>,
    ) -> Limits<'a> {
        Limits {
            account_connector: ME,
            connector,
            method,
        }
    }

    /// Milliseconds at which each of `count` requests made at once is let through.
    async fn moments(limiter: &RateLimiter, limits: Limits<'_>, count: usize) -> Vec<u128> {
        let start = Instant::now();
        join_all((0..count).map(|_| async {
            limiter.acquire(&limits, None).await.unwrap();
            start.elapsed().as_millis()
        }))
        .await
    }

    #[tokio::test(start_paused = true)]
    async fn requests_go_out_in_order_at_the_rate() {
        let limiter = RateLimiter::new();
        for (rate, expected) in [
            (per_second(10.0, None), vec![0, 100, 200, 300]),
            (every(2.0), vec![0, 2000, 4000, 6000]),
            (per_second(2.0, Some(3)), vec![0, 0, 0, 500]),
        ] {
            tokio::time::advance(Duration::from_secs(60)).await;
            let moments = moments(&limiter, limits(&[shared(rate.clone())], None), 4).await;
            let late: Vec<u128> = moments
                .iter()
                .zip(&expected)
                .map(|(at, want)| at.abs_diff(*want))
                .collect();
            // Timers tick in milliseconds.
            assert!(late.iter().all(|late| *late <= 4), "{rate:?}: {moments:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_slow_method_holds_up_no_other_method() {
        let limiter = RateLimiter::new();
        let (connector, slow) = ([shared(per_second(10.0, None))], every(5.0));
        let other = limits(&connector, None);
        let slow = limits(&connector, Some(("slow", &slow)));
        limiter.acquire(&slow, None).await.unwrap();
        let start = Instant::now();
        let (slow, fast) = tokio::join!(
            async {
                limiter
                    .acquire(&slow, None)
                    .await
                    .map(|()| start.elapsed().as_millis())
            },
            async {
                limiter
                    .acquire(&other, None)
                    .await
                    .map(|()| start.elapsed().as_millis())
            },
        );
        assert!((4999..=5010).contains(&slow.unwrap()));
        assert!((99..=110).contains(&fast.unwrap()));
    }

    #[tokio::test(start_paused = true)]
    async fn account_connectors_do_not_share_a_limit() {
        let limiter = RateLimiter::new();
        let rate = [shared(every(10.0))];
        let mine = limits(&rate, None);
        let other = Limits {
            account_connector: AccountConnectorId(2),
            ..mine
        };
        assert_eq!(limiter.acquire(&mine, None).now_or_never(), Some(Ok(())));
        assert_eq!(limiter.acquire(&other, None).now_or_never(), Some(Ok(())));
        assert_eq!(limiter.acquire(&mine, None).now_or_never(), None);
    }

    #[tokio::test(start_paused = true)]
    async fn who_can_t_wait_is_told_how_long_it_would_take() {
        let limiter = RateLimiter::new();
        let rate = [shared(every(30.0))];
        let limits = limits(&rate, None);
        limiter.acquire(&limits, None).await.unwrap();
        let most = Some(Duration::from_secs(60));
        let mut queue: Vec<_> = (0..2)
            .map(|_| Box::pin(limiter.acquire(&limits, most)))
            .collect();
        for waiting in &mut queue {
            assert_eq!(waiting.as_mut().now_or_never(), None);
        }
        assert_eq!(
            limiter.acquire(&limits, most).await,
            Err(TooLong(Duration::from_secs(90)))
        );
        drop(queue);
        // Those who went away have left no gap behind.
        let start = Instant::now();
        limiter.acquire(&limits, most).await.unwrap();
        assert!(start.elapsed() <= Duration::from_secs(31));
    }

    #[tokio::test(start_paused = true)]
    async fn repeated_429s_wait_longer_and_longer_until_an_answer_comes() {
        let limiter = RateLimiter::new();
        let seconds = |wait: Duration| wait.as_secs();
        assert_eq!(
            seconds(limiter.refused(ME, Some(Duration::from_secs(5)))),
            5
        );
        assert_eq!(
            seconds(limiter.refused(ME, None)),
            60,
            "on its way already: no repetition"
        );
        for minutes in [1, 3, 7, 15, 30, 30] {
            tokio::time::advance(limiter.parked_for(ME)).await;
            assert_eq!(seconds(limiter.refused(ME, None)), 60 + minutes * 60);
        }
        tokio::time::advance(limiter.parked_for(ME)).await;
        limiter.answered(ME);
        assert_eq!(seconds(limiter.refused(ME, None)), 60);
        assert_eq!(limiter.parked_for(AccountConnectorId(2)), Duration::ZERO);
        tokio::time::advance(Duration::from_secs(61)).await;
        limiter.answered(ME);
        assert_eq!(seconds(limiter.refused(ME, Some(Duration::MAX))), 24 * 3600);
    }

    #[tokio::test(start_paused = true)]
    async fn nothing_is_sent_while_parked_and_the_queue_keeps_its_pace_afterwards() {
        let limiter = RateLimiter::new();
        let rate = [shared(per_second(10.0, None))];
        let limits = limits(&rate, None);
        limiter.refused(ME, Some(Duration::from_secs(30)));
        let moments = moments(&limiter, limits, 3).await;
        assert!(
            moments[0] >= 30_000 && moments[1] >= moments[0] + 99 && moments[2] >= moments[1] + 99,
            "{moments:?}"
        );
        limiter.answered(ME);
        limiter.refused(ME, Some(Duration::from_secs(61)));
        let most = Some(Duration::from_secs(60));
        assert_eq!(
            limiter.acquire(&limits, most).await,
            Err(TooLong(Duration::from_secs(61)))
        );
        let unlimited = Limits {
            connector: &[],
            ..limits
        };
        assert_eq!(
            limiter.acquire(&unlimited, most).await,
            Err(TooLong(Duration::from_secs(61)))
        );
    }

    #[tokio::test(start_paused = true)]
    async fn idle_limits_are_forgotten() {
        let limiter = RateLimiter::new();
        let rate = [shared(per_second(100.0, None))];
        for id in 0..10_000 {
            let limits = Limits {
                account_connector: AccountConnectorId(id),
                connector: &rate,
                method: None,
            };
            limiter.acquire(&limits, None).await.unwrap();
            tokio::time::advance(Duration::from_millis(11)).await;
        }
        assert!(limiter.state.lock().lanes.len() <= 2 * SWEEP_AFTER);
        for id in 0..10_000 {
            limiter.refused(AccountConnectorId(id), Some(Duration::ZERO));
            tokio::time::advance(Duration::from_secs(10)).await;
        }
        let parked = limiter.state.lock().parking.len();
        assert!(parked <= 2 * SWEEP_AFTER && parked == limiter.parked.load(Ordering::Acquire));
    }
}
