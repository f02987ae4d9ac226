//! What can go wrong with connectors in accounts.

use velodrome_connector::auth::AuthValueError;
use velodrome_store::StoreError;

use crate::installation::InstallationError;

/// What an account connector is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// A property.
    Property,
    /// A custom field.
    CustomField,
    /// A copy of a method category.
    CategoryCopy,
}

impl std::fmt::Display for Part {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Property => "property",
            Self::CustomField => "custom field",
            Self::CategoryCopy => "copied category",
        })
    }
}

/// A failure of something done to an account's connectors.
#[derive(Debug, thiserror::Error)]
pub enum AccountConnectorError {
    /// There is no such connector in the library.
    #[error("there is no such connector")]
    NoConnector,
    /// The account has no such account connector, nor has its parent.
    #[error("there is no such account connector")]
    NotFound,
    /// It has no such part.
    #[error("there is no such {0}")]
    NoPart(Part),
    /// The parent owns it; a sub account can't change it.
    #[error("The connector belongs to the parent account and can't be changed from a sub account.")]
    Inherited,
    /// The release is a draft.
    #[error("Connector {0} is a draft; drafts cannot be installed.")]
    Draft(velodrome_model::ConnectorId),
    /// The release is a former one.
    #[error("Connector {0} is deprecated; install its live release.")]
    Deprecated(velodrome_model::ConnectorId),
    /// The connector is only announced.
    #[error("Connector {0} is planned and cannot be installed yet.")]
    Planned(velodrome_model::ConnectorId),
    /// It is of the newest release.
    #[error("The connector is of the newest release already.")]
    NoUpdate,
    /// The newest release has no such authentication.
    #[error(
        "The newest release has no authentication like the one in use; choose one with AuthenticationId."
    )]
    AuthenticationGone,
    /// Another account connector has the name.
    #[error("Account connector name {0} is in use.")]
    NameInUse(String),
    /// A running cycle uses it.
    #[error("Account connector name {0} is in use.")]
    InUse(String),
    /// A step works on the object of a copied category.
    #[error("A step uses the copied category {0}; change or delete the step first.")]
    CategoryInUse(String),
    /// The authentication is not one of the connector's.
    #[error("AuthenticationId {0} does not belong to the connector.")]
    ForeignAuthentication(velodrome_model::AuthenticationId),
    /// No parameter has this name.
    #[error("The connector has no property '{0}'.")]
    UnknownProperty(String),
    /// The parameter of this name is no account connector property.
    #[error("'{0}' is not an account connector property.")]
    NotAnAccountProperty(String),
    /// A value breaks a rule of the definition, or of ours.
    #[error("{0}")]
    Invalid(String),
    /// The credentials are not of the authentication's kind.
    #[error("{0}.")]
    AuthValue(#[from] AuthValueError),
    /// A custom field stands at this location already.
    #[error("The method has a field at {0} already.")]
    LocationInUse(String),
    /// The category has a copy for this object already.
    #[error("Object name {0} is in use.")]
    ObjectInUse(String),
    /// Only unrestricted tokens may do this.
    #[error("IsPartnerIntegrationConnector can only be changed with an unrestricted token.")]
    NeedsPartner,
    /// The release is not in the catalogue.
    #[error("the connector's definition is not available")]
    Undefined,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<InstallationError> for AccountConnectorError {
    fn from(error: InstallationError) -> Self {
        match error {
            InstallationError::NotFound => Self::NotFound,
            InstallationError::Undefined => Self::Undefined,
            InstallationError::Store(cause) => Self::Store(cause),
        }
    }
}
