//! Data on Demand: methods, tests, lookups and the authenticated proxy (connectors.md §12).

use std::{sync::Arc, time::Duration};

use axum::{
    Json,
    body::Body,
    extract::{Request, State},
    response::{IntoResponse, Response},
};
use http::{HeaderName, HeaderValue, StatusCode, header};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use tokio_util::io::ReaderStream;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use velodrome_model::{AccountConnectorId, CategoryCopyId, TriggerId};
use velodrome_service::calls::{
    self, CallError, CallFailure, Calls, LookupRequest, MethodCall, MethodRef, Passage,
    PassageBody, Reply, ReplyBody, TestOutcome,
};

use super::params::AccountHeader;
use crate::{
    ApiError, ApiState,
    extract::{ApiJson, ApiPath, AsAccount, BodyLimit, read_body},
    responses::{Malformed, Missing, Standard, UpstreamFailing},
};

/// The operations of this file.
pub fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(call_method_get, call_method))
        .routes(routes!(test_method_get, test_method))
        .routes(routes!(call_trigger))
        .routes(routes!(
            proxy_get,
            proxy_post,
            proxy_put,
            proxy_patch,
            proxy_delete,
            proxy_head,
            proxy_options
        ))
}

/// Tells the third party's answers from ours.
const UPSTREAM: HeaderName = HeaderName::from_static("x-velodrome-upstream");
/// Names another of the connector's hosts for the proxy.
const BASE_URL: &str = "x-velodrome-base-url";

/// Values for a method. The body may be absent or {}.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
#[schema(as = MethodCall)]
pub struct MethodCallBody {
    /// Values by parameter id (or TargetName); a key the method does not have is refused.
    #[schema(value_type = Option<Object>)]
    #[serde(default)]
    parameters: Option<Map<String, Value>>,
    /// Values by request field id (or Location); a key the method does not have is refused. A list for a field inside a list is spread over its elements.
    #[schema(value_type = Option<Object>)]
    #[serde(default)]
    fields: Option<Map<String, Value>>,
    /// Copied category (custom object) to call the method in.
    #[serde(default)]
    category_id: Option<i32>,
}

/// Result of a test call.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct TestResult {
    /// Whether the third party answered with a 2xx status.
    success: bool,
    /// HTTP status of the third party; null when there was no answer.
    status_code: Option<i32>,
    /// The request as sent, secrets replaced by REDACTED.
    request: Option<String>,
    /// Body of the answer, after scripts; any JSON value.
    #[schema(value_type = Option<Value>)]
    response: Value,
    /// Why it failed.
    error: Option<String>,
    /// Milliseconds spent.
    duration_ms: i64,
}

/// A value to choose.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct LookupValue {
    /// Text to show.
    name: String,
    /// Value to store.
    value: String,
}

impl From<calls::LookupValue> for LookupValue {
    fn from(one: calls::LookupValue) -> Self {
        Self {
            name: one.name,
            value: one.value,
        }
    }
}

/// Input for a lookup.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct TriggerCall {
    /// Trigger to run; the first one when absent. Numeric text is accepted.
    #[serde(default)]
    pub(super) trigger_id: Option<i32>,
    /// Answers to SubTriggers, by trigger id.
    #[schema(value_type = Option<Object>)]
    #[serde(default)]
    pub(super) values: Option<Map<String, Value>>,
    /// Only values whose name contains this text.
    #[serde(default)]
    pub(super) query: Option<String>,
}

/// Call a method
///
/// Uses the stored credentials, scripts and paging of the method. Native connectors may be called from any address; for others the MethodCall IP rules apply when there are any. The answer is the body of the third party after scripts.
#[utoipa::path(get, path = "/v1.0/account/connectors/{accountConnectorId}/methods/{method}", tag = "Data on Demand", operation_id = "callMethodGet",
    params(AccountHeader, ("accountConnectorId" = i32, Path, description = "Id of the account connector."), ("method" = String, Path, description = "Method id (whole number) or MethodUniqueIdentifier (GUID). The GUID survives releases.")),
    responses((status = 200, description = "The data.", body = Value), Standard, Malformed, Missing, UpstreamFailing))]
async fn call_method_get(
    State(calls): State<Arc<Calls>>,
    AsAccount(actor): AsAccount,
    ApiPath((id, method)): ApiPath<(AccountConnectorId, String)>,
) -> Result<Response, ApiError> {
    let reply = calls
        .call(&actor, id, method_ref(&method)?, MethodCall::default())
        .await?;
    Ok(answer(reply))
}

/// Call a method with values
///
/// Uses the stored credentials, scripts and paging of the method. Native connectors may be called from any address; for others the MethodCall IP rules apply when there are any. The answer is the body of the third party after scripts. Values go by parameter and field id.
#[utoipa::path(post, path = "/v1.0/account/connectors/{accountConnectorId}/methods/{method}", tag = "Data on Demand", operation_id = "callMethod",
    params(AccountHeader, ("accountConnectorId" = i32, Path, description = "Id of the account connector."), ("method" = String, Path, description = "Method id (whole number) or MethodUniqueIdentifier (GUID). The GUID survives releases.")),
    request_body(content = Option<MethodCallBody>, description = "Values for a method. The body may be absent or {}."),
    responses((status = 200, description = "The data.", body = Value), Standard, Malformed, Missing, UpstreamFailing))]
async fn call_method(
    State(calls): State<Arc<Calls>>,
    AsAccount(actor): AsAccount,
    ApiPath((id, method)): ApiPath<(AccountConnectorId, String)>,
    ApiJson(body): ApiJson<MethodCallBody>,
) -> Result<Response, ApiError> {
    let reply = calls
        .call(&actor, id, method_ref(&method)?, body.into())
        .await?;
    Ok(answer(reply))
}

/// Test a method
///
/// Calls the method, first page only, and reports the exchange. A failure of the third party is a result, not an error of this call.
#[utoipa::path(get, path = "/v1.0/account/connectors/{accountConnectorId}/test/{method}", tag = "Data on Demand", operation_id = "testMethodGet",
    params(AccountHeader, ("accountConnectorId" = i32, Path, description = "Id of the account connector."), ("method" = String, Path, description = "Method id (whole number) or MethodUniqueIdentifier (GUID). The GUID survives releases.")),
    responses((status = 200, description = "The test result.", body = TestResult), Standard, Malformed, Missing))]
async fn test_method_get(
    State(calls): State<Arc<Calls>>,
    AsAccount(actor): AsAccount,
    ApiPath((id, method)): ApiPath<(AccountConnectorId, String)>,
) -> Result<Json<TestResult>, ApiError> {
    Ok(Json(
        calls
            .test(&actor, id, method_ref(&method)?, MethodCall::default())
            .await?
            .into(),
    ))
}

/// Test a method with values
///
/// As above.
#[utoipa::path(post, path = "/v1.0/account/connectors/{accountConnectorId}/test/{method}", tag = "Data on Demand", operation_id = "testMethod",
    params(AccountHeader, ("accountConnectorId" = i32, Path, description = "Id of the account connector."), ("method" = String, Path, description = "Method id (whole number) or MethodUniqueIdentifier (GUID). The GUID survives releases.")),
    request_body(content = Option<MethodCallBody>, description = "Values for a method. The body may be absent or {}."),
    responses((status = 200, description = "The test result.", body = TestResult), Standard, Malformed, Missing))]
async fn test_method(
    State(calls): State<Arc<Calls>>,
    AsAccount(actor): AsAccount,
    ApiPath((id, method)): ApiPath<(AccountConnectorId, String)>,
    ApiJson(body): ApiJson<MethodCallBody>,
) -> Result<Json<TestResult>, ApiError> {
    Ok(Json(
        calls
            .test(&actor, id, method_ref(&method)?, body.into())
            .await?
            .into(),
    ))
}

/// Call a trigger of an account connector
///
/// Calls the trigger method and returns the values to choose from.
#[utoipa::path(post, path = "/v1.0/account/connectors/{accountConnectorId}/triggers/{triggerId}", tag = "Account connectors", operation_id = "callTrigger",
    params(AccountHeader, ("accountConnectorId" = i32, Path, description = "Id of the account connector."), ("triggerId" = i32, Path, description = "Id of the trigger.")),
    request_body(content = Option<TriggerCall>, description = "Input for a lookup."),
    responses((status = 200, description = "The whole list.", body = Vec<LookupValue>), Standard, Malformed, Missing, UpstreamFailing))]
async fn call_trigger(
    State(calls): State<Arc<Calls>>,
    AsAccount(actor): AsAccount,
    ApiPath((id, trigger)): ApiPath<(AccountConnectorId, TriggerId)>,
    ApiJson(call): ApiJson<TriggerCall>,
) -> Result<Json<Vec<LookupValue>>, ApiError> {
    let request = LookupRequest {
        answers: call.values.unwrap_or_default(),
        query: call.query,
    };
    let values = calls.look_up(&actor, id, trigger, request).await?;
    Ok(Json(values.into_iter().map(Into::into).collect()))
}

/// One operation of the API document for each verb of the proxy; they do the same.
macro_rules! proxy {
    ($name:ident, $verb:ident, $id:literal) => {
        #[doc = concat!("Send a ", stringify!($verb), " request to the third party")]
        ///
        /// Sends the request to the base URL of the connector plus the path, query and body, with the stored credentials added. Hop-by-hop headers, Authorization, Cookie and X-Cyclr-Account are not passed on. Status, headers and body of the third party come back unchanged, with X-Velodrome-Upstream: true. The target host is always the one of the connector; MethodCall IP rules, rate limits and the egress guard apply.
        #[utoipa::path($verb, path = "/v1.0/account/connectors/{accountConnectorId}/proxy/{*path}", tag = "Data on Demand", operation_id = $id,
            params(AccountHeader, ("accountConnectorId" = i32, Path, description = "Id of the account connector."), ("path" = String, Path, description = "Rest of the path on the third-party API; may contain slashes.")),
            responses((status = 200, description = "Whatever the third party answered, with its own status code.", body = Value), Standard, Malformed, Missing, UpstreamFailing))]
        async fn $name(
            State(calls): State<Arc<Calls>>,
            AsAccount(actor): AsAccount,
            ApiPath((id, _path)): ApiPath<(AccountConnectorId, String)>,
            request: Request,
        ) -> Result<Response, ApiError> {
            proxy(&calls, &actor, id, request).await
        }
    };
}

proxy!(proxy_get, get, "proxyGet");
proxy!(proxy_post, post, "proxyPost");
proxy!(proxy_put, put, "proxyPut");
proxy!(proxy_patch, patch, "proxyPatch");
proxy!(proxy_delete, delete, "proxyDelete");
proxy!(proxy_head, head, "proxyHead");
proxy!(proxy_options, options, "proxyOptions");

async fn proxy(
    calls: &Calls,
    actor: &velodrome_model::AccountActor,
    id: AccountConnectorId,
    request: Request,
) -> Result<Response, ApiError> {
    let (parts, body) = request.into_parts();
    // As it came: the path that a handler is given is decoded, and a %2F in it must stay one.
    let all = parts
        .uri
        .path_and_query()
        .map_or("", http::uri::PathAndQuery::as_str);
    let below = all
        .to_ascii_lowercase()
        .find("/proxy/")
        .map_or("", |at| &all[at + "/proxy/".len()..]);
    let base = parts
        .headers
        .get(BASE_URL)
        .and_then(|value| value.to_str().ok())
        .map(str::to_owned);
    let passage = Passage {
        method: parts.method,
        path_and_query: below,
        base: base.as_deref(),
        body: passage_body(&parts.headers, body).await?,
        headers: parts.headers,
    };
    let upstream = calls.proxy(actor, id, passage).await?;
    let mut response = Response::new(Body::from_stream(upstream.body));
    *response.status_mut() = upstream.status;
    *response.headers_mut() = upstream.headers;
    response
        .headers_mut()
        .insert(UPSTREAM, HeaderValue::from_static("true"));
    Ok(response)
}

/// A short body is kept in memory, so that the call can be sent again with a renewed credential.
const IN_MEMORY: usize = 256 * 1024;

async fn passage_body(headers: &http::HeaderMap, body: Body) -> Result<PassageBody, ApiError> {
    let length = headers
        .get(header::CONTENT_LENGTH)
        .and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    let is_chunked = headers.contains_key(header::TRANSFER_ENCODING);
    match length {
        None | Some(0) if !is_chunked => Ok(PassageBody::Empty),
        Some(length) if length <= IN_MEMORY => {
            Ok(read_body(body, BodyLimit(IN_MEMORY)).await?.into())
        }
        _ => Ok(PassageBody::stream(body.into_data_stream())),
    }
}

pub(super) fn method_ref(text: &str) -> Result<MethodRef, ApiError> {
    MethodRef::parse(text).ok_or_else(|| {
        ApiError::bad_request(
            "method.malformed_id",
            "The method must be a whole number or a GUID.",
        )
    })
}

fn answer(reply: Reply) -> Response {
    match reply.body {
        ReplyBody::Json(value) => Json(value).into_response(),
        ReplyBody::Long(answer) => {
            let text = Body::from_stream(ReaderStream::new(answer.into_text()));
            ([(header::CONTENT_TYPE, "application/json")], text).into_response()
        }
        ReplyBody::Text(text) => Json(text).into_response(),
        ReplyBody::File {
            content,
            content_type,
            ..
        } => {
            let media_type = HeaderValue::try_from(content_type)
                .unwrap_or(HeaderValue::from_static("application/octet-stream"));
            ([(header::CONTENT_TYPE, media_type)], content).into_response()
        }
    }
}

impl From<MethodCallBody> for MethodCall {
    fn from(body: MethodCallBody) -> Self {
        Self {
            parameters: body.parameters.unwrap_or_default(),
            fields: body.fields.unwrap_or_default(),
            category: body.category_id.map(CategoryCopyId),
        }
    }
}

impl From<TestOutcome> for TestResult {
    fn from(outcome: TestOutcome) -> Self {
        let duration_ms = i64::try_from(outcome.duration_ms).unwrap_or(i64::MAX);
        let read = outcome
            .result
            .and_then(|reply| Ok((reply.status, reply.request, reply.body.into_value()?)));
        match read {
            Ok((status, request, response)) => Self {
                success: true,
                status_code: Some(status.as_u16().into()),
                request,
                response,
                error: None,
                duration_ms,
            },
            Err(error) => {
                let exchange = error.exchange();
                let body = exchange.map(|one| one.body.clone()).unwrap_or_default();
                Self {
                    success: false,
                    status_code: upstream_status(&error).map(i32::from),
                    request: exchange
                        .map(|one| one.request.clone())
                        .filter(|text| !text.is_empty()),
                    response: serde_json::from_str(&body).unwrap_or(if body.is_empty() {
                        Value::Null
                    } else {
                        Value::String(body)
                    }),
                    error: Some(error.to_string()),
                    duration_ms,
                }
            }
        }
    }
}

/// What the provider answered, where it answered.
fn upstream_status(error: &CallError) -> Option<u16> {
    match error {
        CallError::Upstream { status, .. } => Some(status.as_u16()),
        CallError::RateLimited {
            exchange: Some(_), ..
        } => Some(StatusCode::TOO_MANY_REQUESTS.as_u16()),
        CallError::PartlySent { source, .. } => upstream_status(source),
        CallError::Build { .. }
        | CallError::Authentication(_)
        | CallError::RateLimited { exchange: None, .. }
        | CallError::Unreadable { .. }
        | CallError::Timeout { .. }
        | CallError::Unreachable { .. }
        | CallError::Refused { .. }
        | CallError::TooLarge { .. }
        | CallError::Script { .. }
        | CallError::Paging { .. } => None,
    }
}

/// Short messages of failed calls (openapi: TransactionErrorMessage); existing clients compare them.
const CALL_FAILED: &str = "Failed to call the method";
const AUTHENTICATION_FAILED: &str = "Failed to authenticate the connector";
const BUILD_FAILED: &str = "Failed to build the request";

impl From<CallError> for ApiError {
    fn from(error: CallError) -> Self {
        let detail = error.exchange().map(ToString::to_string);
        let upstream = upstream_status(&error);
        let failed = |status, code: &'static str, message: &'static str, detail: Option<String>| {
            Self::upstream(status, code, message, detail, upstream)
        };
        match &error {
            CallError::Build { message, .. } => failed(
                StatusCode::BAD_REQUEST,
                "call.not_built",
                BUILD_FAILED,
                Some(message.clone()),
            ),
            CallError::Authentication(cause) => failed(
                StatusCode::BAD_REQUEST,
                "call.not_authenticated",
                AUTHENTICATION_FAILED,
                Some(cause.to_string()),
            ),
            CallError::Script { building, error } => failed(
                StatusCode::BAD_REQUEST,
                "call.script_failed",
                if *building { BUILD_FAILED } else { CALL_FAILED },
                Some(error.to_string()),
            ),
            CallError::RateLimited { retry_after, .. } => failed(
                StatusCode::TOO_MANY_REQUESTS,
                "call.rate_limited",
                CALL_FAILED,
                detail,
            )
            .retry_after((*retry_after).max(Duration::from_secs(1))),
            CallError::Upstream { status, .. } if status.is_client_error() => failed(
                StatusCode::BAD_REQUEST,
                "call.refused_by_provider",
                CALL_FAILED,
                detail,
            ),
            CallError::Upstream { .. } => failed(
                StatusCode::BAD_GATEWAY,
                "call.provider_failed",
                CALL_FAILED,
                detail,
            ),
            CallError::Unreadable { message, .. } => {
                let detail = detail.map_or_else(
                    || message.clone(),
                    |detail| format!("{message}\r\n\r\n{detail}"),
                );
                failed(
                    StatusCode::BAD_GATEWAY,
                    "call.unreadable",
                    CALL_FAILED,
                    Some(detail),
                )
            }
            CallError::Timeout { .. } => failed(
                StatusCode::GATEWAY_TIMEOUT,
                "call.timeout",
                CALL_FAILED,
                detail,
            ),
            CallError::Unreachable { message, .. } => {
                let detail = detail.map_or_else(
                    || message.clone(),
                    |detail| format!("{message}\r\n\r\n{detail}"),
                );
                failed(
                    StatusCode::BAD_GATEWAY,
                    "call.unreachable",
                    CALL_FAILED,
                    Some(detail),
                )
            }
            CallError::Refused { message } => failed(
                StatusCode::FORBIDDEN,
                "call.address_refused",
                CALL_FAILED,
                Some(message.clone()),
            ),
            CallError::TooLarge { .. } => failed(
                StatusCode::BAD_GATEWAY,
                "call.answer_too_large",
                CALL_FAILED,
                Some(error.to_string()),
            ),
            CallError::Paging { message } => failed(
                StatusCode::BAD_GATEWAY,
                "call.paging",
                CALL_FAILED,
                Some(message.clone()),
            ),
            CallError::PartlySent { source, .. } => {
                let detail = detail.map_or_else(
                    || error.to_string(),
                    |detail| format!("{error}\r\n\r\n{detail}"),
                );
                // Whose fault it is says what failed; how far it came says the detail.
                Self::from((**source).clone()).detailed("call.partly_sent", detail)
            }
        }
    }
}

impl From<CallFailure> for ApiError {
    fn from(failure: CallFailure) -> Self {
        match failure {
            CallFailure::NoAccountConnector => Self::not_found("account_connector.not_found"),
            CallFailure::NoCustomConnector => Self::not_found("custom_connector.not_found"),
            CallFailure::NoDraft => Self::conflict("custom_connector.no_draft", failure),
            CallFailure::OtherAuthentication => {
                Self::bad_request("custom_connector.other_authentication", failure)
            }
            CallFailure::NoAuthValue | CallFailure::NoAccessToken => {
                Self::bad_request("custom_connector.auth_value_required", failure)
            }
            CallFailure::AuthValue(_) => Self::bad_request("account_connector.auth_value", failure),
            CallFailure::NoPart(_) => Self::not_found("method.not_found"),
            CallFailure::NoCategory => Self::not_found("category.not_found"),
            CallFailure::ForeignCategory { .. } => {
                Self::bad_request("category.foreign_method", failure)
            }
            CallFailure::Webhook(_) => Self::bad_request("method.is_webhook", failure),
            CallFailure::UnknownKey { .. } => Self::bad_request("method.unknown_key", failure),
            CallFailure::Address => Self::forbidden("call.address_not_allowed", failure),
            CallFailure::ProxyOff => Self::forbidden("proxy.off", failure),
            CallFailure::Suspended => Self::forbidden("account.suspended", failure),
            CallFailure::Call(error) => error.into(),
            CallFailure::Undefined => Self::unexpected(failure),
            CallFailure::Store(cause) => Self::unexpected(cause),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn upstream(status: u16) -> CallError {
        CallError::Upstream {
            status: StatusCode::from_u16(status).expect("a status"),
            exchange: Box::default(),
        }
    }

    fn partly(source: CallError) -> CallError {
        CallError::PartlySent {
            sent: 0..100,
            unsent: 100..250,
            progress: Box::default(),
            source: Box::new(source),
        }
    }

    #[test]
    fn a_failure_says_whose_fault_it_is_also_when_a_part_was_sent() {
        let limited = || CallError::RateLimited {
            retry_after: Duration::from_secs(90),
            exchange: None,
        };
        for (error, status, message) in [
            (upstream(404), 400, CALL_FAILED),
            (upstream(500), 502, CALL_FAILED),
            (limited(), 429, CALL_FAILED),
            (
                CallError::Timeout {
                    exchange: Box::default(),
                },
                504,
                CALL_FAILED,
            ),
            (
                CallError::Unreadable {
                    message: String::new(),
                    exchange: Box::default(),
                },
                502,
                CALL_FAILED,
            ),
            (
                CallError::Refused {
                    message: String::new(),
                },
                403,
                CALL_FAILED,
            ),
            (
                CallError::Build {
                    field: None,
                    message: String::new(),
                },
                400,
                BUILD_FAILED,
            ),
            (partly(upstream(404)), 400, CALL_FAILED),
            (partly(upstream(503)), 502, CALL_FAILED),
            (partly(limited()), 429, CALL_FAILED),
        ] {
            let said = format!("{error:?}");
            let answer = ApiError::from(error);
            assert_eq!(answer.status(), status, "{said}");
            assert_eq!(answer.message(), message, "{said}");
        }
    }
}
