//! OAuth 1.0a.

use serde_json::json;

use super::super::template::Inexpressible;
use super::{Members, Writer, Written, entry};

impl Writer<'_> {
    pub(super) fn oauth1(&self) -> Result<Written, Inexpressible> {
        let auth = self.auth;
        let mut rules = Members::new();
        let flow = match auth.legs {
            Some(0) => Some("TokenBased"),
            Some(2) => Some("TwoLegged"),
            _ => None,
        };
        match flow {
            Some(flow) => {
                rules.insert("flow".into(), flow.into());
            }
            None => {
                for (key, address) in [
                    ("requestTokenUrl", &auth.request_token_url),
                    ("authoriseUrl", &auth.authorization_url),
                    ("accessTokenUrl", &auth.token_url),
                ] {
                    let address = address.as_deref().ok_or_else(|| {
                        Inexpressible::new("an address of the sign-in is unknown")
                    })?;
                    rules.insert(key.into(), self.merged(address)?.into());
                }
            }
        }
        let method = auth
            .signature_method
            .as_deref()
            .ok_or_else(|| Inexpressible::new("nobody knows how calls are signed"))?;
        rules.insert("signatureMethod".into(), method.into());
        if let Some(realm) = &auth.realm {
            rules.insert("realm".into(), self.merged(realm)?.into());
        }
        for (key, params) in [
            ("requestParams", &auth.request_token_params),
            ("authoriseParams", &auth.authorization_params),
        ] {
            if !params.is_empty() {
                rules.insert(key.into(), self.merged_map(params)?.into());
            }
        }
        let mut entry = entry("OAuth1");
        let mut fields = self.fields();
        if method.starts_with("RSA") {
            rules.insert("key".into(), "{{PrivateKey}}".into());
            fields.insert(
                "PrivateKey".into(),
                json!({
                    "label": "Private Key",
                    "description": "In PEM form. Its public key belongs to the app.",
                    "sensitive": true,
                    "multiline": true,
                }),
            );
            fields.insert(
                "ClientSecret".into(),
                json!({"hide": true, "optional": true}),
            );
        }
        if !fields.is_empty() {
            entry.insert("fields".into(), fields.into());
        }
        entry.insert("oauth1".into(), rules.into());
        Ok(Written::plain(entry))
    }
}
