//! Copies of categories on the wire.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::app::{Call, TestApp};

/// An app whose account `acme` has the connector with copyable categories, and where its API begins.
async fn app() -> (TestApp, String, String) {
    let app = TestApp::start().await;
    let token = app.token().await;
    app.account(&token, "acme").await;
    app.offer_workbench();
    let installed = app.post("/v1.0/connectors/Workbench%20Objects/install");
    let installed = installed.bearer(&token).header("x-cyclr-account", "acme");
    let installed = installed.json(&json!({})).send().await;
    assert_eq!(installed.status, StatusCode::OK, "{}", installed.text);
    let base = format!("/v1.0/account/connectors/{}", installed.json()["Id"]);
    (app, token, base)
}

fn acme<'a>(call: Call<'a>, token: &str) -> Call<'a> {
    call.bearer(token).header("x-cyclr-account", "acme")
}

fn body(category: &str, name: &str) -> Value {
    json!({"SourceCategory": category, "ObjectName": name, "ObjectValue": "invoice__c"})
}

#[tokio::test]
async fn a_copy_is_made_listed_and_deleted() {
    let (app, token, base) = app().await;
    let path = format!("{base}/categories");

    let made = acme(app.post(&path), &token).json(&body("tasks", "Invoice"));
    let made = made.send().await;
    let listed = acme(app.get(&path), &token).send().await;
    let one = format!("{path}/{}", made.json()["Id"]);
    let deleted = acme(app.delete(&one), &token).send().await;
    let again = acme(app.delete(&one), &token).send().await;

    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text);
    let id = made.json()["Id"].clone();
    let copy = json!({"Id": id, "SourceCategory": "tasks", "ObjectName": "Invoice", "ObjectValue": "invoice__c"});
    assert_eq!(made.json(), copy);
    assert_eq!(listed.json(), json!([copy]));
    assert_eq!((deleted.status.as_u16(), deleted.text.as_str()), (204, ""));
    assert_eq!(again.failure().0, 404);
}

#[tokio::test]
async fn what_can_not_be_copied_or_called_is_refused_with_its_code() {
    let (app, token, base) = app().await;
    let path = format!("{base}/categories");
    let post = |path: String, body: Value| acme(app.post(&path), &token).json(&body).send();
    let made = post(path.clone(), body("tasks", "Invoice")).await.json();

    let taken = post(path.clone(), body("tasks", "Invoice")).await;
    let fixed = post(path.clone(), body("People", "Invoice")).await;
    let unknown = post(path.clone(), body("Nothing", "Invoice")).await;
    let nameless = post(path, json!({"SourceCategory": "tasks"})).await;
    let elsewhere = post(
        "/v1.0/account/connectors/999/categories".into(),
        body("tasks", "x"),
    )
    .await;
    let method = |key: &str| format!("{base}/methods/{}", app.method(key));
    let no_copy = json!({"CategoryId": made["Id"].as_i64().expect("an id") + 1});
    let no_copy = post(method("list-records"), no_copy).await;
    let foreign = post(method("get-me"), json!({"CategoryId": made["Id"]})).await;

    assert_eq!(taken.failure(), (400, "category.object_in_use"));
    assert_eq!(fixed.failure(), (400, "account_connector.invalid"));
    assert_eq!(unknown.failure(), (400, "account_connector.invalid"));
    assert_eq!(nameless.failure().0, 400);
    assert_eq!(elsewhere.failure(), (404, "account_connector.not_found"));
    assert_eq!(no_copy.failure(), (404, "category.not_found"));
    assert_eq!(foreign.failure(), (400, "category.foreign_method"));
}
