//! Variables of cycles.

use axum::{Json, extract::State};
use http::StatusCode;
use utoipa_axum::{router::OpenApiRouter, routes};
use velodrome_model::{CycleId, PageRequest};
use velodrome_service::{cycles::Cycles, settings::Settings};

use super::wire::{CycleVariable, CycleVariableWrite};
use crate::{
    ApiError, ApiState,
    extract::{ApiJson, ApiPath, AsAccount},
    responses::{Conflicting, Malformed, Missing, Standard},
    v1::{account_connectors::masks, in_memory, params::AccountHeader},
};

/// The operations of this file.
pub fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list_variables, create_variable, save_variables))
        .routes(routes!(get_variable, update_variable, delete_variable))
}

/// List variables
///
/// By name. Sensitive values are null when the security setting MaskAuthValues is on. Default order: DisplayName.
#[utoipa::path(get, path = "/v1.0/cycles/{cycleId}/variables", tag = "Cycle variables", operation_id = "listVariables",
    params(AccountHeader, ("cycleId" = uuid::Uuid, Path, description = "Id of the cycle.")),
    responses((status = 200, description = "The whole list.", body = Vec<CycleVariable>), Standard, Malformed, Missing))]
async fn list_variables(
    State(cycles): State<Cycles>,
    State(settings): State<Settings>,
    AsAccount(actor): AsAccount,
    ApiPath(id): ApiPath<CycleId>,
) -> Result<Json<Vec<CycleVariable>>, ApiError> {
    let all = cycles.variables(&actor, id).await?;
    let masked = masks(&settings, &actor).await?;
    let shown: Vec<_> = all
        .into_iter()
        .map(|one| CycleVariable::new(one, masked))
        .collect();
    let whole = PageRequest::new(None, Some(i64::MAX));
    Ok(Json(
        in_memory::page(shown, &whole, &["DisplayName", "SystemName"]).items,
    ))
}

/// Create a variable
///
/// SystemName is derived from DisplayName.
#[utoipa::path(post, path = "/v1.0/cycles/{cycleId}/variables", tag = "Cycle variables", operation_id = "createVariable",
    params(AccountHeader, ("cycleId" = uuid::Uuid, Path, description = "Id of the cycle.")),
    request_body(content = CycleVariableWrite, description = "A variable to store."),
    responses((status = 200, description = "The variable. Not 201: existing clients expect 200.", body = CycleVariable), Standard, Malformed, Missing, Conflicting))]
async fn create_variable(
    State(cycles): State<Cycles>,
    State(settings): State<Settings>,
    AsAccount(actor): AsAccount,
    ApiPath(id): ApiPath<CycleId>,
    ApiJson(body): ApiJson<CycleVariableWrite>,
) -> Result<Json<CycleVariable>, ApiError> {
    let made = cycles.add_variable(&actor, id, body.try_into()?).await?;
    let masked = masks(&settings, &actor).await?;
    Ok(Json(CycleVariable::new(made, masked)))
}

/// Create or update several variables
///
/// All or nothing. Existing variables are found by name.
#[utoipa::path(patch, path = "/v1.0/cycles/{cycleId}/variables", tag = "Cycle variables", operation_id = "saveVariables",
    params(AccountHeader, ("cycleId" = uuid::Uuid, Path, description = "Id of the cycle.")),
    request_body(content = Vec<CycleVariableWrite>, description = "A variable to store."),
    responses((status = 200, description = "The variables of the request after the change, in request order.", body = Vec<CycleVariable>), Standard, Malformed, Missing, Conflicting))]
async fn save_variables(
    State(cycles): State<Cycles>,
    State(settings): State<Settings>,
    AsAccount(actor): AsAccount,
    ApiPath(id): ApiPath<CycleId>,
    ApiJson(body): ApiJson<Vec<CycleVariableWrite>>,
) -> Result<Json<Vec<CycleVariable>>, ApiError> {
    let items: Result<_, _> = body.into_iter().map(TryInto::try_into).collect();
    let saved = cycles.save_variables(&actor, id, items?).await?;
    let masked = masks(&settings, &actor).await?;
    Ok(Json(
        saved
            .into_iter()
            .map(|one| CycleVariable::new(one, masked))
            .collect(),
    ))
}

/// Get a variable
///
/// By name.
#[utoipa::path(get, path = "/v1.0/cycles/{cycleId}/variables/{variable}", tag = "Cycle variables", operation_id = "getVariable",
    params(AccountHeader, ("cycleId" = uuid::Uuid, Path, description = "Id of the cycle."), ("variable" = String, Path, description = "SystemName or DisplayName of the variable.")),
    responses((status = 200, description = "The cycle variable.", body = CycleVariable), Standard, Malformed, Missing))]
async fn get_variable(
    State(cycles): State<Cycles>,
    State(settings): State<Settings>,
    AsAccount(actor): AsAccount,
    ApiPath((id, name)): ApiPath<(CycleId, String)>,
) -> Result<Json<CycleVariable>, ApiError> {
    let found = cycles.variable(&actor, id, &name).await?;
    let masked = masks(&settings, &actor).await?;
    Ok(Json(CycleVariable::new(found, masked)))
}

/// Update a variable
///
/// Partial.
#[utoipa::path(put, path = "/v1.0/cycles/{cycleId}/variables/{variable}", tag = "Cycle variables", operation_id = "updateVariable",
    params(AccountHeader, ("cycleId" = uuid::Uuid, Path, description = "Id of the cycle."), ("variable" = String, Path, description = "SystemName or DisplayName of the variable.")),
    request_body(content = CycleVariableWrite, description = "A variable to store."),
    responses((status = 200, description = "The cycle variable after the change.", body = CycleVariable), Standard, Malformed, Missing, Conflicting))]
async fn update_variable(
    State(cycles): State<Cycles>,
    State(settings): State<Settings>,
    AsAccount(actor): AsAccount,
    ApiPath((id, name)): ApiPath<(CycleId, String)>,
    ApiJson(body): ApiJson<CycleVariableWrite>,
) -> Result<Json<CycleVariable>, ApiError> {
    let change = body.try_into()?;
    let changed = cycles.change_variable(&actor, id, &name, change).await?;
    let masked = masks(&settings, &actor).await?;
    Ok(Json(CycleVariable::new(changed, masked)))
}

/// Delete a variable
///
/// Mappings that used it become Ignore.
#[utoipa::path(delete, path = "/v1.0/cycles/{cycleId}/variables/{variable}", tag = "Cycle variables", operation_id = "deleteVariable",
    params(AccountHeader, ("cycleId" = uuid::Uuid, Path, description = "Id of the cycle."), ("variable" = String, Path, description = "SystemName or DisplayName of the variable.")),
    responses((status = 200, description = "Deleted; the body is empty."), Standard, Malformed, Missing, Conflicting))]
async fn delete_variable(
    State(cycles): State<Cycles>,
    AsAccount(actor): AsAccount,
    ApiPath((id, name)): ApiPath<(CycleId, String)>,
) -> Result<StatusCode, ApiError> {
    cycles.remove_variable(&actor, id, &name).await?;
    Ok(StatusCode::OK)
}
