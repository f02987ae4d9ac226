use axum::http::StatusCode;
use serde_json::json;

use super::{Bench, form, parameter};
use crate::{Consent, RateLimits};

const API: &str = "https://apirest.3dcart.com/3dCartWebAPI/v2";

fn token(bench: &Bench) -> String {
    bench.bearer("3dcart", "app", None, &[])
}

#[tokio::test]
async fn a_store_named_beforehand_is_offered_and_its_token_never_expires() {
    let bench = Bench::new().await;
    let callback = "http://127.0.0.1:8080/connector/callback";
    let store = "https://tidewater.3dcartstores.com";
    let query = form(&[
        ("client_id", "app"),
        ("redirect_uri", callback),
        ("response_type", "code"),
        ("state", "s"),
        ("store_url", store),
    ]);
    let url = format!("https://apirest.3dcart.com/oauth/authorize?{query}");
    let page = bench.get(&url, &[]).await;
    assert!(page.text.contains(&format!("value=\"{store}\" checked")));

    bench.control.set_consent(Consent::Allow);
    let code = parameter(&bench.get(&url, &[]).await.location(), "code").unwrap();
    let pairs = [
        ("grant_type", "authorization_code"),
        ("code", code.as_str()),
        ("client_id", "app"),
        ("client_secret", "s"),
        ("redirect_uri", callback),
    ];
    let tokens = bench
        .post_form("https://apirest.3dcart.com/oauth/token", &[], &pairs)
        .await
        .json();
    assert_eq!(
        tokens.as_object().unwrap().keys().collect::<Vec<_>>(),
        ["access_token", "token_type", "user_id"]
    );
    let bearer = format!("Bearer {}", tokens["access_token"].as_str().unwrap());
    bench.clock.forward(chrono::TimeDelta::days(400));
    let own = bench
        .get(&format!("{API}/Customers"), &[("authorization", &bearer)])
        .await;
    assert_eq!(own.json().as_array().unwrap().len(), 18);

    let without_state = form(&[
        ("client_id", "app"),
        ("redirect_uri", callback),
        ("response_type", "code"),
    ]);
    let back = bench
        .get(
            &format!("https://apirest.3dcart.com/oauth/authorize?{without_state}"),
            &[],
        )
        .await
        .location();
    assert_eq!(
        parameter(&back, "error").as_deref(),
        Some("invalid_request")
    );
}

#[tokio::test]
async fn pages_end_with_a_short_one_and_past_the_end_is_not_found() {
    let bench = Bench::new().await;
    let bearer = token(&bench);
    let auth = [("authorization", bearer.as_str())];
    let page = async |offset: usize| {
        bench
            .get(&format!("{API}/Orders?limit=300&offset={offset}"), &auth)
            .await
    };

    let mut ids: Vec<i64> = Vec::new();
    for offset in [0, 300, 600] {
        ids.extend(
            page(offset)
                .await
                .json()
                .as_array()
                .unwrap()
                .iter()
                .map(|order| order["OrderID"].as_i64().unwrap()),
        );
    }
    ids.dedup();
    assert_eq!(ids.len(), 620);
    let none = bench
        .get(&format!("{API}/Orders?invoicenumber=999999"), &auth)
        .await;
    assert_eq!(none.status, StatusCode::NOT_FOUND);
    let past = page(900).await;
    assert_eq!(past.status, StatusCode::NOT_FOUND);
    assert_eq!(past.json()[0]["Status"], "404");
    let capped = bench.get(&format!("{API}/Orders?limit=1000"), &auth).await;
    assert_eq!(capped.json().as_array().unwrap().len(), 300);
    assert_eq!(
        bench
            .get(&format!("{API}/Orders?countonly=1"), &auth)
            .await
            .json(),
        json!({"TotalCount": 620})
    );
}

#[tokio::test]
async fn filters_take_store_times() {
    let bench = Bench::new().await;
    let bearer = token(&bench);
    let auth = [("authorization", bearer.as_str())];
    assert_eq!(
        bench
            .send_json(
                "PUT",
                &format!("{API}/Orders/7"),
                &auth,
                &json!({"InternalComments": "x"})
            )
            .await
            .status,
        StatusCode::OK
    );

    // The bench's clock says 14:13 UTC, which is 10:13 in New York.
    let query = form(&[
        ("lastupdatestart", "09/21/2026 10:13:00"),
        ("orderstatus", "1"),
    ]);
    let changed = bench
        .get(&format!("{API}/Orders?{query}"), &auth)
        .await
        .json();
    assert_eq!(changed.as_array().unwrap().len(), 1);
    assert_eq!(changed[0]["LastUpdate"], "2026-09-21T10:13:20");
    let bad = bench
        .get(&format!("{API}/Orders?datestart=2026-09-21"), &auth)
        .await;
    assert_eq!(bad.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn writes_answer_one_row_for_each_record() {
    let bench = Bench::new().await;
    let bearer = token(&bench);
    let auth = [("authorization", bearer.as_str())];
    let customers = format!("{API}/Customers");
    let made = bench
        .send_json(
            "POST",
            &customers,
            &auth,
            &json!({"Email": "new@example.com", "Password": "secret"}),
        )
        .await;
    assert_eq!(made.status, StatusCode::CREATED);
    assert_eq!(
        made.json(),
        json!([{"Key": "CustomerID", "Value": "181", "Status": "201", "Message": "Created successfully"}])
    );
    let read = bench.get(&format!("{customers}/181"), &auth).await.json();
    assert_eq!(
        (&read[0]["Email"], read[0].get("Password")),
        (&json!("new@example.com"), None)
    );

    let mixed = bench
        .send_json(
            "POST",
            &customers,
            &auth,
            &json!([{"Email": "b@example.com"}, {"Email": "nothing"}, {}]),
        )
        .await;
    let statuses: Vec<_> = mixed
        .json()
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["Status"].clone())
        .collect();
    assert_eq!(
        (mixed.status, statuses),
        (
            StatusCode::OK,
            vec![json!("201"), json!("400"), json!("400")]
        )
    );
    let taken = bench
        .send_json(
            "POST",
            &customers,
            &auth,
            &json!({"Email": "NEW@example.com"}),
        )
        .await;
    assert_eq!(taken.status, StatusCode::BAD_REQUEST);

    let many = bench
        .send_json(
            "PUT",
            &customers,
            &auth,
            &json!([{"CustomerID": 181, "BillingCity": "Oslo"}, {"CustomerID": 9999}]),
        )
        .await;
    assert_eq!(
        (&many.json()[0]["Status"], &many.json()[1]["Status"]),
        (&json!("200"), &json!("404"))
    );
    assert_eq!(
        bench
            .call("DELETE", &format!("{customers}/181"), &auth, "")
            .await
            .status,
        StatusCode::OK
    );
    assert_eq!(
        bench.get(&format!("{customers}/181"), &auth).await.status,
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn products_merge_their_sku_info_and_parts_have_paths() {
    let bench = Bench::new().await;
    let bearer = token(&bench);
    let auth = [("authorization", bearer.as_str())];
    let bad = bench
        .send_json(
            "POST",
            &format!("{API}/Products"),
            &auth,
            &json!({"SKUInfo": {"SKU": "A"}}),
        )
        .await;
    assert!(
        bad.json()[0]["Message"]
            .as_str()
            .unwrap()
            .starts_with("SKUInfo.Name")
    );
    let made = bench
        .send_json(
            "POST",
            &format!("{API}/Products"),
            &auth,
            &json!({"SKUInfo": {"SKU": "A-1", "Name": "Anchor"}}),
        )
        .await;
    assert_eq!(made.json()[0]["Value"], "91");
    bench
        .send_json(
            "PUT",
            &format!("{API}/Products/91"),
            &auth,
            &json!({"SKUInfo": {"Price": 9.5}}),
        )
        .await;
    let info = bench
        .get(&format!("{API}/Products/skuinfo?catalogid=91"), &auth)
        .await
        .json();
    assert_eq!(
        (&info[0]["SKU"], &info[0]["Price"]),
        (&json!("A-1"), &json!(9.5))
    );

    assert_eq!(
        bench
            .get(&format!("{API}/Orders/3/Items"), &auth)
            .await
            .json()
            .as_array()
            .unwrap()
            .len(),
        1
    );
    assert_eq!(
        bench
            .send_json(
                "POST",
                &format!("{API}/Orders/3/Items"),
                &auth,
                &json!({"ItemID": "X"})
            )
            .await
            .status,
        StatusCode::CREATED
    );
    assert_eq!(
        bench
            .get(&format!("{API}/Orders/3/Items"), &auth)
            .await
            .json()
            .as_array()
            .unwrap()
            .len(),
        2
    );
    let in_group = bench
        .get(&format!("{API}/CustomerGroups/2/Customers"), &auth)
        .await
        .json();
    assert_eq!(in_group.as_array().unwrap().len(), 45);
    assert_eq!(
        bench
            .get(&format!("{API}/CRM/4/message"), &auth)
            .await
            .json()[0]["CrmID"],
        4
    );
}

#[tokio::test]
async fn private_applications_sign_in_with_three_headers() {
    let bench = Bench::new().await;
    let key = "0123456789abcdef0123456789abcdef";
    let all = [
        ("secureurl", "sandbox-store.3dcartstores.com"),
        ("privatekey", "sandbox-private"),
        ("token", key),
    ];
    assert_eq!(
        bench
            .get(&format!("{API}/OrderStatus"), &all)
            .await
            .json()
            .as_array()
            .unwrap()
            .len(),
        12
    );
    assert_eq!(
        bench
            .get(&format!("{API}/OrderStatus"), &all[1..])
            .await
            .status,
        StatusCode::UNAUTHORIZED
    );
    assert_eq!(
        bench.get(&format!("{API}/OrderStatus"), &[]).await.status,
        StatusCode::UNAUTHORIZED
    );
}

#[tokio::test]
async fn two_a_second_are_let_through_after_the_burst() {
    let bench = Bench::with(|options| options.rate_limits = RateLimits::AsProvider).await;
    let bearer = token(&bench);
    let auth = [("authorization", bearer.as_str())];
    let status = async || bench.get(&format!("{API}/OrderStatus"), &auth).await.status;
    for _ in 0..10 {
        assert_eq!(status().await, StatusCode::OK);
    }
    assert_eq!(status().await, StatusCode::TOO_MANY_REQUESTS);
    bench.clock.forward(chrono::TimeDelta::seconds(1));
    assert_eq!(
        [status().await, status().await, status().await],
        [
            StatusCode::OK,
            StatusCode::OK,
            StatusCode::TOO_MANY_REQUESTS
        ]
    );
}
