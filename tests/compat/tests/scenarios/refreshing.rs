//! Refreshing tokens: once, stored before use, and never a silent loop.

use std::time::Duration;

use tokio::task::JoinSet;
use velodrome_compat::Provider;
use velodrome_testkit::{Answer, Received};

const LIMIT: Duration = Duration::from_secs(30);

fn tokens(number: usize) -> Answer {
    Answer::json(format!(
        "{{\"access_token\":\"at-{number}\",\"refresh_token\":\"rt-{number}\",\"token_type\":\"bearer\",\"expires_in\":3600}}"
    ))
}

/// Answers records to the token of a refresh and to no other.
fn record_for(token: &'static str) -> impl Fn(&Received) -> Answer + Send + Sync + 'static {
    move |call| match call.header("authorization") == Some(token) {
        true => Answer::json("{\"id\":1}"),
        false => Answer::json("{}").with_status(401),
    }
}

fn refreshes(provider: &Provider) -> Vec<Received> {
    let mut calls = provider.upstream.received();
    calls.retain(|call| call.path() == "/token");
    calls
}

#[tokio::test]
async fn a_hundred_calls_on_an_expired_token_refresh_it_once() {
    let provider = Provider::start().await;
    let path = provider.install_with_expired_tokens().await;
    provider.upstream.on(
        "POST",
        "/token",
        tokens(1).after(Duration::from_millis(300)),
    );
    provider
        .upstream
        .respond("GET", "/records", record_for("Bearer at-1"));
    let provider = std::sync::Arc::new(provider);

    let mut calls = JoinSet::new();
    for _ in 0..100 {
        let (provider, path) = (provider.clone(), path.clone());
        calls.spawn(async move { provider.call(&path).await.status });
    }
    let statuses = calls.join_all().await;

    assert_eq!(statuses, [200; 100]);
    let asked = refreshes(&provider);
    assert_eq!(asked.len(), 1);
    assert!(
        asked[0].text().contains("refresh_token=rt-0"),
        "{}",
        asked[0].text()
    );
}

#[tokio::test]
async fn a_rotated_token_survives_a_power_cut_right_after_the_refresh() {
    let mut provider = Provider::start().await;
    let path = provider.install_with_expired_tokens().await;
    provider.upstream.on("POST", "/token", tokens(1));
    provider
        .upstream
        .respond("GET", "/records", record_for("Bearer at-1"));
    provider.call(&path).await.expect(200);

    provider.world.server.kill().unwrap();
    provider.world.server.start_again().unwrap();
    provider.call(&path).await.expect(200);

    assert_eq!(
        refreshes(&provider).len(),
        1,
        "the stored token was used again"
    );
}

// Waiting for the upstream blocks a thread, and the call needs another.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_power_cut_in_the_middle_of_a_refresh_ends_in_a_visible_state() {
    let mut provider = Provider::start().await;
    let path = provider.install_with_expired_tokens().await;
    provider.upstream.on_each(
        "POST",
        "/token",
        [
            Answer::hang(),
            // The provider had taken the old token, so it does not take it a second time.
            Answer::json("{\"error\":\"invalid_grant\"}").with_status(400),
        ],
    );
    let account = provider.account.clone();
    let url = path.clone();
    let cut_off = tokio::spawn(async move { account.get(&format!("{url}/proxy/records")).await });
    provider.upstream.wait_for_calls(1, LIMIT);

    provider.world.server.kill().unwrap();
    assert!(cut_off.await.is_err(), "the connection broke");
    provider.world.server.start_again().unwrap();
    let refused = provider.call(&path).await;

    assert_eq!(refused.status, 400, "{}", refused.text);
    let seen = provider.read(&path).await;
    assert_eq!(seen["AuthenticationState"], "NeedsReauthentication");
    assert_eq!(seen["Authenticated"], false);
}

#[tokio::test]
async fn a_refused_refresh_is_not_tried_again_and_again() {
    let provider = Provider::start().await;
    let path = provider.install_with_expired_tokens().await;
    let refusal = Answer::json("{\"error\":\"invalid_grant\",\"error_description\":\"revoked\"}")
        .with_status(400);
    provider.upstream.on("POST", "/token", refusal);

    for _ in 0..3 {
        assert_eq!(provider.call(&path).await.status, 400);
    }

    assert_eq!(refreshes(&provider).len(), 1);
    let seen = provider.read(&path).await;
    assert_eq!(seen["AuthenticationState"], "NeedsReauthentication");
}

#[tokio::test]
async fn a_new_token_without_an_expiry_is_used_until_the_provider_refuses_it() {
    let provider = Provider::start().await;
    let path = provider.install_with_expired_tokens().await;
    let answer = Answer::json("{\"access_token\":\"at-1\",\"token_type\":\"bearer\"}");
    provider
        .upstream
        .on_each("POST", "/token", [answer, tokens(2)]);
    provider
        .upstream
        .respond("GET", "/records", record_for("Bearer at-1"));
    provider.call(&path).await.expect(200);
    provider.call(&path).await.expect(200);

    provider
        .upstream
        .respond("GET", "/records", record_for("Bearer at-2"));
    provider.call(&path).await.expect(200);

    let asked = refreshes(&provider);
    assert_eq!(asked.len(), 2);
    assert!(
        asked[1].text().contains("refresh_token=rt-0"),
        "an absent refresh token keeps the old one"
    );
}
