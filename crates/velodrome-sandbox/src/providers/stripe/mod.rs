//! Stripe: accounts connected by OAuth, form-encoded calls, lists by neighbour.
//!
//! `params` and `resources` say what is documented; `form` reads it; `account` holds sample objects;
//! `changes` and `payments` are what calls do; `lists` what they show; `api` who may.

mod account;
mod api;
mod changes;
mod form;
mod lists;
mod objects;
mod params;
mod payments;
mod problem;
mod resources;
mod subscriptions;

use std::sync::Arc;

use chrono::TimeDelta;
use serde_json::{Map, Value, json};

use crate::answer::Answer;
use crate::call::Call;
use crate::oauth2::{
    ClientAuth, Grant, OAuth2Server, Pkce, Refresh, Scopes, Settings, Tenant, TokenFacts,
};
use crate::rate_limit::{Limit, Limiter};
use crate::tenants::Tenants;
use crate::twin::{Card, Site, SuggestedValue, Twin, pairs, texts};
use crate::world::World;

use account::Account;
use api::Api;

const CONNECT: &str = "connect.stripe.com";
const API: &str = "api.stripe.com";
const ACCOUNTS: [Tenant; 2] = [
    Tenant {
        key: "acct_1Sandbox000000001",
        label: "Sandbox Store",
    },
    Tenant {
        key: "acct_1Sandbox000000002",
        label: "Second Sandbox Store",
    },
];

pub(crate) fn twin(world: &Arc<World>) -> Twin {
    let server = Arc::new(OAuth2Server::new(world, settings()));
    let api = Api {
        world: world.clone(),
        oauth: server.clone(),
        accounts: Tenants::new(Account::seeded),
        limit: Limiter::new(Limit {
            burst: 25,
            per_second: 25.0,
        }),
    };
    Twin {
        card: Card {
            id: "stripe".into(),
            name: "Stripe (OAuth)".into(),
            origins: texts(&["https://connect.stripe.com", "https://api.stripe.com"]),
            values: vec![
                SuggestedValue::fixed("Client ID", "ca_sandbox_velodrome"),
                SuggestedValue::fixed("Client Secret", "sandbox-stripe-secret"),
            ],
            hints: texts(&[
                "Client ids begin with ca_; real secret keys (sk_live_, sk_test_) are refused.",
                "List Charges has 260 charges, newest first, at most 100 a page.",
                "A payment method or source that contains chargeDeclined is declined with 402.",
            ]),
        },
        sites: vec![
            (
                CONNECT.into(),
                Arc::new(ConnectSite(server.clone())) as Arc<dyn Site>,
            ),
            (API.into(), Arc::new(api)),
        ],
        oauth2: vec![server],
        oauth1: None,
    }
}

fn settings() -> Settings {
    Settings {
        provider: "Stripe".into(),
        tenant_word: "account",
        tenants: &ACCOUNTS,
        tenant_param: None,
        client_id_prefix: "ca_",
        suggested: pairs(&[("ca_sandbox_velodrome", "sandbox-stripe-secret")]),
        client_auth: &[ClientAuth::SecretAlone],
        grants: &[Grant::AuthorizationCode, Grant::RefreshToken],
        response_type_optional: false,
        redirect_repeated: true,
        state_required: false,
        pkce: Pkce::Ignored,
        scopes: Scopes::Requested {
            known: &["read_write", "read_only"],
            default: &["read_only"],
        },
        scope_separator: " ".into(),
        code_life: TimeDelta::minutes(5),
        access_life: None,
        refresh: Refresh::Kept,
        refresh_scope: None,
        access_prefix: "sk_acct_sandbox_",
        token_type: "bearer",
        extras,
    }
}

fn extras(facts: &TokenFacts<'_>) -> Map<String, Value> {
    let mut members = Map::new();
    members.insert("livemode".to_owned(), json!(false));
    members.insert("stripe_user_id".to_owned(), json!(facts.tenant));
    members.insert(
        "stripe_publishable_key".to_owned(),
        json!(format!("pk_sandbox_{}", facts.tenant)),
    );
    members
}

/// `connect.stripe.com`.
struct ConnectSite(Arc<OAuth2Server>);

impl Site for ConnectSite {
    fn answer(&self, call: &Call) -> Answer {
        let (method, path) = call.route();
        match (method, path.as_slice()) {
            ("GET", ["oauth", "authorize"] | ["express", "oauth", "authorize"]) => {
                self.0.authorize(call)
            }
            ("POST", ["oauth", "authorize"] | ["express", "oauth", "authorize"]) => {
                self.0.decide(call)
            }
            ("POST", ["oauth", "token"]) => self.0.token(call),
            ("POST", ["oauth", "deauthorize"]) => self.deauthorize(call),
            _ => Answer::json(
                404,
                &json!({"error": "invalid_request", "error_description": "Unrecognized request URL."}),
            ),
        }
    }
}

impl ConnectSite {
    fn deauthorize(&self, call: &Call) -> Answer {
        let client_id = match self.0.client_of(call) {
            Ok(client_id) => client_id,
            Err(refusal) => return refusal,
        };
        // Clients that can only vary the address send the account there.
        let form = call.form();
        let account = form
            .get("stripe_user_id")
            .or_else(|| call.query.get("stripe_user_id"))
            .unwrap_or_default();
        if self.0.revoke_tenant(&client_id, account) {
            return Answer::json(200, &json!({"stripe_user_id": account}));
        }
        let description = format!(
            "This application is not connected to stripe account {account}, or that account does not exist."
        );
        Answer::json(
            401,
            &json!({"error": "invalid_client", "error_description": description}),
        )
    }
}
