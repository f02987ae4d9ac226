//! Security settings.

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
    lenient::Keep,
    responses::{Malformed, Standard},
};

/// Routes of these settings.
pub(super) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(get_security_settings, set_security_settings))
}

/// Security settings. In a PUT a property left out keeps its value.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
#[schema(as = SecuritySettings)]
pub struct SecuritySettingsBody {
    /// Accept the password grant.
    #[schema(required = false)]
    password_grant_enabled: bool,
    /// Allow the authenticated proxy; off at first.
    #[schema(required = false)]
    proxy_enabled: bool,
    /// Return null in place of AuthValue and of sensitive properties.
    #[schema(required = false)]
    mask_auth_values: bool,
    /// Lifetime of new tokens, seconds.
    #[schema(required = false, minimum = 300, maximum = 1209600)]
    access_token_lifetime_seconds: i64,
    /// Lifetime of a browser session, minutes.
    #[schema(required = false, minimum = 5, maximum = 43200)]
    session_lifetime_minutes: i64,
    /// Console administrators need a second factor.
    #[schema(required = false)]
    require_mfa: bool,
    /// Characters of an administrator password.
    #[schema(required = false, minimum = 10, maximum = 128)]
    minimum_password_length: i32,
}

/// Changes to them; what is left out stays. The same schema as the answer.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct SecuritySettingsChange {
    password_grant_enabled: Keep<bool>,
    proxy_enabled: Keep<bool>,
    mask_auth_values: Keep<bool>,
    access_token_lifetime_seconds: Keep<i64>,
    session_lifetime_minutes: Keep<i64>,
    require_mfa: Keep<bool>,
    minimum_password_length: Keep<i32>,
}

impl SecuritySettingsChange {
    fn apply(self, settings: &mut model::SecuritySettings) {
        keep(
            self.password_grant_enabled.0,
            &mut settings.password_grant_enabled,
        );
        keep(self.proxy_enabled.0, &mut settings.proxy_enabled);
        keep(self.mask_auth_values.0, &mut settings.mask_auth_values);
        keep(
            self.access_token_lifetime_seconds.0,
            &mut settings.access_token_lifetime_seconds,
        );
        keep(
            self.session_lifetime_minutes.0,
            &mut settings.session_lifetime_minutes,
        );
        keep(self.require_mfa.0, &mut settings.require_mfa);
        keep(
            self.minimum_password_length.0,
            &mut settings.minimum_password_length,
        );
    }
}

impl From<model::SecuritySettings> for SecuritySettingsBody {
    fn from(settings: model::SecuritySettings) -> Self {
        Self {
            password_grant_enabled: settings.password_grant_enabled,
            proxy_enabled: settings.proxy_enabled,
            mask_auth_values: settings.mask_auth_values,
            access_token_lifetime_seconds: settings.access_token_lifetime_seconds,
            session_lifetime_minutes: settings.session_lifetime_minutes,
            require_mfa: settings.require_mfa,
            minimum_password_length: settings.minimum_password_length,
        }
    }
}

/// Get security settings
///
/// All values.
#[utoipa::path(get, path = "/v1.0/partner/settings/security", operation_id = "getSecuritySettings", tag = "Partner settings",
    responses((status = 200, description = "The security settings.", body = SecuritySettingsBody), Standard))]
async fn get_security_settings(
    State(settings): State<Settings>,
    AsPartner(actor): AsPartner,
) -> Result<Json<SecuritySettingsBody>, ApiError> {
    Ok(Json(settings.security(actor.scope).await?.into()))
}

/// Set security settings
///
/// Partial.
#[utoipa::path(put, path = "/v1.0/partner/settings/security", operation_id = "setSecuritySettings", tag = "Partner settings",
    request_body = SecuritySettingsBody,
    responses((status = 200, description = "The security settings after the change.", body = SecuritySettingsBody), Malformed, Standard))]
async fn set_security_settings(
    State(settings): State<Settings>,
    AsPartner(actor): AsPartner,
    ApiJson(change): ApiJson<SecuritySettingsChange>,
) -> Result<Json<SecuritySettingsBody>, ApiError> {
    let changed = settings
        .change_security(&actor, |settings| change.apply(settings))
        .await?;
    Ok(Json(changed.into()))
}
