//! Calls against a server that answers as each case says.

mod authentication;
mod failures;
mod paging;
mod proxy;
mod quirks;
mod requests;
mod scripts;

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use futures::FutureExt;
use serde_json::{Map, Value, json};
use velodrome_model::{
    AccountConnectorId, Clock,
    definition::{ConnectorDefinition, Method},
};

use super::*;
use crate::{
    auth::{
        Credential, CredentialError, CredentialSource, FixedCredential, OAuth2Token, oauth1::Signer,
    },
    egress::{
        Client,
        test_server::{Server, Turn, local_client},
    },
    rate_limit::RateLimiter,
};

struct StoppedClock;

impl Clock for StoppedClock {
    fn now(&self) -> DateTime<Utc> {
        "2030-01-01T00:00:00Z".parse().unwrap()
    }
}

/// A call that is about to be made; `{host}` in the definition is the server.
struct Case {
    definition: Value,
    parameters: Value,
    fields: Value,
    properties: Value,
    partner: Value,
    mode: Mode,
    patience: Patience,
    progress: Progress,
    keeper: Option<Arc<dyn PageKeeper>>,
    /// With a store.
    scripted: bool,
}

/// What became of it.
struct Ran {
    result: Result<Reply, CallError>,
    asked: Vec<String>,
}

impl Case {
    /// A connector of one method.
    fn of(method: Value) -> Self {
        Self::with(json!({}), method)
    }

    /// A connector with these members and one method.
    fn with(connector: Value, method: Value) -> Self {
        let mut definition = json!({
            "format": "velodrome.connector/1",
            "slug": "test",
            "name": "Test",
            "release": {"number": 1, "status": "Live"},
            "authentications": [{"key": "none", "type": "None"}],
            "methods": [{"key": "m", "name": "M", "category": "C", "type": "Action", "httpMethod": "GET", "endpoint": "http://{host}/m"}],
        });
        merge(&mut definition["methods"][0], method);
        merge(&mut definition, connector);
        Self {
            definition,
            parameters: json!({}),
            fields: json!({}),
            properties: json!({}),
            partner: json!({}),
            mode: Mode::AllPages,
            patience: Patience::ON_DEMAND,
            progress: Progress::default(),
            keeper: None,
            scripted: false,
        }
    }

    fn keeper(mut self, keeper: &Arc<paging::Shelf>) -> Self {
        self.keeper = Some(keeper.clone());
        self
    }

    fn progress(mut self, progress: Progress) -> Self {
        self.progress = progress;
        self
    }

    fn parameters(mut self, parameters: Value) -> Self {
        self.parameters = parameters;
        self
    }

    fn fields(mut self, fields: Value) -> Self {
        self.fields = fields;
        self
    }

    fn properties(mut self, properties: Value) -> Self {
        self.properties = properties;
        self
    }

    fn partner(mut self, partner: Value) -> Self {
        self.partner = partner;
        self
    }

    fn definition(&self, server: &Server) -> ConnectorDefinition {
        let text = self
            .definition
            .to_string()
            .replace("{host}", &server.address.to_string());
        serde_json::from_str(&text).unwrap()
    }

    async fn run(self, turns: Vec<Turn>) -> Ran {
        self.run_with(turns, &FixedCredential::from(Credential::None))
            .await
    }

    /// Runs without credentials through another client; the definition names the server.
    async fn run_over(self, client: Client) -> Ran {
        let source = FixedCredential::from(Credential::None);
        self.run_through(client, vec![], &source).await
    }

    async fn run_with(self, turns: Vec<Turn>, source: &dyn CredentialSource) -> Ran {
        self.run_through(local_client(), turns, source).await
    }

    async fn run_through(
        self,
        client: Client,
        turns: Vec<Turn>,
        source: &dyn CredentialSource,
    ) -> Ran {
        let mut server = Server::start(turns).await;
        let definition = self.definition(&server);
        let (parameters, fields) = (
            self.object(&self.parameters, &server),
            self.object(&self.fields, &server),
        );
        let (properties, partner) = (
            self.secrets(&self.properties, &server),
            self.secrets(&self.partner, &server),
        );
        let context = context();
        let signer = signer(&definition);
        let storage = scripts::OneValue::default();
        let call = Call {
            definition: &definition,
            method: &definition.methods[0],
            authentication: &definition.authentications[0],
            values: Values {
                parameters: &parameters,
                fields: &fields,
                properties: &properties,
                partner: &partner,
                sparse: false,
            },
            context: &context,
            signer: signer.as_ref(),
            mode: self.mode,
            patience: self.patience,
            journal: None,
            scripting: Scripting {
                storage: self.scripted.then_some(&storage as &dyn ScriptStorage),
                ..Scripting::default()
            },
        };
        let result = pipeline_over(client)
            .resume_keeping(&call, source, self.progress, self.keeper.as_deref())
            .await;
        let mut asked = Vec::new();
        while let Some(request) = server.asked().now_or_never() {
            asked.push(request);
        }
        Ran { result, asked }
    }

    fn object(&self, value: &Value, server: &Server) -> Map<String, Value> {
        serde_json::from_str(
            &value
                .to_string()
                .replace("{host}", &server.address.to_string()),
        )
        .unwrap()
    }

    fn secrets(&self, value: &Value, server: &Server) -> Properties {
        self.object(value, server)
            .into_iter()
            .map(|(name, value)| (name, value.as_str().unwrap().into()))
            .collect()
    }
}

impl Ran {
    fn body(self) -> Value {
        self.result.unwrap().body.into_value().unwrap()
    }

    fn error(&self) -> &CallError {
        self.result.as_ref().unwrap_err()
    }

    /// Request lines without the protocol.
    fn lines(&self) -> Vec<&str> {
        self.asked
            .iter()
            .map(|request| request.split(" HTTP/").next().unwrap())
            .collect()
    }

    /// The value of a header of the first request.
    fn header(&self, name: &str) -> Option<&str> {
        header(&self.asked[0], name)
    }

    /// The body of the first request.
    fn sent(&self) -> &str {
        self.asked[0].split_once("\r\n\r\n").unwrap().1
    }
}

fn header<'r>(request: &'r str, name: &str) -> Option<&'r str> {
    let head = request.split("\r\n\r\n").next().unwrap();
    head.lines().find_map(|line| {
        let (key, value) = line.split_once(": ")?;
        key.eq_ignore_ascii_case(name).then_some(value)
    })
}

fn merge(into: &mut Value, from: Value) {
    let Value::Object(from) = from else { return };
    into.as_object_mut().unwrap().extend(from);
}

fn pipeline() -> Pipeline {
    pipeline_over(local_client())
}

fn pipeline_over(client: Client) -> Pipeline {
    Pipeline::new(client, Arc::new(RateLimiter::new()), Arc::new(StoppedClock))
}

fn context() -> Context {
    Context {
        account_connector: AccountConnectorId(7),
        account_id: "a-guid".into(),
        account_external_id: "acme".into(),
        zone: Tz::Europe__Berlin,
        user_agent: "Acme Integrations".into(),
        last_successful_run: "2029-06-01T00:00:00Z".parse().unwrap(),
        mergefields: Map::new(),
    }
}

fn signer(definition: &ConnectorDefinition) -> Option<Signer> {
    let oauth1 = definition.authentications[0].oauth1.as_ref()?;
    Some(
        Signer::new(
            oauth1,
            "consumer",
            "consumer-secret".into(),
            &crate::auth::ValuesFn(|_: &str| None),
        )
        .unwrap(),
    )
}

/// A token that is renewed as many times as there are tokens.
struct Renewing {
    tokens: Vec<&'static str>,
    renewals: AtomicUsize,
}

impl Renewing {
    fn new(tokens: &[&'static str]) -> Self {
        Self {
            tokens: tokens.to_vec(),
            renewals: AtomicUsize::new(0),
        }
    }

    fn token(&self, at: usize) -> Arc<Credential> {
        let access_token = Some(self.tokens[at].into());
        Arc::new(Credential::OAuth2(OAuth2Token {
            access_token,
            ..OAuth2Token::default()
        }))
    }
}

#[async_trait]
impl CredentialSource for Renewing {
    async fn current(&self) -> Result<Arc<Credential>, CredentialError> {
        Ok(self.token(self.renewals.load(Ordering::SeqCst)))
    }

    async fn renewed(&self, _stale: &Credential) -> Result<Arc<Credential>, CredentialError> {
        let at = self.renewals.fetch_add(1, Ordering::SeqCst) + 1;
        if at < self.tokens.len() {
            Ok(self.token(at))
        } else {
            Err(CredentialError::NeedsReauthentication(
                "invalid_grant".into(),
            ))
        }
    }
}

/// An OAuth 2.0 connector.
fn oauth2() -> Value {
    json!({"authentications": [{"key": "oauth", "type": "OAuth2", "oauth2": {"type": "AuthorisationCode", "accessTokenUrl": "https://h.example/token"}}]})
}

/// An answer in JSON.
fn json_answer(status: u16, body: Value) -> Turn {
    crate::egress::test_server::answer(status, "application/json", &body.to_string())
}

fn ok(body: Value) -> Turn {
    json_answer(200, body)
}

fn method(definition: &ConnectorDefinition) -> &Method {
    &definition.methods[0]
}
