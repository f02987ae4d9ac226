//! Members that mean nothing to us and are given back.

use std::collections::HashMap;

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::catalogue::shape::Shape;

/// Unknown members of a JSON form, by the part of the definition that they stand in.
///
/// Parts are named by what identifies them rather than by position, so that the members survive
/// changes to the definition around them; those of a part that is gone are lost.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Extra(IndexMap<String, Map<String, Value>>);

impl Extra {
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The unknown members of the whole definition.
    pub fn top(&self) -> Option<&Map<String, Value>> {
        self.of("")
    }

    /// The members of a part.
    pub(super) fn of(&self, part: &str) -> Option<&Map<String, Value>> {
        self.0.get(part)
    }

    /// Names the parts that have unknown members, given by their pointers into `value`.
    pub(super) fn place(value: &Value, mut found: HashMap<String, Map<String, Value>>) -> Self {
        let mut extra = Self::default();
        if !found.is_empty() {
            extra.walk(Shape::root(), value, "", "", &mut found);
        }
        extra
    }

    fn walk(
        &mut self,
        shape: Shape,
        value: &Value,
        pointer: &str,
        part: &str,
        found: &mut HashMap<String, Map<String, Value>>,
    ) {
        match value {
            Value::Object(members) => {
                if let Some(own) = found.remove(pointer) {
                    self.0.insert(part.to_owned(), own);
                }
                for (key, member) in members {
                    if let Some(inner) = shape.member(key) {
                        let (pointer, part) = (then(pointer, key), then(part, key));
                        self.walk(inner, member, &pointer, &part, found);
                    }
                }
            }
            Value::Array(elements) => {
                let Some(inner) = shape.element() else { return };
                for (at, (element, name)) in
                    elements.iter().zip(identities(inner, elements)).enumerate()
                {
                    let (pointer, part) = (then(pointer, &at.to_string()), then(part, &name));
                    self.walk(inner, element, &pointer, &part, found);
                }
            }
            _ => {}
        }
    }
}

/// The path of a member inside another.
pub(super) fn then(path: &str, segment: &str) -> String {
    let segment = segment.replace('~', "~0").replace('/', "~1");
    format!("{path}/{segment}")
}

/// What tells the elements of a list apart, whatever their order.
pub(super) fn identities(shape: Shape, elements: &[Value]) -> Vec<String> {
    let members: &[&str] = match shape.name() {
        "method" | "authentication" => &["key"],
        "trigger" | "methodCategory" | "authField" => &["name"],
        "parameter" => &["targetType", "targetName"],
        "field" => &["connectorField"],
        _ => &[],
    };
    let mut seen: HashMap<String, usize> = HashMap::new();
    elements
        .iter()
        .map(|element| {
            let texts = members
                .iter()
                .filter_map(|member| element.get(member)?.as_str());
            let name = texts.collect::<Vec<_>>().join(":");
            let count = seen.entry(name.clone()).or_default();
            *count += 1;
            if *count == 1 && !name.is_empty() {
                name
            } else {
                format!("{name}#{count}")
            }
        })
        .collect()
}
