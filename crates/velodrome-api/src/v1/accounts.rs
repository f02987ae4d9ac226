//! Accounts: customers of the partner.

use axum::{Json, extract::State};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use velodrome_model::{Account, ExposeSecret};
use velodrome_service::{
    Accounts,
    accounts::{AccountChange, AccountError, SignInToken, TaskUsage},
};

use crate::{
    ApiError, ApiState, WireTime,
    extract::{ApiJson, ApiPath, ApiQuery, AsPartner},
    lenient::{Keep, Patch},
    paging::{Paged, SortedPaging},
    responses::{Conflicting, Malformed, Missing, Standard},
};

/// Routes of accounts.
pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list_accounts, create_account))
        .routes(routes!(get_account, update_account, delete_account))
        .routes(routes!(list_sub_accounts))
        .routes(routes!(get_account_usage))
        .routes(routes!(suspend_account))
        .routes(routes!(resume_account))
        .routes(routes!(create_sign_in_token))
}

/// A customer of the partner.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
#[schema(as = Account)]
pub struct AccountBody {
    /// Time of creation, UTC.
    #[schema(value_type = chrono::DateTime<chrono::Utc>, read_only)]
    pub created_date: WireTime,
    /// API id of the account: chosen by the partner or a generated GUID.
    #[schema(max_length = 128)]
    pub id: String,
    /// Display name, at least one character.
    #[schema(min_length = 1, max_length = 255)]
    pub name: String,
    /// Free text.
    #[schema(max_length = 4000)]
    pub description: Option<String>,
    /// Free text for the partner.
    pub audit_info: Option<String>,
    /// Free text for the partner about tasks.
    pub task_audit_info: Option<String>,
    /// IANA time zone name.
    pub timezone: String,
    /// Start of the next usage period, UTC.
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    pub next_bill_date_utc: WireTime,
    /// Hours that data of successful transactions is kept; null means the partner default. Stored as 744 when larger.
    #[schema(minimum = 0, maximum = 744)]
    pub step_data_success_retention_hours: Option<i32>,
    /// Hours that data of errored transactions is kept; null means the partner default. Stored as 744 when larger.
    #[schema(minimum = 0, maximum = 744)]
    pub step_data_errored_retention_hours: Option<i32>,
    /// Send errors of this account to its own URL instead of the partner URL.
    pub transaction_error_webhook_enabled: Option<bool>,
    /// URL for errors; https:// is put in front when the scheme is missing.
    pub transaction_error_webhook_url: Option<String>,
    /// Send warnings too.
    pub transaction_error_webhook_include_warnings: Option<bool>,
    /// Transactions that run at the same time, at most the partner limit; null means the partner limit.
    #[schema(minimum = 1)]
    pub concurrent_transaction_limit: Option<i32>,
    /// API id of the parent account; null for a top-level account.
    pub parent_account_id: Option<String>,
    /// Whether the account is suspended: nothing runs, nothing is lost.
    #[schema(required = false, read_only)]
    pub is_suspended: bool,
}

impl From<Account> for AccountBody {
    fn from(account: Account) -> Self {
        Self {
            created_date: account.created_at.into(),
            id: account.key.to_string(),
            name: account.name,
            description: account.description,
            audit_info: account.audit_info,
            task_audit_info: account.task_audit_info,
            timezone: account.timezone,
            next_bill_date_utc: account.next_bill_at.into(),
            step_data_success_retention_hours: account.success_retention_hours,
            step_data_errored_retention_hours: account.errored_retention_hours,
            transaction_error_webhook_enabled: account.error_webhook.enabled,
            transaction_error_webhook_url: account.error_webhook.url,
            transaction_error_webhook_include_warnings: account.error_webhook.include_warnings,
            concurrent_transaction_limit: account.concurrent_limit,
            parent_account_id: account.parent.map(|(_, key)| key.to_string()),
            is_suspended: account.is_suspended,
        }
    }
}

/// New account.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct AccountCreate {
    /// API id; a GUID is generated when absent.
    #[serde(default)]
    #[schema(value_type = String, required = false, max_length = 128)]
    id: Keep<String>,
    /// API id of an existing account: creates a sub account.
    parent_account_id: Option<String>,
    /// Display name, at least one character.
    #[serde(default)]
    #[schema(value_type = String, required = true, min_length = 1, max_length = 255)]
    name: Keep<String>,
    /// Free text.
    #[schema(max_length = 4000)]
    description: Option<String>,
    /// Free text for the partner.
    audit_info: Option<String>,
    /// Free text for the partner about tasks.
    task_audit_info: Option<String>,
    /// IANA time zone name; UTC when absent.
    #[serde(default)]
    #[schema(value_type = String, required = false)]
    timezone: Keep<String>,
    /// Start of the next usage period, UTC; one month ahead when absent.
    #[schema(value_type = Option<chrono::DateTime<chrono::Utc>>)]
    next_bill_date_utc: Option<WireTime>,
    /// Hours that data of successful transactions is kept; null means the partner default. Stored as 744 when larger.
    #[schema(minimum = 0, maximum = 744)]
    step_data_success_retention_hours: Option<i32>,
    /// Hours that data of errored transactions is kept; null means the partner default. Stored as 744 when larger.
    #[schema(minimum = 0, maximum = 744)]
    step_data_errored_retention_hours: Option<i32>,
    /// Send errors of this account to its own URL instead of the partner URL.
    transaction_error_webhook_enabled: Option<bool>,
    /// URL for errors; https:// is put in front when the scheme is missing.
    transaction_error_webhook_url: Option<String>,
    /// Send warnings too.
    transaction_error_webhook_include_warnings: Option<bool>,
    /// Transactions that run at the same time, at most the partner limit; null means the partner limit.
    #[schema(minimum = 1)]
    concurrent_transaction_limit: Option<i32>,
}

impl AccountCreate {
    fn into_change(self) -> AccountChange {
        AccountChange {
            // Left out is as bad as blank, and both get the same sentence.
            name: Some(self.name.0.unwrap_or_default()),
            description: Some(self.description),
            audit_info: Some(self.audit_info),
            task_audit_info: Some(self.task_audit_info),
            timezone: self.timezone.0,
            next_bill_at: self.next_bill_date_utc.map(|time| time.0),
            success_retention_hours: Some(self.step_data_success_retention_hours),
            errored_retention_hours: Some(self.step_data_errored_retention_hours),
            error_webhook_enabled: Some(self.transaction_error_webhook_enabled),
            error_webhook_url: Some(self.transaction_error_webhook_url),
            error_webhook_warnings: Some(self.transaction_error_webhook_include_warnings),
            concurrent_limit: Some(self.concurrent_transaction_limit),
        }
    }
}

/// Changes to an account. A property left out keeps its value; null clears a nullable one.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct AccountUpdate {
    /// Display name, at least one character.
    #[serde(default)]
    #[schema(value_type = String, required = false, min_length = 1, max_length = 255)]
    name: Keep<String>,
    /// Free text.
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 4000)]
    description: Patch<String>,
    /// Free text for the partner.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    audit_info: Patch<String>,
    /// Free text for the partner about tasks.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    task_audit_info: Patch<String>,
    /// IANA time zone name.
    #[serde(default)]
    #[schema(value_type = String, required = false)]
    timezone: Keep<String>,
    /// Start of the next usage period, UTC.
    #[serde(default)]
    #[schema(value_type = chrono::DateTime<chrono::Utc>, required = false)]
    next_bill_date_utc: Keep<WireTime>,
    /// Hours that data of successful transactions is kept; null means the partner default. Stored as 744 when larger.
    #[serde(default)]
    #[schema(value_type = Option<i32>, minimum = 0, maximum = 744)]
    step_data_success_retention_hours: Patch<i32>,
    /// Hours that data of errored transactions is kept; null means the partner default. Stored as 744 when larger.
    #[serde(default)]
    #[schema(value_type = Option<i32>, minimum = 0, maximum = 744)]
    step_data_errored_retention_hours: Patch<i32>,
    /// Send errors of this account to its own URL instead of the partner URL.
    #[serde(default)]
    #[schema(value_type = Option<bool>)]
    transaction_error_webhook_enabled: Patch<bool>,
    /// URL for errors; https:// is put in front when the scheme is missing.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    transaction_error_webhook_url: Patch<String>,
    /// Send warnings too.
    #[serde(default)]
    #[schema(value_type = Option<bool>)]
    transaction_error_webhook_include_warnings: Patch<bool>,
    /// Transactions that run at the same time, at most the partner limit; null means the partner limit.
    #[serde(default)]
    #[schema(value_type = Option<i32>, minimum = 1)]
    concurrent_transaction_limit: Patch<i32>,
    /// Ignored; the id of an account never changes.
    #[schema(value_type = Option<String>)]
    #[expect(
        dead_code,
        reason = "named so that an answer can be sent back, and ignored"
    )]
    id: Option<serde::de::IgnoredAny>,
}

impl From<AccountUpdate> for AccountChange {
    fn from(update: AccountUpdate) -> Self {
        Self {
            name: update.name.0,
            description: update.description.into_change(),
            audit_info: update.audit_info.into_change(),
            task_audit_info: update.task_audit_info.into_change(),
            timezone: update.timezone.0,
            next_bill_at: update.next_bill_date_utc.0.map(|time| time.0),
            success_retention_hours: update.step_data_success_retention_hours.into_change(),
            errored_retention_hours: update.step_data_errored_retention_hours.into_change(),
            error_webhook_enabled: update.transaction_error_webhook_enabled.into_change(),
            error_webhook_url: update.transaction_error_webhook_url.into_change(),
            error_webhook_warnings: update
                .transaction_error_webhook_include_warnings
                .into_change(),
            concurrent_limit: update.concurrent_transaction_limit.into_change(),
        }
    }
}

/// Tasks used by an account in its current usage period. Tasks of sub accounts are not included.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
#[schema(as = TaskUsage)]
pub struct TaskUsageBody {
    /// API id of the account.
    id: String,
    /// Number of tasks.
    tasks_used: i64,
    /// Start of the period, UTC.
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    start_time: WireTime,
    /// End of the period, UTC.
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    end_time: WireTime,
}

impl From<TaskUsage> for TaskUsageBody {
    fn from(usage: TaskUsage) -> Self {
        Self {
            id: usage.account.to_string(),
            tasks_used: usage.tasks,
            start_time: usage.start.into(),
            end_time: usage.end.into(),
        }
    }
}

/// Who the token is for.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct SignInTokenRequest {
    /// User to sign in as; created when unknown.
    #[serde(default)]
    #[schema(value_type = String, required = true)]
    username: Keep<String>,
}

/// Single-use sign-in token.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
#[schema(as = SignInToken)]
pub struct SignInTokenBody {
    /// Opaque; URL-unreserved characters only. Works once.
    token: String,
    /// Expiry, UTC: 5 minutes after creation.
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    expires_at_utc: WireTime,
}

impl From<SignInToken> for SignInTokenBody {
    fn from(token: SignInToken) -> Self {
        Self {
            token: token.token.expose_secret().to_owned(),
            expires_at_utc: token.expires_at.into(),
        }
    }
}

/// List accounts
///
/// Top-level and sub accounts of the partner. Default order: CreatedDate.
#[utoipa::path(get, path = "/v1.0/accounts", operation_id = "listAccounts", tag = "Accounts", params(SortedPaging),
    responses((status = 200, description = "One page of the list.", body = Vec<AccountBody>), Standard))]
async fn list_accounts(
    State(accounts): State<Accounts>,
    AsPartner(actor): AsPartner,
    ApiQuery(paging): ApiQuery<SortedPaging>,
) -> Result<Paged<AccountBody>, ApiError> {
    Ok(Paged(
        accounts
            .list(&actor, &paging.into())
            .await?
            .map(AccountBody::from),
    ))
}

/// Create an account
///
/// With ParentAccountId the account becomes a sub account: it sees the connectors of its parent; its tasks are counted separately.
#[utoipa::path(post, path = "/v1.0/accounts", operation_id = "createAccount", tag = "Accounts", request_body = AccountCreate,
    responses((status = 200, description = "The new account. Not 201: existing clients expect 200.", body = AccountBody), Malformed, Standard))]
async fn create_account(
    State(accounts): State<Accounts>,
    AsPartner(actor): AsPartner,
    ApiJson(mut request): ApiJson<AccountCreate>,
) -> Result<Json<AccountBody>, ApiError> {
    let (id, parent) = (request.id.0.take(), request.parent_account_id.take());
    let account = accounts
        .create(
            &actor,
            id.as_deref(),
            parent.as_deref(),
            request.into_change(),
        )
        .await?;
    Ok(Json(account.into()))
}

/// Get an account
///
/// By API id or internal GUID.
#[utoipa::path(get, path = "/v1.0/accounts/{accountId}", operation_id = "getAccount", tag = "Accounts",
    params(("accountId" = String, Path, description = "API id (or internal GUID) of the account.")),
    responses((status = 200, description = "The account.", body = AccountBody), Missing, Standard))]
async fn get_account(
    State(accounts): State<Accounts>,
    AsPartner(actor): AsPartner,
    ApiPath(id): ApiPath<String>,
) -> Result<Json<AccountBody>, ApiError> {
    Ok(Json(accounts.get(&actor, &id).await?.into()))
}

/// Update an account
///
/// Partial: a property left out keeps its value, null clears a nullable one, a value of the wrong type for a nullable number or boolean is ignored, a retention above 744 becomes 744.
#[utoipa::path(put, path = "/v1.0/accounts/{accountId}", operation_id = "updateAccount", tag = "Accounts",
    params(("accountId" = String, Path, description = "API id (or internal GUID) of the account.")), request_body = AccountUpdate,
    responses((status = 200, description = "The account after the change.", body = AccountBody), Malformed, Missing, Standard))]
async fn update_account(
    State(accounts): State<Accounts>,
    AsPartner(actor): AsPartner,
    ApiPath(id): ApiPath<String>,
    ApiJson(request): ApiJson<AccountUpdate>,
) -> Result<Json<AccountBody>, ApiError> {
    Ok(Json(
        accounts.change(&actor, &id, request.into()).await?.into(),
    ))
}

/// Delete an account
///
/// Stops its cycles, deregisters third-party webhooks, removes its connectors, cycles, transactions and sub accounts. Cannot be undone.
#[utoipa::path(delete, path = "/v1.0/accounts/{accountId}", operation_id = "deleteAccount", tag = "Accounts",
    params(("accountId" = String, Path, description = "API id (or internal GUID) of the account.")),
    responses((status = 200, description = "Deleted; the body is empty."), Missing, Conflicting, Standard))]
async fn delete_account(
    State(accounts): State<Accounts>,
    AsPartner(actor): AsPartner,
    ApiPath(id): ApiPath<String>,
) -> Result<(), ApiError> {
    Ok(accounts.delete(&actor, &id).await?)
}

/// List sub accounts
///
/// Direct children only. Default order: CreatedDate.
#[utoipa::path(get, path = "/v1.0/accounts/{accountId}/subaccounts", operation_id = "listSubAccounts", tag = "Accounts",
    params(("accountId" = String, Path, description = "API id (or internal GUID) of the account."), SortedPaging),
    responses((status = 200, description = "One page of the list.", body = Vec<AccountBody>), Missing, Standard))]
async fn list_sub_accounts(
    State(accounts): State<Accounts>,
    AsPartner(actor): AsPartner,
    ApiPath(id): ApiPath<String>,
    ApiQuery(paging): ApiQuery<SortedPaging>,
) -> Result<Paged<AccountBody>, ApiError> {
    Ok(Paged(
        accounts
            .children(&actor, &id, &paging.into())
            .await?
            .map(AccountBody::from),
    ))
}

/// Get task usage
///
/// Tasks of the current usage period, sub accounts not included.
#[utoipa::path(get, path = "/v1.0/accounts/{accountId}/usage", operation_id = "getAccountUsage", tag = "Accounts",
    params(("accountId" = String, Path, description = "API id (or internal GUID) of the account.")),
    responses((status = 200, description = "The task usage.", body = TaskUsageBody), Missing, Standard))]
async fn get_account_usage(
    State(accounts): State<Accounts>,
    AsPartner(actor): AsPartner,
    ApiPath(id): ApiPath<String>,
) -> Result<Json<TaskUsageBody>, ApiError> {
    Ok(Json(accounts.usage(&actor, &id).await?.into()))
}

/// Suspend an account
///
/// Cycles stop taking work, webhooks answer 409, sign-in is refused; nothing is lost. Doing it twice is fine.
#[utoipa::path(post, path = "/v1.0/accounts/{accountId}/suspend", operation_id = "suspendAccount", tag = "Accounts",
    params(("accountId" = String, Path, description = "API id (or internal GUID) of the account.")),
    responses((status = 200, description = "The account.", body = AccountBody), Missing, Standard))]
async fn suspend_account(
    State(accounts): State<Accounts>,
    AsPartner(actor): AsPartner,
    ApiPath(id): ApiPath<String>,
) -> Result<Json<AccountBody>, ApiError> {
    Ok(Json(accounts.suspend(&actor, &id).await?.into()))
}

/// Resume an account
///
/// Cycles that were active run again; missed scheduled runs are made up for once. Doing it twice is fine.
#[utoipa::path(post, path = "/v1.0/accounts/{accountId}/resume", operation_id = "resumeAccount", tag = "Accounts",
    params(("accountId" = String, Path, description = "API id (or internal GUID) of the account.")),
    responses((status = 200, description = "The account.", body = AccountBody), Missing, Standard))]
async fn resume_account(
    State(accounts): State<Accounts>,
    AsPartner(actor): AsPartner,
    ApiPath(id): ApiPath<String>,
) -> Result<Json<AccountBody>, ApiError> {
    Ok(Json(accounts.resume(&actor, &id).await?.into()))
}

/// Create a sign-in token
///
/// For one user and one account, valid 5 minutes, for one use. The user is created when unknown and gets access to the account.
#[utoipa::path(post, path = "/v1.0/accounts/{accountId}/signintoken", operation_id = "createSignInToken", tag = "Accounts",
    params(("accountId" = String, Path, description = "API id (or internal GUID) of the account.")), request_body = SignInTokenRequest,
    responses((status = 200, description = "The sign in token.", body = SignInTokenBody), Malformed, Missing, Standard))]
async fn create_sign_in_token(
    State(accounts): State<Accounts>,
    AsPartner(actor): AsPartner,
    ApiPath(id): ApiPath<String>,
    ApiJson(request): ApiJson<SignInTokenRequest>,
) -> Result<Json<SignInTokenBody>, ApiError> {
    let user = request.username.0.unwrap_or_default();
    Ok(Json(
        accounts.sign_in_token(&actor, &id, &user).await?.into(),
    ))
}

impl From<AccountError> for ApiError {
    fn from(error: AccountError) -> Self {
        match error {
            AccountError::NotFound(_) => Self::not_found("account.not_found"),
            AccountError::IdInUse => Self::bad_request("account.id_in_use", error),
            AccountError::Invalid(invalid) => invalid.into(),
            AccountError::TemplateAccount => Self::conflict("account.template_account", error),
            AccountError::Store(cause) => Self::unexpected(cause),
        }
    }
}
