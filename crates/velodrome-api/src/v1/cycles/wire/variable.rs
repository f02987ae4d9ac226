//! Variables of cycles as the wire shows and takes them.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use velodrome_model::cycle::Variable;
use velodrome_service::{Invalid, cycles::VariableChange};

use super::{GivenMappingType, MappingType};
use crate::{
    lenient::{Keep, Patch},
    v1::wire::DataType,
};

/// A variable of a cycle.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct CycleVariable {
    /// Name shown to users.
    pub display_name: String,
    /// Technical name: DisplayName without characters other than letters, digits and underscore.
    pub system_name: String,
    /// Help text.
    pub description: Option<String>,
    /// Value.
    #[schema(required = true)]
    pub value: Option<String>,
    /// StaticValue or ValueList.
    pub mapping_type: MappingType,
    /// Type of the value.
    #[schema(required = false)]
    pub data_type: DataType,
    /// Allowed values, for ValueList.
    pub values: Option<Vec<String>>,
    /// Must have a value before activation.
    #[schema(required = false)]
    pub is_required: bool,
    /// Shown masked.
    #[schema(required = false)]
    pub is_sensitive: bool,
    /// The user sets it during installation.
    #[schema(required = false)]
    pub is_launch_visible: bool,
}

/// A variable to store.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct CycleVariableWrite {
    /// Name shown to users.
    #[schema(value_type = String, required = true)]
    #[serde(default)]
    pub display_name: Keep<String>,
    /// Names the variable in place of DisplayName.
    #[schema(value_type = Option<String>)]
    #[serde(default)]
    pub system_name: Patch<String>,
    /// Help text.
    #[schema(value_type = Option<String>)]
    #[serde(default)]
    pub description: Patch<String>,
    /// Value.
    #[schema(value_type = Option<String>)]
    #[serde(default)]
    pub value: Patch<String>,
    /// StaticValue or ValueList.
    #[schema(value_type = MappingType)]
    #[serde(default)]
    pub mapping_type: Keep<GivenMappingType>,
    /// Type of the value.
    #[schema(value_type = DataType)]
    #[serde(default)]
    pub data_type: Keep<DataType>,
    /// Allowed values, for ValueList.
    #[schema(value_type = Option<Vec<String>>)]
    #[serde(default)]
    pub values: Patch<Vec<String>>,
    /// Must have a value before activation.
    #[schema(value_type = bool)]
    #[serde(default)]
    pub is_required: Keep<bool>,
    /// Shown masked.
    #[schema(value_type = bool)]
    #[serde(default)]
    pub is_sensitive: Keep<bool>,
    /// The user sets it during installation.
    #[schema(value_type = bool)]
    #[serde(default)]
    pub is_launch_visible: Keep<bool>,
}

impl CycleVariable {
    /// The variable; `masked` hides the value of a sensitive one.
    pub fn new(one: Variable, masked: bool) -> Self {
        Self {
            display_name: one.display_name,
            system_name: one.system_name,
            description: one.description,
            value: one.value.filter(|_| !(masked && one.is_sensitive)),
            mapping_type: match one.values {
                Some(_) => MappingType::ValueList,
                None => MappingType::StaticValue,
            },
            data_type: one.data_type.into(),
            values: Some(one.values.unwrap_or_default()),
            is_required: one.is_required,
            is_sensitive: one.is_sensitive,
            is_launch_visible: one.is_launch_visible,
        }
    }
}

impl TryFrom<CycleVariableWrite> for VariableChange {
    type Error = Invalid;

    fn try_from(write: CycleVariableWrite) -> Result<Self, Invalid> {
        let is_list = match write.mapping_type.0.map(|given| given.0) {
            None => None,
            Some(MappingType::StaticValue) => Some(false),
            Some(MappingType::ValueList) => Some(true),
            Some(_) => {
                let text = "MappingType of a variable must be StaticValue or ValueList.";
                return Err(Invalid::new("variable.mapping_type", text));
            }
        };
        Ok(Self {
            display_name: write.display_name.0,
            system_name: write.system_name.into_value(),
            description: write.description.into_change(),
            value: write.value.into_change(),
            is_list,
            data_type: write.data_type.0.map(Into::into),
            values: write.values.into_change(),
            is_required: write.is_required.0,
            is_sensitive: write.is_sensitive.0,
            is_launch_visible: write.is_launch_visible.0,
        })
    }
}
