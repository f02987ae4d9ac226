//! `api.stripe.com`: who calls, for which account, and what for.

use std::sync::Arc;

use chrono::TimeDelta;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::account::{Account, Kept};
use super::form::{nest, typed};
use super::problem::Problem;
use super::resources::{Resource, find};
use super::{ACCOUNTS, changes, lists, payments};
use crate::answer::Answer;
use crate::call::Call;
use crate::credentials::{real_secret_kind, refusal};
use crate::oauth2::{AccessError, OAuth2Server};
use crate::rate_limit::Limiter;
use crate::records::Row;
use crate::tenants::Tenants;
use crate::twin::Site;
use crate::world::World;

/// How long an answer is kept for a repeated request.
const KEPT: TimeDelta = TimeDelta::hours(24);
const PINNED_VERSION: &str = "2024-06-20";

pub(super) struct Api {
    pub(super) world: Arc<World>,
    pub(super) oauth: Arc<OAuth2Server>,
    pub(super) accounts: Tenants<Account>,
    pub(super) limit: Limiter,
}

/// Who calls.
struct Caller {
    account: String,
    may_write: bool,
    /// Names the bucket of the rate limit.
    credential: String,
}

impl Site for Api {
    fn answer(&self, call: &Call) -> Answer {
        let version = call
            .header("stripe-version")
            .unwrap_or(PINNED_VERSION)
            .to_owned();
        let mut answer = self.answer_or_refuse(call).unwrap_or_else(Answer::from);
        if let Some(key) = call.header("idempotency-key") {
            answer = answer.with("idempotency-key", key);
        }
        answer
            .with("request-id", format!("req_{}", self.world.chance.text(14)))
            .with("stripe-version", version)
    }
}

impl Api {
    fn answer_or_refuse(&self, call: &Call) -> Result<Answer, Problem> {
        let caller = self.identify(call)?;
        if let Err(budget) = self.limit.take(&self.world, &caller.credential) {
            return Ok(Answer::from(Problem::rate_limited())
                .with("retry-after", budget.wait.to_string())
                .with("stripe-should-retry", "true"));
        }
        if call.method != "GET" && !caller.may_write {
            let message = "This API call needs the scope read_write; the account was connected with read_only.";
            return Err(Problem::forbidden("oauth_not_supported", message));
        }
        self.accounts
            .with(&caller.account, |account| self.once(call, account))
    }

    /// Answers a repeated `Idempotency-Key` as the first time.
    fn once(&self, call: &Call, account: &mut Account) -> Result<Answer, Problem> {
        let key = call
            .header("idempotency-key")
            .filter(|_| call.method == "POST");
        let Some(key) = key else {
            return self.route(call, account);
        };
        let now = self.world.now();
        account.idempotent.retain(|_, kept| now - kept.since < KEPT);
        let request: [u8; 32] = Sha256::new()
            .chain_update(call.path.as_bytes())
            .chain_update([0])
            .chain_update(&call.body)
            .finalize()
            .into();
        if let Some(kept) = account.idempotent.get(key) {
            if kept.request != request {
                return Err(Problem::idempotency());
            }
            return Ok(kept.answer.clone().with("idempotent-replayed", "true"));
        }
        // Requests that fail validation are not kept, so that a corrected one may use the key again.
        let answer = self.route(call, account)?;
        let kept = Kept {
            request,
            answer: answer.clone(),
            since: now,
        };
        account.idempotent.insert(key.to_owned(), kept);
        Ok(answer)
    }

    fn route(&self, call: &Call, account: &mut Account) -> Result<Answer, Problem> {
        let (method, path) = call.route();
        let unknown = || Problem::no_such_url(method, &call.path);
        let ["v1", rest @ ..] = path.as_slice() else {
            return Err(unknown());
        };
        let query = nest(&call.query)?;
        match (method, rest) {
            ("GET", ["account"]) => return Ok(Answer::json(200, &own_account(&account.id))),
            ("GET", ["accounts", id]) if *id == account.id => {
                return Ok(Answer::json(200, &own_account(id)));
            }
            ("GET", ["balance"]) => return Ok(Answer::json(200, &balance())),
            _ => {}
        }
        let resource = rest
            .first()
            .and_then(|path| find(path))
            .ok_or_else(unknown)?;
        match (method, &rest[1..]) {
            ("GET", []) => lists::list(account, resource, &call.query, &query),
            ("GET", ["search"]) if resource.path == "customers" => {
                lists::search(account, resource, &call.query)
            }
            ("GET", [id]) => {
                let object = existing(account, resource, id)?;
                Ok(Answer::json(
                    200,
                    &lists::expanded(account, object, &query, "")?,
                ))
            }
            ("POST", []) => {
                let params = resource.create.ok_or_else(unknown)?;
                let body = read_form(call)?;
                let object =
                    changes::create(account, resource, &typed(params, &body)?, &self.world)?;
                Ok(Answer::json(
                    200,
                    &lists::expanded(account, &object, &body, "")?,
                ))
            }
            ("POST", [id]) => {
                let params = resource.update.ok_or_else(unknown)?;
                let body = read_form(call)?;
                let before = alive(account, resource, id)?;
                let object = changes::update(
                    account,
                    resource,
                    &before,
                    &typed(params, &body)?,
                    &self.world,
                )?;
                Ok(Answer::json(
                    200,
                    &lists::expanded(account, &object, &body, "")?,
                ))
            }
            ("POST", [id, action]) => {
                let (_, params) = resource
                    .actions
                    .iter()
                    .find(|(name, _)| name == action)
                    .ok_or_else(unknown)?;
                let body = read_form(call)?;
                let before = alive(account, resource, id)?;
                let given = typed(params, &body)?;
                let object =
                    payments::act(account, resource.path, action, before, &given, &self.world)?;
                Ok(Answer::json(
                    200,
                    &lists::expanded(account, &object, &body, "")?,
                ))
            }
            ("DELETE", [id]) => {
                typed(resource.delete.ok_or_else(unknown)?, &query)?;
                let before = alive(account, resource, id)?;
                let object = changes::delete(account, resource, &before, &self.world)?;
                Ok(Answer::json(200, &Value::Object(object)))
            }
            _ => Err(unknown()),
        }
    }

    fn identify(&self, call: &Call) -> Result<Caller, Problem> {
        let key = call
            .bearer()
            .map(str::to_owned)
            .or_else(|| call.basic().map(|(user, _)| user));
        let key = key.filter(|key| !key.is_empty()).ok_or_else(|| {
            let message = "You did not provide an API key. You need to provide your API key in the Authorization header, \
                           using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY').";
            Problem::unauthorized(message)
        })?;
        if let Some(kind) = real_secret_kind(&key) {
            return Err(Problem::unauthorized(refusal(kind)));
        }
        let named = call.header("stripe-account");
        if let Some(client_id) = self.oauth.clients().owner_of(&key) {
            return self.identify_platform(&client_id, named);
        }
        let access = self.oauth.access(&key).map_err(|error| match error {
            AccessError::Unknown => Problem::unauthorized("Invalid API Key provided."),
            AccessError::Expired => Problem::expired(),
            AccessError::Revoked => no_access(named.unwrap_or("this account")),
        })?;
        if named.is_some_and(|named| named != access.tenant) {
            return Err(no_access(named.unwrap_or_default()));
        }
        Ok(Caller {
            may_write: access.scopes.iter().any(|scope| scope == "read_write"),
            credential: access.tenant.clone(),
            account: access.tenant,
        })
    }

    /// The platform's own key: for itself, or for an account that is connected to it.
    fn identify_platform(&self, client_id: &str, named: Option<&str>) -> Result<Caller, Problem> {
        let Some(named) = named else {
            let account = ACCOUNTS[0].key.to_owned();
            return Ok(Caller {
                credential: account.clone(),
                account,
                may_write: true,
            });
        };
        let scopes = self
            .oauth
            .consent_of(client_id, named)
            .ok_or_else(|| no_access(named))?;
        Ok(Caller {
            account: named.to_owned(),
            may_write: scopes.iter().any(|scope| scope == "read_write"),
            credential: named.to_owned(),
        })
    }
}

fn no_access(account: &str) -> Problem {
    let message = format!(
        "The provided key does not have access to account '{account}' (or that account does not exist). Application access may have been revoked."
    );
    Problem::forbidden("account_invalid", message)
}

fn read_form(call: &Call) -> Result<Row, Problem> {
    if !call.body.is_empty() && call.media_type() != "application/x-www-form-urlencoded" {
        let message = "Invalid request: POST requests should have a Content-Type of application/x-www-form-urlencoded.";
        return Err(Problem::state("parameter_invalid_empty", message));
    }
    nest(&call.form())
}

fn existing<'a>(account: &'a Account, resource: &Resource, id: &str) -> Result<&'a Row, Problem> {
    account
        .collection(resource.path)
        .get(id)
        .ok_or_else(|| Problem::no_such(resource.object, id, "id"))
}

/// An object that may still be changed.
fn alive(account: &Account, resource: &Resource, id: &str) -> Result<Row, Problem> {
    existing(account, resource, id)
        .ok()
        .filter(|object| !object.contains_key("deleted"))
        .cloned()
        .ok_or_else(|| Problem::no_such(resource.object, id, "id"))
}

fn own_account(id: &str) -> Value {
    let name = ACCOUNTS
        .iter()
        .find(|account| account.key == id)
        .map_or("Sandbox", |account| account.label);
    json!({
        "id": id, "object": "account", "business_profile": {"name": name, "url": null, "support_email": null},
        "business_type": "company", "capabilities": {"card_payments": "active", "transfers": "active"},
        "charges_enabled": true, "country": "US", "created": 1_736_150_400, "default_currency": "usd",
        "details_submitted": true, "email": "owner@example.com", "metadata": {}, "payouts_enabled": true,
        "settings": {"dashboard": {"display_name": name, "timezone": "America/New_York"}}, "type": "standard",
    })
}

fn balance() -> Value {
    json!({
        "object": "balance",
        "available": [{"amount": 1_254_300, "currency": "usd", "source_types": {"card": 1_254_300}}],
        "livemode": false,
        "pending": [{"amount": 84_900, "currency": "usd", "source_types": {"card": 84_900}}],
    })
}
