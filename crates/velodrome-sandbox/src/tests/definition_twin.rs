//! Twins of definitions, as plain HTTP meets them.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::TimeDelta;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;
use velodrome_model::Clock;
use velodrome_model::definition::ConnectorDefinition;

use super::{Bench, parameter};
use crate::{Addresses, Consent, RateLimits, TwinSource};

const CONTACTS: &str = "https://api.acme.example/v1/contacts";
const KEY: [(&str, &str); 1] = [("x-api-key", "sandbox-acme-key")];

fn definition(slug: &str, authentication: Value, more: Value) -> ConnectorDefinition {
    let mut definition = json!({
        "format": "velodrome.connector/1", "slug": slug, "name": "Acme Contacts",
        "release": {"number": 1, "status": "Live"}, "authentications": [authentication],
        "methods": [
            {"key": "list", "name": "List Contacts", "category": "C", "type": "Action", "httpMethod": "GET",
             "endpoint": CONTACTS, "paging": {"inbound": true, "inboundPageSize": 10},
             "parameters": [
                {"targetType": "QueryString", "targetName": "page", "hide": true, "values": ["CYCLR_PAGE_NUMBER"]},
                {"targetType": "QueryString", "targetName": "limit", "hide": true, "values": ["CYCLR_PAGE_SIZE"]},
                {"targetType": "QueryString", "targetName": "status", "optional": true},
                {"targetType": "QueryString", "targetName": "since", "hide": true, "values": ["{{LastSuccessfulRunDate}}"]},
             ],
             "response": {"fields": [
                {"connectorField": "[items].id", "dataType": "Integer"}, {"connectorField": "[items].email"},
                {"connectorField": "[items].status", "values": ["open", "closed"]},
                {"connectorField": "[items].updated_at", "dataType": "DateTime"},
                {"connectorField": "total", "dataType": "Integer"},
             ]}},
            {"key": "get", "name": "Get Contact", "category": "C", "type": "Action", "httpMethod": "GET",
             "endpoint": format!("{CONTACTS}/{{{{Id}}}}"),
             "response": {"fields": [{"connectorField": "id", "dataType": "Integer"}, {"connectorField": "email"}]}},
            {"key": "create", "name": "Create Contact", "category": "C", "type": "Action", "httpMethod": "POST",
             "endpoint": CONTACTS,
             "request": {"fields": [
                {"connectorField": "email", "validation": {"pattern": "^[^@ ]+@[^@ ]+$"}},
                {"connectorField": "age", "dataType": "Integer", "optional": true},
             ]},
             "response": {"fields": [{"connectorField": "id", "dataType": "Integer"}]}},
            {"key": "delete", "name": "Delete Contact", "category": "C", "type": "Action", "httpMethod": "DELETE",
             "endpoint": format!("{CONTACTS}/{{{{Id}}}}")},
        ],
    });
    definition
        .as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    serde_json::from_value(definition).unwrap()
}

fn by_key(more: Value) -> ConnectorDefinition {
    let key = json!({"key": "key", "type": "ApiKey", "authScheme": "X-Api-Key"});
    definition("acme", key, more)
}

async fn bench(definition: ConnectorDefinition) -> Bench {
    Bench::playing(vec![TwinSource::of(definition)], |_| ()).await
}

#[tokio::test]
async fn a_list_is_cut_into_pages_that_together_hold_each_record_once() {
    let bench = bench(by_key(json!({}))).await;

    let mut ids = Vec::new();
    for page in 1..=3 {
        let url = format!("{CONTACTS}?page={page}&limit=10");
        let body = bench.get(&url, &KEY).await.json();
        assert_eq!(body["total"], 25);
        let items = body["items"].as_array().unwrap();
        ids.extend(items.iter().map(|item| item["id"].as_i64().unwrap()));
    }

    assert_eq!(ids, (1..=25).collect::<Vec<i64>>());
    let bad = bench.get(&format!("{CONTACTS}?page=0"), &KEY).await;
    assert_eq!(bad.status, 400);
}

#[tokio::test]
async fn records_are_filtered_by_equality_and_by_date() {
    let bench = bench(by_key(json!({}))).await;

    let open = bench
        .get(&format!("{CONTACTS}?limit=100&status=open"), &KEY)
        .await
        .json();
    assert_eq!(open["total"], 13);
    let all = bench
        .get(&format!("{CONTACTS}?limit=100"), &KEY)
        .await
        .json();
    let since = all["items"][20]["updated_at"].as_str().unwrap().to_owned();
    let recent = bench
        .get(&format!("{CONTACTS}?limit=100&since={since}"), &KEY)
        .await
        .json();
    assert_eq!(recent["total"], 5);
}

#[tokio::test]
async fn what_is_created_is_read_and_deleted_and_mistakes_are_named() {
    let bench = bench(by_key(json!({}))).await;

    for (body, status, word) in [
        (json!({}), 422, "email"),
        (json!({"email": "nobody"}), 422, "email"),
        (json!({"email": "a@example.com", "age": "old"}), 422, "age"),
    ] {
        let refused = bench.send_json("POST", CONTACTS, &KEY, &body).await;
        assert_eq!(refused.status, status, "{body}");
        assert!(refused.text.contains(word), "{}", refused.text);
    }
    let made = bench
        .send_json("POST", CONTACTS, &KEY, &json!({"email": "a@example.com"}))
        .await;
    assert_eq!(made.status, 201);
    let url = format!("{CONTACTS}/{}", made.json()["id"]);
    assert_eq!(bench.get(&url, &KEY).await.json()["email"], "a@example.com");
    assert_eq!(bench.call("DELETE", &url, &KEY, "").await.status, 204);
    assert_eq!(bench.get(&url, &KEY).await.status, 404);
    assert_eq!(bench.call("PUT", &url, &KEY, "").await.status, 405);
    let elsewhere = bench.get("https://api.acme.example/v2", &KEY).await;
    assert_eq!(elsewhere.status, 404);
}

#[tokio::test]
async fn other_credentials_than_those_suggested_are_refused() {
    let bench = bench(by_key(json!({}))).await;

    assert_eq!(bench.get(CONTACTS, &[]).await.status, 401);
    assert_eq!(
        bench.get(CONTACTS, &[("x-api-key", "mine")]).await.status,
        403
    );
    let real = bench.get(CONTACTS, &[("x-api-key", "sk_live_abc")]).await;
    assert_eq!(real.status, 403);
    assert!(real.text.contains("sandbox"));
    let card = bench.sandbox.card("acme").unwrap();
    assert_eq!(card.values[0].value, "sandbox-acme-key");
}

#[tokio::test]
async fn the_declared_limit_is_kept_with_a_time_to_wait() {
    let limit = json!({"rateLimits": [{"scope": "AccountConnector", "maxRequestsPerSecond": 2}]});
    let source = TwinSource::of(by_key(limit));
    let bench = Bench::playing(vec![source], |options| {
        options.rate_limits = RateLimits::AsProvider;
    })
    .await;

    let mut statuses = Vec::new();
    for _ in 0..3 {
        statuses.push(bench.get(CONTACTS, &KEY).await.status.as_u16());
    }
    assert_eq!(statuses, [200, 200, 429]);
    assert_eq!(bench.get(CONTACTS, &KEY).await.header("retry-after"), "1");
    bench.clock.forward(TimeDelta::seconds(1));
    assert_eq!(bench.get(CONTACTS, &KEY).await.status, 200);
}

#[tokio::test]
async fn consent_brings_tokens_that_expire_and_rotate() {
    let oauth = json!({"key": "oauth", "type": "OAuth2", "oauth2": {
        "type": "AuthorisationCode", "authoriseUrl": "https://login.acme.example/authorize",
        "accessTokenUrl": "https://login.acme.example/token", "pkce": "none",
        "authoriseRename": {"client_id": "app_id"}, "tokenRename": {"client_id": "app_id"},
        "tokenResponse": {"accessToken": "data.token"},
        "metadata": [{"source": "Callback", "from": "realm", "property": "Realm"}],
    }});
    let bench = bench(definition("acme", oauth, json!({}))).await;
    bench.control.set_consent(Consent::Allow);
    let token_url = "https://login.acme.example/token";

    let authorise = "https://login.acme.example/authorize?response_type=code&app_id=sandbox-acme&redirect_uri=https://us.example/cb";
    let back = bench.get(authorise, &[]).await.location();
    let code = parameter(&back, "code").unwrap();
    assert!(parameter(&back, "realm").is_some());
    let app = [
        ("app_id", "sandbox-acme"),
        ("client_secret", "sandbox-acme-secret"),
    ];
    let mut exchange = vec![
        ("grant_type", "authorization_code"),
        ("code", &code),
        ("redirect_uri", "https://us.example/cb"),
    ];
    exchange.extend(app);
    let wrong = [&exchange[..4], &[("client_secret", "other")]].concat();
    let refused = bench.post_form(token_url, &[], &wrong).await;
    assert_eq!(refused.json()["error"], "invalid_client");
    let tokens = bench.post_form(token_url, &[], &exchange).await.json();

    let bearer = format!("Bearer {}", tokens["data"]["token"].as_str().unwrap());
    assert_eq!(
        bench
            .get(CONTACTS, &[("authorization", &bearer)])
            .await
            .status,
        200
    );
    bench.clock.forward(TimeDelta::hours(2));
    assert_eq!(
        bench
            .get(CONTACTS, &[("authorization", &bearer)])
            .await
            .status,
        401
    );
    let mut renew = vec![
        ("grant_type", "refresh_token"),
        ("refresh_token", tokens["refresh_token"].as_str().unwrap()),
    ];
    renew.extend(app);
    let renewed = bench.post_form(token_url, &[], &renew).await.json();
    assert_ne!(renewed["refresh_token"], tokens["refresh_token"]);
    let again = bench.post_form(token_url, &[], &renew).await;
    assert_eq!(again.json()["error"], "invalid_grant");
}

#[tokio::test]
async fn a_twin_is_built_when_it_is_first_called() {
    let loads = Arc::new(AtomicU32::new(0));
    let counted = loads.clone();
    let acme = by_key(json!({}));
    let addresses = Addresses::from(&acme);
    let source = TwinSource::lazily(&addresses, move || {
        counted.fetch_add(1, Ordering::Relaxed);
        acme.clone()
    });
    let bench = Bench::playing(vec![source], |_| ()).await;
    let front = bench.get("http://localhost/?q=contacts", &[]).await.text;
    assert!(front.contains("/twins/acme"), "{front}");
    assert!(
        !bench
            .get("http://localhost/?q=nothing", &[])
            .await
            .text
            .contains("/twins/acme")
    );
    assert_eq!(loads.load(Ordering::Relaxed), 0);

    bench.get(CONTACTS, &KEY).await;
    bench.get(CONTACTS, &KEY).await;

    assert_eq!(loads.load(Ordering::Relaxed), 1);
    let card = bench.get("http://localhost/twins/acme", &[]).await.text;
    assert!(card.contains("sandbox-acme-key"));
    assert!(
        bench
            .sandbox
            .rewrites()
            .iter()
            .any(|rewrite| rewrite.from == "https://api.acme.example")
    );
}

#[tokio::test]
async fn connectors_at_one_host_are_told_apart_by_their_credentials() {
    let with = |slug: &str| {
        let key = json!({"key": "key", "type": "ApiKey", "authScheme": format!("X-{slug}")});
        TwinSource::of(definition(slug, key, json!({})))
    };
    let bench = Bench::playing(vec![with("one"), with("two")], |_| ()).await;

    for header in ["x-one", "x-two"] {
        let answer = bench.get(CONTACTS, &[(header, "sandbox-key")]).await;
        assert_eq!(answer.status, 200, "{header}");
    }
    assert_eq!(bench.get(CONTACTS, &[]).await.status, 401);
}

#[tokio::test]
async fn a_refusal_speaks_the_format_of_the_answers() {
    for (kind, media, text) in [
        (
            "Json",
            "application/json; charset=utf-8",
            "\"code\":\"not_found\"",
        ),
        (
            "Xml",
            "application/xml; charset=utf-8",
            "<code>not_found</code>",
        ),
        (
            "Form",
            "application/x-www-form-urlencoded",
            "error%5Bcode%5D=not_found",
        ),
        (
            "PlainText",
            "text/plain; charset=utf-8",
            "there is no such record",
        ),
    ] {
        let url = format!("https://api.acme.example/{kind}");
        let own = json!({"methods": [
            {"key": "list", "name": "List Things", "category": "T", "type": "Action", "httpMethod": "GET", "endpoint": url,
             "dataType": kind, "response": {"fields": [{"connectorField": "Things.[Thing].id", "dataType": "Integer"}]}},
            {"key": "get", "name": "Get Thing", "category": "T", "type": "Action", "httpMethod": "GET",
             "endpoint": format!("{url}/{{{{Id}}}}"), "dataType": kind, "response": {"fields": [{"connectorField": "id"}]}},
        ]});
        let bench = bench(by_key(own)).await;

        let missing = bench.get(&format!("{url}/999"), &KEY).await;

        assert_eq!(missing.status, 404, "{kind}");
        assert_eq!(missing.header("content-type"), media, "{kind}");
        assert!(missing.text.contains(text), "{kind}: {}", missing.text);
        let verb = bench.call("PUT", &format!("{url}/1"), &KEY, "").await;
        assert_eq!(verb.header("content-type"), media, "{kind}");
    }
}

#[tokio::test]
async fn an_assertion_is_taken_when_the_suggested_key_has_signed_it() {
    let oauth = json!({"key": "oauth", "type": "OAuth2", "fields": {"ClientSecret": {"hide": true}, "Secret": {"label": "Secret"}},
        "oauth2": {"type": "ClientCredentials", "accessTokenUrl": "https://login.acme.example/token", "clientAuth": "private_key_jwt",
            "assertion": {"key": "{{ClientSecret}}", "algorithm": "HS256"}}});
    let bench = bench(definition("acme", oauth, json!({}))).await;
    let part = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let ask = async |algorithm: &str, key: &str, id: &str| {
        let now = bench.clock.now().timestamp();
        let signed = format!(
            "{}.{}",
            part(json!({"alg": algorithm})),
            part(
                json!({"iss": "sandbox-acme", "sub": "sandbox-acme", "aud": "https://login.acme.example/token", "exp": now + 60, "jti": id})
            )
        );
        let mut mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).unwrap();
        mac.update(signed.as_bytes());
        let token = format!(
            "{signed}.{}",
            URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes())
        );
        let form = [
            ("grant_type", "client_credentials"),
            ("client_assertion", token.as_str()),
        ];
        bench
            .post_form("https://login.acme.example/token", &[], &form)
            .await
    };

    assert_eq!(ask("HS256", "sandbox-acme-secret", "1").await.status, 200);
    for (algorithm, key, told) in [
        ("HS256", "another-secret", "signature is wrong"),
        ("none", "sandbox-acme-secret", "must be signed with HS256"),
        ("RS256", "sandbox-acme-secret", "must be signed with HS256"),
    ] {
        let refused = ask(algorithm, key, algorithm).await;
        assert_eq!(refused.status, 401);
        assert!(refused.text.contains(told), "{}", refused.text);
    }
}
