//! Providers that fail while a credential is renewed: the state stays usable, or says what to do.
#![expect(clippy::unwrap_used, reason = "scenarios are tests")]

use serde_json::json;
use velodrome_compat::{Installed, Shared, Workshop, scenarios};
use velodrome_testkit::Answer;

scenarios! { failing_renewals:
    a_lost_answer_ends_in_a_state_with_its_reason_until_somebody_authenticates_again,
    a_token_endpoint_in_trouble_changes_nothing,
}

const UNAUTHENTICATED: &str = "Failed to authenticate the connector";

fn expired() -> String {
    json!({ "AccessToken": "at-0", "RefreshToken": "rt-0", "Expires": "2020-01-01T00:00:00Z" })
        .to_string()
}

async fn with_expired_tokens(workshop: &Workshop, account: &str) -> Installed {
    let body = json!({
        "AuthenticationId": workshop.authentication("Consent"),
        "AuthValue": expired(),
        "Properties": [
            { "Name": "ClientId", "Value": "app" },
            { "Name": "ClientSecret", "Value": "app-secret" },
        ],
    });
    workshop.install(account, body).await
}

async fn a_lost_answer_ends_in_a_state_with_its_reason_until_somebody_authenticates_again(
    workshop: Shared,
) {
    let installed = with_expired_tokens(&workshop, "lost-answer").await;
    // The provider rotates the token, its answer is lost, and the old token is no good any more.
    let gone =
        Answer::json("{\"error\":\"invalid_grant\",\"error_description\":\"token was used\"}")
            .with_status(400);
    workshop
        .upstream
        .on_each("POST", "/token", [Answer::reset(), gone]);
    workshop
        .upstream
        .on("GET", "/pieces/lost", Answer::json("{\"id\":1}"));

    let first = workshop.call(&installed, "Get Piece", "lost").await;
    let asked = workshop.received("/token").len();
    let second = workshop.call(&installed, "Get Piece", "lost").await;

    for refused in [&first, &second] {
        assert_eq!(refused.status, 400, "{}", refused.text);
        assert_eq!(refused.json()["Message"], UNAUTHENTICATED);
        let detail = refused.json()["Detail"].as_str().unwrap().to_owned();
        assert!(detail.contains("token was used"), "the reason: {detail}");
        assert!(!refused.text.contains("rt-0"), "{}", refused.text);
    }
    assert_eq!(workshop.received("/token").len(), asked, "no silent loop");
    let seen = installed.read().await;
    assert_eq!(seen["Authenticated"], false);
    assert_eq!(seen["AuthenticationState"], "NeedsReauthentication");
    installed
        .account
        .put(
            &installed.path,
            json!({ "AuthValue": "{\"AccessToken\":\"at-9\",\"Expires\":\"2099-01-01T00:00:00Z\"}" }),
        )
        .await
        .expect(200);
    workshop
        .call(&installed, "Get Piece", "lost")
        .await
        .expect(200);
    assert_eq!(
        installed.read().await["AuthenticationState"],
        "Authenticated"
    );
}

async fn a_token_endpoint_in_trouble_changes_nothing(workshop: Shared) {
    let body = json!({
        "AuthenticationId": workshop.authentication("Machine"),
        "AuthValue": "{}",
        "Properties": [
            { "Name": "ClientId", "Value": "app" },
            { "Name": "ClientSecret", "Value": "app-secret" },
        ],
    });
    let installed = workshop.install("troubled", body).await;
    let before = installed.read().await;
    workshop
        .upstream
        .on("GET", "/pieces/troubled", Answer::json("{\"id\":1}"));

    for (what, answer) in [
        ("an error of its own", Answer::json("{}").with_status(500)),
        ("a page", Answer::html("<h1>Welcome</h1>")),
        (
            "an answer without a token",
            Answer::json("{\"expires_in\":5}"),
        ),
        ("a body without an end", Answer::endless()),
        ("a redirect", Answer::redirect("http://169.254.169.254/")),
    ] {
        workshop.upstream.on("POST", "/machine-token", answer);

        let failed = workshop.call(&installed, "Get Piece", "troubled").await;

        assert_eq!(failed.status, 400, "{what}: {}", failed.text);
        assert_eq!(failed.json()["Message"], UNAUTHENTICATED, "{what}");
        assert!(
            !failed.text.contains("app-secret"),
            "{what}: {}",
            failed.text
        );
        assert_eq!(installed.read().await, before, "{what}");
    }
    let good = Answer::json("{\"access_token\":\"m-1\",\"expires_in\":\"3600\"}");
    workshop.upstream.on("POST", "/machine-token", good);
    workshop
        .call(&installed, "Get Piece", "troubled")
        .await
        .expect(200);
}
