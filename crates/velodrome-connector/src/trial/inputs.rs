//! Credentials and values for a trial, as a file holds them.

use indexmap::IndexMap;
use serde::Deserialize;
use serde_json::{Map, Value};
use velodrome_model::{
    ExposeSecret, SecretString,
    definition::{Authentication, ConnectorDefinition},
    redact::Redactor,
};

/// Names that every kind of authentication may ask for.
const CREDENTIALS: [&str; 10] = [
    "ApiKey",
    "Username",
    "Password",
    "ClientId",
    "ClientSecret",
    "Scopes",
    "Token",
    "TokenSecret",
    "AccessToken",
    "RefreshToken",
];

/// What a trial is given. Every value counts as secret and is never shown.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Inputs {
    /// Key of the authentication to use; the default one, or the first, when absent.
    #[serde(default)]
    pub authentication: Option<String>,
    /// Credentials by name: `ApiKey`, `Username`, `ClientId`, `AccessToken`, an AuthFields name….
    #[serde(default)]
    pub values: IndexMap<String, SecretString>,
    /// Properties by `targetName`.
    #[serde(default)]
    pub properties: IndexMap<String, SecretString>,
    /// What methods are called with, by their key; all others are called with what lookups and lists show.
    #[serde(default)]
    pub methods: IndexMap<String, Given>,
}

/// Values for one method.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Given {
    /// By `targetName`.
    #[serde(default)]
    pub parameters: Map<String, Value>,
    /// By `connectorField`.
    #[serde(default)]
    pub fields: Map<String, Value>,
}

/// Why inputs don't fit a definition. Names, never values.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadInputs {
    /// The file's `authentication`.
    #[error("there is no authentication {0:?}; the definition has {1}")]
    NoAuthentication(String, String),
    /// A name that nothing asks for.
    #[error("nothing asks for {0:?}; remove it or correct its name")]
    Unknown(String),
}

impl Inputs {
    /// Values that somebody suggests for the labels of the setup form, as a twin's card does.
    pub fn suggested(
        definition: &ConnectorDefinition,
        authentication: &Authentication,
        suggestion: impl Fn(&str) -> Option<String>,
    ) -> Self {
        let field = |name: &str| {
            let label = authentication
                .fields
                .get(name)
                .and_then(|field| field.label.as_deref());
            suggestion(label.unwrap_or(name)).map(|value| (name.to_owned(), value.into()))
        };
        let names = CREDENTIALS
            .into_iter()
            .chain(authentication.fields.keys().map(String::as_str))
            .chain(
                authentication
                    .auth_fields
                    .iter()
                    .map(|field| field.name.as_str()),
            );
        let asked = definition
            .parameters
            .iter()
            .filter(|one| one.account_connector_property || one.partner_connector_property)
            .filter(|one| !one.optional);
        Self {
            authentication: Some(authentication.key.clone()),
            values: names.filter_map(field).collect(),
            properties: asked
                .filter_map(|one| {
                    let value = suggestion(one.label())?;
                    Some((one.target_name.clone(), value.into()))
                })
                .collect(),
            methods: IndexMap::new(),
        }
    }

    /// The authentication that is meant.
    ///
    /// # Errors
    /// When the definition has none of that key, or a name is given that nothing asks for.
    pub fn authentication_of<'d>(
        &self,
        definition: &'d ConnectorDefinition,
    ) -> Result<&'d Authentication, BadInputs> {
        let all = &definition.authentications;
        let chosen = match &self.authentication {
            Some(key) => all.iter().find(|one| one.key == *key),
            None => all.iter().find(|one| one.default).or(all.first()),
        };
        let chosen = chosen.ok_or_else(|| {
            let keys: Vec<&str> = all.iter().map(|one| one.key.as_str()).collect();
            let wanted = self.authentication.clone().unwrap_or_default();
            BadInputs::NoAuthentication(wanted, keys.join(", "))
        })?;
        self.check(definition, chosen)?;
        Ok(chosen)
    }

    fn check(
        &self,
        definition: &ConnectorDefinition,
        authentication: &Authentication,
    ) -> Result<(), BadInputs> {
        let is_property = |name: &str| {
            definition
                .parameters
                .iter()
                .any(|parameter| parameter.target_name == name)
        };
        for name in self.values.keys() {
            let asked = CREDENTIALS.contains(&name.as_str())
                || authentication.fields.contains_key(name)
                || authentication
                    .auth_fields
                    .iter()
                    .any(|field| field.name == *name)
                || is_property(name);
            if !asked {
                return Err(BadInputs::Unknown(name.clone()));
            }
        }
        for name in self.properties.keys() {
            if !is_property(name) && !authentication.fields.contains_key(name) {
                return Err(BadInputs::Unknown(name.clone()));
            }
        }
        for key in self.methods.keys() {
            if definition.method(key).is_none() {
                return Err(BadInputs::Unknown(key.clone()));
            }
        }
        Ok(())
    }

    /// A value by name, the definition's default where none is given.
    pub(super) fn value(&self, authentication: &Authentication, name: &str) -> Option<String> {
        let given = self.values.get(name).or_else(|| self.properties.get(name));
        let text = given.map(|value| value.expose_secret().to_owned());
        text.or_else(|| authentication.fields.get(name)?.default.clone())
            .filter(|text| !text.is_empty())
    }

    /// Takes every value out of what is told.
    pub(super) fn redactor(&self) -> Redactor {
        Redactor::new(self.values.values().chain(self.properties.values()))
    }
}
