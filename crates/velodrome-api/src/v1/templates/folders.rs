//! Folders of the template library.

use axum::{Json, extract::State};
use http::StatusCode;
use utoipa_axum::{router::OpenApiRouter, routes};
use velodrome_model::FolderId;
use velodrome_service::templates::Templates;

use super::wire::{Folder, FolderWrite};
use crate::{
    ApiError, ApiState,
    extract::{ApiJson, ApiPath, AsPartner},
    responses::{Conflicting, Malformed, Missing, Standard},
};

/// The operations of this file.
pub fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list_folders, create_folder))
        .routes(routes!(update_folder, delete_folder))
}

/// List folders
///
/// All folders, flat. Default order: Name.
#[utoipa::path(get, path = "/v1.0/templates/folders", tag = "Templates", operation_id = "listFolders",
    responses((status = 200, description = "The whole list.", body = Vec<Folder>), Standard))]
async fn list_folders(
    State(templates): State<Templates>,
    AsPartner(actor): AsPartner,
) -> Result<Json<Vec<Folder>>, ApiError> {
    let folders = templates.folders(&actor).await?;
    Ok(Json(folders.into_iter().map(Into::into).collect()))
}

/// Create a folder
///
/// At the root or in another folder.
#[utoipa::path(post, path = "/v1.0/templates/folders", tag = "Templates", operation_id = "createFolder",
    request_body(content = FolderWrite, description = "A folder to store."),
    responses((status = 201, description = "Created: the new folder.", body = Folder), Standard, Malformed))]
async fn create_folder(
    State(templates): State<Templates>,
    AsPartner(actor): AsPartner,
    ApiJson(write): ApiJson<FolderWrite>,
) -> Result<(StatusCode, Json<Folder>), ApiError> {
    let name = write.name.0.unwrap_or_default();
    let parent = write.parent_id.into_value().map(FolderId);
    let folder = templates.create_folder(&actor, &name, parent).await?;
    Ok((StatusCode::CREATED, Json(folder.into())))
}

/// Update a folder
///
/// Not into itself.
#[utoipa::path(put, path = "/v1.0/templates/folders/{folderId}", tag = "Templates", operation_id = "updateFolder",
    params(("folderId" = uuid::Uuid, Path, description = "Id of the folder.")),
    request_body(content = FolderWrite, description = "A folder to store."),
    responses((status = 200, description = "The folder after the change.", body = Folder), Standard, Malformed, Missing))]
async fn update_folder(
    State(templates): State<Templates>,
    AsPartner(actor): AsPartner,
    ApiPath(id): ApiPath<FolderId>,
    ApiJson(write): ApiJson<FolderWrite>,
) -> Result<Json<Folder>, ApiError> {
    let changed = templates.update_folder(&actor, id, write.into()).await?;
    Ok(Json(changed.into()))
}

/// Delete a folder
///
/// Empty folders only.
#[utoipa::path(delete, path = "/v1.0/templates/folders/{folderId}", tag = "Templates", operation_id = "deleteFolder",
    params(("folderId" = uuid::Uuid, Path, description = "Id of the folder.")),
    responses((status = 204, description = "Deleted."), Standard, Missing, Conflicting))]
async fn delete_folder(
    State(templates): State<Templates>,
    AsPartner(actor): AsPartner,
    ApiPath(id): ApiPath<FolderId>,
) -> Result<StatusCode, ApiError> {
    templates.delete_folder(&actor, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
