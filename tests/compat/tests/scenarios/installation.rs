//! Installing a connector into an account, and its properties.

use serde_json::{Value, json};
use velodrome_compat::World;

#[tokio::test]
async fn a_connector_is_installed_renamed_and_removed() {
    let world = World::start();
    let partner = world.partner().await;
    let account = world.account(&partner, "bramble").await;

    let installed = account
        .post_nothing("/v1.0/connectors/Pipedrive/install")
        .await
        .expect(200)
        .json();
    let path = format!("/v1.0/account/connectors/{}", installed["Id"]);
    let renamed = account
        .put(&path, json!({ "Name": "Sales" }))
        .await
        .expect(200)
        .json();
    let removed = account.delete(&path).await.expect(200);

    assert_eq!(installed["Name"], "Pipedrive");
    assert_eq!(installed["Authenticated"], false);
    assert_eq!(installed["AuthenticationState"], "NotAuthenticated");
    assert_eq!(installed["AuthValue"], Value::Null);
    assert_eq!(renamed["Name"], "Sales");
    assert_eq!(removed.text, "");
    account.get(&path).await.refusal(404);
}

#[tokio::test]
async fn a_name_in_use_is_refused_in_the_words_that_clients_compare() {
    let world = World::start();
    let partner = world.partner().await;
    let account = world.account(&partner, "bramble").await;
    account
        .post_nothing("/v1.0/connectors/Pipedrive/install")
        .await
        .expect(200);

    let again = account
        .post(
            "/v1.0/connectors/Pipedrive/install",
            json!({ "Name": "Pipedrive" }),
        )
        .await;

    assert_eq!(
        again.refusal(400),
        "Account connector name Pipedrive is in use."
    );
}

#[tokio::test]
async fn an_unknown_property_is_named_at_installation_and_taken_afterwards() {
    let world = World::start();
    let partner = world.partner().await;
    let account = world.account(&partner, "bramble").await;

    let refused = account
        .post(
            "/v1.0/connectors/Pipedrive/install",
            json!({ "Properties": [{ "Name": "Flavour", "Value": "mint" }] }),
        )
        .await
        .refusal(400);
    let installed = account
        .post_nothing("/v1.0/connectors/Pipedrive/install")
        .await
        .expect(200)
        .json();
    let path = format!("/v1.0/account/connectors/{}/properties", installed["Id"]);
    let first = account
        .post(&path, json!({ "Name": "Flavour", "Value": "mint" }))
        .await
        .expect(200)
        .json();
    let second = account
        .post(&path, json!({ "Name": "Flavour", "Value": "lemon" }))
        .await
        .expect(200)
        .json();

    assert!(refused.contains("'Flavour'"), "{refused}");
    assert_eq!(first["Id"], second["Id"], "a name that exists is updated");
    assert_eq!(second["Value"], "lemon");
    account
        .delete(&format!("{path}/{}", first["Id"]))
        .await
        .expect(200);
    account
        .get(&format!("{path}/{}", first["Id"]))
        .await
        .refusal(404);
}

#[tokio::test]
async fn an_authentication_of_another_connector_is_refused() {
    let world = World::start();
    let partner = world.partner().await;
    let account = world.account(&partner, "bramble").await;
    let stripe = world.connector(&partner, "Stripe (OAuth)").await;

    let refused = account
        .post(
            "/v1.0/connectors/Pipedrive/install",
            json!({ "AuthenticationId": stripe["Authentication"][0]["Id"] }),
        )
        .await;

    refused.refusal(400);
}

#[tokio::test]
async fn malformed_and_unknown_ids_are_told_apart() {
    let world = World::start();
    let partner = world.partner().await;
    let account = world.account(&partner, "bramble").await;

    account
        .get("/v1.0/account/connectors/eleven")
        .await
        .refusal(400);
    account
        .get("/v1.0/account/connectors/11111111")
        .await
        .refusal(404);
    account.get("/v1.0/methods/many").await.refusal(400);
    account.get("/v1.0/methods/999999999").await.refusal(404);
}
