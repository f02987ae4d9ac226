//! Accounts and sub accounts.

use serde_json::{Value, json};
use velodrome_compat::World;

#[tokio::test]
async fn an_account_is_created_read_changed_and_deleted() {
    let world = World::start();
    let partner = world.partner().await;

    let created = partner
        .post(
            "/v1.0/accounts",
            json!({ "Id": "bramble-books", "Name": "Bramble Books", "Timezone": "Europe/Lisbon" }),
        )
        .await
        .expect(200)
        .json();
    let read = partner
        .get("/v1.0/accounts/bramble-books")
        .await
        .expect(200)
        .json();
    let changed = partner
        .put(
            "/v1.0/accounts/bramble-books",
            json!({ "Description": "Three shops" }),
        )
        .await
        .expect(200)
        .json();
    let cleared = partner
        .put(
            "/v1.0/accounts/bramble-books",
            json!({ "Description": null }),
        )
        .await
        .expect(200)
        .json();
    let deleted = partner
        .delete("/v1.0/accounts/bramble-books")
        .await
        .expect(200);

    assert_eq!(created, read);
    assert_eq!(created["IsSuspended"], false);
    assert_eq!(created["Description"], Value::Null);
    assert_eq!(changed["Description"], "Three shops");
    assert_eq!(
        changed["Name"], "Bramble Books",
        "what is left out keeps its value"
    );
    assert_eq!(changed["Timezone"], "Europe/Lisbon");
    assert_eq!(cleared["Description"], Value::Null);
    assert_eq!(deleted.text, "");
    partner
        .get("/v1.0/accounts/bramble-books")
        .await
        .refusal(404);
}

#[tokio::test]
async fn an_account_without_an_id_gets_a_guid_and_utc() {
    let world = World::start();
    let partner = world.partner().await;

    let created = partner
        .post("/v1.0/accounts", json!({ "Name": "Thistle" }))
        .await
        .expect(200)
        .json();

    let id = created["Id"].as_str().unwrap();
    assert_eq!(id.len(), 36, "{id}");
    assert_eq!(created["Timezone"], "UTC");
}

#[tokio::test]
async fn an_id_that_exists_is_refused_in_the_words_that_clients_compare() {
    let world = World::start();
    let partner = world.partner().await;
    world.account(&partner, "bramble").await;

    let again = partner
        .post(
            "/v1.0/accounts",
            json!({ "Id": "bramble", "Name": "Again" }),
        )
        .await;

    assert_eq!(again.status, 400);
    assert_eq!(again.text, r#"{"Message":"ID already in use"}"#);
    assert_eq!(again.header("x-velodrome-code"), Some("account.id_in_use"));
}

#[tokio::test]
async fn impossible_values_are_named() {
    let world = World::start();
    let partner = world.partner().await;
    let cases = [
        (json!({}), "Name"),
        (json!({ "Name": "" }), "Name"),
        (
            json!({ "Name": "A", "StepDataSuccessRetentionHours": -5 }),
            "StepDataSuccessRetentionHours(-5): ",
        ),
        (
            json!({ "Name": "A", "Timezone": "Europe/Atlantis" }),
            "Timezone",
        ),
        (
            json!({ "Name": "A", "ParentAccountId": "nobody" }),
            "ParentAccountId",
        ),
        (
            json!({ "Name": "A", "TransactionErrorWebhookEnabled": true }),
            "Transaction Error Webhook enabled: Transaction Error Webhook URL must be defined",
        ),
    ];

    for (body, wanted) in cases {
        let message = partner
            .post("/v1.0/accounts", body.clone())
            .await
            .refusal(400);

        let found = message.replace(' ', "").contains(&wanted.replace(' ', ""));
        assert!(found, "{body}: {message}");
    }
}

#[tokio::test]
async fn retention_beyond_a_month_is_stored_as_a_month() {
    let world = World::start();
    let partner = world.partner().await;

    let created = partner
        .post(
            "/v1.0/accounts",
            json!({ "Name": "A", "StepDataSuccessRetentionHours": 9000, "StepDataErroredRetentionHours": 0 }),
        )
        .await
        .expect(200)
        .json();

    assert_eq!(created["StepDataSuccessRetentionHours"], 744);
    assert_eq!(created["StepDataErroredRetentionHours"], 0);
}

#[tokio::test]
async fn a_list_is_paged_and_tells_how_long_it_is() {
    let world = World::start();
    let partner = world.partner().await;
    for number in 1..=5 {
        world.account(&partner, &format!("account-{number}")).await;
    }

    let first = partner
        .get("/v1.0/accounts?page=1&pageSize=2")
        .await
        .expect(200);
    let last = partner
        .get("/v1.0/accounts?page=3&per_page=2")
        .await
        .expect(200);
    let unusable = partner
        .get("/v1.0/accounts?page=zero&pageSize=many")
        .await
        .expect(200);

    assert_eq!(first.header("total-pages"), Some("3"));
    assert_eq!(first.header("total-records"), Some("5"));
    assert_eq!(first.json()[0]["Id"], "account-1");
    assert_eq!(first.json().as_array().unwrap().len(), 2);
    assert_eq!(last.json().as_array().unwrap().len(), 1);
    assert_eq!(unusable.json().as_array().unwrap().len(), 5);
}

#[tokio::test]
async fn a_sub_account_is_listed_below_its_parent() {
    let world = World::start();
    let partner = world.partner().await;
    world.account(&partner, "parent").await;

    let child = partner
        .post(
            "/v1.0/accounts",
            json!({ "Id": "child", "Name": "Child", "ParentAccountId": "parent" }),
        )
        .await
        .expect(200)
        .json();
    let below = partner
        .get("/v1.0/accounts/parent/subaccounts")
        .await
        .expect(200)
        .json();

    assert_eq!(child["ParentAccountId"], "parent");
    assert_eq!(below[0]["Id"], "child");
    assert_eq!(below.as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_suspended_account_says_so_until_it_is_resumed() {
    let world = World::start();
    let partner = world.partner().await;
    world.account(&partner, "bramble").await;

    let suspended = partner
        .post_nothing("/v1.0/accounts/bramble/suspend")
        .await
        .expect(200)
        .json();
    let resumed = partner
        .post_nothing("/v1.0/accounts/bramble/resume")
        .await
        .expect(200)
        .json();

    assert_eq!(suspended["IsSuspended"], true);
    assert_eq!(resumed["IsSuspended"], false);
}
