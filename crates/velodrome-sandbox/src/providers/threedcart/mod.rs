//! 3DCart: hosted stores, bare arrays, two requests a second.
//!
//! `store` holds sample data, `collections` what each takes, `lists` what is shown; `api` answers.

mod api;
mod collections;
mod lists;
mod store;

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
use store::Store;

const HOST: &str = "apirest.3dcart.com";
const STORES: [Tenant; 2] = [
    Tenant {
        key: "https://sandbox-store.3dcartstores.com",
        label: "Sandbox Store (sandbox-store.3dcartstores.com)",
    },
    Tenant {
        key: "https://second-store.3dcartstores.com",
        label: "Second Store (second-store.3dcartstores.com)",
    },
];

pub(crate) fn twin(world: &Arc<World>) -> Twin {
    let server = Arc::new(OAuth2Server::new(world, settings()));
    let api = Api {
        world: world.clone(),
        oauth: server.clone(),
        stores: Tenants::new(Store::seeded),
        // The documents say two a second; a short burst is let through, as leaky buckets do.
        limit: Limiter::new(Limit {
            burst: 10,
            per_second: 2.0,
        }),
    };
    Twin {
        card: Card {
            id: "3dcart".into(),
            name: "3DCart".into(),
            origins: texts(&["https://apirest.3dcart.com"]),
            values: vec![
                SuggestedValue::fixed("Client ID", "sandbox-3dcart"),
                SuggestedValue::fixed("Secret Key", "sandbox-3dcart-secret"),
                SuggestedValue::fixed("Store URL", "https://sandbox-store.3dcartstores.com"),
            ],
            hints: texts(&[
                "Store URL may stay blank: the consent page then asks. Any other https address is a store with its own sample data.",
                "List Orders has 620 orders; after a burst of ten, two calls a second are let through, then 429 with Retry-After.",
                "Tokens neither expire nor refresh; a list that finds nothing, and a page past the end, answer 404.",
            ]),
        },
        sites: vec![(
            HOST.into(),
            Arc::new(ApiSite {
                oauth: server.clone(),
                api,
            }) as Arc<dyn Site>,
        )],
        oauth2: vec![server],
        oauth1: None,
    }
}

fn settings() -> Settings {
    Settings {
        provider: "3DCart".into(),
        tenant_word: "store",
        tenants: &STORES,
        tenant_param: Some("store_url"),
        client_id_prefix: "",
        suggested: pairs(&[("sandbox-3dcart", "sandbox-3dcart-secret")]),
        client_auth: &[ClientAuth::Body, ClientAuth::Basic],
        grants: &[Grant::AuthorizationCode],
        response_type_optional: false,
        redirect_repeated: true,
        state_required: true,
        pkce: Pkce::Ignored,
        scopes: Scopes::None,
        scope_separator: " ".into(),
        code_life: TimeDelta::minutes(5),
        access_life: None,
        refresh: Refresh::None,
        refresh_scope: None,
        access_prefix: "",
        token_type: "bearer",
        extras,
    }
}

fn extras(facts: &TokenFacts<'_>) -> Map<String, Value> {
    let known = STORES.iter().position(|store| store.key == facts.tenant);
    let mut members = Map::new();
    members.insert(
        "user_id".to_owned(),
        json!(1001 + known.unwrap_or(STORES.len())),
    );
    members
}

/// One host for both signing in and the API.
struct ApiSite {
    oauth: Arc<OAuth2Server>,
    api: Api,
}

impl Site for ApiSite {
    fn answer(&self, call: &Call) -> Answer {
        let (method, path) = call.route();
        match (method, path.as_slice()) {
            ("GET", ["oauth", "authorize"]) => self.oauth.authorize(call),
            ("POST", ["oauth", "authorize"]) => self.oauth.decide(call),
            ("POST", ["oauth", "token"]) => self.oauth.token(call),
            (_, ["3dCartWebAPI", "v1" | "v2", rest @ ..]) => self.api.answer(call, method, rest),
            _ => Answer::json(
                404,
                &json!({"Message": "No HTTP resource was found that matches the request URI."}),
            ),
        }
    }
}
