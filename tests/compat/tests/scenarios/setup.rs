//! The partner's setup of a connector.

use serde_json::{Value, json};
use velodrome_compat::World;

#[tokio::test]
async fn setup_is_required_until_the_values_are_there_and_never_shows_the_secret() {
    let world = World::start();
    let partner = world.partner().await;
    let connector = world.connector(&partner, "Pipedrive (OAuth 2.0)").await;
    let path = format!("/v1.0/partner/connectors/{}/setup", connector["Id"]);

    let before = partner.get(&path).await.expect(200).json();
    let saved = partner
        .put(
            &path,
            json!({ "ClientId": "app-204", "ClientSecret": "sandbox-secret-204" }),
        )
        .await
        .expect(200);
    let after = partner.get(&path).await.expect(200);

    assert_eq!(before["SetupRequired"], true);
    assert_eq!(before["HasClientSecret"], false);
    assert_eq!(
        before["CallbackUrl"],
        format!("{}/connector/callback", world.server.url())
    );
    assert_eq!(after.json()["SetupRequired"], false);
    assert_eq!(after.json()["HasClientSecret"], true);
    assert_eq!(after.json()["ClientId"], "app-204");
    assert_eq!(after.json()["ClientSecret"], Value::Null);
    assert!(!saved.text.contains("sandbox-secret-204"), "{}", saved.text);
    assert!(!after.text.contains("sandbox-secret-204"), "{}", after.text);
}

#[tokio::test]
async fn what_is_left_out_keeps_its_value_and_empty_text_clears_it() {
    let world = World::start();
    let partner = world.partner().await;
    let connector = world.connector(&partner, "Stripe (OAuth)").await;
    let path = format!("/v1.0/partner/connectors/{}/setup", connector["Id"]);
    partner
        .put(
            &path,
            json!({ "ClientId": "ca_sandbox", "ClientSecret": "sandbox-secret" }),
        )
        .await
        .expect(200);

    let kept = partner
        .put(&path, json!({ "ClientId": "ca_other" }))
        .await
        .expect(200)
        .json();
    let cleared = partner
        .put(&path, json!({ "ClientSecret": "" }))
        .await
        .expect(200)
        .json();

    assert_eq!(kept["HasClientSecret"], true);
    assert_eq!(cleared["HasClientSecret"], false);
    assert_eq!(cleared["SetupRequired"], true);
    assert_eq!(cleared["ClientId"], "ca_other");
}

#[tokio::test]
async fn a_property_the_connector_does_not_have_is_refused() {
    let world = World::start();
    let partner = world.partner().await;
    let connector = world.connector(&partner, "1st Connect").await;
    let path = format!("/v1.0/partner/connectors/{}/setup", connector["Id"]);

    let refused = partner
        .put(
            &path,
            json!({ "Properties": [{ "Name": "NoSuchThing", "Value": "1" }] }),
        )
        .await;

    assert!(refused.refusal(400).contains("NoSuchThing"));
}
