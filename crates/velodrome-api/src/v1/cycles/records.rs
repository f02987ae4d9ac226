//! Cycles themselves.

use axum::{
    Json,
    extract::State,
    response::{IntoResponse as _, Response},
};
use http::{HeaderName, StatusCode};
use serde::Deserialize;
use utoipa_axum::{router::OpenApiRouter, routes};
use velodrome_model::CycleId;
use velodrome_service::cycles::{CycleError, CycleFilter, Cycles, Stop};

use super::wire::{ActivationError, Cycle, CycleActivate, CycleCreate, CycleUpdate, Prerequisite};
use crate::{
    ApiError, ApiState,
    error::CODE_HEADER,
    extract::{ApiJson, ApiPath, ApiQuery, AsAccount},
    paging::{Paged, SortedPaging},
    responses::{Conflicting, Malformed, Missing, Standard},
    v1::{in_memory, params::AccountHeader},
};

/// The operations of this file.
pub fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list_cycles, create_cycle))
        .routes(routes!(get_cycle, update_cycle, delete_cycle))
        .routes(routes!(activate_cycle))
        .routes(routes!(deactivate_cycle))
        .routes(routes!(get_cycle_prerequisites))
}

/// Filters of the list.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(rename_all = "camelCase", default)]
#[into_params(parameter_in = Query)]
struct CycleQuery {
    /// Only items with this tag, case-sensitive.
    tag: Option<String>,
    /// Only items that use this connector, by exact name, case-insensitive.
    connector_name: Option<String>,
    /// Only together with connectorName: its version.
    connector_version: Option<String>,
    /// Return icons as data: URIs; Icon is null otherwise.
    #[param(default = false)]
    include_icons: Option<bool>,
    /// Only items whose name contains this text, case-insensitive.
    query: Option<String>,
}

/// Whether icons are wanted.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(rename_all = "camelCase", default)]
#[into_params(parameter_in = Query)]
struct IconQuery {
    /// Return icons as data: URIs; Icon is null otherwise.
    #[param(default = false)]
    include_icons: Option<bool>,
}

/// How a cycle is deactivated.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(rename_all = "camelCase", default)]
#[into_params(parameter_in = Query)]
struct DeactivateQuery {
    /// Let running and queued transactions finish.
    #[param(default = false)]
    finish_queued_transactions: Option<bool>,
}

/// List cycles
///
/// Cycles of the account, deleted ones excluded. Default order: CreatedOnUtc.
#[utoipa::path(get, path = "/v1.0/cycles", tag = "Cycles", operation_id = "listCycles",
    params(AccountHeader, SortedPaging, CycleQuery),
    responses((status = 200, description = "One page of the list.", body = Vec<Cycle>), Standard))]
async fn list_cycles(
    State(cycles): State<Cycles>,
    AsAccount(actor): AsAccount,
    ApiQuery(page): ApiQuery<SortedPaging>,
    ApiQuery(query): ApiQuery<CycleQuery>,
) -> Result<Paged<Cycle>, ApiError> {
    let given = |text: Option<String>| text.filter(|text| !text.is_empty());
    let filter = CycleFilter {
        tag: given(query.tag),
        query: given(query.query),
        connector: given(query.connector_name),
        version: given(query.connector_version),
    };
    let with_icons = query.include_icons.unwrap_or_default();
    let all = cycles.list(&actor, &filter).await?;
    let shown = all.into_iter().map(|one| Cycle::new(one, with_icons));
    Ok(Paged(in_memory::page(
        shown.collect(),
        &page.into(),
        &["CreatedOnUtc"],
    )))
}

/// Create a cycle
///
/// Empty and paused.
#[utoipa::path(post, path = "/v1.0/cycles", tag = "Cycles", operation_id = "createCycle",
    params(AccountHeader),
    request_body(content = CycleCreate, description = "New cycle."),
    responses((status = 201, description = "The new cycle.", body = Cycle), Standard, Malformed))]
async fn create_cycle(
    State(cycles): State<Cycles>,
    AsAccount(actor): AsAccount,
    ApiJson(body): ApiJson<CycleCreate>,
) -> Result<(StatusCode, Json<Cycle>), ApiError> {
    let made = cycles.create(&actor, body.into()).await?;
    Ok((StatusCode::CREATED, Json(Cycle::new(made, false))))
}

/// Get a cycle
///
/// By id.
#[utoipa::path(get, path = "/v1.0/cycles/{cycleId}", tag = "Cycles", operation_id = "getCycle",
    params(AccountHeader, ("cycleId" = uuid::Uuid, Path, description = "Id of the cycle."), IconQuery),
    responses((status = 200, description = "The cycle.", body = Cycle), Standard, Malformed, Missing))]
async fn get_cycle(
    State(cycles): State<Cycles>,
    AsAccount(actor): AsAccount,
    ApiPath(id): ApiPath<CycleId>,
    ApiQuery(query): ApiQuery<IconQuery>,
) -> Result<Json<Cycle>, ApiError> {
    let found = cycles.get(&actor, id).await?;
    Ok(Json(Cycle::new(
        found,
        query.include_icons.unwrap_or_default(),
    )))
}

/// Update a cycle
///
/// Partial.
#[utoipa::path(put, path = "/v1.0/cycles/{cycleId}", tag = "Cycles", operation_id = "updateCycle",
    params(AccountHeader, ("cycleId" = uuid::Uuid, Path, description = "Id of the cycle.")),
    request_body(content = CycleUpdate, description = "Changes to a cycle. A property left out keeps its value."),
    responses((status = 200, description = "The cycle after the change.", body = Cycle), Standard, Malformed, Missing, Conflicting))]
async fn update_cycle(
    State(cycles): State<Cycles>,
    AsAccount(actor): AsAccount,
    ApiPath(id): ApiPath<CycleId>,
    ApiJson(body): ApiJson<CycleUpdate>,
) -> Result<Json<Cycle>, ApiError> {
    let changed = cycles.update(&actor, id, body.into()).await?;
    Ok(Json(Cycle::new(changed, false)))
}

/// Delete a cycle
///
/// A running cycle is stopped first. Third-party webhooks are deregistered. Goes to the recycle bin for 90 days.
#[utoipa::path(delete, path = "/v1.0/cycles/{cycleId}", tag = "Cycles", operation_id = "deleteCycle",
    params(AccountHeader, ("cycleId" = uuid::Uuid, Path, description = "Id of the cycle.")),
    responses((status = 200, description = "Deleted; the body is empty."), Standard, Malformed, Missing))]
async fn delete_cycle(
    State(cycles): State<Cycles>,
    AsAccount(actor): AsAccount,
    ApiPath(id): ApiPath<CycleId>,
) -> Result<StatusCode, ApiError> {
    cycles.delete(&actor, id).await?;
    Ok(StatusCode::OK)
}

/// Activate a cycle
///
/// Starts the schedule or the webhook and registers third-party webhooks. An active cycle takes the new schedule.
#[utoipa::path(put, path = "/v1.0/cycles/{cycleId}/activate", tag = "Cycles", operation_id = "activateCycle",
    params(AccountHeader, ("cycleId" = uuid::Uuid, Path, description = "Id of the cycle.")),
    request_body(content = Option<CycleActivate>, description = "Schedule. The whole body may be absent for a webhook cycle."),
    responses((status = 200, description = "The running cycle.", body = Cycle),
        (status = 400, description = "The id is malformed; Interval is not one of the allowed numbers; StartTime is not a date; or prerequisites are unmet (they are listed).", body = ActivationError),
        Standard, Missing))]
async fn activate_cycle(
    State(cycles): State<Cycles>,
    AsAccount(actor): AsAccount,
    ApiPath(id): ApiPath<CycleId>,
    ApiJson(body): ApiJson<CycleActivate>,
) -> Result<Response, ApiError> {
    match cycles.activate(&actor, id, body.into()).await {
        Ok(active) => Ok(Json(Cycle::new(active, false)).into_response()),
        Err(error @ CycleError::Unmet(_)) => Ok(unmet(error)),
        Err(error) => Err(error.into()),
    }
}

/// The refusal that lists what is missing.
fn unmet(error: CycleError) -> Response {
    let message = error.to_string();
    let CycleError::Unmet(prerequisites) = error else {
        return ApiError::from(error).into_response();
    };
    let body = ActivationError {
        message,
        prerequisites: prerequisites.into_iter().map(Into::into).collect(),
    };
    let code = [(
        HeaderName::from_static(CODE_HEADER),
        "cycle.unmet_prerequisites",
    )];
    (StatusCode::BAD_REQUEST, code, Json(body)).into_response()
}

/// Deactivate a cycle
///
/// Stops new work. With finishQueuedTransactions=true running and queued transactions finish first (Status Stopping); without it running ones are stopped for good and queued ones wait 24 hours for a new activation. An inactive cycle is fine.
#[utoipa::path(put, path = "/v1.0/cycles/{cycleId}/deactivate", tag = "Cycles", operation_id = "deactivateCycle",
    params(AccountHeader, ("cycleId" = uuid::Uuid, Path, description = "Id of the cycle."), DeactivateQuery),
    responses((status = 200, description = "The cycle after the change.", body = Cycle), Standard, Malformed, Missing))]
async fn deactivate_cycle(
    State(cycles): State<Cycles>,
    AsAccount(actor): AsAccount,
    ApiPath(id): ApiPath<CycleId>,
    ApiQuery(query): ApiQuery<DeactivateQuery>,
) -> Result<Json<Cycle>, ApiError> {
    let how = match query.finish_queued_transactions {
        Some(true) => Stop::Finish,
        Some(false) | None => Stop::Now,
    };
    let stopped = cycles.deactivate(&actor, id, how).await?;
    Ok(Json(Cycle::new(stopped, false)))
}

/// Get prerequisites of a cycle
///
/// An empty list means that it can be activated. Steps show code 30 to 33; details come from the step.
#[utoipa::path(get, path = "/v1.0/cycles/{cycleId}/prerequisites", tag = "Cycles", operation_id = "getCyclePrerequisites",
    params(AccountHeader, ("cycleId" = uuid::Uuid, Path, description = "Id of the cycle.")),
    responses((status = 200, description = "The whole list.", body = Vec<Prerequisite>), Standard, Malformed, Missing))]
async fn get_cycle_prerequisites(
    State(cycles): State<Cycles>,
    AsAccount(actor): AsAccount,
    ApiPath(id): ApiPath<CycleId>,
) -> Result<Json<Vec<Prerequisite>>, ApiError> {
    let unmet = cycles.prerequisites(&actor, id).await?;
    Ok(Json(unmet.into_iter().map(Into::into).collect()))
}
