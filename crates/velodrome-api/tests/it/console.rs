//! The console's session: signing in, second factor, roles, invitations.

use axum::http::StatusCode;
use chrono::TimeDelta;
use serde_json::{Value, json};
use totp_rs::{Algorithm, Builder, Secret};

use crate::app::{ADMINISTRATOR, Answer, PASSWORD, TestApp};

async fn sign_in(app: &TestApp, body: Value) -> Answer {
    app.post("/console/session")
        .console()
        .json(&body)
        .send()
        .await
}

fn code(secret: &str, app: &TestApp) -> String {
    let builder = Builder::new()
        .with_algorithm(Algorithm::SHA1)
        .with_digits(6)
        .with_step_duration(30);
    let totp = builder
        .with_secret(Secret::try_from_base32(secret).unwrap())
        .build()
        .unwrap();
    totp.generate(u64::try_from(app.now().timestamp()).unwrap())
        .to_string()
}

/// Invites somebody, accepts, signs in; answers the cookie.
async fn colleague(app: &TestApp, session: &str, email: &str, role: &str) -> String {
    let invite = json!({"Email": email, "Role": role});
    let invited = app
        .post("/v1.0/partner/administrators")
        .session(session)
        .json(&invite)
        .send()
        .await;
    assert_eq!(invited.status, StatusCode::CREATED, "{}", invited.text);
    let link = invited.json()["InvitationUrl"].as_str().unwrap().to_owned();
    let token = link.rsplit('=').next().unwrap().to_owned();
    let acceptance = json!({"Token": token, "Name": "New", "Password": "correct pony!"});
    let accepted = app
        .post("/console/invitation")
        .console()
        .json(&acceptance)
        .send()
        .await;
    assert_eq!(accepted.status, StatusCode::NO_CONTENT, "{}", accepted.text);
    let again = app
        .post("/console/invitation")
        .console()
        .json(&acceptance)
        .send()
        .await;
    assert_eq!(again.failure(), (400, "invitation.gone"));
    app.sign_in_as(email, "correct pony!").await
}

#[tokio::test]
async fn signing_in_sets_a_cookie_that_opens_the_console_and_the_api() {
    let app = TestApp::start().await;

    let answer = sign_in(
        &app,
        json!({"Email": "ADA@example.com", "Password": PASSWORD}),
    )
    .await;

    assert_eq!(answer.status, StatusCode::OK);
    let set = answer.header("set-cookie").to_owned();
    assert!(
        set.contains("HttpOnly; SameSite=Lax; Secure") && set.contains("Max-Age=28800"),
        "{set}"
    );
    let body = answer.json();
    assert_eq!(
        (
            &body["Administrator"]["Username"],
            &body["Administrator"]["Role"]
        ),
        (&json!(ADMINISTRATOR), &json!("Administrator"))
    );
    assert_eq!(
        (
            &body["Administrator"]["IsInstanceAdministrator"],
            &body["Partner"]["Sandbox"]
        ),
        (&json!(true), &json!(false))
    );
    let cookie = answer.cookie();
    assert_eq!(
        app.get("/console/session")
            .header("cookie", &cookie)
            .send()
            .await
            .json()["Partner"]["ApplicationDisplayName"],
        "Velodrome"
    );
    assert_eq!(
        app.get("/v1.0/accounts")
            .header("cookie", &cookie)
            .send()
            .await
            .status,
        StatusCode::OK
    );
    // A foreign page can make a browser send the cookie, but not the header.
    let forged = app
        .post("/v1.0/accounts")
        .header("cookie", &cookie)
        .json(&json!({"Name": "A"}))
        .send()
        .await;
    assert_eq!(forged.failure(), (403, "session.header_required"));
    let own = app
        .post("/v1.0/accounts")
        .session(&cookie)
        .json(&json!({"Name": "A"}))
        .send()
        .await;
    assert_eq!(own.status, StatusCode::OK);

    let out = app.delete("/console/session").session(&cookie).send().await;
    assert_eq!(
        (out.status, out.header("set-cookie").contains("Max-Age=0")),
        (StatusCode::NO_CONTENT, true)
    );
    assert_eq!(
        app.get("/console/session")
            .header("cookie", &cookie)
            .send()
            .await
            .failure(),
        (401, "auth.token_invalid")
    );
    assert_eq!(
        app.get("/console/session").send().await.failure(),
        (401, "auth.token_required")
    );
    assert_eq!(
        app.get("/console/branding").send().await.json()["ApplicationDisplayName"],
        "Velodrome"
    );
}

#[tokio::test]
async fn wrong_names_and_passwords_look_alike_and_have_to_wait() {
    let app = TestApp::start().await;

    let nobody = sign_in(
        &app,
        json!({"Email": "eve@example.com", "Password": PASSWORD}),
    )
    .await;
    let wrong = sign_in(&app, json!({"Email": ADMINISTRATOR, "Password": "wrong"})).await;
    assert_eq!(
        (nobody.failure(), nobody.text.clone()),
        ((401, "session.invalid_credentials"), wrong.text.clone())
    );
    for _ in 0..5 {
        sign_in(&app, json!({"Email": ADMINISTRATOR, "Password": "wrong"})).await;
    }
    let throttled = sign_in(&app, json!({"Email": ADMINISTRATOR, "Password": PASSWORD})).await;
    app.pass(TimeDelta::minutes(1));
    let later = sign_in(&app, json!({"Email": ADMINISTRATOR, "Password": PASSWORD})).await;

    assert_eq!(throttled.failure(), (429, "session.throttled"));
    assert_eq!(throttled.header("retry-after"), "1");
    assert_eq!(later.status, StatusCode::OK);
    assert_eq!(
        sign_in(&app, json!({"Email": ADMINISTRATOR}))
            .await
            .message(),
        "Password is required."
    );
    let without = app
        .post("/console/session")
        .json(&json!({"Email": ADMINISTRATOR, "Password": PASSWORD}))
        .send()
        .await;
    assert_eq!(without.failure(), (403, "session.header_required"));
}

#[tokio::test]
async fn a_session_ends_with_its_lifetime() {
    let app = TestApp::start().await;
    let cookie = app.sign_in().await;
    app.pass(TimeDelta::minutes(479));
    assert_eq!(
        app.get("/v1.0/accounts")
            .header("cookie", &cookie)
            .send()
            .await
            .status,
        StatusCode::OK
    );

    app.pass(TimeDelta::minutes(2));

    assert_eq!(
        app.get("/v1.0/accounts")
            .header("cookie", &cookie)
            .send()
            .await
            .status,
        StatusCode::UNAUTHORIZED
    );
}

#[tokio::test]
async fn a_second_factor_is_set_up_asked_for_and_works_once_for_each_code() {
    let app = TestApp::start().await;
    let (cookie, elsewhere) = (app.sign_in().await, app.sign_in().await);

    let enrolment = app
        .post("/console/session/totp")
        .session(&cookie)
        .send()
        .await
        .json();
    let secret = enrolment["Secret"].as_str().unwrap().to_owned();
    assert!(
        enrolment["OtpauthUri"]
            .as_str()
            .unwrap()
            .starts_with("otpauth://totp/Velodrome:ada%40example.com?")
    );
    let wrong = app
        .put("/console/session/totp")
        .session(&cookie)
        .json(&json!({"Code": "000000"}))
        .send()
        .await;
    assert_eq!(wrong.failure(), (400, "session.wrong_code"));
    let confirmed = app
        .put("/console/session/totp")
        .session(&cookie)
        .json(&json!({"Code": code(&secret, &app)}))
        .send()
        .await;
    assert_eq!(confirmed.status, StatusCode::NO_CONTENT);
    assert_eq!(
        app.get("/console/session")
            .header("cookie", &elsewhere)
            .send()
            .await
            .status,
        StatusCode::UNAUTHORIZED
    );

    let asked = sign_in(&app, json!({"Email": ADMINISTRATOR, "Password": PASSWORD})).await;
    assert_eq!(asked.failure(), (401, "session.second_factor_required"));
    let used = sign_in(
        &app,
        json!({"Email": ADMINISTRATOR, "Password": PASSWORD, "Code": code(&secret, &app)}),
    )
    .await;
    assert_eq!(used.failure(), (401, "session.invalid_credentials"));
    app.pass(TimeDelta::seconds(30));
    let body = json!({"Email": ADMINISTRATOR, "Password": PASSWORD, "Code": code(&secret, &app)});
    assert_eq!(
        sign_in(&app, body.clone()).await.json()["Administrator"]["TotpEnabled"],
        true
    );
    assert_eq!(
        sign_in(&app, body).await.failure(),
        (401, "session.invalid_credentials")
    );

    let unconfirmed = app
        .delete("/console/session/totp")
        .session(&cookie)
        .json(&json!({"Password": "wrong"}))
        .send()
        .await;
    assert_eq!(unconfirmed.failure(), (400, "session.wrong_password"));
    let removed = app
        .delete("/console/session/totp")
        .session(&cookie)
        .json(&json!({"Password": PASSWORD}))
        .send()
        .await;
    assert_eq!(removed.status, StatusCode::NO_CONTENT);
    assert_eq!(
        sign_in(&app, json!({"Email": ADMINISTRATOR, "Password": PASSWORD}))
            .await
            .status,
        StatusCode::OK
    );
}

#[tokio::test]
async fn a_required_second_factor_comes_before_everything_else() {
    let app = TestApp::start().await;
    let cookie = app.sign_in().await;
    let on = app
        .put("/v1.0/partner/settings/security")
        .session(&cookie)
        .json(&json!({"RequireMfa": true}))
        .send()
        .await;
    assert_eq!(on.status, StatusCode::OK);

    let closed = app
        .get("/v1.0/accounts")
        .header("cookie", &cookie)
        .send()
        .await;
    assert_eq!(
        closed.failure(),
        (403, "session.second_factor_setup_required")
    );
    let session = app
        .get("/console/session")
        .header("cookie", &cookie)
        .send()
        .await
        .json();
    assert_eq!(session["Administrator"]["MustSetUpTotp"], true);
    let secret = app
        .post("/console/session/totp")
        .session(&cookie)
        .send()
        .await
        .json()["Secret"]
        .as_str()
        .unwrap()
        .to_owned();
    app.put("/console/session/totp")
        .session(&cookie)
        .json(&json!({"Code": code(&secret, &app)}))
        .send()
        .await;

    assert_eq!(
        app.get("/v1.0/accounts")
            .header("cookie", &cookie)
            .send()
            .await
            .status,
        StatusCode::OK
    );
    let kept = app
        .delete("/console/session/totp")
        .session(&cookie)
        .json(&json!({"Password": PASSWORD}))
        .send()
        .await;
    assert_eq!(kept.failure(), (400, "session.second_factor_enforced"));
}

#[tokio::test]
async fn a_new_password_ends_all_other_sessions() {
    let app = TestApp::start().await;
    let (cookie, elsewhere) = (app.sign_in().await, app.sign_in().await);
    let change = |current: &str, new: &str| json!({"Current": current, "New": new});
    let path = "/console/session/password";

    let wrong = app
        .put(path)
        .session(&cookie)
        .json(&change("wrong", "another horse!"))
        .send()
        .await;
    let weak = app
        .put(path)
        .session(&cookie)
        .json(&change(PASSWORD, "alphanumeric1"))
        .send()
        .await;
    let done = app
        .put(path)
        .session(&cookie)
        .json(&change(PASSWORD, "another horse!"))
        .send()
        .await;

    assert_eq!(wrong.failure(), (400, "session.wrong_password"));
    assert_eq!(weak.failure(), (400, "session.password_weak"));
    assert_eq!(done.status, StatusCode::NO_CONTENT);
    assert_eq!(
        app.get("/console/session")
            .header("cookie", &elsewhere)
            .send()
            .await
            .status,
        StatusCode::UNAUTHORIZED
    );
    assert_eq!(
        app.get("/console/session")
            .header("cookie", &cookie)
            .send()
            .await
            .status,
        StatusCode::OK
    );
    assert_eq!(
        sign_in(&app, json!({"Email": ADMINISTRATOR, "Password": PASSWORD}))
            .await
            .status,
        StatusCode::UNAUTHORIZED
    );
    app.sign_in_as(ADMINISTRATOR, "another horse!").await;
}

#[tokio::test]
async fn own_sessions_are_listed_and_ended() {
    let app = TestApp::start().await;
    let first = app.sign_in().await;
    app.pass(TimeDelta::seconds(1));
    let second = app.sign_in().await;

    let listed = app
        .get("/console/sessions")
        .header("cookie", &second)
        .send()
        .await
        .json();
    let current: Vec<_> = listed
        .as_array()
        .unwrap()
        .iter()
        .map(|session| session["IsCurrent"].as_bool().unwrap())
        .collect();
    assert_eq!(current, [true, false]);
    let path = format!("/console/sessions/{}", listed[1]["Id"].as_str().unwrap());
    assert_eq!(
        app.delete(&path).session(&second).send().await.status,
        StatusCode::NO_CONTENT
    );

    assert_eq!(
        app.get("/console/session")
            .header("cookie", &first)
            .send()
            .await
            .status,
        StatusCode::UNAUTHORIZED
    );
    assert_eq!(
        app.delete(&path).session(&second).send().await.failure(),
        (404, "session.not_found")
    );
}

#[tokio::test]
async fn roles_are_decided_by_the_server() {
    let app = TestApp::start().await;
    let cookie = app.sign_in().await;
    let reader = colleague(&app, &cookie, "reader@example.com", "readonly").await;
    let support = colleague(&app, &cookie, "support@example.com", "Support").await;
    let builder = colleague(&app, &cookie, "builder@example.com", "Builder").await;
    let account = json!({"Name": "A"});

    for (session, accounts, settings) in [
        (&reader, 403, 403),
        (&support, 200, 403),
        (&builder, 403, 403),
        (&cookie, 200, 200),
    ] {
        assert_eq!(
            app.get("/v1.0/accounts")
                .header("cookie", session)
                .send()
                .await
                .status,
            StatusCode::OK
        );
        let made = app
            .post("/v1.0/accounts")
            .session(session)
            .json(&account)
            .send()
            .await;
        let set = app
            .put("/v1.0/partner/settings/general")
            .session(session)
            .json(&json!({}))
            .send()
            .await;
        let secret = app
            .get("/v1.0/partner/oauthclients/first-client/secret")
            .header("cookie", session)
            .send()
            .await;
        assert_eq!(
            (
                made.status.as_u16(),
                set.status.as_u16(),
                secret.status.as_u16()
            ),
            (accounts, settings, settings)
        );
    }
    let refused = app
        .post("/v1.0/accounts")
        .session(&reader)
        .json(&account)
        .send()
        .await;
    assert_eq!(
        (refused.failure(), refused.message().as_str()),
        ((403, "auth.role"), "The role ReadOnly does not allow this.")
    );
}

#[tokio::test]
async fn support_starts_stops_and_repeats_what_it_may_not_change() {
    let app = TestApp::start().await;
    let cookie = app.sign_in().await;
    let token = app.token().await;
    app.account(&token, "acme").await;
    let reader = colleague(&app, &cookie, "reader@example.com", "readonly").await;
    let support = colleague(&app, &cookie, "support@example.com", "Support").await;
    let cycle = app
        .post("/v1.0/cycles")
        .bearer(&token)
        .header("x-cyclr-account", "acme")
        .json(&json!({"Name": "Orders"}))
        .send()
        .await
        .json();
    let path = format!("/v1.0/cycles/{}", cycle["Id"].as_str().unwrap());
    let none = "00000000-0000-4000-8000-000000000000";
    let retry = format!("{path}/transactions/{none}/retry");
    let status = async |session: &str, call: crate::app::Call<'_>| {
        let call = call.session(session).header("x-cyclr-account", "acme");
        call.json(&json!({})).send().await.status.as_u16()
    };

    for (session, stopped, started, retried) in
        [(&support, 200, 400, 404), (&reader, 403, 403, 403)]
    {
        let stop = app.put(&format!("{path}/deactivate"));
        assert_eq!(status(session, stop).await, stopped);
        // It has no steps yet.
        let start = app.put(&format!("{path}/activate"));
        assert_eq!(status(session, start).await, started);
        assert_eq!(status(session, app.post(&retry)).await, retried);
    }
    assert_eq!(status(&support, app.post("/v1.0/cycles")).await, 403);
    assert_eq!(status(&support, app.delete(&path)).await, 403);
}

#[tokio::test]
async fn administrators_are_invited_changed_and_removed_but_never_the_last() {
    let app = TestApp::start().await;
    let cookie = app.sign_in().await;
    let path = "/v1.0/partner/administrators";
    let listed = app.get(path).header("cookie", &cookie).send().await.json();
    let own = format!("{path}/{}", listed[0]["Id"].as_str().unwrap());

    assert_eq!(
        app.delete(&own).session(&cookie).send().await.failure(),
        (409, "administrator.last")
    );
    assert_eq!(
        app.put(&own)
            .session(&cookie)
            .json(&json!({"Role": "ReadOnly"}))
            .send()
            .await
            .failure(),
        (409, "administrator.last")
    );
    let known = app
        .post(path)
        .session(&cookie)
        .json(&json!({"Email": ADMINISTRATOR}))
        .send()
        .await;
    assert_eq!(known.failure(), (409, "administrator.exists"));
    assert_eq!(
        app.post(path)
            .session(&cookie)
            .json(&json!({"Email": "nobody"}))
            .send()
            .await
            .failure(),
        (400, "request.email_invalid")
    );
    assert_eq!(
        app.post(path)
            .session(&cookie)
            .json(&json!({"Email": "a@example.com", "Role": "King"}))
            .send()
            .await
            .failure(),
        (400, "request.unreadable")
    );

    let ben = colleague(&app, &cookie, "ben@example.com", "Administrator").await;
    let listed = app.get(path).header("cookie", &cookie).send().await.json();
    assert_eq!(
        (
            &listed[1]["Username"],
            &listed[1]["Name"],
            &listed[1]["InvitationPending"]
        ),
        (&json!("ben@example.com"), &json!("New"), &json!(false))
    );
    let path_of_ben = format!("{path}/{}", listed[1]["Id"].as_str().unwrap());
    let changed = app
        .put(&path_of_ben)
        .session(&cookie)
        .json(&json!({"AccountActivityNotifications": true}))
        .send()
        .await
        .json();
    assert_eq!(
        (&changed["AccountActivityNotifications"], &changed["Role"]),
        (&json!(true), &json!("Administrator"))
    );
    let other = app.other_partner().await;
    assert_eq!(
        app.delete(&path_of_ben)
            .bearer(&other)
            .send()
            .await
            .failure(),
        (404, "administrator.not_found")
    );
    assert_eq!(
        app.delete(&path_of_ben)
            .session(&cookie)
            .send()
            .await
            .status,
        StatusCode::NO_CONTENT
    );
    assert_eq!(
        app.get("/v1.0/accounts")
            .header("cookie", &ben)
            .send()
            .await
            .status,
        StatusCode::UNAUTHORIZED
    );
}
