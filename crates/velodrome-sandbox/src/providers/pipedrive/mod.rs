//! Pipedrive: a sales CRM, by OAuth 2.0 at each company's own host and by API key at the common one.
//!
//! `company` holds the sample data, `resources` what each collection takes, `rules` what follows from
//! a change; `api` authenticates and routes to `v2`, `search` and `v1`.

mod api;
mod company;
mod fields;
mod resources;
mod rules;
mod search;
mod v1;
mod v2;

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

use api::Api;
use company::Company;

const OAUTH: &str = "oauth.pipedrive.com";
const API: &str = "api.pipedrive.com";
/// The companies that can consent; each answers at its own host.
const COMPANIES: [Tenant; 2] = [
    Tenant {
        key: "sandbox-company.pipedrive.com",
        label: "Sandbox Company",
    },
    Tenant {
        key: "sandbox-second.pipedrive.com",
        label: "Second Sandbox Company",
    },
];

const FULL: [&str; 12] = [
    "base",
    "deals:full",
    "contacts:full",
    "activities:full",
    "leads:full",
    "products:full",
    "users:read",
    "recents:read",
    "search:read",
    "webhooks:full",
    "mail:read",
    "admin",
];
const READ_ONLY: [&str; 6] = [
    "base",
    "deals:read",
    "contacts:read",
    "activities:read",
    "users:read",
    "search:read",
];

/// Both ways in, over the same data.
pub(crate) fn twins(world: &Arc<World>) -> Vec<Twin> {
    let server = Arc::new(OAuth2Server::new(world, settings()));
    let api = Arc::new(Api {
        world: world.clone(),
        oauth: server.clone(),
        companies: Tenants::new(Company::seeded),
        oauth_limit: Limiter::new(Limit {
            burst: 80,
            per_second: 40.0,
        }),
        key_limit: Limiter::new(Limit {
            burst: 40,
            per_second: 20.0,
        }),
    });
    let by_oauth = Twin {
        card: Card {
            id: "pipedrive-oauth".into(),
            name: "Pipedrive (OAuth 2.0)".into(),
            origins: texts(&[
                "https://oauth.pipedrive.com",
                "https://sandbox-company.pipedrive.com",
                "https://sandbox-second.pipedrive.com",
            ]),
            values: vec![
                SuggestedValue::fixed("Client ID", "sandbox-pipedrive"),
                SuggestedValue::fixed("Client Secret", "sandbox-pipedrive-secret"),
            ],
            hints: texts(&[
                "Any other pair works too; the first secret used with a client id is required from then on.",
                "A client id that contains \"readonly\" stands for an app with read scopes only: writes answer 403.",
                "List Deals has 230 deals; access tokens live an hour and each refresh replaces the refresh token.",
            ]),
        },
        sites: vec![
            (
                OAUTH.into(),
                Arc::new(OAuthSite(server.clone())) as Arc<dyn Site>,
            ),
            (COMPANIES[0].key.into(), api.clone()),
            (COMPANIES[1].key.into(), api.clone()),
        ],
        oauth2: vec![server],
        oauth1: None,
    };
    let by_key = Twin {
        card: Card {
            id: "pipedrive".into(),
            name: "Pipedrive (API key)".into(),
            origins: texts(&["https://api.pipedrive.com"]),
            values: vec![SuggestedValue::fixed("API Key", "sandbox-pipedrive-key")],
            hints: texts(&[
                "Any key that begins with \"sandbox\", or of 40 hexadecimal digits, reaches the first sandbox company.",
            ]),
        },
        sites: vec![(API.into(), api)],
        oauth2: Vec::new(),
        oauth1: None,
    };
    vec![by_oauth, by_key]
}

fn settings() -> Settings {
    Settings {
        provider: "Pipedrive".into(),
        tenant_word: "company",
        tenants: &COMPANIES,
        tenant_param: None,
        client_id_prefix: "",
        suggested: pairs(&[("sandbox-pipedrive", "sandbox-pipedrive-secret")]),
        client_auth: &[ClientAuth::Basic, ClientAuth::Body],
        grants: &[Grant::AuthorizationCode, Grant::RefreshToken],
        response_type_optional: true,
        redirect_repeated: true,
        state_required: false,
        pkce: Pkce::Ignored,
        scopes: Scopes::OfApp {
            full: &FULL,
            read_only: &READ_ONLY,
        },
        scope_separator: ",".into(),
        code_life: TimeDelta::minutes(5),
        access_life: Some(TimeDelta::seconds(3599)),
        refresh: Refresh::Rotating {
            idle: TimeDelta::days(60),
        },
        refresh_scope: None,
        access_prefix: "v1u:",
        token_type: "Bearer",
        extras,
    }
}

fn extras(facts: &TokenFacts<'_>) -> Map<String, Value> {
    let mut members = Map::new();
    members.insert(
        "api_domain".to_owned(),
        json!(format!("https://{}", facts.tenant)),
    );
    members
}

/// `oauth.pipedrive.com`.
struct OAuthSite(Arc<OAuth2Server>);

impl Site for OAuthSite {
    fn answer(&self, call: &Call) -> Answer {
        match call.route() {
            ("GET", path) if path == ["oauth", "authorize"] => self.0.authorize(call),
            ("POST", path) if path == ["oauth", "authorize"] => self.0.decide(call),
            ("POST", path) if path == ["oauth", "token"] => self.0.token(call),
            ("POST", path) if path == ["oauth", "revoke"] => self.0.revoke(call),
            _ => Answer::json(404, &json!({"success": false, "error": "Not found"})),
        }
    }
}
