//! The token and revocation endpoints.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::OAuth2Server;
use super::client::Presented;
use super::ledger::{NewGrant, RefreshError};
use super::settings::{Grant, Pkce, Refresh, Settings, TokenFacts};
use crate::answer::Answer;
use crate::call::{Call, Pairs};

/// A token endpoint's refusal (RFC 6749 §5.2).
pub(crate) struct TokenError {
    status: u16,
    error: &'static str,
    description: String,
    /// The client tried `Authorization`, so a 401 names the scheme.
    challenge: bool,
}

impl TokenError {
    pub(super) fn new(error: &'static str, description: impl Into<String>) -> Self {
        Self {
            status: 400,
            error,
            description: description.into(),
            challenge: false,
        }
    }

    pub(super) fn client(description: impl Into<String>, challenge: bool) -> Self {
        Self {
            status: 401,
            error: "invalid_client",
            description: description.into(),
            challenge,
        }
    }
}

impl From<TokenError> for Answer {
    fn from(error: TokenError) -> Self {
        let body = json!({"error": error.error, "error_description": error.description});
        let answer = Answer::json(error.status, &body).with("cache-control", "no-store");
        if error.challenge {
            answer.with("www-authenticate", "Basic realm=\"sandbox\"")
        } else {
            answer
        }
    }
}

/// Fresh tokens of one grant.
pub(crate) struct Issued {
    pub(crate) access_token: String,
    pub(crate) refresh_token: Option<String>,
    pub(crate) expires_in: Option<i64>,
    tenant: String,
    scopes: Vec<String>,
}

impl OAuth2Server {
    /// `POST` of the token endpoint.
    pub(crate) fn token(&self, call: &Call) -> Answer {
        match self.token_or_refuse(call) {
            Ok(issued) => self.token_answer(&issued),
            Err(error) => error.into(),
        }
    }

    /// `POST` of the revocation endpoint (RFC 7009): unknown tokens are no error.
    pub(crate) fn revoke(&self, call: &Call) -> Answer {
        let form = call.form();
        let client_id = match self.client_of(call) {
            Ok(client_id) => client_id,
            Err(refusal) => return refusal,
        };
        let Some(token) = form.filled("token") else {
            return TokenError::new("invalid_request", "The parameter token is missing.").into();
        };
        self.ledger.lock().revoke_token(&client_id, token);
        Answer::json(200, &json!({"success": true}))
    }

    fn token_or_refuse(&self, call: &Call) -> Result<Issued, TokenError> {
        if call.media_type() != "application/x-www-form-urlencoded" {
            let text = "The body must be application/x-www-form-urlencoded.";
            return Err(TokenError::new("invalid_request", text));
        }
        let form = call.form();
        for (name, _) in &form.0 {
            if form.repeats(name) {
                return Err(TokenError::new(
                    "invalid_request",
                    format!("The parameter {name} was sent twice."),
                ));
            }
        }
        let (grant, name) = match form.filled("grant_type") {
            None => {
                return Err(TokenError::new(
                    "invalid_request",
                    "The parameter grant_type is missing.",
                ));
            }
            Some("authorization_code") => (Grant::AuthorizationCode, "authorization_code"),
            Some("refresh_token") => (Grant::RefreshToken, "refresh_token"),
            Some("client_credentials") => (Grant::ClientCredentials, "client_credentials"),
            Some("password") => (Grant::Password, "password"),
            Some(other) => {
                let text = format!("The grant type {other:?} is not known.");
                return Err(TokenError::new("unsupported_grant_type", text));
            }
        };
        if !self.settings.grants.contains(&grant) {
            let text = format!("This provider does not offer the grant type {name}.");
            return Err(TokenError::new("unsupported_grant_type", text));
        }
        let presented = self.present(call, &form)?;
        // A client that names itself is checked first, so that a wrong secret spends nothing.
        if let Some(client_id) = &presented.client_id {
            self.authenticate(client_id, &presented)?;
        }
        let (client_id, issued) = match grant {
            Grant::AuthorizationCode => self.exchange_code(&form, &presented)?,
            Grant::RefreshToken => self.refresh(&form, &presented)?,
            Grant::ClientCredentials => self.client_credentials(&form, &presented)?,
            Grant::Password => self.password(&form, &presented)?,
        };
        if let Some(secret) = &presented.secret {
            self.clients.remember(&client_id, secret);
        }
        Ok(issued)
    }

    fn exchange_code(
        &self,
        form: &Pairs,
        presented: &Presented,
    ) -> Result<(String, Issued), TokenError> {
        let invalid = |text: &str| TokenError::new("invalid_grant", text);
        let code = form
            .filled("code")
            .ok_or_else(|| TokenError::new("invalid_request", "The parameter code is missing."))?;
        let mut ledger = self.ledger.lock();
        let Some(found) = ledger.codes.get(code) else {
            return Err(invalid("The authorization code is not known."));
        };
        let client_id = found.authorization.client_id.clone();
        if presented
            .client_id
            .as_ref()
            .is_some_and(|shown| *shown != client_id)
        {
            return Err(invalid(
                "The authorization code was issued to another client.",
            ));
        }
        self.authenticate(&client_id, presented)?;
        if let Some(grant) = found.used {
            // Somebody else may hold the code, so what it brought ends (RFC 6749 §4.1.2).
            ledger.revoke_grant(grant);
            return Err(invalid(
                "The authorization code was already used; its tokens are now revoked.",
            ));
        }
        if found.expires <= self.world.now() {
            return Err(invalid("The authorization code has expired."));
        }
        if self.settings.redirect_repeated
            && form.get("redirect_uri") != Some(&found.authorization.redirect_uri)
        {
            return Err(invalid(
                "The redirect_uri is not exactly the one of the authorization request.",
            ));
        }
        self.check_verifier(
            form.filled("code_verifier"),
            found.authorization.challenge.as_ref(),
        )?;
        let new = NewGrant {
            client_id: client_id.clone(),
            tenant: found.tenant.clone(),
            scopes: found.authorization.scopes.clone(),
        };
        let (tenant, scopes) = (new.tenant.clone(), new.scopes.clone());
        let grant = ledger.open_grant(new);
        if let Some(found) = ledger.codes.get_mut(code) {
            found.used = Some(grant);
        }
        drop(ledger);
        let gives_refresh = self.settings.gives_refresh_token(&scopes);
        Ok((
            client_id,
            self.issue_for(grant, tenant, scopes, gives_refresh),
        ))
    }

    fn check_verifier(
        &self,
        verifier: Option<&str>,
        challenge: Option<&(String, String)>,
    ) -> Result<(), TokenError> {
        let invalid = |text: &str| Err(TokenError::new("invalid_grant", text));
        match (challenge, verifier) {
            (None, None) => Ok(()),
            (None, Some(_)) if self.settings.pkce == Pkce::Ignored => Ok(()),
            // Accepting it would let an attacker strip the challenge from the request (RFC 9700 §2.1.1).
            (None, Some(_)) => invalid("A code_verifier came without a code_challenge before it."),
            (Some(_), None) => invalid("The parameter code_verifier is missing."),
            (Some((method, challenge)), Some(verifier)) => {
                let derived = match method.as_str() {
                    "S256" => URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes())),
                    _ => verifier.to_owned(),
                };
                if bool::from(derived.as_bytes().ct_eq(challenge.as_bytes())) {
                    Ok(())
                } else {
                    invalid("The code_verifier does not fit the code_challenge.")
                }
            }
        }
    }

    fn refresh(&self, form: &Pairs, presented: &Presented) -> Result<(String, Issued), TokenError> {
        let token = form.filled("refresh_token").ok_or_else(|| {
            TokenError::new("invalid_request", "The parameter refresh_token is missing.")
        })?;
        let now = self.world.now();
        let mut ledger = self.ledger.lock();
        let found = ledger.refreshable(token, now).map_err(|error| {
            let text = match error {
                RefreshError::Unknown => "The refresh token is not known.",
                RefreshError::Replaced => "The refresh token was replaced by a newer one; all tokens of this consent are now revoked.",
                RefreshError::Expired => "The refresh token has expired.",
                RefreshError::Revoked => "The access was revoked.",
            };
            TokenError::new("invalid_grant", text)
        })?;
        if presented
            .client_id
            .as_ref()
            .is_some_and(|shown| *shown != found.client_id)
        {
            return Err(TokenError::new(
                "invalid_grant",
                "The refresh token was issued to another client.",
            ));
        }
        self.authenticate(&found.client_id, presented)?;
        let asked = Settings::split_scopes(form.get("scope").unwrap_or_default());
        if let Some(more) = asked.iter().find(|scope| !found.scopes.contains(scope)) {
            let text = format!("The scope {more:?} was not granted.");
            return Err(TokenError::new("invalid_scope", text));
        }
        let scopes = if asked.is_empty() {
            found.scopes
        } else {
            asked
        };
        let rotates = match self.settings.refresh {
            Refresh::None | Refresh::Kept => false,
            Refresh::Rotating { .. } => {
                ledger.replace_refresh(token);
                true
            }
        };
        ledger.refreshed(found.grant);
        drop(ledger);
        let mut issued = self.issue_for(found.grant, found.tenant, scopes, rotates);
        if self.settings.refresh == Refresh::Kept {
            issued.refresh_token = Some(token.to_owned());
        }
        Ok((found.client_id, issued))
    }

    fn client_credentials(
        &self,
        form: &Pairs,
        presented: &Presented,
    ) -> Result<(String, Issued), TokenError> {
        let tenant = self.settings.tenants[0].key.to_owned();
        let new = self.own_grant(form, presented, tenant)?;
        Ok((new.client_id.clone(), self.open_grant(new, false)))
    }

    /// Any user name is known; its password is `sandbox`.
    fn password(
        &self,
        form: &Pairs,
        presented: &Presented,
    ) -> Result<(String, Issued), TokenError> {
        let missing = |name: &str| {
            TokenError::new(
                "invalid_request",
                format!("The parameter {name} is missing."),
            )
        };
        let user = form.filled("username").ok_or_else(|| missing("username"))?;
        let password = form.filled("password").ok_or_else(|| missing("password"))?;
        if password != "sandbox" {
            return Err(TokenError::new(
                "invalid_grant",
                "The user name or the password is wrong.",
            ));
        }
        let new = self.own_grant(form, presented, user.to_owned())?;
        let gives_refresh = self.settings.gives_refresh_token(&new.scopes);
        Ok((new.client_id.clone(), self.open_grant(new, gives_refresh)))
    }

    fn own_grant(
        &self,
        form: &Pairs,
        presented: &Presented,
        tenant: String,
    ) -> Result<NewGrant, TokenError> {
        let client_id = presented.client_id.clone().ok_or_else(|| {
            TokenError::client("The client did not say who it is.", presented.by_header)
        })?;
        let asked = Settings::split_scopes(form.get("scope").unwrap_or_default());
        let scopes = self
            .settings
            .granted_scopes(&client_id, &asked)
            .map_err(|reason| TokenError::new("invalid_scope", reason))?;
        Ok(NewGrant {
            client_id,
            tenant,
            scopes,
        })
    }

    /// Records a consent and hands out its first tokens.
    pub(super) fn open_grant(&self, new: NewGrant, with_refresh: bool) -> Issued {
        let (tenant, scopes) = (new.tenant.clone(), new.scopes.clone());
        let grant = self.ledger.lock().open_grant(new);
        self.issue_for(grant, tenant, scopes, with_refresh)
    }

    fn issue_for(
        &self,
        grant: u64,
        tenant: String,
        scopes: Vec<String>,
        with_refresh: bool,
    ) -> Issued {
        let now = self.world.now();
        let life = self
            .settings
            .access_life
            .map(|life| self.world.options.access_token_life.unwrap_or(life));
        let access_token = self.world.chance.token(self.settings.access_prefix);
        let refresh_token = with_refresh.then(|| self.world.chance.token("rt_"));
        let mut ledger = self.ledger.lock();
        let expires = life.map(|life| now + life);
        ledger.add_access(grant, access_token.clone(), scopes.clone(), expires, now);
        if let Some(token) = &refresh_token {
            let expires = match self.settings.refresh {
                Refresh::Rotating { idle } => Some(now + idle),
                Refresh::Kept | Refresh::None => None,
            };
            ledger.add_refresh(grant, token.clone(), expires);
        }
        drop(ledger);
        Issued {
            access_token,
            refresh_token,
            expires_in: life.map(|life| life.num_seconds()),
            tenant,
            scopes,
        }
    }

    fn token_answer(&self, issued: &Issued) -> Answer {
        let mut body = Map::new();
        body.insert(
            "access_token".to_owned(),
            issued.access_token.clone().into(),
        );
        body.insert("token_type".to_owned(), self.settings.token_type.into());
        if let Some(seconds) = issued.expires_in {
            body.insert("expires_in".to_owned(), seconds.into());
        }
        if let Some(token) = &issued.refresh_token {
            body.insert("refresh_token".to_owned(), token.clone().into());
        }
        if !issued.scopes.is_empty() {
            body.insert(
                "scope".to_owned(),
                issued.scopes.join(&self.settings.scope_separator).into(),
            );
        }
        let facts = TokenFacts {
            tenant: &issued.tenant,
            scopes: &issued.scopes,
        };
        body.extend((self.settings.extras)(&facts));
        Answer::json(200, &Value::Object(body))
            .with("cache-control", "no-store")
            .with("pragma", "no-cache")
    }
}
