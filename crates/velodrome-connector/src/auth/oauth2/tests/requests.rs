//! What is sent.

use super::*;

#[test]
fn the_authorise_address_has_the_parameters_of_the_definition() {
    let values = ValuesFn(|name: &str| match name {
        "Host" => Some("shop.example".to_owned()),
        "Store" => Some("my store".to_owned()),
        _ => None,
    });
    let table = [
        (
            json!({}),
            None,
            "https://a.example/authorize?response_type=code&client_id=id&redirect_uri=https%3A%2F%2Fvelodrome.\
             example%2Fconnector%2Fcallback&state=st&code_challenge={challenge}&code_challenge_method=S256",
        ),
        (
            json!({"pkce": "none", "scopes": ["a:read", "b"], "authoriseUrl": "https://{{Host}}/o?x=1"}),
            None,
            "https://shop.example/o?x=1&response_type=code&client_id=id&redirect_uri=https%3A%2F%2Fvelodrome.\
             example%2Fconnector%2Fcallback&scope=a%3Aread%20b&state=st",
        ),
        (
            json!({
                "pkce": "none", "scopes": ["x"], "scopeSeparator": ",", "scopeParam": "user_scope",
                "authoriseExclude": ["response_type", "redirect_uri"],
                "authoriseRename": {"client_id": "app_id"},
                "authoriseParams": {"store_url": "{{Store}}", "hint": "{{Unknown}}", "state": "own", "n": 1},
                "resource": ["https://r.example/1", "https://r.example/2"],
            }),
            Some("c d,e"),
            "https://a.example/authorize?app_id=id&user_scope=c%2Cd%2Ce&resource=https%3A%2F%2Fr.example%2F1\
             &resource=https%3A%2F%2Fr.example%2F2&store_url=my%20store&state=own&n=1",
        ),
    ];
    for (more, scopes, wanted) in table {
        let rules = rules(more);
        let setup = OAuth2Setup {
            rules: &rules,
            tls: None,
            client_id: "id",
            client_secret: None,
            scopes,
            values: &values,
            user_agent: "",
        };

        let url = setup.authorise_url(REDIRECT, "st", &verifier()).unwrap();

        assert_eq!(
            url.as_str(),
            wanted.replace("{challenge}", &verifier().challenge())
        );
    }
}

#[tokio::test]
async fn a_code_is_exchanged_with_the_secret_in_the_body() {
    let mut case = Case::new(json!({}), fine()).await;

    let got = case
        .token(code(&"the code".into(), &verifier()))
        .await
        .unwrap();

    let asked = case.server.asked().await;
    let (head, body) = asked.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("POST /token?v=1 HTTP/1.1\r\n"), "{head}");
    assert!(
        head.contains("content-type: application/x-www-form-urlencoded\r\n"),
        "{head}"
    );
    assert!(
        head.contains("accept: application/json\r\n")
            && head.contains("user-agent: Velodrome/1\r\n")
    );
    let verifier = "v".repeat(64);
    assert_eq!(
        body,
        format!(
            "grant_type=authorization_code&code=the%20code&redirect_uri=https%3A%2F%2Fvelodrome.example%2F\
             connector%2Fcallback&code_verifier={verifier}&client_id=client%3A1&client_secret=s%20e%26cret"
        )
    );
    assert_eq!(got.token.access_token.unwrap().expose_secret(), "at");
    assert_eq!(got.token.refresh_token.unwrap().expose_secret(), "rt");
    assert_eq!(
        got.token.expires,
        Some("2030-01-01T10:59:59Z".parse().unwrap())
    );
    assert_eq!(got.token.issued, Some(now()));
}

#[tokio::test]
async fn requests_take_every_shape_that_definitions_ask_for() {
    let secret = SecretString::from("pw");
    let password = || Grant::Password {
        username: "u",
        password: &secret,
    };
    // "client:1" and "s e&cret", each form-encoded, then base64.
    let basic = "Basic Y2xpZW50JTNBMTpzJTIwZSUyNmNyZXQ=";
    let table = [
        (
            json!({"clientAuth": "basic", "pkce": "none"}),
            Grant::Client,
            "POST /token?v=1 ",
            Some(basic),
            "grant_type=client_credentials",
        ),
        (
            json!({"clientAuth": "none", "type": "PasswordCredentials", "scopes": ["s"], "resource": "r"}),
            password(),
            "POST /token?v=1 ",
            None,
            "grant_type=password&username=u&password=pw&scope=s&client_id=client%3A1",
        ),
        (
            json!({
                "tokenBody": "json", "tokenParams": {"n": 1, "t": "{{Tenant}}", "u": "{{Unknown}}"},
                "tokenRename": {"client_id": "app_id"}, "tokenExclude": ["grant_type"],
                "resource": "https://{{Tenant}}.example",
            }),
            Grant::Client,
            "POST /token?v=1 ",
            None,
            r#"{"resource":"https://acme.example","app_id":"client:1","client_secret":"s e&cret","n":1,"t":"acme"}"#,
        ),
        (
            json!({"tokenBody": "query", "grantType": "urn:custom", "clientAuth": "none"}),
            Grant::Client,
            "POST /token?v=1&grant_type=urn%3Acustom&client_id=client%3A1 ",
            None,
            "",
        ),
        (
            json!({"tokenMethod": "GET", "clientAuth": "none", "tokenHeaders": {"Authorization": "App {{Tenant}}"}}),
            Grant::Client,
            "GET /token?v=1&grant_type=client_credentials&client_id=client%3A1 ",
            Some("App acme"),
            "",
        ),
    ];
    for (more, grant, line, authorization, body) in table {
        let mut case = Case::new(more.clone(), fine()).await;

        case.token(grant).await.unwrap();

        let asked = case.server.asked().await;
        let (head, sent) = asked.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with(line), "{more}: {head}");
        let header = head
            .lines()
            .find_map(|line| line.strip_prefix("authorization: "));
        assert_eq!(header, authorization, "{more}");
        assert_eq!(sent, body, "{more}");
    }
}

#[tokio::test]
async fn a_rotated_refresh_token_replaces_the_former_and_an_absent_one_does_not() {
    let rotated = r#"{"access_token":"new","refresh_token":"r2","expires_in":60}"#;
    let silent = r#"{"access_token":"new"}"#;
    for (body, kept, end) in [
        (rotated, "r2", None),
        (silent, "r1", former("r1").refresh_expires),
    ] {
        let mut case = Case::new(
            json!({"refreshParams": {"extra": "x"}, "grantType": "custom", "tokenParams": {"both": 1}}),
            answer(200, "application/json", body),
        )
        .await;

        let got = case
            .token(Grant::Refresh(&former("r1")))
            .await
            .unwrap()
            .token;

        let asked = case.server.asked().await;
        assert!(
            asked.ends_with(
                "grant_type=refresh_token&refresh_token=r1&client_id=client%3A1&client_secret=s%20e%26cret\
                 &both=1&extra=x"
            ),
            "{asked}"
        );
        assert_eq!(got.refresh_token.unwrap().expose_secret(), kept);
        assert_eq!(got.refresh_expires, end);
        assert_eq!(got.metadata["Kept"], 1);
    }
}

#[tokio::test]
async fn a_missing_or_ended_refresh_token_asks_nobody() {
    let case = Case::new(json!({}), fine()).await;
    let without = OAuth2Token {
        access_token: Some("a".into()),
        ..OAuth2Token::default()
    };
    let ended = OAuth2Token {
        refresh_expires: Some(now()),
        ..former("r")
    };

    let missing = case.token(Grant::Refresh(&without)).await.unwrap_err();
    let expired = case.token(Grant::Refresh(&ended)).await.unwrap_err();

    assert!(matches!(missing, TokenError::NoRefreshToken), "{missing:?}");
    assert!(
        matches!(expired, TokenError::RefreshTokenExpired),
        "{expired:?}"
    );
    assert_eq!(
        (missing.failure(), expired.failure()),
        (Failure::Permanent, Failure::Permanent)
    );
}

#[tokio::test]
async fn revocation_names_the_token_and_the_client() {
    let mut case = Case::new(
        json!({"clientAuth": "basic"}),
        answer(200, "text/plain", ""),
    )
    .await;
    let http = local_client();
    let values = ValuesFn(|_: &str| None);
    let client = OAuth2Client {
        http: &http,
        setup: case.setup(&values),
        script: None,
    };

    client
        .revoke(&former("r1"), TokenHint::Refresh, now())
        .await
        .unwrap();

    let asked = case.server.asked().await;
    assert!(
        asked.starts_with("POST /revoke ") && asked.contains("authorization: Basic "),
        "{asked}"
    );
    assert!(
        asked.ends_with("token=r1&token_type_hint=refresh_token"),
        "{asked}"
    );
}
