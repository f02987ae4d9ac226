//! application/x-www-form-urlencoded: nesting `a[b]`, arrays `a[0]`.

use indexmap::IndexMap;
use serde_json::{Map, Value};
use velodrome_model::definition::scalar_text;

use super::{BodyError, File};

/// Deeper nesting than any form has.
const MAX_DEPTH: usize = 64;

/// The pairs of a form. Null is an empty value, with which APIs clear a field; empty lists and objects
/// have no pair.
pub fn to_pairs(body: &Value) -> Result<Vec<(String, String)>, BodyError> {
    let mut pairs = Vec::new();
    for (name, value) in flatten(body)? {
        if value.is_object() {
            return Err(BodyError::NotAForm("files need multipart/form-data"));
        }
        let text = if value.is_null() {
            String::new()
        } else {
            scalar_text(value)
        };
        pairs.push((name, text));
    }
    Ok(pairs)
}

/// Names and leaves of a body; a leaf is a scalar, null or a file.
pub(super) fn flatten(body: &Value) -> Result<Vec<(String, &Value)>, BodyError> {
    let mut leaves = Vec::new();
    match body {
        Value::Null => {}
        Value::Object(members) => {
            for (name, value) in members {
                leaf(name.clone(), value, 1, &mut leaves)?;
            }
        }
        _ => return Err(BodyError::NotAForm("a form is made of named values")),
    }
    Ok(leaves)
}

fn leaf<'v>(
    name: String,
    value: &'v Value,
    depth: usize,
    leaves: &mut Vec<(String, &'v Value)>,
) -> Result<(), BodyError> {
    if depth > MAX_DEPTH {
        return Err(BodyError::TooDeep(MAX_DEPTH));
    }
    match value {
        Value::Object(members) if !File::is_one(value) => {
            for (member, value) in members {
                leaf(format!("{name}[{member}]"), value, depth + 1, leaves)?;
            }
        }
        Value::Array(elements) => {
            for (index, value) in elements.iter().enumerate() {
                leaf(format!("{name}[{index}]"), value, depth + 1, leaves)?;
            }
        }
        scalar => leaves.push((name, scalar)),
    }
    Ok(())
}

/// Reads pairs back: `a[b]` nests, `a[0]` and `a[]` make lists, and so do equal names.
pub fn from_pairs<N, V>(pairs: impl IntoIterator<Item = (N, V)>) -> Result<Value, BodyError>
where
    N: AsRef<str>,
    V: Into<String>,
{
    let mut root = Node::default();
    for (name, value) in pairs {
        let path = path(name.as_ref());
        if path.len() > MAX_DEPTH {
            return Err(BodyError::TooDeep(MAX_DEPTH));
        }
        let mut node = &mut root;
        for segment in path {
            let key = if segment.is_empty() {
                node.next_index()
            } else {
                segment.to_owned()
            };
            node = node.children.entry(key).or_default();
        }
        node.values.push(value.into());
    }
    Ok(Value::Object(
        root.children
            .into_iter()
            .map(|(name, node)| (name, node.into_value()))
            .collect(),
    ))
}

#[derive(Default)]
struct Node {
    values: Vec<String>,
    children: IndexMap<String, Node>,
}

impl Node {
    fn next_index(&self) -> String {
        self.children.len().to_string()
    }

    /// Children that are numbered without gaps are a list; a high index alone allocates nothing.
    fn into_value(self) -> Value {
        if self.children.is_empty() {
            let mut values: Vec<Value> = self.values.into_iter().map(Value::String).collect();
            return if values.len() == 1 {
                values.remove(0)
            } else {
                Value::Array(values)
            };
        }
        let numbered = self
            .children
            .keys()
            .enumerate()
            .all(|(index, key)| *key == index.to_string());
        let children = self.children.into_iter();
        if numbered {
            return Value::Array(children.map(|(_, node)| node.into_value()).collect());
        }
        Value::Object(
            children
                .map(|(name, node)| (name, node.into_value()))
                .collect::<Map<_, _>>(),
        )
    }
}

/// `a[b][c]` as its segments; a name that is not well-formed is one segment.
fn path(name: &str) -> Vec<&str> {
    let Some((first, mut rest)) = name
        .find('[')
        .filter(|at| *at > 0)
        .map(|at| name.split_at(at))
    else {
        return vec![name];
    };
    let mut path = vec![first];
    while !rest.is_empty() {
        let Some((segment, after)) = rest.strip_prefix('[').and_then(|rest| rest.split_once(']'))
        else {
            return vec![name];
        };
        path.push(segment);
        rest = after;
    }
    path
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn pairs(body: Value) -> Vec<String> {
        to_pairs(&body)
            .unwrap()
            .into_iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect()
    }

    #[test]
    fn a_body_nests_with_brackets() {
        let body = json!({"a": 1, "b": {"c": true, "d": ["x", {"e": null}]}, "f": [], "g": {}});
        assert_eq!(
            pairs(body),
            ["a=1", "b[c]=true", "b[d][0]=x", "b[d][1][e]="]
        );
        assert!(to_pairs(&json!([1])).is_err());
        assert!(to_pairs(&json!({"a": {"Name": "x", "Content": ""}})).is_err());
    }

    #[test]
    fn brackets_are_read_back() {
        for (given, expected) in [
            (
                vec![
                    ("a", "1"),
                    ("b[c]", "2"),
                    ("b[d][0]", "x"),
                    ("b[d][1]", "y"),
                ],
                json!({"a": "1", "b": {"c": "2", "d": ["x", "y"]}}),
            ),
            (vec![("a[]", "1"), ("a[]", "2")], json!({"a": ["1", "2"]})),
            (vec![("a", "1"), ("a", "2")], json!({"a": ["1", "2"]})),
            (
                vec![("a[4000000000]", "1")],
                json!({"a": {"4000000000": "1"}}),
            ),
            (
                vec![("a[b", "1"), ("[c]", "2"), ("d]e", "3"), ("f[g]h", "4")],
                json!({"a[b": "1", "[c]": "2", "d]e": "3", "f[g]h": "4"}),
            ),
        ] {
            assert_eq!(from_pairs(given.clone()), Ok(expected), "{given:?}");
        }
        let deep = "a".to_owned() + &"[b]".repeat(100);
        assert_eq!(from_pairs([(deep, "1")]), Err(BodyError::TooDeep(64)));
    }

    fn body() -> impl Strategy<Value = Value> {
        let leaf = any::<String>().prop_map(Value::String);
        let tree = leaf.prop_recursive(4, 32, 4, |inner| {
            prop_oneof![
                // Two elements at least: one alone reads back the same, none has no pair.
                proptest::collection::vec(inner.clone(), 1..4).prop_map(Value::Array),
                proptest::collection::hash_map("[a-z ä&=+%]{1,6}", inner, 1..4)
                    .prop_map(|m| Value::Object(m.into_iter().collect())),
            ]
        });
        proptest::collection::hash_map("[a-zä&=+% .]{1,6}", tree, 0..4)
            .prop_map(|m| Value::Object(m.into_iter().collect()))
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(body in body()) {
            prop_assert_eq!(from_pairs(to_pairs(&body).unwrap()), Ok(body));
        }

        #[test]
        fn no_name_makes_reading_panic(names in proptest::collection::vec(r"[a\[\]0-9]{0,12}", 0..6)) {
            drop(from_pairs(names.iter().map(|name| (name, "x"))));
        }
    }
}
