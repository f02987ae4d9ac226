//! The connector library.

use axum::{Json, extract::State};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use velodrome_model::{AnyActor, MethodId, Page};
use velodrome_service::{
    account_connectors::AccountConnectors,
    library::{ConnectorRef, Library, LibraryConnector},
    settings::Settings,
};

use super::{
    in_memory,
    params::{AccountHeader, OptionalAccountHeader},
    wire::{
        AccountConnector, CategoryCount, Connector, ConnectorInstall, Deprecation, Method,
        Parameter, Trigger,
    },
};
use crate::{
    ApiError, ApiState,
    extract::{ApiJson, ApiPath, ApiQuery, AsAccount, AsAny},
    paging::{Paged, SortedPaging},
    responses::{Malformed, Missing, Standard},
};

/// The operations of this file.
pub fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list_connectors))
        .routes(routes!(list_connector_categories))
        .routes(routes!(get_connector))
        .routes(routes!(get_connector_version))
        .routes(routes!(list_connector_methods))
        .routes(routes!(list_connector_version_methods))
        .routes(routes!(list_connector_parameters))
        .routes(routes!(list_connector_triggers))
        .routes(routes!(list_connector_deprecations))
        .routes(routes!(install_connector))
        .routes(routes!(install_connector_version))
        .routes(routes!(get_method))
}

/// Filters of the library.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(rename_all = "camelCase", default)]
#[into_params(parameter_in = Query)]
struct LibraryQuery {
    /// Only items whose name contains this text, case-insensitive.
    query: Option<String>,
    /// Only items of this category, case-insensitive.
    category: Option<String>,
    /// Include custom connectors.
    #[param(value_type = bool, default = true)]
    include_custom_connectors: Option<bool>,
    /// Return icons as data: URIs.
    #[param(value_type = bool, default = true)]
    include_icons: Option<bool>,
}

/// List connectors
///
/// Live connectors that the partner may install. With the account header also the custom connectors of that account. `query` ranks an exact name first. Default order: Name.
#[utoipa::path(get, path = "/v1.0/connectors", tag = "Connectors", operation_id = "listConnectors",
    params(OptionalAccountHeader, SortedPaging, LibraryQuery), responses((status = 200, description = "One page of the list.", body = Vec<Connector>), Standard))]
async fn list_connectors(
    State(library): State<Library>,
    AsAny(actor): AsAny,
    ApiQuery(page): ApiQuery<SortedPaging>,
    ApiQuery(query): ApiQuery<LibraryQuery>,
) -> Result<Paged<Connector>, ApiError> {
    let all = library.list(&actor).await?;
    let kept = all.into_iter().filter(|one| matches(one, &query));
    let kept: Vec<LibraryConnector> = kept.collect();
    let bare = kept
        .iter()
        .map(|one| Connector::new(one, false, None))
        .collect();
    let mut page = in_memory::ranked_page(
        bare,
        &page.into(),
        &["Name", "Version", "Id"],
        |one: &Connector| is_named(&one.name, query.query.as_deref()),
    );
    if query.include_icons.unwrap_or(true) {
        for shown in &mut page.items {
            let of = kept.iter().find(|one| one.listed.shown.0 == shown.id);
            shown.icon = of
                .and_then(|one| one.icon.as_ref())
                .map(ToString::to_string);
        }
    }
    Ok(Paged(page))
}

/// List connector categories
///
/// Categories of the listed connectors, by name. Default order: Name.
#[utoipa::path(get, path = "/v1.0/connectors/categories", tag = "Connectors", operation_id = "listConnectorCategories",
    responses((status = 200, description = "One page of the list.", body = Vec<CategoryCount>), Standard))]
async fn list_connector_categories(
    State(library): State<Library>,
    AsAny(actor): AsAny,
) -> Result<Paged<CategoryCount>, ApiError> {
    let mut counts = std::collections::BTreeMap::<String, i32>::new();
    for connector in library.list(&actor).await? {
        for category in &connector.listed.categories {
            *counts.entry(category.clone()).or_default() += 1;
        }
    }
    let counts = counts
        .into_iter()
        .map(|(name, connector_count)| CategoryCount {
            name,
            connector_count,
        });
    let items: Vec<_> = counts.collect();
    let total = items.len() as u64;
    Ok(Paged(Page {
        items,
        total,
        size: total.max(1),
    }))
}

/// One connector for an id, an array for a name.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
enum OneOrVersions {
    /// For an id.
    One(Box<Connector>),
    /// For a name: one item per version, newest first.
    Versions(Vec<Connector>),
}

/// Get a connector by id or name
///
/// A whole number is an id and returns one connector. Anything else is a name and returns an array with one item per version, newest first.
#[utoipa::path(get, path = "/v1.0/connectors/{connector}", tag = "Connectors", operation_id = "getConnector",
    params(OptionalAccountHeader, ("connector" = String, Path, description = "Connector id when it is a whole number, else connector name (case-insensitive, percent-encoded).")),
    responses((status = 200, description = "One connector for an id, an array for a name.", body = OneOrVersions), Standard, Missing))]
async fn get_connector(
    State(library): State<Library>,
    AsAny(actor): AsAny,
    ApiPath(connector): ApiPath<String>,
) -> Result<Json<OneOrVersions>, ApiError> {
    let connector = ConnectorRef::parse(&connector);
    let found = library.find(&actor, &connector, None).await?;
    let mut shown = found.iter().map(|one| Connector::new(one, true, None));
    Ok(Json(match connector {
        ConnectorRef::Id(_) => OneOrVersions::One(Box::new(
            shown
                .next()
                .ok_or_else(|| ApiError::not_found("connector.not_found"))?,
        )),
        ConnectorRef::Name(_) => OneOrVersions::Versions(shown.collect()),
    }))
}

/// Get one version of a connector
///
/// An array, as for a name alone; one item unless a custom connector has the same name and version.
#[utoipa::path(get, path = "/v1.0/connectors/{connector}/{version}", tag = "Connectors", operation_id = "getConnectorVersion",
    params(OptionalAccountHeader,
        ("connector" = String, Path, description = "Connector name (case-insensitive, percent-encoded) or id."),
        ("version" = String, Path, description = "Version of the connector. The words methods, parameters, triggers, deprecations and install are reserved.")),
    responses((status = 200, description = "The whole list.", body = Vec<Connector>), Standard, Missing))]
async fn get_connector_version(
    State(library): State<Library>,
    AsAny(actor): AsAny,
    ApiPath((connector, version)): ApiPath<(String, String)>,
) -> Result<Json<Vec<Connector>>, ApiError> {
    let found = library
        .find(&actor, &ConnectorRef::parse(&connector), Some(&version))
        .await?;
    Ok(Json(
        found
            .iter()
            .map(|one| Connector::new(one, true, None))
            .collect(),
    ))
}

/// Filters of methods.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(rename_all = "camelCase", default)]
#[into_params(parameter_in = Query)]
struct MethodQuery {
    /// Only methods whose name contains this text; an exact name comes first.
    query: Option<String>,
    /// Only items of this category, case-insensitive.
    category: Option<String>,
    /// Include hidden methods.
    #[param(value_type = bool, default = false)]
    include_hidden: Option<bool>,
}

/// List the methods of a connector
///
/// By id, or by name for a connector without several versions (newest version otherwise). Default order: Category, Subcategory, Name.
#[utoipa::path(get, path = "/v1.0/connectors/{connector}/methods", tag = "Connectors", operation_id = "listConnectorMethods",
    params(OptionalAccountHeader, ("connector" = String, Path, description = "Connector id when it is a whole number, else connector name (case-insensitive, percent-encoded)."), SortedPaging, MethodQuery),
    responses((status = 200, description = "One page of the list.", body = Vec<Method>), Standard, Missing))]
async fn list_connector_methods(
    State(library): State<Library>,
    AsAny(actor): AsAny,
    ApiPath(connector): ApiPath<String>,
    ApiQuery(page): ApiQuery<SortedPaging>,
    ApiQuery(query): ApiQuery<MethodQuery>,
) -> Result<Paged<Method>, ApiError> {
    methods(&library, &actor, &connector, None, page, &query).await
}

/// List the methods of one version
///
/// By name and version. Default order: Category, Subcategory, Name.
#[utoipa::path(get, path = "/v1.0/connectors/{connector}/{version}/methods", tag = "Connectors", operation_id = "listConnectorVersionMethods",
    params(OptionalAccountHeader,
        ("connector" = String, Path, description = "Connector name (case-insensitive, percent-encoded) or id."),
        ("version" = String, Path, description = "Version of the connector. The words methods, parameters, triggers, deprecations and install are reserved."),
        SortedPaging, MethodQuery),
    responses((status = 200, description = "One page of the list.", body = Vec<Method>), Standard, Missing))]
async fn list_connector_version_methods(
    State(library): State<Library>,
    AsAny(actor): AsAny,
    ApiPath((connector, version)): ApiPath<(String, String)>,
    ApiQuery(page): ApiQuery<SortedPaging>,
    ApiQuery(query): ApiQuery<MethodQuery>,
) -> Result<Paged<Method>, ApiError> {
    methods(&library, &actor, &connector, Some(&version), page, &query).await
}

async fn methods(
    library: &Library,
    actor: &AnyActor,
    connector: &str,
    version: Option<&str>,
    page: SortedPaging,
    query: &MethodQuery,
) -> Result<Paged<Method>, ApiError> {
    let connector = library
        .open(actor, &ConnectorRef::parse(connector), version)
        .await?;
    let shows_hidden = query.include_hidden.unwrap_or(false);
    let is_wanted = |one: &velodrome_model::definition::Method| {
        (shows_hidden || !one.hide)
            && query
                .query
                .as_deref()
                .is_none_or(|text| contains(&one.name, text))
            && query
                .category
                .as_deref()
                .is_none_or(|wanted| one.category.to_lowercase() == wanted.to_lowercase())
    };
    let wanted = connector
        .methods()
        .filter(|one| is_wanted(one.method))
        .map(|one| Method::new(one, None));
    Ok(Paged(in_memory::ranked_page(
        wanted.collect(),
        &page.into(),
        &["Category", "Subcategory", "Name", "Id"],
        |one: &Method| is_named(&one.name, query.query.as_deref()),
    )))
}

/// List the parameters of a connector
///
/// Connector-level parameters. Default order: DisplayOrder.
#[utoipa::path(get, path = "/v1.0/connectors/{connector}/parameters", tag = "Connectors", operation_id = "listConnectorParameters",
    params(OptionalAccountHeader, ("connector" = String, Path, description = "Connector id when it is a whole number, else connector name (case-insensitive, percent-encoded).")),
    responses((status = 200, description = "The whole list.", body = Vec<Parameter>), Standard, Missing))]
async fn list_connector_parameters(
    State(library): State<Library>,
    AsAny(actor): AsAny,
    ApiPath(connector): ApiPath<String>,
) -> Result<Json<Vec<Parameter>>, ApiError> {
    let mut parameters = newest(&library, &actor, &connector).await?.parameters;
    parameters.sort_by_key(|one| (one.display_order, one.id));
    Ok(Json(parameters))
}

/// List the triggers of a connector
///
/// Dynamic lookups. Default order: Name.
#[utoipa::path(get, path = "/v1.0/connectors/{connector}/triggers", tag = "Connectors", operation_id = "listConnectorTriggers",
    params(OptionalAccountHeader, ("connector" = String, Path, description = "Connector id when it is a whole number, else connector name (case-insensitive, percent-encoded).")),
    responses((status = 200, description = "The whole list.", body = Vec<Trigger>), Standard, Missing))]
async fn list_connector_triggers(
    State(library): State<Library>,
    AsAny(actor): AsAny,
    ApiPath(connector): ApiPath<String>,
) -> Result<Json<Vec<Trigger>>, ApiError> {
    let connector = library
        .open(&actor, &ConnectorRef::parse(&connector), None)
        .await?;
    let mut triggers: Vec<Trigger> = connector
        .triggers()
        .map(|one| Trigger::new(one, None, None, 0))
        .collect();
    triggers.sort_by_key(|one| (one.name.to_lowercase(), one.trigger_id));
    Ok(Json(triggers))
}

/// List the deprecations of a connector
///
/// Announced changes, newest first. Default order: DeprecatedOnUtc descending.
#[utoipa::path(get, path = "/v1.0/connectors/{connector}/deprecations", tag = "Connectors", operation_id = "listConnectorDeprecations",
    params(OptionalAccountHeader, ("connector" = String, Path, description = "Connector id when it is a whole number, else connector name (case-insensitive, percent-encoded).")),
    responses((status = 200, description = "The whole list.", body = Vec<Deprecation>), Standard, Missing))]
async fn list_connector_deprecations(
    State(library): State<Library>,
    AsAny(actor): AsAny,
    ApiPath(connector): ApiPath<String>,
) -> Result<Json<Vec<Deprecation>>, ApiError> {
    Ok(Json(
        newest(&library, &actor, &connector).await?.deprecations,
    ))
}

/// Install a connector
///
/// Into the account of the header, by id or by name (newest version). Without AuthValue the connector is installed unauthenticated.
#[utoipa::path(post, path = "/v1.0/connectors/{connector}/install", tag = "Connectors", operation_id = "installConnector",
    params(AccountHeader, ("connector" = String, Path, description = "Connector id when it is a whole number, else connector name (case-insensitive, percent-encoded).")),
    request_body(content = Option<ConnectorInstall>, description = "How to install a connector. The whole body may be absent."),
    responses((status = 200, description = "The account connector. Not 201: existing clients expect 200.", body = AccountConnector), Standard, Malformed, Missing))]
async fn install_connector(
    State(connectors): State<AccountConnectors>,
    State(settings): State<Settings>,
    AsAccount(actor): AsAccount,
    ApiPath(connector): ApiPath<String>,
    ApiJson(install): ApiJson<ConnectorInstall>,
) -> Result<Json<AccountConnector>, ApiError> {
    let installed = connectors
        .install(
            &actor,
            &ConnectorRef::parse(&connector),
            None,
            install.into(),
        )
        .await?;
    Ok(Json(AccountConnector::new(
        &installed,
        super::account_connectors::masks(&settings, &actor).await?,
    )))
}

/// Install one version of a connector
///
/// As above, for one version.
#[utoipa::path(post, path = "/v1.0/connectors/{connector}/{version}/install", tag = "Connectors", operation_id = "installConnectorVersion",
    params(AccountHeader,
        ("connector" = String, Path, description = "Connector name (case-insensitive, percent-encoded) or id."),
        ("version" = String, Path, description = "Version of the connector. The words methods, parameters, triggers, deprecations and install are reserved.")),
    request_body(content = Option<ConnectorInstall>, description = "How to install a connector. The whole body may be absent."),
    responses((status = 200, description = "The account connector.", body = AccountConnector), Standard, Malformed, Missing))]
async fn install_connector_version(
    State(connectors): State<AccountConnectors>,
    State(settings): State<Settings>,
    AsAccount(actor): AsAccount,
    ApiPath((connector, version)): ApiPath<(String, String)>,
    ApiJson(install): ApiJson<ConnectorInstall>,
) -> Result<Json<AccountConnector>, ApiError> {
    let connector = ConnectorRef::parse(&connector);
    let installed = connectors
        .install(&actor, &connector, Some(&version), install.into())
        .await?;
    Ok(Json(AccountConnector::new(
        &installed,
        super::account_connectors::masks(&settings, &actor).await?,
    )))
}

/// Get a method
///
/// By id.
#[utoipa::path(get, path = "/v1.0/methods/{methodId}", tag = "Connectors", operation_id = "getMethod",
    params(OptionalAccountHeader, ("methodId" = i32, Path, description = "Id of the method.")),
    responses((status = 200, description = "The method.", body = Method), Standard, Malformed, Missing))]
async fn get_method(
    State(library): State<Library>,
    AsAny(actor): AsAny,
    ApiPath(method): ApiPath<i32>,
) -> Result<Json<Method>, ApiError> {
    let connector = library.open_method(&actor, MethodId(method)).await?;
    let found = connector
        .method(MethodId(method))
        .ok_or_else(|| ApiError::not_found("method.not_found"))?;
    Ok(Json(Method::new(found, None)))
}

async fn newest(
    library: &Library,
    actor: &AnyActor,
    connector: &str,
) -> Result<Connector, ApiError> {
    let found = library
        .find(actor, &ConnectorRef::parse(connector), None)
        .await?;
    let newest = found
        .first()
        .ok_or_else(|| ApiError::not_found("connector.not_found"))?;
    Ok(Connector::new(newest, false, None))
}

fn matches(one: &LibraryConnector, query: &LibraryQuery) -> bool {
    let of_category = |wanted: &str| {
        one.listed
            .categories
            .iter()
            .any(|own| own.to_lowercase() == wanted.to_lowercase())
    };
    query
        .query
        .as_deref()
        .is_none_or(|text| contains(&one.listed.name, text))
        && (query.include_custom_connectors.unwrap_or(true) || !one.listed.is_custom)
        && query
            .category
            .as_deref()
            .filter(|wanted| !wanted.is_empty())
            .is_none_or(of_category)
}

/// Whether a name contains a text, case-insensitive.
pub(super) fn contains(name: &str, text: &str) -> bool {
    name.to_lowercase().contains(&text.trim().to_lowercase())
}

/// Whether a name is exactly the text that is looked for; such items come first.
pub(super) fn is_named(name: &str, query: Option<&str>) -> bool {
    query.is_some_and(|query| name.to_lowercase() == query.trim().to_lowercase())
}
