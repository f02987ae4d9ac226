//! What holds for every request: leniency, order of checks, error shape, headers, files.

use axum::http::{Method, StatusCode};
use serde_json::json;

use crate::app::TestApp;

#[tokio::test]
async fn paths_and_properties_match_in_any_case_and_bodies_are_read_leniently() {
    let app = TestApp::start().await;
    let token = app.token().await;

    let body = "{ // new\n 'id': 'acme', NAME: \"Acme\", 'unknown': [1,], stepDataSuccessRetentionHours: '900', TransactionErrorWebhookEnabled: 'False', }";
    let made = app
        .post("/V1.0/Accounts/")
        .bearer(&token)
        .body(body)
        .send()
        .await;
    let read = app.get("/v1.0/ACCOUNTS/acme").bearer(&token).send().await;

    assert_eq!(made.status, StatusCode::OK, "{}", made.text);
    assert_eq!(read.text, made.text);
    assert_eq!(read.json()["StepDataSuccessRetentionHours"], 744);
    assert_eq!(read.json()["TransactionErrorWebhookEnabled"], false);
}

#[tokio::test]
async fn checks_come_in_the_published_order() {
    let app = TestApp::start().await;
    let token = app.token().await;

    let no_token = app.put("/v1.0/accounts/nobody").body("{{{").send().await;
    let bad_body = app
        .put("/v1.0/accounts/nobody")
        .bearer(&token)
        .body("{{{")
        .send()
        .await;
    let unknown = app
        .put("/v1.0/accounts/nobody")
        .bearer(&token)
        .body("{}")
        .send()
        .await;
    let malformed_id = app
        .delete("/v1.0/partner/iprestrictions/seven")
        .bearer(&token)
        .send()
        .await;

    assert_eq!(no_token.status, StatusCode::UNAUTHORIZED);
    assert_eq!(bad_body.failure(), (400, "request.unreadable"));
    assert_eq!(unknown.failure(), (404, "account.not_found"));
    assert_eq!(malformed_id.failure(), (400, "request.malformed_id"));
}

#[tokio::test]
async fn every_answer_carries_its_id_and_nosniff() {
    let app = TestApp::start().await;

    let given = app
        .get("/healthz")
        .header("x-request-id", "mine-1")
        .send()
        .await;
    let hostile = app
        .get("/nowhere")
        .header("x-request-id", "a b")
        .send()
        .await;

    assert_eq!(
        (
            given.header("x-request-id"),
            given.header("x-content-type-options")
        ),
        ("mine-1", "nosniff")
    );
    assert!(hostile.header("x-request-id").starts_with("req_"));
    assert_eq!(hostile.header("x-content-type-options"), "nosniff");
    assert_eq!(hostile.failure(), (404, "request.unknown_path"));
}

#[tokio::test]
async fn unknown_methods_and_large_bodies_are_refused_in_our_shape() {
    let app = TestApp::start().await;
    let token = app.token().await;

    let method = app
        .request(Method::PATCH, "/v1.0/accounts")
        .bearer(&token)
        .send()
        .await;
    let large = app
        .post("/v1.0/accounts")
        .bearer(&token)
        .body(" ".repeat(4 * 1024 * 1024 + 1))
        .send()
        .await;
    let deep = app
        .post("/v1.0/accounts")
        .bearer(&token)
        .body("[".repeat(100_000))
        .send()
        .await;

    assert_eq!(method.failure(), (405, "request.unknown_method"));
    assert!(method.header("allow").contains("POST"));
    assert_eq!(large.failure(), (413, "request.too_large"));
    assert_eq!(deep.failure(), (400, "request.unreadable"));
}

#[tokio::test]
async fn health_is_open_and_metrics_are_local_or_by_token() {
    let app = TestApp::start().await;

    assert_eq!(
        app.get("/healthz").send().await.json(),
        json!({"Status": "ok", "Version": "0.0.0-test", "Checks": {}})
    );
    assert_eq!(
        app.get("/readyz").send().await.json()["Checks"],
        json!({"database": "ok"})
    );
    assert_eq!(
        app.get("/metrics").send().await.failure(),
        (403, "metrics.not_allowed")
    );
    assert_eq!(
        app.get("/metrics").from("127.0.0.1").send().await.status,
        StatusCode::OK
    );
    let forwarded = app
        .get("/metrics")
        .from("127.0.0.1")
        .header("x-forwarded-for", "203.0.113.9")
        .send()
        .await;
    assert_eq!(forwarded.status, StatusCode::FORBIDDEN);
    assert_eq!(
        app.get("/metrics")
            .bearer("metrics token")
            .send()
            .await
            .status,
        StatusCode::OK
    );
    assert_eq!(
        app.get("/metrics").bearer("other").send().await.status,
        StatusCode::FORBIDDEN
    );
}

#[tokio::test]
async fn the_reference_and_the_console_come_from_our_origin_without_inline_scripts() {
    let app = TestApp::start().await;

    let document = app.get("/openapi.json").send().await;
    let docs = app.get("/docs/").send().await;
    let console = app.get("/console/accounts").send().await;

    assert_eq!(document.json()["info"]["title"], "Velodrome API");
    assert_eq!(app.get("/docs").send().await.header("location"), "/docs/");
    assert!(!docs.text.contains("<script>"), "{}", docs.text);
    for page in [docs, console] {
        let policy = page.header("content-security-policy");
        assert!(
            policy.contains("script-src 'self'") && policy.contains("frame-ancestors 'none'"),
            "{policy}"
        );
    }
    assert_eq!(
        app.get("/console/assets/missing.js").send().await.status,
        StatusCode::NOT_FOUND
    );
    assert_eq!(app.get("/").send().await.header("location"), "/console/");
}
