//! Custom connectors from OpenAPI documents, on the wire.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::{
    app::{Answer, TestApp},
    custom_connectors::{CUSTOM, acme, app, made, publish, within},
};

/// A document with something that has no counterpart, and with parameters that look like paging.
fn document() -> Value {
    let page = |name: &str| json!({"name": name, "in": "query", "schema": {"type": "integer"}});
    json!({
        "openapi": "3.0.3",
        "info": {"title": "Stockroom API", "version": "2.1", "description": "Shelves and what lies on them."},
        "servers": [{"url": "https://stockroom.example/v2"}],
        "components": {"securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "X-Api-Key"}}},
        "security": [{"key": []}],
        "paths": {
            "/shelves": {"get": {
                "operationId": "listShelves", "summary": "List Shelves", "tags": ["Shelves"],
                "parameters": [page("page"), page("limit")],
                "responses": {"200": {"description": "All.", "content": {"application/json": {"schema": {
                    "type": "array", "items": {"type": "object", "properties": {"id": {"type": "integer"}}}}}}}},
                "callbacks": {"changed": {}},
            }},
            "/shelves/{id}": {"delete": {
                "operationId": "deleteShelf", "summary": "Delete Shelf", "tags": ["Shelves"],
                "parameters": [{"name": "id", "in": "path", "required": true, "schema": {"type": "integer"}}],
                "responses": {"204": {"description": "Gone."}},
            }},
        },
    })
}

async fn import(app: &TestApp, token: &str, body: &Value) -> Answer {
    let path = format!("{CUSTOM}/import");
    acme(app.post(&path), token).json(body).send().await
}

/// The connector that an import answered, as it is now.
async fn connector(app: &TestApp, token: &str, imported: &Answer) -> Value {
    let path = format!("{CUSTOM}/{}", imported.json()["Connector"]["Id"]);
    acme(app.get(&path), token).send().await.json()
}

fn pointers(imported: &Answer) -> Vec<String> {
    let report = imported.json()["Report"].clone();
    let report = report.as_array().expect("a report");
    report
        .iter()
        .map(|item| item["Pointer"].as_str().expect("a pointer").to_owned())
        .collect()
}

fn named<'a>(connector: &'a Value, name: &str) -> &'a Value {
    let methods = connector["Methods"].as_array().expect("methods");
    let found = methods.iter().find(|method| method["Name"] == name);
    found.unwrap_or_else(|| panic!("no {name} in {methods:?}"))
}

#[tokio::test]
async fn a_document_becomes_a_draft_and_a_report_of_what_was_left_out() {
    let (app, token) = app().await;
    let body = json!({"Name": "Stockroom", "Document": document().to_string()});

    let imported = import(&app, &token, &body).await;

    assert_eq!(imported.status, StatusCode::CREATED, "{}", imported.text);
    let summary = &imported.json()["Connector"];
    assert_eq!(
        (
            &summary["Name"],
            &summary["Version"],
            &summary["ReleaseStatus"]
        ),
        (&json!("Stockroom"), &json!("2.1"), &json!("Draft"))
    );
    let listed = acme(app.get(CUSTOM), &token).send().await.json();
    assert_eq!(listed, json!([summary]));
    assert_eq!(
        pointers(&imported),
        [
            "/paths/~1shelves/get/callbacks/changed",
            "/paths/~1shelves/get"
        ],
        "{}",
        imported.text
    );
    let connector = connector(&app, &token, &imported).await;
    let list = named(&connector, "List Shelves");
    assert_eq!(
        (
            &list["Endpoint"],
            &list["HttpMethod"],
            &list["PagedInbound"]
        ),
        (
            &json!("https://stockroom.example/v2/shelves"),
            &json!("GET"),
            &json!(false)
        )
    );
    assert_eq!(connector["Authentication"][0]["AuthScheme"], "X-Api-Key");
    assert_eq!(app.audited(&token).await[0], "custom_connector.created");
}

#[tokio::test]
async fn paging_is_on_where_somebody_confirms_it() {
    let (app, token) = app().await;
    let body =
        json!({"Name": "Stockroom", "Document": document().to_string(), "ConfirmPaging": true});

    let imported = import(&app, &token, &body).await;

    assert_eq!(
        pointers(&imported),
        ["/paths/~1shelves/get/callbacks/changed"]
    );
    let connector = connector(&app, &token, &imported).await;
    assert_eq!(named(&connector, "List Shelves")["PagedInbound"], true);
}

#[tokio::test]
async fn yaml_and_swagger_are_read_too() {
    let (app, token) = app().await;
    for (name, document) in [
        (
            "Yaml",
            "openapi: 3.1.0\ninfo: {title: A, version: '1'}\nservers: [{url: 'https://a.example'}]\npaths:\n  /things:\n    get: {summary: List Things, responses: {'200': {description: All.}}}\n",
        ),
        (
            "Swagger",
            r#"{"swagger": "2.0", "info": {"title": "A", "version": "1"}, "host": "a.example", "schemes": ["https"],
               "paths": {"/things": {"get": {"summary": "List Things", "responses": {"200": {"description": "All."}}}}}}"#,
        ),
    ] {
        let imported = import(&app, &token, &json!({"Name": name, "Document": document})).await;

        assert_eq!(imported.status, StatusCode::CREATED, "{}", imported.text);
        let connector = connector(&app, &token, &imported).await;
        assert_eq!(
            named(&connector, "List Things")["Endpoint"],
            "https://a.example/things"
        );
    }
}

#[tokio::test]
async fn broken_documents_are_refused_with_a_pointer_and_nothing_is_stored() {
    let (app, token) = app().await;
    let large = "#".repeat(20 * 1024 * 1024 + 1);
    for (document, told) in [
        (
            "[]",
            "(#: V002 this is no OpenAPI document: it is not an object",
        ),
        ("{}", "(#: V002 this is no OpenAPI document: it has neither"),
        (
            "\"",
            "(#: V001 the document is neither JSON nor YAML: line 1",
        ),
        (
            "a: b: c",
            "(#: V001 the document is neither JSON nor YAML: line 1, column 5",
        ),
        (
            "openapi: '2.9'",
            "(#/openapi: V002 this is no OpenAPI document: its version is \"2.9\"",
        ),
        (
            "swagger: '1.2'",
            "(#/swagger: V002 this is no OpenAPI document: its version is \"1.2\"",
        ),
        (
            "format: velodrome.connector/1",
            "(#/format: V002 this is no OpenAPI document: it is a connector's definition",
        ),
        (large.as_str(), "(#: V001 the document has more than 20 MiB"),
    ] {
        let body = json!({"Name": "Stockroom", "Document": format!("{document}\n")});

        let refused = import(&app, &token, &body).await;

        assert_eq!(refused.failure(), (400, "custom_connector.invalid"));
        let message = refused.message();
        assert!(
            message.starts_with(&format!("Custom connector is invalid {told}")),
            "{message}"
        );
    }
    let document = document().to_string();
    for (body, code, told) in [
        (
            json!({"Document": document}),
            "request.unreadable",
            "Name is required.",
        ),
        (
            json!({"Name": " ", "Document": document}),
            "request.value_required",
            "Name is required.",
        ),
        (
            json!({"Name": "x".repeat(201), "Document": document}),
            "request.value_too_long",
            "Name must have at most 200 characters.",
        ),
        (
            json!({"Name": "A"}),
            "custom_connector.url_or_document",
            "Either Url or Document is required.",
        ),
        (
            json!({"Name": "A", "Url": "", "Document": " "}),
            "custom_connector.url_or_document",
            "Either Url or Document is required.",
        ),
        (
            json!({"Name": "A", "Url": "https://a.example", "Document": document}),
            "custom_connector.url_or_document",
            "Either Url or Document is required.",
        ),
        (
            json!({"Name": "A", "Url": "openapi.json"}),
            "custom_connector.address",
            "Url openapi.json is not valid; give the http or https address of a document.",
        ),
        (
            json!({"Name": "A", "Url": "file:///etc/passwd"}),
            "custom_connector.address",
            "Url file:///etc/passwd is not valid; give the http or https address of a document.",
        ),
    ] {
        let refused = import(&app, &token, &body).await;
        assert_eq!(refused.failure(), (400, code), "{}", refused.text);
        assert_eq!(refused.message(), told);
    }
    let listed = acme(app.get(CUSTOM), &token).send().await;
    assert_eq!(listed.json(), json!([]));
}

#[tokio::test]
async fn an_address_that_the_guard_refuses_is_not_fetched() {
    let (app, token) = app().await;
    for url in [
        "http://127.0.0.1:8080/openapi.json",
        "http://169.254.169.254/latest/meta-data",
        "http://[::1]/openapi.json",
        "https://user:word@stockroom.example/openapi.json",
    ] {
        let refused = import(&app, &token, &json!({"Name": "A", "Url": url})).await;

        assert_eq!(
            refused.failure(),
            (403, "custom_connector.address_refused"),
            "{url}"
        );
        assert!(!refused.text.contains("word@"), "{}", refused.text);
    }
    let listed = acme(app.get(CUSTOM), &token).send().await;
    assert_eq!(listed.json(), json!([]));
}

#[tokio::test]
async fn importing_again_keeps_identifiers_and_what_people_wrote() {
    let (app, token) = app().await;
    let body = json!({"Name": "Stockroom", "Document": document().to_string()});
    let imported = import(&app, &token, &body).await;
    let id = imported.json()["Connector"]["Id"].clone();
    let mut edited = connector(&app, &token, &imported).await;
    edited["Vendor"] = json!({"Unknown": true});
    let methods = edited["Methods"].as_array_mut().expect("methods");
    let list = methods
        .iter_mut()
        .find(|method| method["Name"] == "List Shelves")
        .expect("a method");
    list["Name"] = json!("List All Shelves");
    list["Description"] = json!("Lists them.");
    let path = format!("{CUSTOM}/{id}");
    let edited = acme(app.put(&path), &token)
        .json(&edited)
        .send()
        .await
        .json();
    publish(&app, &token, &id, "Minor").await;
    let of_live = acme(app.get(&format!("/v1.0/connectors/{id}/methods")), &token)
        .send()
        .await
        .json();
    let mut next = document();
    next["paths"]["/racks"] = json!({"get": {"operationId": "listRacks", "summary": "List Racks",
        "tags": ["Racks"], "responses": {"200": {"description": "All."}}}});
    next["paths"]["/shelves"]["get"]["summary"] = json!("List Every Shelf");
    next["paths"]["/shelves/{id}"] = json!({});

    let again = acme(app.post(&format!("{path}/import")), &token)
        .json(&json!({"Document": next.to_string()}))
        .send()
        .await;

    assert_eq!(again.status, StatusCode::OK, "{}", again.text);
    let answer = again.json();
    let summary = &answer["Connector"];
    assert_eq!(
        (
            &summary["Id"],
            &summary["UniqueIdentifier"],
            &summary["Name"],
            &summary["ReleaseStatus"]
        ),
        (
            &id,
            &edited["UniqueIdentifier"],
            &json!("Stockroom"),
            &json!("Draft")
        )
    );
    let now = connector(&app, &token, &again).await;
    assert_eq!(now["Vendor"], json!({"Unknown": true}));
    assert_eq!(
        named(&now, "List All Shelves")["Description"],
        "Lists them."
    );
    assert_eq!(named(&now, "List Racks")["Category"], "Racks");
    // What has no operation any more stays, and is told.
    named(&now, "Delete Shelf");
    assert!(
        again
            .text
            .contains("no operation of the document is the method"),
        "{}",
        again.text
    );
    publish(&app, &token, &id, "Minor").await;
    let of_next = acme(app.get(&format!("/v1.0/connectors/{id}/methods")), &token)
        .send()
        .await
        .json();
    let uid = |methods: &Value, name: &str| {
        let methods = methods.as_array().expect("methods");
        let found = methods.iter().find(|method| method["Name"] == name);
        found.expect("a method")["MethodUniqueIdentifier"].clone()
    };
    for name in ["List All Shelves", "Delete Shelf"] {
        assert_eq!(uid(&of_live, name), uid(&of_next, name), "{name}");
    }
}

#[tokio::test]
async fn another_accounts_connector_is_not_imported_into() {
    let (app, token) = app().await;
    app.account(&token, "stranger").await;
    let own = made(&app, &token, "acme", &json!({"Name": "Stockroom"})).await;
    let path = format!("{CUSTOM}/{}/import", own["Id"]);
    let body = json!({"Document": document().to_string()});

    let refused = within(app.post(&path), &token, "stranger")
        .json(&body)
        .send()
        .await;

    assert_eq!(refused.failure(), (404, "custom_connector.not_found"));
    let path = format!("{CUSTOM}/{}", own["Id"]);
    let still = acme(app.get(&path), &token).send().await.json();
    assert_eq!(still, own);
}

#[tokio::test]
async fn settings_that_forbid_new_definitions_forbid_imports() {
    let (app, token) = app().await;
    let general = json!({"CustomConnectorsEnabled": false});
    let path = "/v1.0/partner/settings/general";
    let changed = app.put(path).bearer(&token).json(&general).send().await;
    assert_eq!(changed.status, StatusCode::OK, "{}", changed.text);

    let body = json!({"Name": "Stockroom", "Document": document().to_string()});
    let refused = import(&app, &token, &body).await;

    assert_eq!(refused.failure(), (400, "custom_connector.disabled"));
}
