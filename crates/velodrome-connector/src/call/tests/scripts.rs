//! Scripts in the pipeline (connectors.md §3, scripting.md).

use std::sync::Mutex;

use velodrome_script::{Fault, Store, StoreOperation, Stored};

use super::*;

/// A method with this script.
fn scripted(script: &str) -> Value {
    json!({ "script": script })
}

#[tokio::test]
async fn a_request_is_what_before_action_leaves_of_it() {
    let method = json!({
        "httpMethod": "POST",
        "endpoint": "http://{host}/m/{{Trace}}",
        "script": "function before_action() {
            method_request_headers['X-Sign'] = cyclr_sign('HMAC-SHA1', 'k', JSON.stringify(method_request));
            delete method_request_parameters.page;
            method_request_parameters.added = 'a b';
            method_request.a = null;
            method_request_mergefields.Trace = 'tr/1';
        }",
        "parameters": [
            {"targetType": "QueryString", "targetName": "page", "defaultValue": "1"},
            {"targetType": "QueryString", "targetName": "kept", "defaultValue": "{{Trace}}"},
            {"targetType": "MergeField", "targetName": "Trace", "defaultValue": "before"},
        ],
    });
    let ran = Case::of(method).run(vec![ok(json!({}))]).await;

    assert_eq!(ran.lines(), ["POST /m/tr%2F1?kept=tr%2F1&added=a+b"]);
    assert_eq!(ran.sent(), r#"{"a":null}"#);
    assert!(ran.header("X-Sign").is_some());
}

#[tokio::test]
async fn headers_of_a_script_are_never_overwritten() {
    let method = scripted(
        "function before_action() { method_request_headers.Authorization = 'Mine ' + method_auth_value }",
    );
    let ran = Case::with(oauth2(), method)
        .run_with(vec![ok(json!({}))], &Renewing::new(&["t0ken-one"]))
        .await;

    assert_eq!(ran.asked[0].matches("uthorization: ").count(), 1);
    assert_eq!(ran.header("Authorization"), Some("Mine t0ken-one"));
}

#[tokio::test]
async fn connector_and_method_both_handle_an_event() {
    let script = |word: &str| {
        format!(
            "function after_action() {{ method_response.t = (method_response.t || '') + '{word}' }}"
        )
    };
    let ran = Case::with(json!({"script": script("c")}), scripted(&script("m")))
        .run(vec![ok(json!({}))])
        .await;

    assert_eq!(ran.body(), json!({"t": "cm"}));
}

#[tokio::test]
async fn pages_are_handled_one_by_one_and_then_together() {
    let method = json!({
        "paging": {"inbound": true, "inboundPageSize": 2},
        "response": {"fields": [{"connectorField": "[items].id"}]},
        "parameters": [{"targetType": "QueryString", "targetName": "page", "hide": true, "values": ["CYCLR_PAGE_NUMBER"]}],
        "script": "function before_action() { action_data.before = (action_data.before || 0) + 1 }
                   function after_action() { action_data.after = (action_data.after || 0) + 1; method_response.items.forEach(i => i.seen = true) }
                   function after_action_paging() {
                       next_last_successful_run_date = new Date(Date.UTC(2030, 0, 2));
                       method_response.counts = action_data;
                   }
                   function action_condition() { return method_response.items.length > 100 }",
    });
    let page = |ids: [i32; 2]| ok(json!({"items": [{"id": ids[0]}, {"id": ids[1]}]}));
    let last = ok(json!({"items": [{"id": 5}]}));
    let ran = Case::of(method)
        .run(vec![page([1, 2]), page([3, 4]), last])
        .await;

    let reply = ran.result.unwrap();
    assert_eq!(reply.condition, Some(false));
    assert_eq!(
        reply.next_run,
        Some("2030-01-02T00:00:00Z".parse().unwrap())
    );
    let body = reply.body.into_value().unwrap();
    assert_eq!(body["counts"], json!({"before": 3, "after": 3}));
    assert_eq!(body["items"].as_array().unwrap().len(), 5);
    assert_eq!(body["items"][4], json!({"id": 5, "seen": true}));
}

#[tokio::test]
async fn a_mergefield_that_turns_pages_goes_on_beside_those_that_a_script_has_set() {
    let method = json!({
        "endpoint": "http://{host}/m/{{After}}/{{Trace}}",
        "paging": {"inbound": true},
        "response": {"fields": [{"connectorField": "[items].id"}]},
        "parameters": [
            {"targetType": "ResponseField", "targetName": "next", "hide": true, "values": ["CYCLR_PAGE_TOKEN"]},
            {"targetType": "MergeField", "targetName": "After", "hide": true, "optional": true, "values": ["CYCLR_PAGE_TOKEN"]},
            {"targetType": "MergeField", "targetName": "Trace", "defaultValue": "start"},
        ],
        "script": "function after_action() { if (method_response.next === 'b') method_request_mergefields.Trace = 'set' }",
    });
    let page = |id: i32, next: Value| ok(json!({"items": [{"id": id}], "next": next}));
    let ran = Case::of(method)
        .run(vec![
            page(1, json!("a")),
            page(2, json!("b")),
            page(3, json!("c")),
            page(4, Value::Null),
        ])
        .await;

    assert_eq!(
        ran.lines(),
        [
            "GET /m//start",
            "GET /m/a/start",
            "GET /m/b/set",
            "GET /m/c/set"
        ]
    );
}

#[tokio::test]
async fn a_false_or_a_fault_before_the_request_sends_nothing() {
    for (body, expected) in [
        (
            "return false",
            "Failed to build the request: the script's before_action answered false",
        ),
        (
            "throw new Error('No email')",
            "Failed to build the request: Script error: method before_action line 1: No email",
        ),
    ] {
        let ran = Case::of(scripted(&format!("function before_action() {{ {body} }}")))
            .run(vec![])
            .await;
        assert_eq!(ran.error().to_string(), expected);
        assert_eq!(ran.asked.len(), 0);
    }
}

#[tokio::test]
async fn a_fault_after_the_answer_names_its_place_and_no_secret() {
    let script = "\nfunction after_action() { throw new Error(method_auth_value) }";
    let ran = Case::with(oauth2(), scripted(script))
        .run_with(vec![ok(json!({}))], &Renewing::new(&["s3cret-token"]))
        .await;

    assert_eq!(
        ran.error().to_string(),
        "Failed to call the method: Script error: method after_action line 2: REDACTED"
    );
}

#[tokio::test]
async fn after_error_decides_what_a_failure_means() {
    let case = |body: &str| {
        Case::of(scripted(&format!(
            "function after_error() {{ {body} }} function after_action_paging() {{ method_response = {{all: method_response}} }}"
        )))
    };
    let turn = || vec![json_answer(404, json!({"code": "none"}))];

    let ran = case("").run(turn()).await;
    assert!(
        matches!(ran.error(), CallError::Upstream { .. }),
        "{:?}",
        ran.result
    );

    let ran = case("method_error.isError = false; method_error.isWarning = true")
        .run(turn())
        .await;
    let reply = ran.result.unwrap();
    assert_eq!(reply.body.into_value().unwrap(), json!({"all": null}));
    assert_eq!(reply.warnings.len(), 1);

    let ran = case("if (method_error.statusCode === 404 && method_error.error.code === 'none') {
        method_error.isError = false; method_error.isSuccess = true; method_error.content = '{\"items\":[]}' }")
        .run(turn())
        .await;
    assert_eq!(ran.body(), json!({"all": {"items": []}}));
}

#[tokio::test]
async fn a_script_that_sees_a_dead_token_has_it_refreshed_once() {
    let script = "function before_action() { action_data.tries = (action_data.tries || 0) + 1 }
                  function after_action() {
                      if (method_response.error) throw new AuthRefreshException();
                      method_response.tries = action_data.tries;
                  }";
    let dead = || ok(json!({"error": "invalid_grant"}));
    let ran = Case::with(oauth2(), scripted(script))
        .run_with(vec![dead(), ok(json!({}))], &Renewing::new(&["one", "two"]))
        .await;
    assert_eq!(header(&ran.asked[1], "Authorization"), Some("Bearer two"));
    assert_eq!(ran.body(), json!({"tries": 2}));

    let ran = Case::with(oauth2(), scripted(script))
        .run_with(
            vec![dead(), dead()],
            &Renewing::new(&["one", "two", "three"]),
        )
        .await;
    assert!(
        matches!(ran.error(), CallError::Authentication(_)),
        "{:?}",
        ran.result
    );
    assert_eq!(ran.asked.len(), 2);
}

/// Renews a session by giving it another value.
struct OtherSession;

#[async_trait]
impl CredentialSource for OtherSession {
    async fn current(&self) -> Result<Arc<Credential>, CredentialError> {
        Ok(Arc::default())
    }

    async fn renewed(&self, _stale: &Credential) -> Result<Arc<Credential>, CredentialError> {
        Err(CredentialError::NotRenewable)
    }

    async fn session_renewed(&self) -> Result<Properties, CredentialError> {
        Ok(Properties::from_iter([(
            "Session".to_owned(),
            "new".into(),
        )]))
    }
}

/// A store of one value.
#[derive(Default)]
pub(super) struct OneValue(Mutex<Option<String>>);

#[async_trait]
impl ScriptStorage for OneValue {
    async fn apply(&self, _: Store, operation: StoreOperation) -> Result<Stored, Fault> {
        match operation {
            StoreOperation::Set { value, .. } => *self.0.lock().unwrap() = Some(value),
            StoreOperation::Get { .. } => {
                return Ok(self
                    .0
                    .lock()
                    .unwrap()
                    .clone()
                    .map_or(Stored::Nothing, Stored::Text));
            }
            _ => return Err(Fault::new("NoStorage", "not here")),
        }
        Ok(Stored::Nothing)
    }
}

#[tokio::test]
async fn a_script_that_sees_a_dead_session_has_it_renewed() {
    let method = json!({
        "parameters": [{"targetType": "HttpHeader", "targetName": "Session"}],
        "script": "function after_error() { if (method_error.statusCode === 403) throw new AuthSessionException() }
                   function after_action() { cyclr_storage_set('k', 1); method_response.kept = cyclr_storage_get('k') }",
    });
    let mut case = Case::of(method).properties(json!({"Session": "old"}));
    case.scripted = true;
    let ran = case
        .run_with(
            vec![json_answer(403, json!({})), ok(json!({}))],
            &OtherSession,
        )
        .await;

    assert_eq!(header(&ran.asked[0], "Session"), Some("old"));
    assert_eq!(header(&ran.asked[1], "Session"), Some("new"));
    assert_eq!(ran.body(), json!({"kept": "1"}));
}

#[tokio::test]
async fn requests_of_scripts_carry_the_credential_to_the_connectors_hosts_only() {
    let script = "function after_action() {
        const own = http_request({url: method_endpoint + '/own', parameters: {a: 1}});
        let foreign; try { http_request({url: 'http://169.254.169.254/'}) } catch (e) { foreign = e.name }
        method_response = {status: own.status_code, content: own.content, foreign,
                           shown: own.request.headers.Authorization};
    }";
    let ran = Case::with(oauth2(), scripted(script))
        .run_with(
            vec![ok(json!({})), json_answer(418, json!({"tea": true}))],
            &Renewing::new(&["t0ken-one"]),
        )
        .await;

    assert_eq!(ran.lines()[1], "GET /m/own?a=1");
    assert_eq!(
        header(&ran.asked[1], "Authorization"),
        Some("Bearer t0ken-one")
    );
    assert_eq!(
        header(&ran.asked[1], "User-Agent"),
        Some("Acme Integrations")
    );
    assert_eq!(
        ran.body(),
        json!({"status": 418, "content": {"tea": true}, "foreign": "EgressDenied", "shown": "REDACTED"})
    );
}

#[tokio::test]
async fn a_method_without_a_request_is_its_script() {
    let method = json!({
        "type": "Script", "httpMethod": null, "endpoint": null,
        "script": "function after_action() { method_response.sum = script_parameters.a * 2 }",
        "parameters": [{"targetType": "Script", "targetName": "a"}],
    });
    let ran = Case::of(method)
        .parameters(json!({"a": 21}))
        .run(vec![])
        .await;

    assert_eq!(ran.body(), json!({"sum": 42}));
}

#[tokio::test]
async fn the_date_of_the_last_run_can_be_set_for_one_request() {
    let method = json!({
        "parameters": [{"targetType": "QueryString", "targetName": "since", "defaultValue": "{{LastSuccessfulRunDate}}"}],
        "script": "function before_action() { last_successful_run_date = '2020-01-01T00:00:00Z' }",
    });
    let ran = Case::of(method).run(vec![ok(json!({}))]).await;

    assert_eq!(ran.lines(), ["GET /m?since=2020-01-01T00%3A00%3A00Z"]);
}

/// What a case's scripts answer as the body.
async fn said(case: Case, answer: Value) -> Value {
    case.run(vec![ok(answer)]).await.body()
}

#[tokio::test]
async fn every_event_sees_where_it_runs() {
    let script = "function after_action() { method_response = {
        ids: [cycle_id, cycle_step_id, transaction_id], variables: cycle_variables, context: script_execution_context,
        account: [cyclr_account_id, external_account_id], fields: method_response_fields.length,
        used: [method_response_fields_in_use, method_response_parameters_in_use],
        answer: [statusCode, reasonPhrase, method_response_headers['content-type'], method_endpoint.slice(-2)] } }";
    let method = json!({
        "script": script, "response": {"fields": [{"connectorField": "a"}, {"connectorField": "b"}]},
    });
    let seen = said(Case::of(method.clone()), json!({})).await;
    assert_eq!(
        seen,
        json!({
            "ids": [null, null, null], "variables": {}, "context": "RUNNING_TRANSACTION",
            "account": ["a-guid", "acme"], "fields": 2, "used": [[], []],
            "answer": [200, "OK", "application/json", "/m"],
        })
    );

    let mut testing = Case::of(method);
    testing.mode = Mode::FirstPage;
    let seen = said(testing, json!({})).await;
    assert_eq!(seen["context"], "CONNECTOR_TESTING");
}

#[tokio::test]
async fn what_persists_from_event_to_event_is_what_the_specification_names() {
    let script = "
        function before_action() {
            method_request_mergefields.Trace = '1'; script_parameters.a = 2; action_data.seen = 1; loose = 1;
        }
        function after_action() {
            method_response = [method_request_mergefields.Trace, script_parameters.a, action_data.seen, typeof loose];
            method_request_mergefields.Trace = '2';
        }
        function after_action_paging() { method_response.push(method_request_mergefields.Trace) }";
    let method = json!({
        "script": script, "parameters": [{"targetType": "Script", "targetName": "a", "defaultValue": "1"}],
    });
    let ran = Case::of(method).run(vec![ok(json!({}))]).await;

    assert_eq!(
        ran.lines(),
        ["GET /m"],
        "a mergefield that nothing names is not sent"
    );
    assert_eq!(ran.body(), json!(["1", "1", 1, "undefined", "2"]));
}

#[tokio::test]
async fn a_failure_is_told_to_after_error_with_what_before_action_kept() {
    let script = "function before_action() { action_data.kept = 'yes' }
                  function after_error() {
                      method_error.content = JSON.stringify({kept: action_data.kept, status: method_error.statusCode,
                          error: method_error.error, flags: [method_error.isError, method_error.isWarning, method_error.isSuccess]});
                      method_error.isError = false; method_error.isSuccess = true;
                  }";
    let flags = json!([true, false, false]);
    for (turn, expected) in [
        (
            json_answer(404, json!({"a": 1})),
            json!({"kept": "yes", "status": 404, "error": {"a": 1}, "flags": flags}),
        ),
        (
            crate::egress::test_server::answer(500, "text/plain", "broken"),
            json!({"kept": "yes", "status": 500, "error": "broken", "flags": flags}),
        ),
        // The connection ends without an answer.
        (
            Turn::Say(Vec::new()),
            json!({"kept": "yes", "status": 0, "error": "", "flags": flags}),
        ),
    ] {
        let ran = Case::of(scripted(script)).run(vec![turn]).await;
        assert_eq!(ran.body(), expected);
    }
}

#[tokio::test]
async fn a_401_that_nothing_can_renew_is_told_to_after_error() {
    let script = "function after_error() { method_error.isError = false; method_error.isSuccess = true; method_error.content = '{}' }";
    let token = Credential::OAuth2(OAuth2Token {
        access_token: Some("mapped-token".into()),
        ..OAuth2Token::default()
    });
    let ran = Case::with(oauth2(), scripted(script))
        .run_with(
            vec![json_answer(401, json!({}))],
            &FixedCredential::from(token),
        )
        .await;

    assert_eq!(ran.body(), json!({}));
}

#[tokio::test]
async fn the_date_of_the_next_run_is_any_iso_date_and_else_ignored_with_a_warning() {
    for (date, expected) in [
        ("'2030-01-02T03:04:05Z'", Some("2030-01-02T03:04:05Z")),
        ("'2030-01-02T03:04:05+02:00'", Some("2030-01-02T01:04:05Z")),
        ("'2030-01-02T03:04:05'", Some("2030-01-02T03:04:05Z")),
        ("'2030-01-02'", Some("2030-01-02T00:00:00Z")),
        ("new Date(0)", Some("1970-01-01T00:00:00Z")),
        ("'yesterday'", None),
        ("5", None),
    ] {
        let script =
            format!("function after_action_paging() {{ next_last_successful_run_date = {date} }}");
        let ran = Case::of(scripted(&script)).run(vec![ok(json!({}))]).await;
        let reply = ran.result.unwrap();
        assert_eq!(
            reply.next_run,
            expected.map(|text| text.parse().unwrap()),
            "{date}"
        );
        assert_eq!(reply.warnings.is_empty(), expected.is_some(), "{date}");
    }
}

#[tokio::test]
async fn null_omits_a_header_or_parameter_and_an_empty_list_is_no_records() {
    let method = json!({
        "parameters": [
            {"targetType": "HttpHeader", "targetName": "X-Gone", "defaultValue": "1"},
            {"targetType": "QueryString", "targetName": "gone", "defaultValue": "1"},
        ],
        "script": "function before_action() { method_request_headers['X-Gone'] = null; method_request_parameters.gone = null }
                   function after_action() { method_response = [] }",
        "response": {"fields": [{"connectorField": "[].id"}]},
    });
    let ran = Case::of(method).run(vec![ok(json!([{"id": 1}]))]).await;

    assert_eq!(ran.lines(), ["GET /m"]);
    assert_eq!(ran.header("X-Gone"), None);
    assert_eq!(ran.body(), json!([]));
}

#[tokio::test]
async fn each_part_of_a_long_request_has_its_events() {
    let method = json!({
        "httpMethod": "POST",
        "paging": {"outbound": true, "outboundPageSize": 1, "outboundLocation": "[]"},
        "request": {"fields": [{"connectorField": "[].id"}]},
        "response": {"fields": [{"connectorField": "[].id"}]},
        "script": "function before_action() { action_data.before = (action_data.before || 0) + 1; method_request[0].n = action_data.before }
                   function after_action_paging() { method_response[0].after = action_data.before }",
    });
    let ran = Case::of(method)
        .fields(json!({"[].id": ["a", "b"]}))
        .run(vec![ok(json!([{"id": 1}])), ok(json!([{"id": 2}]))])
        .await;

    let bodies: Vec<&str> = ran
        .asked
        .iter()
        .map(|request| request.split_once("\r\n\r\n").unwrap().1)
        .collect();
    assert_eq!(
        bodies,
        [r#"[{"id":"a","n":1}]"#, r#"[{"id":"b","n":2}]"#],
        "{:?}",
        ran.result
    );
    assert_eq!(
        ran.body(),
        json!([{"id": 1, "after": 1}, {"id": 2, "after": 2}])
    );
}

#[tokio::test]
async fn a_script_may_keep_the_credential_from_its_request_or_bring_its_own() {
    let script = "function after_action() {
        http_request({url: method_endpoint, auth: false});
        http_request({url: method_endpoint, headers: {Authorization: 'Mine'}});
        method_response = method_auth_value;
    }";
    let turns = vec![ok(json!({})), ok(json!({})), ok(json!({}))];
    let ran = Case::with(oauth2(), scripted(script))
        .run_with(turns, &Renewing::new(&["t0ken-one"]))
        .await;

    let sent: Vec<_> = ran
        .asked
        .iter()
        .map(|request| header(request, "Authorization"))
        .collect();
    assert_eq!(sent, [Some("Bearer t0ken-one"), None, Some("Mine")]);
    assert_eq!(ran.body(), json!("t0ken-one"));
}

#[tokio::test]
async fn the_credential_that_scripts_see_is_the_one_of_its_kind() {
    use crate::auth::BasicCredential;

    let see = scripted(
        "function after_action() { method_response = typeof method_auth_value === 'string' ? method_auth_value : null }",
    );
    let basic = BasicCredential {
        username: "ada".into(),
        password: "s3cret".into(),
    };
    for (kind, credential, expected) in [
        ("ApiKey", Credential::ApiKey("key-1".into()), json!("key-1")),
        ("Basic", Credential::Basic(basic), json!("YWRhOnMzY3JldA==")),
        ("None", Credential::None, json!(null)),
    ] {
        let connector = json!({"authentications": [{"key": "one", "type": kind}]});
        let ran = Case::with(connector, see.clone())
            .run_with(vec![ok(json!({}))], &FixedCredential::from(credential))
            .await;
        assert_eq!(ran.body(), expected, "{kind}");
    }
}

#[tokio::test]
async fn an_exception_of_authentication_without_a_way_to_renew_is_a_scripts_fault() {
    for class in ["AuthRefreshException", "AuthSessionException"] {
        let script = format!("function after_action() {{ throw new {class}() }}");
        let ran = Case::of(scripted(&script)).run(vec![ok(json!({}))]).await;
        assert!(
            matches!(
                ran.error(),
                CallError::Script {
                    building: false,
                    ..
                }
            ),
            "{class}: {:?}",
            ran.result
        );
    }
}

#[tokio::test]
async fn many_records_are_fetched_page_by_page_until_there_are_enough() {
    let method = json!({
        "paging": {"inbound": true, "inboundPageSize": 2},
        "response": {"fields": [{"connectorField": "[items].id"}]},
        "parameters": [{"targetType": "QueryString", "targetName": "page", "hide": true, "values": ["CYCLR_PAGE_NUMBER"]}],
    });
    let page = |ids: [i32; 2]| ok(json!({"items": [{"id": ids[0]}, {"id": ids[1]}]}));
    let mut case = Case::of(method);
    case.mode = Mode::Records(3);
    let ran = case
        .run(vec![page([1, 2]), page([3, 4]), page([5, 6])])
        .await;

    assert_eq!(ran.asked.len(), 2);
    assert_eq!(ran.body()["items"].as_array().unwrap().len(), 4);
}
