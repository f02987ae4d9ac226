//! Trying scripts out.

use std::time::Duration;

use axum::{Json, extract::State};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use velodrome_service::scripts::{
    GlobalKind, Scripts, Trial, TrialError, TrialFault, TrialGlobal, TrialOutcome,
};

use crate::{
    ApiError, ApiState,
    extract::{ApiJson, AsPartner},
    lenient::wire_words,
    responses::{Malformed, Standard},
};

/// Routes of scripts.
pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(test_script))
}

wire_words! {
    /// How Value is read.
    pub enum ScriptGlobalDataType {
        /// As JSON.
        Json,
        /// As XML.
        Xml,
        /// As it is.
        Text,
    }
}

impl From<ScriptGlobalDataType> for GlobalKind {
    fn from(kind: ScriptGlobalDataType) -> Self {
        match kind {
            ScriptGlobalDataType::Json => Self::Json,
            ScriptGlobalDataType::Xml => Self::Xml,
            ScriptGlobalDataType::Text => Self::Text,
        }
    }
}

impl From<GlobalKind> for ScriptGlobalDataType {
    fn from(kind: GlobalKind) -> Self {
        match kind {
            GlobalKind::Json => Self::Json,
            GlobalKind::Xml => Self::Xml,
            GlobalKind::Text => Self::Text,
        }
    }
}

/// A global object of a script test.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct ScriptGlobal {
    /// Name.
    name: String,
    /// How Value is read.
    data_type: ScriptGlobalDataType,
    /// Value as text.
    value: String,
}

impl From<ScriptGlobal> for TrialGlobal {
    fn from(global: ScriptGlobal) -> Self {
        Self {
            name: global.name,
            kind: global.data_type.into(),
            value: global.value,
        }
    }
}

impl From<TrialGlobal> for ScriptGlobal {
    fn from(global: TrialGlobal) -> Self {
        Self {
            name: global.name,
            data_type: global.kind.into(),
            value: global.value,
        }
    }
}

/// A script to try.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct ScriptTest {
    /// JavaScript.
    script: String,
    /// Event to call; inline text when absent.
    event: Option<String>,
    /// Global objects.
    #[serde(default)]
    globals: Vec<ScriptGlobal>,
}

/// Why a script failed.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct ScriptError {
    /// Message.
    message: String,
    /// Line, from 1.
    line: Option<i32>,
    /// Column, from 1.
    column: Option<i32>,
}

impl From<TrialFault> for ScriptError {
    fn from(fault: TrialFault) -> Self {
        Self {
            message: fault.message,
            line: fault.line.and_then(|line| i32::try_from(line).ok()),
            column: fault.column.and_then(|column| i32::try_from(column).ok()),
        }
    }
}

/// Outcome of a script test.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct ScriptTestResult {
    /// Returned value; any JSON value.
    #[schema(value_type = Option<Value>)]
    result: Value,
    /// Global objects after the run.
    globals: Vec<ScriptGlobal>,
    /// Console lines.
    console: Vec<String>,
    /// Failure; null when it ran.
    error: Option<ScriptError>,
    /// Milliseconds spent.
    duration_ms: i64,
}

impl From<TrialOutcome> for ScriptTestResult {
    fn from(outcome: TrialOutcome) -> Self {
        Self {
            result: outcome.result,
            globals: outcome.globals.into_iter().map(Into::into).collect(),
            console: outcome.console,
            error: outcome.error.map(Into::into),
            duration_ms: i64::try_from(outcome.duration_ms).unwrap_or(i64::MAX),
        }
    }
}

/// Try a script
///
/// Same engine and limits as a run; storage in memory.
#[utoipa::path(post, path = "/v1.0/partner/scripts/test", operation_id = "testScript", tag = "Partner",
    request_body = ScriptTest,
    responses((status = 200, description = "The script test result.", body = ScriptTestResult), Malformed, Standard))]
async fn test_script(
    State(scripts): State<Scripts>,
    AsPartner(actor): AsPartner,
    ApiJson(request): ApiJson<ScriptTest>,
) -> Result<Json<ScriptTestResult>, ApiError> {
    let trial = Trial {
        script: request.script,
        event: request.event,
        globals: request.globals.into_iter().map(Into::into).collect(),
    };
    Ok(Json(scripts.test(&actor, trial).await?.into()))
}

impl From<TrialError> for ApiError {
    fn from(error: TrialError) -> Self {
        match error {
            TrialError::Missing
            | TrialError::UnknownEvent(_)
            | TrialError::Name(_)
            | TrialError::Unreadable { .. } => Self::bad_request("script.invalid", error),
            TrialError::Busy => Self::too_many("script.busy", Duration::from_secs(1)),
            TrialError::Store(_) => Self::unexpected(error),
        }
    }
}
