//! Both documents as values, and their operations in a comparable form.

use std::collections::{BTreeMap, BTreeSet};

use saphyr::{LoadableYamlNode as _, Scalar, Yaml};
use serde_json::{Map, Value};

/// The specification and what we serve.
pub struct Documents {
    pub specified: Value,
    pub served: Value,
}

/// An operation without its words.
#[derive(Debug)]
pub struct Operation {
    pub id: String,
    pub tag: String,
    pub method: String,
    pub path: String,
    pub statuses: BTreeSet<String>,
    /// By place and name: whether it is required.
    pub parameters: BTreeMap<(String, String), bool>,
}

impl Documents {
    pub fn load() -> Self {
        let text = include_str!("../../../spec/openapi.yaml");
        let specified = Yaml::load_from_str(text).expect("the specification is YAML");
        let served = velodrome_api::openapi_document().expect("the document can be written");
        Self {
            specified: json(specified.into_iter().next().expect("a document")),
            served: serde_json::from_str(&served).expect("the document is JSON"),
        }
    }

    pub fn specified_operations(&self) -> Vec<Operation> {
        operations(&self.specified)
    }

    pub fn served_operations(&self) -> Vec<Operation> {
        operations(&self.served)
    }
}

/// Follows a reference within its document.
pub fn resolved<'a>(document: &'a Value, value: &'a Value) -> &'a Value {
    match value["$ref"].as_str() {
        Some(reference) => document
            .pointer(&reference[1..])
            .unwrap_or_else(|| panic!("{reference} leads nowhere")),
        None => value,
    }
}

fn operations(document: &Value) -> Vec<Operation> {
    let mut operations = Vec::new();
    for (path, item) in document["paths"].as_object().expect("paths") {
        for (method, operation) in item.as_object().expect("operations") {
            if ["get", "put", "post", "patch", "delete"].contains(&method.as_str()) {
                operations.push(read(document, path, method, operation, &item["parameters"]));
            }
        }
    }
    operations
}

fn read(
    document: &Value,
    path: &str,
    method: &str,
    operation: &Value,
    shared: &Value,
) -> Operation {
    let text = |name: &str| operation[name].as_str().unwrap_or_default().to_owned();
    let own = operation["parameters"].as_array().into_iter().flatten();
    let parameters = own
        .chain(shared.as_array().into_iter().flatten())
        .map(|parameter| {
            let parameter = resolved(document, parameter);
            let word = |name: &str| parameter[name].as_str().unwrap_or_default().to_owned();
            (
                (word("in"), word("name")),
                parameter["required"].as_bool().unwrap_or(false),
            )
        });
    Operation {
        id: text("operationId"),
        tag: operation["tags"][0].as_str().unwrap_or_default().to_owned(),
        method: method.to_owned(),
        path: path.to_owned(),
        statuses: operation["responses"]
            .as_object()
            .expect("responses")
            .keys()
            .cloned()
            .collect(),
        parameters: parameters.collect(),
    }
}

fn json(yaml: Yaml<'_>) -> Value {
    match yaml {
        Yaml::Value(Scalar::Null) => Value::Null,
        Yaml::Value(Scalar::Boolean(value)) => value.into(),
        Yaml::Value(Scalar::Integer(value)) => value.into(),
        Yaml::Value(Scalar::FloatingPoint(value)) => value.into_inner().into(),
        Yaml::Value(Scalar::String(value)) => value.into_owned().into(),
        Yaml::Sequence(items) => items.into_iter().map(json).collect(),
        Yaml::Mapping(pairs) => {
            let pairs = pairs
                .into_iter()
                .map(|(key, value)| (text(json(key)), json(value)));
            Value::Object(pairs.collect::<Map<_, _>>())
        }
        other => panic!("unexpected YAML: {other:?}"),
    }
}

/// Statuses are numbers in YAML and text in JSON.
fn text(key: Value) -> String {
    match key {
        Value::String(text) => text,
        other => other.to_string(),
    }
}
