//! Users: people who may enter accounts.

use axum::{Json, extract::State, http::StatusCode};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;
use velodrome_model::{PageRequest, SecretString, User};
use velodrome_service::{Users, users::UserError};

use crate::{
    ApiError, ApiState, WireTime,
    extract::{ApiJson, ApiPath, ApiQuery, AsPartner},
    lenient::Keep,
    paging::{Paged, SortedPaging},
    responses::{Conflicting, Malformed, Missing, Standard},
};

/// Routes of users.
pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(
            list_account_users,
            add_account_user,
            remove_account_user
        ))
        .routes(routes!(list_users, create_user, set_user_password))
        .routes(routes!(get_user, delete_user))
}

/// A user of one or more accounts.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
#[schema(as = User)]
pub struct UserBody {
    /// Internal id.
    id: Uuid,
    /// Name of the user.
    user_name: String,
    /// API ids of the accounts the user may enter.
    account_ids: Vec<String>,
    /// Whether the user has a password; users made by sign-in tokens have none.
    #[schema(required = false)]
    can_sign_in: bool,
    /// Time of creation, UTC.
    #[schema(value_type = chrono::DateTime<chrono::Utc>, required = false)]
    created_on_utc: WireTime,
    /// Last sign-in, UTC; null when never.
    #[schema(value_type = Option<chrono::DateTime<chrono::Utc>>)]
    last_sign_in_utc: Option<WireTime>,
}

impl From<User> for UserBody {
    fn from(user: User) -> Self {
        Self {
            id: user.id.0,
            user_name: user.name,
            account_ids: user.accounts.iter().map(ToString::to_string).collect(),
            can_sign_in: user.password_hash.is_some(),
            created_on_utc: user.created_at.into(),
            last_sign_in_utc: user.last_sign_in_at.map(WireTime),
        }
    }
}

/// User name and password.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct UserCredentials {
    /// Name of the user, unique within the partner; Username is accepted too.
    #[serde(default)]
    #[schema(value_type = String, required = true, max_length = 256)]
    user_name: Keep<String>,
    /// Password; at least 8 characters.
    #[serde(default)]
    #[schema(value_type = String, required = true, min_length = 8, write_only)]
    password: Keep<SecretString>,
}

impl UserCredentials {
    fn into_parts(self) -> (String, SecretString) {
        // What is left out is refused by the service like a blank value, with the name of the property.
        (
            self.user_name.0.unwrap_or_default(),
            self.password.0.unwrap_or_default(),
        )
    }
}

/// A user name.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct UserNameOnly {
    /// Name of the user.
    #[serde(default)]
    #[schema(value_type = String, required = true)]
    user_name: Keep<String>,
}

/// Which users.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct UserFilter {
    /// Only items whose name contains this text, case-insensitive.
    query: Option<String>,
}

/// List users of an account
///
/// User names only, as an array of text.
#[utoipa::path(get, path = "/v1.0/accounts/{accountId}/users", operation_id = "listAccountUsers", tag = "Users",
    params(("accountId" = String, Path, description = "API id (or internal GUID) of the account.")),
    responses((status = 200, description = "User names, ascending.", body = Vec<String>), Missing, Standard))]
async fn list_account_users(
    State(users): State<Users>,
    AsPartner(actor): AsPartner,
    ApiPath(account): ApiPath<String>,
) -> Result<Json<Vec<String>>, ApiError> {
    Ok(Json(users.names_in(&actor, &account).await?))
}

/// Add a user to an account
///
/// Creates the user when unknown. An existing user keeps the old password.
#[utoipa::path(put, path = "/v1.0/accounts/{accountId}/users", operation_id = "addAccountUser", tag = "Users",
    params(("accountId" = String, Path, description = "API id (or internal GUID) of the account.")), request_body = UserCredentials,
    responses((status = 200, description = "The user may enter the account; the body is empty."), Malformed, Missing, Standard))]
async fn add_account_user(
    State(users): State<Users>,
    AsPartner(actor): AsPartner,
    ApiPath(account): ApiPath<String>,
    ApiJson(request): ApiJson<UserCredentials>,
) -> Result<(), ApiError> {
    let (name, password) = request.into_parts();
    Ok(users.add(&actor, &account, &name, &password).await?)
}

/// Remove a user from an account
///
/// The request has a body. The user itself stays.
#[utoipa::path(delete, path = "/v1.0/accounts/{accountId}/users", operation_id = "removeAccountUser", tag = "Users",
    params(("accountId" = String, Path, description = "API id (or internal GUID) of the account.")), request_body = UserNameOnly,
    responses((status = 200, description = "The user may no longer enter the account; the body is empty."), Malformed, Missing, Standard))]
async fn remove_account_user(
    State(users): State<Users>,
    AsPartner(actor): AsPartner,
    ApiPath(account): ApiPath<String>,
    ApiJson(request): ApiJson<UserNameOnly>,
) -> Result<(), ApiError> {
    Ok(users
        .remove(&actor, &account, &request.user_name.0.unwrap_or_default())
        .await?)
}

/// Set the password of a user
///
/// Signs the user out everywhere.
#[utoipa::path(put, path = "/v1.0/users", operation_id = "setUserPassword", tag = "Users", request_body = UserCredentials,
    responses((status = 200, description = "Password set; the body is empty."), Malformed, Missing, Standard))]
async fn set_user_password(
    State(users): State<Users>,
    AsPartner(actor): AsPartner,
    ApiJson(request): ApiJson<UserCredentials>,
) -> Result<(), ApiError> {
    let (name, password) = request.into_parts();
    Ok(users.set_password(&actor, &name, &password).await?)
}

/// List users
///
/// All users of the partner, administrators excluded. Default order: UserName.
#[utoipa::path(get, path = "/v1.0/users", operation_id = "listUsers", tag = "Users", params(SortedPaging, UserFilter),
    responses((status = 200, description = "One page of the list.", body = Vec<UserBody>), Standard))]
async fn list_users(
    State(users): State<Users>,
    AsPartner(actor): AsPartner,
    ApiQuery(paging): ApiQuery<SortedPaging>,
    ApiQuery(filter): ApiQuery<UserFilter>,
) -> Result<Paged<UserBody>, ApiError> {
    let request = PageRequest::from(paging);
    Ok(Paged(
        users
            .list(&actor, filter.query.as_deref(), &request)
            .await?
            .map(UserBody::from),
    ))
}

/// Create a user
///
/// Without access to any account yet.
#[utoipa::path(post, path = "/v1.0/users", operation_id = "createUser", tag = "Users", request_body = UserCredentials,
    responses((status = 201, description = "The new user.", body = UserBody), Malformed, Conflicting, Standard))]
async fn create_user(
    State(users): State<Users>,
    AsPartner(actor): AsPartner,
    ApiJson(request): ApiJson<UserCredentials>,
) -> Result<(StatusCode, Json<UserBody>), ApiError> {
    let (name, password) = request.into_parts();
    Ok((
        StatusCode::CREATED,
        Json(users.create(&actor, &name, &password).await?.into()),
    ))
}

/// Get a user
///
/// By name.
#[utoipa::path(get, path = "/v1.0/users/{userName}", operation_id = "getUser", tag = "Users",
    params(("userName" = String, Path, description = "Name of the user.")),
    responses((status = 200, description = "The user.", body = UserBody), Missing, Standard))]
async fn get_user(
    State(users): State<Users>,
    AsPartner(actor): AsPartner,
    ApiPath(name): ApiPath<String>,
) -> Result<Json<UserBody>, ApiError> {
    Ok(Json(users.get(&actor, &name).await?.into()))
}

/// Delete a user
///
/// Removes the user from every account and signs it out.
#[utoipa::path(delete, path = "/v1.0/users/{userName}", operation_id = "deleteUser", tag = "Users",
    params(("userName" = String, Path, description = "Name of the user.")),
    responses((status = 204, description = "Deleted."), Missing, Standard))]
async fn delete_user(
    State(users): State<Users>,
    AsPartner(actor): AsPartner,
    ApiPath(name): ApiPath<String>,
) -> Result<StatusCode, ApiError> {
    users.delete(&actor, &name).await?;
    Ok(StatusCode::NO_CONTENT)
}

impl From<UserError> for ApiError {
    fn from(error: UserError) -> Self {
        match error {
            UserError::AccountNotFound => Self::not_found("account.not_found"),
            UserError::NotFound => Self::not_found("user.not_found"),
            UserError::NameInUse => Self::conflict("user.name_in_use", error),
            UserError::WeakPassword(_) => Self::bad_request("user.password_weak", error),
            UserError::Invalid(invalid) => invalid.into(),
            UserError::Hashing(cause) => Self::unexpected(cause),
            UserError::Store(cause) => Self::unexpected(cause),
        }
    }
}
