//! Token requests and answers, against a server that says what a case is about.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use velodrome_model::{ExposeSecret, SecretString, definition::OAuth2};

use super::{
    Failure, Grant, OAuth2Client, OAuth2Setup, TokenAnswer, TokenError, TokenHint, Verifier,
};
use crate::{
    auth::{OAuth2Token, ValuesFn},
    egress::test_server::{Server, Turn, answer, local_client},
};

const REDIRECT: &str = "https://velodrome.example/connector/callback";

fn rules(more: Value) -> OAuth2 {
    let mut rules = json!({
        "type": "AuthorisationCode", "authoriseUrl": "https://a.example/authorize",
        "accessTokenUrl": "https://a.example/token",
    });
    rules
        .as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    serde_json::from_value(rules).unwrap()
}

fn now() -> DateTime<Utc> {
    "2030-01-01T10:00:00Z".parse().unwrap()
}

fn verifier() -> Verifier {
    Verifier::from_kept("v".repeat(64).into())
}

/// A case: rules, setup values, and the server that answers.
struct Case {
    server: Server,
    rules: OAuth2,
    scopes: Option<&'static str>,
    secret: Option<SecretString>,
}

impl Case {
    async fn new(more: Value, turn: Turn) -> Self {
        let server = Server::start(vec![turn]).await;
        let mut rules = rules(more);
        rules.access_token_url = server.url("/token?v=1").to_string();
        rules.revoke_url = Some(server.url("/revoke").to_string());
        Self {
            server,
            rules,
            scopes: None,
            secret: Some("s e&cret".into()),
        }
    }

    async fn token(&self, grant: Grant<'_>) -> Result<TokenAnswer, TokenError> {
        let http = local_client();
        let values = ValuesFn(|name: &str| (name == "Tenant").then(|| "acme".to_owned()));
        let setup = self.setup(&values);
        OAuth2Client { http: &http, setup }
            .token(grant, now())
            .await
    }

    fn setup<'a>(&'a self, values: &'a crate::auth::Values<'a>) -> OAuth2Setup<'a> {
        OAuth2Setup {
            rules: &self.rules,
            client_id: "client:1",
            client_secret: self.secret.as_ref(),
            scopes: self.scopes,
            values,
            user_agent: "Velodrome/1",
        }
    }
}

fn fine() -> Turn {
    answer(
        200,
        "application/json",
        r#"{"access_token":"at","expires_in":3599,"refresh_token":"rt"}"#,
    )
}

fn code<'a>(code: &'a SecretString, verifier: &'a Verifier) -> Grant<'a> {
    Grant::Code {
        code,
        redirect_uri: REDIRECT,
        verifier,
    }
}

fn former(refresh_token: &str) -> OAuth2Token {
    OAuth2Token {
        access_token: Some("old".into()),
        refresh_token: Some(refresh_token.into()),
        refresh_expires: Some("2030-02-01T00:00:00Z".parse().unwrap()),
        metadata: json!({"Kept": 1}).as_object().unwrap().clone(),
        ..OAuth2Token::default()
    }
}

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
async fn lifetimes_come_in_many_spellings() {
    let at = |text: &str| Some(text.parse::<DateTime<Utc>>().unwrap());
    let table = [
        (
            json!({}),
            json!({"expires_in": "3600"}),
            at("2030-01-01T11:00:00Z"),
        ),
        (
            json!({}),
            json!({"expires_in": 3600.9}),
            at("2030-01-01T11:00:00.900Z"),
        ),
        (json!({}), json!({"expires_in": 0}), None),
        (json!({}), json!({"expires_in": "soon"}), None),
        (
            json!({}),
            json!({"expires_in": 1e300}),
            at("2130-01-02T10:00:00Z"),
        ),
        (json!({}), json!({}), None),
        (
            json!({"refresh": {"defaultLifetimeSeconds": 60}}),
            json!({}),
            at("2030-01-01T10:01:00Z"),
        ),
        (
            json!({"tokenResponse": {"expiresIn": "ttl", "expiresInUnit": "ms"}}),
            json!({"ttl": 60000}),
            at("2030-01-01T10:01:00Z"),
        ),
        (
            json!({"tokenResponse": {"expiresAt": "d.end"}}),
            json!({"d": {"end": "2030-01-01T12:00:00"}, "expires_in": 5}),
            at("2030-01-01T12:00:00Z"),
        ),
        (
            json!({"tokenResponse": {"expiresAt": "end"}}),
            json!({"end": 1893492000}),
            at("2030-01-01T10:00:00Z"),
        ),
        (
            json!({"tokenResponse": {"expiresAt": "end"}}),
            json!({"end": "1893492000000"}),
            at("2030-01-01T10:00:00Z"),
        ),
    ];
    for (more, mut body, expires) in table {
        body["access_token"] = "at".into();
        let case = Case::new(
            more.clone(),
            answer(200, "application/json", &body.to_string()),
        )
        .await;

        let got = case.token(Grant::Client).await.unwrap();

        assert_eq!(got.token.expires, expires, "{more} {body}");
    }
}

#[tokio::test]
async fn members_may_be_elsewhere_and_metadata_becomes_properties() {
    let claims = "eyJzdWIiOiJ1MSIsIm9yZyI6eyJpZCI6N319"; // {"sub":"u1","org":{"id":7}}
    let body = json!({
        "ok": true, "error": "", "api_domain": "https://acme.example", "livemode": false,
        "authed_user": {"access_token": "user-at", "granted": "a,b"}, "refresh_in": "86400",
        "id_token": format!("e30.{claims}.sig"),
    });
    let more = json!({
        "tokenResponse": {
            "accessToken": "authed_user.access_token", "scope": "authed_user.granted",
            "refreshExpiresIn": "refresh_in",
        },
        "metadata": [
            {"source": "TokenResponse", "from": "api_domain", "property": "ApiDomain", "required": true},
            {"source": "TokenResponse", "from": "livemode", "property": "Live"},
            {"source": "TokenResponse", "from": "absent", "property": "Absent"},
            {"source": "TokenHeader", "from": "X-Region", "property": "Region"},
            {"source": "IdToken", "from": "org.id", "property": "Org"},
            {"source": "RefreshResponse", "from": "api_domain", "property": "OnlyLater"},
            {"source": "Callback", "from": "realmId", "property": "Realm", "required": true},
        ],
    });
    let text = body.to_string();
    let turn = crate::egress::test_server::say(&format!(
        "HTTP/1.1 200 OK\r\nX-Region: eu\r\nContent-Length: {}\r\n\r\n{text}",
        text.len()
    ));
    let case = Case::new(more, turn).await;

    let got = case.token(Grant::Client).await.unwrap();

    let properties: Vec<_> = got
        .properties
        .iter()
        .map(|(name, value)| (name.as_str(), value.expose_secret()))
        .collect();
    assert_eq!(
        properties,
        [
            ("ApiDomain", "https://acme.example"),
            ("Live", "false"),
            ("Region", "eu"),
            ("Org", "7")
        ]
    );
    assert_eq!(got.token.access_token.unwrap().expose_secret(), "user-at");
    assert_eq!(
        got.token.refresh_expires,
        Some("2030-01-02T10:00:00Z".parse().unwrap())
    );
    assert_eq!(got.scope.as_deref(), Some("a,b"));
}

#[tokio::test]
async fn required_metadata_fails_the_first_grant_only() {
    let more = json!({
        "metadata": [{"source": "TokenResponse", "from": "api_domain", "property": "D", "required": true}],
    });
    let case = Case::new(more.clone(), fine()).await;
    let error = case.token(Grant::Client).await.unwrap_err();
    assert!(
        matches!(&error, TokenError::MissingMetadata(name) if name == "api_domain"),
        "{error:?}"
    );

    let case = Case::new(more, fine()).await;
    assert!(
        case.token(Grant::Refresh(&former("r")))
            .await
            .unwrap()
            .properties
            .is_empty()
    );
}

#[tokio::test]
async fn a_failure_says_what_the_provider_said_and_what_it_means() {
    let json = "application/json";
    let table = [
        (
            answer(
                400,
                json,
                r#"{"error":"invalid_grant","error_description":"Code\nexpired"}"#,
            ),
            Failure::Permanent,
            "the provider refused: invalid_grant (Code expired)",
        ),
        (
            answer(
                200,
                json,
                r#"{"ok":false,"error":"token_revoked","access_token":"at"}"#,
            ),
            Failure::Permanent,
            "the provider refused: token_revoked",
        ),
        (
            answer(401, json, r#"{"error":"invalid_client"}"#),
            Failure::Configuration,
            "the provider refused: invalid_client",
        ),
        (
            answer(
                400,
                json,
                r#"{"error":{"type":"OAuthException","message":"Bad","code":190}}"#,
            ),
            Failure::Permanent,
            "the provider refused: 190 (Bad)",
        ),
        (
            answer(503, "text/html", "<html>Down for maintenance</html>"),
            Failure::Transient,
            "the provider answered 503 Service Unavailable",
        ),
        (
            answer(200, "text/html", "<html>Down for maintenance</html>"),
            Failure::Transient,
            "the provider's token answer (200 OK) is not in a format that can be read",
        ),
        (
            answer(200, json, r#"{"token_type":"bearer"}"#),
            Failure::Transient,
            "the provider's token answer holds no access token",
        ),
        (
            answer(302, json, ""),
            Failure::Configuration,
            "the provider answered 302 Found",
        ),
    ];
    for (turn, failure, message) in table {
        let case = Case::new(json!({}), turn).await;

        let error = case.token(Grant::Refresh(&former("r"))).await.unwrap_err();

        assert_eq!(error.to_string(), message);
        assert_eq!(error.failure(), failure, "{message}");
    }
}

#[tokio::test]
async fn a_busy_provider_says_how_long_to_wait() {
    let turn = crate::egress::test_server::say(
        "HTTP/1.1 429 Too Many Requests\r\nRetry-After: 7\r\nContent-Length: 0\r\n\r\n",
    );
    let case = Case::new(json!({}), turn).await;

    let error = case.token(Grant::Client).await.unwrap_err();

    assert_eq!(error.failure(), Failure::Transient);
    assert_eq!(error.retry_after().map(|wait| wait.as_secs()), Some(7));
}

#[tokio::test]
async fn an_endless_token_answer_is_cut_off() {
    let head = b"HTTP/1.1 200 OK\r\n\r\n".to_vec();
    let case = Case::new(json!({}), Turn::Pour(head, vec![b' '; 64 * 1024])).await;

    let error = case.token(Grant::Client).await.unwrap_err();

    assert!(matches!(error, TokenError::Egress(_)), "{error:?}");
    assert_eq!(error.failure(), Failure::Transient);
}

#[tokio::test]
async fn what_this_release_cannot_do_is_said_and_nothing_is_sent() {
    for more in [
        json!({"clientAuth": "private_key_jwt"}),
        json!({"clientAuth": "tls_client_auth"}),
        json!({"grantType": "urn:ietf:params:oauth:grant-type:jwt-bearer"}),
    ] {
        let case = Case::new(more, fine()).await;

        let error = case.token(Grant::Client).await.unwrap_err();

        assert!(matches!(error, TokenError::Unsupported(_)), "{error:?}");
        assert!(
            error.to_string().ends_with("not supported by this release"),
            "{error}"
        );
    }
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
