//! Cycles from the first step to the provider: built, activated, run, and looked at.
#![expect(clippy::unwrap_used, reason = "scenarios are tests")]

use std::time::Duration;

use serde_json::{Value, json};
use velodrome_compat::{Installed, Shared, scenarios};
use velodrome_testkit::Answer;

scenarios! { cycles:
    a_webhook_starts_a_transaction_and_its_data_arrives_at_the_provider,
    a_scheduled_list_becomes_one_transaction_an_item,
    a_decision_sends_each_transaction_its_own_way,
    a_failing_step_is_told_as_an_incident_and_ends_as_its_cycle_says,
    a_cycle_with_open_prerequisites_is_not_activated_and_says_what_is_missing,
    a_paused_cycle_takes_no_webhooks_and_an_unknown_key_is_not_found,
}

/// A cycle under construction.
struct Built {
    installed: Installed,
    id: String,
}

impl Built {
    /// An empty cycle in a new account that has the workshop installed.
    async fn new(workshop: &Shared, account: &str) -> Self {
        let installed = workshop.install_with_key(account).await;
        let cycle = installed
            .account
            .post(
                "/v1.0/cycles",
                json!({ "Name": account, "StepErrorAction": "StopTransaction" }),
            )
            .await
            .expect(201)
            .json();
        assert_eq!(cycle["Status"], "Paused");
        Self {
            id: cycle["Id"].as_str().unwrap().to_owned(),
            installed,
        }
    }

    /// A step that runs a method of the workshop, with parameters that are typed in.
    async fn method(
        &self,
        workshop: &Shared,
        kind: &str,
        method: &str,
        parameters: &[(&str, &str)],
    ) -> Value {
        let step = self
            .step(json!({
                "ActionType": kind,
                "Name": method,
                "AccountConnectorId": self.installed.body["Id"],
                "MethodUniqueIdentifier": workshop.method(method)["MethodUniqueIdentifier"],
            }))
            .await;
        for (name, value) in parameters {
            let id = id_of(workshop, method, "Parameters", "TargetName", name);
            let path = format!("/v1.0/steps/{}/parameters/{id}", text(&step["Id"]));
            let mapping = json!({ "MappingType": "StaticValue", "Value": value });
            self.installed.account.put(&path, mapping).await.expect(200);
        }
        step
    }

    async fn step(&self, step: Value) -> Value {
        let path = format!("/v1.0/cycles/{}/steps", self.id);
        self.installed
            .account
            .post(&path, step)
            .await
            .expect(200)
            .json()
    }

    async fn connect(&self, tail: &Value, exit: &str, head: &Value) {
        let path = format!("/v1.0/cycles/{}/edges", self.id);
        let edge = json!({ "TailStepId": tail["Id"], "HeadStepId": head["Id"], "EdgeType": exit });
        self.installed.account.post(&path, edge).await.expect(200);
    }

    /// Maps a field of a step from a field of one before.
    async fn map(&self, workshop: &Shared, to: (&Value, &str), from: (&Value, &str)) {
        let method = text(&to.0["Name"]);
        let field = id_of(workshop, &method, "RequestFields", "Location", to.1);
        let method = text(&from.0["Name"]);
        let list = if from.0["ActionType"] == "Webhook" {
            "RequestFields"
        } else {
            "ResponseFields"
        };
        let source = id_of(workshop, &method, list, "Location", from.1);
        let path = format!("/v1.0/steps/{}/fieldmappings/{field}", text(&to.0["Id"]));
        let mapping = json!({
            "MappingType": "PreviousStep",
            "SourceStepId": from.0["Id"],
            "SourceFieldId": source,
        });
        self.installed.account.put(&path, mapping).await.expect(200);
    }

    async fn activate(&self, schedule: Value) {
        let path = format!("/v1.0/cycles/{}/activate", self.id);
        let active = self
            .installed
            .account
            .put(&path, schedule)
            .await
            .expect(200);
        assert_eq!(active.json()["Status"], "Active");
    }

    /// Waits until the cycle has come to rest.
    async fn paused(&self) {
        let path = format!("/v1.0/cycles/{}", self.id);
        let mut cycle = Value::Null;
        for _ in 0..100 {
            cycle = self.installed.account.get(&path).await.expect(200).json();
            if cycle["Status"] == "Paused" {
                return;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("it does not come to rest: {cycle}");
    }

    /// The transactions, once so many have ended and nothing is in progress.
    async fn ended(&self, count: usize) -> Vec<Value> {
        let path = format!("/v1.0/cycles/{}/transactions", self.id);
        let mut seen = Value::Null;
        for _ in 0..300 {
            seen = self.installed.account.get(&path).await.expect(200).json();
            let all = seen.as_array().unwrap();
            let over = |one: &&Value| !one["CompletedOnUtc"].is_null();
            if all.len() >= count && all.iter().filter(over).count() == all.len() {
                return all.clone();
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("{count} transactions did not end: {seen:#}");
    }
}

async fn a_webhook_starts_a_transaction_and_its_data_arrives_at_the_provider(workshop: Shared) {
    let built = Built::new(&workshop, "by-webhook").await;
    let trigger = built
        .method(&workshop, "Webhook", "Piece Changed", &[])
        .await;
    let create = built
        .method(
            &workshop,
            "Action",
            "Create Piece",
            &[("Piece", "by-webhook")],
        )
        .await;
    built.connect(&trigger, "Forward", &create).await;
    built
        .map(&workshop, (&create, "name"), (&trigger, "id"))
        .await;
    workshop
        .upstream
        .on("POST", "/pieces/by-webhook", Answer::json("{\"id\":1}"));
    built.activate(json!({})).await;

    let accepted = built
        .installed
        .account
        .post(&webhook_path(&trigger), json!({ "id": 4711 }))
        .await
        .expect(200)
        .json();
    assert_eq!(accepted["Message"], "OK");

    let ended = built.ended(1).await;
    assert_eq!(ended[0]["Id"], accepted["TransactionId"]);
    assert_eq!(ended[0]["Status"], "Completed", "{ended:#?}");
    let sent = &workshop.received("/pieces/by-webhook")[0];
    assert_eq!(sent.text(), "{\"name\":\"4711\"}");
    let path = format!(
        "/v1.0/cycles/{}/transactions/{}",
        built.id,
        text(&accepted["TransactionId"])
    );
    let items = built.installed.account.get(&path).await.expect(200).json();
    let names: Vec<&Value> = items
        .as_array()
        .unwrap()
        .iter()
        .map(|item| &item["StepName"])
        .collect();
    assert_eq!(json!(names), json!(["Piece Changed", "Create Piece"]));
    assert!(
        items[1]["Request"].as_str().unwrap().contains("4711"),
        "{items:#}"
    );
}

async fn a_scheduled_list_becomes_one_transaction_an_item(workshop: Shared) {
    let built = Built::new(&workshop, "by-schedule").await;
    let trigger = built
        .method(
            &workshop,
            "Action",
            "List Pieces",
            &[("Piece", "by-schedule")],
        )
        .await;
    let create = built
        .method(
            &workshop,
            "Action",
            "Create Piece",
            &[("Piece", "by-schedule")],
        )
        .await;
    built.connect(&trigger, "Forward", &create).await;
    built
        .map(&workshop, (&create, "name"), (&trigger, "[pieces].id"))
        .await;
    workshop.upstream.on_each(
        "GET",
        "/shelves/by-schedule",
        [
            Answer::json("{\"pieces\":[{\"id\":1},{\"id\":2}]}"),
            Answer::json("{\"pieces\":[{\"id\":3}]}"),
        ],
    );
    workshop
        .upstream
        .on("POST", "/pieces/by-schedule", Answer::json("{\"id\":1}"));
    built.activate(json!({ "RunOnce": true })).await;

    let ended = built.ended(4).await;

    assert_eq!(ended.len(), 4);
    assert!(
        ended.iter().all(|one| one["Status"] == "Completed"),
        "{ended:#?}"
    );
    let split = ended
        .iter()
        .filter(|one| !one["ParentTransactionId"].is_null());
    assert_eq!(split.count(), 3);
    let mut bodies: Vec<String> = workshop
        .received("/pieces/by-schedule")
        .iter()
        .map(velodrome_testkit::Received::text)
        .collect();
    bodies.sort();
    assert_eq!(
        bodies,
        ["{\"name\":\"1\"}", "{\"name\":\"2\"}", "{\"name\":\"3\"}"]
    );
    // It runs once.
    built.paused().await;
}

async fn a_decision_sends_each_transaction_its_own_way(workshop: Shared) {
    let built = Built::new(&workshop, "by-decision").await;
    let trigger = built
        .method(&workshop, "Webhook", "Piece Changed", &[])
        .await;
    let field = id_of(
        &workshop,
        "Piece Changed",
        "RequestFields",
        "Location",
        "id",
    );
    let decision = built
        .step(json!({
            "ActionType": "Decision",
            "Name": "Is it large?",
            "Decision": { "Join": "All", "Criteria": [{
                "LeftOperand": {
                    "MappingType": "PreviousStep",
                    "SourceStepId": trigger["Id"],
                    "SourceFieldId": field,
                },
                "Condition": "GreaterThan",
                "RightOperand": { "MappingType": "StaticValue", "Value": "10" },
            }] },
        }))
        .await;
    let large = built
        .method(
            &workshop,
            "Action",
            "Create Piece",
            &[("Piece", "large-one")],
        )
        .await;
    let small = built
        .method(
            &workshop,
            "Action",
            "Create Piece",
            &[("Piece", "small-one")],
        )
        .await;
    built.connect(&trigger, "Forward", &decision).await;
    built.connect(&decision, "True", &large).await;
    built.connect(&decision, "False", &small).await;
    for step in [&large, &small] {
        built.map(&workshop, (step, "name"), (&trigger, "id")).await;
    }
    for path in ["/pieces/large-one", "/pieces/small-one"] {
        workshop
            .upstream
            .on("POST", path, Answer::json("{\"id\":1}"));
    }
    built.activate(json!({})).await;
    let path = &webhook_path(&trigger);

    for id in [9, 11] {
        let answer = built
            .installed
            .account
            .post(path, json!({ "id": id }))
            .await;
        answer.expect(200);
    }
    built.ended(2).await;

    let bodies = |path: &str| -> Vec<String> {
        workshop
            .received(path)
            .iter()
            .map(velodrome_testkit::Received::text)
            .collect()
    };
    assert_eq!(bodies("/pieces/large-one"), ["{\"name\":\"11\"}"]);
    assert_eq!(bodies("/pieces/small-one"), ["{\"name\":\"9\"}"]);
}

async fn a_failing_step_is_told_as_an_incident_and_ends_as_its_cycle_says(workshop: Shared) {
    let built = Built::new(&workshop, "by-failure").await;
    let trigger = built
        .method(&workshop, "Webhook", "Piece Changed", &[])
        .await;
    let create = built
        .method(
            &workshop,
            "Action",
            "Create Piece",
            &[("Piece", "by-failure")],
        )
        .await;
    built.connect(&trigger, "Forward", &create).await;
    built
        .map(&workshop, (&create, "name"), (&trigger, "id"))
        .await;
    workshop.upstream.on(
        "POST",
        "/pieces/by-failure",
        Answer::json("{\"error\":\"no such shelf\"}").with_status(422),
    );
    built.activate(json!({})).await;
    let path = &webhook_path(&trigger);

    built
        .installed
        .account
        .post(path, json!({ "id": 1 }))
        .await
        .expect(200);
    let ended = built.ended(1).await;

    assert_eq!(ended[0]["Status"], "Errored");
    assert_eq!(ended[0]["ErrorCount"], 1);
    let path = format!("/v1.0/cycles/{}/incidents", built.id);
    let incidents = built.installed.account.get(&path).await.expect(200).json();
    let incident = &incidents[0];
    assert_eq!(incident["IncidentLevel"], "Error");
    assert_eq!(incident["ShortMessage"], "Failed to call the method");
    assert_eq!(incident["StepId"], create["Id"]);
    let full = text(&incident["FullMessage"]);
    assert!(
        full.contains("no such shelf") && full.contains("HTTP Request:"),
        "{full}"
    );
    assert!(!full.contains("key-of-by-failure"), "{full}");
}

async fn a_cycle_with_open_prerequisites_is_not_activated_and_says_what_is_missing(
    workshop: Shared,
) {
    let built = Built::new(&workshop, "unfinished").await;
    let trigger = built
        .method(&workshop, "Webhook", "Piece Changed", &[])
        .await;
    let path = format!("/v1.0/cycles/{}/activate", built.id);
    let refused = built
        .installed
        .account
        .put(&path, json!({}))
        .await
        .expect(400)
        .json();
    assert_eq!(refused["Prerequisites"][0]["ReasonCode"], 10, "{refused}");

    let create = built.method(&workshop, "Action", "Create Piece", &[]).await;
    built.connect(&trigger, "Forward", &create).await;
    let refused = built
        .installed
        .account
        .put(&path, json!({}))
        .await
        .expect(400)
        .json();
    let codes: Vec<&Value> = refused["Prerequisites"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["ReasonCode"])
        .collect();
    assert_eq!(json!(codes), json!([30]), "{refused}");
    assert_eq!(refused["Prerequisites"][0]["ObjectId"], create["Id"]);
}

async fn a_paused_cycle_takes_no_webhooks_and_an_unknown_key_is_not_found(workshop: Shared) {
    let built = Built::new(&workshop, "paused").await;
    let trigger = built
        .method(&workshop, "Webhook", "Piece Changed", &[])
        .await;
    let path = &webhook_path(&trigger);

    let account = &built.installed.account;
    account.post(path, json!({ "id": 1 })).await.expect(409);
    account
        .post("/api/webhook/nobody-has-this-key", json!({}))
        .await
        .expect(404);
}

/// The number of a parameter or field of a method of the workshop.
fn id_of(workshop: &Shared, method: &str, list: &str, by: &str, name: &str) -> Value {
    let all = workshop.method(method)[list].as_array().unwrap();
    let found = all.iter().find(|one| one[by] == name);
    found.unwrap_or_else(|| panic!("no {name} in {all:?}"))["Id"].clone()
}

/// Where a webhook step takes requests, below the server's origin.
fn webhook_path(step: &Value) -> String {
    let url = text(&step["WebhookUrl"]);
    url[url.find("/api/webhook/").unwrap()..].to_owned()
}

fn text(value: &Value) -> String {
    value
        .as_str()
        .unwrap_or_else(|| panic!("{value} is no text"))
        .to_owned()
}
