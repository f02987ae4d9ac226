//! Webhooks in both directions: those that cycles register at their providers, and those that tell of errors.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};
use sha2::Sha256;
use velodrome_testkit::{Answer, FakeUpstream, Received};

use crate::{app::TestApp, provider::connector_id};

const LIMIT: Duration = Duration::from_secs(60);

/// The definitions that exercise one feature each.
fn definitions() -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/definitions");
    folder.to_str().unwrap().to_owned()
}

/// A cycle whose trigger is a webhook of an installed connector.
struct Built {
    app: TestApp,
    connector: String,
    cycle: String,
    trigger: Value,
}

/// An account with a connector installed, and a cycle of its webhook and a method of it.
fn built(app: TestApp, name: &str, install: &Value, methods: (&str, Option<&str>)) -> Built {
    let app = app.signed_in().in_new_account("acme");
    let id = connector_id(&app, name);
    let installed = app
        .post(&format!("/v1.0/connectors/{id}/install"), install)
        .expect(200)
        .json();
    let known = app
        .get(&format!("/v1.0/connectors/{id}/methods"))
        .expect(200)
        .json();
    let cycle = app
        .post(
            "/v1.0/cycles",
            &json!({ "Name": "Hooked", "StepErrorAction": "StopTransaction" }),
        )
        .expect(201)
        .json();
    let cycle = format!("/v1.0/cycles/{}", cycle["Id"].as_str().unwrap());
    let step = |kind: &str, method: &str| {
        let all = known.as_array().unwrap().iter();
        let mut named = all.filter(|one| one["Name"] == method);
        let found = named
            .next()
            .unwrap_or_else(|| panic!("no {method} in {known}"));
        let body = json!({
            "ActionType": kind,
            "Name": method,
            "AccountConnectorId": installed["Id"],
            "MethodUniqueIdentifier": found["MethodUniqueIdentifier"],
        });
        app.post(&format!("{cycle}/steps"), &body)
            .expect(200)
            .json()
    };
    let trigger = step("Webhook", methods.0);
    let next = match methods.1 {
        Some(method) => step("Action", method),
        None => {
            let delay =
                json!({ "ActionType": "Delay", "Delay": { "Interval": 1, "Unit": "Seconds" } });
            app.post(&format!("{cycle}/steps"), &delay)
                .expect(200)
                .json()
        }
    };
    let edge = json!({ "TailStepId": trigger["Id"], "HeadStepId": next["Id"] });
    app.post(&format!("{cycle}/edges"), &edge).expect(200);
    Built {
        connector: format!("/v1.0/account/connectors/{}", installed["Id"]),
        app,
        cycle,
        trigger,
    }
}

/// A server for which `upstream` is the provider of the definition `webhooks`, or of the signed one.
fn provided(upstream: &FakeUpstream) -> TestApp {
    TestApp::with(|builder| {
        let to = |host: &str| format!("https://{host}={}", upstream.url());
        builder
            .set("VELODROME_CONNECTORS_DIR", definitions())
            .set("VELODROME_EGRESS_ALLOW", "127.0.0.0/8")
            .set(
                "VELODROME_EGRESS_REWRITE",
                [
                    to("api.webhooks.example"),
                    to("api.webhooks-signed.example"),
                ]
                .join(","),
            )
    })
}

fn open(upstream: &FakeUpstream) -> Built {
    built(
        provided(upstream),
        "Webhooks",
        &json!({}),
        ("Contact Created", None),
    )
}

impl Built {
    fn activate(&self) -> crate::app::Answer {
        self.app
            .put(&format!("{}/activate", self.cycle), &json!({}))
    }

    fn deactivate(&self) {
        self.app
            .put(&format!("{}/deactivate", self.cycle), &json!({}))
            .expect(200);
    }

    fn status(&self) -> Value {
        self.app.get(&self.cycle).expect(200).json()["Status"].clone()
    }

    /// Errors of the cycle, the newest first, once there are as many.
    fn incidents(&self, count: usize) -> Vec<Value> {
        let path = format!("{}/incidents/error", self.cycle);
        self.wait(|| {
            let all = self.app.get(&path).expect(200).json();
            let all = all.as_array().unwrap().clone();
            (all.len() >= count).then_some(all)
        })
    }

    fn wait<T>(&self, look: impl Fn() -> Option<T>) -> T {
        let started = Instant::now();
        loop {
            if let Some(found) = look() {
                return found;
            }
            assert!(started.elapsed() < LIMIT, "it did not come");
        }
    }
}

fn of<'a>(calls: &'a [Received], method: &str) -> Vec<&'a Received> {
    calls.iter().filter(|call| call.method == method).collect()
}

#[test]
fn a_start_registers_once_and_the_webhook_stays_until_its_step_is_deleted() {
    let upstream = FakeUpstream::start();
    upstream.on("POST", "/hooks", Answer::json(r#"{"data":{"id":"h-1"}}"#));
    upstream.on_each(
        "DELETE",
        "/hooks/h-1",
        [Answer::status(503), Answer::status(204)],
    );
    let built = open(&upstream);

    built.activate().expect(200);
    built.activate().expect(200);
    built.deactivate();
    built.activate().expect(200);

    let told = upstream.received();
    assert_eq!(told.len(), 1, "{told:?}");
    let body: Value = serde_json::from_str(&told[0].text()).unwrap();
    assert_eq!(
        body,
        json!({ "url": built.trigger["WebhookUrl"], "event": "created" })
    );

    built.deactivate();
    let step = built.trigger["Id"].as_str().unwrap();
    built
        .app
        .delete(&format!("{}/steps/{step}", built.cycle))
        .expect(200);

    // Refused once, and asked again.
    upstream.wait_for_calls(3, LIMIT);
    let told = upstream.received();
    let ended: Vec<_> = of(&told, "DELETE").iter().map(|call| call.path()).collect();
    assert_eq!(ended, ["/hooks/h-1", "/hooks/h-1"]);
}

#[test]
fn a_deleted_cycle_leaves_no_webhook_behind_and_a_power_cut_does_not_change_that() {
    let upstream = FakeUpstream::start();
    upstream.on("POST", "/hooks", Answer::json(r#"{"data":{"id":7}}"#));
    upstream.on("DELETE", "/hooks/7", Answer::status(503));
    let mut built = open(&upstream);
    built.activate().expect(200);
    built.app.delete(&built.cycle).expect(200);
    upstream.wait_for_calls(2, LIMIT);

    built.app.server.kill().unwrap();
    let before = upstream.received().len();
    upstream.on("DELETE", "/hooks/7", Answer::status(204));
    built.app.server.start_again().unwrap();

    upstream.wait_for_calls(before + 1, LIMIT);
}

#[test]
fn a_provider_that_refuses_the_webhook_keeps_the_cycle_from_starting_and_says_why() {
    let upstream = FakeUpstream::start();
    let refusal = Answer::json(r#"{"error":"too many hooks"}"#).with_status(422);
    let taken = Answer::json(r#"{"data":{"id":"h-1"}}"#);
    upstream.on_each("POST", "/hooks", [refusal, taken]);
    let built = open(&upstream);

    let refused = built.activate().expect(400).json();

    let message = refused["Message"].as_str().unwrap();
    assert!(
        message.starts_with("Webhook failed: Contact Created: ") && message.contains("422"),
        "{message}"
    );
    assert_eq!(built.status(), "Paused");
    let told = built.incidents(1);
    assert_eq!(told[0]["ShortMessage"], "Webhook failed");
    assert!(told[0].to_string().contains("too many hooks"), "{told:?}");

    built.activate().expect(200);
    assert_eq!(built.status(), "Active");
}

#[test]
fn a_credential_that_goes_takes_its_webhook_along_and_a_new_one_brings_it_back() {
    let upstream = FakeUpstream::start();
    let taken = Answer::json(r#"{"hook":{"id":5,"event":"contact.changed"}}"#);
    upstream.on("POST", "/v1/hooks", taken);
    upstream.on("DELETE", "/v1/hooks/5", Answer::status(204));
    let built = built(
        provided(&upstream),
        "Webhooks Signed",
        &json!({ "AuthValue": "key-1" }),
        ("Contact Changed", Some("List Contacts")),
    );
    built.activate().expect(200);

    built
        .app
        .put(&format!("{}/deauthenticate", built.connector), &json!({}))
        .expect(200);

    let told = upstream.received();
    assert_eq!(of(&told, "DELETE")[0].header("x-api-key"), Some("key-1"));

    built
        .app
        .put(&built.connector, &json!({ "AuthValue": "key-2" }))
        .expect(200);
    upstream.wait_for_calls(3, LIMIT);
    let told = upstream.received();
    assert_eq!(of(&told, "POST")[1].header("x-api-key"), Some("key-2"));
}

#[test]
fn what_changes_at_a_provider_arrives_through_the_webhook_that_a_start_registered() {
    let app = TestApp::with(|builder| {
        builder
            .sandbox()
            .set("VELODROME_CONNECTORS_DIR", definitions())
    });
    let install = json!({
        "AuthValue": "sandbox-webhooks-signed-key",
        "Properties": [{ "Name": "WebhookSecret", "Value": SECRET }],
    });
    let built = built(
        app,
        "Webhooks Signed",
        &install,
        ("Contact Changed", Some("List Contacts")),
    );
    built.activate().expect(200);

    let id = connector_id(&built.app, "Webhooks Signed");
    let known = built
        .app
        .get(&format!("/v1.0/connectors/{id}/methods"))
        .expect(200)
        .json();
    let known = known.as_array().unwrap();
    let create = known
        .iter()
        .find(|one| one["Name"] == "Create Contact")
        .unwrap();
    built
        .app
        .post(
            &format!(
                "{}/methods/{}",
                built.connector,
                create["MethodUniqueIdentifier"].as_str().unwrap()
            ),
            &json!({ "Fields": { "name": "Ana" } }),
        )
        .expect(200);

    let path = format!("{}/transactions", built.cycle);
    let ended = built.wait(|| {
        let all = built.app.get(&path).expect(200).json();
        let all = all.as_array().unwrap().clone();
        let is_over = |one: &Value| !one["CompletedOnUtc"].is_null();
        (!all.is_empty() && all.iter().all(is_over)).then_some(all)
    });
    assert_eq!(ended.len(), 1, "{ended:?}");
    assert_eq!(ended[0]["Status"], "Completed");
}

/// What the twin of the definition signs with: the value that it suggests.
const SECRET: &str = "webhooksecret 1";

/// What the provider puts into its signature's header.
fn signature(secret: &str, body: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(body.as_bytes());
    let digest = mac.finalize().into_bytes();
    let hex: Vec<String> = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256={}", hex.concat())
}

#[test]
fn an_error_is_posted_to_the_account_s_address_or_else_to_the_partner_s() {
    let upstream = FakeUpstream::start();
    upstream.on("POST", "/v1/hooks", Answer::json(r#"{"hook":{"id":5}}"#));
    let broken = Answer::json(r#"{"error":"down"}"#).with_status(500);
    upstream.on("GET", "/v1/contacts", broken);
    upstream.on("POST", "/partner", Answer::status(204));
    upstream.on_each("POST", "/own", [Answer::status(503), Answer::status(204)]);
    let built = built(
        provided(&upstream),
        "Webhooks Signed",
        &json!({ "AuthValue": "key-1-of-the-test", "Properties": [{ "Name": "WebhookSecret", "Value": "s3cret" }] }),
        ("Contact Changed", Some("List Contacts")),
    );
    let app = &built.app;
    let hook = "/v1.0/partner/transactionerrorwebhook";
    app.post(&format!("{hook}/test"), &json!({})).expect(409);
    let settings = json!({ "Enabled": true, "Url": format!("{}/partner", upstream.url()) });
    let set = app.put(hook, &settings).expect(200).json();
    assert_eq!(set, app.get(hook).expect(200).json());
    assert_eq!(set["IncludeWarnings"], false);
    let tested = app
        .post(&format!("{hook}/test"), &json!({}))
        .expect(200)
        .json();
    assert_eq!(
        (&tested["Delivered"], &tested["StatusCode"]),
        (&json!(true), &json!(204))
    );
    built.activate().expect(200);

    let fail = || {
        let address = built.trigger["WebhookUrl"].as_str().unwrap();
        let path = &address[address.find("/api/webhook/").unwrap()..];
        let body = json!({ "event": "created", "data": { "id": 1 } });
        let signed = ("X-Signature", signature("s3cret", &body.to_string()));
        app.post_with(path, &body, &signed).expect(200);
    };
    fail();
    let posted = built.wait(|| {
        let calls = upstream.received();
        let mut told = calls.into_iter().filter(|call| call.path() == "/partner");
        told.nth(1)
    });

    let told: Value = serde_json::from_str(&posted.text()).unwrap();
    assert_eq!(told["AccountExternalId"], "acme");
    assert_eq!(told["CycleName"], "Hooked");
    assert_eq!(told["StepName"], "List Contacts");
    assert_eq!(told["StepType"], 1);
    assert_eq!(told["Message"], "Failed to call the method");
    assert_eq!(told["IncidentLevel"], "Error");
    assert_eq!(told["Occurrences"], Value::Null);
    let detail = told["Detail"].as_str().unwrap();
    assert!(
        detail.contains("HTTP Request:") && !detail.contains("key-1-of-the-test"),
        "{detail}"
    );
    assert!(posted.header("webhook-signature").is_some());

    // The account's own address comes before the partner's; a refusal is no end.
    let own = json!({ "TransactionErrorWebhookUrl": format!("{}/own", upstream.url()) });
    app.put("/v1.0/accounts/acme", &own).expect(200);
    fail();
    let calls = built.wait(|| {
        let calls = upstream.received();
        let own = calls.into_iter().filter(|call| call.path() == "/own");
        let own: Vec<_> = own.collect();
        (own.len() == 2).then_some(own)
    });
    assert_eq!(calls[0].header("webhook-id"), calls[1].header("webhook-id"));
}
