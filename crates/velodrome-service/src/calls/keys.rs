//! From the ids that callers use to the names that definitions use.

use std::collections::HashSet;

use serde_json::{Map, Value};
use velodrome_model::{
    FieldId, ParameterId,
    definition::{Field, Method},
    numbered::NumberedMethod,
};
use velodrome_store::{StoreError, StoredCustomField};

use super::{CallFailure, Given, MethodCall};
use crate::{account_connectors::FieldDetails, installation::OwnMethod};

/// The values by `targetName` and location for a method, `own` as the account calls it.
pub(super) fn resolve(
    found: NumberedMethod<'_>,
    own: &OwnMethod,
    values: MethodCall,
) -> Result<Given, CallFailure> {
    let mut given = Given {
        object: own.object.clone(),
        ..Given::default()
    };
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
                own.requests
                    .iter()
                    .find(|(id, _)| Some(*id) == by_id)
                    .map(|(_, location)| location.clone())
            });
        let by_location = || {
            own.method
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
    Ok(given)
}

/// The method with the account's own fields, and those of its request with their locations.
pub(super) fn with_custom_fields<'a>(
    found: NumberedMethod<'_>,
    custom: impl Iterator<Item = &'a StoredCustomField>,
) -> Result<(Method, Vec<(FieldId, String)>), StoreError> {
    let mut method = found.method.clone();
    let own = |field: &StoredCustomField| field.method.is_nil() || field.method == found.uid.0;
    let mut requests = Vec::new();
    let mut added = HashSet::new();
    for stored in custom.filter(|field| own(field)) {
        let message = if stored.for_request {
            requests.push((stored.id, stored.location.clone()));
            &mut method.request
        } else {
            &mut method.response
        };
        // The static field wins; of several custom ones that mean the same place, the first.
        let is_there = message
            .fields
            .iter()
            .any(|one| one.connector_field == stored.location);
        if !is_there && added.insert((stored.for_request, &stored.location)) {
            message.fields.push(as_field(stored)?);
        }
    }
    Ok((method, requests))
}

/// The field that a custom one stands for.
///
/// # Errors
/// [`StoreError::Corrupt`] when it can't be read.
pub(crate) fn as_field(custom: &StoredCustomField) -> Result<Field, StoreError> {
    let details = FieldDetails::read(&custom.body)?;
    Ok(Field {
        unique_identifier: None,
        connector_field: custom.location.clone(),
        system_field: details.system_field,
        display_field: Some(details.display_name),
        description: details.description,
        optional: details.optional,
        hide: details.hide,
        read_only: details.read_only,
        data_type: Some(details.data_type),
        format: details.format,
        default_value: details.default_value.map(Value::from),
        values: details.values,
        trigger: None,
        display_order: None,
        validation: None,
    })
}

/// Values for a lookup's method, by `targetName`.
pub(super) fn by_name(given: Map<String, Value>) -> Given {
    Given {
        parameters: given,
        ..Given::default()
    }
}
