//! Partner credentials: client credentials, access tokens, the password grant's client.

use axum::{Json, extract::State, http::StatusCode};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;
use velodrome_model::{AccessToken, AccessTokenId, ExposeSecret, Grant, OAuthClient};
use velodrome_service::{
    Clients,
    clients::{ClientError, ClientSecret, PasswordClient},
};

use crate::{
    ApiError, ApiState, WireTime,
    extract::{ApiJson, ApiPath, ApiQuery, AsPartner},
    lenient::Keep,
    paging::{Paged, SortedPaging},
    responses::{Conflicting, Malformed, Missing, Standard},
};

/// Routes of credentials.
pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list_oauth_clients, create_oauth_client))
        .routes(routes!(reveal_oauth_client_secret))
        .routes(routes!(revoke_oauth_client))
        .routes(routes!(list_access_tokens))
        .routes(routes!(revoke_access_token))
        .routes(routes!(get_password_grant_client))
        .routes(routes!(refresh_password_grant_client))
}

/// A set of client credentials.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
#[schema(as = OAuthClient)]
pub struct OAuthClientBody {
    /// Client id.
    client_id: String,
    /// What it is for.
    description: String,
    /// Time of creation, UTC.
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    created_on_utc: WireTime,
    /// Last token request, UTC.
    #[schema(value_type = Option<chrono::DateTime<chrono::Utc>>)]
    last_used_utc: Option<WireTime>,
}

impl From<OAuthClient> for OAuthClientBody {
    fn from(client: OAuthClient) -> Self {
        Self {
            client_id: client.client_id,
            description: client.description,
            created_on_utc: client.created_at.into(),
            last_used_utc: client.last_used_at.map(WireTime),
        }
    }
}

/// New credentials.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct OAuthClientCreate {
    /// What it is for.
    #[serde(default)]
    #[schema(value_type = String, required = true, min_length = 1)]
    description: Keep<String>,
}

/// Credentials with their secret.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
#[schema(as = OAuthClientSecret)]
pub struct OAuthClientSecretBody {
    /// Client id.
    client_id: String,
    /// Client secret.
    client_secret: String,
    /// What it is for.
    #[schema(required = false)]
    description: String,
    /// Time of creation, UTC.
    #[schema(value_type = chrono::DateTime<chrono::Utc>, required = false)]
    created_on_utc: WireTime,
}

impl From<ClientSecret> for OAuthClientSecretBody {
    fn from(secret: ClientSecret) -> Self {
        Self {
            client_id: secret.client.client_id,
            client_secret: secret.secret.expose_secret().to_owned(),
            description: secret.client.description,
            created_on_utc: secret.client.created_at.into(),
        }
    }
}

/// Grant.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum GrantType {
    /// By client id and secret.
    ClientCredentials,
    /// By an administrator's password.
    Password,
    /// By a refresh token.
    RefreshToken,
}

impl From<Grant> for GrantType {
    fn from(grant: Grant) -> Self {
        match grant {
            Grant::ClientCredentials => Self::ClientCredentials,
            Grant::Password => Self::Password,
            Grant::RefreshToken => Self::RefreshToken,
        }
    }
}

/// An issued access token.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct AccessTokenInfo {
    /// Id of the token, not the token itself.
    id: Uuid,
    /// Client.
    client_id: String,
    /// Grant.
    grant_type: GrantType,
    /// Scope; null when unrestricted.
    scope: Option<String>,
    /// API id of the account; null when unrestricted.
    account_id: Option<String>,
    /// Issued, UTC.
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    issued_utc: WireTime,
    /// Expires, UTC.
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    expires_utc: WireTime,
}

impl From<AccessToken> for AccessTokenInfo {
    fn from(token: AccessToken) -> Self {
        let account = token.account.map(|(_, key)| key.to_string());
        Self {
            id: token.id.0,
            client_id: token.client_id,
            grant_type: token.grant.into(),
            scope: account.as_ref().map(|key| format!("account:{key}")),
            account_id: account,
            issued_utc: token.issued_at.into(),
            expires_utc: token.expires_at.into(),
        }
    }
}

/// Client id of the deprecated password grant.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct PasswordGrantClient {
    /// Client id.
    client_id: String,
    /// Whether the password grant is accepted.
    enabled: bool,
    /// Last refresh, UTC.
    #[schema(value_type = chrono::DateTime<chrono::Utc>, required = false)]
    refreshed_on_utc: WireTime,
}

impl From<PasswordClient> for PasswordGrantClient {
    fn from(client: PasswordClient) -> Self {
        Self {
            client_id: client.client_id,
            enabled: client.enabled,
            refreshed_on_utc: client.refreshed_at.into(),
        }
    }
}

/// List client credentials
///
/// Without secrets. Default order: CreatedOnUtc.
#[utoipa::path(get, path = "/v1.0/partner/oauthclients", operation_id = "listOAuthClients", tag = "Partner credentials",
    responses((status = 200, description = "The whole list.", body = Vec<OAuthClientBody>), Standard))]
async fn list_oauth_clients(
    State(clients): State<Clients>,
    AsPartner(actor): AsPartner,
) -> Result<Json<Vec<OAuthClientBody>>, ApiError> {
    Ok(Json(
        clients
            .list(&actor)
            .await?
            .into_iter()
            .map(Into::into)
            .collect(),
    ))
}

/// Generate client credentials
///
/// At most 5 sets exist at a time.
#[utoipa::path(post, path = "/v1.0/partner/oauthclients", operation_id = "createOAuthClient", tag = "Partner credentials",
    request_body = OAuthClientCreate,
    responses((status = 201, description = "Created: the new oauth client secret.", body = OAuthClientSecretBody), Malformed, Conflicting, Standard))]
async fn create_oauth_client(
    State(clients): State<Clients>,
    AsPartner(actor): AsPartner,
    ApiJson(request): ApiJson<OAuthClientCreate>,
) -> Result<(StatusCode, Json<OAuthClientSecretBody>), ApiError> {
    let created = clients
        .create(&actor, &request.description.0.unwrap_or_default())
        .await?;
    Ok((StatusCode::CREATED, Json(created.into())))
}

/// Reveal a client secret
///
/// Written to the audit log.
#[utoipa::path(get, path = "/v1.0/partner/oauthclients/{clientId}/secret", operation_id = "revealOAuthClientSecret",
    tag = "Partner credentials", params(("clientId" = String, Path, description = "Client id.")),
    responses((status = 200, description = "The oauth client secret.", body = OAuthClientSecretBody), Missing, Standard))]
async fn reveal_oauth_client_secret(
    State(clients): State<Clients>,
    AsPartner(actor): AsPartner,
    ApiPath(id): ApiPath<String>,
) -> Result<Json<OAuthClientSecretBody>, ApiError> {
    Ok(Json(clients.reveal(&actor, &id).await?.into()))
}

/// Revoke client credentials
///
/// Its access tokens stop working at once.
#[utoipa::path(delete, path = "/v1.0/partner/oauthclients/{clientId}", operation_id = "revokeOAuthClient",
    tag = "Partner credentials", params(("clientId" = String, Path, description = "Client id.")),
    responses((status = 204, description = "Revoked."), Missing, Conflicting, Standard))]
async fn revoke_oauth_client(
    State(clients): State<Clients>,
    AsPartner(actor): AsPartner,
    ApiPath(id): ApiPath<String>,
) -> Result<StatusCode, ApiError> {
    clients.revoke(&actor, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// List access tokens
///
/// Valid ones. Default order: IssuedUtc descending.
#[utoipa::path(get, path = "/v1.0/partner/accesstokens", operation_id = "listAccessTokens", tag = "Partner credentials",
    params(SortedPaging),
    responses((status = 200, description = "One page of the list.", body = Vec<AccessTokenInfo>), Standard))]
async fn list_access_tokens(
    State(clients): State<Clients>,
    AsPartner(actor): AsPartner,
    ApiQuery(paging): ApiQuery<SortedPaging>,
) -> Result<Paged<AccessTokenInfo>, ApiError> {
    Ok(Paged(
        clients
            .tokens(&actor, &paging.into())
            .await?
            .map(Into::into),
    ))
}

/// Revoke an access token
///
/// Works at once.
#[utoipa::path(delete, path = "/v1.0/partner/accesstokens/{tokenId}", operation_id = "revokeAccessToken",
    tag = "Partner credentials", params(("tokenId" = Uuid, Path, description = "Id of the access token.")),
    responses((status = 204, description = "Revoked."), Missing, Standard))]
async fn revoke_access_token(
    State(clients): State<Clients>,
    AsPartner(actor): AsPartner,
    ApiPath(id): ApiPath<AccessTokenId>,
) -> Result<StatusCode, ApiError> {
    clients.revoke_token(&actor, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Get the password grant client
///
/// Deprecated grant.
#[utoipa::path(get, path = "/v1.0/partner/passwordgrantclient", operation_id = "getPasswordGrantClient",
    tag = "Partner credentials",
    responses((status = 200, description = "The password grant client.", body = PasswordGrantClient), Standard))]
async fn get_password_grant_client(
    State(clients): State<Clients>,
    AsPartner(actor): AsPartner,
) -> Result<Json<PasswordGrantClient>, ApiError> {
    Ok(Json(clients.password_client(&actor).await?.into()))
}

/// Replace the password grant client id
///
/// Existing password grant tokens stop working.
#[utoipa::path(post, path = "/v1.0/partner/passwordgrantclient/refresh", operation_id = "refreshPasswordGrantClient",
    tag = "Partner credentials",
    responses((status = 200, description = "The password grant client.", body = PasswordGrantClient), Standard))]
async fn refresh_password_grant_client(
    State(clients): State<Clients>,
    AsPartner(actor): AsPartner,
) -> Result<Json<PasswordGrantClient>, ApiError> {
    Ok(Json(clients.replace_password_client(&actor).await?.into()))
}

impl From<ClientError> for ApiError {
    fn from(error: ClientError) -> Self {
        match error {
            ClientError::NotFound => Self::not_found("oauth_client.not_found"),
            ClientError::TooMany(_) => Self::conflict("oauth_client.too_many", error),
            ClientError::LastInUse => Self::conflict("oauth_client.last_in_use", error),
            ClientError::Invalid(invalid) => invalid.into(),
            ClientError::Store(cause) => Self::unexpected(cause),
        }
    }
}
