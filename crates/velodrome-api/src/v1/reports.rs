//! Reports over a partner's accounts: what ran, what went wrong, what was called.

use axum::{Json, extract::State};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;
use velodrome_model::{Histogram, cycle::IncidentLevel as Level};
use velodrome_service::reports::{
    CallFigures, CallsBy, CycleFigures, Named, Point, ReportError, ReportOf, ReportedCause, Reports,
};

use super::{incidents::IncidentLevel, params::Period};
use crate::{
    ApiError, ApiState, WireTime,
    extract::{ApiQuery, AsPartner},
    lenient::{Words, wire_words},
    paging::{Paged, Paging},
    responses::{Malformed, Missing, Standard},
};

/// Routes of reports.
pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(report_runs))
        .routes(routes!(report_accounts))
        .routes(routes!(report_cycles))
        .routes(routes!(report_incidents))
        .routes(routes!(report_calls))
}

wire_words! {
    /// How long a point of a chart is.
    pub enum ReportInterval { Hour, Day }
}

wire_words! {
    /// What calls are counted together by. A step is one method of an account connector.
    pub enum CallGroup { Connector, AccountConnector, Step }
}

/// How long things took, in milliseconds, exact to a tenth; null when nothing was measured.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct Durations {
    /// Half took no longer.
    p50: Option<u64>,
    /// Of a hundred, 95 took no longer.
    p95: Option<u64>,
    /// Of a hundred, 99 took no longer.
    p99: Option<u64>,
}

impl From<&Histogram> for Durations {
    fn from(times: &Histogram) -> Self {
        Self {
            p50: times.percentile(50),
            p95: times.percentile(95),
            p99: times.percentile(99),
        }
    }
}

/// Transactions that ended in an hour or a day.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct RunReportPoint {
    /// When the hour or the day begins, UTC.
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    starts_on_utc: WireTime,
    /// Transactions.
    runs: u64,
    /// Of them those that failed or had an error.
    errored: u64,
    /// From acceptance to end.
    latency: Durations,
    /// From acceptance to the first step.
    queue_wait: Durations,
}

impl From<Point> for RunReportPoint {
    fn from(point: Point) -> Self {
        Self {
            starts_on_utc: point.starts.into(),
            runs: point.figures.runs,
            errored: point.figures.errored,
            latency: (&point.figures.latency).into(),
            queue_wait: (&point.figures.wait).into(),
        }
    }
}

/// What an account, or one of its cycles, did.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct CycleReportLine {
    /// API id of the account.
    account_id: String,
    /// Name of the account.
    account_name: String,
    /// Cycle; null in a line for a whole account.
    cycle_id: Option<Uuid>,
    /// Name of the cycle; empty when it is deleted.
    cycle_name: String,
    /// Transactions that have ended, by the day on which they were made.
    runs: i64,
    /// Of them those that did not complete.
    failed: i64,
    /// Error incidents.
    errors: i64,
    /// Warning incidents.
    warnings: i64,
}

fn line(named: Named<CycleFigures>, is_cycle: bool) -> CycleReportLine {
    CycleReportLine {
        account_id: named.account_key,
        account_name: named.account_name,
        cycle_id: is_cycle.then_some(named.line.cycle.0),
        cycle_name: named.cycle_name,
        runs: named.line.runs,
        failed: named.line.failed,
        errors: named.line.errors,
        warnings: named.line.warnings,
    }
}

/// Incidents of one cause: the same message at the same step.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct IncidentReportLine {
    /// API id of the account.
    account_id: String,
    /// Name of the account.
    account_name: String,
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
    /// Short message.
    short_message: String,
    /// How many.
    count: i64,
    /// When the first came, UTC.
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    first_on_utc: WireTime,
    /// When the last came, UTC.
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    last_on_utc: WireTime,
}

impl From<Named<ReportedCause>> for IncidentReportLine {
    fn from(named: Named<ReportedCause>) -> Self {
        let cause = named.line;
        let (step, step_name) = cause.step.unzip();
        Self {
            account_id: named.account_key,
            account_name: named.account_name,
            cycle_id: cause.cycle.0,
            cycle_name: named.cycle_name,
            step_id: step.map(|id| id.0),
            step_name,
            incident_level: cause.level.into(),
            short_message: cause.message,
            count: cause.count,
            first_on_utc: cause.first.into(),
            last_on_utc: cause.last.into(),
        }
    }
}

/// Executions of method steps.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct CallReportLine {
    /// Name of the connector; empty when it is gone.
    connector_name: String,
    /// Account connector; null where connectors are counted.
    account_connector_id: Option<i32>,
    /// What it is called.
    account_connector_name: Option<String>,
    /// API id of the account; null where connectors are counted.
    account_id: Option<String>,
    /// Name of the account.
    account_name: Option<String>,
    /// Cycle; null where more than a step is counted.
    cycle_id: Option<Uuid>,
    /// Name of the cycle.
    cycle_name: Option<String>,
    /// Step; null where more is counted.
    step_id: Option<Uuid>,
    /// What the step was called when it last ran.
    step_name: Option<String>,
    /// Executions, each attempt one.
    calls: u64,
    /// Of them those that failed.
    errored: u64,
    /// How long they took.
    latency: Durations,
}

impl From<Named<CallFigures>> for CallReportLine {
    fn from(named: Named<CallFigures>) -> Self {
        let figures = named.line;
        let is_one = figures.account.is_some();
        let is_step = figures.step.is_some();
        let (id, name) = figures.account_connector.unzip();
        let (cycle, step, step_name) = match figures.step {
            Some((cycle, step, name)) => (Some(cycle.0), Some(step.0), Some(name)),
            None => (None, None, None),
        };
        Self {
            connector_name: figures.connector,
            account_connector_id: id.map(|id| id.0),
            account_connector_name: name,
            account_id: is_one.then_some(named.account_key),
            account_name: is_one.then_some(named.account_name),
            cycle_id: cycle,
            cycle_name: is_step.then_some(named.cycle_name),
            step_id: step,
            step_name,
            calls: figures.calls,
            errored: figures.errored,
            latency: (&figures.latency).into(),
        }
    }
}

/// Of whom.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
struct Whose {
    /// Only of this account.
    account_id: Option<String>,
}

/// How long a point is.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
struct Every {
    /// Hour, for 31 days at most, or Day, for 13 months at most.
    interval: Option<String>,
}

/// How severe.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
struct HowSevere {
    /// Error or Warning; both when left out.
    level: Option<String>,
}

/// Counted by what.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
struct By {
    /// Connector, AccountConnector or Step.
    group: Option<String>,
}

fn of(whose: &Whose, period: Period) -> Result<ReportOf<'_>, ApiError> {
    let (after, before) = period.times()?;
    Ok(ReportOf {
        account: whose.account_id.as_deref(),
        after,
        before,
    })
}

fn word<T: Words>(name: &str, text: Option<&str>, usual: T) -> Result<T, ApiError> {
    match text.map(str::trim).filter(|text| !text.is_empty()) {
        None => Ok(usual),
        Some(text) => T::from_word(text).ok_or_else(|| {
            let words: Vec<_> = T::WORDS.iter().map(|(word, _)| *word).collect();
            ApiError::bad_request(
                "request.unknown_word",
                format_args!("{name} must be one of {}.", words.join(", ")),
            )
        }),
    }
}

/// Runs, errors and latency
///
/// Transactions that ended in each hour or day of a period, the last week when left out; without gaps, oldest first.
/// Figures come a few seconds after the end of a transaction.
#[utoipa::path(get, path = "/v1.0/partner/reports/runs", operation_id = "reportRuns", tag = "Reports",
    params(Whose, Every, Period),
    responses((status = 200, description = "The whole list.", body = Vec<RunReportPoint>), Malformed, Missing, Standard))]
async fn report_runs(
    State(reports): State<Reports>,
    AsPartner(actor): AsPartner,
    ApiQuery(whose): ApiQuery<Whose>,
    ApiQuery(every): ApiQuery<Every>,
    ApiQuery(period): ApiQuery<Period>,
) -> Result<Json<Vec<RunReportPoint>>, ApiError> {
    let interval = word("interval", every.interval.as_deref(), ReportInterval::Day)?;
    let by_day = matches!(interval, ReportInterval::Day);
    let points = reports.runs(&actor, of(&whose, period)?, by_day).await?;
    Ok(Json(points.into_iter().map(RunReportPoint::from).collect()))
}

/// Accounts with their runs and incidents
///
/// In a period, the last week when left out. Those with most errors first; those in which nothing happened are left
/// out.
#[utoipa::path(get, path = "/v1.0/partner/reports/accounts", operation_id = "reportAccounts", tag = "Reports",
    params(Paging, Whose, Period),
    responses((status = 200, description = "One page of the list.", body = Vec<CycleReportLine>), Malformed, Missing, Standard))]
async fn report_accounts(
    State(reports): State<Reports>,
    AsPartner(actor): AsPartner,
    ApiQuery(paging): ApiQuery<Paging>,
    ApiQuery(whose): ApiQuery<Whose>,
    ApiQuery(period): ApiQuery<Period>,
) -> Result<Paged<CycleReportLine>, ApiError> {
    let page = reports
        .accounts(&actor, of(&whose, period)?, &paging.into())
        .await?;
    Ok(Paged(page.map(|named| line(named, false))))
}

/// Cycles with their runs and incidents
///
/// In a period, the last week when left out. Those with most errors first; those in which nothing happened are left
/// out.
#[utoipa::path(get, path = "/v1.0/partner/reports/cycles", operation_id = "reportCycles", tag = "Reports",
    params(Paging, Whose, Period),
    responses((status = 200, description = "One page of the list.", body = Vec<CycleReportLine>), Malformed, Missing, Standard))]
async fn report_cycles(
    State(reports): State<Reports>,
    AsPartner(actor): AsPartner,
    ApiQuery(paging): ApiQuery<Paging>,
    ApiQuery(whose): ApiQuery<Whose>,
    ApiQuery(period): ApiQuery<Period>,
) -> Result<Paged<CycleReportLine>, ApiError> {
    let page = reports
        .cycles(&actor, of(&whose, period)?, &paging.into())
        .await?;
    Ok(Paged(page.map(|named| line(named, true))))
}

/// Incidents by cause
///
/// The same message at the same step is one cause. In a period, the last week when left out; the most frequent first.
#[utoipa::path(get, path = "/v1.0/partner/reports/incidents", operation_id = "reportIncidents", tag = "Reports",
    params(Paging, Whose, HowSevere, Period),
    responses((status = 200, description = "One page of the list.", body = Vec<IncidentReportLine>), Malformed, Missing, Standard))]
async fn report_incidents(
    State(reports): State<Reports>,
    AsPartner(actor): AsPartner,
    ApiQuery(paging): ApiQuery<Paging>,
    ApiQuery(whose): ApiQuery<Whose>,
    ApiQuery(severe): ApiQuery<HowSevere>,
    ApiQuery(period): ApiQuery<Period>,
) -> Result<Paged<IncidentReportLine>, ApiError> {
    let level = severe.level.filter(|level| !level.trim().is_empty());
    let level = match level {
        None => None,
        Some(text) => Some(match word("level", Some(&text), IncidentLevel::Error)? {
            IncidentLevel::Error => Level::Error,
            IncidentLevel::Warning => Level::Warning,
        }),
    };
    let page = reports
        .incidents(&actor, of(&whose, period)?, level, &paging.into())
        .await?;
    Ok(Paged(page.map(IncidentReportLine::from)))
}

/// Calls of connectors
///
/// Executions of method steps: of a connector over all accounts, of account connectors, or of steps. Whole days of a
/// period, the last week when left out; the most frequent first.
#[utoipa::path(get, path = "/v1.0/partner/reports/calls", operation_id = "reportCalls", tag = "Reports",
    params(Paging, Whose, By, Period),
    responses((status = 200, description = "One page of the list.", body = Vec<CallReportLine>), Malformed, Missing, Standard))]
async fn report_calls(
    State(reports): State<Reports>,
    AsPartner(actor): AsPartner,
    ApiQuery(paging): ApiQuery<Paging>,
    ApiQuery(whose): ApiQuery<Whose>,
    ApiQuery(by): ApiQuery<By>,
    ApiQuery(period): ApiQuery<Period>,
) -> Result<Paged<CallReportLine>, ApiError> {
    let by = match word("group", by.group.as_deref(), CallGroup::Connector)? {
        CallGroup::Connector => CallsBy::Connector,
        CallGroup::AccountConnector => CallsBy::AccountConnector,
        CallGroup::Step => CallsBy::Step,
    };
    let page = reports
        .calls(&actor, of(&whose, period)?, by, &paging.into())
        .await?;
    Ok(Paged(page.map(CallReportLine::from)))
}

impl From<ReportError> for ApiError {
    fn from(error: ReportError) -> Self {
        match error {
            ReportError::NoAccount => Self::not_found("account.not_found"),
            ReportError::Backwards => Self::bad_request("report.period_invalid", error),
            ReportError::TooLong(_) => Self::bad_request("report.period_too_long", error),
            ReportError::Store(cause) => Self::from(cause),
        }
    }
}
