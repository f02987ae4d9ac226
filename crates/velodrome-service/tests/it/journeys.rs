//! A person authenticates a connector: forms, consent pages, and everything that can go wrong on the way.

use indexmap::IndexMap;
use velodrome_connector::egress::{Client, EgressPolicy, Redirects, Request};
use velodrome_model::{AccountActor, AccountConnectorId, AuthenticationState, SecretString};
use velodrome_sandbox::Consent;
use velodrome_service::{
    account_connectors::Install,
    authentication::{AuthenticationError, Next, ReturnTarget, Typed, Visitor},
    calls::MethodCall,
    library::{ConnectorRef, SetupChange},
};

use crate::bench::Bench;

pub fn visitor(actor: &AccountActor, browser: &str) -> Visitor {
    Visitor {
        scope: actor.scope,
        user_name: "Ada".into(),
        address: None,
        browser: SecretString::from(browser),
        target: ReturnTarget::default(),
    }
}

/// What the consent page sends the browser back with, when the sandbox consents by itself.
pub async fn consent(url: url::Url) -> Vec<(String, String)> {
    let client = Client::new(EgressPolicy::parse("127.0.0.0/8", "").unwrap()).unwrap();
    let mut request = Request::new(http::Method::GET, url);
    request.redirects = Redirects::Never;
    let answer = client.send(request).await.unwrap();
    assert!(answer.status.is_redirection(), "{}", answer.status);
    let location = answer.headers[http::header::LOCATION].to_str().unwrap();
    let back: url::Url = location.parse().unwrap();
    assert_eq!(back.path(), "/connector/callback");
    back.query_pairs().into_owned().collect()
}

async fn install(bench: &Bench, actor: &AccountActor, name: &str) -> AccountConnectorId {
    let connector = ConnectorRef::Name(name.to_owned());
    bench
        .connectors
        .install(actor, &connector, None, Install::default())
        .await
        .unwrap()
        .connector
        .id
}

async fn set_up(
    bench: &Bench,
    name: &str,
    client_id: &str,
    secret: &str,
    properties: &[(&str, &str)],
) {
    let change = SetupChange {
        client_id: Some(Some(client_id.into())),
        client_secret: Some(Some(secret.into())),
        scopes: None,
        properties: properties
            .iter()
            .map(|(name, value)| ((*name).to_owned(), Some((*value).into())))
            .collect(),
    };
    bench
        .library
        .change_setup(&bench.partner, bench.connector(name), change)
        .await
        .unwrap();
}

async fn begin(
    bench: &Bench,
    visitor: &Visitor,
    id: AccountConnectorId,
    typed: &[(&str, &str)],
) -> url::Url {
    let typed: Typed = typed
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    match bench
        .authentications
        .begin(visitor, id, &typed)
        .await
        .unwrap()
    {
        Next::Provider(url) => url,
        Next::Done { .. } => panic!("no consent was asked for"),
    }
}

/// A provider that asks for consent, as the sandbox plays it.
struct Provider {
    name: &'static str,
    client_id: &'static str,
    secret: &'static str,
    properties: &'static [(&'static str, &'static str)],
    method: &'static str,
    values: &'static [(&'static str, &'static str)],
}

fn providers() -> [Provider; 4] {
    [
        Provider {
            name: "Pipedrive (OAuth 2.0)",
            client_id: "sandbox-pipedrive",
            secret: "sandbox-pipedrive-secret",
            properties: &[],
            method: "list-deals",
            values: &[],
        },
        Provider {
            name: "Stripe (OAuth)",
            client_id: "ca_sandbox_velodrome",
            secret: "sandbox-stripe-secret",
            properties: &[],
            method: "list-customers",
            values: &[],
        },
        Provider {
            name: "3DCart",
            client_id: "sandbox-3dcart",
            secret: "sandbox-3dcart-secret",
            properties: &[],
            method: "list-orders",
            values: &[],
        },
        Provider {
            name: "1st Connect",
            client_id: "sandbox-consumer",
            secret: "sandbox-consumer-secret",
            properties: &[("BaseUrl", "https://1st-connect.sandbox.example")],
            method: "list-records",
            values: &[("ResourcePath", "records/contacts")],
        },
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_seed_provider_is_connected_through_its_consent_and_called() {
    let bench = Bench::start().await;
    bench.sandbox.set_consent(Consent::Allow);
    let account = bench.account("acme").await;
    for Provider {
        name,
        client_id,
        secret,
        properties,
        method,
        values,
    } in providers()
    {
        set_up(&bench, name, client_id, secret, properties).await;
        let id = install(&bench, &account, name).await;
        let visitor = visitor(&account, "browser-1");
        let url = begin(&bench, &visitor, id, &[]).await;
        let back = consent(url).await;
        let finished = bench
            .authentications
            .callback(&back, Some(&visitor.browser), None)
            .await;
        assert!(finished.is_ok(), "{name}: {:?}", finished.err());
        let shown = bench.connectors.get(&account, id).await.unwrap();
        assert_eq!(
            shown.state,
            AuthenticationState::Authenticated,
            "{name}: {:?}",
            shown.connector.problem
        );

        let values = values
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).into()))
            .collect();
        let call = MethodCall {
            parameters: values,
            ..MethodCall::default()
        };
        let reply = bench
            .calls
            .call(&account, id, bench.method(name, method), call)
            .await;
        let reply = reply.unwrap_or_else(|error| panic!("{name}: {error:?}"));
        let body = reply.body.into_value().unwrap();
        let records = ["data", "records"]
            .iter()
            .find_map(|name| body.get(name))
            .unwrap_or(&body)
            .as_array();
        assert!(
            records.is_some_and(|records| records.len() > 5),
            "{name}: {body}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_api_key_is_asked_for_tried_and_refused_in_the_providers_words() {
    let bench = Bench::start().await;
    let account = bench.account("acme").await;
    let id = install(&bench, &account, "Pipedrive").await;
    let visitor = visitor(&account, "browser-1");
    let typed = |key: &str| IndexMap::from([("ApiKey".to_owned(), key.to_owned())]);

    let (form, must_ask) = bench.authentications.form(account.scope, id).await.unwrap();
    let wrong = bench
        .authentications
        .begin(&visitor, id, &typed("nonsense"))
        .await
        .unwrap();
    let right = bench
        .authentications
        .begin(&visitor, id, &typed("sandbox-pipedrive-key"))
        .await
        .unwrap();

    let labels: Vec<&str> = form
        .blanks
        .iter()
        .map(|blank| blank.input.label.as_str())
        .collect();
    assert_eq!((labels, must_ask), (vec!["API Key"], true));
    assert!(
        matches!(
            wrong,
            Next::Done {
                problem: Some(_),
                ..
            }
        ),
        "{wrong:?}"
    );
    assert!(
        matches!(right, Next::Done { problem: None, .. }),
        "{right:?}"
    );
    assert_eq!(
        bench.connectors.get(&account, id).await.unwrap().state,
        AuthenticationState::Authenticated
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_state_works_once_and_only_in_the_browser_that_began() {
    let bench = Bench::start().await;
    bench.sandbox.set_consent(Consent::Allow);
    let account = bench.account("acme").await;
    set_up(
        &bench,
        "Pipedrive (OAuth 2.0)",
        "sandbox-pipedrive",
        "sandbox-pipedrive-secret",
        &[],
    )
    .await;
    let id = install(&bench, &account, "Pipedrive (OAuth 2.0)").await;
    let visitor = visitor(&account, "browser-1");
    let other = SecretString::from("browser-2");

    let back = consent(begin(&bench, &visitor, id, &[]).await).await;
    let elsewhere = bench
        .authentications
        .callback(&back, Some(&other), None)
        .await;
    let afterwards = bench
        .authentications
        .callback(&back, Some(&visitor.browser), None)
        .await;

    assert_eq!(elsewhere.unwrap_err().error, "invalid_state");
    assert_eq!(
        afterwards.unwrap_err().error,
        "invalid_state",
        "the other browser used it up"
    );
    assert_eq!(
        bench.connectors.get(&account, id).await.unwrap().state,
        AuthenticationState::NotAuthenticated
    );

    let forged = vec![
        ("state".to_owned(), "forged".to_owned()),
        ("code".to_owned(), "x".to_owned()),
    ];
    let forged = bench
        .authentications
        .callback(&forged, Some(&visitor.browser), None)
        .await;
    assert_eq!(forged.unwrap_err().error, "invalid_state");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_who_says_no_is_led_back_and_former_credentials_stay() {
    let bench = Bench::start().await;
    let account = bench.account("acme").await;
    let id = bench.pipedrive(&account).await;
    bench.sandbox.set_consent(Consent::Deny);
    let mut visitor = visitor(&account, "browser-1");
    visitor.target = ReturnTarget {
        origin: Some("https://app.example.com/".into()),
        message: None,
    };

    let back = consent(begin(&bench, &visitor, id, &[]).await).await;
    let refused = bench
        .authentications
        .callback(&back, Some(&visitor.browser), None)
        .await
        .unwrap_err();

    assert_eq!(refused.error, "access_denied");
    assert_eq!(refused.target, Some(visitor.target));
    assert_eq!(
        bench.connectors.get(&account, id).await.unwrap().state,
        AuthenticationState::Authenticated
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_partner_left_blank_is_asked_for_at_installation() {
    let bench = Bench::start().await;
    let account = bench.account("acme").await;
    let id = install(&bench, &account, "Stripe (OAuth)").await;
    let visitor = visitor(&account, "browser-1");

    let (form, must_ask) = bench.authentications.form(account.scope, id).await.unwrap();
    let nothing = bench
        .authentications
        .begin(&visitor, id, &Typed::new())
        .await;
    let url = begin(
        &bench,
        &visitor,
        id,
        &[
            ("ClientId", "ca_sandbox_velodrome"),
            ("ClientSecret", "sandbox-stripe-secret"),
        ],
    )
    .await;

    let asked: Vec<&str> = form
        .blanks
        .iter()
        .map(|blank| blank.input.name.as_str())
        .collect();
    assert!(
        must_ask && asked.starts_with(&["ClientId", "ClientSecret"]),
        "{asked:?}"
    );
    assert!(matches!(nothing, Err(AuthenticationError::Values(_))));
    assert!(
        url.query_pairs()
            .any(|(name, value)| name == "client_id" && value == "ca_sandbox_velodrome")
    );
}
