//! What is made of answers.

use super::*;

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
