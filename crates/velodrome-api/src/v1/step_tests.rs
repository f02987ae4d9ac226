//! Trying a step out.

use axum::{Json, extract::State};
use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use velodrome_model::StepId;
use velodrome_service::{
    calls::MethodCall,
    steps::{StepTrial, StepTrialError, StepTrials},
};

use super::{data_on_demand::TestResult, params::AccountHeader};
use crate::{
    ApiError, ApiState,
    extract::{ApiJson, ApiPath, AsAccount},
    responses::{Malformed, Missing, Standard},
};

/// The operations of this file.
pub fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(test_step))
}

/// Input for a test of a step.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct StepTest {
    /// Values by parameter id; replace mappings.
    #[schema(value_type = Option<Object>)]
    #[serde(default)]
    parameters: Option<Map<String, Value>>,
    /// Values by field id; replace mappings.
    #[schema(value_type = Option<Object>)]
    #[serde(default)]
    fields: Option<Map<String, Value>>,
    /// Look-back for this test only, UTC.
    #[serde(default)]
    last_successful_run_date: Option<DateTime<Utc>>,
}

/// Test a step
///
/// Runs it once with the mapped static values and the given ones; LastSuccessfulRunDate is not changed.
#[utoipa::path(post, path = "/v1.0/steps/{stepId}/test", tag = "Step setup", operation_id = "testStep",
    params(AccountHeader, ("stepId" = uuid::Uuid, Path, description = "Id of the step.")),
    request_body(content = Option<StepTest>, description = "Input for a test of a step."),
    responses((status = 200, description = "The test result.", body = TestResult), Standard, Malformed, Missing))]
async fn test_step(
    State(trials): State<StepTrials>,
    AsAccount(actor): AsAccount,
    ApiPath(id): ApiPath<StepId>,
    ApiJson(body): ApiJson<StepTest>,
) -> Result<Json<TestResult>, ApiError> {
    let trial = StepTrial {
        values: MethodCall {
            parameters: body.parameters.unwrap_or_default(),
            fields: body.fields.unwrap_or_default(),
            category: None,
        },
        last_successful_run: body.last_successful_run_date,
    };
    Ok(Json(trials.test(&actor, id, trial).await?.into()))
}

impl From<StepTrialError> for ApiError {
    fn from(error: StepTrialError) -> Self {
        match error {
            StepTrialError::NotFound => Self::not_found("step.not_found"),
            StepTrialError::NotCallable => Self::bad_request("step.not_callable", error),
            StepTrialError::Failed { .. } => Self::bad_request("step.failed", error),
            StepTrialError::Call(failure) => failure.into(),
            StepTrialError::Store(cause) => Self::unexpected(cause),
        }
    }
}
