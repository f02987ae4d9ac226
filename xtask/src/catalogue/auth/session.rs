//! Logins of a provider's own whose answer is a token: OAuth 2.0's client credentials with other names.

use serde_json::{Value, json};

use super::super::facts::Auth;
use super::super::template::{Inexpressible, sole};
use super::{Members, Writer, Written, entry};

/// The names that the login takes as the client's id and secret.
pub fn client_names(auth: &Auth) -> [Option<&str>; 2] {
    ["client_id", "client_secret"].map(|name| {
        auth.token_params
            .get(name)
            .and_then(Value::as_str)
            .and_then(sole)
    })
}

impl Writer<'_> {
    pub(super) fn session(&self) -> Result<Written, Inexpressible> {
        let auth = self.auth;
        if auth.scheme.is_some() || auth.assertion.is_some() {
            return Err(Inexpressible::new("the login needs a script"));
        }
        let address = auth.token_url.as_deref();
        let address =
            address.ok_or_else(|| Inexpressible::new("the address of the login is unknown"))?;
        let mut entry = entry("OAuth2");
        let mut fields = self.fields();
        let mut rules = Members::new();
        rules.insert("type".into(), "ClientCredentials".into());
        rules.insert("accessTokenUrl".into(), self.merged(address)?.into());
        let mut params = auth.token_params.clone();
        let mut left_out = vec!["grant_type"];
        if fields.contains_key("ClientId") {
            params.shift_remove("client_id");
            params.shift_remove("client_secret");
        } else {
            rules.insert("clientAuth".into(), "none".into());
            fields.insert("ClientId".into(), json!({"hide": true, "optional": true}));
            fields.insert(
                "ClientSecret".into(),
                json!({"hide": true, "optional": true}),
            );
            left_out.push("client_id");
        }
        fields.insert("Scopes".into(), json!({"hide": true, "optional": true}));
        rules.insert("tokenExclude".into(), json!(left_out));
        self.token_request(&mut rules, params)?;
        self.token_answer(&mut rules)?;
        entry.insert("fields".into(), fields.into());
        entry.insert("oauth2".into(), rules.into());
        Ok(Written::plain(entry))
    }
}
