//! The texts of a definition that may hold mergefields, each with its place.

use serde_json::{Map, Value};
use velodrome_model::{
    definition::{Authentication, ConnectorDefinition, OAuth1, OAuth2, OneOrMany, TargetType},
    identity::Direction,
    mergefield::Template,
};

use super::parts::{Part, body_fields, connector_parameters, method_parameters, method_pointer};
use crate::catalogue::findings::Pointer;

/// Whose values a text is merged with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Used by every method.
    Connector,
    /// Used by the method at this position.
    Method(usize),
    /// Used while authenticating.
    Authentication,
}

/// Calls `visit` with every text that holds a mergefield.
pub fn visit<'a>(
    definition: &'a ConnectorDefinition,
    mut visit: impl FnMut(Scope, &'a str, Pointer),
) {
    let mut walker = Walker { visit: &mut visit };
    let root = Pointer::root();
    for (at, authentication) in definition.authentications.iter().enumerate() {
        walker.authentication(
            Scope::Authentication,
            authentication,
            &root.then("authentications").then(at),
        );
    }
    for part in connector_parameters(definition) {
        walker.parameter(Scope::Connector, part);
    }
    for (at, host) in definition.allowed_hosts.iter().enumerate() {
        walker.text(Scope::Connector, host, || {
            root.then("allowedHosts").then(at)
        });
    }
    if let Some(verify) = definition
        .partner_webhook
        .as_ref()
        .and_then(|webhook| webhook.verify.as_ref())
    {
        walker.text(Scope::Connector, &verify.secret, || {
            root.then("partnerWebhook").then("verify").then("secret")
        });
    }
    for (at, trigger) in definition.triggers.iter().enumerate() {
        walker.map(Scope::Connector, &trigger.parameters, &|| {
            root.then("triggers").then(at).then("parameters")
        });
    }
    for (at, method) in definition.methods.iter().enumerate() {
        let scope = Scope::Method(at);
        if let Some(endpoint) = &method.endpoint {
            walker.text(scope, endpoint, || method_pointer(at).then("endpoint"));
        }
        for part in method_parameters(at, method) {
            walker.parameter(scope, part);
        }
        for direction in [Direction::Request, Direction::Response] {
            for part in body_fields(at, method, direction) {
                if let Some(value) = &part.item.default_value {
                    walker.value(scope, value, &|| part.pointer().then("defaultValue"));
                }
            }
        }
        if let Some(verify) = method
            .webhook
            .as_ref()
            .and_then(|webhook| webhook.verify.as_ref())
        {
            walker.text(scope, &verify.secret, || {
                method_pointer(at)
                    .then("webhook")
                    .then("verify")
                    .then("secret")
            });
        }
    }
}

struct Walker<'v, V> {
    visit: &'v mut V,
}

impl<'a, V: FnMut(Scope, &'a str, Pointer)> Walker<'_, V> {
    fn text(&mut self, scope: Scope, text: &'a str, pointer: impl FnOnce() -> Pointer) {
        if Template::is_needed(text) {
            (self.visit)(scope, text, pointer());
        }
    }

    fn optional(&mut self, scope: Scope, text: Option<&'a String>, owner: &Pointer, key: &str) {
        if let Some(text) = text {
            self.text(scope, text, || owner.then(key));
        }
    }

    fn value(&mut self, scope: Scope, value: &'a Value, pointer: &dyn Fn() -> Pointer) {
        match value {
            Value::String(text) => self.text(scope, text, pointer),
            Value::Array(elements) => {
                let own = pointer();
                for (at, element) in elements.iter().enumerate() {
                    self.value(scope, element, &|| own.then(at));
                }
            }
            Value::Object(members) => self.map(scope, members, pointer),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    fn map(
        &mut self,
        scope: Scope,
        members: &'a Map<String, Value>,
        pointer: &dyn Fn() -> Pointer,
    ) {
        if members.is_empty() {
            return;
        }
        let own = pointer();
        for (key, value) in members {
            self.value(scope, value, &|| own.then(key));
        }
    }

    fn parameter(&mut self, scope: Scope, part: Part<'a, velodrome_model::definition::Parameter>) {
        let parameter = part.item;
        if parameter.target_type == TargetType::QueryString {
            self.text(scope, &parameter.target_name, || {
                part.pointer().then("targetName")
            });
        }
        if let Some(value) = &parameter.default_value {
            self.value(scope, value, &|| part.pointer().then("defaultValue"));
        }
        for (at, option) in parameter.values.iter().enumerate() {
            self.value(scope, option.value(), &|| {
                part.pointer().then("values").then(at)
            });
        }
    }

    fn authentication(&mut self, scope: Scope, one: &'a Authentication, own: &Pointer) {
        self.optional(scope, one.auth_scheme.as_ref(), own, "authScheme");
        self.optional(scope, one.prefix.as_ref(), own, "prefix");
        for (name, field) in &one.fields {
            self.optional(
                scope,
                field.default.as_ref(),
                &own.then("fields").then(name),
                "default",
            );
        }
        if let Some(tls) = &one.tls {
            let own = own.then("tls");
            self.text(scope, &tls.certificate, || own.then("certificate"));
            self.text(scope, &tls.private_key, || own.then("privateKey"));
            self.optional(scope, tls.passphrase.as_ref(), &own, "passphrase");
        }
        if let Some(oauth) = &one.oauth1 {
            self.oauth1(scope, oauth, &own.then("oauth1"));
        }
        if let Some(oauth) = &one.oauth2 {
            self.oauth2(scope, oauth, &own.then("oauth2"));
        }
    }

    fn oauth1(&mut self, scope: Scope, oauth: &'a OAuth1, own: &Pointer) {
        for (key, text) in [
            ("requestTokenUrl", &oauth.request_token_url),
            ("authoriseUrl", &oauth.authorise_url),
            ("accessTokenUrl", &oauth.access_token_url),
            ("realm", &oauth.realm),
            ("key", &oauth.key),
        ] {
            self.optional(scope, text.as_ref(), own, key);
        }
        self.map(scope, &oauth.request_params, &|| own.then("requestParams"));
        self.map(scope, &oauth.authorise_params, &|| {
            own.then("authoriseParams")
        });
    }

    fn oauth2(&mut self, scope: Scope, oauth: &'a OAuth2, own: &Pointer) {
        self.text(scope, &oauth.access_token_url, || {
            own.then("accessTokenUrl")
        });
        for (key, text) in [
            ("authoriseUrl", &oauth.authorise_url),
            ("refreshUrl", &oauth.refresh_url),
            ("revokeUrl", &oauth.revoke_url),
            ("issuer", &oauth.issuer),
        ] {
            self.optional(scope, text.as_ref(), own, key);
        }
        for (key, members) in [
            ("authoriseParams", &oauth.authorise_params),
            ("tokenParams", &oauth.token_params),
            ("tokenHeaders", &oauth.token_headers),
            ("refreshParams", &oauth.refresh_params),
        ] {
            self.map(scope, members, &|| own.then(key));
        }
        for (at, text) in oauth.scopes.iter().enumerate() {
            self.text(scope, text, || own.then("scopes").then(at));
        }
        match &oauth.resource {
            Some(OneOrMany::One(text)) => self.text(scope, text, || own.then("resource")),
            Some(OneOrMany::Many(texts)) => {
                for (at, text) in texts.iter().enumerate() {
                    self.text(scope, text, || own.then("resource").then(at));
                }
            }
            None => {}
        }
        if let Some(placement) = &oauth.placement {
            self.optional(
                scope,
                placement.name.as_ref(),
                &own.then("placement"),
                "name",
            );
            self.optional(
                scope,
                placement.prefix.as_ref(),
                &own.then("placement"),
                "prefix",
            );
        }
        if let Some(assertion) = &oauth.assertion {
            let own = own.then("assertion");
            self.text(scope, &assertion.key, || own.then("key"));
            self.optional(scope, assertion.issuer.as_ref(), &own, "issuer");
            self.optional(scope, assertion.subject.as_ref(), &own, "subject");
            self.optional(scope, assertion.audience.as_ref(), &own, "audience");
            self.map(scope, &assertion.headers, &|| own.then("headers"));
            self.map(scope, &assertion.claims, &|| own.then("claims"));
        }
    }
}
