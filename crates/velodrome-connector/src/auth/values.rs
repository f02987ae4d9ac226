//! Mergefields in addresses and parameters of the authentication protocols (connectors.md §2.5).

use serde_json::{Map, Value};
use url::Url;
use velodrome_model::{
    definition::scalar_text,
    mergefield::{MergeError, MergeValue, Source, Template, TemplateError},
};

/// The values of one account connector: properties, partner setup, defaults.
pub type Values<'a> = dyn Source + Sync + 'a;

/// The set-up of a connector does not suffice for authenticating.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SetupError {
    /// A value is missing or unusable.
    #[error(transparent)]
    Merge(#[from] MergeError),
    /// The definition's own fault.
    #[error("the definition holds a malformed mergefield: {0}")]
    Template(#[from] TemplateError),
    /// The definition's own fault.
    #[error("the definition has no {0}")]
    NoAddress(&'static str),
    /// The definition's own fault.
    #[error("the definition sends a header {0:?}, which cannot be sent")]
    Header(String),
    /// The partner's setting.
    #[error("the Application User Agent contains characters that no header can carry")]
    UserAgent,
}

/// Values by a function, where there is no map to look into.
pub struct ValuesFn<F>(pub F);

impl<F: Fn(&str) -> Option<String>> Source for ValuesFn<F> {
    fn value(&self, name: &str) -> Option<MergeValue<'_>> {
        (self.0)(name).map(|text| MergeValue::Text(text.into()))
    }
}

/// A text with its mergefields replaced.
pub(crate) fn merged(template: &str, values: &Values<'_>) -> Result<String, SetupError> {
    if !Template::is_needed(template) {
        return Ok(template.to_owned());
    }
    Ok(template.parse::<Template>()?.merge(values)?)
}

/// The same; none where it is blank, or nothing but a mergefield without a value.
pub(super) fn optional(template: &str, values: &Values<'_>) -> Result<Option<String>, SetupError> {
    merged_text(template, values)
}

/// An address with its mergefields replaced.
pub(super) fn merged_url(template: &str, values: &Values<'_>) -> Result<Url, SetupError> {
    Ok(template.parse::<Template>()?.merge_address(values)?)
}

/// A value by name; none when it is blank.
pub(super) fn named(name: &str, values: &Values<'_>) -> Result<Option<String>, SetupError> {
    let text = match values.value(name) {
        Some(MergeValue::Text(text)) => text.into_owned(),
        Some(MergeValue::Template(template)) => merged(&template, values)?,
        Some(MergeValue::Instant(_)) | None => return Ok(None),
    };
    let text = text.trim();
    Ok((!text.is_empty()).then(|| text.to_owned()))
}

/// Parameters of a definition as text, arrays repeating the name.
pub(super) fn parameters(
    given: &Map<String, Value>,
    values: &Values<'_>,
) -> Result<Vec<(String, String)>, SetupError> {
    let merged = merged_members(given, values)?;
    Ok(merged
        .into_iter()
        .flat_map(|(name, value)| match value {
            Value::Array(items) => items
                .iter()
                .map(|item| (name.clone(), scalar_text(item)))
                .collect::<Vec<_>>(),
            value => vec![(name, scalar_text(&value))],
        })
        .collect())
}

/// Parameters of a definition, other JSON than text as it is. Those that come out blank are left out,
/// and so are those that are nothing but a mergefield without a value: providers refuse empty ones.
pub(super) fn merged_members(
    given: &Map<String, Value>,
    values: &Values<'_>,
) -> Result<Map<String, Value>, SetupError> {
    let mut out = Map::new();
    for (name, value) in given {
        let value = match value {
            Value::Null => continue,
            Value::String(text) => match merged_text(text, values)? {
                Some(text) => Value::String(text),
                None => continue,
            },
            Value::Array(items) => {
                let mut merged_items = Vec::with_capacity(items.len());
                for item in items {
                    match item {
                        Value::String(text) => {
                            merged_items.extend(merged_text(text, values)?.map(Value::String))
                        }
                        other => merged_items.push(other.clone()),
                    }
                }
                Value::Array(merged_items)
            }
            Value::Object(members) => Value::Object(merged_members(members, values)?),
            other => other.clone(),
        };
        out.insert(name.clone(), value);
    }
    Ok(out)
}

fn merged_text(text: &str, values: &Values<'_>) -> Result<Option<String>, SetupError> {
    let only_field = Template::is_needed(text) && text.parse::<Template>()?.only_field().is_some();
    match merged(text, values) {
        Ok(text) => Ok((!text.is_empty()).then_some(text)),
        Err(SetupError::Merge(MergeError::Unresolved(_))) if only_field => Ok(None),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn parameters_without_a_value_are_left_out_but_half_a_value_is_an_error() {
        let values = ValuesFn(|name: &str| match name {
            "Store" => Some("shop & co".to_owned()),
            "Blank" => Some(String::new()),
            _ => None,
        });
        let given = json!({
            "store_url": "{{Store}}", "a": "{{Blank}}", "b": "{{Unknown}}", "c": null, "flag": true,
            "many": ["x", "{{Store}}", "{{Unknown}}"],
        });

        let merged = parameters(given.as_object().unwrap(), &values).unwrap();

        let pair = |n: &str, v: &str| (n.to_owned(), v.to_owned());
        assert_eq!(
            merged,
            [
                pair("store_url", "shop & co"),
                pair("flag", "true"),
                pair("many", "x"),
                pair("many", "shop & co")
            ]
        );
        let broken = json!({"a": "x-{{Unknown}}"});
        assert!(parameters(broken.as_object().unwrap(), &values).is_err());
    }
}
