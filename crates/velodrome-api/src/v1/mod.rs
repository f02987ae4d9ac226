//! The REST API, an area a file.

mod account_connectors;
mod accounts;
mod administrators;
mod connector_errors;
mod connectors;
mod credentials;
mod custom_connector_trials;
mod custom_connectors;
mod cycles;
mod data_on_demand;
mod in_memory;
mod incidents;
mod ip_restrictions;
mod ledger;
mod params;
mod partner;
mod partner_connectors;
mod reports;
mod scripts;
mod settings;
mod step_tests;
mod templates;
mod transactions;
mod users;
mod wire;

pub(crate) use administrators::AdministratorRole;

use utoipa_axum::router::OpenApiRouter;

use crate::ApiState;

/// The operations about connectors.
pub(crate) fn connector_routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .merge(connectors::routes())
        .merge(account_connectors::routes())
        .merge(custom_connectors::routes())
        .merge(custom_connector_trials::routes())
        .merge(data_on_demand::routes())
        .merge(partner_connectors::routes())
        .merge(step_tests::routes())
        .merge(templates::routes())
}

/// The operations about integrations.
pub(crate) fn cycle_routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().merge(cycles::routes())
}

/// The operations about the partner, its accounts and its people.
pub(crate) fn partner_routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .merge(accounts::routes())
        .merge(users::routes())
        .merge(partner::routes())
        .merge(credentials::routes())
        .merge(settings::routes())
        .merge(scripts::routes())
        .merge(ip_restrictions::routes())
        .merge(administrators::routes())
}

/// The operations about what runs.
pub(crate) fn run_routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .merge(transactions::routes())
        .merge(incidents::routes())
        .merge(ledger::routes())
        .merge(reports::routes())
}
