//! The REST API, an area a file.

mod account_connectors;
mod connector_errors;
mod connectors;
mod data_on_demand;
mod in_memory;
mod params;
mod partner_connectors;
mod wire;

use utoipa_axum::router::OpenApiRouter;

use crate::ApiState;

/// The operations about connectors.
pub(crate) fn connector_routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .merge(connectors::routes())
        .merge(account_connectors::routes())
        .merge(data_on_demand::routes())
        .merge(partner_connectors::routes())
}
