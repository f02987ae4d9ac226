//! What belongs to one account is not there for another.

use serde_json::json;
use velodrome_compat::World;

#[tokio::test]
async fn another_accounts_connector_is_not_found_by_any_call() {
    let world = World::start();
    let partner = world.partner().await;
    let owner = world.account(&partner, "owner").await;
    let stranger = world.account(&partner, "stranger").await;
    let connector = world.connector(&partner, "Pipedrive").await;
    let installed = owner
        .post(
            &format!("/v1.0/connectors/{}/install", connector["Id"]),
            json!({}),
        )
        .await
        .expect(200)
        .json();
    let method = world.method(&partner, &connector, "List Deals").await;
    let path = format!("/v1.0/account/connectors/{}", installed["Id"]);

    owner.get(&path).await.expect(200);
    stranger.get(&path).await.refusal(404);
    stranger
        .put(&path, json!({ "Name": "Mine" }))
        .await
        .refusal(404);
    stranger
        .put_nothing(&format!("{path}/deauthenticate"))
        .await
        .refusal(404);
    stranger
        .get(&format!("{path}/properties"))
        .await
        .refusal(404);
    stranger
        .post(
            &format!("{path}/properties"),
            json!({ "Name": "A", "Value": "b" }),
        )
        .await
        .refusal(404);
    stranger
        .post_nothing(&format!("{path}/setuptoken"))
        .await
        .refusal(404);
    stranger
        .get(&format!("{path}/methods/{}", method["Id"]))
        .await
        .refusal(404);
    stranger
        .get(&format!("{path}/proxy/v1/deals"))
        .await
        .refusal(404);
    stranger.delete(&path).await.refusal(404);

    let listed = stranger
        .get("/v1.0/account/connectors")
        .await
        .expect(200)
        .json();
    assert_eq!(listed, json!([]));
    owner.get(&path).await.expect(200);
}

#[tokio::test]
async fn an_account_level_call_needs_an_account_of_the_partner() {
    let world = World::start();
    let partner = world.partner().await;

    partner.get("/v1.0/account/connectors").await.refusal(401);
    partner
        .in_account("")
        .get("/v1.0/account/connectors")
        .await
        .refusal(401);
    partner
        .in_account("nobody")
        .get("/v1.0/account/connectors")
        .await
        .refusal(401);
}

#[tokio::test]
async fn a_sub_account_reads_its_parents_connectors_and_changes_nothing() {
    let world = World::start();
    let partner = world.partner().await;
    let parent = world.account(&partner, "parent").await;
    partner
        .post(
            "/v1.0/accounts",
            json!({ "Id": "child", "Name": "Child", "ParentAccountId": "parent" }),
        )
        .await
        .expect(200);
    let child = partner.in_account("child");
    let connector = world.connector(&partner, "Pipedrive").await;
    let installed = parent
        .post(
            &format!("/v1.0/connectors/{}/install", connector["Id"]),
            json!({}),
        )
        .await
        .expect(200)
        .json();
    let path = format!("/v1.0/account/connectors/{}", installed["Id"]);

    let seen = child.get(&path).await.expect(200).json();

    assert_eq!(seen["OwnerAccountId"], "parent");
    let refused = child.delete(&path).await;
    assert!(
        [403, 404].contains(&refused.status),
        "{} {}",
        refused.status,
        refused.text
    );
    parent.get(&path).await.expect(200);
}
