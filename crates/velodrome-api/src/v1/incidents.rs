//! Incidents: errors and warnings of cycles.

use axum::{extract::State, http::StatusCode};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;
use velodrome_model::{AccountActor, CycleId, PageRequest, StepId, cycle::IncidentLevel as Level};
use velodrome_service::runs::{IncidentFilter, ListedCause, ListedIncident, Transactions};

use super::{
    in_memory,
    params::{AccountHeader, CycleIdPath, Period},
};
use crate::{
    ApiError, ApiState, WireTime,
    extract::{ApiPath, ApiQuery, AsAccount},
    lenient::wire_words,
    paging::{Paged, SortedPaging},
    responses::{Malformed, Missing, Standard},
};

/// Routes of incidents.
pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list_incident_causes))
        .routes(routes!(list_error_incidents))
        .routes(routes!(list_warning_incidents))
        .routes(routes!(list_cycle_incidents, delete_cycle_incidents))
        .routes(routes!(list_cycle_incidents_by_level))
}

wire_words! {
    /// Severity of an incident.
    pub enum IncidentLevel { Error, Warning }
}

impl From<Level> for IncidentLevel {
    fn from(level: Level) -> Self {
        match level {
            Level::Error => Self::Error,
            Level::Warning => Self::Warning,
        }
    }
}

/// An error or warning.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
#[schema(as = Incident)]
pub struct IncidentBody {
    /// Id of the incident.
    id: Uuid,
    /// Cycle.
    cycle_id: Uuid,
    /// Name of the cycle.
    cycle_name: String,
    /// Severity.
    incident_level: IncidentLevel,
    /// One of TransactionErrorMessage, or a message of a script.
    short_message: String,
    /// Status line, body and request, secrets replaced by REDACTED; lines end with CR LF.
    full_message: String,
    /// Step; null when not bound to one.
    step_id: Option<Uuid>,
    /// Name of the step.
    step_name: Option<String>,
    /// Transaction; null when not bound to one.
    transaction_id: Option<Uuid>,
    /// Time, UTC.
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    created_on_utc: WireTime,
}

impl From<ListedIncident> for IncidentBody {
    fn from(listed: ListedIncident) -> Self {
        let incident = listed.incident;
        let (step, step_name) = incident.step.unzip();
        Self {
            id: incident.id.0,
            cycle_id: incident.cycle.0,
            cycle_name: listed.cycle_name,
            incident_level: incident.level.into(),
            short_message: incident.message,
            full_message: incident.detail.unwrap_or_default(),
            step_id: step.map(|id| id.0),
            step_name,
            transaction_id: incident.transaction.map(|id| id.0),
            created_on_utc: incident.created_at.into(),
        }
    }
}

/// Incidents of one cycle and step that say the same.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
#[schema(as = IncidentCause)]
pub struct IncidentCauseBody {
    /// Cycle.
    cycle_id: Uuid,
    /// Name of the cycle.
    cycle_name: String,
    /// Step; null when not bound to one.
    step_id: Option<Uuid>,
    /// Name of the step.
    step_name: Option<String>,
    /// Severity.
    incident_level: IncidentLevel,
    /// One of TransactionErrorMessage, or a message of a script.
    short_message: String,
    /// Incidents.
    count: u64,
    /// Time of the first one, UTC.
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    first_on_utc: WireTime,
    /// Time of the last one, UTC.
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    last_on_utc: WireTime,
}

impl From<ListedCause> for IncidentCauseBody {
    fn from(listed: ListedCause) -> Self {
        let cause = listed.cause;
        let (step, step_name) = cause.step.unzip();
        Self {
            cycle_id: cause.cycle.0,
            cycle_name: listed.cycle_name,
            step_id: step.map(|id| id.0),
            step_name,
            incident_level: cause.level.into(),
            short_message: cause.message,
            count: cause.count,
            first_on_utc: cause.first_at.into(),
            last_on_utc: cause.last_at.into(),
        }
    }
}

/// Which incidents of a cycle.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", default)]
#[into_params(parameter_in = Query)]
struct Cause {
    /// Only those of this step.
    #[param(value_type = Option<Uuid>)]
    step_id: Option<String>,
    /// Only those whose ShortMessage is exactly this.
    message: Option<String>,
}

/// Which causes.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", default)]
#[into_params(parameter_in = Query)]
struct Causes {
    /// Only those of this cycle.
    #[param(value_type = Option<Uuid>)]
    cycle_id: Option<String>,
    /// Only error or warning, case-insensitive.
    level: Option<String>,
}

/// An id of a filter; empty is none.
fn id<I: std::str::FromStr>(name: &str, text: Option<&str>) -> Result<Option<I>, ApiError> {
    let Some(text) = text.map(str::trim).filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    text.parse().map(Some).map_err(|_| {
        ApiError::bad_request(
            "request.malformed_id",
            format_args!("{name} must be an id."),
        )
    })
}

/// A severity, in any case.
fn severity(level: &str) -> Result<Level, ApiError> {
    let known = [Level::Error, Level::Warning];
    known
        .into_iter()
        .find(|known| known.as_str().eq_ignore_ascii_case(level.trim()))
        .ok_or_else(|| {
            ApiError::bad_request(
                "incident.unknown_level",
                "The level must be error or warning.",
            )
        })
}

/// List causes of incidents
///
/// Incidents of one cycle and step that say the same are one cause; the 1,000 latest. Default order: LastOnUtc descending.
#[utoipa::path(get, path = "/v1.0/cycles/incidents/causes", operation_id = "listIncidentCauses", tag = "Incidents",
    params(AccountHeader, SortedPaging, Period, Causes),
    responses((status = 200, description = "One page of the list.", body = Vec<IncidentCauseBody>), Malformed, Missing, Standard))]
async fn list_incident_causes(
    State(transactions): State<Transactions>,
    AsAccount(actor): AsAccount,
    ApiQuery(paging): ApiQuery<SortedPaging>,
    ApiQuery(period): ApiQuery<Period>,
    ApiQuery(which): ApiQuery<Causes>,
) -> Result<Paged<IncidentCauseBody>, ApiError> {
    let (after, before) = period.times()?;
    let level = which
        .level
        .as_deref()
        .filter(|level| !level.trim().is_empty());
    let filter = IncidentFilter {
        cycle: id("cycleId", which.cycle_id.as_deref())?,
        level: level.map(severity).transpose()?,
        after,
        before,
        ..IncidentFilter::default()
    };
    let causes = transactions.causes(&actor, &filter).await?.into_iter();
    let mut request = PageRequest::from(paging);
    if request.order_by.is_none() {
        request.ascending = request.ascending.or(Some(false));
    }
    Ok(Paged(in_memory::page(
        causes.map(IncidentCauseBody::from).collect(),
        &request,
        &["LastOnUtc"],
    )))
}

async fn page(
    transactions: &Transactions,
    actor: &AccountActor,
    (cycle, level): (Option<CycleId>, Option<Level>),
    cause: Cause,
    period: Period,
    paging: SortedPaging,
) -> Result<Paged<IncidentBody>, ApiError> {
    let (after, before) = period.times()?;
    let filter = IncidentFilter {
        cycle,
        level,
        step: id::<StepId>("stepId", cause.step_id.as_deref())?,
        message: cause.message.filter(|message| !message.is_empty()),
        after,
        before,
    };
    let request = PageRequest::from(paging);
    let page = transactions.incidents(actor, &filter, &request).await?;
    Ok(Paged(page.map(IncidentBody::from)))
}

/// List error incidents of all cycles
///
/// Newest first unless sorted otherwise. Default order: CreatedOnUtc descending.
#[utoipa::path(get, path = "/v1.0/cycles/incidents/error", operation_id = "listErrorIncidents", tag = "Incidents",
    params(AccountHeader, SortedPaging, Period),
    responses((status = 200, description = "One page of the list.", body = Vec<IncidentBody>), Malformed, Standard))]
async fn list_error_incidents(
    State(transactions): State<Transactions>,
    AsAccount(actor): AsAccount,
    ApiQuery(paging): ApiQuery<SortedPaging>,
    ApiQuery(period): ApiQuery<Period>,
) -> Result<Paged<IncidentBody>, ApiError> {
    let which = (None, Some(Level::Error));
    page(
        &transactions,
        &actor,
        which,
        Cause::default(),
        period,
        paging,
    )
    .await
}

/// List warning incidents of all cycles
///
/// Newest first unless sorted otherwise. Default order: CreatedOnUtc descending.
#[utoipa::path(get, path = "/v1.0/cycles/incidents/warning", operation_id = "listWarningIncidents", tag = "Incidents",
    params(AccountHeader, SortedPaging, Period),
    responses((status = 200, description = "One page of the list.", body = Vec<IncidentBody>), Malformed, Standard))]
async fn list_warning_incidents(
    State(transactions): State<Transactions>,
    AsAccount(actor): AsAccount,
    ApiQuery(paging): ApiQuery<SortedPaging>,
    ApiQuery(period): ApiQuery<Period>,
) -> Result<Paged<IncidentBody>, ApiError> {
    let which = (None, Some(Level::Warning));
    page(
        &transactions,
        &actor,
        which,
        Cause::default(),
        period,
        paging,
    )
    .await
}

/// List incidents of a cycle
///
/// Errors and warnings. Default order: CreatedOnUtc descending.
#[utoipa::path(get, path = "/v1.0/cycles/{cycleId}/incidents", operation_id = "listCycleIncidents", tag = "Incidents",
    params(AccountHeader, CycleIdPath, SortedPaging, Period, Cause),
    responses((status = 200, description = "One page of the list.", body = Vec<IncidentBody>), Malformed, Missing, Standard))]
async fn list_cycle_incidents(
    State(transactions): State<Transactions>,
    AsAccount(actor): AsAccount,
    ApiPath(cycle): ApiPath<CycleId>,
    ApiQuery(paging): ApiQuery<SortedPaging>,
    ApiQuery(period): ApiQuery<Period>,
    ApiQuery(cause): ApiQuery<Cause>,
) -> Result<Paged<IncidentBody>, ApiError> {
    let which = (Some(cycle), None);
    page(&transactions, &actor, which, cause, period, paging).await
}

/// Delete incidents of a cycle
///
/// All of them, or those that match the dates; counters are reset.
#[utoipa::path(delete, path = "/v1.0/cycles/{cycleId}/incidents", operation_id = "deleteCycleIncidents", tag = "Incidents",
    params(AccountHeader, CycleIdPath, Period),
    responses((status = 200, description = "Deleted; the body is empty."), Malformed, Missing, Standard))]
async fn delete_cycle_incidents(
    State(transactions): State<Transactions>,
    AsAccount(actor): AsAccount,
    ApiPath(cycle): ApiPath<CycleId>,
    ApiQuery(period): ApiQuery<Period>,
) -> Result<StatusCode, ApiError> {
    let (after, before) = period.times()?;
    let filter = IncidentFilter {
        cycle: Some(cycle),
        after,
        before,
        ..IncidentFilter::default()
    };
    transactions
        .delete_incidents(&actor, cycle, &filter)
        .await?;
    Ok(StatusCode::OK)
}

/// List incidents of a cycle by level
///
/// As above. Default order: CreatedOnUtc descending.
#[utoipa::path(get, path = "/v1.0/cycles/{cycleId}/incidents/{level}", operation_id = "listCycleIncidentsByLevel", tag = "Incidents",
    params(AccountHeader, CycleIdPath, ("level" = String, Path, description = "Severity, case-insensitive."), SortedPaging, Period, Cause),
    responses((status = 200, description = "One page of the list.", body = Vec<IncidentBody>), Malformed, Missing, Standard))]
async fn list_cycle_incidents_by_level(
    State(transactions): State<Transactions>,
    AsAccount(actor): AsAccount,
    ApiPath((cycle, level)): ApiPath<(CycleId, String)>,
    ApiQuery(paging): ApiQuery<SortedPaging>,
    ApiQuery(period): ApiQuery<Period>,
    ApiQuery(cause): ApiQuery<Cause>,
) -> Result<Paged<IncidentBody>, ApiError> {
    let which = (Some(cycle), Some(severity(&level)?));
    page(&transactions, &actor, which, cause, period, paging).await
}
