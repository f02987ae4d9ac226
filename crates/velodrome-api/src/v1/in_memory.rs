//! Lists that are short enough to be sorted and cut in memory: connectors, methods, properties.

use serde::Serialize;
use serde_json::Value;
use velodrome_model::{Page, PageRequest};

/// Sorts and cuts a list. `default` is the property to sort by when the request names none, or none
/// that the items have; several are compared in turn, ties keep their order.
pub fn page<T: Serialize>(items: Vec<T>, request: &PageRequest, default: &[&str]) -> Page<T> {
    ranked_page(items, request, default, |_| false)
}

/// As [`page`]; what `is_first` knows comes before everything else, and so stands on the first page.
pub fn ranked_page<T: Serialize>(
    items: Vec<T>,
    request: &PageRequest,
    default: &[&str],
    is_first: impl Fn(&T) -> bool,
) -> Page<T> {
    let mut keyed: Vec<(Vec<Key>, T)> = Vec::with_capacity(items.len());
    for item in items {
        let shown = serde_json::to_value(&item).unwrap_or_default();
        let asked = request
            .order_by
            .as_deref()
            .and_then(|name| member(&shown, name))
            .and_then(Key::of);
        let key = match asked {
            Some(key) => vec![key],
            None => default
                .iter()
                .filter_map(|name| member(&shown, name).and_then(Key::of))
                .collect(),
        };
        keyed.push((key, item));
    }
    if request.ascending.unwrap_or(true) {
        keyed.sort_by(|one, other| one.0.cmp(&other.0));
    } else {
        keyed.sort_by(|one, other| other.0.cmp(&one.0));
    }
    keyed.sort_by_key(|(_, item)| !is_first(item));
    Page::cut(keyed, request).map(|(_, item)| item)
}

/// A property by its name in any case, or by dotted path.
fn member<'v>(value: &'v Value, name: &str) -> Option<&'v Value> {
    name.split('.').try_fold(value, |value, step| {
        value
            .as_object()?
            .iter()
            .find(|(own, _)| own.eq_ignore_ascii_case(step))
            .map(|(_, value)| value)
    })
}

/// A scalar to sort by; null first, as the databases here do.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Null,
    Truth(bool),
    Number(i64),
    Text(String),
}

impl Key {
    fn of(value: &Value) -> Option<Self> {
        match value {
            Value::Null => Some(Self::Null),
            Value::Bool(truth) => Some(Self::Truth(*truth)),
            Value::Number(number) => number.as_i64().map(Self::Number),
            Value::String(text) => Some(Self::Text(text.to_lowercase())),
            Value::Array(_) | Value::Object(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Serialize)]
    #[serde(rename_all = "PascalCase")]
    struct Item {
        id: i32,
        name: &'static str,
    }

    fn sorted(order_by: Option<&str>, ascending: Option<bool>) -> Vec<i32> {
        let items = vec![
            Item {
                id: 3,
                name: "beta",
            },
            Item {
                id: 1,
                name: "Alpha",
            },
            Item {
                id: 2,
                name: "beta",
            },
        ];
        let mut request = PageRequest::default();
        request.order_by = order_by.map(str::to_owned);
        request.ascending = ascending;
        page(items, &request, &["Name", "Id"])
            .items
            .into_iter()
            .map(|item| item.id)
            .collect()
    }

    #[test]
    fn lists_are_sorted_by_any_scalar_property_and_fall_back_to_their_own_order() {
        assert_eq!(sorted(None, None), [1, 2, 3]);
        assert_eq!(sorted(Some("iD"), Some(false)), [3, 2, 1]);
        assert_eq!(sorted(Some("Colour"), None), [1, 2, 3]);
    }

    #[test]
    fn a_page_after_the_last_one_is_empty_and_still_counts_everything() {
        let page = page(
            vec![Item { id: 1, name: "a" }],
            &PageRequest::new(Some(9), None),
            &["Id"],
        );
        assert!(page.items.is_empty());
        assert_eq!((page.total, page.pages()), (1, 1));
    }
}
