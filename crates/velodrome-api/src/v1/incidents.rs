//! Incidents: errors and warnings of cycles.

use axum::{extract::State, http::StatusCode};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;
use velodrome_model::{AccountActor, CycleId, PageRequest, cycle::IncidentLevel as Level};
use velodrome_service::runs::{IncidentFilter, ListedIncident, Transactions};

use super::params::{AccountHeader, CycleIdPath, Period};
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

async fn page(
    transactions: &Transactions,
    actor: &AccountActor,
    (cycle, level): (Option<CycleId>, Option<Level>),
    period: Period,
    paging: SortedPaging,
) -> Result<Paged<IncidentBody>, ApiError> {
    let (after, before) = period.times()?;
    let filter = IncidentFilter {
        cycle,
        level,
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
    page(&transactions, &actor, which, period, paging).await
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
    page(&transactions, &actor, which, period, paging).await
}

/// List incidents of a cycle
///
/// Errors and warnings. Default order: CreatedOnUtc descending.
#[utoipa::path(get, path = "/v1.0/cycles/{cycleId}/incidents", operation_id = "listCycleIncidents", tag = "Incidents",
    params(AccountHeader, CycleIdPath, SortedPaging, Period),
    responses((status = 200, description = "One page of the list.", body = Vec<IncidentBody>), Malformed, Missing, Standard))]
async fn list_cycle_incidents(
    State(transactions): State<Transactions>,
    AsAccount(actor): AsAccount,
    ApiPath(cycle): ApiPath<CycleId>,
    ApiQuery(paging): ApiQuery<SortedPaging>,
    ApiQuery(period): ApiQuery<Period>,
) -> Result<Paged<IncidentBody>, ApiError> {
    page(&transactions, &actor, (Some(cycle), None), period, paging).await
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
        level: None,
        after,
        before,
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
    params(AccountHeader, CycleIdPath, ("level" = String, Path, description = "Severity, case-insensitive."), SortedPaging, Period),
    responses((status = 200, description = "One page of the list.", body = Vec<IncidentBody>), Malformed, Missing, Standard))]
async fn list_cycle_incidents_by_level(
    State(transactions): State<Transactions>,
    AsAccount(actor): AsAccount,
    ApiPath((cycle, level)): ApiPath<(CycleId, String)>,
    ApiQuery(paging): ApiQuery<SortedPaging>,
    ApiQuery(period): ApiQuery<Period>,
) -> Result<Paged<IncidentBody>, ApiError> {
    let known = [Level::Error, Level::Warning];
    let level = known
        .into_iter()
        .find(|known| known.as_str().eq_ignore_ascii_case(level.trim()))
        .ok_or_else(|| {
            ApiError::bad_request(
                "incident.unknown_level",
                "The level must be error or warning.",
            )
        })?;
    let which = (Some(cycle), Some(level));
    page(&transactions, &actor, which, period, paging).await
}
