use axum::http::StatusCode;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::TimeDelta;
use hmac::{Hmac, KeyInit, Mac};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use sha1::Sha1;
use velodrome_model::Clock;

use super::{Bench, Reply, parameter};
use crate::Consent;

const ORIGIN: &str = "https://1st-connect.sandbox.example";
const CALLBACK: &str = "http://127.0.0.1:8080/connector/callback";

/// A client's own signing, so that the server is not checked with itself.
struct Client<'a> {
    bench: &'a Bench,
    key: &'a str,
    secret: &'a str,
    token: String,
    token_secret: String,
    nonce: u32,
}

fn encode(text: &str) -> String {
    const SET: &AsciiSet = &NON_ALPHANUMERIC
        .remove(b'-')
        .remove(b'.')
        .remove(b'_')
        .remove(b'~');
    utf8_percent_encode(text, SET).to_string()
}

impl<'a> Client<'a> {
    fn new(bench: &'a Bench) -> Self {
        Self {
            bench,
            key: "sandbox-consumer",
            secret: "sandbox-consumer-secret",
            token: String::new(),
            token_secret: String::new(),
            nonce: 0,
        }
    }

    fn header(
        &mut self,
        method: &str,
        url: &str,
        query: &[(&str, &str)],
        extra: &[(&str, &str)],
    ) -> String {
        self.nonce += 1;
        let (nonce, timestamp) = (
            format!("n{}", self.nonce),
            self.bench.clock.now().timestamp().to_string(),
        );
        let mut oauth = vec![
            ("oauth_consumer_key", self.key),
            ("oauth_nonce", nonce.as_str()),
            ("oauth_signature_method", "HMAC-SHA1"),
            ("oauth_timestamp", timestamp.as_str()),
            ("oauth_version", "1.0"),
        ];
        if !self.token.is_empty() {
            oauth.push(("oauth_token", &self.token));
        }
        oauth.extend(extra);
        let mut all: Vec<(String, String)> = oauth
            .iter()
            .chain(query)
            .map(|(name, value)| (encode(name), encode(value)))
            .collect();
        all.sort();
        let joined: Vec<String> = all
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let base = format!("{method}&{}&{}", encode(url), encode(&joined.join("&")));
        let key = format!("{}&{}", encode(self.secret), encode(&self.token_secret));
        let mut mac = Hmac::<Sha1>::new_from_slice(key.as_bytes()).unwrap();
        mac.update(base.as_bytes());
        let signature = STANDARD.encode(mac.finalize().into_bytes());
        let mut parts: Vec<String> = oauth
            .iter()
            .map(|(name, value)| format!("{}=\"{}\"", encode(name), encode(value)))
            .collect();
        parts.push(format!("oauth_signature=\"{}\"", encode(&signature)));
        format!("OAuth realm=\"x\", {}", parts.join(", "))
    }

    async fn signed(
        &mut self,
        method: &str,
        path: &str,
        query: &[(&str, &str)],
        extra: &[(&str, &str)],
    ) -> Reply {
        let url = format!("{ORIGIN}{path}");
        let header = self.header(method, &url, query, extra);
        let full = if query.is_empty() {
            url
        } else {
            format!("{url}?{}", super::form(query))
        };
        self.bench
            .call(method, &full, &[("authorization", &header)], "")
            .await
    }

    /// Walks the three legs with consent given at once.
    async fn connect(&mut self) -> (String, String) {
        self.bench.control.set_consent(Consent::Allow);
        let temporary = self
            .signed(
                "POST",
                "/oauth/request_token",
                &[],
                &[("oauth_callback", CALLBACK)],
            )
            .await;
        assert_eq!(temporary.status, StatusCode::OK, "{}", temporary.text);
        let temporary = pairs(&temporary);
        assert_eq!(temporary["oauth_callback_confirmed"], "true");
        let page = format!(
            "{ORIGIN}/oauth/authorize?oauth_token={}",
            temporary["oauth_token"]
        );
        let back = self.bench.get(&page, &[]).await.location();
        assert_eq!(
            parameter(&back, "oauth_token").as_ref(),
            Some(&temporary["oauth_token"])
        );
        self.token = temporary["oauth_token"].clone();
        self.token_secret = temporary["oauth_token_secret"].clone();
        let verifier = parameter(&back, "oauth_verifier").unwrap();
        let wrong = self
            .signed(
                "POST",
                "/oauth/access_token",
                &[],
                &[("oauth_verifier", "guess")],
            )
            .await;
        assert_eq!(wrong.status, StatusCode::UNAUTHORIZED);
        let access = self
            .signed(
                "POST",
                "/oauth/access_token",
                &[],
                &[("oauth_verifier", &verifier)],
            )
            .await;
        assert_eq!(access.status, StatusCode::OK, "{}", access.text);
        let again = self
            .signed(
                "POST",
                "/oauth/access_token",
                &[],
                &[("oauth_verifier", &verifier)],
            )
            .await;
        assert_eq!(
            again.status,
            StatusCode::UNAUTHORIZED,
            "temporary credentials are used once"
        );
        let access = pairs(&access);
        self.token = access["oauth_token"].clone();
        self.token_secret = access["oauth_token_secret"].clone();
        (self.token.clone(), self.token_secret.clone())
    }
}

fn pairs(reply: &Reply) -> std::collections::HashMap<String, String> {
    url::form_urlencoded::parse(reply.text.as_bytes())
        .into_owned()
        .collect()
}

#[tokio::test]
async fn three_legs_lead_to_signed_calls_whose_queries_are_covered() {
    let bench = Bench::new().await;
    let mut client = Client::new(&bench);
    client.connect().await;

    let page = client
        .signed(
            "GET",
            "/records/contacts",
            &[("page", "2"), ("page_size", "100")],
            &[],
        )
        .await;
    assert_eq!(page.json()["records"].as_array().unwrap().len(), 30);

    let url = format!("{ORIGIN}/records/contacts");
    let header = client.header("GET", &url, &[("page", "1")], &[]);
    let tampered = bench
        .get(&format!("{url}?page=2"), &[("authorization", &header)])
        .await;
    assert_eq!(tampered.status, StatusCode::UNAUTHORIZED);
    assert!(tampered.text.contains("base string"));
}

#[tokio::test]
async fn form_members_are_covered_and_records_live_their_life() {
    let bench = Bench::new().await;
    let mut client = Client::new(&bench);
    client.connect().await;
    let url = format!("{ORIGIN}/records/companies");
    let header = client.header("POST", &url, &[("name", "New & Co")], &[]);

    let made = bench
        .post_form(&url, &[("authorization", &header)], &[("name", "New & Co")])
        .await;

    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text);
    let path = format!("/records/companies/{}", made.json()["id"]);
    assert_eq!(
        client.signed("GET", &path, &[], &[]).await.json()["name"],
        "New & Co"
    );
    assert_eq!(
        client.signed("DELETE", &path, &[], &[]).await.status,
        StatusCode::NO_CONTENT
    );
    assert_eq!(
        client.signed("GET", &path, &[], &[]).await.status,
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn replays_old_times_and_strangers_are_refused() {
    let bench = Bench::new().await;
    let mut client = Client::new(&bench);
    client.connect().await;
    let url = format!("{ORIGIN}/records/tasks");
    let header = client.header("GET", &url, &[], &[]);

    assert_eq!(
        bench.get(&url, &[("authorization", &header)]).await.status,
        StatusCode::OK
    );
    let replay = bench.get(&url, &[("authorization", &header)]).await;
    assert!(replay.text.contains("oauth_nonce was already used"));

    let old = client.header("GET", &url, &[], &[]);
    bench.clock.forward(TimeDelta::minutes(6));
    assert!(
        bench
            .get(&url, &[("authorization", &old)])
            .await
            .text
            .contains("five minutes")
    );
    assert_eq!(bench.get(&url, &[]).await.status, StatusCode::UNAUTHORIZED);
    client.key = "unknown-consumer";
    assert!(
        client
            .signed("GET", "/records/tasks", &[], &[])
            .await
            .text
            .contains("consumer key is not known")
    );
    client.key = "sandbox-consumer-2";
    client.secret = "sandbox-consumer-2-secret";
    assert!(
        client
            .signed("GET", "/records/tasks", &[], &[])
            .await
            .text
            .contains("another consumer")
    );
}

#[tokio::test]
async fn the_browser_decides_on_a_page_and_may_deny() {
    let bench = Bench::new().await;
    let mut client = Client::new(&bench);
    let temporary = pairs(
        &client
            .signed(
                "POST",
                "/oauth/request_token",
                &[],
                &[("oauth_callback", CALLBACK)],
            )
            .await,
    );
    let address = "http://1st-connect.sandbox.example.localhost:9999/oauth/authorize";
    let page = bench
        .get(
            &format!("{address}?oauth_token={}", temporary["oauth_token"]),
            &[],
        )
        .await;
    assert!(page.text.contains("First Company"));
    let cookie = page
        .header("set-cookie")
        .split(';')
        .next()
        .unwrap()
        .to_owned();

    let csrf = page.hidden("csrf");
    let deny = [
        ("oauth_token", temporary["oauth_token"].as_str()),
        ("csrf", &csrf),
        ("decision", "deny"),
    ];
    let back = bench
        .post_form(address, &[("cookie", &cookie)], &deny)
        .await
        .location();

    assert_eq!(
        parameter(&back, "oauth_problem").as_deref(),
        Some("permission_denied")
    );
    assert_eq!(parameter(&back, "oauth_verifier"), None);
    let gone = bench
        .post_form(address, &[("cookie", &cookie)], &deny)
        .await;
    assert_eq!(gone.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn temporary_credentials_need_a_callback_and_a_right_signature() {
    let bench = Bench::new().await;
    let mut client = Client::new(&bench);
    assert_eq!(
        client
            .signed("POST", "/oauth/request_token", &[], &[])
            .await
            .status,
        StatusCode::BAD_REQUEST
    );
    client.secret = "wrong";
    let wrong = client
        .signed(
            "POST",
            "/oauth/request_token",
            &[],
            &[("oauth_callback", CALLBACK)],
        )
        .await;
    assert_eq!(wrong.status, StatusCode::UNAUTHORIZED);
    assert!(wrong.header("www-authenticate").starts_with("OAuth"));
}
