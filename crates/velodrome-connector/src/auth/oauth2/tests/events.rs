//! The connector's script around the flow (scripting.md §2, §5, §9).

use std::sync::Arc;

use async_trait::async_trait;
use chrono_tz::Tz;
use futures::FutureExt;
use velodrome_model::{
    AccountConnectorId, SystemClock,
    definition::{Authentication, ConnectorDefinition},
};
use velodrome_script::{Fault, Store, StoreOperation, Stored};

use super::*;
use crate::{
    call::{Context, Flow, FlowError, FlowScript, Pipeline, Properties, ScriptStorage},
    rate_limit::RateLimiter,
};

struct NoStorage;

#[async_trait]
impl ScriptStorage for NoStorage {
    async fn apply(&self, _: Store, _: StoreOperation) -> Result<Stored, Fault> {
        Err(Fault::new("NoStorage", "not here"))
    }
}

/// A connector with a script, and the server that gives its tokens.
struct Scripted {
    server: Server,
    definition: ConnectorDefinition,
}

impl Scripted {
    async fn new(script: &str, more: Value, turns: Vec<Turn>) -> Self {
        let server = Server::start(turns).await;
        let mut oauth2 = json!({
            "type": "AuthorisationCode", "authoriseUrl": "https://a.example/authorize",
            "accessTokenUrl": server.url("/token"), "scopes": ["read"],
        });
        oauth2
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        let definition = serde_json::from_value(json!({
            "format": "velodrome.connector/1", "slug": "test", "name": "Test",
            "release": {"number": 1, "status": "Live"},
            "allowedHosts": ["eu.accounts.example"],
            "authentications": [{"key": "oauth", "type": "OAuth2", "oauth2": oauth2}],
            "parameters": [
                {"targetType": "Script", "targetName": "tenant", "accountConnectorProperty": true},
                {"targetType": "QueryString", "targetName": "required"},
            ],
            "methods": [{"key": "m", "name": "M", "category": "C", "type": "Action", "httpMethod": "GET",
                         "endpoint": server.url("/m")}],
            "script": script,
        }))
        .unwrap();
        Self { server, definition }
    }

    fn authentication(&self) -> &Authentication {
        &self.definition.authentications[0]
    }

    /// Does something with the script.
    async fn with<T>(&self, step: impl AsyncFnOnce(FlowScript<'_>) -> T) -> T {
        let pipeline = Pipeline::new(
            local_client(),
            Arc::new(RateLimiter::new()),
            Arc::new(SystemClock),
        );
        let context = Context {
            account_connector: AccountConnectorId(7),
            account_id: "a-guid".into(),
            account_external_id: "acme".into(),
            zone: Tz::UTC,
            user_agent: "Velodrome/1".into(),
            last_successful_run: now(),
            mergefields: serde_json::Map::new(),
        };
        let properties = Properties::from_iter([("tenant".to_owned(), "t-1".into())]);
        let partner = Properties::new();
        let flow = Flow {
            definition: &self.definition,
            authentication: self.authentication(),
            properties: &properties,
            partner: &partner,
            context: &context,
            storage: &NoStorage,
        };
        let script = FlowScript::new(&pipeline, flow).unwrap();
        step(script.expect("a script that takes part in flows")).await
    }

    async fn token(&self, grant: Grant<'_>) -> Result<TokenAnswer, TokenError> {
        let http = local_client();
        let nothing = ValuesFn(|_: &str| None);
        let secret = SecretString::from("s3cret-of-client");
        self.with(async |script| {
            let setup = OAuth2Setup {
                rules: self.authentication().oauth2.as_ref().unwrap(),
                tls: None,
                client_id: "client",
                client_secret: Some(&secret),
                scopes: None,
                values: &nothing,
                user_agent: "Velodrome/1",
            };
            let script = Some(&script);
            OAuth2Client {
                http: &http,
                setup,
                script,
            }
            .token(grant, now())
            .await
        })
        .await
    }

    async fn by_code(&self) -> Result<TokenAnswer, TokenError> {
        let (secret, verifier) = (SecretString::from("the-c0de"), verifier());
        self.token(code(&secret, &verifier)).await
    }

    async fn authorise(&self) -> Result<String, FlowError> {
        let address = "https://a.example/authorize?client_id=client&state=the-state";
        self.with(async |script| {
            script
                .authorise(address.parse().unwrap(), "the-state")
                .await
        })
        .await
        .map(String::from)
    }
}

fn sent(request: &str) -> (&str, Vec<(String, String)>) {
    let (head, body) = request.split_once("\r\n\r\n").unwrap();
    let pairs = url::form_urlencoded::parse(body.as_bytes()).into_owned();
    (head, pairs.collect())
}

#[tokio::test]
async fn the_request_for_a_token_is_what_the_script_leaves_of_it() {
    let script = "function before_oauth2_token() {
        method_endpoint += '?tenant=' + script_parameters.tenant;
        method_request_headers['X-Account'] = external_account_id + '/' + cycle_id + '/' + typeof method_auth_value;
        method_request_headers.Accept = null;
        delete method_request.client_secret;
        method_request.code_verifier = null;
        method_request.audience = ['a', 'b'];
    }";
    let mut case = Scripted::new(script, json!({}), vec![fine()]).await;

    let answer = case.by_code().await.unwrap();

    let request = case.server.asked().await;
    let (head, members) = sent(&request);
    assert!(
        head.starts_with("POST /token?tenant=t-1 HTTP/1.1"),
        "{head}"
    );
    let head = head.to_ascii_lowercase();
    assert!(head.contains("x-account: acme/null/undefined"), "{head}");
    assert!(!head.contains("accept: application/json"), "{head}");
    let names: Vec<&str> = members.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(
        names,
        [
            "grant_type",
            "code",
            "redirect_uri",
            "client_id",
            "audience",
            "audience"
        ]
    );
    assert_eq!(answer.token.access_token.unwrap().expose_secret(), "at");
}

#[tokio::test]
async fn null_stays_a_value_in_a_json_body() {
    let script =
        "function before_oauth2_token() { method_request = {code: method_request.code, a: null} }";
    let mut case = Scripted::new(script, json!({"tokenBody": "json"}), vec![fine()]).await;

    case.by_code().await.unwrap();

    let request = case.server.asked().await;
    assert!(
        request.ends_with(r#"{"code":"the-c0de","a":null}"#),
        "{request}"
    );
}

#[tokio::test]
async fn a_refresh_has_events_of_its_own() {
    let script = "
        function before_oauth2_token() { throw new Error('not this one') }
        function after_oauth2_token() { throw new Error('not this one') }
        function before_oauth2_refresh() {
            method_request_headers['X-Old'] = method_auth_value;
            method_request.refresh_token += '!';
        }
        function after_oauth2_refresh() { method_response = {access_token: method_response.d.t} }";
    let turn = answer(200, "application/json", r#"{"d":{"t":"newer"}}"#);
    let mut case = Scripted::new(script, json!({}), vec![turn]).await;

    let answer = case.token(Grant::Refresh(&former("r1"))).await.unwrap();

    let request = case.server.asked().await;
    let (head, members) = sent(&request);
    assert!(head.to_ascii_lowercase().contains("x-old: old"), "{head}");
    assert!(members.contains(&("refresh_token".into(), "r1!".into())));
    assert_eq!(answer.token.access_token.unwrap().expose_secret(), "newer");
    // A refresh without a new refresh token keeps the former one, whatever a script sent.
    assert_eq!(answer.token.refresh_token.unwrap().expose_secret(), "r1");
}

#[tokio::test]
async fn an_answer_in_no_format_of_ours_is_the_scripts_to_read() {
    let script = "function after_oauth2_token() {
        var parts = method_response.split('|');
        method_response = {access_token: parts[0], expires_in: parts[1]};
    }";
    let case = Scripted::new(script, json!({}), vec![answer(200, "text/plain", "tok|60")]).await;

    let token = case.by_code().await.unwrap().token;

    assert_eq!(token.access_token.unwrap().expose_secret(), "tok");
    assert_eq!(token.expires, Some("2030-01-01T10:01:00Z".parse().unwrap()));
}

#[tokio::test]
async fn an_error_that_the_script_finds_in_the_answer_counts() {
    let script = "function after_oauth2_token() {
        if (!method_response.ok) method_response = {error: 'invalid_grant', error_description: method_response.why};
    }";
    let turn = answer(200, "application/json", r#"{"ok":false,"why":"used"}"#);
    let case = Scripted::new(script, json!({}), vec![turn]).await;

    let error = case.by_code().await.unwrap_err();

    assert_eq!(
        error.to_string(),
        "the provider refused: invalid_grant (used)"
    );
    assert_eq!(error.failure(), Failure::Permanent);
}

#[tokio::test]
async fn faults_name_their_place_and_no_secret_and_cost_no_credential() {
    for (script, expected) in [
        (
            "function before_oauth2_token() { throw new Error(method_request.client_secret + method_request.code) }",
            "Script error: connector before_oauth2_token line 1: REDACTEDREDACTED",
        ),
        (
            "\nfunction before_oauth2_token() { throw new Error(method_request.code_verifier) }",
            "Script error: connector before_oauth2_token line 2: REDACTED",
        ),
        (
            "function after_oauth2_token() { throw new Error(btoa(method_response.access_token)) }",
            "Script error: connector after_oauth2_token line 1: REDACTED",
        ),
        (
            "function after_oauth2_token() { throw new AuthRefreshException() }",
            "Script error: connector after_oauth2_token line 1: AuthRefreshException: the credential must be refreshed",
        ),
        (
            "function before_oauth2_token() { return false }",
            "the script's before_oauth2_token answered false",
        ),
        (
            "function before_oauth2_token() { method_request = 'text' }",
            "the script's before_oauth2_token left method_request as something other than an object",
        ),
        (
            "function before_oauth2_token() { method_request_headers['a b'] = 1 }",
            "the script's before_oauth2_token left a header \"a b\" whose name cannot be sent",
        ),
        (
            "function before_oauth2_token() { method_endpoint = 'ftp://a.example' }",
            "the script's before_oauth2_token left method_endpoint as no http(s) URL",
        ),
        (
            "function before_oauth2_token() { method_endpoint = 'https://evil.example/token' }",
            "the script's before_oauth2_token leads to evil.example, which is not one of the connector's hosts; \
             name it in allowedHosts",
        ),
    ] {
        let turn = answer(
            200,
            "application/json",
            r#"{"access_token":"t0ken-that-came"}"#,
        );
        let mut case = Scripted::new(script, json!({}), vec![turn]).await;

        let error = case.by_code().await.unwrap_err();

        assert_eq!(error.to_string(), expected);
        assert_eq!(error.failure(), Failure::Configuration, "{script}");
        let asked = case.server.asked().now_or_never().is_some();
        assert_eq!(asked, script.contains("after_"), "{script}");
    }
}

#[tokio::test]
async fn a_script_may_lead_to_hosts_that_the_definition_allows() {
    for host in ["eu.accounts.example", "a.example"] {
        let script = format!(
            "function before_oauth2_token() {{ method_endpoint = 'https://{host}/token' }}"
        );
        let case = Scripted::new(&script, json!({}), vec![]).await;

        let error = case.by_code().await.unwrap_err();

        // It may go there; there is nobody in a test.
        assert!(matches!(error, TokenError::Egress(_)), "{error:?}");
    }
}

#[tokio::test]
async fn a_script_may_ask_others_but_has_no_credential_to_give() {
    let script = "function before_oauth2_token() {
        var said = http_request({url: method_endpoint.replace('/token', '/m'), data: {s: method_request.client_secret}});
        method_request.nonce = said.content.nonce;
        method_request.shown = said.request.data;
    }";
    let turns = vec![
        answer(200, "application/json", r#"{"nonce":"n-1"}"#),
        fine(),
    ];
    let mut case = Scripted::new(script, json!({"clientAuth": "body"}), turns).await;

    case.by_code().await.unwrap();

    let first = case.server.asked().await.to_ascii_lowercase();
    assert!(first.contains("/m http/1.1"), "{first}");
    assert!(!first.contains("authorization:"), "{first}");
    let second = case.server.asked().await;
    let (_, members) = sent(&second);
    assert!(members.contains(&("nonce".into(), "n-1".into())));
    assert!(members.contains(&("shown".into(), r#"{"s":"REDACTED"}"#.into())));
}

#[tokio::test]
async fn the_address_of_consent_may_change_but_keeps_its_state() {
    for (script, expected) in [
        (
            "method_endpoint = method_endpoint.replace('a.example', 'eu.a.example') + '&prompt=consent'",
            Ok("https://eu.a.example/authorize?client_id=client&state=the-state&prompt=consent"),
        ),
        (
            "method_endpoint = method_endpoint.replace('state=', 'relay=')",
            Ok("https://a.example/authorize?client_id=client&relay=the-state"),
        ),
        (
            "method_endpoint = method_endpoint.replace('the-state', '')",
            Err(
                "the script's before_oauth2_authorise must keep the state value in method_endpoint",
            ),
        ),
        (
            "return false",
            Err("the script's before_oauth2_authorise answered false"),
        ),
        (
            "throw new Error('no data centre')",
            Err("Script error: connector before_oauth2_authorise line 1: no data centre"),
        ),
        (
            "method_endpoint = 'javascript:alert(1)'",
            Err("the script's before_oauth2_authorise left method_endpoint as no http(s) URL"),
        ),
    ] {
        let script = format!("function before_oauth2_authorise() {{ {script} }}");
        let case = Scripted::new(&script, json!({}), vec![]).await;

        let url = case.authorise().await.map_err(|error| error.to_string());

        assert_eq!(url.as_deref().map_err(String::as_str), expected, "{script}");
    }
}
