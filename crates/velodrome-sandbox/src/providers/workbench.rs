//! A provider of our own making, for what no seed provider offers: PKCE, client credentials, user name
//! and password, short tokens, requested scopes; also Basic and API-key calls.

use std::sync::Arc;

use chrono::TimeDelta;
use serde_json::{Map, Value, json};

use crate::answer::Answer;
use crate::api_key;
use crate::call::Call;
use crate::oauth2::{
    ClientAuth, Grant, OAuth2Server, Pkce, Refresh, Scopes, Settings, Tenant, TokenFacts,
};
use crate::providers::plain_records::Shelf;
use crate::rate_limit::{Limit, Limiter};
use crate::tenants::Tenants;
use crate::twin::{Card, Site, SuggestedValue, Twin, pairs, texts};
use crate::world::World;

const HOST: &str = "workbench.sandbox.example";
/// The same server for clients that cannot send a proof key.
const RELAXED_HOST: &str = "workbench-relaxed.sandbox.example";
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

pub(crate) fn twins(world: &Arc<World>) -> Vec<Twin> {
    vec![
        twin(
            world,
            "workbench",
            "Workbench (PKCE required)",
            HOST,
            "https://workbench.sandbox.example",
            Pkce::Required,
        ),
        twin(
            world,
            "workbench-relaxed",
            "Workbench (PKCE optional)",
            RELAXED_HOST,
            "https://workbench-relaxed.sandbox.example",
            Pkce::Offered,
        ),
    ]
}

fn twin(
    world: &Arc<World>,
    id: &'static str,
    name: &'static str,
    host: &'static str,
    origin: &'static str,
    pkce: Pkce,
) -> Twin {
    let server = Arc::new(OAuth2Server::new(world, settings(pkce)));
    let site = Workbench {
        world: world.clone(),
        server: server.clone(),
        shelves: Tenants::new(Shelf::seeded),
        limit: Limiter::new(Limit {
            burst: 50,
            per_second: 20.0,
        }),
    };
    Twin {
        card: Card {
            id: id.into(),
            name: name.into(),
            origins: texts(&[origin]),
            values: vec![
                SuggestedValue::fixed("Client ID", "sandbox-workbench"),
                SuggestedValue::fixed("Client Secret", "sandbox-workbench-secret"),
                SuggestedValue::fixed("Password of any user", "sandbox"),
                SuggestedValue::fixed("API Key (header X-Api-Key)", "sandbox-workbench-key"),
            ],
            hints: texts(&[
                "/oauth/authorize, /oauth/token and /oauth/revoke offer codes, client credentials, passwords and refresh; tokens live ten minutes.",
                "/me says who calls; /records/contacts, companies and tasks take page and page_size. Writing needs the scope records.write.",
                "Calls may carry a bearer token, Basic credentials (any user, password sandbox) or the API key.",
            ]),
        },
        sites: vec![(host.into(), Arc::new(site) as Arc<dyn Site>)],
        oauth2: vec![server],
        oauth1: None,
    }
}

fn settings(pkce: Pkce) -> Settings {
    Settings {
        provider: "Workbench".into(),
        tenant_word: "company",
        tenants: &COMPANIES,
        tenant_param: None,
        client_id_prefix: "",
        suggested: pairs(&[("sandbox-workbench", "sandbox-workbench-secret")]),
        client_auth: &[ClientAuth::Basic, ClientAuth::Body],
        grants: &[
            Grant::AuthorizationCode,
            Grant::RefreshToken,
            Grant::ClientCredentials,
            Grant::Password,
        ],
        response_type_optional: false,
        redirect_repeated: true,
        state_required: false,
        pkce,
        scopes: Scopes::Requested {
            known: &["records.read", "records.write", "profile"],
            default: &["records.read", "profile"],
        },
        scope_separator: " ".into(),
        code_life: TimeDelta::minutes(1),
        access_life: Some(TimeDelta::minutes(10)),
        refresh: Refresh::Rotating {
            idle: TimeDelta::days(30),
        },
        refresh_scope: None,
        access_prefix: "wb_",
        token_type: "Bearer",
        extras,
    }
}

fn extras(facts: &TokenFacts<'_>) -> Map<String, Value> {
    let mut members = Map::new();
    members.insert("company".to_owned(), json!(facts.tenant));
    members.insert(
        "can_write".to_owned(),
        json!(facts.scopes.iter().any(|scope| scope == "records.write")),
    );
    members
}

struct Workbench {
    world: Arc<World>,
    server: Arc<OAuth2Server>,
    shelves: Tenants<Shelf>,
    limit: Limiter,
}

/// Who calls.
struct Caller {
    company: String,
    by: &'static str,
    scopes: Vec<String>,
}

impl Site for Workbench {
    fn answer(&self, call: &Call) -> Answer {
        let (method, path) = call.route();
        match (method, path.as_slice()) {
            ("GET", ["oauth", "authorize"]) => self.server.authorize(call),
            ("POST", ["oauth", "authorize"]) => self.server.decide(call),
            ("POST", ["oauth", "token"]) => self.server.token(call),
            ("POST", ["oauth", "revoke"]) => self.server.revoke(call),
            (_, ["me" | "records", ..]) => self
                .api(call, method, &path)
                .unwrap_or_else(|refusal| refusal),
            _ => Answer::json(404, &json!({"error": "there is no such path"})),
        }
    }
}

impl Workbench {
    fn api(&self, call: &Call, method: &str, path: &[&str]) -> Result<Answer, Answer> {
        let caller = self.identify(call)?;
        self.limit
            .take(&self.world, &caller.company)
            .map_err(|budget| {
                Answer::json(429, &json!({"error": "too many requests"}))
                    .with("retry-after", budget.wait.to_string())
            })?;
        if path[0] == "me" {
            let body = json!({"company": caller.company, "authenticated_by": caller.by, "scopes": caller.scopes});
            return Ok(Answer::json(200, &body));
        }
        let needed = if method == "GET" {
            "records.read"
        } else {
            "records.write"
        };
        if !caller.scopes.iter().any(|scope| scope == needed) {
            let challenge = format!("Bearer error=\"insufficient_scope\", scope=\"{needed}\"");
            return Err(Answer::json(
                403,
                &json!({"error": "insufficient_scope", "scope": needed}),
            )
            .with("www-authenticate", challenge));
        }
        Ok(self.shelves.with(&caller.company, |shelf| {
            shelf.answer(call, method, &path[1..], self.world.now())
        }))
    }

    fn identify(&self, call: &Call) -> Result<Caller, Answer> {
        let all = || {
            ["records.read", "records.write", "profile"]
                .map(str::to_owned)
                .to_vec()
        };
        let denied = |error: &str| {
            Answer::json(401, &json!({"error": error})).with(
                "www-authenticate",
                format!("Bearer realm=\"sandbox\", error=\"{error}\""),
            )
        };
        if let Some(token) = call.bearer() {
            let access = self
                .server
                .access(token)
                .map_err(|_| denied("invalid_token"))?;
            return Ok(Caller {
                company: access.tenant,
                by: "bearer",
                scopes: access.scopes,
            });
        }
        if let Some((_, password)) = call.basic() {
            if password != "sandbox" {
                return Err(denied("invalid_credentials"));
            }
            return Ok(Caller {
                company: COMPANIES[0].key.to_owned(),
                by: "basic",
                scopes: all(),
            });
        }
        api_key::check(call.header("x-api-key"), |_| false).map_err(|_| denied("invalid_key"))?;
        Ok(Caller {
            company: COMPANIES[0].key.to_owned(),
            by: "api_key",
            scopes: all(),
        })
    }
}
