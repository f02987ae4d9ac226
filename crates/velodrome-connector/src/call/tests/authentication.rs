//! Credentials: where they go, where they don't, and what a 401 does.

use super::*;

#[tokio::test]
async fn a_refused_token_is_renewed_once_and_the_request_sent_again() {
    let source = Renewing::new(&["first-token", "second-token"]);

    let ran = Case::with(oauth2(), json!({}))
        .run_with(
            vec![json_answer(401, json!({})), ok(json!({"a": 1}))],
            &source,
        )
        .await;

    let sent: Vec<_> = ran
        .asked
        .iter()
        .map(|request| header(request, "authorization"))
        .collect();
    assert_eq!(
        sent,
        [Some("Bearer first-token"), Some("Bearer second-token")]
    );
    assert_eq!(ran.body(), json!({"a": 1}));
}

#[tokio::test]
async fn a_second_401_is_the_providers_answer() {
    let source = Renewing::new(&["first-token", "second-token", "third-token"]);

    let ran = Case::with(oauth2(), json!({}))
        .run_with(
            vec![
                json_answer(401, json!({})),
                json_answer(401, json!({"no": 1})),
            ],
            &source,
        )
        .await;

    assert!(matches!(ran.error(), CallError::Upstream { status, .. } if status.as_u16() == 401));
    assert_eq!(source.renewals.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_lost_grant_fails_the_authentication() {
    let source = Renewing::new(&["only-token"]);

    let ran = Case::with(oauth2(), json!({}))
        .run_with(vec![json_answer(401, json!({}))], &source)
        .await;

    let expected = CredentialError::NeedsReauthentication("invalid_grant".into());
    assert!(matches!(ran.error(), CallError::Authentication(error) if *error == expected));
}

#[tokio::test]
async fn a_key_that_can_t_be_renewed_leaves_the_401_as_it_is() {
    let key = json!({"authentications": [{"key": "k", "type": "ApiKey", "authScheme": "api_token", "in": "Query"}]});
    let source = FixedCredential::from(Credential::ApiKey("secret-key".into()));

    let ran = Case::with(key, json!({}))
        .run_with(
            vec![json_answer(401, json!({"error": "bad secret-key"}))],
            &source,
        )
        .await;

    assert_eq!(ran.lines(), ["GET /m?api_token=secret-key"]);
    let exchange = ran.error().exchange().unwrap().to_string();
    assert!(
        exchange.contains("bad REDACTED")
            && exchange.contains("api_token=REDACTED")
            && !exchange.contains("secret-key"),
        "{exchange}"
    );
}

#[tokio::test]
async fn credentials_never_follow_a_value_of_the_caller_to_another_host() {
    let method = json!({"endpoint": "{{Base}}/x", "parameters": [{"targetType": "MergeField", "targetName": "Base"}]});
    let source = Renewing::new(&["the-token"]);
    let given = Case::with(oauth2(), method.clone()).parameters(json!({"Base": "http://{host}"}));
    let refused = given.run_with(vec![], &source).await;
    assert!(
        matches!(refused.error(), CallError::Refused { .. }),
        "{:?}",
        refused.error()
    );

    let property =
        Case::with(oauth2(), method.clone()).properties(json!({"Base": "http://{host}"}));
    assert_eq!(
        property
            .run_with(vec![ok(json!({}))], &source)
            .await
            .lines(),
        ["GET /x"]
    );
    let anonymous = Case::of(method).parameters(json!({"Base": "http://{host}"}));
    assert_eq!(anonymous.run(vec![ok(json!({}))]).await.lines(), ["GET /x"]);
}

#[tokio::test]
async fn credentials_can_be_merged_into_headers_and_bodies() {
    let connector = json!({
        "authentications": [{"key": "f", "type": "AuthFields", "authFields": [
            {"name": "Tenant", "key": "auth.tenant", "type": "Text"}, {"name": "Pass", "key": "X-Pass", "type": "Password", "in": "Header"},
        ]}],
        "parameters": [{"targetType": "HttpHeader", "targetName": "X-Both", "hide": true, "values": ["{{Cyclr_Auth_Tenant}}/{{Cyclr_Auth_Pass}}"]}],
    });
    let fields = indexmap::IndexMap::from([
        ("Tenant".to_owned(), "acme".into()),
        ("Pass".to_owned(), "s3cret".into()),
    ]);
    let source = FixedCredential::from(Credential::AuthFields(fields));

    let ran = Case::with(connector, json!({"httpMethod": "POST"}))
        .run_with(vec![ok(json!({}))], &source)
        .await;

    assert_eq!(
        (ran.header("x-pass"), ran.header("x-both")),
        (Some("s3cret"), Some("acme/s3cret"))
    );
    assert_eq!(ran.sent(), r#"{"auth":{"tenant":"acme"}}"#);
}

#[tokio::test]
async fn oauth_1_signs_the_form_that_is_sent() {
    let connector = json!({"authentications": [{"key": "o", "type": "OAuth1", "oauth1": {"flow": "TwoLegged"}}]});
    let method = json!({"httpMethod": "POST", "request": {"dataType": "Form"}});

    let ran = Case::with(connector, method)
        .fields(json!({"a": "1"}))
        .run(vec![ok(json!({}))])
        .await;

    let authorization = ran.header("authorization").unwrap();
    assert!(
        authorization.starts_with("OAuth ")
            && authorization.contains("oauth_consumer_key=\"consumer\""),
        "{authorization}"
    );
    assert_eq!(ran.sent(), "a=1");
}
