//! What a step's connector is asked for while the step is set up: values to choose, and custom fields.

use serde_json::{Value, json};
use velodrome_model::{
    AccountActor, AccountConnectorId, CycleId, FieldId, MethodUid, StepId,
    cycle::{Exit, Mapping, Source},
};
use velodrome_service::{
    account_connectors::{CustomField, Install},
    calls::{LookupRequest, MethodRef},
    cycles::{
        CycleChange, CycleError, MappingChange, NewEdge, SourceChange, SourceKind, StepAction,
        StepChange,
    },
    library::ConnectorRef,
};
use velodrome_testkit::{Answer, FakeUpstream};

use crate::bench::Bench;

const CONNECTOR: &str = "Field Desk";

/// People become records, of a provider that this process plays.
struct Setup {
    bench: Bench,
    account: AccountActor,
    upstream: FakeUpstream,
    connector: AccountConnectorId,
    cycle: CycleId,
    people: StepId,
    record: StepId,
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
        let connector = installed.await.unwrap().connector.id;
        let new = CycleChange {
            name: Some("People".into()),
            ..CycleChange::default()
        };
        let cycle = bench.cycles.create(&account, new).await.unwrap().cycle.id;
        let step = async |key: &str| {
            let new = StepChange {
                action: Some(StepAction::Action),
                account_connector: Some(Some(connector)),
                method_uid: Some(uid(&bench, key)),
                ..StepChange::default()
            };
            bench.cycles.add_step(&account, cycle, new).await.unwrap()
        };
        let (people, record) = (step("list-people").await, step("create-record").await);
        let edge = NewEdge {
            tail: people,
            exit: Exit::Forward,
            head: record,
        };
        bench.cycles.connect(&account, cycle, edge).await.unwrap();
        Self {
            bench,
            account,
            upstream,
            connector,
            cycle,
            people,
            record,
        }
    }

    fn says(&self, path: &str, body: Value) {
        self.upstream
            .on("GET", path, Answer::json(body.to_string()));
    }

    async fn look_up(&self, step: StepId) -> Result<(), CycleError> {
        let cycles = &self.bench.cycles;
        cycles
            .look_up_custom_fields(&self.account, step)
            .await
            .map(|_| ())
    }

    async fn custom_field(&self, location: &str) -> Option<CustomField> {
        let connectors = &self.bench.connectors;
        let all = connectors.fields(&self.account, self.connector).await;
        let mut all = all.unwrap().into_iter();
        all.find(|one| one.draft.location == location)
    }

    async fn mapping(&self, location: &str) -> Option<Mapping> {
        let design = self.bench.cycles.design(&self.account, self.cycle).await;
        let design = design.unwrap();
        let step = design.step(self.record).unwrap();
        step.method().unwrap().fields.get(location).cloned()
    }
}

fn uid(bench: &Bench, key: &str) -> MethodUid {
    match bench.method(CONNECTOR, key) {
        MethodRef::Uid(uid) => uid,
        MethodRef::Id(_) => panic!("the bench names methods by their stable ids"),
    }
}

fn from(step: StepId, field: FieldId) -> MappingChange {
    MappingChange {
        source: SourceChange {
            kind: Some(SourceKind::PreviousStep),
            step: Some(Some(step)),
            field: Some(Some(field)),
            ..SourceChange::default()
        },
        is_launch_visible: None,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_parameter_offers_what_its_lookup_finds() {
    let setup = Setup::start().await;
    setup.says(
        "/people",
        json!({"people": [{"id": 1, "name": "Ana"}, {"id": 2, "name": "Bo"}]}),
    );
    let (cycles, account) = (&setup.bench.cycles, &setup.account);
    let design = cycles.design(account, setup.cycle).await.unwrap();
    let owner = design.parameters(setup.record).unwrap().remove(0).id;

    let asked = LookupRequest {
        query: Some("an".into()),
        ..LookupRequest::default()
    };
    let found = cycles
        .look_up_parameter(account, setup.record, owner, None, asked)
        .await
        .unwrap();
    setup.upstream.on("GET", "/people", Answer::status(500));
    let failed = cycles
        .look_up_parameter(account, setup.record, owner, None, LookupRequest::default())
        .await;

    let found: Vec<_> = found
        .iter()
        .map(|one| (one.name.as_str(), one.value.as_str()))
        .collect();
    assert_eq!(found, [("Ana", "1")]);
    assert!(matches!(failed, Err(CycleError::Call(_))));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn custom_fields_are_found_mapped_and_let_go() {
    let setup = Setup::start().await;
    let (bench, account) = (&setup.bench, &setup.account);
    setup.says("/people", json!({"people": [{"id": 1, "size": 42}]}));
    let size = json!([{"loc": "custom.size", "label": "Size", "type": 2}]);
    setup.says("/fields/Objects", size);

    setup.look_up(setup.people).await.unwrap();
    assert!(setup.custom_field("custom.size").await.is_none());
    setup.look_up(setup.record).await.unwrap();
    let target = setup.custom_field("custom.size").await.unwrap().id;
    let source = setup.custom_field("[people].size").await.unwrap().id;
    bench
        .cycles
        .map_field(account, setup.record, target, from(setup.people, source))
        .await
        .unwrap();
    let design = bench.cycles.design(account, setup.cycle).await.unwrap();
    let fields = design.fields(setup.record).unwrap();
    let shown = fields.iter().find(|one| one.field.id == target).unwrap();
    assert!(shown.field.is_custom);
    assert_eq!(shown.source.from.field, Some(source));

    bench
        .connectors
        .delete_field(account, setup.connector, source)
        .await
        .unwrap();
    let mapping = setup.mapping("custom.size").await.unwrap();
    assert_eq!(mapping.source, Some(Source::Ignore));
    bench
        .connectors
        .delete_field(account, setup.connector, target)
        .await
        .unwrap();
    assert_eq!(setup.mapping("custom.size").await, None);

    setup.look_up(setup.record).await.unwrap();
    setup.says("/fields/Objects", json!([]));
    setup.look_up(setup.record).await.unwrap();
    assert!(setup.custom_field("custom.size").await.is_none());
    setup
        .upstream
        .on("GET", "/fields/Objects", Answer::status(503));
    let failed = setup.look_up(setup.record).await;
    assert!(matches!(failed, Err(CycleError::Call(_))));
}
