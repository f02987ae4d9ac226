//! Each kind of credential in each place.

use http::Method;
use serde_json::{Value, json};

use super::*;
use crate::auth::{BodyToSign, ValuesFn};

/// What a case starts from: nothing set, or the very things that a credential would set.
struct Sent {
    url: String,
    headers: Vec<(String, String)>,
}

fn send(
    definition: Value,
    auth_value: &str,
    url: &str,
    set: &[(&'static str, &'static str)],
) -> Sent {
    let authentication: Authentication = serde_json::from_value(definition).unwrap();
    let credential = Credential::parse(&authentication, auth_value).unwrap();
    let mut url = Url::parse(url).unwrap();
    let mut headers: HeaderMap = set
        .iter()
        .map(|(n, v)| (HeaderName::from_static(n), HeaderValue::from_static(v)))
        .collect();
    let request = Unauthenticated {
        method: &Method::GET,
        url: &mut url,
        headers: &mut headers,
        body: BodyToSign::Empty,
    };
    apply(request, &authentication, &credential, None).unwrap();
    let added = |name: &HeaderName| !set.iter().any(|(present, _)| name == present);
    assert!(
        headers
            .iter()
            .all(|(name, value)| value.is_sensitive() || !added(name))
    );
    let headers = headers
        .iter()
        .map(|(n, v)| (n.to_string(), v.to_str().unwrap().to_owned()))
        .collect();
    Sent {
        url: url.into(),
        headers,
    }
}

fn oauth2(placement: Value) -> Value {
    json!({
        "key": "k", "type": "OAuth2",
        "oauth2": {"type": "ClientCredentials", "accessTokenUrl": "https://a.example/t", "placement": placement},
    })
}

const URL: &str = "https://a.example/x?y=%2F";

#[test]
fn a_credential_goes_where_the_definition_says() {
    let table = [
        (json!({"key": "k", "type": "ApiKey"}), "v", URL, vec![]),
        (
            json!({"key": "k", "type": "ApiKey", "authScheme": "x-api-token", "prefix": "t "}),
            "v",
            URL,
            vec![("x-api-token", "t v")],
        ),
        (
            json!({"key": "k", "type": "ApiKey", "authScheme": "api key", "in": "Query"}),
            "v&w",
            "https://a.example/x?y=%2F&api%20key=v%26w",
            vec![],
        ),
        (
            json!({"key": "k", "type": "ApiKey", "authScheme": "sid", "in": "Cookie"}),
            "v",
            URL,
            vec![("cookie", "sid=v")],
        ),
        (
            json!({"key": "k", "type": "ApiKey", "authScheme": "sid", "in": "None"}),
            "v",
            URL,
            vec![],
        ),
        (
            json!({"key": "k", "type": "Basic"}),
            "dTpwOjE",
            URL,
            vec![("authorization", "Basic dTpwOjE=")],
        ),
        (
            json!({"key": "k", "type": "AuthFields", "authFields": [
                {"name": "A", "key": "x-a", "type": "Text", "in": "Header"},
                {"name": "B", "key": "b", "type": "Text", "in": "Query"},
                {"name": "C", "key": "c.d", "type": "Text"},
            ]}),
            r#"{"A":"1","B":"2","C":"3"}"#,
            "https://a.example/x?y=%2F&b=2",
            vec![("x-a", "1")],
        ),
        (
            oauth2(Value::Null),
            "at",
            URL,
            vec![("authorization", "Bearer at")],
        ),
        (
            oauth2(json!({"prefix": "Token "})),
            "at",
            URL,
            vec![("authorization", "Token at")],
        ),
        (
            oauth2(json!({"name": "X-Shopify-Access-Token"})),
            "at",
            URL,
            vec![("x-shopify-access-token", "at")],
        ),
        (
            oauth2(json!({"in": "Query"})),
            "at",
            "https://a.example/x?y=%2F&access_token=at",
            vec![],
        ),
        (oauth2(json!({"in": "None"})), "at", URL, vec![]),
    ];
    for (definition, auth_value, url, headers) in table {
        let sent = send(definition.clone(), auth_value, URL, &[]);

        let wanted: Vec<_> = headers
            .iter()
            .map(|(n, v)| (n.to_string(), v.to_string()))
            .collect();
        assert_eq!(
            (sent.url.as_str(), sent.headers),
            (url, wanted),
            "{definition}"
        );
    }
}

#[test]
fn what_is_set_already_stays() {
    let table = [
        (
            json!({"key": "k", "type": "Basic"}),
            "dTpw",
            URL,
            vec![("authorization", "mine")],
        ),
        (
            oauth2(Value::Null),
            "at",
            URL,
            vec![("authorization", "mine")],
        ),
        (
            json!({"key": "k", "type": "ApiKey", "authScheme": "y", "in": "Query"}),
            "v",
            URL,
            vec![],
        ),
        (
            json!({"key": "k", "type": "ApiKey", "authScheme": "sid", "in": "Cookie"}),
            "v",
            URL,
            vec![("cookie", "a=1; sid=mine")],
        ),
    ];
    for (definition, auth_value, url, set) in table {
        let sent = send(definition.clone(), auth_value, url, &set);

        let wanted: Vec<_> = set
            .iter()
            .map(|(n, v)| (n.to_string(), v.to_string()))
            .collect();
        assert_eq!(
            (sent.url.as_str(), sent.headers),
            (url, wanted),
            "{definition}"
        );
    }
    let cookie = json!({"key": "k", "type": "ApiKey", "authScheme": "sid", "in": "Cookie"});
    let sent = send(cookie, "v", URL, &[("cookie", "a=1")]);
    assert_eq!(
        sent.headers,
        [("cookie".to_owned(), "a=1; sid=v".to_owned())]
    );
}

#[test]
fn credentials_for_the_body_are_handed_to_the_caller() {
    let fields: Authentication = serde_json::from_value(json!({
        "key": "k", "type": "AuthFields", "authFields": [
            {"name": "A", "key": "login.user", "type": "Text"},
            {"name": "B", "key": "b", "type": "Text", "in": "Query"},
        ],
    }))
    .unwrap();
    let credential = Credential::parse(&fields, r#"{"A":"1","B":"2"}"#).unwrap();
    let values = body_values(&fields, &credential).unwrap();
    assert_eq!(values.len(), 1);
    assert_eq!(
        (values[0].location, values[0].value.expose_secret()),
        ("login.user", "1")
    );

    let token: Authentication =
        serde_json::from_value(oauth2(json!({"in": "Body", "name": "auth.token"}))).unwrap();
    let credential = Credential::parse(&token, "at").unwrap();
    let values = body_values(&token, &credential).unwrap();
    assert_eq!(
        (values[0].location, values[0].value.expose_secret()),
        ("auth.token", "at")
    );
}

#[test]
fn nothing_is_sent_with_a_credential_that_is_not_there_or_cannot_be_sent() {
    let apply_to = |definition: Value, credential: Credential| {
        let authentication: Authentication = serde_json::from_value(definition).unwrap();
        let request = Unauthenticated {
            method: &Method::GET,
            url: &mut Url::parse(URL).unwrap(),
            headers: &mut HeaderMap::new(),
            body: BodyToSign::Empty,
        };
        apply(request, &authentication, &credential, None).unwrap_err()
    };
    let key = json!({"key": "k", "type": "ApiKey", "authScheme": "x-key"});
    let bad_name = json!({"key": "k", "type": "ApiKey", "authScheme": "x key"});
    let oauth1 = json!({"key": "k", "type": "OAuth1", "oauth1": {}});

    assert_eq!(
        apply_to(key.clone(), Credential::None),
        ApplyError::NotAuthenticated
    );
    assert_eq!(
        apply_to(
            oauth2(Value::Null),
            Credential::OAuth2(OAuth2Token::default())
        ),
        ApplyError::NotAuthenticated
    );
    assert_eq!(
        apply_to(key, Credential::ApiKey("a\nb".into())),
        ApplyError::Unsendable("x-key".into())
    );
    assert_eq!(
        apply_to(bad_name, Credential::ApiKey("a".into())),
        ApplyError::HeaderName("x key".into())
    );
    assert_eq!(apply_to(oauth1, Credential::None), ApplyError::NoConsumer);
}

#[test]
fn oauth1_signs_with_and_without_a_token() {
    let authentication: Authentication = serde_json::from_value(
        json!({"key": "k", "type": "OAuth1", "oauth1": {"flow": "TwoLegged"}}),
    )
    .unwrap();
    let rules = authentication.oauth1.as_ref().unwrap();
    let signer = Signer::new(rules, "key", "secret".into(), &ValuesFn(|_: &str| None)).unwrap();
    let once = Once {
        now: "2030-01-01T00:00:00Z".parse().unwrap(),
        nonce: [1; 16],
    };
    let mut headers = HeaderMap::new();
    let request = Unauthenticated {
        method: &Method::GET,
        url: &mut Url::parse(URL).unwrap(),
        headers: &mut headers,
        body: BodyToSign::Empty,
    };

    apply(
        request,
        &authentication,
        &Credential::None,
        Some((&signer, once)),
    )
    .unwrap();

    let header = headers[AUTHORIZATION].to_str().unwrap();
    assert!(
        header.starts_with("OAuth oauth_consumer_key=\"key\", "),
        "{header}"
    );
    assert!(!header.contains("oauth_token"), "{header}");
}
