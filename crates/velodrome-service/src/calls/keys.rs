//! From the ids that callers use to the names that definitions use.

use serde_json::{Map, Value};
use velodrome_model::{
    FieldId, ParameterId,
    definition::{DataType, Field, Method},
    numbered::NumberedMethod,
};
use velodrome_store::StoredCustomField;

use super::{CallFailure, Given, MethodCall};

/// The method with the account's own request fields, and the values by `targetName` and location.
pub(super) fn resolve<'a>(
    found: NumberedMethod<'_>,
    custom: impl Iterator<Item = &'a StoredCustomField>,
    values: MethodCall,
) -> Result<(Method, Given), CallFailure> {
    let mut method = found.method.clone();
    let own = |field: &StoredCustomField| field.method.is_nil() || field.method == found.uid.0;
    let custom: Vec<&StoredCustomField> = custom
        .filter(|field| field.for_request && own(field))
        .collect();
    let known = method.request.fields.len();
    for field in &custom {
        let is_declared = method.request.fields[..known]
            .iter()
            .any(|one| one.connector_field == field.location);
        if !is_declared {
            method.request.fields.push(as_field(field));
        }
    }
    let mut given = Given::default();
    let parameters = found.parameters();
    for (key, value) in values.parameters {
        let by_id = key.parse().ok().map(ParameterId);
        let parameter = parameters
            .iter()
            .find(|one| Some(one.id) == by_id)
            .or_else(|| {
                parameters
                    .iter()
                    .find(|one| one.parameter.target_name == key)
            })
            .or_else(|| {
                parameters
                    .iter()
                    .find(|one| one.parameter.target_name.eq_ignore_ascii_case(&key))
            });
        let Some(parameter) = parameter else {
            return Err(CallFailure::UnknownKey {
                what: "parameter",
                key,
            });
        };
        given
            .parameters
            .insert(parameter.parameter.target_name.clone(), value);
    }
    for (key, value) in values.fields {
        let by_id = key.parse().ok().map(FieldId);
        let by_number = found
            .request_fields()
            .find(|one| Some(one.id) == by_id)
            .map(|one| one.field.connector_field.clone())
            .or_else(|| {
                custom
                    .iter()
                    .find(|one| Some(one.id) == by_id)
                    .map(|one| one.location.clone())
            });
        let by_location = || {
            method
                .request
                .fields
                .iter()
                .find(|one| one.connector_field == key)
                .map(|one| one.connector_field.clone())
        };
        let Some(location) = by_number.or_else(by_location) else {
            return Err(CallFailure::UnknownKey { what: "field", key });
        };
        given.fields.insert(location, value);
    }
    Ok((method, given))
}

fn as_field(custom: &StoredCustomField) -> Field {
    let text = |name: &str| {
        custom
            .body
            .get(name)
            .and_then(Value::as_str)
            .map(str::to_owned)
    };
    let data_type = custom
        .body
        .get("data_type")
        .cloned()
        .and_then(|one| serde_json::from_value::<DataType>(one).ok());
    Field {
        unique_identifier: None,
        connector_field: custom.location.clone(),
        system_field: text("system_field"),
        display_field: text("display_name"),
        description: text("description"),
        optional: true,
        hide: false,
        read_only: false,
        data_type,
        format: text("format"),
        default_value: None,
        values: Vec::new(),
        trigger: None,
        display_order: None,
        validation: None,
    }
}

/// Values for a lookup's method, by `targetName`.
pub(super) fn by_name(given: Map<String, Value>) -> Given {
    Given {
        parameters: given,
        ..Given::default()
    }
}
