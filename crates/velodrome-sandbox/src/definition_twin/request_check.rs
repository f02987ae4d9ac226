//! Whether a body is what the definition's request fields say.

use chrono_tz::Tz;
use serde_json::Value;
use velodrome_model::definition::{BodyType, DataType, Field};
use velodrome_model::location::Location;
use velodrome_model::value::{self, Rules, ValueType};

use super::schema::Shape;
use crate::records::plain;

/// The first mistake, naming the field. `is_whole` when the body is a new record, which needs all that
/// is required.
pub(super) fn check(
    shape: &Shape,
    kind: BodyType,
    body: &Value,
    is_whole: bool,
) -> Result<(), String> {
    if matches!(kind, BodyType::PlainText | BodyType::SimpleFile) {
        let needed = shape.fields.iter().any(|(_, field)| !field.optional);
        return if needed && is_whole && body.is_null() {
            Err("a body is required".to_owned())
        } else {
            Ok(())
        };
    }
    for (location, field) in &shape.fields {
        let elsewhere =
            kind == BodyType::MultipartRelated && field.data_type == Some(DataType::File);
        if field.read_only || elsewhere {
            continue;
        }
        one(location, field, kind, body, is_whole)?;
    }
    Ok(())
}

fn one(
    location: &Location,
    field: &Field,
    kind: BodyType,
    body: &Value,
    is_whole: bool,
) -> Result<(), String> {
    let found: Vec<&Value> = location.read(body).into_iter().flatten().collect();
    if found.is_empty() {
        return if is_whole && !field.optional {
            Err(format!("{location}: this field is required"))
        } else {
            Ok(())
        };
    }
    let is_template = field
        .default_value
        .as_ref()
        .is_some_and(|value| plain(Some(value)).contains("{{"));
    let data_type = field.data_type.unwrap_or_default();
    let declared = ValueType::new(data_type, field.format.as_deref(), Tz::UTC);
    for value in found {
        if value.is_null() {
            if field.optional || !is_whole {
                continue;
            }
            return Err(format!("{location}: this field may not be null"));
        }
        if kind == BodyType::Json && !fits(data_type, value) {
            return Err(format!("{location}: must be {}", expected(data_type)));
        }
        if let Ok(declared) = &declared
            && data_type != DataType::File
        {
            declared
                .from_response(&field.connector_field, value)
                .map_err(|error| error.to_string())?;
        }
        let rules = Rules {
            validation: field.validation.as_ref(),
            values: if field.trigger.is_none() && !is_template {
                &field.values
            } else {
                &[]
            },
            allow_other: field
                .values
                .iter()
                .any(|v| v.text().starts_with("CYCLR_PAGE_")),
        };
        value::check(&field.connector_field, value, &rules).map_err(|error| error.to_string())?;
    }
    Ok(())
}

/// JSON has types of its own, and providers insist on them.
fn fits(data_type: DataType, value: &Value) -> bool {
    match value {
        Value::Array(elements) => {
            data_type == DataType::Undefined || elements.iter().all(|value| fits(data_type, value))
        }
        value => match data_type {
            DataType::Integer => value.is_i64() || value.is_u64(),
            DataType::Decimal | DataType::Float => value.is_number(),
            DataType::Boolean => value.is_boolean(),
            DataType::Text => value.is_string(),
            DataType::DateTime => value.is_string() || value.is_number(),
            DataType::File | DataType::Undefined => true,
        },
    }
}

fn expected(data_type: DataType) -> &'static str {
    match data_type {
        DataType::Integer => "a whole number",
        DataType::Decimal | DataType::Float => "a number",
        DataType::Boolean => "true or false",
        DataType::Text => "a text",
        DataType::DateTime => "a date",
        DataType::File | DataType::Undefined => "a value",
    }
}
