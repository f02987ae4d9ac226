//! Mappings of parameters and fields as the wire shows and takes them.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use velodrome_model::{
    FieldId, StepId,
    definition::{ValueOption, scalar_text},
    identity::Direction,
    numbered::NumberedConnector,
};
use velodrome_service::cycles::{self, MappingChange, SourceChange, StepField};

use super::{ActionType, GivenMappingType, MappingType};
use crate::{
    lenient::{Keep, Patch},
    v1::wire::{DataType, Field, Parameter, Trigger, triggers_of},
};

/// Mapping of a parameter.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct ParameterMapping {
    /// The parameter.
    pub parameter: Parameter,
    /// The value selects the object whose custom fields are looked up.
    #[schema(required = false)]
    pub is_entity_identifier: bool,
    /// Source of the value; a parameter that was never mapped has null.
    #[schema(required = true)]
    pub mapping_type: Option<MappingType>,
    /// Field, for PreviousStep.
    pub source_field_id: Option<i32>,
    /// Step, for PreviousStep.
    pub source_step_id: Option<Uuid>,
    /// SystemName of the variable, for Variable.
    pub variable_name: Option<String>,
    /// Chosen value, for Lookup.
    pub trigger_value: Option<String>,
    /// Text of the chosen value, for Lookup.
    pub trigger_value_display_name: Option<String>,
    /// Value, for StaticValue and ValueList; merge fields are {{stepId fieldId}}, {{step.stepId.fieldId}} and the system ones.
    pub value: Option<String>,
    /// User configurable: set during installation.
    #[schema(required = false)]
    pub is_launch_visible: bool,
    /// What the template has here, to pre-fill a form for whoever sets it; null when it suggests nothing.
    pub suggested: Option<SuggestedSource>,
}

/// Source of a value that a template suggests; nothing uses it until it is set.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct SuggestedSource {
    /// Source of the value.
    pub mapping_type: MappingType,
    /// Field, for PreviousStep.
    pub source_field_id: Option<i32>,
    /// Step, for PreviousStep.
    pub source_step_id: Option<Uuid>,
    /// SystemName of the variable, for Variable.
    pub variable_name: Option<String>,
    /// Value, for StaticValue and ValueList.
    pub value: Option<String>,
}

impl SuggestedSource {
    /// What is suggested, if anything. What was looked up is never carried, so a lookup suggests no value.
    fn of(shown: Option<cycles::ShownSource>, is_hidden: bool) -> Option<Self> {
        let shown = shown?;
        Some(Self {
            mapping_type: shown.kind?.into(),
            source_field_id: shown.from.field.map(|id| id.0),
            source_step_id: shown.from.step.map(|id| id.0),
            variable_name: shown.variable,
            value: shown.value.filter(|_| !is_hidden),
        })
    }
}

/// Mapping of a request field.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct FieldMapping {
    /// The field.
    pub field: Field,
    /// Source of the value; Ignore when never mapped.
    pub mapping_type: MappingType,
    /// Field, for PreviousStep.
    pub source_field_id: Option<i32>,
    /// Step, for PreviousStep.
    pub source_step_id: Option<Uuid>,
    /// SystemName of the variable, for Variable.
    pub variable_name: Option<String>,
    /// Chosen value, for Lookup.
    pub trigger_value: Option<String>,
    /// Text of the chosen value, for Lookup.
    pub trigger_value_display_name: Option<String>,
    /// Value, for StaticValue and ValueList; merge fields are {{stepId fieldId}}, {{step.stepId.fieldId}} and the system ones.
    pub value: Option<String>,
    /// User configurable: set during installation.
    #[schema(required = false)]
    pub is_launch_visible: bool,
    /// What the template has here, to pre-fill a form for whoever sets it; null when it suggests nothing.
    pub suggested: Option<SuggestedSource>,
}

impl ParameterMapping {
    /// The mapping; `masked` hides what stands for a sensitive parameter.
    pub fn new(one: cycles::ParameterMapping<'_>, masked: bool) -> Self {
        let account_connector = one.account_connector.map(|id| id.0);
        let trigger = one.parameter.trigger.as_deref();
        let triggers = triggers_of(one.connector, trigger, Some(one.id.0), account_connector);
        let order = usize::try_from(one.order).unwrap_or_default();
        let shown = one.source;
        let is_hidden = masked && one.parameter.sensitive;
        Self {
            parameter: Parameter::new(one.id, &one.parameter, order, triggers),
            is_entity_identifier: one.is_entity_identifier,
            mapping_type: shown.kind.map(Into::into),
            source_field_id: shown.from.field.map(|id| id.0),
            source_step_id: shown.from.step.map(|id| id.0),
            variable_name: shown.variable,
            trigger_value: shown.lookup_value.filter(|_| !is_hidden),
            trigger_value_display_name: shown.lookup_label,
            value: shown.value.filter(|_| !is_hidden),
            is_launch_visible: one.is_launch_visible,
            suggested: SuggestedSource::of(one.suggested, is_hidden),
        }
    }
}

impl From<cycles::FieldMapping<'_>> for FieldMapping {
    fn from(one: cycles::FieldMapping<'_>) -> Self {
        let account_connector = one.account_connector.map(|id| id.0);
        let shown = one.source;
        Self {
            field: field(&one.field, one.connector, account_connector),
            mapping_type: shown.kind.map_or(MappingType::Ignore, Into::into),
            source_field_id: shown.from.field.map(|id| id.0),
            source_step_id: shown.from.step.map(|id| id.0),
            variable_name: shown.variable,
            trigger_value: shown.lookup_value,
            trigger_value_display_name: shown.lookup_label,
            value: shown.value,
            is_launch_visible: one.is_launch_visible,
            suggested: SuggestedSource::of(one.suggested, false),
        }
    }
}

/// A field of a step, with its lookups.
pub fn field(
    one: &StepField,
    connector: &NumberedConnector,
    account_connector: Option<i32>,
) -> Field {
    let field = &one.field;
    Field {
        id: one.id.0,
        name: one.display_name.clone(),
        description: field.description.clone(),
        location: field.connector_field.clone(),
        system_field: one.system_name.clone(),
        is_optional: field.optional,
        data_type: field.data_type.unwrap_or_default().into(),
        data_type_format: field.format.clone(),
        default_value: field.default_value.as_ref().map(scalar_text),
        is_read_only: field.read_only,
        is_hidden: field.hide,
        is_custom: one.is_custom,
        for_request_format: one.direction == Direction::Request,
        trigger_name: field.trigger.clone(),
        values: Some(field.values.iter().map(ValueOption::text).collect()),
        display_order: one.order,
        triggers: triggers_of(
            connector,
            field.trigger.as_deref(),
            Some(one.id.0),
            account_connector,
        ),
    }
}

/// Repeats the id of the path.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Repeated {
    /// The id.
    pub id: Option<i32>,
}

/// A mapping to store, of a parameter or a field: the same but for what repeats the id.
macro_rules! mapping_write {
    ($(#[$meta:meta])* $name:ident, $(#[$repeated_meta:meta])* $repeated:ident) => {
        $(#[$meta])*
        #[derive(Debug, Default, Deserialize, ToSchema)]
        #[serde(rename_all = "PascalCase")]
        pub struct $name {
            $(#[$repeated_meta])*
            #[schema(value_type = Option<Object>)]
            #[serde(default)]
            pub $repeated: Option<Repeated>,
            /// Source of the value.
            #[schema(value_type = MappingType)]
            #[serde(default)]
            pub mapping_type: Keep<GivenMappingType>,
            /// Field, for PreviousStep.
            #[schema(value_type = Option<i32>)]
            #[serde(default)]
            pub source_field_id: Patch<i32>,
            /// Step, for PreviousStep.
            #[schema(value_type = Option<Uuid>)]
            #[serde(default)]
            pub source_step_id: Patch<Uuid>,
            /// SystemName of the variable, for Variable.
            #[schema(value_type = Option<String>)]
            #[serde(default)]
            pub variable_name: Patch<String>,
            /// Chosen value, for Lookup.
            #[schema(value_type = Option<String>)]
            #[serde(default)]
            pub trigger_value: Patch<String>,
            /// Text of the chosen value, for Lookup.
            #[schema(value_type = Option<String>)]
            #[serde(default)]
            pub trigger_value_display_name: Patch<String>,
            /// Value, for StaticValue and ValueList; merge fields are {{stepId fieldId}}, {{step.stepId.fieldId}} and the system ones.
            #[schema(value_type = Option<String>)]
            #[serde(default)]
            pub value: Patch<String>,
            /// User configurable: set during installation.
            #[schema(value_type = bool)]
            #[serde(default)]
            pub is_launch_visible: Keep<bool>,
        }

        impl $name {
            /// The id that the body repeats.
            pub fn repeated(&self) -> Option<i32> {
                self.$repeated.as_ref()?.id
            }
        }

        impl From<$name> for MappingChange {
            fn from(write: $name) -> Self {
                Self {
                    source: SourceChange {
                        kind: write.mapping_type.0.map(|given| given.0.into()),
                        step: write.source_step_id.map(StepId).into_change(),
                        field: write.source_field_id.map(FieldId).into_change(),
                        variable: write.variable_name.into_change(),
                        lookup_value: write.trigger_value.into_change(),
                        lookup_label: write.trigger_value_display_name.into_change(),
                        value: write.value.into_change(),
                    },
                    is_launch_visible: write.is_launch_visible.0,
                }
            }
        }
    };
}

mapping_write! {
    /// Mapping to store. A property left out keeps its value.
    ParameterMappingWrite,
    /// Repeats the id of the path; must agree with it when given.
    parameter
}
mapping_write! {
    /// Mapping to store. A property left out keeps its value.
    FieldMappingWrite,
    /// Repeats the id of the path; must agree with it when given.
    field
}

/// A field of an earlier step that can be mapped.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct FieldForMapping {
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
    /// The step the field comes from.
    pub step: StepReference,
}

/// Short form of a step.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct StepReference {
    /// Id of the step.
    pub id: Uuid,
    /// Name of the step.
    pub name: String,
    /// Kind of step.
    pub action_type: ActionType,
}

impl FieldForMapping {
    /// A field and the step that it comes from.
    pub fn new(field: Field, step: StepReference) -> Self {
        Self {
            id: field.id,
            name: field.name,
            description: field.description,
            location: field.location,
            system_field: field.system_field,
            is_optional: field.is_optional,
            data_type: field.data_type,
            data_type_format: field.data_type_format,
            default_value: field.default_value,
            is_read_only: field.is_read_only,
            is_hidden: field.is_hidden,
            is_custom: field.is_custom,
            for_request_format: field.for_request_format,
            trigger_name: field.trigger_name,
            values: field.values,
            display_order: field.display_order,
            triggers: field.triggers,
            step,
        }
    }
}
