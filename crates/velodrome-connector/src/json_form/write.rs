//! From a definition to the JSON form.

use serde_json::{Map, Value, json};
use velodrome_model::definition::ConnectorDefinition;

use super::{
    Extra,
    authentication::EXCLUDE,
    extra::{identities, then},
    names::{FLAT, member_of},
    references::{Methods, places},
};
use crate::catalogue::{canonical, shape::Shape};

/// Lists that clients expect to find even when nothing is in them.
const LISTS: [&str; 6] = [
    "Authentication",
    "Parameters",
    "RateLimits",
    "Triggers",
    "MethodCategories",
    "Methods",
];

/// Writes a definition in the JSON form, with the unknown members that came with it.
///
/// [`read`](super::read) of the result gives the same definition and the same unknown members.
/// Members that a definition does not have (`Id`, `CreatedOnUtc`…) are the caller's to add.
pub fn write(definition: &ConnectorDefinition, extra: &Extra) -> Value {
    let mut value = canonical(definition);
    let methods = Methods::new(
        definition
            .methods
            .iter()
            .map(|method| (method.key.as_str(), method.name.as_str())),
    );
    for place in places(&value) {
        if let Some(reference) = value.pointer_mut(&place)
            && let Some(key) = reference.as_str().map(str::to_owned)
        {
            *reference = Value::String(methods.reference(&key).to_owned());
        }
    }
    let mut form = match value {
        Value::Object(members) => Writer { extra }.object(Shape::root(), members, ""),
        _ => Map::new(),
    };
    form.entry("Status").or_insert_with(|| json!("Unknown"));
    form.entry("Billable").or_insert_with(|| json!(false));
    for list in LISTS {
        form.entry(list).or_insert_with(|| json!([]));
    }
    Value::Object(form)
}

struct Writer<'a> {
    extra: &'a Extra,
}

impl Writer<'_> {
    fn object(&self, shape: Shape, members: Map<String, Value>, part: &str) -> Map<String, Value> {
        let mut form = Map::new();
        for (key, value) in members {
            let Some(inner) = shape.member(&key) else {
                continue;
            };
            let own = then(part, &key);
            match value {
                Value::Object(members) if has_members_outside(shape, &key) => {
                    self.spread(shape, inner, members, &own, &mut form);
                }
                value => {
                    if let Some(name) = member_of(shape, &[&key]) {
                        form.insert(name, self.value(inner, value, &own));
                    }
                }
            }
        }
        for (name, value) in self.extra.of(part).into_iter().flatten() {
            form.entry(name.clone()).or_insert_with(|| value.clone());
        }
        form
    }

    /// Writes a part whose members have places beside the part itself.
    fn spread(
        &self,
        owner: Shape,
        shape: Shape,
        mut members: Map<String, Value>,
        part: &str,
        form: &mut Map<String, Value>,
    ) {
        if shape.name() == "oauth2" {
            join_exclude(&mut members);
        }
        let mut rest = Map::new();
        for (key, value) in members {
            match (member_of(owner, &[shape.name(), &key]), shape.member(&key)) {
                (Some(name), Some(inner)) => {
                    let value = self.value(inner, value, &then(part, &key));
                    form.insert(name, value);
                }
                _ => {
                    rest.insert(key, value);
                }
            }
        }
        if !rest.is_empty() || self.extra.of(part).is_some() {
            let rest = self.object(shape, rest, part);
            if let Some(name) = member_of(owner, &[shape.name()]) {
                form.insert(name, Value::Object(rest));
            }
        }
    }

    fn value(&self, shape: Shape, value: Value, part: &str) -> Value {
        match value {
            Value::Object(members) if shape.members().is_some() => {
                Value::Object(self.object(shape, members, part))
            }
            Value::Object(members) => members
                .into_iter()
                .map(|(name, value)| match shape.member(&name) {
                    Some(inner) => {
                        let value = self.value(inner, value, &then(part, &name));
                        (name, value)
                    }
                    None => (name, value),
                })
                .collect(),
            Value::Array(elements) => match shape.element() {
                Some(inner) => {
                    let names = identities(inner, &elements);
                    let each = elements.into_iter().zip(names);
                    each.map(|(element, name)| self.value(inner, element, &then(part, &name)))
                        .collect()
                }
                None => Value::Array(elements),
            },
            other => other,
        }
    }
}

/// Whether the JSON form keeps some members of this part beside it.
fn has_members_outside(shape: Shape, key: &str) -> bool {
    FLAT.contains(&key)
        || matches!(
            (shape.name(), key),
            ("" | "method", "paging") | ("", "release") | ("method", "webhook")
        )
}

/// The excluded parameters go behind the address, where no name has the comma that separates them.
fn join_exclude(settings: &mut Map<String, Value>) {
    let Some(Value::Array(names)) = settings.get("authoriseExclude") else {
        return;
    };
    let plain = |name: &str| !name.is_empty() && name.trim() == name && !name.contains([',', '|']);
    let names: Option<Vec<&str>> = names
        .iter()
        .map(|name| name.as_str().filter(|name| plain(name)))
        .collect();
    if let (Some(names), Some(Value::String(address))) = (names, settings.get("authoriseUrl")) {
        let joined = format!("{address}{EXCLUDE}{}", names.join(","));
        settings.insert("authoriseUrl".to_owned(), Value::String(joined));
        settings.shift_remove("authoriseExclude");
    }
}
