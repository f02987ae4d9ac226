//! What the records of a collection are made of: the fields of every method that touches it.

use indexmap::IndexMap;
use serde_json::{Map, Value};
use velodrome_model::definition::{DataType, Field, Message};
use velodrome_model::location::Location;

use super::pattern::Sampler;
use super::sample;

/// Records of a collection whose lists are not paged.
pub(super) const UNPAGED: usize = 25;

/// How a body holds records: in an array, below some members, or as a whole.
#[derive(Clone, Debug, Default)]
pub(super) struct Shape {
    pub(super) fields: Vec<(Location, Field)>,
    /// The array that holds most of the fields.
    pub(super) array: Option<Location>,
    /// The members around all fields, where there is no array: `data` of `data.id` and `data.name`.
    wrapper: Option<Location>,
}

impl Shape {
    pub(super) fn new(message: &Message) -> Self {
        // Definitions are checked before they come here, so every location can be read.
        let fields: Vec<(Location, Field)> = message
            .fields
            .iter()
            .filter_map(|field| Some((field.connector_field.parse().ok()?, field.clone())))
            .collect();
        let mut arrays: IndexMap<String, (Location, usize)> = IndexMap::new();
        for (location, _) in &fields {
            if let Some(array) = location.outermost_array() {
                arrays.entry(array.to_string()).or_insert((array, 0)).1 += 1;
            }
        }
        let array = arrays
            .into_values()
            .max_by_key(|(_, count)| *count)
            .filter(|(_, count)| count * 2 >= fields.len())
            .map(|(array, _)| array);
        let wrapper = match &array {
            Some(_) => None,
            None => wrapper(&fields),
        };
        Self {
            fields,
            array,
            wrapper,
        }
    }

    /// Where records are; none for a body that is one record as a whole.
    pub(super) fn root(&self) -> Option<&Location> {
        self.array.as_ref().or(self.wrapper.as_ref())
    }

    /// A location seen from a record; none when it is not part of one.
    pub(super) fn inside(&self, location: &Location) -> Option<Location> {
        match self.root() {
            Some(root) => location.below(root),
            None => Some(location.clone()),
        }
    }
}

fn wrapper(fields: &[(Location, Field)]) -> Option<Location> {
    let (first, _) = fields.first()?;
    (1..first.depth())
        .rev()
        .filter_map(|length| first.upto(length))
        .find(|upper| {
            upper.array_depth() == 0
                && fields
                    .iter()
                    .all(|(location, _)| location.below(upper).is_some())
        })
}

/// One member of a record.
#[derive(Clone, Debug)]
pub(super) struct Member {
    pub(super) location: Location,
    pub(super) field: Field,
    pub(super) sampler: Option<Sampler>,
    /// It names the record.
    pub(super) is_own_id: bool,
    /// It names a record of this kind, found through the field's lookup.
    pub(super) refers_to: Option<Box<Member>>,
    /// What its record is called.
    pub(super) noun: String,
}

impl Member {
    pub(super) fn new(location: Location, field: Field, noun: &str) -> Self {
        let sampler = field
            .validation
            .as_ref()
            .and_then(|validation| validation.pattern.as_deref())
            .and_then(Sampler::new);
        Self {
            location,
            field,
            sampler,
            is_own_id: false,
            refers_to: None,
            noun: noun.to_owned(),
        }
    }

    pub(super) fn data_type(&self) -> DataType {
        self.field.data_type.unwrap_or_default()
    }

    /// The last name of its location.
    pub(super) fn name(&self) -> &str {
        self.location
            .last_name()
            .or(self.field.system_field.as_deref())
            .unwrap_or("value")
    }

    /// The value in the record of this number; lists hold one or two.
    pub(super) fn value(&self, number: usize) -> Value {
        self.nested(self.location.array_depth(), number)
    }

    fn nested(&self, depth: usize, number: usize) -> Value {
        if depth == 0 {
            return sample::scalar(self, number);
        }
        let count = 1 + number % 2;
        (0..count)
            .map(|index| self.nested(depth - 1, number * 2 + index))
            .collect()
    }
}

/// The records of one collection.
#[derive(Clone, Debug)]
pub(super) struct Schema {
    pub(super) members: IndexMap<String, Member>,
    /// Records that are no objects: `[tags]`.
    pub(super) bare: Option<Member>,
    /// Records there are before any is created.
    pub(super) seeded: usize,
    /// No method lists it, so a record of any id exists.
    pub(super) is_open: bool,
    noun: String,
}

impl Schema {
    pub(super) fn new(noun: &str) -> Self {
        Self {
            members: IndexMap::new(),
            bare: None,
            seeded: 0,
            is_open: true,
            noun: noun.to_owned(),
        }
    }

    /// Adds what one more method says of the records; a field that states a type wins over one that
    /// does not.
    pub(super) fn learn(&mut self, shape: &Shape) {
        for (location, field) in &shape.fields {
            if shape.array.as_ref() == Some(location) {
                let member = Member::new(location.clone(), field.clone(), &self.noun);
                self.bare.get_or_insert(member);
                continue;
            }
            let Some(inside) = shape.inside(location) else {
                continue;
            };
            let member = Member::new(inside.clone(), field.clone(), &self.noun);
            let plain = |data_type| matches!(data_type, DataType::Text | DataType::Undefined);
            match self.members.get_mut(&inside.to_string()) {
                Some(known) if plain(known.data_type()) && !plain(member.data_type()) => {
                    *known = member;
                }
                Some(_) => {}
                None => {
                    self.members.insert(inside.to_string(), member);
                }
            }
        }
    }

    /// Finishes it once every method has been heard.
    pub(super) fn settle(&mut self) {
        if self.members.is_empty() && self.bare.is_none() {
            self.learn(&unstated());
        }
        if let Some(id) = self.find_id()
            && let Some(member) = self.members.get_mut(&id)
        {
            member.is_own_id = true;
        }
    }

    /// The member that names a record.
    pub(super) fn id(&self) -> Option<&Member> {
        self.members.values().find(|member| member.is_own_id)
    }

    fn find_id(&self) -> Option<String> {
        let noun = singular(&self.noun);
        let rank = |member: &Member| {
            if member.location.array_depth() > 0 {
                return None;
            }
            if member.field.system_field.as_deref() == Some("Cyclr_Webhook_Id") {
                return Some(0);
            }
            let name = bare(member.name());
            match name.as_str() {
                "id" if member.location.depth() == 1 => Some(1),
                "id" | "@id" => Some(3),
                "uuid" | "guid" | "key" if member.location.depth() == 1 => Some(4),
                name if name == format!("{noun}id") => Some(2),
                name if name.ends_with("id") && member.location.depth() == 1 => Some(5),
                _ => None,
            }
        };
        self.members
            .iter()
            .filter_map(|(key, member)| Some((rank(member)?, key)))
            .min_by_key(|(rank, _)| *rank)
            .map(|(_, key)| key.clone())
    }

    /// The record of this number as it was before anybody changed it.
    pub(super) fn record(&self, number: usize) -> Value {
        if let Some(bare) = &self.bare
            && self.members.is_empty()
        {
            return sample::scalar(bare, number);
        }
        let mut record = Value::Object(Map::new());
        for member in self.members.values() {
            write(member, &mut record, &member.value(number));
        }
        record
    }
}

/// Writes a member unless another one, declared before, says that something else is there.
pub(super) fn write(member: &Member, record: &mut Value, value: &Value) {
    // Two fields may contradict each other (`owner`, `owner.id`); no body could hold both.
    let _contradicted = member.location.write(record, value, &Value::Null);
}

/// What records are like of which the definition says nothing.
fn unstated() -> Shape {
    let field = |name: &str, data_type| Field {
        data_type: Some(data_type),
        ..Field::at(name)
    };
    Shape::new(&Message {
        fields: vec![
            field("id", DataType::Integer),
            field("name", DataType::Text),
            field("email", DataType::Text),
            field("created_at", DataType::DateTime),
        ],
        ..Message::default()
    })
}

/// Letters and digits in lower case: how names are compared.
pub(super) fn bare(name: &str) -> String {
    name.chars()
        .filter(|character| character.is_alphanumeric() || *character == '@')
        .flat_map(char::to_lowercase)
        .collect()
}

/// One of what a plural names, near enough.
pub(super) fn singular(noun: &str) -> String {
    let noun = bare(noun);
    if let Some(stem) = noun.strip_suffix("ies") {
        return format!("{stem}y");
    }
    match noun.strip_suffix('s') {
        Some(stem) if !stem.ends_with('s') && stem.len() > 1 => stem.to_owned(),
        _ => noun,
    }
}
