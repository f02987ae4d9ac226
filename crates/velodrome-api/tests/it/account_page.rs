//! A person comes in by a link, sees the account and connects something.

use axum::http::{Method, StatusCode};
use chrono::TimeDelta;
use serde_json::json;

use crate::app::{Answer, TestApp};

const LINK: &str = "/account/signinwithtoken";

/// An app with the account `acme`, and an unrestricted token.
async fn app() -> (TestApp, String) {
    let app = TestApp::start().await;
    let token = app.token().await;
    app.account(&token, "acme").await;
    (app, token)
}

/// A sign-in token for a user of `acme`.
async fn ticket(app: &TestApp, token: &str) -> String {
    let body = json!({"Username": "ada <b>"});
    let path = "/v1.0/accounts/acme/signintoken";
    let answer = app.post(path).bearer(token).json(&body).send().await;
    answer.json()["Token"].as_str().expect("a token").to_owned()
}

async fn open(app: &TestApp, query: &str) -> Answer {
    app.get(&format!("{LINK}?{query}")).send().await
}

/// A session's cookie, as the browser sends it.
async fn enter(app: &TestApp, token: &str) -> String {
    let ticket = ticket(app, token).await;
    let answer = open(app, &format!("token={ticket}")).await;
    assert_eq!(answer.status, StatusCode::FOUND, "{}", answer.text);
    answer.cookie()
}

async fn home(app: &TestApp, cookie: &str) -> Answer {
    app.get("/account").header("cookie", cookie).send().await
}

/// The value of a hidden input.
fn hidden(page: &str, name: &str) -> String {
    let (_, rest) = page
        .split_once(&format!("name=\"{name}\" value=\""))
        .expect("the input");
    rest.split('"').next().expect("a value").to_owned()
}

#[tokio::test]
async fn a_link_works_once_and_leads_where_it_says_with_its_options() {
    let (app, token) = app().await;
    let ticket = ticket(&app, &token).await;
    let query = format!("token={ticket}&returnUrl=%2Flaunch&auto=true&tags=a%2Cb");

    let first = open(&app, &query).await;
    let second = open(&app, &query).await;

    assert_eq!(first.status, StatusCode::FOUND);
    assert_eq!(first.header("location"), "/launch?auto=true&tags=a%2Cb");
    let cookie = first.header("set-cookie");
    assert!(cookie.starts_with("velodrome_session=us_"), "{cookie}");
    assert!(
        cookie.ends_with("; Path=/; HttpOnly; SameSite=Lax; Secure"),
        "{cookie}"
    );
    assert_eq!(second.status, StatusCode::GONE);
    assert!(second.text.contains("alert-info"), "{}", second.text);
    assert!(!second.headers.contains_key("set-cookie"));
}

#[tokio::test]
async fn looking_ahead_and_bad_addresses_leave_the_link_unused_and_time_ends_it() {
    let (app, token) = app().await;
    let ticket = ticket(&app, &token).await;
    let address = format!("{LINK}?token={ticket}");

    let looked = app.request(Method::HEAD, &address).send().await;
    let fetched = app.get(&address).header("sec-purpose", "prefetch").send();
    let fetched = fetched.await;
    let elsewhere = open(
        &app,
        &format!("token={ticket}&returnUrl=%2F%2Fevil.example"),
    )
    .await;

    for answer in [&looked, &fetched, &elsewhere] {
        assert_eq!(answer.status, StatusCode::BAD_REQUEST);
        assert!(!answer.headers.contains_key("set-cookie"));
    }
    app.pass(TimeDelta::minutes(4));
    assert_eq!(open(&app, &format!("token={ticket}")).await.status, 302);

    let late = self::ticket(&app, &token).await;
    app.pass(TimeDelta::minutes(6));
    assert_eq!(open(&app, &format!("token={late}")).await.status, 410);
    assert_eq!(open(&app, "token=st_unknown").await.status, 410);
}

#[tokio::test]
async fn who_may_no_longer_enter_the_account_is_not_let_in_by_a_link_made_before() {
    let (app, token) = app().await;
    let ticket = ticket(&app, &token).await;
    let body = json!({"UserName": "ada <b>"});
    let removed = app.delete("/v1.0/accounts/acme/users").bearer(&token);
    let removed = removed.json(&body).send().await;
    assert_eq!(removed.status, StatusCode::OK, "{}", removed.text);

    let answer = open(&app, &format!("token={ticket}")).await;

    assert_eq!(answer.status, StatusCode::GONE);
}

#[tokio::test]
async fn a_session_lasts_while_it_is_used_and_an_hour_longer() {
    let (app, token) = app().await;
    let cookie = enter(&app, &token).await;

    for _ in 0..3 {
        app.pass(TimeDelta::minutes(50));
        assert_eq!(home(&app, &cookie).await.status, StatusCode::OK);
    }
    app.pass(TimeDelta::minutes(61));
    let late = home(&app, &cookie).await;
    let none = app.get("/account").send().await;

    for answer in [late, none] {
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
        let text = "Ask for a new link where you got the last one.";
        assert!(answer.text.contains(text), "{}", answer.text);
    }
}

#[tokio::test]
async fn the_cookies_of_the_console_and_of_accounts_open_nothing_of_each_other() {
    let (app, token) = app().await;
    let console = app.sign_in().await;
    let account = enter(&app, &token).await;
    let value = |cookie: &str| cookie.split_once('=').expect("a value").1.to_owned();
    let swapped = format!("velodrome_session={}", value(&console));
    let back = format!("velodrome_console={}", value(&account));

    let page = home(&app, &swapped).await;
    let session = app.get("/console/session").session(&back).send().await;

    assert_eq!(page.status, StatusCode::UNAUTHORIZED);
    assert_eq!(session.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_person_connects_a_connector_comes_back_and_signs_out() {
    let (app, token) = app().await;
    app.offer_workbench();
    let install = json!({"Name": "Bench & <i>Co</i>"});
    let installed = app.post("/v1.0/connectors/Workbench%20Objects/install");
    let installed = installed.bearer(&token).header("x-cyclr-account", "acme");
    let installed = installed.json(&install).send().await;
    assert_eq!(installed.status, StatusCode::OK, "{}", installed.text);
    let cookie = enter(&app, &token).await;

    let page = home(&app, &cookie).await;
    let text = &page.text;
    assert_eq!(page.status, StatusCode::OK);
    assert!(text.contains("Not connected") && text.contains(">Connect</button>"));
    assert!(
        !text.contains("<i>Co") && !text.contains("ada <b>"),
        "{text}"
    );
    assert!(
        !text.contains("<script") && !text.contains(" style="),
        "{text}"
    );
    assert_eq!(page.header("x-frame-options"), "SAMEORIGIN");
    assert_eq!(page.header("cache-control"), "no-store");

    let form = [("form", hidden(text, "form")), ("id", hidden(text, "id"))];
    let forged = [("form", "0".repeat(64)), form[1].clone()];
    let connect = || app.post("/account/connect").header("cookie", &cookie);
    let forged = connect().form(&forged).send().await;
    let foreign = app.post("/account/connect").form(&form).send().await;
    assert_eq!(forged.status, StatusCode::FORBIDDEN);
    assert_eq!(foreign.status, StatusCode::UNAUTHORIZED);

    let asked = connect().form(&form).send().await;
    assert_eq!(asked.status, StatusCode::OK, "{}", asked.text);
    let typed = [
        (
            "velodrome-continuation",
            hidden(&asked.text, "velodrome-continuation"),
        ),
        ("ApiKey", "a key".to_owned()),
    ];
    let done = app.post("/connectorauth/authenticate").form(&typed).send();
    let done = done.await;
    assert_eq!(done.status, StatusCode::FOUND, "{}", done.text);
    let back = "https://integrations.example.com/account";
    assert_eq!(done.header("location"), back);
    let page = home(&app, &cookie).await;
    assert!(page.text.contains(">Connected") && page.text.contains(">Reconnect</button>"));

    let form = [("form", hidden(&page.text, "form"))];
    let leave = app.post("/account/signout").header("cookie", &cookie);
    let left = leave.form(&form).send().await;
    assert_eq!(left.status, StatusCode::OK);
    assert!(left.header("set-cookie").contains("Max-Age=0"));
    assert_eq!(home(&app, &cookie).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn another_accounts_connector_can_not_be_connected_from_here() {
    let (app, token) = app().await;
    app.offer_workbench();
    app.account(&token, "other").await;
    let install = |account: &'static str| {
        let call = app.post("/v1.0/connectors/Workbench%20Objects/install");
        call.bearer(&token)
            .header("x-cyclr-account", account)
            .json(&json!({}))
            .send()
    };
    install("acme").await;
    let foreign = install("other").await.json()["Id"].to_string();
    let cookie = enter(&app, &token).await;
    let page = home(&app, &cookie).await;

    let form = [
        ("form", hidden(&page.text, "form")),
        ("id", foreign.clone()),
    ];
    let connect = app.post("/account/connect").header("cookie", &cookie);
    let answer = connect.form(&form).send().await;

    assert_eq!(answer.status, StatusCode::NOT_FOUND, "{}", answer.text);
    let shown = format!("name=\"id\" value=\"{foreign}\"");
    assert!(!page.text.contains(&shown), "{}", page.text);
}

#[tokio::test]
async fn where_embedding_is_on_the_cookie_and_the_page_fit_into_frames_of_listed_hosts() {
    let (app, token) = app().await;
    let change =
        json!({"IframeEmbeddingEnabled": true, "HostSourceWhitelist": ["https://app.example.com"]});
    let settings = app.put("/v1.0/partner/settings/general").bearer(&token);
    let settings = settings.json(&change).send().await;
    assert_eq!(settings.status, StatusCode::OK, "{}", settings.text);
    let ticket = ticket(&app, &token).await;

    let answer = open(&app, &format!("token={ticket}")).await;
    let page = home(&app, &answer.cookie()).await;

    let rules = "; Path=/; HttpOnly; SameSite=None; Secure; Partitioned";
    assert!(answer.header("set-cookie").ends_with(rules));
    let policy = page.header("content-security-policy");
    let frames = "frame-ancestors 'self' https://app.example.com";
    assert!(policy.ends_with(frames), "{policy}");
    assert!(!page.headers.contains_key("x-frame-options"));
}
