//! Cycles themselves.

use axum::http::StatusCode;
use serde_json::json;

use super::desk::{Desk, text};

#[tokio::test]
async fn a_new_cycle_is_empty_and_paused_and_shows_every_property() {
    let desk = Desk::open().await;

    let made = desk
        .post(
            "/v1.0/cycles",
            json!({"name": " People to readers ", "StepErrorAction": "retry", "Tags": ["mailing", "mailing"]}),
        )
        .await;

    assert_eq!(made.status, StatusCode::CREATED);
    let mut shown = made.json();
    assert!(uuid::Uuid::parse_str(text(&shown["Id"])).is_ok());
    shown["Id"] = "[id]".into();
    assert_eq!(
        shown,
        json!({
            "Id": "[id]", "CreatedOnUtc": "2026-03-04T09:30:00Z", "TasksUsed": 0, "ErrorCount": 0,
            "WarningCount": 0, "Connectors": [], "Status": "Paused",
            "LastSuccessfulRunDate": "0001-01-01T00:00:00", "InProgressTransactionCount": 0,
            "Name": "People to readers", "Description": null, "Shareable": false,
            "StepErrorAction": "Retry", "MaxRetriesOnError": 5, "LogStepDataRequests": true,
            "CollectionSplitType": "First", "ProcessInOrder": false,
            "StepDataSuccessRetentionHours": null, "StepDataErroredRetentionHours": null,
            "Tags": ["mailing"], "ContinueOnStepError": false, "TemplateId": null,
            "TemplateReleaseId": null, "Interval": 0, "StartTime": null, "NextRunTime": null,
            "RunOnce": false
        })
    );
}

#[tokio::test]
async fn a_change_keeps_what_it_leaves_out_and_an_answer_can_be_sent_back() {
    let desk = Desk::open().await;
    let cycle = desk.cycle().await;

    let changed = desk
        .put(
            &cycle,
            json!({"Description": "All of them", "CollectionSplitType": 2, "StepDataSuccessRetentionHours": 9000}),
        )
        .await;
    let again = desk.put(&cycle, changed.json()).await;
    let cleared = desk.put(&cycle, json!({"Description": null})).await;

    let shown = changed.json();
    assert_eq!(shown["Name"], "People");
    assert_eq!(shown["CollectionSplitType"], "All");
    assert_eq!(shown["StepDataSuccessRetentionHours"], 744);
    assert_eq!(again.json(), shown);
    assert_eq!(cleared.json()["Description"], json!(null));
    assert_eq!(desk.read(&cycle).await, cleared.json());
}

#[tokio::test]
async fn what_breaks_a_rule_is_refused_before_the_cycle_is_looked_up() {
    let desk = Desk::open().await;
    let nowhere = format!("/v1.0/cycles/{}", uuid::Uuid::nil());

    for (body, message) in [
        (json!({"Name": " "}), "Name is required."),
        (
            json!({"MaxRetriesOnError": 0}),
            "MaxRetriesOnError must be 1 to 5.",
        ),
        (
            json!({"StepDataErroredRetentionHours": -1}),
            "StepDataErroredRetentionHours (-1): may not be negative",
        ),
    ] {
        let refused = desk.put(&nowhere, body).await;
        assert_eq!(refused.failure().0, 400);
        assert_eq!(refused.message(), message);
    }
    let unknown = desk
        .put(&nowhere, json!({"StepErrorAction": "Panic"}))
        .await;
    assert_eq!(unknown.failure(), (400, "request.unreadable"));
    let nameless = desk.post("/v1.0/cycles", json!({})).await;
    assert_eq!(nameless.message(), "Name is required.");
    assert_eq!(
        desk.put(&nowhere, json!({})).await.failure(),
        (404, "cycle.not_found")
    );
    assert_eq!(desk.get("/v1.0/cycles/12").await.failure().0, 400);
}

#[tokio::test]
async fn the_list_is_filtered_sorted_and_paged() {
    let desk = Desk::open().await;
    for (name, tags) in [
        ("Beta", json!(["A"])),
        ("alpha", json!(["a"])),
        ("Gamma", json!([])),
    ] {
        desk.post("/v1.0/cycles", json!({"Name": name, "Tags": tags}))
            .await;
        desk.app.pass(chrono::TimeDelta::minutes(1));
    }
    let (users, _, _) = desk.contacts_to_tasks().await;

    let names = async |query: &str| -> Vec<String> {
        let all = desk.read(&format!("/v1.0/cycles?{query}")).await;
        let all = all.as_array().unwrap();
        all.iter()
            .map(|one| text(&one["Name"]).to_owned())
            .collect()
    };
    assert_eq!(names("").await, ["Beta", "alpha", "Gamma", "People"]);
    assert_eq!(
        names("orderBy=name").await,
        ["alpha", "Beta", "Gamma", "People"]
    );
    assert_eq!(
        names("orderBy=Name&sortOrderAsc=false&pageSize=1&page=2").await,
        ["Gamma"]
    );
    assert_eq!(names("tag=a").await, ["alpha"]);
    assert_eq!(names("query=MM").await, ["Gamma"]);
    assert_eq!(names("connectorName=cycle%20desk").await, ["People"]);
    assert_eq!(
        names("connectorName=cycle%20desk&connectorVersion=2").await,
        [""; 0]
    );
    let paged = desk.get("/v1.0/cycles?per_page=3").await;
    assert_eq!(
        (paged.header("total-pages"), paged.header("total-records")),
        ("2", "4")
    );
    let connectors = desk.read(&users).await["Connectors"].clone();
    assert_eq!(
        connectors,
        json!([{"Id": 1, "AccountConnectorId": desk.connector, "Name": "Cycle Desk", "Version": null,
            "Authenticated": true, "StepCount": 2, "Icon": null, "IsSystemConnector": false}])
    );
}

#[tokio::test]
async fn a_deleted_cycle_is_gone_with_its_steps_also_when_it_runs() {
    let desk = Desk::open().await;
    let (cycle, first, _) = desk.contacts_to_tasks().await;
    desk.activate(&cycle).await;

    let deleted = desk.delete(&cycle).await;

    assert_eq!((deleted.status.as_u16(), deleted.text.as_str()), (200, ""));
    assert_eq!(desk.get(&cycle).await.failure(), (404, "cycle.not_found"));
    assert_eq!(desk.delete(&cycle).await.failure().0, 404);
    let step = desk.get(&super::desk::step_path(&first)).await;
    assert_eq!(step.failure(), (404, "step.not_found"));
    assert_eq!(desk.read("/v1.0/cycles").await, json!([]));
}

#[tokio::test]
async fn another_account_and_another_partner_find_nothing() {
    let desk = Desk::open().await;
    let (cycle, first, _) = desk.contacts_to_tasks().await;
    desk.app.account(&desk.token, "other").await;
    let stranger = desk.app.other_partner().await;
    let step = super::desk::step_path(&first);

    for (token, account) in [(&desk.token, "other"), (&stranger, "acme")] {
        for path in [
            cycle.clone(),
            format!("{cycle}/steps"),
            format!("{cycle}/edges"),
            format!("{cycle}/variables"),
            format!("{cycle}/prerequisites"),
            step.clone(),
            format!("{step}/fieldmappings"),
            format!("{step}/parameters"),
            format!("{step}/prerequisites"),
        ] {
            let call = desk.app.get(&path).bearer(token);
            let answer = call.header("x-cyclr-account", account).send().await;
            assert_eq!(answer.failure().0, 404, "{path}");
        }
        let call = desk.app.delete(&cycle).bearer(token);
        let answer = call.header("x-cyclr-account", account).send().await;
        assert_eq!(answer.failure().0, 404);
    }
    assert_eq!(desk.get(&cycle).await.status, StatusCode::OK);
}
