//! What is different between two releases of a connector, in words for people, and whether whoever uses
//! the one can move to the other (connectors.md §1).

use std::{collections::HashMap, fmt, hash::Hash};

use serde::Serialize;
use serde_json::{Map, Value};

use crate::{
    ConnectorUid,
    definition::{ConnectorDefinition, Field, Method, Parameter},
    identity::Direction,
};

/// What a difference is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PartKind {
    /// The connector itself.
    Connector,
    /// A way to authenticate.
    Authentication,
    /// A parameter of all methods.
    Parameter,
    /// A lookup.
    Trigger,
    /// A group of methods.
    Category,
    /// A method.
    Method,
    /// A parameter of one method.
    MethodParameter,
    /// A field of what is sent.
    RequestField,
    /// A field of what comes back.
    ResponseField,
}

impl PartKind {
    /// The word of the wire.
    pub fn word(self) -> &'static str {
        match self {
            Self::Connector => "Connector",
            Self::Authentication => "Authentication",
            Self::Parameter => "Parameter",
            Self::Trigger => "Trigger",
            Self::Category => "Category",
            Self::Method => "Method",
            Self::MethodParameter => "MethodParameter",
            Self::RequestField => "RequestField",
            Self::ResponseField => "ResponseField",
        }
    }

    fn noun(self) -> &'static str {
        match self {
            Self::Connector => "Connector",
            Self::Authentication => "Authentication",
            Self::Parameter | Self::MethodParameter => "Parameter",
            Self::Trigger => "Lookup",
            Self::Category => "Category",
            Self::Method => "Method",
            Self::RequestField => "Request field",
            Self::ResponseField => "Response field",
        }
    }
}

/// What happened to a part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Alteration {
    /// Only the new release has it.
    Added,
    /// Only the old release has it.
    Removed,
    /// One of its properties has another value.
    Changed {
        /// The property, as a path of the definition's keys.
        property: String,
        /// The former value; none when there was none.
        old: Option<String>,
        /// The new value; none when there is none.
        new: Option<String>,
    },
}

/// One difference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// What it is about.
    pub kind: PartKind,
    /// Name of the method that the part belongs to.
    pub method: Option<String>,
    /// Name of the part.
    pub name: String,
    /// What happened.
    pub alteration: Alteration,
}

/// Most characters of a value that is shown.
const MAX_SHOWN: usize = 200;

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(method) = &self.method {
            write!(f, "Method {method}: ")?;
        }
        write!(f, "{} {} ", self.kind.noun(), self.name)?;
        match &self.alteration {
            Alteration::Added => f.write_str("added."),
            Alteration::Removed => f.write_str("removed."),
            Alteration::Changed { property, old, new } => match (old, new) {
                (Some(old), Some(new)) => {
                    write!(f, "changed: {property} was {old}, is {new}.")
                }
                (None, Some(new)) => write!(f, "changed: {property} is now {new}."),
                (Some(old), None) => write!(f, "changed: {property} was {old}, is gone."),
                (None, None) => write!(f, "changed: {property}."),
            },
        }
    }
}

/// Everything that is different, in the order of the definition: the connector, its authentications,
/// parameters, lookups and categories, then method by method. What was removed comes where it was.
pub fn differences(old: &ConnectorDefinition, new: &ConnectorDefinition) -> Vec<Difference> {
    let mut found = Found(Vec::new());
    let uid = new.uid();
    found.properties(
        Part::new(PartKind::Connector, None, &new.name),
        &old,
        &new,
        &[
            "format",
            "slug",
            "release",
            "uniqueIdentifier",
            "authentications",
            "parameters",
            "triggers",
            "methodCategories",
            "methods",
        ],
    );
    found.list(
        PartKind::Authentication,
        None,
        (&old.authentications, &new.authentications),
        |one| one.uid(uid),
        |one| one.name.clone().unwrap_or_else(|| one.key.clone()),
        &["uniqueIdentifier"],
    );
    found.list(
        PartKind::Parameter,
        None,
        (&old.parameters, &new.parameters),
        |one| one.uid(uid, None),
        parameter_name,
        &["uniqueIdentifier"],
    );
    found.list(
        PartKind::Trigger,
        None,
        (&old.triggers, &new.triggers),
        |one| one.name.clone(),
        |one| one.name.clone(),
        &[],
    );
    found.list(
        PartKind::Category,
        None,
        (&old.method_categories, &new.method_categories),
        |one| one.name.clone(),
        |one| one.name.clone(),
        &[],
    );
    found.list(
        PartKind::Method,
        None,
        (&old.methods, &new.methods),
        |one| one.uid(uid),
        |one| one.name.clone(),
        &[
            "uniqueIdentifier",
            "parameters",
            "request.fields",
            "response.fields",
        ],
    );
    for method in &new.methods {
        let Some(former) = old
            .methods
            .iter()
            .find(|one| one.uid(uid) == method.uid(uid))
        else {
            continue;
        };
        found.list(
            PartKind::MethodParameter,
            Some(&method.name),
            (&former.parameters, &method.parameters),
            |one| one.uid(uid, Some(&method.key)),
            parameter_name,
            &["uniqueIdentifier"],
        );
        let pairs = [
            (
                PartKind::RequestField,
                &former.request.fields,
                &method.request.fields,
            ),
            (
                PartKind::ResponseField,
                &former.response.fields,
                &method.response.fields,
            ),
        ];
        for (kind, old, new) in pairs {
            found.list(
                kind,
                Some(&method.name),
                (&occurrences(old), &occurrences(new)),
                |one| (one.field.connector_field.clone(), one.occurrence),
                |one| one.field.connector_field.clone(),
                &["uniqueIdentifier"],
            );
        }
    }
    found.0
}

/// Whether everything that may be in use of the old release still exists in the new one: every method, of
/// the same type, and every field of it. Names, parameters and defaults may differ.
pub fn keeps_what_is_used(old: &ConnectorDefinition, new: &ConnectorDefinition) -> bool {
    let uid = new.uid();
    let methods: HashMap<_, &Method> = new.methods.iter().map(|one| (one.uid(uid), one)).collect();
    old.methods.iter().all(|former| {
        methods.get(&former.uid(uid)).is_some_and(|method| {
            method.kind == former.kind
                && [Direction::Request, Direction::Response]
                    .into_iter()
                    .all(|direction| {
                        let fields = locations(method, direction);
                        locations(former, direction)
                            .iter()
                            .all(|location| fields.contains(location))
                    })
        })
    })
}

/// Whether an authentication of the old release exists in the new one.
pub fn keeps_authentication(
    uid: ConnectorUid,
    new: &ConnectorDefinition,
    authentication: crate::AuthenticationId,
) -> bool {
    new.authentications
        .iter()
        .any(|one| one.uid(uid) == authentication)
}

fn locations(method: &Method, direction: Direction) -> std::collections::HashSet<&str> {
    let fields = match direction {
        Direction::Request => &method.request.fields,
        Direction::Response => &method.response.fields,
    };
    fields
        .iter()
        .map(|one| one.connector_field.as_str())
        .collect()
}

/// A field, counted among those of its location.
#[derive(Serialize)]
#[serde(transparent)]
struct Occurrence<'a> {
    field: &'a Field,
    #[serde(skip)]
    occurrence: usize,
}

fn occurrences(fields: &[Field]) -> Vec<Occurrence<'_>> {
    let mut seen: HashMap<&str, usize> = HashMap::new();
    let counted = fields.iter().map(|field| {
        let count = seen.entry(&field.connector_field).or_default();
        let occurrence = *count;
        *count += 1;
        Occurrence { field, occurrence }
    });
    counted.collect()
}

fn parameter_name(parameter: &Parameter) -> String {
    format!("{} {}", parameter.target_type.name(), parameter.target_name)
}

/// A part that is compared.
#[derive(Clone, Copy)]
struct Part<'a> {
    kind: PartKind,
    method: Option<&'a str>,
    name: &'a str,
}

impl<'a> Part<'a> {
    fn new(kind: PartKind, method: Option<&'a str>, name: &'a str) -> Self {
        Self { kind, method, name }
    }
}

struct Found(Vec<Difference>);

impl Found {
    fn add(&mut self, part: Part<'_>, alteration: Alteration) {
        self.0.push(Difference {
            kind: part.kind,
            method: part.method.map(str::to_owned),
            name: part.name.to_owned(),
            alteration,
        });
    }

    fn list<T: Serialize, K: Hash + Eq>(
        &mut self,
        kind: PartKind,
        method: Option<&str>,
        (old, new): (&[T], &[T]),
        key: impl Fn(&T) -> K,
        name: impl Fn(&T) -> String,
        ignored: &[&str],
    ) {
        let former: HashMap<K, &T> = old.iter().map(|one| (key(one), one)).collect();
        let present: HashMap<K, &T> = new.iter().map(|one| (key(one), one)).collect();
        for one in old.iter().filter(|one| !present.contains_key(&key(one))) {
            self.add(Part::new(kind, method, &name(one)), Alteration::Removed);
        }
        for one in new {
            let called = name(one);
            let part = Part::new(kind, method, &called);
            match former.get(&key(one)) {
                None => self.add(part, Alteration::Added),
                Some(former) => self.properties(part, former, &one, ignored),
            }
        }
    }

    fn properties<T: Serialize>(&mut self, part: Part<'_>, old: &T, new: &T, ignored: &[&str]) {
        let (old, new) = (flattened(old, ignored), flattened(new, ignored));
        let names = new
            .keys()
            .chain(old.keys().filter(|name| !new.contains_key(*name)));
        for name in names {
            let (old, new) = (old.get(name), new.get(name));
            if old == new {
                continue;
            }
            // The text of a program is no answer to what changed.
            let is_long = name == "script";
            let shown = |value: Option<&Value>| value.filter(|_| !is_long).map(shown);
            self.add(
                part,
                Alteration::Changed {
                    property: name.clone(),
                    old: shown(old),
                    new: shown(new),
                },
            );
        }
    }
}

/// The members of a part by their paths; what is absent, false or empty is not there.
fn flattened<T: Serialize>(part: &T, ignored: &[&str]) -> Map<String, Value> {
    let value = serde_json::to_value(part).expect("a definition has text keys and finite numbers");
    let mut flat = Map::new();
    flatten("", value, ignored, &mut flat);
    flat
}

fn flatten(path: &str, value: Value, ignored: &[&str], flat: &mut Map<String, Value>) {
    if ignored.contains(&path) {
        return;
    }
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                let path = if path.is_empty() {
                    name
                } else {
                    format!("{path}.{name}")
                };
                flatten(&path, member, ignored, flat);
            }
        }
        Value::Null | Value::Bool(false) => {}
        Value::Array(elements) if elements.is_empty() => {}
        other => {
            flat.insert(path.to_owned(), other);
        }
    }
}

fn shown(value: &Value) -> String {
    let mut text = match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    if let Some((end, _)) = text.char_indices().nth(MAX_SHOWN) {
        text.truncate(end);
        text.push('…');
    }
    text
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn shop(change: impl FnOnce(&mut Value)) -> ConnectorDefinition {
        let mut definition = json!({
            "format": "velodrome.connector/1",
            "slug": "shop",
            "name": "Shop",
            "release": {"number": 1, "status": "Live"},
            "authentications": [{"key": "key", "type": "ApiKey", "authScheme": "X-Key"}],
            "parameters": [{"targetType": "HttpHeader", "targetName": "X-Region"}],
            "triggers": [{"name": "Select Order", "method": "list-orders", "identifierKey": "[].id", "humanReadableKey": "[].name"}],
            "methods": [{
                "key": "list-orders", "name": "List Orders", "category": "Orders", "type": "Action",
                "httpMethod": "GET", "endpoint": "https://shop.example/orders",
                "parameters": [{"targetType": "QueryString", "targetName": "page"}],
                "response": {"fields": [{"connectorField": "[].id", "dataType": "Integer"}, {"connectorField": "[].name"}]},
            }],
        });
        change(&mut definition);
        serde_json::from_value(definition).unwrap()
    }

    fn push(list: &mut Value, element: Value) {
        list.as_array_mut().unwrap().push(element);
    }

    fn told(new: impl FnOnce(&mut Value)) -> Vec<String> {
        differences(&shop(|_| {}), &shop(new))
            .iter()
            .map(ToString::to_string)
            .collect()
    }

    #[test]
    fn equal_definitions_have_no_differences_whatever_their_release() {
        let other = |definition: &mut Value| {
            definition["release"] = json!({"number": 9, "status": "Draft", "comments": "x"});
        };
        assert_eq!(told(other), [""; 0]);
    }

    #[test]
    fn what_was_added_removed_and_changed_is_told_part_by_part() {
        let new = |shop: &mut Value| {
            shop["description"] = json!("Sells things.");
            shop["authentications"][0]["authScheme"] = json!("X-Api-Key");
            push(
                &mut shop["authentications"],
                json!({"key": "none", "type": "None"}),
            );
            shop["parameters"] = json!([]);
            shop["triggers"][0]["humanReadableKey"] = json!("[].title");
            let method = &mut shop["methods"][0];
            method["endpoint"] = json!("https://shop.example/v2/orders");
            method["script"] = json!("function after_action() { return true; }");
            method["parameters"][0]["optional"] = json!(true);
            method["response"]["fields"] = json!([{"connectorField": "[].id"}, {"connectorField": "[].total", "dataType": "Decimal"}]);
            push(
                &mut shop["methods"],
                json!({"key": "get-order", "name": "Get Order", "category": "Orders", "type": "Action"}),
            );
        };

        let expected = [
            "Connector Shop changed: description is now Sells things..",
            "Authentication key changed: authScheme was X-Key, is X-Api-Key.",
            "Authentication none added.",
            "Parameter HttpHeader X-Region removed.",
            "Lookup Select Order changed: humanReadableKey was [].name, is [].title.",
            "Method List Orders changed: endpoint was https://shop.example/orders, is https://shop.example/v2/orders.",
            "Method List Orders changed: script.",
            "Method Get Order added.",
            "Method List Orders: Parameter QueryString page changed: optional is now true.",
            "Method List Orders: Response field [].name removed.",
            "Method List Orders: Response field [].id changed: dataType was Integer, is gone.",
            "Method List Orders: Response field [].total added.",
        ];
        assert_eq!(told(new), expected);
    }

    #[test]
    fn a_renamed_method_is_the_same_one_while_its_key_stays() {
        let renamed = |shop: &mut Value| shop["methods"][0]["name"] = json!("List All Orders");
        assert_eq!(
            told(renamed),
            ["Method List All Orders changed: name was List Orders, is List All Orders."]
        );
    }

    #[test]
    fn only_what_is_gone_keeps_users_from_moving() {
        let stays: [fn(&mut Value); 3] = [
            |shop| shop["methods"][0]["name"] = json!("Orders"),
            |shop| shop["methods"][0]["parameters"] = json!([]),
            |shop| {
                push(
                    &mut shop["methods"][0]["response"]["fields"],
                    json!({"connectorField": "[].total"}),
                );
            },
        ];
        for change in stays {
            assert!(keeps_what_is_used(&shop(|_| {}), &shop(change)));
        }
        let breaks: [fn(&mut Value); 3] = [
            |shop| shop["methods"][0]["key"] = json!("orders"),
            |shop| shop["methods"][0]["type"] = json!("Webhook"),
            |shop| shop["methods"][0]["response"]["fields"] = json!([{"connectorField": "[].id"}]),
        ];
        for change in breaks {
            assert!(!keeps_what_is_used(&shop(|_| {}), &shop(change)));
        }
    }

    #[test]
    fn a_long_value_is_cut() {
        let new = |shop: &mut Value| shop["description"] = json!("x".repeat(500));
        assert!(told(new)[0].chars().count() < 300);
    }
}
