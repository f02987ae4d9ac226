//! How requests are read: leniently, and in the promised order of checks.

use reqwest::Method;
use serde_json::json;
use velodrome_compat::World;

#[tokio::test]
async fn json_as_people_write_it_is_understood() {
    let world = World::start();
    let partner = world.partner().await;
    let text = "{ id: 'lenient', /* a comment */ 'NAME': 'First', Name: 'Last', // the last wins\n Unknown: 1, }";

    let created = partner
        .send_text(Method::POST, "/v1.0/accounts", text)
        .await
        .expect(200)
        .json();

    assert_eq!(created["Id"], "lenient");
    assert_eq!(created["Name"], "Last");
}

#[tokio::test]
async fn paths_and_query_names_ignore_case_and_one_slash_at_the_end() {
    let world = World::start();
    let partner = world.partner().await;
    world.account(&partner, "bramble").await;

    let listed = partner.get("/V1.0/Accounts/?PAGESIZE=1").await.expect(200);

    assert_eq!(listed.json().as_array().unwrap().len(), 1);
    partner.get("/v1.0/ACCOUNTS/bramble/").await.expect(200);
    partner.get("/v1.0/accounts/BRAMBLE").await.refusal(404);
}

#[tokio::test]
async fn values_of_a_neighbouring_type_are_taken() {
    let world = World::start();
    let partner = world.partner().await;

    let created = partner
        .post(
            "/v1.0/accounts",
            json!({ "Name": 42, "StepDataSuccessRetentionHours": "24", "TransactionErrorWebhookEnabled": "false" }),
        )
        .await
        .expect(200)
        .json();

    assert_eq!(created["Name"], "42");
    assert_eq!(created["StepDataSuccessRetentionHours"], 24);
    assert_eq!(created["TransactionErrorWebhookEnabled"], false);
}

#[tokio::test]
async fn an_answer_can_be_sent_back() {
    let world = World::start();
    let partner = world.partner().await;
    world.account(&partner, "bramble").await;

    let read = partner
        .get("/v1.0/accounts/bramble")
        .await
        .expect(200)
        .json();
    let written = partner
        .put("/v1.0/accounts/bramble", read.clone())
        .await
        .expect(200)
        .json();

    assert_eq!(written, read);
}

#[tokio::test]
async fn the_body_is_judged_before_the_account_is_looked_up() {
    let world = World::start();
    let partner = world.partner().await;

    let unreadable = partner
        .send_text(Method::PUT, "/v1.0/accounts/nobody", "{ broken")
        .await;
    let readable = partner
        .put("/v1.0/accounts/nobody", json!({ "Name": "A" }))
        .await;

    unreadable.refusal(400);
    readable.refusal(404);
}

#[tokio::test]
async fn a_body_over_four_mebibytes_is_refused() {
    let world = World::start();
    let partner = world.partner().await;
    let text = format!("{{\"Name\":\"{}\"}}", "a".repeat(4 * 1024 * 1024));

    let refused = partner
        .send_text(Method::POST, "/v1.0/accounts", &text)
        .await;

    refused.refusal(413);
}

#[tokio::test]
async fn an_unknown_path_is_answered_like_every_other_error() {
    let world = World::start();
    let partner = world.partner().await;

    partner.get("/v1.0/no-such-thing").await.refusal(404);
}
