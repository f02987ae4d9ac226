//! FilterFields: dropping records after all pages are in (connectors.md §2.2).

use chrono::{DateTime, Utc};
use serde_json::Value;
use velodrome_model::{
    definition::{DataType, scalar_text},
    location::Location,
    value::{DateFormat, ValueType},
};

use super::{Call, CallError};

/// A filter whose value is known.
pub(super) struct Filter {
    location: Location,
    array: Location,
    rule: Rule,
}

enum Rule {
    /// Instants up to and including this one are dropped.
    After {
        instant: DateTime<Utc>,
        value_type: ValueType,
    },
    /// Only values equal to one of these stay.
    Equals {
        wanted: Vec<Value>,
        value_type: Option<ValueType>,
    },
}

impl Filter {
    /// A filter on a response location; none where its location lies in no array. `value` is what the
    /// parameter says; a date defaults to the last successful run.
    pub(super) fn new(
        call: &Call<'_>,
        location: &str,
        data_type: Option<DataType>,
        format: Option<&str>,
        value: Option<&Value>,
    ) -> Result<Option<Self>, CallError> {
        let field = call
            .method
            .response
            .fields
            .iter()
            .find(|field| field.connector_field == location);
        let data_type = data_type.or(field.and_then(|field| field.data_type));
        let format = format.or(field.and_then(|field| field.format.as_deref()));
        let location_text = location;
        let location: Location = location_text
            .parse()
            .map_err(|error| CallError::build(location_text, &format!("{error}")))?;
        let Some(array) = location.outermost_array() else {
            return Ok(None);
        };
        let rule = if data_type == Some(DataType::DateTime) {
            let value_type = ValueType::new(DataType::DateTime, format, call.context.zone)
                .map_err(|error| CallError::build(location_text, &error.to_string()))?;
            let instant = match value {
                None => call.context.last_successful_run,
                Some(value) => value
                    .as_str()
                    .and_then(|text| DateFormat::ISO.read(text, call.context.zone))
                    .or_else(|| value_type.instant(value))
                    .ok_or_else(|| {
                        CallError::build(location_text, "a date and time is expected")
                    })?,
            };
            Rule::After {
                instant,
                value_type,
            }
        } else {
            let Some(value) = value else {
                return Ok(None);
            };
            let value_type = match data_type {
                None | Some(DataType::Undefined) => None,
                Some(data_type) => Some(
                    ValueType::new(data_type, format, call.context.zone)
                        .map_err(|error| CallError::build(location_text, &error.to_string()))?,
                ),
            };
            let wanted = match value {
                Value::Array(values) => values.clone(),
                one => vec![one.clone()],
            };
            Rule::Equals { wanted, value_type }
        };
        Ok(Some(Self {
            location,
            array,
            rule,
        }))
    }

    /// Drops what does not pass; unreadable dates stay, with a warning.
    pub(super) fn apply(&self, body: &mut Value, warnings: &mut Vec<String>) {
        if self.array.count(body).is_none() {
            return;
        }
        let Some(mut elements) = self.array.take_array(body) else {
            return;
        };
        let below = self.location.below(&self.array);
        let mut unreadable = 0_usize;
        elements.retain(|element| {
            let value = match &below {
                Some(below) => below.first(element),
                None => Some(element),
            };
            match &self.rule {
                Rule::Equals { wanted, value_type } => value.is_some_and(|value| {
                    let equal = |one: &Value| are_equal(value, one, value_type.as_ref());
                    wanted.iter().any(equal)
                }),
                Rule::After {
                    instant,
                    value_type,
                } => match value.and_then(|value| value_type.instant(value)) {
                    Some(at) => at > *instant,
                    None => {
                        unreadable += 1;
                        true
                    }
                },
            }
        });
        if unreadable > 0 {
            warnings.push(format!(
                "{}: {unreadable} records have no readable date and were kept",
                self.location
            ));
        }
        self.array
            .put_array(body, elements)
            .expect("the array was taken from this very place");
    }
}

/// Equal as values of the type, and as text where either can't be read as one.
fn are_equal(left: &Value, right: &Value, value_type: Option<&ValueType>) -> bool {
    let read = |value: &Value| value_type?.from_response("", value).ok();
    match (read(left), read(right)) {
        (Some(left), Some(right)) => left == right,
        _ => scalar_text(left) == scalar_text(right),
    }
}
