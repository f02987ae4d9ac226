//! Inbound webhooks: requests from outside into a cycle. No token: the key in the address is the secret.

use std::collections::HashSet;

use axum::{
    Json,
    body::Body,
    extract::{Request, State},
    response::{IntoResponse, Response},
};
use http::{HeaderName, HeaderValue, StatusCode, header};
use serde::Serialize;
use serde_json::Value;
use utoipa::{IntoResponses, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;
use velodrome_model::{TransactionId, cycle::WebhookResponse, xml};
use velodrome_service::{
    runs::{Intake, Intaken, WebhookError, Webhooks},
    steps::InboundRequest,
};

use crate::{
    ApiError, ApiState,
    error::ErrorBody,
    extract::{ApiPath, BodyLimit, read_body},
    responses::{Conflicting, Malformed, Missing},
};

/// Bytes of a request's body (api.md §1).
const LIMIT: BodyLimit = BodyLimit(10 * 1024 * 1024);

/// Headers of a response that are ours to set, or the connection's.
const OURS: &[HeaderName] = &[
    header::CONNECTION,
    header::CONTENT_LENGTH,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
    header::TE,
    header::TRAILER,
    header::SET_COOKIE,
];

/// Routes of webhooks.
pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(
        receive_webhook,
        receive_webhook_put,
        verify_webhook
    ))
}

/// The request was accepted.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct WebhookAccepted {
    /// Always OK.
    message: &'static str,
    /// Transaction it started or continued; null when a script dropped it.
    transaction_id: Option<Uuid>,
}

/// What a request to a webhook may be answered besides.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "describes answers in the API document")]
enum Received {
    /// Synchronous only: the transaction ended without reaching a Synchronous Response step.
    #[response(status = 204)]
    Nothing,
    /// The signature, where the method checks one, is missing or wrong.
    #[response(status = 401)]
    Unsigned(#[to_schema] ErrorBody),
    /// The body is larger than 10 MiB.
    #[response(status = 413)]
    TooLarge(#[to_schema] ErrorBody),
    /// The account has too much unfinished work; see Retry-After.
    #[response(status = 429)]
    TooMany(#[to_schema] ErrorBody),
    /// Synchronous only: the transaction failed before a Synchronous Response step.
    #[response(status = 500)]
    Failed(#[to_schema] ErrorBody),
    /// Synchronous only: no Synchronous Response step was reached in time. The transaction goes on.
    #[response(status = 504)]
    TooLate(#[to_schema] WebhookAccepted),
}

/// What a verification may be answered besides.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "describes answers in the API document")]
enum Verified {
    /// Too many requests.
    #[response(status = 429)]
    TooMany(#[to_schema] ErrorBody),
}

/// Send data to a webhook step
///
/// Needs no token: the key is the secret. The request is stored before the answer is sent. JSON, XML, form and text bodies are accepted, according to the method. When the cycle has a Synchronous Response step the connection stays open and that step sets status, headers and body. A mid-cycle webhook step continues the newest waiting transaction whose field matches. A script may answer in place of all this (before_webhook).
#[utoipa::path(post, path = "/api/webhook/{key}", operation_id = "receiveWebhook", tag = "Inbound webhooks", security(()),
    params(("key" = String, Path, description = "Webhook identifier of the step; secret and permanent.")),
    request_body(content = Option<Value>, description = "Any body; passed on as it is."),
    responses((status = 200, description = "Accepted, or whatever the Synchronous Response step or the script says.", body = WebhookAccepted), Malformed, Missing, Conflicting, Received))]
async fn receive_webhook(
    State(webhooks): State<Webhooks>,
    ApiPath(key): ApiPath<String>,
    request: Request,
) -> Result<Response, ApiError> {
    receive(&webhooks, &key, request).await
}

/// Send data to a webhook step (PUT)
///
/// Same as POST, for systems that only send PUT.
#[utoipa::path(put, path = "/api/webhook/{key}", operation_id = "receiveWebhookPut", tag = "Inbound webhooks", security(()),
    params(("key" = String, Path, description = "Webhook identifier of the step; secret and permanent.")),
    request_body(content = Option<Value>, description = "Any body; passed on as it is."),
    responses((status = 200, description = "As for POST.", body = WebhookAccepted), Malformed, Missing, Conflicting, Received))]
async fn receive_webhook_put(
    State(webhooks): State<Webhooks>,
    ApiPath(key): ApiPath<String>,
    request: Request,
) -> Result<Response, ApiError> {
    receive(&webhooks, &key, request).await
}

/// Answer a verification request
///
/// For systems that check a URL with GET. before_webhook may answer; otherwise 200. Never starts a transaction. Works while the cycle is stopped.
#[utoipa::path(get, path = "/api/webhook/{key}", operation_id = "verifyWebhook", tag = "Inbound webhooks", security(()),
    params(("key" = String, Path, description = "Webhook identifier of the step; secret and permanent.")),
    responses((status = 200, description = "The key exists, or the answer of the script.", body = WebhookAccepted), Missing, Verified))]
async fn verify_webhook(
    State(webhooks): State<Webhooks>,
    ApiPath(key): ApiPath<String>,
    request: Request,
) -> Result<Response, ApiError> {
    let (inbound, wants_xml) = inbound(request).await?;
    match webhooks.verify(&key, &inbound).await? {
        Some(response) => respond(response, wants_xml),
        None => Ok(accepted(StatusCode::OK, "OK", None)),
    }
}

async fn receive(webhooks: &Webhooks, key: &str, request: Request) -> Result<Response, ApiError> {
    let (request, wants_xml) = inbound(request).await?;
    let taken = webhooks.receive(key, Intake { request }).await?;
    match taken {
        Intaken::Accepted(id) => Ok(accepted(StatusCode::OK, "OK", id)),
        Intaken::Respond(response) => respond(response, wants_xml),
        Intaken::Nothing => Ok(StatusCode::NO_CONTENT.into_response()),
        Intaken::Failed(id) => {
            let text = format!("The transaction {id} failed before it reached a response.");
            let status = StatusCode::INTERNAL_SERVER_ERROR;
            Err(ApiError::new(status, "webhook.transaction_failed", text))
        }
        Intaken::TooLate(id) => {
            let text = "There is no response in time. The transaction goes on.";
            Ok(accepted(StatusCode::GATEWAY_TIMEOUT, text, Some(id)))
        }
    }
}

/// The request, and whether its sender prefers XML.
async fn inbound(request: Request) -> Result<(InboundRequest, bool), ApiError> {
    let (parts, body) = request.into_parts();
    let body = read_body(body, LIMIT).await?;
    let accepts = parts
        .headers
        .get(header::ACCEPT)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
        .to_ascii_lowercase();
    let wants_xml = accepts.contains("xml") && !accepts.contains("json");
    let request = InboundRequest {
        method: parts.method,
        headers: parts.headers,
        query: parts.uri.query().map(str::to_owned),
        body: body.into(),
    };
    Ok((request, wants_xml))
}

fn accepted(status: StatusCode, message: &'static str, id: Option<TransactionId>) -> Response {
    let body = WebhookAccepted {
        message,
        transaction_id: id.map(|id| id.0),
    };
    (status, Json(body)).into_response()
}

/// What a step or a script answers. A text is sent as it is; everything else as JSON, or XML to who asks
/// for it.
fn respond(response: WebhookResponse, wants_xml: bool) -> Result<Response, ApiError> {
    let status = StatusCode::from_u16(response.status)
        .ok()
        .filter(|status| !status.is_informational())
        .unwrap_or(StatusCode::OK);
    let (kind, body) = match response.body {
        Value::Null => (None, String::new()),
        Value::String(text) => (Some("text/plain; charset=utf-8"), text),
        value if wants_xml => match xml::to_xml(&value, Some("Response")) {
            Ok(text) => (Some("application/xml; charset=utf-8"), text),
            Err(_) => (Some("application/json"), value.to_string()),
        },
        value => (Some("application/json"), value.to_string()),
    };
    let mut answer = (status, Body::from(body)).into_response();
    let headers = answer.headers_mut();
    headers.remove(header::CONTENT_TYPE);
    if let Some(kind) = kind {
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    }
    let mut set: HashSet<HeaderName> = HashSet::new();
    for (name, value) in response.headers {
        let name = HeaderName::from_bytes(name.as_bytes());
        let (Ok(name), Ok(value)) = (name, HeaderValue::from_str(&value)) else {
            continue;
        };
        if OURS.contains(&name) {
            continue;
        }
        match set.insert(name.clone()) {
            true => headers.insert(name, value),
            false => {
                headers.append(name, value);
                None
            }
        };
    }
    Ok(answer)
}

impl From<WebhookError> for ApiError {
    fn from(error: WebhookError) -> Self {
        match error {
            WebhookError::UnknownKey => {
                Self::new(StatusCode::NOT_FOUND, "webhook.unknown_key", error)
            }
            WebhookError::NotRunning => Self::conflict("cycle.not_running", error),
            WebhookError::Suspended => Self::conflict("account.suspended", error),
            WebhookError::Unsigned => {
                Self::new(StatusCode::UNAUTHORIZED, "webhook.unsigned", error)
            }
            WebhookError::Unreadable(_) => Self::bad_request("webhook.unreadable", error),
            WebhookError::Busy(wait) => Self::too_many("webhook.backlog", wait),
            WebhookError::Store(cause) => Self::unexpected(cause),
        }
    }
}
