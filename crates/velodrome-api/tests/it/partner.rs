//! The partner: details, settings, regions, IP rules, audit log.

use axum::http::StatusCode;
use chrono::TimeDelta;
use serde_json::json;

use crate::app::{ADDRESS, TestApp};

#[tokio::test]
async fn details_are_read_and_changed() {
    let app = TestApp::start().await;
    let token = app.token().await;

    let details = app.get("/v1.0/partner").bearer(&token).send().await.json();
    assert_eq!(details["PublicUrl"], "https://integrations.example.com");
    assert_eq!(
        details["CallbackUrl"],
        "https://integrations.example.com/connector/callback"
    );
    assert_eq!(
        (&details["TasksUsed"], &details["IncludedTasks"]),
        (&json!(0), &json!(null))
    );

    let change = json!({"Name": "Harbour", "ContactEmail": "ops@example.com", "Id": "ignored"});
    let changed = app
        .put("/v1.0/partner")
        .bearer(&token)
        .json(&change)
        .send()
        .await
        .json();
    assert_eq!(
        (&changed["Name"], &changed["ContactEmail"], &changed["Id"]),
        (&json!("Harbour"), &json!("ops@example.com"), &details["Id"])
    );
    let cleared = app
        .put("/v1.0/partner")
        .bearer(&token)
        .json(&json!({"ContactEmail": null}))
        .send()
        .await
        .json();
    assert_eq!(
        (&cleared["Name"], &cleared["ContactEmail"]),
        (&json!("Harbour"), &json!(null))
    );
    let wrong = app
        .put("/v1.0/partner")
        .bearer(&token)
        .json(&json!({"ContactEmail": "nobody"}))
        .send()
        .await;
    assert_eq!(wrong.failure(), (400, "request.email_invalid"));
    assert_eq!(
        app.get("/v1.0/partner/usage")
            .bearer(&token)
            .send()
            .await
            .json(),
        json!([])
    );
}

#[tokio::test]
async fn settings_are_merged_and_checked() {
    let app = TestApp::start().await;
    let token = app.token().await;
    let put = |area: &'static str, body: serde_json::Value| {
        let token = token.clone();
        let app = &app;
        async move {
            app.put(&format!("/v1.0/partner/settings/{area}"))
                .bearer(&token)
                .json(&body)
                .send()
                .await
        }
    };

    let general = put("general", json!({"CycleNoun": "Flow", "HelpLinkType": "hide", "ServiceDomain": "ignored.example.com"})).await.json();
    assert_eq!(
        (
            &general["CycleNoun"],
            &general["HelpLinkType"],
            &general["ServiceDomain"]
        ),
        (
            &json!("Flow"),
            &json!("Hide"),
            &json!("integrations.example.com")
        )
    );
    assert_eq!(
        general["ApplicationUserAgent"],
        "Velodrome (https://integrations.example.com)"
    );
    assert_eq!(
        app.get("/v1.0/partner/settings/general")
            .bearer(&token)
            .send()
            .await
            .json(),
        general
    );
    let wrong_word = put("general", json!({"HelpLinkType": "Maybe"})).await;
    assert_eq!(
        wrong_word.message(),
        "HelpLinkType must be one of Show, Hide, Custom; it is 'Maybe'."
    );
    assert_eq!(
        put("general", json!({"SynchronousWebhookTimeoutSeconds": 301}))
            .await
            .failure(),
        (400, "request.value_out_of_range")
    );
    assert_eq!(
        put(
            "general",
            json!({"AccountConcurrentTransactionLimit": "many"})
        )
        .await
        .failure(),
        (400, "request.unreadable")
    );

    let security = put("security", json!({"SessionLifetimeMinutes": "60"}))
        .await
        .json();
    assert_eq!(
        (
            &security["SessionLifetimeMinutes"],
            &security["AccessTokenLifetimeSeconds"]
        ),
        (&json!(60), &json!(1_209_600))
    );
    assert_eq!(
        put("security", json!({"AccessTokenLifetimeSeconds": 10}))
            .await
            .failure(),
        (400, "request.value_out_of_range")
    );
    assert_eq!(
        put("appearance", json!({"HeaderHtml": "<b>x</b>"}))
            .await
            .json()["HeaderHtml"],
        "<b>x</b>"
    );
    assert_eq!(
        put("appearance", json!({"HeaderHtml": null})).await.json()["HeaderHtml"],
        json!(null)
    );

    let retention = put(
        "retention",
        json!({"SuccessRetentionValue": 9, "SuccessRetentionUnit": "weeks"}),
    )
    .await
    .json();
    assert_eq!(
        (
            &retention["SuccessRetentionValue"],
            &retention["SuccessRetentionUnit"]
        ),
        (&json!(31), &json!("Days"))
    );
    let negative = put("retention", json!({"ErroredRetentionValue": -1})).await;
    assert_eq!(
        negative.message(),
        "ErroredRetentionValue (-1): may not be negative"
    );
}

#[tokio::test]
async fn the_lifetime_of_tokens_follows_the_settings() {
    let app = TestApp::start().await;
    let token = app.token().await;
    app.put("/v1.0/partner/settings/security")
        .bearer(&token)
        .json(&json!({"AccessTokenLifetimeSeconds": 300}))
        .send()
        .await;
    let short = app.token().await;

    app.pass(TimeDelta::seconds(301));

    assert_eq!(
        app.get("/v1.0/accounts").bearer(&short).send().await.status,
        StatusCode::UNAUTHORIZED
    );
    assert_eq!(
        app.get("/v1.0/accounts").bearer(&token).send().await.status,
        StatusCode::OK
    );
}

#[tokio::test]
async fn regions_are_replaced_as_a_whole() {
    let app = TestApp::start().await;
    let token = app.token().await;
    let path = "/v1.0/partner/regions";

    let first = app.get(path).bearer(&token).send().await.json();
    assert_eq!(
        first,
        json!([{"Server": "integrations.example.com", "Url": "integrations.example.com", "IpAddresses": [], "IsThisInstallation": true}])
    );
    let table = json!([{"Server": "Lisbon", "Url": "a.example.com", "IpAddresses": ["198.51.100.14", "2001:db8::/32"], "IsThisInstallation": true}]);
    assert_eq!(
        app.put(path)
            .bearer(&token)
            .json(&table)
            .send()
            .await
            .json(),
        table
    );
    let wrong = json!([{"Server": "Lisbon", "Url": "a.example.com", "IpAddresses": ["here"]}]);
    assert_eq!(
        app.put(path)
            .bearer(&token)
            .json(&wrong)
            .send()
            .await
            .failure(),
        (400, "regions.address_invalid")
    );
    assert_eq!(
        app.put(path)
            .bearer(&token)
            .json(&json!([{"Url": "x"}]))
            .send()
            .await
            .message(),
        "[0].Server is required."
    );
    assert_eq!(app.get(path).bearer(&token).send().await.json(), table);
}

#[tokio::test]
async fn an_ip_rule_closes_the_api_to_others_and_never_to_its_author() {
    let app = TestApp::start().await;
    let (token, other) = (app.token().await, app.other_partner().await);
    let path = "/v1.0/partner/iprestrictions";
    let rule = |cidr: &str| json!({"Scope": "api", "Cidr": cidr, "Description": "Office"});

    assert_eq!(
        app.get(path).bearer(&token).send().await.json(),
        json!({"CallerIp": ADDRESS, "Items": []})
    );
    let elsewhere = app
        .post(path)
        .bearer(&token)
        .json(&rule("203.0.113.0/24"))
        .send()
        .await;
    assert_eq!(elsewhere.failure(), (409, "ip_rule.locks_out"));
    assert_eq!(
        app.post(path)
            .bearer(&token)
            .json(&rule("office"))
            .send()
            .await
            .failure(),
        (400, "ip_rule.cidr_invalid")
    );
    let made = app
        .post(path)
        .bearer(&token)
        .json(&rule("198.51.100.77/24"))
        .send()
        .await;
    assert_eq!(
        (made.status, &made.json()["Cidr"]),
        (StatusCode::CREATED, &json!("198.51.100.0/24"))
    );
    assert_eq!(
        app.post(path)
            .bearer(&token)
            .json(&rule("198.51.100.0/24"))
            .send()
            .await
            .failure(),
        (409, "ip_rule.exists")
    );
    let second = app
        .post(path)
        .bearer(&token)
        .json(&rule("203.0.113.9"))
        .send()
        .await
        .json();

    assert_eq!(
        app.get("/v1.0/accounts")
            .bearer(&token)
            .from("192.0.2.1")
            .send()
            .await
            .failure(),
        (403, "auth.address_not_allowed")
    );
    assert_eq!(
        app.get("/v1.0/accounts")
            .bearer(&token)
            .from("203.0.113.9")
            .send()
            .await
            .status,
        StatusCode::OK
    );
    // A trusted proxy speaks for its client, anybody else for themselves.
    let proxied = app
        .get("/v1.0/accounts")
        .bearer(&token)
        .from("10.0.0.1")
        .header("x-forwarded-for", "203.0.113.9")
        .send()
        .await;
    let lying = app
        .get("/v1.0/accounts")
        .bearer(&token)
        .from("192.0.2.1")
        .header("x-forwarded-for", "203.0.113.9")
        .send()
        .await;
    assert_eq!(
        (proxied.status, lying.status),
        (StatusCode::OK, StatusCode::FORBIDDEN)
    );
    assert_eq!(
        app.get("/v1.0/accounts")
            .bearer(&other)
            .from("192.0.2.1")
            .send()
            .await
            .status,
        StatusCode::OK
    );

    let own = format!("{path}/{}", made.json()["Id"]);
    assert_eq!(
        app.delete(&own).bearer(&token).send().await.failure(),
        (409, "ip_rule.locks_out")
    );
    assert_eq!(
        app.delete(&own).bearer(&other).send().await.failure(),
        (404, "ip_rule.not_found")
    );
    assert_eq!(
        app.delete(&format!("{path}/{}", second["Id"]))
            .bearer(&token)
            .send()
            .await
            .status,
        StatusCode::NO_CONTENT
    );
    assert_eq!(
        app.delete(&own).bearer(&token).send().await.status,
        StatusCode::NO_CONTENT
    );
    assert_eq!(
        app.get("/v1.0/accounts")
            .bearer(&token)
            .from("192.0.2.1")
            .send()
            .await
            .status,
        StatusCode::OK
    );
}

#[tokio::test]
async fn the_audit_log_is_filtered_and_paged() {
    let app = TestApp::start().await;
    let token = app.token().await;
    app.pass(TimeDelta::days(1));
    app.account(&token, "acme").await;
    app.pass(TimeDelta::days(1));
    app.account(&token, "globex").await;
    let ids = async |query: &str| {
        let answer = app
            .get(&format!(
                "/v1.0/partner/auditlog?objectType=account&{query}"
            ))
            .bearer(&token)
            .send()
            .await;
        let ids: Vec<_> = answer
            .json()
            .as_array()
            .unwrap()
            .iter()
            .map(|entry| entry["ObjectId"].as_str().unwrap().to_owned())
            .collect();
        ids.join(" ")
    };

    assert_eq!(ids("").await, "globex acme");
    assert_eq!(ids("sortOrderAsc=true").await, "acme globex");
    assert_eq!(ids("after=3/6/2026").await, "globex");
    assert_eq!(ids("before=2026-03-06").await, "acme");
    assert_eq!(ids("accountId=acme").await, "acme");
    assert_eq!(ids("accountId=nobody").await, "");
    assert_eq!(ids("actor=FIRST-CLIENT&objectId=acme").await, "acme");
    let wrong = app
        .get("/v1.0/partner/auditlog?after=yesterday")
        .bearer(&token)
        .send()
        .await;
    assert_eq!(wrong.failure(), (400, "request.date_invalid"));
    let entry = app
        .get("/v1.0/partner/auditlog?objectId=acme")
        .bearer(&token)
        .send()
        .await
        .json()[0]
        .clone();
    assert_eq!(
        (
            &entry["ActorType"],
            &entry["IpAddress"],
            &entry["AccountId"]
        ),
        (&json!("Client"), &json!(ADDRESS), &json!("acme"))
    );
}
