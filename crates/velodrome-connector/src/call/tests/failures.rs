//! What becomes of bad answers.

use std::time::Duration;

use super::*;
use crate::egress::test_server::{answer, say};

#[tokio::test]
async fn a_failure_shows_the_exchange_without_secrets() {
    let connector = json!({
        "authentications": [{"key": "b", "type": "Basic"}],
        "parameters": [{"targetType": "HttpHeader", "targetName": "X-Secret", "sensitive": true, "optional": true}],
    });
    let source = FixedCredential::from(
        Credential::parse(
            &serde_json::from_value(json!({"key": "b", "type": "Basic"})).unwrap(),
            "YW5uOm9wZW4gc2VzYW1l",
        )
        .unwrap(),
    );
    let case = Case::with(connector, json!({"httpMethod": "POST"}))
        .parameters(json!({"X-Secret": "hush-hush"}))
        .fields(json!({"a": "open sesame"}));

    let ran = case
        .run_with(
            vec![answer(
                418,
                "text/plain",
                "open sesame hush-hush YW5uOm9wZW4gc2VzYW1l",
            )],
            &source,
        )
        .await;

    let CallError::Upstream { status, exchange } = ran.error() else {
        panic!("{:?}", ran.error())
    };
    let shown = exchange.to_string();
    assert_eq!(status.as_u16(), 418);
    assert!(shown.starts_with("HTTP/1.1 418 I'm a teapot\r\nREDACTED REDACTED REDACTED\r\n\r\nHTTP Request:\r\nPOST http://"), "{shown}");
    assert!(
        shown.contains("\r\nAuthorization: REDACTED\r\n")
            && shown.contains("\r\nx-secret: REDACTED\r\n")
            && shown.ends_with("{\"a\":\"REDACTED\"}"),
        "{shown}"
    );
}

#[tokio::test]
async fn an_answer_in_another_format_is_unreadable() {
    for (turn, fault) in [
        (answer(200, "text/html", "<html>"), "no JSON"),
        (answer(200, "application/json", "{\"a\":"), "no JSON"),
        (
            say("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{}"),
            "ended too early",
        ),
        (say("nonsense\r\n\r\n"), "proper HTTP"),
    ] {
        let ran = Case::of(json!({})).run(vec![turn]).await;
        assert!(
            matches!(ran.error(), CallError::Unreadable { message, .. } if message.contains(fault)),
            "{:?}",
            ran.error()
        );
    }
}

#[tokio::test]
async fn a_silent_provider_times_out_within_the_methods_time() {
    let ran = Case::of(json!({"timeoutSeconds": 1}))
        .run(vec![Turn::Hang(Vec::new())])
        .await;
    assert!(
        matches!(ran.error(), CallError::Timeout { .. }),
        "{:?}",
        ran.error()
    );
}

#[tokio::test]
async fn an_address_that_the_guard_forbids_is_refused() {
    let ran = Case::of(json!({"endpoint": "http://169.254.169.254/latest"}))
        .run(vec![])
        .await;
    assert!(
        matches!(ran.error(), CallError::Refused { .. }),
        "{:?}",
        ran.error()
    );
    let redirected =
        say("HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/\r\nContent-Length: 0\r\n\r\n");
    let ran = Case::of(json!({})).run(vec![redirected]).await;
    assert!(
        matches!(ran.error(), CallError::Refused { .. }),
        "{:?}",
        ran.error()
    );
}

#[tokio::test]
async fn a_429_parks_the_account_connector() {
    let mut server = Server::start(vec![
        say("HTTP/1.1 429 Too Many\r\nRetry-After: Tue, 01 Jan 2030 00:01:30 GMT\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"),
    ])
    .await;
    let definition = Case::of(json!({})).definition(&server);
    let (none, properties, context) = (Map::new(), Properties::new(), context());
    let call = Call {
        definition: &definition,
        method: method(&definition),
        authentication: &definition.authentications[0],
        values: Values {
            parameters: &none,
            fields: &none,
            properties: &properties,
            partner: &properties,
            sparse: false,
        },
        context: &context,
        signer: None,
        mode: Mode::AllPages,
        patience: Patience::ON_DEMAND,
        journal: None,
        scripting: Default::default(),
    };
    let (pipeline, source) = (pipeline(), FixedCredential::from(Credential::None));

    let refused = pipeline.call(&call, &source).await.unwrap_err();
    let parked = pipeline.call(&call, &source).await.unwrap_err();

    let ninety = Duration::from_secs(90);
    assert!(
        matches!(&refused, CallError::RateLimited { retry_after, exchange: Some(_) } if *retry_after == ninety),
        "{refused:?}"
    );
    assert!(
        matches!(&parked, CallError::RateLimited { retry_after, exchange: None } if *retry_after <= ninety),
        "{parked:?}"
    );
    server.asked().await;
    assert!(
        server.asked().now_or_never().is_none(),
        "nothing is sent while parked"
    );
}

#[tokio::test]
async fn a_patient_caller_waits_a_429_out() {
    let mut case = Case::of(json!({}));
    case.patience = Patience::Unbounded;
    let limited = say(
        "HTTP/1.1 429 Too Many\r\nRetry-After: 0\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
    );

    let ran = case.run(vec![limited, ok(json!({"a": 1}))]).await;

    assert_eq!(ran.body(), json!({"a": 1}));
}
