//! V014: secrets are asked for, never written into a definition.

use std::sync::LazyLock;

use regex::{Regex, RegexSet};
use serde_json::Value;
use velodrome_model::{
    FaultCode,
    definition::{ConnectorDefinition, TargetType},
    mergefield::Template,
};

use super::{
    Subject, Written,
    parts::{method_pointer, parameters},
};
use crate::catalogue::{
    findings::{Findings, Pointer},
    yaml::Mark,
};

/// Tokens that providers make recognisable, and private keys.
const RECOGNISABLE: &[&str] = &[
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----",
    r"\b[sr]k_live_[0-9a-zA-Z]{16,}",
    r"\bgh[pousr]_[0-9A-Za-z]{30,}",
    r"\bgithub_pat_[0-9A-Za-z_]{30,}",
    r"\bglpat-[0-9A-Za-z_-]{20,}",
    r"\bxox[abeoprs]-[0-9A-Za-z-]{20,}",
    r"\bA(?:KI|SI)A[0-9A-Z]{16}\b",
    r"\bAIza[0-9A-Za-z_-]{35}",
    r"\bSG\.[0-9A-Za-z_-]{16,}\.[0-9A-Za-z_-]{16,}",
    r"\beyJ[0-9A-Za-z_-]{16,}\.eyJ[0-9A-Za-z_-]{16,}\.[0-9A-Za-z_-]{8,}",
    r"(?i)https?://[^\s/@:{}]+:[^\s/@{}]+@",
];

/// How many of one kind are told; finding the line of each takes a walk over the text.
const MAX_FOUND: usize = 50;

/// Credentials that are secret whether or not a definition says so.
const SECRET_CREDENTIALS: &[&str] = &[
    "ApiKey",
    "ClientSecret",
    "Password",
    "Token",
    "TokenSecret",
    "PrivateKey",
    "AccessToken",
    "RefreshToken",
];

/// Parameters of token requests that are secret.
const SECRET_PARAMETERS: &[&str] = &[
    "client_secret",
    "password",
    "refresh_token",
    "access_token",
    "client_assertion",
];

pub fn check(subject: Subject<'_>, findings: &mut Findings) {
    match subject.written {
        Written::Text(text) => recognisable(text, findings),
        Written::Value(value) => recognisable_in(value, &Pointer::root(), findings),
    }
    let definition = subject.definition;
    for (text, pointer) in secret_places(definition) {
        if is_literal(text) {
            let message = "a secret stands in the definition; ask for it and write {{Name}} here";
            findings.error(FaultCode::V014, pointer, message);
        }
    }
}

const RECOGNISED: &str = "what looks like a secret stands in the definition; ask for it, and withdraw it where it is real";

static ANY: LazyLock<RegexSet> =
    LazyLock::new(|| RegexSet::new(RECOGNISABLE).expect("the patterns are constants"));

/// Whether a text holds what looks like a secret of a provider or a private key.
pub fn looks_secret(text: &str) -> bool {
    ANY.is_match(text)
}

fn recognisable_in(value: &Value, at: &Pointer, findings: &mut Findings) {
    match value {
        Value::String(text) if ANY.is_match(text) => {
            findings.error(FaultCode::V014, at.clone(), RECOGNISED);
        }
        Value::Array(elements) => {
            for (index, element) in elements.iter().enumerate() {
                recognisable_in(element, &at.then(index), findings);
            }
        }
        Value::Object(members) => {
            for (key, member) in members {
                recognisable_in(member, &at.then(key), findings);
            }
        }
        Value::String(_) | Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn recognisable(text: &str, findings: &mut Findings) {
    static EACH: LazyLock<Vec<Regex>> = LazyLock::new(|| {
        RECOGNISABLE
            .iter()
            .map(|pattern| Regex::new(pattern).expect("the patterns are constants"))
            .collect()
    });
    for matched in &ANY.matches(text) {
        for found in EACH[matched].find_iter(text).take(MAX_FOUND) {
            let before = &text[..found.start()];
            let line = before.matches('\n').count() + 1;
            let column = before
                .rsplit('\n')
                .next()
                .unwrap_or_default()
                .chars()
                .count()
                + 1;
            let mark = Mark {
                line: line as u32,
                column: column as u32,
            };
            findings.text_error(FaultCode::V014, mark, RECOGNISED);
        }
    }
}

/// Texts that are secret by their place.
fn secret_places(definition: &ConnectorDefinition) -> Vec<(&str, Pointer)> {
    let mut places = Vec::new();
    let root = Pointer::root();
    for (at, one) in definition.authentications.iter().enumerate() {
        let own = root.then("authentications").then(at);
        for (name, field) in &one.fields {
            if let Some(default) = &field.default
                && (field.sensitive || SECRET_CREDENTIALS.contains(&name.as_str()))
            {
                places.push((
                    default.as_str(),
                    own.then("fields").then(name).then("default"),
                ));
            }
        }
        if let Some(tls) = &one.tls {
            places.push((&tls.private_key, own.then("tls").then("privateKey")));
            places.extend(
                tls.passphrase
                    .as_deref()
                    .map(|text| (text, own.then("tls").then("passphrase"))),
            );
        }
        if let Some(key) = one.oauth1.as_ref().and_then(|oauth| oauth.key.as_deref()) {
            places.push((key, own.then("oauth1").then("key")));
        }
        let Some(oauth) = &one.oauth2 else { continue };
        let own = own.then("oauth2");
        if let Some(assertion) = &oauth.assertion {
            places.push((&assertion.key, own.then("assertion").then("key")));
        }
        for (key, members) in [
            ("tokenParams", &oauth.token_params),
            ("refreshParams", &oauth.refresh_params),
            ("tokenHeaders", &oauth.token_headers),
        ] {
            for (name, value) in members {
                let secret = SECRET_PARAMETERS.contains(&name.as_str())
                    || name.eq_ignore_ascii_case("authorization");
                if let Some(text) = value.as_str().filter(|_| secret) {
                    places.push((text, own.then(key).then(name)));
                }
            }
        }
    }
    if let Some(verify) = definition
        .partner_webhook
        .as_ref()
        .and_then(|webhook| webhook.verify.as_ref())
    {
        places.push((
            &verify.secret,
            root.then("partnerWebhook").then("verify").then("secret"),
        ));
    }
    for (at, method) in definition.methods.iter().enumerate() {
        if let Some(verify) = method
            .webhook
            .as_ref()
            .and_then(|webhook| webhook.verify.as_ref())
        {
            places.push((
                &verify.secret,
                method_pointer(at)
                    .then("webhook")
                    .then("verify")
                    .then("secret"),
            ));
        }
    }
    for part in parameters(definition) {
        let parameter = part.item;
        let authorizes = parameter.target_type == TargetType::HttpHeader
            && [
                "authorization",
                "proxy-authorization",
                "cookie",
                "x-api-key",
            ]
            .contains(&parameter.target_name.to_ascii_lowercase().as_str());
        if !parameter.sensitive && !authorizes {
            continue;
        }
        if let Some(text) = parameter
            .default_value
            .as_ref()
            .and_then(|value| value.as_str())
        {
            places.push((text, part.pointer().then("defaultValue")));
        }
        for (at, option) in parameter.values.iter().enumerate() {
            if let Some(text) = option.value().as_str() {
                places.push((text, part.pointer().then("values").then(at)));
            }
        }
    }
    places
}

/// Whether a text is a value and not the name of one.
fn is_literal(text: &str) -> bool {
    let variable = text.starts_with("CYCLR_");
    !text.trim().is_empty() && !Template::is_needed(text) && !variable
}

#[cfg(test)]
mod tests {
    use super::super::sample::errors;

    #[test]
    fn a_secret_in_its_place_is_a_fault_unless_it_is_asked_for() {
        let oauth = |members: &str| {
            format!(
                "authentications:\n  - key: oauth\n    type: OAuth2\n    fields: {{ClientSecret: {{{members}}}}}\n    \
                 oauth2: {{type: ClientCredentials, accessTokenUrl: 'https://acme.test/token', tokenParams: {{password: '{{{{Password}}}}'}}}}\n"
            )
        };
        assert_eq!(errors(&oauth("label: Secret")), [""; 0]);
        assert_eq!(
            errors(&oauth("default: hunter2")),
            ["V014 a secret stands in the definition; ask for it and write {{Name}} here"]
        );
        assert_eq!(errors("parameters: [{targetType: HttpHeader, targetName: Authorization, hide: true, values: [Bearer abc]}]\n").len(), 1);
        assert_eq!(
            errors(
                "parameters: [{targetType: HttpHeader, targetName: Authorization, hide: true, values: ['Bearer {{ClientId}}']}]\n"
            ),
            [""; 0]
        );
        assert_eq!(errors("parameters: [{targetType: Script, targetName: Pin, sensitive: true, defaultValue: '1234'}]\n").len(), 1);
    }

    #[test]
    fn a_recognisable_secret_is_a_fault_anywhere() {
        // Put together here, so that no scanner of this repository takes them for real ones.
        for secret in [
            format!("sk_{}_{}", "live", "a".repeat(24)),
            format!("ghp{}{}", "_", "b".repeat(36)),
            format!("AK{}{}", "IA", "C".repeat(16)),
            format!("-----BEGIN {} KEY-----", "PRIVATE"),
            "https://user:word@api.acme.test/".to_owned(),
        ] {
            let errors = errors(&format!("description: \"use {secret} here\"\n"));
            assert!(
                errors.len() == 1 && errors[0].starts_with("V014"),
                "{errors:?}"
            );
        }
        assert_eq!(errors("description: \"use sk_test_123 here\"\n"), [""; 0]);
    }
}
