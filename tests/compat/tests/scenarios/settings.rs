//! Settings of the partner, addresses, and the audit log.

use serde_json::json;
use velodrome_compat::World;
use velodrome_testkit::server::{ADMIN_EMAIL, ADMIN_PASSWORD, CLIENT_ID};

#[tokio::test]
async fn the_password_grant_can_be_switched_off() {
    let world = World::start();
    let partner = world.partner().await;
    let client = world.password_client().await;

    partner
        .put(
            "/v1.0/partner/settings/security",
            json!({ "PasswordGrantEnabled": false }),
        )
        .await
        .expect(200);
    let refused = client
        .token(&[
            ("grant_type", "password"),
            ("username", ADMIN_EMAIL),
            ("password", ADMIN_PASSWORD),
        ])
        .await
        .expect(400)
        .json();

    assert!(
        ["unauthorized_client", "unsupported_grant_type"]
            .contains(&refused["error"].as_str().unwrap()),
        "{refused}"
    );
}

#[tokio::test]
async fn values_out_of_range_are_named_and_what_is_left_out_stays() {
    let world = World::start();
    let partner = world.partner().await;
    let path = "/v1.0/partner/settings/security";

    let refused = partner
        .put(path, json!({ "MinimumPasswordLength": 4 }))
        .await
        .refusal(400);
    let changed = partner
        .put(path, json!({ "SessionLifetimeMinutes": 60 }))
        .await
        .expect(200)
        .json();

    assert!(refused.contains("MinimumPasswordLength"), "{refused}");
    assert_eq!(changed["SessionLifetimeMinutes"], 60);
    assert_eq!(changed["MinimumPasswordLength"], 10);
}

#[tokio::test]
async fn credentials_are_masked_when_the_partner_wants_it() {
    let world = World::start();
    let partner = world.partner().await;
    let account = world.account(&partner, "bramble").await;
    let installed = account
        .post(
            "/v1.0/connectors/Pipedrive/install",
            json!({ "AuthValue": "sandbox-pipedrive-key" }),
        )
        .await
        .expect(200)
        .json();
    let path = format!("/v1.0/account/connectors/{}", installed["Id"]);

    let before = account.get(&path).await.expect(200).json();
    partner
        .put(
            "/v1.0/partner/settings/security",
            json!({ "MaskAuthValues": true }),
        )
        .await
        .expect(200);
    let after = account.get(&path).await.expect(200).json();

    assert_eq!(before["AuthValue"], "sandbox-pipedrive-key");
    assert_eq!(after["AuthValue"], serde_json::Value::Null);
    assert_eq!(after["Authenticated"], true);
}

#[tokio::test]
async fn an_address_rule_that_would_lock_its_author_out_is_refused() {
    let world = World::start();
    let partner = world.partner().await;
    let path = "/v1.0/partner/iprestrictions";

    let elsewhere = partner
        .post(path, json!({ "Scope": "Api", "Cidr": "203.0.113.0/24" }))
        .await;
    let nonsense = partner
        .post(path, json!({ "Scope": "Api", "Cidr": "not an address" }))
        .await;
    let here = partner
        .post(path, json!({ "Scope": "Api", "Cidr": "127.0.0.0/8" }))
        .await;
    let listed = partner.get(path).await.expect(200).json();

    elsewhere.refusal(409);
    nonsense.refusal(400);
    here.expect(201);
    assert_eq!(listed["CallerIp"], "127.0.0.1");
    assert_eq!(listed["Items"][0]["Cidr"], "127.0.0.0/8");
}

#[tokio::test]
async fn calls_of_methods_can_be_limited_to_addresses() {
    let world = World::start();
    let partner = world.partner().await;
    let account = world.account(&partner, "bramble").await;
    let connector = world.connector(&partner, "Pipedrive").await;
    let method = world.method(&partner, &connector, "List Deals").await;
    let installed = account
        .post(
            "/v1.0/connectors/Pipedrive/install",
            json!({ "AuthValue": "sandbox-pipedrive-key" }),
        )
        .await
        .expect(200)
        .json();

    partner
        .post(
            "/v1.0/partner/iprestrictions",
            json!({ "Scope": "MethodCall", "Cidr": "203.0.113.0/24" }),
        )
        .await
        .expect(201);
    let refused = account
        .get(&format!(
            "/v1.0/account/connectors/{}/methods/{}",
            installed["Id"], method["Id"]
        ))
        .await;

    assert_eq!(refused.status, 403, "{}", refused.text);
    account.get("/v1.0/account/connectors").await.expect(200);
}

#[tokio::test]
async fn the_audit_log_tells_who_did_what_newest_first_and_no_secret() {
    let world = World::start();
    let partner = world.partner().await;
    world.account(&partner, "bramble").await;
    let connector = world.connector(&partner, "Pipedrive (OAuth 2.0)").await;
    let setup =
        json!({ "ClientId": "sandbox-pipedrive", "ClientSecret": "sandbox-secret-in-no-log" });
    partner
        .put(
            &format!("/v1.0/partner/connectors/{}/setup", connector["Id"]),
            setup,
        )
        .await
        .expect(200);

    let answer = partner.get("/v1.0/partner/auditlog").await.expect(200);

    let log = answer.json();
    assert_eq!(log[0]["Actor"], CLIENT_ID);
    assert_eq!(log[0]["ActorType"], "Client");
    assert_eq!(log[0]["IpAddress"], "127.0.0.1");
    assert_eq!(log[0]["ObjectId"], connector["Id"].to_string());
    assert_eq!(log[1]["AccountId"], "bramble");
    assert!(!answer.text.contains("sandbox-secret-in-no-log"));
    assert!(!world.server.log().contains("sandbox-secret-in-no-log"));
    partner
        .get("/v1.0/partner/auditlog?after=yesterday")
        .await
        .refusal(400);
}

#[tokio::test]
async fn the_table_of_servers_begins_with_this_one() {
    let world = World::start();
    let partner = world.partner().await;
    let path = "/v1.0/partner/regions";

    let before = partner.get(path).await.expect(200).json();
    let table = json!([{ "Server": "Lisbon", "Url": "integrations.example.com", "IpAddresses": ["198.51.100.14"] }]);
    let after = partner.put(path, table).await.expect(200).json();
    let refused = partner
        .put(
            path,
            json!([{ "Server": "A", "Url": "b.example", "IpAddresses": ["nowhere"] }]),
        )
        .await;

    assert_eq!(before.as_array().unwrap().len(), 1);
    assert_eq!(before[0]["IsThisInstallation"], true);
    assert_eq!(after[0]["Server"], "Lisbon");
    refused.refusal(400);
}
