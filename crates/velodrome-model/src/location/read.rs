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

    /// The array that a location ending in an array segment names: `data.[records]`, `[]`.
    ///
    /// None where it is missing, is no array, or lies within another array.
    pub fn array_mut<'v>(&self, body: &'v mut Value) -> Option<&'v mut Vec<Value>> {
        let (last, way) = self.segments().split_last()?;
        let mut at = body;
        for segment in way {
            match segment {
                Segment::Property(name) => at = at.get_mut(name)?,
                Segment::Array(_) | Segment::Elements => return None,
            }
        }
        match last {
            Segment::Array(name) | Segment::Property(name) => at.get_mut(name)?.as_array_mut(),
            Segment::Elements => at.as_array_mut(),
        }
    }
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
        let mut body = json!({"data": {"records": [1, 2]}, "one": [[3]]});
        let mut length = |text: &str| {
            text.parse::<Location>()
                .unwrap()
                .array_mut(&mut body)
                .map(|a| a.len())
        };
        assert_eq!(length("data.[records]"), Some(2));
        assert_eq!(length("[missing]"), None);
        assert_eq!(length("[]"), None);
        assert_eq!(length("[one].[]"), None);
        assert_eq!(
            "[]".parse::<Location>()
                .unwrap()
                .array_mut(&mut json!([1]))
                .map(|a| a.len()),
            Some(1)
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
