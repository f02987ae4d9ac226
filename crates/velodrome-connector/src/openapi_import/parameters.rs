//! Parameters of operations.

use std::collections::HashMap;

use serde_json::Value;
use velodrome_model::definition::{DataType, Parameter, TargetType, ValueOption};

use super::{
    document::{Node, Version},
    report::Report,
    schema::{Merged, is_plain},
    server::{Servers, parameter},
    text::{self, sentence, title, words},
};

/// The most parameters of a method; the rule of definitions allows a few more.
const MAX_PARAMETERS: usize = 300;

/// What an operation takes.
#[derive(Default)]
pub struct Taken<'a> {
    /// Parameters of the method.
    pub parameters: Vec<Parameter>,
    /// The mergefield of each name in the path.
    pub path: HashMap<&'a str, String>,
    /// Swagger's parameter that is the body.
    pub body: Option<Node<'a>>,
    /// Swagger's parameters that are fields of a form.
    pub form: Vec<Node<'a>>,
    cookies: Vec<String>,
}

/// Reads the parameters of an operation and of its path.
pub fn parameters<'a>(
    path: &Node<'a>,
    operation: &Node<'a>,
    servers: &Servers,
    report: &mut Report,
) -> Taken<'a> {
    let mut all: Vec<((&str, &str), Node<'a>)> = Vec::new();
    for place in [path, operation] {
        for given in place.get("parameters").iter().flat_map(Node::elements) {
            let node = match given.follow() {
                Ok(node) => node,
                Err(reason) => {
                    report.skip(given.pointer(), reason);
                    continue;
                }
            };
            let (Some(name), Some(place)) = (node.text_of("name"), node.text_of("in")) else {
                report.skip(
                    given.pointer(),
                    "a parameter has a name and says where it is",
                );
                continue;
            };
            // What the operation says replaces what the path says.
            match all.iter_mut().find(|(known, _)| *known == (name, place)) {
                Some((_, known)) => *known = node,
                None => all.push(((name, place), node)),
            }
        }
    }
    let mut taken = Taken::default();
    for ((name, place), node) in all {
        if taken.parameters.len() >= MAX_PARAMETERS {
            report.skip(
                node.pointer(),
                format!("the operation has more than {MAX_PARAMETERS} parameters"),
            );
            break;
        }
        taken.add(name, place, node, servers, report);
    }
    taken.add_cookies();
    taken
}

impl<'a> Taken<'a> {
    fn add(
        &mut self,
        name: &'a str,
        place: &str,
        node: Node<'a>,
        servers: &Servers,
        report: &mut Report,
    ) {
        match place {
            "path" => {
                let merge = self.merge_name(name, servers);
                self.path.insert(name, merge.clone());
                let made = made(&node, TargetType::MergeField, &merge, name, report);
                self.push(
                    Parameter {
                        optional: false,
                        ..made
                    },
                    &node,
                    report,
                );
            }
            "query" => self.add_query(name, &node, report),
            "header" => {
                let known = ["accept", "content-type", "authorization"];
                if known.contains(&name.to_ascii_lowercase().as_str()) {
                    report.skip(
                        node.pointer(),
                        format!(
                            "the header {name} comes from the body's type or the authentication"
                        ),
                    );
                } else if !is_header(name) {
                    report.skip(
                        node.pointer(),
                        format!("{name:?} is not the name of a header"),
                    );
                } else {
                    let made = made(&node, TargetType::HttpHeader, name, name, report);
                    self.push(made, &node, report);
                }
            }
            "cookie" => {
                if !is_header(name) {
                    return report.skip(
                        node.pointer(),
                        format!("{name:?} is not the name of a cookie"),
                    );
                }
                let merge = self.merge_name(name, servers);
                let made = made(&node, TargetType::MergeField, &merge, name, report);
                self.cookies.push(format!("{name}={{{{{merge}}}}}"));
                self.push(made, &node, report);
            }
            "body" => self.body = Some(node),
            "formData" => self.form.push(node),
            other => report.skip(
                node.pointer(),
                format!("a parameter in {other:?} is not known"),
            ),
        }
    }

    fn add_query(&mut self, name: &str, node: &Node<'a>, report: &mut Report) {
        let merged = schema(node, report);
        let deep = node.text_of("style") == Some("deepObject");
        let exploded = node
            .get("explode")
            .is_none_or(|explode| explode.value() != &Value::Bool(false));
        if merged.is_object() && (deep || exploded) && node.get("schema").is_some() {
            let needed = node.is("required");
            for (inner, property, required) in merged.property_names() {
                let target = if deep {
                    format!("{name}[{inner}]")
                } else {
                    inner.to_owned()
                };
                let shape = Merged::of(property, report);
                if shape.is_object() {
                    report.skip(
                        property.pointer(),
                        "objects in objects can't be sent in the address",
                    );
                    continue;
                }
                let mut own = filled(
                    &shape,
                    property,
                    TargetType::QueryString,
                    &target,
                    inner,
                    report,
                );
                own.optional = !(needed && required);
                self.push(own, property, report);
            }
            return;
        }
        let made = made(node, TargetType::QueryString, name, name, report);
        self.push(made, node, report);
    }

    fn push(&mut self, parameter: Parameter, node: &Node<'a>, report: &mut Report) {
        if parameter.target_name.is_empty() || parameter.target_name.contains("{{") {
            return report.skip(node.pointer(), "the parameter has no usable name");
        }
        if self
            .parameters
            .iter()
            .any(|known| known.same_target(&parameter))
        {
            return report.skip(
                node.pointer(),
                format!(
                    "a second parameter has the name {:?}",
                    parameter.target_name
                ),
            );
        }
        self.parameters.push(parameter);
    }

    /// A name that only this parameter of the method has.
    pub fn merge_name(&self, name: &str, servers: &Servers) -> String {
        let letters = name.chars().map(|letter| {
            if letter.is_alphanumeric() {
                letter
            } else {
                '_'
            }
        });
        let clean: String = letters.take(80).collect();
        let clean = if clean.trim_matches('_').is_empty() {
            "value".to_owned()
        } else {
            clean
        };
        let mut wanted = clean.clone();
        let mut number = 1_u32;
        while servers.names(&wanted)
            || self.parameters.iter().any(|known| {
                known.target_type == TargetType::MergeField
                    && known.target_name.eq_ignore_ascii_case(&wanted)
            })
        {
            number += 1;
            wanted = format!("{clean}_{number}");
        }
        wanted
    }

    fn add_cookies(&mut self) {
        if self.cookies.is_empty() {
            return;
        }
        let header = Parameter {
            hide: true,
            optional: true,
            values: vec![ValueOption::Plain(Value::String(self.cookies.join("; ")))],
            ..parameter(TargetType::HttpHeader, "Cookie")
        };
        if !self
            .parameters
            .iter()
            .any(|known| known.same_target(&header))
        {
            self.parameters.push(header);
        }
    }
}

/// The schema of a parameter: a member in OpenAPI 3, itself in Swagger.
fn schema<'a>(node: &Node<'a>, report: &mut Report) -> Merged<'a> {
    if node.documents().version() == Version::Two {
        return Merged::of(node, report);
    }
    if let Some(schema) = node.get("schema") {
        return Merged::of(&schema, report);
    }
    if node.get("content").is_some() {
        report.skip(
            node.pointer_of("content"),
            "the parameter is asked for as text of that type",
        );
    }
    Merged::default()
}

fn made(
    node: &Node<'_>,
    target: TargetType,
    target_name: &str,
    name: &str,
    report: &mut Report,
) -> Parameter {
    let merged = schema(node, report);
    let mut own = filled(&merged, node, target, target_name, name, report);
    own.optional = !node.is("required");
    own.description = node
        .text_of("description")
        .and_then(|text| sentence(text, text::FIELD))
        .or(own.description);
    own
}

fn filled(
    merged: &Merged<'_>,
    node: &Node<'_>,
    target: TargetType,
    target_name: &str,
    name: &str,
    report: &mut Report,
) -> Parameter {
    let mut own = parameter(target, target_name);
    let label = title(&words(name));
    own.display_name = (!label.is_empty()).then_some(label);
    own.description = merged
        .description
        .and_then(|text| sentence(text, text::FIELD));
    if merged.is_list() {
        let inner = merged.items().map(|items| Merged::of(items, report));
        if is_repeated(node) && target == TargetType::QueryString {
            if let Some(inner) = inner {
                (own.data_type, own.format) = known_type(&inner);
                own.values = inner.options(node, report);
            }
        } else {
            let hint = "Separate several with commas.";
            own.description = Some(match own.description {
                Some(text) => format!("{text} {hint}"),
                None => hint.to_owned(),
            });
        }
    } else {
        (own.data_type, own.format) = known_type(merged);
        own.values = merged.options(node, report);
        own.validation = merged.validation.clone();
    }
    // A list of one value that must be sent is a constant, such as the version in a header.
    own.default_value = merged.default.filter(|value| is_plain(value)).cloned();
    own
}

fn known_type(merged: &Merged<'_>) -> (Option<DataType>, Option<String>) {
    match merged.data_type() {
        // Outside of bodies everything is text.
        (Some(DataType::Undefined | DataType::File), _) => (None, None),
        known => known,
    }
}

/// Whether a list repeats the name of its parameter.
fn is_repeated(node: &Node<'_>) -> bool {
    if node.documents().version() == Version::Two {
        return node.text_of("collectionFormat") == Some("multi");
    }
    let exploded = node
        .get("explode")
        .is_none_or(|explode| explode.value() != &Value::Bool(false));
    matches!(node.text_of("style"), None | Some("form")) && exploded
}

/// A token of RFC 9110 §5.6.2.
fn is_header(name: &str) -> bool {
    !name.is_empty()
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
}
