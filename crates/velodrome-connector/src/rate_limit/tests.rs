//! Moments at which requests are let through, on a clock that the tests move.

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

fn limits<'a>(connector: &'a [ConnectorRate], method: Option<(&'a str, &'a Rate)>) -> Limits<'a> {
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

/// A time line that several limiters share, as a table would be.
#[derive(Debug)]
struct Table {
    full_at: Mutex<HashMap<String, Instant>>,
    asked: AtomicUsize,
    is_away: std::sync::atomic::AtomicBool,
}

impl Table {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            full_at: Mutex::default(),
            asked: AtomicUsize::new(0),
            is_away: false.into(),
        })
    }
}

#[async_trait::async_trait]
impl SharedPace for Table {
    async fn take(
        &self,
        lane: LaneName<'_>,
        wanted: Wanted,
    ) -> Result<Taken, Box<dyn std::error::Error + Send + Sync>> {
        if self.is_away.load(Ordering::Acquire) {
            return Err("away".into());
        }
        self.asked.fetch_add(1, Ordering::AcqRel);
        let now = Instant::now();
        let mut lines = self.full_at.lock();
        let line = lines.entry(format!("{lane:?}")).or_insert(now);
        let ahead = line.saturating_duration_since(now);
        let tolerance = wanted.interval * (wanted.burst - 1);
        let wait = ahead.saturating_sub(tolerance);
        if wanted.most.is_some_and(|most| wait > most) {
            return Ok(Taken::TooLong(wait));
        }
        *line = now + ahead + wanted.interval * wanted.count;
        Ok(Taken::Places {
            wait,
            overdue: tolerance.saturating_sub(ahead),
        })
    }
}

#[tokio::test(start_paused = true)]
async fn two_processes_together_keep_the_rate_and_ask_once_for_many() {
    let table = Table::new();
    let (one, other) = (
        RateLimiter::shared(table.clone()),
        RateLimiter::shared(table.clone()),
    );
    let rate = [shared(per_second(10.0, None))];
    let limits = limits(&rate, None);

    let (mut all, others) = tokio::join!(moments(&one, limits, 15), moments(&other, limits, 15));

    all.extend(others);
    all.sort_unstable();
    let expected: Vec<u128> = (0..30).map(|number| number * 100).collect();
    assert_eq!(all, expected);
    let asked = table.asked.load(Ordering::Acquire);
    assert!(asked <= 10, "asked {asked} times");
}

#[tokio::test(start_paused = true)]
async fn a_shared_burst_is_given_once() {
    let table = Table::new();
    let (one, other) = (
        RateLimiter::shared(table.clone()),
        RateLimiter::shared(table.clone()),
    );
    let rate = [shared(per_second(2.0, Some(3)))];
    let limits = limits(&rate, None);

    let first = moments(&one, limits, 2).await;
    let second = moments(&other, limits, 3).await;

    assert_eq!(first, [0, 0]);
    assert_eq!(second, [0, 500, 1000]);
}

#[tokio::test(start_paused = true)]
async fn who_has_no_time_is_told_how_long_others_have_taken() {
    let table = Table::new();
    let (one, other) = (
        RateLimiter::shared(table.clone()),
        RateLimiter::shared(table.clone()),
    );
    let rate = [shared(every(10.0))];
    let limits = limits(&rate, None);
    one.acquire(&limits, None).await.unwrap();

    let most = Some(Duration::from_secs(2));
    let told = other.acquire(&limits, most).await;

    assert_eq!(told, Err(TooLong(Duration::from_secs(10))));
    let again = other.acquire(&limits, most).await;
    assert_eq!(again, Err(TooLong(Duration::from_secs(10))));
    assert_eq!(
        table.asked.load(Ordering::Acquire),
        2,
        "the second time it knows"
    );
    tokio::time::advance(Duration::from_secs(9)).await;
    assert_eq!(other.acquire(&limits, most).await, Ok(()));
}

#[tokio::test(start_paused = true)]
async fn a_place_that_is_not_used_in_time_is_given_up() {
    let table = Table::new();
    let limiter = RateLimiter::shared(table.clone());
    let rate = [shared(per_second(10.0, None))];
    let limits = limits(&rate, None);
    let waiting: Vec<_> = (0..5)
        .map(|_| Box::pin(limiter.acquire(&limits, None)))
        .collect();
    let mut waiting = futures::future::join_all(waiting);
    assert_eq!((&mut waiting).now_or_never(), None);
    // Their callers go away, and their places pass.
    drop(waiting);
    tokio::time::advance(Duration::from_secs(60)).await;

    assert_eq!(moments(&limiter, limits, 3).await, [0, 100, 200]);
}

#[tokio::test(start_paused = true)]
async fn without_the_others_a_process_keeps_the_rate_by_itself() {
    let table = Table::new();
    table.is_away.store(true, Ordering::Release);
    let limiter = RateLimiter::shared(table);
    let rate = [shared(per_second(10.0, None))];

    let moments = moments(&limiter, limits(&rate, None), 3).await;

    assert_eq!(moments, [0, 100, 200]);
}
