//! API keys, Basic, and other credentials that each call carries.

use serde_json::{Value, json};

use super::super::facts::{Auth, Placement};
use super::super::template::{Inexpressible, names, pascal, prefixed, sole};
use super::{Members, Writer, Written, carried, entry, field};

/// The name that is the API key.
pub fn secret_name(auth: &Auth) -> Option<&str> {
    let placement = auth.api_key.as_ref()?;
    if placement.place == "body" {
        return None;
    }
    names(&placement.template).next()
}

/// The names that are user and password.
pub fn basic_names(auth: &Auth) -> [Option<&str>; 2] {
    let Some(basic) = &auth.basic else {
        return [None, None];
    };
    match &basic.template {
        // {{base64(username "/token:" password)}}
        Some(template) => match suffixed(template) {
            Some((user, _, password)) => [Some(user), Some(password)],
            None => [None, None],
        },
        None => [
            basic.username.as_deref().and_then(sole),
            basic.password.as_deref().and_then(sole),
        ],
    }
}

/// User, what is added to the user's name, and password of a computed header.
fn suffixed(template: &str) -> Option<(&str, &str, &str)> {
    let inner = template
        .strip_prefix("Basic {{base64(")?
        .strip_suffix(")}}")?;
    let (user, rest) = inner.split_once(" \"")?;
    let (added, password) = rest.split_once(":\" ")?;
    Some((user, added, password))
}

impl Writer<'_> {
    pub(super) fn api_key(&self) -> Result<Written, Inexpressible> {
        let placement = self.auth.api_key.as_ref();
        let placement = placement
            .ok_or_else(|| Inexpressible::new("nobody knows where the key goes in a call"))?;
        if placement.place == "body" {
            let all = std::iter::once(placement).chain(&self.auth.api_key_also);
            return self.named_fields(all);
        }
        let mut entry = entry("ApiKey");
        let mut beside = Vec::new();
        match (placement.place.as_str(), prefixed(&placement.template)) {
            ("header" | "query", Some((prefix, _))) => {
                let name = placement.name.as_deref().unwrap_or("Authorization");
                entry.insert("authScheme".into(), self.merged(name)?.into());
                if placement.place == "query" {
                    entry.insert("in".into(), "Query".into());
                }
                if !prefix.is_empty() {
                    entry.insert("prefix".into(), prefix.into());
                }
            }
            ("header" | "query", None) => beside.push(self.beside(placement)?),
            ("path", _) => {}
            (other, _) => {
                return Err(Inexpressible::new(format!(
                    "the key goes into the {other} of a call"
                )));
            }
        }
        for placement in &self.auth.api_key_also {
            match placement.place.as_str() {
                "header" | "query" => beside.push(self.beside(placement)?),
                other => {
                    return Err(Inexpressible::new(format!(
                        "a second credential goes into the {other} of a call"
                    )));
                }
            }
        }
        entry.insert("fields".into(), self.fields().into());
        Ok(Written { entry, beside })
    }

    fn beside(&self, placement: &Placement) -> Result<Members, Inexpressible> {
        let target = if placement.place == "query" {
            "QueryString"
        } else {
            "HttpHeader"
        };
        let name = placement.name.as_deref().unwrap_or("Authorization");
        let is_secret = names(&placement.template).any(|name| {
            super::is_credential(self.provider, self.auth, name)
                || self
                    .parameter(name)
                    .is_some_and(|parameter| parameter.sensitive)
        });
        Ok(carried(
            target,
            name,
            &self.merged(&placement.template)?,
            is_secret,
        ))
    }

    pub(super) fn basic(&self) -> Result<Written, Inexpressible> {
        let basic = self.auth.basic.as_ref();
        let basic = basic
            .ok_or_else(|| Inexpressible::new("nobody knows what stands for user and password"))?;
        let [user, password] = basic_names(self.auth);
        let mut entry = entry("Basic");
        let mut fields = self.fields();
        if let Some(template) = &basic.template {
            let (_, added, _) = suffixed(template).ok_or_else(|| {
                Inexpressible::new("the header has to be computed, which needs a script")
            })?;
            if let Some(Value::Object(field)) = fields.get_mut("Username") {
                let text = format!("With {added} at its end, ann@example.com{added} for example.");
                field.insert("description".into(), text.into());
            }
        } else {
            for (credential, found, constant) in [
                ("Username", user, &basic.username),
                ("Password", password, &basic.password),
            ] {
                if found.is_some() {
                    continue;
                }
                let fixed = constant.as_deref().unwrap_or_default();
                let field = if fixed.is_empty() {
                    json!({"hide": true, "optional": true})
                } else if fixed.contains("{{") {
                    return Err(Inexpressible::new(
                        "user or password has to be computed, which needs a script",
                    ));
                } else {
                    json!({"label": credential, "description": format!("Any text does, {fixed} for example."), "optional": true})
                };
                fields.insert(credential.into(), field);
            }
        }
        if !fields.is_empty() {
            entry.insert("fields".into(), fields.into());
        }
        Ok(Written::plain(entry))
    }

    pub(super) fn custom(&self) -> Result<Written, Inexpressible> {
        let scheme = self.auth.scheme.as_deref().unwrap_or("custom");
        match (scheme, &self.auth.api_key) {
            ("query_credentials" | "body_credentials", Some(first)) => {
                self.named_fields(std::iter::once(first).chain(&self.auth.api_key_also))
            }
            _ => {
                let reason = match scheme {
                    "aws_sigv4" => "calls are signed by AWS Signature 4, which needs a script",
                    "hmac" | "hmac_basic" => {
                        "calls are signed by a scheme of the provider's own, which needs a script"
                    }
                    "wsse" => "calls carry a WSSE digest, which needs a script",
                    "mongodb" | "postgresql" | "neo4j_bolt" | "ssh_key" | "driver" => {
                        "it is reached by a protocol of its own, not by HTTP"
                    }
                    "xml_rpc" | "soap_header" | "soap_login" => {
                        "credentials stand in an XML envelope, which needs a script"
                    }
                    _ => "the provider's way to authenticate can't be written down yet",
                };
                Err(Inexpressible::new(reason))
            }
        }
    }

    /// Values that each go to a place of their own.
    fn named_fields<'p>(
        &self,
        placements: impl Iterator<Item = &'p Placement>,
    ) -> Result<Written, Inexpressible> {
        let mut entry = entry("AuthFields");
        let (mut fields, mut places) = (Members::new(), Vec::new());
        let mut beside = Vec::new();
        for placement in placements {
            let name = placement.name.clone().unwrap_or_default();
            let asked = sole(&placement.template);
            let Some(parameter) = asked.and_then(|name| self.parameter(name)) else {
                return Err(Inexpressible::new(
                    "a credential has to be computed, which needs a script",
                ));
            };
            if !parameter.sensitive && placement.place != "body" {
                beside.push(self.beside(placement)?);
                continue;
            }
            let place = match placement.place.as_str() {
                "body" => None,
                "query" => Some("Query"),
                "header" => Some("Header"),
                other => {
                    return Err(Inexpressible::new(format!(
                        "a credential goes into the {other} of a call"
                    )));
                }
            };
            let kind = if parameter.sensitive {
                "Password"
            } else {
                "Text"
            };
            let own = pascal(&parameter.name);
            let mut written = Members::new();
            written.insert("name".into(), own.clone().into());
            written.insert("key".into(), name.into());
            written.insert("type".into(), kind.into());
            if let Some(place) = place {
                written.insert("in".into(), place.into());
            }
            places.push(Value::Object(written));
            let mut field = field(parameter, self.provider);
            field.shift_remove("optional");
            fields.insert(own, field.into());
        }
        if places.is_empty() {
            return Err(Inexpressible::new("no credential is known to be secret"));
        }
        entry.insert("fields".into(), fields.into());
        entry.insert("authFields".into(), places.into());
        Ok(Written { entry, beside })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_name_with_something_added_is_understood() {
        assert_eq!(
            suffixed("Basic {{base64(username \"/token:\" password)}}"),
            Some(("username", "/token", "password"))
        );
        assert_eq!(suffixed("Basic {{other}}"), None);
    }
}
