//! The connector's script in the middle of OAuth 2.0, over the real store.

use futures::future::join_all;
use serde_json::{Value, json};
use velodrome_model::{AccountActor, AccountConnectorId, AuthenticationState, SecretString};
use velodrome_sandbox::Consent;
use velodrome_service::{
    account_connectors::Install,
    authentication::{AuthenticationError, Next, Typed},
    calls::MethodCall,
    library::{ConnectorRef, SetupChange},
};

use crate::{
    bench::Bench,
    journeys::{consent, visitor},
};

const CONNECTOR: &str = "Scripted Consent";
const PROVIDER: &str = "pipedrive-oauth";

/// The connector, set up and installed, with tokens where `authenticated` says so.
async fn install(
    bench: &Bench,
    actor: &AccountActor,
    mood: &str,
    authenticated: bool,
) -> AccountConnectorId {
    let change = SetupChange {
        client_id: Some(Some("sandbox-pipedrive".into())),
        client_secret: Some(Some("sandbox-pipedrive-secret".into())),
        ..Default::default()
    };
    bench
        .library
        .change_setup(&bench.partner, bench.connector(CONNECTOR), change)
        .await
        .unwrap();
    let tokens = authenticated.then(|| {
        let request = velodrome_sandbox::IssueRequest {
            client_id: "sandbox-pipedrive".into(),
            client_secret: "sandbox-pipedrive-secret".into(),
            tenant: None,
            scopes: Vec::new(),
        };
        let tokens = bench.sandbox.issue(PROVIDER, &request).unwrap();
        let value =
            json!({"AccessToken": tokens.access_token, "RefreshToken": tokens.refresh_token});
        SecretString::from(value.to_string())
    });
    let install = Install {
        auth_value: tokens,
        properties: vec![("Mood".into(), Some(mood.into()))],
        ..Install::default()
    };
    let connector = ConnectorRef::Name(CONNECTOR.to_owned());
    let installed = bench.connectors.install(actor, &connector, None, install);
    installed.await.unwrap().connector.id
}

async fn marks(bench: &Bench, actor: &AccountActor, id: AccountConnectorId) -> Value {
    let method = bench.method(CONNECTOR, "get-marks");
    let reply = bench.calls.call(actor, id, method, MethodCall::default());
    reply.await.unwrap().body.into_value().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn consent_and_code_pass_through_the_script() {
    let bench = Bench::start().await;
    bench.sandbox.set_consent(Consent::Allow);
    let account = bench.account("acme").await;
    let id = install(&bench, &account, "", false).await;
    let browser = SecretString::from("a-browser");

    let begun = bench
        .authentications
        .begin(&visitor(&account, "a-browser"), id, &Typed::new())
        .await;
    let Next::Provider(url) = begun.unwrap() else {
        panic!("no consent was asked for")
    };
    let asked = url.to_string();
    let back = consent(url).await;
    bench
        .authentications
        .callback(&back, Some(&browser), None)
        .await
        .unwrap();

    assert!(asked.ends_with("&prompt=consent"), "{asked}");
    let kept = marks(&bench, &account, id).await;
    assert_eq!(kept, json!({"came": "string", "token": "1"}));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_script_that_loses_the_state_or_says_no_ends_the_flow() {
    let bench = Bench::start().await;
    bench.sandbox.set_consent(Consent::Allow);
    let account = bench.account("acme").await;
    let forgetful = install(&bench, &account, "forgetful", false).await;
    let other = bench.account("other").await;
    let stubborn = install(&bench, &other, "stubborn", false).await;

    let lost = bench
        .authentications
        .begin(&visitor(&account, "b"), forgetful, &Typed::new())
        .await;
    let begun = bench
        .authentications
        .begin(&visitor(&other, "b"), stubborn, &Typed::new())
        .await;

    let Err(error @ AuthenticationError::Script(_)) = lost else {
        panic!("{lost:?}")
    };
    assert_eq!(
        error.to_string(),
        "Failed to authenticate the connector: the script's before_oauth2_authorise must keep the state value \
         in method_endpoint"
    );
    let Next::Provider(url) = begun.unwrap() else {
        panic!("no consent was asked for")
    };
    let back = consent(url).await;
    let refused = bench
        .authentications
        .callback(&back, Some(&SecretString::from("b")), None)
        .await
        .unwrap_err();
    assert_eq!(refused.error, "script_error");
    assert_eq!(
        refused.description,
        "Failed to authenticate the connector: the script's before_oauth2_token answered false"
    );
    let shown = bench.connectors.get(&other, stubborn).await.unwrap();
    assert_eq!(shown.state, AuthenticationState::NotAuthenticated);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refresh_with_a_script_in_the_middle_is_still_one() {
    let bench = Bench::start().await;
    let account = bench.account("acme").await;
    let id = install(&bench, &account, "", true).await;
    let method = bench.method(CONNECTOR, "get-user");
    bench.sandbox.expire_access_tokens();

    let calls = (0..30).map(|_| {
        bench
            .calls
            .call(&account, id, method, MethodCall::default())
    });
    let outcomes = join_all(calls).await;

    for outcome in outcomes {
        outcome.expect("the call was made");
    }
    let grants = bench.sandbox.grants(PROVIDER).unwrap();
    assert_eq!(grants[0].refreshes, 1);
    let kept = marks(&bench, &account, id).await;
    assert_eq!(kept["refresh"], "1");
    assert!(kept["refreshed"].is_string(), "{kept}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_script_that_fails_a_refresh_fails_the_call_and_keeps_the_credential() {
    let bench = Bench::start().await;
    let account = bench.account("acme").await;
    let id = install(&bench, &account, "grumpy", true).await;
    let method = bench.method(CONNECTOR, "get-user");
    bench.sandbox.expire_access_tokens();

    let failed = bench
        .calls
        .call(&account, id, method, MethodCall::default())
        .await
        .unwrap_err();

    assert_eq!(
        failed.to_string(),
        "Failed to authenticate the connector: Script error: connector before_oauth2_refresh line 12: \
         not with REDACTED"
    );
    let shown = bench.connectors.get(&account, id).await.unwrap();
    assert_eq!(shown.state, AuthenticationState::Authenticated);
}
