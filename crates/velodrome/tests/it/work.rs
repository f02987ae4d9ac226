//! What runs without anyone asking for it.

use std::time::Duration;

use serde_json::json;
use velodrome_testkit::{Answer, FakeUpstream};

use crate::{
    app::TestApp,
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
