//! Templates in accounts: installed, set up, and moved to the next release.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    app::{Answer, TestApp},
    templates::{imported, path, promote_newest},
};

const CYCLES: &str = "/v1.0/cycles";
/// The connector of these tests, and its methods.
const SHELVES: u128 = 0x51;
const LIST: u128 = 0x52;
const ADD: u128 = 0x53;
const SOLD: u128 = 0x54;

fn id(number: u128) -> Value {
    json!(Uuid::from_u128(number))
}

fn shelves() -> Value {
    let method = |key: u128, name: &str, more: Value| {
        let mut method = json!({
            "UniqueIdentifier": id(key), "Name": name, "Description": name, "Category": "Books",
        });
        if key != SOLD {
            method["MethodType"] = json!("Action");
            method["HttpMethod"] = json!("GET");
            method["EndPoint"] = json!("https://shelves.example/books");
        }
        for (name, value) in more.as_object().expect("members") {
            method[name] = value.clone();
        }
        method
    };
    json!({
        "Name": "Shelves", "Version": "1.0", "Description": "Books on shelves.",
        "Authentication": [{"AuthType": "ApiKey", "AuthScheme": "X-Api-Key", "IsDefault": true}],
        "Methods": [
            method(LIST, "List Books", json!({
                "Parameters": [{"TargetType": "QueryString", "TargetName": "shelf"}],
                "ResponseFormat": {"Fields": [{"ConnectorField": "[].id", "DataType": "Integer"}, {"ConnectorField": "[].title"}]},
            })),
            method(ADD, "Add Book", json!({
                "HttpMethod": "POST",
                "RequestFormat": {"Fields": [
                    {"ConnectorField": "title"},
                    {"ConnectorField": "shelf"},
                    {"ConnectorField": "note", "IsOptional": true},
                ]},
                "ResponseFormat": {"Fields": [{"ConnectorField": "id", "DataType": "Integer"}]},
            })),
            method(SOLD, "Book Sold", json!({
                "MethodType": "Webhook",
                "RequestFormat": {"Fields": [{"ConnectorField": "id", "DataType": "Integer"}]},
            })),
        ],
    })
}

fn step(number: u128, method: u128, more: Value) -> Value {
    let mut step = json!({
        "Id": id(number), "Name": format!("Step {number}"), "MethodUniqueIdentifier": id(method),
        "ActionType": if method == SOLD { "Webhook" } else { "Action" },
        "Connector": {"UniqueIdentifier": id(SHELVES)}, "AccountConnector": 1,
    });
    for (name, value) in more.as_object().expect("members") {
        step[name] = value.clone();
    }
    step
}

fn static_value(location: &str, value: &str, is_visible: bool) -> Value {
    json!({"Location": location, "MappingType": "StaticValue", "Value": value, "IsLaunchVisible": is_visible})
}

/// Books are copied: list, then add; the shelf that they go to is the customer's to say.
fn copier() -> Value {
    let edge = |tail, head| json!({"TailStep_Id": id(tail), "HeadStep_Id": id(head), "CycleEdgeType": "Forward"});
    json!({
        "Format": "velodrome.template/1", "Name": "Copy books", "Tags": ["books"], "Interval": 60,
        "Steps": [
            step(1, LIST, json!({
                "ParameterMappings": [{"TargetName": "shelf", "MappingType": "Variable", "VariableName": "Shelf"}],
            })),
            step(2, ADD, json!({"FieldMappings": [
                {"Location": "title", "MappingType": "PreviousStep", "SourceStepId": id(1), "SourceLocation": "[].title"},
                static_value("shelf", "new", true),
                static_value("note", &format!("Was {{{{{} [].id}}}}", Uuid::from_u128(1)), false),
            ]})),
        ],
        "Edges": [edge(1, 2)],
        "Variables": [{"DisplayName": "Shelf", "SystemName": "Shelf", "Value": "old", "IsRequired": true, "IsLaunchVisible": true}],
        "ExportedConnectors": [{"UniqueIdentifier": id(SHELVES), "Name": "Shelves", "Definition": shelves()}],
    })
}

struct Bench {
    app: TestApp,
    token: String,
    template: Value,
}

impl Bench {
    /// An app with accounts, and a template that is live.
    async fn new() -> Self {
        let app = TestApp::start().await;
        let token = app.token().await;
        app.account(&token, "acme").await;
        app.account(&token, "bolt").await;
        let template = imported(&app, &token, &copier()).await;
        promote_newest(&app, &token, &template).await;
        Self {
            app,
            token,
            template,
        }
    }

    async fn send(&self, method: &str, account: &str, path: &str, body: Option<Value>) -> Answer {
        let method = method.parse().expect("a method");
        let call = self.app.request(method, path).bearer(&self.token);
        let call = call.header("x-cyclr-account", account);
        match body {
            Some(body) => call.json(&body).send().await,
            None => call.send().await,
        }
    }

    async fn ok(&self, method: &str, account: &str, path: &str, body: Option<Value>) -> Value {
        let answer = self.send(method, account, path, body).await;
        assert!(
            answer.status.is_success(),
            "{method} {path}: {}",
            answer.text
        );
        match answer.text.is_empty() {
            true => json!(null),
            false => answer.json(),
        }
    }

    async fn install(&self, account: &str, body: Value) -> Value {
        let path = format!("{}/install", path(&self.template));
        self.ok("POST", account, &path, Some(body)).await
    }

    /// A cycle as a document, in which mappings can be looked at by name.
    async fn exported(&self, account: &str, cycle: &Value) -> Value {
        let path = format!("{}/export", at(cycle));
        self.ok("GET", account, &path, None).await
    }

    async fn steps(&self, account: &str, cycle: &Value) -> Vec<Value> {
        let path = format!("{}/steps", at(cycle));
        let steps = self.ok("GET", account, &path, None).await;
        steps.as_array().expect("steps").clone()
    }

    /// A new draft of the template, promoted, of a changed document.
    async fn release(&self, document: &Value) {
        let id = self.template["Id"].as_str().expect("an id");
        let path = format!("/v1.0/templates/import?templateid={id}");
        self.ok("POST", "acme", &path, Some(document.clone())).await;
        promote_newest(&self.app, &self.token, &self.template).await;
    }
}

fn at(cycle: &Value) -> String {
    format!("{CYCLES}/{}", cycle["Id"].as_str().expect("an id"))
}

/// A mapping of a step of a document.
fn mapping<'d>(document: &'d Value, step: usize, location: &str) -> &'d Value {
    let mappings = document["Steps"][step]["FieldMappings"]
        .as_array()
        .expect("mappings");
    let found = mappings.iter().find(|one| one["Location"] == location);
    found.unwrap_or(&Value::Null)
}

#[tokio::test]
async fn an_installation_is_a_paused_copy_with_connectors_of_the_account() {
    let bench = Bench::new().await;

    let cycle = bench.install("acme", json!({})).await;

    assert_eq!(
        (
            &cycle["Name"],
            &cycle["Status"],
            &cycle["TemplateId"],
            &cycle["Interval"],
            &cycle["Tags"]
        ),
        (
            &json!("Copy books"),
            &json!("Paused"),
            &bench.template["Id"],
            &json!(60),
            &json!(["books"])
        )
    );
    let connector = &cycle["Connectors"][0];
    assert_eq!(
        (
            &connector["Name"],
            &connector["StepCount"],
            &connector["Authenticated"]
        ),
        (&json!("Shelves"), &json!(2), &json!(false))
    );
    let document = bench.exported("acme", &cycle).await;
    let first = &document["Steps"][0];
    assert_ne!(first["Id"], id(1));
    assert_eq!(first["OriginId"], id(1));
    let title = mapping(&document, 1, "title");
    assert_eq!(
        (&title["SourceStepId"], &title["SourceLocation"]),
        (&first["Id"], &json!("[].title"))
    );
    let note = format!("Was {{{{{} [].id}}}}", first["Id"].as_str().unwrap());
    assert_eq!(mapping(&document, 1, "note")["Value"], json!(note));
    // What the customer sets is blank, and the template's value is suggested.
    let shelf = mapping(&document, 1, "shelf");
    assert_eq!(shelf.get("MappingType"), None);
    assert_eq!(
        shelf["Suggested"],
        json!({"MappingType": "StaticValue", "Value": "new"})
    );

    // What is installed is used again, in this account and not in the other.
    let again = bench
        .install("acme", json!({"Name": "Again", "Description": "Twice."}))
        .await;
    assert_eq!(
        (&again["Name"], &again["Description"]),
        (&json!("Again"), &json!("Twice."))
    );
    assert_eq!(
        again["Connectors"][0]["AccountConnectorId"],
        connector["AccountConnectorId"]
    );
    let elsewhere = bench.install("bolt", json!({})).await;
    assert_ne!(
        elsewhere["Connectors"][0]["AccountConnectorId"],
        connector["AccountConnectorId"]
    );
    let missing = bench.send("GET", "bolt", &at(&cycle), None).await;
    assert_eq!(missing.failure(), (404, "cycle.not_found"));
}

#[tokio::test]
async fn fresh_and_chosen_connectors_are_those_that_were_asked_for() {
    let bench = Bench::new().await;
    let used = |cycle: &Value| cycle["Connectors"][0]["AccountConnectorId"].clone();
    let connector = bench.template["Connectors"][0]["Id"].clone();
    let first = used(&bench.install("acme", json!({})).await);

    let fresh = json!({"Connectors": [{"Id": connector, "InstallMode": "Fresh"}]});
    let changed = bench
        .app
        .put(&path(&bench.template))
        .bearer(&bench.token)
        .json(&fresh);
    assert_eq!(
        changed.send().await.json()["Connectors"][0]["InstallMode"],
        "Fresh"
    );
    let second = used(&bench.install("acme", json!({})).await);
    assert_ne!(second, first);
    let chosen = json!({"AccountConnectors": {connector.to_string(): first}});
    assert_eq!(used(&bench.install("acme", chosen.clone()).await), first);

    let install = format!("{}/install", path(&bench.template));
    let foreign = bench.send("POST", "bolt", &install, Some(chosen)).await;
    assert_eq!(
        foreign.failure(),
        (400, "template.foreign_account_connector")
    );
    let cycles = bench.ok("GET", "bolt", CYCLES, None).await;
    assert_eq!(cycles, json!([]));

    // A sub account uses its parent's.
    let body = json!({"Id": "sub", "Name": "sub", "ParentAccountId": "acme"});
    bench.ok("POST", "acme", "/v1.0/accounts", Some(body)).await;
    let existing = json!({"Connectors": [{"Id": connector, "InstallMode": "Existing"}]});
    bench
        .ok("PUT", "acme", &path(&bench.template), Some(existing))
        .await;
    let of_parent = used(&bench.install("sub", json!({})).await);
    assert!([first, second].contains(&of_parent), "{of_parent}");
}

#[tokio::test]
async fn what_a_template_asks_for_is_set_with_its_installation() {
    let bench = Bench::new().await;
    let asked = format!("{}/prerequisites", path(&bench.template));

    let steps = bench.ok("GET", "acme", &asked, None).await;

    assert_eq!(steps.as_array().map(Vec::len), Some(1), "{steps}");
    assert_eq!(
        (&steps[0]["Name"], &steps[0]["ActionType"]),
        (&json!("Step 2"), &json!("Action"))
    );
    let shelf = &steps[0]["Fields"][0];
    assert_eq!(
        (
            &shelf["Field"]["Location"],
            &shelf["MappingType"],
            &shelf["Value"]
        ),
        (&json!("shelf"), &json!("StaticValue"), &json!("new"))
    );
    let shown = format!("{}?includePrerequisites=true", path(&bench.template));
    let shown = bench.ok("GET", "acme", &shown, None).await;
    assert_eq!(shown["Prerequisites"], steps);
    assert_eq!(shown["Variables"][0]["SystemName"], "Shelf");

    let field = &shelf["Field"]["Id"];
    let cycle = bench
        .install(
            "acme",
            json!({
                "Variables": [{"DisplayName": "shelf", "Value": "mine"}],
                "Prerequisites": [{"StepId": steps[0]["StepId"], "Fields": [
                    {"Field": {"Id": field}, "MappingType": "StaticValue", "Value": "theirs"},
                ]}],
            }),
        )
        .await;
    let document = bench.exported("acme", &cycle).await;
    assert_eq!(mapping(&document, 1, "shelf")["Value"], "theirs");
    assert_eq!(document["Variables"][0]["Value"], "mine");
    let open = bench
        .ok(
            "GET",
            "acme",
            &format!("{}/prerequisites", at(&cycle)),
            None,
        )
        .await;
    let codes: Vec<_> = open
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["ReasonCode"].clone())
        .collect();
    assert_eq!(codes, [json!(20)], "{open}");

    let install = format!("{}/install", path(&bench.template));
    for (body, code) in [
        (
            json!({"Variables": [{"DisplayName": "Nothing", "Value": "x"}]}),
            "template.foreign_part",
        ),
        (
            json!({"Prerequisites": [{"StepId": id(9)}]}),
            "template.foreign_part",
        ),
        (
            json!({"Prerequisites": [{"StepId": steps[0]["StepId"], "Fields": [{"MappingType": "Ignore"}]}]}),
            "template.mapping_id_required",
        ),
        (
            json!({"Prerequisites": [{"StepId": steps[0]["StepId"], "Fields": [{"Field": {"Id": 1}, "MappingType": "Ignore"}]}]}),
            "template.foreign_part",
        ),
        (
            json!({"AccountConnectors": {"x": 1}}),
            "template.malformed_connector",
        ),
        (json!({"Name": " "}), "request.value_required"),
    ] {
        let refused = bench
            .send("POST", "acme", &install, Some(body.clone()))
            .await;
        assert_eq!(refused.failure(), (400, code), "{body}");
    }
    let cycles = bench.ok("GET", "acme", CYCLES, None).await;
    assert_eq!(cycles.as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn an_upgrade_keeps_what_the_customer_set_and_takes_the_rest_from_the_release() {
    let bench = Bench::new().await;
    let cycle = bench
        .install(
            "acme",
            json!({"Variables": [{"DisplayName": "Shelf", "Value": "mine"}]}),
        )
        .await;
    let before = bench.steps("acme", &cycle).await;
    let up_to_date = bench
        .send("PUT", "acme", &format!("{}/upgrade", at(&cycle)), None)
        .await;
    assert_eq!(up_to_date.failure(), (409, "cycle.up_to_date"));
    let steps = bench
        .ok(
            "GET",
            "acme",
            &format!("{}/prerequisites", path(&bench.template)),
            None,
        )
        .await;
    let field = steps[0]["Fields"][0]["Field"]["Id"].to_string();
    let second = before.iter().find(|step| step["Name"] == "Step 2").unwrap();
    let map = format!(
        "/v1.0/steps/{}/fieldmappings/{field}",
        second["Id"].as_str().unwrap()
    );
    bench
        .ok(
            "PUT",
            "acme",
            &map,
            Some(json!({"MappingType": "StaticValue", "Value": "theirs"})),
        )
        .await;
    let first = before.iter().find(|step| step["Name"] == "Step 1").unwrap();
    let look_back = format!("{}/steps/{}", at(&cycle), first["Id"].as_str().unwrap());
    let date = json!({"LastSuccessfulRunDate": "2026-02-01T00:00:00Z"});
    bench.ok("PUT", "acme", &look_back, Some(date)).await;

    let mut next = copier();
    next["Steps"][1]["FieldMappings"][2]["Value"] = json!("Changed.");
    next["Variables"][0]["Value"] = json!("another");
    next["CycleStepErrorAction"] = json!(2);
    let sold = step(3, SOLD, json!({}));
    next["Steps"][0] = step(
        1,
        LIST,
        json!({
            "Name": "List all",
            "ParameterMappings": [{"TargetName": "shelf", "MappingType": "Variable", "VariableName": "Shelf"}],
        }),
    );
    next["Steps"].as_array_mut().unwrap().push(sold);
    next["Edges"]
        .as_array_mut()
        .unwrap()
        .push(json!({"TailStep_Id": id(2), "HeadStep_Id": id(3)}));
    bench.release(&next).await;

    let listed = bench
        .ok("GET", "acme", "/v1.0/cycles/upgradeable", None)
        .await;
    assert_eq!(listed.as_array().map(Vec::len), Some(1));
    assert_eq!(
        (&listed[0]["Id"], &listed[0]["TemplateReleaseId"]),
        (&cycle["Id"], &cycle["TemplateReleaseId"])
    );
    let installations = format!("{}/installations", path(&bench.template));
    let waiting = bench.app.get(&installations).bearer(&bench.token);
    let waiting = waiting.send().await.json();
    assert_eq!(
        (
            &waiting[0]["CycleId"],
            &waiting[0]["AccountId"],
            &waiting[0]["ReleaseNumber"],
            &waiting[0]["IsUpgradeable"]
        ),
        (&cycle["Id"], &json!("acme"), &json!(1), &json!(true))
    );
    let preview = bench
        .ok("GET", "acme", &format!("{}/upgrade", at(&cycle)), None)
        .await;
    let changes = preview["Changes"].as_array().unwrap();
    let changed: Vec<String> = changes
        .iter()
        .map(|change| {
            let path = change["Path"].as_array().unwrap().iter();
            let path: Vec<&str> = path.map(|key| key.as_str().unwrap()).collect();
            path.join("/")
        })
        .collect();
    for expected in [
        "settings",
        "steps/list-all/name",
        "steps/step-2/fields/note",
        "steps/step-3",
    ] {
        let is_told = changed.iter().any(|path| path.starts_with(expected));
        assert!(is_told, "{expected}: {preview:#}");
    }
    assert!(
        !changed.iter().any(|path| path.ends_with("fields/shelf")),
        "what the customer has set is no change: {preview:#}"
    );
    let upgraded = bench
        .ok(
            "PUT",
            "acme",
            &format!("{}/upgrade", path(&bench.template)),
            None,
        )
        .await;

    assert_eq!(upgraded.as_array().map(Vec::len), Some(1));
    assert_eq!(
        (
            &upgraded[0]["CycleId"],
            &upgraded[0]["AccountId"],
            &upgraded[0]["Upgraded"],
            &upgraded[0]["Message"]
        ),
        (&cycle["Id"], &json!("acme"), &json!(true), &json!(null))
    );
    assert_ne!(upgraded[0]["Prerequisites"], json!([]));
    let moved = bench.app.get(&installations).bearer(&bench.token);
    let moved = moved.send().await.json();
    assert_eq!(
        (&moved[0]["ReleaseNumber"], &moved[0]["IsUpgradeable"]),
        (&json!(2), &json!(false))
    );
    let noted = bench
        .ok(
            "GET",
            "acme",
            &format!("{}/upgrade", path(&bench.template)),
            None,
        )
        .await;
    assert_eq!(
        (&noted["PendingCount"], &noted["Results"]),
        (&json!(0), &upgraded)
    );
    let incidents = bench
        .ok("GET", "acme", &format!("{}/incidents", at(&cycle)), None)
        .await;
    assert_eq!(
        incidents[0]["ShortMessage"],
        "Set up again after an upgrade"
    );
    let now = bench.ok("GET", "acme", &at(&cycle), None).await;
    assert_eq!(
        (&now["StepErrorAction"], &now["Name"]),
        (&json!("StopCycle"), &json!("Copy books"))
    );
    assert_eq!(
        now["TemplateReleaseId"],
        listed[0]["LatestTemplateReleaseId"]
    );
    assert_eq!(
        now["Connectors"][0]["AccountConnectorId"],
        cycle["Connectors"][0]["AccountConnectorId"]
    );
    let after = bench.steps("acme", &cycle).await;
    assert_eq!(after.len(), 3);
    let renamed = after
        .iter()
        .find(|step| step["Name"] == "List all")
        .unwrap();
    assert_eq!(
        (&renamed["Id"], &renamed["LastSuccessfulRunDate"]),
        (&first["Id"], &json!("2026-02-01T00:00:00Z"))
    );
    let webhook = after.iter().find(|step| step["Name"] == "Step 3").unwrap();
    assert!(webhook["WebhookUrl"].is_string(), "{webhook}");
    let document = bench.exported("acme", &cycle).await;
    assert_eq!(mapping(&document, 1, "shelf")["Value"], "theirs");
    assert_eq!(mapping(&document, 1, "note")["Value"], "Changed.");
    assert_eq!(document["Variables"][0]["Value"], "mine");

    // The next upgrade leaves the webhook's address as it is.
    bench.release(&next).await;
    bench
        .ok("PUT", "acme", &format!("{}/upgrade", at(&cycle)), None)
        .await;
    let again = bench.steps("acme", &cycle).await;
    let same = again.iter().find(|step| step["Name"] == "Step 3").unwrap();
    assert_eq!(same["WebhookUrl"], webhook["WebhookUrl"]);
    assert_eq!(
        bench
            .ok("GET", "acme", "/v1.0/cycles/upgradeable", None)
            .await,
        json!([])
    );
}

#[tokio::test]
async fn a_cycle_that_was_built_by_hand_is_not_upgraded() {
    let bench = Bench::new().await;
    let cycle = bench
        .ok("POST", "acme", CYCLES, Some(json!({"Name": "By hand"})))
        .await;

    let refused = bench
        .send("PUT", "acme", &format!("{}/upgrade", at(&cycle)), None)
        .await;

    assert_eq!(refused.failure(), (409, "cycle.no_template"));
}

#[tokio::test]
async fn cycles_are_exported_and_imported_into_other_accounts() {
    let bench = Bench::new().await;
    let cycle = bench.install("acme", json!({})).await;
    let document = bench.exported("acme", &cycle).await;

    let import = bench
        .send(
            "POST",
            "bolt",
            "/v1.0/cycles/import",
            Some(document.clone()),
        )
        .await;

    assert_eq!(import.status.as_u16(), 201, "{}", import.text);
    let copy = import.json();
    assert_eq!(
        (&copy["Status"], &copy["TemplateId"]),
        (&json!("Paused"), &json!(null))
    );
    let again = bench.exported("bolt", &copy).await;
    assert_eq!(again["Steps"].as_array().map(Vec::len), Some(2));
    assert_eq!(again["Variables"], document["Variables"]);
    let (one, other) = (mapping(&again, 1, "title"), mapping(&document, 1, "title"));
    assert_eq!(one["SourceLocation"], other["SourceLocation"]);
    assert_eq!(one["SourceStepId"], again["Steps"][0]["Id"]);
    for body in [json!({}), json!([])] {
        let refused = bench
            .send("POST", "bolt", "/v1.0/cycles/import", Some(body))
            .await;
        assert_eq!(refused.failure(), (400, "import.unreadable"));
    }
    let foreign = bench
        .send("GET", "bolt", &format!("{}/export", at(&cycle)), None)
        .await;
    assert_eq!(foreign.failure(), (404, "cycle.not_found"));
}

#[tokio::test]
async fn a_deleted_cycle_comes_back_paused() {
    let bench = Bench::new().await;
    let cycle = bench.install("acme", json!({})).await;
    bench.ok("DELETE", "acme", &at(&cycle), None).await;

    let bin = bench
        .ok("GET", "acme", "/v1.0/partner/recyclebin", None)
        .await;
    assert_eq!(
        (&bin[0]["Id"], &bin[0]["Type"], &bin[0]["AccountId"]),
        (&cycle["Id"], &json!("Cycle"), &json!("acme"))
    );
    let restore = format!(
        "/v1.0/partner/recyclebin/{}/restore",
        cycle["Id"].as_str().unwrap()
    );
    bench.ok("POST", "acme", &restore, None).await;
    let back = bench.ok("GET", "acme", &at(&cycle), None).await;
    assert_eq!(
        (&back["Status"], &back["Connectors"][0]["StepCount"]),
        (&json!("Paused"), &json!(2))
    );
}
