//! Connectors that accounts make themselves, from the definition to the provider's answer.

use reqwest::Method;
use serde_json::{Value, json};
use velodrome_compat::{Caller, World};
use velodrome_testkit::{Answer, FakeUpstream, ServerBuilder};

const CUSTOM: &str = "/v1.0/account/connectors/custom";

/// A server for which the stockroom's API stands at `upstream`.
fn world(upstream: &FakeUpstream) -> World {
    World::with(
        ServerBuilder::new()
            .sandbox()
            .set("VELODROME_EGRESS_ALLOW", "127.0.0.1/32")
            .set(
                "VELODROME_EGRESS_REWRITE",
                format!("https://stockroom.example={}", upstream.url()),
            ),
    )
}

fn stockroom(field: &str) -> Value {
    json!({
        "Name": "Stockroom",
        "Version": "1.0",
        "Status": "Approved",
        "ReleaseStatus": "Draft",
        "Authentication": [{"AuthType": "ApiKey", "AuthScheme": "X-Api-Key", "IsDefault": true}],
        "Methods": [{
            "Name": "List Shelves", "Description": "Lists the shelves.", "Category": "Shelves",
            "MethodType": "Action", "HttpMethod": "GET", "EndPoint": "https://stockroom.example/shelves",
            "Parameters": [{"TargetType": "QueryString", "TargetName": "size", "IsOptional": true}],
            "ResponseFormat": {"Fields": [{"ConnectorField": field}]},
        }],
        "ProductAddon": {"kept": 1},
    })
}

async fn live(account: &Caller, definition: Value) -> Value {
    let made = account.post(CUSTOM, definition).await.expect(200).json();
    let path = format!("{CUSTOM}/{}/publish", made["Id"]);
    let body = json!({"ReleaseType": "Minor", "Notes": "First."});
    account.post(&path, body).await.expect(200).json()
}

#[tokio::test]
async fn a_connector_is_made_published_installed_called_and_survives_a_restart() {
    let upstream = FakeUpstream::start();
    let mut world = world(&upstream);
    let partner = world.partner().await;
    let account = world.account(&partner, "acme").await;
    upstream.on("GET", "/shelves", Answer::json("[{\"name\":\"A1\"}]"));

    let connector = live(&account, stockroom("[].name")).await;
    assert_eq!(connector["ReleaseStatus"], "Live");
    assert_eq!(connector["ProductAddon"], json!({"kept": 1}));
    let id = &connector["Id"];
    let installed = account
        .post(
            &format!("/v1.0/connectors/{id}/install"),
            json!({"AuthValue": "k-1"}),
        )
        .await
        .expect(200)
        .json();
    assert_eq!(installed["Connector"]["IsCustom"], true);
    let method = world.method(&account, &connector, "List Shelves").await;
    let of_account = format!("/v1.0/account/connectors/{}", installed["Id"]);
    let path = format!(
        "{of_account}/methods/{}",
        method["MethodUniqueIdentifier"].as_str().expect("a GUID")
    );
    let body = json!({"Parameters": {"size": 7}});

    let answer = account.post(&path, body.clone()).await.expect(200);

    assert_eq!(answer.json(), json!([{"name": "A1"}]));
    let call = upstream.received().pop().expect("a call");
    assert_eq!(
        (call.query(), call.header("x-api-key")),
        ("size=7", Some("k-1"))
    );

    world.server.terminate().expect("a stop");
    world.server.start_again().expect("a start");
    let account = world.partner().await.in_account("acme");
    let found = account
        .get("/v1.0/connectors/stockroom/1.0")
        .await
        .expect(200)
        .json();
    assert_eq!(found[0]["Id"], *id);
    let again = world.method(&account, &connector, "List Shelves").await;
    assert_eq!(again["Id"], method["Id"]);
    account.post(&path, body).await.expect(200);
    assert_eq!(upstream.received().len(), 2);
}

#[tokio::test]
async fn releases_move_installed_connectors_or_leave_them_and_all_of_them_run() {
    let upstream = FakeUpstream::start();
    let world = world(&upstream);
    let partner = world.partner().await;
    let account = world.account(&partner, "acme").await;
    upstream.on("GET", "/shelves", Answer::json("[]"));
    let connector = live(&account, stockroom("[].name")).await;
    let path = format!("{CUSTOM}/{}", connector["Id"]);
    let installed = account
        .post(
            "/v1.0/connectors/Stockroom/install",
            json!({"AuthValue": "k"}),
        )
        .await
        .expect(200)
        .json();
    let of_account = format!("/v1.0/account/connectors/{}", installed["Id"]);
    let method = world.method(&account, &connector, "List Shelves").await;
    let call = format!(
        "{of_account}/methods/{}",
        method["MethodUniqueIdentifier"].as_str().expect("a GUID")
    );

    // A draft changes nothing for anybody.
    let mut next = stockroom("[].name");
    next["Description"] = json!("Minor.");
    account.put(&path, next).await.expect(200);
    let seen = account.get(&of_account).await.expect(200).json();
    assert_eq!(seen["Connector"]["Description"], json!(null));
    account
        .post(&format!("{path}/publish"), json!({"ReleaseType": "minor"}))
        .await
        .expect(200);
    let seen = account.get(&of_account).await.expect(200).json();
    assert_eq!(seen["Connector"]["Description"], "Minor.");

    let mut next = stockroom("[].name");
    next["Description"] = json!("Major.");
    account.put(&path, next).await.expect(200);
    account
        .post(&format!("{path}/publish"), json!({"ReleaseType": "Major"}))
        .await
        .expect(200);
    let seen = account.get(&of_account).await.expect(200).json();
    assert_eq!(
        (
            &seen["Connector"]["Description"],
            &seen["Connector"]["ReleaseStatus"]
        ),
        (&json!("Minor."), &json!("Deprecated"))
    );
    account.get(&call).await.expect(200);

    account
        .delete(&path)
        .await
        .refused_as(409, "custom_connector.installed");
    account.delete(&of_account).await.expect(200);
    account.delete(&path).await.expect(200);
    account.get(&path).await.refusal(404);
}

#[tokio::test]
async fn an_accounts_connector_is_nobody_elses() {
    let upstream = FakeUpstream::start();
    let world = world(&upstream);
    let partner = world.partner().await;
    let owner = world.account(&partner, "owner").await;
    let stranger = world.account(&partner, "stranger").await;
    let connector = live(&owner, stockroom("[].name")).await;
    let id = &connector["Id"];
    let program = world.account_program("stranger").await;

    for caller in [&stranger, &program] {
        for path in [
            format!("{CUSTOM}/{id}"),
            format!("/v1.0/connectors/{id}"),
            format!("/v1.0/connectors/{id}/methods"),
            "/v1.0/connectors/Stockroom".to_owned(),
        ] {
            caller.get(&path).await.refusal(404);
        }
        caller
            .post(&format!("/v1.0/connectors/{id}/install"), json!({}))
            .await
            .refusal(404);
        let mut same = stockroom("[].name");
        same["UniqueIdentifier"] = connector["UniqueIdentifier"].clone();
        caller
            .post(CUSTOM, same)
            .await
            .refused_as(400, "custom_connector.invalid");
        assert_eq!(caller.get(CUSTOM).await.expect(200).json(), json!([]));
    }
    owner.get(&format!("{CUSTOM}/{id}")).await.expect(200);
}

#[tokio::test]
async fn broken_bodies_are_refused_with_the_published_sentence_and_nothing_is_stored() {
    let upstream = FakeUpstream::start();
    let world = world(&upstream);
    let partner = world.partner().await;
    let account = world.account(&partner, "acme").await;

    for body in [
        "",
        "{}",
        "[]",
        "null",
        "\"Stockroom\"",
        r#"{"Name": ""}"#,
        r#"{"Name": null}"#,
        r#"{"Name": "A", "UniqueIdentifier": ""}"#,
        r#"{"Name": "A", "UniqueIdentifier": "7"}"#,
        r#"{"Name": "A", "Methods": [{"Name": "B"}]}"#,
        r#"{"Name": "A", "Authentication": [{"AuthType": "Guess"}]}"#,
    ] {
        let answer = account.send_text(Method::POST, CUSTOM, body).await;
        let message = answer.refused_as(400, "custom_connector.invalid");
        assert!(
            message.starts_with("Custom connector is invalid (") && message.ends_with(")."),
            "{body}: {message}"
        );
    }
    // What a lenient reader takes.
    let lenient = "{name: 'Lenient', /* no methods yet */ methods: [],}";
    account
        .send_text(Method::POST, CUSTOM, lenient)
        .await
        .expect(200);
    let large = format!("{{\"Name\":\"{}\"}}", "x".repeat(4 * 1024 * 1024));
    account
        .send_text(Method::POST, CUSTOM, &large)
        .await
        .refusal(413);
    let listed = account.get(CUSTOM).await.expect(200).json();
    assert_eq!(listed.as_array().map(Vec::len), Some(1), "{listed}");
}

/// The stockroom's OpenAPI document, with schemas in another document beside it.
const OPENAPI: &str = r#"
openapi: 3.0.3
info: {title: Stockroom API, version: '1.0'}
servers: [{url: 'https://stockroom.example'}]
components:
  securitySchemes: {key: {type: apiKey, in: header, name: X-Api-Key}}
security: [{key: []}]
paths:
  /shelves:
    get:
      operationId: listShelves
      summary: List Shelves
      tags: [Shelves]
      responses:
        '200':
          description: All.
          content: {application/json: {schema: {type: array, items: {$ref: 'schemas.yaml#/Shelf'}}}}
      callbacks: {changed: {}}
"#;
const SCHEMAS: &str = "Shelf: {type: object, properties: {name: {type: string}}}";

#[tokio::test]
async fn a_connector_is_made_of_the_openapi_document_at_an_address_and_called() {
    let upstream = FakeUpstream::start();
    let world = world(&upstream);
    let partner = world.partner().await;
    let account = world.account(&partner, "acme").await;
    let yaml = |text: &str| Answer::status(200).body(text);
    // What the document refers to is looked for where it really is.
    upstream.on(
        "GET",
        "/openapi.yaml",
        Answer::redirect("https://stockroom.example/v1/openapi.yaml"),
    );
    upstream.on("GET", "/v1/openapi.yaml", yaml(OPENAPI));
    upstream.on("GET", "/v1/schemas.yaml", yaml(SCHEMAS));
    upstream.on("GET", "/shelves", Answer::json("[{\"name\":\"A1\"}]"));
    let body = json!({"Name": "Stockroom", "Url": "https://stockroom.example/openapi.yaml"});

    let imported = account
        .post(&format!("{CUSTOM}/import"), body)
        .await
        .expect(201)
        .json();

    assert_eq!(
        imported["Report"][0]["Pointer"],
        "/paths/~1shelves/get/callbacks/changed"
    );
    let connector = &imported["Connector"];
    assert_eq!(connector["ReleaseStatus"], "Draft");
    let path = format!("{CUSTOM}/{}", connector["Id"]);
    let draft = account.get(&path).await.expect(200).json();
    assert_eq!(
        draft["Methods"][0]["ResponseFormat"]["Fields"][0]["ConnectorField"],
        "[].name"
    );
    account
        .post(&format!("{path}/publish"), json!({"ReleaseType": "Major"}))
        .await
        .expect(200);
    let installed = account
        .post(
            "/v1.0/connectors/Stockroom/install",
            json!({"AuthValue": "k-1"}),
        )
        .await
        .expect(200)
        .json();
    let method = world.method(&account, connector, "List Shelves").await;
    let call = format!(
        "/v1.0/account/connectors/{}/methods/{}",
        installed["Id"],
        method["MethodUniqueIdentifier"].as_str().expect("a GUID")
    );
    let answer = account.get(&call).await.expect(200);
    assert_eq!(answer.json(), json!([{"name": "A1"}]));
    let call = upstream.received().pop().expect("a call");
    assert_eq!(call.header("x-api-key"), Some("k-1"));
}

#[tokio::test]
async fn addresses_without_a_document_say_so_and_nothing_is_stored() {
    let upstream = FakeUpstream::start();
    let world = world(&upstream);
    let partner = world.partner().await;
    let account = world.account(&partner, "acme").await;
    upstream.on("GET", "/missing", Answer::status(404));
    upstream.on("GET", "/closed", Answer::reset());
    upstream.on(
        "GET",
        "/page",
        Answer::html("<!doctype html><p>: not a document"),
    );
    upstream.on(
        "GET",
        "/away",
        Answer::redirect("http://169.254.169.254/latest"),
    );
    let import = format!("{CUSTOM}/import");
    let at = |path: &str| json!({"Name": "A", "Url": format!("https://stockroom.example{path}")});

    let missing = account.post(&import, at("/missing")).await;
    assert_eq!(missing.status, 502, "{}", missing.text);
    assert_eq!(
        (
            missing.header("x-velodrome-code"),
            &missing.json()["UpstreamStatusCode"]
        ),
        (Some("custom_connector.not_fetched"), &json!(404))
    );
    let closed = account.post(&import, at("/closed")).await;
    assert_eq!(closed.status, 502, "{}", closed.text);
    let page = account.post(&import, at("/page")).await;
    page.refused_as(400, "custom_connector.invalid");
    for guarded in [
        at("/away"),
        json!({"Name": "A", "Url": "http://10.0.0.1/openapi.json"}),
    ] {
        let refused = account.post(&import, guarded).await;
        refused.refused_as(403, "custom_connector.address_refused");
    }
    assert_eq!(account.get(CUSTOM).await.expect(200).json(), json!([]));
}

#[tokio::test]
async fn a_document_of_20_mib_is_taken_and_a_larger_one_is_not() {
    let upstream = FakeUpstream::start();
    let world = world(&upstream);
    let partner = world.partner().await;
    let account = world.account(&partner, "acme").await;
    let import = format!("{CUSTOM}/import");
    let most = 20 * 1024 * 1024;
    let document = |bytes: usize| {
        let head = "openapi: 3.0.0\ninfo: {title: A, version: '1'}\npaths: {}\n#";
        // Each quotation mark takes two bytes in the body.
        format!("{head}{}", "\"".repeat(bytes - head.len()))
    };

    account
        .post(&import, json!({"Name": "A", "Document": document(most)}))
        .await
        .expect(201);
    account
        .post(
            &import,
            json!({"Name": "B", "Document": document(most + 1)}),
        )
        .await
        .refused_as(400, "custom_connector.invalid");

    let listed = account.get(CUSTOM).await.expect(200).json();
    assert_eq!(listed.as_array().map(Vec::len), Some(1), "{listed}");
}

#[tokio::test]
async fn a_draft_is_tried_with_typed_values_and_with_the_credential_of_a_former_release() {
    let upstream = FakeUpstream::start();
    let world = world(&upstream);
    let partner = world.partner().await;
    let account = world.account(&partner, "acme").await;
    upstream.on("GET", "/shelves", Answer::json("[{\"name\":\"A1\"}]"));
    upstream.on("GET", "/racks", Answer::json("[{\"name\":\"R1\"}]"));
    let made = account
        .post(CUSTOM, stockroom("[].name"))
        .await
        .expect(200)
        .json();
    let id = &made["Id"];
    let trial = |method: &Value| {
        let method = method["MethodUniqueIdentifier"].as_str().expect("a GUID");
        format!("{CUSTOM}/{id}/test/{method}")
    };
    let path = trial(&world.method(&account, &made, "List Shelves").await);

    let typed = account
        .post(
            &path,
            json!({"AuthValue": "typed-key", "Parameters": {"size": 3}}),
        )
        .await
        .expect(200)
        .json();

    assert_eq!(
        (&typed["Success"], &typed["StatusCode"], &typed["Response"]),
        (&json!(true), &json!(200), &json!([{"name": "A1"}]))
    );
    let call = upstream.received().pop().expect("a call");
    assert_eq!(
        (call.query(), call.header("x-api-key")),
        ("size=3", Some("typed-key"))
    );
    let request = typed["Request"].as_str().expect("a request");
    assert!(
        request.contains("REDACTED") && !request.contains("typed-key"),
        "{request}"
    );
    let installed = account.get("/v1.0/account/connectors").await.expect(200);
    assert_eq!(installed.json(), json!([]));

    // A later draft calls another address, with the credential of the release that is installed.
    let live = format!("{CUSTOM}/{id}/publish");
    account
        .post(&live, json!({"ReleaseType": "Major"}))
        .await
        .expect(200);
    let installed = account
        .post(
            "/v1.0/connectors/Stockroom/install",
            json!({"AuthValue": "kept-key"}),
        )
        .await
        .expect(200)
        .json();
    let mut next = stockroom("[].name");
    next["Methods"][0]["EndPoint"] = json!("https://stockroom.example/racks");
    account
        .put(&format!("{CUSTOM}/{id}"), next)
        .await
        .expect(200);
    let with_kept = json!({"AccountConnectorId": installed["Id"]});
    let tried = account.post(&path, with_kept).await.expect(200).json();
    assert_eq!(tried["Response"], json!([{"name": "R1"}]));
    let call = upstream.received().pop().expect("a call");
    assert_eq!(
        (call.path(), call.header("x-api-key")),
        ("/racks", Some("kept-key"))
    );
    // The installed one still calls the live release.
    let of_live = format!(
        "/v1.0/account/connectors/{}/{}",
        installed["Id"],
        path.split_once(&format!("{id}/")).expect("a path").1
    );
    account.get(&of_live).await.expect(200);
    assert_eq!(
        upstream.received().pop().expect("a call").path(),
        "/shelves"
    );

    // What the provider refuses is a result.
    upstream.on("GET", "/racks", Answer::json("{}").with_status(401));
    let refused = account
        .post(&path, json!({"AuthValue": "wrong"}))
        .await
        .expect(200)
        .json();
    assert_eq!(
        (&refused["Success"], &refused["StatusCode"]),
        (&json!(false), &json!(401))
    );
}
