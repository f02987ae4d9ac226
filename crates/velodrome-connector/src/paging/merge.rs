//! Merging pages as they arrive: records are moved, never copied.

use serde_json::{Map, Value};
use velodrome_model::location::Location;

/// The pages so far.
#[derive(Debug)]
pub(crate) struct Merger {
    records: Option<Location>,
    merged: Option<Value>,
}

impl Merger {
    /// Nothing yet; `records` names the array that grows, every array does where there is none.
    pub(crate) fn new(records: Option<Location>) -> Self {
        Self {
            records,
            merged: None,
        }
    }

    /// Adds a page: its records go behind those that are there, its other members replace theirs.
    pub(crate) fn push(&mut self, mut page: Value) {
        let Some(mut before) = self.merged.take() else {
            self.merged = Some(page);
            return;
        };
        let merged = match &self.records {
            None => concatenated(before, page),
            Some(records) => {
                let mut all = records.take_array(&mut before).unwrap_or_default();
                all.append(&mut records.take_array(&mut page).unwrap_or_default());
                match records.put_array(&mut page, all) {
                    Ok(()) => page,
                    // The last page is something that holds no records: what was there stays.
                    Err(all) => match records.put_array(&mut before, all) {
                        Ok(()) => before,
                        Err(_) => page,
                    },
                }
            }
        };
        self.merged = Some(merged);
    }

    /// The array that grows.
    pub(crate) fn records(&self) -> Option<&Location> {
        self.records.as_ref()
    }

    /// Changes the pages so far.
    pub(crate) fn with_pages<T>(&mut self, change: impl FnOnce(&mut Value) -> T) -> T {
        change(self.merged.get_or_insert(Value::Null))
    }

    /// The pages so far; null where none came.
    pub(crate) fn so_far(&self) -> Value {
        self.merged.clone().unwrap_or(Value::Null)
    }

    /// All pages; null where none came.
    pub(crate) fn finish(self) -> Value {
        self.merged.unwrap_or(Value::Null)
    }
}

fn concatenated(before: Value, page: Value) -> Value {
    match (before, page) {
        (Value::Array(mut before), Value::Array(mut page)) => {
            before.append(&mut page);
            Value::Array(before)
        }
        (Value::Object(before), Value::Object(mut page)) => {
            let mut merged = Map::new();
            for (name, value) in before {
                match page.shift_remove(&name) {
                    Some(newer) => merged.insert(name, concatenated(value, newer)),
                    // A list that the last page leaves out has not become shorter.
                    None if value.is_array() => merged.insert(name, value),
                    None => None,
                };
            }
            merged.extend(page);
            Value::Object(merged)
        }
        (before @ Value::Array(_), Value::Null) => before,
        (_, page) => page,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn records_concatenate_and_the_rest_comes_from_the_last_page() {
        for (records, pages, expected) in [
            (
                Some("[rows]"),
                vec![
                    json!({"rows": [1], "n": 1, "x": [1]}),
                    json!({"rows": [2], "n": 2, "x": [2]}),
                ],
                json!({"rows": [1, 2], "n": 2, "x": [2]}),
            ),
            (
                Some("a.[rows]"),
                vec![
                    json!({"a": {"rows": {"b": 1}}}),
                    json!({"a": {"rows": [{"b": 2}]}}),
                ],
                json!({"a": {"rows": [{"b": 1}, {"b": 2}]}}),
            ),
            (
                Some("[rows]"),
                vec![json!({"rows": [1]}), json!({"end": true})],
                json!({"end": true, "rows": [1]}),
            ),
            (
                Some("[rows]"),
                vec![json!({"rows": [1]}), json!(null)],
                json!({"rows": [1]}),
            ),
            (
                Some("[]"),
                vec![json!([1]), json!([2]), json!([3])],
                json!([1, 2, 3]),
            ),
            (
                None,
                vec![
                    json!({"a": [1], "b": {"c": [1], "d": 1}, "e": 1}),
                    json!({"a": [2], "b": {"c": [2], "d": 2}, "f": 2}),
                ],
                json!({"a": [1, 2], "b": {"c": [1, 2], "d": 2}, "f": 2}),
            ),
            (None, vec![json!([1]), json!(null)], json!([1])),
            (
                Some("[rows]"),
                vec![json!({"rows": [1]}), json!("end")],
                json!({"rows": [1]}),
            ),
            (
                Some("[rows]"),
                vec![json!({"rows": {"only": 1}})],
                json!({"rows": {"only": 1}}),
            ),
        ] {
            let mut merger = Merger::new(records.map(|r| r.parse().unwrap()));
            for page in pages {
                merger.push(page);
            }
            assert_eq!(merger.finish(), expected);
        }
    }
}
