//! What a person is asked for before an account connector works: only what is blank (connectors.md §9.1).

use std::sync::Arc;

use indexmap::IndexMap;
use serde_json::{Map, Value};
use velodrome_connector::auth::{Credential, OAuth1Token};
use velodrome_model::{
    ExposeSecret, SecretString,
    definition::{AuthFieldType, AuthType, OAuth1Flow, OAuth2Type},
};

use super::AuthenticationError;
use crate::{
    installation::Installation,
    library::{Input, credential_input, inputs_of, property_input},
};

/// A form of blanks.
#[derive(Clone, Debug)]
pub struct AuthForm {
    /// Name of the installed connector.
    pub connector: String,
    /// `data:` URI of its icon.
    pub icon: Option<Arc<str>>,
    /// The browser goes on to the provider afterwards.
    pub goes_to_provider: bool,
    /// What is asked.
    pub blanks: Vec<Blank>,
}

/// One value that is asked for.
#[derive(Clone, Debug)]
pub struct Blank {
    /// What it is.
    pub input: Input,
    /// What is there already or was just typed; never of a sensitive one.
    pub value: Option<String>,
    /// What is wrong with what was typed.
    pub fault: Option<String>,
}

impl Blank {
    /// Whether a choice is the one that is there already.
    pub fn is_chosen(&self, value: &str) -> bool {
        self.value.as_deref() == Some(value)
    }
}

/// Values as typed, by name.
pub type Typed = IndexMap<String, String>;

/// Typed values, sorted into what they are.
#[derive(Debug, Default)]
pub(super) struct Answers {
    /// Account properties.
    pub properties: Vec<(String, SecretString)>,
    /// The credential, where typing is all it takes.
    pub credential: Option<Credential>,
}

/// Everything that may be asked for an installation: name and where it goes.
enum Destination {
    Property,
    Credential,
}

fn asked(installation: &Installation) -> Vec<(Input, Destination)> {
    let outline = velodrome_model::Outline::from(installation.numbered.definition());
    let authentication = &installation.authentication;
    let mut asked: Vec<(Input, Destination)> = Vec::new();
    let from_partner = inputs_of(&outline, authentication)
        .into_iter()
        .filter(|one| one.is_blank_in(&installation.setup));
    asked.extend(from_partner.map(|input| (input, Destination::Property)));
    let own = outline.parameters.iter().filter(|one| {
        one.account_connector_property && !one.hide && one.applies_to(&authentication.key)
    });
    asked.extend(own.map(|one| (property_input(one), Destination::Property)));
    let credential = |name: &str| credential_input(name, authentication.fields.get(name));
    match authentication.kind {
        AuthType::ApiKey => asked.push((credential("ApiKey"), Destination::Credential)),
        AuthType::Basic => {
            asked.push((credential("Username"), Destination::Credential));
            asked.push((credential("Password"), Destination::Credential));
        }
        AuthType::AuthFields => asked.extend(authentication.auth_fields.iter().map(|field| {
            let mut input = credential(&field.name);
            input.is_sensitive |= field.kind == AuthFieldType::Password;
            (input, Destination::Credential)
        })),
        AuthType::OAuth1
            if authentication
                .oauth1
                .as_ref()
                .is_some_and(|one| one.flow == OAuth1Flow::TokenBased) =>
        {
            asked.push((credential("Token"), Destination::Credential));
            asked.push((credential("TokenSecret"), Destination::Credential));
        }
        AuthType::OAuth2
            if authentication
                .oauth2
                .as_ref()
                .is_some_and(|one| one.kind == OAuth2Type::PasswordCredentials) =>
        {
            asked.push((credential("Username"), Destination::Property));
            asked.push((credential("Password"), Destination::Property));
        }
        AuthType::None | AuthType::OAuth1 | AuthType::OAuth2 => {}
    }
    asked.retain(|(input, _)| {
        !authentication
            .fields
            .get(&input.name)
            .is_some_and(|field| field.hide)
    });
    asked
}

/// The form of an installation, with what is known filled in.
pub(super) fn form(installation: &Installation, icon: Option<Arc<str>>) -> AuthForm {
    let blanks = asked(installation)
        .into_iter()
        .map(|(input, _)| {
            let known = installation
                .properties
                .get(&input.name)
                .map(ExposeSecret::expose_secret);
            let value = known
                .map(str::to_owned)
                .or_else(|| input.default.clone())
                .filter(|_| !input.is_sensitive);
            Blank {
                input,
                value,
                fault: None,
            }
        })
        .collect();
    AuthForm {
        connector: installation.connector.name.clone(),
        icon,
        goes_to_provider: goes_to_provider(installation),
        blanks,
    }
}

impl AuthForm {
    /// Whether a person has to be asked before it can go on: something required is not there yet.
    pub fn must_ask(&self, installation: &Installation) -> bool {
        self.blanks.iter().any(|blank| {
            let known = installation.properties.get(&blank.input.name);
            let is_known = known.is_some_and(|value| !value.expose_secret().trim().is_empty());
            blank.input.is_required && blank.input.default.is_none() && !is_known
        })
    }
}

/// Sorts typed values, keeping what was known where nothing was typed.
pub(super) fn read(
    installation: &Installation,
    mut form: AuthForm,
    typed: &Typed,
) -> Result<Answers, AuthenticationError> {
    let mut credentials: IndexMap<String, String> = IndexMap::new();
    let mut answers = Answers::default();
    for ((input, destination), blank) in asked(installation).into_iter().zip(&mut form.blanks) {
        let text = typed
            .get(&input.name)
            .map(|text| text.trim())
            .unwrap_or_default();
        let known = installation
            .properties
            .get(&input.name)
            .map(ExposeSecret::expose_secret);
        let is_known = known.is_some_and(|value| !value.trim().is_empty());
        if !input.is_sensitive && typed.contains_key(&input.name) {
            blank.value = Some(text.to_owned());
        }
        blank.fault = if text.is_empty() {
            let missing = input.is_required && input.default.is_none() && !is_known;
            missing.then(|| format!("{} is required.", input.label))
        } else {
            input.check(text).err().map(|fault| fault.to_string())
        };
        match destination {
            Destination::Property if !text.is_empty() => {
                answers.properties.push((input.name, text.into()))
            }
            Destination::Property => {}
            Destination::Credential => {
                let text = if text.is_empty() {
                    input.default.unwrap_or_default()
                } else {
                    text.to_owned()
                };
                credentials.insert(input.name, text);
            }
        }
    }
    if form.blanks.iter().any(|blank| blank.fault.is_some()) {
        return Err(AuthenticationError::Values(Box::new(form)));
    }
    answers.credential = credential(installation, credentials);
    Ok(answers)
}

/// The credential that typed values make; none where a provider has to be asked.
fn credential(
    installation: &Installation,
    mut values: IndexMap<String, String>,
) -> Option<Credential> {
    let mut take = |name: &str| values.shift_remove(name).unwrap_or_default();
    match installation.authentication.kind {
        AuthType::ApiKey => Some(Credential::ApiKey(take("ApiKey").into())),
        AuthType::Basic => Some(Credential::Basic(
            velodrome_connector::auth::BasicCredential {
                username: take("Username"),
                password: take("Password").into(),
            },
        )),
        AuthType::AuthFields => {
            let values = values
                .into_iter()
                .map(|(name, value)| (name, SecretString::from(value)));
            Some(Credential::AuthFields(values.collect()))
        }
        AuthType::OAuth1 => {
            let oauth1 = installation.authentication.oauth1.as_ref()?;
            (oauth1.flow == OAuth1Flow::TokenBased).then(|| {
                Credential::OAuth1(OAuth1Token {
                    token: take("Token").into(),
                    token_secret: take("TokenSecret").into(),
                    metadata: Map::<String, Value>::new(),
                })
            })
        }
        AuthType::None | AuthType::OAuth2 => None,
    }
}

pub(super) fn goes_to_provider(installation: &Installation) -> bool {
    let authentication = &installation.authentication;
    let oauth2 = authentication
        .oauth2
        .as_ref()
        .is_some_and(|one| one.kind == OAuth2Type::AuthorisationCode);
    let oauth1 = authentication
        .oauth1
        .as_ref()
        .is_some_and(|one| one.flow == OAuth1Flow::ThreeLegged);
    oauth2 || oauth1
}
