//! Where a template is installed.

use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;
use velodrome_model::TemplateId;
use velodrome_service::templates::{InstalledCycle, Templates};

use crate::{
    ApiError, ApiState,
    extract::{ApiPath, ApiQuery, AsPartner},
    paging::{Paged, SortedPaging},
    responses::{Malformed, Missing, Standard},
    v1::{cycles::wire::CycleStatus, in_memory},
};

/// The operations of this file.
pub fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(list_template_installations))
}

/// A cycle that was installed from a template.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct TemplateInstallation {
    /// Cycle.
    pub cycle_id: Uuid,
    /// Name of the cycle.
    pub cycle_name: String,
    /// Run state.
    pub status: CycleStatus,
    /// API id of its account.
    pub account_id: String,
    /// Name of the account.
    pub account_name: String,
    /// Release in use.
    pub template_release_id: Uuid,
    /// Number of that release; null once it is deleted.
    pub release_number: Option<i32>,
    /// Whether an upgrade moves it to the live release.
    pub is_upgradeable: bool,
}

impl From<InstalledCycle> for TemplateInstallation {
    fn from(one: InstalledCycle) -> Self {
        Self {
            cycle_id: one.cycle.id.0,
            cycle_name: one.cycle.name,
            status: one.cycle.status.into(),
            account_id: one.account.to_string(),
            account_name: one.account_name,
            template_release_id: one.release.0,
            release_number: one.number,
            is_upgradeable: !one.is_current,
        }
    }
}

/// List installations of a template
///
/// Cycles of all accounts that were installed from it, with the release that each runs. Default order: CycleName.
#[utoipa::path(get, path = "/v1.0/templates/{templateId}/installations", tag = "Templates", operation_id = "listTemplateInstallations",
    params(("templateId" = Uuid, Path, description = "Id of the template."), SortedPaging),
    responses((status = 200, description = "One page of the list.", body = Vec<TemplateInstallation>), Standard, Malformed, Missing))]
async fn list_template_installations(
    State(templates): State<Templates>,
    AsPartner(actor): AsPartner,
    ApiPath(id): ApiPath<TemplateId>,
    ApiQuery(page): ApiQuery<SortedPaging>,
) -> Result<Paged<TemplateInstallation>, ApiError> {
    let installed = templates.installed(&actor, id).await?.into_iter();
    Ok(Paged(in_memory::page(
        installed.map(Into::into).collect(),
        &page.into(),
        &["CycleName", "CycleId"],
    )))
}
