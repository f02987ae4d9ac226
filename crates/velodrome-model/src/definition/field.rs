//! Fields of request and response bodies (connectors.md §2.4).

use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use super::{Validation, ValueOption};

/// A value inside a body.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Field {
    /// Explicit stable id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unique_identifier: Option<Uuid>,
    /// Location in the body.
    pub connector_field: String,
    /// Name for matching; derived from the location when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub system_field: Option<String>,
    /// Label; derived from the location when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_field: Option<String>,
    /// Help text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// May stay empty.
    #[serde(default)]
    pub optional: bool,
    /// Not shown.
    #[serde(default)]
    pub hide: bool,
    /// Never sent.
    #[serde(default)]
    pub read_only: bool,
    /// Type; text when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data_type: Option<DataType>,
    /// Format of a DateTime (.NET tokens, `unix`, `unixms`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format: Option<String>,
    /// Value when nobody gives one; may hold mergefields.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default_value: Option<Value>,
    /// Choices.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<ValueOption>,
    /// Name of the lookup that offers values.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trigger: Option<String>,
    /// Position in forms.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_order: Option<i64>,
    /// What a value must look like.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub validation: Option<Validation>,
}

impl Field {
    /// A field of which nothing is known but its location.
    pub fn at(location: impl Into<String>) -> Self {
        Self {
            unique_identifier: None,
            connector_field: location.into(),
            system_field: None,
            display_field: None,
            description: None,
            optional: false,
            hide: false,
            read_only: false,
            data_type: None,
            format: None,
            default_value: None,
            values: Vec::new(),
            trigger: None,
            display_order: None,
            validation: None,
        }
    }
}

/// Type of a field or parameter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum DataType {
    /// Passed on untouched.
    Undefined,
    /// Text.
    #[default]
    Text,
    /// Whole number, exact beyond 2⁵³.
    Integer,
    /// Number, rounded half-even to 14 places.
    Float,
    /// Truth value.
    Boolean,
    /// Instant.
    DateTime,
    /// File content.
    File,
    /// Number, rounded half-even to 12 places.
    Decimal,
}
