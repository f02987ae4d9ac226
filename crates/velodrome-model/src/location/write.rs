//! Writing: lists fill the elements of the arrays on the way, in order.

use serde_json::{Map, Value};

use super::{Location, Segment};

/// Why a value could not be put at its location.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WriteError {
    /// Two fields want different kinds of value at one place.
    #[error("{location} can't be set: {at} already holds another kind of value")]
    Conflict {
        /// The location that was to be written.
        location: String,
        /// The segment where it failed.
        at: String,
    },
}

impl Location {
    /// Puts `value` here.
    ///
    /// On the way through an array a list spreads over its elements in order, and every other value goes
    /// into each element that `shape` or `body` has there, at least one. `shape` is the body with all
    /// lists already written, so that a constant beside a list reaches as many elements as the list has.
    /// Null is written as null.
    pub fn write(&self, body: &mut Value, value: &Value, shape: &Value) -> Result<(), WriteError> {
        self.written(body, value, shape, false)
    }

    /// The same, but where a list has null its element stays as it is.
    pub fn write_sparse(
        &self,
        body: &mut Value,
        value: &Value,
        shape: &Value,
    ) -> Result<(), WriteError> {
        self.written(body, value, shape, true)
    }

    fn written(
        &self,
        body: &mut Value,
        value: &Value,
        shape: &Value,
        sparse: bool,
    ) -> Result<(), WriteError> {
        put(self.segments(), body, value, Some(shape), sparse).map_err(|at| WriteError::Conflict {
            location: self.to_string(),
            at,
        })
    }
}

/// Writes below `at`, which is null where nothing has been written yet.
fn put(
    way: &[Segment],
    at: &mut Value,
    value: &Value,
    shape: Option<&Value>,
    sparse: bool,
) -> Result<(), String> {
    let Some((segment, rest)) = way.split_first() else {
        return assign(at, value);
    };
    match segment {
        Segment::Property(name) => {
            let slot = member(at, name)?;
            let shape = shape.and_then(|shape| shape.get(name));
            put(rest, slot, value, shape, sparse)
        }
        Segment::Array(name) => {
            let slot = member(at, name)?;
            let shape = shape.and_then(|shape| shape.get(name));
            spread(rest, slot, value, shape, sparse).map_err(|at| at.unwrap_or(name.clone()))
        }
        Segment::Elements => {
            spread(rest, at, value, shape, sparse).map_err(|at| at.unwrap_or("[]".to_owned()))
        }
    }
}

fn assign(at: &mut Value, value: &Value) -> Result<(), String> {
    match (&*at, value) {
        // Objects and arrays that other fields began are not thrown away.
        (Value::Object(members), _) if !members.is_empty() => Err("it".to_owned()),
        (Value::Array(elements), _) if !elements.is_empty() => Err("it".to_owned()),
        _ => {
            at.clone_from(value);
            Ok(())
        }
    }
}

fn member<'v>(at: &'v mut Value, name: &str) -> Result<&'v mut Value, String> {
    if at.is_null() {
        *at = Value::Object(Map::new());
    }
    match at {
        Value::Object(members) => Ok(members.entry(name).or_insert(Value::Null)),
        _ => Err(name.to_owned()),
    }
}

/// Writes into the elements at `at`; an error without a name is its own.
fn spread(
    rest: &[Segment],
    at: &mut Value,
    value: &Value,
    shape: Option<&Value>,
    sparse: bool,
) -> Result<(), Option<String>> {
    if at.is_null() {
        *at = Value::Array(Vec::new());
    }
    let Value::Array(elements) = at else {
        return Err(None);
    };
    let shape = shape.and_then(Value::as_array);
    let list = value.as_array();
    let wanted = list.map_or_else(
        || elements.len().max(shape.map_or(0, Vec::len)).max(1),
        Vec::len,
    );
    if elements.len() < wanted {
        // Elements are objects until told otherwise; a lone null would say "null", not "nothing yet".
        let empty = if rest.is_empty() || rest[0] == Segment::Elements {
            Value::Null
        } else {
            Value::Object(Map::new())
        };
        elements.resize(wanted, empty);
    }
    for (index, element) in elements.iter_mut().enumerate().take(wanted) {
        let value = list.map_or(value, |list| &list[index]);
        if sparse && list.is_some() && value.is_null() {
            continue;
        }
        let shape = shape.and_then(|shape| shape.get(index));
        put(rest, element, value, shape, sparse)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    /// Writes as the pipeline does: lists into a shape first, then everything in order.
    fn write(fields: &[(&str, Value)]) -> Result<Value, WriteError> {
        let fields: Vec<(Location, &Value)> = fields
            .iter()
            .map(|(l, v)| (l.parse().unwrap(), v))
            .collect();
        let (mut shape, mut body) = (Value::Null, Value::Null);
        for (location, value) in fields.iter().filter(|(_, value)| value.is_array()) {
            location.write(&mut shape, value, &Value::Null)?;
        }
        for (location, value) in &fields {
            location.write(&mut body, value, &shape)?;
        }
        Ok(body)
    }

    #[test]
    fn values_build_a_body_in_the_order_of_the_fields() {
        for (fields, expected) in [
            (
                vec![("name", json!("A")), ("owner.id", json!(1))],
                json!({"name": "A", "owner": {"id": 1}}),
            ),
            (
                vec![("[emails].value", json!("a@b"))],
                json!({"emails": [{"value": "a@b"}]}),
            ),
            (
                vec![
                    ("[emails].value", json!(["a", "b"])),
                    ("[emails].primary", json!([true, false])),
                ],
                json!({"emails": [{"value": "a", "primary": true}, {"value": "b", "primary": false}]}),
            ),
            (
                vec![
                    ("[emails].primary", json!(true)),
                    ("[emails].value", json!(["a", "b"])),
                ],
                json!({"emails": [{"primary": true, "value": "a"}, {"primary": true, "value": "b"}]}),
            ),
            (
                vec![("[].a", json!([1, 2])), ("[].b", json!([3]))],
                json!([{"a": 1, "b": 3}, {"a": 2}]),
            ),
            (
                vec![("[tags]", json!(["x", "y"]))],
                json!({"tags": ["x", "y"]}),
            ),
            (vec![("[tags]", json!("x"))], json!({"tags": ["x"]})),
            (vec![("[tags]", json!([]))], json!({"tags": []})),
            (
                vec![("[o].[l].s", json!([["a", "b"], ["c"]]))],
                json!({"o": [{"l": [{"s": "a"}, {"s": "b"}]}, {"l": [{"s": "c"}]}]}),
            ),
            (
                vec![("[o].[l].s", json!(["a", "b"]))],
                json!({"o": [{"l": [{"s": "a"}]}, {"l": [{"s": "b"}]}]}),
            ),
            (
                vec![("[rows].[]", json!([[1, 2], [3]]))],
                json!({"rows": [[1, 2], [3]]}),
            ),
            (
                vec![("a", json!(null)), ("[b].c", json!([null, 1]))],
                json!({"a": null, "b": [{"c": null}, {"c": 1}]}),
            ),
            (vec![(r"\a.b\.@c", json!(1))], json!({"a.b": {"@c": 1}})),
            (vec![("[]", json!([1, 2]))], json!([1, 2])),
        ] {
            assert_eq!(write(&fields).unwrap(), expected, "{fields:?}");
        }
    }

    #[test]
    fn fields_that_contradict_each_other_are_an_error_that_names_them() {
        for fields in [
            [("a", json!(1)), ("a.b", json!(2))],
            [("a.b", json!(2)), ("a", json!(1))],
            [("a", json!("x")), ("[a].b", json!(2))],
            [("[]", json!([1])), ("b", json!(2))],
        ] {
            let error = write(&fields).unwrap_err().to_string();
            assert!(
                error.starts_with(fields[1].0) || error.starts_with(fields[0].0),
                "{error}"
            );
        }
    }

    #[test]
    fn a_hole_in_a_sparse_list_leaves_its_element_alone() {
        let location: Location = "[o].[l].s".parse().unwrap();
        let mut body = json!({"o": [{"id": 1}]});
        let value = json!([null, [null, "b"]]);

        location
            .write_sparse(&mut body, &value, &Value::Null)
            .unwrap();

        assert_eq!(body, json!({"o": [{"id": 1}, {"l": [{}, {"s": "b"}]}]}));
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(
            text in r"([a-c]\.){0,2}(\[[a-c]?\]\.)?[d-f]",
            list in proptest::collection::vec(any::<i64>(), 1..5),
        ) {
            let location: Location = text.parse().unwrap();
            let value = if location.array_depth() == 0 { json!(list[0]) } else { json!(list) };
            let mut body = Value::Null;
            location.write(&mut body, &value, &Value::Null).unwrap();
            let expected: Vec<Value> = if location.array_depth() == 0 { vec![value] } else { list.into_iter().map(Value::from).collect() };
            let read: Vec<Value> = location.read(&body).into_iter().flatten().cloned().collect();
            prop_assert_eq!(read, expected);
        }
    }
}
