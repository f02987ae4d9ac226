//! External Authentication: credentials that are mapped into a step (cycles.md §14, connectors.md §9.7).

use indexmap::IndexMap;
use serde_json::{Map, Value};
use velodrome_connector::auth::{BasicCredential, Credential, OAuth1Token, OAuth2Token};
use velodrome_model::{
    SecretString,
    cycle::{Mapping, MethodStep, Source, Trouble},
    definition::{AuthType, Authentication, Method, scalar_text},
};

use super::outcome::Fault;
use crate::installation::Installation;

/// The names under which a credential of this kind is mapped.
fn names(authentication: &Authentication) -> Vec<&str> {
    match authentication.kind {
        AuthType::None => Vec::new(),
        AuthType::ApiKey => vec!["ApiKey"],
        AuthType::Basic => vec!["Username", "Password"],
        AuthType::OAuth1 => vec!["Token", "TokenSecret"],
        AuthType::OAuth2 => vec!["AccessToken"],
        AuthType::AuthFields => {
            let fields = authentication.auth_fields.iter();
            fields.map(|field| field.name.as_str()).collect()
        }
    }
}

/// Whether a step brings its own credential: it says so, or is still mapped so.
pub(super) fn is_external(step: &MethodStep, authentication: &Authentication) -> bool {
    let is_mapped = |mapping: &Mapping| {
        !matches!(
            mapping.source,
            None | Some(Source::Ignore | Source::Static { value: None })
        )
    };
    let mapped = |name: &str| step.parameters.get(name).is_some_and(is_mapped);
    authentication.kind != AuthType::None
        && (step.external_authentication || names(authentication).into_iter().any(mapped))
}

/// Takes the credential out of the values of a request, and puts properties that are mapped in the place of
/// the installation's.
pub(super) fn take(
    installation: &Installation,
    method: &Method,
    parameters: &mut Map<String, Value>,
) -> Result<(Credential, Installation), Fault> {
    let authentication = &installation.authentication;
    let mut missing = None;
    let mut given = IndexMap::new();
    for name in names(authentication) {
        match parameters.remove(name) {
            Some(value) => {
                given.insert(name, SecretString::from(scalar_text(&value)));
            }
            // A password may be empty, as may the secret of a token.
            None if matches!(name, "Password" | "TokenSecret") => {
                given.insert(name, SecretString::from(String::new()));
            }
            None => missing = missing.or(Some(name)),
        }
    }
    if let Some(name) = missing {
        return Err(Fault::failed(
            Trouble::AuthenticationFailed,
            format!(
                "The step uses External Authentication, and its parameter {name} has no value."
            ),
        ));
    }
    let mut value = |name: &str| given.shift_remove(name).unwrap_or_default();
    let credential = match authentication.kind {
        AuthType::None => Credential::None,
        AuthType::ApiKey => Credential::ApiKey(value("ApiKey")),
        AuthType::Basic => Credential::Basic(BasicCredential {
            username: velodrome_model::ExposeSecret::expose_secret(&value("Username")).to_owned(),
            password: value("Password"),
        }),
        AuthType::OAuth1 => Credential::OAuth1(OAuth1Token {
            token: value("Token"),
            token_secret: value("TokenSecret"),
            metadata: Map::new(),
        }),
        AuthType::OAuth2 => Credential::OAuth2(OAuth2Token {
            access_token: Some(value("AccessToken")),
            ..OAuth2Token::default()
        }),
        AuthType::AuthFields => Credential::AuthFields(
            given
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value))
                .collect(),
        ),
    };
    let mut own = installation.clone();
    let definition = installation.numbered.definition();
    let declared = |name: &str| {
        let all = definition.parameters.iter().chain(&method.parameters);
        all.into_iter()
            .any(|one| one.target_name == name && !one.account_connector_property)
    };
    for (name, value) in parameters.iter().filter(|(name, _)| !declared(name)) {
        own.properties
            .insert(name.clone(), SecretString::from(scalar_text(value)));
    }
    Ok((credential, own))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::json;
    use uuid::Uuid;
    use velodrome_model::{ConnectorId, MethodUid, cycle::OnUncertain};

    use super::*;

    fn step(option: bool, mapped: &[(&str, Source)]) -> MethodStep {
        let mapping = |(name, source): &(&str, Source)| {
            let mapping = Mapping {
                source: Some(source.clone()),
                ..Mapping::default()
            };
            ((*name).to_owned(), mapping)
        };
        MethodStep {
            account_connector: None,
            connector: ConnectorId(1),
            method: MethodUid(Uuid::nil()),
            is_webhook: false,
            decides: false,
            category: None,
            external_authentication: option,
            on_uncertain: OnUncertain::default(),
            parameters: mapped.iter().map(mapping).collect::<BTreeMap<_, _>>(),
            fields: BTreeMap::new(),
            collection_keys: Vec::new(),
            webhook: None,
        }
    }

    #[test]
    fn a_credential_that_is_still_mapped_is_used_without_the_option() {
        let of = |kind: &str| -> Authentication {
            serde_json::from_value(json!({"key": "a", "type": kind})).unwrap()
        };
        let typed = Source::Static {
            value: Some("x".into()),
        };
        for (kind, option, mapped, external) in [
            ("ApiKey", false, vec![], false),
            ("ApiKey", true, vec![], true),
            ("ApiKey", false, vec![("ApiKey", typed.clone())], true),
            ("ApiKey", false, vec![("ApiKey", Source::Ignore)], false),
            ("OAuth2", false, vec![("ApiKey", typed.clone())], false),
            ("OAuth2", false, vec![("AccessToken", typed.clone())], true),
            ("None", true, vec![], false),
        ] {
            assert_eq!(
                is_external(&step(option, &mapped), &of(kind)),
                external,
                "{kind} {option} {mapped:?}"
            );
        }
    }
}
