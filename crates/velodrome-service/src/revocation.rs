//! Telling a provider that a credential is no longer used (RFC 7009), from the outbox.

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use velodrome_connector::call::Properties;
use velodrome_model::{ExposeSecret, Property, SecretString};

/// What a revocation needs once the account connector itself may be gone.
#[derive(Serialize, Deserialize)]
pub(crate) struct Revocation {
    auth_value: String,
    properties: IndexMap<String, String>,
}

impl Revocation {
    pub(crate) fn new(auth_value: SecretString, properties: Vec<Property>) -> Self {
        let value =
            |property: Property| Some((property.name, property.value?.expose_secret().to_owned()));
        Self {
            auth_value: auth_value.expose_secret().to_owned(),
            properties: properties.into_iter().filter_map(value).collect(),
        }
    }

    pub(crate) fn to_sealed_text(&self) -> SecretString {
        SecretString::from(serde_json::to_string(self).expect("texts are JSON"))
    }

    pub(crate) fn from_sealed_text(text: &SecretString) -> Option<Self> {
        serde_json::from_str(text.expose_secret()).ok()
    }

    pub(crate) fn auth_value(&self) -> &str {
        &self.auth_value
    }

    pub(crate) fn properties(&self) -> Properties {
        self.properties
            .iter()
            .map(|(name, value)| (name.clone(), SecretString::from(value.as_str())))
            .collect()
    }
}
