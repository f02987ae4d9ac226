//! Methods as the wire shows them.

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;
use velodrome_model::{
    definition::{self, scalar_text},
    identity::Direction,
    location::{FieldNames, Location, derive_names},
    numbered::{NumberedField, NumberedMethod},
};

use super::{
    BodyDataType, DataType, HttpMethod, MethodStatus, MethodType, Parameter, Trigger,
    connector::{order_of, triggers_of},
};

/// A method of a connector.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct Method {
    /// Id within this installation; changes between releases.
    pub id: i32,
    /// Stable id; prefer it.
    pub method_unique_identifier: Uuid,
    /// Connector it belongs to.
    #[schema(required = false)]
    pub connector_id: i32,
    /// Name.
    pub name: String,
    /// What it does; never empty.
    pub description: String,
    /// Something the user must know.
    pub warning: Option<String>,
    /// Publication state.
    #[schema(required = false)]
    pub status: MethodStatus,
    /// Category; never empty.
    pub category: String,
    /// Subcategory.
    pub subcategory: Option<String>,
    /// Kind of method.
    pub method_type: MethodType,
    /// Verb; null for webhooks and scripts.
    pub http_method: Option<HttpMethod>,
    /// URL with merge fields; never empty: {{Cyclr_Webhook_Url}} for webhooks, script for scripts.
    pub end_point: String,
    /// Format of request and response.
    #[schema(required = false)]
    pub data_type: BodyDataType,
    /// Not shown to users.
    #[schema(required = false)]
    pub is_hidden: bool,
    /// Parameters, connector-level ones included.
    pub parameters: Vec<Parameter>,
    /// Fields of the request body.
    pub request_fields: Vec<Field>,
    /// Fields of the response body.
    pub response_fields: Vec<Field>,
}

/// A field of a request or response body.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct Field {
    /// Id of the field.
    pub id: i32,
    /// Display name.
    pub name: String,
    /// Help text.
    pub description: Option<String>,
    /// Path in the body; [name] marks a list.
    #[schema(required = false)]
    pub location: String,
    /// Normalised name, used to suggest mappings.
    pub system_field: Option<String>,
    /// May stay empty.
    pub is_optional: bool,
    /// Type of the value.
    pub data_type: DataType,
    /// Format, for DateTime.
    pub data_type_format: Option<String>,
    /// Value used when none is given.
    pub default_value: Option<String>,
    /// Never sent.
    #[schema(required = false)]
    pub is_read_only: bool,
    /// Not shown to users.
    #[schema(required = false)]
    pub is_hidden: bool,
    /// A custom field.
    #[schema(required = false)]
    pub is_custom: bool,
    /// true for a request field, false for a response field.
    #[schema(required = false)]
    pub for_request_format: bool,
    /// Name of the lookup, if any.
    pub trigger_name: Option<String>,
    /// Predefined values; empty or null when free.
    pub values: Option<Vec<String>>,
    /// Position, ascending, from 0.
    pub display_order: i32,
    /// Lookups for the value.
    pub triggers: Vec<Trigger>,
}

impl Method {
    /// A method with everything that belongs to it.
    pub fn new(one: NumberedMethod<'_>, account_connector: Option<i32>) -> Self {
        let connector = one.connector();
        let method = one.method;
        let parameter =
            |(order, each): (usize, velodrome_model::numbered::NumberedParameter<'_>)| {
                let name = each.parameter.trigger.as_deref();
                let triggers = triggers_of(connector, name, Some(each.id.0), account_connector);
                Parameter::new(each.id, each.parameter, order, triggers)
            };
        Self {
            id: one.id.0,
            method_unique_identifier: one.uid.0,
            connector_id: connector.id().0,
            name: method.name.clone(),
            description: method
                .description
                .clone()
                .unwrap_or_else(|| format!("{}.", method.name)),
            warning: method.warning.clone(),
            status: method.status.into(),
            category: method.category.clone(),
            subcategory: method.subcategory.clone(),
            method_type: method.kind.into(),
            http_method: method.http_method.map(Into::into),
            end_point: match (method.kind, &method.endpoint) {
                (definition::MethodType::Webhook, _) => "{{Cyclr_Webhook_Url}}".to_owned(),
                (_, Some(endpoint)) => endpoint.clone(),
                (_, None) => "script".to_owned(),
            },
            data_type: method.data_type.unwrap_or_default().into(),
            is_hidden: method.hide,
            parameters: one
                .parameters()
                .into_iter()
                .enumerate()
                .map(parameter)
                .collect(),
            request_fields: fields(one.request_fields(), &method.request, account_connector),
            response_fields: fields(one.response_fields(), &method.response, account_connector),
        }
    }
}

fn fields<'a>(
    all: impl Iterator<Item = NumberedField<'a>>,
    message: &definition::Message,
    account_connector: Option<i32>,
) -> Vec<Field> {
    let as_wire = |((order, one), names): ((usize, NumberedField<'a>), FieldNames)| {
        let field = one.field;
        Field {
            id: one.id.0,
            name: field.display_field.clone().unwrap_or(names.display),
            description: field.description.clone(),
            location: field.connector_field.clone(),
            system_field: Some(field.system_field.clone().unwrap_or(names.system)),
            is_optional: field.optional,
            data_type: field.data_type.unwrap_or_default().into(),
            data_type_format: field.format.clone(),
            default_value: field.default_value.as_ref().map(scalar_text),
            is_read_only: field.read_only,
            is_hidden: field.hide,
            is_custom: false,
            for_request_format: one.direction == Direction::Request,
            trigger_name: field.trigger.clone(),
            values: Some(
                field
                    .values
                    .iter()
                    .map(definition::ValueOption::text)
                    .collect(),
            ),
            display_order: order_of(field.display_order, order),
            triggers: triggers_of(
                one.method.connector(),
                field.trigger.as_deref(),
                Some(one.id.0),
                account_connector,
            ),
        }
    };
    all.enumerate().zip(names(message)).map(as_wire).collect()
}

/// Names of the fields; a location that can't be read (a definition that was checked has none) names itself.
fn names(message: &definition::Message) -> Vec<FieldNames> {
    let locations: Result<Vec<Location>, _> = message
        .fields
        .iter()
        .map(|one| one.connector_field.parse())
        .collect();
    let Ok(locations) = locations else {
        let own = |one: &definition::Field| FieldNames {
            system: one.connector_field.clone(),
            display: one.connector_field.clone(),
        };
        return message.fields.iter().map(own).collect();
    };
    let given = |(location, one): (&'_ Location, &definition::Field)| {
        (
            location.clone(),
            one.system_field.clone(),
            one.display_field.clone(),
        )
    };
    let given: Vec<_> = locations.iter().zip(&message.fields).map(given).collect();
    derive_names(
        given
            .iter()
            .map(|(location, system, display)| (location, system.as_deref(), display.as_deref())),
    )
}
