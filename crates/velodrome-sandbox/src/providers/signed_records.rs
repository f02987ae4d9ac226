//! 1st Connect's stand-in: OAuth 1.0a over plain collections of records.
//!
//! The product's own API is not public, so this imitates nothing of it: it offers what a definition of
//! signed calls to any path needs to be tried out.

use std::sync::Arc;

use crate::answer::Answer;
use crate::call::Call;
use crate::oauth1::{OAuth1Server, OAuth1Settings};
use crate::providers::plain_records::Shelf;
use crate::rate_limit::{Limit, Limiter};
use crate::tenants::Tenants;
use crate::twin::{Card, Site, SuggestedValue, Twin, pairs, texts};
use crate::world::World;

const HOST: &str = "1st-connect.sandbox.example";

pub(crate) fn twin(world: &Arc<World>) -> Twin {
    let settings = OAuth1Settings {
        provider: "1st Connect".into(),
        tenant_word: "company",
        tenants: &[
            ("first-company", "First Company"),
            ("second-company", "Second Company"),
        ],
        consumers: pairs(&[
            ("sandbox-consumer", "sandbox-consumer-secret"),
            ("sandbox-consumer-2", "sandbox-consumer-2-secret"),
        ]),
        tokens: Vec::new(),
        takes_rsa: false,
    };
    let server = Arc::new(OAuth1Server::new(world, settings));
    let site = SignedSite {
        world: world.clone(),
        server: server.clone(),
        shelves: Tenants::new(Shelf::seeded),
        limit: Limiter::new(Limit {
            burst: 20,
            per_second: 10.0,
        }),
    };
    Twin {
        card: Card {
            id: "1st-connect".into(),
            name: "1st Connect (stand-in)".into(),
            origins: texts(&["https://1st-connect.sandbox.example"]),
            values: vec![
                SuggestedValue::fixed("Consumer Key", "sandbox-consumer"),
                SuggestedValue::fixed("Consumer Secret", "sandbox-consumer-secret"),
                SuggestedValue::fixed("Base URL", "https://1st-connect.sandbox.example"),
                SuggestedValue::fixed("Page Parameter", "page"),
                SuggestedValue::fixed("Page Size Parameter", "page_size"),
            ],
            hints: texts(&[
                "Only the suggested keys work here: a signature cannot teach the sandbox a secret of your own.",
                "Resource paths: records/contacts (130 records), records/companies (40) and records/tasks (75).",
                "Signature methods: HMAC-SHA1, HMAC-SHA256, HMAC-SHA512 and PLAINTEXT. A refusal shows the base string.",
            ]),
        },
        sites: vec![(HOST.into(), Arc::new(site) as Arc<dyn Site>)],
        oauth2: Vec::new(),
        oauth1: Some(server),
    }
}

struct SignedSite {
    world: Arc<World>,
    server: Arc<OAuth1Server>,
    shelves: Tenants<Shelf>,
    limit: Limiter,
}

impl Site for SignedSite {
    fn answer(&self, call: &Call) -> Answer {
        let (method, path) = call.route();
        match (method, path.as_slice()) {
            ("GET" | "POST", ["oauth", "request_token"]) => self.server.request_token(call),
            ("GET", ["oauth", "authorize"]) => self.server.authorise(call),
            ("POST", ["oauth", "authorize"]) => self.server.decide(call),
            ("GET" | "POST", ["oauth", "access_token"]) => self.server.access_token(call),
            (_, ["records", rest @ ..]) => match self.server.check(call) {
                Err(refusal) => refusal,
                Ok(connection) => {
                    if let Err(budget) = self.limit.take(&self.world, &connection.tenant) {
                        return Answer::json(
                            429,
                            &serde_json::json!({"error": "too many requests"}),
                        )
                        .with("retry-after", budget.wait.to_string());
                    }
                    self.shelves.with(&connection.tenant, |shelf| {
                        shelf.answer(call, method, rest, self.world.now())
                    })
                }
            },
            _ => Answer::json(404, &serde_json::json!({"error": "there is no such path"})),
        }
    }
}
