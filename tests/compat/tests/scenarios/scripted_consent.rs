//! A script in the way to the provider.
use serde_json::json;
use velodrome_compat::World;
use velodrome_testkit::ServerBuilder;

#[tokio::test]
async fn a_script_that_loses_the_state_ends_the_flow_with_a_page() {
    let definitions = concat!(env!("CARGO_MANIFEST_DIR"), "/found");
    let world = World::with(
        ServerBuilder::new()
            .sandbox()
            .set("VELODROME_CONNECTORS_DIR", definitions),
    );
    let partner = world.partner().await;
    let account = world.account(&partner, "northwind").await;
    let properties = json!([{ "Name": "ClientId", "Value": "app" }, { "Name": "ClientSecret", "Value": "app-secret" }]);
    let installed = account
        .post(
            "/v1.0/connectors/Lost%20State/install",
            json!({ "Properties": properties }),
        )
        .await
        .expect(200)
        .json();
    let token = partner
        .post(
            "/v1.0/accounts/northwind/signintoken",
            json!({ "Username": "ana" }),
        )
        .await
        .expect(200)
        .json();

    let link = format!(
        "{}/connectorauth/updateaccountconnectoroauth?id={}&token={}&targetOrigin=https://app.partner.example",
        world.server.url(),
        installed["Id"],
        token["Token"].as_str().unwrap()
    );
    let page = world.browser().open(&link).await;

    assert_eq!(page.status, 400, "{}", page.text);
    assert!(
        page.text.contains("must keep the state value"),
        "{}",
        page.text
    );
    assert!(!page.text.contains("app-secret"), "{}", page.text);
}
