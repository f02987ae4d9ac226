//! Settings of the partner, an area a file.

mod appearance;
mod error_webhook;
mod general;
mod retention;
mod security;

use utoipa_axum::router::OpenApiRouter;
use velodrome_service::SettingsError;

use crate::{ApiError, ApiState};

/// Routes of settings.
pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    general::routes()
        .merge(security::routes())
        .merge(appearance::routes())
        .merge(retention::routes())
        .merge(error_webhook::routes())
}

/// Puts a new value in the place of the stored one, if there is a new one.
pub(super) fn keep<T>(change: Option<T>, stored: &mut T) {
    if let Some(value) = change {
        *stored = value;
    }
}

impl From<SettingsError> for ApiError {
    fn from(error: SettingsError) -> Self {
        match error {
            SettingsError::Invalid(invalid) => invalid.into(),
            SettingsError::Store(cause) => Self::unexpected(cause),
        }
    }
}
