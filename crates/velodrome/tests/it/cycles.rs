//! Cycles in the running program, and what a power cut leaves of them.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use velodrome_testkit::{Answer, FakeUpstream};

use crate::{app::TestApp, drawing::Drawing};

const LIMIT: Duration = Duration::from_secs(60);

/// A server with an account in which a cycle posts what its webhook gets on to `upstream`; gives the
/// webhook's path.
fn forwarding_to(upstream: &FakeUpstream) -> (TestApp, String) {
    let app = TestApp::with(|builder| builder.set("VELODROME_EGRESS_ALLOW", "127.0.0.0/8"))
        .signed_in()
        .in_new_account("acme");
    let taken = format!("{}/taken", upstream.url());
    let drawn = Drawing::new(&app).cycle(&[("Webhook", None), ("POST", Some(taken.as_str()))]);
    app.put(&format!("{}/activate", drawn.cycle), &json!({}))
        .expect(200);
    (app, drawn.webhook.unwrap())
}

#[test]
fn what_a_webhook_was_told_is_accepted_runs_after_a_power_cut() {
    let upstream = FakeUpstream::start();
    // Nobody answers before the cut, so nothing has run by then.
    upstream.on("POST", "/taken", Answer::hang());
    let (mut app, path) = forwarding_to(&upstream);

    let accepted: Vec<Value> = (0..20)
        .map(|number| {
            let told = app.post(&path, &json!({ "number": number })).expect(200);
            told.json()["TransactionId"].clone()
        })
        .collect();
    app.server.kill().unwrap();
    upstream.on("POST", "/taken", Answer::json("{}"));
    let before = upstream.received().len();
    app.server.start_again().unwrap();

    upstream.wait_for_calls(before + accepted.len(), LIMIT);
    let ended = all_ended(&app);
    assert_eq!(ended.len(), accepted.len());
    for id in &accepted {
        let found = ended.iter().find(|one| one["Id"] == *id);
        assert_eq!(found.unwrap()["Status"], "Completed", "{id}");
    }
}

/// The transactions, once none is in progress.
pub fn all_ended(app: &TestApp) -> Vec<Value> {
    let started = Instant::now();
    loop {
        let all = all_transactions(app);
        if all.iter().all(|one| !one["CompletedOnUtc"].is_null()) {
            return all;
        }
        assert!(started.elapsed() < LIMIT, "these are left over: {all:#?}");
    }
}

/// Every page of an account's transactions.
fn all_transactions(app: &TestApp) -> Vec<Value> {
    const PAGE_SIZE: usize = 100;
    let mut all = Vec::new();
    for page in 1.. {
        let path = format!("/v1.0/cycles/transactions?page={page}&pageSize={PAGE_SIZE}");
        let told = app.get(&path).expect(200).json();
        let told = told.as_array().unwrap();
        all.extend_from_slice(told);
        if told.len() < PAGE_SIZE {
            break;
        }
    }
    all
}
