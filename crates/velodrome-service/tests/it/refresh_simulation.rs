//! Nodes that refresh one credential, die at a commit and come back, in any order: a provider that rotates its
//! refresh tokens sees each of them once, and where it may not, somebody is told.
//!
//! One thing happens at a time, as a seed says; `VELODROME_TEST_SEED=7` runs the seed that failed again.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use parking_lot::Mutex;
use rand::{Rng as _, SeedableRng as _, rngs::StdRng};
use tokio_util::task::TaskTracker;
use velodrome_model::{
    AccountActor, AccountConnectorId, AuthenticationState, Clock, Problem, SharedClock,
};
use velodrome_service::{calls::MethodCall, installation::Installations, renewal::Renewals};

use crate::{
    bench::Bench,
    points::{Reaper, seeds},
};

const PROVIDER: &str = "pipedrive-oauth";
const CONNECTOR: &str = "Pipedrive (OAuth 2.0)";
const ACTIONS: usize = 40;
/// A lease does not last longer.
const LEASE: TimeDelta = TimeDelta::seconds(41);

struct Hand(Mutex<DateTime<Utc>>);

impl Clock for Hand {
    fn now(&self) -> DateTime<Utc> {
        *self.0.lock()
    }
}

#[tokio::test]
async fn whatever_order_nodes_refresh_and_die_in_no_token_is_used_twice_in_silence() {
    for seed in seeds(4) {
        simulate(seed).await;
    }
}

async fn simulate(seed: u64) {
    let mut chance = StdRng::seed_from_u64(seed);
    let hand = Arc::new(Hand(Mutex::new("2026-03-04T09:30:00Z".parse().unwrap())));
    let clock: SharedClock = hand.clone();
    let bench = Bench::start_at(clock).await;
    let account = bench.account("acme").await;
    let id = bench.pipedrive(&account).await;
    let reaper = Reaper::at(&bench.bench.store);
    let mut nodes = [node(&bench), node(&bench)];
    for _ in 0..ACTIONS {
        let which = chance.random_range(0..nodes.len());
        match chance.random_range(0..5) {
            0..=2 => {
                let Some(seen) = stored(&bench, &account, id).await else {
                    break;
                };
                let node = nodes[which].clone();
                let (scope, dies_at) = (account.scope, chance.random_range(0..8));
                let refresh = async move {
                    let installation = node.1.get(scope, id).await.unwrap();
                    let version = installation.stored.as_ref().unwrap().version;
                    node.0.renew(&installation, version).await.map(|new| new.1)
                };
                // Half of them live.
                let dies_at = (dies_at < 4).then_some(dies_at);
                match reaper.act(dies_at, refresh).await {
                    // Whoever was given a token can rely on it: it is stored.
                    Some(Ok(version)) => {
                        let kept = stored(&bench, &account, id).await;
                        assert!(
                            kept >= Some(version),
                            "seed {seed}: {version} is not stored"
                        );
                        assert!(version >= seen, "seed {seed}");
                    }
                    Some(Err(_)) => {}
                    // It may have left a lease, which lapses.
                    None => {
                        nodes[which] = self::node(&bench);
                        *hand.0.lock() += LEASE;
                    }
                }
            }
            // Everybody at once.
            3 => {
                let before = refreshes(&bench);
                let both = nodes.each_ref().map(|node| {
                    let (node, scope) = (node.clone(), account.scope);
                    async move {
                        let installation = node.1.get(scope, id).await.unwrap();
                        let stored = installation.stored.as_ref();
                        let version = stored.map_or(0, |stored| stored.version);
                        drop(node.0.renew(&installation, version).await);
                    }
                });
                futures::future::join_all(both).await;
                let more = refreshes(&bench) - before;
                assert!(more <= 1, "seed {seed}: {more} refreshes for one token");
            }
            _ => *hand.0.lock() += TimeDelta::seconds(chance.random_range(1..60)),
        }
    }

    let grant = &bench.sandbox.grants(PROVIDER).unwrap()[0];
    let lost = reaper.places().contains("refresh.before");
    assert!(
        grant.refresh_reuses == 0 || lost,
        "seed {seed}: a token was used again though no node died with its successor"
    );
    let method = bench.method(CONNECTOR, "get-current-user");
    let called = bench
        .calls
        .call(&account, id, method, MethodCall::default())
        .await;
    let shown = bench.connectors.get(&account, id).await.unwrap();
    match shown.state {
        AuthenticationState::Authenticated => {
            assert!(called.is_ok(), "seed {seed}: {:?}", called.err());
        }
        AuthenticationState::NeedsReauthentication => {
            assert!(lost, "seed {seed}: lost though no node died with a token");
            let problem = shown.connector.problem;
            assert!(
                matches!(&problem, Some(Problem::NeedsReauthentication(why)) if !why.is_empty()),
                "seed {seed}: {problem:?}"
            );
        }
        AuthenticationState::NotAuthenticated => {
            panic!("seed {seed}: neither usable nor explained")
        }
    }
}

/// A node over the bench's store: what it keeps in memory is its own.
fn node(bench: &Bench) -> (Renewals, Installations) {
    let settings =
        velodrome_service::Settings::new(bench.bench.store.clone(), bench.bench.public_url.clone());
    let installations = Installations::new(bench.bench.clone(), settings);
    let renewals = Renewals::new(
        bench.bench.clone(),
        installations.clone(),
        bench.flows.clone(),
        TaskTracker::new(),
    );
    (renewals, installations)
}

/// Version of the credential that is stored; none where it is lost.
async fn stored(bench: &Bench, account: &AccountActor, id: AccountConnectorId) -> Option<i64> {
    let shown = bench.connectors.get(account, id).await.unwrap();
    if shown.state != AuthenticationState::Authenticated {
        return None;
    }
    let (_, installations) = node(bench);
    let installation = installations.get(account.scope, id).await.unwrap();
    installation.stored.as_ref().map(|stored| stored.version)
}

fn refreshes(bench: &Bench) -> u64 {
    bench.sandbox.grants(PROVIDER).unwrap()[0].refreshes
}
