//! What can go wrong with custom connectors.

use velodrome_connector::catalogue::BadPackage;
use velodrome_model::Fault;
use velodrome_store::StoreError;

use crate::Invalid;

/// A failure of something done to custom connectors.
#[derive(Debug, thiserror::Error)]
pub enum CustomConnectorError {
    /// The owner has none of this id.
    #[error("there is no such custom connector")]
    NotFound,
    /// It has no release of this kind.
    #[error("the custom connector has no such release")]
    NoRelease,
    /// The partner's settings forbid them.
    #[error("Custom connectors are disabled; the partner's general settings enable them.")]
    Disabled,
    /// The definition has faults.
    #[error("Custom connector is invalid ({}).", reasons(.0))]
    Invalid(Vec<Fault>),
    /// The definition can't be taken as it is; the text says why.
    #[error("Custom connector is invalid ({0}).")]
    Rejected(String),
    /// An owner has as many as it may have.
    #[error("There may be at most {0} custom connectors; delete one that is not used.")]
    TooMany(u64),
    /// It is installed.
    #[error("Custom connector {name} is in use: it is installed {count} times.")]
    Installed {
        /// Its name.
        name: String,
        /// Installations of all releases.
        count: u64,
    },
    /// There is nothing to make Live or to discard.
    #[error("Custom connector {0} has no draft; change it first.")]
    NoDraft(String),
    /// Nothing would be left of it.
    #[error("Custom connector {0} was never live; delete it instead of its draft.")]
    NeverLive(String),
    /// Release notes are longer than is kept.
    #[error("Notes may have at most {0} characters.")]
    NotesTooLong(usize),
    /// A member of a request breaks a rule.
    #[error(transparent)]
    Request(#[from] Invalid),
    /// The guard lets nobody go to the address of a document.
    #[error("The document can't be fetched: {0}.")]
    AddressRefused(String),
    /// There was no document at the address.
    #[error("The document could not be fetched: {reason}.")]
    NotFetched {
        /// Why not.
        reason: String,
        /// Status of the answer; none without answer.
        status: Option<u16>,
    },
    /// Somebody else changed it in between.
    #[error("The custom connector was changed while the document was read; import it once more.")]
    Changed,
    /// A stored content can't be read.
    #[error("a custom connector's stored content is not readable")]
    Content(#[from] BadPackage),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// All reasons in one line, as the body of an error has room for one sentence.
fn reasons(faults: &[Fault]) -> String {
    let errors = faults.iter().filter(|fault| fault.is_error());
    errors
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join("; ")
}
