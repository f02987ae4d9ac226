//! Where the fields of an answer stand in a step's data, and the items of its lists (cycles.md §5, §8).
//!
//! A step that made one request for each item of a list has their answers as a list, and an item that was
//! split off stands where its list stood. Locations of the definition are read as they are meant then.

use serde_json::{Map, Value};

use super::FieldSource;
use crate::{
    cycle::WebhookMapping,
    definition::scalar_text,
    location::{Location, Segment},
};

impl Location {
    /// Where this field of an answer stands in a step's data: in each of several answers where there are
    /// several, and past a list where only one item of it is left.
    pub fn placed_in(&self, data: &Value) -> Location {
        let mut placed = Vec::with_capacity(self.segments().len() + 1);
        if is_collected(self, data) {
            placed.push(Segment::Elements);
        }
        for segment in self.segments() {
            let alone = match segment {
                Segment::Property(_) => None,
                Segment::Array(name) => Some(Segment::Property(name.clone())),
                Segment::Elements => Some(Segment::Property(String::new())),
            };
            let Some(alone) = alone else {
                placed.push(segment.clone());
                continue;
            };
            let holder = match segment {
                Segment::Elements => Location::of(placed.clone()),
                _ => Location::of(placed.iter().cloned().chain([alone.clone()]).collect()),
            };
            if is_lone(&holder, data) {
                if matches!(segment, Segment::Array(_)) {
                    placed.push(alone);
                }
            } else {
                placed.push(segment.clone());
            }
        }
        Location::of(placed)
    }

    /// The ways to the lists that it leads through, the outermost first.
    pub(super) fn lists(&self) -> impl Iterator<Item = Location> {
        let ends = self.segments().iter().enumerate();
        ends.filter(|(_, segment)| segment.is_array())
            .map(|(end, _)| Location::of(self.segments()[..=end].to_vec()))
    }
}

/// Whether data holds several answers, where this is a location in one.
fn is_collected(location: &Location, data: &Value) -> bool {
    let leading = location
        .segments()
        .iter()
        .take_while(|segment| **segment == Segment::Elements)
        .count();
    let Value::Array(elements) = data else {
        return false;
    };
    if leading == 0 {
        return true;
    }
    // An answer that is a list itself: a list where none of its items is one.
    let mut level: Vec<&Value> = elements.iter().collect();
    for _ in 1..leading {
        level = level
            .into_iter()
            .filter_map(Value::as_array)
            .flatten()
            .collect();
    }
    level.into_iter().any(Value::is_array)
}

/// Whether there is one thing where a list is declared.
fn is_lone(holder: &Location, data: &Value) -> bool {
    let mut found = holder
        .read(data)
        .into_iter()
        .flatten()
        .filter(|value| !value.is_null())
        .peekable();
    found.peek().is_some() && !found.any(Value::is_array)
}

/// How many items a list of a step's data has; one thing in its place counts as one.
pub fn count_items(data: &Value, list: &Location) -> usize {
    answers(data, list)
        .into_iter()
        .map(|answer| list.count(answer).unwrap_or_default())
        .sum()
}

/// A step's data as the transaction sees it that was split off for one item of its list: the item stands
/// in the list's place, and everything beside it stays. None past the end.
pub fn split_item(data: &Value, list: &Location, index: usize) -> Option<Value> {
    let mut left = index;
    for answer in answers(data, list) {
        let items = list.count(answer).unwrap_or_default();
        if left < items {
            return Some(reduced(answer, list.segments(), left));
        }
        left -= items;
    }
    None
}

/// The answers in a step's data: most have one.
fn answers<'v>(data: &'v Value, list: &Location) -> Vec<&'v Value> {
    match data {
        Value::Array(answers) if is_collected(list, data) => answers.iter().collect(),
        one => vec![one],
    }
}

/// A copy in which one item stands for the list; what is left out is not copied.
fn reduced(at: &Value, way: &[Segment], index: usize) -> Value {
    let item = |list: &Value| match list {
        // A list of lists keeps the level that it is read by.
        Value::Array(items) => match items.get(index) {
            Some(item @ Value::Array(_)) => Value::Array(vec![item.clone()]),
            item => item.cloned().unwrap_or_default(),
        },
        lone => lone.clone(),
    };
    let Some((segment, rest)) = way.split_first() else {
        return at.clone();
    };
    let name = match segment {
        Segment::Elements => return item(at),
        Segment::Property(name) | Segment::Array(name) => name,
    };
    let Value::Object(members) = at else {
        return at.clone();
    };
    let copied = members.iter().map(|(member, value)| {
        let value = match segment {
            Segment::Array(_) if member == name => item(value),
            Segment::Property(_) if member == name => reduced(value, rest, index),
            _ => value.clone(),
        };
        (member.clone(), value)
    });
    Value::Object(copied.collect::<Map<_, _>>())
}

/// A step's data in two: with the items of a list for which `holds`, and with the others; none where there
/// are no such items. `holds` is given the item last, after those that it lies in.
///
/// # Errors
/// The first of `holds`.
pub(super) fn parted<'v, E>(
    data: &'v Value,
    list: &Location,
    holds: &mut dyn FnMut(&[&'v Value]) -> Result<bool, E>,
) -> Result<Halves, E> {
    part(data, list.segments(), &mut Vec::new(), holds)
}

type Halves = (Option<Value>, Option<Value>);

fn part<'v, E>(
    at: &'v Value,
    way: &[Segment],
    items: &mut Vec<&'v Value>,
    holds: &mut dyn FnMut(&[&'v Value]) -> Result<bool, E>,
) -> Result<Halves, E> {
    let Some((segment, rest)) = way.split_first() else {
        return Ok(match holds(items)? {
            true => (Some(at.clone()), None),
            false => (None, Some(at.clone())),
        });
    };
    let name = match segment {
        Segment::Elements => return part_list(at, rest, items, holds),
        Segment::Property(name) | Segment::Array(name) => name,
    };
    let Some(inner) = at.get(name) else {
        return Ok((None, None));
    };
    let (matching, others) = match segment {
        Segment::Array(_) => part_list(inner, rest, items, holds)?,
        _ => part(inner, rest, items, holds)?,
    };
    let around = |half: Option<Value>| {
        let mut half = half?;
        let members = at.as_object().into_iter().flatten();
        let copied = members.map(|(member, value)| {
            let value = if member == name {
                half.take()
            } else {
                value.clone()
            };
            (member.clone(), value)
        });
        Some(Value::Object(copied.collect()))
    };
    Ok((around(matching), around(others)))
}

fn part_list<'v, E>(
    list: &'v Value,
    rest: &[Segment],
    items: &mut Vec<&'v Value>,
    holds: &mut dyn FnMut(&[&'v Value]) -> Result<bool, E>,
) -> Result<Halves, E> {
    let (mut matching, mut others) = (Vec::new(), Vec::new());
    for element in list.as_array().into_iter().flatten() {
        items.push(element);
        let halves = part(element, rest, items, holds);
        items.pop();
        let (yes, no) = halves?;
        matching.extend(yes);
        others.extend(no);
    }
    let some = |half: Vec<Value>| (!half.is_empty()).then_some(Value::Array(half));
    Ok((some(matching), some(others)))
}

impl WebhookMapping {
    /// The text by which a request selects the transaction that waits for it, trimmed; none where the
    /// request lacks the field, or nothing is mapped.
    pub fn key_of(&self, request: &Value) -> Option<String> {
        key_text(self.request.as_deref()?, request)
    }
}

impl FieldSource {
    /// The first value that is there, as trimmed text.
    pub fn text_in(&self, data: &Value) -> Option<String> {
        key_text(self.location.as_deref()?, data)
    }
}

fn key_text(location: &str, data: &Value) -> Option<String> {
    let location = location.parse::<Location>().ok()?.placed_in(data);
    let found = location.read(data).into_iter().flatten();
    found
        .filter(|value| !value.is_null())
        .map(|value| scalar_text(value).trim().to_owned())
        .find(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn at(text: &str) -> Location {
        text.parse().unwrap()
    }

    #[test]
    fn a_location_is_read_as_the_data_has_it() {
        for (location, data, placed) in [
            ("id", json!({"id": 1}), "id"),
            ("[a].id", json!({"a": [{"id": 1}]}), "[a].id"),
            ("[a].id", json!({"a": {"id": 1}}), "a.id"),
            ("[a].id", json!({"a": null}), "[a].id"),
            ("[a].id", json!({}), "[a].id"),
            ("[].id", json!([{"id": 1}]), "[].id"),
            ("[].id", json!({"id": 1}), "id"),
            ("id", json!([{"id": 1}, {"id": 2}]), "[].id"),
            ("[a].id", json!([{"a": [{"id": 1}]}, null]), "[].[a].id"),
            ("[].id", json!([[{"id": 1}], null]), "[].[].id"),
            ("[].[].id", json!([[{"id": 1}]]), "[].[].id"),
            ("[].[].id", json!([[[{"id": 1}]]]), "[].[].[].id"),
            ("[a].[b].c", json!({"a": [{"b": {"c": 1}}]}), "[a].b.c"),
            (
                "[a].[b].c",
                json!({"a": [{"b": {}}, {"b": [{}]}]}),
                "[a].[b].c",
            ),
        ] {
            assert_eq!(
                at(location).placed_in(&data).to_string(),
                placed,
                "{location} {data}"
            );
        }
    }

    #[test]
    fn an_item_that_is_split_off_stands_where_its_list_stood() {
        for (list, data, items) in [
            (
                "[contacts]",
                json!({"name": "n", "contacts": [{"id": 1}, {"id": 2}]}),
                vec![
                    json!({"name": "n", "contacts": {"id": 1}}),
                    json!({"name": "n", "contacts": {"id": 2}}),
                ],
            ),
            (
                "[]",
                json!([{"id": 1}, 2]),
                vec![json!({"id": 1}), json!(2)],
            ),
            ("[]", json!({"id": 1}), vec![json!({"id": 1})]),
            (
                "[]",
                json!([[1, 2], [3]]),
                vec![json!(1), json!(2), json!(3)],
            ),
            (
                "a.[b]",
                json!({"a": {"b": [1], "c": 2}}),
                vec![json!({"a": {"b": 1, "c": 2}})],
            ),
            ("[b]", json!({"b": []}), vec![]),
            ("[b]", json!({"b": null}), vec![]),
            ("[b]", json!({}), vec![]),
            (
                "[deals]",
                json!([{"deals": [{"id": 1}, {"id": 2}], "of": "x"}, null, {"deals": {"id": 3}}]),
                vec![
                    json!({"deals": {"id": 1}, "of": "x"}),
                    json!({"deals": {"id": 2}, "of": "x"}),
                    json!({"deals": {"id": 3}}),
                ],
            ),
        ] {
            let list = at(list);
            let count = count_items(&data, &list);
            let split: Vec<Value> = (0..count)
                .map(|index| split_item(&data, &list, index).unwrap())
                .collect();
            assert_eq!(split, items, "{list} {data}");
            assert_eq!(split_item(&data, &list, count), None);
        }
    }

    #[test]
    fn a_list_is_parted_and_everything_beside_it_stays() {
        let mut even = |items: &[&Value]| {
            let number = items.last().and_then(|item| item.as_i64());
            Ok::<_, ()>(number.is_some_and(|number| number % 2 == 0))
        };
        for (list, data, matching, others) in [
            (
                "a.[b]",
                json!({"a": {"b": [1, 2, 4]}, "c": 0}),
                Some(json!({"a": {"b": [2, 4]}, "c": 0})),
                Some(json!({"a": {"b": [1]}, "c": 0})),
            ),
            ("[b]", json!({"b": [2]}), Some(json!({"b": [2]})), None),
            ("[b]", json!({"b": []}), None, None),
            (
                "[].[b]",
                json!([{"b": [1]}, {"b": [2, 3]}]),
                Some(json!([{"b": [2]}])),
                Some(json!([{"b": [1]}, {"b": [3]}])),
            ),
        ] {
            assert_eq!(
                parted(&data, &at(list), &mut even),
                Ok((matching, others)),
                "{list} {data}"
            );
        }
    }

    #[test]
    fn a_request_selects_by_trimmed_text() {
        let mapping = WebhookMapping {
            request: Some("[orders].id".into()),
            ..WebhookMapping::default()
        };
        for (request, key) in [
            (json!({"orders": [{"id": null}, {"id": " 7 "}]}), Some("7")),
            (json!({"orders": {"id": 7}}), Some("7")),
            (json!({"orders": []}), None),
        ] {
            assert_eq!(mapping.key_of(&request).as_deref(), key, "{request}");
        }
    }
}
