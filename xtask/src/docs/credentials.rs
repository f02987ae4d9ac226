//! Ways to authenticate, side by side: what each asks of whom, and how it stays alive.
//!
//! The rules of what is asked at which level are those of `velodrome-service` (`library/setup.rs` and
//! `authentication/form.rs`), which no command may import.

use velodrome_model::definition::{
    AuthFieldPlace, Authentication, ClientAuth, ConnectorDefinition, CredentialField, KeyPlace,
    OAuth1Flow, OAuth1Transport, Parameter, Pkce, PlacementIn, SignatureMethod, ValueOption,
    scalar_text,
};

use super::kind::Kind;

/// One way to authenticate.
pub struct Way {
    pub name: String,
    pub description: Option<String>,
    pub is_default: bool,
    pub kind: Kind,
    /// Asked once in the partner setup.
    pub partner: Vec<Asked>,
    /// Asked in every account.
    pub account: Vec<Asked>,
    /// None where the kind knows no scopes.
    pub scopes: Option<Vec<String>>,
    /// What calls carry.
    pub carried: String,
    pub renewal: String,
}

/// A value that is asked for.
pub struct Asked {
    pub label: String,
    pub description: Option<String>,
    pub is_optional: bool,
    pub choices: Vec<String>,
    pub default: Option<String>,
}

/// Credentials that are never asked in the partner setup.
const PER_ACCOUNT: &[&str] = &["ApiKey", "Username", "Password", "Token", "TokenSecret"];

/// The ways that are offered, the default one first.
pub fn ways(definition: &ConnectorDefinition) -> Vec<Way> {
    let default = definition.default_authentication().map(|one| &one.key);
    let mut shown: Vec<&Authentication> = definition
        .authentications
        .iter()
        .filter(|one| !one.hide)
        .collect();
    shown.sort_by_key(|one| Some(&one.key) != default);
    let several = shown.len() > 1;
    shown
        .into_iter()
        .map(|one| way(definition, one, several && Some(&one.key) == default))
        .collect()
}

fn way(definition: &ConnectorDefinition, one: &Authentication, is_default: bool) -> Way {
    let kind = Kind::of(one);
    let properties = |is_level: fn(&Parameter) -> bool| {
        let own = definition.parameters.iter();
        own.filter(move |property| {
            is_level(property) && !property.hide && property.applies_to(&one.key)
        })
        .map(property)
    };
    let mut partner = credentials(one, &client(one, kind));
    partner.extend(properties(|property| property.partner_connector_property));
    let mut account: Vec<Asked> =
        properties(|property| property.account_connector_property).collect();
    account.extend(credentials(one, &personal(one, kind)));
    Way {
        name: one.name.clone().unwrap_or_else(|| kind.label().to_owned()),
        description: one.description.clone(),
        is_default,
        kind,
        partner,
        account,
        scopes: scopes(one),
        carried: carried(one, kind),
        renewal: renewal(one, kind),
    }
}

/// Names of what belongs to the app that the partner registers.
fn client(one: &Authentication, kind: Kind) -> Vec<String> {
    let mut names: Vec<&str> = match kind {
        Kind::OAuth1 => {
            let rules = one.oauth1.as_ref();
            let is_rsa = rules.is_some_and(|rules| {
                matches!(
                    rules.signature_method,
                    SignatureMethod::RsaSha1
                        | SignatureMethod::RsaSha256
                        | SignatureMethod::RsaSha512
                )
            });
            match is_rsa {
                false => vec!["ClientId", "ClientSecret"],
                true if rules.is_some_and(|rules| rules.key.is_some()) => vec!["ClientId"],
                true => vec!["ClientId", "PrivateKey"],
            }
        }
        Kind::Code | Kind::Client | Kind::Password => {
            let mut names = vec!["ClientId"];
            let rules = one.oauth2.as_ref();
            if rules.is_none_or(|rules| {
                matches!(rules.client_auth, ClientAuth::Body | ClientAuth::Basic)
            }) {
                names.push("ClientSecret");
            }
            if rules.is_some_and(|rules| rules.authorise_exclude.iter().all(|name| name != "scope"))
            {
                names.push("Scopes");
            }
            names
        }
        Kind::ApiKey | Kind::Basic | Kind::Fields | Kind::None => return Vec::new(),
    };
    for name in one.fields.keys().map(String::as_str) {
        if !names.contains(&name) && !PER_ACCOUNT.contains(&name) {
            names.push(name);
        }
    }
    names.into_iter().map(str::to_owned).collect()
}

/// Names of what belongs to the account.
fn personal(one: &Authentication, kind: Kind) -> Vec<String> {
    let names: &[&str] = match kind {
        Kind::ApiKey => &["ApiKey"],
        Kind::Basic | Kind::Password => &["Username", "Password"],
        Kind::Fields => {
            return one
                .auth_fields
                .iter()
                .map(|field| field.name.clone())
                .collect();
        }
        Kind::OAuth1
            if one
                .oauth1
                .as_ref()
                .is_some_and(|rules| rules.flow == OAuth1Flow::TokenBased) =>
        {
            &["Token", "TokenSecret"]
        }
        Kind::OAuth1 | Kind::Code | Kind::Client | Kind::None => &[],
    };
    names.iter().map(|name| (*name).to_owned()).collect()
}

fn credentials(one: &Authentication, names: &[String]) -> Vec<Asked> {
    let nothing = CredentialField::default();
    names
        .iter()
        .map(|name| (name, one.fields.get(name).unwrap_or(&nothing)))
        .filter(|(_, field)| !field.hide)
        .map(|(name, field)| Asked {
            label: field
                .label
                .clone()
                .unwrap_or_else(|| usual_label(name).to_owned()),
            description: field.description.clone(),
            is_optional: field.optional || name == "Scopes",
            choices: field.values.iter().map(ValueOption::label).collect(),
            default: field.default.clone(),
        })
        .collect()
}

fn usual_label(name: &str) -> &str {
    match name {
        "ClientId" => "Client ID",
        "ClientSecret" => "Client Secret",
        "ApiKey" => "API Key",
        "TokenSecret" => "Token Secret",
        "PrivateKey" => "Private Key",
        other => other,
    }
}

fn property(parameter: &Parameter) -> Asked {
    Asked {
        label: parameter.label().to_owned(),
        description: parameter.description.clone(),
        is_optional: parameter.optional,
        choices: parameter.values.iter().map(ValueOption::label).collect(),
        default: parameter.default_value.as_ref().map(scalar_text),
    }
}

/// What is asked for unless the setup says otherwise.
fn scopes(one: &Authentication) -> Option<Vec<String>> {
    let rules = one.oauth2.as_ref()?;
    let entered = one
        .fields
        .get("Scopes")
        .and_then(|field| field.default.as_deref());
    let Some(list) = entered else {
        return Some(rules.scopes.clone());
    };
    let separator = rules.scope_separator.as_deref().unwrap_or(" ");
    let scopes = list.split(separator).map(str::trim);
    Some(
        scopes
            .filter(|scope| !scope.is_empty())
            .map(str::to_owned)
            .collect(),
    )
}

fn carried(one: &Authentication, kind: Kind) -> String {
    match kind {
        Kind::ApiKey => {
            let prefix = one.prefix.as_deref().unwrap_or_default();
            match (&one.auth_scheme, one.place) {
                (Some(name), KeyPlace::Header) => format!("{name}: {prefix}…"),
                (Some(name), KeyPlace::Query) => format!("?{name}={prefix}…"),
                (Some(name), KeyPlace::Cookie) => format!("Cookie: {name}={prefix}…"),
                (None, _) | (_, KeyPlace::None) => String::new(),
            }
        }
        Kind::Basic => "Authorization: Basic …".to_owned(),
        Kind::OAuth1 => match one.oauth1.as_ref().map(|rules| rules.transport) {
            Some(OAuth1Transport::Query) => "?oauth_signature=…".to_owned(),
            Some(OAuth1Transport::Body) => "oauth_signature in the body".to_owned(),
            Some(OAuth1Transport::Header) | None => "Authorization: OAuth …".to_owned(),
        },
        Kind::Code | Kind::Client | Kind::Password => {
            let rules = one
                .oauth2
                .as_ref()
                .and_then(|rules| rules.placement.as_ref());
            let Some(rules) = rules else {
                return "Authorization: Bearer …".to_owned();
            };
            let name = rules.name.as_deref();
            let prefix = rules.prefix.as_deref();
            match rules.place {
                PlacementIn::Header => {
                    let name = name.unwrap_or("Authorization");
                    let usual = if name.eq_ignore_ascii_case("authorization") {
                        "Bearer "
                    } else {
                        ""
                    };
                    format!("{name}: {}…", prefix.unwrap_or(usual))
                }
                PlacementIn::Query => format!("?{}=…", name.unwrap_or("access_token")),
                PlacementIn::Cookie => format!("Cookie: {}=…", name.unwrap_or("access_token")),
                PlacementIn::Body => format!("{} in the body", name.unwrap_or("access_token")),
                PlacementIn::None => String::new(),
            }
        }
        Kind::Fields => {
            let fields: Vec<String> = one
                .auth_fields
                .iter()
                .map(|field| match field.place {
                    AuthFieldPlace::Body => format!("{} in the body", field.key),
                    AuthFieldPlace::Query => format!("?{}=…", field.key),
                    AuthFieldPlace::Header => format!("{}: …", field.key),
                })
                .collect();
            fields.join(", ")
        }
        Kind::None => String::new(),
    }
}

fn renewal(one: &Authentication, kind: Kind) -> String {
    match kind {
        Kind::Code => {
            let Some(rules) = &one.oauth2 else {
                return String::new();
            };
            let mut out =
                "Renewed before it ends, where the provider gives a refresh token.".to_owned();
            match rules.refresh.keep_alive_days {
                0 => {}
                days => out.push_str(&format!(
                    " An idle one is used every {days} days, so that it does not lapse."
                )),
            }
            if rules.pkce == Pkce::S256 {
                out.push_str(" Signing in is protected by PKCE.");
            }
            if rules.revoke_url.is_some() {
                out.push_str(" Taken back at the provider when the connector is removed.");
            }
            out
        }
        Kind::Client | Kind::Password => {
            "A new token is fetched before the old one ends.".to_owned()
        }
        Kind::OAuth1 => {
            "Nothing to renew: tokens stay good until somebody withdraws them.".to_owned()
        }
        Kind::ApiKey | Kind::Basic | Kind::Fields => {
            "Nothing to renew: the values stay good until somebody changes them.".to_owned()
        }
        Kind::None => "Nothing to renew.".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn definition(authentications: serde_json::Value) -> ConnectorDefinition {
        serde_json::from_value(json!({
            "format": "velodrome.connector/1",
            "slug": "acme",
            "name": "Acme",
            "release": {"number": 1, "status": "Live"},
            "authentications": authentications,
            "parameters": [
                {"targetType": "MergeField", "targetName": "Region", "partnerConnectorProperty": true, "authentications": ["oauth"]},
                {"targetType": "MergeField", "targetName": "Host", "accountConnectorProperty": true},
                {"targetType": "HttpHeader", "targetName": "Accept", "hide": true, "values": ["text/csv"]},
            ],
            "methods": [],
        }))
        .unwrap()
    }

    fn labels(asked: &[Asked]) -> Vec<&str> {
        asked.iter().map(|asked| asked.label.as_str()).collect()
    }

    #[test]
    fn the_app_is_the_partners_and_the_key_is_the_accounts() {
        let definition = definition(json!([
            {"key": "key", "type": "ApiKey", "authScheme": "X-Key", "fields": {"ApiKey": {"label": "Secret"}}},
            {"key": "oauth", "type": "OAuth2", "default": true, "oauth2": {
                "type": "AuthorisationCode", "authoriseUrl": "https://acme.example/a", "accessTokenUrl": "https://acme.example/t",
                "scopes": ["read", "write"],
            }},
        ]));

        let ways = ways(&definition);

        let [oauth, key] = ways.as_slice() else {
            panic!("{} ways", ways.len());
        };
        assert!(oauth.is_default && oauth.kind == Kind::Code);
        assert_eq!(
            labels(&oauth.partner),
            ["Client ID", "Client Secret", "Scopes", "Region"]
        );
        assert_eq!(labels(&oauth.account), ["Host"]);
        assert_eq!(
            oauth.scopes.as_deref(),
            Some(&["read".to_owned(), "write".to_owned()][..])
        );
        assert_eq!(oauth.carried, "Authorization: Bearer …");
        assert!(key.partner.is_empty() && key.scopes.is_none());
        assert_eq!(labels(&key.account), ["Host", "Secret"]);
        assert_eq!(key.carried, "X-Key: …");
    }

    #[test]
    fn what_is_never_asked_is_not_listed() {
        let definition = definition(json!([
            {"key": "basic", "type": "Basic", "fields": {"Password": {"hide": true, "default": "x"}}},
        ]));

        assert_eq!(labels(&ways(&definition)[0].account), ["Host", "Username"]);
    }
}
