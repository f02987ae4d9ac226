//! Example exchanges of the methods that the generator writes.

use std::collections::BTreeSet;

use regex::Regex;
use serde_json::{Map, Value, json};

use super::auth::Members;
use super::facts::Provider;
use super::paging::{self, LIST, Turning};
use super::parameters::{self, fields_in};
use super::template::{Piece, pieces};

/// The secret of a replay, and its user (`velodrome_connector::exchanges`).
const SECRET: &str = "the-credential";
const USER: &str = "ann";
/// The path that examples call.
const PATH: &str = "records";

/// Key and example of every method.
pub fn all(provider: &Provider, definition: &Members) -> Vec<(String, Value)> {
    let provider = parameters::with_choices(provider.clone());
    let samples = Samples::new(definition);
    let methods = definition["methods"].as_array();
    methods
        .into_iter()
        .flatten()
        .map(|method| {
            let key = method["key"].as_str().unwrap_or_default().to_owned();
            let example = samples.example(&provider, method);
            (key, example)
        })
        .collect()
}

/// Values for the properties of a definition.
struct Samples<'a> {
    definition: &'a Members,
    properties: Map<String, Value>,
    /// What every call has in its query.
    query: Vec<(String, String)>,
    /// What every call has in its body.
    body: Map<String, Value>,
}

impl<'a> Samples<'a> {
    fn new(definition: &'a Members) -> Self {
        let mut properties = Map::new();
        let parameters = definition.get("parameters").and_then(Value::as_array);
        let parameters: Vec<&Value> = parameters.into_iter().flatten().collect();
        for parameter in &parameters {
            if parameter["targetType"] == "MergeField" {
                let name = parameter["targetName"].as_str().unwrap_or_default();
                let endpoints = definition["methods"].as_array().into_iter().flatten();
                let place = endpoints
                    .filter_map(|method| place(name, method["endpoint"].as_str()?))
                    .next();
                properties.insert(name.to_owned(), sample(name, place, parameter).into());
            }
        }
        let mut used = BTreeSet::new();
        fields_in(
            &json!({"parameters": parameters, "methods": definition["methods"]}),
            &mut used,
        );
        for name in used {
            let given = name.starts_with("Cyclr_Auth_") || name == "Path";
            if !given && !properties.contains_key(&name) {
                properties.insert(name.clone(), format!("a-{}", name.to_lowercase()).into());
            }
        }
        let mut samples = Self {
            definition,
            properties,
            query: Vec::new(),
            body: Map::new(),
        };
        samples.carried(&parameters);
        samples
    }

    /// What goes with every call, credentials of the first authentication included.
    fn carried(&mut self, parameters: &[&Value]) {
        let first = &self.definition["authentications"][0];
        for parameter in parameters {
            let restricted = parameter.get("authentications").and_then(Value::as_array);
            if parameter["targetType"] == "QueryString"
                && restricted.is_none_or(|keys| keys.contains(&first["key"]))
            {
                let name = parameter["targetName"].as_str().unwrap_or_default();
                let value = parameter["values"][0].as_str().unwrap_or_default();
                self.query.push((name.to_owned(), self.merged(value)));
            }
        }
        for field in first["authFields"].as_array().into_iter().flatten() {
            let name = field["key"].as_str().unwrap_or_default();
            match field["in"].as_str() {
                Some("Query") => self.query.push((name.to_owned(), SECRET.to_owned())),
                None => {
                    self.body.insert(name.to_owned(), SECRET.into());
                }
                Some(_) => {}
            }
        }
    }

    fn merged(&self, text: &str) -> String {
        pieces(text)
            .into_iter()
            .map(|piece| match piece {
                Piece::Text(text) => text.to_owned(),
                Piece::Name("+Path") => PATH.to_owned(),
                Piece::Name("Cyclr_Auth_Username") => USER.to_owned(),
                Piece::Name(name) if name.starts_with("Cyclr_Auth_") => SECRET.to_owned(),
                Piece::Name(name) => {
                    let found = self.properties.get(name).and_then(Value::as_str);
                    self.merged(found.unwrap_or_default())
                }
            })
            .collect()
    }

    fn example(&self, provider: &Provider, method: &Value) -> Value {
        let endpoint = self.merged(method["endpoint"].as_str().unwrap_or_default());
        let key = method["key"].as_str().unwrap_or_default();
        if key == LIST {
            return self.pages(provider, method, &endpoint);
        }
        let verb = method["httpMethod"].as_str().unwrap_or_default();
        let has_body = matches!(verb, "POST" | "PUT" | "PATCH");
        let is_generic = key.starts_with("call-api-");
        let mut fields = Map::new();
        let mut query = self.query.clone();
        let mut body = self.body.clone();
        if is_generic {
            let (name, value) = if has_body {
                ("name", "Ada")
            } else {
                ("state", "open")
            };
            fields.insert(name.into(), value.into());
            if has_body {
                body.insert(name.into(), value.into());
            } else {
                query.push((name.into(), value.into()));
            }
        }
        for field in method["request"]["fields"].as_array().into_iter().flatten() {
            let name = field["connectorField"].as_str().unwrap_or_default();
            let value = field["defaultValue"].as_str().unwrap_or_default();
            body.insert(name.to_owned(), self.merged(value).into());
        }
        let mut request = json!({"method": verb, "url": with_query(&endpoint, &query)});
        if has_body && !body.is_empty() {
            let form = method["request"]["dataType"] == "Form";
            request["body"] = if form {
                let pairs = body
                    .iter()
                    .map(|(name, value)| format!("{name}={}", value.as_str().unwrap_or_default()));
                pairs.collect::<Vec<_>>().join("&").into()
            } else {
                body.into()
            };
        }
        let mut example = json!({
            "request": request,
            "response": {"status": 200, "headers": {"Content-Type": "application/json"}, "body": answer(method)},
        });
        let mut inputs = json!({"parameters": {}, "fields": fields});
        if method["endpoint"]
            .as_str()
            .is_some_and(|text| text.contains("{{+Path}}"))
        {
            inputs["parameters"]["Path"] = PATH.into();
        }
        example["inputs"] = inputs;
        self.add_properties(&mut example);
        example
    }

    fn add_properties(&self, example: &mut Value) {
        if !self.properties.is_empty() {
            example["properties"] = Value::Object(self.properties.clone());
        }
    }

    /// Two pages: of two records, and of one.
    fn pages(&self, provider: &Provider, method: &Value, endpoint: &str) -> Value {
        let Some(pagination) = &provider.pagination else {
            return Value::Null;
        };
        let Some(turning) = paging::turning(pagination) else {
            return Value::Null;
        };
        let place = paging::records(pagination).unwrap_or_else(|| "[records]".to_owned());
        let mut first = body(&place, &[1, 2]);
        let second = body(&place, &[3]);
        let mut queries = [self.query.clone(), self.query.clone()];
        let mut add = |at: usize, name: &str, value: &str| {
            queries[at].push((name.to_owned(), value.to_owned()))
        };
        let sized =
            |size: Option<&str>, pages: &[usize], add: &mut dyn FnMut(usize, &str, &str)| {
                for at in pages {
                    if let Some(name) = size {
                        add(*at, name, "2");
                    }
                }
            };
        let mut next = None;
        match &turning {
            Turning::Number(number, length) => {
                add(0, number, "1");
                add(1, number, "2");
                sized(Some(length), &[0, 1], &mut add);
            }
            Turning::Offset(offset, length) => {
                add(0, offset, "0");
                add(1, offset, "2");
                sized(Some(length), &[0, 1], &mut add);
            }
            Turning::Token { from, to, size } => {
                if from.starts_with(&place) {
                    add(1, to, "2");
                } else {
                    put(&mut first, from, "second".into());
                    add(1, to, "second");
                }
                sized(*size, &[0, 1], &mut add);
            }
            Turning::NextUrl { from, size } => {
                sized(*size, &[0], &mut add);
                let url = with_query(endpoint, &[("part".to_owned(), "2".to_owned())]);
                put(&mut first, from, url.clone().into());
                next = Some(url);
            }
        }
        for query in &mut queries {
            query.push(("state".to_owned(), "open".to_owned()));
        }
        let page = |url: String, body: Value| {
            json!({
                "request": {"method": "GET", "url": url},
                "response": {"status": 200, "headers": {"Content-Type": "application/json"}, "body": body},
            })
        };
        let mut one = page(with_query(endpoint, &queries[0]), first);
        one["inputs"] = json!({"parameters": {}, "fields": {"state": "open"}});
        if method["endpoint"]
            .as_str()
            .is_some_and(|text| text.contains("{{+Path}}"))
        {
            one["inputs"]["parameters"]["Path"] = PATH.into();
        }
        self.add_properties(&mut one);
        one["pageSize"] = 2.into();
        let mut pages = vec![
            one,
            page(
                next.unwrap_or_else(|| with_query(endpoint, &queries[1])),
                second,
            ),
        ];
        // Where a token is the last record's, only an empty page ends the list.
        if let Turning::Token { from, to, size } = &turning
            && from.starts_with(&place)
        {
            let mut query = self.query.clone();
            query.push(((*to).to_owned(), "3".to_owned()));
            query.extend(size.map(|name| (name.to_owned(), "2".to_owned())));
            query.push(("state".to_owned(), "open".to_owned()));
            pages.push(page(with_query(endpoint, &query), body(&place, &[])));
        }
        pages.into()
    }
}

/// An answer with records at a place.
fn body(place: &str, ids: &[u32]) -> Value {
    let records: Value = ids.iter().map(|id| json!({"id": id})).collect();
    let mut out = json!({});
    if place == "[]" {
        return records;
    }
    put(&mut out, &place.replace(['[', ']'], ""), records);
    out
}

/// Puts a value where a location says, members only.
fn put(body: &mut Value, place: &str, value: Value) {
    if let Some(name) = place
        .strip_prefix('\\')
        .and_then(|rest| rest.strip_suffix('\\'))
    {
        body[name] = value;
        return;
    }
    let mut at = body;
    for name in place.split('.') {
        at = &mut at[name];
    }
    *at = value;
}

/// What the method answers with: the members that it names, else one record.
fn answer(method: &Value) -> Value {
    let mut out = Value::Null;
    for field in method["response"]["fields"]
        .as_array()
        .into_iter()
        .flatten()
    {
        let place = field["connectorField"].as_str().unwrap_or_default();
        let mut here = Value::from("a-value");
        for segment in place.split('.').rev() {
            let array = segment
                .strip_prefix('[')
                .and_then(|rest| rest.strip_suffix(']'));
            here = match array {
                Some("") => json!([here]),
                Some(name) => json!({name: [here]}),
                None => json!({segment: here}),
            };
        }
        out = joined(out, here);
    }
    if out.is_null() {
        out = json!({"id": 17});
    }
    out
}

fn joined(one: Value, other: Value) -> Value {
    match (one, other) {
        (Value::Object(mut one), Value::Object(other)) => {
            for (name, value) in other {
                let known = one.remove(&name).unwrap_or(Value::Null);
                one.insert(name, joined(known, value));
            }
            one.into()
        }
        (Value::Array(one), Value::Array(other)) => {
            let mut one = one.into_iter();
            let mut other = other.into_iter();
            match (one.next(), other.next()) {
                (Some(a), Some(b)) => json!([joined(a, b)]),
                (Some(a), None) | (None, Some(a)) => json!([a]),
                (None, None) => json!([]),
            }
        }
        (Value::Null, other) => other,
        (one, _) => one,
    }
}

fn with_query(url: &str, query: &[(String, String)]) -> String {
    if query.is_empty() {
        return url.to_owned();
    }
    let pairs: Vec<String> = query
        .iter()
        .map(|(name, value)| format!("{}={}", escaped(name), escaped(value)))
        .collect();
    format!("{url}?{}", pairs.join("&"))
}

/// A name or value as a query carries it (WHATWG URL §5.2, the characters that can occur here).
fn escaped(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'*' => {
                char::from(byte).to_string()
            }
            _ => format!("%{byte:02X}"),
        })
        .collect()
}

/// What part of an address a value is.
#[derive(Clone, Copy)]
enum Part {
    /// All of it, up to the path.
    Origin,
    /// The whole host.
    Host,
}

/// Which part of an address a name stands for; none for pieces of host and path.
fn place(name: &str, address: &str) -> Option<Part> {
    let field = format!("{{{{{name}}}}}");
    if address.starts_with(&field) {
        return Some(Part::Origin);
    }
    let rest = address.strip_prefix("https://")?.strip_prefix(&field)?;
    (rest.is_empty() || rest.starts_with(['/', ':'])).then_some(Part::Host)
}

/// A value that the property could have: the first of the usual ones that its pattern allows. Letters,
/// digits and dots come first: they stay as they are in an address.
fn sample(name: &str, part: Option<Part>, parameter: &Value) -> String {
    if let Some(choice) = parameter["values"][0].as_str() {
        return choice.to_owned();
    }
    if let Some(default) = parameter["defaultValue"].as_str() {
        return default.to_owned();
    }
    let lower = name.to_lowercase();
    let host = format!("{lower}.example.com");
    let usual = match part {
        Some(Part::Origin) => format!("https://{host}"),
        Some(Part::Host) => host.clone(),
        None => format!("a{lower}"),
    };
    let pattern = parameter["validation"]["pattern"].as_str();
    let pattern = pattern.and_then(|pattern| Regex::new(pattern).ok());
    let candidates = [
        usual.clone(),
        format!("https://{host}"),
        host,
        "1234567890".to_owned(),
        "2025-01-31".to_owned(),
        "A1B2C3D4E5".to_owned(),
        "eu-west1".to_owned(),
        "ada@example.com".to_owned(),
        "ada@example.iam.gserviceaccount.com".to_owned(),
        "00000000-0000-4000-8000-000000000000".to_owned(),
        "0123abcd".repeat(5),
        format!("acct_{}", "0".repeat(16)),
    ];
    let allowed = |text: &String| {
        pattern
            .as_ref()
            .is_none_or(|pattern| pattern.is_match(text))
    };
    candidates.into_iter().find(allowed).unwrap_or(usual)
}
