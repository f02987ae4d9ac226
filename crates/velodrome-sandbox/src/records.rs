//! A collection of JSON records in memory, in the order they were made.

use indexmap::IndexMap;
use serde_json::{Map, Value};

/// One record.
pub(crate) type Row = Map<String, Value>;

/// Makes a row of a JSON object literal.
pub(crate) fn row(value: Value) -> Row {
    match value {
        Value::Object(row) => row,
        other => unreachable!("a record is an object, not {other}"),
    }
}

/// Records by id.
#[derive(Default)]
pub(crate) struct Collection {
    rows: IndexMap<String, Row>,
    last_number: i64,
}

impl Collection {
    /// Records under the id that each has in member `id_member`.
    pub(crate) fn seeded(id_member: &str, rows: impl IntoIterator<Item = Row>) -> Self {
        let mut collection = Self::default();
        for row in rows {
            let id = plain(row.get(id_member));
            collection.insert(&id, row);
        }
        collection
    }

    /// The next number for collections that count their records.
    pub(crate) fn next_number(&self) -> i64 {
        self.last_number + 1
    }

    pub(crate) fn insert(&mut self, id: &str, row: Row) {
        if let Ok(number) = id.parse::<i64>() {
            self.last_number = self.last_number.max(number);
        }
        self.rows.insert(id.to_owned(), row);
    }

    pub(crate) fn get(&self, id: &str) -> Option<&Row> {
        self.rows.get(id)
    }

    pub(crate) fn get_mut(&mut self, id: &str) -> Option<&mut Row> {
        self.rows.get_mut(id)
    }

    pub(crate) fn remove(&mut self, id: &str) -> Option<Row> {
        self.rows.shift_remove(id)
    }

    /// Oldest first.
    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = &Row> {
        self.rows.values()
    }

    pub(crate) fn contains(&self, id: &str) -> bool {
        self.rows.contains_key(id)
    }
}

/// A value as it would stand in a query: text without quotes, nothing for null.
pub(crate) fn plain(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}

/// Whether a member, as it would stand in a query, equals `wanted`, whatever its case.
pub(crate) fn is(row: &Row, member: &str, wanted: &str) -> bool {
    plain(row.get(member)).eq_ignore_ascii_case(wanted)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn numbers_go_on_after_the_highest_even_when_it_is_gone() {
        let rows = [row(json!({"id": 3})), row(json!({"id": 7}))];
        let mut collection = Collection::seeded("id", rows);
        collection.remove("7");

        assert_eq!(collection.next_number(), 8);
        assert_eq!(collection.iter().count(), 1);
    }
}
