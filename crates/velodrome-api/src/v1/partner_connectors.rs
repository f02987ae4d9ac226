//! The partner's setup of connectors, and guides.

use axum::{Json, extract::State};
use http::StatusCode;
use serde::Deserialize;
use utoipa_axum::{router::OpenApiRouter, routes};
use velodrome_model::ConnectorId;
use velodrome_service::library::{self, Library};

use super::{
    connectors::{contains, is_named},
    in_memory,
    wire::{
        Connector, ConnectorGuide, ConnectorGuideWrite, ConnectorSetup, ConnectorSetupWrite,
        PartnerConnector,
    },
};
use crate::{
    ApiError, ApiState,
    extract::{ApiJson, ApiPath, ApiQuery, AsAny, AsPartner},
    markdown,
    paging::{Paged, SortedPaging},
    responses::{Malformed, Missing, Standard},
};

/// The operations of this file.
pub fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list_partner_connectors))
        .routes(routes!(
            get_connector_setup,
            set_connector_setup,
            delete_connector_setup
        ))
        .routes(routes!(
            get_connector_guide,
            set_connector_guide,
            reset_connector_guide
        ))
}

/// Filters of the list.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(rename_all = "camelCase", default)]
#[into_params(parameter_in = Query)]
struct PartnerConnectorQuery {
    /// Only items whose name contains this text, case-insensitive.
    query: Option<String>,
    /// Only items of this category, case-insensitive.
    category: Option<String>,
    /// Only those whose setup is (not) complete.
    #[param(value_type = bool)]
    setup_required: Option<bool>,
}

/// List connectors with setup state
///
/// Connectors with setup state and guide. Default order: Connector.Name.
#[utoipa::path(get, path = "/v1.0/partner/connectors", tag = "Partner connectors", operation_id = "listPartnerConnectors",
    params(SortedPaging, PartnerConnectorQuery),
    responses((status = 200, description = "One page of the list.", body = Vec<PartnerConnector>), Standard))]
async fn list_partner_connectors(
    State(library): State<Library>,
    AsPartner(actor): AsPartner,
    ApiQuery(page): ApiQuery<SortedPaging>,
    ApiQuery(query): ApiQuery<PartnerConnectorQuery>,
) -> Result<Paged<PartnerConnector>, ApiError> {
    let all = library.list_for_partner(&actor).await?;
    let is_wanted = |one: &&library::PartnerConnector| {
        let listed = &one.connector.listed;
        let of_category = |wanted: &str| {
            listed
                .categories
                .iter()
                .any(|own| own.to_lowercase() == wanted.to_lowercase())
        };
        query
            .query
            .as_deref()
            .is_none_or(|text| contains(&listed.name, text))
            && query.category.as_deref().is_none_or(of_category)
            && query
                .setup_required
                .is_none_or(|wanted| one.connector.setup_required == wanted)
    };
    let shown = all.iter().filter(is_wanted).map(|one| PartnerConnector {
        connector: Connector::new(&one.connector, false, None),
        setup_required: one.connector.setup_required,
        supports_partner_setup: one.supports_setup,
        has_guide: one.has_guide,
        account_count: i64::try_from(one.account_count).unwrap_or(i64::MAX),
    });
    let mut page = in_memory::ranked_page(
        shown.collect(),
        &page.into(),
        &["Connector.Name", "Connector.Version"],
        |one: &PartnerConnector| is_named(&one.connector.name, query.query.as_deref()),
    );
    for shown in &mut page.items {
        let of = all
            .iter()
            .find(|one| one.connector.listed.shown.0 == shown.connector.id);
        shown.connector.icon = of
            .and_then(|one| one.connector.icon.as_ref())
            .map(ToString::to_string);
    }
    Ok(Paged(page))
}

/// Get the setup of a connector
///
/// Secrets are never returned.
#[utoipa::path(get, path = "/v1.0/partner/connectors/{connectorId}/setup", tag = "Partner connectors", operation_id = "getConnectorSetup",
    params(("connectorId" = i32, Path, description = "Id of the connector.")),
    responses((status = 200, description = "The connector setup.", body = ConnectorSetup), Standard, Malformed, Missing))]
async fn get_connector_setup(
    State(library): State<Library>,
    AsPartner(actor): AsPartner,
    ApiPath(id): ApiPath<ConnectorId>,
) -> Result<Json<ConnectorSetup>, ApiError> {
    Ok(Json(library.setup(&actor, id).await?.into()))
}

/// Change the setup of a connector
///
/// Values left blank are asked for when the connector is installed into an account. CallbackUrl is filled by the server; read-only properties in the body are ignored.
#[utoipa::path(put, path = "/v1.0/partner/connectors/{connectorId}/setup", tag = "Partner connectors", operation_id = "setConnectorSetup",
    params(("connectorId" = i32, Path, description = "Id of the connector.")),
    request_body(content = ConnectorSetupWrite, description = "Values to store. Left out keeps the stored value; null or empty text clears it."),
    responses((status = 200, description = "The connector setup after the change.", body = ConnectorSetup), Standard, Malformed, Missing))]
async fn set_connector_setup(
    State(library): State<Library>,
    AsPartner(actor): AsPartner,
    ApiPath(id): ApiPath<ConnectorId>,
    ApiJson(write): ApiJson<ConnectorSetupWrite>,
) -> Result<Json<ConnectorSetup>, ApiError> {
    Ok(Json(
        library.change_setup(&actor, id, write.into()).await?.into(),
    ))
}

/// Clear the setup of a connector
///
/// Account connectors that rely on it stop refreshing tokens.
#[utoipa::path(delete, path = "/v1.0/partner/connectors/{connectorId}/setup", tag = "Partner connectors", operation_id = "deleteConnectorSetup",
    params(("connectorId" = i32, Path, description = "Id of the connector.")),
    responses((status = 204, description = "Cleared."), Standard, Malformed, Missing))]
async fn delete_connector_setup(
    State(library): State<Library>,
    AsPartner(actor): AsPartner,
    ApiPath(id): ApiPath<ConnectorId>,
) -> Result<StatusCode, ApiError> {
    library.clear_setup(&actor, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Get the guide of a connector
///
/// Text of the guide, merge fields resolved.
#[utoipa::path(get, path = "/v1.0/partner/connectors/{connectorId}/guide", tag = "Partner connectors", operation_id = "getConnectorGuide",
    params(("connectorId" = i32, Path, description = "Id of the connector.")),
    responses((status = 200, description = "The connector guide.", body = ConnectorGuide), Standard, Malformed, Missing))]
async fn get_connector_guide(
    State(library): State<Library>,
    AsAny(actor): AsAny,
    ApiPath(id): ApiPath<ConnectorId>,
) -> Result<Json<ConnectorGuide>, ApiError> {
    let guide = library.guide(&actor, id).await?;
    Ok(Json(ConnectorGuide {
        connector_id: guide.connector.0,
        title: guide.title,
        html: markdown::to_html(&guide.markdown),
        markdown: guide.markdown,
        is_custom: guide.is_custom,
        updated_on_utc: guide.updated_at.map(Into::into),
    }))
}

/// Replace the guide of a connector
///
/// With a text of your own.
#[utoipa::path(put, path = "/v1.0/partner/connectors/{connectorId}/guide", tag = "Partner connectors", operation_id = "setConnectorGuide",
    params(("connectorId" = i32, Path, description = "Id of the connector.")),
    request_body(content = ConnectorGuideWrite, description = "A guide of your own."),
    responses((status = 200, description = "The connector guide after the change.", body = ConnectorGuide), Standard, Malformed, Missing))]
async fn set_connector_guide(
    State(library): State<Library>,
    AsPartner(actor): AsPartner,
    ApiPath(id): ApiPath<ConnectorId>,
    ApiJson(write): ApiJson<ConnectorGuideWrite>,
) -> Result<Json<ConnectorGuide>, ApiError> {
    let text = library::GuideText {
        title: write.title,
        markdown: write.markdown,
    };
    library.write_guide(&actor, id, text).await?;
    get_connector_guide(
        State(library),
        AsAny(velodrome_model::AnyActor::Partner(actor)),
        ApiPath(id),
    )
    .await
}

/// Go back to the built-in guide of a connector
///
/// Drops your text.
#[utoipa::path(delete, path = "/v1.0/partner/connectors/{connectorId}/guide", tag = "Partner connectors", operation_id = "resetConnectorGuide",
    params(("connectorId" = i32, Path, description = "Id of the connector.")),
    responses((status = 204, description = "Restored."), Standard, Malformed, Missing))]
async fn reset_connector_guide(
    State(library): State<Library>,
    AsPartner(actor): AsPartner,
    ApiPath(id): ApiPath<ConnectorId>,
) -> Result<StatusCode, ApiError> {
    library.reset_guide(&actor, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
