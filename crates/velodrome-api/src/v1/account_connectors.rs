//! Connectors installed in accounts.

use axum::{Json, extract::State};
use http::StatusCode;
use serde::Deserialize;
use utoipa_axum::{router::OpenApiRouter, routes};
use velodrome_model::{
    AccountActor, AccountConnectorId, CategoryCopyId, FieldId, PartnerScope, PropertyId,
};
use velodrome_service::{
    account_connectors::{AccountConnectorError, AccountConnectors, InstalledConnector, Part},
    authentication::Authentications,
    custom_fields::CustomFields,
    settings::Settings,
};

use super::{
    connectors::contains,
    in_memory,
    params::AccountHeader,
    wire::{
        AccountConnector, AccountConnectorProperty, AccountConnectorUpdate, CategoryCopy,
        CategoryCopyWrite, ConnectorReleaseUpdate, ConnectorReleaseUpdateRequest, CustomField,
        CustomFieldWrite, MessageResponse, PropertyWrite, SetupToken, SetupTokenRequest,
    },
};
use crate::{
    ApiError, ApiState,
    extract::{ApiJson, ApiPath, ApiQuery, AsAccount},
    paging::{Paged, SortedPaging},
    responses::{Conflicting, Malformed, Missing, Standard},
};

/// The operations of this file.
pub fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list_account_connectors))
        .routes(routes!(
            get_account_connector,
            update_account_connector,
            delete_account_connector
        ))
        .routes(routes!(
            get_account_connector_release_update,
            update_account_connector_release
        ))
        .routes(routes!(deauthenticate_account_connector))
        .routes(routes!(
            list_account_connector_properties,
            create_account_connector_property
        ))
        .routes(routes!(
            get_account_connector_property,
            update_account_connector_property,
            delete_account_connector_property
        ))
        .routes(routes!(list_custom_fields, create_custom_field))
        .routes(routes!(
            get_custom_field,
            update_custom_field,
            delete_custom_field
        ))
        .routes(routes!(create_setup_token))
        .routes(routes!(list_category_copies, create_category_copy))
        .routes(routes!(delete_category_copy))
}

/// Whether credentials and sensitive properties are hidden (security setting MaskAuthValues).
pub(super) async fn masks(settings: &Settings, actor: &AccountActor) -> Result<bool, ApiError> {
    let partner = PartnerScope {
        partner: actor.scope.partner,
    };
    Ok(settings
        .security(partner)
        .await
        .map_err(ApiError::unexpected)?
        .mask_auth_values)
}

/// Filter of the list.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
struct NameQuery {
    /// Only items whose name contains this text, case-insensitive.
    query: Option<String>,
}

/// List account connectors
///
/// Installed connectors with icons, those of the parent account included. Default order: Id.
#[utoipa::path(get, path = "/v1.0/account/connectors", tag = "Account connectors", operation_id = "listAccountConnectors",
    params(AccountHeader, SortedPaging, NameQuery),
    responses((status = 200, description = "One page of the list.", body = Vec<AccountConnector>), Standard))]
async fn list_account_connectors(
    State(connectors): State<AccountConnectors>,
    State(settings): State<Settings>,
    AsAccount(actor): AsAccount,
    ApiQuery(page): ApiQuery<SortedPaging>,
    ApiQuery(query): ApiQuery<NameQuery>,
) -> Result<Paged<AccountConnector>, ApiError> {
    let masked = masks(&settings, &actor).await?;
    let all = connectors.list(&actor).await?;
    let is_wanted = |one: &&InstalledConnector| {
        query
            .query
            .as_deref()
            .is_none_or(|text| contains(&one.connector.name, text))
    };
    let shown = all
        .iter()
        .filter(is_wanted)
        .map(|one| AccountConnector::new(one, masked))
        .collect();
    Ok(Paged(in_memory::page(shown, &page.into(), &["Id"])))
}

/// Get an account connector
///
/// Shows the authentication type and whether it is authenticated.
#[utoipa::path(get, path = "/v1.0/account/connectors/{accountConnectorId}", tag = "Account connectors", operation_id = "getAccountConnector",
    params(AccountHeader, ("accountConnectorId" = i32, Path, description = "Id of the account connector.")),
    responses((status = 200, description = "The account connector.", body = AccountConnector), Standard, Malformed, Missing))]
async fn get_account_connector(
    State(connectors): State<AccountConnectors>,
    State(settings): State<Settings>,
    AsAccount(actor): AsAccount,
    ApiPath(id): ApiPath<AccountConnectorId>,
) -> Result<Json<AccountConnector>, ApiError> {
    let found = connectors.get(&actor, id).await?;
    Ok(Json(AccountConnector::new(
        &found,
        masks(&settings, &actor).await?,
    )))
}

/// Update an account connector
///
/// Partial. Setting AuthValue authenticates it: an API key as it is, base64 of user:password for Basic, JSON text for OAuth.
#[utoipa::path(put, path = "/v1.0/account/connectors/{accountConnectorId}", tag = "Account connectors", operation_id = "updateAccountConnector",
    params(AccountHeader, ("accountConnectorId" = i32, Path, description = "Id of the account connector.")),
    request_body(content = AccountConnectorUpdate, description = "Changes. A property left out keeps its value."),
    responses((status = 200, description = "The account connector after the change.", body = AccountConnector), Standard, Malformed, Missing))]
async fn update_account_connector(
    State(connectors): State<AccountConnectors>,
    State(settings): State<Settings>,
    AsAccount(actor): AsAccount,
    ApiPath(id): ApiPath<AccountConnectorId>,
    ApiJson(change): ApiJson<AccountConnectorUpdate>,
) -> Result<Json<AccountConnector>, ApiError> {
    let changed = connectors.update(&actor, id, change.into()).await?;
    Ok(Json(AccountConnector::new(
        &changed,
        masks(&settings, &actor).await?,
    )))
}

/// Show what updating the release of an account connector changes
///
/// The newest release is the live one. 409 when the account connector is of it already.
#[utoipa::path(get, path = "/v1.0/account/connectors/{accountConnectorId}/update", tag = "Account connectors", operation_id = "getAccountConnectorReleaseUpdate",
    params(AccountHeader, ("accountConnectorId" = i32, Path, description = "Id of the account connector.")),
    responses((status = 200, description = "What is different.", body = ConnectorReleaseUpdate), Standard, Malformed, Missing, Conflicting))]
async fn get_account_connector_release_update(
    State(connectors): State<AccountConnectors>,
    AsAccount(actor): AsAccount,
    ApiPath(id): ApiPath<AccountConnectorId>,
) -> Result<Json<ConnectorReleaseUpdate>, ApiError> {
    let update = connectors.release_update(&actor, id).await?;
    let update = update.ok_or(AccountConnectorError::NoUpdate)?;
    Ok(Json(update.into()))
}

/// Update the release of an account connector
///
/// Moves it to the live release of its connector. Properties, custom fields and the credential stay; the credential goes when another authentication is chosen.
#[utoipa::path(post, path = "/v1.0/account/connectors/{accountConnectorId}/update", tag = "Account connectors", operation_id = "updateAccountConnectorRelease",
    params(AccountHeader, ("accountConnectorId" = i32, Path, description = "Id of the account connector.")),
    request_body(content = Option<ConnectorReleaseUpdateRequest>, description = "The authentication to use."),
    responses((status = 200, description = "The account connector after the change.", body = AccountConnector), Standard, Malformed, Missing, Conflicting))]
async fn update_account_connector_release(
    State(connectors): State<AccountConnectors>,
    State(settings): State<Settings>,
    AsAccount(actor): AsAccount,
    ApiPath(id): ApiPath<AccountConnectorId>,
    ApiJson(request): ApiJson<ConnectorReleaseUpdateRequest>,
) -> Result<Json<AccountConnector>, ApiError> {
    let chosen = request
        .authentication_id
        .map(velodrome_model::AuthenticationId);
    let moved = connectors.update_release(&actor, id, chosen).await?;
    Ok(Json(AccountConnector::new(
        &moved,
        masks(&settings, &actor).await?,
    )))
}

/// Delete an account connector
///
/// Deregisters its third-party webhooks first. Steps that use it keep their setup and show a prerequisite.
#[utoipa::path(delete, path = "/v1.0/account/connectors/{accountConnectorId}", tag = "Account connectors", operation_id = "deleteAccountConnector",
    params(AccountHeader, ("accountConnectorId" = i32, Path, description = "Id of the account connector.")),
    responses((status = 200, description = "Deleted; the body is empty."), Standard, Malformed, Missing, Conflicting))]
async fn delete_account_connector(
    State(connectors): State<AccountConnectors>,
    AsAccount(actor): AsAccount,
    ApiPath(id): ApiPath<AccountConnectorId>,
) -> Result<StatusCode, ApiError> {
    connectors.delete(&actor, id).await?;
    Ok(StatusCode::OK)
}

/// De-authenticate an account connector
///
/// Forgets credentials and tokens and deregisters third-party webhooks.
#[utoipa::path(put, path = "/v1.0/account/connectors/{accountConnectorId}/deauthenticate", tag = "Account connectors", operation_id = "deauthenticateAccountConnector",
    params(AccountHeader, ("accountConnectorId" = i32, Path, description = "Id of the account connector.")),
    responses((status = 200, description = "Message names the connector in single quotes and says that it is de-authenticated.", body = MessageResponse), Standard, Malformed, Missing))]
async fn deauthenticate_account_connector(
    State(connectors): State<AccountConnectors>,
    AsAccount(actor): AsAccount,
    ApiPath(id): ApiPath<AccountConnectorId>,
) -> Result<Json<MessageResponse>, ApiError> {
    let name = connectors.deauthenticate(&actor, id).await?;
    Ok(Json(MessageResponse {
        message: format!("Account connector '{name}' has been de-authenticated."),
    }))
}

/// List properties of an account connector
///
/// Sensitive values are null when the security setting MaskAuthValues is on. Default order: Id.
#[utoipa::path(get, path = "/v1.0/account/connectors/{accountConnectorId}/properties", tag = "Account connectors", operation_id = "listAccountConnectorProperties",
    params(AccountHeader, ("accountConnectorId" = i32, Path, description = "Id of the account connector."), SortedPaging),
    responses((status = 200, description = "One page of the list.", body = Vec<AccountConnectorProperty>), Standard, Malformed, Missing))]
async fn list_account_connector_properties(
    State(connectors): State<AccountConnectors>,
    State(settings): State<Settings>,
    AsAccount(actor): AsAccount,
    ApiPath(id): ApiPath<AccountConnectorId>,
    ApiQuery(page): ApiQuery<SortedPaging>,
) -> Result<Paged<AccountConnectorProperty>, ApiError> {
    let masked = masks(&settings, &actor).await?;
    let shown = AccountConnector::new(&connectors.get(&actor, id).await?, masked).properties;
    Ok(Paged(in_memory::page(shown, &page.into(), &["Id"])))
}

/// Create or change a property of an account connector
///
/// Creates the property, or changes its value when the name exists. Any name is accepted; ClientId and ClientSecret override the partner setup.
#[utoipa::path(post, path = "/v1.0/account/connectors/{accountConnectorId}/properties", tag = "Account connectors", operation_id = "createAccountConnectorProperty",
    params(AccountHeader, ("accountConnectorId" = i32, Path, description = "Id of the account connector.")),
    request_body(content = PropertyWrite, description = "A property to store."),
    responses((status = 200, description = "The account connector property.", body = AccountConnectorProperty), Standard, Malformed, Missing))]
async fn create_account_connector_property(
    State(connectors): State<AccountConnectors>,
    State(settings): State<Settings>,
    AsAccount(actor): AsAccount,
    ApiPath(id): ApiPath<AccountConnectorId>,
    ApiJson(write): ApiJson<PropertyWrite>,
) -> Result<Json<AccountConnectorProperty>, ApiError> {
    let name = write.name.0.unwrap_or_default();
    let value = write.value.into_value().map(Into::into);
    let stored = connectors.set_property(&actor, id, &name, value).await?;
    shown_property(&connectors, &settings, &actor, id, stored.id).await
}

/// Get a property of an account connector
///
/// By id.
#[utoipa::path(get, path = "/v1.0/account/connectors/{accountConnectorId}/properties/{propertyId}", tag = "Account connectors", operation_id = "getAccountConnectorProperty",
    params(AccountHeader, ("accountConnectorId" = i32, Path, description = "Id of the account connector."), ("propertyId" = i32, Path, description = "Id of the property.")),
    responses((status = 200, description = "The account connector property.", body = AccountConnectorProperty), Standard, Malformed, Missing))]
async fn get_account_connector_property(
    State(connectors): State<AccountConnectors>,
    State(settings): State<Settings>,
    AsAccount(actor): AsAccount,
    ApiPath((id, property)): ApiPath<(AccountConnectorId, PropertyId)>,
) -> Result<Json<AccountConnectorProperty>, ApiError> {
    shown_property(&connectors, &settings, &actor, id, property).await
}

/// A property as the partner's settings let it be seen, also by whoever has just written it.
async fn shown_property(
    connectors: &AccountConnectors,
    settings: &Settings,
    actor: &AccountActor,
    id: AccountConnectorId,
    property: PropertyId,
) -> Result<Json<AccountConnectorProperty>, ApiError> {
    let masked = masks(settings, actor).await?;
    let shown = AccountConnector::new(&connectors.get(actor, id).await?, masked).properties;
    let found = shown.into_iter().find(|one| one.id == property.0);
    found
        .map(Json)
        .ok_or_else(|| AccountConnectorError::NoPart(Part::Property).into())
}

/// Update a property of an account connector
///
/// Name and value.
#[utoipa::path(put, path = "/v1.0/account/connectors/{accountConnectorId}/properties/{propertyId}", tag = "Account connectors", operation_id = "updateAccountConnectorProperty",
    params(AccountHeader, ("accountConnectorId" = i32, Path, description = "Id of the account connector."), ("propertyId" = i32, Path, description = "Id of the property.")),
    request_body(content = PropertyWrite, description = "A property to store."),
    responses((status = 200, description = "The account connector property after the change.", body = AccountConnectorProperty), Standard, Malformed, Missing))]
async fn update_account_connector_property(
    State(connectors): State<AccountConnectors>,
    State(settings): State<Settings>,
    AsAccount(actor): AsAccount,
    ApiPath((id, property)): ApiPath<(AccountConnectorId, PropertyId)>,
    ApiJson(write): ApiJson<PropertyWrite>,
) -> Result<Json<AccountConnectorProperty>, ApiError> {
    let value = write.value.map(Into::into).into_change();
    connectors
        .replace_property(&actor, id, property, write.name.0, value)
        .await?;
    shown_property(&connectors, &settings, &actor, id, property).await
}

/// Delete a property of an account connector
///
/// By id.
#[utoipa::path(delete, path = "/v1.0/account/connectors/{accountConnectorId}/properties/{propertyId}", tag = "Account connectors", operation_id = "deleteAccountConnectorProperty",
    params(AccountHeader, ("accountConnectorId" = i32, Path, description = "Id of the account connector."), ("propertyId" = i32, Path, description = "Id of the property.")),
    responses((status = 200, description = "Deleted; the body is empty."), Standard, Malformed, Missing))]
async fn delete_account_connector_property(
    State(connectors): State<AccountConnectors>,
    AsAccount(actor): AsAccount,
    ApiPath((id, property)): ApiPath<(AccountConnectorId, PropertyId)>,
) -> Result<StatusCode, ApiError> {
    connectors.delete_property(&actor, id, property).await?;
    Ok(StatusCode::OK)
}

/// List custom fields of an account connector
///
/// Typed and discovered ones. Default order: Id.
#[utoipa::path(get, path = "/v1.0/account/connectors/{accountConnectorId}/fields", tag = "Account connectors", operation_id = "listCustomFields",
    params(AccountHeader, ("accountConnectorId" = i32, Path, description = "Id of the account connector."), SortedPaging),
    responses((status = 200, description = "One page of the list.", body = Vec<CustomField>), Standard, Malformed, Missing))]
async fn list_custom_fields(
    State(connectors): State<AccountConnectors>,
    State(found): State<CustomFields>,
    AsAccount(actor): AsAccount,
    ApiPath(id): ApiPath<AccountConnectorId>,
    ApiQuery(page): ApiQuery<SortedPaging>,
) -> Result<Paged<CustomField>, ApiError> {
    found.open(&actor, id).await.map_err(ApiError::unexpected)?;
    let fields = connectors.fields(&actor, id).await?;
    Ok(Paged(in_memory::page(
        fields.iter().map(CustomField::new).collect(),
        &page.into(),
        &["Id"],
    )))
}

/// Create a custom field
///
/// For one method, or for all with the all-zero GUID.
#[utoipa::path(post, path = "/v1.0/account/connectors/{accountConnectorId}/fields", tag = "Account connectors", operation_id = "createCustomField",
    params(AccountHeader, ("accountConnectorId" = i32, Path, description = "Id of the account connector.")),
    request_body(content = CustomFieldWrite, description = "A custom field to store."),
    responses((status = 200, description = "The field. Not 201: existing clients expect 200.", body = CustomField), Standard, Malformed, Missing))]
async fn create_custom_field(
    State(connectors): State<AccountConnectors>,
    AsAccount(actor): AsAccount,
    ApiPath(id): ApiPath<AccountConnectorId>,
    ApiJson(write): ApiJson<CustomFieldWrite>,
) -> Result<Json<CustomField>, ApiError> {
    Ok(Json(CustomField::new(
        &connectors.add_field(&actor, id, write.into()).await?,
    )))
}

/// Get a custom field
///
/// By id.
#[utoipa::path(get, path = "/v1.0/account/connectors/{accountConnectorId}/fields/{fieldId}", tag = "Account connectors", operation_id = "getCustomField",
    params(AccountHeader, ("accountConnectorId" = i32, Path, description = "Id of the account connector."), ("fieldId" = i32, Path, description = "Id of the custom field.")),
    responses((status = 200, description = "The custom field.", body = CustomField), Standard, Malformed, Missing))]
async fn get_custom_field(
    State(connectors): State<AccountConnectors>,
    AsAccount(actor): AsAccount,
    ApiPath((id, field)): ApiPath<(AccountConnectorId, FieldId)>,
) -> Result<Json<CustomField>, ApiError> {
    Ok(Json(CustomField::new(
        &connectors.field(&actor, id, field).await?,
    )))
}

/// Replace a custom field
///
/// Replaces the definition; the id and existing mappings stay.
#[utoipa::path(put, path = "/v1.0/account/connectors/{accountConnectorId}/fields/{fieldId}", tag = "Account connectors", operation_id = "updateCustomField",
    params(AccountHeader, ("accountConnectorId" = i32, Path, description = "Id of the account connector."), ("fieldId" = i32, Path, description = "Id of the custom field.")),
    request_body(content = CustomFieldWrite, description = "A custom field to store."),
    responses((status = 200, description = "The custom field after the change.", body = CustomField), Standard, Malformed, Missing))]
async fn update_custom_field(
    State(connectors): State<AccountConnectors>,
    AsAccount(actor): AsAccount,
    ApiPath((id, field)): ApiPath<(AccountConnectorId, FieldId)>,
    ApiJson(write): ApiJson<CustomFieldWrite>,
) -> Result<Json<CustomField>, ApiError> {
    Ok(Json(CustomField::new(
        &connectors
            .replace_field(&actor, id, field, write.into())
            .await?,
    )))
}

/// Delete a custom field
///
/// Mappings of it are dropped.
#[utoipa::path(delete, path = "/v1.0/account/connectors/{accountConnectorId}/fields/{fieldId}", tag = "Account connectors", operation_id = "deleteCustomField",
    params(AccountHeader, ("accountConnectorId" = i32, Path, description = "Id of the account connector."), ("fieldId" = i32, Path, description = "Id of the custom field.")),
    responses((status = 200, description = "Deleted; the body is empty."), Standard, Malformed, Missing))]
async fn delete_custom_field(
    State(connectors): State<AccountConnectors>,
    AsAccount(actor): AsAccount,
    ApiPath((id, field)): ApiPath<(AccountConnectorId, FieldId)>,
) -> Result<StatusCode, ApiError> {
    connectors.delete_field(&actor, id, field).await?;
    Ok(StatusCode::OK)
}

/// Create a setup token
///
/// A token and a link for somebody without access, to authenticate this account connector once. 5 minutes unless asked otherwise; entering it uses it up.
#[utoipa::path(post, path = "/v1.0/account/connectors/{accountConnectorId}/setuptoken", tag = "Account connectors", operation_id = "createSetupToken",
    params(AccountHeader, ("accountConnectorId" = i32, Path, description = "Id of the account connector.")),
    request_body(content = Option<SetupTokenRequest>, description = "Options of a setup token."),
    responses((status = 201, description = "Created: the new setup token.", body = SetupToken), Standard, Malformed, Missing))]
async fn create_setup_token(
    State(authentications): State<Authentications>,
    AsAccount(actor): AsAccount,
    ApiPath(id): ApiPath<AccountConnectorId>,
    ApiJson(request): ApiJson<SetupTokenRequest>,
) -> Result<(StatusCode, Json<SetupToken>), ApiError> {
    let token = authentications
        .create_setup_token(&actor, id, request.expires_in_minutes, request.return_url)
        .await?;
    Ok((StatusCode::CREATED, Json(token.into())))
}

/// List custom object categories
///
/// Copies of connector categories made in this account. Default order: ObjectName.
#[utoipa::path(get, path = "/v1.0/account/connectors/{accountConnectorId}/categories", tag = "Account connectors", operation_id = "listCategoryCopies",
    params(AccountHeader, ("accountConnectorId" = i32, Path, description = "Id of the account connector.")),
    responses((status = 200, description = "The whole list.", body = Vec<CategoryCopy>), Standard, Malformed, Missing))]
async fn list_category_copies(
    State(connectors): State<AccountConnectors>,
    AsAccount(actor): AsAccount,
    ApiPath(id): ApiPath<AccountConnectorId>,
) -> Result<Json<Vec<CategoryCopy>>, ApiError> {
    let copies = connectors.category_copies(&actor, id).await?;
    Ok(Json(copies.into_iter().map(Into::into).collect()))
}

/// Copy a category for a custom object
///
/// The copy gets its own custom fields; steps can use its methods.
#[utoipa::path(post, path = "/v1.0/account/connectors/{accountConnectorId}/categories", tag = "Account connectors", operation_id = "createCategoryCopy",
    params(AccountHeader, ("accountConnectorId" = i32, Path, description = "Id of the account connector.")),
    request_body(content = CategoryCopyWrite, description = "A category to copy."),
    responses((status = 201, description = "Created: the new category copy.", body = CategoryCopy), Standard, Malformed, Missing))]
async fn create_category_copy(
    State(connectors): State<AccountConnectors>,
    AsAccount(actor): AsAccount,
    ApiPath(id): ApiPath<AccountConnectorId>,
    ApiJson(write): ApiJson<CategoryCopyWrite>,
) -> Result<(StatusCode, Json<CategoryCopy>), ApiError> {
    let copy = connectors.copy_category(&actor, id, write.into()).await?;
    Ok((StatusCode::CREATED, Json(copy.into())))
}

/// Delete a custom object category
///
/// With its custom fields.
#[utoipa::path(delete, path = "/v1.0/account/connectors/{accountConnectorId}/categories/{categoryId}", tag = "Account connectors", operation_id = "deleteCategoryCopy",
    params(AccountHeader, ("accountConnectorId" = i32, Path, description = "Id of the account connector."), ("categoryId" = i32, Path, description = "Id of the copied category.")),
    responses((status = 204, description = "Deleted."), Standard, Malformed, Missing, Conflicting))]
async fn delete_category_copy(
    State(connectors): State<AccountConnectors>,
    AsAccount(actor): AsAccount,
    ApiPath((id, copy)): ApiPath<(AccountConnectorId, CategoryCopyId)>,
) -> Result<StatusCode, ApiError> {
    connectors.delete_category_copy(&actor, id, copy).await?;
    Ok(StatusCode::NO_CONTENT)
}
