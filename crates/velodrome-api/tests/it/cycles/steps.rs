//! Steps and the edges between them.

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use super::desk::{Desk, parameter, request_field, response_field, step_path, text};

#[tokio::test]
async fn a_tool_shows_every_property_and_can_be_sent_back() {
    let desk = Desk::open().await;
    let cycle = desk.cycle().await;

    let mut step = desk
        .step(&cycle, json!({"ActionType": 3, "Delay": {"Interval": 10, "Unit": "minutes"}, "DisplayPositionLeft": 12.5}))
        .await;
    let path = format!("{cycle}/steps/{}", text(&step["Id"]));
    let again = desk.put(&path, step.clone()).await;

    assert_eq!(again.json(), step);
    assert_eq!(desk.read(&step_path(&step)).await, step);
    step["Id"] = "[id]".into();
    step["CycleId"] = "[cycle]".into();
    assert_eq!(
        step,
        json!({
            "Id": "[id]", "CycleId": "[cycle]", "Name": "Delay", "Description": null, "ActionType": "Delay",
            "DisplayPositionLeft": 12.5, "DisplayPositionTop": 0, "StepErrorAction": null,
            "CollectionSplitType": null, "UseExternalAuthentication": false, "OnUncertain": "Repeat",
            "LastSuccessfulRunDate": "1970-01-01T00:00:00Z", "Script": null, "AnnotationText": null,
            "IsSetupHidden": false, "Decision": null, "Delay": {"Interval": 10, "Unit": "Minutes"},
            "WaitUntil": null, "WebhookMapping": null, "CollectionKeys": [], "AccountConnector": null,
            "Method": null, "CategoryId": null, "WebhookUrl": null, "UpdateAvailable": false
        })
    );
}

#[tokio::test]
async fn a_method_is_named_by_either_id_and_lends_its_name() {
    let desk = Desk::open().await;
    let cycle = desk.cycle().await;
    let named = desk.method_step(&cycle, "create-task").await;

    let numbered = desk
        .step(&cycle, json!({"ActionType": "Action", "AccountConnectorId": desk.connector, "MethodId": named["Method"]["Id"]}))
        .await;
    let later = desk
        .step(
            &cycle,
            json!({"ActionType": "Action", "MethodId": named["Method"]["Id"]}),
        )
        .await;

    assert_eq!(numbered["Name"], "Create Task");
    assert_eq!(numbered["Method"], named["Method"]);
    assert_eq!(
        numbered["AccountConnector"],
        json!({"Id": desk.connector, "Name": "Cycle Desk", "Authenticated": false, "ConnectorId": 1, "Version": null})
    );
    assert_eq!(later["AccountConnector"], json!(null));
    assert_eq!(later["Method"]["Name"], "Create Task");
    let chosen = format!("{cycle}/steps/{}", text(&later["Id"]));
    let chosen = desk
        .put(&chosen, json!({"AccountConnectorId": desk.connector}))
        .await;
    assert_eq!(chosen.json()["AccountConnector"]["Id"], desk.connector);
}

#[tokio::test]
async fn a_step_that_does_not_fit_is_refused_in_the_order_of_checks() {
    let desk = Desk::open().await;
    let cycle = desk.cycle().await;
    let nowhere = format!("/v1.0/cycles/{}", uuid::Uuid::nil());
    let (hook, task) = (desk.app.method("task-hook"), desk.app.method("create-task"));
    let steps = |cycle: &str| format!("{cycle}/steps");

    for (path, body, failure) in [
        (
            steps(&nowhere),
            json!({"ActionType": "Jump"}),
            (400, "request.unreadable"),
        ),
        (
            steps(&nowhere),
            json!({}),
            (400, "step.action_type_required"),
        ),
        (
            steps(&nowhere),
            json!({"ActionType": 0}),
            (400, "step.unknown_action_type"),
        ),
        (
            steps(&nowhere),
            json!({"ActionType": "Delay", "Delay": {"Interval": 0}}),
            (400, "request.value_out_of_range"),
        ),
        (
            steps(&nowhere),
            json!({"ActionType": "Delay", "Script": "function ("}),
            (400, "step.script"),
        ),
        (
            steps(&nowhere),
            json!({"ActionType": "Delay"}),
            (404, "cycle.not_found"),
        ),
        (
            steps(&cycle),
            json!({"ActionType": "Action"}),
            (400, "step.method_required"),
        ),
        (
            steps(&cycle),
            json!({"ActionType": "Action", "MethodId": 99_999}),
            (400, "step.foreign_method"),
        ),
        (
            steps(&cycle),
            json!({"ActionType": "Action", "AccountConnectorId": 999, "MethodUniqueIdentifier": task}),
            (400, "step.unknown_account_connector"),
        ),
        (
            steps(&cycle),
            json!({"ActionType": "Action", "AccountConnectorId": desk.connector, "MethodUniqueIdentifier": hook}),
            (400, "step.foreign_action_type"),
        ),
        (
            steps(&cycle),
            json!({"ActionType": "Webhook", "AccountConnectorId": desk.connector, "MethodUniqueIdentifier": task}),
            (400, "step.foreign_action_type"),
        ),
        (
            steps(&cycle),
            json!({"ActionType": "Action", "AccountConnectorId": desk.connector, "MethodUniqueIdentifier": task, "CategoryId": 4}),
            (400, "step.foreign_category"),
        ),
        (
            steps(&cycle),
            json!({"ActionType": "Action", "AccountConnectorId": desk.connector, "MethodUniqueIdentifier": task,
                "UseExternalAuthentication": true}),
            (400, "step.external_authentication_off"),
        ),
    ] {
        let refused = desk.post(&path, body.clone()).await;
        assert_eq!(refused.failure(), failure, "{body}");
    }
    let unknown = format!("{cycle}/steps/{}", uuid::Uuid::nil());
    for method in [Method::GET, Method::PUT, Method::DELETE] {
        let answer = desk.send(method, &unknown, json!({})).await;
        assert_eq!(answer.failure(), (404, "step.not_found"));
    }
    assert_eq!(desk.read(&steps(&cycle)).await, json!([]));
}

#[tokio::test]
async fn steps_are_listed_in_run_order_and_by_kind() {
    let desk = Desk::open().await;
    let cycle = desk.cycle().await;
    let note = desk
        .step(
            &cycle,
            json!({"ActionType": "Annotation", "AnnotationText": "Hello", "Name": "note"}),
        )
        .await;
    let last = desk
        .step(&cycle, json!({"ActionType": "WaitAll", "Name": "last"}))
        .await;
    let task = desk.method_step(&cycle, "create-task").await;
    let first = desk.method_step(&cycle, "list-contacts").await;
    desk.edge(&cycle, &task, &last).await;
    desk.edge(&cycle, &first, &task).await;

    let names = async |query: &str| -> Vec<String> {
        let all = desk.read(&format!("{cycle}/steps{query}")).await;
        let all = all.as_array().unwrap();
        all.iter()
            .map(|one| text(&one["Name"]).to_owned())
            .collect()
    };

    assert_eq!(note["AnnotationText"], "Hello");
    assert_eq!(
        names("").await,
        ["list-contacts", "create-task", "last", "note"]
    );
    assert_eq!(
        names("?filter=action").await,
        ["list-contacts", "create-task"]
    );
    assert_eq!(names("?filter=WaitAll").await, ["last"]);
    let unknown = desk.get(&format!("{cycle}/steps?filter=Jump")).await;
    assert_eq!(unknown.failure().0, 400);
}

#[tokio::test]
async fn edges_leave_by_exits_that_there_are_and_never_lead_back() {
    let desk = Desk::open().await;
    let cycle = desk.cycle().await;
    let first = desk.method_step(&cycle, "list-contacts").await;
    let check = desk.method_step(&cycle, "check-task").await;
    let task = desk.method_step(&cycle, "create-task").await;
    let edges = format!("{cycle}/edges");
    let edge = |tail: &Value, head: &Value, exit: &str| json!({"TailStepId": tail["Id"], "HeadStepId": head["Id"], "EdgeType": exit});

    let made = desk.edge(&cycle, &first, &check).await;
    let decided = desk.post(&edges, edge(&check, &task, "true")).await;

    assert_eq!(decided.status, StatusCode::OK, "{}", decided.text);
    assert_eq!(made["EdgeType"], "Forward");
    assert_eq!(desk.read(&edges).await, json!([made, decided.json()]));
    let one = format!("{edges}/{}", text(&made["Id"]));
    assert_eq!(desk.read(&one).await, made);
    let stranger = json!({"Id": uuid::Uuid::nil()});
    for (body, code, message) in [
        (
            edge(&first, &check, "Forward"),
            "edge.exists",
            "These steps are connected already.",
        ),
        (
            edge(&check, &task, "Forward"),
            "edge.no_such_exit",
            "A step of this kind has no exit Forward.",
        ),
        (
            edge(&task, &first, "Forward"),
            "edge.loop",
            "The edge would lead back to a step that runs before it; a cycle repeats by its trigger.",
        ),
        (
            edge(&stranger, &task, "Forward"),
            "edge.foreign_step",
            "The step 00000000-0000-0000-0000-000000000000 does not belong to this cycle.",
        ),
    ] {
        let refused = desk.post(&edges, body).await;
        assert_eq!(refused.failure(), (400, code));
        assert_eq!(refused.message(), message);
    }
    assert_eq!(
        desk.post(&edges, json!({"TailStepId": first["Id"]}))
            .await
            .failure()
            .0,
        400
    );
    assert_eq!(desk.delete(&one).await.status, StatusCode::OK);
    assert_eq!(desk.delete(&one).await.failure(), (404, "edge.not_found"));
}

#[tokio::test]
async fn deleting_a_step_takes_its_edges_and_what_was_mapped_from_it() {
    let desk = Desk::open().await;
    let (cycle, first, second) = desk.contacts_to_tasks().await;
    let decision = desk.step(&cycle, json!({"ActionType": "Decision", "Decision": {"Criteria": [
        {"Condition": "Exists", "LeftOperand": {"SourceStepId": first["Id"], "SourceFieldId": response_field(&first, "[contacts].id")}}]}})).await;
    assert_eq!(
        decision["Decision"]["Criteria"][0]["LeftOperand"]["MappingType"],
        "PreviousStep"
    );

    let deleted = desk
        .delete(&format!("{cycle}/steps/{}", text(&first["Id"])))
        .await;

    assert_eq!(
        (deleted.status, deleted.text.as_str()),
        (StatusCode::OK, "")
    );
    assert_eq!(desk.read(&format!("{cycle}/edges")).await, json!([]));
    let title = request_field(&second, "title");
    let mapping = desk
        .read(&format!("{}/fieldmappings/{title}", step_path(&second)))
        .await;
    assert_eq!(
        (&mapping["MappingType"], &mapping["SourceStepId"]),
        (&json!("Ignore"), &json!(null))
    );
    let decision = desk.read(&step_path(&decision)).await;
    assert_eq!(
        decision["Decision"]["Criteria"][0]["LeftOperand"],
        json!(null)
    );
    assert_eq!(
        desk.get(&step_path(&first)).await.failure(),
        (404, "step.not_found")
    );
}

#[tokio::test]
async fn another_method_drops_what_does_not_fit() {
    let desk = Desk::open().await;
    let (cycle, first, second) = desk.contacts_to_tasks().await;
    let path = format!("{cycle}/steps/{}", text(&first["Id"]));

    let changed = desk
        .put(
            &path,
            json!({"MethodUniqueIdentifier": desk.app.method("check-task")}),
        )
        .await;
    let back = desk
        .put(
            &path,
            json!({"MethodUniqueIdentifier": desk.app.method("list-contacts")}),
        )
        .await;
    let other = desk.put(&path, json!({"ActionType": "Delay"})).await;

    assert_eq!(changed.json()["Method"]["Name"], "Check Task");
    // The exit Forward went with the method, and with it the way.
    assert_eq!(desk.read(&format!("{cycle}/edges")).await, json!([]));
    let title = request_field(&second, "title");
    let mapping = desk
        .read(&format!("{}/fieldmappings/{title}", step_path(&second)))
        .await;
    assert_eq!(mapping["MappingType"], "Ignore");
    let list = parameter(&first, "list");
    assert_eq!(back.status, StatusCode::OK, "{}", back.text);
    assert_eq!(
        (&other.json()["ActionType"], &other.json()["Method"]),
        (&json!("Delay"), &json!(null))
    );
    let gone = desk
        .get(&format!("{}/parameters/{list}", step_path(&first)))
        .await;
    assert_eq!(gone.failure(), (404, "parameter.not_found"));
}

#[tokio::test]
async fn a_webhook_keeps_its_own_address() {
    let desk = Desk::open().await;
    let cycle = desk.cycle().await;

    let hook = desk.method_step(&cycle, "task-hook").await;
    let other = desk.method_step(&cycle, "task-hook").await;
    let renamed = desk
        .put(
            &format!("{cycle}/steps/{}", text(&hook["Id"])),
            json!({"Name": "Renamed"}),
        )
        .await;

    let url = text(&hook["WebhookUrl"]);
    let key = url
        .strip_prefix("https://integrations.example.com/api/webhook/")
        .unwrap();
    assert!(key.len() >= 22, "{key}");
    assert!(
        key.chars()
            .all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_'),
        "{key}"
    );
    assert_ne!(hook["WebhookUrl"], other["WebhookUrl"]);
    assert_eq!(renamed.json()["WebhookUrl"], hook["WebhookUrl"]);
}

#[tokio::test]
async fn look_backs_are_set_and_unset() {
    let desk = Desk::open().await;
    let cycle = desk.cycle().await;
    let step = desk.method_step(&cycle, "list-contacts").await;
    let path = format!("{cycle}/steps/{}", text(&step["Id"]));

    let set = desk
        .put(
            &path,
            json!({"LastSuccessfulRunDate": "2026-01-02T03:04:05+01:00"}),
        )
        .await;
    let kept = desk.put(&path, json!({"Name": "x"})).await;
    let unset = desk
        .put(
            &path,
            json!({"LastSuccessfulRunDate": "1970-01-01T00:00:00Z"}),
        )
        .await;

    assert_eq!(set.json()["LastSuccessfulRunDate"], "2026-01-02T02:04:05Z");
    assert_eq!(kept.json()["LastSuccessfulRunDate"], "2026-01-02T02:04:05Z");
    assert_eq!(
        unset.json()["LastSuccessfulRunDate"],
        "1970-01-01T00:00:00Z"
    );
}
