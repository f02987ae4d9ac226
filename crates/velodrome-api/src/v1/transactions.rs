//! Transactions: runs of cycles, their data, and the requests that began them.

use axum::{Json, extract::State, http::StatusCode};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;
use velodrome_model::{
    CycleId, PageRequest, StepId, TransactionId, WebhookRequestId,
    cycle::TransactionStatus as RunStatus,
};
use velodrome_service::runs::{
    CycleTransaction, LookError, RequestSummary, SplitFilter, StatusFilter, TransactionFilter,
    TransactionItem, Transactions,
};

use super::{
    cycles::wire::ActionType,
    incidents::IncidentLevel,
    params::{AccountHeader, CycleIdPath, Period},
};
use crate::{
    ApiError, ApiState, WireTime,
    extract::{ApiPath, ApiQuery, AsAccount},
    lenient::{Words, wire_words},
    paging::{Paged, Paging, SortedPaging},
    responses::{Conflicting, Malformed, Missing, Standard},
};

/// Routes of transactions.
pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list_transactions))
        .routes(routes!(list_cycle_transactions))
        .routes(routes!(list_transaction_items))
        .routes(routes!(cancel_transaction))
        .routes(routes!(retry_transaction))
        .routes(routes!(resume_transaction))
        .routes(routes!(skip_transaction_step))
        .routes(routes!(rerun_transaction))
        .routes(routes!(retry_transaction_from_step))
        .routes(routes!(list_webhook_requests))
        .routes(routes!(replay_webhook_request))
}

wire_words! {
    /// State of a transaction.
    pub enum TransactionStatus { Queued, Running, Waiting, Paused, Completed, Errored, Stopped, Cancelled }
}

wire_words! {
    /// What a waiting transaction waits for.
    pub enum WaitReason { Delay, WaitUntil, Retry, RateLimit, Webhook }
}

wire_words! {
    /// Filter on the state of a transaction. InProgress stands for Queued, Running, Waiting and Paused.
    pub enum TransactionStatusFilter { All, InProgress, Queued, Running, Waiting, Paused, Completed, Errored, Stopped, Cancelled }
}

wire_words! {
    /// Filter on how a transaction came about.
    pub enum SplitTypeFilter { All, Unsplit, Split }
}

impl From<RunStatus> for TransactionStatus {
    fn from(status: RunStatus) -> Self {
        match status {
            RunStatus::Queued => Self::Queued,
            RunStatus::Running => Self::Running,
            RunStatus::Waiting => Self::Waiting,
            RunStatus::Paused => Self::Paused,
            RunStatus::Completed => Self::Completed,
            RunStatus::Errored => Self::Errored,
            RunStatus::Stopped => Self::Stopped,
            RunStatus::Cancelled => Self::Cancelled,
        }
    }
}

impl From<velodrome_model::cycle::WaitReason> for WaitReason {
    fn from(reason: velodrome_model::cycle::WaitReason) -> Self {
        use velodrome_model::cycle::WaitReason as Reason;
        match reason {
            Reason::Delay => Self::Delay,
            Reason::WaitUntil => Self::WaitUntil,
            Reason::Retry => Self::Retry,
            Reason::RateLimit => Self::RateLimit,
            Reason::Webhook => Self::Webhook,
        }
    }
}

impl WaitReason {
    fn into_model(self) -> velodrome_model::cycle::WaitReason {
        use velodrome_model::cycle::WaitReason as Reason;
        match self {
            Self::Delay => Reason::Delay,
            Self::WaitUntil => Reason::WaitUntil,
            Self::Retry => Reason::Retry,
            Self::RateLimit => Reason::RateLimit,
            Self::Webhook => Reason::Webhook,
        }
    }
}

impl From<TransactionStatusFilter> for StatusFilter {
    fn from(filter: TransactionStatusFilter) -> Self {
        use TransactionStatusFilter as F;
        Self::Is(match filter {
            F::All => return Self::All,
            F::InProgress => return Self::InProgress,
            F::Queued => RunStatus::Queued,
            F::Running => RunStatus::Running,
            F::Waiting => RunStatus::Waiting,
            F::Paused => RunStatus::Paused,
            F::Completed => RunStatus::Completed,
            F::Errored => RunStatus::Errored,
            F::Stopped => RunStatus::Stopped,
            F::Cancelled => RunStatus::Cancelled,
        })
    }
}

impl From<SplitTypeFilter> for SplitFilter {
    fn from(filter: SplitTypeFilter) -> Self {
        match filter {
            SplitTypeFilter::All => Self::All,
            SplitTypeFilter::Unsplit => Self::Unsplit,
            SplitTypeFilter::Split => Self::Split,
        }
    }
}

/// One pass of data through a cycle.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
#[schema(as = Transaction)]
pub struct TransactionBody {
    /// Id of the transaction.
    id: Uuid,
    /// Cycle.
    cycle_id: Uuid,
    /// Name of the cycle.
    cycle_name: String,
    /// Transaction it was split from; null when not split.
    parent_transaction_id: Option<Uuid>,
    /// State.
    status: TransactionStatus,
    /// For Waiting.
    wait_reason: Option<WaitReason>,
    /// When a waiting one goes on, UTC; null when not known.
    #[schema(value_type = Option<chrono::DateTime<chrono::Utc>>)]
    due_on_utc: Option<WireTime>,
    /// Transaction or webhook request it repeats.
    replayed_from: Option<Uuid>,
    /// Time of creation, UTC.
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    created_on_utc: WireTime,
    /// Start of the first step, UTC.
    #[schema(value_type = Option<chrono::DateTime<chrono::Utc>>)]
    started_on_utc: Option<WireTime>,
    /// End, UTC; null while running.
    #[schema(value_type = Option<chrono::DateTime<chrono::Utc>>)]
    completed_on_utc: Option<WireTime>,
    /// Step it is at; null when done.
    current_step_id: Option<Uuid>,
    /// Steps done.
    #[schema(required = false)]
    step_count: i32,
    /// Tasks used.
    #[schema(required = false)]
    tasks_used: i32,
    /// Error incidents.
    #[schema(required = false)]
    error_count: i32,
    /// Warning incidents.
    #[schema(required = false)]
    warning_count: i32,
    /// A test run.
    #[schema(required = false)]
    is_test: bool,
}

impl From<CycleTransaction> for TransactionBody {
    fn from(listed: CycleTransaction) -> Self {
        let one = listed.transaction;
        let is_waiting = one.status == RunStatus::Waiting;
        Self {
            id: one.id.0,
            cycle_id: one.cycle.0,
            cycle_name: listed.cycle_name,
            parent_transaction_id: one.parent.map(|id| id.0),
            status: one.status.into(),
            wait_reason: one.wait.filter(|_| is_waiting).map(WaitReason::from),
            due_on_utc: one.due_at.filter(|_| is_waiting).map(WireTime),
            replayed_from: one.replayed_from,
            created_on_utc: one.created_at.into(),
            started_on_utc: one.started_at.map(WireTime),
            completed_on_utc: one.ended_at.map(WireTime),
            current_step_id: one.step.map(|id| id.0),
            step_count: one.steps,
            tasks_used: one.tasks,
            error_count: one.errors,
            warning_count: one.warnings,
            // Tests of steps make no transactions (cycles.md §14).
            is_test: false,
        }
    }
}

/// What one step did in a transaction.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
#[schema(as = TransactionItem)]
pub struct TransactionItemBody {
    /// Id of the item.
    id: Uuid,
    /// Transaction.
    transaction_id: Uuid,
    /// Step.
    step_id: Uuid,
    /// Name of the step.
    step_name: String,
    /// Kind of step.
    #[schema(required = false)]
    action_type: ActionType,
    /// State of the step.
    status: TransactionStatus,
    /// Start, UTC.
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    started_on_utc: WireTime,
    /// End, UTC.
    #[schema(value_type = Option<chrono::DateTime<chrono::Utc>>)]
    completed_on_utc: Option<WireTime>,
    /// Attempt, from 1.
    #[schema(required = false)]
    attempt: i32,
    /// Text of the request; null when not logged or after the retention period. Secrets replaced by REDACTED.
    request: Option<String>,
    /// Text of the response; null after the retention period.
    response: Option<String>,
    /// Severity when there was an incident.
    incident_level: Option<IncidentLevel>,
    /// Short message of the incident.
    message: Option<String>,
}

impl From<TransactionItem> for TransactionItemBody {
    fn from(item: TransactionItem) -> Self {
        Self {
            id: item.id.0,
            transaction_id: item.transaction.0,
            step_id: item.step.0,
            step_name: item.step_name,
            action_type: Words::from_word(&item.action_type).unwrap_or(ActionType::Unknown),
            status: item.status.into(),
            started_on_utc: item.started_at.into(),
            completed_on_utc: item.ended_at.map(WireTime),
            attempt: item.attempt,
            request: item.request,
            response: item.response,
            incident_level: item.level.map(IncidentLevel::from),
            message: item.message,
        }
    }
}

/// A stored inbound request.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
#[schema(as = WebhookRequest)]
pub struct WebhookRequestBody {
    /// Id of the request.
    id: Uuid,
    /// Webhook step.
    step_id: Uuid,
    /// Time of arrival, UTC.
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    received_on_utc: WireTime,
    /// HTTP method.
    method: String,
    /// Media type.
    content_type: Option<String>,
    /// Size of the body, bytes.
    size_bytes: i64,
    /// Body; null after the retention period.
    body: Option<String>,
    /// HTTP status of the answer.
    response_status: i32,
    /// Transactions made from it.
    transaction_ids: Vec<Uuid>,
}

impl From<RequestSummary> for WebhookRequestBody {
    fn from(request: RequestSummary) -> Self {
        let body = request.said.map(|said| {
            let bytes = STANDARD.decode(&said.body).unwrap_or_default();
            String::from_utf8_lossy(&bytes).into_owned()
        });
        Self {
            id: request.id.0,
            step_id: request.step.0,
            received_on_utc: request.received_at.into(),
            method: request.method,
            content_type: request.content_type,
            size_bytes: request.size,
            body,
            response_status: request.status,
            transaction_ids: request.transactions.into_iter().map(|id| id.0).collect(),
        }
    }
}

/// Which transactions.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
struct Which {
    /// Only this state, case-insensitive.
    status: Option<String>,
    /// Only split or unsplit ones, case-insensitive.
    split_type: Option<String>,
    /// Only the one with this id.
    transaction_id: Option<Uuid>,
    /// Only those that were split off from this one.
    parent_transaction_id: Option<Uuid>,
    /// Only those that wait for this, case-insensitive.
    wait_reason: Option<String>,
    /// Only those with errors (true) or without (false).
    has_errors: Option<bool>,
    /// Only those with warnings (true) or without (false).
    has_warnings: Option<bool>,
}

/// Which items.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
struct Containing {
    /// Only items whose request, response or message contains this text, case-insensitive.
    query: Option<String>,
}

fn filter(
    cycle: Option<CycleId>,
    which: &Which,
    period: Period,
) -> Result<TransactionFilter, ApiError> {
    let (after, before) = period.times()?;
    Ok(TransactionFilter {
        cycle,
        status: word::<TransactionStatusFilter>("status", which.status.as_deref())?
            .map(StatusFilter::from)
            .unwrap_or_default(),
        split: word::<SplitTypeFilter>("splitType", which.split_type.as_deref())?
            .map(SplitFilter::from)
            .unwrap_or_default(),
        id: which.transaction_id.map(TransactionId),
        parent: which.parent_transaction_id.map(TransactionId),
        wait: word::<WaitReason>("waitReason", which.wait_reason.as_deref())?
            .map(WaitReason::into_model),
        errors: which.has_errors,
        warnings: which.has_warnings,
        after,
        before,
    })
}

/// A filter's word; empty is none.
fn word<W: Words>(name: &str, text: Option<&str>) -> Result<Option<W>, ApiError> {
    let Some(text) = text.filter(|text| !text.trim().is_empty()) else {
        return Ok(None);
    };
    match W::from_word(text) {
        Some(word) => Ok(Some(word)),
        None => {
            let words: Vec<_> = W::WORDS.iter().map(|(word, _)| *word).collect();
            let message = format!("{name} must be one of {}.", words.join(", "));
            Err(ApiError::bad_request("request.unknown_word", message))
        }
    }
}

/// List transactions of all cycles
///
/// Newest first unless sorted otherwise. Default order: CreatedOnUtc descending.
#[utoipa::path(get, path = "/v1.0/cycles/transactions", operation_id = "listTransactions", tag = "Transactions",
    params(AccountHeader, SortedPaging, Period, Which),
    responses((status = 200, description = "One page of the list.", body = Vec<TransactionBody>), Malformed, Standard))]
async fn list_transactions(
    State(transactions): State<Transactions>,
    AsAccount(actor): AsAccount,
    ApiQuery(paging): ApiQuery<SortedPaging>,
    ApiQuery(period): ApiQuery<Period>,
    ApiQuery(which): ApiQuery<Which>,
) -> Result<Paged<TransactionBody>, ApiError> {
    let filter = filter(None, &which, period)?;
    let page = transactions.page(&actor, &filter, &paging.into()).await?;
    Ok(Paged(page.map(TransactionBody::from)))
}

/// List transactions of a cycle
///
/// Newest first unless sorted otherwise. Default order: CreatedOnUtc descending.
#[utoipa::path(get, path = "/v1.0/cycles/{cycleId}/transactions", operation_id = "listCycleTransactions", tag = "Transactions",
    params(AccountHeader, CycleIdPath, SortedPaging, Period, Which),
    responses((status = 200, description = "One page of the list.", body = Vec<TransactionBody>), Malformed, Missing, Standard))]
async fn list_cycle_transactions(
    State(transactions): State<Transactions>,
    AsAccount(actor): AsAccount,
    ApiPath(cycle): ApiPath<CycleId>,
    ApiQuery(paging): ApiQuery<SortedPaging>,
    ApiQuery(period): ApiQuery<Period>,
    ApiQuery(which): ApiQuery<Which>,
) -> Result<Paged<TransactionBody>, ApiError> {
    let filter = filter(Some(cycle), &which, period)?;
    let page = transactions.page(&actor, &filter, &paging.into()).await?;
    Ok(Paged(page.map(TransactionBody::from)))
}

/// Get the items of a transaction
///
/// What each step did, in order. Default order: StartedOnUtc.
#[utoipa::path(get, path = "/v1.0/cycles/{cycleId}/transactions/{transactionId}", operation_id = "listTransactionItems", tag = "Transactions",
    params(AccountHeader, CycleIdPath, ("transactionId" = Uuid, Path, description = "Id of the transaction."), Containing, Paging),
    responses((status = 200, description = "One page of the list.", body = Vec<TransactionItemBody>), Malformed, Missing, Standard))]
async fn list_transaction_items(
    State(transactions): State<Transactions>,
    AsAccount(actor): AsAccount,
    ApiPath(ids): ApiPath<(CycleId, TransactionId)>,
    ApiQuery(containing): ApiQuery<Containing>,
    ApiQuery(paging): ApiQuery<Paging>,
) -> Result<Paged<TransactionItemBody>, ApiError> {
    let request = PageRequest::from(paging);
    let query = containing.query.as_deref();
    let page = transactions.items(&actor, ids, query, &request).await?;
    Ok(Paged(page.map(TransactionItemBody::from)))
}

/// Cancel a transaction
///
/// Stops it before its next step.
#[utoipa::path(put, path = "/v1.0/cycles/{cycleId}/transactions/{transactionId}/cancel", operation_id = "cancelTransaction", tag = "Transactions",
    params(AccountHeader, CycleIdPath, ("transactionId" = Uuid, Path, description = "Id of the transaction.")),
    responses((status = 200, description = "The transaction after the change.", body = TransactionBody), Malformed, Missing, Conflicting, Standard))]
async fn cancel_transaction(
    State(transactions): State<Transactions>,
    AsAccount(actor): AsAccount,
    ApiPath((cycle, id)): ApiPath<(CycleId, TransactionId)>,
) -> Result<Json<TransactionBody>, ApiError> {
    Ok(Json(transactions.cancel(&actor, cycle, id).await?.into()))
}

/// Retry a transaction
///
/// From the step that failed, with the kept data.
#[utoipa::path(post, path = "/v1.0/cycles/{cycleId}/transactions/{transactionId}/retry", operation_id = "retryTransaction", tag = "Transactions",
    params(AccountHeader, CycleIdPath, ("transactionId" = Uuid, Path, description = "Id of the transaction.")),
    responses((status = 200, description = "The transaction.", body = TransactionBody), Malformed, Missing, Conflicting, Standard))]
async fn retry_transaction(
    State(transactions): State<Transactions>,
    AsAccount(actor): AsAccount,
    ApiPath((cycle, id)): ApiPath<(CycleId, TransactionId)>,
) -> Result<Json<TransactionBody>, ApiError> {
    Ok(Json(transactions.retry(&actor, cycle, id).await?.into()))
}

/// Resume a waiting transaction now
///
/// One that waits for a time, another attempt or a provider's limit goes on at once.
#[utoipa::path(post, path = "/v1.0/cycles/{cycleId}/transactions/{transactionId}/resume", operation_id = "resumeTransaction", tag = "Transactions",
    params(AccountHeader, CycleIdPath, ("transactionId" = Uuid, Path, description = "Id of the transaction.")),
    responses((status = 200, description = "The transaction.", body = TransactionBody), Malformed, Missing, Conflicting, Standard))]
async fn resume_transaction(
    State(transactions): State<Transactions>,
    AsAccount(actor): AsAccount,
    ApiPath((cycle, id)): ApiPath<(CycleId, TransactionId)>,
) -> Result<Json<TransactionBody>, ApiError> {
    Ok(Json(transactions.resume(&actor, cycle, id).await?.into()))
}

/// Skip the step of a transaction
///
/// One that failed, or waits for another attempt, goes on behind its step, which gives nothing.
#[utoipa::path(post, path = "/v1.0/cycles/{cycleId}/transactions/{transactionId}/skip", operation_id = "skipTransactionStep", tag = "Transactions",
    params(AccountHeader, CycleIdPath, ("transactionId" = Uuid, Path, description = "Id of the transaction.")),
    responses((status = 200, description = "The transaction.", body = TransactionBody), Malformed, Missing, Conflicting, Standard))]
async fn skip_transaction_step(
    State(transactions): State<Transactions>,
    AsAccount(actor): AsAccount,
    ApiPath((cycle, id)): ApiPath<(CycleId, TransactionId)>,
) -> Result<Json<TransactionBody>, ApiError> {
    Ok(Json(transactions.skip(&actor, cycle, id).await?.into()))
}

/// Run a transaction again
///
/// Makes a new transaction for what began this one: with the kept data of its request, or with a trigger that asks again.
#[utoipa::path(post, path = "/v1.0/cycles/{cycleId}/transactions/{transactionId}/rerun", operation_id = "rerunTransaction", tag = "Transactions",
    params(AccountHeader, CycleIdPath, ("transactionId" = Uuid, Path, description = "Id of the transaction.")),
    responses((status = 201, description = "Created: the new transaction.", body = TransactionBody), Malformed, Missing, Conflicting, Standard))]
async fn rerun_transaction(
    State(transactions): State<Transactions>,
    AsAccount(actor): AsAccount,
    ApiPath((cycle, id)): ApiPath<(CycleId, TransactionId)>,
) -> Result<(StatusCode, Json<TransactionBody>), ApiError> {
    let made = transactions.rerun(&actor, cycle, id).await?;
    Ok((StatusCode::CREATED, Json(made.into())))
}

/// Retry a transaction from a step
///
/// Makes a new transaction that begins at a step which this one has tried, with the kept data of the steps before, in the version of the cycle that this one ran. This one has to have ended; it and what was split off stay as they are.
#[utoipa::path(post, path = "/v1.0/cycles/{cycleId}/transactions/{transactionId}/steps/{stepId}/retry", operation_id = "retryTransactionFromStep", tag = "Transactions",
    params(AccountHeader, CycleIdPath, ("transactionId" = Uuid, Path, description = "Id of the transaction."), ("stepId" = Uuid, Path, description = "Id of the step.")),
    responses((status = 201, description = "Created: the new transaction.", body = TransactionBody), Malformed, Missing, Conflicting, Standard))]
async fn retry_transaction_from_step(
    State(transactions): State<Transactions>,
    AsAccount(actor): AsAccount,
    ApiPath((cycle, id, step)): ApiPath<(CycleId, TransactionId, StepId)>,
) -> Result<(StatusCode, Json<TransactionBody>), ApiError> {
    let made = transactions.retry_from(&actor, (cycle, id), step).await?;
    Ok((StatusCode::CREATED, Json(made.into())))
}

/// List inbound webhook requests
///
/// Stored requests of the webhook steps, newest first. Default order: ReceivedOnUtc descending.
#[utoipa::path(get, path = "/v1.0/cycles/{cycleId}/webhookrequests", operation_id = "listWebhookRequests", tag = "Transactions",
    params(AccountHeader, CycleIdPath, SortedPaging, Period),
    responses((status = 200, description = "One page of the list.", body = Vec<WebhookRequestBody>), Malformed, Missing, Standard))]
async fn list_webhook_requests(
    State(transactions): State<Transactions>,
    AsAccount(actor): AsAccount,
    ApiPath(cycle): ApiPath<CycleId>,
    ApiQuery(paging): ApiQuery<SortedPaging>,
    ApiQuery(period): ApiQuery<Period>,
) -> Result<Paged<WebhookRequestBody>, ApiError> {
    let times = period.times()?;
    let page = transactions
        .requests(&actor, cycle, times, &paging.into())
        .await?;
    Ok(Paged(page.map(WebhookRequestBody::from)))
}

/// Replay a webhook request
///
/// Makes a new transaction from the stored request.
#[utoipa::path(post, path = "/v1.0/cycles/{cycleId}/webhookrequests/{requestId}/replay", operation_id = "replayWebhookRequest", tag = "Transactions",
    params(AccountHeader, CycleIdPath, ("requestId" = Uuid, Path, description = "Id of the stored request.")),
    responses((status = 201, description = "Created: the new transaction.", body = TransactionBody), Malformed, Missing, Conflicting, Standard))]
async fn replay_webhook_request(
    State(transactions): State<Transactions>,
    AsAccount(actor): AsAccount,
    ApiPath((cycle, id)): ApiPath<(CycleId, WebhookRequestId)>,
) -> Result<(StatusCode, Json<TransactionBody>), ApiError> {
    let made = transactions.replay(&actor, cycle, id).await?;
    Ok((StatusCode::CREATED, Json(made.into())))
}

impl From<LookError> for ApiError {
    fn from(error: LookError) -> Self {
        match error {
            LookError::NoCycle => Self::not_found("cycle.not_found"),
            LookError::NoTransaction => Self::not_found("transaction.not_found"),
            LookError::NoRequest => Self::not_found("webhook_request.not_found"),
            LookError::Ended => Self::conflict("transaction.ended", error),
            LookError::NotSkippable => Self::conflict("transaction.not_skippable", error),
            LookError::NotRerunnable => Self::conflict("transaction.not_rerunnable", error),
            LookError::NotWaiting => Self::conflict("transaction.not_waiting", error),
            LookError::NotRetryable => Self::conflict("transaction.not_retryable", error),
            LookError::NotEnded => Self::conflict("transaction.not_ended", error),
            LookError::NotTried => Self::conflict("transaction.step_not_tried", error),
            LookError::DataErased => Self::conflict("transaction.data_erased", error),
            LookError::NotRunning => Self::conflict("cycle.not_running", error),
            LookError::Erased => Self::conflict("webhook_request.erased", error),
            LookError::Nothing(_) => Self::conflict("webhook_request.no_transaction", error),
            LookError::Store(cause) => Self::unexpected(cause),
        }
    }
}
