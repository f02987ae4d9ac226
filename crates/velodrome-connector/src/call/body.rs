//! The body of a request, put together from its fields (connectors.md §2.4).

use serde_json::Value;
use velodrome_model::{
    definition::{BodyType, DataType, Field, HttpMethod},
    location::Location,
    value::{Rules, ValueType, check},
};

use super::{Call, CallError, values::Fields};

/// A field with the value that goes into the body.
struct Part {
    location: Location,
    value: Value,
    given: bool,
    optional: bool,
    /// Null in its list is a hole.
    sparse: bool,
}

/// Builds the body; null where there is nothing to send.
pub(super) fn build(call: &Call<'_>, fields: &Fields<'_>) -> Result<Value, CallError> {
    let mut parts = Vec::new();
    for field in call
        .method
        .request
        .fields
        .iter()
        .filter(|field| !field.read_only)
    {
        parts.extend(part(call, fields, field)?);
    }
    let known = |location: &str| {
        call.method
            .request
            .fields
            .iter()
            .any(|field| field.connector_field == location)
    };
    // Custom fields are not part of the definition; they go where they say, as they are.
    for (location, value) in call
        .values
        .fields
        .iter()
        .filter(|(location, _)| !known(location))
    {
        parts.push(Part {
            location: parse(location)?,
            value: value.clone(),
            given: true,
            optional: true,
            sparse: call.values.sparse,
        });
    }
    let body = assemble(&parts)?;
    let expects_object = !call.method.request.fields.is_empty()
        && call.method.request_type() == BodyType::Json
        && !matches!(
            call.method.http_method,
            Some(HttpMethod::GET | HttpMethod::DELETE) | None
        );
    // An endpoint with fields expects an object even when none of them is set.
    Ok(if body.is_null() && expects_object {
        Value::Object(serde_json::Map::new())
    } else {
        body
    })
}

/// Lists come first in a copy, the shape, so that constants beside them reach as many elements.
fn assemble(parts: &[Part]) -> Result<Value, CallError> {
    let mut shape = Value::Null;
    let given = || parts.iter().filter(|part| part.given);
    for part in given()
        .filter(|part| part.value.is_array())
        .chain(given().filter(|part| !part.value.is_array()))
    {
        write(part, &mut shape, &Value::Null)?;
    }
    let mut body = Value::Null;
    for part in parts {
        if part.given || !part.optional || has_element(&part.location, &shape) {
            write(part, &mut body, &shape)?;
        }
    }
    Ok(body)
}

/// An optional constant inside a list completes elements; it never makes one of its own.
fn has_element(location: &Location, shape: &Value) -> bool {
    match location.outermost_array() {
        Some(array) if array != *location => array.count(shape).is_some_and(|count| count > 0),
        _ => true,
    }
}

fn write(part: &Part, body: &mut Value, shape: &Value) -> Result<(), CallError> {
    let written = if part.sparse {
        part.location.write_sparse(body, &part.value, shape)
    } else {
        part.location.write(body, &part.value, shape)
    };
    written.map_err(|error| CallError::Build {
        field: Some(part.location.to_string()),
        message: error.to_string(),
    })
}

fn part(call: &Call<'_>, fields: &Fields<'_>, field: &Field) -> Result<Option<Part>, CallError> {
    let name = field.connector_field.as_str();
    let given = call.values.fields.get(name);
    let value = match (given, &field.default_value) {
        (Some(value), _) => Some(value.clone()),
        (None, Some(default)) => fields.definition_value(name, default, field.optional)?,
        (None, None) => None,
    };
    let Some(value) = value else {
        return if field.optional || field.hide {
            Ok(None)
        } else {
            Err(CallError::build(name, "a value is required"))
        };
    };
    if given.is_some() {
        let rules = Rules {
            validation: field.validation.as_ref(),
            values: &field.values,
            allow_other: field.trigger.is_some(),
        };
        check(name, &value, &rules)?;
    }
    // Text is meant where nothing is said; the definition's own constants already are what they should be.
    let untyped = if given.is_some() {
        DataType::Text
    } else {
        DataType::Undefined
    };
    let value_type = ValueType::new(
        field.data_type.unwrap_or(untyped),
        field.format.as_deref(),
        call.context.zone,
    )
    .map_err(|error| CallError::build(name, &error.to_string()))?;
    let value = value_type.to_request(name, &value)?;
    Ok(Some(Part {
        location: parse(name)?,
        value,
        given: given.is_some(),
        optional: field.optional,
        sparse: given.is_some() && call.values.sparse,
    }))
}

fn parse(location: &str) -> Result<Location, CallError> {
    location.parse().map_err(|error| CallError::Build {
        field: Some(location.to_owned()),
        message: format!("{error}"),
    })
}
