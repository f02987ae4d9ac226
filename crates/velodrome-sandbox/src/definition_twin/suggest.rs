//! Values that a twin suggests, by name: credentials, keys and properties.

use indexmap::IndexMap;
use velodrome_model::definition::{Authentication, ConnectorDefinition, Parameter};

use super::gate::USER;
use super::pattern::Sampler;
use super::route::{Piece, pieces};
use super::sample;
use super::token_endpoint::{suggested_client, suggested_token};
use crate::keys::KeyRing;

/// The algorithm of an assertion that names none (RFC 7523 is silent; connectors.md's default).
pub(super) const ALGORITHM: &str = "RS256";

/// What the suggestions are made of.
pub(super) struct Suggestions<'a> {
    pub(super) definition: &'a ConnectorDefinition,
    /// Values of mergefields in hosts.
    pub(super) given: &'a IndexMap<String, String>,
    pub(super) keys: &'a KeyRing,
}

impl Suggestions<'_> {
    /// A text with the suggested values in the place of its mergefields.
    pub(super) fn merged(&self, text: &str) -> String {
        let parts = pieces(text).into_iter().map(|piece| match piece {
            Piece::Text(text) => text,
            Piece::Field { name, .. } => self.value(&name),
        });
        parts.collect()
    }

    /// The value of a mergefield.
    fn value(&self, name: &str) -> String {
        let parameter = self
            .definition
            .parameters
            .iter()
            .find(|parameter| parameter.target_name == name);
        if let Some(parameter) = parameter {
            return self.property(parameter);
        }
        if let Some(key) = self.private_key(name) {
            return key;
        }
        let slug = &self.definition.slug;
        match name {
            "ClientId" => suggested_client(slug).0,
            "ClientSecret" => suggested_client(slug).1,
            "Token" => suggested_token(slug).0,
            "TokenSecret" => suggested_token(slug).1,
            _ => USER.to_owned(),
        }
    }

    /// The value of a property that somebody types.
    pub(super) fn property(&self, parameter: &Parameter) -> String {
        let name = &parameter.target_name;
        if let Some(key) = self.private_key(name) {
            return key;
        }
        if let Some(host) = self.given.get(name) {
            return host.clone();
        }
        match (parameter.values.first(), &parameter.default_value) {
            (Some(choice), _) => choice.text(),
            (None, Some(default)) => crate::records::plain(Some(default)),
            (None, None) => plain(parameter, name),
        }
    }

    /// The private key, where this is the name of one.
    pub(super) fn private_key(&self, name: &str) -> Option<String> {
        let authentications = &self.definition.authentications;
        let (_, algorithm) = authentications
            .iter()
            .flat_map(private_keys)
            .find(|(known, _)| known == name)?;
        self.keys.private_key(&algorithm).map(str::to_owned)
    }
}

/// Names of the mergefields that hold an authentication's private keys, with what these sign by.
pub(super) fn private_keys(authentication: &Authentication) -> Vec<(String, String)> {
    let assertion = authentication
        .oauth2
        .iter()
        .filter_map(|rules| rules.assertion.as_ref())
        .map(|rules| (rules.key.as_str(), rules.algorithm.as_deref()));
    let signature = authentication
        .oauth1
        .iter()
        .filter_map(|rules| Some((rules.key.as_deref()?, Some("RSA-SHA1"))));
    assertion
        .chain(signature)
        .filter_map(|(text, algorithm)| match pieces(text).as_slice() {
            [Piece::Field { name, .. }] => {
                Some((name.clone(), algorithm.unwrap_or(ALGORITHM).to_owned()))
            }
            _ => None,
        })
        .collect()
}

fn plain(parameter: &Parameter, name: &str) -> String {
    let usual = sample::by_name(name, "company", 0);
    let pattern = parameter
        .validation
        .as_ref()
        .and_then(|validation| validation.pattern.as_deref())
        .and_then(Sampler::new);
    match pattern {
        Some(sampler) if !sampler.matches(&usual) => sampler.sample(0),
        Some(_) | None => usual,
    }
}
