//! Default data retention.

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
    lenient::{Keep, wire_words},
    responses::{Malformed, Standard},
};

/// Routes of these settings.
pub(super) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(get_retention_settings, set_retention_settings))
}

wire_words! {
    /// Unit of a retention period.
    pub enum RetentionUnit {
        /// Hours.
        Hours,
        /// 24 hours.
        Days,
        /// 168 hours.
        Weeks,
    }
}

impl From<RetentionUnit> for model::RetentionUnit {
    fn from(unit: RetentionUnit) -> Self {
        match unit {
            RetentionUnit::Hours => Self::Hours,
            RetentionUnit::Days => Self::Days,
            RetentionUnit::Weeks => Self::Weeks,
        }
    }
}

impl From<model::RetentionUnit> for RetentionUnit {
    fn from(unit: model::RetentionUnit) -> Self {
        match unit {
            model::RetentionUnit::Hours => Self::Hours,
            model::RetentionUnit::Days => Self::Days,
            model::RetentionUnit::Weeks => Self::Weeks,
        }
    }
}

/// Default data retention. In a PUT a property left out keeps its value. At most 31 days (744 hours).
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
#[schema(as = RetentionSettings)]
pub struct RetentionSettingsBody {
    /// Keep data of successful transactions.
    #[schema(required = false)]
    success_retention_enabled: bool,
    /// Number of units.
    #[schema(required = false, minimum = 1)]
    success_retention_value: i32,
    /// Unit.
    #[schema(required = false)]
    success_retention_unit: RetentionUnit,
    /// Keep data of errored transactions.
    #[schema(required = false)]
    errored_retention_enabled: bool,
    /// Number of units.
    #[schema(required = false, minimum = 1)]
    errored_retention_value: i32,
    /// Unit.
    #[schema(required = false)]
    errored_retention_unit: RetentionUnit,
}

/// Changes to them; what is left out stays. The same schema as the answer.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct RetentionSettingsChange {
    success_retention_enabled: Keep<bool>,
    success_retention_value: Keep<i32>,
    success_retention_unit: Keep<RetentionUnit>,
    errored_retention_enabled: Keep<bool>,
    errored_retention_value: Keep<i32>,
    errored_retention_unit: Keep<RetentionUnit>,
}

impl RetentionSettingsChange {
    fn apply(self, settings: &mut model::RetentionSettings) {
        keep(
            self.success_retention_enabled.0,
            &mut settings.success.enabled,
        );
        keep(self.success_retention_value.0, &mut settings.success.value);
        keep(
            self.success_retention_unit.0.map(Into::into),
            &mut settings.success.unit,
        );
        keep(
            self.errored_retention_enabled.0,
            &mut settings.errored.enabled,
        );
        keep(self.errored_retention_value.0, &mut settings.errored.value);
        keep(
            self.errored_retention_unit.0.map(Into::into),
            &mut settings.errored.unit,
        );
    }
}

impl From<model::RetentionSettings> for RetentionSettingsBody {
    fn from(settings: model::RetentionSettings) -> Self {
        Self {
            success_retention_enabled: settings.success.enabled,
            success_retention_value: settings.success.value,
            success_retention_unit: settings.success.unit.into(),
            errored_retention_enabled: settings.errored.enabled,
            errored_retention_value: settings.errored.value,
            errored_retention_unit: settings.errored.unit.into(),
        }
    }
}

/// Get retention settings
///
/// All values.
#[utoipa::path(get, path = "/v1.0/partner/settings/retention", operation_id = "getRetentionSettings", tag = "Partner settings",
    responses((status = 200, description = "The retention settings.", body = RetentionSettingsBody), Standard))]
async fn get_retention_settings(
    State(settings): State<Settings>,
    AsPartner(actor): AsPartner,
) -> Result<Json<RetentionSettingsBody>, ApiError> {
    Ok(Json(settings.retention(actor.scope).await?.into()))
}

/// Set retention settings
///
/// Partial.
#[utoipa::path(put, path = "/v1.0/partner/settings/retention", operation_id = "setRetentionSettings", tag = "Partner settings",
    request_body = RetentionSettingsBody,
    responses((status = 200, description = "The retention settings after the change.", body = RetentionSettingsBody), Malformed, Standard))]
async fn set_retention_settings(
    State(settings): State<Settings>,
    AsPartner(actor): AsPartner,
    ApiJson(change): ApiJson<RetentionSettingsChange>,
) -> Result<Json<RetentionSettingsBody>, ApiError> {
    let changed = settings
        .change_retention(&actor, |settings| change.apply(settings))
        .await?;
    Ok(Json(changed.into()))
}
