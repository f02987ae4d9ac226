//! What the scripts of a call may ask for: requests through the guard, and stores.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use bytes::Bytes;
use http::{
    HeaderMap, HeaderName, HeaderValue, Method,
    header::{AUTHORIZATION, USER_AGENT},
};
use moka::sync::Cache;
use serde_json::{Map, Value, json};
use url::Url;
use velodrome_script::{
    Fault, Host, HttpAnswer, HttpRequest, Level, Script, ScriptError, ScriptPool, Store,
    StoreOperation, Stored,
};

use super::{Call, Patience, Pipeline, record::redactor, request::not_applied, session::Session};
use crate::{
    auth::{BodyToSign, Unauthenticated, apply, oauth1},
    egress::{EgressError, Request, RequestBody},
    rate_limit::{Limits, TooLong},
};

/// Bytes of an answer that a script may be handed.
const MAX_ANSWER: u64 = 16 << 20;
/// Scripts that are kept compiled.
const COMPILED: u64 = 4_096;

/// Where scripts run, and those that are compiled already. Cheap to clone; one for each process.
#[derive(Clone)]
pub struct ScriptEngine {
    pool: ScriptPool,
    compiled: Cache<String, Script>,
}

impl Default for ScriptEngine {
    fn default() -> Self {
        Self {
            pool: ScriptPool::default(),
            compiled: Cache::new(COMPILED),
        }
    }
}

impl ScriptEngine {
    /// The threads.
    pub fn pool(&self) -> &ScriptPool {
        &self.pool
    }

    /// A script, compiled the first time.
    ///
    /// # Errors
    /// When its syntax is wrong.
    pub fn compiled(&self, level: Level, text: &str) -> Result<Script, ScriptError> {
        if let Some(script) = self.compiled.get(text) {
            return Ok(script);
        }
        let script = Script::compile(level, text)?;
        self.compiled.insert(text.to_owned(), script.clone());
        Ok(script)
    }
}

/// Makes requests and reaches stores for the scripts of one call.
pub(super) struct ScriptHost<'s, 'a> {
    pub session: &'s Session<'a>,
}

#[async_trait]
impl Host for ScriptHost<'_, '_> {
    async fn http_request(&self, request: HttpRequest) -> Result<HttpAnswer, Fault> {
        let mut outgoing = outgoing(&request, &self.session.call.context.user_agent)?;
        self.authenticate(&request, &mut outgoing)?;
        wait_for_turn(self.session.pipeline, &self.session.call).await?;
        let redactor = redactor(&self.session.call, Some(&self.session.credential));
        let shown = shown(&outgoing, request.body.as_deref(), &redactor);
        send(&self.session.pipeline.client, outgoing, shown)
            .await
            .map_err(|fault| Fault {
                message: redactor.text(&fault.message).into_owned(),
                ..fault
            })
    }

    async fn storage(&self, store: Store, operation: StoreOperation) -> Result<Stored, Fault> {
        match self.session.call.scripting.storage {
            Some(storage) => storage.apply(store, operation).await,
            None => Err(Fault::new("NoStorage", "there is no storage here")),
        }
    }
}

impl ScriptHost<'_, '_> {
    /// Puts the connector's credential on a request to one of its hosts, unless the script says how.
    fn authenticate(&self, request: &HttpRequest, outgoing: &mut Request) -> Result<(), Fault> {
        let session = self.session;
        if !request.authenticate
            || outgoing.headers.contains_key(AUTHORIZATION)
            || !session.trusts(&outgoing.url)
        {
            return Ok(());
        }
        let content = request.body.clone().map(Bytes::from).unwrap_or_default();
        let body = if content.is_empty() {
            BodyToSign::Empty
        } else {
            BodyToSign::Bytes(&content)
        };
        let signer = session.call.signer.map(|signer| {
            let once = oauth1::Once {
                now: session.pipeline.clock.now(),
                nonce: rand::random(),
            };
            (signer, once)
        });
        let unauthenticated = Unauthenticated {
            method: &outgoing.method,
            url: &mut outgoing.url,
            headers: &mut outgoing.headers,
            body,
        };
        apply(
            unauthenticated,
            session.call.authentication,
            &session.credential,
            signer,
        )
        .map_err(|error| Fault::new("NotAuthenticated", not_applied(error).to_string()))?;
        outgoing.identity = session
            .identity()
            .map_err(|error| Fault::new("NotAuthenticated", error.to_string()))?;
        Ok(())
    }
}

/// Waits for the connector's turn.
pub(super) async fn wait_for_turn(pipeline: &Pipeline, call: &Call<'_>) -> Result<(), Fault> {
    let most = match call.patience {
        Patience::Unbounded => None,
        Patience::AtMost(most) => Some(most),
    };
    let limits = Limits {
        account_connector: call.context.account_connector,
        connector: &call.definition.rate_limits,
        method: None,
    };
    pipeline
        .limiter
        .acquire(&limits, most)
        .await
        .map_err(|TooLong(wait)| {
            Fault::new(
                "RateLimited",
                format!("rate limited, try again in {} s", wait.as_secs()),
            )
        })
}

/// Makes requests for a script that belongs to no connector, and keeps its stores in memory.
pub struct LooseHost {
    client: crate::egress::Client,
    user_agent: String,
    storage: Arc<dyn super::ScriptStorage>,
}

impl LooseHost {
    /// A host over this client.
    pub fn new(
        client: crate::egress::Client,
        user_agent: String,
        storage: Arc<dyn super::ScriptStorage>,
    ) -> Self {
        Self {
            client,
            user_agent,
            storage,
        }
    }
}

#[async_trait]
impl Host for LooseHost {
    async fn http_request(&self, request: HttpRequest) -> Result<HttpAnswer, Fault> {
        let outgoing = outgoing(&request, &self.user_agent)?;
        let shown = shown(&outgoing, request.body.as_deref(), &Default::default());
        send(&self.client, outgoing, shown).await
    }

    async fn storage(&self, store: Store, operation: StoreOperation) -> Result<Stored, Fault> {
        self.storage.apply(store, operation).await
    }
}

pub(super) fn outgoing(request: &HttpRequest, user_agent: &str) -> Result<Request, Fault> {
    let invalid = |message: String| Fault::new("InvalidRequest", message);
    let mut url = Url::parse(&request.url)
        .map_err(|error| invalid(format!("the url is malformed: {error}")))?;
    url.set_fragment(None);
    if !request.parameters.is_empty() {
        url.query_pairs_mut().extend_pairs(&request.parameters);
    }
    let method = Method::from_bytes(request.method.as_bytes())
        .ok()
        .filter(|method| {
            method
                .as_str()
                .bytes()
                .all(|byte| byte.is_ascii_uppercase())
        })
        .ok_or_else(|| invalid("the method is no HTTP method".into()))?;
    let mut headers = HeaderMap::new();
    for (name, value) in &request.headers {
        let known = HeaderName::try_from(name.as_str())
            .map_err(|_| invalid(format!("{name:?} is no header name")))?;
        let value = HeaderValue::try_from(value.trim())
            .map_err(|_| invalid(format!("the value of {name} cannot be sent in a header")))?;
        headers.append(known, value);
    }
    if !headers.contains_key(USER_AGENT)
        && let Ok(agent) = HeaderValue::try_from(user_agent)
    {
        headers.insert(USER_AGENT, agent);
    }
    let mut outgoing = Request::new(method, url);
    outgoing.headers = headers;
    outgoing.max_response = MAX_ANSWER;
    if let Some(body) = &request.body {
        outgoing.body = RequestBody::Bytes(body.clone().into());
    }
    if let Some(seconds) = request.timeout {
        outgoing.timeout = Duration::from_secs_f64(seconds.clamp(0.001, 60.0));
    }
    Ok(outgoing)
}

pub(super) fn shown(
    outgoing: &Request,
    body: Option<&str>,
    redactor: &velodrome_model::redact::Redactor,
) -> Value {
    let mut headers = Map::new();
    for (name, value) in &outgoing.headers {
        let text = String::from_utf8_lossy(value.as_bytes());
        let text = redactor.header(name.as_str(), &text, value.is_sensitive());
        // As most people write them: Authorization, Content-Type.
        headers.insert(titled(name.as_str()), text.into());
    }
    json!({
        "method": outgoing.method.as_str(),
        "url": redactor.text(outgoing.url.as_str()),
        "headers": headers,
        "data": body.map(|body| redactor.text(body)),
    })
}

pub(super) fn titled(name: &str) -> String {
    let mut start = true;
    name.chars()
        .map(|char| {
            let titled = if start {
                char.to_ascii_uppercase()
            } else {
                char
            };
            start = char == '-';
            titled
        })
        .collect()
}

pub(super) async fn send(
    client: &crate::egress::Client,
    outgoing: Request,
    shown: Value,
) -> Result<HttpAnswer, Fault> {
    let failed = |error: EgressError| {
        let name = match error {
            EgressError::Refused(_) => "EgressDenied",
            EgressError::Timeout { .. } => "Timeout",
            _ => "RequestFailed",
        };
        Fault::new(name, error.to_string())
    };
    let response = client.send(outgoing).await.map_err(failed)?;
    let status = response.status.as_u16();
    let headers = response
        .headers
        .iter()
        .map(|(name, value)| {
            let text = String::from_utf8_lossy(value.as_bytes()).into_owned();
            (name.as_str().to_owned(), text)
        })
        .collect();
    let body = response.body.collect().await.map_err(failed)?;
    Ok(HttpAnswer {
        status,
        headers,
        body: String::from_utf8_lossy(&body).into_owned(),
        request: shown,
    })
}
