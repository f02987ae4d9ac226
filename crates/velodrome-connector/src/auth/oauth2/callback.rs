//! What the browser brings back from the provider.

use velodrome_model::{
    SecretString,
    definition::{ConnectorDefinition, MetadataSource, OAuth2},
};

use crate::{
    auth::{
        metadata::readable,
        values::{SetupError, Values, merged_url},
    },
    call::{Properties, allows},
};

/// Why a callback gives no code.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CallbackError {
    /// The user or the provider said no.
    #[error("the provider refused: {error}{}", words(.description))]
    Denied {
        /// `error`, made fit to show.
        error: String,
        /// `error_description`, made fit to show.
        description: Option<String>,
    },
    /// Neither code nor error.
    #[error("the provider's answer holds no {0}")]
    NoCode(String),
    /// A parameter that must be there once was there several times.
    #[error("the provider's answer holds {0} more than once")]
    Repeated(String),
    /// RFC 9207: the answer is somebody else's.
    #[error("the answer does not come from the expected provider")]
    WrongIssuer,
    /// The definition needs a parameter that is not there.
    #[error("the provider's answer lacks {0}")]
    MissingMetadata(String),
}

/// Reads the code from the parameters of a callback whose `state` has been found good.
pub fn read_callback(
    rules: &OAuth2,
    parameters: &[(String, String)],
) -> Result<SecretString, CallbackError> {
    check_issuer(rules, parameters)?;
    if let Some(error) = once(parameters, "error")?.filter(|error| !error.is_empty()) {
        let description = once(parameters, "error_description")?.map(readable);
        return Err(CallbackError::Denied {
            error: readable(error),
            description: description.filter(|text| !text.is_empty()),
        });
    }
    let name = rules.callback_code_param.as_deref().unwrap_or("code");
    match once(parameters, name)?.filter(|code| !code.is_empty()) {
        Some(code) => Ok(code.into()),
        None => Err(CallbackError::NoCode(name.to_owned())),
    }
}

/// The callback's parameters that the definition makes properties.
pub fn callback_properties(
    rules: &OAuth2,
    parameters: &[(String, String)],
) -> Result<Properties, CallbackError> {
    let mut properties = Properties::new();
    for rule in rules
        .metadata
        .iter()
        .filter(|rule| rule.source == MetadataSource::Callback)
    {
        match once(parameters, &rule.from)?.filter(|value| !value.is_empty()) {
            Some(value) => {
                properties.insert(rule.property.clone(), value.into());
            }
            None if rule.required => return Err(CallbackError::MissingMetadata(rule.from.clone())),
            None => {}
        }
    }
    Ok(properties)
}

/// Whether tokens may be asked for where `rules` lead with the values that a callback brought. A browser
/// can change a callback, so where it leads elsewhere than `before` the definition must allow the host:
/// the client's secret goes there.
pub fn may_ask_for_token(
    definition: &ConnectorDefinition,
    rules: &OAuth2,
    before: &Values<'_>,
    with_callback: &Values<'_>,
) -> Result<bool, SetupError> {
    let address = merged_url(&rules.access_token_url, with_callback)?;
    let same = merged_url(&rules.access_token_url, before)
        .is_ok_and(|before| before.origin() == address.origin());
    Ok(same || allows(definition, &address))
}

/// `iss` must be the definition's `issuer`, compared as text, when both are there (RFC 9207 §2.4).
fn check_issuer(rules: &OAuth2, parameters: &[(String, String)]) -> Result<(), CallbackError> {
    match (&rules.issuer, once(parameters, "iss")?) {
        (Some(expected), Some(given)) if expected != given => Err(CallbackError::WrongIssuer),
        _ => Ok(()),
    }
}

fn once<'a>(
    parameters: &'a [(String, String)],
    wanted: &str,
) -> Result<Option<&'a str>, CallbackError> {
    let mut found = parameters
        .iter()
        .filter(|(name, _)| name == wanted)
        .map(|(_, value)| value.as_str());
    let first = found.next();
    if found.next().is_some() {
        return Err(CallbackError::Repeated(wanted.to_owned()));
    }
    Ok(first)
}

fn words(description: &Option<String>) -> String {
    description
        .as_ref()
        .map(|text| format!(" ({text})"))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use velodrome_model::ExposeSecret;

    use super::*;
    use crate::auth::ValuesFn;

    fn rules(more: serde_json::Value) -> OAuth2 {
        let mut rules = json!({
            "type": "AuthorisationCode", "authoriseUrl": "https://a.example/authorize",
            "accessTokenUrl": "https://a.example/token", "issuer": "https://a.example",
        });
        rules
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        serde_json::from_value(rules).unwrap()
    }

    fn parameters(text: &str) -> Vec<(String, String)> {
        url::form_urlencoded::parse(text.as_bytes())
            .into_owned()
            .collect()
    }

    #[test]
    fn a_callback_gives_a_code_or_says_why_not() {
        let denied = |error: &str, description: Option<&str>| CallbackError::Denied {
            error: error.to_owned(),
            description: description.map(str::to_owned),
        };
        let table = [
            ("code=abc&state=s", Ok("abc")),
            ("code=abc&iss=https%3A%2F%2Fa.example", Ok("abc")),
            (
                "code=abc&iss=https%3A%2F%2Fb.example",
                Err(CallbackError::WrongIssuer),
            ),
            (
                "error=access_denied&iss=https%3A%2F%2Fb.example",
                Err(CallbackError::WrongIssuer),
            ),
            (
                "error=access_denied&error_description=Not%0Anow",
                Err(denied("access_denied", Some("Not now"))),
            ),
            (
                "error=user_denied&code=abc",
                Err(denied("user_denied", None)),
            ),
            ("state=s", Err(CallbackError::NoCode("code".into()))),
            ("code=", Err(CallbackError::NoCode("code".into()))),
            ("code=a&code=b", Err(CallbackError::Repeated("code".into()))),
        ];
        for (query, wanted) in table {
            let read = read_callback(&rules(json!({})), &parameters(query));
            let read = read.as_ref().map(|code| code.expose_secret());
            assert_eq!(read, wanted.as_ref().copied(), "{query}");
        }
    }

    #[test]
    fn a_callback_leads_to_another_token_address_only_where_the_definition_allows() {
        let definition: ConnectorDefinition = serde_json::from_value(json!({
            "format": "velodrome.connector/1", "slug": "a", "name": "A",
            "release": {"number": 1, "status": "Live"}, "allowedHosts": ["*.accounts.example"],
            "authentications": [{"key": "n", "type": "None"}], "methods": [],
        }))
        .unwrap();
        let rules = rules(json!({"accessTokenUrl": "{{Server}}/token"}));
        let server = |address: &'static str| {
            ValuesFn(move |name: &str| (name == "Server").then(|| address.to_owned()))
        };
        let nothing = ValuesFn(|_: &str| None);
        let ours = server("https://a.example");
        for (address, allowed) in [
            ("https://a.example", true),
            ("https://eu.accounts.example", true),
            ("http://eu.accounts.example", false),
            ("https://evil.example", false),
        ] {
            let may = |before| may_ask_for_token(&definition, &rules, before, &server(address));
            assert_eq!(may(&ours), Ok(allowed), "{address}");
            let known = allowed && address != "https://a.example";
            assert_eq!(may(&nothing), Ok(known), "{address}");
        }
    }

    #[test]
    fn the_code_may_have_another_name_and_other_parameters_become_properties() {
        let rules = rules(json!({
            "callbackCodeParam": "auth_code",
            "metadata": [{"source": "Callback", "from": "realmId", "property": "RealmId", "required": true}],
        }));

        let given = parameters("auth_code=abc&realmId=42");

        assert_eq!(
            read_callback(&rules, &given).unwrap().expose_secret(),
            "abc"
        );
        assert_eq!(
            callback_properties(&rules, &given).unwrap()["RealmId"].expose_secret(),
            "42"
        );
        assert_eq!(
            callback_properties(&rules, &parameters("auth_code=abc")).unwrap_err(),
            CallbackError::MissingMetadata("realmId".into())
        );
    }
}
