//! The authorization endpoint: the request, the consent page, the decision.

use chrono::TimeDelta;
use url::Url;

use super::OAuth2Server;
use super::consent_page;
use super::ledger::{Authorization, Code, Pending};
use super::settings::{Pkce, Settings};
use crate::answer::Answer;
use crate::call::{Call, Pairs};
use crate::control::Consent;
use crate::credentials::{real_secret_kind, refusal};
use crate::html::{dialog, escape};

/// How long somebody may think about the consent page.
const DECISION_LIFE: TimeDelta = TimeDelta::minutes(10);
/// Ties a consent form to the browser it was shown in.
const BROWSER_COOKIE: &str = "sandbox_browser";

impl OAuth2Server {
    /// `GET`: checks the request and asks the person.
    pub(crate) fn authorize(&self, call: &Call) -> Answer {
        let authorization = match self.read_authorization(&call.query) {
            Ok(authorization) => authorization,
            Err(Refusal::Page(reason)) => return error_page(&self.settings.provider, &reason),
            Err(Refusal::Redirect(answer)) => return answer,
        };
        match self.world.consent() {
            Consent::Allow => {
                let tenant = authorization
                    .tenant
                    .clone()
                    .unwrap_or_else(|| self.settings.tenants[0].key.to_owned());
                self.allow(authorization, tenant)
            }
            Consent::Deny => deny(&authorization),
            Consent::Ask => self.ask(call, authorization),
        }
    }

    /// `POST`: the consent form's decision.
    pub(crate) fn decide(&self, call: &Call) -> Answer {
        let form = call.form();
        let now = self.world.now();
        let pending = {
            let mut ledger = self.ledger.lock();
            let id = form.get("request").unwrap_or_default();
            let genuine = ledger.pending.get(id).is_some_and(|pending| {
                form.get("csrf") == Some(&pending.csrf)
                    && call.cookie(BROWSER_COOKIE) == Some(&pending.browser)
            });
            if genuine {
                ledger.pending.remove(id)
            } else {
                None
            }
        };
        let Some(pending) = pending.filter(|pending| pending.expires > now) else {
            let reason = "This page has expired, was already answered, or was opened in another browser. \
                          Go back to the application and connect again.";
            return error_page(&self.settings.provider, reason);
        };
        if form.get("decision") != Some("allow") {
            return deny(&pending.authorization);
        }
        match self.settings.tenant(form.get("tenant").unwrap_or_default()) {
            Some(tenant) => self.allow(pending.authorization, tenant),
            None => error_page(
                &self.settings.provider,
                &format!(
                    "Choose a {} that is on the page.",
                    self.settings.tenant_word
                ),
            ),
        }
    }

    fn ask(&self, call: &Call, authorization: Authorization) -> Answer {
        let id = self.world.chance.text(32);
        let csrf = self.world.chance.text(32);
        let browser = match call.cookie(BROWSER_COOKIE) {
            Some(known) => known.to_owned(),
            None => self.world.chance.text(32),
        };
        let page = consent_page::render(&self.settings, &authorization, &id, &csrf, &call.path);
        let pending = Pending {
            authorization,
            browser: browser.clone(),
            csrf,
            expires: self.world.now() + DECISION_LIFE,
        };
        self.ledger.lock().pending.insert(id, pending);
        Answer::html(200, page).with(
            "set-cookie",
            format!("{BROWSER_COOKIE}={browser}; Path=/; HttpOnly; SameSite=Lax"),
        )
    }

    fn allow(&self, authorization: Authorization, tenant: String) -> Answer {
        let code = self.world.chance.text(40);
        let mut back = vec![("code", code.as_str())];
        if let Some(state) = &authorization.state {
            back.push(("state", state));
        }
        let answer = redirect_back(&authorization.redirect_uri, &back);
        let expires = self.world.now() + self.settings.code_life;
        let record = Code {
            authorization,
            tenant,
            expires,
            used: None,
        };
        self.ledger.lock().codes.insert(code, record);
        answer
    }

    fn read_authorization(&self, query: &Pairs) -> Result<Authorization, Refusal> {
        let page = |reason: &str| Refusal::Page(reason.to_owned());
        for name in [
            "client_id",
            "redirect_uri",
            "response_type",
            "state",
            "scope",
        ] {
            if query.repeats(name) {
                return Err(Refusal::Page(format!(
                    "The parameter {name} was sent twice."
                )));
            }
        }
        let client_id = query
            .filled("client_id")
            .ok_or_else(|| page("The parameter client_id is missing."))?;
        if let Some(kind) = real_secret_kind(client_id) {
            return Err(Refusal::Page(refusal(kind)));
        }
        let prefix = self.settings.client_id_prefix;
        if !client_id.starts_with(prefix) {
            return Err(Refusal::Page(format!(
                "No application has this client id: they start with {prefix}."
            )));
        }
        let redirect_uri = query
            .filled("redirect_uri")
            .ok_or_else(|| page("The parameter redirect_uri is missing."))?;
        if !is_callback(redirect_uri) {
            return Err(page(
                "The parameter redirect_uri is not an absolute http or https address without a fragment.",
            ));
        }
        let state = query.get("state");
        let refuse = |error: &str, description: String| {
            Refusal::Redirect(redirect_error(redirect_uri, state, error, &description))
        };
        match query.filled("response_type") {
            Some("code") => {}
            None if self.settings.response_type_optional => {}
            None => {
                return Err(refuse(
                    "invalid_request",
                    "The parameter response_type is missing.".to_owned(),
                ));
            }
            Some(other) => {
                return Err(refuse(
                    "unsupported_response_type",
                    format!("The response type {other:?} is not offered, only code."),
                ));
            }
        }
        if self.settings.state_required && query.filled("state").is_none() {
            return Err(refuse(
                "invalid_request",
                "The parameter state is missing.".to_owned(),
            ));
        }
        let asked = Settings::split_scopes(query.get("scope").unwrap_or_default());
        let scopes = self
            .settings
            .granted_scopes(client_id, &asked)
            .map_err(|reason| refuse("invalid_scope", reason))?;
        let challenge = self
            .read_challenge(query)
            .map_err(|reason| refuse("invalid_request", reason))?;
        let tenant = match self
            .settings
            .tenant_param
            .and_then(|name| query.filled(name))
        {
            None => None,
            Some(name) => Some(self.settings.tenant(name).ok_or_else(|| {
                refuse(
                    "invalid_request",
                    format!(
                        "{name:?} is not the https address of a {}.",
                        self.settings.tenant_word
                    ),
                )
            })?),
        };
        Ok(Authorization {
            client_id: client_id.to_owned(),
            redirect_uri: redirect_uri.to_owned(),
            state: state.map(str::to_owned),
            scopes,
            challenge,
            tenant,
        })
    }

    fn read_challenge(&self, query: &Pairs) -> Result<Option<(String, String)>, String> {
        if self.settings.pkce == Pkce::Ignored {
            return Ok(None);
        }
        let Some(challenge) = query.filled("code_challenge") else {
            return match self.settings.pkce {
                Pkce::Required => Err(
                    "The parameter code_challenge is missing: this provider requires PKCE."
                        .to_owned(),
                ),
                Pkce::Offered | Pkce::Ignored => Ok(None),
            };
        };
        let method = query.filled("code_challenge_method").unwrap_or("plain");
        if !["S256", "plain"].contains(&method) {
            return Err(format!(
                "The code challenge method {method:?} is not known."
            ));
        }
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
        if !(43..=128).contains(&challenge.len()) || !challenge.bytes().all(allowed) {
            return Err("The code challenge is not 43 to 128 unreserved characters.".to_owned());
        }
        Ok(Some((method.to_owned(), challenge.to_owned())))
    }
}

enum Refusal {
    /// The client or its address cannot be trusted, so the person is told here.
    Page(String),
    /// The client is told.
    Redirect(Answer),
}

fn is_callback(redirect_uri: &str) -> bool {
    Url::parse(redirect_uri).is_ok_and(|url| {
        ["http", "https"].contains(&url.scheme()) && url.has_host() && url.fragment().is_none()
    })
}

fn deny(authorization: &Authorization) -> Answer {
    let description = "The user denied access to the application.";
    redirect_error(
        &authorization.redirect_uri,
        authorization.state.as_deref(),
        "access_denied",
        description,
    )
}

fn redirect_error(
    redirect_uri: &str,
    state: Option<&str>,
    error: &str,
    description: &str,
) -> Answer {
    let mut back = vec![("error", error), ("error_description", description)];
    if let Some(state) = state {
        back.push(("state", state));
    }
    redirect_back(redirect_uri, &back)
}

/// The client's own address with `parameters` added; what it had in its query stays.
fn redirect_back(redirect_uri: &str, parameters: &[(&str, &str)]) -> Answer {
    match Url::parse(redirect_uri) {
        Ok(mut url) => {
            url.query_pairs_mut().extend_pairs(parameters);
            Answer::redirect(url)
        }
        Err(_) => error_page("Sandbox", "The parameter redirect_uri is not an address."),
    }
}

fn error_page(provider: &str, reason: &str) -> Answer {
    let title = format!("{provider} cannot continue");
    let body = format!("<p role=\"alert\">{}</p>", escape(reason));
    Answer::html(400, dialog(&title, &body))
}
