//! Parameters (connectors.md §2.2).

use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use super::DataType;

/// A named input of a connector or method that does not live in the body.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Parameter {
    /// Explicit stable id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unique_identifier: Option<Uuid>,
    /// What the value is for.
    pub target_type: TargetType,
    /// Technical name of the target.
    pub target_name: String,
    /// Label; `target_name` when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// Help text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Name of the lookup that offers values.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trigger: Option<String>,
    /// Not asked; sends its first `values` entry.
    #[serde(default)]
    pub hide: bool,
    /// May stay empty.
    #[serde(default)]
    pub optional: bool,
    /// Type of the value; text when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data_type: Option<DataType>,
    /// Format of a DateTime.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format: Option<String>,
    /// Choices, or paging variables and constants of hidden parameters.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<ValueOption>,
    /// Values beyond `values` may be typed.
    #[serde(default)]
    pub allow_other: bool,
    /// Value when nobody gives one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default_value: Option<Value>,
    /// Position in forms.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_order: Option<i64>,
    /// Masked and sealed.
    #[serde(default)]
    pub sensitive: bool,
    /// Asked in a text area.
    #[serde(default)]
    pub multiline: bool,
    /// Asked at installation.
    #[serde(default)]
    pub account_connector_property: bool,
    /// Set once in the partner setup.
    #[serde(default)]
    pub partner_connector_property: bool,
    /// Only for these authentications; all when empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub authentications: Vec<String>,
    /// What a value must look like.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub validation: Option<Validation>,
    /// Shown only if another parameter has a value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<When>,
}

impl Parameter {
    /// Label shown to people.
    pub fn label(&self) -> &str {
        self.display_name.as_deref().unwrap_or(&self.target_name)
    }

    /// Whether the parameter is used with the authentication of this key.
    pub fn applies_to(&self, authentication: &str) -> bool {
        self.authentications.is_empty() || self.authentications.iter().any(|a| a == authentication)
    }
}

/// Where the value of a parameter goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum TargetType {
    /// A request header.
    HttpHeader,
    /// `{{targetName}}`.
    MergeField,
    /// A query parameter.
    QueryString,
    /// Filters returned records.
    FilterField,
    /// A response location that feeds paging.
    ResponseField,
    /// Visible to scripts only.
    Script,
    /// As `Script`.
    Index,
}

/// An offered value; a bare scalar is its own label.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum ValueOption {
    /// Value and label.
    Labelled {
        /// The value that is sent.
        value: Value,
        /// The text that is shown.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        label: Option<String>,
    },
    /// A scalar.
    Plain(Value),
}

impl ValueOption {
    /// The value that is sent.
    pub fn value(&self) -> &Value {
        match self {
            Self::Labelled { value, .. } | Self::Plain(value) => value,
        }
    }

    /// The value as text.
    pub fn text(&self) -> String {
        scalar_text(self.value())
    }

    /// The text that is shown.
    pub fn label(&self) -> String {
        match self {
            Self::Labelled {
                label: Some(label), ..
            } => label.clone(),
            _ => self.text(),
        }
    }
}

/// A scalar as the text that goes over the wire: strings bare, everything else as JSON.
pub fn scalar_text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// What a value must look like.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Validation {
    /// Regular expression that must match.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pattern: Option<String>,
    /// Least characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_length: Option<u64>,
    /// Most characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_length: Option<u64>,
    /// Least number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minimum: Option<f64>,
    /// Greatest number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub maximum: Option<f64>,
    /// What to tell a person whose value does not fit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

/// Condition for showing a parameter.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct When {
    /// `targetName` of the other parameter.
    pub parameter: String,
    /// The value it must have.
    pub equals: Value,
}
