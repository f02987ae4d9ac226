//! The partner itself: details, usage, regions, audit log.

use axum::{Json, extract::State};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;
use velodrome_model::{AuditEntry, AuditFilter, MonthlyUsage, PageRequest, PartnerScope, Region};
use velodrome_service::{
    Partners, Settings,
    partners::{PartnerChange, PartnerDetails},
};

use crate::{
    ApiError, ApiState, WireTime,
    extract::{ApiJson, ApiQuery, AsAny, AsPartner},
    lenient::{Keep, Patch},
    paging::{Paged, Paging, SortedPaging},
    parse_time,
    responses::{Malformed, Standard},
};

/// Routes of the partner.
pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(get_partner, update_partner))
        .routes(routes!(list_partner_usage))
        .routes(routes!(list_regions, set_regions))
        .routes(routes!(list_audit_log))
}

/// The partner itself.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
#[schema(as = PartnerDetails)]
pub struct PartnerDetailsBody {
    /// Id of the partner.
    #[schema(read_only)]
    id: Uuid,
    /// Name.
    name: String,
    /// Contact.
    contact_name: Option<String>,
    /// E-mail of the contact.
    contact_email: Option<String>,
    /// Public origin (service domain).
    #[schema(read_only, format = "uri")]
    public_url: String,
    /// OAuth callback of every connector.
    #[schema(read_only, format = "uri")]
    callback_url: String,
    /// API id of the built-in account that holds templates.
    #[schema(read_only)]
    template_account_id: String,
    /// Name of the plan; unlimited when self-hosted.
    #[schema(read_only)]
    plan_name: Option<String>,
    /// Other partners of the group see the contact.
    #[schema(required = false)]
    share_details_with_group: bool,
    /// Tasks per period; null means unlimited.
    included_tasks: Option<i64>,
    /// Connectors; null means unlimited.
    included_connectors: Option<i64>,
    /// Tasks used in the period.
    #[schema(required = false, read_only)]
    tasks_used: i64,
    /// Different connectors in use.
    #[schema(required = false, read_only)]
    connectors_in_use: u64,
    /// Custom connectors allowed.
    #[schema(required = false)]
    custom_connectors_enabled: bool,
    /// Marketplaces allowed.
    #[schema(required = false)]
    marketplace_enabled: bool,
}

impl From<PartnerDetails> for PartnerDetailsBody {
    fn from(details: PartnerDetails) -> Self {
        let partner = details.partner;
        Self {
            id: partner.id.0,
            name: partner.name,
            contact_name: partner.contact_name,
            contact_email: partner.contact_email,
            callback_url: format!("{}/connector/callback", details.public_origin),
            public_url: details.public_origin,
            template_account_id: details.template_account.to_string(),
            // Whoever runs it has no plan but their own machine: nothing is metered out.
            plan_name: Some("Self-hosted".to_owned()),
            share_details_with_group: partner.share_details_with_group,
            included_tasks: None,
            included_connectors: None,
            tasks_used: details.tasks_used,
            connectors_in_use: details.connectors_in_use,
            custom_connectors_enabled: partner.general.custom_connectors_enabled,
            marketplace_enabled: true,
        }
    }
}

/// Changes to the partner.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct PartnerUpdate {
    /// Name.
    #[serde(default)]
    #[schema(value_type = String, required = false)]
    name: Keep<String>,
    /// Other partners of the group see the contact.
    #[serde(default)]
    #[schema(value_type = bool, required = false)]
    share_details_with_group: Keep<bool>,
    /// Contact.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    contact_name: Patch<String>,
    /// E-mail of the contact.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    contact_email: Patch<String>,
}

impl From<PartnerUpdate> for PartnerChange {
    fn from(update: PartnerUpdate) -> Self {
        Self {
            name: update.name.0,
            share_details_with_group: update.share_details_with_group.0,
            contact_name: update.contact_name.into_change(),
            contact_email: update.contact_email.into_change(),
        }
    }
}

/// Tasks of one account in one month.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct UsageRow {
    /// API id of the account.
    account_id: String,
    /// Name of the account.
    account_name: String,
    /// Month, YYYY-MM, UTC.
    month: String,
    /// Number of tasks.
    tasks: i64,
    /// Number of incidents.
    #[schema(required = false)]
    incidents: i64,
}

impl From<MonthlyUsage> for UsageRow {
    fn from(usage: MonthlyUsage) -> Self {
        let (year, month) = usage.month;
        Self {
            account_id: usage.account.to_string(),
            account_name: usage.account_name,
            month: format!("{year:04}-{month:02}"),
            tasks: usage.tasks,
            incidents: usage.incidents,
        }
    }
}

/// A server and the addresses it calls from.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
#[schema(as = Region)]
pub struct RegionBody {
    /// Where it stands.
    server: String,
    /// Host of its console.
    url: String,
    /// Addresses outbound calls come from; put them on allow lists.
    ip_addresses: Vec<String>,
    /// This installation.
    #[serde(default)]
    #[schema(required = false)]
    is_this_installation: bool,
}

impl From<Region> for RegionBody {
    fn from(region: Region) -> Self {
        Self {
            server: region.server,
            url: region.url,
            ip_addresses: region.ip_addresses,
            is_this_installation: region.is_this_installation,
        }
    }
}

impl From<RegionBody> for Region {
    fn from(body: RegionBody) -> Self {
        Self {
            server: body.server,
            url: body.url,
            ip_addresses: body.ip_addresses,
            is_this_installation: body.is_this_installation,
        }
    }
}

/// Kind of actor.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub enum ActorType {
    /// A console administrator.
    Administrator,
    /// A user of accounts.
    User,
    /// An API client.
    Client,
    /// The product itself.
    System,
}

/// Something somebody did.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct AuditLogEntry {
    /// Id.
    id: Uuid,
    /// Time, UTC.
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    timestamp_utc: WireTime,
    /// User name or client id.
    actor: String,
    /// Kind of actor.
    actor_type: ActorType,
    /// What was done.
    action: String,
    /// Kind of object.
    object_type: String,
    /// Id of the object.
    object_id: String,
    /// API id of the account, if any.
    account_id: Option<String>,
    /// Free text.
    comment: Option<String>,
    /// Address of the caller.
    ip_address: Option<String>,
}

impl From<AuditEntry> for AuditLogEntry {
    fn from(entry: AuditEntry) -> Self {
        Self {
            id: entry.id.0,
            timestamp_utc: entry.at.into(),
            actor: entry.actor,
            actor_type: match entry.actor_kind.as_str() {
                "Administrator" => ActorType::Administrator,
                "User" => ActorType::User,
                "Client" => ActorType::Client,
                _ => ActorType::System,
            },
            action: entry.action,
            object_type: entry.object_type,
            object_id: entry.object_id,
            account_id: entry.account.map(|key| key.to_string()),
            comment: entry.comment,
            ip_address: entry.ip_address,
        }
    }
}

/// Which account's usage.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
struct UsageFilter {
    /// Only this account.
    account_id: Option<String>,
}

/// Which entries of the audit log.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
struct AuditLogFilter {
    /// Only items created at or after this time (UTC). ISO 8601, or month/day/year with 1 or 2 digits.
    after: Option<String>,
    /// Only items created before this time (UTC). Same formats.
    before: Option<String>,
    /// Only this actor.
    actor: Option<String>,
    /// Only this kind of object.
    object_type: Option<String>,
    /// Only this object.
    object_id: Option<String>,
    /// Only this account.
    account_id: Option<String>,
}

/// Get the partner
///
/// Details, public URLs, the template account and usage.
#[utoipa::path(get, path = "/v1.0/partner", operation_id = "getPartner", tag = "Partner",
    responses((status = 200, description = "The partner details.", body = PartnerDetailsBody), Standard))]
async fn get_partner(
    State(partners): State<Partners>,
    AsPartner(actor): AsPartner,
) -> Result<Json<PartnerDetailsBody>, ApiError> {
    let details = partners
        .details(&actor)
        .await
        .map_err(ApiError::unexpected)?;
    Ok(Json(details.into()))
}

/// Update the partner
///
/// Name and contact.
#[utoipa::path(put, path = "/v1.0/partner", operation_id = "updatePartner", tag = "Partner", request_body = PartnerUpdate,
    responses((status = 200, description = "The partner details after the change.", body = PartnerDetailsBody), Malformed, Standard))]
async fn update_partner(
    State(partners): State<Partners>,
    AsPartner(actor): AsPartner,
    ApiJson(update): ApiJson<PartnerUpdate>,
) -> Result<Json<PartnerDetailsBody>, ApiError> {
    Ok(Json(partners.change(&actor, update.into()).await?.into()))
}

/// Task usage per account and month
///
/// The last 13 months. Default order: Month descending, AccountName.
#[utoipa::path(get, path = "/v1.0/partner/usage", operation_id = "listPartnerUsage", tag = "Partner", params(Paging, UsageFilter),
    responses((status = 200, description = "One page of the list.", body = Vec<UsageRow>), Standard))]
async fn list_partner_usage(
    State(partners): State<Partners>,
    AsPartner(actor): AsPartner,
    ApiQuery(paging): ApiQuery<Paging>,
    ApiQuery(filter): ApiQuery<UsageFilter>,
) -> Result<Paged<UsageRow>, ApiError> {
    let page = partners
        .usage(&actor, filter.account_id.as_deref(), &paging.into())
        .await;
    Ok(Paged(
        page.map_err(ApiError::unexpected)?.map(UsageRow::from),
    ))
}

/// Servers and their outbound addresses
///
/// What customers put on allow lists of third parties; shown in guides as {{RegionTable}}. Any token may read it.
#[utoipa::path(get, path = "/v1.0/partner/regions", operation_id = "listRegions", tag = "Partner",
    responses((status = 200, description = "The whole list.", body = Vec<RegionBody>), Standard))]
async fn list_regions(
    State(settings): State<Settings>,
    AsAny(actor): AsAny,
) -> Result<Json<Vec<RegionBody>>, ApiError> {
    regions(&settings, actor.partner()).await
}

/// Set the table of servers
///
/// Replaces the table. Without it there is one row, made from the public URL.
#[utoipa::path(put, path = "/v1.0/partner/regions", operation_id = "setRegions", tag = "Partner", request_body = Vec<RegionBody>,
    responses((status = 200, description = "The whole list.", body = Vec<RegionBody>), Malformed, Standard))]
async fn set_regions(
    State(settings): State<Settings>,
    AsPartner(actor): AsPartner,
    ApiJson(regions): ApiJson<Vec<RegionBody>>,
) -> Result<Json<Vec<RegionBody>>, ApiError> {
    let regions = regions.into_iter().map(Region::from).collect();
    Ok(Json(
        settings
            .set_regions(&actor, regions)
            .await?
            .into_iter()
            .map(Into::into)
            .collect(),
    ))
}

async fn regions(
    settings: &Settings,
    scope: PartnerScope,
) -> Result<Json<Vec<RegionBody>>, ApiError> {
    let regions = settings
        .regions(scope)
        .await
        .map_err(ApiError::unexpected)?;
    Ok(Json(regions.into_iter().map(Into::into).collect()))
}

/// Audit log
///
/// Every change by an administrator, user, client or the system. Newest first. Default order: TimestampUtc descending.
#[utoipa::path(get, path = "/v1.0/partner/auditlog", operation_id = "listAuditLog", tag = "Partner",
    params(SortedPaging, AuditLogFilter),
    responses((status = 200, description = "One page of the list.", body = Vec<AuditLogEntry>), Malformed, Standard))]
async fn list_audit_log(
    State(partners): State<Partners>,
    AsPartner(actor): AsPartner,
    ApiQuery(paging): ApiQuery<SortedPaging>,
    ApiQuery(filter): ApiQuery<AuditLogFilter>,
) -> Result<Paged<AuditLogEntry>, ApiError> {
    let account = filter.account_id;
    let filter = AuditFilter {
        after: time("after", filter.after)?,
        before: time("before", filter.before)?,
        actor: filter.actor,
        object_type: filter.object_type,
        object_id: filter.object_id,
        account: None,
    };
    let page = partners
        .audit_log(
            &actor,
            filter,
            account.as_deref(),
            &PageRequest::from(paging),
        )
        .await;
    Ok(Paged(
        page.map_err(ApiError::unexpected)?.map(AuditLogEntry::from),
    ))
}

fn time(
    name: &str,
    text: Option<String>,
) -> Result<Option<chrono::DateTime<chrono::Utc>>, ApiError> {
    let Some(text) = text.filter(|text| !text.trim().is_empty()) else {
        return Ok(None);
    };
    match parse_time(&text) {
        Some(time) => Ok(Some(time)),
        None => Err(ApiError::bad_request(
            "request.date_invalid",
            format_args!("{name} must be a date, such as 2026-01-31."),
        )),
    }
}
