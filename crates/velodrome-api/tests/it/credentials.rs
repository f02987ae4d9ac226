//! Client credentials, access tokens, the password grant's client.

use axum::http::StatusCode;
use serde_json::json;

use crate::app::TestApp;

#[tokio::test]
async fn clients_are_made_shown_and_revoked_and_there_are_at_most_five() {
    let app = TestApp::start().await;
    let (token, other) = (app.token().await, app.other_partner().await);
    let path = "/v1.0/partner/oauthclients";

    assert_eq!(
        app.post(path)
            .bearer(&token)
            .json(&json!({}))
            .send()
            .await
            .message(),
        "Description is required."
    );
    let made = app
        .post(path)
        .bearer(&token)
        .json(&json!({"Description": "Backend"}))
        .send()
        .await;
    assert_eq!(made.status, StatusCode::CREATED);
    let (id, secret) = (
        made.json()["ClientId"].as_str().unwrap().to_owned(),
        made.json()["ClientSecret"].as_str().unwrap().to_owned(),
    );
    let shown = app
        .get(&format!("{path}/{id}/secret"))
        .bearer(&token)
        .send()
        .await;
    assert_eq!(shown.text, made.text);
    assert_eq!(
        app.audited(&token).await[..2],
        ["oauth_client.secret_revealed", "oauth_client.created"]
    );
    assert!(
        !app.get(path)
            .bearer(&token)
            .send()
            .await
            .text
            .contains(&secret)
    );
    assert_eq!(
        app.get(&format!("{path}/{id}/secret"))
            .bearer(&other)
            .send()
            .await
            .failure(),
        (404, "oauth_client.not_found")
    );

    for _ in 0..3 {
        app.post(path)
            .bearer(&token)
            .json(&json!({"Description": "More"}))
            .send()
            .await;
    }
    assert_eq!(
        app.post(path)
            .bearer(&token)
            .json(&json!({"Description": "Sixth"}))
            .send()
            .await
            .failure(),
        (409, "oauth_client.too_many")
    );

    let issued = app.token_of(&id, &secret, None).await;
    assert_eq!(
        app.get("/v1.0/accounts")
            .bearer(&issued)
            .send()
            .await
            .status,
        StatusCode::OK
    );
    assert_eq!(
        app.delete(&format!("{path}/{id}"))
            .bearer(&other)
            .send()
            .await
            .status,
        StatusCode::NOT_FOUND
    );
    assert_eq!(
        app.delete(&format!("{path}/{id}"))
            .bearer(&token)
            .send()
            .await
            .status,
        StatusCode::NO_CONTENT
    );
    assert_eq!(
        app.get("/v1.0/accounts")
            .bearer(&issued)
            .send()
            .await
            .failure(),
        (401, "auth.token_invalid")
    );
    assert_eq!(
        app.delete(&format!("{path}/{id}"))
            .bearer(&token)
            .send()
            .await
            .status,
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn access_tokens_are_listed_and_revoked_at_once() {
    let app = TestApp::start().await;
    let (token, other) = (app.token().await, app.other_partner().await);
    app.account(&token, "acme").await;
    let restricted = app.restricted_token("acme").await;
    assert_eq!(
        app.get("/v1.0/account/connectors")
            .bearer(&restricted)
            .send()
            .await
            .status,
        StatusCode::OK
    );

    let listed = app
        .get("/v1.0/partner/accesstokens?orderBy=AccountId&sortOrderAsc=false")
        .bearer(&token)
        .send()
        .await;
    assert_eq!(listed.header("total-records"), "2");
    let entries = listed.json();
    let entry = entries
        .as_array()
        .unwrap()
        .iter()
        .find(|entry| entry["AccountId"] == "acme")
        .unwrap();
    assert_eq!(
        (&entry["Scope"], &entry["GrantType"]),
        (&json!("account:acme"), &json!("client_credentials"))
    );
    assert!(!listed.text.contains(&restricted));
    let path = format!(
        "/v1.0/partner/accesstokens/{}",
        entry["Id"].as_str().unwrap()
    );
    assert_eq!(
        app.delete(&path).bearer(&other).send().await.status,
        StatusCode::NOT_FOUND
    );
    assert_eq!(
        app.delete(&path).bearer(&token).send().await.status,
        StatusCode::NO_CONTENT
    );

    assert_eq!(
        app.get("/v1.0/account/connectors")
            .bearer(&restricted)
            .send()
            .await
            .status,
        StatusCode::UNAUTHORIZED
    );
    assert_eq!(
        app.delete("/v1.0/partner/accesstokens/not-a-guid")
            .bearer(&token)
            .send()
            .await
            .failure(),
        (400, "request.malformed_id")
    );
}

#[tokio::test]
async fn replacing_the_password_grant_client_ends_its_tokens() {
    let app = TestApp::start().await;
    let token = app.token().await;
    let path = "/v1.0/partner/passwordgrantclient";
    let before = app.get(path).bearer(&token).send().await.json();
    let client = before["ClientId"].as_str().unwrap().to_owned();
    let form = [
        ("grant_type", "password".to_owned()),
        ("client_id", client),
        ("username", crate::app::ADMINISTRATOR.to_owned()),
        ("password", crate::app::PASSWORD.to_owned()),
    ];
    let issued = app.post("/oauth/token").form(&form).send().await.json()["access_token"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_eq!(
        app.get("/v1.0/accounts")
            .bearer(&issued)
            .send()
            .await
            .status,
        StatusCode::OK
    );

    let after = app
        .post(&format!("{path}/refresh"))
        .bearer(&token)
        .send()
        .await
        .json();

    assert_ne!(after["ClientId"], before["ClientId"]);
    assert_eq!(after["Enabled"], true);
    assert_eq!(
        app.get("/v1.0/accounts")
            .bearer(&issued)
            .send()
            .await
            .status,
        StatusCode::UNAUTHORIZED
    );
    assert_eq!(
        app.post("/oauth/token").form(&form).send().await.status,
        StatusCode::UNAUTHORIZED
    );
}
