//! Stripe's form encoding: `a[b]=1`, `items[0][price]=x`, `expand[]=customer`; and what each
//! parameter must be.

use serde_json::Value;

use super::problem::Problem;
use crate::call::Pairs;
use crate::records::Row;

/// What a parameter must be.
#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    Text,
    Integer,
    Boolean,
    Object,
    Array,
    OneOf(&'static [&'static str]),
    /// Several forms are taken.
    Any,
}

/// A documented parameter.
#[derive(Clone, Copy, Debug)]
pub(super) struct Param {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    pub(super) required: bool,
}

pub(super) const fn optional(name: &'static str, kind: Kind) -> Param {
    Param {
        name,
        kind,
        required: false,
    }
}

pub(super) const fn required(name: &'static str, kind: Kind) -> Param {
    Param {
        name,
        kind,
        required: true,
    }
}

/// How deep brackets may nest; deeper ones are no call that Stripe knows.
const MAX_DEPTH: usize = 8;

/// Reads flat pairs into a tree; every leaf is text.
pub(super) fn nest(pairs: &Pairs) -> Result<Row, Problem> {
    let mut tree = Row::new();
    for (name, value) in &pairs.0 {
        let keys = keys(name).ok_or_else(|| Problem::unknown_parameter(name))?;
        place(&mut tree, &keys, value).map_err(|()| {
            Problem::invalid(
                name,
                format!("Invalid request: {name} is given twice in different shapes"),
            )
        })?;
    }
    let tree = tree
        .into_iter()
        .map(|(name, value)| (name, lists(value)))
        .collect();
    Ok(tree)
}

/// `a[b][]` as `a`, `b`, `` .
fn keys(name: &str) -> Option<Vec<&str>> {
    let (first, mut rest) = match name.find('[') {
        Some(at) => name.split_at(at),
        None => (name, ""),
    };
    let mut keys = vec![first];
    while !rest.is_empty() {
        let (key, after) = rest.strip_prefix('[')?.split_once(']')?;
        keys.push(key);
        rest = after;
    }
    (!first.is_empty() && keys.len() <= MAX_DEPTH).then_some(keys)
}

fn place(tree: &mut Row, keys: &[&str], value: &str) -> Result<(), ()> {
    let Some((first, rest)) = keys.split_first() else {
        return Err(());
    };
    // `x[]` counts on, so that order is kept until the tree is complete.
    let key = if first.is_empty() {
        tree.len().to_string()
    } else {
        (*first).to_owned()
    };
    if rest.is_empty() {
        return match tree.insert(key, value.into()) {
            Some(Value::Object(_)) => Err(()),
            _ => Ok(()),
        };
    }
    match tree.entry(key).or_insert_with(|| Value::Object(Row::new())) {
        Value::Object(inner) => place(inner, rest, value),
        _ => Err(()),
    }
}

/// Objects whose keys are 0, 1, 2… become arrays.
fn lists(value: Value) -> Value {
    let Value::Object(members) = value else {
        return value;
    };
    let counted = !members.is_empty()
        && members
            .keys()
            .enumerate()
            .all(|(at, key)| *key == at.to_string());
    if counted {
        Value::Array(
            members
                .into_iter()
                .map(|(_, member)| lists(member))
                .collect(),
        )
    } else {
        Value::Object(
            members
                .into_iter()
                .map(|(name, member)| (name, lists(member)))
                .collect(),
        )
    }
}

/// Checks a tree against the documented parameters and gives leaves their types. An empty value
/// clears, so it becomes null.
pub(super) fn typed(params: &[Param], tree: &Row) -> Result<Row, Problem> {
    for name in tree.keys() {
        if name != "expand" && params.iter().all(|param| param.name != name.as_str()) {
            return Err(Problem::unknown_parameter(name));
        }
    }
    for param in params.iter().filter(|param| param.required) {
        if tree.get(param.name).is_none_or(|value| value == "") {
            return Err(Problem::missing(param.name));
        }
    }
    params
        .iter()
        .filter_map(|param| Some((param, tree.get(param.name)?)))
        .map(|(param, value)| Ok((param.name.to_owned(), convert(param, value)?)))
        .collect()
}

fn convert(param: &Param, value: &Value) -> Result<Value, Problem> {
    let name = param.name;
    if value == "" {
        return Ok(Value::Null);
    }
    let text = value.as_str();
    match (param.kind, text) {
        (Kind::Any, _) | (Kind::Text, Some(_)) => Ok(value.clone()),
        (Kind::Integer, Some(text)) => text.parse::<i64>().map(Value::from).map_err(|_| {
            Problem::coded(
                "parameter_invalid_integer",
                name,
                format!("Invalid integer: {text}"),
            )
        }),
        (Kind::Boolean, Some("true")) => Ok(Value::Bool(true)),
        (Kind::Boolean, Some("false")) => Ok(Value::Bool(false)),
        (Kind::Boolean, Some(text)) => {
            Err(Problem::invalid(name, format!("Invalid boolean: {text}")))
        }
        (Kind::OneOf(values), Some(text)) if values.contains(&text) => Ok(value.clone()),
        (Kind::OneOf(values), _) => Err(Problem::invalid(
            name,
            format!("Invalid {name}: must be one of {}", values.join(", ")),
        )),
        (Kind::Object, None) if value.is_object() => Ok(value.clone()),
        (Kind::Object, _) => Err(Problem::invalid(name, "Invalid object")),
        (Kind::Array, None) if value.is_array() => Ok(value.clone()),
        (Kind::Array, _) => Err(Problem::invalid(name, "Invalid array")),
        (Kind::Text | Kind::Integer | Kind::Boolean, None) => Err(Problem::invalid(
            name,
            format!("Invalid {name}: a single value was expected"),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn brackets_become_a_tree() {
        let pairs = Pairs::parse(b"metadata[a]=1&items[0][price]=p&items[1][price]=q&expand[]=customer&expand[]=x&name=n");

        let tree = nest(&pairs).unwrap();

        let wanted = json!({
            "metadata": {"a": "1"}, "items": [{"price": "p"}, {"price": "q"}], "expand": ["customer", "x"], "name": "n",
        });
        assert_eq!(Value::Object(tree), wanted);
    }

    #[test]
    fn broken_brackets_and_mixed_shapes_are_refused() {
        for bad in ["a[b=1", "[a]=1", "a=1&a[b]=2", "a[b]=2&a=1"] {
            assert!(nest(&Pairs::parse(bad.as_bytes())).is_err(), "{bad}");
        }
    }

    #[test]
    fn leaves_get_their_types() {
        let params = [
            required("amount", Kind::Integer),
            optional("capture", Kind::Boolean),
            optional("email", Kind::Text),
        ];
        let read = |text: &str| typed(&params, &nest(&Pairs::parse(text.as_bytes()))?);

        assert_eq!(
            Value::Object(read("amount=5&capture=true&email=").unwrap()),
            json!({"amount": 5, "capture": true, "email": null})
        );
        assert_eq!(
            read("amount=x").unwrap_err().code(),
            Some("parameter_invalid_integer")
        );
        assert_eq!(
            read("capture=true").unwrap_err().code(),
            Some("parameter_missing")
        );
        assert_eq!(
            read("amount=1&colour=red").unwrap_err().code(),
            Some("parameter_unknown")
        );
    }
}
