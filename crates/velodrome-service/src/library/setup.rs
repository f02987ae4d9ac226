//! What a partner sets for a connector once, for all accounts (connectors.md §9.1).

use chrono::{DateTime, Utc};
use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use velodrome_connector::call::Properties;
use velodrome_model::{
    ExposeSecret, Outline, SecretString,
    definition::{
        AuthType, Authentication, ClientAuth, CredentialField, OAuth1Flow, OAuth2Type, Parameter,
        SignatureMethod, Validation, ValueOption, scalar_text,
    },
    value::{Rules, ValueError},
};
use velodrome_store::{StoreError, StoredSetup};

/// The values of a partner's setup.
#[derive(Clone, Debug, Default)]
pub struct Setup {
    /// By name: `ClientId`, `ClientSecret`, `Scopes` and partner properties. No blanks.
    values: IndexMap<String, SecretString>,
    /// Last change; none when nothing was ever stored.
    pub updated_at: Option<DateTime<Utc>>,
}

/// The client id of OAuth, or consumer key.
pub const CLIENT_ID: &str = "ClientId";
/// The client secret of OAuth, or consumer secret.
pub const CLIENT_SECRET: &str = "ClientSecret";
/// The key that signs, as PEM.
const PRIVATE_KEY: &str = "PrivateKey";
/// Scopes, separated by blanks.
pub const SCOPES: &str = "Scopes";

/// As it is sealed.
#[derive(Serialize, Deserialize)]
struct SealedSetup {
    values: IndexMap<String, String>,
}

impl Setup {
    /// The value of this name, if it is set.
    pub fn get(&self, name: &str) -> Option<&SecretString> {
        self.values.get(name)
    }

    /// Sets a value; none or blank clears it.
    pub fn set(&mut self, name: &str, value: Option<SecretString>) {
        match value {
            Some(value) if !value.expose_secret().trim().is_empty() => {
                self.values.insert(name.to_owned(), value);
            }
            _ => {
                self.values.shift_remove(name);
            }
        }
    }

    /// All values, for a call.
    pub fn properties(&self) -> &Properties {
        &self.values
    }

    pub(crate) fn from_stored(stored: &StoredSetup) -> Result<Self, StoreError> {
        let sealed: SealedSetup =
            serde_json::from_str(stored.values.expose_secret()).map_err(|_| {
                StoreError::Corrupt {
                    what: "connector setup",
                }
            })?;
        let values = sealed
            .values
            .into_iter()
            .map(|(name, value)| (name, SecretString::from(value)))
            .collect();
        Ok(Self {
            values,
            updated_at: Some(stored.updated_at),
        })
    }

    pub(crate) fn to_sealed_text(&self) -> SecretString {
        let values = self
            .values
            .iter()
            .map(|(name, value)| (name.clone(), value.expose_secret().to_owned()))
            .collect();
        let text = serde_json::to_string(&SealedSetup { values }).expect("a map of texts is JSON");
        SecretString::from(text)
    }
}

/// One input of a form about a connector.
#[derive(Clone, Debug)]
pub struct Input {
    /// Technical name.
    pub name: String,
    /// Label in the remote application's words.
    pub label: String,
    /// Where to find the value.
    pub description: Option<String>,
    /// Never shown again once stored.
    pub is_sensitive: bool,
    /// Asked in a text area.
    pub is_multiline: bool,
    /// Must have a value before the connector works.
    pub is_required: bool,
    /// Value when nobody gives one.
    pub default: Option<String>,
    /// Choices; free when empty.
    pub values: Vec<ValueOption>,
    /// Values beyond the choices may be typed.
    pub allow_other: bool,
    /// What a value must look like.
    pub validation: Option<Validation>,
}

/// Credentials that belong to an account and are therefore never asked in the partner setup.
const PER_ACCOUNT: &[&str] = &["ApiKey", "Username", "Password", "Token", "TokenSecret"];

/// What the partner setup of a connector asks for, in the order of the form: the values of its default
/// authentication first, then those of the others, then partner properties.
pub fn setup_inputs(outline: &Outline) -> Vec<Input> {
    let mut inputs: Vec<Input> = Vec::new();
    let default = outline.default_authentication();
    let others = outline
        .authentications
        .iter()
        .filter(|other| default.is_none_or(|one| one.key != other.key));
    for authentication in default.into_iter().chain(others).filter(|one| !one.hide) {
        for input in client_inputs(authentication) {
            if inputs.iter().all(|known| known.name != input.name) {
                inputs.push(input);
            }
        }
    }
    let own = outline
        .parameters
        .iter()
        .filter(|one| one.partner_connector_property && !one.hide);
    inputs.extend(own.map(property_input));
    inputs
}

/// What must be set before an authentication works for all accounts; blanks are asked per account.
pub fn inputs_of(outline: &Outline, authentication: &Authentication) -> Vec<Input> {
    let mut inputs = client_inputs(authentication);
    let own = outline.parameters.iter().filter(|one| {
        one.partner_connector_property && !one.hide && one.applies_to(&authentication.key)
    });
    inputs.extend(own.map(property_input));
    inputs
}

/// Whether the partner setup lacks something that the connector's default authentication needs.
pub fn setup_required(outline: &Outline, setup: &Setup) -> bool {
    let Some(authentication) = outline.default_authentication() else {
        return false;
    };
    inputs_of(outline, authentication)
        .iter()
        .any(|input| input.is_blank_in(setup))
}

/// Whether any authentication sends a browser to the provider and back.
pub fn uses_callback(outline: &Outline) -> bool {
    outline.authentications.iter().any(|one| {
        let oauth2 = one
            .oauth2
            .as_ref()
            .is_some_and(|oauth2| oauth2.kind == OAuth2Type::AuthorisationCode);
        let oauth1 = one
            .oauth1
            .as_ref()
            .is_some_and(|oauth1| oauth1.flow == OAuth1Flow::ThreeLegged);
        oauth2 || oauth1
    })
}

impl Input {
    /// Whether the setup leaves this required value to be asked per account.
    pub fn is_blank_in(&self, setup: &Setup) -> bool {
        self.is_required && self.default.is_none() && setup.get(&self.name).is_none()
    }
}

/// Most characters of a value: room for a private key or a certificate chain.
const MAX_VALUE: u64 = 32_768;

impl Input {
    /// Checks a value against what the definition allows; blank passes, being required is not decided
    /// here.
    pub(crate) fn check(&self, value: &str) -> Result<(), ValueError> {
        let length = Validation {
            max_length: Some(MAX_VALUE),
            ..Validation::default()
        };
        let value = Value::from(value);
        let bound = Rules {
            validation: Some(&length),
            ..Rules::default()
        };
        velodrome_model::value::check(&self.label, &value, &bound)?;
        let rules = Rules {
            validation: self.validation.as_ref(),
            values: &self.values,
            allow_other: self.allow_other,
        };
        velodrome_model::value::check(&self.label, &value, &rules)
    }
}

/// Values of the OAuth client.
fn client_inputs(authentication: &Authentication) -> Vec<Input> {
    let mut names: Vec<&str> = Vec::new();
    match authentication.kind {
        AuthType::OAuth1 => {
            names.push(CLIENT_ID);
            names.extend(oauth1_secret(authentication));
        }
        AuthType::OAuth2 => {
            names.push(CLIENT_ID);
            let oauth2 = authentication.oauth2.as_ref();
            if oauth2
                .is_none_or(|one| matches!(one.client_auth, ClientAuth::Body | ClientAuth::Basic))
            {
                names.push(CLIENT_SECRET);
            }
            if oauth2.is_some_and(|one| !one.authorise_exclude.iter().any(|name| name == "scope")) {
                names.push(SCOPES);
            }
        }
        AuthType::None | AuthType::ApiKey | AuthType::Basic | AuthType::AuthFields => {
            return Vec::new();
        }
    }
    let further = authentication.fields.keys().map(String::as_str);
    let further: Vec<&str> = further
        .filter(|name| !names.contains(name) && !PER_ACCOUNT.contains(name))
        .collect();
    names.extend(further);
    names
        .into_iter()
        .filter_map(|name| {
            let field = authentication.fields.get(name);
            let input = credential_input(name, field);
            (!field.is_some_and(|field| field.hide)).then_some(input)
        })
        .collect()
}

/// What signs the requests of OAuth 1.0a: the consumer secret, or the private key of the RSA methods,
/// which need no secret. None where the definition says itself where the key comes from.
fn oauth1_secret(authentication: &Authentication) -> Option<&'static str> {
    let oauth1 = authentication.oauth1.as_ref();
    let is_rsa = oauth1.is_some_and(|one| {
        matches!(
            one.signature_method,
            SignatureMethod::RsaSha1 | SignatureMethod::RsaSha256 | SignatureMethod::RsaSha512
        )
    });
    match is_rsa {
        false => Some(CLIENT_SECRET),
        true if oauth1.is_some_and(|one| one.key.is_some()) => None,
        true => Some(PRIVATE_KEY),
    }
}

/// An input for a credential, with what the definition says of it.
pub(crate) fn credential_input(name: &str, field: Option<&CredentialField>) -> Input {
    let (label, is_sensitive, is_required) = match name {
        CLIENT_ID => ("Client ID", false, true),
        CLIENT_SECRET => ("Client Secret", true, true),
        SCOPES => ("Scopes", false, false),
        "ApiKey" => ("API Key", true, true),
        "Username" => ("Username", false, true),
        "Password" => ("Password", true, true),
        "Token" => ("Token", true, true),
        "TokenSecret" => ("Token Secret", true, true),
        PRIVATE_KEY => ("Private Key", true, true),
        other => (other, false, true),
    };
    let field = field.cloned().unwrap_or_default();
    Input {
        name: name.to_owned(),
        label: field.label.unwrap_or_else(|| label.to_owned()),
        description: field.description,
        is_sensitive: is_sensitive || field.sensitive,
        is_multiline: field.multiline || name == PRIVATE_KEY,
        is_required: is_required && !field.optional,
        default: field.default,
        values: field.values,
        allow_other: false,
        validation: field.validation,
    }
}

/// An input for a connector property.
pub(crate) fn property_input(parameter: &Parameter) -> Input {
    Input {
        name: parameter.target_name.clone(),
        label: parameter.label().to_owned(),
        description: parameter.description.clone(),
        is_sensitive: parameter.sensitive,
        is_multiline: parameter.multiline,
        is_required: !parameter.optional,
        default: parameter.default_value.as_ref().map(scalar_text),
        values: parameter.values.clone(),
        allow_other: parameter.allow_other,
        validation: parameter.validation.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outline(yaml_like: serde_json::Value) -> Outline {
        let definition: velodrome_model::definition::ConnectorDefinition =
            serde_json::from_value(yaml_like).unwrap();
        Outline::from(&definition)
    }

    fn shop() -> Outline {
        outline(serde_json::json!({
            "format": "velodrome.connector/1",
            "slug": "shop",
            "name": "Shop",
            "release": {"number": 1, "status": "Live"},
            "authentications": [{
                "key": "oauth", "type": "OAuth2",
                "fields": {"ClientSecret": {"label": "Secret Key"}},
                "oauth2": {
                    "type": "AuthorisationCode",
                    "authoriseUrl": "https://shop.example/authorize",
                    "accessTokenUrl": "https://shop.example/token",
                    "authoriseExclude": ["scope"]
                }
            }],
            "parameters": [
                {"targetType": "MergeField", "targetName": "Region", "partnerConnectorProperty": true, "defaultValue": "eu"},
                {"targetType": "MergeField", "targetName": "Host", "accountConnectorProperty": true}
            ],
            "methods": []
        }))
    }

    #[test]
    fn the_setup_asks_for_the_client_in_the_providers_words_and_for_partner_properties() {
        let asked: Vec<(String, String)> = setup_inputs(&shop())
            .into_iter()
            .map(|input| (input.name, input.label))
            .collect();

        let expected = [
            ("ClientId", "Client ID"),
            ("ClientSecret", "Secret Key"),
            ("Region", "Region"),
        ];
        assert_eq!(
            asked,
            expected.map(|(name, label)| (name.to_owned(), label.to_owned()))
        );
        assert!(uses_callback(&shop()));
    }

    #[test]
    fn the_setup_is_required_until_every_value_without_default_is_there() {
        let mut setup = Setup::default();
        assert!(setup_required(&shop(), &setup));

        setup.set(CLIENT_ID, Some("app-1".into()));
        assert!(setup_required(&shop(), &setup));

        setup.set(CLIENT_SECRET, Some("s3cret".into()));
        assert!(!setup_required(&shop(), &setup));

        setup.set(CLIENT_SECRET, Some("  ".into()));
        assert!(setup_required(&shop(), &setup), "a blank clears the value");
    }

    #[test]
    fn rsa_methods_ask_for_a_private_key_instead_of_a_secret() {
        let asked = |oauth1: serde_json::Value| {
            let outline = outline(serde_json::json!({
                "format": "velodrome.connector/1",
                "slug": "desk",
                "name": "Desk",
                "release": {"number": 1, "status": "Live"},
                "authentications": [{"key": "o", "type": "OAuth1", "oauth1": oauth1}],
                "methods": []
            }));
            let names = setup_inputs(&outline).into_iter().map(|input| input.name);
            names.collect::<Vec<_>>().join(" ")
        };

        assert_eq!(asked(serde_json::json!({})), "ClientId ClientSecret");
        let rsa = serde_json::json!({"signatureMethod": "RSA-SHA1"});
        assert_eq!(asked(rsa), "ClientId PrivateKey");
        let own = serde_json::json!({"signatureMethod": "RSA-SHA1", "key": "{{SigningKey}}"});
        assert_eq!(asked(own), "ClientId");
    }

    #[test]
    fn a_setup_survives_sealing() {
        let mut setup = Setup::default();
        setup.set(CLIENT_ID, Some("app-1".into()));
        let stored = StoredSetup {
            connector: velodrome_model::ConnectorUid(uuid::Uuid::nil()),
            values: setup.to_sealed_text(),
            updated_at: DateTime::UNIX_EPOCH,
        };

        let read = Setup::from_stored(&stored).unwrap();

        assert_eq!(read.get(CLIENT_ID).unwrap().expose_secret(), "app-1");
        assert_eq!(read.updated_at, Some(DateTime::UNIX_EPOCH));
    }
}
