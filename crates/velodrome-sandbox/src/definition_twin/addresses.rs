//! Where a definition calls: the origins of its addresses, and the values that mergefields in them get.

use std::cell::RefCell;
use std::collections::HashSet;

use indexmap::IndexMap;
use serde::Deserialize;
use velodrome_model::definition::{
    Authentication, ConnectorDefinition, Parameter, TargetType, scalar_text,
};
use velodrome_model::numbered::IGNORE_PARAMETER;

use super::pattern::Sampler;
use super::route::{Piece, Route, pieces};

/// Below this name are the hosts of providers that let the account say where they are (RFC 6761 §6.5:
/// names below `.example` belong to nobody).
const DOMAIN: &str = "twin.example";
/// How deep the value of a mergefield may itself hold mergefields.
const MAX_DEPTH: usize = 8;
/// Alternatives of one address that are played: data centres, test and live systems.
const MAX_ALTERNATIVES: usize = 40;

/// The part of a definition that says where it calls; read without the rest of it, which is much larger.
#[derive(Clone, Debug, Deserialize)]
pub struct Addresses {
    slug: String,
    name: String,
    authentications: Vec<Authentication>,
    #[serde(default)]
    parameters: Vec<Parameter>,
    methods: Vec<MethodAddress>,
}

#[derive(Clone, Debug, Deserialize)]
struct MethodAddress {
    #[serde(default)]
    endpoint: Option<String>,
    #[serde(default)]
    parameters: Vec<Parameter>,
}

impl From<&ConnectorDefinition> for Addresses {
    fn from(definition: &ConnectorDefinition) -> Self {
        let method = |method: &velodrome_model::definition::Method| MethodAddress {
            endpoint: method.endpoint.clone(),
            parameters: method
                .parameters
                .iter()
                .filter(|parameter| parameter.target_type == TargetType::MergeField)
                .cloned()
                .collect(),
        };
        Self {
            slug: definition.slug.clone(),
            name: definition.name.clone(),
            authentications: definition.authentications.clone(),
            parameters: definition.parameters.clone(),
            methods: definition.methods.iter().map(method).collect(),
        }
    }
}

impl Addresses {
    /// The connector's key.
    pub fn slug(&self) -> &str {
        &self.slug
    }

    /// The connector's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Every origin that the definition calls, in its order, each once.
    pub fn origins(&self) -> Vec<String> {
        let hosts = Hosts::new(self);
        let mut seen = HashSet::new();
        let endpoints = self.methods.iter().filter_map(|m| m.endpoint.as_deref());
        self.authentications
            .iter()
            .flat_map(protocol_addresses)
            .chain(endpoints)
            .flat_map(|address| hosts.resolve(address))
            .map(|found| found.origin)
            .filter(|origin| seen.insert(origin.clone()))
            .collect()
    }
}

/// The addresses of the authentication protocols.
fn protocol_addresses(authentication: &Authentication) -> Vec<&str> {
    let mut found: Vec<&Option<String>> = Vec::new();
    let mut token = None;
    if let Some(rules) = &authentication.oauth1 {
        found.extend([
            &rules.request_token_url,
            &rules.authorise_url,
            &rules.access_token_url,
        ]);
    }
    if let Some(rules) = &authentication.oauth2 {
        token = Some(rules.access_token_url.as_str());
        found.extend([&rules.authorise_url, &rules.refresh_url, &rules.revoke_url]);
    }
    let found = found.into_iter().filter_map(|address| address.as_deref());
    found.chain(token).collect()
}

/// An address with its host known.
pub(super) struct Resolved {
    /// Scheme, host and port.
    pub(super) origin: String,
    pub(super) route: Route,
}

/// What a mergefield in an address stands for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    /// Everything up to the path.
    Origin,
    /// The whole host.
    Host,
    /// A part of the host.
    Label,
}

/// Gives hosts to addresses, the same ones each time.
pub(super) struct Hosts<'a> {
    addresses: &'a Addresses,
    /// Values that mergefields in hosts have got, by name.
    given: RefCell<IndexMap<String, String>>,
}

impl<'a> Hosts<'a> {
    pub(super) fn new(addresses: &'a Addresses) -> Self {
        Self {
            addresses,
            given: RefCell::new(IndexMap::new()),
        }
    }

    /// Values of the mergefields in the hosts resolved so far: what the twin must hand out, or a person
    /// must type, for calls to arrive.
    pub(super) fn given(&self) -> IndexMap<String, String> {
        self.given.borrow().clone()
    }

    /// The places that an address may be at; none where it makes no http(s) address.
    pub(super) fn resolve(&self, address: &str) -> Vec<Resolved> {
        let mut out = Vec::new();
        self.expand(pieces(address), 0, &mut out);
        out
    }

    fn expand(&self, parts: Vec<Piece>, depth: usize, out: &mut Vec<Resolved>) {
        if depth > MAX_DEPTH || out.len() >= MAX_ALTERNATIVES {
            return;
        }
        let parts = joined(parts);
        let substituted = |at: usize, value: &str| {
            let mut new = parts[..at].to_vec();
            new.extend(pieces(value));
            new.extend_from_slice(&parts[at + 1..]);
            new
        };
        let text = match parts.first() {
            Some(Piece::Field { name, .. }) => {
                for value in self.values(name, Part::Origin) {
                    self.expand(substituted(0, &value), depth + 1, out);
                }
                return;
            }
            Some(Piece::Text(text)) => text,
            None => return,
        };
        let Some((scheme, authority)) = text.split_once("://") else {
            return;
        };
        if !["http", "https"].contains(&scheme) {
            return;
        }
        if let Some(end) = authority.find(['/', '?', '#']) {
            let host = authority[..end].to_ascii_lowercase();
            let mut rest = vec![Piece::Text(authority[end..].to_owned())];
            rest.extend_from_slice(&parts[1..]);
            out.extend(found(scheme, &host, &rest));
            return;
        }
        match parts.get(1) {
            None => out.extend(found(scheme, &authority.to_ascii_lowercase(), &[])),
            Some(Piece::Field { name, .. }) => {
                let after = match parts.get(2) {
                    Some(Piece::Text(text)) => text.as_str(),
                    _ => "",
                };
                let whole = authority.is_empty()
                    && (parts.len() == 2 || after.starts_with(['/', '?', ':', '#']));
                let part = if whole { Part::Host } else { Part::Label };
                for value in self.values(name, part) {
                    self.expand(substituted(1, &value), depth + 1, out);
                }
            }
            Some(Piece::Text(_)) => {} // `joined` leaves no two texts side by side
        }
    }

    /// What a mergefield may be: a constant, the choices, the default, or a value of the twin's own.
    fn values(&self, name: &str, part: Part) -> Vec<String> {
        let parameter = self.parameter(name);
        if let Some(parameter) = parameter {
            let choices: Vec<String> = parameter
                .values
                .iter()
                .map(|option| option.text())
                .filter(|text| !text.is_empty() && text != IGNORE_PARAMETER)
                .collect();
            if parameter.hide
                && let Some(constant) = choices.first()
            {
                return vec![constant.clone()];
            }
            if let Some(first) = choices.first() {
                self.remember(name, first);
                return choices;
            }
            if let Some(default) = &parameter.default_value {
                return vec![scalar_text(default)];
            }
        }
        let value = self.own(name, part, parameter);
        self.remember(name, &value);
        vec![value]
    }

    fn parameter(&self, name: &str) -> Option<&'a Parameter> {
        let of_methods = self.addresses.methods.iter().flat_map(|m| &m.parameters);
        self.addresses
            .parameters
            .iter()
            .chain(of_methods)
            .find(|parameter| {
                parameter.target_type == TargetType::MergeField && parameter.target_name == name
            })
    }

    fn remember(&self, name: &str, value: &str) {
        let mut given = self.given.borrow_mut();
        if !given.contains_key(name) {
            given.insert(name.to_owned(), value.to_owned());
        }
    }

    fn own(&self, name: &str, part: Part, parameter: Option<&Parameter>) -> String {
        let slug = label(&self.addresses.slug);
        let value = match part {
            Part::Label => label(&format!("sandbox-{slug}")),
            Part::Host => format!("{}.{slug}.{DOMAIN}", label(name)),
            Part::Origin => format!("https://{}.{slug}.{DOMAIN}", label(name)),
        };
        let pattern = parameter
            .and_then(|parameter| parameter.validation.as_ref())
            .and_then(|validation| validation.pattern.as_deref())
            .and_then(Sampler::new);
        match pattern {
            Some(sampler) if !sampler.matches(&value) => {
                let sample = sampler.sample(0);
                let whole = match part {
                    Part::Origin => sample.clone(),
                    Part::Host => format!("https://{sample}"),
                    Part::Label => format!("https://{sample}.{DOMAIN}"),
                };
                if url::Url::parse(&whole).is_ok_and(|url| url.has_host()) {
                    sample
                } else {
                    value
                }
            }
            Some(_) | None => value,
        }
    }
}

/// Texts that stand side by side, in one.
fn joined(parts: Vec<Piece>) -> Vec<Piece> {
    let mut out: Vec<Piece> = Vec::with_capacity(parts.len());
    for part in parts {
        match (out.last_mut(), part) {
            (Some(Piece::Text(before)), Piece::Text(text)) => before.push_str(&text),
            (_, part) => out.push(part),
        }
    }
    out
}

fn found(scheme: &str, authority: &str, rest: &[Piece]) -> Option<Resolved> {
    let origin = format!("{scheme}://{authority}");
    let url = url::Url::parse(&origin).ok()?;
    let host = url.host_str()?.to_owned();
    Some(Resolved {
        origin: url.origin().ascii_serialization(),
        route: Route::new(&host, rest),
    })
}

/// Text as one label of a host name (RFC 1035 §2.3.1): `ApiDomain` becomes `api-domain`.
fn label(text: &str) -> String {
    let mut out = String::new();
    let mut lower_before = false;
    for character in text.chars() {
        if character.is_ascii_alphanumeric() {
            if character.is_ascii_uppercase() && lower_before {
                out.push('-');
            }
            lower_before = character.is_ascii_lowercase() || character.is_ascii_digit();
            out.push(character.to_ascii_lowercase());
        } else if !out.ends_with('-') && !out.is_empty() {
            out.push('-');
            lower_before = false;
        }
        if out.len() >= 60 {
            break;
        }
    }
    let out = out.trim_end_matches('-');
    if out.is_empty() {
        "host".to_owned()
    } else {
        out.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn addresses(parameters: serde_json::Value, endpoint: &str) -> Addresses {
        serde_json::from_value(json!({
            "slug": "acme", "name": "Acme", "authentications": [{"key": "k", "type": "None"}],
            "parameters": parameters, "methods": [{"endpoint": endpoint}, {}],
        }))
        .unwrap()
    }

    #[test]
    fn every_kind_of_address_gets_its_hosts() {
        let merge = |more: serde_json::Value| {
            let mut parameter = json!({"targetType": "MergeField", "targetName": "Host"});
            parameter
                .as_object_mut()
                .unwrap()
                .extend(more.as_object().unwrap().clone());
            json!([parameter])
        };
        for (parameters, endpoint, origins) in [
            (
                json!([]),
                "https://API.acme.example/v1",
                vec!["https://api.acme.example"],
            ),
            (
                json!([]),
                "{{ApiDomain}}/v1",
                vec!["https://api-domain.acme.twin.example"],
            ),
            (
                json!([]),
                "https://{{Host}}/v1",
                vec!["https://host.acme.twin.example"],
            ),
            (
                json!([]),
                "https://{{Shop}}.shops.example/v1",
                vec!["https://sandbox-acme.shops.example"],
            ),
            (
                merge(json!({"values": ["eu.acme.example", "us.acme.example:8443"]})),
                "https://{{Host}}/v1",
                vec!["https://eu.acme.example", "https://us.acme.example:8443"],
            ),
            (
                merge(json!({"defaultValue": "{{Base}}/rest"})),
                "{{Host}}/v1",
                vec!["https://base.acme.twin.example"],
            ),
            (
                merge(json!({"validation": {"pattern": "^https://[a-z]{4}\\.acme\\.example$"}})),
                "{{Host}}/v1",
                vec!["https://ijkl.acme.example"],
            ),
            (json!([]), "ftp://acme.example/", vec![]),
        ] {
            let found = addresses(parameters, endpoint).origins();
            assert_eq!(found, origins, "{endpoint}");
        }
    }
}
