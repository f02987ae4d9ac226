//! The partner's own client credentials and the tokens made with them.

use serde_json::{Value, json};
use velodrome_compat::{Answer, World};

async fn token_of(world: &World, client: &Value) -> Answer {
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", client["ClientId"].as_str().unwrap_or_default()),
        (
            "client_secret",
            client["ClientSecret"].as_str().unwrap_or_default(),
        ),
    ];
    world.anyone().post_form("/oauth/token", &form).await
}

#[tokio::test]
async fn credentials_work_until_they_are_revoked_and_their_tokens_with_them() {
    let world = World::start();
    let partner = world.partner().await;

    let client = partner
        .post(
            "/v1.0/partner/oauthclients",
            json!({ "Description": "Nightly job" }),
        )
        .await
        .expect(201)
        .json();
    let token = token_of(&world, &client).await.expect(200).json();
    let program = world
        .anyone()
        .with_token(token["access_token"].as_str().unwrap());
    program.get("/v1.0/accounts").await.expect(200);
    let path = format!(
        "/v1.0/partner/oauthclients/{}",
        client["ClientId"].as_str().unwrap()
    );
    let revealed = partner
        .get(&format!("{path}/secret"))
        .await
        .expect(200)
        .json();
    partner.delete(&path).await.expect(204);

    assert_eq!(revealed["ClientSecret"], client["ClientSecret"]);
    assert_eq!(
        token_of(&world, &client).await.expect(401).json()["error"],
        "invalid_client"
    );
    program.get("/v1.0/accounts").await.refusal(401);
    partner.get(&format!("{path}/secret")).await.refusal(404);
}

#[tokio::test]
async fn there_are_at_most_five_sets_and_the_last_one_in_use_stays() {
    let world = World::start();
    let partner = world.partner().await;
    let own = partner
        .get("/v1.0/partner/oauthclients")
        .await
        .expect(200)
        .json();
    let own = own[0]["ClientId"].as_str().unwrap();

    partner
        .delete(&format!("/v1.0/partner/oauthclients/{own}"))
        .await
        .refusal(409);
    for number in 2..=5 {
        let body = json!({ "Description": format!("Set {number}") });
        partner
            .post("/v1.0/partner/oauthclients", body)
            .await
            .expect(201);
    }
    let sixth = partner
        .post(
            "/v1.0/partner/oauthclients",
            json!({ "Description": "One more" }),
        )
        .await;

    sixth.refusal(409);
    partner
        .post("/v1.0/partner/oauthclients", json!({}))
        .await
        .refusal(400);
}

#[tokio::test]
async fn an_access_token_is_listed_without_itself_and_can_be_revoked() {
    let world = World::start();
    let partner = world.partner().await;
    world.account(&partner, "bramble").await;
    let program = world.account_program("bramble").await;

    let listed = partner
        .get("/v1.0/partner/accesstokens")
        .await
        .expect(200)
        .json();
    let found = listed
        .as_array()
        .unwrap()
        .iter()
        .find(|token| token["AccountId"] == "bramble")
        .unwrap();
    let path = format!(
        "/v1.0/partner/accesstokens/{}",
        found["Id"].as_str().unwrap()
    );
    partner.delete(&path).await.expect(204);

    assert_eq!(found["Scope"], "account:bramble");
    program.get("/v1.0/account/connectors").await.refusal(401);
    partner.delete(&path).await.refusal(404);
}
