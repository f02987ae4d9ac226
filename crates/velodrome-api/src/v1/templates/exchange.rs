//! Templates as documents, out and in.

use axum::{
    Json,
    extract::{Request, State},
};
use http::StatusCode;
use serde::Deserialize;
use serde_json::Value;
use utoipa_axum::{router::OpenApiRouter, routes};
use velodrome_model::{CycleId, FolderId, TemplateId, TemplateReleaseId};
use velodrome_service::{
    cycles::Cycles,
    templates::{ImportOptions, ImportTarget, TemplateError, Templates},
};

use super::wire::{IntegrationExport, Template};
use crate::{
    ApiError, ApiState,
    extract::{ApiPath, ApiQuery, AsAccount, AsAny, AsPartner, BodyLimit, read_body},
    lenient,
    responses::{Malformed, Missing, Standard},
    v1::{
        cycles::wire::Cycle,
        params::{AccountHeader, OptionalAccountHeader},
    },
};

/// The operations of this file.
pub fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(export_template))
        .routes(routes!(export_template_release))
        .routes(routes!(import_template))
        .routes(routes!(export_cycle))
        .routes(routes!(import_cycle))
}

/// Imports may have 64 MiB (api.md §1).
const IMPORT: BodyLimit = BodyLimit(64 * 1024 * 1024);

/// The document in a body. None, `{}` and what can't be read are alike refused: an import is nothing
/// without its document.
pub(in crate::v1) async fn document(request: Request) -> Result<Value, ApiError> {
    let body = read_body(request.into_body(), IMPORT).await?;
    match lenient::parse(&body) {
        Ok(Some(document)) => Ok(document),
        Ok(None) => Err(TemplateError::NoDocument("there is no body".to_owned()).into()),
        Err(unreadable) => {
            let reason = unreadable.to_string();
            let reason = reason.trim_end_matches('.').to_owned();
            Err(TemplateError::NoDocument(reason).into())
        }
    }
}

/// Export a template
///
/// The live release, or the newest draft when there is none.
#[utoipa::path(get, path = "/v1.0/templates/{templateId}/export", tag = "Templates", operation_id = "exportTemplate",
    params(OptionalAccountHeader, ("templateId" = uuid::Uuid, Path, description = "Id of the template.")),
    responses((status = 200, description = "The integration export.", body = IntegrationExport), Standard, Malformed, Missing))]
async fn export_template(
    State(templates): State<Templates>,
    AsAny(actor): AsAny,
    ApiPath(id): ApiPath<TemplateId>,
) -> Result<Json<Value>, ApiError> {
    Ok(Json(templates.export(actor.partner(), id, None).await?))
}

/// Export a release
///
/// As for a template.
#[utoipa::path(get, path = "/v1.0/templates/{templateId}/releases/{releaseId}/export", tag = "Templates", operation_id = "exportTemplateRelease",
    params(("templateId" = uuid::Uuid, Path, description = "Id of the template."), ("releaseId" = uuid::Uuid, Path, description = "Id of the release.")),
    responses((status = 200, description = "The integration export.", body = IntegrationExport), Standard, Malformed, Missing))]
async fn export_template_release(
    State(templates): State<Templates>,
    AsPartner(actor): AsPartner,
    ApiPath((template, id)): ApiPath<(TemplateId, TemplateReleaseId)>,
) -> Result<Json<Value>, ApiError> {
    let document = templates.export(actor.scope, template, Some(id)).await?;
    Ok(Json(document))
}

/// Where an imported template goes. Names without capitals are part of the wire format.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
struct ImportQuery {
    /// Folder for the new template; root when absent.
    folderid: Option<String>,
    /// Existing template that gets the draft.
    templateid: Option<String>,
    /// With templateid: name, description, note, tags and settings of the template become the document's too.
    #[serde(rename = "replaceSettings")]
    #[param(value_type = bool, default = false)]
    replace_settings: Option<bool>,
    /// The release goes live at once.
    #[param(value_type = bool, default = false)]
    promote: Option<bool>,
    /// Offers the template to accounts, or no longer; left out: as it is.
    #[param(value_type = bool)]
    publish: Option<bool>,
    /// Makes nothing; the answer is what an import would have answered.
    #[serde(rename = "dryRun")]
    #[param(value_type = bool, default = false)]
    dry_run: Option<bool>,
}

impl ImportQuery {
    fn options(&self) -> ImportOptions {
        ImportOptions {
            replaces_settings: self.replace_settings.unwrap_or_default(),
            promotes: self.promote.unwrap_or_default(),
            publishes: self.publish,
            is_rehearsal: self.dry_run.unwrap_or_default(),
        }
    }

    /// Malformed ids are as bad as unknown ones (api.md §4).
    fn target(&self) -> Result<ImportTarget, TemplateError> {
        let given = |text: &Option<String>| {
            let text = text.as_deref().unwrap_or_default().trim().to_owned();
            (!text.is_empty()).then_some(text)
        };
        let folder = given(&self.folderid)
            .map(|text| {
                text.parse::<FolderId>()
                    .map_err(|_| TemplateError::Unknown("folderid"))
            })
            .transpose()?;
        let template = given(&self.templateid)
            .map(|text| {
                text.parse::<TemplateId>()
                    .map_err(|_| TemplateError::Unknown("templateid"))
            })
            .transpose()?;
        Ok(match template {
            Some(template) => ImportTarget::Draft(template),
            None => ImportTarget::New(folder),
        })
    }
}

/// Import a template
///
/// Makes a new template with a draft, or a new draft of templateid. The folder is checked before the body.
#[utoipa::path(post, path = "/v1.0/templates/import", tag = "Templates", operation_id = "importTemplate",
    params(ImportQuery),
    request_body(content = IntegrationExport, description = "A template release or cycle as a document. Contains connector releases and variables; never credentials or account connector properties. Documents of the original product are accepted by the import. Unknown properties are kept."),
    responses((status = 200, description = "The template.", body = Template), Standard, Malformed))]
async fn import_template(
    State(templates): State<Templates>,
    AsPartner(actor): AsPartner,
    ApiQuery(query): ApiQuery<ImportQuery>,
    request: Request,
) -> Result<Json<Template>, ApiError> {
    let target = query.target()?;
    templates.check_target(actor.scope, target).await?;
    let document = document(request).await?;
    let imported = templates.import(&actor, target, query.options(), document);
    let imported = Box::pin(imported).await?;
    Ok(Json(Template::new(&imported, false)))
}

/// Export a cycle
///
/// Same format as a template.
#[utoipa::path(get, path = "/v1.0/cycles/{cycleId}/export", tag = "Cycles", operation_id = "exportCycle",
    params(AccountHeader, ("cycleId" = uuid::Uuid, Path, description = "Id of the cycle.")),
    responses((status = 200, description = "The integration export.", body = IntegrationExport), Standard, Malformed, Missing))]
async fn export_cycle(
    State(templates): State<Templates>,
    AsAccount(actor): AsAccount,
    ApiPath(id): ApiPath<CycleId>,
) -> Result<Json<Value>, ApiError> {
    Ok(Json(templates.export_cycle(&actor, id).await?))
}

/// Import a cycle
///
/// Makes a paused cycle; missing connectors are installed unauthenticated.
#[utoipa::path(post, path = "/v1.0/cycles/import", tag = "Cycles", operation_id = "importCycle",
    params(AccountHeader),
    request_body(content = IntegrationExport, description = "A template release or cycle as a document. Contains connector releases and variables; never credentials or account connector properties. Documents of the original product are accepted by the import. Unknown properties are kept."),
    responses((status = 201, description = "Created: the new cycle.", body = Cycle), Standard, Malformed))]
async fn import_cycle(
    State(templates): State<Templates>,
    State(cycles): State<Cycles>,
    AsAccount(actor): AsAccount,
    request: Request,
) -> Result<(StatusCode, Json<Cycle>), ApiError> {
    let document = document(request).await?;
    let imported = Box::pin(templates.import_cycle(&actor, document)).await?;
    let shown = cycles.get(&actor, imported).await?;
    Ok((StatusCode::CREATED, Json(Cycle::new(shown, false))))
}
