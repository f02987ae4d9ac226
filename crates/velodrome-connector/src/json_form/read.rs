//! From the JSON form to a definition.

use std::{borrow::Cow, collections::HashMap};

use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Map, Value, json};
use velodrome_model::{Fault, FaultCode, Severity, definition::FORMAT};

use super::{
    Extra, JsonForm,
    authentication::{authentication, older, scheme_to_placement},
    extra::then,
    names::{FLAT, key_of, member_of},
    references,
};
use crate::{
    catalogue::{
        Icon, Origin,
        document::{Setting, examine_value},
        findings::{Findings, MAX_FAULTS, Pointer},
        semantic::Written,
        shape::Shape,
    },
    slug::{Keys, slug},
};

/// Reads a definition in the JSON form.
///
/// # Errors
///
/// Everything that is wrong with it (at most 200 faults), with pointers into `form` and no file.
pub fn read(form: &Value) -> Result<JsonForm, Vec<Fault>> {
    let mut reader = Reader::default();
    let Value::Object(members) = form else {
        reader.findings.error(
            FaultCode::V001,
            Pointer::root(),
            "the definition must be a JSON object",
        );
        return Err(reader.findings.into_faults("", None, str::to_owned));
    };
    let (mut definition, icon) = reader.definition(members);
    let mut references = Findings::new();
    references::resolve(&mut definition, &mut references);
    let mut checked = Findings::new();
    let setting = Setting {
        folder: None,
        origin: Origin::Directory,
    };
    let written = Written::Value(&definition);
    let typed = examine_value(&definition, written, setting, &mut checked);
    let translated = |findings: Findings| {
        let mut faults = findings.into_faults("", None, str::to_owned);
        for fault in &mut faults {
            in_the_forms_words(fault);
            fault.pointer = reader.origins.of(&fault.pointer, form);
        }
        faults
    };
    let mut faults = translated(references);
    faults.extend(reader.findings.into_faults("", None, str::to_owned));
    let mut checked = translated(checked);
    // What was told in better words already.
    checked.retain(|fault| {
        !faults
            .iter()
            .any(|known| known.code == fault.code && known.pointer == fault.pointer)
    });
    faults.extend(checked);
    faults.sort_by_key(|fault| fault.severity);
    faults.truncate(MAX_FAULTS);
    match typed {
        Some(typed) if !faults.iter().any(Fault::is_error) => Ok(JsonForm {
            definition: typed,
            extra: Extra::place(&definition, reader.unknown),
            icon,
            warnings: faults,
        }),
        _ => {
            faults.retain(|fault| fault.severity == Severity::Error);
            Err(faults)
        }
    }
}

/// The member of this name in any case, unless it is null.
pub fn given<'m>(members: &'m Map<String, Value>, name: &str) -> Option<(&'m str, &'m Value)> {
    members
        .iter()
        .find(|(own, value)| own.eq_ignore_ascii_case(name) && !value.is_null())
        .map(|(own, value)| (own.as_str(), value))
}

/// Where in the form the pieces of the definition came from.
#[derive(Default)]
struct Origins(HashMap<String, String>);

impl Origins {
    /// Where a piece of the definition came from, or the nearest that is in the form.
    fn of(&self, pointer: &str, form: &Value) -> String {
        let mut known = pointer;
        let mut origin = loop {
            if let Some(origin) = self.0.get(known) {
                break format!("{origin}{}", &pointer[known.len()..]);
            }
            match known.rfind('/') {
                Some(at) => known = &known[..at],
                None => break pointer.to_owned(),
            }
        };
        while form.pointer(&origin).is_none() {
            origin.truncate(origin.rfind('/').unwrap_or_default());
        }
        origin
    }
}

/// What is found while reading.
#[derive(Default)]
pub struct Reader {
    /// Faults of the form itself; the pointers are into it.
    pub findings: Findings,
    origins: Origins,
    /// Unknown members by the pointer of the part of the definition that they stand in.
    unknown: HashMap<String, Map<String, Value>>,
}

impl Reader {
    fn definition(&mut self, members: &Map<String, Value>) -> (Value, Option<Icon>) {
        let root = Shape::root();
        let mut members = Cow::Borrowed(members);
        let icon = self.icon(&mut members);
        let older = older(root, &members);
        if let Some(older) = &older {
            members.to_mut().retain(|name, _| !older.contains_key(name));
        }
        let mut own = self.object(root, None, &members, "", "");
        if let Some(older) = older
            && let Some(element) = root.member("authentications").and_then(Shape::element)
        {
            let at = "/authentications/0";
            self.origins.0.insert(at.to_owned(), String::new());
            let mut read = authentication(self, element, &older, "", at);
            if read.get("type") == Some(&json!("OAuth2")) {
                scheme_to_placement(&mut read);
            }
            own.insert("authentications".to_owned(), json!([read]));
        }
        self.complete(&mut own);
        (Value::Object(own), icon)
    }

    /// Takes the icon out, if it is in the form and not a file's name.
    fn icon(&mut self, members: &mut Cow<'_, Map<String, Value>>) -> Option<Icon> {
        let (name, value) = given(members, "Icon")?;
        let data = value.as_str()?.strip_prefix("data:")?;
        let icon = data_uri(data);
        let name = name.to_owned();
        members.to_mut().shift_remove(&name);
        match icon {
            Ok(icon) => Some(icon),
            Err(message) => {
                let at = Pointer::root().then(&name);
                self.findings.error(FaultCode::V015, at, message);
                None
            }
        }
    }

    /// Reads the members of one part that stands at `at` in the form and at `target` in the definition.
    pub fn object(
        &mut self,
        shape: Shape,
        flat: Option<&'static str>,
        members: &Map<String, Value>,
        at: &str,
        target: &str,
    ) -> Map<String, Value> {
        let mut own = Map::new();
        for (name, value) in members {
            if value.is_null() {
                continue;
            }
            let Some(path) = key_of(shape, flat, name) else {
                let unknown = self.unknown.entry(target.to_owned()).or_default();
                unknown.insert(name.clone(), value.clone());
                continue;
            };
            let source = then(at, name);
            let mut place = target.to_owned();
            let mut inner = Some(shape);
            for key in &path {
                place = then(&place, key);
                inner = inner.and_then(|inner| inner.member(key));
            }
            let read = match inner {
                Some(inner) => self.value(inner, value, &source, &place),
                None => value.clone(),
            };
            if is_absent(shape, &path, &read) {
                continue;
            }
            self.origins
                .0
                .entry(place)
                .or_insert_with(|| source.clone());
            if !put(&mut own, &path, read) {
                let message = format!("{name:?} says again what another member says; remove one");
                self.findings
                    .error(FaultCode::V001, Pointer::parse(&source), message);
            }
        }
        own
    }

    fn value(&mut self, shape: Shape, value: &Value, at: &str, target: &str) -> Value {
        match value {
            Value::Object(members) if shape.name() == "authentication" && is_part(shape) => {
                Value::Object(authentication(self, shape, members, at, target))
            }
            Value::Object(members) if is_part(shape) => {
                Value::Object(self.object(shape, None, members, at, target))
            }
            // Names that are free are kept as they are.
            Value::Object(members) => members
                .iter()
                .filter(|(_, value)| !value.is_null())
                .map(|(name, value)| {
                    let value = match shape.member(name) {
                        Some(inner) => {
                            self.value(inner, value, &then(at, name), &then(target, name))
                        }
                        None => value.clone(),
                    };
                    (name.clone(), value)
                })
                .collect(),
            Value::Array(elements) => match shape.element() {
                Some(inner) => elements
                    .iter()
                    .enumerate()
                    .map(|(index, element)| {
                        let index = index.to_string();
                        let (at, target) = (then(at, &index), then(target, &index));
                        self.origins.0.insert(target.clone(), at.clone());
                        self.value(inner, element, &at, &target)
                    })
                    .collect(),
                None => value.clone(),
            },
            Value::String(verb) if shape.name() == "httpMethod" => {
                Value::String(verb.to_ascii_uppercase())
            }
            other => other.clone(),
        }
    }

    /// Adds what a definition must have and the form may leave out.
    fn complete(&mut self, own: &mut Map<String, Value>) {
        own.entry("format").or_insert_with(|| json!(FORMAT));
        if !own.contains_key("slug") {
            let name = own.get("name").and_then(Value::as_str).unwrap_or_default();
            let slug = match slug(name) {
                slug if slug.is_empty() => "connector".to_owned(),
                slug => slug,
            };
            own.insert("slug".to_owned(), Value::String(slug));
        }
        if let Value::Object(release) = own.entry("release").or_insert_with(|| json!({})) {
            release.entry("number").or_insert_with(|| json!(1));
            release.entry("status").or_insert_with(|| json!("Draft"));
        }
        let authentications = own.entry("authentications").or_insert_with(|| json!([]));
        if *authentications == json!([]) {
            *authentications = json!([{"type": "None"}]);
        }
        give_keys(authentications, |one| {
            one.get("name").or_else(|| one.get("type"))
        });
        give_keys(
            own.entry("methods").or_insert_with(|| json!([])),
            |method| method.get("name"),
        );
        let limits = own.get_mut("rateLimits").and_then(Value::as_array_mut);
        for limit in limits.into_iter().flatten() {
            if let Value::Object(limit) = limit {
                limit
                    .entry("scope")
                    .or_insert_with(|| json!("AccountConnector"));
            }
        }
    }
}

/// Whether a shape has members of fixed names.
fn is_part(shape: Shape) -> bool {
    shape.members().is_some()
}

/// Whether a value stands for none: clients without a word for absence send 0 as a page's size.
fn is_absent(shape: Shape, path: &[&str], value: &Value) -> bool {
    let paging = shape.name() == "paging" || path.len() > 1 && path[0] == "paging";
    let size = path.last().is_some_and(|key| key.ends_with("PageSize"));
    paging && size && value.as_u64() == Some(0)
}

/// Puts a value in; false if another is there already.
fn put(own: &mut Map<String, Value>, path: &[&str], value: Value) -> bool {
    let Some((key, rest)) = path.split_first() else {
        return false;
    };
    if !rest.is_empty() {
        let inner = own.entry(*key).or_insert_with(|| json!({}));
        return inner
            .as_object_mut()
            .is_some_and(|inner| put(inner, rest, value));
    }
    match (own.get_mut(*key), value) {
        (None, value) => {
            own.insert((*key).to_owned(), value);
            true
        }
        (Some(Value::Object(known)), Value::Object(more)) => {
            more.into_iter().fold(true, |fresh, (name, value)| {
                put(known, &[&name], value) && fresh
            })
        }
        (Some(_), _) => false,
    }
}

/// Gives a key to the elements that have none.
fn give_keys(list: &mut Value, name: impl Fn(&Map<String, Value>) -> Option<&Value>) {
    let Value::Array(elements) = list else { return };
    let mut keys = Keys::default();
    for key in elements
        .iter()
        .filter_map(|element| element.get("key")?.as_str())
    {
        keys.reserve(key);
    }
    for element in elements {
        if let Value::Object(element) = element
            && !element.contains_key("key")
        {
            let name = name(element).and_then(Value::as_str).unwrap_or_default();
            let key = keys.key(name, "unnamed");
            element.insert("key".to_owned(), Value::String(key));
        }
    }
}

/// An icon in the rest of a `data:` URI (RFC 2397).
fn data_uri(data: &str) -> Result<Icon, String> {
    let (kind, content) = data
        .split_once(',')
        .ok_or("the data: URI has no comma; write data:image/png;base64,…")?;
    let mut parts = kind.split(';');
    let name = match parts.next().map(str::to_ascii_lowercase).as_deref() {
        Some("image/png") => "icon.png",
        Some("image/svg+xml") => "icon.svg",
        _ => return Err("the icon is neither image/png nor image/svg+xml".to_owned()),
    };
    let bytes = if parts.any(|part| part.eq_ignore_ascii_case("base64")) {
        BASE64_STANDARD
            .decode(content.trim())
            .map_err(|error| format!("the icon can't be decoded: {error}"))?
    } else {
        percent_encoding::percent_decode_str(content).collect()
    };
    Icon::new(name, Cow::Owned(bytes))
}

/// Missing members are told by the names that they have in the form.
fn in_the_forms_words(fault: &mut Fault) {
    let Some(key) = fault
        .message
        .strip_suffix("\" is missing; add it")
        .and_then(|words| words.strip_prefix('"'))
    else {
        return;
    };
    let mut shape = Shape::root();
    let mut owner = shape;
    for segment in fault.pointer.split('/').skip(1) {
        let inner = match segment.parse::<usize>() {
            Ok(_) => shape.element(),
            Err(_) => shape.member(segment),
        };
        let Some(inner) = inner else { return };
        (owner, shape) = (shape, inner);
    }
    let name = if FLAT.contains(&shape.name()) {
        member_of(owner, &[shape.name(), key])
    } else {
        member_of(shape, &[key])
    };
    if let Some(name) = name {
        fault.message = format!("{name:?} is missing; add it");
    }
}
