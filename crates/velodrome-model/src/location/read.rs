//! Reading: one value for each element of the arrays on the way.

use serde_json::Value;

use super::{Location, Segment};

impl Location {
    /// The values at this location, in order, one for each element of the arrays on the way.
    ///
    /// None where the property is missing, which is not null. A lone value where an array is declared
    /// counts as one element; a missing or null array has none. Without arrays there is exactly one.
    pub fn read<'v>(&self, body: &'v Value) -> Vec<Option<&'v Value>> {
        let mut found = Vec::new();
        collect(self.segments(), Some(body), &mut found);
        found
    }

    /// The first value, where that is all there can be.
    pub fn first<'v>(&self, body: &'v Value) -> Option<&'v Value> {
        self.read(body).into_iter().flatten().next()
    }

    /// Takes out the array that a location ending in an array segment names: `data.[records]`, `[]`.
    ///
    /// A lone value counts as one element, null as none. None where there is nothing, or where the array
    /// lies within another.
    pub fn take_array(&self, body: &mut Value) -> Option<Vec<Value>> {
        let (last, way) = self.segments().split_last()?;
        let holder = descend(way, body)?;
        let slot = match last {
            Segment::Array(name) | Segment::Property(name) => holder.get_mut(name)?,
            Segment::Elements => holder,
        };
        Some(match slot.take() {
            Value::Array(elements) => elements,
            Value::Null => Vec::new(),
            lone => vec![lone],
        })
    }

    /// Puts an array where [`take_array`](Self::take_array) takes it from; gives it back where other
    /// values stand in the way.
    pub fn put_array(&self, body: &mut Value, elements: Vec<Value>) -> Result<(), Vec<Value>> {
        match self.array_slot(body) {
            Some(slot) => {
                *slot = Value::Array(elements);
                Ok(())
            }
            None => Err(elements),
        }
    }

    /// The place of the array, made where it is missing.
    fn array_slot<'v>(&self, body: &'v mut Value) -> Option<&'v mut Value> {
        let (last, way) = self.segments().split_last()?;
        let holder = way.iter().try_fold(body, |at, segment| match segment {
            Segment::Property(name) => member(at, name),
            Segment::Array(_) | Segment::Elements => None,
        })?;
        match last {
            Segment::Array(name) | Segment::Property(name) => member(holder, name),
            Segment::Elements => matches!(holder, Value::Array(_) | Value::Null).then_some(holder),
        }
    }

    /// How many elements that array has; none where there is no such array.
    pub fn count(&self, body: &Value) -> Option<usize> {
        let (last, way) = self.segments().split_last()?;
        let mut at = body;
        for segment in way {
            let Segment::Property(name) = segment else {
                return None;
            };
            at = at.get(name)?;
        }
        let slot = match last {
            Segment::Array(name) | Segment::Property(name) => at.get(name)?,
            Segment::Elements => at,
        };
        Some(match slot {
            Value::Array(elements) => elements.len(),
            Value::Null => 0,
            _ => 1,
        })
    }
}

fn descend<'v>(way: &[Segment], body: &'v mut Value) -> Option<&'v mut Value> {
    way.iter().try_fold(body, |at, segment| match segment {
        Segment::Property(name) => at.get_mut(name),
        Segment::Array(_) | Segment::Elements => None,
    })
}

fn member<'v>(at: &'v mut Value, name: &str) -> Option<&'v mut Value> {
    if at.is_null() {
        *at = Value::Object(serde_json::Map::new());
    }
    Some(at.as_object_mut()?.entry(name).or_insert(Value::Null))
}

fn collect<'v>(way: &[Segment], at: Option<&'v Value>, found: &mut Vec<Option<&'v Value>>) {
    let Some((segment, rest)) = way.split_first() else {
        found.push(at);
        return;
    };
    let elements = match segment {
        Segment::Property(name) => {
            return collect(rest, at.and_then(|value| value.get(name)), found);
        }
        Segment::Array(name) => at.and_then(|value| value.get(name)),
        Segment::Elements => at,
    };
    match elements {
        None | Some(Value::Null) => {}
        Some(Value::Array(elements)) => {
            for element in elements {
                collect(rest, Some(element), found);
            }
        }
        lone => collect(rest, lone, found),
    }
}

/// Reads two locations side by side, element by element of the arrays that they share.
///
/// Within one shared element each location gives its first value, so records without the one or with
/// several of the other don't shift the pairs that follow.
pub fn zip<'v>(
    left: &Location,
    right: &Location,
    body: &'v Value,
) -> Vec<(Option<&'v Value>, Option<&'v Value>)> {
    let common = left
        .segments()
        .iter()
        .zip(right.segments())
        .take_while(|(l, r)| l == r)
        .count();
    // Sharing ends at the last array of the common way: past it there is one record.
    let shared = left.segments()[..common]
        .iter()
        .rposition(Segment::is_array)
        .map_or(0, |last| last + 1);
    let mut records = Vec::new();
    collect(&left.segments()[..shared], Some(body), &mut records);
    let first = |location: &Location, record: Option<&'v Value>| {
        let mut found = Vec::new();
        collect(&location.segments()[shared..], record, &mut found);
        found.into_iter().next().flatten()
    };
    if shared == 0 && (left.array_depth() > 0 || right.array_depth() > 0) {
        // Two arrays that are not the same: position is all that joins them.
        let (left, right) = (left.read(body), right.read(body));
        let at = |values: &[Option<&'v Value>], index: usize| values.get(index).copied().flatten();
        return (0..left.len().max(right.len()))
            .map(|i| (at(&left, i), at(&right, i)))
            .collect();
    }
    records
        .into_iter()
        .map(|record| (first(left, record), first(right, record)))
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(location: &str, body: &Value) -> Vec<Option<Value>> {
        location
            .parse::<Location>()
            .unwrap()
            .read(body)
            .into_iter()
            .map(Option::<&Value>::cloned)
            .collect()
    }

    #[test]
    fn a_location_yields_one_value_for_each_element() {
        for (location, body, expected) in [
            (
                "[records].Email",
                json!({"records": [{"Email": "a"}, {}]}),
                vec![Some(json!("a")), None],
            ),
            (
                "[records].Email",
                json!({"records": {"Email": "a"}}),
                vec![Some(json!("a"))],
            ),
            ("[records].Email", json!({"records": null}), vec![]),
            ("[records].Email", json!({}), vec![]),
            (
                "[records].Email",
                json!({"records": [{"Email": null}]}),
                vec![Some(json!(null))],
            ),
            (
                "[].id",
                json!([{"id": 1}, {"id": 2}]),
                vec![Some(json!(1)), Some(json!(2))],
            ),
            ("[].id", json!({"id": 1}), vec![Some(json!(1))]),
            (
                "[tags]",
                json!({"tags": ["a", "b"]}),
                vec![Some(json!("a")), Some(json!("b"))],
            ),
            (
                "[].[lines].sku",
                json!([{"lines": [{"sku": "a"}]}, {"lines": [{"sku": "b"}, {"sku": "c"}]}]),
                vec![Some(json!("a")), Some(json!("b")), Some(json!("c"))],
            ),
            (
                "[rows].[]",
                json!({"rows": [[1, 2], [3]]}),
                vec![Some(json!(1)), Some(json!(2)), Some(json!(3))],
            ),
            ("a.b", json!({"a": {"b": [1]}}), vec![Some(json!([1]))]),
            ("a.b", json!({"a": 1}), vec![None]),
            ("a.b", json!([{"a": {"b": 1}}]), vec![None]),
            (
                r"\a.b\.c",
                json!({"a.b": {"c": true}}),
                vec![Some(json!(true))],
            ),
            (
                "order.@id",
                json!({"order": {"@id": "7", "#text": "x"}}),
                vec![Some(json!("7"))],
            ),
        ] {
            assert_eq!(read(location, &body), expected, "{location} of {body}");
        }
    }

    #[test]
    fn an_array_is_named_by_its_last_segment() {
        for (location, body, elements) in [
            (
                "data.[records]",
                json!({"data": {"records": [1, 2]}}),
                Some(vec![json!(1), json!(2)]),
            ),
            (
                "data.[records]",
                json!({"data": {"records": {"a": 1}}}),
                Some(vec![json!({"a": 1})]),
            ),
            (
                "data.[records]",
                json!({"data": {"records": null}}),
                Some(vec![]),
            ),
            ("data.[records]", json!({"data": null}), None),
            ("[]", json!([1]), Some(vec![json!(1)])),
            ("[rows].[]", json!({"rows": [[1]]}), None),
        ] {
            let at: Location = location.parse().unwrap();
            let mut left = body.clone();
            assert_eq!(
                at.count(&body),
                elements.as_ref().map(Vec::len),
                "{location} {body}"
            );
            assert_eq!(at.take_array(&mut left), elements, "{location} {body}");
            let elements = elements.unwrap_or_default();
            if at.put_array(&mut left, elements.clone()).is_ok() {
                assert_eq!(
                    at.take_array(&mut left),
                    Some(elements),
                    "{location} {body}"
                );
            }
        }
        let at: Location = "data.[records]".parse().unwrap();
        let mut empty = Value::Null;
        at.put_array(&mut empty, vec![json!(1)]).unwrap();
        assert_eq!(empty, json!({"data": {"records": [1]}}));
        assert_eq!(
            at.put_array(&mut json!({"data": 1}), vec![json!(1)]),
            Err(vec![json!(1)])
        );
    }

    #[test]
    fn zipping_keeps_the_values_of_one_record_together() {
        let zip = |left: &str, right: &str, body: &Value| {
            super::zip(&left.parse().unwrap(), &right.parse().unwrap(), body)
                .into_iter()
                .map(|(l, r)| json!([l, r]))
                .collect::<Value>()
        };
        let body = json!({"data": [
            {"id": 1, "name": "a", "mails": [{"v": "x"}, {"v": "y"}]},
            {"name": "b", "mails": []},
            {"id": 3, "mails": [{"v": "z"}]},
        ]});
        assert_eq!(
            zip("[data].id", "[data].name", &body),
            json!([[1, "a"], [null, "b"], [3, null]])
        );
        assert_eq!(
            zip("[data].id", "[data].[mails].v", &body),
            json!([[1, "x"], [null, null], [3, "z"]])
        );
        assert_eq!(
            zip("[data].id", "[data].id", &body),
            json!([[1, 1], [null, null], [3, 3]])
        );
        assert_eq!(
            zip(
                "[a].x",
                "[b].y",
                &json!({"a": [{"x": 1}], "b": [{"y": 2}, {"y": 3}]})
            ),
            json!([[1, 2], [null, 3]])
        );
        assert_eq!(zip("a", "b", &json!({"a": 1, "b": 2})), json!([[1, 2]]));
    }
}
