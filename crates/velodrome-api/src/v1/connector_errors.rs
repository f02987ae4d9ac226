//! From the errors of the connector services to answers.

use velodrome_service::{
    account_connectors::{AccountConnectorError, Part},
    custom_connectors::CustomConnectorError,
    library::{LibraryError, SetupError},
};

use crate::ApiError;

impl From<LibraryError> for ApiError {
    fn from(error: LibraryError) -> Self {
        match error {
            LibraryError::NotFound => Self::not_found("connector.not_found"),
            LibraryError::Store(cause) => Self::unexpected(cause),
        }
    }
}

impl From<SetupError> for ApiError {
    fn from(error: SetupError) -> Self {
        match error {
            SetupError::NotFound => Self::not_found("connector.not_found"),
            SetupError::UnknownProperty(_) => Self::bad_request("setup.unknown_property", error),
            SetupError::Invalid { .. } => Self::bad_request("setup.invalid_value", error),
            SetupError::BlankGuide => Self::bad_request("guide.blank", error),
            SetupError::TooLong { .. } => Self::bad_request("guide.too_long", error),
            SetupError::RealSecretInSandbox { .. } => {
                Self::bad_request("setup.real_secret_in_sandbox", error)
            }
            SetupError::Store(cause) => Self::unexpected(cause),
        }
    }
}

impl From<AccountConnectorError> for ApiError {
    fn from(error: AccountConnectorError) -> Self {
        use AccountConnectorError as E;
        match error {
            E::NoConnector => Self::not_found("connector.not_found"),
            E::NotFound => Self::not_found("account_connector.not_found"),
            E::NoPart(Part::Property) => Self::not_found("property.not_found"),
            E::NoPart(Part::CustomField) => Self::not_found("custom_field.not_found"),
            E::NoPart(Part::CategoryCopy) => Self::not_found("category.not_found"),
            E::Inherited => Self::forbidden("account_connector.inherited", error),
            E::Draft(_) => Self::bad_request("connector.draft", error),
            E::Deprecated(_) => Self::bad_request("connector.deprecated", error),
            E::Planned(_) => Self::bad_request("connector.planned", error),
            E::NoUpdate => Self::conflict("account_connector.no_update", error),
            E::AuthenticationGone => Self::conflict("account_connector.authentication_gone", error),
            E::NameInUse(_) => Self::bad_request("account_connector.name_in_use", error),
            E::InUse(_) => Self::conflict("account_connector.in_use", error),
            E::CategoryInUse(_) => Self::conflict("category.in_use", error),
            E::ForeignAuthentication(_) => {
                Self::bad_request("account_connector.foreign_authentication", error)
            }
            E::UnknownProperty(_) => Self::bad_request("account_connector.unknown_property", error),
            E::NotAnAccountProperty(_) => {
                Self::bad_request("account_connector.not_an_account_property", error)
            }
            E::Invalid(_) => Self::bad_request("account_connector.invalid", error),
            E::AuthValue(_) => Self::bad_request("account_connector.auth_value", error),
            E::LocationInUse(_) => Self::bad_request("custom_field.location_in_use", error),
            E::ObjectInUse(_) => Self::bad_request("category.object_in_use", error),
            E::NeedsPartner => Self::forbidden("auth.partner_required", error),
            E::Undefined => Self::unexpected(error),
            E::Store(cause) => Self::unexpected(cause),
        }
    }
}

impl From<CustomConnectorError> for ApiError {
    fn from(error: CustomConnectorError) -> Self {
        use CustomConnectorError as E;
        match error {
            E::NotFound => Self::not_found("custom_connector.not_found"),
            E::NoRelease => Self::not_found("custom_connector.release_not_found"),
            E::Disabled => Self::bad_request("custom_connector.disabled", error),
            E::Invalid(_) | E::Rejected(_) => Self::bad_request("custom_connector.invalid", error),
            E::TooMany(_) => Self::bad_request("custom_connector.too_many", error),
            E::NotesTooLong(_) => Self::bad_request("custom_connector.notes_too_long", error),
            E::Request(invalid) => invalid.into(),
            E::AddressRefused(_) => Self::forbidden("custom_connector.address_refused", error),
            E::NotFetched { status, .. } => Self::upstream(
                http::StatusCode::BAD_GATEWAY,
                "custom_connector.not_fetched",
                &error,
                None,
                status,
            ),
            E::Changed => Self::conflict("custom_connector.changed", error),
            E::Installed { .. } => Self::conflict("custom_connector.installed", error),
            E::NoDraft(_) => Self::conflict("custom_connector.no_draft", error),
            E::NeverLive(_) => Self::conflict("custom_connector.never_live", error),
            E::Content(cause) => Self::unexpected(cause),
            E::Store(cause) => Self::unexpected(cause),
        }
    }
}
