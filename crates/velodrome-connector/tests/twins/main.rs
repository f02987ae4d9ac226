//! Our client against twins: every method of the test definitions and of the seed connectors, called at
//! a provider that was built from the definition alone.
#![expect(clippy::unwrap_used, reason = "a test that meets an error ends there")]

mod bench;
mod sign_ins;

use serde_json::{Map, Value, json};
use velodrome_connector::{
    call::Reply,
    trial::{Connection, review},
};
use velodrome_model::{
    definition::{ConnectorDefinition, Method},
    location::Location,
};
use velodrome_sandbox::{Fault, FaultRule};

use bench::{Bench, SCOPE, definitions, is_generated};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_method_of_every_test_definition_is_answered_by_its_twin() {
    assert!(call_everything(definitions("tests/definitions")).await > 50);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_method_that_somebody_wrote_is_answered_by_its_twin() {
    // The generated ones have the same few methods each; `sign_ins` tries what differs.
    let mut by_hand = definitions("connectors");
    by_hand.retain(|definition| !is_generated(definition));
    assert!(call_everything(by_hand).await > 1_000);
}

/// Reviews definitions with each of their authentications; how many methods passed.
///
/// The first authentications are tried at one set of twins, the second ones at the next: what has been
/// deleted by one is there for the other.
async fn call_everything(definitions: Vec<ConnectorDefinition>) -> usize {
    let mut faults = Vec::new();
    let mut passed = 0;
    let most = definitions
        .iter()
        .map(|one| one.authentications.len())
        .max();
    for round in 0..most.unwrap_or_default() {
        let mut having = definitions.clone();
        having.retain(|one| one.authentications.len() > round);
        let bench = Bench::of(having).await;
        let consent = bench.consent();
        for definition in &bench.definitions {
            let authentication = &definition.authentications[round];
            let inputs = bench.inputs(definition, authentication);
            let found = review(definition, &inputs, bench.way(&consent), SCOPE).await;
            passed += found.passed.len();
            let place = format!("{}/{}", definition.slug, authentication.key);
            faults.extend(found.faults.iter().map(|fault| format!("{place}/{fault}")));
        }
    }
    assert!(
        faults.is_empty(),
        "{} faults beside {passed} methods that passed:\n{}",
        faults.len(),
        faults.join("\n")
    );
    passed
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_our_client_creates_is_listed_changed_and_deleted() {
    let bench = Bench::start("tests/definitions").await;
    let consent = bench.consent();
    for slug in ["page-number", "page-token", "oauth2-code"] {
        let definition = bench.definition(slug);
        let authentication = &definition.authentications[0];
        let inputs = bench.inputs(definition, authentication);
        let connected = Connection::open(definition, &inputs, bench.way(&consent))
            .await
            .unwrap();
        let method = |key: &str| definition.method(key).unwrap();
        let list = async || {
            let nothing = Map::new();
            let reply = connected
                .call(method("list-contacts"), &nothing, &nothing)
                .await;
            reply.unwrap().body.into_value().unwrap()["items"]
                .as_array()
                .unwrap()
                .clone()
        };
        let before = list().await.len();

        let fields = Map::from_iter([("name".to_owned(), json!("Zoe Newcomer"))]);
        let made = connected
            .call(method("create-contact"), &Map::new(), &fields)
            .await;
        let id = made.unwrap().body.into_value().unwrap()["id"].clone();
        let listed = list().await;
        assert_eq!(listed.len(), before + 1, "{slug}");
        assert_eq!(listed.last().unwrap()["name"], "Zoe Newcomer", "{slug}");

        let of_record = Map::from_iter([("ContactId".to_owned(), id)]);
        let fields = Map::from_iter([("name".to_owned(), json!("Zoe Renamed"))]);
        connected
            .call(method("update-contact"), &of_record, &fields)
            .await
            .unwrap();
        let read = connected
            .call(method("get-contact"), &of_record, &Map::new())
            .await;
        assert_eq!(
            read.unwrap().body.into_value().unwrap()["name"],
            "Zoe Renamed",
            "{slug}"
        );

        connected
            .call(method("delete-contact"), &of_record, &Map::new())
            .await
            .unwrap();
        assert_eq!(list().await.len(), before, "{slug}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_twin_that_says_slow_down_is_waited_for() {
    let bench = Bench::start("tests/definitions").await;
    let consent = bench.consent();
    let definition = bench.definition("page-number");
    let authentication = &definition.authentications[0];
    let inputs = bench.inputs(definition, authentication);
    let connected = Connection::open(definition, &inputs, bench.way(&consent))
        .await
        .unwrap();
    let too_many = Fault::Status {
        status: 429,
        retry_after: Some(1),
    };
    bench.control.inject(
        FaultRule::next(too_many)
            .at_host("api.page-number.example")
            .after(1),
    );

    let list = definition.method("list-contacts").unwrap();
    let reply = connected
        .call(list, &Map::new(), &Map::new())
        .await
        .unwrap();

    let items = reply.body.into_value().unwrap()["items"]
        .as_array()
        .unwrap()
        .len();
    assert_eq!(items, 50);
    assert_eq!(bench.control.requests("page-number").unwrap(), 4);
}

/// A definition's only authentication, opened at its twin.
async fn called(bench: &Bench, slug: &str, key: &str, parameters: Value) -> Reply {
    let definition = bench.definition(slug);
    let consent = bench.consent();
    let inputs = bench.inputs(definition, &definition.authentications[0]);
    let connected = Connection::open(definition, &inputs, bench.way(&consent))
        .await
        .unwrap();
    let method: &Method = definition.method(key).unwrap();
    let parameters = parameters.as_object().unwrap().clone();
    connected
        .call(method, &parameters, &Map::new())
        .await
        .unwrap()
}

fn values(location: &str, body: &Value) -> Vec<Value> {
    let location: Location = location.parse().unwrap();
    location.read(body).into_iter().flatten().cloned().collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn scripts_reshape_every_page_and_then_all_of_them() {
    let bench = Bench::start("tests/definitions").await;

    let reply = called(&bench, "script-reshaped", "list-contacts", json!({})).await;

    assert_eq!(reply.pages, 3);
    assert_eq!(
        reply.next_run.unwrap().to_rfc3339(),
        "2026-01-02T03:04:05+00:00"
    );
    let body = reply.body.into_value().unwrap();
    assert_eq!(body["pages"], 3);
    let name = body["items"][49]["name"].as_str().unwrap().to_uppercase();
    let label = body["items"][49]["label"].as_str().unwrap();
    assert!(label.starts_with(&format!("{name} <")), "{label}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn scripts_decide_what_a_failure_means_and_which_exit_is_taken() {
    let bench = Bench::start("tests/definitions").await;
    let get = async |id: Value| {
        let parameters = json!({ "ContactId": id });
        called(&bench, "script-outcomes", "get-contact", parameters).await
    };

    let found = get(json!(1)).await;
    assert_eq!(found.condition, Some(true));
    let missing = get(json!(999_999)).await;
    assert_eq!(missing.condition, Some(false));
    assert_eq!(
        missing.body.into_value().unwrap(),
        json!({"id": null, "found": false})
    );
    let conflict = Fault::Status {
        status: 409,
        retry_after: None,
    };
    let host = "api.script-outcomes.example";
    bench
        .control
        .inject(FaultRule::next(conflict).at_host(host));
    assert_eq!(get(json!(1)).await.warnings.len(), 1);

    let counted = called(&bench, "script-outcomes", "count-contacts", json!({})).await;
    assert_eq!(counted.body.into_value().unwrap()["count"], 25);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_that_is_over_is_renewed_by_the_lookup() {
    let bench = Bench::start("tests/definitions").await;
    let over = Fault::Status {
        status: 403,
        retry_after: None,
    };
    let host = "api.script-session.example";
    bench
        .control
        .inject(FaultRule::next(over).at_host(host).at_path("/v1/contacts"));

    let reply = called(&bench, "script-session", "list-contacts", json!({})).await;

    assert_eq!(
        values("[items].id", &reply.body.into_value().unwrap()).len(),
        25
    );
    // Login, refusal, login, answer.
    assert_eq!(bench.control.requests("script-session").unwrap(), 4);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_script_fetches_with_the_credential_of_the_connector() {
    let bench = Bench::start("tests/definitions").await;

    let reply = called(&bench, "script-fetch", "list-contacts", json!({})).await;

    let body = reply.body.into_value().unwrap();
    assert_eq!(values("[items].city", &body).len(), 3);
    assert_eq!(body["stored"], 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn records_are_filtered_after_the_answer() {
    let bench = Bench::start("tests/definitions").await;
    let all = called(&bench, "filter-fields", "list-tickets", json!({})).await;
    let all = all.body.into_value().unwrap();
    let since = values("[tickets].changed_at", &all)[20].clone();

    let filtered = json!({"[tickets].changed_at": since, "[tickets].state": "open"});
    let some = called(&bench, "filter-fields", "list-tickets", filtered).await;

    let some = some.body.into_value().unwrap();
    let states = values("[tickets].state", &some);
    assert!(
        !states.is_empty() && states.iter().all(|state| state == "open"),
        "{states:?}"
    );
    assert!(states.len() < values("[tickets].id", &all).len());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_that_the_twin_does_not_know_is_refused_and_a_review_says_so() {
    let bench = Bench::start("tests/definitions").await;
    let consent = bench.consent();
    let definition = bench.definition("page-number");
    let mut inputs = bench.inputs(definition, &definition.authentications[0]);
    let wrong = "a-key-of-somebody-else";
    inputs.values.insert("ApiKey".to_owned(), wrong.into());

    let found = review(definition, &inputs, bench.way(&consent), SCOPE).await;

    assert_eq!(found.faults.len(), 1);
    assert!(
        found.faults[0].contains("the credentials do not work"),
        "{:?}",
        found.faults
    );
    assert!(!format!("{found:?}").contains(wrong));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_review_names_what_a_careful_reviewer_would() {
    let bench = Bench::start("tests/definitions").await;
    let consent = bench.consent();
    let mut definition = bench.definition("page-number").clone();
    let list = definition
        .methods
        .iter_mut()
        .find(|method| method.key == "list-contacts")
        .unwrap();
    list.response.fields[1].connector_field = "[items].full_name".to_owned();
    // Asks for the same page again and again, as a wrong variable would.
    list.parameters[0].target_name = "sheet".to_owned();
    let inputs = bench.inputs(&definition, &definition.authentications[0]);

    let found = review(&definition, &inputs, bench.way(&consent), SCOPE).await;

    let told = found.faults.join("\n");
    assert!(told.contains("list-contacts: "), "{told}");
    assert!(told.contains("[items].full_name"), "{told}");
    assert!(
        found.passed.contains(&"create-contact".to_owned()),
        "{found:?}"
    );
}
