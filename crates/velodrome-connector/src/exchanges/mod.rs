//! Example exchanges: what each method sends and gets, replayed without a network (connectors/README.md).
//!
//! A replay runs the real pipeline against a listener on the loopback that answers as the example
//! says. It must send exactly the requests that are written there and bring back the records of all
//! answers.

mod wire;

use std::{collections::HashSet, sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use serde_json::{Map, Value};
use tokio::net::TcpListener;
use tokio_util::task::AbortOnDropHandle;
use url::{Url, form_urlencoded};
use velodrome_model::{
    AccountConnectorId, ExposeSecret as _, SystemClock,
    definition::{
        AuthType, Authentication, BodyType, ConnectorDefinition, Method, Paging, SignatureMethod,
    },
    location::Location,
};

use crate::{
    auth::{
        BasicCredential, Credential, FixedCredential, OAuth1Token, OAuth2Token, ValuesFn,
        oauth1::Signer,
    },
    call::{Call, Context, Mode, Patience, Pipeline, Properties, ReplyBody, Values},
    egress::{Client, EgressPolicy},
    rate_limit::RateLimiter,
};
use wire::{Sent, header, serve};

const SECRET: &str = "the-credential";

/// How long a call may take to which every answer is there already; rate limits are left out.
const LIMIT: Duration = Duration::from_secs(10);

/// Replays the example of an Action; `text` is the content of `exchanges/<method>.json`.
///
/// # Errors
///
/// What is wrong with the example, or what was sent or returned instead.
pub async fn replay(
    definition: &ConnectorDefinition,
    method: &Method,
    text: &str,
) -> Result<(), String> {
    Stage::of([text])
        .await?
        .replay(definition, method, text)
        .await
}

/// Where examples are replayed: a provider that plays all of theirs, and a client that only knows the way to
/// it. Making one takes longer than many replays.
pub struct Stage {
    client: Client,
    listener: Arc<TcpListener>,
}

impl Stage {
    /// A stage for these examples.
    ///
    /// # Errors
    ///
    /// What is wrong with an example.
    pub async fn of(texts: impl IntoIterator<Item = &str>) -> Result<Self, String> {
        let mut origins = HashSet::new();
        for text in texts {
            for exchange in read(text)? {
                let url = url(&exchange["request"]["url"])?;
                origins.insert(url.origin().ascii_serialization());
            }
        }
        let listener = TcpListener::bind("127.0.0.1:0")
            .await
            .map_err(|error| error.to_string())?;
        let address = listener.local_addr().map_err(|error| error.to_string())?;
        let rewrite: Vec<String> = origins
            .iter()
            .map(|origin| format!("{origin}=http://{address}"))
            .collect();
        let policy = EgressPolicy::parse("127.0.0.0/8", &rewrite.join(","))
            .map_err(|faults| format!("{faults:?}"))?;
        Ok(Self {
            client: Client::new(policy).map_err(|error| error.to_string())?,
            listener: Arc::new(listener),
        })
    }

    /// Replays one of its examples. One at a time: the provider knows nothing but the order of requests.
    ///
    /// # Errors
    ///
    /// What is wrong with the example, or what was sent or returned instead.
    pub async fn replay(
        &mut self,
        definition: &ConnectorDefinition,
        method: &Method,
        text: &str,
    ) -> Result<(), String> {
        let definition = &ConnectorDefinition {
            rate_limits: Vec::new(),
            ..definition.clone()
        };
        let exchanges = read(text)?;
        let first = exchanges.first().ok_or("the file holds no exchange")?;
        let authentication = &by_heart(definition)?;
        let answers: Vec<Value> = exchanges
            .iter()
            .map(|exchange| exchange["response"].clone())
            .collect();
        let method = with_page_size(method, first["pageSize"].as_u64())?;
        let credential = credential(authentication);
        let properties: Properties = members(&first["properties"])
            .into_iter()
            .map(|(name, value)| {
                (
                    name,
                    value
                        .as_str()
                        .map_or_else(|| value.to_string(), str::to_owned)
                        .into(),
                )
            })
            .collect();
        let value = |name: &str| Some(properties.get(name)?.expose_secret().to_owned());
        let signer = authentication
            .oauth1
            .as_ref()
            .map(|rules| {
                Signer::new(rules, "consumer", SECRET.into(), &ValuesFn(value))
                    .map_err(|error| error.to_string())
            })
            .transpose()?;
        let (parameters, fields) = (
            members(&first["inputs"]["parameters"]),
            members(&first["inputs"]["fields"]),
        );
        let context = context(members(&first["context"]));
        let call = Call {
            definition,
            method: &method,
            authentication,
            values: Values {
                parameters: &parameters,
                fields: &fields,
                properties: &properties,
                partner: &Properties::new(),
                sparse: false,
            },
            context: &context,
            signer: signer.as_ref(),
            mode: Mode::AllPages,
            patience: Patience::Unbounded,
            journal: None,
            scripting: Default::default(),
        };
        let client = self.client.clone();
        let pipeline = Pipeline::new(client, Arc::new(RateLimiter::new()), Arc::new(SystemClock));
        let credential = FixedCredential::from(credential);
        // Ends with this replay, however that ends: it would take what is sent by the next.
        let serving = serve(Arc::clone(&self.listener), answers);
        let serving = AbortOnDropHandle::new(tokio::spawn(serving));
        let reply = tokio::time::timeout(LIMIT, pipeline.call(&call, &credential)).await;
        let reply = reply.map_err(|_| {
            format!("the call goes on after {LIMIT:?}: does it ask for more than the example says?")
        })?;
        let reply = reply.map_err(|error| {
            format!(
                "{error} {}",
                error
                    .exchange()
                    .map(ToString::to_string)
                    .unwrap_or_default()
            )
        })?;

        if reply.pages as usize != exchanges.len() {
            return Err(format!(
                "{} requests were sent, expected {}",
                reply.pages,
                exchanges.len()
            ));
        }
        let sent = serving.await.map_err(|error| error.to_string())?;
        let sent = sent.map_err(|error| error.to_string())?;
        for (exchange, sent) in exchanges.iter().zip(&sent) {
            compare(&exchange["request"], sent, authentication)?;
        }
        returned(&reply.body, &exchanges, &method)
    }
}

/// Response fields of a method that no answer of its example holds, by location.
///
/// Optional fields and those of answers that are not JSON are not looked for.
///
/// # Errors
///
/// An example that can't be read.
pub fn absent_fields(method: &Method, text: &str) -> Result<Vec<String>, String> {
    let exchanges = read(text)?;
    if method.response_type() != BodyType::Json {
        return Ok(Vec::new());
    }
    let bodies: Vec<&Value> = exchanges
        .iter()
        .map(|exchange| &exchange["response"]["body"])
        .collect();
    let absent = method.response.fields.iter().filter(|field| {
        !field.optional
            && field
                .connector_field
                .parse::<Location>()
                .is_ok_and(|location| bodies.iter().all(|body| location.first(body).is_none()))
    });
    Ok(absent.map(|field| field.connector_field.clone()).collect())
}

fn read(text: &str) -> Result<Vec<Value>, String> {
    match serde_json::from_str(text)
        .map_err(|error| format!("the exchange is not JSON: {error}"))?
    {
        Value::Array(exchanges) => Ok(exchanges),
        one => Ok(vec![one]),
    }
}

fn compare(expected: &Value, sent: &Sent, authentication: &Authentication) -> Result<(), String> {
    let line = sent.head.lines().next().unwrap_or_default();
    let mut parts = line.split(' ');
    let (verb, path) = (
        parts.next().unwrap_or_default(),
        parts.next().unwrap_or_default(),
    );
    let host = header(&sent.head, "host").unwrap_or_default();
    let wanted = url(&expected["url"])?;
    let actual = url(&format!("{}://{host}{path}", wanted.scheme()).into())?;
    if expected["method"] != verb
        || actual.host_str() != wanted.host_str()
        || actual.path() != wanted.path()
    {
        return Err(format!(
            "sent {verb} {actual}, expected {} {wanted}",
            expected["method"]
        ));
    }
    let secret_name = authentication.auth_scheme.clone().unwrap_or_default();
    let (actual_pairs, wanted_pairs) = (
        pairs(actual.query(), &secret_name),
        pairs(wanted.query(), ""),
    );
    if actual_pairs != wanted_pairs {
        return Err(format!(
            "sent the query {actual_pairs:?}, expected {wanted_pairs:?}"
        ));
    }
    for (name, value) in members(&expected["headers"]) {
        if header(&sent.head, &name).as_deref() != value.as_str() {
            return Err(format!(
                "sent {name} {:?}, expected {value}",
                header(&sent.head, &name)
            ));
        }
    }
    let same = match &expected["body"] {
        Value::Null => sent.body.is_empty(),
        Value::String(text) => {
            *text == sent.body || pairs(Some(text), "") == pairs(Some(&sent.body), "")
        }
        json => serde_json::from_str::<Value>(&sent.body).is_ok_and(|body| body == *json),
    };
    if same {
        Ok(())
    } else {
        Err(format!(
            "sent the body {}, expected {}",
            sent.body, expected["body"]
        ))
    }
}

/// One answer comes back as it is; of several, the records of all.
fn returned(body: &ReplyBody, exchanges: &[Value], method: &Method) -> Result<(), String> {
    let ReplyBody::Json(value) = body else {
        return Ok(());
    };
    let bodies: Vec<&Value> = exchanges
        .iter()
        .map(|exchange| &exchange["response"]["body"])
        .collect();
    if let [only] = bodies.as_slice() {
        let same = value == *only || method.response_type() != BodyType::Json;
        return if same {
            Ok(())
        } else {
            Err(format!("returned {value}, expected {only}"))
        };
    }
    let field = method.response.fields.iter().find_map(|field| {
        field
            .connector_field
            .parse::<Location>()
            .ok()?
            .outermost_array()
    });
    let count = |body: &Value| match &field {
        Some(records) => records.count(body).unwrap_or(0),
        // Without a location every array grows; in an example there is one.
        None => body
            .as_array()
            .into_iter()
            .chain(
                body.as_object()
                    .into_iter()
                    .flat_map(|members| members.values())
                    .filter_map(Value::as_array),
            )
            .map(Vec::len)
            .sum(),
    };
    let all: usize = bodies.iter().map(|body| count(body)).sum();
    if count(value) == all {
        Ok(())
    } else {
        Err(format!("returned {} records of {all}", count(value)))
    }
}

fn with_page_size(method: &Method, size: Option<u64>) -> Result<Method, String> {
    let mut method = method.clone();
    if let Some(size) = size {
        let size = u32::try_from(size).map_err(|_| format!("the pageSize {size} is too large"))?;
        method.paging = Some(Paging {
            inbound_page_size: Some(size),
            ..method.paging.unwrap_or_default()
        });
    }
    // Waiting for a rate limit proves nothing here.
    method.rate_limit = None;
    Ok(method)
}

/// The first authentication, without what needs keys that are real: the listener speaks no TLS, and nobody
/// compares signatures.
fn by_heart(definition: &ConnectorDefinition) -> Result<Authentication, String> {
    let first = definition.authentications.first();
    let mut authentication = first
        .cloned()
        .ok_or("the definition has no authentication")?;
    authentication.tls = None;
    if let Some(rules) = &mut authentication.oauth1 {
        rules.signature_method = SignatureMethod::HmacSha256;
    }
    Ok(authentication)
}

fn credential(authentication: &Authentication) -> Credential {
    match authentication.kind {
        AuthType::None => Credential::None,
        AuthType::ApiKey => Credential::ApiKey(SECRET.into()),
        AuthType::Basic => Credential::Basic(BasicCredential {
            username: "ann".into(),
            password: SECRET.into(),
        }),
        AuthType::AuthFields => Credential::AuthFields(
            authentication
                .auth_fields
                .iter()
                .map(|field| (field.name.clone(), SECRET.into()))
                .collect(),
        ),
        AuthType::OAuth1 => Credential::OAuth1(OAuth1Token {
            token: SECRET.into(),
            token_secret: SECRET.into(),
            metadata: Map::new(),
        }),
        AuthType::OAuth2 => Credential::OAuth2(OAuth2Token {
            access_token: Some(SECRET.into()),
            ..OAuth2Token::default()
        }),
    }
}

fn context(mut given: Map<String, Value>) -> Context {
    let last: Option<DateTime<Utc>> = given
        .shift_remove("LastSuccessfulRunDate")
        .and_then(|date| date.as_str().and_then(|text| text.parse().ok()));
    Context {
        account_connector: AccountConnectorId(1),
        account_id: "account".into(),
        account_external_id: "account".into(),
        zone: Tz::UTC,
        user_agent: "Velodrome".into(),
        last_successful_run: last.unwrap_or_default(),
        mergefields: given,
    }
}

fn members(value: &Value) -> Map<String, Value> {
    value.as_object().cloned().unwrap_or_default()
}

fn url(value: &Value) -> Result<Url, String> {
    value
        .as_str()
        .and_then(|text| text.parse().ok())
        .ok_or_else(|| format!("{value} is no absolute URL"))
}

fn pairs(query: Option<&str>, but: &str) -> Vec<(String, String)> {
    let mut pairs: Vec<(String, String)> =
        form_urlencoded::parse(query.unwrap_or_default().as_bytes())
            .into_owned()
            .filter(|(name, _)| but.is_empty() || name != but)
            .collect();
    pairs.sort();
    pairs
}
