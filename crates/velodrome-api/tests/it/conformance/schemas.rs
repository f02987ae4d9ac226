//! Schemas: the same properties in the same order, of the same type, nullable alike.

use std::collections::BTreeSet;

use serde_json::Value;

use super::documents::{Documents, resolved};

pub fn differences(documents: &Documents) -> Vec<String> {
    let mut differences = Vec::new();
    let specified = &documents.specified["components"]["schemas"];
    let served = documents.served["components"]["schemas"]
        .as_object()
        .expect("schemas");
    let private = private_schemas(&documents.served);
    for (name, schema) in served
        .iter()
        .filter(|(name, _)| !private.contains(name.as_str()))
    {
        match specified.get(name) {
            // The specification writes enumerations of one use inline; they are compared where they are used.
            None if schema["enum"].is_array() => {}
            None => differences.push(format!("{name}: the schema is not specified")),
            Some(known) => compare(documents, name, known, schema, &mut differences),
        }
    }
    differences
}

fn compare(
    documents: &Documents,
    name: &str,
    known: &Value,
    served: &Value,
    differences: &mut Vec<String>,
) {
    let known_names = names(&documents.specified, known);
    let served_names = names(&documents.served, served);
    if known_names != served_names {
        differences.push(format!(
            "{name} properties: should be {}, are {}",
            known_names.join(" "),
            served_names.join(" ")
        ));
    }
    if known_names.is_empty() {
        let (right, ours) = (
            shape(&documents.specified, known),
            shape(&documents.served, served),
        );
        if right != ours {
            differences.push(format!("{name}: should be {right}, is {ours}"));
        }
    }
    for property in known_names
        .iter()
        .filter(|name| served_names.contains(name))
    {
        let right = shape(
            &documents.specified,
            find(&documents.specified, known, property),
        );
        let ours = shape(&documents.served, find(&documents.served, served, property));
        if right != ours {
            differences.push(format!("{name}.{property}: should be {right}, is {ours}"));
        }
    }
}

/// Names of the properties, those of `allOf` parts included.
fn names(document: &Value, schema: &Value) -> Vec<String> {
    let schema = resolved(document, schema);
    let parts = schema["allOf"]
        .as_array()
        .into_iter()
        .flatten()
        .flat_map(|part| names(document, part));
    let own = schema["properties"]
        .as_object()
        .into_iter()
        .flat_map(|map| map.keys().cloned());
    parts.chain(own).collect()
}

fn find<'a>(document: &'a Value, schema: &'a Value, property: &str) -> &'a Value {
    let schema = resolved(document, schema);
    if let Some(found) = schema["properties"].get(property) {
        return found;
    }
    let parts = schema["allOf"].as_array().into_iter().flatten();
    parts
        .map(|part| find(document, part, property))
        .find(|found| !found.is_null())
        .unwrap_or(&Value::Null)
}

/// What a value may be, in one line. Objects are named, enumerations told by their words wherever they stand.
fn shape(document: &Value, schema: &Value) -> String {
    if let Some(choices) = schema["oneOf"]
        .as_array()
        .or_else(|| schema["anyOf"].as_array())
    {
        let (nulls, others): (Vec<_>, Vec<_>) =
            choices.iter().partition(|choice| choice["type"] == "null");
        let mut shapes: Vec<_> = others
            .iter()
            .map(|choice| shape(document, choice))
            .collect();
        shapes.sort();
        let null = if nulls.is_empty() { "" } else { " or null" };
        return format!("{}{null}", shapes.join(" or "));
    }
    let target = resolved(document, schema);
    if let Some(words) = target["enum"].as_array() {
        let mut words: Vec<_> = words.iter().filter_map(Value::as_str).collect();
        words.sort_unstable();
        let null = if target["type"]
            .as_array()
            .is_some_and(|types| types.contains(&"null".into()))
        {
            " or null"
        } else {
            ""
        };
        return format!("one of {}{null}", words.join(" "));
    }
    if let Some(reference) = schema["$ref"].as_str()
        && (target["properties"].is_object() || target["allOf"].is_array())
    {
        return reference.rsplit('/').next().unwrap_or_default().to_owned();
    }
    let mut types: Vec<&str> = match &target["type"] {
        Value::String(one) => vec![one],
        Value::Array(several) => several.iter().filter_map(Value::as_str).collect(),
        _ => vec!["anything"],
    };
    let nullable = types.contains(&"null");
    types.retain(|one| *one != "null");
    types.sort_unstable();
    let mut text = types.join(" or ");
    if types.contains(&"array") {
        text = format!("{text} of {}", shape(document, &target["items"]));
    }
    if nullable {
        text.push_str(" or null");
    }
    text
}

/// Schemas that only the console's own operations use.
fn private_schemas(document: &Value) -> BTreeSet<&str> {
    let (mut private, mut public) = (BTreeSet::new(), BTreeSet::new());
    for (path, item) in document["paths"].as_object().expect("paths") {
        let used = if super::is_published(path) {
            &mut public
        } else {
            &mut private
        };
        collect(document, item, used);
    }
    private.retain(|name| !public.contains(name));
    private
}

fn collect<'a>(document: &'a Value, value: &'a Value, names: &mut BTreeSet<&'a str>) {
    match value {
        Value::Object(map) => {
            if let Some(name) = value["$ref"]
                .as_str()
                .and_then(|reference| reference.rsplit('/').next())
                && names.insert(name)
            {
                collect(document, resolved(document, value), names);
            }
            map.values()
                .for_each(|value| collect(document, value, names));
        }
        Value::Array(items) => items
            .iter()
            .for_each(|value| collect(document, value, names)),
        _ => {}
    }
}
