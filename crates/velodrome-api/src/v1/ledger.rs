//! The ledger: accepted = done + failed + waiting, and what does not add up.

use axum::{Json, extract::State};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;
use velodrome_model::{CycleId, LedgerAlarmId};
use velodrome_service::ledger::{AlarmFilter, KeyedLine, Ledger, LedgerAlarm, LedgerError, Named};

use crate::{
    ApiError, ApiState, WireTime,
    extract::{ApiPath, ApiQuery, AsPartner},
    paging::{Paged, Paging},
    responses::{Malformed, Missing, Standard},
};

/// Routes of the ledger.
pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(get_ledger))
        .routes(routes!(list_ledger_alarms))
        .routes(routes!(acknowledge_ledger_alarm))
}

/// What was accepted in the last 13 months, and what became of it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
#[schema(as = LedgerLine)]
pub struct LedgerLineBody {
    /// API id of the account.
    account_id: String,
    /// Name of the account.
    account_name: String,
    /// Cycle; null in a line for a whole account.
    cycle_id: Option<Uuid>,
    /// Name of the cycle.
    cycle_name: Option<String>,
    /// Transactions that were begun: by webhooks, schedules, splitting, replays.
    accepted: i64,
    /// Of them those that are completed.
    done: i64,
    /// Those that ended otherwise: with an error, stopped, cancelled.
    failed: i64,
    /// Those that have not ended.
    waiting: i64,
    /// Those that were found missing; each has an alarm.
    lost: i64,
    /// Accepted is Done, Failed and Waiting together, and nothing is lost.
    is_balanced: bool,
}

impl From<KeyedLine> for LedgerLineBody {
    fn from(keyed: KeyedLine) -> Self {
        let line = keyed.line;
        let is_balanced = line.is_balanced();
        let (cycle, cycle_name) = line.cycle.unzip();
        Self {
            account_id: keyed.account_key,
            account_name: line.account_name,
            cycle_id: cycle.map(|id| id.0),
            cycle_name,
            accepted: line.accepted,
            done: line.done,
            failed: line.failed,
            waiting: line.waiting,
            lost: line.lost,
            is_balanced,
        }
    }
}

/// Something that the ledger and the transactions tell differently.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
#[schema(as = LedgerAlarm)]
pub struct LedgerAlarmBody {
    /// Id of the alarm.
    id: Uuid,
    /// API id of the account.
    account_id: String,
    /// Name of the account.
    account_name: String,
    /// Cycle.
    cycle_id: Uuid,
    /// Name of the cycle.
    cycle_name: String,
    /// TransactionLost, OutcomeDiffers, TransactionsMissing, CounterDiffers or RequestLost.
    kind: String,
    /// The transaction that it names.
    transaction_id: Option<Uuid>,
    /// The accepted webhook request that it names.
    webhook_request_id: Option<Uuid>,
    /// What differs, in a sentence.
    detail: String,
    /// When it was found, UTC.
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    found_on_utc: WireTime,
    /// When somebody took note of it, UTC.
    #[schema(value_type = Option<chrono::DateTime<chrono::Utc>>)]
    acknowledged_on_utc: Option<WireTime>,
    /// Who did.
    acknowledged_by: Option<String>,
}

impl From<Named<LedgerAlarm>> for LedgerAlarmBody {
    fn from(named: Named<LedgerAlarm>) -> Self {
        let alarm = named.line;
        let (at, by) = alarm.acknowledged.unzip();
        Self {
            id: alarm.id.0,
            account_id: named.account_key,
            account_name: named.account_name,
            cycle_id: alarm.cycle.0,
            cycle_name: named.cycle_name,
            kind: alarm.kind,
            transaction_id: alarm.transaction.map(|id| id.0),
            webhook_request_id: alarm.request.map(|id| id.0),
            detail: alarm.detail,
            found_on_utc: alarm.found_at.into(),
            acknowledged_on_utc: at.map(WireTime),
            acknowledged_by: by,
        }
    }
}

/// Of what.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
struct LedgerFilter {
    /// API id of an account: a line for each of its cycles instead of one for each account.
    account_id: Option<String>,
    /// Only this cycle of the account.
    cycle_id: Option<Uuid>,
}

/// Which alarms.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
struct WhichAlarms {
    /// Only of this account.
    account_id: Option<String>,
    /// Only of this cycle.
    cycle_id: Option<Uuid>,
    /// Only those that nobody took note of.
    open: Option<bool>,
}

/// The ledger
///
/// What was accepted in the last 13 months and what became of it, a line for each account, or for each cycle of an
/// account. Ordered by name.
#[utoipa::path(get, path = "/v1.0/partner/ledger", operation_id = "getLedger", tag = "Reports",
    params(Paging, LedgerFilter),
    responses((status = 200, description = "One page of the list.", body = Vec<LedgerLineBody>), Malformed, Missing, Standard))]
async fn get_ledger(
    State(ledger): State<Ledger>,
    AsPartner(actor): AsPartner,
    ApiQuery(paging): ApiQuery<Paging>,
    ApiQuery(filter): ApiQuery<LedgerFilter>,
) -> Result<Paged<LedgerLineBody>, ApiError> {
    let of = (filter.account_id.as_deref(), filter.cycle_id.map(CycleId));
    let page = ledger.page(&actor, of, &paging.into()).await?;
    Ok(Paged(page.map(LedgerLineBody::from)))
}

/// Alarms of the ledger
///
/// What the ledger and the transactions tell differently, with the transaction or the accepted webhook request that
/// is concerned. Newest first.
#[utoipa::path(get, path = "/v1.0/partner/ledger/alarms", operation_id = "listLedgerAlarms", tag = "Reports",
    params(Paging, WhichAlarms),
    responses((status = 200, description = "One page of the list.", body = Vec<LedgerAlarmBody>), Malformed, Missing, Standard))]
async fn list_ledger_alarms(
    State(ledger): State<Ledger>,
    AsPartner(actor): AsPartner,
    ApiQuery(paging): ApiQuery<Paging>,
    ApiQuery(which): ApiQuery<WhichAlarms>,
) -> Result<Paged<LedgerAlarmBody>, ApiError> {
    let filter = AlarmFilter {
        account: None,
        cycle: which.cycle_id.map(CycleId),
        only_open: which.open.unwrap_or_default(),
    };
    let account = which.account_id.as_deref();
    let page = ledger
        .alarms(&actor, account, filter, &paging.into())
        .await?;
    Ok(Paged(page.map(LedgerAlarmBody::from)))
}

/// Acknowledge an alarm of the ledger
///
/// Notes who took note of it; doing it twice is fine.
#[utoipa::path(post, path = "/v1.0/partner/ledger/alarms/{alarmId}/acknowledge", operation_id = "acknowledgeLedgerAlarm",
    tag = "Reports", params(("alarmId" = Uuid, Path, description = "Id of the alarm.")),
    responses((status = 200, description = "The alarm.", body = LedgerAlarmBody), Malformed, Missing, Standard))]
async fn acknowledge_ledger_alarm(
    State(ledger): State<Ledger>,
    AsPartner(actor): AsPartner,
    ApiPath(alarm): ApiPath<LedgerAlarmId>,
) -> Result<Json<LedgerAlarmBody>, ApiError> {
    Ok(Json(ledger.acknowledge(&actor, alarm).await?.into()))
}

impl From<LedgerError> for ApiError {
    fn from(error: LedgerError) -> Self {
        match error {
            LedgerError::NoAccount => Self::not_found("account.not_found"),
            LedgerError::NoAlarm => Self::not_found("ledger_alarm.not_found"),
            LedgerError::NoAccountNamed => Self::bad_request("ledger.account_missing", error),
            LedgerError::Store(cause) => Self::from(cause),
        }
    }
}
