//! The token endpoint and what tokens open.

use axum::http::StatusCode;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use chrono::TimeDelta;
use serde_json::json;

use crate::app::{ADMINISTRATOR, Answer, CLIENT_ID, CLIENT_SECRET, PASSWORD, TestApp};

fn credentials() -> Vec<(&'static str, String)> {
    vec![
        ("grant_type", "client_credentials".into()),
        ("client_id", CLIENT_ID.into()),
        ("client_secret", CLIENT_SECRET.into()),
    ]
}

fn error(answer: &Answer) -> (u16, String) {
    (
        answer.status.as_u16(),
        answer.json()["error"]
            .as_str()
            .unwrap_or_default()
            .to_owned(),
    )
}

#[tokio::test]
async fn client_credentials_give_a_token_in_the_published_form() {
    let app = TestApp::start().await;

    let answer = app.post("/oauth/token").form(&credentials()).send().await;

    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.header("cache-control"), "no-store");
    let body = answer.json();
    let names: Vec<_> = body
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    assert_eq!(
        names,
        [
            "access_token",
            "token_type",
            "expires_in",
            "clientId",
            ".refresh",
            ".issued",
            ".expires"
        ]
    );
    assert_eq!(
        (body["token_type"].as_str(), body["expires_in"].as_i64()),
        (Some("bearer"), Some(1_209_599))
    );
    assert_eq!(body[".refresh"], "False");
    assert_eq!(
        (&body[".issued"], &body[".expires"]),
        (
            &json!("Wed, 04 Mar 2026 09:30:00 GMT"),
            &json!("Wed, 18 Mar 2026 09:30:00 GMT")
        )
    );
}

#[tokio::test]
async fn credentials_may_come_by_basic_or_with_get_but_never_in_the_query() {
    let app = TestApp::start().await;
    let basic = format!(
        "Basic {}",
        STANDARD.encode(format!("{CLIENT_ID}:{CLIENT_SECRET}"))
    );
    let grant = [("grant_type", "client_credentials".to_owned())];

    let by_basic = app
        .post("/oauth/token")
        .header("authorization", &basic)
        .form(&grant)
        .send()
        .await;
    let by_get = app.get("/OAuth/Token/").form(&credentials()).send().await;
    let query =
        format!("/oauth/token?grant_type=client_credentials&client_id={CLIENT_ID}&client_secret=x");
    let by_query = app.post(&query).send().await;

    assert_eq!(
        (by_basic.status, by_get.status),
        (StatusCode::OK, StatusCode::OK)
    );
    assert_eq!(error(&by_query), (400, "invalid_request".into()));
}

#[tokio::test]
async fn wrong_credentials_are_refused_as_the_standard_says() {
    let app = TestApp::start().await;
    let basic = format!("Basic {}", STANDARD.encode(format!("{CLIENT_ID}:wrong")));
    let grant = [("grant_type", "client_credentials".to_owned())];

    let mut wrong = credentials();
    wrong[2].1 = "wrong".into();
    let by_form = app.post("/oauth/token").form(&wrong).send().await;
    let by_basic = app
        .post("/oauth/token")
        .header("authorization", &basic)
        .form(&grant)
        .send()
        .await;
    let unknown = app
        .post("/oauth/token")
        .form(&[("grant_type", "implicit".into()), ("client_id", "x".into())])
        .send()
        .await;

    assert_eq!(error(&by_form), (401, "invalid_client".into()));
    assert_eq!(by_form.header("www-authenticate"), "");
    assert_eq!(error(&by_basic), (401, "invalid_client".into()));
    assert!(by_basic.header("www-authenticate").starts_with("Basic"));
    assert_eq!(error(&unknown), (400, "unsupported_grant_type".into()));
}

#[tokio::test]
async fn many_failures_from_one_address_have_to_wait() {
    let app = TestApp::start().await;
    let mut wrong = credentials();
    wrong[2].1 = "wrong".into();
    for _ in 0..11 {
        app.post("/oauth/token").form(&wrong).send().await;
    }

    let refused = app.post("/oauth/token").form(&credentials()).send().await;
    let elsewhere = app
        .post("/oauth/token")
        .form(&credentials())
        .from("203.0.113.9")
        .send()
        .await;
    app.pass(TimeDelta::seconds(2));
    let later = app.post("/oauth/token").form(&credentials()).send().await;

    assert_eq!(refused.failure(), (429, "oauth.throttled"));
    assert_eq!(refused.header("retry-after"), "1");
    assert_eq!(
        (elsewhere.status, later.status),
        (StatusCode::OK, StatusCode::OK)
    );
}

#[tokio::test]
async fn a_restricted_token_opens_its_account_only() {
    let app = TestApp::start().await;
    let token = app.token().await;
    app.account(&token, "acme").await;
    app.account(&token, "globex").await;
    let restricted = app.restricted_token("acme").await;

    let unknown = [credentials(), vec![("scope", "account:nobody".into())]].concat();
    assert_eq!(
        error(&app.post("/oauth/token").form(&unknown).send().await),
        (400, "invalid_scope".into())
    );
    assert_eq!(
        app.get("/v1.0/accounts")
            .bearer(&restricted)
            .send()
            .await
            .failure(),
        (403, "auth.token_restricted")
    );
    assert_eq!(
        app.get("/v1.0/account/connectors")
            .bearer(&restricted)
            .send()
            .await
            .status,
        StatusCode::OK
    );
    assert_eq!(
        app.get("/v1.0/partner/regions")
            .bearer(&restricted)
            .send()
            .await
            .status,
        StatusCode::OK
    );
    let named = |key: &'static str| {
        app.get("/v1.0/account/connectors")
            .bearer(&restricted)
            .header("X-Cyclr-Account", key)
            .send()
    };
    assert_eq!(named("acme").await.status, StatusCode::OK);
    assert_eq!(named("globex").await.failure(), (403, "auth.other_account"));
    assert_eq!(
        named("nobody").await.failure(),
        (401, "auth.account_unknown")
    );
}

#[tokio::test]
async fn account_level_operations_need_the_header() {
    let app = TestApp::start().await;
    let token = app.token().await;
    app.account(&token, "Acme").await;

    let call = |key: &'static str| {
        app.get("/v1.0/account/connectors")
            .bearer(&token)
            .header("X-Cyclr-Account", key)
            .send()
    };

    assert_eq!(call("Acme").await.status, StatusCode::OK);
    // Account ids are case-sensitive.
    assert_eq!(call("acme").await.failure(), (401, "auth.account_unknown"));
    assert_eq!(call("").await.failure(), (401, "auth.account_required"));
    let without = app
        .get("/v1.0/account/connectors")
        .bearer(&token)
        .send()
        .await;
    assert_eq!(without.failure(), (401, "auth.account_required"));
    assert_eq!(without.header("www-authenticate"), "Bearer");
}

#[tokio::test]
async fn expired_and_made_up_tokens_are_denied() {
    let app = TestApp::start().await;
    let token = app.token().await;
    app.pass(TimeDelta::days(14));

    let none = app.get("/v1.0/accounts").send().await;
    let expired = app.get("/v1.0/accounts").bearer(&token).send().await;
    let made_up = app.get("/v1.0/accounts").bearer("at_made_up").send().await;
    let other_scheme = app
        .get("/v1.0/accounts")
        .header("authorization", "Basic YTpi")
        .send()
        .await;

    assert_eq!(none.failure(), (401, "auth.token_required"));
    assert_eq!(
        none.message(),
        "Authorization has been denied for this request."
    );
    for denied in [expired, made_up, other_scheme] {
        assert_eq!(denied.failure(), (401, "auth.token_invalid"));
        assert_eq!(
            denied.header("www-authenticate"),
            "Bearer error=\"invalid_token\""
        );
    }
}

#[tokio::test]
async fn the_password_grant_gives_refresh_tokens_that_work_once() {
    let app = TestApp::start().await;
    let token = app.token().await;
    let client = app
        .get("/v1.0/partner/passwordgrantclient")
        .bearer(&token)
        .send()
        .await
        .json()["ClientId"]
        .as_str()
        .unwrap()
        .to_owned();
    let form = |fields: Vec<(&'static str, &str)>| {
        let fields: Vec<_> = fields
            .into_iter()
            .map(|(name, value)| (name, value.to_owned()))
            .collect();
        app.post("/oauth/token").form(&fields).send()
    };

    let first = form(vec![
        ("grant_type", "password"),
        ("client_id", &client),
        ("username", ADMINISTRATOR),
        ("password", PASSWORD),
    ])
    .await;
    assert_eq!(first.status, StatusCode::OK, "{}", first.text);
    assert_eq!(
        (&first.json()["userName"], &first.json()[".refresh"]),
        (&json!(ADMINISTRATOR), &json!("True"))
    );
    let refresh = first.json()["refresh_token"].as_str().unwrap().to_owned();
    let foreign = form(vec![
        ("grant_type", "refresh_token"),
        ("client_id", CLIENT_ID),
        ("refresh_token", &refresh),
    ])
    .await;
    let second = form(vec![
        ("grant_type", "refresh_token"),
        ("client_id", &client),
        ("refresh_token", &refresh),
    ])
    .await;
    let replayed = form(vec![
        ("grant_type", "refresh_token"),
        ("client_id", &client),
        ("refresh_token", &refresh),
    ])
    .await;
    let wrong = form(vec![
        ("grant_type", "password"),
        ("client_id", &client),
        ("username", ADMINISTRATOR),
        ("password", "no"),
    ])
    .await;

    assert_eq!(error(&foreign), (401, "invalid_client".into()));
    assert_eq!(second.status, StatusCode::OK);
    assert_eq!(error(&replayed), (400, "invalid_grant".into()));
    assert_eq!(error(&wrong), (400, "invalid_grant".into()));

    let off = app
        .put("/v1.0/partner/settings/security")
        .bearer(&token)
        .json(&json!({"PasswordGrantEnabled": false}))
        .send()
        .await;
    assert_eq!(off.status, StatusCode::OK);
    let refused = form(vec![
        ("grant_type", "password"),
        ("client_id", &client),
        ("username", ADMINISTRATOR),
        ("password", PASSWORD),
    ])
    .await;
    assert_eq!(error(&refused), (400, "unauthorized_client".into()));
}
