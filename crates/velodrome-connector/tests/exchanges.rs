//! Replays the example exchanges of every connector in `connectors/`: the calls must send exactly the
//! requests that are written there and bring back the records of all answers (connectors/README.md).

use std::{
    collections::HashSet,
    path::{Path, PathBuf},
    sync::Arc,
};

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use serde_json::{Map, Value};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};
use url::{Url, form_urlencoded};
use velodrome_connector::{
    auth::{
        BasicCredential, Credential, FixedCredential, OAuth1Token, OAuth2Token, ValuesFn,
        oauth1::Signer,
    },
    call::{Call, Context, Mode, Patience, Pipeline, Properties, ReplyBody, Values},
    catalogue::{DirectoryFiles, Source, load},
    egress::{Client, EgressPolicy},
    rate_limit::RateLimiter,
};
use velodrome_model::{
    AccountConnectorId, SystemClock,
    definition::{
        AuthType, Authentication, BodyType, ConnectorDefinition, Method, MethodType, Paging,
    },
};

const SECRET: &str = "the-credential";

#[tokio::test]
async fn every_method_sends_and_returns_what_its_example_exchange_says() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../connectors");
    let loaded = load(&[Source::built_in(DirectoryFiles::new(&root))]);
    assert!(loaded.invalid.is_empty(), "{:?}", loaded.invalid);
    assert!(loaded.packages.len() >= 5);
    let mut faults = Vec::new();
    for package in &loaded.packages {
        // Waiting for a rate limit proves nothing here.
        let definition = ConnectorDefinition {
            rate_limits: Vec::new(),
            ..package.definition()
        };
        for method in definition
            .methods
            .iter()
            .filter(|method| method.kind == MethodType::Action)
        {
            let path = root
                .join(&definition.slug)
                .join(format!("exchanges/{}.json", method.key));
            if let Err(fault) = replay(&definition, method, &path).await {
                faults.push(format!("{}/{}: {fault}", definition.slug, method.key));
            }
        }
    }
    assert!(
        faults.is_empty(),
        "{} faults:\n{}",
        faults.len(),
        faults.join("\n")
    );
}

async fn replay(
    definition: &ConnectorDefinition,
    method: &Method,
    path: &PathBuf,
) -> Result<(), String> {
    let text =
        std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let exchanges = match serde_json::from_str(&text).map_err(|error| error.to_string())? {
        Value::Array(exchanges) => exchanges,
        one => vec![one],
    };
    let first = &exchanges[0];
    let listener = TcpListener::bind("127.0.0.1:0")
        .await
        .map_err(|error| error.to_string())?;
    let address = listener.local_addr().map_err(|error| error.to_string())?;
    let origins: HashSet<String> = exchanges
        .iter()
        .map(|exchange| {
            url(&exchange["request"]["url"])
                .origin()
                .ascii_serialization()
        })
        .collect();
    let rewrite: Vec<String> = origins
        .iter()
        .map(|origin| format!("{origin}=http://{address}"))
        .collect();
    let policy = EgressPolicy::parse("127.0.0.0/8", &rewrite.join(","))
        .map_err(|faults| format!("{faults:?}"))?;
    let answers: Vec<Value> = exchanges
        .iter()
        .map(|exchange| exchange["response"].clone())
        .collect();
    let serving = tokio::spawn(serve(listener, answers));

    let method = with_page_size(method, first["pageSize"].as_u64());
    let credential = credential(&definition.authentications[0]);
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
    let signer = definition.authentications[0].oauth1.as_ref().map(|rules| {
        Signer::new(rules, "consumer", SECRET.into(), &ValuesFn(|_: &str| None))
            .expect("the seed connectors sign by HMAC")
    });
    let (parameters, fields) = (
        members(&first["inputs"]["parameters"]),
        members(&first["inputs"]["fields"]),
    );
    let context = context(members(&first["context"]));
    let call = Call {
        definition,
        method: &method,
        authentication: &definition.authentications[0],
        values: Values {
            parameters: &parameters,
            fields: &fields,
            properties: &properties,
            partner: &Properties::new(),
        },
        context: &context,
        signer: signer.as_ref(),
        mode: Mode::AllPages,
        patience: Patience::Unbounded,
    };
    let client = Client::new(policy).map_err(|error| error.to_string())?;
    let pipeline = Pipeline::new(client, Arc::new(RateLimiter::new()), Arc::new(SystemClock));
    let reply = pipeline
        .call(&call, &FixedCredential::from(credential))
        .await;
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
        serving.abort();
        return Err(format!(
            "{} requests were sent, expected {}",
            reply.pages,
            exchanges.len()
        ));
    }
    let sent = serving.await.map_err(|error| error.to_string())?;
    for (exchange, sent) in exchanges.iter().zip(&sent) {
        compare(&exchange["request"], sent, definition)?;
    }
    returned(&reply.body, &exchanges, &method)
}

/// One request as it arrived.
struct Sent {
    head: String,
    body: String,
}

/// Answers one request after the other and returns them when the last is answered.
async fn serve(listener: TcpListener, answers: Vec<Value>) -> Vec<Sent> {
    let mut sent = Vec::new();
    for answer in answers {
        let (mut socket, _) = listener
            .accept()
            .await
            .expect("a loopback listener accepts");
        sent.push(read(&mut socket).await);
        let body = match &answer["body"] {
            Value::Null => String::new(),
            Value::String(text) => text.clone(),
            json => json.to_string(),
        };
        let mut head = format!(
            "HTTP/1.1 {} Example\r\nConnection: close\r\nContent-Length: {}\r\n",
            answer["status"],
            body.len()
        );
        for (name, value) in members(&answer["headers"]) {
            head.push_str(&format!(
                "{name}: {}\r\n",
                value.as_str().unwrap_or_default()
            ));
        }
        socket
            .write_all(format!("{head}\r\n{body}").as_bytes())
            .await
            .expect("the client reads its answer");
    }
    sent
}

async fn read(socket: &mut TcpStream) -> Sent {
    let mut bytes = Vec::new();
    let mut buffer = [0; 8192];
    loop {
        let count = socket
            .read(&mut buffer)
            .await
            .expect("the client sends its request");
        bytes.extend_from_slice(&buffer[..count]);
        let text = String::from_utf8_lossy(&bytes);
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = header(head, "content-length")
                .and_then(|length| length.parse().ok())
                .unwrap_or(0);
            if body.len() >= length {
                return Sent {
                    head: head.to_owned(),
                    body: body.to_owned(),
                };
            }
        }
        assert_ne!(count, 0, "the client went away within its request");
    }
}

fn compare(expected: &Value, sent: &Sent, definition: &ConnectorDefinition) -> Result<(), String> {
    let line = sent.head.lines().next().unwrap_or_default();
    let mut parts = line.split(' ');
    let (verb, path) = (
        parts.next().unwrap_or_default(),
        parts.next().unwrap_or_default(),
    );
    let host = header(&sent.head, "host").unwrap_or_default();
    let wanted = url(&expected["url"]);
    let actual = url(&format!("{}://{host}{path}", wanted.scheme()).into());
    if expected["method"] != verb
        || actual.host_str() != wanted.host_str()
        || actual.path() != wanted.path()
    {
        return Err(format!(
            "sent {verb} {actual}, expected {} {wanted}",
            expected["method"]
        ));
    }
    let secret_name = definition.authentications[0]
        .auth_scheme
        .clone()
        .unwrap_or_default();
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
            .parse::<velodrome_model::location::Location>()
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

fn with_page_size(method: &Method, size: Option<u64>) -> Method {
    let mut method = method.clone();
    if let Some(size) = size {
        let size = u32::try_from(size).expect("a page size of an example is small");
        method.paging = Some(Paging {
            inbound_page_size: Some(size),
            ..method.paging.unwrap_or_default()
        });
    }
    method.rate_limit = None;
    method
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

fn url(value: &Value) -> Url {
    value
        .as_str()
        .and_then(|text| text.parse().ok())
        .expect("an exchange names an absolute URL")
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

fn header(head: &str, name: &str) -> Option<String> {
    head.lines().skip(1).find_map(|line| {
        let (key, value) = line.split_once(": ")?;
        key.eq_ignore_ascii_case(name).then(|| value.to_owned())
    })
}
