//! What runs without anyone asking for it.

use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};
use sha2::Sha256;
use velodrome_testkit::{Answer, FakeUpstream};

use crate::{
    app::{TestApp, printed},
    provider::{connected_to, install},
};

const LIMIT: Duration = Duration::from_secs(30);

fn tokens() -> Answer {
    Answer::json(
        r#"{"access_token":"at-1","refresh_token":"rt-1","token_type":"bearer","expires_in":3600,"api_domain":"https://acme.pipedrive.com"}"#,
    )
}

fn said(app: &TestApp, words: &'static str) {
    app.server
        .wait_for_log(LIMIT, |line| line.contains(words).then_some(()));
}

#[test]
fn a_credential_is_renewed_ahead_though_nobody_calls() {
    let upstream = FakeUpstream::start();
    upstream.on("POST", "/oauth/token", tokens());
    let app = connected_to(&upstream);

    install(&app, "2020-01-01T00:00:00Z");

    upstream.wait_for_calls(1, LIMIT);
    let asked = &upstream.received()[0];
    assert!(
        asked.text().contains("refresh_token=rt-0"),
        "{}",
        asked.text()
    );
}

#[test]
fn the_partner_is_told_of_a_lost_credential_with_a_signature_that_holds() {
    let upstream = FakeUpstream::start();
    let refused = Answer::json(r#"{"error":"invalid_grant"}"#).with_status(400);
    upstream.on("POST", "/oauth/token", refused);
    upstream.on_each("POST", "/told", [Answer::status(503), Answer::status(204)]);
    let app = connected_to(&upstream);
    let settings = json!({
        "NotificationWebhookEnabled": true,
        "NotificationWebhookUrl": format!("{}/told", upstream.url()),
    });
    app.put("/v1.0/partner/settings/general", &settings)
        .expect(200);

    install(&app, "2020-01-01T00:00:00Z");

    upstream.wait_for_calls(3, LIMIT);
    let calls = upstream.received();
    let told: Vec<_> = calls.iter().filter(|call| call.path() == "/told").collect();
    let header = |at: usize, name: &str| told[at].header(name).unwrap().to_owned();
    assert_eq!(header(0, "webhook-id"), header(1, "webhook-id"));
    let body: Value = serde_json::from_str(&told[1].text()).unwrap();
    assert_eq!(body["accountId"], "acme");
    assert_eq!(
        body["title"],
        "Needs re-authentication: Pipedrive (OAuth 2.0)"
    );
    let printed = printed(&app.command(&["keys", "webhook"]));
    let signed = format!(
        "{}.{}.{}",
        header(1, "webhook-id"),
        header(1, "webhook-timestamp"),
        told[1].text()
    );
    assert_eq!(
        header(1, "webhook-signature"),
        sign(printed.trim(), &signed)
    );
}

/// What a receiver computes: `v1,` and base64 of the HMAC-SHA256.
fn sign(key: &str, text: &str) -> String {
    let key = STANDARD
        .decode(key.strip_prefix("whsec_").unwrap())
        .unwrap();
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).unwrap();
    mac.update(text.as_bytes());
    format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
}

#[test]
fn a_provider_that_fails_is_told_of_a_removal_again_until_it_hears_it() {
    let upstream = FakeUpstream::start();
    upstream.on_each(
        "POST",
        "/oauth/revoke",
        [Answer::status(503), Answer::status(200)],
    );
    let app = connected_to(&upstream);
    let path = install(&app, "2099-01-01T00:00:00Z");

    app.delete(&path);

    upstream.wait_for_calls(2, LIMIT);
    said(&app, "Put off work");
}

#[test]
fn work_that_was_put_off_survives_a_power_cut() {
    let upstream = FakeUpstream::start();
    upstream.on("POST", "/oauth/revoke", Answer::status(503));
    let mut app = connected_to(&upstream);
    let path = install(&app, "2099-01-01T00:00:00Z");
    app.delete(&path);
    said(&app, "Put off work");

    app.server.kill().unwrap();
    let calls = upstream.received().len();
    upstream.on("POST", "/oauth/revoke", Answer::status(200));
    app.server.start_again().unwrap();

    upstream.wait_for_calls(calls + 1, LIMIT);
}

#[test]
fn deleting_an_account_tells_the_providers_of_everything_in_and_below_it() {
    let upstream = FakeUpstream::start();
    upstream.on("POST", "/oauth/revoke", Answer::status(200));
    let app = connected_to(&upstream);
    install(&app, "2099-01-01T00:00:00Z");
    let below = json!({ "Id": "acme-north", "Name": "North", "ParentAccountId": "acme" });
    app.post("/v1.0/accounts", &below).expect(200);
    let app = app.in_account("acme-north");
    install(&app, "2099-01-01T00:00:00Z");

    app.delete("/v1.0/accounts/acme").expect(200);

    // For each of the two the refresh token and then the access token.
    upstream.wait_for_calls(4, LIMIT);
    let asked = upstream.received();
    let told = |token: &str| {
        let of_token = |call: &&velodrome_testkit::Received| call.text().contains(token);
        asked.iter().filter(of_token).count()
    };
    assert_eq!((told("rt-0"), told("at-0")), (2, 2));
    app.get("/v1.0/accounts/acme-north").expect(404);
}

#[test]
fn deleting_an_account_tells_the_provider_of_a_connector_that_goes_with_it() {
    let upstream = FakeUpstream::start();
    upstream.on("POST", "/oauth/revoke", Answer::status(200));
    let app = connected_to(&upstream);
    let custom = "/v1.0/account/connectors/custom";
    let definition = json!({
        "Name": "Stockroom",
        "Authentication": [{
            "AuthType": "OAuth2", "OAuth2Type": "AuthorisationCode", "IsDefault": true,
            "AuthoriseUrl": "https://oauth.pipedrive.com/oauth/authorize",
            "AccessTokenUrl": "https://oauth.pipedrive.com/oauth/token",
            "RevokeUrl": "https://oauth.pipedrive.com/oauth/revoke",
        }],
    });
    let made = app.post(custom, &definition).expect(200).json();
    let id = &made["Id"];
    app.post(
        &format!("{custom}/{id}/publish"),
        &json!({ "ReleaseType": "Major" }),
    )
    .expect(200);
    let setup = json!({ "ClientId": "own-app", "ClientSecret": "own-secret" });
    app.put(&format!("/v1.0/partner/connectors/{id}/setup"), &setup)
        .expect(200);
    let tokens =
        json!({ "AccessToken": "at-9", "RefreshToken": "rt-9", "Expires": "2099-01-01T00:00:00Z" });
    app.post(
        &format!("/v1.0/connectors/{id}/install"),
        &json!({ "AuthValue": tokens.to_string() }),
    )
    .expect(200);

    app.delete("/v1.0/accounts/acme").expect(200);

    upstream.wait_for_calls(2, LIMIT);
    let asked: Vec<String> = upstream.received().iter().map(|call| call.text()).collect();
    assert!(
        asked[0].contains("rt-9") && asked[1].contains("at-9"),
        "{asked:?}"
    );
    assert!(
        asked.iter().all(|text| text.contains("own-app")),
        "{asked:?}"
    );
}
