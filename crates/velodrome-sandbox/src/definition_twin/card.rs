//! What a person pastes to use a twin.

use velodrome_model::definition::{
    AuthType, Authentication, ConnectorDefinition, OAuth1Flow, OAuth2Type, Parameter,
};

use super::gate::{USER, suggested_field, suggested_key, suggestion};
use super::plan::{Plan, Role};
use super::suggest::{Suggestions, private_keys};
use super::token_endpoint::{suggested_client, suggested_token};
use crate::twin::{Card, SuggestedValue, Text};

/// Lists that are named as something to try.
const TRIES: usize = 3;

pub(super) fn card(
    suggestions: &Suggestions<'_>,
    origins: &[String],
    plans: &[Plan],
    posts_webhooks: bool,
) -> Card {
    let definition = suggestions.definition;
    let mut values = Vec::new();
    for authentication in &definition.authentications {
        credentials(suggestions, authentication, &mut values);
    }
    for parameter in &definition.parameters {
        values.extend(property(suggestions, parameter));
    }
    let mut hints = hints(definition, plans);
    if posts_webhooks {
        hints.push(Text::Borrowed(
            "A registered webhook is posted to, on this machine, when a record is changed here.",
        ));
    }
    Card {
        id: Text::Owned(definition.slug.clone()),
        name: Text::Owned(definition.name.clone()),
        origins: origins.iter().cloned().map(Text::Owned).collect(),
        values,
        hints,
    }
}

fn credentials(
    suggestions: &Suggestions<'_>,
    authentication: &Authentication,
    out: &mut Vec<SuggestedValue>,
) {
    let definition = suggestions.definition;
    let (client, secret) = suggested_client(&definition.slug);
    let mut add = |name: &str, value: String| {
        let field = authentication.fields.get(name);
        if field.is_some_and(|field| field.hide) {
            return;
        }
        let label = field.and_then(|field| field.label.clone());
        let label = label.unwrap_or_else(|| name.to_owned());
        if out
            .iter()
            .all(|known| known.label != label || known.value != value)
        {
            out.push(SuggestedValue {
                label: label.into(),
                value: value.into(),
            });
        }
    };
    match authentication.kind {
        AuthType::None => {}
        AuthType::ApiKey => add("ApiKey", suggested_key(definition, authentication)),
        AuthType::Basic => {
            add("Username", USER.to_owned());
            add("Password", USER.to_owned());
        }
        AuthType::AuthFields => {
            for field in &authentication.auth_fields {
                add(&field.name, suggested_field(authentication, &field.name));
            }
        }
        AuthType::OAuth1 => {
            add("ClientId", client);
            add("ClientSecret", secret);
            let flow = authentication.oauth1.as_ref().map(|rules| rules.flow);
            if flow == Some(OAuth1Flow::TokenBased) {
                let (token, token_secret) = suggested_token(&definition.slug);
                add("Token", token);
                add("TokenSecret", token_secret);
            }
        }
        AuthType::OAuth2 => {
            add(
                "ClientId",
                suggestion(authentication.fields.get("ClientId"), &client),
            );
            add("ClientSecret", secret);
            let kind = authentication.oauth2.as_ref().map(|rules| rules.kind);
            if kind == Some(OAuth2Type::PasswordCredentials) {
                add("Username", USER.to_owned());
                add("Password", USER.to_owned());
            }
        }
    }
    for (name, _) in private_keys(authentication) {
        let is_property = definition
            .parameters
            .iter()
            .any(|parameter| parameter.target_name == name);
        if let (false, Some(key)) = (is_property, suggestions.private_key(&name)) {
            add(&name, key);
        }
    }
}

/// A value for a property that somebody has to type.
fn property(suggestions: &Suggestions<'_>, parameter: &Parameter) -> Option<SuggestedValue> {
    let asked = parameter.account_connector_property || parameter.partner_connector_property;
    if !asked || parameter.hide || parameter.default_value.is_some() {
        return None;
    }
    let name = &parameter.target_name;
    let handed_out = suggestions
        .definition
        .authentications
        .iter()
        .any(|authentication| {
            let oauth1 = authentication
                .oauth1
                .iter()
                .flat_map(|rules| &rules.metadata);
            let oauth2 = authentication
                .oauth2
                .iter()
                .flat_map(|rules| &rules.metadata);
            oauth1
                .chain(oauth2)
                .any(|metadata| metadata.property == *name)
        });
    if handed_out {
        return None;
    }
    Some(SuggestedValue {
        label: Text::Owned(parameter.label().to_owned()),
        value: suggestions.property(parameter).into(),
    })
}

fn hints(definition: &ConnectorDefinition, plans: &[Plan]) -> Vec<Text> {
    let mut hints = Vec::new();
    let lists: Vec<String> = plans
        .iter()
        .filter(|plan| plan.role == Role::List)
        .filter_map(|plan| {
            let method = definition.method(&plan.key).filter(|method| !method.hide)?;
            Some(format!(
                "{} has {} records",
                method.name,
                plan.pages.seeded()
            ))
        })
        .take(TRIES)
        .collect();
    if !lists.is_empty() {
        hints.push(Text::Owned(format!("{}.", lists.join("; "))));
    }
    hints.push(Text::Borrowed(
        "Built from the connector's definition: all data is made up from its fields.",
    ));
    if plans.iter().any(|plan| plan.is_scripted) {
        hints.push(Text::Borrowed(
            "Methods with a script are answered as their declared fields need without it.",
        ));
    }
    hints
}
