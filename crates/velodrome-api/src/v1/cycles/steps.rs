//! Steps of cycles.

use axum::{Json, extract::State};
use http::StatusCode;
use serde::Deserialize;
use utoipa_axum::{router::OpenApiRouter, routes};
use velodrome_model::{AccountActor, CycleId, StepId};
use velodrome_service::cycles::{Cycles, StepAction};

use super::wire::{Step, StepCreate, StepFilter, StepUpdate};
use crate::{
    ApiError, ApiState,
    extract::{ApiJson, ApiPath, ApiQuery, AsAccount},
    responses::{Conflicting, Malformed, Missing, Standard},
    v1::params::AccountHeader,
};

/// The operations of this file.
pub fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list_steps, create_step))
        .routes(routes!(get_cycle_step, update_step, delete_step))
}

/// Which steps are listed.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
struct StepQuery {
    /// Only this kind of step, case-insensitive.
    #[param(inline)]
    filter: Option<StepFilter>,
}

/// List steps
///
/// In run order, trigger first. Method is null for tools.
#[utoipa::path(get, path = "/v1.0/cycles/{cycleId}/steps", tag = "Steps", operation_id = "listSteps",
    params(AccountHeader, ("cycleId" = uuid::Uuid, Path, description = "Id of the cycle."), StepQuery),
    responses((status = 200, description = "The whole list.", body = Vec<Step>), Standard, Malformed, Missing))]
async fn list_steps(
    State(cycles): State<Cycles>,
    AsAccount(actor): AsAccount,
    ApiPath(id): ApiPath<CycleId>,
    ApiQuery(query): ApiQuery<StepQuery>,
) -> Result<Json<Vec<Step>>, ApiError> {
    let design = cycles.design(&actor, id).await?;
    let filter = query.filter.unwrap_or(StepFilter::All);
    let wanted = design
        .in_run_order()
        .into_iter()
        .filter(|step| filter.admits(StepAction::of(step)));
    let shown: Result<_, _> = wanted.map(|step| Step::new(&design, step)).collect();
    Ok(Json(shown?))
}

/// Create a step
///
/// Not connected yet.
#[utoipa::path(post, path = "/v1.0/cycles/{cycleId}/steps", tag = "Steps", operation_id = "createStep",
    params(AccountHeader, ("cycleId" = uuid::Uuid, Path, description = "Id of the cycle.")),
    request_body(content = StepCreate, description = "New step."),
    responses((status = 200, description = "The step. Not 201: existing clients expect 200.", body = Step), Standard, Malformed, Missing, Conflicting))]
async fn create_step(
    State(cycles): State<Cycles>,
    AsAccount(actor): AsAccount,
    ApiPath(id): ApiPath<CycleId>,
    ApiJson(body): ApiJson<StepCreate>,
) -> Result<Json<Step>, ApiError> {
    let step = cycles.add_step(&actor, id, body.try_into()?).await?;
    shown(&cycles, &actor, id, step).await
}

/// Get a step
///
/// With its method, parameters and fields.
#[utoipa::path(get, path = "/v1.0/cycles/{cycleId}/steps/{stepId}", tag = "Steps", operation_id = "getCycleStep",
    params(AccountHeader, ("cycleId" = uuid::Uuid, Path, description = "Id of the cycle."), ("stepId" = uuid::Uuid, Path, description = "Id of the step.")),
    responses((status = 200, description = "The step.", body = Step), Standard, Malformed, Missing))]
async fn get_cycle_step(
    State(cycles): State<Cycles>,
    AsAccount(actor): AsAccount,
    ApiPath((id, step)): ApiPath<(CycleId, StepId)>,
) -> Result<Json<Step>, ApiError> {
    shown(&cycles, &actor, id, step).await
}

/// Update a step
///
/// Partial. The body is checked before ids are looked up. Changing the method drops mappings that do not fit.
#[utoipa::path(put, path = "/v1.0/cycles/{cycleId}/steps/{stepId}", tag = "Steps", operation_id = "updateStep",
    params(AccountHeader, ("cycleId" = uuid::Uuid, Path, description = "Id of the cycle."), ("stepId" = uuid::Uuid, Path, description = "Id of the step.")),
    request_body(content = StepUpdate, description = "Changes to a step. A property left out keeps its value."),
    responses((status = 200, description = "The step after the change.", body = Step), Standard, Malformed, Missing, Conflicting))]
async fn update_step(
    State(cycles): State<Cycles>,
    AsAccount(actor): AsAccount,
    ApiPath((id, step)): ApiPath<(CycleId, StepId)>,
    ApiJson(body): ApiJson<StepUpdate>,
) -> Result<Json<Step>, ApiError> {
    cycles
        .change_step(&actor, id, step, body.try_into()?)
        .await?;
    shown(&cycles, &actor, id, step).await
}

/// Delete a step
///
/// With its edges; mappings that used it become Ignore.
#[utoipa::path(delete, path = "/v1.0/cycles/{cycleId}/steps/{stepId}", tag = "Steps", operation_id = "deleteStep",
    params(AccountHeader, ("cycleId" = uuid::Uuid, Path, description = "Id of the cycle."), ("stepId" = uuid::Uuid, Path, description = "Id of the step.")),
    responses((status = 200, description = "Deleted; the body is empty."), Standard, Malformed, Missing, Conflicting))]
async fn delete_step(
    State(cycles): State<Cycles>,
    AsAccount(actor): AsAccount,
    ApiPath((id, step)): ApiPath<(CycleId, StepId)>,
) -> Result<StatusCode, ApiError> {
    cycles.remove_step(&actor, id, step).await?;
    Ok(StatusCode::OK)
}

async fn shown(
    cycles: &Cycles,
    actor: &AccountActor,
    id: CycleId,
    step: StepId,
) -> Result<Json<Step>, ApiError> {
    let design = cycles.design(actor, id).await?;
    Ok(Json(Step::new(&design, design.step(step)?)?))
}
