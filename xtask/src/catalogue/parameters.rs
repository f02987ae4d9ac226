//! The values that a connection asks for, beside its credentials.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::auth::{Members, is_key_material, term};
use super::definition::without_remark;
use super::facts::{Level, Parameter, Provider, Source};
use super::template::{Meaning, Names, names, pascal, solved};

/// The name of the property that chooses between the fixed addresses of an API.
pub const ENVIRONMENT: &str = "base_url";

/// The provider with its alternatives made choices: an address that is used when a value is left blank
/// becomes the value's default, other fixed addresses become choices.
pub fn with_choices(mut provider: Provider) -> Provider {
    let mut fallbacks = vec![(
        provider.base_url.clone(),
        provider.base_url_fallback.clone(),
    )];
    for auth in &provider.auths {
        fallbacks.push((
            auth.authorization_url.clone(),
            auth.authorization_url_fallback.clone(),
        ));
        fallbacks.push((auth.token_url.clone(), auth.token_url_fallback.clone()));
    }
    let parameters = &mut provider.parameters;
    for (usual, fallback) in fallbacks {
        let (Some(usual), Some(fallback)) = (usual, fallback) else {
            continue;
        };
        match solved(&usual, &fallback) {
            Some((name, value)) => {
                if let Some(known) = parameters.iter_mut().find(|known| known.name == name) {
                    known.default.get_or_insert(value);
                }
            }
            // The second form needs other values; the first one is asked for.
            None => {
                for name in names(&usual) {
                    if let Some(known) = parameters.iter_mut().find(|known| known.name == name) {
                        known.required = true;
                        if known.default.is_none() && !known.choices.is_empty() {
                            known.default = Some(known.choices[0].clone());
                        }
                    }
                }
            }
        }
    }
    environments(&mut provider);
    provider
}

fn environments(provider: &mut Provider) {
    let Some(base) = provider.base_url.clone() else {
        return;
    };
    if provider.environments.is_empty() {
        return;
    }
    let found: Vec<&str> = names(&base).collect();
    match found.as_slice() {
        [] => {
            let choices: Vec<String> = provider
                .environments
                .iter()
                .map(|environment| environment.base_url.clone())
                .collect();
            if !choices.contains(&base) {
                return;
            }
            provider.base_url = Some(format!("{{{{{ENVIRONMENT}}}}}"));
            provider.parameters.insert(
                0,
                Parameter {
                    name: ENVIRONMENT.to_owned(),
                    label: "Environment".to_owned(),
                    level: Level::Account,
                    kind: "enum".to_owned(),
                    required: true,
                    sensitive: false,
                    source: Source::User,
                    hidden: false,
                    choices,
                    pattern: None,
                    example: None,
                    default: Some(base),
                    url_prefix: None,
                    url_suffix: None,
                    provider_term: None,
                    description: Some("Which of the provider's systems is called.".to_owned()),
                },
            );
        }
        [name] => {
            let Some(known) = provider
                .parameters
                .iter_mut()
                .find(|known| known.name == *name)
            else {
                return;
            };
            if !known.choices.is_empty() || known.source != Source::User {
                return;
            }
            for environment in &provider.environments {
                let own = match solved(&base, &environment.base_url) {
                    Some((_, value)) => value,
                    None if base.starts_with("{{") => environment.base_url.clone(),
                    None => continue,
                };
                if !known.choices.contains(&own) {
                    known.choices.push(own);
                }
            }
        }
        _ => {}
    }
}

/// Gives the names that are no credentials their meaning.
pub fn name_values(provider: &Provider, names: &mut Names) {
    for parameter in &provider.parameters {
        if names.knows(&parameter.name) {
            continue;
        }
        let constant = parameter.source == Source::Derived || parameter.hidden;
        let meaning = match (&parameter.default, constant) {
            (Some(text), true) => Meaning::Constant(text.clone()),
            _ => Meaning::Field(pascal(&parameter.name)),
        };
        names
            .give(&parameter.name, meaning)
            .expect("the name was looked for above");
    }
}

/// Names of values that the sign-in or a lookup after it fills.
pub fn filled(provider: &Provider, looked_up: &BTreeSet<String>) -> BTreeSet<String> {
    let kept = provider.auths.iter().flat_map(|auth| {
        auth.token_response_metadata
            .iter()
            .map(|kept| &kept.name)
            .chain(auth.redirect_uri_metadata.iter().map(|kept| &kept.name))
    });
    kept.chain(looked_up).cloned().collect()
}

/// One `parameters` entry.
pub fn property(
    parameter: &Parameter,
    provider: &Provider,
    field: &str,
    is_filled: bool,
) -> Members {
    let mut out = Members::new();
    out.insert("targetType".into(), "MergeField".into());
    out.insert("targetName".into(), field.into());
    out.insert("displayName".into(), parameter.label.clone().into());
    if is_filled {
        out.insert("description".into(), "Kept from the sign-in.".into());
        out.insert("accountConnectorProperty".into(), true.into());
        out.insert("hide".into(), true.into());
        out.insert("optional".into(), true.into());
        return out;
    }
    out.insert(
        "description".into(),
        description(parameter, provider).into(),
    );
    let level = match parameter.level {
        Level::Partner => "partnerConnectorProperty",
        Level::Account => "accountConnectorProperty",
    };
    out.insert(level.into(), true.into());
    let default = parameter.default.as_deref().filter(|text| !text.is_empty());
    if !parameter.required || default.is_some() {
        out.insert("optional".into(), true.into());
    }
    if parameter.sensitive {
        out.insert("sensitive".into(), true.into());
    }
    if is_key_material(&parameter.name) {
        out.insert("multiline".into(), true.into());
    }
    if let Some(default) = default {
        out.insert("defaultValue".into(), default.into());
    }
    if !parameter.choices.is_empty() {
        out.insert("values".into(), json!(parameter.choices));
        if !provider.environments.is_empty() && parameter.name != ENVIRONMENT {
            out.insert("allowOther".into(), true.into());
        }
    } else if let Some((pattern, message)) = validation(parameter, provider) {
        out.insert(
            "validation".into(),
            json!({"pattern": pattern, "message": message}),
        );
    }
    out
}

/// What to enter, in a sentence or two.
fn description(parameter: &Parameter, provider: &Provider) -> String {
    if let Some(text) = &parameter.description {
        return text.clone();
    }
    let mut out = match (&parameter.url_prefix, &parameter.url_suffix) {
        (prefix, Some(suffix)) if parameter.kind != "hostname" => {
            let prefix = prefix.as_deref().unwrap_or("https://");
            format!("What stands between {prefix} and {suffix} in the address of the account.")
        }
        _ => match parameter.kind.as_str() {
            "hostname" => "Name of the host, without https:// in front.".to_owned(),
            "subdomain" => "First part of the host name in the address of the account.".to_owned(),
            "uri" if goes_behind_scheme(parameter, provider) => {
                "Address without https:// in front, and no slash at the end.".to_owned()
            }
            "uri" => "Address with https:// in front, and no slash at the end.".to_owned(),
            "email" => "Address of the user's mailbox.".to_owned(),
            "enum" => format!("{} that the account belongs to.", parameter.label),
            _ if is_key_material(&parameter.name) => "In PEM form, all lines of it.".to_owned(),
            _ => format!(
                "{}, as {} shows it.",
                parameter.label,
                without_remark(&provider.name)
            ),
        },
    };
    if let Some(term) = term(parameter, provider) {
        out.push_str(&format!(
            " {} calls it {term}.",
            without_remark(&provider.name)
        ));
    }
    if let Some(example) = example(parameter) {
        out.push_str(&format!(" Looks like {example}."));
    }
    out
}

/// An example that the check for secrets has nothing against.
fn example(parameter: &Parameter) -> Option<&str> {
    let example = parameter.example.as_deref()?;
    let plain = !parameter.sensitive && example.len() <= 60 && !example.contains(['{', '\n']);
    (plain && example != "domain").then_some(example)
}

/// Pattern and message of a value that people type. Secrets have none: providers change what they look
/// like without notice.
fn validation(parameter: &Parameter, provider: &Provider) -> Option<(String, String)> {
    if parameter.sensitive || is_key_material(&parameter.name) {
        return None;
    }
    let by_kind = match parameter.kind.as_str() {
        "hostname" => Some((
            r"^[A-Za-z0-9.:-]+$",
            "Enter the name of the host alone, without https:// and without a path.",
        )),
        "subdomain" => Some((
            r"^[A-Za-z0-9][A-Za-z0-9_.-]*$",
            "Enter the first part of the host name alone.",
        )),
        "uri" if goes_behind_scheme(parameter, provider) => Some((
            r"^[A-Za-z0-9.-]+(:[0-9]+)?(/[^?#\s]*[^/?#\s])?$",
            "Enter an address without https:// in front, and without a slash at the end.",
        )),
        "uri" => Some((
            r"^https://[^?#\s]*[^/?#\s]$",
            "Enter an address that begins with https://, without a slash at the end.",
        )),
        "uuid" => Some((
            r"^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$",
            "Enter an id of 32 hexadecimal digits in five groups.",
        )),
        "email" => Some((r"^[^@\s]+@[^@\s]+$", "Enter an email address.")),
        _ => None,
    };
    if let Some((pattern, message)) = by_kind {
        return Some((pattern.to_owned(), message.to_owned()));
    }
    let pattern = parameter.pattern.clone()?;
    let anchored = pattern.starts_with('^') && pattern.ends_with('$');
    anchored.then(|| {
        let message = format!("This is not what {} looks like.", parameter.label);
        (pattern, message)
    })
}

/// Whether the addresses of the provider have the scheme in front of the value.
fn goes_behind_scheme(parameter: &Parameter, provider: &Provider) -> bool {
    let behind = format!("https://{{{{{}}}}}", parameter.name);
    let of_sign_ins = provider
        .auths
        .iter()
        .flat_map(|auth| [&auth.authorization_url, &auth.token_url]);
    let mut addresses = of_sign_ins.chain([&provider.base_url]).flatten();
    addresses.any(|address| address.contains(&behind))
}

/// The mergefields in all texts of a value.
pub fn fields_in(value: &Value, out: &mut BTreeSet<String>) {
    match value {
        Value::String(text) => {
            out.extend(names(text).map(|name| name.trim_start_matches('+').to_owned()));
        }
        Value::Array(elements) => elements.iter().for_each(|element| fields_in(element, out)),
        Value::Object(members) => members.values().for_each(|member| fields_in(member, out)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
