//! What can go wrong with templates, their installation and the recycle bin.

use velodrome_connector::catalogue::BadPackage;
use velodrome_model::{AccountConnectorId, ConnectorId, cycle::GraphFault};
use velodrome_store::StoreError;

use super::Incompatibility;
use crate::{Invalid, cycles::CycleError};

/// A failure of something done to templates.
#[derive(Debug, thiserror::Error)]
pub enum TemplateError {
    /// The partner has no such template.
    #[error("there is no such template")]
    NotFound,
    /// The template has no such release.
    #[error("the template has no such release")]
    NoRelease,
    /// The partner has no such folder.
    #[error("there is no such folder")]
    NoFolder,
    /// The account has no such cycle.
    #[error("there is no such cycle")]
    NoCycle,
    /// There is no such thing in the recycle bin.
    #[error("there is no such item in the recycle bin")]
    NoItem,
    /// A request names something that is not there.
    #[error("{0} names nothing that exists; check the id.")]
    Unknown(&'static str),
    /// A member of a request breaks a rule.
    #[error(transparent)]
    Request(#[from] Invalid),
    /// Nothing is live that could be offered.
    #[error("A template is published once it has a live release; promote one first.")]
    NothingLive,
    /// A folder would lie in itself.
    #[error("A folder can't be moved into itself or a folder inside it.")]
    FolderInItself,
    /// Something lies in the folder.
    #[error("Folder {0} is not empty; move or delete what lies in it first.")]
    FolderNotEmpty(String),
    /// There are as many as there may be.
    #[error("There may be at most {most} {what}; delete some that are not used.")]
    TooMany {
        /// Of what.
        what: &'static str,
        /// How many.
        most: usize,
    },
    /// The live release is what new customers get.
    #[error("Release {0} is live; promote another one before it is deleted.")]
    IsLive(i32),
    /// Only drafts go live.
    #[error("Release {0} is no draft; copy it and promote the copy.")]
    NoDraft(i32),
    /// It could not run (reason codes 10 and 11).
    #[error("{}", reason(*.0))]
    NotConnected(GraphFault),
    /// It was built by hand.
    #[error("The cycle was not installed from a template.")]
    NoTemplate,
    /// It has the newest release.
    #[error("The cycle runs the live release already.")]
    UpToDate,
    /// The template is gone, or nothing of it is live.
    #[error("The cycle's template has no live release.")]
    NothingNewer,
    /// The account can't use this account connector for that connector.
    #[error(
        "AccountConnectors: the account has no account connector {account_connector} of connector {connector}."
    )]
    ForeignConnector {
        /// The connector.
        connector: ConnectorId,
        /// The account connector.
        account_connector: AccountConnectorId,
    },
    /// A connector that a release uses is not known here any more.
    #[error("Connector {0} is not available any more; the operator finds the reason in the log.")]
    Undefined(ConnectorId),
    /// An imported document is none.
    #[error("The document can't be imported: {0}.")]
    NoDocument(String),
    /// Parts of an imported document can't be taken.
    #[error("The document can't be imported: {}.", all(.0))]
    Incompatible(Vec<Incompatibility>),
    /// The account of what is restored is gone.
    #[error("Its account was deleted.")]
    AccountGone,
    /// Somebody changed it in the same moment.
    #[error("It was changed by somebody else at the same time; try again.")]
    Changed,
    /// Something done to a cycle failed.
    #[error(transparent)]
    Cycle(CycleError),
    /// A connector's stored content can't be read.
    #[error("a connector's stored content is not readable")]
    Content(#[from] BadPackage),
    /// The store failed.
    #[error(transparent)]
    Store(StoreError),
}

impl From<StoreError> for TemplateError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Stale => Self::Changed,
            other => Self::Store(other),
        }
    }
}

impl From<CycleError> for TemplateError {
    fn from(error: CycleError) -> Self {
        match error {
            CycleError::NotFound => Self::NoCycle,
            CycleError::Invalid(invalid) => Self::Request(invalid),
            CycleError::Store(cause) => cause.into(),
            other => Self::Cycle(other),
        }
    }
}

/// The texts of the reason codes (openapi: ReasonCode).
fn reason(fault: GraphFault) -> &'static str {
    match fault {
        GraphFault::TooFewSteps => "Cycle must have at least two steps",
        GraphFault::NotConnected => {
            "All steps must be connected together and only one step can be the trigger"
        }
    }
}

/// All in one line, as the body of an error has room for one sentence.
fn all(parts: &[Incompatibility]) -> String {
    let parts = parts.iter().map(ToString::to_string);
    parts.collect::<Vec<_>>().join("; ")
}
