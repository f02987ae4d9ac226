//! What administrators manage of themselves: second factor, password, sessions, an invitation.

use axum::{Json, extract::State, http::StatusCode};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;
use velodrome_model::{ExposeSecret, SecretString};
use velodrome_service::{Console, access::Credential, console::SelfServiceError};

use crate::{
    ApiError, ApiState, ClientAddress, WireTime,
    extract::{AnyCaller, ApiJson, ApiPath},
    responses::{Malformed, Missing, Standard},
};

/// Routes of an administrator's own security.
pub(super) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(begin_totp, confirm_totp, remove_totp))
        .routes(routes!(change_password))
        .routes(routes!(list_sessions))
        .routes(routes!(end_session))
        .routes(routes!(accept_invitation))
}

/// Confirmation by password.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
struct PasswordConfirmation {
    /// Current password.
    #[schema(value_type = Option<String>)]
    password: Option<SecretString>,
}

/// A second factor that waits for its first code.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
struct TotpEnrolment {
    /// Secret in base32, for typing in.
    secret: String,
    /// Address for scanning.
    otpauth_uri: String,
}

/// A code of the second factor.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
struct TotpCode {
    /// Six digits.
    #[schema(value_type = String)]
    code: SecretString,
}

/// A new password.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
struct PasswordChange {
    /// Current password.
    #[schema(value_type = String)]
    current: SecretString,
    /// New password.
    #[schema(value_type = String)]
    new: SecretString,
}

/// Acceptance of an invitation.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
struct InvitationAcceptance {
    /// Token of the link.
    #[schema(value_type = String)]
    token: SecretString,
    /// Name to be shown.
    name: Option<String>,
    /// Password.
    #[schema(value_type = String)]
    password: SecretString,
}

/// Where an administrator is signed in.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
struct SessionInfo {
    /// Id.
    id: Uuid,
    /// When it began, UTC.
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    created_on_utc: WireTime,
    /// When it was last used, UTC.
    #[schema(value_type = Option<chrono::DateTime<chrono::Utc>>)]
    last_seen_utc: Option<WireTime>,
    /// Where it began.
    ip_address: Option<String>,
    /// The browser.
    user_agent: Option<String>,
    /// The session of this request.
    is_current: bool,
}

/// Begin to set up a second factor
#[utoipa::path(post, path = "/console/session/totp", operation_id = "beginSecondFactor", tag = "Console",
    request_body(content = PasswordConfirmation, description = "The password, when a second factor is replaced."),
    responses((status = 200, description = "Shown once; in force once confirmed.", body = TotpEnrolment), Malformed, Standard))]
async fn begin_totp(
    State(console): State<Console>,
    AnyCaller(caller): AnyCaller,
    ApiJson(request): ApiJson<PasswordConfirmation>,
) -> Result<Json<TotpEnrolment>, ApiError> {
    let new = console
        .begin_second_factor(&caller, request.password.as_ref())
        .await?;
    Ok(Json(TotpEnrolment {
        secret: new.secret.expose_secret().to_owned(),
        otpauth_uri: new.address.expose_secret().to_owned(),
    }))
}

/// Put a second factor in force
#[utoipa::path(put, path = "/console/session/totp", operation_id = "confirmSecondFactor", tag = "Console", request_body = TotpCode,
    responses((status = 204, description = "In force; other sessions have ended."), Malformed, Standard))]
async fn confirm_totp(
    State(console): State<Console>,
    AnyCaller(caller): AnyCaller,
    ApiJson(request): ApiJson<TotpCode>,
) -> Result<StatusCode, ApiError> {
    console
        .confirm_second_factor(&caller, &request.code)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Remove the second factor
#[utoipa::path(delete, path = "/console/session/totp", operation_id = "removeSecondFactor", tag = "Console",
    request_body = PasswordConfirmation,
    responses((status = 204, description = "Removed."), Malformed, Standard))]
async fn remove_totp(
    State(console): State<Console>,
    AnyCaller(caller): AnyCaller,
    ApiJson(request): ApiJson<PasswordConfirmation>,
) -> Result<StatusCode, ApiError> {
    let password = request.password.ok_or(SelfServiceError::WrongPassword)?;
    console.remove_second_factor(&caller, &password).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Change the password
#[utoipa::path(put, path = "/console/session/password", operation_id = "changePassword", tag = "Console", request_body = PasswordChange,
    responses((status = 204, description = "Changed; other sessions have ended."), Malformed, Standard))]
async fn change_password(
    State(console): State<Console>,
    AnyCaller(caller): AnyCaller,
    ApiJson(request): ApiJson<PasswordChange>,
) -> Result<StatusCode, ApiError> {
    console
        .change_password(&caller, &request.current, &request.new)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// List one's sessions
#[utoipa::path(get, path = "/console/sessions", operation_id = "listConsoleSessions", tag = "Console",
    responses((status = 200, description = "The latest first.", body = Vec<SessionInfo>), Standard))]
async fn list_sessions(
    State(console): State<Console>,
    AnyCaller(caller): AnyCaller,
) -> Result<Json<Vec<SessionInfo>>, ApiError> {
    let sessions = console
        .sessions(&caller)
        .await
        .map_err(ApiError::unexpected)?;
    let infos = sessions.into_iter().map(|session| SessionInfo {
        is_current: caller.credential == Credential::Session(session.id),
        id: session.id,
        created_on_utc: session.created_at.into(),
        last_seen_utc: Some(session.last_seen_at.into()),
        ip_address: session.address,
        user_agent: session.user_agent,
    });
    Ok(Json(infos.collect()))
}

/// End one of one's sessions
#[utoipa::path(delete, path = "/console/sessions/{sessionId}", operation_id = "endConsoleSession", tag = "Console",
    params(("sessionId" = Uuid, Path, description = "Id of the session.")),
    responses((status = 204, description = "Ended."), Missing, Standard))]
async fn end_session(
    State(console): State<Console>,
    AnyCaller(caller): AnyCaller,
    ApiPath(id): ApiPath<Uuid>,
) -> Result<StatusCode, ApiError> {
    match console
        .end_session(&caller, id)
        .await
        .map_err(ApiError::unexpected)?
    {
        true => Ok(StatusCode::NO_CONTENT),
        false => Err(ApiError::not_found("session.not_found")),
    }
}

/// Accept an invitation
#[utoipa::path(post, path = "/console/invitation", operation_id = "acceptInvitation", tag = "Console", security(()),
    request_body = InvitationAcceptance,
    responses((status = 204, description = "Accepted; sign in next."), Malformed))]
async fn accept_invitation(
    State(console): State<Console>,
    ClientAddress(address): ClientAddress,
    ApiJson(request): ApiJson<InvitationAcceptance>,
) -> Result<StatusCode, ApiError> {
    console
        .accept_invitation(
            &request.token,
            request.name.as_deref(),
            &request.password,
            address,
        )
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

impl From<SelfServiceError> for ApiError {
    fn from(error: SelfServiceError) -> Self {
        match error {
            SelfServiceError::Denied => Self::unauthorized("auth.session_required", true),
            SelfServiceError::WrongPassword => Self::bad_request("session.wrong_password", error),
            SelfServiceError::WrongCode => Self::bad_request("session.wrong_code", error),
            SelfServiceError::NothingToConfirm => {
                Self::bad_request("session.nothing_to_confirm", error)
            }
            SelfServiceError::SecondFactorRequired => {
                Self::bad_request("session.second_factor_enforced", error)
            }
            SelfServiceError::InvitationGone => Self::bad_request("invitation.gone", error),
            SelfServiceError::WeakPassword(_) => Self::bad_request("session.password_weak", error),
            SelfServiceError::Invalid(invalid) => invalid.into(),
            SelfServiceError::Hashing(cause) => Self::unexpected(cause),
            SelfServiceError::Store(cause) => Self::unexpected(cause),
        }
    }
}
