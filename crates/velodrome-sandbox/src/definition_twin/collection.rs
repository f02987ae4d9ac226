//! Records in memory: made up until somebody changes them.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde_json::Value;
use velodrome_model::location::Location;

use super::schema::{Schema, write};
use crate::records::plain;

/// Records that may be created in one collection.
const MAX_CREATED: usize = 10_000;

/// The changes of one collection; what has not been changed is made up when it is asked for.
#[derive(Default)]
pub(super) struct Collection {
    changed: BTreeMap<usize, Value>,
    removed: HashSet<usize>,
    created: usize,
    /// Records of an open collection, by the id somebody asked for.
    named: HashMap<String, usize>,
}

impl Collection {
    /// Numbers of the records, oldest first.
    pub(super) fn numbers(&self, schema: &Schema) -> Vec<usize> {
        (0..schema.seeded + self.created)
            .filter(|number| !self.removed.contains(number))
            .collect()
    }

    /// The first record.
    pub(super) fn first(&self, schema: &Schema) -> Option<(usize, Value)> {
        let number = *self.numbers(schema).first()?;
        Some((number, self.record(schema, number)))
    }

    /// One member of a record as text, without making up the rest of it.
    pub(super) fn member(&self, schema: &Schema, number: usize, location: &Location) -> String {
        match (
            self.changed.get(&number),
            schema.members.get(&location.to_string()),
        ) {
            (None, Some(member)) => plain(Some(&member.value(number))),
            _ => plain(location.first(&self.record(schema, number))),
        }
    }

    pub(super) fn record(&self, schema: &Schema, number: usize) -> Value {
        match self.changed.get(&number) {
            Some(record) => record.clone(),
            None => schema.record(number),
        }
    }

    /// The record of this id, or whose other plain member equals it.
    pub(super) fn find(&mut self, schema: &Schema, id: &str) -> Option<(usize, Value)> {
        if schema.is_open {
            return self.find_or_make(schema, id);
        }
        let by_id = self.by_own_id(schema, id);
        if by_id.is_some() {
            return by_id;
        }
        let holds = |record: &Value| match record {
            Value::Object(members) => members
                .values()
                .any(|value| is_plain(value) && plain(Some(value)) == id),
            bare => plain(Some(bare)) == id,
        };
        self.numbers(schema)
            .into_iter()
            .map(|number| (number, self.record(schema, number)))
            .find(|(_, record)| holds(record))
    }

    fn by_own_id(&self, schema: &Schema, id: &str) -> Option<(usize, Value)> {
        let member = schema.id()?;
        let number = self
            .numbers(schema)
            .into_iter()
            .find(|number| self.member(schema, *number, &member.location) == id)?;
        Some((number, self.record(schema, number)))
    }

    fn find_or_make(&mut self, schema: &Schema, id: &str) -> Option<(usize, Value)> {
        let known = self.by_own_id(schema, id);
        if known.is_some() {
            return known;
        }
        if self.named.contains_key(id) {
            return None; // removed
        }
        let number = self.room(schema)?;
        let mut record = schema.record(number);
        if let Some(member) = schema.id() {
            write(member, &mut record, &super::sample::typed(member, id));
        }
        self.named.insert(id.to_owned(), number);
        self.changed.insert(number, record.clone());
        Some((number, record))
    }

    /// A number for one more record; none when there are too many.
    pub(super) fn room(&mut self, schema: &Schema) -> Option<usize> {
        if self.created >= MAX_CREATED {
            return None;
        }
        self.created += 1;
        Some(schema.seeded + self.created - 1)
    }

    pub(super) fn put(&mut self, number: usize, record: Value) {
        self.changed.insert(number, record);
    }

    pub(super) fn remove(&mut self, number: usize) {
        self.changed.remove(&number);
        self.removed.insert(number);
    }
}

fn is_plain(value: &Value) -> bool {
    matches!(value, Value::String(_) | Value::Number(_))
}
