//! The API document, generated from the handlers.

use axum::Router;
use utoipa::{
    Modify, OpenApi,
    openapi::{
        OpenApi as Document,
        path::Paths,
        security::{
            ApiKey, ApiKeyValue, ClientCredentials, Flow, OAuth2, Password, Scopes, SecurityScheme,
        },
    },
};
use utoipa_axum::router::OpenApiRouter;

use crate::{ApiState, console, oauth, operations, v1, webhooks};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Velodrome API",
        version = "1.0.0",
        description = "REST API of Velodrome: an open-source embedded integration platform.",
        license(name = "Apache 2.0", identifier = "Apache-2.0")
    ),
    security(("oauth2" = [])),
    modifiers(&Schemes),
    tags(
        (name = "OAuth", description = "Access tokens."),
        (name = "Accounts", description = "Customers of the partner. Partner level."),
        (name = "Users", description = "People who may enter accounts. Partner level."),
        (name = "Connectors", description = "Library of connectors and their methods."),
        (name = "Account connectors", description = "Connectors installed in an account."),
        (name = "Transactions", description = "Runs and their data."),
        (name = "Incidents", description = "Errors and warnings."),
        (name = "Inbound webhooks", description = "Requests from outside into a cycle."),
        (name = "Data on Demand", description = "Calling methods and APIs through an account connector, without a cycle."),
        (name = "Templates", description = "Integrations that are installed into accounts."),
        (name = "Cycles", description = "Integrations of an account: list, settings, start and stop."),
        (name = "Steps", description = "Steps of a cycle."),
        (name = "Edges", description = "Connections between steps."),
        (name = "Cycle variables", description = "Values that a cycle's mappings share."),
        (name = "Step setup", description = "Mappings of a step, what it lacks, and what its connector offers."),
        (name = "Partner", description = "The partner itself: details, usage, regions, audit log."),
        (name = "Reports", description = "The ledger of what was accepted, and how it went."),
        (name = "Partner connectors", description = "Partner-level connector setup and guides."),
        (name = "Partner credentials", description = "Client credentials and tokens."),
        (name = "Partner settings", description = "Settings, IP rules, administrators."),
        (name = "Operations", description = "Health and metrics."),
        (name = "Console", description = "The console's own session. Needs the session cookie and the header X-Velodrome-Console."),
    )
)]
struct Root;

struct Schemes;

impl Modify for Schemes {
    fn modify(&self, document: &mut Document) {
        let components = document.components.get_or_insert_default();
        let flows = [
            Flow::ClientCredentials(ClientCredentials::new(
                "/oauth/token",
                Scopes::from_iter([("account:{account id}", "Only this account.")]),
            )),
            Flow::Password(Password::with_refresh_url(
                "/oauth/token",
                Scopes::new(),
                "/oauth/token",
            )),
        ];
        components.add_security_scheme("oauth2", SecurityScheme::OAuth2(OAuth2::new(flows)));
        let cookie = ApiKeyValue::new(crate::CONSOLE_COOKIE);
        components.add_security_scheme("session", SecurityScheme::ApiKey(ApiKey::Cookie(cookie)));
    }
}

/// Every documented operation, the templates it is routed by, and the document that tells of them.
pub(crate) fn operations() -> (Router<ApiState>, Vec<String>, Document) {
    let (router, mut document) = OpenApiRouter::with_openapi(Root::openapi())
        .merge(oauth::routes())
        .merge(v1::partner_routes())
        .merge(v1::connector_routes())
        .merge(v1::cycle_routes())
        .merge(v1::run_routes())
        .merge(webhooks::routes())
        .merge(operations::routes())
        .merge(console::routes())
        .split_for_parts();
    let templates = document.paths.paths.keys().cloned().collect();
    document.paths = published(document.paths);
    (router, templates, document)
}

/// Paths as the document spells them: a parameter that takes the rest of the path has no mark there.
fn published(paths: Paths) -> Paths {
    let mut published = Paths::new();
    for (path, item) in paths.paths {
        published.paths.insert(path.replace("{*", "{"), item);
    }
    published
}

/// The API document, as `/openapi.json` serves it.
///
/// # Errors
/// When it can't be written as JSON, which would be a mistake in a schema.
pub fn document() -> Result<String, serde_json::Error> {
    operations().2.to_json()
}
