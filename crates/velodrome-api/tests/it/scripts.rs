//! Trying scripts out, on the wire.

use serde_json::{Value, json};

use crate::app::TestApp;

async fn tried(app: &TestApp, token: &str, body: Value) -> Value {
    let answer = app.post("/v1.0/partner/scripts/test");
    let answer = answer.bearer(token).json(&body).send().await;
    assert_eq!(answer.status.as_u16(), 200, "{}", answer.text);
    answer.json()
}

#[tokio::test]
async fn a_script_is_tried_with_or_without_an_event() {
    let app = TestApp::start().await;
    let token = app.token().await;

    let text = json!({
        "Script": "moment(a).year()",
        "Globals": [{"Name": "a", "DataType": "Text", "Value": "2024-05-01"}],
    });
    let text = tried(&app, &token, text).await;
    let handler = json!({
        "Script": "function after_action() { console.log('seen'); method_response.n = 1; return true; }",
        "Event": "after_action",
        "Globals": [{"Name": "method_response", "DataType": "Xml", "Value": "<a>1</a>"}],
    });
    let handler = tried(&app, &token, handler).await;
    let stored = json!({"Script": "cyclr_storage_set('a', 1); cycle_storage_increment('a')"});
    let stored = tried(&app, &token, stored).await;

    assert_eq!(text["Result"], 2024);
    assert_eq!(text["Error"], Value::Null);
    assert_eq!(
        text["Globals"],
        json!([{"Name": "a", "DataType": "Text", "Value": "2024-05-01"}])
    );
    assert_eq!(handler["Result"], true);
    assert_eq!(handler["Console"], json!(["seen"]));
    assert_eq!(
        handler["Globals"],
        json!([{"Name": "method_response", "DataType": "Json", "Value": "{\"a\":\"1\",\"n\":1}"}])
    );
    assert_eq!(stored["Result"], 1);
}

#[tokio::test]
async fn a_fault_of_a_script_is_a_result_with_its_place() {
    let app = TestApp::start().await;
    let token = app.token().await;

    let thrown = json!({"Script": "\nfunction after_action() { throw new Error('no') }", "Event": "after_action"});
    let thrown = tried(&app, &token, thrown).await;
    let syntax = tried(&app, &token, json!({"Script": "function ("})).await;
    let guarded = json!({"Script": "http_request({url: 'http://169.254.169.254/'})"});
    let guarded = tried(&app, &token, guarded).await;

    assert_eq!(thrown["Error"]["Message"], "no");
    assert_eq!(thrown["Error"]["Line"], 2);
    assert_eq!(syntax["Error"]["Line"], 1);
    let message = guarded["Error"]["Message"].as_str().unwrap_or_default();
    assert!(message.starts_with("EgressDenied"), "{message}");
}

#[tokio::test]
async fn what_can_not_be_tried_is_refused() {
    let app = TestApp::start().await;
    let token = app.token().await;
    for body in [
        json!({"Script": " "}),
        json!({"Script": "1", "Event": "after_lunch"}),
        json!({"Script": "1", "Globals": [{"Name": "a", "DataType": "Json", "Value": "{"}]}),
        json!({"Script": "1", "Globals": [{"Name": "a b", "DataType": "Text", "Value": "x"}]}),
    ] {
        let answer = app.post("/v1.0/partner/scripts/test");
        let answer = answer.bearer(&token).json(&body).send().await;
        assert_eq!(answer.failure(), (400, "script.invalid"), "{body}");
    }
}
