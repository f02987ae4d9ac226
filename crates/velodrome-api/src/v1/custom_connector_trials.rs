//! Trying methods of custom connectors' drafts.

use std::sync::Arc;

use axum::{Json, extract::State};
use serde::Deserialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;
use velodrome_model::{AccountConnectorId, AuthenticationId, ConnectorId};
use velodrome_service::calls::{Calls, DraftTrial, MethodCall, TrialCredential};

use super::{
    data_on_demand::{TestResult, method_ref},
    params::AccountHeader,
    wire::{PropertyValue, named_values},
};
use crate::{
    ApiError, ApiState,
    extract::{ApiJson, ApiPath, AsAccount},
    responses::{Conflicting, Malformed, Missing, Standard},
};

/// The operation of this file.
pub fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(test_custom_connector_draft))
}

/// Values for a method of a draft, and what to authenticate with: an account connector of the same connector, or values that are stored nowhere.
#[derive(Default, Deserialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
#[schema(as = DraftTest)]
pub struct DraftTestBody {
    /// Values by parameter id (or TargetName); a key the method does not have is refused.
    #[schema(value_type = Option<Object>)]
    #[serde(default)]
    parameters: Option<Map<String, Value>>,
    /// Values by request field id (or Location); a key the method does not have is refused. A list for a field inside a list is spread over its elements.
    #[schema(value_type = Option<Object>)]
    #[serde(default)]
    fields: Option<Map<String, Value>>,
    /// Account connector whose credential is used. It must be of the same connector.
    #[serde(default)]
    account_connector_id: Option<i32>,
    /// Account of that account connector; the one of the header when absent. Unrestricted tokens only.
    #[serde(default)]
    account_id: Option<String>,
    /// Authentication of the draft; the default one when absent.
    #[serde(default)]
    authentication_id: Option<Uuid>,
    /// Credentials instead of an account connector, as at installation.
    #[serde(default)]
    auth_value: Option<String>,
    /// Account connector properties, with AuthValue.
    #[serde(default)]
    properties: Option<Vec<PropertyValue>>,
}

impl From<DraftTestBody> for DraftTrial {
    fn from(body: DraftTestBody) -> Self {
        let credential = match body.account_connector_id {
            Some(id) => TrialCredential::Installed {
                account: body.account_id.filter(|id| !id.is_empty()),
                connector: AccountConnectorId(id),
            },
            None => TrialCredential::Typed {
                authentication: body.authentication_id.map(AuthenticationId),
                auth_value: body.auth_value.map(Into::into),
                properties: named_values(body.properties.unwrap_or_default()),
            },
        };
        Self {
            values: MethodCall {
                parameters: body.parameters.unwrap_or_default(),
                fields: body.fields.unwrap_or_default(),
                category: None,
            },
            credential,
        }
    }
}

/// Test a method of a draft
///
/// Calls the method of the draft, first page only, and reports the exchange; nothing of it is stored. A failure of the third party is a result, not an error of this call.
#[utoipa::path(post, path = "/v1.0/account/connectors/custom/{connectorId}/test/{method}", tag = "Custom connectors", operation_id = "testCustomConnectorDraft",
    params(AccountHeader, ("connectorId" = i32, Path, description = "Id of the custom connector."), ("method" = String, Path, description = "Method id (whole number) or MethodUniqueIdentifier (GUID).")),
    request_body(content = Option<DraftTestBody>, description = "Values for the method, and what to authenticate with."),
    responses((status = 200, description = "The test result.", body = TestResult), Standard, Malformed, Missing, Conflicting))]
async fn test_custom_connector_draft(
    State(calls): State<Arc<Calls>>,
    AsAccount(actor): AsAccount,
    ApiPath((id, method)): ApiPath<(ConnectorId, String)>,
    ApiJson(body): ApiJson<DraftTestBody>,
) -> Result<Json<TestResult>, ApiError> {
    // Boxed, since a call is large and trials are few.
    let trial = calls.test_draft(&actor, id, method_ref(&method)?, body.into());
    let tested = Box::pin(trial).await?;
    Ok(Json(tested.into()))
}
