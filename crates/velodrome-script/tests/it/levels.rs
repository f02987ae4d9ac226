//! Levels, their order, and what counts of what they change (scripting.md §1, §2).

use serde_json::{Value, json};
use velodrome_script::{Event, FaultKind, Limits, Run};

use crate::world::{POOL, World, levels, method};

const APPEND: [&str; 3] = [
    "function before_action() { method_request_headers.X = (method_request_headers.X || '') + 'c' }
     function after_action() { method_response.t = (method_response.t || '') + 'c' }",
    "function before_action() { method_request_headers.X = (method_request_headers.X || '') + 'm' }
     function after_action() { method_response.t = (method_response.t || '') + 'm' }",
    "function before_action() { method_request_headers.X = (method_request_headers.X || '') + 's' }
     function after_action() { method_response.t = (method_response.t || '') + 's' }",
];

async fn global(run: Run, name: &str) -> Value {
    let mut outcome = POOL.run(run, &World::default()).await.unwrap();
    outcome
        .globals
        .remove(name)
        .unwrap_or_else(|| json!("(gone)"))
}

#[tokio::test]
async fn every_level_runs_in_the_order_of_the_event() {
    let [connector, method, step] = APPEND;
    let all = levels(connector, method, step);
    let before =
        Run::event(1, Event::BeforeAction, all.clone()).with("method_request_headers", json!({}));
    let after = Run::event(1, Event::AfterAction, all).with("method_response", json!({}));

    assert_eq!(
        global(before, "method_request_headers").await,
        json!({"X": "mcs"})
    );
    assert_eq!(global(after, "method_response").await, json!({"t": "cms"}));
}

#[tokio::test]
async fn helpers_are_shared_and_the_later_level_wins() {
    let all = levels(
        "function sign() { return 'connector' } function name() { return 'c' }",
        "function name() { return 'm' }",
        "function before_action() { method_request_headers.X = sign() + name() }",
    );
    let run = Run::event(1, Event::BeforeAction, all).with("method_request_headers", json!({}));

    assert_eq!(
        global(run, "method_request_headers").await,
        json!({"X": "connectorm"})
    );
}

#[tokio::test]
async fn a_handler_may_be_any_global_function() {
    let all = levels(
        "var before_action = () => { method_request.a = 1 }",
        "globalThis.before_action = function () { method_request.b = 1 }",
        "",
    );
    let run = Run::event(1, Event::BeforeAction, all).with("method_request", json!({}));
    assert_eq!(global(run, "method_request").await, json!({"a": 1, "b": 1}));

    let lexical = "const before_action = async () => { await null; method_request.c = 1 }";
    let run = method(Event::BeforeAction, lexical).with("method_request", json!({}));
    assert_eq!(global(run, "method_request").await, json!({"c": 1}));
}

#[tokio::test]
async fn only_a_strict_false_stops() {
    for (body, stopped) in [
        ("", false),
        ("return true", false),
        ("return 0", false),
        ("return null", false),
        ("return false", true),
        ("return !1", true),
    ] {
        let all = levels(
            "function before_action() { action_data.later = 1 }",
            &format!("function before_action() {{ {body} }}"),
            "",
        );
        let run = Run::event(1, Event::BeforeAction, all).with("action_data", json!({}));
        let outcome = POOL.run(run, &World::default()).await.unwrap();
        assert_eq!(outcome.stopped, stopped, "{body}");
        assert_eq!(
            outcome.globals["action_data"].get("later").is_none(),
            stopped,
            "{body}"
        );
    }
}

#[tokio::test]
async fn an_exit_is_chosen_by_truth() {
    for (value, truthy) in [
        ("0", false),
        ("''", false),
        ("NaN", false),
        ("[]", true),
        ("'0'", true),
        ("undefined", false),
    ] {
        let source = format!("function action_condition() {{ return {value} }}");
        let outcome = POOL
            .run(method(Event::ActionCondition, &source), &World::default())
            .await
            .unwrap();
        assert_eq!(outcome.truthy, truthy, "{value}");
    }
}

#[tokio::test]
async fn changed_and_replaced_globals_count_and_others_do_not() {
    for (body, expected) in [
        ("method_response.a = 2", json!({"a": 2})),
        ("method_response = []", json!([])),
        ("method_response = null", json!(null)),
        ("delete method_response.a", json!({})),
        ("method_response = undefined", json!("(gone)")),
        (
            "method_response = new Date(0)",
            json!("1970-01-01T00:00:00.000Z"),
        ),
        (
            "method_response = {f: () => 1, n: NaN, u: undefined}",
            json!({"n": null}),
        ),
        ("method_response = '\\ud83d'", json!("\u{fffd}")),
        (
            "method_response = script_parameters; script_parameters.x = 1",
            json!({"x": 1}),
        ),
    ] {
        let run = method(
            Event::AfterAction,
            &format!("function after_action() {{ {body} }}"),
        )
        .with("method_response", json!({"a": 1}))
        .with("script_parameters", json!({}));
        assert_eq!(global(run, "method_response").await, expected, "{body}");
    }
    let run = method(
        Event::AfterAction,
        "function after_action() { statusCode = 1 }",
    )
    .with("statusCode", json!(200));
    assert_eq!(global(run, "statusCode").await, json!("(gone)"));
}

#[tokio::test]
async fn what_no_handler_saw_comes_back_as_it_was() {
    let run = method(
        Event::AfterAction,
        "// There is no after_action here.\nfunction after_action_paging() { method_response = 1 }",
    )
    .with("method_response", json!({"a": 1}));

    assert_eq!(global(run, "method_response").await, json!({"a": 1}));
}

#[tokio::test]
async fn numbers_that_a_script_cannot_hold_arrive_as_text() {
    let run = method(
        Event::AfterAction,
        "function after_action() { method_response.kind = typeof method_response.id + typeof method_response.n }",
    )
    .with("method_response", json!({"id": 9_007_199_254_740_993_i64, "n": 7}));

    assert_eq!(
        global(run, "method_response").await,
        json!({"id": "9007199254740993", "n": 7, "kind": "stringnumber"})
    );
}

#[tokio::test]
async fn properties_are_reshaped_as_the_guide_shows() {
    let source = "function after_action() {
        method_response.properties = Object.fromEntries(method_response.properties.map(p => [p.key, p.value]));
        return true;
    }";
    let run = method(Event::AfterAction, source).with(
        "method_response",
        json!({"properties": [{"key": "email", "value": "x"}]}),
    );

    assert_eq!(
        global(run, "method_response").await,
        json!({"properties": {"email": "x"}})
    );
}

#[tokio::test]
async fn the_credential_is_shown_to_connector_and_method_only() {
    let see = "function before_action() { action_data.LEVEL = typeof method_auth_value; method_auth_value = 1 }";
    let all = levels(
        &see.replace("LEVEL", "c"),
        &see.replace("LEVEL", "m"),
        &see.replace("LEVEL", "s"),
    );
    let run = Run {
        auth_value: Some("token".into()),
        ..Run::event(1, Event::BeforeAction, all).with("action_data", json!({}))
    };

    assert_eq!(
        global(run, "action_data").await,
        json!({"m": "string", "c": "string", "s": "undefined"})
    );
}

#[tokio::test]
async fn realms_are_fresh() {
    let source =
        "var n = 0; function after_action() { n++; method_response = [n, [].x, typeof leaked];
                  Array.prototype.x = 1; leaked = 1; Date = null }";
    for _ in 0..3 {
        let run = method(Event::AfterAction, source);
        assert_eq!(
            global(run, "method_response").await,
            json!([1, null, "undefined"])
        );
    }
}

#[tokio::test]
async fn faults_name_their_place_and_hide_secrets() {
    let all = levels(
        "function sign(key) {\n  return key.x;\n}",
        "",
        "\nfunction before_action() {\n  sign();\n}",
    );
    let error = POOL
        .run(Run::event(1, Event::BeforeAction, all), &World::default())
        .await
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "Script error: connector before_action line 2: TypeError: cannot read property 'x' of undefined"
    );

    let leak = Run {
        auth_value: Some("s3cr3t/+ä".into()),
        secrets: vec!["s3cr3t/+ä".into()],
        ..method(
            Event::BeforeAction,
            "function before_action() {\n console.log(btoa(method_auth_value));\n throw new Error(method_auth_value + encodeURIComponent(method_auth_value)) }",
        )
    };
    let error = POOL.run(leak, &World::default()).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "Script error: method before_action line 3: REDACTEDREDACTED"
    );
}

#[tokio::test]
async fn what_is_thrown_is_told() {
    for (thrown, message) in [
        ("new Error('No email')", "No email"),
        ("'just text'", "just text"),
        ("{code: 1}", "{\"code\":1}"),
        ("new RangeError('far')", "RangeError: far"),
        ("undefined", "undefined"),
        ("null", "null"),
        ("Symbol('s')", "Error"),
    ] {
        let source = format!("function after_action() {{ throw {thrown} }}");
        let error = POOL
            .run(method(Event::AfterAction, &source), &World::default())
            .await
            .unwrap_err();
        assert_eq!(error.message, message, "{thrown}");
    }
}

#[tokio::test]
async fn authentication_is_asked_for_where_that_means_something() {
    let throws =
        |event: Event, class: &str| format!("function {event}() {{ throw new {class}() }}");
    for (event, class, kind) in [
        (
            Event::AfterAction,
            "AuthRefreshException",
            FaultKind::AuthRefresh,
        ),
        (
            Event::AfterActionPaging,
            "AuthSessionException",
            FaultKind::AuthSession,
        ),
        (
            Event::AfterError,
            "AuthSessionException",
            FaultKind::AuthSession,
        ),
        (
            Event::BeforeAction,
            "AuthRefreshException",
            FaultKind::Thrown {
                name: "AuthRefreshException".into(),
            },
        ),
    ] {
        let error = POOL
            .run(method(event, &throws(event, class)), &World::default())
            .await
            .unwrap_err();
        assert_eq!(error.kind, kind, "{event}");
    }
    let step = levels("", "", &throws(Event::AfterAction, "AuthRefreshException"));
    let error = POOL
        .run(Run::event(1, Event::AfterAction, step), &World::default())
        .await
        .unwrap_err();
    assert_eq!(
        error.kind,
        FaultKind::Thrown {
            name: "AuthRefreshException".into()
        }
    );
}

#[tokio::test]
async fn debug_output_is_kept_up_to_a_bound() {
    let source = "function after_action() { console.log('a', 1, {b: [2]}, undefined, null, x => 1);
                  for (let i = 0; i < 2000; i++) console.log(i) }";
    let outcome = POOL
        .run(method(Event::AfterAction, source), &World::default())
        .await
        .unwrap();
    assert_eq!(outcome.console[0], "a 1 {\"b\":[2]} undefined null x => 1");
    assert_eq!(outcome.console.len(), Limits::default().console_lines);
}

#[test]
fn scripts_without_a_handler_need_not_run() {
    let all = levels("function helper() {}", "function after_action() {}", "");
    assert!(all.handle(Event::AfterAction));
    assert!(!all.handle(Event::BeforeAction));
    let longer = levels("function after_action_paging() {}", "", "");
    assert!(longer.handle(Event::AfterActionPaging) && !longer.handle(Event::AfterAction));
    // The condition belongs to the method alone.
    assert!(!levels("function action_condition() {}", "", "").handle(Event::ActionCondition));
}

#[tokio::test]
async fn what_no_handler_touches_comes_back_as_it_was() {
    // The event's name is said, so the script runs, but nothing of that name is a function.
    let source = "var note = 'after_action'; function after_action_paging() {}";
    let run = method(Event::AfterAction, source).with("method_response", json!({"a": [1]}));

    let outcome = POOL.run(run, &World::default()).await.unwrap();

    assert_eq!(outcome.globals["method_response"], json!({"a": [1]}));
}
