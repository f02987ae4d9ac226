//! References to methods, which the JSON form makes by name and a definition by key.

use std::collections::HashMap;

use serde_json::Value;
use velodrome_model::FaultCode;

use crate::{
    catalogue::findings::{Findings, Pointer, did_you_mean},
    slug::slug,
};

/// The methods of one definition.
#[derive(Default)]
pub struct Methods<'a> {
    /// Key and name, in order.
    all: Vec<(&'a str, &'a str)>,
    by_name: HashMap<&'a str, Vec<&'a str>>,
    by_lower_name: HashMap<String, Vec<&'a str>>,
    by_key: HashMap<&'a str, &'a str>,
}

impl<'a> Methods<'a> {
    /// The methods with these keys and names.
    pub fn new(methods: impl Iterator<Item = (&'a str, &'a str)>) -> Self {
        let mut own = Self::default();
        for (key, name) in methods {
            own.all.push((key, name));
            own.by_name.entry(name).or_default().push(key);
            own.by_lower_name
                .entry(name.to_lowercase())
                .or_default()
                .push(key);
            own.by_key.insert(key, name);
        }
        own
    }

    /// The methods of a definition that is a value yet.
    pub fn of(definition: &'a Value) -> Self {
        let methods = definition.get("methods").and_then(Value::as_array);
        Self::new(methods.into_iter().flatten().filter_map(|method| {
            let text = |key| method.get(key).and_then(Value::as_str);
            Some((text("key")?, text("name").unwrap_or_default()))
        }))
    }

    /// The key of the method that is meant; an error says why there is none.
    pub fn key(&self, wanted: &str) -> Result<&'a str, String> {
        let named = self.by_name.get(wanted);
        if let Some([only]) = named.map(Vec::as_slice) {
            return Ok(only);
        }
        if let Some((key, _)) = self.by_key.get_key_value(wanted) {
            return Ok(key);
        }
        let named = named.or_else(|| self.by_lower_name.get(&wanted.to_lowercase()));
        match named.map(Vec::as_slice) {
            Some([only]) => Ok(only),
            Some([_, ..]) => Err(format!(
                "several methods have the name {wanted:?}; write the Key of the one that is meant"
            )),
            Some([]) | None => Err(format!(
                "there is no method {wanted:?}{}",
                did_you_mean(wanted, self.all.iter().map(|(_, name)| *name))
            )),
        }
    }

    /// How the JSON form refers to the method of this key.
    pub fn reference<'k>(&self, key: &'k str) -> &'k str
    where
        'a: 'k,
    {
        match self.by_key.get(key) {
            Some(name) if self.key(name) == Ok(key) => name,
            _ => key,
        }
    }
}

/// Where in a definition methods are referred to, as pointers.
pub fn places(definition: &Value) -> Vec<String> {
    let mut places = vec![
        "/postInstallPropertyLookup".to_owned(),
        "/postInstallTestAuth".to_owned(),
    ];
    let length = |key| {
        definition
            .get(key)
            .and_then(Value::as_array)
            .map_or(0, Vec::len)
    };
    places.extend((0..length("triggers")).map(|at| format!("/triggers/{at}/method")));
    for at in 0..length("methods") {
        for end in [
            "request/customFieldsLookup",
            "response/customFieldsLookup",
            "webhook/create",
            "webhook/delete",
            "webhook/update",
        ] {
            places.push(format!("/methods/{at}/{end}"));
        }
    }
    places.retain(|place| definition.pointer(place).is_some());
    places
}

/// Replaces names of methods by their keys.
pub fn resolve(definition: &mut Value, findings: &mut Findings) {
    let mut found = Vec::new();
    {
        let methods = Methods::of(definition);
        for place in places(definition) {
            let Some(name) = definition.pointer(&place).and_then(Value::as_str) else {
                continue;
            };
            let key = methods
                .key(name)
                .map(str::to_owned)
                .unwrap_or_else(|message| {
                    findings.error(FaultCode::V005, Pointer::parse(&place), message);
                    // Of the form of a key, so that nothing else is said of it.
                    let slug = slug(name);
                    if slug.is_empty() {
                        "method".to_owned()
                    } else {
                        slug
                    }
                });
            found.push((place, key));
        }
    }
    for (place, key) in found {
        if let Some(reference) = definition.pointer_mut(&place) {
            *reference = Value::String(key);
        }
    }
}
