//! Account connectors as the wire shows and takes them.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use velodrome_model::{AccountConnectorId, ExposeSecret, Property};
use velodrome_service::account_connectors::{self, InstalledConnector};

use super::{
    Authentication, AuthenticationState, ComparedRelease, Connector, DataType, DefinitionChange,
};
use crate::lenient::{Keep, Patch};

/// A connector installed in an account.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct AccountConnector {
    /// Id of the account connector.
    pub id: i32,
    /// Name, unique within the account.
    pub name: String,
    /// Free text.
    pub description: Option<String>,
    /// API key; base64 of user:password; or JSON text {"AccessToken","RefreshToken","Expires","RefreshExpires"} for OAuth ("{}" makes the connector obtain tokens itself).
    pub auth_value: Option<String>,
    /// Whether the connector can be used.
    pub authenticated: bool,
    /// More detail on Authenticated.
    #[schema(required = false)]
    pub authentication_state: AuthenticationState,
    /// Authentication in use.
    pub authentication_id: Option<Uuid>,
    /// The connector, icon included.
    pub connector: Connector,
    /// Native connector of the partner: callable from any IP address.
    pub is_partner_integration_connector: bool,
    /// API id of the account that owns it; the parent account when seen from a sub account.
    #[schema(required = false, read_only)]
    pub owner_account_id: String,
    /// Properties.
    pub properties: Vec<AccountConnectorProperty>,
    /// Custom fields.
    pub custom_fields: Vec<CustomField>,
    /// There is a newer release of the connector, to which it can be moved.
    #[schema(required = false, read_only)]
    pub update_available: bool,
}

/// A property of an account connector.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct AccountConnectorProperty {
    /// Name; ClientId and ClientSecret override the partner setup.
    pub name: String,
    /// Value, always text.
    #[schema(required = true)]
    pub value: Option<String>,
    /// Id of the property; ignored on input.
    pub id: i32,
    /// Id of the account connector; ignored on input.
    pub account_connector_id: i32,
}

/// A custom field of an account connector.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct CustomField {
    /// Id of the field.
    pub id: i32,
    /// Path in the body; [name] marks a list.
    pub connector_field: String,
    /// Normalised name.
    pub system_field: Option<String>,
    /// Name shown to users.
    pub display_name: String,
    /// Help text.
    pub description: Option<String>,
    /// Type of the value.
    pub data_type: DataType,
    /// Format, for DateTime.
    pub data_type_format: Option<String>,
    /// Method it belongs to; the all-zero GUID means every method of the connector.
    pub method_unique_identifier: Uuid,
    /// Object or category it belongs to.
    pub entity_identifier: Option<String>,
    /// true for a request field, false for a response field.
    pub for_request_format: bool,
    /// Discovered from the third party, not typed in.
    #[schema(required = false, read_only)]
    pub is_dynamic: bool,
}

/// How to install a connector. The whole body may be absent.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct ConnectorInstall {
    /// Name of the account connector; the connector name when absent. Unique within the account.
    #[serde(default)]
    pub name: Option<String>,
    /// Free text.
    #[serde(default)]
    pub description: Option<String>,
    /// Authentication to use; the default one when absent.
    #[serde(default)]
    pub authentication_id: Option<Uuid>,
    /// Credentials, see AccountConnector.AuthValue; authenticate later when absent.
    #[serde(default)]
    pub auth_value: Option<String>,
    /// Account connector properties. Names must exist and be account connector properties.
    #[serde(default)]
    pub properties: Option<Vec<PropertyValue>>,
}

/// A named value.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct PropertyValue {
    /// Name of the property (TargetName of the parameter).
    #[schema(required = true)]
    #[serde(default)]
    pub name: String,
    /// Value, always text.
    #[serde(default)]
    pub value: Option<String>,
    /// Id of the property; ignored on input.
    #[serde(default)]
    pub id: Option<i32>,
    /// Id of the account connector; ignored on input.
    #[serde(default)]
    pub account_connector_id: Option<i32>,
}

/// Changes. A property left out keeps its value.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct AccountConnectorUpdate {
    /// Name, unique within the account.
    #[schema(value_type = String)]
    #[serde(default)]
    pub name: Keep<String>,
    /// Free text.
    #[schema(value_type = Option<String>)]
    #[serde(default)]
    pub description: Patch<String>,
    /// New credentials; setting them marks the connector authenticated.
    #[schema(value_type = Option<String>)]
    #[serde(default)]
    pub auth_value: Patch<String>,
    /// Authentication to use.
    #[schema(value_type = Option<Uuid>)]
    #[serde(default)]
    pub authentication_id: Patch<Uuid>,
    /// Make it native or standard; unrestricted tokens only.
    #[schema(value_type = bool)]
    #[serde(default)]
    pub is_partner_integration_connector: Keep<bool>,
}

/// How to move an account connector to the newest release.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct ConnectorReleaseUpdateRequest {
    /// Authentication to use; the one in use when absent. Its credential goes when it is another one.
    #[serde(default)]
    pub authentication_id: Option<Uuid>,
}

/// What moving an account connector to the newest release changes.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct ConnectorReleaseUpdate {
    /// The release in use.
    pub from: ComparedRelease,
    /// The newest release.
    pub to: ComparedRelease,
    /// Notes of the newest release.
    pub notes: Option<String>,
    /// Every method and field of the release in use still exists.
    pub is_compatible: bool,
    /// The authentication in use still exists; otherwise another one has to be chosen.
    pub keeps_authentication: bool,
    /// Authentications of the newest release.
    pub authentication: Vec<Authentication>,
    /// Everything that is different.
    pub changes: Vec<DefinitionChange>,
}

impl From<account_connectors::ReleaseUpdate> for ConnectorReleaseUpdate {
    fn from(update: account_connectors::ReleaseUpdate) -> Self {
        Self {
            from: (&update.from).into(),
            to: (&update.to).into(),
            notes: update.to.comments,
            is_compatible: update.is_compatible,
            keeps_authentication: update.keeps_authentication,
            authentication: Authentication::all(&update.newest),
            changes: update.differences.iter().map(Into::into).collect(),
        }
    }
}

/// A property to store.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct PropertyWrite {
    /// Name; any name is accepted.
    #[schema(value_type = String, required = true)]
    #[serde(default)]
    pub name: Keep<String>,
    /// Value, always text.
    #[schema(value_type = Option<String>)]
    #[serde(default)]
    pub value: Patch<String>,
    /// Ignored.
    #[serde(default)]
    #[expect(dead_code, reason = "accepted, so that an answer can be sent back")]
    pub id: Option<i32>,
}

/// A custom field to store.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct CustomFieldWrite {
    /// Path in the body; [name] marks a list.
    pub connector_field: String,
    /// Normalised name.
    #[serde(default)]
    pub system_field: Option<String>,
    /// Name shown to users.
    pub display_name: String,
    /// Help text.
    #[serde(default)]
    pub description: Option<String>,
    /// Type of the value.
    #[serde(default)]
    #[schema(value_type = DataType)]
    pub data_type: Keep<DataType>,
    /// Format, for DateTime.
    #[serde(default)]
    pub data_type_format: Option<String>,
    /// Method it belongs to; the all-zero GUID means every method of the connector.
    pub method_unique_identifier: Uuid,
    /// Object or category it belongs to.
    #[serde(default)]
    pub entity_identifier: Option<String>,
    /// true for a request field, false for a response field.
    pub for_request_format: bool,
}

/// A confirmation.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct MessageResponse {
    /// Confirmation in one sentence.
    pub message: String,
}

/// Options of a setup token.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct SetupTokenRequest {
    /// Minutes of validity, 1 to 10080.
    #[schema(value_type = i64)]
    #[serde(default)]
    pub expires_in_minutes: Option<i64>,
    /// Where the user goes afterwards; a confirmation page when absent.
    #[serde(default)]
    pub return_url: Option<String>,
}

/// A one-time token for authenticating one account connector.
#[derive(Clone, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct SetupToken {
    /// Token to type in; works once.
    pub token: String,
    /// Page where the token is typed in.
    pub setup_url: String,
    /// The same page with the token filled in.
    pub direct_url: String,
    /// Account connector it authenticates.
    pub account_connector_id: i32,
    /// Expiry, UTC.
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    pub expires_at_utc: crate::WireTime,
}

impl AccountConnector {
    /// The account connector; `masked` hides the credential and sensitive properties.
    pub fn new(one: &InstalledConnector, masked: bool) -> Self {
        let id = one.connector.id;
        Self {
            id: id.0,
            name: one.connector.name.clone(),
            description: one.connector.description.clone(),
            auth_value: one
                .auth_value
                .as_ref()
                .filter(|_| !masked)
                .map(|value| value.expose_secret().to_owned()),
            authenticated: one.state == velodrome_model::AuthenticationState::Authenticated,
            authentication_state: one.state.into(),
            authentication_id: Some(one.connector.authentication.0),
            connector: Connector::new(&one.library, true, Some(id.0)),
            is_partner_integration_connector: one.connector.is_native,
            owner_account_id: one.owner.to_string(),
            properties: one
                .properties
                .iter()
                .map(|property| {
                    AccountConnectorProperty::new(
                        id,
                        property,
                        masked && one.is_sensitive(&property.name),
                    )
                })
                .collect(),
            custom_fields: one.fields.iter().map(CustomField::new).collect(),
            update_available: one.has_update,
        }
    }
}

impl AccountConnectorProperty {
    /// The property; `masked` hides its value.
    pub fn new(of: AccountConnectorId, one: &Property, masked: bool) -> Self {
        let value = one.value.as_ref().filter(|_| !masked);
        Self {
            name: one.name.clone(),
            value: value.map(|value| value.expose_secret().to_owned()),
            id: one.id.0,
            account_connector_id: of.0,
        }
    }
}

impl CustomField {
    /// The field.
    pub fn new(one: &account_connectors::CustomField) -> Self {
        let draft = &one.draft;
        Self {
            id: one.id.0,
            connector_field: draft.location.clone(),
            system_field: draft.details.system_field.clone(),
            display_name: draft.details.display_name.clone(),
            description: draft.details.description.clone(),
            data_type: draft.details.data_type.into(),
            data_type_format: draft.details.format.clone(),
            method_unique_identifier: draft.method,
            entity_identifier: draft.details.entity.clone(),
            for_request_format: draft.for_request,
            is_dynamic: draft.details.is_dynamic,
        }
    }
}

impl From<CustomFieldWrite> for account_connectors::CustomFieldDraft {
    fn from(write: CustomFieldWrite) -> Self {
        Self {
            method: write.method_unique_identifier,
            for_request: write.for_request_format,
            location: write.connector_field,
            details: account_connectors::FieldDetails {
                display_name: write.display_name,
                system_field: write.system_field,
                description: write.description,
                data_type: write.data_type.0.map(Into::into).unwrap_or_default(),
                format: write.data_type_format,
                entity: write.entity_identifier,
                ..account_connectors::FieldDetails::default()
            },
        }
    }
}

impl From<ConnectorInstall> for account_connectors::Install {
    fn from(write: ConnectorInstall) -> Self {
        Self {
            name: write.name,
            description: write.description,
            authentication: write
                .authentication_id
                .map(velodrome_model::AuthenticationId),
            auth_value: write.auth_value.map(Into::into),
            properties: named_values(write.properties.unwrap_or_default()),
        }
    }
}

impl From<AccountConnectorUpdate> for account_connectors::Change {
    fn from(write: AccountConnectorUpdate) -> Self {
        Self {
            name: write.name.0,
            description: write.description.into_change(),
            auth_value: write.auth_value.map(Into::into).into_change(),
            authentication: write
                .authentication_id
                .map(velodrome_model::AuthenticationId)
                .into_change(),
            is_native: write.is_partner_integration_connector.0,
        }
    }
}

/// Names with values, as services take them.
pub(crate) fn named_values(
    values: Vec<PropertyValue>,
) -> Vec<(String, Option<velodrome_model::SecretString>)> {
    values
        .into_iter()
        .map(|one| (one.name, one.value.map(Into::into)))
        .collect()
}

impl From<velodrome_service::authentication::SetupToken> for SetupToken {
    fn from(token: velodrome_service::authentication::SetupToken) -> Self {
        Self {
            token: token.token.expose_secret().to_owned(),
            setup_url: token.setup_url,
            direct_url: token.direct_url,
            account_connector_id: token.account_connector.0,
            expires_at_utc: token.expires_at.into(),
        }
    }
}
