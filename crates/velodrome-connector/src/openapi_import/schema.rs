//! Schemas flattened to fields.

use std::collections::{HashMap, VecDeque};

use serde_json::Value;
use velodrome_model::{
    definition::{BodyType, DataType, Field, Validation, ValueOption},
    identity::Direction,
    location::Location,
};

use super::{
    document::Node,
    report::Report,
    text::{self, sentence},
};

/// How many levels of objects and lists are looked into; those below are one field each.
pub const MAX_DEPTH: usize = 8;
/// The most fields of one body.
const MAX_FIELDS: usize = 300;
/// About as many fields as a definition has room for.
const ALL_FIELDS: usize = 80_000;
/// How many schemas may be put together to one.
const MAX_PARTS: usize = 200;
/// The most values of an enumeration.
const MAX_VALUES: usize = 200;

/// Members of schemas that say more than a field can.
const IGNORED: [&str; 9] = [
    "not",
    "if",
    "patternProperties",
    "prefixItems",
    "dependentSchemas",
    "dependentRequired",
    "contains",
    "propertyNames",
    "unevaluatedProperties",
];

/// A schema with everything it is put together from.
#[derive(Default)]
pub struct Merged<'a> {
    /// Types, without null.
    pub types: Vec<&'a str>,
    /// Properties with whether they are required.
    properties: Vec<(&'a str, Node<'a>, bool)>,
    by_name: HashMap<&'a str, usize>,
    items: Option<Node<'a>>,
    /// `format`.
    pub format: Option<&'a str>,
    /// Description.
    pub description: Option<&'a str>,
    /// Offered values.
    pub values: Vec<&'a Value>,
    /// `default`, if it is a scalar.
    pub default: Option<&'a Value>,
    /// Lengths and limits.
    pub validation: Option<Validation>,
    read_only: bool,
    write_only: bool,
    nullable: bool,
    xml_name: Option<&'a str>,
    xml_attribute: bool,
    xml_wrapped: bool,
    /// The name that a reference gave it.
    pub name: Option<String>,
    file: bool,
}

impl<'a> Merged<'a> {
    /// Puts a schema together.
    pub fn of(node: &Node<'a>, report: &mut Report) -> Self {
        let mut merged = Self::default();
        let mut parts = 0;
        merged.add(node, false, &mut Vec::new(), &mut parts, report);
        merged
    }

    fn add(
        &mut self,
        node: &Node<'a>,
        optional: bool,
        way: &mut Vec<(usize, String)>,
        parts: &mut usize,
        report: &mut Report,
    ) {
        *parts += 1;
        if *parts > MAX_PARTS {
            return report.skip(
                node.pointer(),
                format!(
                    "more than {MAX_PARTS} schemas are put together here; the others are left out"
                ),
            );
        }
        let target = match node.follow() {
            Ok(target) => target,
            Err(reason) => return report.skip(node.pointer(), reason),
        };
        if way.contains(&target.place()) {
            return report.skip(node.pointer(), "the schema is put together from itself");
        }
        if node.is_reference() {
            let (_, pointer) = target.place();
            let name = pointer.rsplit('/').next().map(str::to_owned);
            self.name = self.name.take().or(name);
            // In 3.1 a description beside a reference is meant for this place.
            self.description = self.description.or(node.text_of("description"));
        }
        way.push(target.place());
        self.add_own(&target, optional, report);
        for part in target.get("allOf").iter().flat_map(Node::elements) {
            self.add(&part, optional, way, parts, report);
        }
        for key in ["oneOf", "anyOf"] {
            for part in target.get(key).iter().flat_map(Node::elements) {
                if part.text_of("type") == Some("null") {
                    self.nullable = true;
                } else {
                    // Whatever one alternative requires, the others may not even know.
                    self.add(&part, true, way, parts, report);
                }
            }
        }
        way.pop();
    }

    fn add_own(&mut self, node: &Node<'a>, optional: bool, report: &mut Report) {
        for key in IGNORED {
            if node.get(key).is_some() {
                report.skip(
                    node.pointer_of(key),
                    format!("{key} has no counterpart; it is not checked"),
                );
            }
        }
        match node.get("type") {
            Some(kind) if kind.text().is_some() => self.add_type(kind.text().unwrap_or_default()),
            Some(kind) => {
                for kind in kind.elements().filter_map(|kind| kind.text()) {
                    self.add_type(kind);
                }
            }
            None => {}
        }
        self.nullable |= node.is("nullable") || node.is("x-nullable");
        self.read_only |= node.is("readOnly");
        self.write_only |= node.is("writeOnly");
        self.format = self.format.or(node.text_of("format"));
        let media = node.text_of("contentMediaType");
        self.file |= media
            .is_some_and(|media| media != "application/json" && !media.starts_with("text/"))
            && node.text_of("contentEncoding").is_none();
        self.description = self
            .description
            .or(node.text_of("description"))
            .or(node.text_of("title"));
        for value in node.get("enum").iter().flat_map(Node::elements) {
            self.offer(value.value());
        }
        if let Some(value) = node.get("const") {
            self.offer(value.value());
        }
        self.default = self
            .default
            .or(node.get("default").map(|value| value.value()));
        self.add_validation(node);
        if let Some(xml) = node.get("xml") {
            self.xml_name = self.xml_name.or(xml.text_of("name"));
            self.xml_attribute |= xml.is("attribute");
            self.xml_wrapped |= xml.is("wrapped");
        }
        self.items = self.items.take().or(node.get("items"));
        let required = node.get("required");
        let required: Vec<&str> = required
            .iter()
            .flat_map(Node::elements)
            .filter_map(|name| name.text())
            .collect();
        for (name, property) in node.get("properties").iter().flat_map(Node::all_members) {
            let needed = !optional && required.contains(&name);
            match self
                .by_name
                .get(name)
                .and_then(|at| self.properties.get_mut(*at))
            {
                Some(known) => known.2 |= needed,
                None => {
                    self.by_name.insert(name, self.properties.len());
                    self.properties.push((name, property, needed));
                }
            }
        }
        if !optional {
            // A part may require what another part declares.
            for name in required {
                if let Some(at) = self.by_name.get(name)
                    && let Some(known) = self.properties.get_mut(*at)
                {
                    known.2 = true;
                }
            }
        }
    }

    fn add_type(&mut self, kind: &'a str) {
        if kind == "null" {
            self.nullable = true;
        } else if !self.types.contains(&kind) {
            self.types.push(kind);
        }
    }

    fn offer(&mut self, value: &'a Value) {
        let scalar = matches!(value, Value::String(_) | Value::Number(_) | Value::Bool(_));
        if scalar && self.values.len() < MAX_VALUES && !self.values.contains(&value) {
            self.values.push(value);
        }
    }

    fn add_validation(&mut self, node: &Node<'a>) {
        let whole = |key: &str| node.get(key).and_then(|value| value.value().as_u64());
        let number = |key: &str| node.get(key).and_then(|value| value.value().as_f64());
        let own = Validation {
            min_length: whole("minLength").filter(|least| *least > 0),
            max_length: whole("maxLength").filter(|most| *most > 0),
            minimum: number("minimum"),
            maximum: number("maximum"),
            ..Validation::default()
        };
        let fits = own
            .min_length
            .zip(own.max_length)
            .is_none_or(|(least, most)| least <= most)
            && own
                .minimum
                .zip(own.maximum)
                .is_none_or(|(least, most)| least <= most);
        if own != Validation::default() && fits && self.validation.is_none() {
            self.validation = Some(own);
        }
    }

    /// Whether it is an object whose properties are known.
    pub fn is_object(&self) -> bool {
        !self.properties.is_empty() && (self.types.is_empty() || self.types.contains(&"object"))
    }

    /// Whether it is a list.
    pub fn is_list(&self) -> bool {
        self.types.contains(&"array") || self.types.is_empty() && self.items.is_some()
    }

    /// The elements of a list.
    pub fn items(&self) -> Option<&Node<'a>> {
        self.items.as_ref()
    }

    /// The names of its properties.
    pub fn property_names(&self) -> impl Iterator<Item = (&'a str, &Node<'a>, bool)> {
        self.properties
            .iter()
            .map(|(name, node, needed)| (*name, node, *needed))
    }

    /// The name of the element around an Xml body.
    pub fn xml_root(&self) -> Option<String> {
        self.xml_name
            .map(str::to_owned)
            .or_else(|| self.name.clone())
    }

    /// Type and format of a field or parameter.
    pub fn data_type(&self) -> (Option<DataType>, Option<String>) {
        let kind = match &self.types[..] {
            [] if self.file || self.format == Some("binary") => "file",
            [] => match self.values.first() {
                Some(Value::String(_)) => "string",
                Some(Value::Bool(_)) => "boolean",
                Some(Value::Number(number)) if number.is_f64() => "number",
                Some(Value::Number(_)) => "integer",
                _ => "",
            },
            [one] => one,
            several
                if several
                    .iter()
                    .all(|kind| matches!(*kind, "integer" | "number")) =>
            {
                "number"
            }
            _ => "",
        };
        let kind = match (kind, self.format) {
            ("integer", _) => DataType::Integer,
            ("number", Some("float" | "double")) => DataType::Float,
            ("number", _) => DataType::Decimal,
            ("boolean", _) => DataType::Boolean,
            ("string", Some("date")) => {
                return (Some(DataType::DateTime), Some("yyyy-MM-dd".to_owned()));
            }
            ("string", Some("date-time")) => DataType::DateTime,
            ("string", Some("binary")) | ("file", _) => DataType::File,
            ("string", _) if self.file => DataType::File,
            ("string", _) => return (None, None),
            _ => DataType::Undefined,
        };
        (Some(kind), None)
    }

    /// The offered values, without those that would be taken for mergefields.
    pub fn options(&self, place: &Node<'_>, report: &mut Report) -> Vec<ValueOption> {
        let mut options = Vec::new();
        for value in &self.values {
            if is_plain(value) {
                options.push(ValueOption::Plain((*value).clone()));
            } else {
                report.skip(
                    place.pointer_of("enum"),
                    format!("the value {value} would be taken for a variable"),
                );
            }
        }
        options
    }
}

/// Whether a value is taken as it is, everywhere in a definition.
pub fn is_plain(value: &Value) -> bool {
    match value {
        Value::String(text) => !text.contains("{{") && !text.starts_with("CYCLR_"),
        Value::Number(_) | Value::Bool(_) => true,
        _ => false,
    }
}

/// How many fields a body may have in a document of so many operations; where there are thousands,
/// nothing would be gained by flattening what a definition has no room for.
pub fn most_fields(operations: usize) -> usize {
    (ALL_FIELDS / (2 * operations).max(1)).clamp(20, MAX_FIELDS)
}

struct Waiting<'a> {
    node: Node<'a>,
    prefix: String,
    depth: usize,
    optional: bool,
}

/// Flattens the schema of a body.
pub fn fields(
    root: &Node<'_>,
    merged: &Merged<'_>,
    direction: Direction,
    body: BodyType,
    most: usize,
    report: &mut Report,
) -> Vec<Field> {
    let mut flattening = Flattening {
        direction,
        xml: body == BodyType::Xml,
        fields: Vec::new(),
        waiting: VecDeque::new(),
        full: false,
        most,
        report,
    };
    flattening.open(root, merged, "", 0, false);
    while let Some(next) = flattening.waiting.pop_front() {
        let merged = Merged::of(&next.node, flattening.report);
        flattening.open(&next.node, &merged, &next.prefix, next.depth, next.optional);
        if flattening.full {
            break;
        }
    }
    flattening.fields
}

struct Flattening<'r, 'a> {
    direction: Direction,
    xml: bool,
    fields: Vec<Field>,
    /// Breadth comes before depth, so that what is left out of too much is what lies deepest.
    waiting: VecDeque<Waiting<'a>>,
    full: bool,
    most: usize,
    report: &'r mut Report,
}

impl<'a> Flattening<'_, 'a> {
    /// Looks into an object or list at a location.
    fn open(
        &mut self,
        node: &Node<'a>,
        merged: &Merged<'a>,
        prefix: &str,
        depth: usize,
        optional: bool,
    ) {
        if merged.is_list() {
            // Only the root and lists in lists come here as lists.
            let location = join(prefix, "[]");
            if let Some(items) = merged.items() {
                let inner = Merged::of(items, self.report);
                self.value(items, &inner, location, depth, optional);
            } else {
                self.leaf(node, merged, location, optional);
            }
            return;
        }
        for (name, property, needed) in merged.property_names() {
            if self.full {
                return;
            }
            let inner = Merged::of(property, self.report);
            let absent = match self.direction {
                Direction::Request => inner.read_only,
                Direction::Response => inner.write_only,
            };
            if absent {
                continue;
            }
            let own_optional = optional || !needed;
            if let Some(location) = self.place(property, &inner, name, prefix) {
                self.value(property, &inner, location, depth, own_optional);
            }
        }
    }

    fn place(
        &mut self,
        node: &Node<'a>,
        merged: &Merged<'a>,
        name: &str,
        prefix: &str,
    ) -> Option<String> {
        let list = merged.is_list();
        let name = if self.xml {
            merged.xml_name.unwrap_or(name)
        } else {
            name
        };
        let segment = if list && self.xml && merged.xml_wrapped {
            let element = merged.items().and_then(|items| {
                let inner = Merged::of(items, self.report);
                inner.xml_name
            });
            let element = element.unwrap_or(name);
            segment(name, false)
                .zip(segment(element, true))
                .map(|(outer, inner)| format!("{outer}.{inner}"))
        } else if self.xml && merged.xml_attribute {
            segment(&format!("@{name}"), false)
        } else {
            segment(name, list)
        };
        let location = segment.map(|segment| join(prefix, &segment));
        let usable = location
            .filter(|location| !location.contains("{{") && location.parse::<Location>().is_ok());
        if usable.is_none() {
            self.report.skip(
                node.pointer(),
                format!("the name {name:?} can't be part of a location"),
            );
        }
        usable
    }

    /// A property or element: looked into later, or a field.
    fn value(
        &mut self,
        node: &Node<'a>,
        merged: &Merged<'a>,
        location: String,
        depth: usize,
        optional: bool,
    ) {
        // Elements of a list are looked into where the list stands.
        if merged.is_list()
            && location.ends_with(']')
            && !location.ends_with("[]")
            && let Some(items) = merged.items()
        {
            let inner = Merged::of(items, self.report);
            if inner.is_object() {
                return self.deeper(items, location, depth, optional);
            }
            if !inner.is_list() {
                return self.leaf(items, &inner, location, optional);
            }
            return self.leaf(node, merged, location, optional);
        }
        if merged.is_object() {
            return self.deeper(node, location, depth, optional);
        }
        self.leaf(node, merged, location, optional);
    }

    fn deeper(&mut self, node: &Node<'a>, location: String, depth: usize, optional: bool) {
        if depth + 1 >= MAX_DEPTH {
            self.report.skip(
                node.pointer(),
                format!(
                    "more than {MAX_DEPTH} levels lie inside one another; {location} is one field"
                ),
            );
            let merged = Merged::default();
            return self.leaf(node, &merged, location, optional);
        }
        self.waiting.push_back(Waiting {
            node: node.clone(),
            prefix: location,
            depth: depth + 1,
            optional,
        });
    }

    fn leaf(&mut self, node: &Node<'a>, merged: &Merged<'a>, location: String, optional: bool) {
        // Without a field that is required the request could not be made.
        let needed = self.direction == Direction::Request && !optional;
        if self.fields.len() >= if needed { MAX_FIELDS } else { self.most } {
            self.full |= self.fields.len() >= MAX_FIELDS || self.direction == Direction::Response;
            let (body, most) = (self.direction.key(), self.most);
            return self.report.skip(
                node.pointer(),
                format!(
                    "the {body} has more than {most} fields; those that lie deepest are left out"
                ),
            );
        }
        let (data_type, format) = merged.data_type();
        let request = self.direction == Direction::Request;
        self.fields.push(Field {
            description: merged
                .description
                .and_then(|text| sentence(text, text::FIELD)),
            optional: request && (optional || merged.nullable),
            data_type,
            format,
            values: merged.options(node, self.report),
            validation: merged.validation.clone().filter(|_| request),
            ..Field::at(location)
        });
    }
}

fn join(prefix: &str, segment: &str) -> String {
    if prefix.is_empty() {
        segment.to_owned()
    } else {
        format!("{prefix}.{segment}")
    }
}

/// One segment of a location, if the name can be one.
fn segment(name: &str, list: bool) -> Option<String> {
    if name.is_empty() || name.contains('\\') {
        None
    } else if list {
        (!name.contains(['[', ']'])).then(|| format!("[{name}]"))
    } else if name.contains(['.', '[', ']']) {
        Some(format!("\\{name}\\"))
    } else {
        Some(name.to_owned())
    }
}
