//! An account with an installed connector, and the calls that build a cycle in it.

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::app::{Answer, Call, TestApp};

pub struct Desk {
    pub app: TestApp,
    pub token: String,
    /// The installed connector.
    pub connector: i64,
}

impl Desk {
    /// The account `acme` with the connector of the tests, without credentials.
    pub async fn open() -> Self {
        let app = TestApp::start().await;
        let token = app.token().await;
        app.account(&token, "acme").await;
        app.offer("cycle-desk");
        let mut desk = Self {
            app,
            token,
            connector: 0,
        };
        let path = "/v1.0/connectors/Cycle%20Desk/install";
        let installed = desk.post(path, json!({})).await;
        assert_eq!(installed.status, StatusCode::OK, "{}", installed.text);
        desk.connector = installed.json()["Id"].as_i64().unwrap();
        desk
    }

    pub fn acme<'a>(&self, call: Call<'a>) -> Call<'a> {
        call.bearer(&self.token).header("x-cyclr-account", "acme")
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.acme(self.app.get(path)).send().await
    }

    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.acme(self.app.post(path)).json(&body).send().await
    }

    pub async fn put(&self, path: &str, body: Value) -> Answer {
        self.acme(self.app.put(path)).json(&body).send().await
    }

    pub async fn patch(&self, path: &str, body: Value) -> Answer {
        self.acme(self.app.patch(path)).json(&body).send().await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        self.acme(self.app.delete(path)).send().await
    }

    pub async fn send(&self, method: Method, path: &str, body: Value) -> Answer {
        let call = self.app.request(method, path);
        self.acme(call).json(&body).send().await
    }

    /// A value that must be there.
    pub async fn read(&self, path: &str) -> Value {
        let answer = self.get(path).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
        answer.json()
    }

    /// The path of a new cycle.
    pub async fn cycle(&self) -> String {
        let made = self.post("/v1.0/cycles", json!({"Name": "People"})).await;
        assert_eq!(made.status, StatusCode::CREATED, "{}", made.text);
        format!("/v1.0/cycles/{}", text(&made.json()["Id"]))
    }

    /// A new step of a cycle that runs a method; it is named after the method's key.
    pub async fn method_step(&self, cycle: &str, key: &str) -> Value {
        let action = if key.ends_with("hook") {
            "Webhook"
        } else {
            "Action"
        };
        let body = json!({
            "Name": key, "ActionType": action, "AccountConnectorId": self.connector,
            "MethodUniqueIdentifier": self.app.method(key),
        });
        self.step(cycle, body).await
    }

    pub async fn step(&self, cycle: &str, body: Value) -> Value {
        let made = self.post(&format!("{cycle}/steps"), body).await;
        assert_eq!(made.status, StatusCode::OK, "{}", made.text);
        made.json()
    }

    pub async fn edge(&self, cycle: &str, tail: &Value, head: &Value) -> Value {
        let body = json!({"TailStepId": tail["Id"], "HeadStepId": head["Id"]});
        let made = self.post(&format!("{cycle}/edges"), body).await;
        assert_eq!(made.status, StatusCode::OK, "{}", made.text);
        made.json()
    }

    /// Gives the connector credentials.
    pub async fn authenticate(&self) {
        let path = format!("/v1.0/account/connectors/{}", self.connector);
        let set = self.put(&path, json!({"AuthValue": "a key"})).await;
        assert_eq!(set.status, StatusCode::OK, "{}", set.text);
    }

    /// Two connected steps that can run: contacts become tasks. The cycle and the steps.
    pub async fn contacts_to_tasks(&self) -> (String, Value, Value) {
        let cycle = self.cycle().await;
        let first = self.method_step(&cycle, "list-contacts").await;
        let second = self.method_step(&cycle, "create-task").await;
        self.edge(&cycle, &first, &second).await;
        self.authenticate().await;
        let list = parameter(&first, "list");
        let path = format!("{}/parameters/{list}", step_path(&first));
        let lookup = json!({"MappingType": "TriggerValue", "TriggerValue": "7", "TriggerValueDisplayName": "All"});
        let mapped = self.put(&path, lookup).await;
        assert_eq!(mapped.status, StatusCode::OK, "{}", mapped.text);
        let title = request_field(&second, "title");
        let path = format!("{}/fieldmappings/{title}", step_path(&second));
        let source = json!({"MappingType": "PreviousStep", "SourceStepId": first["Id"],
            "SourceFieldId": response_field(&first, "[contacts].email")});
        let mapped = self.put(&path, source).await;
        assert_eq!(mapped.status, StatusCode::OK, "{}", mapped.text);
        (cycle, first, second)
    }

    /// Starts a cycle.
    pub async fn activate(&self, cycle: &str) {
        let path = format!("{cycle}/activate");
        let active = self.put(&path, json!({"Interval": 60})).await;
        assert_eq!(active.status, StatusCode::OK, "{}", active.text);
    }
}

pub fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

/// The path of a step without its cycle.
pub fn step_path(step: &Value) -> String {
    format!("/v1.0/steps/{}", text(&step["Id"]))
}

pub fn parameter(step: &Value, name: &str) -> i64 {
    id_of(&step["Method"]["Parameters"], "TargetName", name)
}

pub fn request_field(step: &Value, location: &str) -> i64 {
    id_of(&step["Method"]["RequestFields"], "Location", location)
}

pub fn response_field(step: &Value, location: &str) -> i64 {
    id_of(&step["Method"]["ResponseFields"], "Location", location)
}

fn id_of(all: &Value, property: &str, wanted: &str) -> i64 {
    let all = all.as_array().unwrap();
    let found = all.iter().find(|one| one[property] == wanted);
    found.unwrap()["Id"].as_i64().unwrap()
}

/// Codes and kinds of what is unmet.
pub fn codes(unmet: &Value) -> Vec<(i64, String)> {
    let all = unmet.as_array().unwrap();
    all.iter()
        .map(|one| {
            let kind = text(&one["ObjectType"]).to_owned();
            (one["ReasonCode"].as_i64().unwrap(), kind)
        })
        .collect()
}
