//! Custom fields that lookups find: when they are looked for, what becomes of them, and calls with them.

use serde_json::{Value, json};
use velodrome_model::{AccountActor, AccountConnectorId, CategoryCopyId, definition::DataType};
use velodrome_service::{
    account_connectors::{
        AccountConnectorError, CustomField, CustomFieldDraft, FieldDetails, Install,
        NewCategoryCopy,
    },
    authentication::{Next, Typed},
    calls::{CallFailure, MethodCall},
    library::ConnectorRef,
};
use velodrome_testkit::{Answer, FakeUpstream};

use crate::{bench::Bench, journeys::visitor};

const CONNECTOR: &str = "Field Desk";

async fn install(
    bench: &Bench,
    actor: &AccountActor,
    upstream: &FakeUpstream,
) -> AccountConnectorId {
    let install = Install {
        properties: vec![("Address".into(), Some(upstream.url().into()))],
        ..Install::default()
    };
    let connector = ConnectorRef::Name(CONNECTOR.to_owned());
    let installed = bench.connectors.install(actor, &connector, None, install);
    installed.await.unwrap().connector.id
}

/// A provider with fields of its own.
fn desk() -> FakeUpstream {
    let upstream = FakeUpstream::start();
    says(
        &upstream,
        "/fields/Objects",
        json!([
            {"loc": "custom.colour", "label": "Colour", "type": 1, "options": ["red", "blue"]},
            {"loc": "custom.size", "label": "Size", "type": 2, "default": "7"},
            {"loc": "custom.total", "label": "Total", "type": 3, "readonly": true},
            {"loc": "name", "label": "Not this one", "type": 1},
            {"label": "Without a location"},
        ]),
    );
    says(
        &upstream,
        "/people",
        json!({"people": [{"id": 1, "shoeSize": 42}]}),
    );
    upstream
}

fn says(upstream: &FakeUpstream, path: &str, body: Value) {
    upstream.on("GET", path, Answer::json(body.to_string()));
}

/// Opens the setup and lists what there is.
async fn fields(bench: &Bench, actor: &AccountActor, id: AccountConnectorId) -> Vec<CustomField> {
    bench.custom_fields.open(actor, id).await.unwrap();
    bench.connectors.fields(actor, id).await.unwrap()
}

fn shown(fields: &[CustomField]) -> Vec<(&str, Option<&str>, bool)> {
    let mut shown: Vec<_> = fields
        .iter()
        .map(|field| {
            let draft = &field.draft;
            let entity = draft.details.entity.as_deref();
            (draft.location.as_str(), entity, draft.details.is_dynamic)
        })
        .collect();
    shown.sort_unstable();
    shown
}

async fn copy(
    bench: &Bench,
    actor: &AccountActor,
    id: AccountConnectorId,
    name: &str,
    value: Option<&str>,
) -> CategoryCopyId {
    let new = NewCategoryCopy {
        source_category: "Objects".into(),
        object_name: name.into(),
        object_value: value.map(Into::into),
    };
    let copied = bench.connectors.copy_category(actor, id, new);
    copied.await.unwrap().id
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fields_are_found_when_the_setup_opens_and_not_again_within_ten_minutes() {
    let upstream = desk();
    let bench = Bench::start().await;
    let account = bench.account("acme").await;
    let id = install(&bench, &account, &upstream).await;

    let found = fields(&bench, &account, id).await;
    let calls = upstream.received().len();
    let again = fields(&bench, &account, id).await;

    assert_eq!(
        shown(&found),
        [
            ("[people].shoeSize", None, true),
            ("custom.colour", Some("Objects"), true),
            ("custom.size", Some("Objects"), true),
        ]
    );
    let size = found
        .iter()
        .find(|field| field.draft.location == "custom.size");
    let size = &size.unwrap().draft;
    assert!(size.for_request);
    assert_eq!(size.details.data_type, DataType::Integer);
    assert_eq!(size.details.display_name, "Size");
    assert_eq!(again, found);
    assert_eq!(upstream.received().len(), calls);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn authenticating_looks_for_fields_at_once() {
    let upstream = desk();
    let bench = Bench::start().await;
    let account = bench.account("acme").await;
    let id = install(&bench, &account, &upstream).await;

    let begun = bench
        .authentications
        .begin(&visitor(&account, "a-browser"), id, &Typed::new())
        .await
        .unwrap();
    // Whoever opens the setup meanwhile waits for the search that goes on.
    upstream.wait_for_calls(1, std::time::Duration::from_secs(20));
    let found = fields(&bench, &account, id).await;

    assert!(matches!(begun, Next::Done { problem: None, .. }));
    assert_eq!(found.len(), 3);
    assert_eq!(upstream.received().len(), 2, "each lookup ran once");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_object_has_fields_of_its_own() {
    let upstream = desk();
    says(
        &upstream,
        "/fields/invoice__c",
        json!([{"loc": "custom.colour", "label": "Ink", "type": 1}, {"loc": "custom.due", "label": "Due", "type": 5}]),
    );
    let bench = Bench::start().await;
    let account = bench.account("acme").await;
    let id = install(&bench, &account, &upstream).await;
    fields(&bench, &account, id).await;

    let invoice = copy(&bench, &account, id, "Invoice", Some("invoice__c")).await;
    let found = fields(&bench, &account, id).await;

    assert_eq!(
        shown(&found),
        [
            ("[people].shoeSize", None, true),
            ("custom.colour", Some("Invoice"), true),
            ("custom.colour", Some("Objects"), true),
            ("custom.due", Some("Invoice"), true),
            ("custom.size", Some("Objects"), true),
        ]
    );

    upstream.on("POST", "/records/invoice__c", Answer::json("{}"));
    let method = bench.method(CONNECTOR, "create-record");
    let call = |location: &str| MethodCall {
        fields: [(location.to_owned(), json!("2030-01-01T00:00:00Z"))]
            .into_iter()
            .collect(),
        category: Some(invoice),
        ..MethodCall::default()
    };
    let own = bench.calls.call(&account, id, method, call("custom.due"));
    own.await.unwrap();
    let foreign = bench.calls.call(&account, id, method, call("custom.size"));
    let foreign = foreign.await.unwrap_err();

    let sent = upstream.received().pop().unwrap();
    assert_eq!(
        serde_json::from_slice::<Value>(&sent.body).unwrap(),
        json!({"custom": {"due": "2030-01-01T00:00:00Z"}})
    );
    assert!(
        matches!(&foreign, CallFailure::UnknownKey { key, .. } if key == "custom.size"),
        "{foreign}"
    );

    bench
        .connectors
        .delete_category_copy(&account, id, invoice)
        .await
        .unwrap();
    let left = bench.connectors.fields(&account, id).await.unwrap();
    assert_eq!(left.len(), 3, "the copy took its own fields along");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn found_fields_are_sent_by_location_or_id_as_they_are_described() {
    let upstream = desk();
    let bench = Bench::start().await;
    let account = bench.account("acme").await;
    let id = install(&bench, &account, &upstream).await;
    let found = fields(&bench, &account, id).await;
    let colour = found
        .iter()
        .find(|one| one.draft.location == "custom.colour");
    let colour = colour.unwrap().id.to_string();
    upstream.on("POST", "/records/Objects", Answer::json("{}"));
    let method = bench.method(CONNECTOR, "create-record");
    let call = |key: &str, value: &str| MethodCall {
        fields: [(key.to_owned(), json!(value))].into_iter().collect(),
        ..MethodCall::default()
    };

    let sent = bench.calls.call(&account, id, method, call(&colour, "red"));
    sent.await.unwrap();
    let body = upstream.received().pop().unwrap().body;
    let no_choice = bench
        .calls
        .call(&account, id, method, call("custom.colour", "green"));
    let no_choice = no_choice.await.unwrap_err();
    let read_only = bench
        .calls
        .call(&account, id, method, call("custom.total", "1"));
    let read_only = read_only.await.unwrap_err();

    assert_eq!(
        serde_json::from_slice::<Value>(&body).unwrap(),
        json!({"custom": {"colour": "red", "size": 7}})
    );
    assert!(
        no_choice.to_string().contains("custom.colour"),
        "{no_choice}"
    );
    assert!(
        matches!(read_only, CallFailure::UnknownKey { .. }),
        "{read_only}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn scripts_see_found_fields_among_those_of_the_response() {
    let upstream = desk();
    let bench = Bench::start().await;
    let account = bench.account("acme").await;
    let id = install(&bench, &account, &upstream).await;
    fields(&bench, &account, id).await;

    let method = bench.method(CONNECTOR, "list-people");
    let reply = bench
        .calls
        .call(&account, id, method, MethodCall::default());
    let body = reply.await.unwrap().body.into_value().unwrap();

    assert_eq!(
        body["known"],
        json!([
            "[people].id|Id|ID|Integer",
            "[people].shoeSize|ShoeSize|Shoe Size|Integer"
        ])
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_vanished_goes_what_was_typed_stays_and_a_failed_lookup_takes_nothing() {
    let upstream = desk();
    let bench = Bench::start().await;
    let account = bench.account("acme").await;
    let id = install(&bench, &account, &upstream).await;
    let list_people = match bench.method(CONNECTOR, "list-people") {
        velodrome_service::calls::MethodRef::Uid(uid) => uid.0,
        velodrome_service::calls::MethodRef::Id(_) => {
            panic!("methods are named by their stable id")
        }
    };
    let typed = CustomFieldDraft {
        method: list_people,
        for_request: false,
        location: "[people].shoeSize".into(),
        details: FieldDetails {
            display_name: "EU Size".into(),
            ..FieldDetails::default()
        },
    };
    bench
        .connectors
        .add_field(&account, id, typed)
        .await
        .unwrap();
    let first = fields(&bench, &account, id).await;

    says(
        &upstream,
        "/fields/Objects",
        json!([{"loc": "custom.size", "label": "Greatness", "type": 1}]),
    );
    says(&upstream, "/fields/Order", json!([]));
    upstream.on("GET", "/people", Answer::status(500));
    copy(&bench, &account, id, "Order", None).await;
    let second = fields(&bench, &account, id).await;

    assert_eq!(
        shown(&first),
        [
            ("[people].shoeSize", None, false),
            ("custom.colour", Some("Objects"), true),
            ("custom.size", Some("Objects"), true),
        ]
    );
    assert_eq!(
        shown(&second),
        [
            ("[people].shoeSize", None, false),
            ("custom.size", Some("Objects"), true),
        ]
    );
    let id_of = |fields: &[CustomField]| {
        let size = fields
            .iter()
            .find(|one| one.draft.location == "custom.size");
        size.unwrap().id
    };
    assert_eq!(
        id_of(&second),
        id_of(&first),
        "a field that changes keeps its id"
    );
    let size = second
        .iter()
        .find(|one| one.draft.location == "custom.size");
    assert_eq!(size.unwrap().draft.details.display_name, "Greatness");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_account_finds_fields_of_its_own_and_none_of_these() {
    let upstream = desk();
    let bench = Bench::start().await;
    let account = bench.account("acme").await;
    let other = bench.account("other").await;
    let id = install(&bench, &account, &upstream).await;
    let theirs = FakeUpstream::start();
    says(&theirs, "/fields/Objects", json!([]));
    says(
        &theirs,
        "/people",
        json!({"people": [{"id": 1, "hat": "L"}]}),
    );
    let their_id = install(&bench, &other, &theirs).await;

    fields(&bench, &account, id).await;
    let found = fields(&bench, &other, their_id).await;
    bench.custom_fields.open(&other, id).await.unwrap();
    let foreign = bench.connectors.fields(&other, id).await;

    assert_eq!(shown(&found), [("[people].hat", None, true)]);
    assert!(matches!(foreign, Err(AccountConnectorError::NotFound)));
}
