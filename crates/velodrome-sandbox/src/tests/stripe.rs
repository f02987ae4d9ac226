use axum::http::StatusCode;
use serde_json::json;

use super::{Bench, form, parameter};
use crate::{Consent, RateLimits};

const API: &str = "https://api.stripe.com/v1";
const CLIENT: &str = "ca_app";

fn writer(bench: &Bench) -> String {
    bench.bearer("stripe", CLIENT, None, &["read_write"])
}

#[tokio::test]
async fn connecting_shows_the_account_and_deauthorising_ends_it() {
    let bench = Bench::new().await;
    bench.control.set_consent(Consent::Allow);
    let callback = "http://127.0.0.1:8080/connector/callback";
    let query = form(&[
        ("client_id", CLIENT),
        ("response_type", "code"),
        ("redirect_uri", callback),
        ("scope", "read_write"),
        ("state", "s"),
    ]);
    let back = bench
        .get(
            &format!("https://connect.stripe.com/oauth/authorize?{query}"),
            &[],
        )
        .await
        .location();
    let code = parameter(&back, "code").unwrap();
    let pairs = [
        ("grant_type", "authorization_code"),
        ("code", code.as_str()),
        ("redirect_uri", callback),
    ];
    let token = "https://connect.stripe.com/oauth/token";

    // The secret alone is enough, here as a bearer token.
    let tokens = bench
        .post_form(
            token,
            &[("authorization", "Bearer sandbox-my-secret")],
            &pairs,
        )
        .await;
    assert_eq!(tokens.status, StatusCode::OK, "{}", tokens.text);
    let tokens = tokens.json();
    assert_eq!(tokens["stripe_user_id"], "acct_1Sandbox000000001");
    assert_eq!(
        (&tokens["scope"], tokens.get("expires_in")),
        (&json!("read_write"), None)
    );
    let bearer = format!("Bearer {}", tokens["access_token"].as_str().unwrap());
    assert_eq!(
        bench
            .get(&format!("{API}/account"), &[("authorization", &bearer)])
            .await
            .json()["id"],
        "acct_1Sandbox000000001"
    );

    // The platform's key reaches the account while it is connected.
    let platform = [
        ("authorization", "Bearer sandbox-my-secret"),
        ("stripe-account", "acct_1Sandbox000000001"),
    ];
    assert_eq!(
        bench
            .get(&format!("{API}/customers"), &platform)
            .await
            .status,
        StatusCode::OK
    );

    // A refresh keeps its token.
    let again = [
        ("grant_type", "refresh_token"),
        ("refresh_token", tokens["refresh_token"].as_str().unwrap()),
        ("client_secret", "sandbox-my-secret"),
    ];
    assert_eq!(
        bench.post_form(token, &[], &again).await.json()["refresh_token"],
        tokens["refresh_token"]
    );

    let leave = [
        ("client_id", CLIENT),
        ("stripe_user_id", "acct_1Sandbox000000001"),
    ];
    let url = "https://connect.stripe.com/oauth/deauthorize";
    let left = bench
        .post_form(
            url,
            &[("authorization", "Bearer sandbox-my-secret")],
            &leave,
        )
        .await;
    assert_eq!(left.json()["stripe_user_id"], "acct_1Sandbox000000001");
    let refused = bench
        .get(&format!("{API}/account"), &[("authorization", &bearer)])
        .await;
    assert_eq!(
        (refused.status, refused.json()["error"]["code"].as_str()),
        (StatusCode::FORBIDDEN, Some("account_invalid"))
    );
    assert_eq!(
        bench
            .get(&format!("{API}/customers"), &platform)
            .await
            .status,
        StatusCode::FORBIDDEN
    );
}

#[tokio::test]
async fn real_keys_and_foreign_client_ids_are_refused() {
    let bench = Bench::new().await;
    let real = bench
        .get(
            &format!("{API}/account"),
            &[("authorization", "Bearer sk_test_0123456789")],
        )
        .await;
    assert_eq!(real.status, StatusCode::UNAUTHORIZED);
    assert!(real.text.contains("do not use real credentials"));
    assert_eq!(
        bench.get(&format!("{API}/account"), &[]).await.status,
        StatusCode::UNAUTHORIZED
    );
    let query = form(&[
        ("client_id", "app"),
        ("response_type", "code"),
        ("redirect_uri", "http://127.0.0.1/c"),
    ]);
    let page = bench
        .get(
            &format!("https://connect.stripe.com/oauth/authorize?{query}"),
            &[],
        )
        .await;
    assert_eq!(page.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn neighbours_lead_through_every_charge_newest_first() {
    let bench = Bench::new().await;
    let bearer = writer(&bench);
    let mut seen: Vec<(i64, String)> = Vec::new();
    let mut after = String::new();
    loop {
        let page = bench
            .get(
                &format!("{API}/charges?limit=100{after}"),
                &[("authorization", &bearer)],
            )
            .await
            .json();
        seen.extend(page["data"].as_array().unwrap().iter().map(|charge| {
            (
                -charge["created"].as_i64().unwrap(),
                charge["id"].as_str().unwrap().to_owned(),
            )
        }));
        if page["has_more"] == false {
            break;
        }
        after = format!("&starting_after={}", seen.last().unwrap().1);
    }
    assert_eq!(seen.len(), 260);
    assert!(seen.is_sorted_by_key(|(created, _)| *created));

    let back = bench
        .get(
            &format!("{API}/charges?limit=5&ending_before={}", seen[10].1),
            &[("authorization", &bearer)],
        )
        .await
        .json();
    let ids: Vec<_> = back["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|charge| charge["id"].as_str().unwrap())
        .collect();
    assert_eq!(
        ids,
        seen[5..10]
            .iter()
            .map(|(_, id)| id.as_str())
            .collect::<Vec<_>>()
    );
    let lost = bench
        .get(
            &format!("{API}/charges?starting_after=ch_none"),
            &[("authorization", &bearer)],
        )
        .await;
    assert_eq!(lost.json()["error"]["param"], "starting_after");
}

#[tokio::test]
async fn a_customer_is_created_changed_searched_and_deleted() {
    let bench = Bench::new().await;
    let bearer = writer(&bench);
    let auth = [("authorization", bearer.as_str())];
    let customers = format!("{API}/customers");
    let given = [
        ("email", "new@example.com"),
        ("metadata[tier]", "gold"),
        ("address[city]", "Oslo"),
        ("name", "New One"),
    ];
    let made = bench.post_form(&customers, &auth, &given).await.json();
    let path = format!("{customers}/{}", made["id"].as_str().unwrap());
    assert_eq!(
        (&made["metadata"]["tier"], &made["address"]["city"]),
        (&json!("gold"), &json!("Oslo"))
    );

    let changed = bench
        .post_form(
            &path,
            &auth,
            &[
                ("metadata[tier]", ""),
                ("metadata[level]", "2"),
                ("name", ""),
            ],
        )
        .await
        .json();
    assert_eq!(
        (&changed["metadata"], &changed["name"]),
        (&json!({"level": "2"}), &json!(null))
    );
    let query = form(&[("query", "email:'new@example.com' AND metadata['level']:'2'")]);
    let found = bench
        .get(&format!("{customers}/search?{query}"), &auth)
        .await
        .json();
    assert_eq!(found["data"][0]["id"], made["id"]);
    let events = bench
        .get(&format!("{API}/events?type=customer.updated"), &auth)
        .await
        .json();
    assert_eq!(events["data"][0]["data"]["object"]["id"], made["id"]);

    assert_eq!(
        bench.call("DELETE", &path, &auth, "").await.json()["deleted"],
        true
    );
    assert_eq!(bench.get(&path, &auth).await.json()["deleted"], true);
    assert_eq!(
        bench.call("DELETE", &path, &auth, "").await.status,
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn parameters_are_checked_as_the_provider_does() {
    let bench = Bench::new().await;
    let bearer = writer(&bench);
    let auth = [("authorization", bearer.as_str())];
    for (path, pairs, code, param) in [
        (
            "customers",
            vec![("colour", "red")],
            "parameter_unknown",
            "colour",
        ),
        (
            "payment_intents",
            vec![("currency", "usd")],
            "parameter_missing",
            "amount",
        ),
        (
            "payment_intents",
            vec![("amount", "ten"), ("currency", "usd")],
            "parameter_invalid_integer",
            "amount",
        ),
        (
            "payment_intents",
            vec![("amount", "0"), ("currency", "usd")],
            "parameter_invalid_integer",
            "amount",
        ),
        (
            "charges",
            vec![("amount", "100"), ("currency", "usd")],
            "parameter_missing",
            "source",
        ),
        (
            "invoices",
            vec![("customer", "cus_none")],
            "resource_missing",
            "customer",
        ),
        (
            "subscriptions",
            vec![
                ("customer", "cus_Sandbox00000001"),
                ("items[0][price]", "price_none"),
            ],
            "resource_missing",
            "items[0][price]",
        ),
        (
            "prices",
            vec![("currency", "usd"), ("unit_amount", "5")],
            "parameter_missing",
            "product",
        ),
    ] {
        let reply = bench
            .post_form(&format!("{API}/{path}"), &auth, &pairs)
            .await;
        assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{pairs:?}");
        assert_eq!(
            (
                reply.json()["error"]["code"].as_str(),
                reply.json()["error"]["param"].as_str()
            ),
            (Some(code), Some(param))
        );
    }
    let json = bench
        .send_json(
            "POST",
            &format!("{API}/customers"),
            &auth,
            &json!({"name": "a"}),
        )
        .await;
    assert_eq!(json.status, StatusCode::BAD_REQUEST);
    assert_eq!(
        bench
            .get(&format!("{API}/charges?limit=101"), &auth)
            .await
            .status,
        StatusCode::BAD_REQUEST
    );
    assert_eq!(
        bench
            .get(&format!("{API}/charges/ch_none"), &auth)
            .await
            .json()["error"]["code"],
        "resource_missing"
    );
    assert_eq!(
        bench.get(&format!("{API}/nothing"), &auth).await.status,
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn reading_scope_cannot_write() {
    let bench = Bench::new().await;
    let reader = bench.bearer("stripe", CLIENT, None, &["read_only"]);
    let auth = [("authorization", reader.as_str())];
    assert_eq!(
        bench.get(&format!("{API}/products"), &auth).await.status,
        StatusCode::OK
    );
    assert_eq!(
        bench
            .post_form(&format!("{API}/products"), &auth, &[("name", "a")])
            .await
            .status,
        StatusCode::FORBIDDEN
    );
}

#[tokio::test]
async fn money_moves_by_the_rules() {
    let bench = Bench::new().await;
    let bearer = writer(&bench);
    let auth = [("authorization", bearer.as_str())];
    let post = async |path: &str, pairs: &[(&str, &str)]| {
        bench
            .post_form(&format!("{API}/{path}"), &auth, pairs)
            .await
    };

    let given = [
        ("amount", "2000"),
        ("currency", "usd"),
        ("payment_method", "pm_card_visa"),
        ("confirm", "true"),
        ("expand[]", "latest_charge"),
    ];
    let intent = post("payment_intents", &given).await.json();
    assert_eq!(
        (&intent["status"], &intent["latest_charge"]["amount"]),
        (&json!("succeeded"), &json!(2000))
    );
    let id = intent["id"].as_str().unwrap();
    assert_eq!(
        post("refunds", &[("payment_intent", id), ("amount", "500")])
            .await
            .json()["amount"],
        500
    );
    assert_eq!(
        post("refunds", &[("payment_intent", id), ("amount", "1501")])
            .await
            .status,
        StatusCode::BAD_REQUEST
    );
    assert_eq!(
        post("refunds", &[("payment_intent", id)]).await.json()["amount"],
        1500
    );
    assert_eq!(
        post("refunds", &[("payment_intent", id)]).await.json()["error"]["code"],
        "charge_already_refunded"
    );

    let declined = post(
        "payment_intents",
        &[
            ("amount", "5"),
            ("currency", "usd"),
            ("payment_method", "pm_card_chargeDeclined"),
            ("confirm", "true"),
        ],
    )
    .await;
    assert_eq!(
        (declined.status, declined.json()["error"]["code"].as_str()),
        (StatusCode::PAYMENT_REQUIRED, Some("card_declined"))
    );

    let invoice = post("invoices", &[("customer", "cus_Sandbox00000003")])
        .await
        .json();
    let invoice = invoice["id"].as_str().unwrap();
    post(
        "invoiceitems",
        &[
            ("customer", "cus_Sandbox00000003"),
            ("invoice", invoice),
            ("amount", "700"),
            ("currency", "usd"),
        ],
    )
    .await;
    assert_eq!(
        post(&format!("invoices/{invoice}/void"), &[]).await.status,
        StatusCode::BAD_REQUEST
    );
    let open = post(&format!("invoices/{invoice}/finalize"), &[])
        .await
        .json();
    assert_eq!(
        (&open["status"], &open["amount_due"]),
        (&json!("open"), &json!(700))
    );
    assert_eq!(
        post(&format!("invoices/{invoice}/pay"), &[]).await.json()["amount_paid"],
        700
    );
    assert_eq!(
        post(&format!("invoices/{invoice}/pay"), &[]).await.json()["error"]["code"],
        "invoice_already_paid"
    );
    assert_eq!(
        bench
            .call("DELETE", &format!("{API}/invoices/{invoice}"), &auth, "")
            .await
            .status,
        StatusCode::BAD_REQUEST
    );

    let subscription = post(
        "subscriptions",
        &[
            ("customer", "cus_Sandbox00000003"),
            ("items[0][price]", "price_Sandbox00000001"),
            ("items[0][quantity]", "2"),
        ],
    )
    .await
    .json();
    assert_eq!(
        (
            &subscription["status"],
            &subscription["items"]["data"][0]["quantity"]
        ),
        (&json!("active"), &json!(2))
    );
    let item = subscription["items"]["data"][0]["id"].as_str().unwrap();
    let change = [
        ("items[0][id]", item),
        ("items[0][quantity]", "5"),
        ("items[1][price]", "price_Sandbox00000002"),
    ];
    let changed = post(
        &format!("subscriptions/{}", subscription["id"].as_str().unwrap()),
        &change,
    )
    .await
    .json();
    let quantities: Vec<_> = changed["items"]["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["quantity"].clone())
        .collect();
    assert_eq!(quantities, [json!(5), json!(1)]);
    let path = format!(
        "{API}/subscriptions/{}",
        subscription["id"].as_str().unwrap()
    );
    assert_eq!(
        bench.call("DELETE", &path, &auth, "").await.json()["status"],
        "canceled"
    );
}

#[tokio::test]
async fn a_repeated_key_gives_the_first_answer_and_other_parameters_are_refused() {
    let bench = Bench::new().await;
    let bearer = writer(&bench);
    let headers = [
        ("authorization", bearer.as_str()),
        ("idempotency-key", "once"),
    ];
    let url = format!("{API}/products");
    let first = bench.post_form(&url, &headers, &[("name", "a")]).await;
    let second = bench.post_form(&url, &headers, &[("name", "a")]).await;
    let other = bench.post_form(&url, &headers, &[("name", "b")]).await;

    assert_eq!(first.text, second.text);
    assert_eq!(second.header("idempotent-replayed"), "true");
    assert_eq!(other.json()["error"]["type"], "idempotency_error");
}

#[tokio::test]
async fn accounts_do_not_see_each_other_and_filters_narrow() {
    let bench = Bench::new().await;
    let second = bench.bearer(
        "stripe",
        CLIENT,
        Some("acct_1Sandbox000000002"),
        &["read_write"],
    );
    let first = writer(&bench);
    let theirs = bench
        .get(
            &format!("{API}/customers?limit=100"),
            &[("authorization", &second)],
        )
        .await
        .json();
    assert_eq!(theirs["data"].as_array().unwrap().len(), 12);
    let made = bench
        .post_form(
            &format!("{API}/customers"),
            &[("authorization", &second)],
            &[("name", "Theirs")],
        )
        .await
        .json();
    let path = format!("{API}/customers/{}", made["id"].as_str().unwrap());
    assert_eq!(
        bench.get(&path, &[("authorization", &first)]).await.status,
        StatusCode::NOT_FOUND
    );

    let recent = bench
        .get(
            &format!("{API}/customers?created[gte]=1790000000"),
            &[("authorization", &second)],
        )
        .await
        .json();
    assert_eq!(recent["data"].as_array().unwrap().len(), 1);
    let of_one = bench
        .get(
            &format!("{API}/charges?customer=cus_Sandbox00000008&limit=100"),
            &[("authorization", &first)],
        )
        .await
        .json();
    assert!(
        of_one["data"]
            .as_array()
            .unwrap()
            .iter()
            .all(|charge| charge["customer"] == "cus_Sandbox00000008")
    );
    assert!(!of_one["data"].as_array().unwrap().is_empty());
}

#[tokio::test]
async fn too_many_requests_say_that_a_retry_helps() {
    let bench = Bench::with(|options| options.rate_limits = RateLimits::AsProvider).await;
    let bearer = writer(&bench);
    let auth = [("authorization", bearer.as_str())];
    for _ in 0..25 {
        assert_eq!(
            bench.get(&format!("{API}/balance"), &auth).await.status,
            StatusCode::OK
        );
    }
    let refused = bench.get(&format!("{API}/balance"), &auth).await;
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(
        (
            refused.header("stripe-should-retry"),
            refused.header("retry-after")
        ),
        ("true", "1")
    );
}
