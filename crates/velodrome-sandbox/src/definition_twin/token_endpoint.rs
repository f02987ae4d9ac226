//! The OAuth endpoints of a definition. Requests are brought into the standard's form for the server
//! of `oauth2`, so that renamed, left out and added parameters are judged here and grants there.

use std::collections::HashSet;
use std::sync::Arc;

use axum::http::{HeaderValue, Method, header};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::TimeDelta;
use hmac::{Hmac, KeyInit, Mac};
use parking_lot::Mutex;
use serde_json::{Value, json};
use sha2::{Sha256, Sha384, Sha512};
use velodrome_model::definition::{
    ClientAuth as Proof, OAuth1, OAuth2, OAuth2Type, Pkce as ProofKey, TokenBody, TokenMethod,
};

use super::addresses::Hosts;
use super::route::Route;
use super::suggest::ALGORITHM;
use super::token_answer::{self, Member};
use crate::answer::Answer;
use crate::call::{Call, Pairs};
use crate::oauth1::{OAuth1Server, OAuth1Settings};
use crate::oauth2::{ClientAuth, Grant, OAuth2Server, Pkce, Refresh, Scopes, Settings, Tenant};
use crate::records::plain;
use crate::twin::Text;
use crate::world::World;

const COMPANIES: [Tenant; 2] = [
    Tenant {
        key: "first-company",
        label: "First Company",
    },
    Tenant {
        key: "second-company",
        label: "Second Company",
    },
];
/// What providers call the scope for access while nobody is there.
const OFFLINE_SCOPES: [&str; 3] = ["offline_access", "offline", "refresh_token"];
/// Assertions remembered, so that none is used twice.
const MAX_ASSERTIONS: usize = 10_000;

/// A client id and secret that the card suggests.
pub(super) fn suggested_client(slug: &str) -> (String, String) {
    (format!("sandbox-{slug}"), format!("sandbox-{slug}-secret"))
}

/// An authorization server as a definition describes it.
pub(super) struct OAuth2Door {
    pub(super) server: Arc<OAuth2Server>,
    rules: OAuth2,
    members: Vec<Member>,
    authorise: Vec<Route>,
    token: Vec<Route>,
    revoke: Vec<Route>,
    world: Arc<World>,
    /// `jti` of assertions that were taken.
    assertions: Mutex<HashSet<String>>,
    /// What assertions are signed with that have a secret rather than a key pair.
    assertion_secret: String,
    /// The client of logins that don't name one.
    client: String,
}

impl OAuth2Door {
    pub(super) fn new(
        world: &Arc<World>,
        name: &str,
        slug: &str,
        rules: &OAuth2,
        members: Vec<Member>,
        hosts: &Hosts<'_>,
        assertion_secret: Option<String>,
    ) -> Self {
        let routes = |address: Option<&str>| -> Vec<Route> {
            let found = address
                .into_iter()
                .flat_map(|address| hosts.resolve(address));
            found.map(|found| found.route).collect()
        };
        let mut token = routes(Some(&rules.access_token_url));
        token.extend(routes(rules.refresh_url.as_deref()));
        Self {
            server: Arc::new(OAuth2Server::new(world, settings(name, slug, rules))),
            authorise: routes(rules.authorise_url.as_deref()),
            token,
            revoke: routes(rules.revoke_url.as_deref()),
            rules: rules.clone(),
            members,
            world: world.clone(),
            assertions: Mutex::new(HashSet::new()),
            assertion_secret: assertion_secret.unwrap_or_default(),
            client: suggested_client(slug).0,
        }
    }

    /// The answer, when the call is to one of its endpoints.
    pub(super) fn answer(&self, call: &Call) -> Option<Answer> {
        let here = |routes: &[Route]| {
            routes
                .iter()
                .any(|route| route.host == call.host && route.fit(&call.segments).is_some())
        };
        let is_post = call.method == Method::POST;
        if here(&self.authorise) && !(is_post && here(&self.token) && self.is_token_call(call)) {
            let answer = if is_post {
                self.server.decide(call)
            } else {
                self.authorise(call)
            };
            return Some(token_answer::callback(&self.rules, answer, &self.members));
        }
        if here(&self.token) {
            return Some(self.token(call));
        }
        here(&self.revoke).then(|| self.revoke(call))
    }

    /// One address may serve both; the consent form has a field of its own.
    fn is_token_call(&self, call: &Call) -> bool {
        call.form().get("csrf").is_none()
    }

    fn authorise(&self, call: &Call) -> Answer {
        let rules = &self.rules;
        let mut query = renamed_back(&call.query, &rules.authorise_rename);
        for (name, value) in &rules.authorise_params {
            let wanted = plain(Some(value));
            if wanted.contains("{{") || value.is_array() {
                continue;
            }
            if call.query.get(name) != Some(&wanted) {
                let reason = format!("The parameter {name} must be {wanted}.");
                return Answer::html(
                    400,
                    crate::html::dialog(
                        "The request is not complete",
                        &format!("<p role=\"alert\">{}</p>", crate::html::escape(&reason)),
                    ),
                );
            }
        }
        self.scope_in_standard_form(&mut query);
        // Judged above, where it is the provider's own.
        if rules.authorise_params.contains_key("response_type") {
            set(&mut query, "response_type", "code");
        }
        let mut standard = rebuilt(call, Method::GET);
        standard.query = query;
        self.server.authorize(&standard)
    }

    fn token(&self, call: &Call) -> Answer {
        let now = self.world.now();
        let (standard, is_refresh) = match self.standard_token_call(call) {
            Ok(found) => found,
            Err((error, reason)) => {
                let status = if error == "invalid_client" { 401 } else { 400 };
                let body = json!({"error": error, "error_description": reason});
                let refusal = Answer::json(status, &body).with("cache-control", "no-store");
                return token_answer::token(&self.rules, &refusal, &self.members, false, now);
            }
        };
        let answer = self.server.token(&standard);
        token_answer::token(&self.rules, &answer, &self.members, is_refresh, now)
    }

    fn standard_token_call(&self, call: &Call) -> Result<(Call, bool), (&'static str, String)> {
        let rules = &self.rules;
        let invalid = |reason: String| ("invalid_request", reason);
        let verb = match rules.token_method {
            TokenMethod::POST => Method::POST,
            TokenMethod::GET => Method::GET,
        };
        if call.method != verb {
            return Err(invalid(format!("Tokens are asked for with {verb}.")));
        }
        let sent = self.parameters(call).map_err(invalid)?;
        let mut form = renamed_back(&sent, &rules.token_rename);
        self.scope_in_standard_form(&mut form);
        let is_refresh = form.filled("refresh_token").is_some()
            && form.filled("code").is_none()
            && form
                .get("grant_type")
                .is_none_or(|grant| grant == "refresh_token");
        if !is_refresh {
            for (name, value) in &rules.token_params {
                let wanted = plain(Some(value));
                if !wanted.contains("{{") && !value.is_array() && sent.get(name) != Some(&wanted) {
                    return Err(invalid(format!("The parameter {name} must be {wanted}.")));
                }
            }
        }
        for (name, value) in &rules.token_headers {
            let wanted = plain(Some(value));
            if !wanted.contains("{{") && call.header(name).is_none() {
                return Err(invalid(format!("The header {name} is missing.")));
            }
        }
        if rules.token_exclude.iter().any(|name| name == "client_id") {
            set(&mut form, "client_id", &self.client);
        }
        self.grant_in_standard_form(&mut form, is_refresh)?;
        self.check_assertions(&mut form)?;
        Ok((posted(call, form), is_refresh))
    }

    /// What the client sent, wherever the definition has it sent.
    fn parameters(&self, call: &Call) -> Result<Pairs, String> {
        if self.rules.token_method == TokenMethod::GET || self.rules.token_body == TokenBody::Query
        {
            return Ok(call.query.clone());
        }
        if self.rules.token_body == TokenBody::Json {
            let Value::Object(members) = call.json()? else {
                return Err("The body is no JSON object.".to_owned());
            };
            let pairs = members
                .iter()
                .map(|(name, value)| (name.clone(), plain(Some(value))));
            return Ok(Pairs(pairs.collect()));
        }
        if call.media_type() != "application/x-www-form-urlencoded" {
            return Err("The body must be application/x-www-form-urlencoded.".to_owned());
        }
        Ok(call.form())
    }

    fn scope_in_standard_form(&self, form: &mut Pairs) {
        let name = self.rules.scope_param.as_deref().unwrap_or("scope");
        let separator = self.rules.scope_separator.as_deref().unwrap_or(" ");
        for (known, value) in &mut form.0 {
            if known == name {
                *known = "scope".to_owned();
                if !separator.is_empty() && separator != " " {
                    *value = value.replace(separator, " ");
                }
            }
        }
    }

    fn grant_in_standard_form(
        &self,
        form: &mut Pairs,
        is_refresh: bool,
    ) -> Result<(), (&'static str, String)> {
        let own = match self.rules.kind {
            OAuth2Type::AuthorisationCode => "authorization_code",
            OAuth2Type::ClientCredentials => "client_credentials",
            OAuth2Type::PasswordCredentials => "password",
        };
        if is_refresh {
            set(form, "grant_type", "refresh_token");
            return Ok(());
        }
        let expected = self.rules.grant_type.as_deref().unwrap_or(own);
        let left_out = self
            .rules
            .token_exclude
            .iter()
            .any(|name| name == "grant_type");
        match form.get("grant_type") {
            Some(sent) if sent == expected => {}
            None if left_out => {}
            Some(sent) => {
                let reason = format!("The grant type {sent:?} is not offered, only {expected}.");
                return Err(("unsupported_grant_type", reason));
            }
            None => {
                return Err((
                    "invalid_request",
                    "The parameter grant_type is missing.".to_owned(),
                ));
            }
        }
        set(form, "grant_type", own);
        Ok(())
    }

    /// Signed assertions (RFC 7523 §3).
    fn check_assertions(&self, form: &mut Pairs) -> Result<(), (&'static str, String)> {
        let by_assertion = self.rules.client_auth == Proof::PrivateKeyJwt;
        if by_assertion {
            let text = form
                .filled("client_assertion")
                .unwrap_or_default()
                .to_owned();
            let client = self
                .claims(&text)
                .map_err(|reason| ("invalid_client", reason))?;
            set(form, "client_id", &client);
        }
        let jwt_bearer = self
            .rules
            .grant_type
            .as_deref()
            .is_some_and(|grant| grant.ends_with(":jwt-bearer"));
        if jwt_bearer && form.filled("refresh_token").is_none() {
            let text = form.filled("assertion").unwrap_or_default().to_owned();
            let issuer = self
                .claims(&text)
                .map_err(|reason| ("invalid_grant", reason))?;
            if form.filled("client_id").is_none() {
                set(form, "client_id", &issuer);
            }
        }
        Ok(())
    }

    fn claims(&self, token: &str) -> Result<String, String> {
        let parts: Vec<&str> = token.split('.').collect();
        let [header, payload, signature] = parts.as_slice() else {
            return Err("The assertion is no signed JWT.".to_owned());
        };
        if signature.is_empty() {
            return Err("The assertion is not signed.".to_owned());
        }
        self.check_signature(header, payload, signature)?;
        let bytes = URL_SAFE_NO_PAD
            .decode(payload)
            .map_err(|_| "The assertion cannot be decoded.".to_owned())?;
        let claims: Value = serde_json::from_slice(&bytes)
            .map_err(|_| "The assertion's claims are not JSON.".to_owned())?;
        let text = |name: &str| claims.get(name).and_then(Value::as_str).unwrap_or_default();
        let issuer = text("iss");
        if issuer.is_empty() || claims.get("aud").is_none() {
            return Err("The assertion lacks iss or aud.".to_owned());
        }
        let now = self.world.now().timestamp();
        let expires = claims.get("exp").and_then(Value::as_i64).unwrap_or(0);
        if expires <= now || expires > now + 3600 {
            return Err("The assertion has expired, or would live too long.".to_owned());
        }
        let mut seen = self.assertions.lock();
        if seen.len() >= MAX_ASSERTIONS {
            seen.clear();
        }
        let id = text("jti");
        if !id.is_empty() && !seen.insert(format!("{issuer}\n{id}")) {
            return Err("The assertion was already used.".to_owned());
        }
        Ok(issuer.to_owned())
    }

    /// The signature (RFC 7515 §5.2), by the key that the card shows. An assertion that the definition
    /// does not describe is made elsewhere, with a key that the twin cannot know.
    fn check_signature(&self, header: &str, payload: &str, signature: &str) -> Result<(), String> {
        let Some(assertion) = &self.rules.assertion else {
            return Ok(());
        };
        let algorithm = assertion.algorithm.as_deref().unwrap_or(ALGORITHM);
        let decoded = |part: &str| {
            URL_SAFE_NO_PAD
                .decode(part)
                .map_err(|_| "The assertion cannot be decoded.".to_owned())
        };
        let protected: Value = serde_json::from_slice(&decoded(header)?)
            .map_err(|_| "The assertion's header is not JSON.".to_owned())?;
        if protected.get("alg").and_then(Value::as_str) != Some(algorithm) {
            return Err(format!("The assertion must be signed with {algorithm}."));
        }
        let signed = format!("{header}.{payload}");
        let (signed, signature) = (signed.as_bytes(), decoded(signature)?);
        let fits = match algorithm {
            "HS256" => mac_fits::<Hmac<Sha256>>(&self.assertion_secret, signed, &signature),
            "HS384" => mac_fits::<Hmac<Sha384>>(&self.assertion_secret, signed, &signature),
            "HS512" => mac_fits::<Hmac<Sha512>>(&self.assertion_secret, signed, &signature),
            _ => self.world.keys.verifies(algorithm, signed, &signature),
        };
        if fits {
            Ok(())
        } else {
            Err(
                "The assertion's signature is wrong; sign with the key that the sandbox suggests."
                    .to_owned(),
            )
        }
    }

    fn revoke(&self, call: &Call) -> Answer {
        let mut form = call.form();
        let query = call
            .query
            .0
            .iter()
            .filter(|(name, _)| form.get(name).is_none());
        let query: Vec<(String, String)> = query.cloned().collect();
        form.0.extend(query);
        self.server.revoke(&posted(call, form))
    }
}

fn settings(name: &str, slug: &str, rules: &OAuth2) -> Settings {
    let (client_id, secret) = suggested_client(slug);
    let client_auth: &[ClientAuth] = match rules.client_auth {
        Proof::Body => &[ClientAuth::Body],
        Proof::Basic => &[ClientAuth::Basic],
        Proof::None | Proof::PrivateKeyJwt | Proof::TlsClientAuth => {
            &[ClientAuth::Public, ClientAuth::Body, ClientAuth::Basic]
        }
    };
    // An assertion of the grant proves the client, too.
    let by_grant = rules.grant_type.is_some() && rules.kind == OAuth2Type::ClientCredentials;
    let client_auth = if by_grant {
        &[ClientAuth::Public, ClientAuth::Body, ClientAuth::Basic]
    } else {
        client_auth
    };
    let (grants, refresh): (&[Grant], Refresh) = match rules.kind {
        OAuth2Type::AuthorisationCode => (
            &[Grant::AuthorizationCode, Grant::RefreshToken],
            Refresh::Rotating {
                idle: TimeDelta::days(60),
            },
        ),
        OAuth2Type::ClientCredentials => (&[Grant::ClientCredentials], Refresh::None),
        OAuth2Type::PasswordCredentials => (&[Grant::Password], Refresh::None),
    };
    let excludes = |list: &[String], name: &str| list.iter().any(|known| known == name);
    Settings {
        provider: Text::Owned(name.to_owned()),
        tenant_word: "company",
        tenants: &COMPANIES,
        tenant_param: None,
        client_id_prefix: "",
        suggested: vec![(client_id.into(), secret.into())],
        client_auth,
        grants,
        response_type_optional: excludes(&rules.authorise_exclude, "response_type"),
        redirect_repeated: !excludes(&rules.token_exclude, "redirect_uri"),
        state_required: false,
        pkce: match rules.pkce {
            ProofKey::S256 => Pkce::Required,
            ProofKey::None => Pkce::Ignored,
        },
        scopes: Scopes::Any,
        scope_separator: Text::Owned(
            rules
                .scope_separator
                .clone()
                .unwrap_or_else(|| " ".to_owned()),
        ),
        code_life: TimeDelta::minutes(5),
        access_life: Some(TimeDelta::hours(1)),
        refresh,
        refresh_scope: offline_scope(rules),
        access_prefix: "twin_",
        token_type: "Bearer",
        extras: |_| serde_json::Map::new(),
    }
}

/// The scope that stands for refresh tokens, where the definition asks for one.
fn offline_scope(rules: &OAuth2) -> Option<Text> {
    let wanted = rules
        .scopes
        .iter()
        .find(|scope| OFFLINE_SCOPES.contains(&scope.as_str()))?;
    Some(Text::Owned(wanted.clone()))
}

fn mac_fits<M: Mac + KeyInit>(key: &str, signed: &[u8], signature: &[u8]) -> bool {
    let mut mac =
        <M as KeyInit>::new_from_slice(key.as_bytes()).expect("HMAC takes keys of any length");
    mac.update(signed);
    mac.verify_slice(signature).is_ok()
}

fn renamed_back(sent: &Pairs, renames: &indexmap::IndexMap<String, String>) -> Pairs {
    let pairs = sent.0.iter().map(|(name, value)| {
        let standard = renames
            .iter()
            .find(|(_, wire)| *wire == name)
            .map_or(name, |(standard, _)| standard);
        (standard.clone(), value.clone())
    });
    Pairs(pairs.collect())
}

fn set(form: &mut Pairs, name: &str, value: &str) {
    form.0.retain(|(known, _)| known != name);
    form.0.push((name.to_owned(), value.to_owned()));
}

fn rebuilt(call: &Call, method: Method) -> Call {
    Call {
        method,
        host: call.host.clone(),
        origin: call.origin.clone(),
        path: call.path.clone(),
        segments: call.segments.clone(),
        query: Pairs::default(),
        headers: call.headers.clone(),
        body: call.body.clone(),
    }
}

fn posted(call: &Call, form: Pairs) -> Call {
    let body = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(&form.0)
        .finish();
    let mut posted = rebuilt(call, Method::POST);
    posted.headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/x-www-form-urlencoded"),
    );
    posted.body = body.into();
    posted
}

/// A service provider of OAuth 1.0a as a definition describes it.
pub(super) struct OAuth1Door {
    pub(super) server: Arc<OAuth1Server>,
    members: Vec<Member>,
    request: Vec<Route>,
    authorise: Vec<Route>,
    access: Vec<Route>,
}

impl OAuth1Door {
    pub(super) fn new(
        world: &Arc<World>,
        name: &str,
        slug: &str,
        rules: &OAuth1,
        members: Vec<Member>,
        hosts: &Hosts<'_>,
    ) -> Self {
        let routes = |address: &Option<String>| -> Vec<Route> {
            let found = address.iter().flat_map(|address| hosts.resolve(address));
            found.map(|found| found.route).collect()
        };
        let (consumer, secret) = suggested_client(slug);
        let (token, token_secret) = suggested_token(slug);
        let settings = OAuth1Settings {
            provider: Text::Owned(name.to_owned()),
            tenant_word: "company",
            tenants: &[
                ("first-company", "First Company"),
                ("second-company", "Second Company"),
            ],
            consumers: vec![(consumer.into(), secret.into())],
            tokens: vec![(token.into(), token_secret.into())],
            takes_rsa: rules.key.is_some(),
        };
        Self {
            server: Arc::new(OAuth1Server::new(world, settings)),
            members,
            request: routes(&rules.request_token_url),
            authorise: routes(&rules.authorise_url),
            access: routes(&rules.access_token_url),
        }
    }

    /// The answer, when the call is to one of its endpoints.
    pub(super) fn answer(&self, call: &Call) -> Option<Answer> {
        let here = |routes: &[Route]| {
            routes
                .iter()
                .any(|route| route.host == call.host && route.fit(&call.segments).is_some())
        };
        if here(&self.request) {
            return Some(self.server.request_token(call));
        }
        if here(&self.access) {
            return Some(self.with_members(self.server.access_token(call)));
        }
        here(&self.authorise).then(|| {
            if call.method == Method::POST {
                self.server.decide(call)
            } else {
                self.server.authorise(call)
            }
        })
    }

    fn with_members(&self, mut answer: Answer) -> Answer {
        if answer.status == 200 {
            let text = String::from_utf8_lossy(&answer.body).into_owned();
            let mut form = url::form_urlencoded::Serializer::new(text);
            for member in &self.members {
                form.append_pair(&member.from, &member.value);
            }
            answer.body = form.finish().into_bytes();
        }
        answer
    }
}

/// A token that somebody would have made on a page of the provider.
pub(super) fn suggested_token(slug: &str) -> (String, String) {
    (
        format!("sandbox-{slug}-token"),
        format!("sandbox-{slug}-token-secret"),
    )
}
