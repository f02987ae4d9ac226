//! The token endpoint and what its tokens are good for.

use serde_json::json;
use velodrome_compat::World;
use velodrome_testkit::server::{ADMIN_EMAIL, ADMIN_PASSWORD, CLIENT_ID, CLIENT_SECRET};

/// The fields of a request, the status and the error it is refused with.
type Refused<'a> = (&'a [(&'a str, &'a str)], u16, &'a str);

#[tokio::test]
async fn client_credentials_give_a_token_for_a_fortnight() {
    let world = World::start();

    let answer = world
        .token(&[("grant_type", "client_credentials")])
        .await
        .expect(200);

    let token = answer.json();
    assert_eq!(token["token_type"], "bearer");
    assert_eq!(token["expires_in"], 1_209_599);
    assert_eq!(token["clientId"], CLIENT_ID);
    assert_eq!(token[".refresh"], "False");
    assert!(
        token[".issued"].as_str().unwrap().ends_with(" GMT"),
        "{token}"
    );
    assert!(
        token[".expires"].as_str().unwrap().ends_with(" GMT"),
        "{token}"
    );
    assert!(token.get("refresh_token").is_none(), "{token}");
    assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
    assert!(answer.header("x-request-id").is_some());
}

#[tokio::test]
async fn client_and_secret_may_come_in_a_basic_header_and_a_get_with_a_form_is_taken() {
    let world = World::start();
    let anyone = world.anyone();
    let form = [("grant_type", "client_credentials")];

    let basic = anyone
        .send(reqwest::Method::POST, "/oauth/token", |request| {
            request
                .basic_auth(CLIENT_ID, Some(CLIENT_SECRET))
                .form(&form)
        })
        .await;
    let get = anyone
        .send(reqwest::Method::GET, "/oauth/token", |request| {
            request
                .basic_auth(CLIENT_ID, Some(CLIENT_SECRET))
                .form(&form)
        })
        .await;
    let in_the_query = anyone
        .post_nothing(&format!(
            "/oauth/token?grant_type=client_credentials&client_id={CLIENT_ID}&client_secret={CLIENT_SECRET}"
        ))
        .await;

    basic.expect(200);
    get.expect(200);
    assert_eq!(in_the_query.status, 400, "{}", in_the_query.text);
}

#[tokio::test]
async fn an_administrator_gets_a_refresh_token_that_works_once() {
    let world = World::start();
    let client = world.password_client().await;

    let first = client
        .token(&[
            ("grant_type", "password"),
            ("username", ADMIN_EMAIL),
            ("password", ADMIN_PASSWORD),
        ])
        .await
        .expect(200)
        .json();
    let refresh = [
        ("grant_type", "refresh_token"),
        ("refresh_token", first["refresh_token"].as_str().unwrap()),
    ];
    let second = client.token(&refresh).await.expect(200).json();
    let replayed = client.token(&refresh).await.expect(400).json();

    assert_eq!(first["userName"], ADMIN_EMAIL);
    assert_eq!(first[".refresh"], "True");
    assert_ne!(first["access_token"], second["access_token"]);
    assert_ne!(first["refresh_token"], second["refresh_token"]);
    assert_eq!(replayed["error"], "invalid_grant");
}

#[tokio::test]
async fn refused_token_requests_say_why_in_the_words_of_rfc_6749() {
    let world = World::start();
    let cases: [Refused; 4] = [
        (
            &[
                ("grant_type", "client_credentials"),
                ("client_secret", "wrong"),
            ],
            401,
            "invalid_client",
        ),
        (
            &[("grant_type", "device_code")],
            400,
            "unsupported_grant_type",
        ),
        (&[], 400, "invalid_request"),
        (
            &[
                ("grant_type", "client_credentials"),
                ("scope", "account:nobody"),
            ],
            400,
            "invalid_scope",
        ),
    ];

    for (fields, status, error) in cases {
        let mut form = vec![("client_id", CLIENT_ID)];
        if !fields.iter().any(|(name, _)| *name == "client_secret") {
            form.push(("client_secret", CLIENT_SECRET));
        }
        form.extend_from_slice(fields);

        let answer = world.anyone().post_form("/oauth/token", &form).await;

        assert_eq!(answer.status, status, "{fields:?}: {}", answer.text);
        assert_eq!(answer.json()["error"], error, "{fields:?}");
    }
}

#[tokio::test]
async fn a_wrong_password_and_an_invented_refresh_token_are_refused() {
    let world = World::start();
    let client = world.password_client().await;
    let wrong_password = [
        ("grant_type", "password"),
        ("username", ADMIN_EMAIL),
        ("password", "wrong"),
    ];
    let invented = [
        ("grant_type", "refresh_token"),
        ("refresh_token", "never-issued"),
    ];

    let first = client.token(&wrong_password).await.expect(400).json();
    let second = client.token(&invented).await.expect(400).json();

    assert_eq!(first["error"], "invalid_grant");
    assert_eq!(second["error"], "invalid_grant");
}

#[tokio::test]
async fn a_call_without_a_good_token_is_refused() {
    let world = World::start();

    let without = world.anyone().get("/v1.0/accounts").await;
    let wrong = world
        .anyone()
        .with_token("made-up")
        .get("/v1.0/accounts")
        .await;

    without.refusal(401);
    wrong.refusal(401);
}

#[tokio::test]
async fn a_token_for_one_account_opens_that_account_and_nothing_else() {
    let world = World::start();
    let partner = world.partner().await;
    world.account(&partner, "bramble").await;
    world.account(&partner, "thistle").await;

    let program = world.account_program("bramble").await;

    program.get("/v1.0/account/connectors").await.expect(200);
    program.get("/v1.0/connectors").await.expect(200);
    program.get("/v1.0/accounts").await.refusal(403);
    program
        .in_account("thistle")
        .get("/v1.0/account/connectors")
        .await
        .refusal(403);
    program
        .post("/v1.0/accounts", json!({ "Name": "New" }))
        .await
        .refusal(403);
}
