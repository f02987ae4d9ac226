//! Records in memory: made up until somebody changes them.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde_json::Value;

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
    /// Numbers and records, oldest first.
    pub(super) fn records(&self, schema: &Schema) -> Vec<(usize, Value)> {
        (0..schema.seeded + self.created)
            .filter(|number| !self.removed.contains(number))
            .map(|number| (number, self.record(schema, number)))
            .collect()
    }

    fn record(&self, schema: &Schema, number: usize) -> Value {
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
        let records = self.records(schema);
        let named = |record: &Value| {
            let member = schema.id()?;
            Some(plain(member.location.first(record)) == id)
        };
        let position = records
            .iter()
            .position(|(_, record)| named(record) == Some(true))
            .or_else(|| {
                records.iter().position(|(_, record)| match record {
                    Value::Object(members) => members
                        .values()
                        .any(|value| is_plain(value) && plain(Some(value)) == id),
                    bare => plain(Some(bare)) == id,
                })
            })?;
        records.into_iter().nth(position)
    }

    fn find_or_make(&mut self, schema: &Schema, id: &str) -> Option<(usize, Value)> {
        let known = self.records(schema).into_iter().find(|(_, record)| {
            let named = schema.id().and_then(|member| member.location.first(record));
            named.is_some() && plain(named) == id
        });
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
