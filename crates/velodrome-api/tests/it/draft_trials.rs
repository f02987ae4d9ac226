//! Trying methods of drafts, on the wire; calls that arrive somewhere are in the compat scenarios.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::{
    app::TestApp,
    custom_connectors::{CUSTOM, acme, app, made, publish, stockroom, within},
};

/// The draft of a connector in `acme`, and the path that tries its method.
async fn draft(app: &TestApp, token: &str) -> (Value, String) {
    let connector = made(app, token, "acme", &stockroom()).await;
    let id = connector["Id"].clone();
    let methods = acme(app.get(&format!("/v1.0/connectors/{id}/methods")), token)
        .send()
        .await
        .json();
    let method = methods[0]["MethodUniqueIdentifier"]
        .as_str()
        .expect("a GUID");
    let path = format!("{CUSTOM}/{id}/test/{method}");
    (id, path)
}

#[tokio::test]
async fn a_trial_needs_something_to_authenticate_with_that_fits_the_draft() {
    let (app, token) = app().await;
    let (_, path) = draft(&app, &token).await;
    for (body, status, code) in [
        (json!({}), 400, "custom_connector.auth_value_required"),
        (
            json!({"AuthValue": " "}),
            400,
            "custom_connector.auth_value_required",
        ),
        (
            json!({"AuthValue": "k", "AuthenticationId": "00000000-0000-4000-8000-000000000000"}),
            400,
            "custom_connector.other_authentication",
        ),
        (
            json!({"AccountConnectorId": 1}),
            404,
            "account_connector.not_found",
        ),
        (
            json!({"AccountConnectorId": 1, "AccountId": "nobody"}),
            404,
            "account_connector.not_found",
        ),
        (
            json!({"AuthValue": "k", "Parameters": {"nothing": 1}}),
            400,
            "method.unknown_key",
        ),
    ] {
        let refused = acme(app.post(&path), &token).json(&body).send().await;
        assert_eq!(
            refused.failure(),
            (status, code),
            "{body}: {}",
            refused.text
        );
    }
    let unknown = format!("{}/test/99", path.split("/test/").next().expect("a path"));
    let refused = acme(app.post(&unknown), &token)
        .json(&json!({"AuthValue": "k"}))
        .send()
        .await;
    assert_eq!(refused.failure(), (404, "method.not_found"));
}

#[tokio::test]
async fn what_is_no_draft_of_the_account_is_not_tried() {
    let (app, token) = app().await;
    app.account(&token, "stranger").await;
    let (id, path) = draft(&app, &token).await;
    let other_partner = app.other_partner().await;
    let restricted = app.restricted_token("stranger").await;
    let body = json!({"AuthValue": "k"});

    for (token, account) in [
        (&token, "stranger"),
        (&restricted, "stranger"),
        (&other_partner, "acme"),
    ] {
        let refused = within(app.post(&path), token, account)
            .json(&body)
            .send()
            .await;
        assert_eq!(refused.failure(), (404, "custom_connector.not_found"));
    }

    publish(&app, &token, &id, "Major").await;
    let none = acme(app.post(&path), &token).json(&body).send().await;
    assert_eq!(none.failure(), (409, "custom_connector.no_draft"));
}

#[tokio::test]
async fn a_restricted_token_takes_no_credential_of_another_account() {
    let (app, token) = app().await;
    app.account(&token, "stranger").await;
    // The same connector, owned by the partner, in both accounts.
    let partner = app.get("/v1.0/partner").bearer(&token).send().await.json();
    let template = partner["TemplateAccountId"]
        .as_str()
        .expect("an id")
        .to_owned();
    let connector = made(&app, &token, &template, &stockroom()).await;
    let id = connector["Id"].clone();
    let publish = within(
        app.post(&format!("{CUSTOM}/{id}/publish")),
        &token,
        &template,
    );
    let live = publish.json(&json!({"ReleaseType": "Major"})).send().await;
    assert_eq!(live.status, StatusCode::OK, "{}", live.text);
    let installed = within(
        app.post(&format!("/v1.0/connectors/{id}/install")),
        &token,
        "stranger",
    );
    let installed = installed.json(&json!({"AuthValue": "k"})).send().await;
    let of_stranger = installed.json()["Id"].clone();
    let own = made(&app, &token, "acme", &stockroom()).await;
    let restricted = app.restricted_token("acme").await;

    let path = format!("{CUSTOM}/{}/test/1", own["Id"]);
    let body = json!({"AccountConnectorId": of_stranger, "AccountId": "stranger"});
    let refused = within(app.post(&path), &restricted, "acme")
        .json(&body)
        .send()
        .await;
    assert_eq!(refused.failure(), (404, "account_connector.not_found"));
    // Nor does anybody take one of another connector.
    let refused = acme(app.post(&path), &token).json(&body).send().await;
    assert_eq!(refused.failure(), (404, "account_connector.not_found"));
}
