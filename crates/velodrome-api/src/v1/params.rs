//! The account header in the API document; [`crate::extract`] reads it.

use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;

use crate::{ApiError, wire_time};

/// For account-level operations.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(
    dead_code,
    reason = "describes a header that the actor extractors read"
)]
pub struct AccountHeader {
    /// API id (or internal GUID) of the account the call is about.
    #[param(rename = "X-Cyclr-Account")]
    account: String,
}

/// For operations of either level.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(
    dead_code,
    reason = "describes a header that the actor extractors read"
)]
pub struct OptionalAccountHeader {
    /// API id of an account; narrows the answer to what that account may see.
    #[param(rename = "X-Cyclr-Account", required = false)]
    account: String,
}

/// For operations below a cycle.
#[derive(IntoParams)]
#[into_params(parameter_in = Path)]
#[expect(
    dead_code,
    reason = "describes a parameter that handlers read with others"
)]
pub struct CycleIdPath {
    /// Id of the cycle.
    #[param(rename = "cycleId")]
    cycle_id: Uuid,
}

/// From when to when.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Period {
    /// Only items created at or after this time (UTC). ISO 8601, or month/day/year with 1 or 2 digits.
    after: Option<String>,
    /// Only items created before this time (UTC). Same formats.
    before: Option<String>,
}

/// An instant, where there is one.
type Instant = Option<chrono::DateTime<chrono::Utc>>;

impl Period {
    /// Both ends.
    ///
    /// # Errors
    /// 400 for one that is no date.
    pub fn times(self) -> Result<(Instant, Instant), ApiError> {
        Ok((time("after", self.after)?, time("before", self.before)?))
    }
}

fn time(name: &str, text: Option<String>) -> Result<Instant, ApiError> {
    let Some(text) = text.filter(|text| !text.trim().is_empty()) else {
        return Ok(None);
    };
    match wire_time::parse(&text) {
        Some(time) => Ok(Some(time)),
        None => Err(ApiError::bad_request(
            "request.date_invalid",
            format_args!("{name} must be a date, such as 2026-01-31."),
        )),
    }
}
