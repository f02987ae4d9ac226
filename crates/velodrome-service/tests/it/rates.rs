//! Declared rate limits that count over nodes; with SQLite the one node counts in memory.

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};
use velodrome_connector::rate_limit::{LaneName, Limits, RateLimiter, SharedPace, Taken, Wanted};
use velodrome_model::{
    AccountConnectorId, Clock, InstanceScope, SharedClock, SystemClock,
    definition::{ConnectorRate, Rate, RateScope},
};
use velodrome_service::rates::SharedRates;
use velodrome_store::{Database, Store, StoreOptions, seal::MasterKeys};
use velodrome_testkit::FreshDatabase;

const LANE: LaneName<'static> = LaneName {
    account_connector: AccountConnectorId(7),
    method: None,
    index: 0,
};
const SECOND: Duration = Duration::from_secs(1);

/// A clock that is two hours ahead.
struct Later;

impl Clock for Later {
    fn now(&self) -> DateTime<Utc> {
        SystemClock.now() + TimeDelta::hours(2)
    }
}

/// Two nodes on one database, and its rows two hours later; none with SQLite.
async fn nodes() -> Option<(FreshDatabase, Store, [SharedRates; 2])> {
    if !FreshDatabase::is_postgres() {
        return None;
    }
    let database = FreshDatabase::create();
    let keys = MasterKeys::generate();
    let open = async |clock: SharedClock| {
        Store::open(StoreOptions {
            database: Database::parse(database.url()).unwrap(),
            master_keys: MasterKeys::parse(&keys).unwrap(),
            clock,
            connections: 4,
        })
        .await
        .unwrap()
    };
    let (one, other) = (open(Arc::new(SystemClock)), open(Arc::new(SystemClock)));
    let rates = [SharedRates::new(one.await), SharedRates::new(other.await)];
    let later = open(Arc::new(Later)).await;
    Some((database, later, rates))
}

fn wanted(burst: u32, count: u32, most: Option<Duration>) -> Wanted {
    Wanted {
        interval: 10 * SECOND,
        burst,
        count,
        most,
    }
}

/// Until the first place, in whole tens of seconds: a database takes its time.
fn tens(taken: Taken) -> (&'static str, u64) {
    let tens = |time: Duration| (time.as_secs() + 5) / 10;
    match taken {
        Taken::Places { wait, overdue } if overdue.is_zero() => ("wait", tens(wait)),
        Taken::Places { overdue, .. } => ("overdue", tens(overdue)),
        Taken::TooLong(wait) => ("too long", tens(wait)),
    }
}

#[tokio::test]
async fn places_that_one_node_takes_are_not_given_to_another() {
    let Some((_database, _, [one, other])) = nodes().await else {
        return;
    };
    let of_method = LaneName {
        method: Some("list"),
        ..LANE
    };

    let first = one.take(LANE, wanted(1, 3, None)).await.unwrap();
    let second = other.take(LANE, wanted(1, 2, None)).await.unwrap();
    let refused = one
        .take(LANE, wanted(1, 1, Some(40 * SECOND)))
        .await
        .unwrap();
    let third = one
        .take(LANE, wanted(1, 1, Some(60 * SECOND)))
        .await
        .unwrap();
    let elsewhere = one.take(of_method, wanted(1, 1, None)).await.unwrap();

    let told = [first, second, refused, third, elsewhere].map(tens);
    let expected = [
        ("wait", 0),
        ("wait", 3),
        ("too long", 5),
        ("wait", 5),
        ("wait", 0),
    ];
    assert_eq!(told, expected);
}

#[tokio::test]
async fn a_burst_is_for_all_nodes_together() {
    let Some((_database, _, [one, other])) = nodes().await else {
        return;
    };

    let first = one.take(LANE, wanted(4, 2, None)).await.unwrap();
    let second = other.take(LANE, wanted(4, 2, None)).await.unwrap();
    let third = one.take(LANE, wanted(4, 1, None)).await.unwrap();

    assert_eq!([first, second].map(tens), [("overdue", 3), ("overdue", 1)]);
    assert_eq!(tens(third), ("wait", 1));
}

#[tokio::test]
async fn requests_over_two_nodes_keep_the_rate_together() {
    let Some((_database, _, rates)) = nodes().await else {
        return;
    };
    let limiters = rates.map(|rates| RateLimiter::shared(Arc::new(rates)));
    let rate = [ConnectorRate {
        scope: RateScope::AccountConnector,
        rate: Rate {
            max_requests_per_second: Some(20.0),
            seconds_between_requests: None,
            burst: None,
        },
    }];
    let limits = Limits {
        account_connector: LANE.account_connector,
        connector: &rate,
        method: None,
    };

    let begun = tokio::time::Instant::now();
    let all = limiters.iter().flat_map(|limiter| {
        (0..10).map(move |_| async move { limiter.acquire(&limits, None).await })
    });
    let outcomes = futures::future::join_all(all).await;

    assert!(outcomes.iter().all(Result::is_ok));
    // 19 intervals of 50 ms between the first and the last of 20.
    assert!(
        begun.elapsed() >= Duration::from_millis(945),
        "{:?}",
        begun.elapsed()
    );
}

#[tokio::test]
async fn limits_that_nobody_uses_are_forgotten() {
    let Some((_database, later, [one, _])) = nodes().await else {
        return;
    };
    one.take(LANE, wanted(1, 1, None)).await.unwrap();
    let in_use = LaneName { index: 1, ..LANE };
    one.take(in_use, wanted(1, 1_000, None)).await.unwrap();

    let unit = later.begin(&InstanceScope).await.unwrap();
    assert_eq!(unit.sweep_rate_lanes().await.unwrap(), 1);
}
