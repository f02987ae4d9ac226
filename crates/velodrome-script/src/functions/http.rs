//! `http_request`: from the object that a script hands in to a request, and back.

use serde_json::{Map, Value, json};

use super::{argument, as_text};
use crate::{Fault, HttpAnswer, HttpRequest, run::Outside};

/// Names of an address, of headers and of parameters together, far beyond what servers take.
const MAX_PARTS: usize = 1_000;

pub(super) fn request(outside: &Outside, arguments: &[Value]) -> Result<Value, Fault> {
    let request = read(argument(arguments, 0))?;
    outside.http_request(request).map(answer)
}

fn read(given: &Value) -> Result<HttpRequest, Fault> {
    let invalid = |message: &str| Fault::new("InvalidRequest", message);
    let Value::Object(given) = given else {
        return Err(invalid("http_request takes an object with url and method"));
    };
    let member = |name: &str| {
        given
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map_or(&Value::Null, |(_, value)| value)
    };
    let url = match member("url") {
        Value::String(url) if !url.trim().is_empty() => url.trim().to_owned(),
        _ => return Err(invalid("http_request needs a url")),
    };
    let method = match member("method") {
        Value::Null => "GET".to_owned(),
        value => as_text(value).trim().to_ascii_uppercase(),
    };
    let parameters = pairs(member("parameters"))?;
    let mut headers = pairs(member("headers"))?;
    if parameters.len() + headers.len() > MAX_PARTS {
        return Err(invalid("there are too many headers and parameters"));
    }
    let body = match member("data") {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        value => {
            let typed = |(name, _): &(String, String)| name.eq_ignore_ascii_case("content-type");
            if !headers.iter().any(typed) {
                headers.push(("Content-Type".into(), "application/json".into()));
            }
            Some(value.to_string())
        }
    };
    Ok(HttpRequest {
        method,
        url,
        parameters,
        headers,
        body,
        timeout: member("timeout").as_f64().filter(|seconds| *seconds > 0.0),
        authenticate: member("auth") != &Value::Bool(false),
    })
}

/// The members of an object as pairs; arrays repeat the name, null is left out.
fn pairs(value: &Value) -> Result<Vec<(String, String)>, Fault> {
    let members = match value {
        Value::Null => return Ok(Vec::new()),
        Value::Object(members) => members,
        _ => {
            return Err(Fault::new(
                "InvalidRequest",
                "headers and parameters are objects",
            ));
        }
    };
    Ok(members
        .iter()
        .flat_map(|(name, value)| {
            let values = match value {
                Value::Array(values) => values.iter().collect(),
                one => vec![one],
            };
            values
                .into_iter()
                .filter(|value| !value.is_null())
                .map(move |value| (name.clone(), as_text(value)))
        })
        .collect())
}

fn answer(answer: HttpAnswer) -> Value {
    let json_type = answer
        .headers
        .iter()
        .find(|(name, _)| name == "content-type")
        .is_some_and(|(_, value)| {
            let essence = value.split(';').next().unwrap_or_default().trim();
            let essence = essence.to_ascii_lowercase();
            essence == "application/json" || essence == "text/json" || essence.ends_with("+json")
        });
    let parsed = json_type
        .then(|| serde_json::from_str(&answer.body).ok())
        .flatten();
    let mut headers = Map::new();
    for (name, value) in answer.headers {
        match headers.get_mut(&name) {
            Some(Value::String(first)) => {
                first.push_str(", ");
                first.push_str(&value);
            }
            _ => {
                headers.insert(name, value.into());
            }
        }
    }
    json!({
        "status_code": answer.status,
        "headers": headers,
        "content": parsed.unwrap_or(Value::String(answer.body)),
        "request": answer.request,
    })
}
