//! Switching cycles on and off.

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use super::desk::{Desk, codes, parameter, request_field, step_path, text};

#[tokio::test]
async fn a_cycle_says_what_it_still_needs_and_runs_when_it_has_it() {
    let desk = Desk::open().await;
    let cycle = desk.cycle().await;
    let (unmet, activate) = (
        format!("{cycle}/prerequisites"),
        format!("{cycle}/activate"),
    );
    let kind = |code: i64, kind: &str| (code, kind.to_owned());
    assert_eq!(codes(&desk.read(&unmet).await), [kind(10, "Cycle")]);
    let first = desk.method_step(&cycle, "list-contacts").await;
    let second = desk.method_step(&cycle, "create-task").await;
    desk.post(
        &format!("{cycle}/variables"),
        json!({"DisplayName": "Region", "IsRequired": true}),
    )
    .await;

    let refused = desk.put(&activate, json!({"Interval": 60})).await;

    assert_eq!(refused.status, StatusCode::BAD_REQUEST);
    assert_eq!(
        refused.header("x-velodrome-code"),
        "cycle.unmet_prerequisites"
    );
    assert_eq!(refused.message(), "The cycle has unmet prerequisites.");
    let listed = refused.json()["Prerequisites"].clone();
    assert_eq!(
        listed[1],
        json!({"ReasonCode": 20, "Reason": "Unauthenticated connector", "ObjectType": "AccountConnector", "ObjectId": desk.connector})
    );
    assert_eq!(
        codes(&listed),
        [
            kind(11, "Cycle"),
            kind(20, "AccountConnector"),
            kind(30, "Action"),
            kind(30, "Action"),
            kind(40, "CycleVariable")
        ]
    );
    assert_eq!(listed[4]["ObjectId"], "Region");
    let of_step = desk
        .read(&format!("{}/prerequisites", step_path(&first)))
        .await;
    assert_eq!(of_step[0]["ObjectId"], parameter(&first, "list"));
    assert_eq!(codes(&of_step), [kind(40, "Parameter")]);
    let of_step = desk
        .read(&format!("{}/prerequisites", step_path(&second)))
        .await;
    assert_eq!(of_step[0]["ObjectId"], request_field(&second, "title"));
    assert_eq!(codes(&of_step), [kind(41, "ConnectorFieldMapping")]);

    desk.edge(&cycle, &first, &second).await;
    desk.authenticate().await;
    desk.put(&format!("{cycle}/variables/Region"), json!({"Value": "EU"}))
        .await;
    let list = format!(
        "{}/parameters/{}",
        step_path(&first),
        parameter(&first, "list")
    );
    desk.put(&list, json!({"Value": "7"})).await;
    let title = format!(
        "{}/fieldmappings/{}",
        step_path(&second),
        request_field(&second, "title")
    );
    desk.put(&title, json!({"Value": "Call"})).await;
    assert_eq!(desk.read(&unmet).await, json!([]));
    desk.activate(&cycle).await;
    assert_eq!(desk.read(&cycle).await["Status"], "Active");
}

#[tokio::test]
async fn the_schedule_is_judged_and_can_be_changed_while_it_runs() {
    let desk = Desk::open().await;
    let (cycle, _, _) = desk.contacts_to_tasks().await;
    let activate = format!("{cycle}/activate");
    let schedule = |shown: &Value| {
        ["Status", "Interval", "StartTime", "NextRunTime", "RunOnce"]
            .map(|name| shown[name].clone())
    };

    for (body, code) in [
        (json!({}), "cycle.interval_required"),
        (json!({"Interval": 0}), "cycle.interval_required"),
        (json!({"Interval": 7}), "cycle.interval"),
        (
            json!({"Interval": 60, "StartTime": "soon"}),
            "request.unreadable",
        ),
        (json!({"Interval": "often"}), "request.unreadable"),
    ] {
        let refused = desk.put(&activate, body.clone()).await;
        assert_eq!(refused.failure(), (400, code), "{body}");
    }
    let now = "2026-03-04T09:30:00Z";
    let active = desk
        .put(
            &activate,
            json!({"Interval": 60, "StartTime": "2020-01-01"}),
        )
        .await;
    assert_eq!(
        schedule(&active.json()),
        [
            json!("Active"),
            json!(60),
            json!(now),
            json!(now),
            json!(false)
        ]
    );
    let later = "2026-03-05T06:00:00Z";
    let moved = desk
        .put(&activate, json!({"Interval": "360", "StartTime": later}))
        .await;
    assert_eq!(
        schedule(&moved.json()),
        [
            json!("Active"),
            json!(360),
            json!(later),
            json!(later),
            json!(false)
        ]
    );
    let once = desk
        .put(&activate, json!({"RunOnce": true, "Interval": 7}))
        .await;
    assert_eq!(
        schedule(&once.json()),
        [
            json!("Active"),
            json!(0),
            json!(now),
            json!(now),
            json!(true)
        ]
    );
}

#[tokio::test]
async fn a_webhook_needs_no_interval_and_has_no_next_run() {
    let desk = Desk::open().await;
    let cycle = desk.cycle().await;
    let hook = desk.method_step(&cycle, "task-hook").await;
    let wait = desk.step(&cycle, json!({"ActionType": "WaitAll"})).await;
    desk.edge(&cycle, &hook, &wait).await;
    desk.authenticate().await;

    let call = desk.acme(desk.app.put(&format!("{cycle}/activate")));
    let active = call.send().await;

    assert_eq!(active.status, StatusCode::OK, "{}", active.text);
    let shown = active.json();
    assert_eq!(
        (&shown["Status"], &shown["NextRunTime"], &shown["Interval"]),
        (&json!("Active"), &json!(null), &json!(0))
    );
}

#[tokio::test]
async fn a_cycle_stops_at_a_word_and_an_inactive_one_is_fine() {
    let desk = Desk::open().await;
    let (cycle, _, _) = desk.contacts_to_tasks().await;
    let path = format!("{cycle}/deactivate");

    let idle = desk.put(&path, json!({})).await;
    desk.activate(&cycle).await;
    let stopped = desk.put(&path, json!({})).await;
    desk.activate(&cycle).await;
    // Nothing is in progress, so there is nothing to finish.
    let finished = desk
        .put(&format!("{path}?finishQueuedTransactions=true"), json!({}))
        .await;

    for answer in [idle, stopped, finished] {
        let shown = answer.json();
        assert_eq!(
            (&shown["Status"], &shown["NextRunTime"]),
            (&json!("Paused"), &json!(null))
        );
    }
    let nowhere = format!("/v1.0/cycles/{}/deactivate", uuid::Uuid::nil());
    assert_eq!(desk.put(&nowhere, json!({})).await.failure().0, 404);
    let audited = desk.app.audited(&desk.token).await;
    let count = |action: &str| audited.iter().filter(|one| *one == action).count();
    assert_eq!(
        (count("cycle.activated"), count("cycle.deactivated")),
        (2, 2)
    );
}

#[tokio::test]
async fn a_running_cycle_can_be_read_but_not_changed() {
    let desk = Desk::open().await;
    let (cycle, first, second) = desk.contacts_to_tasks().await;
    let edges = desk.read(&format!("{cycle}/edges")).await;
    desk.activate(&cycle).await;
    let (step, edge) = (text(&first["Id"]), text(&edges[0]["Id"]));
    let nil = uuid::Uuid::nil();

    for (method, path, body) in [
        (Method::PUT, cycle.clone(), json!({"Name": "x"})),
        (
            Method::POST,
            format!("{cycle}/steps"),
            json!({"ActionType": "Action"}),
        ),
        (Method::PUT, format!("{cycle}/steps/{step}"), json!({})),
        (Method::DELETE, format!("{cycle}/steps/{nil}"), json!({})),
        (
            Method::POST,
            format!("{cycle}/edges"),
            json!({"TailStepId": nil, "HeadStepId": nil}),
        ),
        (Method::DELETE, format!("{cycle}/edges/{edge}"), json!({})),
        (
            Method::POST,
            format!("{cycle}/variables"),
            json!({"DisplayName": "x"}),
        ),
        (Method::PATCH, format!("{cycle}/variables"), json!([])),
        (Method::PUT, format!("{cycle}/variables/nothing"), json!({})),
        (
            Method::DELETE,
            format!("{cycle}/variables/nothing"),
            json!({}),
        ),
        (
            Method::PUT,
            format!("{}/parameters/1", step_path(&first)),
            json!({}),
        ),
        (
            Method::POST,
            format!("{}/fieldmappings/1", step_path(&second)),
            json!({}),
        ),
    ] {
        let refused = desk.send(method.clone(), &path, body).await;
        assert_eq!(refused.failure(), (409, "cycle.running"), "{method} {path}");
    }
    for path in ["", "/steps", "/edges", "/variables", "/prerequisites"] {
        assert_eq!(
            desk.get(&format!("{cycle}{path}")).await.status,
            StatusCode::OK
        );
    }
}

#[tokio::test]
async fn a_connector_that_steps_use_is_kept_while_a_cycle_runs() {
    let desk = Desk::open().await;
    let (cycle, first, _) = desk.contacts_to_tasks().await;
    let connector = format!("/v1.0/account/connectors/{}", desk.connector);
    desk.activate(&cycle).await;

    let refused = desk.delete(&connector).await;
    desk.put(&format!("{cycle}/deactivate"), json!({})).await;
    let deleted = desk.delete(&connector).await;

    assert_eq!(refused.failure(), (409, "account_connector.in_use"));
    assert_eq!(
        refused.message(),
        "Account connector name Cycle Desk is in use."
    );
    assert_eq!(deleted.status, StatusCode::OK, "{}", deleted.text);
    let step = desk.read(&step_path(&first)).await;
    assert_eq!(
        (&step["AccountConnector"], &step["Method"]["Name"]),
        (&json!(null), &json!("List Contacts"))
    );
    let unmet = desk.read(&format!("{cycle}/prerequisites")).await;
    assert_eq!(unmet[0]["ObjectId"], desk.connector);
    assert_eq!(codes(&unmet), [(20, "AccountConnector".to_owned())]);
}
