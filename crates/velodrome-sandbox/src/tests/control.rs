use axum::body::Body;
use axum::http::Request;
use axum::http::StatusCode;
use http_body_util::BodyExt;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

use super::Bench;
use crate::{ControlError, Fault, FaultRule, Sandbox, SandboxError, SandboxOptions};

const STATE: &str = "http://127.0.0.1:9999/_sandbox/state";
const STAGES: &str = "https://api.pipedrive.com/api/v2/stages";
const KEY: (&str, &str) = ("x-api-token", "sandbox-pipedrive-key");

#[tokio::test]
async fn the_front_page_says_what_to_paste_and_unknown_hosts_are_told_off() {
    let bench = Bench::new().await;
    let page = bench.get("http://127.0.0.1:9999/", &[]).await;
    for wanted in [
        "ca_sandbox_velodrome",
        "sandbox-pipedrive-secret",
        "sandbox-consumer",
        "sandbox-3dcart",
        "VELODROME_EGRESS_REWRITE",
    ] {
        assert!(page.text.contains(wanted), "{wanted}");
    }
    assert!(
        page.header("content-security-policy")
            .contains("default-src 'none'")
    );
    assert_eq!(
        bench
            .get("http://evil.example/_sandbox/state", &[])
            .await
            .status,
        StatusCode::MISDIRECTED_REQUEST
    );
    assert_eq!(
        bench.get("http://127.0.0.1:9999/nothing", &[]).await.status,
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn every_origin_is_rewritten_once_to_a_name_of_its_own() {
    let bench = Bench::new().await;
    let port = bench.sandbox.local_addr().port();
    let rewrites: Vec<String> = bench
        .sandbox
        .rewrites()
        .iter()
        .map(ToString::to_string)
        .collect();
    let origins: Vec<crate::Text> = bench
        .sandbox
        .cards()
        .iter()
        .flat_map(|card| card.origins.clone())
        .collect();

    assert_eq!(rewrites.len(), origins.len());
    assert!(rewrites.contains(&format!(
        "https://api.stripe.com=http://api.stripe.com.localhost:{port}"
    )));
    assert!(origins.iter().all(|origin| {
        rewrites
            .iter()
            .any(|rewrite| rewrite.starts_with(&format!("{origin}=")))
    }));
}

#[tokio::test]
async fn the_state_counts_requests_and_grants() {
    let bench = Bench::new().await;
    bench.bearer("stripe", "ca_app", None, &[]);
    bench.get(STAGES, &[KEY]).await;
    let state = bench.get(STATE, &[]).await.json();

    let by_id = |id: &str| {
        state["providers"]
            .as_array()
            .unwrap()
            .iter()
            .find(|provider| provider["id"] == id)
            .unwrap()
            .clone()
    };
    assert_eq!(by_id("pipedrive")["requests"]["api.pipedrive.com"], 1);
    assert_eq!(by_id("stripe")["grants"][0]["client_id"], "ca_app");
    assert_eq!(bench.control.requests("pipedrive"), Ok(1));
    assert_eq!(
        bench.control.grants("1st-connect"),
        Err(ControlError::NotOAuth2("1st-connect".to_owned()))
    );
    assert!(bench.control.requests("nobody").is_err());
}

#[tokio::test]
async fn tokens_are_expired_issued_and_revoked_over_http() {
    let bench = Bench::new().await;
    let control = |path: &str| format!("http://127.0.0.1:9999/_sandbox/{path}");
    let body = json!({"client_id": "app", "client_secret": "s"});
    let tokens = bench
        .send_json("POST", &control("grants/pipedrive-oauth"), &[], &body)
        .await
        .json();
    let bearer = format!("Bearer {}", tokens["access_token"].as_str().unwrap());
    let me = async || {
        bench
            .get(
                "https://sandbox-company.pipedrive.com/api/v1/users/me",
                &[("authorization", &bearer)],
            )
            .await
    };

    assert_eq!(me().await.status, StatusCode::OK);
    assert_eq!(
        bench
            .call("POST", &control("expire"), &[], "{}")
            .await
            .status,
        StatusCode::BAD_REQUEST,
        "not sent as JSON"
    );
    assert_eq!(
        bench
            .send_json("POST", &control("expire"), &[], &json!({}))
            .await
            .status,
        StatusCode::NO_CONTENT
    );
    assert!(me().await.text.contains("expired"));
    assert_eq!(
        bench
            .call("DELETE", &control("grants/pipedrive-oauth/1"), &[], "")
            .await
            .status,
        StatusCode::NO_CONTENT
    );
    assert!(me().await.text.contains("uninstalled"));
    assert_eq!(
        bench
            .call("DELETE", &control("grants/pipedrive-oauth/9"), &[], "")
            .await
            .status,
        StatusCode::NOT_FOUND
    );
    assert_eq!(
        bench
            .send_json(
                "POST",
                &control("consent"),
                &[],
                &json!({"mode": "perhaps"})
            )
            .await
            .status,
        StatusCode::BAD_REQUEST
    );
}

#[tokio::test]
async fn faults_strike_and_are_gone() {
    let bench = Bench::new().await;
    let status = json!({"path": "/api/v2", "times": 2, "fault": {"kind": "status", "status": 503, "retry_after": 7}});
    bench
        .send_json(
            "POST",
            "http://127.0.0.1:9999/_sandbox/faults",
            &[],
            &status,
        )
        .await;
    let first = bench.get(STAGES, &[KEY]).await;
    assert_eq!(
        (first.status, first.header("retry-after")),
        (StatusCode::SERVICE_UNAVAILABLE, "7")
    );
    assert_eq!(
        bench.get(STAGES, &[KEY]).await.status,
        StatusCode::SERVICE_UNAVAILABLE
    );
    assert_eq!(bench.get(STAGES, &[KEY]).await.status, StatusCode::OK);

    bench.control.inject(FaultRule::next(Fault::Html));
    assert!(
        bench
            .get(STAGES, &[KEY])
            .await
            .header("content-type")
            .starts_with("text/html")
    );
    bench.control.inject(FaultRule::next(Fault::MalformedJson));
    assert!(
        serde_json::from_str::<serde_json::Value>(&bench.get(STAGES, &[KEY]).await.text).is_err()
    );
    bench.control.inject(FaultRule::next(Fault::Empty));
    assert_eq!(bench.get(STAGES, &[KEY]).await.text, "");
    bench.control.inject(FaultRule::next(Fault::Redirect {
        location: "http://169.254.169.254/".to_owned(),
    }));
    assert_eq!(
        bench.get(STAGES, &[KEY]).await.location().as_str(),
        "http://169.254.169.254/"
    );
    bench.control.inject(FaultRule::next(Fault::DropMember {
        member: "data".to_owned(),
    }));
    assert_eq!(
        bench.get(STAGES, &[KEY]).await.json(),
        json!({"success": true, "additional_data": {"next_cursor": null}})
    );
    for bytes in [3_u64, 64, 1001, 200_003] {
        bench
            .control
            .inject(FaultRule::next(Fault::Flood { bytes }));
        let flood = bench.get(STAGES, &[KEY]).await;
        assert_eq!(flood.text.len() as u64, bytes);
        assert!(flood.json().is_array());
    }
    bench.control.inject(FaultRule::next(Fault::Hang));
    bench.control.clear_faults();
    assert_eq!(bench.get(STAGES, &[KEY]).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_lost_answer_is_lost_after_the_work_was_done() {
    let bench = Bench::new().await;
    bench
        .control
        .inject(FaultRule::next(Fault::LoseAnswer).at_host("api.pipedrive.com"));
    let request = Request::post("/api/v2/pipelines")
        .header("host", "api.pipedrive.com")
        .header("x-api-token", "sandbox")
        .header("content-type", "application/json")
        .body(Body::from(r#"{"name":"Made in the dark"}"#))
        .unwrap();
    let response = bench.sandbox.router().oneshot(request).await.unwrap();

    assert!(response.into_body().collect().await.is_err());
    let pipelines = bench
        .get("https://api.pipedrive.com/api/v2/pipelines", &[KEY])
        .await
        .json();
    assert_eq!(pipelines["data"][2]["name"], "Made in the dark");
}

#[tokio::test]
async fn a_truncated_answer_declares_more_than_it_sends() {
    let bench = Bench::new().await;
    bench.control.inject(FaultRule::next(Fault::Truncate));
    let request = Request::get("/api/v2/stages")
        .header("host", "api.pipedrive.com")
        .body(Body::empty())
        .unwrap();
    let response = bench.sandbox.router().oneshot(request).await.unwrap();

    assert_eq!(response.headers()["content-length"], "4096");
    assert!(response.into_body().collect().await.is_err());
}

#[tokio::test(start_paused = true)]
async fn a_delayed_answer_is_still_the_right_one() {
    let bench = Bench::new().await;
    bench.control.inject(FaultRule::next(Fault::Delay {
        milliseconds: 60_000,
    }));
    let before = tokio::time::Instant::now();

    assert_eq!(bench.get(STAGES, &[KEY]).await.status, StatusCode::OK);
    assert!(before.elapsed() >= std::time::Duration::from_secs(60));
}

#[tokio::test]
async fn it_serves_on_a_loopback_port_and_stops_although_a_request_hangs() {
    let sandbox = Sandbox::bind("127.0.0.1:0".parse().unwrap(), SandboxOptions::default())
        .await
        .unwrap();
    let address = sandbox.local_addr();
    let control = sandbox.control();
    control.inject(FaultRule::next(Fault::Hang).at_path("/hang"));
    let stop = CancellationToken::new();
    let serving = tokio::spawn(sandbox.serve(stop.clone()));

    let mut hanging = TcpStream::connect(address).await.unwrap();
    hanging
        .write_all(b"GET /hang HTTP/1.1\r\nHost: api.stripe.com\r\nConnection: close\r\n\r\n")
        .await
        .unwrap();
    let mut other = TcpStream::connect(address).await.unwrap();
    other.write_all(b"GET /api/v2/stages HTTP/1.1\r\nHost: api.pipedrive.com\r\nx-api-token: sandbox\r\nConnection: close\r\n\r\n").await.unwrap();
    let mut answer = String::new();
    other.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("Qualified"));
    while !control.pending_faults().is_empty() {
        tokio::task::yield_now().await;
    }

    stop.cancel();
    serving.await.unwrap().unwrap();
    let mut rest = String::new();
    hanging.read_to_string(&mut rest).await.unwrap();
    assert!(rest.starts_with("HTTP/1.1 503"));
}

#[tokio::test]
async fn only_loopback_addresses_are_bound() {
    let refused = Sandbox::bind("0.0.0.0:0".parse().unwrap(), SandboxOptions::default()).await;
    assert!(matches!(refused, Err(SandboxError::NotLoopback(_))));
}
