//! The recycle bin.

use axum::{Json, extract::State};
use http::StatusCode;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;
use velodrome_service::templates::RecycleBin;

use super::{newest_first, wire::RecycleBinItem};
use crate::{
    ApiError, ApiState,
    extract::{ApiPath, ApiQuery, AsPartner},
    paging::{Paged, SortedPaging},
    responses::{Conflicting, Missing, Standard},
    v1::in_memory,
};

/// The operations of this file.
pub fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list_recycle_bin))
        .routes(routes!(purge_item))
        .routes(routes!(restore_item))
}

/// Recycle bin
///
/// Deleted cycles and templates, kept 90 days. Default order: DeletedOnUtc descending.
#[utoipa::path(get, path = "/v1.0/partner/recyclebin", tag = "Partner", operation_id = "listRecycleBin",
    params(SortedPaging),
    responses((status = 200, description = "One page of the list.", body = Vec<RecycleBinItem>), Standard))]
async fn list_recycle_bin(
    State(bin): State<RecycleBin>,
    AsPartner(actor): AsPartner,
    ApiQuery(page): ApiQuery<SortedPaging>,
) -> Result<Paged<RecycleBinItem>, ApiError> {
    let items = bin.list(&actor).await?.into_iter().map(Into::into);
    Ok(Paged(in_memory::page(
        items.collect(),
        &newest_first(page),
        &["DeletedOnUtc"],
    )))
}

/// Restore an item
///
/// Cycles come back paused.
#[utoipa::path(post, path = "/v1.0/partner/recyclebin/{itemId}/restore", tag = "Partner", operation_id = "restoreItem",
    params(("itemId" = Uuid, Path, description = "Id of the item.")),
    responses((status = 200, description = "The recycle bin item.", body = RecycleBinItem), Standard, Missing, Conflicting))]
async fn restore_item(
    State(bin): State<RecycleBin>,
    AsPartner(actor): AsPartner,
    ApiPath(id): ApiPath<Uuid>,
) -> Result<Json<RecycleBinItem>, ApiError> {
    Ok(Json(bin.restore(&actor, id).await?.into()))
}

/// Remove an item for good
///
/// Cannot be undone.
#[utoipa::path(delete, path = "/v1.0/partner/recyclebin/{itemId}", tag = "Partner", operation_id = "purgeItem",
    params(("itemId" = Uuid, Path, description = "Id of the item.")),
    responses((status = 204, description = "Removed."), Standard, Missing))]
async fn purge_item(
    State(bin): State<RecycleBin>,
    AsPartner(actor): AsPartner,
    ApiPath(id): ApiPath<Uuid>,
) -> Result<StatusCode, ApiError> {
    bin.purge(&actor, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
