//! A store of its own, a clock that only the test moves, and steps that do what the test says.

use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
};

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use parking_lot::Mutex;
use serde_json::{Value, json};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;
use velodrome_model::{
    Account, AccountActor, AccountErrorWebhook, AccountId, AccountScope, Clock, ConnectorId,
    CycleId, EdgeId, InstanceScope, MethodUid, PageRequest, Principal, PrincipalKind, SecretString,
    SharedClock, StepId, TransactionId,
    cycle::{
        CycleDocument, CycleSchedule, CycleSettings, CycleStatus, Delay, Edge, Exit, Graph,
        IncidentLevel, MethodStep, Notice, OnUncertain, Position, RequestRecord, RunSettings, Step,
        StepDone, StepFailed, StepKind, StepOutcome, Trouble, Ways, WebhookResponse,
    },
};
use velodrome_service::{
    Passwords, Settings,
    bootstrap::{Bootstrap, FirstAdministrator, bootstrap},
    runs::{Runs, Transactions, Webhooks},
    steps::{InboundRequest, Reception, RunSteps, StepRun},
};
use velodrome_store::{
    Database, Incident, IncidentFilter, NewCycle, Store, StoreError, StoreOptions, Transaction,
    TransactionFilter, seal::MasterKeys,
};
use velodrome_testkit::FreshDatabase;

pub struct Desk {
    pub store: Store,
    pub runs: Runs,
    pub steps: Arc<Script>,
    pub scope: AccountScope,
    pub webhooks: Webhooks,
    pub transactions: Transactions,
    pub settings: Settings,
    clock: Arc<Hand>,
    keys: SecretString,
    database: FreshDatabase,
}

async fn open(database: &FreshDatabase, keys: &SecretString, clock: &SharedClock) -> Store {
    Store::open(StoreOptions {
        database: Database::parse(database.url()).unwrap(),
        master_keys: MasterKeys::parse(keys).unwrap(),
        clock: clock.clone(),
        connections: 8,
    })
    .await
    .unwrap()
}

struct Hand(Mutex<DateTime<Utc>>);

impl Clock for Hand {
    fn now(&self) -> DateTime<Utc> {
        *self.0.lock()
    }
}

/// One run of a step, as the double saw it.
#[derive(Clone, Debug, PartialEq)]
pub struct Seen {
    pub step: StepId,
    pub transaction: TransactionId,
    pub answered: u32,
    pub last_successful_run: Option<DateTime<Utc>>,
    /// What the steps before gave, as the transaction sees it, by the order of the document.
    pub data: Vec<Value>,
}

/// Steps that do what the test says, and by default give `{}` and go on.
#[derive(Default)]
pub struct Script {
    outcomes: Mutex<HashMap<StepId, VecDeque<StepOutcome>>>,
    received: Mutex<VecDeque<Reception>>,
    pub log: Mutex<Vec<Seen>>,
    /// A step that is begun and never ends.
    stuck: Mutex<Option<StepId>>,
    pub begun: Notify,
    pub unsafe_steps: Mutex<Vec<StepId>>,
    pub has_response: Mutex<bool>,
}

impl Script {
    /// What the next run of a step gives.
    pub fn then(&self, step: StepId, outcome: StepOutcome) {
        self.outcomes
            .lock()
            .entry(step)
            .or_default()
            .push_back(outcome);
    }

    pub fn receives(&self, reception: Reception) {
        self.received.lock().push_back(reception);
    }

    pub fn sticks_at(&self, step: Option<StepId>) {
        *self.stuck.lock() = step;
    }

    pub fn runs_of(&self, step: StepId) -> Vec<Seen> {
        let log = self.log.lock();
        log.iter()
            .filter(|seen| seen.step == step)
            .cloned()
            .collect()
    }
}

#[async_trait]
impl RunSteps for Script {
    async fn run(&self, run: StepRun<'_>) -> Result<StepOutcome, StoreError> {
        let mut data = Vec::new();
        for step in &run.document.steps {
            if let Some(value) = run.data.output(step.id).await? {
                data.push(Value::clone(&value));
            }
        }
        self.log.lock().push(Seen {
            step: run.step.id,
            transaction: run.transaction,
            answered: run.answered,
            last_successful_run: run.last_successful_run,
            data,
        });
        if *self.stuck.lock() == Some(run.step.id) {
            self.begun.notify_one();
            std::future::pending::<()>().await;
        }
        let scripted = self
            .outcomes
            .lock()
            .get_mut(&run.step.id)
            .and_then(VecDeque::pop_front);
        Ok(scripted.unwrap_or_else(|| match &run.step.kind {
            StepKind::WaitAll => StepOutcome::Joined,
            _ => done(json!({})),
        }))
    }

    async fn is_safe(&self, run: StepRun<'_>) -> Result<bool, StoreError> {
        Ok(!self.unsafe_steps.lock().contains(&run.step.id))
    }

    async fn answers(
        &self,
        _: AccountScope,
        _: CycleId,
        _: &CycleDocument,
    ) -> Result<bool, StoreError> {
        Ok(*self.has_response.lock())
    }

    async fn receive(
        &self,
        _: AccountScope,
        _: CycleId,
        _: (&CycleDocument, &Graph),
        _: &Step,
        request: &InboundRequest,
    ) -> Result<Reception, StoreError> {
        let scripted = self.received.lock().pop_front();
        Ok(scripted.unwrap_or_else(|| {
            let value = serde_json::from_slice(&request.body).unwrap_or(Value::Null);
            Reception::Accepted(vec![value])
        }))
    }
}

/// A step that gives this and goes on.
pub fn done(output: Value) -> StepOutcome {
    by(output, Ways::One(Exit::Forward))
}

pub fn by(output: Value, ways: Ways) -> StepOutcome {
    StepOutcome::Done(Box::new(StepDone {
        output,
        ways,
        requests: vec![RequestRecord {
            request: "GET https://api.example.com/".into(),
            response: Some("200 OK".into()),
            duration_ms: 1,
        }],
        warnings: Vec::new(),
        is_task: true,
        last_successful_run: None,
        response: None,
    }))
}

/// A step that splits its list `items`.
pub fn split(items: usize) -> StepOutcome {
    let list: Vec<Value> = (0..items).map(|id| json!({ "id": id })).collect();
    let ways = Ways::Split {
        exit: Exit::Forward,
        list: "[items]".into(),
        items,
    };
    by(json!({ "items": list, "name": "all" }), ways)
}

pub fn answers(status: u16) -> StepOutcome {
    let StepOutcome::Done(mut step) = done(json!({})) else {
        unreachable!()
    };
    step.response = Some(WebhookResponse {
        status,
        headers: Vec::new(),
        body: json!({ "answer": 42 }),
    });
    StepOutcome::Done(step)
}

pub fn failed(trouble: Trouble) -> StepOutcome {
    StepOutcome::Failed(Box::new(StepFailed {
        trouble,
        notice: Notice {
            level: IncidentLevel::Error,
            message: trouble.as_str().into(),
            detail: "500 Internal Server Error".into(),
        },
        requests: vec![RequestRecord {
            request: "POST https://api.example.com/".into(),
            response: Some("500 Internal Server Error".into()),
            duration_ms: 1,
        }],
        is_task: true,
    }))
}

/// A graph being drawn: steps are numbered from 0, the first is the trigger.
pub struct Drawing {
    pub document: CycleDocument,
    pub id: CycleId,
    pub schedule: CycleSchedule,
}

impl Drawing {
    pub fn new() -> Self {
        Self {
            document: CycleDocument {
                settings: RunSettings::default(),
                ..CycleDocument::default()
            },
            id: CycleId(Uuid::new_v4()),
            schedule: CycleSchedule::default(),
        }
    }

    /// So many method steps in a row.
    pub fn line(steps: usize) -> Self {
        let mut drawing = Self::new();
        for number in 0..steps {
            drawing = drawing.step(method());
            if number > 0 {
                drawing = drawing.edge(number - 1, Exit::Forward, number);
            }
        }
        drawing
    }

    pub fn step(mut self, kind: StepKind) -> Self {
        let number = self.document.steps.len();
        self.document.steps.push(Step {
            id: StepId(Uuid::new_v4()),
            origin: None,
            name: format!("Step {number}"),
            description: None,
            position: Position::default(),
            on_error: None,
            splitting: None,
            script: None,
            is_setup_hidden: false,
            kind,
        });
        self
    }

    pub fn edge(mut self, tail: usize, exit: Exit, head: usize) -> Self {
        self.document.edges.push(Edge {
            id: EdgeId(Uuid::new_v4()),
            tail: self.at(tail),
            exit,
            head: self.at(head),
        });
        self
    }

    pub fn settings(mut self, change: impl FnOnce(&mut RunSettings)) -> Self {
        change(&mut self.document.settings);
        self
    }

    pub fn at(&self, number: usize) -> StepId {
        self.document.steps[number].id
    }
}

pub fn method() -> StepKind {
    StepKind::Method(Box::new(plain()))
}

pub fn plain() -> MethodStep {
    MethodStep {
        account_connector: None,
        connector: ConnectorId(1),
        method: MethodUid(Uuid::nil()),
        is_webhook: false,
        decides: false,
        category: None,
        external_authentication: false,
        on_uncertain: OnUncertain::Repeat,
        parameters: Default::default(),
        fields: Default::default(),
        collection_keys: Vec::new(),
        webhook: None,
    }
}

pub fn webhook() -> StepKind {
    StepKind::Method(Box::new(MethodStep {
        is_webhook: true,
        ..plain()
    }))
}

pub fn delay() -> StepKind {
    StepKind::Delay(Delay::default())
}

impl Desk {
    pub async fn new() -> Self {
        let database = FreshDatabase::create();
        let start = "2026-03-04T09:30:00Z".parse().unwrap();
        let hand = Arc::new(Hand(Mutex::new(start)));
        let clock: SharedClock = hand.clone();
        let keys = MasterKeys::generate();
        let store = open(&database, &keys, &clock).await;
        let public_url: url::Url = "http://127.0.0.1:8080".parse().unwrap();
        let first = Bootstrap {
            public_url: public_url.clone(),
            administrator: FirstAdministrator {
                email: "admin@localhost".into(),
                password: None,
            },
            client: None,
        };
        let passwords = Passwords::new(1).unwrap();
        let made = bootstrap(&store, &passwords, &clock, first).await.unwrap();
        let account = AccountId(Uuid::new_v4());
        let scope = AccountScope {
            partner: made.partner,
            account,
        };
        let unit = store.begin(&InstanceScope).await.unwrap();
        let unit = unit.into_partner(made.partner);
        unit.accounts()
            .insert(&account_named(account, "acme", start))
            .await
            .unwrap();
        unit.commit().await.unwrap();
        let steps = Arc::new(Script::default());
        let settings = Settings::new(store.clone(), public_url);
        let runs = Runs::new(store.clone(), clock, settings.clone(), steps.clone());
        Self {
            webhooks: Webhooks::new(&runs),
            transactions: Transactions::new(&runs),
            store,
            runs,
            steps,
            scope,
            settings,
            clock: hand,
            keys,
            database,
        }
    }

    /// Another node, with a store of its own over the same database, and the same steps.
    pub async fn stranger(&self) -> Runs {
        let clock = self.clock();
        let store = open(&self.database, &self.keys, &clock).await;
        Runs::new(store, clock, self.settings.clone(), self.steps.clone())
    }

    /// Another node over the same store, with the same steps.
    pub fn node(&self) -> Runs {
        self.node_with(self.steps.clone())
    }

    /// Another node over the same store, with steps of its own.
    pub fn node_with(&self, steps: Arc<dyn RunSteps>) -> Runs {
        let clock: SharedClock = self.clock.clone();
        Runs::new(self.store.clone(), clock, self.settings.clone(), steps)
    }

    /// Changes rows behind the back of the store, as a fault would; `$1` and so on in the statement.
    pub async fn sabotage(&self, sql: &str, values: impl IntoIterator<Item = sea_orm::Value>) {
        use sea_orm::ConnectionTrait as _;
        let db = sea_orm::Database::connect(self.database.url())
            .await
            .unwrap();
        let statement =
            sea_orm::Statement::from_sql_and_values(db.get_database_backend(), sql, values);
        let done = db.execute_raw(statement).await.unwrap();
        assert!(done.rows_affected() > 0, "{sql} changed nothing");
        db.close().await.unwrap();
    }

    /// Another account of the partner.
    pub async fn account(&self, key: &str) -> AccountScope {
        let account = AccountId(Uuid::new_v4());
        let unit = self.store.begin(&InstanceScope).await.unwrap();
        let unit = unit.into_partner(self.scope.partner);
        unit.accounts()
            .insert(&account_named(account, key, self.now()))
            .await
            .unwrap();
        unit.commit().await.unwrap();
        AccountScope {
            partner: self.scope.partner,
            account,
        }
    }

    pub fn actor(&self) -> AccountActor {
        AccountActor {
            scope: self.scope,
            key: "acme".parse().unwrap(),
            parent: None,
            restricted: false,
            principal: Principal {
                kind: PrincipalKind::Client,
                name: "tests".into(),
                address: None,
            },
        }
    }

    pub fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    pub fn clock(&self) -> SharedClock {
        self.clock.clone()
    }

    pub fn pass(&self, time: TimeDelta) {
        *self.clock.0.lock() += time;
    }

    /// Makes an active cycle.
    pub async fn cycle(&self, drawing: &Drawing) -> CycleId {
        self.cycle_of(self.scope, drawing).await
    }

    pub async fn cycle_of(&self, scope: AccountScope, drawing: &Drawing) -> CycleId {
        let unit = self.store.begin(&scope).await.unwrap();
        let mut cycle = unit
            .cycles()
            .insert(NewCycle {
                id: drawing.id,
                name: "Orders".into(),
                description: None,
                settings: CycleSettings::default(),
                origin: None,
                schedule: drawing.schedule,
                document: drawing.document.clone(),
            })
            .await
            .unwrap();
        cycle.status = CycleStatus::Active;
        unit.cycles().save(&cycle).await.unwrap();
        unit.commit().await.unwrap();
        cycle.id
    }

    pub async fn status(&self, cycle: CycleId) -> CycleStatus {
        let unit = self.store.read(&self.scope).await.unwrap();
        unit.cycles().get(cycle).await.unwrap().unwrap().status
    }

    /// Begins a run now.
    pub async fn begin(&self, cycle: CycleId) -> TransactionId {
        self.begin_of(self.scope, cycle).await
    }

    pub async fn begin_of(&self, scope: AccountScope, cycle: CycleId) -> TransactionId {
        self.begin_on(&self.runs, scope, cycle).await
    }

    /// Begins a run now, on another node.
    pub async fn begin_on(
        &self,
        node: &Runs,
        scope: AccountScope,
        cycle: CycleId,
    ) -> TransactionId {
        let unit = self.store.read(&scope).await.unwrap();
        let cycle = unit.cycles().get(cycle).await.unwrap().unwrap();
        drop(unit);
        node.begin(scope, &cycle).await.unwrap()
    }

    /// Claims one transaction.
    pub async fn claim(&self) -> Option<Transaction> {
        claim(&self.runs).await
    }

    /// Runs everything that is ready until nothing is.
    pub async fn settle(&self) {
        let stop = CancellationToken::new();
        // More than any test has to do.
        for _ in 0..1_000 {
            self.runs.look().await.unwrap();
            let claimed = self.runs.claim(4).await.unwrap();
            if claimed.is_empty() {
                return;
            }
            for transaction in claimed {
                self.runs.run(transaction, &stop).await;
            }
        }
        panic!("it does not come to rest");
    }

    pub async fn get(&self, id: TransactionId) -> Transaction {
        let unit = self.store.read(&self.scope).await.unwrap();
        unit.runs().find(id).await.unwrap().unwrap()
    }

    /// All transactions, the oldest first.
    pub async fn all(&self) -> Vec<Transaction> {
        self.all_of(self.scope).await
    }

    /// All transactions of an account, the oldest first.
    pub async fn all_of(&self, scope: AccountScope) -> Vec<Transaction> {
        let mut all = Vec::new();
        let filter = TransactionFilter::default();
        for number in 1.. {
            let mut request = PageRequest::new(Some(number), Some(1_000));
            request.order_by = Some("Id".into());
            request.ascending = Some(true);
            let unit = self.store.read(&scope).await.unwrap();
            let page = unit.runs().page(&filter, &request).await.unwrap();
            all.extend(page.items);
            if all.len() as u64 >= page.total {
                break;
            }
        }
        all
    }

    /// Levels and messages of incidents, the oldest first.
    pub async fn incidents(&self) -> Vec<(IncidentLevel, String)> {
        let found = self.incident_rows().await;
        found
            .into_iter()
            .map(|incident| (incident.level, incident.message))
            .collect()
    }

    pub async fn incident_rows(&self) -> Vec<Incident> {
        let mut request = PageRequest::new(None, Some(1_000));
        request.order_by = Some("Id".into());
        let unit = self.store.read(&self.scope).await.unwrap();
        let filter = IncidentFilter::default();
        let page = unit.runs().incident_page(&filter, &request).await.unwrap();
        page.items
    }
}

/// Claims one transaction on a node.
pub async fn claim(runs: &Runs) -> Option<Transaction> {
    runs.look().await.unwrap();
    runs.claim(1).await.unwrap().pop()
}

fn account_named(id: AccountId, key: &str, now: DateTime<Utc>) -> Account {
    Account {
        id,
        key: key.parse().unwrap(),
        name: key.into(),
        description: None,
        audit_info: None,
        task_audit_info: None,
        timezone: "UTC".into(),
        next_bill_at: now + TimeDelta::days(30),
        success_retention_hours: None,
        errored_retention_hours: None,
        error_webhook: AccountErrorWebhook::default(),
        concurrent_limit: None,
        parent: None,
        is_template_account: false,
        is_suspended: false,
        created_at: now,
    }
}
