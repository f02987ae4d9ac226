//! Console administrators of the partner.

use axum::{Json, extract::State, http::StatusCode};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;
use velodrome_model::{AdministratorId, ExposeSecret, Role};
use velodrome_service::{
    Administrators,
    administrators::{AdministratorError, Member},
};

use crate::{
    ApiError, ApiState, Site, WireTime,
    extract::{ApiJson, ApiPath, AsPartner},
    lenient::{Keep, wire_words},
    responses::{Conflicting, Malformed, Missing, Standard},
};

/// Routes of administrators.
pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list_administrators, invite_administrator))
        .routes(routes!(update_administrator, remove_administrator))
}

wire_words! {
    /// Rights of a console administrator.
    pub enum AdministratorRole {
        /// Everything.
        Administrator,
        /// Templates, connectors, tests.
        Builder,
        /// Accounts, reports, retry; no secrets.
        Support,
        /// Looking, without secrets.
        ReadOnly,
    }
}

impl From<Role> for AdministratorRole {
    fn from(role: Role) -> Self {
        match role {
            Role::Administrator => Self::Administrator,
            Role::Builder => Self::Builder,
            Role::Support => Self::Support,
            Role::ReadOnly => Self::ReadOnly,
        }
    }
}

impl From<AdministratorRole> for Role {
    fn from(role: AdministratorRole) -> Self {
        match role {
            AdministratorRole::Administrator => Self::Administrator,
            AdministratorRole::Builder => Self::Builder,
            AdministratorRole::Support => Self::Support,
            AdministratorRole::ReadOnly => Self::ReadOnly,
        }
    }
}

/// A console administrator.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
#[schema(as = Administrator)]
pub struct AdministratorBody {
    /// Id.
    id: Uuid,
    /// E-mail address.
    username: String,
    /// Name.
    name: Option<String>,
    /// Last sign-in, UTC.
    #[schema(value_type = Option<chrono::DateTime<chrono::Utc>>)]
    last_login_utc: Option<WireTime>,
    /// Rights.
    #[schema(required = false)]
    role: AdministratorRole,
    /// Gets mail about incidents and usage.
    account_activity_notifications: bool,
    /// Has not accepted yet.
    #[schema(required = false)]
    invitation_pending: bool,
}

impl From<Member> for AdministratorBody {
    fn from((person, membership): Member) -> Self {
        Self {
            id: person.id.0,
            username: person.email,
            name: person.name,
            last_login_utc: person.last_login_at.map(WireTime),
            role: membership.role.into(),
            account_activity_notifications: membership.notifications,
            invitation_pending: person.invitation_pending,
        }
    }
}

/// Somebody to invite.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct AdministratorInvite {
    /// Rights; Administrator when absent.
    #[serde(default)]
    #[schema(value_type = AdministratorRole, required = false)]
    role: Keep<AdministratorRole>,
    /// E-mail address.
    #[serde(default)]
    #[schema(value_type = String, required = true)]
    email: Keep<String>,
}

/// Changes.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct AdministratorUpdate {
    /// Rights.
    #[serde(default)]
    #[schema(value_type = AdministratorRole, required = false)]
    role: Keep<AdministratorRole>,
    /// Gets mail about incidents and usage.
    #[serde(default)]
    #[schema(value_type = bool, required = false)]
    account_activity_notifications: Keep<bool>,
}

/// A console administrator who has just been invited.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct InvitedAdministrator {
    /// The administrator.
    #[serde(flatten)]
    administrator: AdministratorBody,
    /// Link that lets the person choose a password; null for somebody who has one already. It is shown
    /// only here, and without a mail server reaches the person by hand.
    invitation_url: Option<String>,
}

/// List administrators
///
/// Console administrators. Default order: Username.
#[utoipa::path(get, path = "/v1.0/partner/administrators", operation_id = "listAdministrators", tag = "Partner settings",
    responses((status = 200, description = "The whole list.", body = Vec<AdministratorBody>), Standard))]
async fn list_administrators(
    State(administrators): State<Administrators>,
    AsPartner(actor): AsPartner,
) -> Result<Json<Vec<AdministratorBody>>, ApiError> {
    Ok(Json(
        administrators
            .list(&actor)
            .await?
            .into_iter()
            .map(Into::into)
            .collect(),
    ))
}

/// Invite an administrator
///
/// By e-mail; the link is returned in the console when no mail server is set.
#[utoipa::path(post, path = "/v1.0/partner/administrators", operation_id = "inviteAdministrator", tag = "Partner settings",
    request_body = AdministratorInvite,
    responses((status = 201, description = "Created: the new administrator.", body = InvitedAdministrator), Malformed, Conflicting, Standard))]
async fn invite_administrator(
    State(administrators): State<Administrators>,
    State(site): State<Site>,
    AsPartner(actor): AsPartner,
    ApiJson(request): ApiJson<AdministratorInvite>,
) -> Result<(StatusCode, Json<InvitedAdministrator>), ApiError> {
    let role = request.role.0.map_or(Role::Administrator, Role::from);
    let invited = administrators
        .invite(&actor, &request.email.0.unwrap_or_default(), role)
        .await?;
    let link = invited.token.map(|token| {
        site.address(&format!(
            "console/invitation?token={}",
            token.expose_secret()
        ))
    });
    let body = InvitedAdministrator {
        administrator: invited.member.into(),
        invitation_url: link,
    };
    Ok((StatusCode::CREATED, Json(body)))
}

/// Update an administrator
///
/// Notifications.
#[utoipa::path(put, path = "/v1.0/partner/administrators/{administratorId}", operation_id = "updateAdministrator",
    tag = "Partner settings", params(("administratorId" = Uuid, Path, description = "Id of the administrator.")),
    request_body = AdministratorUpdate,
    responses((status = 200, description = "The administrator after the change.", body = AdministratorBody), Missing, Standard))]
async fn update_administrator(
    State(administrators): State<Administrators>,
    AsPartner(actor): AsPartner,
    ApiPath(id): ApiPath<AdministratorId>,
    ApiJson(update): ApiJson<AdministratorUpdate>,
) -> Result<Json<AdministratorBody>, ApiError> {
    let role = update.role.0.map(Role::from);
    Ok(Json(
        administrators
            .change(&actor, id, role, update.account_activity_notifications.0)
            .await?
            .into(),
    ))
}

/// Remove an administrator
///
/// Ends its sessions.
#[utoipa::path(delete, path = "/v1.0/partner/administrators/{administratorId}", operation_id = "removeAdministrator",
    tag = "Partner settings", params(("administratorId" = Uuid, Path, description = "Id of the administrator.")),
    responses((status = 204, description = "Removed."), Missing, Conflicting, Standard))]
async fn remove_administrator(
    State(administrators): State<Administrators>,
    AsPartner(actor): AsPartner,
    ApiPath(id): ApiPath<AdministratorId>,
) -> Result<StatusCode, ApiError> {
    administrators.remove(&actor, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

impl From<AdministratorError> for ApiError {
    fn from(error: AdministratorError) -> Self {
        match error {
            AdministratorError::NotFound => Self::not_found("administrator.not_found"),
            AdministratorError::Exists => Self::conflict("administrator.exists", error),
            AdministratorError::Last => Self::conflict("administrator.last", error),
            AdministratorError::Invalid(invalid) => invalid.into(),
            AdministratorError::Store(cause) => Self::unexpected(cause),
        }
    }
}
