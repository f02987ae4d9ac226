//! Whether an API call proves who it is from, by any of the definition's authentications.

use std::sync::Arc;

use serde_json::Value;
use velodrome_model::definition::{
    AuthFieldPlace, AuthType, Authentication, ConnectorDefinition, CredentialField, KeyPlace,
    OAuth1Flow, Parameter, PlacementIn, TargetType,
};
use velodrome_model::location::Location;

use super::pattern::Sampler;
use crate::answer::Answer;
use crate::api_key::{self, KeyError};
use crate::call::Call;
use crate::credentials::{real_secret_kind, refusal};
use crate::oauth1::OAuth1Server;
use crate::oauth2::OAuth2Server;
use crate::records::plain;

/// The user name and password that every twin takes.
pub(super) const USER: &str = "sandbox";
/// Whose data calls without a company of their own reach.
const TENANT: &str = "first-company";

/// One way to authenticate.
pub(super) struct Gate {
    pub(super) key: String,
    check: Check,
}

enum Check {
    /// Nothing to prove, or placed by a script that only the client runs.
    Open,
    Key {
        place: Place,
        suggested: String,
    },
    Basic {
        user_optional: bool,
        password_optional: bool,
    },
    Fields(Vec<(Place, String)>),
    OAuth1 {
        server: Arc<OAuth1Server>,
        two_legs: bool,
    },
    OAuth2 {
        server: Arc<OAuth2Server>,
        place: Place,
    },
}

/// Where a secret stands in a call.
#[derive(Clone, Debug)]
pub(super) enum Place {
    /// A header's value after this text.
    Header(String, String),
    /// A parameter's value after this text.
    Query(String, String),
    /// A cookie's value after this text.
    Cookie(String, String),
    Body(Location),
}

/// Why a call is not let in.
pub(super) struct Denied {
    pub(super) status: u16,
    pub(super) reason: String,
    /// `WWW-Authenticate`.
    pub(super) challenge: String,
    /// An answer of the protocol's own.
    pub(super) answer: Option<Answer>,
}

impl Denied {
    fn unproven(reason: impl Into<String>, challenge: &str) -> Self {
        Self {
            status: 401,
            reason: reason.into(),
            challenge: challenge.to_owned(),
            answer: None,
        }
    }
}

impl Gate {
    pub(super) fn new(
        definition: &ConnectorDefinition,
        authentication: &Authentication,
        oauth1: Option<&Arc<OAuth1Server>>,
        oauth2: Option<&Arc<OAuth2Server>>,
    ) -> Self {
        let check = match (authentication.kind, oauth1, oauth2) {
            (AuthType::ApiKey, _, _) => match key_place(definition, authentication) {
                Some(place) => Check::Key {
                    place,
                    suggested: suggested_key(definition, authentication),
                },
                None => Check::Open,
            },
            (AuthType::Basic, _, _) => {
                let optional = |name: &str| {
                    let field = authentication.fields.get(name);
                    field.is_some_and(|field| field.optional || field.hide)
                };
                Check::Basic {
                    user_optional: optional("Username"),
                    password_optional: optional("Password"),
                }
            }
            (AuthType::AuthFields, _, _) => Check::Fields(auth_fields(authentication)),
            (AuthType::OAuth1, Some(server), _) => Check::OAuth1 {
                server: server.clone(),
                two_legs: authentication
                    .oauth1
                    .as_ref()
                    .is_some_and(|rules| rules.flow == OAuth1Flow::TwoLegged),
            },
            (AuthType::OAuth2, _, Some(server)) => match token_place(authentication) {
                Some(place) => Check::OAuth2 {
                    server: server.clone(),
                    place,
                },
                None => Check::Open,
            },
            (AuthType::None | AuthType::OAuth1 | AuthType::OAuth2, _, _) => Check::Open,
        };
        Self {
            key: authentication.key.clone(),
            check,
        }
    }

    /// Query parameters that carry a credential.
    pub(super) fn secret_parameters(&self) -> Vec<String> {
        let name = |place: &Place| match place {
            Place::Query(name, _) => Some(name.clone()),
            Place::Header(..) | Place::Cookie(..) | Place::Body(_) => None,
        };
        match &self.check {
            Check::Key { place, .. } | Check::OAuth2 { place, .. } => {
                name(place).into_iter().collect()
            }
            Check::Fields(fields) => fields.iter().filter_map(|(place, _)| name(place)).collect(),
            Check::Open | Check::Basic { .. } | Check::OAuth1 { .. } => Vec::new(),
        }
    }

    /// Whose data the call reaches.
    pub(super) fn admit(&self, call: &Call, body: &Value) -> Result<String, Denied> {
        match &self.check {
            Check::Open => Ok(TENANT.to_owned()),
            Check::Key { place, suggested } => {
                let key = place.read(call, body);
                let known = |key: &str| key == suggested;
                key_check(key.as_deref(), known).map(|()| TENANT.to_owned())
            }
            Check::Basic {
                user_optional,
                password_optional,
            } => {
                let (user, password) = call
                    .basic()
                    .ok_or_else(|| Denied::unproven("no Basic credentials were sent", "Basic"))?;
                for value in [&user, &password] {
                    if let Some(kind) = real_secret_kind(value) {
                        return Err(Denied::unproven(refusal(kind), "Basic"));
                    }
                }
                let fits = (user.starts_with(USER) || user.is_empty() && *user_optional)
                    && (password == USER || password.is_empty() && *password_optional);
                if fits {
                    Ok(TENANT.to_owned())
                } else {
                    Err(Denied::unproven(
                        "the user name or the password is wrong",
                        "Basic",
                    ))
                }
            }
            Check::Fields(fields) => {
                for (place, suggested) in fields {
                    let value = place.read(call, body);
                    key_check(value.as_deref(), |value| value == suggested)?;
                }
                Ok(TENANT.to_owned())
            }
            Check::OAuth1 { server, two_legs } => {
                let signed = if *two_legs {
                    server.check_consumer(call).map(|_| TENANT.to_owned())
                } else {
                    server.check(call).map(|connection| connection.tenant)
                };
                signed.map_err(|answer| Denied {
                    answer: Some(answer),
                    ..Denied::unproven("the call is not properly signed", "OAuth")
                })
            }
            Check::OAuth2 { server, place } => {
                let token = place.read(call, body).filter(|token| !token.is_empty());
                let token = token.ok_or_else(|| {
                    Denied::unproven("no access token was sent", "Bearer realm=\"sandbox\"")
                })?;
                let access = server.access(&token).map_err(|error| {
                    Denied::unproven(
                        format!("the access token is not valid: {error:?}").to_lowercase(),
                        "Bearer realm=\"sandbox\", error=\"invalid_token\"",
                    )
                })?;
                Ok(access.tenant)
            }
        }
    }
}

impl Place {
    fn read(&self, call: &Call, body: &Value) -> Option<String> {
        let (found, prefix) = match self {
            Self::Header(name, prefix) => (call.header(name).map(str::to_owned), prefix),
            Self::Query(name, prefix) => (call.query.get(name).map(str::to_owned), prefix),
            Self::Cookie(name, prefix) => (call.cookie(name).map(str::to_owned), prefix),
            Self::Body(location) => {
                return location.first(body).map(|value| plain(Some(value)));
            }
        };
        let found = found?;
        let scheme = found.get(..prefix.len())?;
        // Schemes of `Authorization` are told apart whatever their case (RFC 9110 §11.1).
        scheme
            .eq_ignore_ascii_case(prefix)
            .then(|| found[prefix.len()..].to_owned())
    }
}

fn key_check(key: Option<&str>, known: impl Fn(&str) -> bool) -> Result<(), Denied> {
    if key.is_some_and(known) {
        return Ok(());
    }
    match api_key::check(key, |_| false) {
        Ok(_) => Ok(()),
        Err(KeyError::Missing) => Err(Denied::unproven("no credentials were sent", "ApiKey")),
        Err(KeyError::Refused(reason)) => Err(Denied {
            status: 403,
            ..Denied::unproven(reason, "ApiKey")
        }),
    }
}

/// The key that the card suggests.
pub(super) fn suggested_key(
    definition: &ConnectorDefinition,
    authentication: &Authentication,
) -> String {
    suggestion(
        authentication.fields.get("ApiKey"),
        &format!("sandbox-{}-key", definition.slug),
    )
}

/// A value that fits the credential's rules: `usual` unless they ask for something else.
pub(super) fn suggestion(field: Option<&CredentialField>, usual: &str) -> String {
    let Some(field) = field else {
        return usual.to_owned();
    };
    if let Some(choice) = field.values.first() {
        return choice.text();
    }
    let pattern = field
        .validation
        .as_ref()
        .and_then(|validation| validation.pattern.as_deref())
        .and_then(Sampler::new);
    match pattern {
        Some(sampler) if !sampler.matches(usual) => sampler.sample(0),
        Some(_) | None => usual.to_owned(),
    }
}

fn key_place(definition: &ConnectorDefinition, authentication: &Authentication) -> Option<Place> {
    let prefix = authentication.prefix.clone().unwrap_or_default();
    if let Some(name) = &authentication.auth_scheme {
        let name = name.clone();
        return match authentication.place {
            KeyPlace::Header => Some(Place::Header(name, prefix)),
            KeyPlace::Query => Some(Place::Query(name, prefix)),
            KeyPlace::Cookie => Some(Place::Cookie(name, prefix)),
            KeyPlace::None => None,
        };
    }
    // Sent through a mergefield: the connector's parameters say where.
    definition.parameters.iter().find_map(merged_key)
}

fn merged_key(parameter: &Parameter) -> Option<Place> {
    let text = parameter.values.first()?.text();
    let (before, _) = text.split_once("{{Cyclr_Auth_ApiKey}}")?;
    let (name, before) = (parameter.target_name.clone(), before.to_owned());
    match parameter.target_type {
        TargetType::HttpHeader => Some(Place::Header(name, before)),
        TargetType::QueryString => Some(Place::Query(name, before)),
        _ => None,
    }
}

/// What the card suggests for a field of its own name.
pub(super) fn suggested_field(authentication: &Authentication, name: &str) -> String {
    suggestion(
        authentication.fields.get(name),
        &format!("sandbox-{}", name.to_lowercase()),
    )
}

fn auth_fields(authentication: &Authentication) -> Vec<(Place, String)> {
    authentication
        .auth_fields
        .iter()
        .filter(|field| {
            authentication
                .fields
                .get(&field.name)
                .is_none_or(|rules| !rules.optional)
        })
        .filter_map(|field| {
            let place = match field.place {
                AuthFieldPlace::Body => Place::Body(field.key.parse().ok()?),
                AuthFieldPlace::Query => Place::Query(field.key.clone(), String::new()),
                AuthFieldPlace::Header => Place::Header(field.key.clone(), String::new()),
            };
            Some((place, suggested_field(authentication, &field.name)))
        })
        .collect()
}

fn token_place(authentication: &Authentication) -> Option<Place> {
    let placement = authentication
        .oauth2
        .as_ref()
        .and_then(|rules| rules.placement.clone())
        .unwrap_or_default();
    let named = |usual: &str| placement.name.clone().unwrap_or_else(|| usual.to_owned());
    let prefix = placement.prefix.clone();
    match placement.place {
        PlacementIn::Header => {
            let name = named("authorization");
            let bearer = name.eq_ignore_ascii_case("authorization");
            let usual = if bearer { "Bearer " } else { "" };
            Some(Place::Header(
                name,
                prefix.unwrap_or_else(|| usual.to_owned()),
            ))
        }
        PlacementIn::Query => Some(Place::Query(
            named("access_token"),
            prefix.unwrap_or_default(),
        )),
        PlacementIn::Cookie => Some(Place::Cookie(
            named("access_token"),
            prefix.unwrap_or_default(),
        )),
        PlacementIn::Body => named("access_token").parse().ok().map(Place::Body),
        PlacementIn::None => None,
    }
}
