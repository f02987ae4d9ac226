//! Setup tokens: somebody without access authenticates one connector, once.

use serde_json::json;
use url::Url;
use velodrome_compat::World;

fn nowhere(_: &Url) -> bool {
    false
}

#[tokio::test]
async fn a_setup_token_asks_for_the_key_once_and_authenticates_the_connector() {
    let world = World::start();
    let partner = world.partner().await;
    let account = world.account(&partner, "bramble").await;
    let installed = account
        .post_nothing("/v1.0/connectors/Pipedrive/install")
        .await
        .expect(200)
        .json();
    let path = format!("/v1.0/account/connectors/{}", installed["Id"]);
    let token = account
        .post_nothing(&format!("{path}/setuptoken"))
        .await
        .expect(201)
        .json();
    let link = token["DirectUrl"].as_str().unwrap();
    let mut browser = world.browser();

    let entered = browser.open(link).await;
    let form = entered.forms().remove(0);
    let asked = browser.submit_until(&entered, &form, nowhere).await;
    let key = asked
        .forms()
        .into_iter()
        .find(|form| form.fields.iter().any(|(name, _)| name == "ApiKey"))
        .unwrap_or_else(|| panic!("no form asks for the key: {}", asked.text))
        .fill("ApiKey", "sandbox-pipedrive-key");
    let done = browser.submit_until(&asked, &key, nowhere).await;
    let replayed = world.browser().submit_until(&entered, &form, nowhere).await;

    assert_eq!(entered.status, 200);
    assert_eq!(done.status, 200, "{}", done.text);
    assert_eq!(replayed.status, 410);
    let seen = account.get(&path).await.expect(200).json();
    assert_eq!(seen["AuthenticationState"], "Authenticated");
}

#[tokio::test]
async fn a_lifetime_out_of_range_is_refused() {
    let world = World::start();
    let partner = world.partner().await;
    let account = world.account(&partner, "bramble").await;
    let installed = account
        .post_nothing("/v1.0/connectors/Pipedrive/install")
        .await
        .expect(200)
        .json();
    let path = format!("/v1.0/account/connectors/{}/setuptoken", installed["Id"]);

    for minutes in [0, 10_081] {
        account
            .post(&path, json!({ "ExpiresInMinutes": minutes }))
            .await
            .refusal(400);
    }
    account
        .post(&path, json!({ "ReturnUrl": "javascript:alert(1)" }))
        .await
        .refusal(400);
}
