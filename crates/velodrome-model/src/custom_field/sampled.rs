//! Basic: what records hold beyond the static fields (connectors.md §5).

use chrono_tz::Tz;
use indexmap::IndexMap;
use serde_json::Value;

use super::{Found, FoundField, MAX_LABEL, MAX_LOCATION};
use crate::{
    definition::{DataType, Message},
    location::{Location, derive_names},
    value::DateFormat,
};

/// Records of an answer that are looked at.
pub const MOST_RECORDS: usize = 100;
/// Objects within objects that are looked into.
const MAX_DEPTH: usize = 16;

/// Infers fields from the records of a lookup's answer. They sit in `target` where they sat in their
/// records: below the array or the members that hold the target's own fields.
pub fn sampled(response: &Message, body: &Value, target: &Message, for_request: bool) -> Found {
    let source = root_of(response).or_else(|| sniffed(body));
    let records: Vec<&Value> = match &source {
        Some(root) if root.array_depth() > 0 => root.read(body).into_iter().flatten().collect(),
        Some(root) => root.first(body).into_iter().collect(),
        None => vec![body],
    };
    let mut leaves = Leaves::default();
    for record in records.into_iter().take(MOST_RECORDS) {
        leaves.walk(record, "", 0);
    }
    let root = match (root_of(target), for_request) {
        (Some(root), _) => Some(root),
        // An answer without fields of its own looks as the lookup's does; a request is the record itself.
        (None, false) if target.fields.is_empty() => source,
        (None, _) => None,
    };
    leaves.found(root.as_ref())
}

/// Where the records are that a message's fields describe: an array, or members around all of them.
fn root_of(message: &Message) -> Option<Location> {
    let locations: Vec<Location> = message
        .fields
        .iter()
        .filter_map(|field| field.connector_field.parse().ok())
        .collect();
    if let Some(array) = locations.iter().find_map(Location::outermost_array) {
        return Some(array);
    }
    let [first, _, ..] = locations.as_slice() else {
        return None;
    };
    (1..first.depth())
        .rev()
        .filter_map(|depth| first.upto(depth))
        .find(|upper| locations.iter().all(|one| one.below(upper).is_some()))
}

/// The same for an answer that nothing describes: a list, or the one list of records in it.
fn sniffed(body: &Value) -> Option<Location> {
    match body {
        Value::Array(_) => "[]".parse().ok(),
        Value::Object(members) => {
            let mut lists = members.iter().filter(|(_, value)| {
                value
                    .as_array()
                    .is_some_and(|list| list.iter().any(Value::is_object))
            });
            match (lists.next(), lists.next()) {
                (Some((name, _)), None) => array_segment(name)?.parse().ok(),
                _ => None,
            }
        }
        _ => None,
    }
}

/// What was seen at each location of the records.
#[derive(Default)]
struct Leaves {
    seen: IndexMap<String, Kinds>,
    /// Names that no location can say.
    unsayable: usize,
}

#[derive(Default)]
struct Kinds {
    boolean: bool,
    integer: bool,
    float: bool,
    date: bool,
    text: bool,
}

impl Leaves {
    fn walk(&mut self, value: &Value, at: &str, depth: usize) {
        let Value::Object(members) = value else {
            return;
        };
        if depth == MAX_DEPTH {
            return;
        }
        for (name, value) in members {
            match value {
                Value::Object(_) => {
                    if let Some(below) = self.joined(at, property_segment(name)) {
                        self.walk(value, &below, depth + 1);
                    }
                }
                Value::Array(items) => {
                    let Some(below) = self.joined(at, array_segment(name)) else {
                        continue;
                    };
                    for item in items {
                        match item {
                            Value::Object(_) => self.walk(item, &below, depth + 1),
                            // A list of lists is no field.
                            Value::Array(_) => {}
                            scalar => self.saw(&below, scalar),
                        }
                    }
                }
                scalar => {
                    if let Some(below) = self.joined(at, property_segment(name)) {
                        self.saw(&below, scalar);
                    }
                }
            }
        }
    }

    fn joined(&mut self, at: &str, segment: Option<String>) -> Option<String> {
        let Some(segment) = segment else {
            self.unsayable += 1;
            return None;
        };
        Some(if at.is_empty() {
            segment
        } else {
            format!("{at}.{segment}")
        })
    }

    fn saw(&mut self, at: &str, value: &Value) {
        let kinds = match self.seen.get_mut(at) {
            Some(kinds) => kinds,
            None => self.seen.entry(at.to_owned()).or_default(),
        };
        match value {
            Value::Bool(_) => kinds.boolean = true,
            Value::Number(number) if number.is_f64() => kinds.float = true,
            Value::Number(_) => kinds.integer = true,
            Value::String(text) if text.trim().is_empty() => {}
            Value::String(text) if is_instant(text) => kinds.date = true,
            Value::String(_) => kinds.text = true,
            Value::Null | Value::Array(_) | Value::Object(_) => {}
        }
    }

    fn found(self, root: Option<&Location>) -> Found {
        let mut found = Found::default();
        if self.unsayable > 0 {
            found.skipped.push(format!(
                "{} names have characters that no location can say",
                self.unsayable
            ));
        }
        let located: Vec<(Location, Kinds)> = self
            .seen
            .into_iter()
            .filter_map(|(rest, kinds)| {
                let text = match root {
                    Some(root) => format!("{root}.{rest}"),
                    None => rest,
                };
                let fits = text.chars().count() <= MAX_LOCATION;
                Some((text.parse().ok().filter(|_| fits)?, kinds))
            })
            .collect();
        let names = derive_names(located.iter().map(|(location, _)| (location, None, None)));
        found.fields = located
            .into_iter()
            .zip(names)
            .map(|((location, kinds), names)| FoundField {
                location: location.to_string(),
                display_name: names.display.chars().take(MAX_LABEL).collect(),
                description: None,
                data_type: kinds.data_type(),
                format: None,
                optional: true,
                read_only: false,
                hide: false,
                default_value: None,
                values: Vec::new(),
            })
            .collect();
        found
    }
}

impl Kinds {
    fn data_type(&self) -> DataType {
        match self {
            Self {
                boolean: true,
                integer: false,
                float: false,
                date: false,
                text: false,
            } => DataType::Boolean,
            Self {
                boolean: false,
                integer: true,
                float: false,
                date: false,
                text: false,
            } => DataType::Integer,
            Self {
                boolean: false,
                float: true,
                date: false,
                text: false,
                ..
            } => DataType::Float,
            Self {
                boolean: false,
                integer: false,
                float: false,
                date: true,
                text: false,
            } => DataType::DateTime,
            Self {
                boolean: false,
                integer: false,
                float: false,
                ..
            } => DataType::Text,
            // Now this, now that: whatever it is is passed on.
            _ => DataType::Undefined,
        }
    }
}

/// Date and time. A date alone stays text: written as an instant, its provider may not know it again.
fn is_instant(text: &str) -> bool {
    text.len() >= "2024-01-01T00:00".len()
        && text.as_bytes().get(10) == Some(&b'T')
        && DateFormat::ISO.read(text, Tz::UTC).is_some()
}

fn property_segment(name: &str) -> Option<String> {
    let plain = !name.is_empty() && !name.contains(['.', '[', ']', '\\']);
    if plain {
        return Some(name.to_owned());
    }
    (!name.is_empty() && !name.contains('\\')).then(|| format!("\\{name}\\"))
}

fn array_segment(name: &str) -> Option<String> {
    (!name.is_empty() && !name.contains(['[', ']'])).then(|| format!("[{name}]"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn message(locations: &[&str]) -> Message {
        let fields: Vec<Value> = locations
            .iter()
            .map(|location| json!({ "connectorField": location }))
            .collect();
        serde_json::from_value(json!({ "fields": fields })).unwrap()
    }

    fn locations(found: &Found) -> Vec<&str> {
        found
            .fields
            .iter()
            .map(|field| field.location.as_str())
            .collect()
    }

    #[test]
    fn leaves_of_records_become_fields_with_inferred_names_and_types() {
        let response = message(&["[items].id"]);
        let body = json!({"next": 2, "items": [
            {"id": 1, "shoeSize": null, "vip": true, "score": 1, "since": "2024-01-01T10:00:00Z",
             "address": {"geo": {"lat": 1.5}}, "tags": ["a"], "phones": [{"number": "1"}],
             "odd.name[0]": "x", "born": "2024-01-01", "mixed": 1, "empty": {}, "none": []},
            {"id": 2, "shoeSize": 42, "score": 2.5, "mixed": "a"},
        ]});

        let found = sampled(&response, &body, &response, false);

        let rows: Vec<_> = found
            .fields
            .iter()
            .map(|field| {
                (
                    field.location.as_str(),
                    field.display_name.as_str(),
                    field.data_type,
                )
            })
            .collect();
        assert_eq!(
            rows,
            [
                ("[items].id", "ID", DataType::Integer),
                ("[items].shoeSize", "Shoe Size", DataType::Integer),
                ("[items].vip", "Vip", DataType::Boolean),
                ("[items].score", "Score", DataType::Float),
                ("[items].since", "Since", DataType::DateTime),
                ("[items].address.geo.lat", "Lat", DataType::Float),
                ("[items].[tags]", "Tags", DataType::Text),
                ("[items].[phones].number", "Number", DataType::Text),
                ("[items].\\odd.name[0]\\", "Odd Name 0", DataType::Text),
                ("[items].born", "Born", DataType::Text),
                ("[items].mixed", "Mixed", DataType::Undefined),
            ]
        );
    }

    #[test]
    fn only_the_first_hundred_records_are_looked_at() {
        let response = message(&["[].id"]);
        let records: Vec<Value> = (0..=MOST_RECORDS)
            .map(|number| json!({ (format!("f{number}")): 1 }))
            .collect();

        let found = sampled(&response, &json!(records), &response, false);

        assert_eq!(found.fields.len(), MOST_RECORDS);
        assert_eq!(found.fields[99].location, "[].f99");
    }

    #[test]
    fn fields_sit_where_the_target_has_its_own() {
        let lookup = message(&["[items].id", "[items].name"]);
        let body = json!({"items": [{"colour": "red"}]});
        for (target, for_request, expected) in [
            (vec!["[items].id"], false, "[items].colour"),
            (vec!["data.id", "data.name"], false, "data.colour"),
            (vec![], false, "[items].colour"),
            (vec!["name"], true, "colour"),
            (vec!["address.city"], true, "colour"),
            (vec!["contact.name", "contact.mail"], true, "contact.colour"),
            (vec!["[].name"], true, "[].colour"),
            (vec![], true, "colour"),
        ] {
            let found = sampled(&lookup, &body, &message(&target), for_request);
            assert_eq!(locations(&found), [expected], "{target:?}");
        }
    }

    #[test]
    fn an_answer_that_nothing_describes_is_sniffed() {
        let nothing = Message::default();
        for (body, expected) in [
            (json!([{"a": 1}]), "[].a"),
            (json!({"rows": [{"a": 1}], "n": [1]}), "[rows].a"),
            (json!({"a": 1}), "a"),
        ] {
            let found = sampled(&nothing, &body, &nothing, false);
            assert_eq!(locations(&found), [expected], "{body}");
        }
    }

    #[test]
    fn static_fields_win_however_they_are_written() {
        let lookup: crate::definition::Method = serde_json::from_value(json!({
            "key": "l", "name": "L", "category": "C", "type": "Action",
            "response": {"fields": [{"connectorField": "[].\\id\\"}, {"connectorField": "[].name"}]},
        }))
        .unwrap();
        let body = json!([{"id": 1, "name": "n", "more": 2}]);

        let found = Found::of(&lookup, &body, &lookup.response, false);

        assert_eq!(locations(&found), ["[].more"]);
    }

    #[test]
    fn names_that_no_location_can_say_are_left_out_and_said() {
        let found = sampled(
            &Message::default(),
            &json!([{"a\\b": 1, "": 2, "c": 3}]),
            &Message::default(),
            false,
        );

        assert_eq!(locations(&found), ["[].c"]);
        assert_eq!(found.skipped.len(), 1);
    }
}
