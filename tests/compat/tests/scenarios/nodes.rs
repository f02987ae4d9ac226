//! Several servers on one PostgreSQL; on SQLite there is one server, so there these have nothing to show.

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use tokio::task::JoinSet;
use velodrome_compat::{MASTER_KEY, Provider, World};
use velodrome_testkit::{Answer, FreshDatabase, Received, ServerBuilder};

/// A node may use what it read for 2 seconds; the rest is for a slow machine.
const SEEN_WITHIN: Duration = Duration::from_secs(10);

#[tokio::test]
async fn two_hundred_calls_to_two_nodes_refresh_an_expired_token_once() {
    if !FreshDatabase::is_postgres() {
        return;
    }
    let provider = Arc::new(Provider::start().await);
    let path = provider.install_with_expired_tokens().await;
    let other = provider.another_node();
    let there = other.partner().await.in_account("bramble");
    let tokens = "{\"access_token\":\"at-1\",\"refresh_token\":\"rt-1\",\"expires_in\":3600}";
    provider.upstream.on(
        "POST",
        "/token",
        Answer::json(tokens).after(Duration::from_millis(500)),
    );
    provider
        .upstream
        .respond("GET", "/records", |call: &Received| {
            match call.header("authorization") == Some("Bearer at-1") {
                true => Answer::json("{\"id\":1}"),
                false => Answer::json("{}").with_status(401),
            }
        });

    let mut calls = JoinSet::new();
    for number in 0..200 {
        let (provider, path, there) = (provider.clone(), path.clone(), there.clone());
        calls.spawn(async move {
            match number % 2 {
                0 => provider.call(&path).await.status,
                _ => provider.call_as(&there, &path).await.status,
            }
        });
    }
    let statuses = calls.join_all().await;

    assert_eq!(statuses, [200; 200]);
    let mut asked = provider.upstream.received();
    asked.retain(|call| call.path() == "/token");
    assert_eq!(asked.len(), 1, "refreshes");
}

#[tokio::test]
async fn nodes_that_start_together_on_an_empty_database_all_serve() {
    if !FreshDatabase::is_postgres() {
        return;
    }
    let database = FreshDatabase::create();

    let start = || {
        let settings = ServerBuilder::new().set("VELODROME_MASTER_KEY", MASTER_KEY);
        World::with(settings.database(database.url()))
    };
    let nodes = thread::scope(|scope| {
        let starting = [start; 3].map(|start| scope.spawn(start));
        starting.map(|node| node.join().expect("a node that is ready"))
    });

    let first = nodes[0].partner().await;
    nodes[0].account(&first, "bramble").await;
    for node in nodes {
        let partner = node.partner().await;
        partner.get("/v1.0/accounts/bramble").await.expect(200);
        let administrators = partner.get("/v1.0/partner/administrators").await;
        let administrators = administrators.expect(200).json();
        assert_eq!(administrators.as_array().map(Vec::len), Some(1));
    }
}

#[tokio::test]
async fn a_setup_that_one_node_changes_is_soon_used_by_the_other() {
    if !FreshDatabase::is_postgres() {
        return;
    }
    let provider = Provider::start().await;
    let path = provider.install_with_key().await;
    let other = provider.another_node();
    let there = other.partner().await.in_account("bramble");
    let answer = Answer::json("{\"id\":1}");
    provider.upstream.on("GET", "/records", answer);
    provider.call_as(&there, &path).await.expect(200);

    let desk = serde_json::json!({ "Properties": [{ "Name": "X-Desk", "Value": "seven" }] });
    provider.set_up(desk).await;
    let changed = Instant::now();
    let is_used = || {
        let calls = provider.upstream.received();
        calls.last().and_then(|call| call.header("x-desk")) == Some("seven")
    };
    while !is_used() && changed.elapsed() < SEEN_WITHIN {
        provider.call_as(&there, &path).await.expect(200);
    }

    assert!(is_used(), "the other node never saw it");
}
