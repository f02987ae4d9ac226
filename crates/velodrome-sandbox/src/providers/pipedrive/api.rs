//! Who calls the API, whether they may, and which version answers.

use std::sync::Arc;

use serde_json::{Value, json};

use super::company::Company;
use super::{COMPANIES, v1, v2};
use crate::answer::Answer;
use crate::api_key::{self, KeyError};
use crate::call::Call;
use crate::oauth2::{AccessError, OAuth2Server};
use crate::rate_limit::{Budget, Limiter};
use crate::tenants::Tenants;
use crate::twin::Site;
use crate::world::World;

/// The data API of every company.
pub(super) struct Api {
    pub(super) world: Arc<World>,
    pub(super) oauth: Arc<OAuth2Server>,
    pub(super) companies: Tenants<Company>,
    pub(super) oauth_limit: Limiter,
    pub(super) key_limit: Limiter,
}

/// Who calls.
struct Caller {
    company: String,
    /// `None` for an API key, which may do everything.
    scopes: Option<Vec<String>>,
    budget: Budget,
}

/// A refusal in Pipedrive's shape.
pub(super) fn error(status: u16, code: &str, message: impl Into<String>) -> Answer {
    Answer::json(
        status,
        &json!({
            "success": false,
            "error": message.into(),
            "code": code,
            "error_info": "Please check developers.pipedrive.com for more information about Pipedrive API.",
            "data": null,
            "additional_data": null,
        }),
    )
}

pub(super) fn not_found(what: &str) -> Answer {
    error(404, "ERR_NOT_FOUND", format!("{what} not found"))
}

/// A mistake in the request; the message names the parameter or member.
pub(super) fn invalid(message: impl Into<String>) -> Answer {
    error(
        400,
        "ERR_SCHEMA_VALIDATION_FAILED",
        format!("Validation failed: {}", message.into()),
    )
}

pub(super) fn success(data: Value) -> Answer {
    Answer::json(200, &json!({"success": true, "data": data}))
}

/// What a call needs of an OAuth app: one of these scopes.
pub(super) struct Needs(pub(super) &'static [&'static str]);

/// One request on one company's data.
pub(super) struct Work<'a> {
    pub(super) call: &'a Call,
    pub(super) now: chrono::DateTime<chrono::Utc>,
    pub(super) company: &'a mut Company,
    scopes: Option<&'a [String]>,
}

impl Work<'_> {
    /// Refuses an app that was not granted any of the scopes.
    pub(super) fn allow(&self, needs: &Needs) -> Result<(), Answer> {
        let granted = self.scopes.is_none_or(|scopes| {
            needs
                .0
                .iter()
                .any(|scope| scopes.iter().any(|own| own == scope))
        });
        if granted {
            return Ok(());
        }
        let message = format!(
            "Scope and URL mismatch: this needs {}",
            needs.0.join(" or ")
        );
        Err(error(403, "ERR_FORBIDDEN", message))
    }
}

impl Site for Api {
    fn answer(&self, call: &Call) -> Answer {
        let caller = match self.identify(call) {
            Ok(caller) => caller,
            Err(refusal) => return refusal,
        };
        let answer = self.companies.with(&caller.company, |company| {
            let mut work = Work {
                call,
                now: self.world.now(),
                company,
                scopes: caller.scopes.as_deref(),
            };
            route(&mut work).unwrap_or_else(|refusal| refusal)
        });
        with_budget(answer, &caller.budget)
    }
}

fn route(work: &mut Work<'_>) -> Result<Answer, Answer> {
    let call = work.call;
    let (method, path) = call.route();
    match path.as_slice() {
        ["api", "v2", rest @ ..] => v2::answer(work, method, rest),
        ["api", "v1", rest @ ..] | ["v1", rest @ ..] => v1::answer(work, method, rest),
        _ => Err(error(404, "ERR_NOT_FOUND", "Unknown method.")),
    }
}

impl Api {
    fn identify(&self, call: &Call) -> Result<Caller, Answer> {
        let own = COMPANIES
            .iter()
            .find(|company| company.key == call.host.as_str());
        let key = call
            .header("x-api-token")
            .or_else(|| call.query.get("api_token"));
        if let Some(key) = key {
            // An API key wins over a bearer token.
            let key =
                api_key::check(Some(key), |key| api_key::is_hex(key, 40)).map_err(|error| {
                    match error {
                        KeyError::Missing => unauthorized("unauthorized access"),
                        KeyError::Refused(reason) => unauthorized(&reason),
                    }
                })?;
            let budget = self
                .key_limit
                .take(&self.world, key)
                .map_err(|budget| too_many(&budget))?;
            let company = own.unwrap_or(&COMPANIES[0]).key.to_owned();
            return Ok(Caller {
                company,
                scopes: None,
                budget,
            });
        }
        let token = call
            .bearer()
            .ok_or_else(|| unauthorized("unauthorized access"))?;
        let access = self.oauth.access(token).map_err(|error| {
            unauthorized(match error {
                AccessError::Unknown => "Invalid token: access token is invalid",
                AccessError::Expired => "Invalid token: access token has expired",
                AccessError::Revoked => "Invalid token: the app was uninstalled",
            })
        })?;
        if own.is_some_and(|company| company.key != access.tenant) {
            return Err(unauthorized("Invalid token: it belongs to another company"));
        }
        let bucket = access.grant.to_string();
        let budget = self
            .oauth_limit
            .take(&self.world, &bucket)
            .map_err(|budget| too_many(&budget))?;
        Ok(Caller {
            company: access.tenant,
            scopes: Some(access.scopes),
            budget,
        })
    }
}

fn unauthorized(reason: &str) -> Answer {
    Answer::json(
        401,
        &json!({
            "success": false,
            "error": reason,
            "errorCode": 401,
            "error_info": "Please check developers.pipedrive.com for more information about Pipedrive API.",
        }),
    )
}

fn too_many(budget: &Budget) -> Answer {
    let answer = error(429, "ERR_RATE_LIMIT", "Request over limit")
        .with("retry-after", budget.wait.to_string());
    with_budget(answer, budget)
}

fn with_budget(answer: Answer, budget: &Budget) -> Answer {
    answer
        .with("x-ratelimit-limit", budget.limit.to_string())
        .with("x-ratelimit-remaining", budget.remaining.to_string())
        .with("x-ratelimit-reset", budget.wait.max(2).to_string())
}
