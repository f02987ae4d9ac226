//! The partner-wide transaction error webhook.

use axum::{Json, extract::State};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use velodrome_model as model;
use velodrome_service::{
    Settings,
    error_webhook::{Delivery, ErrorWebhook, ErrorWebhookError},
};

use super::keep;
use crate::{
    ApiError, ApiState,
    extract::{ApiJson, AsPartner},
    lenient::{Keep, Patch},
    responses::{Conflicting, Malformed, Standard},
};

/// Routes of these settings.
pub(super) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(get_error_webhook, set_error_webhook))
        .routes(routes!(test_error_webhook))
}

/// Partner-wide transaction error webhook; an account may override it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct ErrorWebhookSettings {
    /// Send errors.
    enabled: bool,
    /// Where to; required when enabled; https:// is put in front when the scheme is missing.
    url: Option<String>,
    /// Send warnings too.
    #[schema(required = false)]
    include_warnings: bool,
}

/// Changes to them; what is left out stays. The same schema as the answer.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct ErrorWebhookChange {
    enabled: Keep<bool>,
    url: Patch<String>,
    include_warnings: Keep<bool>,
}

impl From<model::GeneralSettings> for ErrorWebhookSettings {
    fn from(settings: model::GeneralSettings) -> Self {
        Self {
            enabled: settings.error_webhook_enabled,
            url: settings.error_webhook_url,
            include_warnings: settings.error_webhook_include_warnings,
        }
    }
}

/// Result of a test delivery.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct DeliveryResult {
    /// Whether the URL answered with a 2xx status.
    delivered: bool,
    /// HTTP status; null when there was no answer.
    status_code: Option<u16>,
    /// Milliseconds spent.
    duration_ms: u64,
    /// Why it failed.
    error: Option<String>,
}

impl From<Delivery> for DeliveryResult {
    fn from(delivery: Delivery) -> Self {
        Self {
            delivered: delivery.is_delivered(),
            status_code: delivery.status,
            duration_ms: u64::try_from(delivery.took.as_millis()).unwrap_or(u64::MAX),
            error: delivery.error,
        }
    }
}

/// Get the error webhook
///
/// Partner-wide; accounts may override it.
#[utoipa::path(get, path = "/v1.0/partner/transactionerrorwebhook", operation_id = "getErrorWebhook", tag = "Partner settings",
    responses((status = 200, description = "The error webhook settings.", body = ErrorWebhookSettings), Standard))]
async fn get_error_webhook(
    State(settings): State<Settings>,
    AsPartner(actor): AsPartner,
) -> Result<Json<ErrorWebhookSettings>, ApiError> {
    Ok(Json(settings.general(actor.scope).await?.into()))
}

/// Set the error webhook
///
/// https:// is put in front of a URL without scheme.
#[utoipa::path(put, path = "/v1.0/partner/transactionerrorwebhook", operation_id = "setErrorWebhook", tag = "Partner settings",
    request_body = ErrorWebhookSettings,
    responses((status = 200, description = "The error webhook settings after the change.", body = ErrorWebhookSettings), Malformed, Standard))]
async fn set_error_webhook(
    State(settings): State<Settings>,
    AsPartner(actor): AsPartner,
    ApiJson(change): ApiJson<ErrorWebhookChange>,
) -> Result<Json<ErrorWebhookSettings>, ApiError> {
    let changed = settings
        .change_general(&actor, |settings| {
            keep(change.enabled.0, &mut settings.error_webhook_enabled);
            keep(change.url.into_change(), &mut settings.error_webhook_url);
            keep(
                change.include_warnings.0,
                &mut settings.error_webhook_include_warnings,
            );
        })
        .await?;
    Ok(Json(changed.into()))
}

/// Send a test error
///
/// To the stored URL.
#[utoipa::path(post, path = "/v1.0/partner/transactionerrorwebhook/test", operation_id = "testErrorWebhook", tag = "Partner settings",
    responses((status = 200, description = "The delivery result.", body = DeliveryResult), Conflicting, Standard))]
async fn test_error_webhook(
    State(errors): State<ErrorWebhook>,
    AsPartner(actor): AsPartner,
) -> Result<Json<DeliveryResult>, ApiError> {
    Ok(Json(errors.test(&actor).await?.into()))
}

impl From<ErrorWebhookError> for ApiError {
    fn from(error: ErrorWebhookError) -> Self {
        match error {
            ErrorWebhookError::NoUrl => Self::conflict("error_webhook.no_url", error),
            ErrorWebhookError::Store(cause) => Self::unexpected(cause),
        }
    }
}
