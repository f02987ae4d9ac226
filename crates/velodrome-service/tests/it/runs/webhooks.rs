//! Requests to webhook steps.

use std::{sync::Arc, time::Duration};

use chrono::TimeDelta;
use http::{HeaderMap, Method};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use velodrome_model::{
    CycleId, PageRequest, StepId, TransactionId,
    cycle::{
        CycleSchedule, CycleStatus, Exit, FieldSource, IncidentLevel, MethodStep, Notice,
        StepErrorAction, StepKind, StepOutcome, TransactionStatus, Trouble, WaitReason,
        WebhookMapping, WebhookResponse,
    },
};
use velodrome_service::{
    runs::{Intake, Intaken, WebhookError},
    steps::{InboundRequest, Reception},
};

use super::desk::{Desk, Drawing, answers, done, failed, method, plain, webhook};

const KEY: &str = "w_key_of_the_trigger";

async fn key(desk: &Desk, step: StepId, key: &str) {
    let unit = desk.store.begin(&desk.scope).await.unwrap();
    unit.cycles().set_webhook_key(step, key).await.unwrap();
    unit.commit().await.unwrap();
}

/// A webhook, and a step behind it.
async fn listening(desk: &Desk) -> (Drawing, CycleId) {
    let drawing = Drawing::new()
        .step(webhook())
        .step(method())
        .edge(0, Exit::Forward, 1);
    let cycle = desk.cycle(&drawing).await;
    key(desk, drawing.at(0), KEY).await;
    (drawing, cycle)
}

/// The same, and an error of the step stops the transaction.
async fn stopping(desk: &Desk) -> Drawing {
    let drawing = Drawing::new()
        .step(webhook())
        .step(method())
        .edge(0, Exit::Forward, 1)
        .settings(|settings| settings.on_error = StepErrorAction::StopTransaction);
    desk.cycle(&drawing).await;
    key(desk, drawing.at(0), KEY).await;
    drawing
}

fn request(body: &Value) -> Intake {
    Intake {
        request: InboundRequest {
            method: Method::POST,
            headers: HeaderMap::from_iter([(
                http::header::CONTENT_TYPE,
                "application/json; charset=utf-8".parse().unwrap(),
            )]),
            query: Some("a=1".into()),
            body: body.to_string().into_bytes(),
        },
    }
}

async fn send(desk: &Desk, key: &str, body: &Value) -> Option<TransactionId> {
    match desk.webhooks.receive(key, request(body)).await.unwrap() {
        Intaken::Accepted(id) => id,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn what_is_acknowledged_is_committed_and_runs_with_its_data() {
    let desk = Desk::new().await;
    let (drawing, cycle) = listening(&desk).await;

    let id = send(&desk, KEY, &json!({"order": 7})).await.unwrap();
    // Another node, as if this one had died with the answer.
    let node = desk.node();
    let one = super::desk::claim(&node).await.unwrap();
    node.run(one, &CancellationToken::new()).await;

    assert_eq!(
        desk.steps.runs_of(drawing.at(1))[0].data,
        [json!({"order": 7})]
    );
    let ended = desk.get(id).await;
    assert_eq!(
        (ended.status, ended.tasks, ended.steps),
        (TransactionStatus::Completed, 2, 2)
    );
    let stored = desk
        .transactions
        .requests(&desk.actor(), cycle, (None, None), &PageRequest::default())
        .await
        .unwrap();
    let stored = &stored.items[0];
    assert_eq!(stored.transactions, [id]);
    assert_eq!(stored.content_type.as_deref(), Some("application/json"));
    assert_eq!((stored.size, stored.status), (11, 200));
}

#[tokio::test]
async fn refused_requests_leave_nothing_behind() {
    let desk = Desk::new().await;
    let (_, cycle) = listening(&desk).await;
    let body = json!({});
    let told = Notice {
        level: IncidentLevel::Error,
        message: "Webhook failed".into(),
        detail: "not JSON".into(),
    };

    let unknown = desk.webhooks.receive("w_other", request(&body)).await;
    desk.steps.receives(Reception::Unsigned);
    let unsigned = desk.webhooks.receive(KEY, request(&body)).await;
    desk.steps.receives(Reception::Failed(told));
    let unreadable = desk.webhooks.receive(KEY, request(&body)).await;
    desk.steps.receives(Reception::Dropped);
    let dropped = desk.webhooks.receive(KEY, request(&body)).await;
    let unit = desk.store.begin(&desk.scope).await.unwrap();
    let mut stopped = unit.cycles().get(cycle).await.unwrap().unwrap();
    stopped.status = CycleStatus::Paused;
    unit.cycles().save(&stopped).await.unwrap();
    unit.commit().await.unwrap();
    let paused = desk.webhooks.receive(KEY, request(&body)).await;
    let response = WebhookResponse {
        status: 202,
        headers: Vec::new(),
        body: json!("challenge"),
    };
    desk.steps.receives(Reception::Answered(response.clone()));
    let answered = desk.webhooks.receive(KEY, request(&body)).await;

    assert!(matches!(unknown, Err(WebhookError::UnknownKey)));
    assert!(matches!(unsigned, Err(WebhookError::Unsigned)));
    assert!(
        matches!(&unreadable, Err(WebhookError::Unreadable(text)) if text == "Webhook failed: not JSON")
    );
    assert!(matches!(dropped, Ok(Intaken::Accepted(None))));
    assert!(matches!(paused, Err(WebhookError::NotRunning)));
    assert_eq!(answered.unwrap(), Intaken::Respond(response));
    assert!(desk.all().await.is_empty());
    assert_eq!(desk.incidents().await.len(), 1);
}

#[tokio::test]
async fn a_cycle_that_runs_once_takes_one_request() {
    let desk = Desk::new().await;
    let mut drawing = Drawing::new()
        .step(webhook())
        .step(method())
        .edge(0, Exit::Forward, 1);
    drawing.schedule = CycleSchedule {
        runs_once: true,
        ..CycleSchedule::default()
    };
    desk.cycle(&drawing).await;
    key(&desk, drawing.at(0), KEY).await;

    let (body, other) = (json!({}), json!({}));
    let (one, two) = tokio::join!(
        desk.webhooks.receive(KEY, request(&body)),
        desk.webhooks.receive(KEY, request(&other)),
    );

    assert_eq!(
        [&one, &two]
            .into_iter()
            .filter(|taken| taken.is_ok())
            .count(),
        1
    );
    assert_eq!(desk.all().await.len(), 1);
}

#[tokio::test]
async fn a_stored_request_is_replayed_into_a_new_transaction() {
    let desk = Desk::new().await;
    let (drawing, cycle) = listening(&desk).await;
    send(&desk, KEY, &json!({"order": 7})).await.unwrap();
    desk.settle().await;
    let page = PageRequest::default();
    let stored = desk
        .transactions
        .requests(&desk.actor(), cycle, (None, None), &page)
        .await
        .unwrap();
    let id = stored.items[0].id;

    let again = desk
        .transactions
        .replay(&desk.actor(), cycle, id)
        .await
        .unwrap();
    desk.settle().await;

    assert_eq!(again.transaction.replayed_from, Some(id.0));
    let runs = desk.steps.runs_of(drawing.at(1));
    assert_eq!((runs.len(), &runs[1].data), (2, &vec![json!({"order": 7})]));
}

/// A trigger, a mid-cycle webhook that continues by `id`, and a step behind it.
async fn parking(desk: &Desk) -> (Drawing, CycleId) {
    let waits = MethodStep {
        is_webhook: true,
        webhook: Some(WebhookMapping {
            request: Some("id".into()),
            source: FieldSource::default(),
        }),
        ..plain()
    };
    let drawing = Drawing::new()
        .step(method())
        .step(StepKind::Method(Box::new(waits)))
        .step(method())
        .edge(0, Exit::Forward, 1)
        .edge(1, Exit::Forward, 2);
    let cycle = desk.cycle(&drawing).await;
    key(desk, drawing.at(1), KEY).await;
    (drawing, cycle)
}

fn parked(key: &str) -> StepOutcome {
    StepOutcome::Parked { key: key.into() }
}

#[tokio::test]
async fn a_request_continues_the_newest_transaction_that_waits_for_its_value() {
    let desk = Desk::new().await;
    let (drawing, cycle) = parking(&desk).await;
    let mut ids = Vec::new();
    for key in ["7", "7", "8"] {
        desk.steps.then(drawing.at(0), done(json!({"of": key})));
        desk.steps.then(drawing.at(1), parked(key));
        ids.push(desk.begin(cycle).await);
        desk.settle().await;
        desk.pass(TimeDelta::seconds(1));
    }
    assert_eq!(desk.get(ids[0]).await.wait, Some(WaitReason::Webhook));

    let continued = send(&desk, KEY, &json!({"id": " 7 ", "state": "paid"})).await;
    desk.settle().await;

    assert_eq!(continued, Some(ids[1]));
    let runs = desk.steps.runs_of(drawing.at(2));
    assert_eq!(
        runs[0].data,
        [json!({"of": "7"}), json!({"id": " 7 ", "state": "paid"})]
    );
    assert_eq!(desk.get(ids[0]).await.status, TransactionStatus::Waiting);
    assert_eq!(desk.get(ids[1]).await.status, TransactionStatus::Completed);

    let again = send(&desk, KEY, &json!({"id": "7", "state": "sent"}))
        .await
        .unwrap();
    desk.settle().await;

    assert_eq!(
        desk.get(again).await.parent,
        Some(ids[1]),
        "a repeated one goes on in a child"
    );
    let runs = desk.steps.runs_of(drawing.at(2));
    assert_eq!(
        runs[1].data,
        [json!({"of": "7"}), json!({"id": "7", "state": "sent"})]
    );
}

#[tokio::test]
async fn a_request_that_comes_first_is_matched_when_a_transaction_parks_within_15_minutes() {
    let desk = Desk::new().await;
    let (drawing, cycle) = parking(&desk).await;
    assert_eq!(send(&desk, KEY, &json!({"id": "7"})).await, None);
    assert_eq!(send(&desk, KEY, &json!({"id": "8"})).await, None);
    desk.pass(TimeDelta::minutes(14));
    desk.steps.then(drawing.at(1), parked("7"));
    let early = desk.begin(cycle).await;
    desk.settle().await;
    desk.pass(TimeDelta::minutes(2));
    desk.steps.then(drawing.at(1), parked("8"));
    let late = desk.begin(cycle).await;
    desk.settle().await;

    assert_eq!(desk.get(early).await.status, TransactionStatus::Completed);
    assert_eq!(
        desk.steps.runs_of(drawing.at(2))[0].data,
        [json!({}), json!({"id": "7"})]
    );
    assert_eq!(desk.get(late).await.status, TransactionStatus::Waiting);
}

#[tokio::test]
async fn a_parked_transaction_that_nobody_continues_is_stopped_after_its_retention() {
    let desk = Desk::new().await;
    let (drawing, cycle) = parking(&desk).await;
    desk.steps.then(drawing.at(1), parked("7"));
    let id = desk.begin(cycle).await;
    desk.settle().await;
    desk.pass(TimeDelta::days(31));
    desk.settle().await;

    assert_eq!(desk.get(id).await.status, TransactionStatus::Stopped);
    let told = (IncidentLevel::Warning, "Transaction Stopped".to_owned());
    assert_eq!(desk.incidents().await, [told]);
}

#[tokio::test]
async fn a_mid_cycle_request_without_its_key_field_is_an_incident() {
    let desk = Desk::new().await;
    parking(&desk).await;

    assert_eq!(send(&desk, KEY, &json!({"other": 1})).await, None);

    let told = (
        IncidentLevel::Error,
        "Failed to find the webhook source key".to_owned(),
    );
    assert_eq!(desk.incidents().await, [told]);
}

/// Sends to a cycle with a Synchronous Response while another node runs what comes.
async fn ask(desk: Arc<Desk>) -> Intaken {
    let asking = {
        let desk = Arc::clone(&desk);
        tokio::spawn(async move {
            desk.webhooks
                .receive(KEY, request(&json!({})))
                .await
                .unwrap()
        })
    };
    let node = desk.node();
    loop {
        match super::desk::claim(&node).await {
            Some(one) => {
                node.run(one, &CancellationToken::new()).await;
                break;
            }
            None => tokio::task::yield_now().await,
        }
    }
    asking.await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_waits_for_a_response_gets_it_from_whatever_node_runs_the_step() {
    let desk = Desk::new().await;
    let (drawing, _) = listening(&desk).await;
    *desk.steps.has_response.lock() = true;
    desk.steps.then(drawing.at(1), answers(201));
    let desk = Arc::new(desk);

    let told = ask(Arc::clone(&desk)).await;

    let expected = WebhookResponse {
        status: 201,
        headers: Vec::new(),
        body: json!({"answer": 42}),
    };
    assert_eq!(told, Intaken::Respond(expected));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_end_without_response_is_told_and_an_ignored_error_is_none() {
    let desk = Desk::new().await;
    let (drawing, _) = listening(&desk).await;
    *desk.steps.has_response.lock() = true;
    let desk = Arc::new(desk);
    assert_eq!(ask(Arc::clone(&desk)).await, Intaken::Nothing);

    desk.steps.then(drawing.at(1), failed(Trouble::CallFailed));
    assert_eq!(
        ask(Arc::clone(&desk)).await,
        Intaken::Nothing,
        "an ignored error is no end"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_error_that_stops_the_transaction_is_told() {
    let desk = Desk::new().await;
    let drawing = stopping(&desk).await;
    *desk.steps.has_response.lock() = true;
    desk.steps.then(drawing.at(1), failed(Trouble::CallFailed));

    assert!(matches!(ask(Arc::new(desk)).await, Intaken::Failed(_)));
}

#[tokio::test]
async fn who_waits_too_long_is_told_and_the_transaction_goes_on() {
    let desk = Desk::new().await;
    let (drawing, _) = listening(&desk).await;
    *desk.steps.has_response.lock() = true;
    desk.steps.then(drawing.at(1), answers(200));
    set_timeout(&desk, 1).await;

    let told = tokio::time::timeout(
        Duration::from_secs(30),
        desk.webhooks.receive(KEY, request(&json!({}))),
    );
    let told = told.await.unwrap().unwrap();
    desk.settle().await;

    let Intaken::TooLate(id) = told else {
        panic!("{told:?}");
    };
    assert_eq!(desk.get(id).await.status, TransactionStatus::Completed);
    let told = (
        IncidentLevel::Error,
        "Failed to return the webhook response".to_owned(),
    );
    assert_eq!(desk.incidents().await, [told]);
}

async fn set_timeout(desk: &Desk, seconds: i32) {
    let actor = velodrome_model::PartnerActor {
        scope: velodrome_model::PartnerScope {
            partner: desk.scope.partner,
        },
        principal: desk.actor().principal,
    };
    desk.settings
        .change_general(&actor, |general| {
            general.synchronous_webhook_timeout_seconds = seconds;
        })
        .await
        .unwrap();
}

#[tokio::test]
async fn a_request_is_judged_by_what_its_cycle_is_now_not_by_what_it_was() {
    let desk = Desk::new().await;
    let (drawing, cycle) = listening(&desk).await;
    send(&desk, KEY, &json!({"n": 1})).await.unwrap();
    desk.settle().await;
    let change = async |change: &dyn Fn(&mut velodrome_model::cycle::Cycle)| {
        let unit = desk.store.begin(&desk.scope).await.unwrap();
        let mut cycle = unit.cycles().get(cycle).await.unwrap().unwrap();
        change(&mut cycle);
        unit.cycles().save(&cycle).await.unwrap();
        unit.commit().await.unwrap();
    };
    let later = desk.now() + TimeDelta::hours(1);

    change(&|cycle| cycle.schedule.start = Some(later)).await;
    let early = desk.webhooks.receive(KEY, request(&json!({"n": 2}))).await;
    assert!(matches!(early, Err(WebhookError::NotRunning)));
    change(&|cycle| cycle.status = CycleStatus::Paused).await;
    let paused = desk.webhooks.receive(KEY, request(&json!({"n": 3}))).await;
    assert!(matches!(paused, Err(WebhookError::NotRunning)));
    change(&|cycle| {
        cycle.status = CycleStatus::Active;
        cycle.schedule.start = None;
    })
    .await;
    send(&desk, KEY, &json!({"n": 4})).await.unwrap();
    desk.settle().await;

    let runs = desk.steps.runs_of(drawing.at(1));
    let seen: Vec<_> = runs.iter().map(|run| run.data[0]["n"].clone()).collect();
    assert_eq!(seen, [1, 4]);
}

#[tokio::test]
async fn requests_that_come_together_are_each_stored_and_run_once() {
    let desk = Desk::new().await;
    let (drawing, cycle) = listening(&desk).await;
    send(&desk, KEY, &json!({"n": 0})).await.unwrap();

    let sent = (1..100).map(|n| {
        let body = json!({ "n": n });
        let desk = &desk;
        async move { send(desk, KEY, &body).await.unwrap() }
    });
    let mut ids = futures::future::join_all(sent).await;
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 99);
    desk.settle().await;

    let mut seen: Vec<u64> = desk
        .steps
        .runs_of(drawing.at(1))
        .iter()
        .map(|run| run.data[0]["n"].as_u64().unwrap())
        .collect();
    seen.sort_unstable();
    assert_eq!(seen, (0..100).collect::<Vec<_>>());
    let all = desk.all().await;
    assert!(
        all.iter()
            .all(|one| one.status == TransactionStatus::Completed
                && (one.cycle, one.tasks, one.steps) == (cycle, 2, 2))
    );
}

#[tokio::test]
async fn a_step_behind_a_webhook_that_waits_or_fails_stands_where_it_is() {
    let desk = Desk::new().await;
    let drawing = stopping(&desk).await;
    desk.steps.then(drawing.at(1), failed(Trouble::BuildFailed));
    let id = send(&desk, KEY, &json!({})).await.unwrap();
    let until = desk.now() + TimeDelta::minutes(5);
    let blocked = StepOutcome::Wait {
        until,
        reason: WaitReason::Delay,
    };
    desk.steps.then(drawing.at(1), blocked);
    let waiting = send(&desk, KEY, &json!({})).await.unwrap();

    desk.settle().await;

    let ended = desk.get(id).await;
    assert_eq!((ended.step, ended.is_past), (Some(drawing.at(1)), false));
    assert_eq!(ended.status, TransactionStatus::Errored);
    let waits = desk.get(waiting).await;
    assert_eq!((waits.step, waits.is_past), (Some(drawing.at(1)), true));
    assert_eq!(waits.status, TransactionStatus::Waiting);
}
