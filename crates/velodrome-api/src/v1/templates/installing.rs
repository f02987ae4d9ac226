//! Templates into accounts: what they ask for, installation and upgrades.

use axum::{Json, extract::State};
use serde::Deserialize;
use utoipa_axum::{router::OpenApiRouter, routes};
use velodrome_model::{AnyActor, CycleId, TemplateId};
use velodrome_service::{
    Settings,
    cycles::Cycles,
    templates::{SetupQuery, TemplateSetup, Templates},
};

use super::wire::{
    Template, TemplateInstall, TemplatePrerequisiteStep, TemplateUpgrade, UpgradePreview,
    UpgradeResult, UpgradeableCycle,
};
use crate::{
    ApiError, ApiState,
    extract::{ApiJson, ApiPath, ApiQuery, AsAccount, AsAny, AsPartner},
    paging::{Paged, SortedPaging},
    responses::{Conflicting, Malformed, Missing, Standard},
    v1::{
        cycles::wire::{Cycle, CycleVariable},
        in_memory,
        params::{AccountHeader, OptionalAccountHeader},
    },
};

/// The operations of this file.
pub fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(get_template_prerequisites))
        .routes(routes!(install_template))
        .routes(routes!(
            upgrade_template_installations,
            get_template_upgrade
        ))
        .routes(routes!(list_upgradeable_cycles))
        .routes(routes!(upgrade_cycle, preview_cycle_upgrade))
}

/// How much of the setup is asked for.
#[derive(Clone, Copy, Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(rename_all = "camelCase", default)]
#[into_params(parameter_in = Query)]
pub(super) struct PrerequisitesQuery {
    /// With includePrerequisites: optional fields too.
    #[param(value_type = bool, default = false)]
    include_optional: Option<bool>,
    /// With includePrerequisites and the account header: look up custom fields of authenticated connectors.
    #[param(value_type = bool, default = false)]
    lookup_custom_fields: Option<bool>,
}

impl From<PrerequisitesQuery> for SetupQuery {
    fn from(query: PrerequisitesQuery) -> Self {
        Self {
            with_optional: query.include_optional.unwrap_or_default(),
            looks_up_custom_fields: query.lookup_custom_fields.unwrap_or_default(),
        }
    }
}

/// Whether sensitive values are hidden from the caller.
async fn masks(settings: &Settings, actor: &AnyActor) -> Result<bool, ApiError> {
    let security = settings.security(actor.partner()).await?;
    Ok(security.mask_auth_values)
}

fn steps(setup: &TemplateSetup, masked: bool) -> Result<Vec<TemplatePrerequisiteStep>, ApiError> {
    let steps = setup.steps()?.into_iter();
    Ok(steps
        .map(|step| TemplatePrerequisiteStep::new(step, masked))
        .collect())
}

/// Fills in what is shown of a template with includePrerequisites.
pub(super) async fn fill_in(
    templates: &Templates,
    settings: &Settings,
    actor: &AnyActor,
    query: PrerequisitesQuery,
    shown: &mut Template,
) -> Result<(), ApiError> {
    let masked = masks(settings, actor).await?;
    let setup = templates
        .setup(actor, TemplateId(shown.id), query.into())
        .await?;
    shown.prerequisites = Some(steps(&setup, masked)?);
    let variables = setup.variables().cloned();
    shown.variables = Some(
        variables
            .map(|variable| CycleVariable::new(variable, masked))
            .collect(),
    );
    Ok(())
}

/// Get prerequisites of a template
///
/// The same as includePrerequisites, for a form.
#[utoipa::path(get, path = "/v1.0/templates/{templateId}/prerequisites", tag = "Templates", operation_id = "getTemplatePrerequisites",
    params(OptionalAccountHeader, ("templateId" = uuid::Uuid, Path, description = "Id of the template."), PrerequisitesQuery),
    responses((status = 200, description = "The whole list.", body = Vec<TemplatePrerequisiteStep>), Standard, Malformed, Missing))]
async fn get_template_prerequisites(
    State(templates): State<Templates>,
    State(settings): State<Settings>,
    AsAny(actor): AsAny,
    ApiPath(id): ApiPath<TemplateId>,
    ApiQuery(query): ApiQuery<PrerequisitesQuery>,
) -> Result<Json<Vec<TemplatePrerequisiteStep>>, ApiError> {
    let masked = masks(&settings, &actor).await?;
    let setup = templates.setup(&actor, id, query.into()).await?;
    Ok(Json(steps(&setup, masked)?))
}

/// Install a template
///
/// Makes a paused cycle that is an exact copy of the live release (the newest draft when nothing is live), and installs missing connectors in the releases the template uses. User configurable mappings start empty.
#[utoipa::path(post, path = "/v1.0/templates/{templateId}/install", tag = "Templates", operation_id = "installTemplate",
    params(AccountHeader, ("templateId" = uuid::Uuid, Path, description = "Id of the template.")),
    request_body(content = Option<TemplateInstall>, description = "Values for an installation. The whole body may be absent."),
    responses((status = 200, description = "The cycle. Not 201: existing clients expect 200.", body = Cycle), Standard, Malformed, Missing))]
async fn install_template(
    State(templates): State<Templates>,
    State(cycles): State<Cycles>,
    AsAccount(actor): AsAccount,
    ApiPath(id): ApiPath<TemplateId>,
    ApiJson(install): ApiJson<TemplateInstall>,
) -> Result<Json<Cycle>, ApiError> {
    let installed = Box::pin(templates.install(&actor, id, install.try_into()?)).await?;
    Ok(Json(Cycle::new(
        cycles.get(&actor, installed).await?,
        false,
    )))
}

/// Upgrade installations of a template
///
/// Moves every cycle of this template to the live release. Variables and user configurable mappings are kept, other values are overwritten. Running cycles are restarted.
#[utoipa::path(put, path = "/v1.0/templates/{templateId}/upgrade", tag = "Templates", operation_id = "upgradeTemplateInstallations",
    params(("templateId" = uuid::Uuid, Path, description = "Id of the template.")),
    responses((status = 200, description = "The whole list.", body = Vec<UpgradeResult>), Standard, Malformed, Missing))]
async fn upgrade_template_installations(
    State(templates): State<Templates>,
    AsPartner(actor): AsPartner,
    ApiPath(id): ApiPath<TemplateId>,
) -> Result<Json<Vec<UpgradeResult>>, ApiError> {
    let upgrades = Box::pin(templates.upgrade_all(&actor, id)).await?;
    let results = upgrades.results.into_iter();
    Ok(Json(results.map(Into::into).collect()))
}

/// Get the upgrade of a template's installations
///
/// What became of the upgrade that was asked for last, cycle by cycle. An upgrade of many cycles goes on in the background, also after a restart.
#[utoipa::path(get, path = "/v1.0/templates/{templateId}/upgrade", tag = "Templates", operation_id = "getTemplateUpgrade",
    params(("templateId" = uuid::Uuid, Path, description = "Id of the template.")),
    responses((status = 200, description = "The upgrade.", body = TemplateUpgrade), Standard, Malformed, Missing))]
async fn get_template_upgrade(
    State(templates): State<Templates>,
    AsPartner(actor): AsPartner,
    ApiPath(id): ApiPath<TemplateId>,
) -> Result<Json<TemplateUpgrade>, ApiError> {
    Ok(Json(templates.upgrades(actor.scope, id).await?.into()))
}

/// List upgradeable cycles
///
/// Cycles whose template has a newer live release. Default order: Name.
#[utoipa::path(get, path = "/v1.0/cycles/upgradeable", tag = "Cycles", operation_id = "listUpgradeableCycles",
    params(AccountHeader, SortedPaging),
    responses((status = 200, description = "One page of the list.", body = Vec<UpgradeableCycle>), Standard))]
async fn list_upgradeable_cycles(
    State(templates): State<Templates>,
    AsAccount(actor): AsAccount,
    ApiQuery(page): ApiQuery<SortedPaging>,
) -> Result<Paged<UpgradeableCycle>, ApiError> {
    let all = templates.upgradeable(&actor).await?.into_iter();
    Ok(Paged(in_memory::page(
        all.map(Into::into).collect(),
        &page.into(),
        &["Name", "Id"],
    )))
}

/// Upgrade a cycle
///
/// To the live release of its template; same rules as for a template.
#[utoipa::path(put, path = "/v1.0/cycles/{cycleId}/upgrade", tag = "Cycles", operation_id = "upgradeCycle",
    params(AccountHeader, ("cycleId" = uuid::Uuid, Path, description = "Id of the cycle.")),
    responses((status = 200, description = "The upgrade result after the change.", body = UpgradeResult), Standard, Malformed, Missing, Conflicting))]
async fn upgrade_cycle(
    State(templates): State<Templates>,
    AsAccount(actor): AsAccount,
    ApiPath(id): ApiPath<CycleId>,
) -> Result<Json<UpgradeResult>, ApiError> {
    let upgraded = Box::pin(templates.upgrade(&actor, id)).await?;
    Ok(Json(upgraded.into()))
}

/// Preview the upgrade of a cycle
///
/// What an upgrade to the live release would change, step by step and mapping by mapping, in the words of template files. What the customer has set is no change.
#[utoipa::path(get, path = "/v1.0/cycles/{cycleId}/upgrade", tag = "Cycles", operation_id = "previewCycleUpgrade",
    params(AccountHeader, ("cycleId" = uuid::Uuid, Path, description = "Id of the cycle.")),
    responses((status = 200, description = "The changes.", body = UpgradePreview), Standard, Malformed, Missing, Conflicting))]
async fn preview_cycle_upgrade(
    State(templates): State<Templates>,
    AsAccount(actor): AsAccount,
    ApiPath(id): ApiPath<CycleId>,
) -> Result<Json<UpgradePreview>, ApiError> {
    let changes = Box::pin(templates.preview(&actor, id)).await?;
    Ok(Json(changes.into()))
}
