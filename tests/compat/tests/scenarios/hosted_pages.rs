//! The pages that an account's people see while they connect something.
#![expect(clippy::unwrap_used, reason = "scenarios are tests")]

use reqwest::Method;
use serde_json::{Value, json};
use url::Url;
use velodrome_compat::{Browser, Caller, Form, Installed, Page, Shared, Workshop, scenarios};
use velodrome_testkit::{Answer, Received};

scenarios! { hosted_pages:
    a_bad_target_is_refused_before_the_token_is_used,
    looking_without_opening_does_not_use_the_token,
    a_link_lacking_something_says_what,
    names_in_the_address_ignore_case_and_a_post_is_taken,
    a_connector_of_another_account_is_not_found,
    only_blanks_are_asked_for_and_secrets_never_shown,
    a_faulty_form_keeps_its_entries_but_no_secret,
    a_form_works_once,
    the_message_page_carries_message_and_origin_as_data_only,
    a_connector_without_a_provider_goes_straight_home,
    a_providers_refusal_goes_home_with_its_reason,
    a_providers_words_never_become_markup,
    a_code_that_the_provider_does_not_take_leaves_the_former_credential,
    a_callback_belongs_to_one_browser_and_works_once,
    a_callback_without_state_is_explained,
    a_setup_token_is_shown_filled_in_and_used_when_it_is_sent,
    a_setup_token_leads_back_where_it_was_made_for,
    a_setup_token_is_for_one_connector_of_its_account,
    pages_may_not_be_framed_cached_or_leak_their_address,
}

const HOME: &str = "https://app.partner.example/done";

fn at_home(url: &Url) -> bool {
    url.host_str() == Some("app.partner.example")
}

fn at_provider(url: &Url) -> bool {
    url.path() == "/authorize" || at_home(url)
}

/// A connector in an account, and a link for one of the account's people.
struct Visit<'a> {
    workshop: &'a Workshop,
    installed: Installed,
    account: &'a str,
}

impl<'a> Visit<'a> {
    async fn with(workshop: &'a Workshop, account: &'a str, body: Value) -> Self {
        workshop.upstream.respond("POST", "/token", token_for_code);
        Self {
            installed: workshop.install(account, body).await,
            workshop,
            account,
        }
    }

    /// A connector with an API key to type in.
    async fn with_key(workshop: &'a Workshop, account: &'a str) -> Self {
        Self::with(workshop, account, json!({})).await
    }

    /// A connector whose provider asks for consent.
    async fn with_consent(workshop: &'a Workshop, account: &'a str) -> Self {
        let body = json!({
            "AuthenticationId": workshop.authentication("Consent"),
            "Properties": [
                { "Name": "ClientId", "Value": "app" },
                { "Name": "ClientSecret", "Value": "app-secret" },
            ],
        });
        Self::with(workshop, account, body).await
    }

    async fn token(&self) -> String {
        let path = format!("/v1.0/accounts/{}/signintoken", self.account);
        let made = self
            .workshop
            .partner
            .post(&path, json!({ "Username": "ana" }));
        let made = made.await.expect(200).json();
        made["Token"].as_str().unwrap().to_owned()
    }

    fn path(&self, token: &str, rest: &str) -> String {
        format!(
            "/connectorauth/updateaccountconnectoroauth?id={}&token={token}{rest}",
            self.installed.body["Id"]
        )
    }

    async fn link(&self, rest: &str) -> String {
        let path = self.path(&self.token().await, rest);
        format!("{}{path}", self.workshop.world.server.url())
    }

    fn callback(&self, parameters: &str) -> String {
        let origin = self.workshop.world.server.url();
        format!("{origin}/connector/callback?{parameters}")
    }

    async fn state(&self) -> Value {
        self.installed.read().await["AuthenticationState"].clone()
    }

    /// A browser at the provider, and the state that it was sent with.
    async fn at_provider(&self, rest: &str) -> (Browser, String) {
        let mut browser = self.workshop.world.browser();
        let link = self.link(rest).await;
        let provider = browser.open_until(&link, at_provider).await;
        let state = query(&provider.url, "state").unwrap_or_else(|| panic!("{}", provider.text));
        (browser, state)
    }
}

/// The workshop's token endpoint: any code but one is good.
fn token_for_code(call: &Received) -> Answer {
    match call.text().contains("code=no-good") {
        true => Answer::json("{\"error\":\"invalid_grant\",\"error_description\":\"<b>no</b>\"}")
            .with_status(400),
        false => Answer::json(
            "{\"access_token\":\"at-1\",\"refresh_token\":\"rt-1\",\"expires_in\":3600}",
        ),
    }
}

fn query(url: &Url, name: &str) -> Option<String> {
    let mut pairs = url.query_pairs();
    pairs
        .find(|(known, _)| known == name)
        .map(|(_, value)| value.into_owned())
}

fn only_form(page: &Page) -> Form {
    let mut forms = page.forms();
    assert_eq!(forms.len(), 1, "{}", page.text);
    forms.remove(0)
}

/// Sends a form without a browser's cookies and shows the answer with its headers.
async fn send(anyone: &Caller, form: &Form) -> velodrome_compat::Answer {
    let fields: Vec<(&str, &str)> = form
        .fields
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    anyone.post_form(&form.action, &fields).await
}

async fn a_bad_target_is_refused_before_the_token_is_used(workshop: Shared) {
    let visit = Visit::with_key(&workshop, "targets").await;
    let token = visit.token().await;
    let anyone = workshop.world.anyone();

    for target in [
        "javascript:alert(1)",
        "ftp://app.partner.example",
        "https://user:word@app.partner.example",
        "data:text/html,hello",
        "%2F%2F",
        "",
    ] {
        let path = visit.path(&token, &format!("&targetOrigin={target}"));
        let refused = anyone.get(&path).await;
        assert_eq!(refused.status, 400, "{target}: {}", refused.text);
        assert!(refused.text.contains("targetOrigin"), "{}", refused.text);
    }
    let path = visit.path(&token, "&targetOrigin=app.partner.example");
    anyone.get(&path).await.expect(200);
    anyone.get(&path).await.expect(410);
}

async fn looking_without_opening_does_not_use_the_token(workshop: Shared) {
    let visit = Visit::with_key(&workshop, "lookers").await;
    let path = visit.path(&visit.token().await, &format!("&targetOrigin={HOME}"));
    let anyone = workshop.world.anyone();

    for _ in 0..2 {
        let seen = anyone.send(Method::HEAD, &path, |request| request).await;
        assert!(seen.status < 500, "{}", seen.status);
    }

    anyone.get(&path).await.expect(200);
}

async fn a_link_lacking_something_says_what(workshop: Shared) {
    let anyone = workshop.world.anyone();
    let page = "/connectorauth/updateaccountconnectoroauth";
    for query in [
        "",
        "?id=1",
        "?id=1&token=a",
        "?token=a&targetOrigin=https://a.example",
        "?id=one&token=a&targetOrigin=https://a.example",
    ] {
        let refused = anyone.get(&format!("{page}{query}")).await;
        assert_eq!(refused.status, 400, "{query}: {}", refused.text);
        let kind = refused.header("content-type").unwrap();
        assert!(kind.starts_with("text/html"), "{kind}");
    }
    let unknown = anyone
        .get(&format!(
            "{page}?id=1&token=a&targetOrigin=https://a.example"
        ))
        .await;
    assert_eq!(unknown.status, 410);
}

async fn names_in_the_address_ignore_case_and_a_post_is_taken(workshop: Shared) {
    let visit = Visit::with_key(&workshop, "any-case").await;
    let anyone = workshop.world.anyone();
    let id = &visit.installed.body["Id"];
    let (first, second) = (visit.token().await, visit.token().await);

    anyone
        .get(&format!(
            "/ConnectorAuth/UpdateAccountConnectorOAuth/?ID={id}&Token={first}&TARGETORIGIN={HOME}"
        ))
        .await
        .expect(200);
    anyone
        .post_nothing(&visit.path(&second, &format!("&targetOrigin={HOME}")))
        .await
        .expect(200);
}

async fn a_connector_of_another_account_is_not_found(workshop: Shared) {
    let owner = Visit::with_key(&workshop, "page-owner").await;
    let stranger = Visit::with_key(&workshop, "page-stranger").await;
    let token = stranger.token().await;

    let refused = workshop
        .world
        .anyone()
        .get(&owner.path(&token, &format!("&targetOrigin={HOME}")))
        .await;

    assert_eq!(refused.status, 404, "{}", refused.text);
    assert_eq!(owner.state().await, "NotAuthenticated");
}

async fn only_blanks_are_asked_for_and_secrets_never_shown(workshop: Shared) {
    let key = Visit::with_key(&workshop, "blanks").await;
    let consent = Visit::with(
        &workshop,
        "half-blank",
        json!({
            "AuthenticationId": workshop.authentication("Consent"),
            "Properties": [{ "Name": "ClientSecret", "Value": "hush-2" }, { "Name": "LockCode", "Value": "hush-3" }],
        }),
    )
    .await;
    let rest = format!("&targetOrigin={HOME}");

    let of_key = workshop.world.browser().open(&key.link(&rest).await).await;
    let of_consent = workshop
        .world
        .browser()
        .open(&consent.link(&rest).await)
        .await;

    let names = |page: &Page| -> Vec<String> {
        let fields = only_form(page).fields.into_iter();
        fields.map(|(name, _)| name).skip(1).collect()
    };
    assert!(names(&of_key).contains(&"ApiKey".to_owned()));
    assert!(!names(&of_key).contains(&"ClientId".to_owned()));
    assert!(names(&of_consent).contains(&"ClientId".to_owned()));
    assert!(!names(&of_consent).contains(&"ApiKey".to_owned()));
    assert!(!of_consent.text.contains("hush"), "{}", of_consent.text);
    assert!(of_key.text.contains("type=\"password\""));
}

async fn a_faulty_form_keeps_its_entries_but_no_secret(workshop: Shared) {
    let visit = Visit::with_key(&workshop, "faulty").await;
    let mut browser = workshop.world.browser();
    let asked = browser
        .open(&visit.link(&format!("&targetOrigin={HOME}")).await)
        .await;
    let faulty = only_form(&asked)
        .fill("Shelf", "UPPER \"><b>")
        .fill("ApiKey", "my-secret-key");

    let again = browser.submit_until(&asked, &faulty, at_home).await;

    assert_eq!(again.status, 400, "{}", again.text);
    assert!(!again.text.contains("my-secret-key"), "{}", again.text);
    assert!(!again.text.contains("<b>"), "{}", again.text);
    let form = only_form(&again);
    let kept = form.fields.iter().find(|(name, _)| name == "Shelf");
    assert_eq!(kept.unwrap().1, "UPPER \"><b>");
    assert_eq!(visit.installed.read().await["Properties"], json!([]));
    let good = form.fill("Shelf", "upper").fill("ApiKey", "my-secret-key");
    let home = browser.submit_until(&again, &good, at_home).await;
    assert_eq!(home.url.as_str(), HOME);
    let after = visit.installed.read().await;
    assert_eq!(after["AuthValue"], "my-secret-key");
    assert_eq!(after["Properties"][0]["Value"], "upper");
}

async fn a_form_works_once(workshop: Shared) {
    let visit = Visit::with_key(&workshop, "twice").await;
    let anyone = workshop.world.anyone();
    let asked = workshop
        .world
        .browser()
        .open(&visit.link(&format!("&targetOrigin={HOME}")).await)
        .await;
    let form = only_form(&asked).fill("ApiKey", "first");

    let first = send(&anyone, &form).await;
    let second = send(&anyone, &form.clone().fill("ApiKey", "second")).await;
    let forged = send(
        &anyone,
        &Form {
            fields: vec![("ApiKey".to_owned(), "third".to_owned())],
            ..form
        },
    )
    .await;

    assert_eq!(first.status, 302, "{}", first.text);
    assert_eq!(second.status, 410, "{}", second.text);
    assert_eq!(forged.status, 410, "{}", forged.text);
    assert_eq!(visit.installed.read().await["AuthValue"], "first");
}

async fn the_message_page_carries_message_and_origin_as_data_only(workshop: Shared) {
    let visit = Visit::with_key(&workshop, "messages").await;
    let rest = "&targetOrigin=app.partner.example%2Fdone%3Fa%3D1\
                &callbackMessage=%22%3E%3Cscript%3Ealert(1)%3C%2Fscript%3E%26%27";
    let asked = workshop.world.browser().open(&visit.link(rest).await).await;
    let form = only_form(&asked).fill("ApiKey", "key");

    let done = send(&workshop.world.anyone(), &form).await.expect(200);

    assert!(
        done.text
            .contains("data-origin=\"https://app.partner.example\""),
        "the origin alone: {}",
        done.text
    );
    assert!(done.text.contains("data-message=\""), "{}", done.text);
    assert!(!done.text.contains("<script>alert"), "{}", done.text);
    let policy = done.header("content-security-policy").unwrap();
    assert!(policy.contains("default-src 'none'"), "{policy}");
    assert!(!policy.contains("unsafe-inline"), "{policy}");
    let script = workshop
        .world
        .anyone()
        .get("/connectorauth/assets/finish.js")
        .await
        .expect(200);
    assert!(script.text.contains("postMessage"));
    assert!(
        !script.text.contains("'*'") && !script.text.contains("\"*\""),
        "to the origin only"
    );
}

async fn a_connector_without_a_provider_goes_straight_home(workshop: Shared) {
    let visit = Visit::with(
        &workshop,
        "straight",
        json!({
            "AuthenticationId": workshop.authentication("Machine"),
            "Properties": [{ "Name": "ClientId", "Value": "a" }, { "Name": "ClientSecret", "Value": "b" }],
        }),
    )
    .await;
    workshop.upstream.on(
        "POST",
        "/machine-token",
        Answer::json("{\"access_token\":\"m-1\",\"expires_in\":3600}"),
    );

    let home = workshop
        .world
        .browser()
        .open_until(&visit.link(&format!("&targetOrigin={HOME}")).await, at_home)
        .await;

    assert_eq!(home.url.as_str(), HOME);
    assert_eq!(visit.state().await, "Authenticated");
}

async fn a_providers_refusal_goes_home_with_its_reason(workshop: Shared) {
    let visit = Visit::with_consent(&workshop, "refusals").await;
    let (mut browser, state) = visit
        .at_provider("&targetOrigin=https%3A%2F%2Fapp.partner.example%2Fdone%3Fa%3D1")
        .await;

    let home = browser
        .open_until(
            &visit.callback(&format!(
                "error=access_denied&error_description=Ana+said+%3Cno%3E&state={state}"
            )),
            at_home,
        )
        .await;

    assert_eq!(query(&home.url, "a").as_deref(), Some("1"));
    assert_eq!(query(&home.url, "error").as_deref(), Some("access_denied"));
    assert_eq!(
        query(&home.url, "error_description").as_deref(),
        Some("Ana said <no>")
    );
    assert_eq!(visit.state().await, "NotAuthenticated");
}

async fn a_providers_words_never_become_markup(workshop: Shared) {
    let visit = Visit::with_consent(&workshop, "words").await;
    let (mut browser, state) = visit
        .at_provider("&targetOrigin=https://app.partner.example&callbackMessage=done")
        .await;

    let page = browser
        .open(&visit.callback(&format!(
            "error=access_denied&error_description=%3Cimg+src%3Dx+onerror%3D%22alert(1)%22%3E&state={state}"
        )))
        .await;

    assert!(!page.text.contains("<img src=x"), "{}", page.text);
    assert!(
        page.text.contains("onerror="),
        "told as text: {}",
        page.text
    );
    assert!(!page.text.contains("data-message"), "{}", page.text);
}

async fn a_code_that_the_provider_does_not_take_leaves_the_former_credential(workshop: Shared) {
    let visit = Visit::with_consent(&workshop, "codes").await;
    let rest = format!("&targetOrigin={HOME}");
    let (mut browser, state) = visit.at_provider(&rest).await;
    let first = browser
        .open_until(
            &visit.callback(&format!("code=good&state={state}")),
            at_home,
        )
        .await;
    let before = visit.installed.read().await;
    let (mut browser, state) = visit.at_provider(&rest).await;

    let second = browser
        .open_until(
            &visit.callback(&format!("code=no-good&state={state}")),
            at_home,
        )
        .await;

    assert_eq!(first.url.as_str(), HOME);
    assert_eq!(
        query(&second.url, "error").as_deref(),
        Some("invalid_grant")
    );
    assert_eq!(before["Authenticated"], true);
    assert_eq!(visit.installed.read().await, before);
}

async fn a_callback_belongs_to_one_browser_and_works_once(workshop: Shared) {
    let visit = Visit::with_consent(&workshop, "browsers").await;
    let rest = format!("&targetOrigin={HOME}");
    let (mut owner, state) = visit.at_provider(&rest).await;
    let (mut other, _) = visit.at_provider(&rest).await;
    let callback = visit.callback(&format!("code=good&state={state}"));

    let of_nobody = workshop
        .world
        .browser()
        .open_until(&callback, at_home)
        .await;
    let of_owner = owner.open_until(&callback, at_home).await;
    let replayed = owner.open_until(&callback, at_home).await;
    let (mut third, state) = visit.at_provider(&rest).await;
    let stolen = other
        .open_until(
            &visit.callback(&format!("code=good&state={state}")),
            at_home,
        )
        .await;
    let used_up = third
        .open_until(
            &visit.callback(&format!("code=good&state={state}")),
            at_home,
        )
        .await;

    assert_eq!(of_nobody.status, 400);
    assert_eq!(of_owner.url.as_str(), HOME);
    assert_eq!(replayed.status, 400);
    assert_eq!(stolen.status, 400, "a cookie of another visit");
    assert_eq!(used_up.status, 400, "whoever tried, the state is spent");
}

async fn a_callback_without_state_is_explained(workshop: Shared) {
    for query in [
        "",
        "?code=a",
        "?state=",
        "?state=x&code=y",
        "?oauth_token=z",
    ] {
        let page = workshop
            .world
            .anyone()
            .get(&format!("/connector/callback{query}"))
            .await;
        assert_eq!(page.status, 400, "{query}");
        assert!(page.text.contains("<h1>"), "{}", page.text);
    }
}

async fn a_setup_token_is_shown_filled_in_and_used_when_it_is_sent(workshop: Shared) {
    let visit = Visit::with_key(&workshop, "setups").await;
    let made = visit
        .installed
        .account
        .post_nothing(&format!("{}/setuptoken", visit.installed.path))
        .await
        .expect(201)
        .json();
    let link = made["DirectUrl"].as_str().unwrap();
    let token = made["Token"].as_str().unwrap();
    let mut browser = workshop.world.browser();

    browser.open(link).await;
    let entered = browser.open(link).await;
    let asked = browser
        .submit_until(&entered, &only_form(&entered), at_home)
        .await;
    let done = browser
        .submit_until(&asked, &only_form(&asked).fill("ApiKey", "typed"), at_home)
        .await;

    assert_eq!(made["AccountConnectorId"], visit.installed.body["Id"]);
    assert_eq!(
        made["SetupUrl"],
        format!("{}/connectorauth/setup", workshop.world.server.url())
    );
    assert!(
        only_form(&entered)
            .fields
            .contains(&("token".to_owned(), token.to_owned()))
    );
    assert_eq!(done.status, 200, "{}", done.text);
    assert_eq!(visit.installed.read().await["AuthValue"], "typed");
    let escaped = workshop
        .world
        .anyone()
        .get("/connectorauth/setup?token=%22%3E%3Cscript%3E")
        .await
        .expect(200);
    assert!(!escaped.text.contains("<script>"), "{}", escaped.text);
    let unknown = workshop
        .world
        .anyone()
        .post_form("/connectorauth/setup", &[("token", "never-made")])
        .await;
    assert_eq!(unknown.status, 410);
    let nothing = workshop
        .world
        .anyone()
        .post_form("/connectorauth/setup", &[])
        .await;
    assert_eq!(nothing.status, 410, "{}", nothing.text);
}

async fn a_setup_token_leads_back_where_it_was_made_for(workshop: Shared) {
    let visit = Visit::with_key(&workshop, "setup-return").await;
    let path = format!("{}/setuptoken", visit.installed.path);
    let made = visit
        .installed
        .account
        .post(
            &path,
            json!({ "ReturnUrl": "app.partner.example/done", "ExpiresInMinutes": "30" }),
        )
        .await
        .expect(201)
        .json();
    let anyone = workshop.world.anyone();
    let token = made["Token"].as_str().unwrap();

    let asked = anyone
        .post_form("/connectorauth/setup", &[("token", token)])
        .await
        .expect(200);
    let page = Page {
        url: Url::parse(&workshop.world.server.url()).unwrap(),
        status: 200,
        text: asked.text,
    };
    let home = send(&anyone, &only_form(&page).fill("ApiKey", "typed")).await;

    assert_eq!(home.status, 302, "{}", home.text);
    assert_eq!(home.header("location"), Some(HOME));
    for minutes in [json!(0), json!(-5), json!(10_081), json!(1e12)] {
        let message = visit
            .installed
            .account
            .post(&path, json!({ "ExpiresInMinutes": minutes }))
            .await
            .refusal(400);
        assert!(message.contains("ExpiresInMinutes"), "{message}");
    }
}

async fn a_setup_token_is_for_one_connector_of_its_account(workshop: Shared) {
    let visit = Visit::with_key(&workshop, "setup-owner").await;
    let stranger = workshop.account("setup-stranger").await;
    let path = format!("{}/setuptoken", visit.installed.path);
    workshop
        .partner
        .post(
            "/v1.0/accounts",
            json!({ "Id": "setup-child", "Name": "C", "ParentAccountId": "setup-owner" }),
        )
        .await
        .expect(200);

    stranger
        .post_nothing(&path)
        .await
        .refused_as(404, "account_connector.not_found");
    workshop
        .partner
        .in_account("setup-child")
        .post_nothing(&path)
        .await
        .refused_as(403, "account_connector.inherited");
}

async fn pages_may_not_be_framed_cached_or_leak_their_address(workshop: Shared) {
    let visit = Visit::with_key(&workshop, "headers-of-pages").await;
    let link = visit.path(&visit.token().await, &format!("&targetOrigin={HOME}"));
    let anyone = workshop.world.anyone();

    for page in [
        anyone.get(&link).await,
        anyone.get(&link).await,
        anyone.get("/connectorauth/setup").await,
        anyone.get("/connector/callback").await,
    ] {
        let of = |name: &str| page.header(name).unwrap_or_default().to_owned();
        assert_eq!(of("referrer-policy"), "no-referrer", "{}", page.call);
        assert_eq!(of("cache-control"), "no-store", "{}", page.call);
        assert_eq!(of("x-content-type-options"), "nosniff", "{}", page.call);
        let policy = of("content-security-policy");
        assert!(
            policy.contains("frame-ancestors 'self'"),
            "{}: {policy}",
            page.call
        );
        assert_eq!(of("x-frame-options"), "SAMEORIGIN", "{}", page.call);
    }
}

#[tokio::test]
async fn targets_outside_of_the_host_source_whitelist_are_refused() {
    let workshop = Workshop::start().await;
    let visit = Visit::with_key(&workshop, "listed").await;
    workshop
        .partner
        .put(
            "/v1.0/partner/settings/general",
            json!({ "HostSourceWhitelist": ["https://app.partner.example", "https://*.friends.example", "http://localhost:3000"] }),
        )
        .await
        .expect(200);
    let cases = [
        ("https://app.partner.example/done", 200),
        ("https://shop.friends.example", 200),
        ("https://a.b.friends.example", 200),
        ("http://localhost:3000/x", 200),
        ("https://friends.example", 400),
        ("https://evil-friends.example", 400),
        ("http://app.partner.example", 400),
        ("https://app.partner.example:8443", 400),
        ("https://evil.example", 400),
    ];

    for (target, status) in cases {
        let path = visit.path(&visit.token().await, &format!("&targetOrigin={target}"));
        let page = workshop.world.anyone().get(&path).await;
        assert_eq!(page.status, status, "{target}: {}", page.text);
    }
}
