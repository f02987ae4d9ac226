//! OAuth 2.0, by consent, by the client itself, by a password, and by a signed assertion.

use serde_json::{Value, json};

use super::super::facts::{Kind, Texts};
use super::super::template::{Inexpressible, prefixed, sole};
use super::{Members, Writer, Written, entry};

/// The grant of service accounts (RFC 7523 §2.1).
const JWT_BEARER: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";

impl Writer<'_> {
    pub(super) fn oauth2(&self) -> Result<Written, Inexpressible> {
        let auth = self.auth;
        if !auth.additional_steps.is_empty() {
            return Err(Inexpressible::new(
                "the sign-in has further steps after the first token",
            ));
        }
        if auth.code_from_webhook_path.is_some() || auth.install_flow {
            return Err(Inexpressible::new(
                "the sign-in begins on the provider's side",
            ));
        }
        if auth.authorization_url_fragment.is_some() {
            return Err(Inexpressible::new(
                "the page of consent stands behind a # in its address",
            ));
        }
        let (kind, usual) = match auth.kind {
            Kind::Client => ("ClientCredentials", "client_credentials"),
            Kind::Password => ("PasswordCredentials", "password"),
            _ => ("AuthorisationCode", "authorization_code"),
        };
        let mut rules = Members::new();
        rules.insert("type".into(), kind.into());
        let mut params = auth.token_params.clone();
        let grant = params.shift_remove("grant_type");
        let grant = grant.as_ref().and_then(Value::as_str).unwrap_or(usual);
        if grant == JWT_BEARER {
            return Err(Inexpressible::new(
                "the token request carries an assertion of another kind",
            ));
        }
        if grant != usual {
            rules.insert("grantType".into(), grant.into());
        }
        let mut scopes = auth.default_scopes.clone();
        if auth.kind == Kind::Code {
            self.consent(&mut rules, &mut scopes)?;
        }
        self.token_addresses(&mut rules)?;
        let mut entry = entry("OAuth2");
        let mut fields = self.fields();
        self.client(&mut rules, &mut fields, &mut params)?;
        if let Some(scope) = params.shift_remove("scope") {
            let scope = scope.as_str().unwrap_or_default();
            match sole(scope) {
                Some(_) => {}
                None => scopes.extend(scope.split(' ').map(str::to_owned)),
            }
        }
        self.scopes(&mut rules, &mut fields, scopes);
        self.token_request(&mut rules, params)?;
        self.token_answer(&mut rules)?;
        self.certificate(&mut entry, &mut fields)?;
        entry.insert("fields".into(), fields.into());
        entry.insert("oauth2".into(), rules.into());
        Ok(Written::plain(entry))
    }

    fn consent(&self, rules: &mut Members, scopes: &mut Vec<String>) -> Result<(), Inexpressible> {
        let auth = self.auth;
        let address = auth.authorization_url.as_deref();
        let address =
            address.ok_or_else(|| Inexpressible::new("the address of consent is unknown"))?;
        rules.insert("authoriseUrl".into(), self.merged(address)?.into());
        let mut params = auth.authorization_params.clone();
        if params
            .get("response_type")
            .is_some_and(|kind| kind == "code")
        {
            params.shift_remove("response_type");
        }
        if let Some(Value::String(scope)) = params.shift_remove("scope") {
            scopes.extend(scope.split(' ').map(str::to_owned));
        }
        if !params.is_empty() {
            rules.insert("authoriseParams".into(), self.merged_map(&params)?.into());
        }
        if !auth.authorization_params_omit.is_empty() {
            rules.insert(
                "authoriseExclude".into(),
                json!(auth.authorization_params_omit),
            );
        }
        if !auth.authorization_param_names.is_empty() {
            rules.insert(
                "authoriseRename".into(),
                auth.authorization_param_names.clone().into(),
            );
        }
        if let Some(name) = &auth.code_param_in_callback {
            rules.insert("callbackCodeParam".into(), name.clone().into());
        }
        if auth.pkce == Some(false) {
            rules.insert("pkce".into(), "none".into());
        }
        Ok(())
    }

    fn token_addresses(&self, rules: &mut Members) -> Result<(), Inexpressible> {
        let auth = self.auth;
        let address = auth.token_url.as_deref();
        let address =
            address.ok_or_else(|| Inexpressible::new("the address of tokens is unknown"))?;
        rules.insert("accessTokenUrl".into(), self.merged(address)?.into());
        if let Some(address) = &auth.refresh_url {
            rules.insert("refreshUrl".into(), self.merged(address)?.into());
        }
        // An address that names the token itself can't be written down. Then nobody is told, and the token
        // ends by itself.
        if auth.revoke_params.is_empty()
            && let Some(address) = &auth.revoke_url
            && let Ok(address) = self.merged(address)
        {
            rules.insert("revokeUrl".into(), address.into());
        }
        Ok(())
    }

    /// How the client proves itself.
    fn client(
        &self,
        rules: &mut Members,
        fields: &mut Members,
        params: &mut Members,
    ) -> Result<(), Inexpressible> {
        for (name, credential) in [("client_id", "ClientId"), ("client_secret", "ClientSecret")] {
            match params.get(name).and_then(Value::as_str) {
                Some(text)
                    if sole(text).is_some()
                        && self.auth.client_auth.as_deref() != Some("basic") =>
                {
                    params.shift_remove(name);
                }
                Some(text) if sole(text).is_some() => {}
                Some(text) if name == "client_id" => {
                    let text = text.to_owned();
                    fields.insert(credential.into(), json!({"hide": true, "default": text}));
                    params.shift_remove(name);
                }
                Some("") => {
                    params.shift_remove(name);
                }
                _ => {}
            }
        }
        let has = |fields: &Members, name: &str| fields.contains_key(name);
        match self.auth.client_auth.as_deref() {
            Some("private_key_jwt") => {
                rules.insert("clientAuth".into(), "private_key_jwt".into());
                rules.insert("assertion".into(), self.client_assertion(fields)?.into());
                params.shift_remove("client_assertion");
                params.shift_remove("client_assertion_type");
            }
            Some("body_username_password") => {
                rules.insert(
                    "tokenRename".into(),
                    json!({"client_id": "username", "client_secret": "password"}),
                );
            }
            Some("custom") => {
                return Err(Inexpressible::new(
                    "the client proves itself in a way of the provider's own",
                ));
            }
            Some("basic") => {
                rules.insert("clientAuth".into(), "basic".into());
            }
            _ if !has(fields, "ClientSecret") => {
                rules.insert("clientAuth".into(), "none".into());
                fields.insert(
                    "ClientSecret".into(),
                    json!({"hide": true, "optional": true}),
                );
            }
            _ => {}
        }
        if !has(fields, "ClientId") {
            if self.auth.kind == Kind::Code {
                return Err(Inexpressible::new(
                    "nobody knows which value is the client's id",
                ));
            }
            fields.insert("ClientId".into(), json!({"hide": true, "optional": true}));
            rules.insert("tokenExclude".into(), json!(["client_id"]));
        }
        Ok(())
    }

    /// The key that signs is asked for beside the client's id.
    pub(super) fn key_field(
        &self,
        key: &str,
        fields: &mut Members,
    ) -> Result<String, Inexpressible> {
        let name = sole(key).ok_or_else(|| Inexpressible::new("the key has to be computed"))?;
        let parameter = self
            .parameter(name)
            .ok_or_else(|| Inexpressible::new("nobody knows where the key comes from"))?;
        let text = self.merged(key)?;
        let mut field = super::field(parameter, self.provider);
        field.insert("sensitive".into(), true.into());
        field.insert("multiline".into(), true.into());
        let own = text.trim_matches(['{', '}']).to_owned();
        fields.insert(own, field.into());
        Ok(text)
    }

    fn client_assertion(&self, fields: &mut Members) -> Result<Members, Inexpressible> {
        let mut out = Members::new();
        let Some(assertion) = &self.auth.assertion else {
            let parameters = &self.provider.parameters;
            let found = parameters
                .iter()
                .find(|known| known.name.ends_with("private_key"));
            let found =
                found.ok_or_else(|| Inexpressible::new("nobody knows where the key comes from"))?;
            let key = self.key_field(&format!("{{{{{}}}}}", found.name), fields)?;
            out.insert("key".into(), key.into());
            return Ok(out);
        };
        if assertion.kind != "jwt" {
            return Err(Inexpressible::new(
                "the token request carries a signed SAML statement",
            ));
        }
        let mut headers = assertion.header.clone();
        if let Some(Value::String(algorithm)) = headers.shift_remove("alg") {
            out.insert("algorithm".into(), algorithm.into());
        }
        out.insert("key".into(), self.key_field(&assertion.key, fields)?.into());
        headers.shift_remove("typ");
        let mut claims = assertion.payload.clone();
        for (claim, member) in [("iss", "issuer"), ("sub", "subject"), ("aud", "audience")] {
            if let Some(Value::String(text)) = claims.shift_remove(claim) {
                let text = self.merged(&text)?;
                let is_usual = match claim {
                    "aud" => {
                        Some(text.as_str())
                            == self
                                .auth
                                .token_url
                                .as_deref()
                                .map(|url| self.merged(url))
                                .transpose()?
                                .as_deref()
                    }
                    _ => text == "{{ClientId}}",
                };
                if !is_usual {
                    out.insert(member.into(), text.into());
                }
            }
        }
        claims.shift_remove("jti");
        // An assertion that proves a client lives five minutes at most (connectors.md §9.2).
        if let Some(seconds) = assertion
            .lifetime_s
            .filter(|seconds| (30..300).contains(seconds))
        {
            out.insert("lifetimeSeconds".into(), seconds.into());
        }
        if !headers.is_empty() {
            out.insert("headers".into(), self.merged_map(&headers)?.into());
        }
        if !claims.is_empty() {
            out.insert("claims".into(), self.merged_map(&claims)?.into());
        }
        Ok(out)
    }

    fn scopes(&self, rules: &mut Members, fields: &mut Members, scopes: Vec<String>) {
        let separator = self.auth.scope_separator.as_deref().unwrap_or(" ");
        if !scopes.is_empty() {
            rules.insert("scopes".into(), json!(scopes));
        }
        if separator != " " {
            rules.insert("scopeSeparator".into(), separator.into());
        }
        if fields.contains_key("Scopes") {
            return;
        }
        let between = match separator {
            " " => "a space".to_owned(),
            "," => "a comma".to_owned(),
            other => format!("{other:?}"),
        };
        let blank = if scopes.is_empty() {
            "Left blank, none are asked for".to_owned()
        } else {
            format!("Left blank: {}", scopes.join(separator))
        };
        let text = format!("What the app may do, with {between} between them. {blank}.");
        fields.insert(
            "Scopes".into(),
            json!({"label": "Scopes", "description": text, "optional": true}),
        );
    }

    /// What token requests carry beside the standard's parameters.
    pub(super) fn token_request(
        &self,
        rules: &mut Members,
        params: Members,
    ) -> Result<(), Inexpressible> {
        let auth = self.auth;
        let mut rename = auth.token_param_names.clone();
        let mut added = Members::new();
        for (name, value) in params {
            let standard = value
                .as_str()
                .and_then(sole)
                .and_then(|own| self.names.field(own));
            match standard {
                Some("Username") if auth.kind == Kind::Password => {
                    if name != "username" {
                        rename.insert("username".into(), name.into());
                    }
                }
                Some("Password") if auth.kind == Kind::Password => {
                    if name != "password" {
                        rename.insert("password".into(), name.into());
                    }
                }
                _ => {
                    added.insert(name, value);
                }
            }
        }
        if !added.is_empty() {
            rules.insert("tokenParams".into(), self.merged_map(&added)?.into());
        }
        if !rename.is_empty() {
            rules.insert("tokenRename".into(), rename.into());
        }
        let mut headers = auth.token_headers.clone();
        headers.retain(|name, _| {
            !name.eq_ignore_ascii_case("content-type") && !name.eq_ignore_ascii_case("accept")
        });
        if !headers.is_empty() {
            rules.insert("tokenHeaders".into(), self.merged_map(&headers)?.into());
        }
        let mut refresh = auth.refresh_params.clone();
        if refresh
            .get("grant_type")
            .is_some_and(|grant| grant == "refresh_token")
        {
            refresh.shift_remove("grant_type");
        }
        refresh.retain(|name, _| {
            !matches!(
                name.as_str(),
                "refresh_token" | "client_id" | "client_secret"
            )
        });
        if !refresh.is_empty() {
            rules.insert("refreshParams".into(), self.merged_map(&refresh)?.into());
        }
        match auth.token_method.as_deref() {
            None | Some("POST") => {}
            Some("GET") => {
                rules.insert("tokenMethod".into(), "GET".into());
            }
            Some(other) => {
                return Err(Inexpressible::new(format!(
                    "tokens are asked for with {other}"
                )));
            }
        }
        match auth.token_body_format.as_deref() {
            None | Some("form") => {}
            Some(other @ ("json" | "query")) => {
                rules.insert("tokenBody".into(), other.into());
            }
            Some(other) => {
                return Err(Inexpressible::new(format!(
                    "tokens are asked for in {other}"
                )));
            }
        }
        Ok(())
    }

    /// What token answers say in their own way, what is kept of them, and where the token goes.
    pub(super) fn token_answer(&self, rules: &mut Members) -> Result<(), Inexpressible> {
        let auth = self.auth;
        let mut differs = Members::new();
        if let Some(answer) = &auth.token_response {
            if answer.access_token.as_deref() == Some("$text") {
                return Err(Inexpressible::new(
                    "the answer to the sign-in is the bare token",
                ));
            }
            let expires = match answer.expires_kind.as_deref() {
                Some("at") => "expiresAt",
                _ => "expiresIn",
            };
            for (key, usual, path) in [
                ("accessToken", "access_token", &answer.access_token),
                ("refreshToken", "refresh_token", &answer.refresh_token),
                (expires, "expires_in", &answer.expires),
            ] {
                if let Some(path) = path.as_deref().filter(|path| *path != usual) {
                    differs.insert(key.into(), path.into());
                }
            }
            if answer.expires_unit.as_deref() == Some("milliseconds") {
                differs.insert("expiresInUnit".into(), "ms".into());
            }
            if let Some(seconds) = answer.fixed_lifetime_s {
                rules.insert("refresh".into(), json!({"defaultLifetimeSeconds": seconds}));
            }
        }
        if !differs.is_empty() {
            rules.insert("tokenResponse".into(), differs.into());
        }
        let mut kept = Vec::new();
        for (source, list) in [
            ("TokenResponse", &auth.token_response_metadata),
            ("RefreshResponse", &auth.refresh_response_metadata),
        ] {
            kept.extend(list.iter().map(|one| (source, &one.path, &one.name)));
        }
        kept.extend(
            auth.redirect_uri_metadata
                .iter()
                .map(|one| ("Callback", &one.param, &one.name)),
        );
        let kept: Vec<Value> = kept
            .into_iter()
            .filter_map(|(source, from, name)| {
                let property = self.names.field(name)?;
                Some(json!({"source": source, "from": from, "property": property}))
            })
            .collect();
        if !kept.is_empty() {
            rules.insert("metadata".into(), kept.into());
        }
        self.placement(rules)
    }

    fn placement(&self, rules: &mut Members) -> Result<(), Inexpressible> {
        let Some(placement) = &self.auth.token_placement else {
            return Ok(());
        };
        let (prefix, name) = prefixed(&placement.template)
            .filter(|(_, name)| *name == "access_token")
            .ok_or_else(|| Inexpressible::new("the token stands in calls among other values"))?;
        debug_assert_eq!(name, "access_token");
        let header = placement.name.as_deref().unwrap_or("Authorization");
        match placement.place.as_str() {
            "header" if header.eq_ignore_ascii_case("authorization") && prefix == "Bearer " => {}
            "header" => {
                rules.insert(
                    "placement".into(),
                    json!({"in": "Header", "name": header, "prefix": prefix}),
                );
            }
            "query" => {
                rules.insert("placement".into(), json!({"in": "Query", "name": header}));
            }
            other => {
                return Err(Inexpressible::new(format!(
                    "the token goes into the {other} of a call"
                )));
            }
        }
        Ok(())
    }

    fn certificate(&self, entry: &mut Members, fields: &mut Members) -> Result<(), Inexpressible> {
        if !self.auth.requires_client_certificate {
            return Ok(());
        }
        let mut pem = |name: &str| {
            self.parameter(name).ok_or_else(|| {
                Inexpressible::new("nobody knows where the client's certificate comes from")
            })?;
            self.key_field(&format!("{{{{{name}}}}}"), fields)
        };
        let certificate = pem("client_certificate")?;
        let key = pem("client_private_key")?;
        entry.insert(
            "tls".into(),
            json!({"certificate": certificate, "privateKey": key}),
        );
        Ok(())
    }

    /// The jwt-bearer grant (RFC 7523): the assertion itself is what a token is given for.
    pub(super) fn service_account(&self) -> Result<Written, Inexpressible> {
        let auth = self.auth;
        let jwt = auth.jwt.as_ref();
        let jwt = jwt.ok_or_else(|| Inexpressible::new("nobody knows what is signed"))?;
        let mut params = auth.token_params.clone();
        let grant = params.shift_remove("grant_type");
        let carries = params.shift_remove("assertion").is_some();
        if auth.token_url.is_none() || !carries || grant != Some(JWT_BEARER.into()) {
            return Err(Inexpressible::new(
                "calls or token requests carry a token that the client signs, which needs a script",
            ));
        }
        let mut entry = entry("OAuth2");
        let mut fields = self.fields();
        let mut rules = Members::new();
        rules.insert("type".into(), "ClientCredentials".into());
        rules.insert("grantType".into(), JWT_BEARER.into());
        self.token_addresses(&mut rules)?;
        if fields.contains_key("ClientSecret") {
            params.shift_remove("client_id");
            params.shift_remove("client_secret");
        } else {
            rules.insert("clientAuth".into(), "none".into());
            // The assertion may name a client that the request does not.
            let client = self
                .parameter("client_id")
                .filter(|_| self.names.field("client_id") == Some("ClientId"));
            let client = match client {
                Some(parameter) => super::field(parameter, self.provider).into(),
                None => json!({"hide": true, "optional": true}),
            };
            fields.insert("ClientId".into(), client);
            fields.insert(
                "ClientSecret".into(),
                json!({"hide": true, "optional": true}),
            );
        }
        self.scopes_of_assertion(&mut rules, &mut fields);
        let mut assertion = Members::new();
        assertion.insert("algorithm".into(), jwt.algorithm.clone().into());
        assertion.insert("key".into(), self.key_field(&jwt.key, &mut fields)?.into());
        let mut claims = jwt.payload.clone();
        for (claim, member) in [("iss", "issuer"), ("sub", "subject"), ("aud", "audience")] {
            if let Some(Value::String(text)) = claims.shift_remove(claim) {
                let text = self.merged(&text)?;
                if claim != "aud" || Some(text.as_str()) != auth.token_url.as_deref() {
                    assertion.insert(member.into(), text.into());
                }
            }
        }
        claims.shift_remove("jti");
        if let Some(seconds) = jwt
            .lifetime_s
            .filter(|seconds| (30..=3600).contains(seconds))
        {
            assertion.insert("lifetimeSeconds".into(), seconds.into());
        }
        let mut headers = jwt.header.clone();
        headers.shift_remove("typ");
        headers.shift_remove("alg");
        if !headers.is_empty() {
            assertion.insert("headers".into(), self.merged_map(&headers)?.into());
        }
        if !claims.is_empty() {
            assertion.insert("claims".into(), self.merged_map(&claims)?.into());
        }
        rules.insert("assertion".into(), assertion.into());
        self.token_request(&mut rules, params)?;
        self.token_answer(&mut rules)?;
        entry.insert("fields".into(), fields.into());
        entry.insert("oauth2".into(), rules.into());
        Ok(Written::plain(entry))
    }

    /// Scopes that are a claim of the assertion, and no parameter of the token request.
    fn scopes_of_assertion(&self, rules: &mut Members, fields: &mut Members) {
        let Some(parameter) = self.parameter("scopes") else {
            fields.insert("Scopes".into(), json!({"hide": true, "optional": true}));
            return;
        };
        let mut field = super::field(parameter, self.provider);
        let default = self.auth.default_scopes.join(" ");
        if !default.is_empty() {
            field.insert("default".into(), default.into());
        }
        fields.insert("Scopes".into(), field.into());
        rules.insert("tokenExclude".into(), json!(["scope"]));
    }

    /// A map with mergefields; its values have to be scalars.
    pub(super) fn merged_map(&self, map: &Texts) -> Result<Members, Inexpressible> {
        map.iter()
            .map(|(name, value)| {
                let value = match value {
                    Value::String(text) => self.merged(text)?.into(),
                    Value::Object(_) | Value::Array(_) | Value::Null => {
                        return Err(Inexpressible::new("the sign-in takes a nested body"));
                    }
                    scalar => scalar.clone(),
                };
                Ok((name.clone(), value))
            })
            .collect()
    }
}
