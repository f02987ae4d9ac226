//! What runs, over HTTP: requests in, transactions, incidents.

use axum::http::StatusCode;
use chrono::TimeDelta;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;
use velodrome_model::{
    AccountScope, ConnectorId, CycleId, EdgeId, InstanceScope, MethodUid, StepId,
    cycle::{
        CycleDocument, CycleSchedule, CycleSettings, CycleStatus, Edge, Exit, MethodStep,
        OnUncertain, Position, Step, StepErrorAction, StepKind,
    },
};
use velodrome_service::ledger::Ledger;
use velodrome_store::NewCycle;

use crate::app::{Answer, Call, TestApp};

const KEY: &str = "w_the_key_of_the_trigger";

/// An app with an account `acme` whose cycle has a webhook and a step behind it.
struct Room {
    app: TestApp,
    token: String,
    cycle: CycleId,
    scope: AccountScope,
}

impl Room {
    async fn new(second: &str) -> Self {
        let app = TestApp::start().await;
        let token = app.token().await;
        app.account(&token, "acme").await;
        let unit = app.store.begin(&InstanceScope).await.unwrap();
        let partner = unit.default_partner().await.unwrap().unwrap().id;
        let unit = unit.into_partner(partner);
        let account = unit.accounts().find("acme").await.unwrap().unwrap().id;
        let unit = unit.into_account(account);
        let scope = *unit.scope();
        let steps = vec![step("Trigger", true), step(second, false)];
        let trigger = steps[0].id;
        let edges = vec![Edge {
            id: EdgeId(Uuid::new_v4()),
            tail: trigger,
            exit: Exit::Forward,
            head: steps[1].id,
        }];
        let mut document = CycleDocument {
            steps,
            edges,
            ..CycleDocument::default()
        };
        document.settings.on_error = StepErrorAction::StopTransaction;
        let mut cycle = unit
            .cycles()
            .insert(NewCycle {
                id: CycleId(Uuid::new_v4()),
                name: "People to readers".into(),
                description: None,
                settings: CycleSettings::default(),
                origin: None,
                schedule: CycleSchedule::default(),
                document,
            })
            .await
            .unwrap();
        cycle.status = CycleStatus::Active;
        unit.cycles().save(&cycle).await.unwrap();
        unit.cycles().set_webhook_key(trigger, KEY).await.unwrap();
        unit.commit().await.unwrap();
        Self {
            app,
            token,
            cycle: cycle.id,
            scope,
        }
    }

    fn acme<'a>(&self, call: Call<'a>) -> Call<'a> {
        call.bearer(&self.token).header("x-cyclr-account", "acme")
    }

    async fn send(&self, body: &Value) -> Answer {
        let call = self.app.post(&format!("/api/webhook/{KEY}"));
        call.json(body).send().await
    }

    /// Sends, and runs what came of it.
    async fn run(&self, body: &Value) -> Value {
        let answer = self.send(body).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
        self.settle().await;
        answer.json()["TransactionId"].clone()
    }

    async fn settle(&self) {
        self.app.runs.look().await.unwrap();
        for one in self.app.runs.claim(10).await.unwrap() {
            self.app.runs.run(one, &CancellationToken::new()).await;
        }
    }

    async fn pause(&self) {
        let unit = self.app.store.begin(&self.scope).await.unwrap();
        let mut cycle = unit.cycles().get(self.cycle).await.unwrap().unwrap();
        cycle.status = CycleStatus::Paused;
        unit.cycles().save(&cycle).await.unwrap();
        unit.commit().await.unwrap();
    }

    fn path(&self, below: &str) -> String {
        format!("/v1.0/cycles/{}/{below}", self.cycle)
    }

    async fn get(&self, path: &str) -> Answer {
        self.acme(self.app.get(path)).send().await
    }
}

fn step(name: &str, is_webhook: bool) -> Step {
    Step {
        id: StepId(Uuid::new_v4()),
        origin: None,
        name: name.into(),
        description: None,
        position: Position::default(),
        on_error: None,
        splitting: None,
        script: None,
        is_setup_hidden: false,
        kind: StepKind::Method(Box::new(MethodStep {
            account_connector: None,
            connector: ConnectorId(1),
            method: MethodUid(Uuid::nil()),
            is_webhook,
            decides: false,
            category: None,
            external_authentication: false,
            on_uncertain: OnUncertain::Repeat,
            parameters: Default::default(),
            fields: Default::default(),
            collection_keys: Vec::new(),
            webhook: None,
        })),
    }
}

#[tokio::test]
async fn an_accepted_request_becomes_a_transaction_with_items() {
    let room = Room::new("Add Reader").await;

    let id = room.run(&json!({"email": "ana@example.com"})).await;

    let listed = room
        .get("/v1.0/cycles/transactions?status=completed&splitType=unsplit")
        .await;
    assert_eq!(listed.header("total-records"), "1", "{}", listed.text);
    let listed = listed.json();
    assert_eq!(listed[0]["Id"], id);
    assert_eq!(listed[0]["CycleName"], "People to readers");
    assert_eq!(
        (
            &listed[0]["Status"],
            &listed[0]["StepCount"],
            &listed[0]["TasksUsed"]
        ),
        (&json!("Completed"), &json!(2), &json!(2))
    );
    let items = room.path(&format!("transactions/{}", id.as_str().unwrap()));
    let all = room.get(&items).await.json();
    assert_eq!(all[0]["ActionType"], "Webhook");
    assert_eq!(all[1]["StepName"], "Add Reader");
    assert_eq!(
        all[1]["Request"],
        "POST https://api.example.com/people HTTP/1.1"
    );
    let found = room.get(&format!("{items}?query=ANA@")).await;
    assert_eq!(found.header("total-records"), "1");
    let of_cycle = room.get(&room.path("transactions?status=InProgress")).await;
    assert_eq!(of_cycle.json(), json!([]));
    let requests = room.get(&room.path("webhookrequests")).await.json();
    assert_eq!(requests[0]["Body"], r#"{"email":"ana@example.com"}"#);
    assert_eq!(requests[0]["TransactionIds"], json!([id]));
}

#[tokio::test]
async fn requests_are_refused_with_their_status() {
    let room = Room::new("Add Reader").await;
    let huge = room.app.post(&format!("/api/webhook/{KEY}"));
    let huge = huge.body(vec![b' '; 10 * 1024 * 1024 + 1]).send().await;
    let unknown = room
        .app
        .post("/api/webhook/w_other")
        .json(&json!({}))
        .send()
        .await;
    let dropped = room.send(&json!({"drop": true})).await;
    let verified = room.app.get(&format!("/api/webhook/{KEY}")).send().await;
    let challenged = room
        .app
        .get(&format!("/api/webhook/{KEY}?challenge=1"))
        .send()
        .await;
    room.pause().await;
    let paused = room.send(&json!({})).await;

    assert_eq!(huge.failure().0, 413);
    assert_eq!(unknown.failure(), (404, "webhook.unknown_key"));
    assert_eq!(
        dropped.json(),
        json!({"Message": "OK", "TransactionId": null})
    );
    assert_eq!(
        verified.json(),
        json!({"Message": "OK", "TransactionId": null})
    );
    assert_eq!(
        (challenged.status.as_u16(), challenged.text.as_str()),
        (200, "1")
    );
    assert_eq!(paused.failure(), (409, "cycle.not_running"));
    assert_eq!(
        room.get("/v1.0/cycles/transactions").await.json(),
        json!([])
    );
}

#[tokio::test]
async fn a_synchronous_response_sets_status_headers_and_body() {
    let room = Room::new("Response").await;

    let body = json!({"then": "answer"});
    let sending = room.send(&body);
    let running = async {
        let mut left = 1;
        while left > 0 {
            room.app.runs.look().await.unwrap();
            for one in room.app.runs.claim(1).await.unwrap() {
                room.app.runs.run(one, &CancellationToken::new()).await;
                left -= 1;
            }
            tokio::task::yield_now().await;
        }
    };
    let (answer, ()) = tokio::join!(sending, running);

    assert_eq!(answer.status, StatusCode::ACCEPTED, "{}", answer.text);
    assert_eq!(answer.header("x-answer"), "yes");
    assert_eq!(answer.json(), json!({"thanks": true}));
}

#[tokio::test]
async fn a_failed_transaction_has_an_incident_and_can_be_retried() {
    let room = Room::new("Add Reader").await;
    let id = room.run(&json!({"then": "fail"})).await;
    let id = id.as_str().unwrap();

    let errors = room.get("/v1.0/cycles/incidents/error").await.json();
    let warnings = room.get("/v1.0/cycles/incidents/warning").await.json();
    let by_level = room.get(&room.path("incidents/ERROR")).await.json();
    let unknown = room.get(&room.path("incidents/fatal")).await;
    let retry = room.path(&format!("transactions/{id}/retry"));
    let retried = room.acme(room.app.post(&retry)).send().await;
    let again = room.acme(room.app.post(&retry)).send().await;
    room.settle().await;
    let all = room.get(&room.path("incidents")).await;
    let deleted = room
        .acme(room.app.delete(&room.path("incidents")))
        .send()
        .await;
    let none = room.get(&room.path("incidents")).await.json();

    assert_eq!(errors[0]["ShortMessage"], "Failed to call the method");
    assert_eq!(errors[0]["FullMessage"], "404 Not Found");
    assert_eq!(errors[0]["StepName"], "Add Reader");
    assert_eq!(errors[0]["TransactionId"], id);
    assert_eq!(warnings, json!([]));
    assert_eq!(by_level, errors);
    assert_eq!(unknown.failure().0, 400);
    assert_eq!(retried.json()["Status"], "Queued", "{}", retried.text);
    assert_eq!(again.failure(), (409, "transaction.not_retryable"));
    assert_eq!(all.header("total-records"), "2");
    assert_eq!((deleted.status.as_u16(), deleted.text.as_str()), (200, ""));
    assert_eq!(none, json!([]));
}

#[tokio::test]
async fn incidents_that_say_the_same_are_one_cause() {
    let room = Room::new("Add Reader").await;
    for _ in 0..3 {
        room.run(&json!({"then": "fail"})).await;
    }

    let listed = room.get("/v1.0/cycles/incidents/causes").await;
    let causes = listed.json();
    let step = causes[0]["StepId"].as_str().expect("a step").to_owned();
    let said = causes[0]["ShortMessage"].as_str().expect("a message");
    let of_cause = room
        .get(&format!(
            "{}?stepId={step}&message={}",
            room.path("incidents/error"),
            said.replace(' ', "%20")
        ))
        .await;
    let of_another = room
        .get(&format!("{}?message=Else", room.path("incidents")))
        .await;
    let warnings = room
        .get("/v1.0/cycles/incidents/causes?level=warning")
        .await;
    let fatal = room.get("/v1.0/cycles/incidents/causes?level=fatal").await;
    let unknown = format!("/v1.0/cycles/incidents/causes?cycleId={}", Uuid::new_v4());

    assert_eq!(listed.header("total-records"), "1");
    assert_eq!(causes[0]["Count"], 3);
    assert_eq!(causes[0]["CycleName"], "People to readers");
    assert_eq!(causes[0]["StepName"], "Add Reader");
    assert_eq!(causes[0]["IncidentLevel"], "Error");
    assert!(causes[0]["FirstOnUtc"].as_str() <= causes[0]["LastOnUtc"].as_str());
    assert_eq!(of_cause.header("total-records"), "3");
    assert_eq!(of_another.json(), json!([]));
    assert_eq!(warnings.json(), json!([]));
    assert_eq!(fatal.failure().0, 400);
    assert_eq!(room.get(&unknown).await.failure().0, 404);
}

#[tokio::test]
async fn a_transaction_is_cancelled_once() {
    let room = Room::new("Add Reader").await;
    let id = room.send(&json!({})).await.json()["TransactionId"].clone();
    let path = room.path(&format!("transactions/{}/cancel", id.as_str().unwrap()));

    let cancelled = room.acme(room.app.put(&path)).send().await;
    let again = room.acme(room.app.put(&path)).send().await;
    room.settle().await;

    assert_eq!(
        cancelled.json()["Status"],
        "Cancelled",
        "{}",
        cancelled.text
    );
    assert_eq!(again.failure(), (409, "transaction.ended"));
    let listed = room.get("/v1.0/cycles/transactions").await.json();
    assert_eq!(listed[0]["StepCount"], 1);
}

#[tokio::test]
async fn another_accounts_transactions_are_not_found() {
    let room = Room::new("Add Reader").await;
    let id = room.run(&json!({"then": "fail"})).await;
    let id = id.as_str().unwrap();
    room.app.account(&room.token, "other").await;
    let other = async |call: Call<'_>| {
        let call = call.bearer(&room.token);
        call.header("x-cyclr-account", "other").send().await
    };

    let listed = room.app.get("/v1.0/cycles/transactions");
    assert_eq!(other(listed).await.json(), json!([]));
    let causes = room.app.get("/v1.0/cycles/incidents/causes");
    assert_eq!(other(causes).await.json(), json!([]));
    let this = format!("/v1.0/cycles/transactions?transactionId={id}");
    assert_eq!(other(room.app.get(&this)).await.json(), json!([]));
    for path in [
        room.path("transactions"),
        room.path(&format!("transactions/{id}")),
        room.path("incidents"),
        room.path("webhookrequests"),
    ] {
        assert_eq!(other(room.app.get(&path)).await.failure().0, 404, "{path}");
    }
    let cancel = room.path(&format!("transactions/{id}/cancel"));
    assert_eq!(other(room.app.put(&cancel)).await.failure().0, 404);
}

#[tokio::test]
async fn a_request_is_replayed() {
    let room = Room::new("Add Reader").await;
    room.run(&json!({"a": 1})).await;
    let requests = room.get(&room.path("webhookrequests")).await.json();
    let id = requests[0]["Id"].as_str().unwrap().to_owned();

    let path = room.path(&format!("webhookrequests/{id}/replay"));
    let replayed = room.acme(room.app.post(&path)).send().await;
    room.pause().await;
    let paused = room.acme(room.app.post(&path)).send().await;

    assert_eq!(replayed.status, StatusCode::CREATED, "{}", replayed.text);
    assert_eq!(replayed.json()["ReplayedFrom"], id);
    assert_eq!(paused.failure(), (409, "cycle.not_running"));
}

#[tokio::test]
async fn filters_that_are_no_words_or_dates_are_refused() {
    let room = Room::new("Add Reader").await;
    for query in ["status=Done", "splitType=half", "after=yesterday"] {
        let answer = room
            .get(&format!("/v1.0/cycles/transactions?{query}"))
            .await;
        assert_eq!(answer.failure().0, 400, "{query}");
    }
}

#[tokio::test]
async fn the_ledger_adds_up_and_an_alarm_names_what_is_lost() {
    let room = Room::new("Add Reader").await;
    let ledger = Ledger::new(room.app.store.clone());
    let lost = room.run(&json!({"email": "ana@example.com"})).await;
    room.run(&json!({"email": "bo@example.com"})).await;
    room.send(&json!({})).await;
    ledger.reconcile().await.unwrap();
    let get = async |path: &str| {
        let call = room.app.get(path).bearer(&room.token);
        call.send().await
    };

    let accounts = get("/v1.0/partner/ledger").await.json();
    let mut lines = accounts.as_array().unwrap().iter();
    let acme = lines.find(|line| line["AccountId"] == "acme").unwrap();
    assert_eq!(
        (&acme["Accepted"], &acme["Done"], &acme["Waiting"]),
        (&json!(3), &json!(2), &json!(1))
    );
    assert_eq!(
        (&acme["CycleId"], &acme["IsBalanced"]),
        (&Value::Null, &json!(true))
    );
    let cycles = get("/v1.0/partner/ledger?accountId=acme").await;
    assert_eq!(cycles.header("total-records"), "1");
    assert_eq!(cycles.json()[0]["CycleName"], "People to readers");

    let id: Uuid = lost.as_str().unwrap().parse().unwrap();
    let sql = "DELETE FROM cycle_transaction WHERE id = $1";
    room.app.sabotage(sql, [id.into()]).await;
    ledger.reconcile().await.unwrap();

    let alarms = get("/v1.0/partner/ledger/alarms?open=true").await.json();
    assert_eq!(alarms.as_array().unwrap().len(), 1, "{alarms}");
    assert_eq!(alarms[0]["TransactionId"], lost);
    assert_eq!(alarms[0]["Kind"], "TransactionsMissing");
    let path = format!("/v1.0/partner/ledger?accountId=acme&cycleId={}", room.cycle);
    let line = get(&path).await.json();
    assert_eq!(
        (&line[0]["Lost"], &line[0]["IsBalanced"]),
        (&json!(1), &json!(false))
    );
    let path = format!(
        "/v1.0/partner/ledger/alarms/{}/acknowledge",
        alarms[0]["Id"].as_str().unwrap()
    );
    let taken = room.app.post(&path).bearer(&room.token).send().await;
    assert_eq!(taken.json()["AcknowledgedBy"], "first-client");
    let open = get("/v1.0/partner/ledger/alarms?open=true").await.json();
    assert_eq!(open, json!([]));
    let logged = get("/v1.0/partner/auditlog?objectType=Transaction")
        .await
        .json();
    assert_eq!(logged[0]["Action"], "ledger.mismatch");
    assert_eq!(logged[0]["ObjectId"], lost);

    let failures = [
        get("/v1.0/partner/ledger?accountId=nobody").await,
        get(&format!("/v1.0/partner/ledger?cycleId={}", room.cycle)).await,
        get("/v1.0/partner/ledger/alarms?cycleId=x").await,
    ];
    assert_eq!(failures[0].failure(), (404, "account.not_found"));
    assert_eq!(failures[1].failure(), (400, "ledger.account_missing"));
    assert_eq!(failures[2].failure().0, 400);
}

#[tokio::test]
async fn reports_count_runs_errors_incidents_and_calls() {
    let room = Room::new("Fail").await;
    room.run(&json!({"then": "fail"})).await;
    room.run(&json!({"then": "fail"})).await;
    Ledger::new(room.app.store.clone())
        .reconcile()
        .await
        .unwrap();
    // A report ends before this instant.
    room.app.pass(TimeDelta::seconds(1));
    let get = async |path: &str| {
        let path = format!("/v1.0/partner/reports/{path}");
        let call = room.app.get(&path).bearer(&room.token);
        call.send().await
    };

    let days = get("runs?accountId=acme").await.json();
    let days = days.as_array().unwrap();
    assert_eq!(days.len(), 8);
    let today = days.last().unwrap();
    assert_eq!(today["StartsOnUtc"], "2026-03-04T00:00:00Z");
    assert_eq!((&today["Runs"], &today["Errored"]), (&json!(2), &json!(2)));
    assert_eq!(today["Latency"]["P50"], 1);
    assert_eq!(days[0]["Latency"]["P99"], Value::Null);
    let hours = get("runs?interval=hour&after=2026-03-04T08:00:00Z")
        .await
        .json();
    assert_eq!(hours.as_array().unwrap().len(), 2);
    assert_eq!(hours[1]["Runs"], 2);
    let cycles = get("cycles").await.json();
    assert_eq!(
        (
            &cycles[0]["CycleName"],
            &cycles[0]["Runs"],
            &cycles[0]["Errors"]
        ),
        (&json!("People to readers"), &json!(2), &json!(2))
    );
    let accounts = get("accounts").await.json();
    assert_eq!(
        (
            &accounts[0]["AccountId"],
            &accounts[0]["CycleId"],
            &accounts[0]["Errors"]
        ),
        (&json!("acme"), &Value::Null, &json!(2))
    );
    let causes = get("incidents?level=error").await.json();
    assert_eq!(causes.as_array().unwrap().len(), 1, "{causes}");
    assert_eq!(
        (&causes[0]["Count"], &causes[0]["StepName"]),
        (&json!(2), &json!("Fail"))
    );
    assert_eq!(get("incidents?level=warning").await.json(), json!([]));
    let calls = get("calls?group=step").await.json();
    assert_eq!(
        (
            &calls[0]["StepName"],
            &calls[0]["Calls"],
            &calls[0]["Errored"]
        ),
        (&json!("Fail"), &json!(2), &json!(2))
    );

    let failures = [
        get("runs?accountId=nobody").await,
        get("runs?interval=week").await,
        get("cycles?after=2026-03-04&before=2026-03-03").await,
        get("runs?interval=hour&after=2026-01-01").await,
    ];
    let failures: Vec<_> = failures.iter().map(Answer::failure).collect();
    assert_eq!(
        failures,
        [
            (404, "account.not_found"),
            (400, "request.unknown_word"),
            (400, "report.period_invalid"),
            (400, "report.period_too_long"),
        ]
    );
}

#[tokio::test]
async fn transactions_are_filtered_resumed_and_skipped() {
    let room = Room::new("Fail").await;
    let id = room.run(&json!({"then": "fail"})).await;
    let id = id.as_str().unwrap();
    room.send(&json!({})).await;
    let count = async |query: &str| {
        let listed = room
            .get(&format!("/v1.0/cycles/transactions?{query}"))
            .await;
        listed.header("total-records").to_owned()
    };

    assert_eq!(count("hasErrors=true").await, "1");
    assert_eq!(count("hasErrors=false").await, "1");
    assert_eq!(count("hasWarnings=true").await, "0");
    assert_eq!(count(&format!("transactionId={id}")).await, "1");
    assert_eq!(count(&format!("parentTransactionId={id}")).await, "0");
    assert_eq!(count("waitReason=retry").await, "0");
    let act = async |word: &str| {
        let path = room.path(&format!("transactions/{id}/{word}"));
        room.acme(room.app.post(&path)).send().await
    };
    assert_eq!(
        act("resume").await.failure(),
        (409, "transaction.not_waiting")
    );
    let skipped = act("skip").await;
    assert_eq!(skipped.json()["Status"], "Queued", "{}", skipped.text);
    room.settle().await;
    let listed = room
        .get(&format!("/v1.0/cycles/transactions?transactionId={id}"))
        .await;
    assert_eq!(listed.json()[0]["Status"], "Completed", "{}", listed.text);
    assert_eq!(
        act("skip").await.failure(),
        (409, "transaction.not_skippable")
    );
    let again = act("rerun").await;
    assert_eq!(again.status, StatusCode::CREATED, "{}", again.text);
    assert_eq!(again.json()["ReplayedFrom"], *id);
    room.settle().await;
    let listed = room
        .get("/v1.0/cycles/transactions?hasErrors=true&status=errored")
        .await;
    // It has the data of the request that made the first one fail.
    assert_eq!(listed.json()[0]["Id"], again.json()["Id"]);
    let items = room.get(&room.path(&format!("transactions/{id}"))).await;
    let [first, second] = [0, 1].map(|item| items.json()[item]["StepId"].clone());
    let from = async |step: &Value| {
        let step = step.as_str().unwrap();
        act(&format!("steps/{step}/retry")).await
    };
    assert_eq!(
        from(&first).await.failure(),
        (409, "transaction.step_not_tried")
    );
    let made = from(&second).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text);
    assert_eq!(made.json()["ParentTransactionId"], *id);
    assert_eq!(made.json()["CurrentStepId"], second);
    let log = room.app.get("/v1.0/partner/auditlog").bearer(&room.token);
    let log = log.send().await.json();
    assert_eq!(log[0]["Action"], "transaction.retried_from_step");
    assert_eq!(log[1]["Action"], "transaction.rerun");
    assert_eq!(log[2]["Action"], "transaction.skipped");
}
