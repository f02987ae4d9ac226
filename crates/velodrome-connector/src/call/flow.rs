//! The connector's script around an OAuth 2.0 flow: before the user is sent to the provider, and around
//! each request for tokens (scripting.md §2).

use std::sync::LazyLock;

use async_trait::async_trait;
use http::{HeaderMap, HeaderName, HeaderValue, header::AUTHORIZATION};
use serde_json::{Map, Value, json};
use url::Url;
use velodrome_model::{
    SecretString,
    definition::{Authentication, ConnectorDefinition, Method, scalar_text},
    mergefield::Template,
    redact::Redactor,
};
use velodrome_script::{
    Event, Fault, Host, HttpAnswer, HttpRequest, Level, Levels, Outcome, Run, ScriptError, Store,
    StoreOperation, Stored,
};

use super::{
    Call, Context, Mode, Patience, Pipeline, Properties, ScriptStorage, Scripting, Values,
    events::{account_key, outside_globals, script_parameters},
    host::{outgoing, send, shown, titled, wait_for_turn},
    hosts::Hosts,
    record::secrets,
    values::Parameters,
};
use crate::{auth::OAuth2Token, paging::Cursor};

/// Whose flow it is.
#[derive(Clone, Copy)]
pub struct Flow<'a> {
    /// The connector release.
    pub definition: &'a ConnectorDefinition,
    /// The authentication that the account connector was installed with.
    pub authentication: &'a Authentication,
    /// The account connector's properties as they are stored: they decide where secrets may go.
    pub properties: &'a Properties,
    /// The partner's setup of the connector.
    pub partner: &'a Properties,
    /// On whose behalf.
    pub context: &'a Context,
    /// The stores of the account connector.
    pub storage: &'a dyn ScriptStorage,
}

/// The connector's script, for one flow.
pub struct FlowScript<'a> {
    pipeline: &'a Pipeline,
    call: Call<'a>,
    setup: Parameters<'a>,
    levels: Levels,
}

/// A request for tokens as its script sees it: nothing is encoded yet.
pub(crate) struct TokenDraft {
    pub endpoint: Url,
    pub headers: HeaderMap,
    pub members: Map<String, Value>,
}

/// Which of the two requests for tokens it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TokenStep {
    /// Any grant but that of a refresh token.
    Token,
    /// The grant of a refresh token.
    Refresh,
}

/// What a script made of a flow that it can't go on with. Its secrets are replaced.
#[derive(Clone, Debug, thiserror::Error)]
pub enum FlowError {
    /// It failed.
    #[error("{0}")]
    Script(Box<ScriptError>),
    /// It said no.
    #[error("the script's {0} answered false")]
    Stopped(Event),
    /// It took the state out of the address, without which no answer can be told from a forged one.
    #[error("the script's before_oauth2_authorise must keep the state value in method_endpoint")]
    StateLost,
    /// What it left can't be sent.
    #[error("the script's {event} left {what}")]
    Unusable {
        /// The event.
        event: Event,
        /// What is wrong, naming the global.
        what: String,
    },
    /// It sends secrets where they may not go (connectors.md §14).
    #[error(
        "the script's {event} leads to {host}, which is not one of the connector's hosts; name it in allowedHosts"
    )]
    Host {
        /// The event.
        event: Event,
        /// The host.
        host: String,
    },
    /// Values of the connector's own parameters are not valid.
    #[error("{0}")]
    Values(String),
}

impl TokenStep {
    fn before(self) -> Event {
        match self {
            Self::Token => Event::BeforeOauth2Token,
            Self::Refresh => Event::BeforeOauth2Refresh,
        }
    }

    fn after(self) -> Event {
        match self {
            Self::Token => Event::AfterOauth2Token,
            Self::Refresh => Event::AfterOauth2Refresh,
        }
    }
}

/// The events of a flow.
const EVENTS: [Event; 5] = [
    Event::BeforeOauth2Authorise,
    Event::BeforeOauth2Token,
    Event::AfterOauth2Token,
    Event::BeforeOauth2Refresh,
    Event::AfterOauth2Refresh,
];

/// Stands where a call has its method: only the connector's level takes part in a flow.
static NO_METHOD: LazyLock<Method> = LazyLock::new(|| {
    serde_json::from_value(json!({"key": "", "name": "", "category": "", "type": "Script"}))
        .expect("the members that every method has")
});
static NO_VALUES: LazyLock<Map<String, Value>> = LazyLock::new(Map::new);

impl<'a> FlowScript<'a> {
    /// The script; none where the connector has none that takes part in flows.
    ///
    /// # Errors
    /// [`FlowError::Script`] for a fault of syntax, [`FlowError::Values`] for properties that are not valid.
    pub fn new(pipeline: &'a Pipeline, flow: Flow<'a>) -> Result<Option<Self>, FlowError> {
        let Some(text) = flow.definition.script.as_deref() else {
            return Ok(None);
        };
        let script = pipeline.scripts.compiled(Level::Connector, text)?;
        let levels = Levels {
            connector: Some(script),
            ..Levels::default()
        };
        if !EVENTS.into_iter().any(|event| levels.handle(event)) {
            return Ok(None);
        }
        let call = Call {
            definition: flow.definition,
            method: &NO_METHOD,
            authentication: flow.authentication,
            values: Values {
                parameters: &NO_VALUES,
                fields: &NO_VALUES,
                properties: flow.properties,
                partner: flow.partner,
                sparse: false,
            },
            context: flow.context,
            signer: None,
            mode: Mode::AllPages,
            patience: Patience::ON_DEMAND,
            journal: None,
            scripting: Scripting {
                storage: Some(flow.storage),
                ..Scripting::default()
            },
        };
        let setup = Parameters::resolve_setup(call)
            .map_err(|error| FlowError::Values(error.to_string()))?;
        Ok(Some(Self {
            pipeline,
            call,
            setup,
            levels,
        }))
    }

    /// `before_oauth2_authorise`: may change the address that the user is sent to.
    ///
    /// # Errors
    /// As [`FlowError`] says.
    pub async fn authorise(&self, url: Url, state: &str) -> Result<Url, FlowError> {
        const EVENT: Event = Event::BeforeOauth2Authorise;
        if !self.levels.handle(EVENT) {
            return Ok(url);
        }
        let given = vec![("method_endpoint", url.as_str().into())];
        let mut outcome = self.run(EVENT, given, None, &[]).await?;
        let url = endpoint(EVENT, &mut outcome)?;
        if !url.query_pairs().any(|(_, value)| value == state) {
            return Err(FlowError::StateLost);
        }
        Ok(url)
    }

    /// `before_oauth2_token` or `before_oauth2_refresh`: may change the request. `secrets` are those that
    /// stand in it.
    pub(crate) async fn before_token(
        &self,
        step: TokenStep,
        draft: TokenDraft,
        former: Option<&OAuth2Token>,
        secrets: &[SecretString],
    ) -> Result<TokenDraft, FlowError> {
        let event = step.before();
        if !self.levels.handle(event) {
            return Ok(draft);
        }
        let given = vec![
            ("method_endpoint", draft.endpoint.as_str().into()),
            ("method_request_headers", shown_headers(&draft.headers)),
            ("method_request", draft.members.into()),
        ];
        let mut outcome = self.run(event, given, former, secrets).await?;
        let endpoint = endpoint(event, &mut outcome)?;
        if endpoint.origin() != draft.endpoint.origin() && !self.trusts(&endpoint) {
            let host = endpoint.host_str().unwrap_or_default().to_owned();
            return Err(FlowError::Host { event, host });
        }
        let members = members(event, &mut outcome, "method_request")?;
        let left = members_or_none(event, &mut outcome, "method_request_headers")?;
        let headers = sendable(event, left, &draft.headers)?;
        Ok(TokenDraft {
            endpoint,
            headers,
            members,
        })
    }

    /// `after_oauth2_token` or `after_oauth2_refresh`: may change the answer before tokens are read from it.
    pub(crate) async fn after_token(
        &self,
        step: TokenStep,
        response: Value,
        former: Option<&OAuth2Token>,
        secrets: &[SecretString],
    ) -> Result<Value, FlowError> {
        let event = step.after();
        if !self.levels.handle(event) {
            return Ok(response);
        }
        let mut secrets = secrets.to_vec();
        collect_secrets(&response, false, &mut secrets);
        let given = vec![("method_response", response)];
        let mut outcome = self.run(event, given, former, &secrets).await?;
        Ok(outcome
            .globals
            .remove("method_response")
            .unwrap_or_default())
    }

    async fn run(
        &self,
        event: Event,
        globals: Vec<(&str, Value)>,
        former: Option<&OAuth2Token>,
        more_secrets: &[SecretString],
    ) -> Result<Outcome, FlowError> {
        let cursor = Cursor::default();
        let fields = self.setup.source(&cursor, None, None);
        let parameters = script_parameters(&self.setup, &fields)
            .map_err(|error| FlowError::Values(error.to_string()))?;
        let mut run = Run::event(
            account_key(&self.call.context.account_id),
            event,
            self.levels.clone(),
        );
        let shared = outside_globals(&self.call)
            .into_iter()
            .chain([
                ("script_parameters", parameters),
                ("method_response_fields", json!([])),
            ])
            .chain(globals);
        run.globals = shared
            .map(|(name, value)| (name.to_owned(), value))
            .collect();
        let mut known = secrets(&self.call, None);
        if let Some(former) = former {
            run.auth_value = former.access_token.clone();
            known.extend(
                former
                    .access_token
                    .iter()
                    .chain(&former.refresh_token)
                    .cloned(),
            );
        }
        known.extend(more_secrets.iter().cloned());
        run.secrets.clone_from(&known);
        let host = FlowHost {
            pipeline: self.pipeline,
            call: self.call,
            redactor: Redactor::new(&known),
        };
        let outcome = self.pipeline.scripts.pool().run(run, &host).await?;
        if outcome.stopped {
            return Err(FlowError::Stopped(event));
        }
        Ok(outcome)
    }

    /// Whether secrets may go to this address: to the connector's hosts, and to those of its OAuth 2.0
    /// endpoints, as definition and setup make them.
    fn trusts(&self, url: &Url) -> bool {
        let cursor = Cursor::default();
        let source = self.setup.source(&cursor, None, None);
        let own = self
            .call
            .authentication
            .oauth2
            .as_ref()
            .is_some_and(|rules| {
                [
                    Some(&rules.access_token_url),
                    rules.refresh_url.as_ref(),
                    rules.authorise_url.as_ref(),
                ]
                .into_iter()
                .flatten()
                .filter_map(|text| text.parse::<Template>().ok()?.merge_origin(&source).ok())
                .any(|own| own.origin() == url.origin())
            });
        own || Hosts::new(self.call.definition, &source).trusts(url)
    }
}

/// Answers what a script asks of the world during a flow. It has no credential to give: the flow is there
/// to get one.
struct FlowHost<'a> {
    pipeline: &'a Pipeline,
    call: Call<'a>,
    redactor: Redactor,
}

#[async_trait]
impl Host for FlowHost<'_> {
    async fn http_request(&self, request: HttpRequest) -> Result<HttpAnswer, Fault> {
        let outgoing = outgoing(&request, &self.call.context.user_agent)?;
        wait_for_turn(self.pipeline, &self.call).await?;
        let shown = shown(&outgoing, request.body.as_deref(), &self.redactor);
        send(&self.pipeline.client, outgoing, shown)
            .await
            .map_err(|fault| Fault {
                message: self.redactor.text(&fault.message).into_owned(),
                ..fault
            })
    }

    async fn storage(&self, store: Store, operation: StoreOperation) -> Result<Stored, Fault> {
        match self.call.scripting.storage {
            Some(storage) => storage.apply(store, operation).await,
            None => Err(Fault::new("NoStorage", "there is no storage here")),
        }
    }
}

impl From<ScriptError> for FlowError {
    fn from(error: ScriptError) -> Self {
        Self::Script(Box::new(error))
    }
}

/// The address that a script left.
fn endpoint(event: Event, outcome: &mut Outcome) -> Result<Url, FlowError> {
    let unusable = |what: &str| FlowError::Unusable {
        event,
        what: format!("method_endpoint {what}"),
    };
    let Some(Value::String(text)) = outcome.globals.remove("method_endpoint") else {
        return Err(unusable("without a text"));
    };
    let mut url = Url::parse(&text).map_err(|_| unusable("as no URL"))?;
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
        return Err(unusable("as no http(s) URL"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(unusable("with a user in it"));
    }
    url.set_fragment(None);
    Ok(url)
}

fn members(
    event: Event,
    outcome: &mut Outcome,
    name: &str,
) -> Result<Map<String, Value>, FlowError> {
    match outcome.globals.remove(name) {
        Some(Value::Object(members)) => Ok(members),
        _ => Err(FlowError::Unusable {
            event,
            what: format!("{name} as something other than an object"),
        }),
    }
}

/// The same where nothing means none.
fn members_or_none(
    event: Event,
    outcome: &mut Outcome,
    name: &str,
) -> Result<Map<String, Value>, FlowError> {
    match outcome.globals.get(name) {
        None | Some(Value::Null) => Ok(Map::new()),
        Some(_) => members(event, outcome, name),
    }
}

fn shown_headers(headers: &HeaderMap) -> Value {
    headers
        .iter()
        .map(|(name, value)| {
            let text = String::from_utf8_lossy(value.as_bytes()).into_owned();
            (titled(name.as_str()), Value::from(text))
        })
        .collect::<Map<_, _>>()
        .into()
}

/// Headers as a script left them; null leaves one out. What was secret stays so.
fn sendable(
    event: Event,
    left: Map<String, Value>,
    before: &HeaderMap,
) -> Result<HeaderMap, FlowError> {
    let mut headers = HeaderMap::new();
    for (name, value) in left {
        if value.is_null() {
            continue;
        }
        let unusable = |what: &str| FlowError::Unusable {
            event,
            what: format!("a header {name:?} {what}"),
        };
        let known = HeaderName::try_from(name.as_str())
            .map_err(|_| unusable("whose name cannot be sent"))?;
        let mut value = HeaderValue::try_from(scalar_text(&value).trim())
            .map_err(|_| unusable("whose value cannot be sent"))?;
        let was_secret = before.get(&known).is_some_and(HeaderValue::is_sensitive);
        value.set_sensitive(known == AUTHORIZATION || was_secret);
        headers.insert(known, value);
    }
    Ok(headers)
}

/// Texts of an answer under names that speak of secrets: a script may throw any of them.
fn collect_secrets(value: &Value, named: bool, into: &mut Vec<SecretString>) {
    match value {
        Value::String(text) if named => into.push(text.as_str().into()),
        Value::Array(items) => {
            for item in items {
                collect_secrets(item, named, into);
            }
        }
        Value::Object(members) => {
            for (name, value) in members {
                collect_secrets(value, named || speaks_of_secrets(name), into);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn speaks_of_secrets(name: &str) -> bool {
    const WORDS: [&str; 6] = ["token", "secret", "assertion", "password", "session", "key"];
    let name = name.to_ascii_lowercase();
    name != "token_type" && WORDS.iter().any(|word| name.contains(word))
}

#[cfg(test)]
mod tests {
    use velodrome_model::ExposeSecret;

    use super::*;

    #[test]
    fn secrets_of_an_answer_are_known_by_the_names_above_them() {
        let answer = json!({
            "token_type": "Bearer", "access_token": "a", "data": {"authToken": {"value": ["b"]}},
            "error": "invalid", "ApiKey": "c", "expires_in": "3600",
        });
        let mut found = Vec::new();

        collect_secrets(&answer, false, &mut found);

        let mut found: Vec<&str> = found.iter().map(ExposeSecret::expose_secret).collect();
        found.sort_unstable();
        assert_eq!(found, ["a", "b", "c"]);
    }
}
