//! One refresh for a credential, however many need it; a lost one becomes visible.

use futures::future::join_all;
use velodrome_model::{AuthenticationState, Problem};
use velodrome_sandbox::{Fault, FaultRule};
use velodrome_service::{
    account_connectors::Install,
    calls::{CallError, CallFailure, MethodCall},
    library::ConnectorRef,
};

use crate::bench::Bench;

const PROVIDER: &str = "pipedrive-oauth";
const CONNECTOR: &str = "Pipedrive (OAuth 2.0)";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_who_need_a_new_token_make_one_refresh_and_all_get_it() {
    let bench = Bench::start().await;
    let account = bench.account("acme").await;
    let id = bench.pipedrive(&account).await;
    bench.sandbox.expire_access_tokens();
    let installation = bench.installations.get(account.scope, id).await.unwrap();
    let refused = installation.stored.as_ref().unwrap().version;

    let waiting = (0..1_000).map(|_| bench.renewals.renew(&installation, refused));
    let outcomes = join_all(waiting).await;

    for outcome in outcomes {
        assert_eq!(outcome.expect("a new token").1, refused + 1);
    }
    let grants = bench.sandbox.grants(PROVIDER).unwrap();
    assert_eq!(
        grants
            .iter()
            .map(|grant| grant.refreshes)
            .collect::<Vec<_>>(),
        [1]
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn calls_at_once_on_an_expired_credential_make_one_refresh_and_none_fails() {
    let bench = Bench::start().await;
    let account = bench.account("acme").await;
    let id = bench.pipedrive(&account).await;
    let method = bench.method(CONNECTOR, "get-current-user");
    bench.sandbox.expire_access_tokens();
    // Slow enough that every call is refused before there is a new token.
    let slow = Fault::Delay { milliseconds: 1000 };
    bench
        .sandbox
        .inject(FaultRule::next(slow).at_path("/oauth/token").times(40));

    let calls = (0..40).map(|_| {
        bench
            .calls
            .test(&account, id, method, MethodCall::default())
    });
    let outcomes = join_all(calls).await;

    for outcome in outcomes {
        let outcome = outcome.expect("the call was made");
        assert!(outcome.result.is_ok(), "{:?}", outcome.result.err());
    }
    let grants = bench.sandbox.grants(PROVIDER).unwrap();
    assert_eq!(
        grants
            .iter()
            .map(|grant| grant.refreshes)
            .collect::<Vec<_>>(),
        [1]
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_grant_that_the_user_took_back_becomes_needs_reauthentication_with_its_reason() {
    let bench = Bench::start().await;
    let account = bench.account("acme").await;
    let id = bench.pipedrive(&account).await;
    let method = bench.method(CONNECTOR, "get-current-user");
    let grant = bench.sandbox.grants(PROVIDER).unwrap()[0].id;
    bench.sandbox.revoke_grant(PROVIDER, grant).unwrap();

    let lost = bench
        .calls
        .call(&account, id, method, MethodCall::default())
        .await;
    let shown = bench.connectors.get(&account, id).await.unwrap();

    assert!(
        matches!(lost, Err(CallFailure::Call(CallError::Authentication(_)))),
        "{lost:?}"
    );
    assert_eq!(shown.state, AuthenticationState::NeedsReauthentication);
    let Some(Problem::NeedsReauthentication(reason)) = shown.connector.problem else {
        panic!("no reason")
    };
    assert!(reason.contains("invalid_grant"), "{reason}");

    let requests = bench.sandbox.requests(PROVIDER).unwrap();
    let again = bench
        .calls
        .call(&account, id, method, MethodCall::default())
        .await;

    assert!(matches!(
        again,
        Err(CallFailure::Call(CallError::Authentication(_)))
    ));
    assert_eq!(
        bench.sandbox.requests(PROVIDER).unwrap(),
        requests,
        "a lost credential is not tried again"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_that_never_arrived_after_rotation_ends_in_a_visible_loss_not_in_a_loop() {
    let bench = Bench::start().await;
    let account = bench.account("acme").await;
    let id = bench.pipedrive(&account).await;
    let method = bench.method(CONNECTOR, "get-current-user");
    bench.sandbox.expire_access_tokens();
    bench.sandbox.inject(
        FaultRule::next(Fault::LoseAnswer)
            .at_path("/oauth/token")
            .times(1),
    );

    let outcome = bench
        .calls
        .call(&account, id, method, MethodCall::default())
        .await;
    let shown = bench.connectors.get(&account, id).await.unwrap();

    match shown.state {
        // The provider rotates: the old refresh token is dead, and that is said.
        AuthenticationState::NeedsReauthentication => assert!(outcome.is_err()),
        // The provider keeps its refresh token: the second try brought a new access token.
        AuthenticationState::Authenticated => assert!(outcome.is_ok(), "{:?}", outcome.err()),
        AuthenticationState::NotAuthenticated => panic!("neither usable nor explained"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_endpoint_that_stumbles_is_asked_again_and_the_credential_stays() {
    let bench = Bench::start().await;
    let account = bench.account("acme").await;
    let id = bench.pipedrive(&account).await;
    let method = bench.method(CONNECTOR, "get-current-user");
    bench.sandbox.expire_access_tokens();
    let stumble = Fault::Status {
        status: 503,
        retry_after: None,
    };
    bench
        .sandbox
        .inject(FaultRule::next(stumble).at_path("/oauth/token").times(1));

    let outcome = bench
        .calls
        .call(&account, id, method, MethodCall::default())
        .await;

    assert!(outcome.is_ok(), "{:?}", outcome.err());
    let shown = bench.connectors.get(&account, id).await.unwrap();
    assert_eq!(shown.state, AuthenticationState::Authenticated);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn changing_the_partners_client_id_asks_for_reauthentication_and_changing_the_secret_does_not()
 {
    let bench = Bench::start().await;
    let account = bench.account("acme").await;
    let id = bench.pipedrive(&account).await;
    let connector = bench.connector(CONNECTOR);
    let change =
        |client_id: Option<&str>, secret: Option<&str>| velodrome_service::library::SetupChange {
            client_id: client_id.map(|value| Some(value.into())),
            client_secret: secret.map(|value| Some(value.into())),
            ..Default::default()
        };

    bench
        .library
        .change_setup(&bench.partner, connector, change(None, Some("another")))
        .await
        .unwrap();
    let after_secret = bench.connectors.get(&account, id).await.unwrap().state;
    bench
        .library
        .change_setup(&bench.partner, connector, change(Some("other-app"), None))
        .await
        .unwrap();
    let after_client = bench.connectors.get(&account, id).await.unwrap().state;

    assert_eq!(after_secret, AuthenticationState::Authenticated);
    assert_eq!(after_client, AuthenticationState::NeedsReauthentication);
}

#[tokio::test]
async fn signed_calls_need_no_auth_value_and_a_token_may_be_a_property() {
    let bench = Bench::start().await;
    for (key, name, token, expected) in [
        (
            "a",
            "Signed Consumer",
            None,
            AuthenticationState::Authenticated,
        ),
        (
            "b",
            "Signed Token",
            None,
            AuthenticationState::NotAuthenticated,
        ),
        (
            "c",
            "Signed Token",
            Some("a-token"),
            AuthenticationState::Authenticated,
        ),
    ] {
        let account = bench.account(key).await;
        let connector = ConnectorRef::Name(name.to_owned());
        let installed = bench
            .connectors
            .install(&account, &connector, None, Install::default())
            .await
            .unwrap();
        let id = installed.connector.id;
        for (property, value) in token
            .into_iter()
            .flat_map(|token| [("Token", token), ("TokenSecret", "a-secret")])
        {
            bench
                .connectors
                .set_property(&account, id, property, Some(value.into()))
                .await
                .unwrap();
        }

        let shown = bench.connectors.get(&account, id).await.unwrap();
        let installation = bench.installations.get(account.scope, id).await.unwrap();
        let credential = bench.renewals.current(&installation).await;

        assert_eq!(shown.state, expected, "{name} {token:?}");
        let usable = expected == AuthenticationState::Authenticated;
        assert_eq!(credential.is_ok(), usable, "{name} {token:?}");
    }
}

#[tokio::test]
async fn a_refresh_token_that_ends_within_the_week_is_told_of_once() {
    let bench = Bench::start().await;
    let account = bench.account("acme").await;
    let id = bench.pipedrive(&account).await;
    let ends_in = async |days: i64| {
        let end = bench.bench.clock.now() + chrono::TimeDelta::days(days);
        let value =
            serde_json::json!({"AccessToken": "a", "RefreshToken": "r", "RefreshExpires": end});
        let change = velodrome_service::account_connectors::Change {
            auth_value: Some(Some(value.to_string().into())),
            ..Default::default()
        };
        bench.connectors.update(&account, id, change).await.unwrap();
    };
    let mut told = Vec::new();
    for days in [8, 6, 6, 5, -1] {
        ends_in(days).await;
        told.push(bench.renewals.tell_ends().await.unwrap());
        told.push(bench.renewals.tell_ends().await.unwrap());
    }

    // The second six days are another end than the first by a moment.
    assert_eq!(told, [0, 0, 1, 0, 1, 0, 1, 0, 0, 0]);
    let unit = bench.bench.store.read(&bench.partner.scope).await.unwrap();
    let log = unit
        .audit_log(&Default::default(), &Default::default())
        .await;
    let entry = log
        .unwrap()
        .items
        .into_iter()
        .find(|entry| entry.action == "account_connector.credential_ends_soon");
    let entry = entry.expect("an entry in the audit log");
    assert!(
        entry
            .comment
            .unwrap()
            .contains("Authenticate the connector again")
    );
}
