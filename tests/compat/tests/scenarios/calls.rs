//! Data on Demand and the proxy, with an API key against the simulated provider.

use serde_json::{Value, json};
use velodrome_compat::{Caller, World};

/// What the simulated Pipedrive takes as the API key of one of its companies.
const KEY: &str = "sandbox-pipedrive-key";

struct Installed {
    world: World,
    partner: Caller,
    account: Caller,
    connector: Value,
    path: String,
}

impl Installed {
    async fn with_key(key: &str) -> Self {
        let world = World::start();
        let partner = world.partner().await;
        let account = world.account(&partner, "bramble").await;
        let connector = world.connector(&partner, "Pipedrive").await;
        let installed = account
            .post(
                &format!("/v1.0/connectors/{}/install", connector["Id"]),
                json!({ "AuthValue": key }),
            )
            .await
            .expect(200)
            .json();
        let path = format!("/v1.0/account/connectors/{}", installed["Id"]);
        Self {
            world,
            partner,
            account,
            connector,
            path,
        }
    }

    async fn method(&self, name: &str) -> Value {
        self.world
            .method(&self.partner, &self.connector, name)
            .await
    }
}

#[tokio::test]
async fn deals_are_listed_by_method_number_and_by_its_stable_identifier() {
    let installed = Installed::with_key(KEY).await;
    let method = installed.method("List Deals").await;
    let stable = method["MethodUniqueIdentifier"].as_str().unwrap();

    let by_number = installed
        .account
        .get(&format!("{}/methods/{}", installed.path, method["Id"]))
        .await
        .expect(200);
    let by_identifier = installed
        .account
        .post(&format!("{}/methods/{stable}", installed.path), json!({}))
        .await
        .expect(200);

    assert!(by_number.text.contains("\"title\""), "{}", by_number.text);
    assert_eq!(by_number.text, by_identifier.text);
}

#[tokio::test]
async fn a_deal_is_created_by_field_and_found_again() {
    let installed = Installed::with_key(KEY).await;
    let create = installed.method("Create Deal").await;
    let list = installed.method("List Deals").await;
    let title = create["RequestFields"]
        .as_array()
        .unwrap()
        .iter()
        .find(|field| field["Location"] == "title")
        .unwrap_or_else(|| panic!("no title in {create}"));

    installed
        .account
        .post(
            &format!("{}/methods/{}", installed.path, create["Id"]),
            json!({ "Fields": { title["Id"].to_string(): "Forty folding bicycles" } }),
        )
        .await
        .expect(200);
    let deals = installed
        .account
        .get(&format!("{}/methods/{}", installed.path, list["Id"]))
        .await
        .expect(200);

    assert!(
        deals.text.contains("Forty folding bicycles"),
        "{}",
        deals.text
    );
}

#[tokio::test]
async fn a_test_call_tells_what_was_sent_without_its_secret() {
    let installed = Installed::with_key(KEY).await;
    let method = installed.method("List Deals").await;

    let answer = installed
        .account
        .post(
            &format!("{}/test/{}", installed.path, method["Id"]),
            json!({}),
        )
        .await
        .expect(200);

    let result = answer.json();
    assert_eq!(result["Success"], true);
    assert_eq!(result["StatusCode"], 200);
    assert!(
        result["Request"].as_str().unwrap().starts_with("GET "),
        "{result}"
    );
    assert!(!answer.text.contains(KEY), "{}", answer.text);
}

#[tokio::test]
async fn a_wrong_key_is_the_providers_refusal_not_ours() {
    let installed = Installed::with_key("a-key-nobody-issued").await;
    let method = installed.method("List Deals").await;

    let called = installed
        .account
        .get(&format!("{}/methods/{}", installed.path, method["Id"]))
        .await;
    let tested = installed
        .account
        .get(&format!("{}/test/{}", installed.path, method["Id"]))
        .await
        .expect(200)
        .json();

    assert_eq!(called.status, 400, "{}", called.text);
    assert_eq!(called.json()["UpstreamStatusCode"], 401);
    assert_eq!(tested["Success"], false);
    assert_eq!(tested["StatusCode"], 401);
}

#[tokio::test]
async fn values_the_method_does_not_have_are_refused() {
    let installed = Installed::with_key(KEY).await;
    let method = installed.method("List Deals").await;
    let path = format!("{}/methods/{}", installed.path, method["Id"]);

    let parameter = installed
        .account
        .post(&path, json!({ "Parameters": { "999999": "1" } }))
        .await;
    let field = installed
        .account
        .post(&path, json!({ "Fields": { "no.such.field": "1" } }))
        .await;
    let malformed = installed
        .account
        .get(&format!("{}/methods/list-deals", installed.path))
        .await;
    let unknown = installed
        .account
        .get(&format!("{}/methods/999999999", installed.path))
        .await;

    assert_eq!(parameter.status, 400, "{}", parameter.text);
    assert_eq!(field.status, 400, "{}", field.text);
    assert_eq!(malformed.status, 400, "{}", malformed.text);
    assert_eq!(unknown.status, 404, "{}", unknown.text);
}

#[tokio::test]
async fn the_proxy_passes_the_providers_answer_on_and_says_whose_it_is() {
    let installed = Installed::with_key(KEY).await;

    let found = installed
        .account
        .get(&format!("{}/proxy/v1/users/me", installed.path))
        .await;
    let missing = installed
        .account
        .get(&format!("{}/proxy/v1/deals/999999999", installed.path))
        .await;

    assert_eq!(found.status, 200, "{}", found.text);
    assert_eq!(found.header("x-velodrome-upstream"), Some("true"));
    assert_eq!(missing.status, 404, "{}", missing.text);
    assert_eq!(missing.header("x-velodrome-upstream"), Some("true"));
}

#[tokio::test]
async fn a_connector_without_credentials_is_not_called() {
    let world = World::start();
    let partner = world.partner().await;
    let account = world.account(&partner, "bramble").await;
    let connector = world.connector(&partner, "Pipedrive").await;
    let installed = account
        .post_nothing("/v1.0/connectors/Pipedrive/install")
        .await
        .expect(200)
        .json();
    let method = world.method(&partner, &connector, "List Deals").await;

    let refused = account
        .get(&format!(
            "/v1.0/account/connectors/{}/methods/{}",
            installed["Id"], method["Id"]
        ))
        .await;

    assert_eq!(refused.status, 400, "{}", refused.text);
    assert!(refused.json()["Message"].is_string(), "{}", refused.text);
}
