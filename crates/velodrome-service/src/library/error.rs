//! What can go wrong in the library.

use velodrome_store::StoreError;

/// A failure of looking something up.
#[derive(Debug, thiserror::Error)]
pub enum LibraryError {
    /// There is no such connector, method or guide.
    #[error("there is no such connector")]
    NotFound,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A failure of changing a partner's setup or guide.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// There is no such connector.
    #[error("there is no such connector")]
    NotFound,
    /// The connector has no partner property of this name.
    #[error("The connector has no partner property named '{0}'.")]
    UnknownProperty(String),
    /// A value is not what the definition allows.
    #[error("{label}: {message}")]
    Invalid {
        /// Label of the value.
        label: String,
        /// What is wrong with it.
        message: String,
    },
    /// The guide's text is missing.
    #[error("Markdown is required.")]
    BlankGuide,
    /// A text is longer than is kept.
    #[error("{what} may have at most {limit} characters.")]
    TooLong {
        /// Which text.
        what: &'static str,
        /// The limit.
        limit: usize,
    },
    /// The sandbox answers instead of the provider, so the value would be given away.
    #[error(
        "{label} looks like {kind}; simulated providers answer here, so use any made-up value."
    )]
    RealSecretInSandbox {
        /// Label of the value.
        label: String,
        /// What it looks like.
        kind: &'static str,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}
