//! Cycles in the running program, and what a power cut leaves of them.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use velodrome_testkit::{Answer, FakeUpstream};

use crate::{app::TestApp, provider::connector_id};

const LIMIT: Duration = Duration::from_secs(60);
const UTILITY: &str = "Generic Webhook";

/// A server with an account in which a cycle posts what its webhook gets on to `upstream`; gives the
/// webhook's path.
fn forwarding_to(upstream: &FakeUpstream) -> (TestApp, String) {
    let app = TestApp::with(|builder| builder.set("VELODROME_EGRESS_ALLOW", "127.0.0.0/8"))
        .signed_in()
        .in_new_account("acme");
    let connector = connector_id(&app, UTILITY);
    let installed = app
        .post(&format!("/v1.0/connectors/{connector}/install"), &json!({}))
        .expect(200)
        .json();
    let methods = app
        .get(&format!("/v1.0/connectors/{connector}/methods"))
        .expect(200)
        .json();
    let method = |name: &str| {
        let all = methods.as_array().unwrap();
        all.iter()
            .find(|method| method["Name"] == name)
            .unwrap_or_else(|| panic!("no {name} in {methods}"))
            .clone()
    };
    let cycle = app
        .post("/v1.0/cycles", &json!({ "Name": "Forward" }))
        .expect(201)
        .json();
    let cycle = format!("/v1.0/cycles/{}", cycle["Id"].as_str().unwrap());
    let step = |kind: &str, name: &str| {
        let body = json!({
            "ActionType": kind,
            "Name": name,
            "AccountConnectorId": installed["Id"],
            "MethodUniqueIdentifier": method(name)["MethodUniqueIdentifier"],
        });
        app.post(&format!("{cycle}/steps"), &body)
            .expect(200)
            .json()
    };
    let (webhook, post) = (step("Webhook", "Webhook"), step("Action", "POST"));
    let edge = json!({ "TailStepId": webhook["Id"], "HeadStepId": post["Id"] });
    app.post(&format!("{cycle}/edges"), &edge).expect(200);
    let parameters = method("POST")["Parameters"].clone();
    let url = parameters
        .as_array()
        .unwrap()
        .iter()
        .find(|parameter| parameter["TargetName"] == "URL")
        .unwrap_or_else(|| panic!("no URL in {parameters}"));
    let mapping = json!({
        "MappingType": "StaticValue",
        "Value": format!("{}/taken", upstream.url()),
    });
    app.put(
        &format!(
            "/v1.0/steps/{}/parameters/{}",
            post["Id"].as_str().unwrap(),
            url["Id"]
        ),
        &mapping,
    )
    .expect(200);
    app.put(&format!("{cycle}/activate"), &json!({}))
        .expect(200);
    let address = webhook["WebhookUrl"].as_str().unwrap();
    let path = address[address.find("/api/webhook/").unwrap()..].to_owned();
    (app, path)
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
fn all_ended(app: &TestApp) -> Vec<Value> {
    let started = Instant::now();
    loop {
        let path = "/v1.0/cycles/transactions?pageSize=100";
        let all = app.get(path).expect(200).json();
        let all = all.as_array().unwrap();
        if all.iter().all(|one| !one["CompletedOnUtc"].is_null()) {
            return all.clone();
        }
        assert!(started.elapsed() < LIMIT, "these are left over: {all:#?}");
    }
}
