//! Templates, their folders and releases, and the recycle bin.

mod errors;
mod exchange;
mod folders;
mod installed;
mod installing;
mod recycle_bin;
mod releases;
mod wire;

use axum::{Json, extract::State};
use http::StatusCode;
use serde::Deserialize;
use utoipa_axum::{router::OpenApiRouter, routes};
use velodrome_model::{FolderId, PageRequest, TemplateId};
use velodrome_service::{
    Settings,
    templates::{TemplateFilter, Templates},
};

use super::{in_memory, params::OptionalAccountHeader};
use crate::{
    ApiError, ApiState,
    extract::{ApiJson, ApiPath, ApiQuery, AsAny, AsPartner},
    paging::{Paged, SortedPaging},
    responses::{Malformed, Missing, Standard},
};

use installing::{PrerequisitesQuery, fill_in};
use wire::{Template, TemplateWrite};

/// The operations of this folder.
pub fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list_templates, create_template))
        .routes(routes!(get_template, update_template, delete_template))
        .merge(exchange::routes())
        .merge(folders::routes())
        .merge(installed::routes())
        .merge(installing::routes())
        .merge(releases::routes())
        .merge(recycle_bin::routes())
}

/// Filters of the list.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(rename_all = "camelCase", default)]
#[into_params(parameter_in = Query)]
struct TemplateQuery {
    /// Only items with this tag, case-sensitive.
    tag: Option<String>,
    /// Only items that use this connector, by exact name, case-insensitive.
    connector_name: Option<String>,
    /// Only together with connectorName: its version.
    connector_version: Option<String>,
    /// Only items whose name contains this text, case-insensitive.
    query: Option<String>,
    /// Only items in this folder; root for those in none. For the partner.
    folder_id: Option<String>,
    /// Return those too that are unpublished or have no live release. For the partner.
    #[param(value_type = bool, default = false)]
    include_unpublished: Option<bool>,
}

/// What is shown of each template.
#[derive(Clone, Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(rename_all = "camelCase", default)]
#[into_params(parameter_in = Query)]
struct ShownQuery {
    /// Return icons as data: URIs; Icon is null otherwise.
    #[param(value_type = bool, default = false)]
    include_icons: Option<bool>,
    /// Return what the user has to set up, per step.
    #[param(value_type = bool, default = false)]
    include_prerequisites: Option<bool>,
}

/// List templates
///
/// Published templates with a live release. Default order: Name.
#[utoipa::path(get, path = "/v1.0/templates", tag = "Templates", operation_id = "listTemplates",
    params(OptionalAccountHeader, SortedPaging, TemplateQuery, ShownQuery, PrerequisitesQuery),
    responses((status = 200, description = "One page of the list.", body = Vec<Template>), Standard))]
async fn list_templates(
    State(templates): State<Templates>,
    State(settings): State<Settings>,
    AsAny(actor): AsAny,
    ApiQuery(page): ApiQuery<SortedPaging>,
    ApiQuery(query): ApiQuery<TemplateQuery>,
    ApiQuery(shown): ApiQuery<ShownQuery>,
    ApiQuery(prerequisites): ApiQuery<PrerequisitesQuery>,
) -> Result<Paged<Template>, ApiError> {
    let filter = TemplateFilter {
        tag: query.tag,
        query: query.query,
        connector: query.connector_name,
        version: query.connector_version,
        // A filter that can't be read filters nothing, as elsewhere.
        folder: query
            .folder_id
            .as_deref()
            .and_then(|folder| match folder.trim() {
                folder if folder.eq_ignore_ascii_case("root") => Some(None),
                folder => folder.parse::<FolderId>().ok().map(Some),
            }),
        unpublished: query.include_unpublished.unwrap_or_default(),
    };
    let all = templates.list(&actor, &filter).await?;
    let with_icons = shown.include_icons.unwrap_or_default();
    let all = all.iter().map(|one| Template::new(one, with_icons));
    let mut page = in_memory::page(all.collect(), &page.into(), &["Name", "Id"]);
    if shown.include_prerequisites.unwrap_or_default() {
        for one in &mut page.items {
            let filled = fill_in(&templates, &settings, &actor, prerequisites, one);
            Box::pin(filled).await?;
        }
    }
    Ok(Paged(page))
}

/// Create a template
///
/// With an empty draft release; its cycle is edited with /cycles in the template account.
#[utoipa::path(post, path = "/v1.0/templates", tag = "Templates", operation_id = "createTemplate",
    request_body(content = TemplateWrite, description = "Template settings. A property left out keeps its value."),
    responses((status = 201, description = "Created: the new template.", body = Template), Standard, Malformed))]
async fn create_template(
    State(templates): State<Templates>,
    AsPartner(actor): AsPartner,
    ApiJson(write): ApiJson<TemplateWrite>,
) -> Result<(StatusCode, Json<Template>), ApiError> {
    let made = templates.create(&actor, write.into()).await?;
    Ok((StatusCode::CREATED, Json(Template::new(&made, false))))
}

/// Get a template
///
/// Published or not; tools that need setup (Decision, Delay, WaitUntil) are among the prerequisites.
#[utoipa::path(get, path = "/v1.0/templates/{templateId}", tag = "Templates", operation_id = "getTemplate",
    params(OptionalAccountHeader, ("templateId" = uuid::Uuid, Path, description = "Id of the template."), ShownQuery, PrerequisitesQuery),
    responses((status = 200, description = "The template.", body = Template), Standard, Malformed, Missing))]
async fn get_template(
    State(templates): State<Templates>,
    State(settings): State<Settings>,
    AsAny(actor): AsAny,
    ApiPath(id): ApiPath<TemplateId>,
    ApiQuery(shown): ApiQuery<ShownQuery>,
    ApiQuery(prerequisites): ApiQuery<PrerequisitesQuery>,
) -> Result<Json<Template>, ApiError> {
    let with_icons = shown.include_icons.unwrap_or_default();
    let template = templates.get(actor.partner(), id).await?;
    let mut template = Template::new(&template, with_icons);
    if shown.include_prerequisites.unwrap_or_default() {
        let filled = fill_in(&templates, &settings, &actor, prerequisites, &mut template);
        Box::pin(filled).await?;
    }
    Ok(Json(template))
}

/// Update a template
///
/// Name, description, tags, folder, published.
#[utoipa::path(put, path = "/v1.0/templates/{templateId}", tag = "Templates", operation_id = "updateTemplate",
    params(("templateId" = uuid::Uuid, Path, description = "Id of the template.")),
    request_body(content = TemplateWrite, description = "Template settings. A property left out keeps its value."),
    responses((status = 200, description = "The template after the change.", body = Template), Standard, Malformed, Missing))]
async fn update_template(
    State(templates): State<Templates>,
    AsPartner(actor): AsPartner,
    ApiPath(id): ApiPath<TemplateId>,
    ApiJson(write): ApiJson<TemplateWrite>,
) -> Result<Json<Template>, ApiError> {
    let changed = templates.update(&actor, id, write.into()).await?;
    Ok(Json(Template::new(&changed, false)))
}

/// Delete a template
///
/// Goes to the recycle bin for 90 days. Installed cycles stay.
#[utoipa::path(delete, path = "/v1.0/templates/{templateId}", tag = "Templates", operation_id = "deleteTemplate",
    params(("templateId" = uuid::Uuid, Path, description = "Id of the template.")),
    responses((status = 204, description = "Deleted."), Standard, Malformed, Missing))]
async fn delete_template(
    State(templates): State<Templates>,
    AsPartner(actor): AsPartner,
    ApiPath(id): ApiPath<TemplateId>,
) -> Result<StatusCode, ApiError> {
    templates.delete(&actor, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A page request whose own order descends unless somebody asks for another.
fn newest_first(page: SortedPaging) -> PageRequest {
    let mut request = PageRequest::from(page);
    if request.order_by.is_none() {
        request.ascending.get_or_insert(false);
    }
    request
}
