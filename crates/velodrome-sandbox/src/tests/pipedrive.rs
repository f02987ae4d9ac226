use axum::http::StatusCode;
use serde_json::json;

use super::Bench;
use crate::RateLimits;

const API: &str = "https://api.pipedrive.com";
const KEY: (&str, &str) = ("x-api-token", "sandbox-pipedrive-key");

#[tokio::test]
async fn cursors_reach_every_deal_once() {
    let bench = Bench::new().await;
    let mut ids = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = bench
            .get(&format!("{API}/api/v2/deals?limit=90{cursor}"), &[KEY])
            .await
            .json();
        ids.extend(
            page["data"]
                .as_array()
                .unwrap()
                .iter()
                .map(|deal| deal["id"].as_i64().unwrap()),
        );
        match page["additional_data"]["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    let archived = bench
        .get(&format!("{API}/api/v2/deals/archived"), &[KEY])
        .await
        .json();

    // Of 230 deals every fortieth is archived.
    assert_eq!(ids.len(), 225);
    assert!(ids.is_sorted());
    assert_eq!(archived["data"].as_array().unwrap().len(), 5);
}

#[tokio::test]
async fn old_lists_page_by_start_and_limit() {
    let bench = Bench::new().await;
    let first = bench
        .get(&format!("{API}/v1/notes?limit=50"), &[KEY])
        .await
        .json();
    let last = bench
        .get(&format!("{API}/api/v1/notes?start=50&limit=50"), &[KEY])
        .await
        .json();

    assert_eq!(
        first["additional_data"]["pagination"],
        json!({"start": 0, "limit": 50, "more_items_in_collection": true, "next_start": 50})
    );
    assert_eq!(last["data"].as_array().unwrap().len(), 10);
    assert_eq!(
        last["additional_data"]["pagination"]["more_items_in_collection"],
        false
    );
}

#[tokio::test]
async fn a_deal_is_created_won_found_and_deleted() {
    let bench = Bench::new().await;
    let deals = format!("{API}/api/v2/deals");
    let made = bench
        .send_json(
            "POST",
            &deals,
            &[KEY],
            &json!({"title": "Zeppelin rental", "value": 12.5, "stage_id": 7}),
        )
        .await
        .json();
    let id = made["data"]["id"].as_i64().unwrap();
    assert_eq!(
        (&made["data"]["pipeline_id"], &made["data"]["status"]),
        (&json!(2), &json!("open"))
    );

    let won = bench
        .send_json(
            "PATCH",
            &format!("{deals}/{id}"),
            &[KEY],
            &json!({"status": "won"}),
        )
        .await
        .json();
    assert_eq!(won["data"]["won_time"], "2026-09-21T14:13:20Z");
    let found = bench
        .get(&format!("{deals}/search?term=zeppelin"), &[KEY])
        .await
        .json();
    assert_eq!(found["data"]["items"][0]["item"]["id"], id);
    let everywhere = bench
        .get(&format!("{API}/api/v2/itemSearch?term=zeppelin"), &[KEY])
        .await
        .json();
    assert_eq!(everywhere["data"]["items"].as_array().unwrap().len(), 1);

    let gone = bench
        .call("DELETE", &format!("{deals}/{id}"), &[KEY], "")
        .await
        .json();
    assert_eq!(gone["data"]["id"], id);
    assert_eq!(
        bench
            .call("DELETE", &format!("{deals}/{id}"), &[KEY], "")
            .await
            .status,
        StatusCode::NOT_FOUND
    );
    let listed = bench.get(&format!("{deals}?ids={id}"), &[KEY]).await.json();
    assert_eq!(listed["data"], json!([]));
}

#[tokio::test]
async fn lists_can_be_narrowed_to_what_changed_since() {
    let bench = Bench::new().await;
    let persons = format!("{API}/api/v2/persons");
    let change = json!({"name": "Changed Now"});
    assert_eq!(
        bench
            .send_json("PATCH", &format!("{persons}/5"), &[KEY], &change)
            .await
            .status,
        StatusCode::OK
    );

    let changed = bench
        .get(
            &format!("{persons}?updated_since=2026-09-21T00:00:00Z"),
            &[KEY],
        )
        .await
        .json();
    let owned = bench
        .get(&format!("{persons}?owner_id=2&limit=500"), &[KEY])
        .await
        .json();

    assert_eq!(changed["data"].as_array().unwrap().len(), 1);
    assert_eq!(changed["data"][0]["last_name"], "Now");
    assert!(
        owned["data"]
            .as_array()
            .unwrap()
            .iter()
            .all(|person| person["owner_id"] == 2)
    );
}

#[tokio::test]
async fn mistakes_are_named() {
    let bench = Bench::new().await;
    let post = async |path: &str, body| {
        bench
            .send_json("POST", &format!("{API}{path}"), &[KEY], &body)
            .await
    };
    for (path, body, wanted) in [
        (
            "/api/v2/deals",
            json!({"value": 1}),
            "title: this field is required",
        ),
        (
            "/api/v2/deals",
            json!({"title": 7}),
            "title: must be a string",
        ),
        (
            "/api/v2/deals",
            json!({"title": "a", "person_id": 9999}),
            "person_id: there is no record 9999",
        ),
        (
            "/api/v2/deals",
            json!({"title": "a", "pipeline_id": 1, "stage_id": 7}),
            "not one of the pipeline",
        ),
        ("/api/v2/deals", json!([]), "must be an object"),
        ("/api/v1/notes", json!({"content": "a"}), "one of lead_id"),
        (
            "/api/v1/webhooks",
            json!({"subscription_url": "x", "event_action": "*", "event_object": "deal", "name": "n"}),
            "subscription_url",
        ),
    ] {
        let reply = post(path, body).await;
        assert_eq!(reply.status, StatusCode::BAD_REQUEST);
        assert!(
            reply.json()["error"].as_str().unwrap().contains(wanted),
            "{}",
            reply.text
        );
    }
    for query in [
        "limit=0",
        "limit=501",
        "limit=x",
        "cursor=x",
        "sort_by=name",
        "updated_since=yesterday",
        "status=lukewarm",
    ] {
        let reply = bench
            .get(&format!("{API}/api/v2/deals?{query}"), &[KEY])
            .await;
        assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{query}");
    }
    assert_eq!(
        bench
            .get(&format!("{API}/api/v2/deals/999999"), &[KEY])
            .await
            .status,
        StatusCode::NOT_FOUND
    );
    assert_eq!(
        bench
            .get(&format!("{API}/api/v2/nothing"), &[KEY])
            .await
            .status,
        StatusCode::NOT_FOUND
    );
    let malformed = bench
        .call(
            "POST",
            &format!("{API}/api/v2/deals"),
            &[KEY, ("content-type", "application/json")],
            "{",
        )
        .await;
    assert_eq!(malformed.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn keys_and_scopes_are_checked() {
    let bench = Bench::new().await;
    let me = format!("{API}/v1/users/me");
    assert_eq!(bench.get(&me, &[]).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(
        bench.get(&me, &[("x-api-token", "guess")]).await.status,
        StatusCode::UNAUTHORIZED
    );
    assert_eq!(
        bench
            .get(&me, &[("x-api-token", &"ab".repeat(20))])
            .await
            .status,
        StatusCode::OK
    );

    let company = "https://sandbox-company.pipedrive.com";
    let reader = bench.bearer("pipedrive-oauth", "my-readonly-app", None, &[]);
    let reader = ("authorization", reader.as_str());
    assert_eq!(
        bench
            .get(&format!("{company}/api/v2/deals"), &[reader])
            .await
            .status,
        StatusCode::OK
    );
    let refused = bench
        .send_json(
            "POST",
            &format!("{company}/api/v2/deals"),
            &[reader],
            &json!({"title": "a"}),
        )
        .await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert!(refused.text.contains("Scope and URL mismatch"));
}

#[tokio::test]
async fn companies_do_not_see_each_other() {
    let bench = Bench::new().await;
    let (first, second) = (
        "sandbox-company.pipedrive.com",
        "sandbox-second.pipedrive.com",
    );
    let one = bench.bearer("pipedrive-oauth", "app", Some(first), &[]);
    let two = bench.bearer("pipedrive-oauth", "app", Some(second), &[]);
    let made = bench
        .send_json(
            "POST",
            &format!("https://{first}/api/v2/persons"),
            &[("authorization", &one)],
            &json!({"name": "Only Here"}),
        )
        .await
        .json();

    let there = bench
        .get(
            &format!("https://{second}/api/v2/persons/{}", made["data"]["id"]),
            &[("authorization", &two)],
        )
        .await;
    let few = bench
        .get(
            &format!("https://{second}/api/v2/persons"),
            &[("authorization", &two)],
        )
        .await
        .json();

    assert_eq!(there.status, StatusCode::NOT_FOUND);
    assert_eq!(few["data"].as_array().unwrap().len(), 15);
}

#[tokio::test]
async fn too_many_requests_are_told_when_to_come_back() {
    let bench = Bench::with(|options| options.rate_limits = RateLimits::AsProvider).await;
    let stages = format!("{API}/api/v2/stages");
    for _ in 0..40 {
        let reply = bench.get(&stages, &[KEY]).await;
        assert_eq!(reply.status, StatusCode::OK);
        assert_eq!(reply.header("x-ratelimit-limit"), "40");
    }

    let refused = bench.get(&stages, &[KEY]).await;
    assert_eq!(
        (refused.status, refused.header("retry-after")),
        (StatusCode::TOO_MANY_REQUESTS, "1")
    );
    bench.clock.forward(chrono::TimeDelta::seconds(1));
    assert_eq!(bench.get(&stages, &[KEY]).await.status, StatusCode::OK);
}

#[tokio::test]
async fn webhooks_and_followers_come_and_go() {
    let bench = Bench::new().await;
    let hooks = format!("{API}/api/v1/webhooks");
    let body = json!({"subscription_url": "https://example.com/hook", "event_action": "*", "event_object": "deal", "name": "Deals"});
    let made = bench.send_json("POST", &hooks, &[KEY], &body).await;
    assert_eq!(made.status, StatusCode::CREATED);
    let path = format!("{hooks}/{}", made.json()["data"]["id"]);
    assert_eq!(
        bench.get(&hooks, &[KEY]).await.json()["data"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    assert_eq!(
        bench.call("DELETE", &path, &[KEY], "").await.status,
        StatusCode::OK
    );
    assert_eq!(
        bench.call("DELETE", &path, &[KEY], "").await.status,
        StatusCode::NOT_FOUND
    );

    let followers = format!("{API}/api/v2/deals/1/followers");
    assert_eq!(
        bench
            .send_json("POST", &followers, &[KEY], &json!({"user_id": 3}))
            .await
            .status,
        StatusCode::OK
    );
    let counted = bench
        .get(
            &format!("{API}/api/v2/deals/1?include_fields=followers_count"),
            &[KEY],
        )
        .await
        .json();
    assert_eq!(counted["data"]["followers_count"], 1);
}

#[tokio::test]
async fn fields_list_the_custom_ones_in_both_versions() {
    let bench = Bench::new().await;
    let new = bench
        .get(&format!("{API}/api/v2/personFields"), &[KEY])
        .await
        .json();
    let old = bench
        .get(&format!("{API}/v1/dealFields"), &[KEY])
        .await
        .json();

    let custom: Vec<_> = new["data"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|field| field["is_custom_field"] == true)
        .collect();
    let person = bench
        .get(&format!("{API}/api/v2/persons/1"), &[KEY])
        .await
        .json();
    assert!(
        person["data"]["custom_fields"]
            .get(custom[0]["field_code"].as_str().unwrap())
            .is_some()
    );
    assert!(
        old["data"]
            .as_array()
            .unwrap()
            .iter()
            .any(|field| field["edit_flag"] == true)
    );
}
