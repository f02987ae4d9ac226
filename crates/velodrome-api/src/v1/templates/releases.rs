//! Releases of templates.

use axum::{Json, extract::State};
use http::StatusCode;
use utoipa_axum::{router::OpenApiRouter, routes};
use velodrome_model::{TemplateId, TemplateReleaseId};
use velodrome_service::templates::Templates;

use super::{
    newest_first,
    wire::{ReleaseCopy, ReleaseUpdate, TemplateRelease},
};
use crate::{
    ApiError, ApiState,
    extract::{ApiJson, ApiPath, ApiQuery, AsPartner},
    paging::{Paged, SortedPaging},
    responses::{Conflicting, Malformed, Missing, Standard},
    v1::in_memory,
};

/// The operations of this file.
pub fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list_template_releases, copy_template_release))
        .routes(routes!(
            get_template_release,
            update_template_release,
            delete_template_release
        ))
        .routes(routes!(promote_template_release))
}

/// List releases
///
/// Newest first. Default order: Number descending.
#[utoipa::path(get, path = "/v1.0/templates/{templateId}/releases", tag = "Templates", operation_id = "listTemplateReleases",
    params(("templateId" = uuid::Uuid, Path, description = "Id of the template."), SortedPaging),
    responses((status = 200, description = "One page of the list.", body = Vec<TemplateRelease>), Standard, Malformed, Missing))]
async fn list_template_releases(
    State(templates): State<Templates>,
    AsPartner(actor): AsPartner,
    ApiPath(template): ApiPath<TemplateId>,
    ApiQuery(page): ApiQuery<SortedPaging>,
) -> Result<Paged<TemplateRelease>, ApiError> {
    let releases = templates.releases(actor.scope, template).await?;
    let releases = releases.into_iter().map(Into::into).collect();
    Ok(Paged(in_memory::page(
        releases,
        &newest_first(page),
        &["Number"],
    )))
}

/// Copy a release
///
/// Into a new draft here, into another template, or into a new template.
#[utoipa::path(post, path = "/v1.0/templates/{templateId}/releases", tag = "Templates", operation_id = "copyTemplateRelease",
    params(("templateId" = uuid::Uuid, Path, description = "Id of the template.")),
    request_body(content = Option<ReleaseCopy>, description = "Where to copy a release."),
    responses((status = 201, description = "Created: the new template release.", body = TemplateRelease), Standard, Malformed, Missing))]
async fn copy_template_release(
    State(templates): State<Templates>,
    AsPartner(actor): AsPartner,
    ApiPath(template): ApiPath<TemplateId>,
    ApiJson(copy): ApiJson<ReleaseCopy>,
) -> Result<(StatusCode, Json<TemplateRelease>), ApiError> {
    let made = templates
        .copy_release(&actor, template, copy.into())
        .await?;
    Ok((StatusCode::CREATED, Json(made.into())))
}

/// Get a release
///
/// By id.
#[utoipa::path(get, path = "/v1.0/templates/{templateId}/releases/{releaseId}", tag = "Templates", operation_id = "getTemplateRelease",
    params(("templateId" = uuid::Uuid, Path, description = "Id of the template."), ("releaseId" = uuid::Uuid, Path, description = "Id of the release.")),
    responses((status = 200, description = "The template release.", body = TemplateRelease), Standard, Malformed, Missing))]
async fn get_template_release(
    State(templates): State<Templates>,
    AsPartner(actor): AsPartner,
    ApiPath((template, id)): ApiPath<(TemplateId, TemplateReleaseId)>,
) -> Result<Json<TemplateRelease>, ApiError> {
    let release = templates.release(actor.scope, template, id).await?;
    Ok(Json(release.into()))
}

/// Update release notes
///
/// Possible in every state.
#[utoipa::path(put, path = "/v1.0/templates/{templateId}/releases/{releaseId}", tag = "Templates", operation_id = "updateTemplateRelease",
    params(("templateId" = uuid::Uuid, Path, description = "Id of the template."), ("releaseId" = uuid::Uuid, Path, description = "Id of the release.")),
    request_body(content = ReleaseUpdate, description = "Changes to a release."),
    responses((status = 200, description = "The template release after the change.", body = TemplateRelease), Standard, Malformed, Missing))]
async fn update_template_release(
    State(templates): State<Templates>,
    AsPartner(actor): AsPartner,
    ApiPath((template, id)): ApiPath<(TemplateId, TemplateReleaseId)>,
    ApiJson(update): ApiJson<ReleaseUpdate>,
) -> Result<Json<TemplateRelease>, ApiError> {
    let notes = update.notes.into_change();
    let release = templates.set_notes(&actor, template, id, notes).await?;
    Ok(Json(release.into()))
}

/// Delete a release
///
/// Drafts and deprecated releases only.
#[utoipa::path(delete, path = "/v1.0/templates/{templateId}/releases/{releaseId}", tag = "Templates", operation_id = "deleteTemplateRelease",
    params(("templateId" = uuid::Uuid, Path, description = "Id of the template."), ("releaseId" = uuid::Uuid, Path, description = "Id of the release.")),
    responses((status = 204, description = "Deleted."), Standard, Malformed, Missing, Conflicting))]
async fn delete_template_release(
    State(templates): State<Templates>,
    AsPartner(actor): AsPartner,
    ApiPath((template, id)): ApiPath<(TemplateId, TemplateReleaseId)>,
) -> Result<StatusCode, ApiError> {
    templates.delete_release(&actor, template, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Promote a draft
///
/// It becomes Live and locked; the former live release becomes Deprecated.
#[utoipa::path(put, path = "/v1.0/templates/{templateId}/releases/{releaseId}/promote", tag = "Templates", operation_id = "promoteTemplateRelease",
    params(("templateId" = uuid::Uuid, Path, description = "Id of the template."), ("releaseId" = uuid::Uuid, Path, description = "Id of the release.")),
    responses((status = 200, description = "The template release after the change.", body = TemplateRelease), Standard, Malformed, Missing, Conflicting))]
async fn promote_template_release(
    State(templates): State<Templates>,
    AsPartner(actor): AsPartner,
    ApiPath((template, id)): ApiPath<(TemplateId, TemplateReleaseId)>,
) -> Result<Json<TemplateRelease>, ApiError> {
    let release = templates.promote(&actor, template, id).await?;
    Ok(Json(release.into()))
}
