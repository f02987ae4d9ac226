//! Users of accounts.

use serde_json::json;
use velodrome_compat::World;

#[tokio::test]
async fn a_user_is_let_into_an_account_and_taken_out_again() {
    let world = World::start();
    let partner = world.partner().await;
    world.account(&partner, "bramble").await;
    let ana = json!({ "UserName": "ana", "Password": "long-enough-1" });

    let added = partner
        .put("/v1.0/accounts/bramble/users", ana)
        .await
        .expect(200);
    let seen = partner.get("/v1.0/users/ana").await.expect(200).json();
    partner
        .send(
            reqwest::Method::DELETE,
            "/v1.0/accounts/bramble/users",
            |request| request.json(&json!({ "UserName": "ana" })),
        )
        .await
        .expect(200);
    let after = partner.get("/v1.0/users/ana").await.expect(200).json();

    assert_eq!(added.text, "");
    assert_eq!(seen["AccountIds"], json!(["bramble"]));
    assert_eq!(seen["CanSignIn"], true);
    assert_eq!(after["AccountIds"], json!([]));
}

#[tokio::test]
async fn a_short_password_and_a_name_in_use_are_refused() {
    let world = World::start();
    let partner = world.partner().await;
    let ana = json!({ "UserName": "ana", "Password": "long-enough-1" });

    let short = partner
        .post(
            "/v1.0/users",
            json!({ "UserName": "ana", "Password": "short" }),
        )
        .await;
    let created = partner.post("/v1.0/users", ana.clone()).await.expect(201);
    let again = partner.post("/v1.0/users", ana).await;

    short.refusal(400);
    assert!(!created.text.contains("long-enough-1"), "{}", created.text);
    again.refusal(409);
    partner.delete("/v1.0/users/ana").await.expect(204);
    partner.get("/v1.0/users/ana").await.refusal(404);
}
