//! Custom connectors.

use axum::{
    Extension, Json,
    extract::{FromRequest, Request, State},
    response::{IntoResponse, Response},
};
use http::{HeaderMap, StatusCode, header};
use serde::Deserialize;
use serde_json::Value;
use utoipa_axum::{router::OpenApiRouter, routes};
use velodrome_model::ConnectorId;
use velodrome_service::custom_connectors::{
    CustomConnectorError, CustomConnectors, Given, ReleaseChoice, ShownCustom,
};

use super::{
    in_memory,
    params::AccountHeader,
    wire::{
        ConnectorDefinition, CustomConnector, CustomConnectorRelease, CustomConnectorSummary,
        DefinitionCheck, DefinitionVerdict, OpenApiImport, OpenApiImportResult, OpenApiUpdate,
        PublishRequest, ReleaseDifference,
    },
};
use crate::{
    ApiError, ApiState,
    extract::{ApiJson, ApiPath, ApiQuery, AsAccount, BodyLimit, read_body},
    lenient,
    paging::{Paged, SortedPaging},
    responses::{Conflicting, Malformed, Missing, NotFetched, Standard},
};

/// The operations of this file.
pub fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list_custom_connectors, create_custom_connector))
        .routes(routes!(
            get_custom_connector,
            update_custom_connector,
            delete_custom_connector
        ))
        .merge(import_routes())
        .routes(routes!(publish_custom_connector))
        .routes(routes!(discard_custom_connector_draft))
        .routes(routes!(list_custom_connector_releases))
        .routes(routes!(compare_custom_connector_releases))
        .routes(routes!(validate_custom_connector))
}

/// A document may have 20 MiB (api.md §1); as text in JSON it takes up to twice as much, and the rest of
/// the body a little.
const IMPORT: BodyLimit = BodyLimit(41 * 1024 * 1024);

fn import_routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(import_custom_connector))
        .routes(routes!(import_into_custom_connector))
        .layer(Extension(IMPORT))
}

/// Media types of definition files; the first is ours.
const YAML: [&str; 4] = [
    "application/yaml",
    "text/yaml",
    "application/x-yaml",
    "text/x-yaml",
];

/// A definition in the body: the JSON form whatever the media type says, unless that is YAML.
struct Definition(Given);

impl<S: Send + Sync> FromRequest<S> for Definition {
    type Rejection = ApiError;

    async fn from_request(request: Request, _: &S) -> Result<Self, ApiError> {
        let is_yaml = is_yaml(request.headers(), header::CONTENT_TYPE);
        let body = read_body(request.into_body(), BodyLimit::API).await?;
        if is_yaml {
            let text = std::str::from_utf8(&body).map_err(|_| {
                ApiError::bad_request("request.unreadable", "The body is not UTF-8 text.")
            })?;
            return Ok(Self(Given::Text(text.to_owned())));
        }
        match lenient::parse(&body)? {
            Some(Value::Object(members)) if !members.is_empty() => {
                Ok(Self(Given::Json(Value::Object(members))))
            }
            _ => Err(CustomConnectorError::Rejected(
                "the body must be the definition, a JSON object with at least Name".to_owned(),
            )
            .into()),
        }
    }
}

fn is_yaml(headers: &HeaderMap, name: header::HeaderName) -> bool {
    let value = headers.get(name).and_then(|value| value.to_str().ok());
    let first = value
        .and_then(|value| value.split([';', ',']).next())
        .unwrap_or_default();
    YAML.iter()
        .any(|known| known.eq_ignore_ascii_case(first.trim()))
}

/// List custom connectors
///
/// Those of the account of the header. Default order: Name.
#[utoipa::path(get, path = "/v1.0/account/connectors/custom", tag = "Custom connectors", operation_id = "listCustomConnectors",
    params(AccountHeader, SortedPaging),
    responses((status = 200, description = "One page of the list.", body = Vec<CustomConnectorSummary>), Standard))]
async fn list_custom_connectors(
    State(customs): State<CustomConnectors>,
    AsAccount(actor): AsAccount,
    ApiQuery(page): ApiQuery<SortedPaging>,
) -> Result<Paged<CustomConnectorSummary>, ApiError> {
    let all = customs.list(&actor).await?;
    let shown = all.iter().map(CustomConnectorSummary::from).collect();
    Ok(Paged(in_memory::page(shown, &page.into(), &["Name", "Id"])))
}

/// Create a custom connector
///
/// From a definition. It can be installed once a release is live. A UniqueIdentifier that exists makes a new draft release of that connector. A definition file in YAML is taken too, with Content-Type application/yaml.
#[utoipa::path(post, path = "/v1.0/account/connectors/custom", tag = "Custom connectors", operation_id = "createCustomConnector",
    params(AccountHeader),
    request_body(content = ConnectorDefinition, description = "Full definition of a custom connector. Unknown properties are kept and returned."),
    responses((status = 200, description = "The connector with its id. Not 201: existing clients expect 200.", body = CustomConnector), Standard, Malformed))]
async fn create_custom_connector(
    State(customs): State<CustomConnectors>,
    AsAccount(actor): AsAccount,
    Definition(given): Definition,
) -> Result<Json<CustomConnector>, ApiError> {
    stored(customs.create(&actor, given).await)
}

/// Which release, and in which form.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(rename_all = "camelCase", default)]
#[into_params(parameter_in = Query)]
struct ReleaseQuery {
    /// newest (default), live, draft or the number of a release.
    release: Option<String>,
    /// yaml returns the definition as a file, like Accept: application/yaml.
    format: Option<String>,
}

/// Get a custom connector
///
/// The full definition.
#[utoipa::path(get, path = "/v1.0/account/connectors/custom/{connectorId}", tag = "Custom connectors", operation_id = "getCustomConnector",
    params(AccountHeader, ("connectorId" = i32, Path, description = "Id of the custom connector."), ReleaseQuery),
    responses((status = 200, description = "The custom connector.", body = CustomConnector), Standard, Malformed, Missing))]
async fn get_custom_connector(
    State(customs): State<CustomConnectors>,
    AsAccount(actor): AsAccount,
    ApiPath(id): ApiPath<ConnectorId>,
    ApiQuery(query): ApiQuery<ReleaseQuery>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let as_yaml = match query.format.as_deref() {
        None => is_yaml(&headers, header::ACCEPT),
        Some(format) if format.eq_ignore_ascii_case("yaml") => true,
        Some(format) if format.eq_ignore_ascii_case("json") => false,
        Some(_) => {
            return Err(ApiError::bad_request(
                "custom_connector.unknown_format",
                "format is yaml or json.",
            ));
        }
    };
    let choice = choice(query.release.as_deref(), ReleaseChoice::Newest)?;
    let shown = customs.get(&actor, id, choice).await?;
    if as_yaml {
        return Ok(([(header::CONTENT_TYPE, YAML[0])], shown.yaml()).into_response());
    }
    Ok(Json(CustomConnector::from(shown)).into_response())
}

/// Update a custom connector
///
/// Replaces the definition of the draft; a draft is made from the live release when there is none.
#[utoipa::path(put, path = "/v1.0/account/connectors/custom/{connectorId}", tag = "Custom connectors", operation_id = "updateCustomConnector",
    params(AccountHeader, ("connectorId" = i32, Path, description = "Id of the custom connector.")),
    request_body(content = ConnectorDefinition, description = "Full definition of a custom connector. Unknown properties are kept and returned."),
    responses((status = 200, description = "The custom connector after the change.", body = CustomConnector), Standard, Malformed, Missing))]
async fn update_custom_connector(
    State(customs): State<CustomConnectors>,
    AsAccount(actor): AsAccount,
    ApiPath(id): ApiPath<ConnectorId>,
    Definition(given): Definition,
) -> Result<Json<CustomConnector>, ApiError> {
    stored(customs.update(&actor, id, given).await)
}

/// Delete a custom connector
///
/// With all releases.
#[utoipa::path(delete, path = "/v1.0/account/connectors/custom/{connectorId}", tag = "Custom connectors", operation_id = "deleteCustomConnector",
    params(AccountHeader, ("connectorId" = i32, Path, description = "Id of the custom connector.")),
    responses((status = 200, description = "Deleted; the body is empty."), Standard, Malformed, Missing, Conflicting))]
async fn delete_custom_connector(
    State(customs): State<CustomConnectors>,
    AsAccount(actor): AsAccount,
    ApiPath(id): ApiPath<ConnectorId>,
) -> Result<StatusCode, ApiError> {
    customs.delete(&actor, id).await?;
    Ok(StatusCode::OK)
}

/// Create a custom connector from OpenAPI
///
/// Reads OpenAPI 2.0, 3.0 or 3.1 in JSON or YAML and makes a draft. Check the result before it goes live.
#[utoipa::path(post, path = "/v1.0/account/connectors/custom/import", tag = "Custom connectors", operation_id = "importCustomConnector",
    params(AccountHeader),
    request_body(content = OpenApiImport, description = "An OpenAPI document to build a connector from."),
    responses((status = 201, description = "Created: the draft and what was left out.", body = OpenApiImportResult), Standard, Malformed, NotFetched))]
async fn import_custom_connector(
    State(customs): State<CustomConnectors>,
    AsAccount(actor): AsAccount,
    ApiJson(request): ApiJson<OpenApiImport>,
) -> Result<(StatusCode, Json<OpenApiImportResult>), ApiError> {
    let (name, source) = request.into_parts();
    let imported = customs.import(&actor, &name, source).await?;
    Ok((StatusCode::CREATED, Json(imported.into())))
}

/// Bring a custom connector up to date with its OpenAPI document
///
/// The newest release and the document become the draft. An operation finds its method by operationId, else by verb and path; identifiers, names, texts and scripts stay.
#[utoipa::path(post, path = "/v1.0/account/connectors/custom/{connectorId}/import", tag = "Custom connectors", operation_id = "importIntoCustomConnector",
    params(AccountHeader, ("connectorId" = i32, Path, description = "Id of the custom connector.")),
    request_body(content = OpenApiUpdate, description = "An OpenAPI document to bring a connector up to date with."),
    responses((status = 200, description = "The draft and what was left out.", body = OpenApiImportResult), Standard, Malformed, Missing, Conflicting, NotFetched))]
async fn import_into_custom_connector(
    State(customs): State<CustomConnectors>,
    AsAccount(actor): AsAccount,
    ApiPath(id): ApiPath<ConnectorId>,
    ApiJson(request): ApiJson<OpenApiUpdate>,
) -> Result<Json<OpenApiImportResult>, ApiError> {
    let imported = customs.import_into(&actor, id, request.into()).await?;
    Ok(Json(imported.into()))
}

/// Make the draft live
///
/// The live release becomes Deprecated. Major raises an update notice on every step that uses it.
#[utoipa::path(post, path = "/v1.0/account/connectors/custom/{connectorId}/publish", tag = "Custom connectors", operation_id = "publishCustomConnector",
    params(AccountHeader, ("connectorId" = i32, Path, description = "Id of the custom connector.")),
    request_body(content = PublishRequest, description = "How to make a draft live."),
    responses((status = 200, description = "The custom connector.", body = CustomConnector), Standard, Malformed, Missing, Conflicting))]
async fn publish_custom_connector(
    State(customs): State<CustomConnectors>,
    AsAccount(actor): AsAccount,
    ApiPath(id): ApiPath<ConnectorId>,
    ApiJson(request): ApiJson<PublishRequest>,
) -> Result<Json<CustomConnector>, ApiError> {
    let level = request.release_type.into();
    stored(customs.publish(&actor, id, level, request.notes).await)
}

/// Discard the draft
///
/// The live release stays as it is.
#[utoipa::path(delete, path = "/v1.0/account/connectors/custom/{connectorId}/draft", tag = "Custom connectors", operation_id = "discardCustomConnectorDraft",
    params(AccountHeader, ("connectorId" = i32, Path, description = "Id of the custom connector.")),
    responses((status = 204, description = "Discarded."), Standard, Malformed, Missing, Conflicting))]
async fn discard_custom_connector_draft(
    State(customs): State<CustomConnectors>,
    AsAccount(actor): AsAccount,
    ApiPath(id): ApiPath<ConnectorId>,
) -> Result<StatusCode, ApiError> {
    customs.discard_draft(&actor, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// List the releases of a custom connector
///
/// Newest first.
#[utoipa::path(get, path = "/v1.0/account/connectors/custom/{connectorId}/releases", tag = "Custom connectors", operation_id = "listCustomConnectorReleases",
    params(AccountHeader, ("connectorId" = i32, Path, description = "Id of the custom connector.")),
    responses((status = 200, description = "The whole list.", body = Vec<CustomConnectorRelease>), Standard, Malformed, Missing))]
async fn list_custom_connector_releases(
    State(customs): State<CustomConnectors>,
    AsAccount(actor): AsAccount,
    ApiPath(id): ApiPath<ConnectorId>,
) -> Result<Json<Vec<CustomConnectorRelease>>, ApiError> {
    let releases = customs.releases(&actor, id).await?;
    Ok(Json(releases.into_iter().map(Into::into).collect()))
}

/// Which releases are compared.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(rename_all = "camelCase", default)]
#[into_params(parameter_in = Query)]
struct DifferenceQuery {
    /// live (default), draft, newest or the number of a release.
    from: Option<String>,
    /// newest (default), live, draft or the number of a release.
    to: Option<String>,
}

/// Compare two releases of a custom connector
///
/// What was added, removed and changed, in the order of the definition.
#[utoipa::path(get, path = "/v1.0/account/connectors/custom/{connectorId}/difference", tag = "Custom connectors", operation_id = "compareCustomConnectorReleases",
    params(AccountHeader, ("connectorId" = i32, Path, description = "Id of the custom connector."), DifferenceQuery),
    responses((status = 200, description = "What is different.", body = ReleaseDifference), Standard, Malformed, Missing))]
async fn compare_custom_connector_releases(
    State(customs): State<CustomConnectors>,
    AsAccount(actor): AsAccount,
    ApiPath(id): ApiPath<ConnectorId>,
    ApiQuery(query): ApiQuery<DifferenceQuery>,
) -> Result<Json<ReleaseDifference>, ApiError> {
    let from = choice(query.from.as_deref(), ReleaseChoice::Live)?;
    let to = choice(query.to.as_deref(), ReleaseChoice::Newest)?;
    Ok(Json(customs.compare(&actor, id, (from, to)).await?.into()))
}

/// Check a definition
///
/// Nothing is stored. A good definition comes back in both forms.
#[utoipa::path(post, path = "/v1.0/account/connectors/custom/validate", tag = "Custom connectors", operation_id = "validateCustomConnector",
    params(AccountHeader),
    request_body(content = DefinitionCheck, description = "A definition to be checked; exactly one of the two."),
    responses((status = 200, description = "What there is to say about it.", body = DefinitionVerdict), Standard, Malformed))]
async fn validate_custom_connector(
    State(customs): State<CustomConnectors>,
    AsAccount(_actor): AsAccount,
    ApiJson(check): ApiJson<DefinitionCheck>,
) -> Result<Json<DefinitionVerdict>, ApiError> {
    let given = match (check.definition, check.text) {
        (Some(definition), None) => Given::Json(definition),
        (None, Some(text)) => Given::Text(text),
        _ => {
            return Err(ApiError::bad_request(
                "custom_connector.definition_or_text",
                "Either Definition or Text is required.",
            ));
        }
    };
    Ok(Json(customs.validate(given).await.into()))
}

/// The connector as it is stored after a change.
fn stored(
    change: Result<ShownCustom, CustomConnectorError>,
) -> Result<Json<CustomConnector>, ApiError> {
    Ok(Json(change?.into()))
}

fn choice(word: Option<&str>, usual: ReleaseChoice) -> Result<ReleaseChoice, ApiError> {
    word.filter(|word| !word.is_empty())
        .map_or(Ok(usual), |word| {
            word.parse().map_err(|unknown| {
                ApiError::bad_request("custom_connector.unknown_release", unknown)
            })
        })
}
