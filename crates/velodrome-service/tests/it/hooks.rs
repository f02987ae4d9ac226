//! Webhooks of cycles at a provider that this process plays.

use chrono::TimeDelta;
use hmac::{Hmac, KeyInit as _, Mac as _};
use http::{HeaderMap, Method};
use serde_json::{Value, json};
use sha2::Sha256;
use velodrome_model::{
    AccountActor, CycleId, StepId,
    cycle::{CycleStatus, Exit},
};
use velodrome_service::{
    account_connectors::Install,
    calls::MethodRef,
    cycles::{Activation, CycleChange, NewEdge, StepAction, StepChange},
    library::ConnectorRef,
    steps::{InboundRequest, Reception, RunSteps as _},
};
use velodrome_store::{HookFacts, HookedMethod, Registration, RegistrationState};
use velodrome_testkit::{Answer, FakeUpstream, Received};

use crate::bench::Bench;

const CONNECTOR: &str = "Hook Desk";

/// A cycle that begins with a webhook.
struct Setup {
    bench: Bench,
    account: AccountActor,
    upstream: FakeUpstream,
    cycle: CycleId,
    trigger: StepId,
    of: HookedMethod,
}

impl Setup {
    async fn start() -> Self {
        let upstream = FakeUpstream::start();
        let bench = Bench::start().await;
        let account = bench.account("acme").await;
        let install = Install {
            properties: vec![("Address".into(), Some(upstream.url().into()))],
            ..Install::default()
        };
        let named = ConnectorRef::Name(CONNECTOR.to_owned());
        let installed = bench.connectors.install(&account, &named, None, install);
        let connector = installed.await.unwrap().connector;
        let new = CycleChange {
            name: Some("Things".into()),
            ..CycleChange::default()
        };
        let cycle = bench.cycles.create(&account, new).await.unwrap().cycle.id;
        let uid = |key: &str| match bench.method(CONNECTOR, key) {
            MethodRef::Uid(uid) => uid,
            MethodRef::Id(_) => unreachable!(),
        };
        let step = async |action, key: &str| {
            let new = StepChange {
                action: Some(action),
                account_connector: Some(Some(connector.id)),
                method_uid: Some(uid(key)),
                ..StepChange::default()
            };
            bench.cycles.add_step(&account, cycle, new).await.unwrap()
        };
        let trigger = step(StepAction::Webhook, "changed").await;
        let list = step(StepAction::Action, "list").await;
        let edge = NewEdge {
            tail: trigger,
            exit: Exit::Forward,
            head: list,
        };
        bench.cycles.connect(&account, cycle, edge).await.unwrap();
        let of = HookedMethod {
            account_connector: connector.id,
            connector: connector.connector,
            method: uid("changed"),
        };
        Self {
            bench,
            account,
            upstream,
            cycle,
            trigger,
            of,
        }
    }

    /// What the provider answers to a registration.
    fn registers(&self, answer: Value) {
        self.upstream
            .on("POST", "/hooks", Answer::json(answer.to_string()));
    }

    async fn activate(&self) {
        let cycles = &self.bench.cycles;
        let active = cycles.activate(&self.account, self.cycle, Activation::default());
        assert_eq!(active.await.unwrap().cycle.status, CycleStatus::Active);
    }

    async fn registration(&self) -> Option<Registration> {
        let unit = self.bench.bench.store.read(&self.account.scope).await;
        let unit = unit.unwrap();
        unit.registrations().of_step(self.trigger).await.unwrap()
    }

    /// Makes a registration due now.
    async fn due(&self) {
        let registration = self.registration().await.unwrap();
        let unit = self.bench.bench.store.begin(&self.account.scope).await;
        let unit = unit.unwrap();
        unit.registrations()
            .put_off(registration.id, Some(self.bench.bench.clock.now()), 0)
            .await
            .unwrap();
        unit.commit().await.unwrap();
    }

    fn asked(&self, method: &str) -> Vec<Received> {
        let calls = self.upstream.received().into_iter();
        calls.filter(|call| call.method == method).collect()
    }
}

#[tokio::test]
async fn what_a_crash_left_uncertain_is_asked_for_again_under_the_same_identity() {
    let setup = Setup::start().await;
    setup.registers(json!({ "id": "h-1" }));
    let unit = setup.bench.bench.store.begin(&setup.account.scope).await;
    let unit = unit.unwrap();
    // Somebody wrote down that it would ask, and died.
    let left = unit
        .registrations()
        .intend(
            setup.cycle,
            setup.trigger,
            setup.of,
            &HookFacts::default(),
            TimeDelta::zero(),
        )
        .await
        .unwrap();
    unit.commit().await.unwrap();

    setup.activate().await;
    setup.activate().await;

    let asked = setup.asked("POST");
    assert_eq!(asked.len(), 1);
    assert_eq!(
        asked[0].header("idempotency-key"),
        Some(left.to_string().as_str())
    );
    let registration = setup.registration().await.unwrap();
    assert_eq!(
        (registration.id, registration.state),
        (left, RegistrationState::Registered)
    );
    assert_eq!(registration.facts.unwrap().id.as_deref(), Some("h-1"));
}

#[tokio::test]
async fn a_secret_that_the_provider_gave_checks_the_signatures_of_what_it_posts() {
    let setup = Setup::start().await;
    setup.registers(json!({ "id": "h-1", "secret": "shh" }));
    setup.activate().await;
    let design = setup
        .bench
        .cycles
        .design(&setup.account, setup.cycle)
        .await
        .unwrap();
    let step = design.document.step(setup.trigger).unwrap();
    let body = br#"{"id":1}"#;
    let mut mac = Hmac::<Sha256>::new_from_slice(b"shh").unwrap();
    mac.update(body);
    let digest = mac.finalize().into_bytes();
    let hex: Vec<String> = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    let request = |signature: &str| InboundRequest {
        method: Method::POST,
        headers: HeaderMap::from_iter([
            (
                http::header::CONTENT_TYPE,
                "application/json".parse().unwrap(),
            ),
            ("x-signature".parse().unwrap(), signature.parse().unwrap()),
        ]),
        query: None,
        body: body.to_vec(),
    };
    let receive = async |signature: &str| {
        let (scope, document) = (setup.account.scope, &design.document);
        let request = request(signature);
        let steps = &setup.bench.steps;
        let graph = document.graph();
        let received = steps.receive(scope, setup.cycle, (document, &graph), step, &request);
        received.await.unwrap()
    };

    assert_eq!(
        receive(&hex.concat()).await,
        Reception::Accepted(vec![json!({ "id": 1 })])
    );
    assert_eq!(receive("00").await, Reception::Unsigned);
}

#[tokio::test]
async fn a_webhook_that_expires_is_renewed_while_its_cycle_runs() {
    let setup = Setup::start().await;
    setup.registers(json!({ "id": "h-1", "expires": "2100-01-01T00:00:00Z" }));
    setup.upstream.on_each(
        "PUT",
        "/hooks/h-1",
        [
            Answer::json(r#"{"expires":"2101-01-01T00:00:00Z"}"#),
            Answer::status(404),
        ],
    );
    setup
        .upstream
        .on("DELETE", "/hooks/h-1", Answer::status(404));
    setup.activate().await;

    setup.due().await;
    setup.bench.hooks.work().await.unwrap();

    let renewed = setup.registration().await.unwrap().facts.unwrap();
    assert_eq!(
        renewed.expires,
        Some("2101-01-01T00:00:00Z".parse().unwrap())
    );
    assert_eq!(
        (setup.asked("PUT").len(), setup.asked("POST").len()),
        (1, 1)
    );

    // One that the provider has forgotten is registered anew.
    setup.registers(json!({ "id": "h-2" }));
    setup.due().await;
    setup.bench.hooks.work().await.unwrap();
    setup.bench.hooks.work().await.unwrap();

    let anew = setup.registration().await.unwrap();
    assert_eq!(anew.state, RegistrationState::Registered);
    assert_eq!(anew.facts.unwrap().id.as_deref(), Some("h-2"));
    assert_eq!(setup.asked("DELETE")[0].header("x-id"), Some("h-1"));
}

#[tokio::test]
async fn a_webhook_that_stays_at_its_provider_is_told_after_five_repetitions() {
    let setup = Setup::start().await;
    setup.registers(json!({ "id": "h-1" }));
    setup
        .upstream
        .on("DELETE", "/hooks/h-1", Answer::status(500));
    setup.activate().await;
    let id = setup.registration().await.unwrap().id;
    let cycles = &setup.bench.cycles;
    cycles.delete(&setup.account, setup.cycle).await.unwrap();

    for _ in 0..6 {
        setup.bench.hooks.work().await.unwrap();
        let store = &setup.bench.bench.store;
        let unit = store.begin(&setup.account.scope).await.unwrap();
        let rows = unit.registrations();
        let known = rows.of_cycle(setup.cycle).await.unwrap();
        if let Some(one) = known.first() {
            let now = setup.bench.bench.clock.now();
            rows.put_off(id, Some(now), one.attempts).await.unwrap();
        }
        unit.commit().await.unwrap();
    }

    assert_eq!(setup.asked("DELETE").len(), 6);
    let store = &setup.bench.bench.store;
    let unit = store.read(&setup.account.scope).await.unwrap();
    assert_eq!(
        unit.registrations().of_cycle(setup.cycle).await.unwrap(),
        []
    );
    let filter = velodrome_store::IncidentFilter::default();
    let told = unit
        .runs()
        .incident_page(&filter, &velodrome_model::PageRequest::default())
        .await
        .unwrap();
    assert_eq!(told.items[0].message, "Webhook failed");
    let detail = told.items[0].detail.as_deref().unwrap();
    assert!(detail.contains("id h-1"), "{detail}");
}
