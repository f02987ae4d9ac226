//! Appearance.

use axum::{Json, extract::State};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use velodrome_model as model;
use velodrome_service::Settings;

use super::keep;
use crate::{
    ApiError, ApiState,
    extract::{ApiJson, AsPartner},
    lenient::Patch,
    responses::{Malformed, Standard},
};

/// Routes of these settings.
pub(super) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(get_appearance_settings, set_appearance_settings))
}

/// Appearance. In a PUT a property left out keeps its value. Takes effect within a minute.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
#[schema(as = AppearanceSettings)]
pub struct AppearanceSettingsBody {
    /// LESS variables.
    application_less_variables: Option<String>,
    /// CSS.
    application_custom_css: Option<String>,
    /// HTML of the header.
    header_html: Option<String>,
    /// HTML of the footer.
    footer_html: Option<String>,
    /// HTML and JavaScript of the final page.
    launch_complete_html: Option<String>,
    /// HTML for failed authentication; {{error}} and {{error_description}} are filled in.
    connector_callback_error_html: Option<String>,
}

/// Changes to them; what is left out stays. The same schema as the answer.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct AppearanceSettingsChange {
    application_less_variables: Patch<String>,
    application_custom_css: Patch<String>,
    header_html: Patch<String>,
    footer_html: Patch<String>,
    launch_complete_html: Patch<String>,
    connector_callback_error_html: Patch<String>,
}

impl AppearanceSettingsChange {
    fn apply(self, settings: &mut model::AppearanceSettings) {
        keep(
            self.application_less_variables.into_change(),
            &mut settings.less_variables,
        );
        keep(
            self.application_custom_css.into_change(),
            &mut settings.custom_css,
        );
        keep(self.header_html.into_change(), &mut settings.header_html);
        keep(self.footer_html.into_change(), &mut settings.footer_html);
        keep(
            self.launch_complete_html.into_change(),
            &mut settings.launch_complete_html,
        );
        keep(
            self.connector_callback_error_html.into_change(),
            &mut settings.callback_error_html,
        );
    }
}

impl From<model::AppearanceSettings> for AppearanceSettingsBody {
    fn from(settings: model::AppearanceSettings) -> Self {
        Self {
            application_less_variables: settings.less_variables,
            application_custom_css: settings.custom_css,
            header_html: settings.header_html,
            footer_html: settings.footer_html,
            launch_complete_html: settings.launch_complete_html,
            connector_callback_error_html: settings.callback_error_html,
        }
    }
}

/// Get appearance settings
///
/// All values.
#[utoipa::path(get, path = "/v1.0/partner/settings/appearance", operation_id = "getAppearanceSettings", tag = "Partner settings",
    responses((status = 200, description = "The appearance settings.", body = AppearanceSettingsBody), Standard))]
async fn get_appearance_settings(
    State(settings): State<Settings>,
    AsPartner(actor): AsPartner,
) -> Result<Json<AppearanceSettingsBody>, ApiError> {
    Ok(Json(settings.appearance(actor.scope).await?.into()))
}

/// Set appearance settings
///
/// Partial.
#[utoipa::path(put, path = "/v1.0/partner/settings/appearance", operation_id = "setAppearanceSettings", tag = "Partner settings",
    request_body = AppearanceSettingsBody,
    responses((status = 200, description = "The appearance settings after the change.", body = AppearanceSettingsBody), Malformed, Standard))]
async fn set_appearance_settings(
    State(settings): State<Settings>,
    AsPartner(actor): AsPartner,
    ApiJson(change): ApiJson<AppearanceSettingsChange>,
) -> Result<Json<AppearanceSettingsBody>, ApiError> {
    let changed = settings
        .change_appearance(&actor, |settings| change.apply(settings))
        .await?;
    Ok(Json(changed.into()))
}
