use axum::http::StatusCode;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use chrono::TimeDelta;
use sha2::{Digest, Sha256};

use super::{Bench, Reply, form, parameter};
use crate::Consent;

const PIPEDRIVE: &str = "https://oauth.pipedrive.com";
const WORKBENCH: &str = "https://workbench.sandbox.example";
const CALLBACK: &str = "http://127.0.0.1:8080/connector/callback";
const VERIFIER: &str = "a-verifier-that-is-long-enough-to-be-taken-seriously";

fn basic(id: &str, secret: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{id}:{secret}")))
}

fn challenge() -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(VERIFIER))
}

async fn code_from(bench: &Bench, url: &str) -> String {
    bench.control.set_consent(Consent::Allow);
    parameter(&bench.get(url, &[]).await.location(), "code").unwrap()
}

async fn pipedrive_code(bench: &Bench) -> String {
    let query = form(&[
        ("client_id", "sandbox-pipedrive"),
        ("redirect_uri", CALLBACK),
        ("state", "s"),
    ]);
    code_from(bench, &format!("{PIPEDRIVE}/oauth/authorize?{query}")).await
}

async fn exchange(bench: &Bench, secret: &str, pairs: &[(&str, &str)]) -> Reply {
    let basic = basic("sandbox-pipedrive", secret);
    let url = format!("{PIPEDRIVE}/oauth/token");
    bench
        .post_form(&url, &[("authorization", &basic)], pairs)
        .await
}

async fn exchange_code(bench: &Bench, code: &str) -> Reply {
    let pairs = [
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", CALLBACK),
    ];
    exchange(bench, "sandbox-pipedrive-secret", &pairs).await
}

async fn refresh(bench: &Bench, token: &str) -> Reply {
    exchange(
        bench,
        "sandbox-pipedrive-secret",
        &[("grant_type", "refresh_token"), ("refresh_token", token)],
    )
    .await
}

fn error(reply: &Reply) -> String {
    reply.json()["error"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_person_consents_in_the_browser_and_the_client_gets_tokens_that_work() {
    let bench = Bench::new().await;
    let query = form(&[
        ("client_id", "my-app"),
        ("redirect_uri", CALLBACK),
        ("state", "a b&c"),
    ]);
    let page = bench
        .get(
            &format!("http://oauth.pipedrive.com.localhost:9999/oauth/authorize?{query}"),
            &[],
        )
        .await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.text.contains("Pipedrive (Sandbox)") && page.text.contains("deals:full"));

    let cookie = page
        .header("set-cookie")
        .split(';')
        .next()
        .unwrap()
        .to_owned();
    let (request, csrf) = (page.hidden("request"), page.hidden("csrf"));
    let decision = [
        ("request", request.as_str()),
        ("csrf", &csrf),
        ("tenant", "sandbox-second.pipedrive.com"),
        ("decision", "allow"),
    ];
    let address = "http://oauth.pipedrive.com.localhost:9999/oauth/authorize";
    let back = bench
        .post_form(address, &[("cookie", &cookie)], &decision)
        .await
        .location();
    assert!(back.as_str().starts_with(CALLBACK));
    assert_eq!(parameter(&back, "state").as_deref(), Some("a b&c"));

    let pairs = [
        ("grant_type", "authorization_code"),
        ("code", &parameter(&back, "code").unwrap()),
        ("redirect_uri", CALLBACK),
    ];
    let header = basic("my-app", "whatever-i-like");
    let tokens = bench
        .post_form(
            &format!("{PIPEDRIVE}/oauth/token"),
            &[("authorization", &header)],
            &pairs,
        )
        .await;
    assert_eq!(tokens.status, StatusCode::OK, "{}", tokens.text);
    assert_eq!(tokens.header("cache-control"), "no-store");
    let tokens = tokens.json();
    assert_eq!(tokens["expires_in"], 3599);
    assert_eq!(tokens["api_domain"], "https://sandbox-second.pipedrive.com");

    let bearer = format!("Bearer {}", tokens["access_token"].as_str().unwrap());
    let me = bench
        .get(
            "https://sandbox-second.pipedrive.com/api/v1/users/me",
            &[("authorization", &bearer)],
        )
        .await;
    assert_eq!(me.json()["data"]["company_name"], "Second Sandbox Company");
    let elsewhere = bench
        .get(
            "https://sandbox-company.pipedrive.com/api/v1/users/me",
            &[("authorization", &bearer)],
        )
        .await;
    assert_eq!(elsewhere.status, StatusCode::UNAUTHORIZED);

    let again = bench
        .post_form(address, &[("cookie", &cookie)], &decision)
        .await;
    assert_eq!(again.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn denying_goes_back_with_access_denied_and_a_foreign_browser_cannot_decide() {
    let bench = Bench::new().await;
    let query = form(&[
        ("client_id", "my-app"),
        ("redirect_uri", CALLBACK),
        ("state", "s"),
    ]);
    let address = format!("{PIPEDRIVE}/oauth/authorize");
    let page = bench.get(&format!("{address}?{query}"), &[]).await;
    let (request, csrf) = (page.hidden("request"), page.hidden("csrf"));
    let cookie = page
        .header("set-cookie")
        .split(';')
        .next()
        .unwrap()
        .to_owned();
    let decision = [
        ("request", request.as_str()),
        ("csrf", &csrf),
        ("tenant", ""),
        ("decision", "deny"),
    ];

    let foreign = bench
        .post_form(&address, &[("cookie", "sandbox_browser=other")], &decision)
        .await;
    let forged = [
        ("request", request.as_str()),
        ("csrf", "guess"),
        ("decision", "allow"),
    ];
    let forged = bench
        .post_form(&address, &[("cookie", &cookie)], &forged)
        .await;
    let back = bench
        .post_form(&address, &[("cookie", &cookie)], &decision)
        .await
        .location();

    assert_eq!(foreign.status, StatusCode::BAD_REQUEST);
    assert_eq!(forged.status, StatusCode::BAD_REQUEST);
    assert_eq!(parameter(&back, "error").as_deref(), Some("access_denied"));
    assert!(parameter(&back, "error_description").is_some());
    assert_eq!(parameter(&back, "state").as_deref(), Some("s"));
    assert_eq!(parameter(&back, "code"), None);
}

#[tokio::test]
async fn a_consent_page_left_open_too_long_expires() {
    let bench = Bench::new().await;
    let query = form(&[("client_id", "my-app"), ("redirect_uri", CALLBACK)]);
    let address = format!("{PIPEDRIVE}/oauth/authorize");
    let page = bench.get(&format!("{address}?{query}"), &[]).await;
    let cookie = page
        .header("set-cookie")
        .split(';')
        .next()
        .unwrap()
        .to_owned();
    bench.clock.forward(TimeDelta::minutes(11));

    let decision = [
        ("request", page.hidden("request")),
        ("csrf", page.hidden("csrf")),
        ("decision", "allow".to_owned()),
    ];
    let decision: Vec<(&str, &str)> = decision
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    let late = bench
        .post_form(&address, &[("cookie", &cookie)], &decision)
        .await;

    assert_eq!(late.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn authorization_requests_that_cannot_be_trusted_never_redirect() {
    let bench = Bench::new().await;
    for query in [
        form(&[("redirect_uri", CALLBACK)]),
        form(&[("client_id", "a")]),
        form(&[("client_id", "a"), ("redirect_uri", "javascript:alert(1)")]),
        form(&[("client_id", "a"), ("redirect_uri", "/relative")]),
        form(&[
            ("client_id", "a"),
            ("redirect_uri", "https://x.example/#part"),
        ]),
        form(&[
            ("client_id", "a"),
            ("client_id", "b"),
            ("redirect_uri", CALLBACK),
        ]),
        form(&[("client_id", "sk_live_abc"), ("redirect_uri", CALLBACK)]),
    ] {
        let page = bench
            .get(&format!("{PIPEDRIVE}/oauth/authorize?{query}"), &[])
            .await;
        assert_eq!(page.status, StatusCode::BAD_REQUEST, "{query}");
        assert!(page.text.contains("role=\"alert\""));
    }
}

#[tokio::test]
async fn authorization_mistakes_of_a_known_client_go_back_to_it() {
    let bench = Bench::new().await;
    let good = [
        ("client_id", "a"),
        ("redirect_uri", CALLBACK),
        ("state", "s"),
    ];
    let challenge = challenge();
    for (extra, wanted) in [
        (vec![], "invalid_request"),
        (
            vec![("response_type", "token")],
            "unsupported_response_type",
        ),
        (
            vec![("response_type", "code"), ("scope", "everything")],
            "invalid_scope",
        ),
        (vec![("response_type", "code")], "invalid_request"),
        (
            vec![
                ("response_type", "code"),
                ("code_challenge", "short"),
                ("code_challenge_method", "S256"),
            ],
            "invalid_request",
        ),
        (
            vec![
                ("response_type", "code"),
                ("code_challenge", challenge.as_str()),
                ("code_challenge_method", "S512"),
            ],
            "invalid_request",
        ),
    ] {
        let query = form(&[good.to_vec(), extra].concat());
        let back = bench
            .get(&format!("{WORKBENCH}/oauth/authorize?{query}"), &[])
            .await
            .location();
        assert_eq!(
            parameter(&back, "error").as_deref(),
            Some(wanted),
            "{query}"
        );
        assert_eq!(parameter(&back, "state").as_deref(), Some("s"));
    }
}

#[tokio::test]
async fn a_replayed_code_is_refused_and_ends_what_it_brought() {
    let bench = Bench::new().await;
    let code = pipedrive_code(&bench).await;
    let tokens = exchange_code(&bench, &code).await.json();

    let replay = exchange_code(&bench, &code).await;

    assert_eq!(replay.status, StatusCode::BAD_REQUEST);
    assert_eq!(error(&replay), "invalid_grant");
    assert!(bench.control.grants("pipedrive-oauth").unwrap()[0].revoked);
    let refreshed = refresh(&bench, tokens["refresh_token"].as_str().unwrap()).await;
    assert_eq!(error(&refreshed), "invalid_grant");
}

#[tokio::test]
async fn a_code_is_bound_to_its_callback_client_and_time() {
    let bench = Bench::new().await;
    let code = pipedrive_code(&bench).await;
    let wrong_callback = [
        ("grant_type", "authorization_code"),
        ("code", code.as_str()),
        ("redirect_uri", "http://127.0.0.1:8080/connector/callback/"),
    ];
    assert_eq!(
        error(&exchange(&bench, "sandbox-pipedrive-secret", &wrong_callback).await),
        "invalid_grant"
    );

    let other = basic("other-client", "other-secret");
    let pairs = [
        ("grant_type", "authorization_code"),
        ("code", code.as_str()),
        ("redirect_uri", CALLBACK),
    ];
    let stolen = bench
        .post_form(
            &format!("{PIPEDRIVE}/oauth/token"),
            &[("authorization", &other)],
            &pairs,
        )
        .await;
    assert_eq!(error(&stolen), "invalid_grant");

    bench.clock.forward(TimeDelta::minutes(6));
    assert_eq!(error(&exchange_code(&bench, &code).await), "invalid_grant");
}

#[tokio::test]
async fn a_wrong_secret_is_invalid_client_and_spends_nothing() {
    let bench = Bench::new().await;
    let code = pipedrive_code(&bench).await;
    let pairs = [
        ("grant_type", "authorization_code"),
        ("code", code.as_str()),
        ("redirect_uri", CALLBACK),
    ];

    let wrong = exchange(&bench, "not-the-secret", &pairs).await;
    let real = exchange(&bench, "sk_live_0123456789", &pairs).await;

    assert_eq!(
        (wrong.status, error(&wrong)),
        (StatusCode::UNAUTHORIZED, "invalid_client".to_owned())
    );
    assert!(wrong.header("www-authenticate").starts_with("Basic"));
    assert!(
        real.json()["error_description"]
            .as_str()
            .unwrap()
            .contains("do not use real credentials")
    );
    assert_eq!(exchange_code(&bench, &code).await.status, StatusCode::OK);
}

#[tokio::test]
async fn token_requests_are_read_strictly() {
    let bench = Bench::new().await;
    for (pairs, wanted) in [
        (vec![], "invalid_request"),
        (
            vec![("grant_type", "authorization_code")],
            "invalid_request",
        ),
        (vec![("grant_type", "magic")], "unsupported_grant_type"),
        (
            vec![("grant_type", "client_credentials")],
            "unsupported_grant_type",
        ),
        (
            vec![
                ("grant_type", "refresh_token"),
                ("grant_type", "refresh_token"),
            ],
            "invalid_request",
        ),
        (
            vec![
                ("grant_type", "refresh_token"),
                ("refresh_token", "rt_unknown"),
            ],
            "invalid_grant",
        ),
        (
            vec![
                ("grant_type", "refresh_token"),
                ("refresh_token", "x"),
                ("client_id", "another"),
            ],
            "invalid_request",
        ),
    ] {
        let reply = exchange(&bench, "sandbox-pipedrive-secret", &pairs).await;
        assert_eq!(error(&reply), wanted, "{pairs:?}");
    }
    let url = format!("{PIPEDRIVE}/oauth/token");
    let json = bench
        .send_json(
            "POST",
            &url,
            &[],
            &serde_json::json!({"grant_type": "refresh_token"}),
        )
        .await;
    assert_eq!(error(&json), "invalid_request");
    let anonymous = bench
        .post_form(
            &url,
            &[],
            &[
                ("grant_type", "refresh_token"),
                ("refresh_token", "x"),
                ("client_id", "a"),
            ],
        )
        .await;
    assert_eq!(error(&anonymous), "invalid_client");
}

#[tokio::test]
async fn a_refresh_replaces_both_tokens_and_a_reused_one_ends_the_consent() {
    let bench = Bench::new().await;
    let first = exchange_code(&bench, &pipedrive_code(&bench).await)
        .await
        .json();
    let old = first["refresh_token"].as_str().unwrap();

    let second = refresh(&bench, old).await.json();
    assert_ne!(second["refresh_token"], first["refresh_token"]);
    assert_ne!(second["access_token"], first["access_token"]);
    let report = &bench.control.grants("pipedrive-oauth").unwrap()[0];
    assert_eq!((report.refreshes, report.access_tokens_issued), (1, 2));

    assert_eq!(error(&refresh(&bench, old).await), "invalid_grant");
    let newest = second["refresh_token"].as_str().unwrap();
    assert_eq!(error(&refresh(&bench, newest).await), "invalid_grant");
    let report = &bench.control.grants("pipedrive-oauth").unwrap()[0];
    assert_eq!((report.refresh_reuses, report.revoked), (1, true));
}

#[tokio::test]
async fn access_tokens_expire_on_time_and_idle_refresh_tokens_after_sixty_days() {
    let bench = Bench::new().await;
    let tokens = exchange_code(&bench, &pipedrive_code(&bench).await)
        .await
        .json();
    let bearer = format!("Bearer {}", tokens["access_token"].as_str().unwrap());
    let me = "https://sandbox-company.pipedrive.com/api/v1/users/me";

    bench.clock.forward(TimeDelta::seconds(3598));
    assert_eq!(
        bench.get(me, &[("authorization", &bearer)]).await.status,
        StatusCode::OK
    );
    bench.clock.forward(TimeDelta::seconds(1));
    let expired = bench.get(me, &[("authorization", &bearer)]).await;
    assert_eq!(expired.status, StatusCode::UNAUTHORIZED);
    assert!(expired.text.contains("expired"));

    bench.clock.forward(TimeDelta::days(61));
    assert_eq!(
        error(&refresh(&bench, tokens["refresh_token"].as_str().unwrap()).await),
        "invalid_grant"
    );
}

#[tokio::test]
async fn revoking_takes_one_access_token_or_the_whole_consent() {
    let bench = Bench::new().await;
    let tokens = exchange_code(&bench, &pipedrive_code(&bench).await)
        .await
        .json();
    let url = format!("{PIPEDRIVE}/oauth/revoke");
    let basic = basic("sandbox-pipedrive", "sandbox-pipedrive-secret");
    let revoke = async |token: &str| {
        bench
            .post_form(&url, &[("authorization", &basic)], &[("token", token)])
            .await
            .status
    };

    assert_eq!(revoke("unknown").await, StatusCode::OK);
    assert_eq!(
        revoke(tokens["access_token"].as_str().unwrap()).await,
        StatusCode::OK
    );
    let bearer = format!("Bearer {}", tokens["access_token"].as_str().unwrap());
    let me = bench
        .get(
            "https://sandbox-company.pipedrive.com/api/v1/users/me",
            &[("authorization", &bearer)],
        )
        .await;
    assert_eq!(me.status, StatusCode::UNAUTHORIZED);
    let tokens = refresh(&bench, tokens["refresh_token"].as_str().unwrap())
        .await
        .json();
    assert_eq!(
        revoke(tokens["refresh_token"].as_str().unwrap()).await,
        StatusCode::OK
    );
    assert!(bench.control.grants("pipedrive-oauth").unwrap()[0].revoked);
}

#[tokio::test]
async fn proof_keys_are_checked_and_cannot_be_stripped() {
    let bench = Bench::new().await;
    let challenge = challenge();
    let proven = [
        ("client_id", "sandbox-workbench"),
        ("redirect_uri", CALLBACK),
        ("response_type", "code"),
        ("code_challenge", challenge.as_str()),
        ("code_challenge_method", "S256"),
    ];
    let token = async |origin: &str, code: &str, verifier: Option<&str>| {
        let mut pairs = vec![
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", CALLBACK),
            ("client_id", "sandbox-workbench"),
            ("client_secret", "sandbox-workbench-secret"),
        ];
        pairs.extend(verifier.map(|verifier| ("code_verifier", verifier)));
        bench
            .post_form(&format!("{origin}/oauth/token"), &[], &pairs)
            .await
    };
    let code = code_from(
        &bench,
        &format!("{WORKBENCH}/oauth/authorize?{}", form(&proven)),
    )
    .await;

    assert_eq!(error(&token(WORKBENCH, &code, None).await), "invalid_grant");
    assert_eq!(
        error(
            &token(
                WORKBENCH,
                &code,
                Some("another-verifier-of-the-right-length-but-wrong")
            )
            .await
        ),
        "invalid_grant"
    );
    assert_eq!(
        token(WORKBENCH, &code, Some(VERIFIER)).await.status,
        StatusCode::OK
    );

    let relaxed = "https://workbench-relaxed.sandbox.example";
    let code = code_from(
        &bench,
        &format!("{relaxed}/oauth/authorize?{}", form(&proven[..3])),
    )
    .await;
    assert_eq!(
        error(&token(relaxed, &code, Some(VERIFIER)).await),
        "invalid_grant"
    );
    assert_eq!(token(relaxed, &code, None).await.status, StatusCode::OK);
}

#[tokio::test]
async fn credentials_grants_answer_with_scopes_that_are_enforced() {
    let bench = Bench::new().await;
    let client = [
        ("client_id", "sandbox-workbench"),
        ("client_secret", "sandbox-workbench-secret"),
    ];
    let token = async |pairs: &[(&str, &str)]| {
        bench
            .post_form(
                &format!("{WORKBENCH}/oauth/token"),
                &[],
                &[&client, pairs].concat(),
            )
            .await
    };

    let reading = token(&[
        ("grant_type", "client_credentials"),
        ("scope", "records.read"),
    ])
    .await
    .json();
    assert_eq!(reading.get("refresh_token"), None);
    let bearer = format!("Bearer {}", reading["access_token"].as_str().unwrap());
    let contacts = format!("{WORKBENCH}/records/contacts");
    let listed = bench.get(&contacts, &[("authorization", &bearer)]).await;
    assert_eq!(listed.json()["total"], 130);
    let written = bench
        .send_json(
            "POST",
            &contacts,
            &[("authorization", &bearer)],
            &serde_json::json!({"first_name": "A"}),
        )
        .await;
    assert_eq!(written.status, StatusCode::FORBIDDEN);

    assert_eq!(
        error(&token(&[("grant_type", "client_credentials"), ("scope", "all")]).await),
        "invalid_scope"
    );
    let user = [
        ("grant_type", "password"),
        ("username", "ada"),
        ("password", "sandbox"),
        ("scope", "records.write profile"),
    ];
    let by_password = token(&user).await.json();
    assert_eq!(by_password["company"], "ada");
    let refresh = by_password["refresh_token"].as_str().unwrap();
    let wider = token(&[
        ("grant_type", "refresh_token"),
        ("refresh_token", refresh),
        ("scope", "records.read"),
    ])
    .await;
    assert_eq!(error(&wider), "invalid_scope");
    let narrower = token(&[
        ("grant_type", "refresh_token"),
        ("refresh_token", refresh),
        ("scope", "profile"),
    ])
    .await;
    assert_eq!(narrower.json()["scope"], "profile");
    assert_eq!(
        error(
            &token(&[
                ("grant_type", "password"),
                ("username", "ada"),
                ("password", "guess")
            ])
            .await
        ),
        "invalid_grant"
    );
}
