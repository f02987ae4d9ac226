//! IP rules of the partner.

use axum::{Json, extract::State, http::StatusCode};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use velodrome_model::{self as model, IpRule, IpRuleId};
use velodrome_service::{
    IpRules,
    ip_rules::{IpRuleError, NewIpRule},
};

use crate::{
    ApiError, ApiState, WireTime,
    extract::{ApiJson, ApiPath, AsPartner},
    lenient::wire_words,
    responses::{Conflicting, Malformed, Missing, Standard},
};

/// Routes of IP rules.
pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list_ip_restrictions, create_ip_restriction))
        .routes(routes!(delete_ip_restriction))
}

wire_words! {
    /// What an IP rule protects.
    pub enum IpRestrictionScope {
        /// All of /v1.0.
        Api,
        /// The console.
        Console,
        /// Calls of methods of non-native connectors: methods, test and proxy.
        MethodCall,
    }
}

impl From<IpRestrictionScope> for model::IpScope {
    fn from(scope: IpRestrictionScope) -> Self {
        match scope {
            IpRestrictionScope::Api => Self::Api,
            IpRestrictionScope::Console => Self::Console,
            IpRestrictionScope::MethodCall => Self::MethodCall,
        }
    }
}

impl From<model::IpScope> for IpRestrictionScope {
    fn from(scope: model::IpScope) -> Self {
        match scope {
            model::IpScope::Api => Self::Api,
            model::IpScope::Console => Self::Console,
            model::IpScope::MethodCall => Self::MethodCall,
        }
    }
}

/// All rules and the address of the caller.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct IpRestrictionList {
    /// Address this call came from.
    caller_ip: String,
    /// Rules.
    items: Vec<IpRestriction>,
}

/// An allowed address.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct IpRestriction {
    /// Id of the rule.
    #[schema(read_only)]
    id: i32,
    /// What it protects.
    scope: IpRestrictionScope,
    /// IPv4 or IPv6 address or CIDR.
    cidr: String,
    /// What it is for.
    description: Option<String>,
    /// Time of creation, UTC.
    #[schema(value_type = chrono::DateTime<chrono::Utc>, required = false, read_only)]
    created_on_utc: WireTime,
}

impl From<IpRule> for IpRestriction {
    fn from(rule: IpRule) -> Self {
        Self {
            id: rule.id.0,
            scope: rule.scope.into(),
            cidr: rule.cidr,
            description: rule.description,
            created_on_utc: rule.created_at.into(),
        }
    }
}

/// New rule.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct IpRestrictionCreate {
    /// What it protects.
    scope: IpRestrictionScope,
    /// IPv4 or IPv6 address or CIDR.
    cidr: String,
    /// What it is for.
    description: Option<String>,
}

/// List IP rules
///
/// Without rules for a scope that scope is open.
#[utoipa::path(get, path = "/v1.0/partner/iprestrictions", operation_id = "listIpRestrictions", tag = "Partner settings",
    responses((status = 200, description = "The ip restriction list.", body = IpRestrictionList), Standard))]
async fn list_ip_restrictions(
    State(rules): State<IpRules>,
    AsPartner(actor): AsPartner,
) -> Result<Json<IpRestrictionList>, ApiError> {
    let items = rules
        .list(&actor)
        .await?
        .into_iter()
        .map(Into::into)
        .collect();
    let address = actor
        .principal
        .address
        .map(|address| address.to_canonical().to_string());
    Ok(Json(IpRestrictionList {
        caller_ip: address.unwrap_or_default(),
        items,
    }))
}

/// Allow an address
///
/// The first rule of scope Api or Console must include the address of the caller.
#[utoipa::path(post, path = "/v1.0/partner/iprestrictions", operation_id = "createIpRestriction", tag = "Partner settings",
    request_body = IpRestrictionCreate,
    responses((status = 201, description = "Created: the new ip restriction.", body = IpRestriction), Malformed, Conflicting, Standard))]
async fn create_ip_restriction(
    State(rules): State<IpRules>,
    AsPartner(actor): AsPartner,
    ApiJson(request): ApiJson<IpRestrictionCreate>,
) -> Result<(StatusCode, Json<IpRestriction>), ApiError> {
    let new = NewIpRule {
        scope: request.scope.into(),
        cidr: request.cidr,
        description: request.description,
    };
    Ok((
        StatusCode::CREATED,
        Json(rules.create(&actor, new).await?.into()),
    ))
}

/// Remove an IP rule
///
/// Removing the last one of a scope opens it.
#[utoipa::path(delete, path = "/v1.0/partner/iprestrictions/{ruleId}", operation_id = "deleteIpRestriction",
    tag = "Partner settings", params(("ruleId" = i32, Path, description = "Id of the rule.")),
    responses((status = 204, description = "Removed."), Missing, Conflicting, Standard))]
async fn delete_ip_restriction(
    State(rules): State<IpRules>,
    AsPartner(actor): AsPartner,
    ApiPath(id): ApiPath<IpRuleId>,
) -> Result<StatusCode, ApiError> {
    rules.delete(&actor, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

impl From<IpRuleError> for ApiError {
    fn from(error: IpRuleError) -> Self {
        match error {
            IpRuleError::NotFound => Self::not_found("ip_rule.not_found"),
            IpRuleError::Exists => Self::conflict("ip_rule.exists", error),
            IpRuleError::LocksOut(_) => Self::conflict("ip_rule.locks_out", error),
            IpRuleError::Invalid(invalid) => invalid.into(),
            IpRuleError::Store(cause) => Self::unexpected(cause),
        }
    }
}
