//! Steps over a desk that answers as it is told.

use std::{collections::HashMap, sync::Arc};

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use http::{HeaderMap, HeaderName, Method};
use serde_json::{Value, json};
use uuid::Uuid;
use velodrome_model::{
    AccountActor, AccountConnectorId, CycleId, EdgeId, StepId, TransactionId,
    cycle::{
        CollectionSplitting, Condition, CycleDocument, CycleSchedule, CycleSettings, Decision,
        DecisionRow, Delay, Edge, Exit, FieldSource, IncidentLevel, Mapping, MethodStep,
        OnUncertain, Role, Source, Step, StepDone, StepKind, StepOutcome, TimeUnit, Trouble,
        Variable, WaitReason, Ways, WebhookMapping, WebhookResponse,
    },
};
use velodrome_service::{
    StoreError,
    account_connectors::Install,
    calls::{MethodCall, MethodRef},
    library::ConnectorRef,
    steps::{
        InboundRequest, ListSink, Reception, RunSteps, StepData, StepRun, StepTrial, StepTrialError,
    },
};
use velodrome_store::NewCycle;
use velodrome_testkit::{Answer, FakeUpstream};

use crate::bench::Bench;

const CONNECTOR: &str = "Step Desk";
const KEY: &str = "the desk's own key";

/// A desk, installed in an account.
pub struct Desk {
    pub bench: Bench,
    pub actor: AccountActor,
    pub installed: AccountConnectorId,
    pub upstream: FakeUpstream,
}

impl Desk {
    async fn start() -> Self {
        Self::authenticated(Some(KEY)).await
    }

    async fn authenticated(key: Option<&str>) -> Self {
        let bench = Bench::start().await;
        let actor = bench.account("acme").await;
        let upstream = FakeUpstream::start();
        let install = Install {
            auth_value: key.map(Into::into),
            properties: vec![
                ("Address".into(), Some(upstream.url().into())),
                ("Secret".into(), Some("shared with the desk".into())),
            ],
            ..Install::default()
        };
        let connector = ConnectorRef::Name(CONNECTOR.to_owned());
        let installed = bench.connectors.install(&actor, &connector, None, install);
        let installed = installed.await.unwrap().connector.id;
        Self {
            bench,
            actor,
            installed,
            upstream,
        }
    }

    /// A step that runs a method, with these fields mapped; `?name` is a parameter.
    fn method(&self, number: u128, key: &str, mapped: &[(&str, Source)]) -> Step {
        method_step(&self.bench, CONNECTOR, self.installed, number, key, mapped)
    }

    async fn run(&self, document: &CycleDocument, of: u128, data: &[(u128, Value)]) -> StepOutcome {
        self.run_as(document, of, data, |run| run).await
    }

    async fn run_as(
        &self,
        document: &CycleDocument,
        of: u128,
        data: &[(u128, Value)],
        change: impl Fn(StepRun<'_>) -> StepRun<'_>,
    ) -> StepOutcome {
        let data = Data::of(data);
        let run = StepRun {
            scope: self.actor.scope,
            cycle: CycleId(Uuid::from_u128(77)),
            document,
            graph: &document.graph(),
            step: document.step(id(of)).unwrap(),
            transaction: TransactionId(Uuid::from_u128(78)),
            answered: 0,
            last_successful_run: None,
            data: &data,
            list: None,
        };
        self.bench.steps.run(change(run)).await.unwrap()
    }

    async fn receive(
        &self,
        document: &CycleDocument,
        of: u128,
        query: Option<&str>,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Reception {
        let mut all = HeaderMap::new();
        for (name, value) in headers {
            all.insert(HeaderName::try_from(*name).unwrap(), value.parse().unwrap());
        }
        let request = InboundRequest {
            method: Method::POST,
            headers: all,
            query: query.map(str::to_owned),
            body: body.into(),
        };
        let (cycle, step) = (CycleId(Uuid::from_u128(77)), document.step(id(of)).unwrap());
        let (scope, graph) = (self.actor.scope, document.graph());
        let received = self
            .bench
            .steps
            .receive(scope, cycle, (document, &graph), step, &request);
        received.await.unwrap()
    }
}

/// A step that runs a method of an installation, with these fields mapped; `?name` is a parameter.
pub fn method_step(
    bench: &Bench,
    connector: &str,
    installed: AccountConnectorId,
    number: u128,
    key: &str,
    mapped: &[(&str, Source)],
) -> Step {
    let MethodRef::Uid(method) = bench.method(connector, key) else {
        panic!("a stable id");
    };
    let of = |is_parameter: bool| {
        let own = mapped
            .iter()
            .filter(|(name, _)| name.starts_with('?') == is_parameter);
        own.map(|(name, source)| {
            let mapping = Mapping {
                source: Some(source.clone()),
                ..Mapping::default()
            };
            (name.trim_start_matches('?').to_owned(), mapping)
        })
        .collect()
    };
    let decides = ["get-status", "update-ok-outbound", "update-ok-inbound"].contains(&key)
        || key.starts_with("verify-");
    step(
        number,
        StepKind::Method(Box::new(MethodStep {
            account_connector: Some(installed),
            connector: bench.connector(connector),
            method,
            is_webhook: key.contains("hook"),
            decides,
            category: None,
            external_authentication: false,
            on_uncertain: OnUncertain::default(),
            parameters: of(true),
            fields: of(false),
            collection_keys: Vec::new(),
            webhook: None,
        })),
    )
}

pub struct Data(HashMap<StepId, Arc<Value>>);

impl Data {
    pub fn of(data: &[(u128, Value)]) -> Self {
        let each = data.iter();
        Self(
            each.map(|(of, data)| (id(*of), Arc::new(data.clone())))
                .collect(),
        )
    }
}

#[async_trait]
impl StepData for Data {
    async fn output(&self, step: StepId) -> Result<Option<Arc<Value>>, StoreError> {
        Ok(self.0.get(&step).cloned())
    }
}

pub fn id(number: u128) -> StepId {
    StepId(Uuid::from_u128(number))
}

fn step(number: u128, kind: StepKind) -> Step {
    Step {
        id: id(number),
        origin: None,
        name: format!("Step {number}"),
        description: None,
        position: Default::default(),
        on_error: None,
        splitting: None,
        script: None,
        is_setup_hidden: false,
        kind,
    }
}

/// Steps that follow each other by their first exits.
pub fn line(steps: Vec<Step>) -> CycleDocument {
    let edge = |pair: &[Step]| Edge {
        id: EdgeId(Uuid::from_u128(pair[0].id.0.as_u128() + 1000)),
        tail: pair[0].id,
        exit: match pair[0].role() {
            Role::Decision | Role::Method { decides: true } => Exit::True,
            _ => Exit::Forward,
        },
        head: pair[1].id,
    };
    CycleDocument {
        edges: steps.windows(2).map(edge).collect(),
        steps,
        ..CycleDocument::default()
    }
}

pub fn from(of: u128, location: &str) -> Source {
    Source::PreviousStep(FieldSource {
        step: Some(id(of)),
        location: Some(location.to_owned()),
    })
}

pub fn typed(text: &str) -> Source {
    Source::Static {
        value: Some(text.to_owned()),
    }
}

pub fn done(outcome: StepOutcome) -> StepDone {
    match outcome {
        StepOutcome::Done(done) => *done,
        other => panic!("{other:?}"),
    }
}

/// The message and the detail of a step that failed.
pub fn failed(outcome: StepOutcome) -> (Trouble, String) {
    match outcome {
        StepOutcome::Failed(failed) => {
            assert_eq!(failed.notice.level, IncidentLevel::Error);
            assert_eq!(failed.notice.message, failed.trouble.as_str());
            (failed.trouble, failed.notice.detail)
        }
        other => panic!("{other:?}"),
    }
}

fn contacts() -> Value {
    json!({"total": 2, "contacts": [{"id": 1, "born": "02.03.2001"}, {"id": "2", "born": null}]})
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_that_is_repeated_has_the_key_that_it_had() {
    let desk = Desk::start().await;
    desk.upstream
        .on("POST", "/deals", Answer::json("{\"id\":11}"));
    let mapped = [("contact", from(1, "[contacts].id"))];
    let document = line(vec![
        desk.method(1, "list-contacts", &[]),
        desk.method(2, "create-deal", &mapped),
    ]);
    let data = [(1, contacts())];

    for answered in [0, 0, 1] {
        let run = desk.run_as(&document, 2, &data, |run| StepRun { answered, ..run });
        done(run.await);
    }

    let calls = desk.upstream.received();
    let keys: Vec<_> = calls
        .iter()
        .map(|call| call.header("Idempotency-Key").unwrap())
        .collect();
    assert_eq!(keys[0..2], keys[2..4], "after a crash");
    assert_ne!(keys[0], keys[1], "two requests of one step");
    assert!(!keys[0..2].contains(&keys[4]), "after an answer");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_unsplit_list_makes_one_request_an_item_and_their_answers_a_list() {
    let desk = Desk::start().await;
    let answers = ["{\"id\":11}", "{\"id\":12}"].map(Answer::json);
    desk.upstream.on_each("POST", "/deals", answers);
    let document = line(vec![
        desk.method(1, "list-contacts", &[]),
        desk.method(
            2,
            "create-deal",
            &[
                ("contact", from(1, "[contacts].id")),
                (
                    "title",
                    typed(&format!("=`no. {{{{{} [contacts].id}}}}` + 1", id(1))),
                ),
            ],
        ),
        desk.method(
            3,
            "create-deal",
            &[("contact", from(2, "id")), ("title", from(2, "name"))],
        ),
    ]);
    let before = now();

    let first = done(desk.run(&document, 2, &[(1, contacts())]).await);
    let data = [(1, contacts())];
    let again = desk.run_as(&document, 2, &data, |run| StepRun { answered: 1, ..run });
    let again = done(again.await);

    assert_eq!(first.output, json!([{"id": 11}, {"id": 12}]));
    assert_eq!(first.ways, Ways::One(Exit::Forward));
    assert!(first.is_task);
    let looked_back = first.last_successful_run.unwrap();
    assert!(looked_back >= before && looked_back <= now());
    let received = desk.upstream.received();
    let bodies: Vec<Value> = received
        .iter()
        .map(|call| serde_json::from_slice(&call.body).unwrap())
        .collect();
    assert_eq!(
        bodies[..2],
        [
            json!({"contact": 1, "title": "no. 11"}),
            json!({"contact": 2, "title": "no. 21"})
        ]
    );
    assert_eq!(received[0].header("X-Key"), Some(KEY));
    let keys: Vec<_> = received
        .iter()
        .map(|call| call.header("Idempotency-Key").unwrap())
        .collect();
    assert_ne!(keys[0], keys[1]);
    assert_ne!(keys[0], keys[2], "an answered attempt is another request");
    assert_eq!(again.output, json!([{"id": 12}, {"id": 12}]));
    let record = &first.requests[0];
    assert!(
        record.request.starts_with("POST http"),
        "{}",
        record.request
    );
    assert!(!record.request.contains(KEY), "{}", record.request);
    assert!(
        record
            .response
            .as_ref()
            .unwrap()
            .ends_with("\r\n\r\n{\"id\":11}")
    );
    let missing: Vec<_> = first
        .warnings
        .iter()
        .map(|one| one.message.as_str())
        .collect();
    assert_eq!(missing, [Trouble::FieldsMissing.as_str()]);
    assert!(first.warnings[0].detail.contains("name"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_list_into_a_list_is_one_request_with_holes_left_out() {
    let desk = Desk::start().await;
    desk.upstream
        .on("POST", "/deals", Answer::json("{\"id\":1}"));
    let mut document = line(vec![
        desk.method(1, "list-contacts", &[]),
        desk.method(
            2,
            "create-deal",
            &[
                ("contact", from(1, "total")),
                ("[lines].sku", from(1, "[contacts].id")),
                ("[lines].note", from(1, "[contacts].born")),
            ],
        ),
    ]);
    document.settings.logs_requests = false;

    let done = done(desk.run(&document, 2, &[(1, contacts())]).await);

    let body: Value = serde_json::from_slice(&desk.upstream.received()[0].body).unwrap();
    assert_eq!(
        body,
        json!({"contact": 2, "lines": [{"sku": "1", "note": "02.03.2001"}, {"sku": "2"}]})
    );
    assert_eq!(done.output, json!({"id": 1}));
    assert_eq!(done.requests[0].request, "");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_trigger_is_split_by_its_main_list_and_ends_where_it_finds_nothing() {
    let desk = Desk::start().await;
    let found = [contacts().to_string(), "{\"contacts\":[]}".into()].map(Answer::json);
    desk.upstream.on_each("GET", "/contacts", found);
    desk.upstream.on(
        "GET",
        "/all",
        Answer::json("{\"users\":[{\"id\":1}],\"teams\":[]}"),
    );
    let mut document = line(vec![
        desk.method(1, "list-contacts", &[]),
        desk.method(2, "list-all", &[]),
    ]);
    let since = "2024-03-01T00:00:00Z".parse().unwrap();
    let split = |items| Ways::Split {
        exit: Exit::Forward,
        list: "[contacts]".into(),
        items,
    };

    let first = desk.run_as(&document, 1, &[], |run| StepRun {
        last_successful_run: Some(since),
        ..run
    });
    assert_eq!(done(first.await).ways, split(2));
    document.settings.splitting = CollectionSplitting::None;
    assert_eq!(done(desk.run(&document, 1, &[]).await).ways, split(0));
    document.settings.splitting = CollectionSplitting::All;
    let both = done(desk.run(&document, 2, &[]).await);

    assert_eq!(both.ways, Ways::One(Exit::Forward));
    assert_eq!(both.warnings[0].message, Trouble::CannotSplit.as_str());
    let received = desk.upstream.received();
    assert_eq!(received[0].query(), "since=2024-03-01");
    assert_eq!(
        received[1].query(),
        now().format("since=%Y-%m-%d").to_string()
    );
}

/// Keeps what it is given, and goes on from a mark where it has one.
#[derive(Default)]
struct Kept {
    pieces: parking_lot::Mutex<Vec<(String, usize)>>,
    mark: parking_lot::Mutex<Option<String>>,
    marks: parking_lot::Mutex<Vec<usize>>,
    is_list: std::sync::atomic::AtomicBool,
}

impl Kept {
    fn ids(&self) -> Vec<u64> {
        let mut ids = Vec::new();
        for (json, items) in self.pieces.lock().iter() {
            let some: Vec<Value> = serde_json::from_str(json).unwrap();
            assert_eq!(some.len(), *items);
            assert!(json.len() < 300_000);
            ids.extend(some.iter().map(|one| one["id"].as_u64().unwrap()));
        }
        ids
    }
}

#[async_trait::async_trait]
impl ListSink for Kept {
    async fn put(
        &self,
        behind: usize,
        items: Vec<(String, usize)>,
        mark: Option<String>,
    ) -> Result<(), StoreError> {
        assert_eq!(behind, self.items());
        self.pieces.lock().extend(items);
        if mark.is_some() {
            self.marks.lock().push(self.items());
            *self.mark.lock() = mark;
        }
        Ok(())
    }

    async fn mark(&self) -> Result<Option<String>, StoreError> {
        Ok(self.mark.lock().clone())
    }

    async fn piece(&self, number: usize) -> Result<String, StoreError> {
        Ok(self.pieces.lock()[number].0.clone())
    }

    fn items(&self) -> usize {
        self.pieces.lock().iter().map(|(_, items)| items).sum()
    }

    fn forget(&self) {
        self.pieces.lock().clear();
    }

    fn complete(&self) {
        self.is_list
            .store(true, std::sync::atomic::Ordering::Relaxed);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_list_too_long_for_memory_is_given_away_piece_by_piece() {
    let desk = Desk::start().await;
    let text = "x".repeat(1_000);
    let page = |page: usize| {
        let of = page * 3_000..(page * 3_000 + if page < 3 { 3_000 } else { 10 });
        let contacts: Vec<Value> = of.map(|id| json!({"id": id, "text": text})).collect();
        Answer::json(json!({"total": 9_010, "contacts": contacts}).to_string())
    };
    desk.upstream.on_each("GET", "/pages", (0..4).map(page));
    let list = desk.method(1, "list-pages", &[]);
    let mut next = desk.method(2, "create-deal", &[("contact", from(1, "[contacts].id"))]);
    let fields = &mut next.method_mut().unwrap().fields;
    let born = Mapping {
        source: Some(from(1, "[contacts].born")),
        ..Mapping::default()
    };
    fields.insert("title".into(), born);
    let document = line(vec![list, next]);
    let (kept, nothing) = (Kept::default(), Data::of(&[]));
    let run = StepRun {
        scope: desk.actor.scope,
        cycle: CycleId(Uuid::from_u128(77)),
        document: &document,
        graph: &document.graph(),
        step: document.step(id(1)).unwrap(),
        transaction: TransactionId(Uuid::from_u128(78)),
        answered: 0,
        last_successful_run: None,
        data: &nothing,
        list: Some(&kept),
    };

    let done = done(desk.bench.steps.run(run).await.unwrap());

    let split = Ways::Split {
        exit: Exit::Forward,
        list: "[contacts]".into(),
        items: 9_010,
    };
    assert_eq!(done.ways, split);
    assert_eq!(done.output, json!({"total": 9_010, "contacts": []}));
    assert_eq!(done.warnings.len(), 1, "{:?}", done.warnings);
    assert!(done.warnings[0].detail.contains("[contacts].born"));
    let ids = kept.ids();
    assert!(kept.is_list.into_inner());
    assert_eq!(ids, (0..9_010).collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_provider_refuses_is_told_with_the_redacted_exchange() {
    let desk = Desk::start().await;
    let answers = [
        Answer::json(format!("{{\"why\":\"not with {KEY}\"}}")).with_status(422),
        Answer::json("{}").with_status(401),
        Answer::json("{"),
        Answer::json("{}")
            .with_status(429)
            .header("Retry-After", "90"),
    ];
    desk.upstream.on_each("POST", "/deals", answers);
    let document = line(vec![
        desk.method(1, "list-contacts", &[]),
        desk.method(2, "create-deal", &[("contact", typed("7"))]),
    ]);
    let address = desk.upstream.address();

    let (trouble, detail) = failed(desk.run(&document, 2, &[]).await);
    assert_eq!(trouble, Trouble::CallFailed);
    let sent = &desk.upstream.received()[0];
    let key = sent.header("Idempotency-Key").unwrap();
    let agent = sent.header("User-Agent").unwrap();
    assert_eq!(
        detail,
        format!(
            "HTTP/1.1 422 Unprocessable Entity\r\n{{\"why\":\"not with REDACTED\"}}\r\n\r\nHTTP Request:\r\n\
             POST http://{address}/deals HTTP/1.1\r\nuser-agent: {agent}\r\naccept: application/json\r\n\
             content-type: application/json\r\nidempotency-key: {key}\r\nx-key: REDACTED\r\n\r\n{{\"contact\":7}}"
        )
    );
    assert_eq!(
        failed(desk.run(&document, 2, &[]).await).0,
        Trouble::AuthenticationFailed
    );
    assert_eq!(
        failed(desk.run(&document, 2, &[]).await).0,
        Trouble::UnexpectedFormat
    );
    match desk.run(&document, 2, &[]).await {
        StepOutcome::Blocked { until, notice } => {
            let wait = until - now();
            assert!(
                wait > TimeDelta::seconds(80) && wait <= TimeDelta::seconds(90),
                "{wait}"
            );
            assert_eq!(notice.level, IncidentLevel::Warning);
            assert!(
                notice.detail.starts_with("HTTP/1.1 429"),
                "{}",
                notice.detail
            );
        }
        other => panic!("{other:?}"),
    }
    // The account connector takes no calls now, and nothing is sent.
    let calls = desk.upstream.received().len();
    assert!(matches!(
        desk.run(&document, 2, &[]).await,
        StepOutcome::Blocked { .. }
    ));
    assert_eq!(desk.upstream.received().len(), calls);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_service_that_says_when_it_is_back_is_waited_for() {
    let desk = Desk::start().await;
    let busy = Answer::status(503).header("Retry-After", "30");
    desk.upstream.on("GET", "/contacts", busy);
    let document = line(vec![desk.method(1, "list-contacts", &[])]);

    let outcome = desk.run(&document, 1, &[]).await;

    assert!(
        matches!(outcome, StepOutcome::Blocked { .. }),
        "{outcome:?}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn values_that_do_not_fit_fail_before_anything_is_sent() {
    let desk = Desk::start().await;
    let data = [(
        1,
        json!({"total": null, "text": "x", "hostile": "'); throw 'never'; ('"}),
    )];
    for (contact, title, trouble, says) in [
        (
            from(1, "total"),
            None,
            Trouble::RequiredSourceEmpty,
            "contact",
        ),
        (
            from(1, "text"),
            None,
            Trouble::BuildFailed,
            "contact: a whole number is expected",
        ),
        (
            typed("=[1"),
            None,
            Trouble::BuildFailed,
            "contact: Script error: inline",
        ),
        (
            typed("=null"),
            None,
            Trouble::RequiredSourceEmpty,
            "contact",
        ),
        (
            typed("{{Nobody}}"),
            None,
            Trouble::BuildFailed,
            "{{Nobody}} has no value",
        ),
        (
            typed("1"),
            Some("=undefinedName"),
            Trouble::BuildFailed,
            "title: Script error: inline",
        ),
    ] {
        let mut mapped = vec![("contact", contact)];
        mapped.extend(title.map(|title| ("title", typed(title))));
        let document = line(vec![
            desk.method(1, "list-contacts", &[]),
            desk.method(2, "create-deal", &mapped),
        ]);
        let (found, detail) = failed(desk.run(&document, 2, &data).await);
        assert_eq!(found, trouble, "{detail}");
        assert!(detail.contains(says), "{detail}");
    }
    assert!(desk.upstream.received().is_empty());

    desk.upstream.on("POST", "/deals", Answer::json("{}"));
    let hostile = typed(&format!("='{{{{{} hostile}}}}' + '!'", id(1)));
    let document = line(vec![
        desk.method(1, "list-contacts", &[]),
        desk.method(
            2,
            "create-deal",
            &[("contact", typed("1")), ("title", hostile)],
        ),
    ]);
    done(desk.run(&document, 2, &data).await);
    let body: Value = serde_json::from_slice(&desk.upstream.received()[0].body).unwrap();
    assert_eq!(body["title"], "'); throw 'never'; ('!");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_condition_of_a_method_chooses_the_exit() {
    let desk = Desk::start().await;
    desk.upstream.respond("GET", "/status", |call| {
        Answer::json(format!(
            "{{\"ok\":{}}}",
            u8::from(call.query() == "contact=1")
        ))
    });
    let mut steps = vec![
        desk.method(1, "list-contacts", &[]),
        desk.method(2, "get-status", &[("?contact", from(1, "[contacts].id"))]),
        desk.method(3, "get-status", &[("?contact", from(1, "total"))]),
    ];
    steps[2].script = Some(
        "function after_action() { \
           if (cycle_variables.Flag !== 7 || method_response_fields_in_use.length) throw new Error('globals'); \
           method_response.ok = 1; method_response.id = cycle_step_id; }"
            .into(),
    );
    let mut document = line(steps);
    document.variables.push(Variable {
        display_name: "Flag".into(),
        system_name: "Flag".into(),
        description: None,
        value: Some("7".into()),
        values: None,
        data_type: velodrome_model::definition::DataType::Integer,
        is_required: false,
        is_sensitive: false,
        is_launch_visible: false,
    });

    let several = done(desk.run(&document, 2, &[(1, contacts())]).await);
    let one = done(desk.run(&document, 3, &[(1, contacts())]).await);

    assert_eq!(
        several.ways,
        Ways::Filtered {
            step: id(2),
            matching: Some(json!([{"ok": 1}])),
            rest: Some(json!([{"ok": 0}])),
        }
    );
    assert_eq!(one.ways, Ways::One(Exit::True));
    assert_eq!(one.output, json!({"ok": 1, "id": id(3).to_string()}));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn waits_end_when_they_should_and_not_after_the_data_is_gone() {
    let desk = Desk::start().await;
    let delay = |interval, unit| step(2, StepKind::Delay(Delay { interval, unit }));
    let until = |date| step(2, StepKind::WaitUntil { date });
    let soon = (now() + TimeDelta::hours(2)).to_rfc3339();
    let born = json!({"contacts": {"born": (now() + TimeDelta::days(2)).format("%d.%m.%Y").to_string()}, "text": "x"});
    let hours = |outcome: &StepOutcome| match outcome {
        StepOutcome::Wait { until, reason } => Some(((*until - now()).num_minutes() + 1, *reason)),
        _ => None,
    };
    for (step, expected) in [
        (
            delay(Some(2), Some(TimeUnit::Hours)),
            Ok((120, WaitReason::Delay)),
        ),
        (
            delay(Some(5), Some(TimeUnit::Weeks)),
            Err(Trouble::WaitTooLong),
        ),
        (
            delay(Some(u32::MAX), Some(TimeUnit::Weeks)),
            Err(Trouble::WaitTooLong),
        ),
        (
            delay(None, Some(TimeUnit::Weeks)),
            Err(Trouble::NoWaitCriteria),
        ),
        (until(Some(typed(&soon))), Ok((120, WaitReason::WaitUntil))),
        (until(Some(typed("2999-01-01"))), Err(Trouble::WaitTooLong)),
        (until(Some(from(1, "text"))), Err(Trouble::NoDateTime)),
        (
            until(Some(from(1, "missing"))),
            Err(Trouble::NoWaitCriteria),
        ),
        (until(None), Err(Trouble::NoWaitCriteria)),
    ] {
        let document = line(vec![desk.method(1, "list-contacts", &[]), step]);
        let outcome = desk.run(&document, 2, &[(1, born.clone())]).await;
        match expected {
            Ok(wait) => assert_eq!(hours(&outcome), Some(wait), "{outcome:?}"),
            Err(trouble) => assert_eq!(failed(outcome).0, trouble),
        }
    }
    let declared = line(vec![
        desk.method(1, "list-contacts", &[]),
        until(Some(from(1, "[contacts].born"))),
    ]);
    assert!(hours(&desk.run(&declared, 2, &[(1, born)]).await).is_some());
    let past = line(vec![
        desk.method(1, "list-contacts", &[]),
        until(Some(typed("2001-01-01"))),
    ]);
    assert_eq!(
        done(desk.run(&past, 2, &[]).await).ways,
        Ways::One(Exit::Forward)
    );
    let joined = line(vec![
        desk.method(1, "list-contacts", &[]),
        step(2, StepKind::WaitAll),
    ]);
    assert_eq!(desk.run(&joined, 2, &[]).await, StepOutcome::Joined);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_decision_parts_the_list_of_the_step_before() {
    let desk = Desk::start().await;
    let row = |left, condition, right| DecisionRow {
        left: Some(left),
        condition,
        right,
        upper: None,
        ignores_case: false,
    };
    let decide = |row| {
        let decision = Decision {
            criteria: vec![row],
            ..Decision::default()
        };
        line(vec![
            desk.method(1, "list-contacts", &[]),
            step(2, StepKind::Decision(decision)),
        ])
    };
    let born = decide(row(
        from(1, "[contacts].born"),
        Condition::LessThan,
        Some(typed("2001-03-05")),
    ));
    let script = decide(row(
        from(1, "total"),
        Condition::Equals,
        Some(typed(&format!("={{{{{} total}}}} * 1", id(1)))),
    ));
    let bad = decide(row(from(1, "total"), Condition::Matches, Some(typed("("))));
    let data = [(1, contacts())];

    let all = contacts()["contacts"].clone();
    let of = |item: &Value| Some(json!({"total": 2, "contacts": [item]}));
    assert_eq!(
        done(desk.run(&born, 2, &data).await).ways,
        Ways::Filtered {
            step: id(1),
            matching: of(&all[0]),
            rest: of(&all[1]),
        }
    );
    assert_eq!(
        done(desk.run(&script, 2, &data).await).ways,
        Ways::One(Exit::True)
    );
    assert_eq!(
        failed(desk.run(&bad, 2, &data).await).0,
        Trouble::BuildFailed
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn external_credentials_are_mapped_and_need_no_stored_ones() {
    let desk = Desk::authenticated(None).await;
    let answers = [Answer::json("{\"contacts\":[]}"), Answer::status(401)];
    desk.upstream.on_each("GET", "/contacts", answers);
    let mut mapped = desk.method(2, "list-contacts", &[("?ApiKey", from(1, "key"))]);
    let start = desk.method(1, "list-all", &[]);
    let document = line(vec![start.clone(), mapped.clone()]);
    let key = "a key of the run";

    let done = done(desk.run(&document, 2, &[(1, json!({"key": key}))]).await);
    assert_eq!(desk.upstream.received()[0].header("X-Key"), Some(key));
    assert!(!done.requests[0].request.contains(key));
    let refused = desk.run(&document, 2, &[(1, json!({"key": key}))]).await;
    assert_eq!(failed(refused).0, Trouble::AuthenticationFailed);

    let (trouble, detail) = failed(desk.run(&document, 2, &[(1, json!({}))]).await);
    assert_eq!(trouble, Trouble::AuthenticationFailed);
    assert!(detail.contains("ApiKey"), "{detail}");
    mapped.method_mut().unwrap().parameters.clear();
    let plain = line(vec![start, mapped]);
    assert_eq!(
        failed(desk.run(&plain, 2, &[]).await).0,
        Trouble::AuthenticationFailed
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_webhook_request_is_read_and_shown_to_the_scripts() {
    let desk = Desk::start().await;
    let document = line(vec![
        desk.method(1, "hook", &[]),
        desk.method(2, "list-all", &[]),
    ]);
    let mut whole = document.clone();
    whole.settings.splitting = CollectionSplitting::None;
    let form = ("content-type", "application/x-www-form-urlencoded");
    let xml = ("content-type", "application/xml");

    for (document, query, headers, body, expected) in [
        (
            &document,
            None,
            vec![],
            "{\"items\":[{\"id\":1},{\"id\":2}]}",
            json!([
            {"items": {"id": 1}, "seen": true}, {"items": {"id": 2}, "seen": true}]),
        ),
        (
            &whole,
            None,
            vec![],
            "{\"items\":[{\"id\":1}]}",
            json!([{"items": [{"id": 1}], "seen": true}]),
        ),
        (
            &whole,
            None,
            vec![form],
            "items[0][id]=1",
            json!([{"items": [{"id": "1"}], "seen": true}]),
        ),
        (
            &whole,
            None,
            vec![xml],
            "<items><id>1</id></items>",
            json!([{"items": {"id": "1"}, "seen": true}]),
        ),
        (
            &whole,
            Some("id=1"),
            vec![],
            "",
            json!([{"id": "1", "seen": true}]),
        ),
        (&document, None, vec![], "{\"items\":[]}", json!([])),
    ] {
        let received = desk.receive(document, 1, query, &headers, body).await;
        let Reception::Accepted(data) = received else {
            panic!("{received:?}");
        };
        assert_eq!(Value::from(data), expected, "{body}");
    }
    assert_eq!(
        desk.receive(&document, 1, None, &[], "{\"drop\":1}").await,
        Reception::Dropped
    );
    let answered = desk
        .receive(&document, 1, Some("challenge=yes"), &[], "{")
        .await;
    assert_eq!(
        answered,
        Reception::Answered(WebhookResponse {
            status: 202,
            headers: vec![("X-Step".into(), id(1).to_string())],
            body: "yes".into(),
        })
    );
    for (body, says) in [
        ("{\"fail\":1}", "no such ticket"),
        ("{\"a\":", "the body is no JSON"),
    ] {
        let received = desk.receive(&document, 1, None, &[], body).await;
        let Reception::Failed(notice) = received else {
            panic!("{received:?}");
        };
        assert_eq!(notice.message, Trouble::WebhookFailed.as_str());
        assert!(notice.detail.contains(says), "{}", notice.detail);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_webhook_with_a_wrong_signature_is_not_believed() {
    let desk = Desk::start().await;
    let document = line(vec![
        desk.method(1, "signed-hook", &[]),
        desk.method(2, "list-all", &[]),
    ]);
    // As `openssl dgst -sha256 -hmac 'shared with the desk'` signs the body.
    let good = "65904266c8d0d7ebed0ce2bc28b27a5e4d0a7deeae624c5b7f54160a408b3097";

    let believed = desk
        .receive(&document, 1, None, &[("X-Signature", good)], "{\"id\":1}")
        .await;
    let forged = desk
        .receive(&document, 1, None, &[("X-Signature", good)], "{\"id\":2}")
        .await;
    let unsigned = desk.receive(&document, 1, None, &[], "{\"id\":1}").await;

    assert_eq!(believed, Reception::Accepted(vec![json!({"id": 1})]));
    assert_eq!(
        (forged, unsigned),
        (Reception::Unsigned, Reception::Unsigned)
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_webhook_in_the_middle_parks_by_its_key() {
    let desk = Desk::start().await;
    let mut hook = desk.method(2, "hook", &[]);
    let start = desk.method(1, "list-contacts", &[]);
    let unset = line(vec![start.clone(), hook.clone()]);
    hook.method_mut().unwrap().webhook = Some(WebhookMapping {
        request: Some("id".into()),
        source: FieldSource {
            step: Some(id(1)),
            location: Some("total".into()),
        },
    });
    let document = line(vec![start, hook]);

    let parked = desk.run(&document, 2, &[(1, contacts())]).await;
    assert_eq!(parked, StepOutcome::Parked { key: "2".into() });
    let empty = desk.run(&document, 2, &[(1, json!({}))]).await;
    assert_eq!(failed(empty).0, Trouble::WebhookKeyMissing);
    let unset = desk.run(&unset, 2, &[(1, contacts())]).await;
    assert_eq!(failed(unset).0, Trouble::WebhookKeyMissing);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_synchronous_response_says_what_is_mapped() {
    let desk = Desk::start().await;
    let answer = |mapped: &[(&str, Source)]| {
        line(vec![
            desk.method(1, "hook", &[]),
            desk.method(2, "answer", mapped),
        ])
    };
    let data = [(1, json!({"name": "Ann"}))];
    let full = answer(&[
        ("said", from(1, "name")),
        ("Header.X-Desk", typed("7")),
        ("?StatusCode", typed("201")),
    ]);
    let plain = answer(&[("said", typed("ok"))]);
    let bad = answer(&[("said", typed("ok")), ("?StatusCode", typed("soon"))]);
    let empty = answer(&[("said", from(1, "missing"))]);
    let no_hook = line(vec![
        desk.method(1, "list-all", &[]),
        desk.method(2, "answer", &[("said", typed("ok"))]),
    ]);

    let said = |status, headers: Vec<(String, String)>, body| {
        Some(WebhookResponse {
            status,
            headers,
            body,
        })
    };
    assert_eq!(
        done(desk.run(&full, 2, &data).await).response,
        said(
            201,
            vec![("X-Desk".into(), "7".into())],
            json!({"said": "Ann"})
        )
    );
    assert_eq!(
        done(desk.run(&plain, 2, &data).await).response,
        said(200, vec![], json!({"said": "ok"}))
    );
    assert_eq!(
        failed(desk.run(&bad, 2, &data).await).0,
        Trouble::ResponseNotBuilt
    );
    assert_eq!(
        failed(desk.run(&empty, 2, &data).await).0,
        Trouble::ResponseNotBuilt
    );
    assert_eq!(
        failed(desk.run(&plain, 2, &[]).await).0,
        Trouble::TriggerDataMissing
    );
    assert_eq!(
        failed(desk.run(&no_hook, 2, &data).await).0,
        Trouble::TriggerMissing
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_steps_that_change_nothing_are_safe_to_repeat() {
    let desk = Desk::start().await;
    let mut asking = desk.method(4, "list-all", &[]);
    asking.script = Some("function after_action() { http_request({url: 'x'}); }".into());
    let document = line(vec![
        desk.method(1, "list-all", &[]),
        desk.method(2, "create-deal", &[]),
        step(3, StepKind::WaitAll),
        asking,
    ]);
    let data = Data::of(&[]);
    for (of, is_safe) in [(1, true), (2, false), (3, true), (4, false)] {
        let run = StepRun {
            scope: desk.actor.scope,
            cycle: CycleId(Uuid::from_u128(77)),
            document: &document,
            graph: &document.graph(),
            step: document.step(id(of)).unwrap(),
            transaction: TransactionId(Uuid::from_u128(78)),
            answered: 0,
            last_successful_run: None,
            data: &data,
            list: None,
        };
        assert_eq!(
            desk.bench.steps.is_safe(run).await.unwrap(),
            is_safe,
            "{of}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_accounts_connector_is_not_found() {
    let desk = Desk::start().await;
    let other = desk.bench.account("other").await;
    let document = line(vec![desk.method(1, "list-contacts", &[])]);

    let outcome = desk.run_as(&document, 1, &[], |run| StepRun {
        scope: other.scope,
        ..run
    });

    assert_eq!(failed(outcome.await).0, Trouble::BuildFailed);
    assert!(desk.upstream.received().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_step_is_tried_out_with_what_is_typed_and_nothing_is_kept() {
    let desk = Desk::start().await;
    desk.upstream
        .on("POST", "/deals", Answer::json("{\"id\":1}"));
    desk.upstream.on("GET", "/contacts", Answer::json("{}"));
    let mapped = [
        ("contact", from(1, "[contacts].id")),
        ("title", typed("fixed")),
    ];
    let mut trigger = desk.method(1, "list-contacts", &[]);
    trigger.script = Some(
        "function after_action() { cycle_storage_set('k', 'v'); method_response = {at: script_execution_context, of: transaction_id, kept: cycle_storage_get('k')}; }"
            .into(),
    );
    let document = line(vec![
        trigger,
        desk.method(2, "create-deal", &mapped),
        step(3, StepKind::WaitAll),
    ]);
    let unit = desk
        .bench
        .bench
        .store
        .begin(&desk.actor.scope)
        .await
        .unwrap();
    let new = NewCycle {
        id: CycleId(Uuid::from_u128(77)),
        name: "Deals".into(),
        description: None,
        settings: CycleSettings::default(),
        origin: None,
        schedule: CycleSchedule::default(),
        document,
    };
    unit.cycles().insert(new).await.unwrap();
    unit.commit().await.unwrap();
    let trial = |fields: Value| StepTrial {
        values: MethodCall {
            fields: fields.as_object().cloned().unwrap_or_default(),
            ..MethodCall::default()
        },
        last_successful_run: None,
    };
    let test = async |of: u128, fields: Value| {
        desk.bench
            .trials
            .test(&desk.actor, id(of), trial(fields))
            .await
    };

    let tried = test(2, json!({"contact": "7"})).await.unwrap();
    let reply = tried.result.unwrap();
    assert_eq!(reply.body.into_value().unwrap(), json!({"id": 1}));
    let body: Value = serde_json::from_slice(&desk.upstream.received()[0].body).unwrap();
    assert_eq!(body, json!({"contact": 7, "title": "fixed"}));
    assert!(reply.request.unwrap().contains("x-key: REDACTED"));

    let seen = test(1, json!({}))
        .await
        .unwrap()
        .result
        .unwrap()
        .body
        .into_value()
        .unwrap();
    assert_eq!(seen, json!({"at": "STEP_TESTING", "of": null, "kept": "v"}));
    assert_eq!(desk.upstream.received()[1].query(), "since=1970-01-01");
    let unit = desk
        .bench
        .bench
        .store
        .read(&desk.actor.scope)
        .await
        .unwrap();
    let state = unit.cycles().step_state(id(1)).await.unwrap().unwrap();
    assert_eq!(state.last_successful_run, None);
    drop(unit);

    let empty = test(2, json!({})).await.unwrap_err();
    assert!(
        matches!(
            &empty,
            StepTrialError::Failed {
                trouble: Trouble::RequiredSourceEmpty,
                ..
            }
        ),
        "{empty}"
    );
    assert!(matches!(
        test(3, json!({})).await,
        Err(StepTrialError::NotCallable)
    ));
    assert!(matches!(
        test(9, json!({})).await,
        Err(StepTrialError::NotFound)
    ));
    assert!(matches!(
        test(2, json!({"nothing": 1})).await,
        Err(StepTrialError::Call(_))
    ));
    let other = desk.bench.account("other").await;
    let theirs = desk
        .bench
        .trials
        .test(&other, id(2), trial(json!({})))
        .await;
    assert!(matches!(theirs, Err(StepTrialError::NotFound)));
}

#[expect(
    clippy::disallowed_methods,
    reason = "the bench runs on the real clock"
)]
fn now() -> DateTime<Utc> {
    Utc::now()
}
