//! What is in force, for people to look at.

use serde::Serialize;

use super::setting::Setting;

/// A setting as it is in force.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct InForce {
    /// Name in the environment.
    pub variable: &'static str,
    /// The value, `***` for a secret; none when there is none.
    pub value: Option<String>,
    /// Where it comes from.
    pub origin: Origin,
    /// What holds when there is no value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub otherwise: Option<&'static str>,
}

/// Where a value comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Origin {
    /// A variable of the environment.
    Environment,
    /// The configuration file.
    File,
    /// Nobody set it.
    Default,
}

impl Origin {
    /// The setting's name as whoever set it knows it.
    pub fn name_of(self, setting: &Setting) -> String {
        match self {
            Self::File => setting.key(),
            Self::Environment | Self::Default => setting.variable.to_owned(),
        }
    }

    /// In one word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Environment => "environment",
            Self::File => "file",
            Self::Default => "default",
        }
    }
}

impl InForce {
    pub(super) fn new(setting: &Setting, text: String, origin: Origin) -> Self {
        let value = if setting.is_secret {
            "***".to_owned()
        } else {
            text
        };
        Self {
            variable: setting.variable,
            value: Some(value),
            origin,
            otherwise: None,
        }
    }

    pub(super) fn absent(setting: &Setting, words: &'static str) -> Self {
        Self {
            variable: setting.variable,
            value: None,
            origin: Origin::Default,
            otherwise: Some(words),
        }
    }
}
