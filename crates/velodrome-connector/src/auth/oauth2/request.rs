//! Requests to the token and revocation endpoints.

use std::time::Duration;

use base64::{Engine, engine::general_purpose::STANDARD};
use chrono::{DateTime, Utc};
use http::{HeaderName, HeaderValue, Method, StatusCode, header};
use serde_json::{Map, Value};
use url::Url;
use velodrome_model::{
    ExposeSecret, SecretString,
    definition::{ClientAuth, OAuth2Type, TokenBody, TokenMethod, scalar_text},
};

use super::{
    answer::{Raw, TokenAnswer, parse, understand},
    assertion::{Purpose, is_jwt_bearer},
    error::{Failure, TokenError, meaning},
    pkce::Verifier,
    setup::OAuth2Setup,
};
use crate::{
    auth::{
        credential::OAuth2Token,
        encoding::{append_query, form, strict},
        identity::identity,
        retry_after::retry_after,
        values::{SetupError, merged, merged_members, merged_url},
    },
    call::{FlowScript, TokenDraft, TokenStep},
    egress::{self, Redirects, Request, RequestBody},
};

/// Token endpoints answer within a second or two; a call waits for this.
const TIMEOUT: Duration = Duration::from_secs(30);
/// Token answers are a few kilobytes.
const MAX_ANSWER: u64 = 1024 * 1024;

/// What a token is asked for with.
#[derive(Clone, Copy, Debug)]
pub enum Grant<'a> {
    /// The code of a callback.
    Code {
        /// The code.
        code: &'a SecretString,
        /// Exactly the one of the authorise address.
        redirect_uri: &'a str,
        /// Exactly the one of the authorise address.
        verifier: &'a Verifier,
    },
    /// The client itself; also grants of the definition's own that need no user.
    Client,
    /// The user's password.
    Password {
        /// User.
        username: &'a str,
        /// Password.
        password: &'a SecretString,
    },
    /// The refresh token of a former answer.
    Refresh(&'a OAuth2Token),
}

/// Which token is revoked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenHint {
    /// The refresh token; most providers end its access tokens with it.
    Refresh,
    /// The access token.
    Access,
}

/// A client at a provider's token endpoint.
#[derive(Clone, Copy)]
pub struct OAuth2Client<'a> {
    /// The way out.
    pub http: &'a egress::Client,
    /// Rules and values.
    pub setup: OAuth2Setup<'a>,
    /// The connector's script, where it takes part in flows.
    pub script: Option<&'a FlowScript<'a>>,
}

/// Parameters of one request, in order. JSON bodies keep the types that the definition gives.
type Members = Map<String, Value>;

impl OAuth2Client<'_> {
    /// Asks for a token, once; retrying is the caller's. `now` is what lifetimes count from, so it must
    /// not be later than the request.
    pub async fn token(
        &self,
        grant: Grant<'_>,
        now: DateTime<Utc>,
    ) -> Result<TokenAnswer, TokenError> {
        let former = match grant {
            Grant::Refresh(former) if former.refresh_token.is_none() => {
                return Err(TokenError::NoRefreshToken);
            }
            Grant::Refresh(former) if former.refresh_token_has_expired(now) => {
                return Err(TokenError::RefreshTokenExpired);
            }
            Grant::Refresh(former) => Some(former),
            Grant::Code { .. } | Grant::Client | Grant::Password { .. } => None,
        };
        let step = match former {
            Some(_) => TokenStep::Refresh,
            None => TokenStep::Token,
        };
        let (mut request, mut members, secrets) = self.token_request(grant, now)?;
        if let Some(script) = self.script {
            let draft = TokenDraft {
                endpoint: request.url,
                headers: request.headers,
                members,
            };
            let draft = script.before_token(step, draft, former, &secrets).await?;
            request.url = draft.endpoint;
            request.headers = draft.headers;
            members = draft.members;
        }
        self.put_members(&mut request, members);
        let answer = self.http.send(request).await?;
        let (status, headers) = (answer.status, answer.headers.clone());
        let body = answer.bytes().await?;
        let mut parsed = parse(self.setup.rules, &headers, &body);
        if let Some(script) = self.script.filter(|_| status.is_success()) {
            // What is in no format of ours is the script's to read.
            let response = parsed.unwrap_or_else(|| String::from_utf8_lossy(&body).into());
            let left = script.after_token(step, response, former, &secrets).await?;
            parsed = Some(left).filter(Value::is_object);
        }
        let raw = Raw {
            status,
            headers: &headers,
            body: parsed,
        };
        understand(self.setup.rules, raw, former, now)
    }

    /// Tells the provider that a token is no longer needed (RFC 7009). None of `revokeUrl` and a token:
    /// nothing to do.
    pub async fn revoke(
        &self,
        token: &OAuth2Token,
        hint: TokenHint,
        now: DateTime<Utc>,
    ) -> Result<(), TokenError> {
        let (text, name) = match hint {
            TokenHint::Refresh => (&token.refresh_token, "refresh_token"),
            TokenHint::Access => (&token.access_token, "access_token"),
        };
        let (Some(template), Some(text)) = (&self.setup.rules.revoke_url, text) else {
            return Ok(());
        };
        let mut members = Members::new();
        members.insert("token".into(), text.expose_secret().into());
        members.insert("token_type_hint".into(), name.into());
        let mut request = self.request(Method::POST, template)?;
        // Whoever revokes proves it as to the token endpoint.
        let audience = merged_url(&self.setup.rules.access_token_url, self.setup.values)?;
        self.authenticate(&mut members, &mut request, &audience, now)?;
        request.body = RequestBody::from(form_text(&members));
        request.headers.insert(header::CONTENT_TYPE, FORM);
        let answer = self.http.send(request).await?;
        let (status, wait) = (answer.status, retry_after(&answer.headers, now));
        if status.is_success() {
            return Ok(());
        }
        Err(TokenError::Refused {
            status,
            code: None,
            description: None,
            failure: revocation_failure(status),
            retry_after: wait,
        })
    }

    /// The request without its members, the members, and the secrets in both.
    fn token_request(
        &self,
        grant: Grant<'_>,
        now: DateTime<Utc>,
    ) -> Result<(Request, Members, Vec<SecretString>), TokenError> {
        let OAuth2Setup { rules, values, .. } = self.setup;
        let refresh = matches!(grant, Grant::Refresh(_));
        let template = rules
            .refresh_url
            .as_ref()
            .filter(|_| refresh)
            .unwrap_or(&rules.access_token_url);
        let method = match rules.token_method {
            TokenMethod::POST => Method::POST,
            TokenMethod::GET => Method::GET,
        };
        let mut request = self.request(method, template)?;
        let audience = request.url.clone();
        let mut members = self.grant_members(grant)?;
        if is_jwt_bearer(rules) && !refresh {
            let assertion = self.assertion(&audience, Purpose::Grant, now)?;
            members.insert("assertion".into(), assertion.expose_secret().into());
        }
        self.authenticate(&mut members, &mut request, &audience, now)?;
        let mut secrets: Vec<SecretString> = SECRET_MEMBERS
            .iter()
            .filter_map(|name| members.get(*name)?.as_str())
            .map(SecretString::from)
            .collect();
        members.extend(merged_members(&rules.token_params, values).map_err(TokenError::Setup)?);
        if refresh {
            members
                .extend(merged_members(&rules.refresh_params, values).map_err(TokenError::Setup)?);
        }
        members.retain(|name, _| !rules.token_exclude.contains(name));
        let members: Members = members
            .into_iter()
            .map(|(name, value)| {
                (
                    rules.token_rename.get(&name).cloned().unwrap_or(name),
                    value,
                )
            })
            .collect();
        if let Some(content_type) = self.content_type() {
            request.headers.insert(header::CONTENT_TYPE, content_type);
        }
        self.set_headers(&mut request)?;
        let authorisation = request.headers.get(header::AUTHORIZATION);
        if let Some(text) = authorisation.and_then(|value| value.to_str().ok()) {
            let proof = text.split_once(' ').map_or(text, |(_, proof)| proof);
            secrets.push(proof.into());
        }
        Ok((request, members, secrets))
    }

    /// The kind of body, where members go into one.
    fn content_type(&self) -> Option<HeaderValue> {
        match (self.setup.rules.token_method, self.setup.rules.token_body) {
            (TokenMethod::GET, _) | (_, TokenBody::Query) => None,
            (TokenMethod::POST, TokenBody::Form) => Some(FORM),
            (TokenMethod::POST, TokenBody::Json) => {
                Some(HeaderValue::from_static("application/json"))
            }
        }
    }

    /// Encodes members where the definition wants them. Null is a value in JSON alone.
    fn put_members(&self, request: &mut Request, mut members: Members) {
        match (self.setup.rules.token_method, self.setup.rules.token_body) {
            (TokenMethod::GET, _) | (_, TokenBody::Query) => {
                members.retain(|_, value| !value.is_null());
                let pairs = pairs(&members);
                append_query(
                    &mut request.url,
                    pairs.iter().map(|(n, v)| (n.as_str(), v.as_str())),
                );
            }
            (TokenMethod::POST, TokenBody::Form) => {
                members.retain(|_, value| !value.is_null());
                request.body = RequestBody::from(form_text(&members));
            }
            (TokenMethod::POST, TokenBody::Json) => {
                request.body = RequestBody::from(Value::Object(members).to_string());
            }
        }
    }

    /// Everything that follows from the kind of grant.
    fn grant_members(&self, grant: Grant<'_>) -> Result<Members, TokenError> {
        let setup = &self.setup;
        let mut members = Members::new();
        let usual = match grant {
            Grant::Code { .. } => "authorization_code",
            Grant::Client => "client_credentials",
            Grant::Password { .. } => "password",
            Grant::Refresh(_) => "refresh_token",
        };
        let custom = setup
            .rules
            .grant_type
            .as_deref()
            .filter(|_| !matches!(grant, Grant::Refresh(_)));
        members.insert("grant_type".into(), custom.unwrap_or(usual).into());
        match grant {
            Grant::Code {
                code,
                redirect_uri,
                verifier,
            } => {
                members.insert("code".into(), code.expose_secret().into());
                members.insert("redirect_uri".into(), redirect_uri.into());
                if setup.uses_pkce() {
                    members.insert(
                        "code_verifier".into(),
                        verifier.secret().expose_secret().into(),
                    );
                }
            }
            Grant::Client => self.add_scope(&mut members),
            Grant::Password { username, password } => {
                members.insert("username".into(), username.into());
                members.insert("password".into(), password.expose_secret().into());
                self.add_scope(&mut members);
            }
            Grant::Refresh(former) => {
                let token = former
                    .refresh_token
                    .as_ref()
                    .ok_or(TokenError::NoRefreshToken)?;
                members.insert("refresh_token".into(), token.expose_secret().into());
            }
        }
        let password = setup.rules.kind == OAuth2Type::PasswordCredentials;
        let mut resources: Vec<Value> = if password {
            Vec::new()
        } else {
            setup
                .resources()
                .map_err(TokenError::Setup)?
                .into_iter()
                .map(|(_, value)| value.into())
                .collect()
        };
        match (resources.len(), resources.pop()) {
            (_, None) => {}
            (1, Some(only)) => {
                members.insert("resource".into(), only);
            }
            (_, Some(last)) => {
                resources.push(last);
                members.insert("resource".into(), Value::Array(resources));
            }
        }
        Ok(members)
    }

    fn add_scope(&self, members: &mut Members) {
        if let Some(scope) = self.setup.scope() {
            members.insert(self.setup.scope_parameter().to_owned(), scope.into());
        }
    }

    /// Says who we are, as the definition has it.
    fn authenticate(
        &self,
        members: &mut Members,
        request: &mut Request,
        audience: &Url,
        now: DateTime<Utc>,
    ) -> Result<(), TokenError> {
        let OAuth2Setup {
            rules,
            client_id,
            client_secret,
            ..
        } = self.setup;
        match rules.client_auth {
            ClientAuth::Body => {
                identify(members, client_id);
                if let Some(secret) = client_secret {
                    members.insert("client_secret".into(), secret.expose_secret().into());
                }
            }
            // The certificate that the connection shows is the proof (RFC 8705 §2).
            ClientAuth::None | ClientAuth::TlsClientAuth => identify(members, client_id),
            ClientAuth::Basic => {
                let secret = client_secret
                    .map(|secret| secret.expose_secret())
                    .unwrap_or_default();
                let pair = STANDARD.encode(format!("{}:{}", strict(client_id), strict(secret)));
                let mut value = HeaderValue::try_from(format!("Basic {pair}"))
                    .expect("base64 is made of characters that headers can carry");
                value.set_sensitive(true);
                request.headers.insert(header::AUTHORIZATION, value);
            }
            ClientAuth::PrivateKeyJwt => {
                identify(members, client_id);
                let assertion = self.assertion(audience, Purpose::Client, now)?;
                members.insert("client_assertion_type".into(), CLIENT_ASSERTION.into());
                members.insert("client_assertion".into(), assertion.expose_secret().into());
            }
        }
        Ok(())
    }

    fn request(&self, method: Method, template: &str) -> Result<Request, TokenError> {
        let mut request = Request::new(method, merged_url(template, self.setup.values)?);
        request
            .headers
            .insert(header::ACCEPT, HeaderValue::from_static("application/json"));
        if !self.setup.user_agent.is_empty() {
            let agent =
                HeaderValue::try_from(self.setup.user_agent).map_err(|_| SetupError::UserAgent)?;
            request.headers.insert(header::USER_AGENT, agent);
        }
        request.identity = match self.setup.tls {
            Some(tls) => Some(identity(tls, self.setup.values)?),
            None => None,
        };
        request.timeout = TIMEOUT;
        request.max_response = MAX_ANSWER;
        request.secret_body = true;
        // A token endpoint that moves is the definition's to follow, not ours with secrets in hand.
        request.redirects = Redirects::Never;
        Ok(request)
    }

    /// The definition's own headers win over ours.
    fn set_headers(&self, request: &mut Request) -> Result<(), TokenError> {
        for (name, value) in &self.setup.rules.token_headers {
            if value.is_null() {
                continue;
            }
            let text = merged(&scalar_text(value), self.setup.values)?;
            let unsendable = |_| SetupError::Header(name.clone());
            let header = HeaderName::try_from(name.as_str())
                .map_err(|_| SetupError::Header(name.clone()))?;
            let mut value = HeaderValue::try_from(text).map_err(unsendable)?;
            value.set_sensitive(header == header::AUTHORIZATION);
            request.headers.insert(header, value);
        }
        Ok(())
    }
}

/// Members whose values nobody may read in an error.
const SECRET_MEMBERS: [&str; 7] = [
    "code",
    "code_verifier",
    "client_secret",
    "password",
    "refresh_token",
    "assertion",
    "client_assertion",
];

/// RFC 7523 §2.2.
const CLIENT_ASSERTION: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// Names the client, if it has a name: service accounts may have none.
fn identify(members: &mut Members, client_id: &str) {
    if !client_id.is_empty() {
        members.insert("client_id".into(), client_id.into());
    }
}

const FORM: HeaderValue = HeaderValue::from_static("application/x-www-form-urlencoded");

/// Members as text, arrays repeating the name.
fn pairs(members: &Members) -> Vec<(String, String)> {
    members
        .iter()
        .flat_map(|(name, value)| match value {
            Value::Array(items) => items
                .iter()
                .map(|item| (name.clone(), scalar_text(item)))
                .collect(),
            value => vec![(name.clone(), scalar_text(value))],
        })
        .collect()
}

fn form_text(members: &Members) -> String {
    let pairs = pairs(members);
    form(pairs.iter().map(|(n, v)| (n.as_str(), v.as_str())))
}

fn revocation_failure(status: StatusCode) -> Failure {
    match meaning(status, None) {
        Failure::Transient => Failure::Transient,
        Failure::Permanent | Failure::Configuration => Failure::Configuration,
    }
}
