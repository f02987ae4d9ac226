//! Connections between steps.

use axum::{Json, extract::State};
use http::StatusCode;
use utoipa_axum::{router::OpenApiRouter, routes};
use velodrome_model::{CycleId, EdgeId};
use velodrome_service::cycles::Cycles;

use super::wire::{Edge, EdgeCreate};
use crate::{
    ApiError, ApiState,
    extract::{ApiJson, ApiPath, AsAccount},
    responses::{Conflicting, Malformed, Missing, Standard},
    v1::params::AccountHeader,
};

/// The operations of this file.
pub fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list_edges, create_edge))
        .routes(routes!(get_edge, delete_edge))
}

/// List edges
///
/// All connections of the cycle.
#[utoipa::path(get, path = "/v1.0/cycles/{cycleId}/edges", tag = "Edges", operation_id = "listEdges",
    params(AccountHeader, ("cycleId" = uuid::Uuid, Path, description = "Id of the cycle.")),
    responses((status = 200, description = "The whole list.", body = Vec<Edge>), Standard, Malformed, Missing))]
async fn list_edges(
    State(cycles): State<Cycles>,
    AsAccount(actor): AsAccount,
    ApiPath(id): ApiPath<CycleId>,
) -> Result<Json<Vec<Edge>>, ApiError> {
    let edges = cycles.edges(&actor, id).await?;
    Ok(Json(edges.into_iter().map(Into::into).collect()))
}

/// Create an edge
///
/// From the tail step to the head step.
#[utoipa::path(post, path = "/v1.0/cycles/{cycleId}/edges", tag = "Edges", operation_id = "createEdge",
    params(AccountHeader, ("cycleId" = uuid::Uuid, Path, description = "Id of the cycle.")),
    request_body(content = EdgeCreate, description = "New edge."),
    responses((status = 200, description = "The edge. Not 201, in line with steps.", body = Edge), Standard, Malformed, Missing, Conflicting))]
async fn create_edge(
    State(cycles): State<Cycles>,
    AsAccount(actor): AsAccount,
    ApiPath(id): ApiPath<CycleId>,
    ApiJson(body): ApiJson<EdgeCreate>,
) -> Result<Json<Edge>, ApiError> {
    Ok(Json(cycles.connect(&actor, id, body.into()).await?.into()))
}

/// Get an edge
///
/// By id.
#[utoipa::path(get, path = "/v1.0/cycles/{cycleId}/edges/{edgeId}", tag = "Edges", operation_id = "getEdge",
    params(AccountHeader, ("cycleId" = uuid::Uuid, Path, description = "Id of the cycle."), ("edgeId" = uuid::Uuid, Path, description = "Id of the edge.")),
    responses((status = 200, description = "The edge.", body = Edge), Standard, Malformed, Missing))]
async fn get_edge(
    State(cycles): State<Cycles>,
    AsAccount(actor): AsAccount,
    ApiPath((id, edge)): ApiPath<(CycleId, EdgeId)>,
) -> Result<Json<Edge>, ApiError> {
    Ok(Json(cycles.edge(&actor, id, edge).await?.into()))
}

/// Delete an edge
///
/// Mappings across it become Ignore.
#[utoipa::path(delete, path = "/v1.0/cycles/{cycleId}/edges/{edgeId}", tag = "Edges", operation_id = "deleteEdge",
    params(AccountHeader, ("cycleId" = uuid::Uuid, Path, description = "Id of the cycle."), ("edgeId" = uuid::Uuid, Path, description = "Id of the edge.")),
    responses((status = 200, description = "Deleted; the body is empty."), Standard, Malformed, Missing, Conflicting))]
async fn delete_edge(
    State(cycles): State<Cycles>,
    AsAccount(actor): AsAccount,
    ApiPath((id, edge)): ApiPath<(CycleId, EdgeId)>,
) -> Result<StatusCode, ApiError> {
    cycles.disconnect(&actor, id, edge).await?;
    Ok(StatusCode::OK)
}
