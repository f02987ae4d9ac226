//! Webhooks that twins post: registered by a call, signed, tried again, ended by a call.

use std::sync::Arc;
use std::time::Duration;

use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;
use velodrome_model::definition::ConnectorDefinition;
use velodrome_testkit::{Answer, FakeUpstream};

use super::Bench;
use crate::{PostedWebhook, TwinSource};

const API: &str = "https://api.hooked.example/v1";
const LIMIT: Duration = Duration::from_secs(20);

fn hooked() -> ConnectorDefinition {
    let method = |key: &str, name: &str, verb: &str, path: &str, category: &str, more: Value| {
        let mut method = json!({"key": key, "name": name, "category": category, "type": "Action",
            "httpMethod": verb, "endpoint": format!("{API}/{path}")});
        method
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        method
    };
    let record = json!({"fields": [{"connectorField": "id", "systemField": "ContactId", "dataType": "Integer"}, {"connectorField": "name"}]});
    serde_json::from_value(json!({
        "format": "velodrome.connector/1", "slug": "hooked", "name": "Hooked",
        "release": {"number": 1, "status": "Live"}, "authentications": [{"key": "open", "type": "None"}],
        "parameters": [{"targetType": "Script", "targetName": "Pin", "accountConnectorProperty": true}],
        "methods": [
            method("create-hook", "Create Hook", "POST", "hooks", "Hooks", json!({
                "request": {"fields": [{"connectorField": "url", "hide": true, "defaultValue": "{{Cyclr_Webhook_Url}}"}]},
                "response": {"fields": [{"connectorField": "id", "systemField": "Cyclr_Webhook_Id", "dataType": "Integer"}]}})),
            method("delete-hook", "Delete Hook", "DELETE", "hooks/{{Cyclr_Webhook_Id}}", "Hooks", json!({})),
            method("list", "List Contacts", "GET", "contacts", "Contacts", json!({"response": {"fields": [
                {"connectorField": "[items].id", "systemField": "ContactId", "dataType": "Integer"}, {"connectorField": "[items].name"}]}})),
            method("create", "Create Contact", "POST", "contacts", "Contacts", json!({
                "request": {"fields": [{"connectorField": "name"}]}, "response": record})),
            method("update", "Update Contact", "PATCH", "contacts/{{Id}}", "Contacts", json!({
                "request": {"fields": [{"connectorField": "name"}]}, "response": record})),
            method("delete", "Delete Contact", "DELETE", "contacts/{{Id}}", "Contacts", json!({})),
            method("create-note", "Create Note", "POST", "notes", "Notes", json!({
                "request": {"fields": [{"connectorField": "name"}]}})),
            {"key": "changed", "name": "Contact Changed", "category": "Contacts", "type": "Webhook",
             "webhook": {"create": "create-hook", "delete": "delete-hook", "verify": {
                "algorithm": "HMAC-SHA256", "header": "X-Sign", "secret": "{{Pin}}", "prefix": "v1=", "timestampHeader": "X-Time"}},
             "request": {"fields": [{"connectorField": "event"}, {"connectorField": "source", "hide": true, "defaultValue": "api"},
                {"connectorField": "data.id", "systemField": "ContactId", "dataType": "Integer"}, {"connectorField": "data.name"}]}},
        ],
    }))
    .unwrap()
}

async fn bench() -> Bench {
    Bench::playing(vec![TwinSource::of(hooked())], |_| ()).await
}

async fn post(bench: &Bench, path: &str, body: Value) -> Value {
    let answer = bench
        .send_json("POST", &format!("{API}/{path}"), &[], &body)
        .await;
    assert_eq!(answer.status, 201, "{}", answer.text);
    answer.json()
}

/// Waits for calls without keeping the runtime from making them.
async fn received(upstream: &Arc<FakeUpstream>, count: usize) {
    let upstream = upstream.clone();
    tokio::task::spawn_blocking(move || upstream.wait_for_calls(count, LIMIT))
        .await
        .unwrap();
}

async fn posted(bench: &Bench, count: usize) -> Vec<PostedWebhook> {
    let deadline = tokio::time::Instant::now() + LIMIT;
    loop {
        let posted = bench.control.posted_webhooks();
        if posted.len() >= count {
            return posted;
        }
        assert!(tokio::time::Instant::now() < deadline, "{posted:?}");
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_registered_webhook_is_posted_signed_until_it_is_taken_back() {
    let upstream = Arc::new(FakeUpstream::start());
    upstream.on("POST", "/hook", Answer::status(200));
    let bench = bench().await;
    let url = format!("{}/hook", upstream.url());

    let hook = post(&bench, "hooks", json!({"url": url})).await;
    let made = post(&bench, "contacts", json!({"name": "Ada"})).await;
    received(&upstream, 1).await;
    let own = format!("{API}/contacts/{}", made["id"]);
    bench
        .send_json("PATCH", &own, &[], &json!({"name": "Ada L."}))
        .await;
    received(&upstream, 2).await;
    post(&bench, "notes", json!({"name": "no contact"})).await;
    bench.call("DELETE", &own, &[], "").await;
    received(&upstream, 3).await;
    let gone = bench
        .call("DELETE", &format!("{API}/hooks/{}", hook["id"]), &[], "")
        .await;
    assert_eq!(gone.status, 204);
    post(&bench, "contacts", json!({"name": "Unseen"})).await;

    let bodies: Vec<Value> = upstream
        .received()
        .iter()
        .map(|request| serde_json::from_str(&request.text()).unwrap())
        .collect();
    let told = |event: &str, name: &str| json!({"event": event, "source": "api", "data": {"id": made["id"], "name": name}});
    assert_eq!(
        bodies,
        [
            told("created", "Ada"),
            told("updated", "Ada L."),
            told("deleted", "Ada L.")
        ]
    );
    let card = bench.sandbox.card("hooked").unwrap();
    let pin = card
        .values
        .iter()
        .find(|value| value.label == "Pin")
        .unwrap();
    let first = &upstream.received()[0];
    let mut mac = Hmac::<Sha256>::new_from_slice(pin.value.as_bytes()).unwrap();
    mac.update(first.text().as_bytes());
    let expected: String = mac
        .finalize()
        .into_bytes()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    assert_eq!(
        first.header("x-sign"),
        Some(format!("v1={expected}").as_str())
    );
    assert_eq!(first.header("x-time"), Some("1790000000"));
    assert!(
        bench
            .control
            .posted_webhooks()
            .iter()
            .all(PostedWebhook::arrived)
    );
}

#[tokio::test]
async fn a_post_that_fails_is_tried_again_and_then_given_up() {
    let upstream = Arc::new(FakeUpstream::start());
    upstream.on_each(
        "POST",
        "/late",
        [
            Answer::status(503),
            Answer::status(500),
            Answer::status(202),
        ],
    );
    upstream.on("POST", "/never", Answer::status(410));
    let bench = bench().await;
    for path in ["late", "never"] {
        let url = format!("{}/{path}", upstream.url());
        post(&bench, "hooks", json!({"url": url})).await;
    }

    post(&bench, "contacts", json!({"name": "Ada"})).await;

    let mut posted = posted(&bench, 2).await;
    posted.sort_by(|one, other| one.url.cmp(&other.url));
    assert_eq!((posted[0].tries, posted[0].status), (3, Some(202)));
    assert_eq!((posted[1].tries, posted[1].status), (4, Some(410)));
    assert_eq!(posted[1].error.as_deref(), Some("the answer was 410"));
    let state = bench
        .get("http://localhost/_sandbox/state", &[])
        .await
        .json();
    assert_eq!(state["webhooks"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn nothing_is_posted_to_other_machines() {
    let bench = bench().await;
    post(
        &bench,
        "hooks",
        json!({"url": "https://partner.example/hook"}),
    )
    .await;

    post(&bench, "contacts", json!({"name": "Ada"})).await;

    let posted = posted(&bench, 1).await;
    let reason = posted[0].error.as_deref().unwrap();
    assert!(reason.contains("this machine only"), "{reason}");
}
