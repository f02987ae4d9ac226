//! Why a call failed, in the product's words.

use std::time::Duration;

use http::StatusCode;

use super::{Exchange, Progress};
use crate::auth::CredentialError;

/// Why a call failed. Every exchange in it is redacted.
#[derive(Clone, Debug, thiserror::Error)]
pub enum CallError {
    /// The request can't be made from the values given: a 400 naming the field.
    #[error("Failed to build the request: {message}")]
    Build {
        /// `targetName` or location at fault; none when it is the request as a whole.
        field: Option<String>,
        /// What is wrong, naming the field.
        message: String,
    },
    /// There is no credential, or the provider refuses the one there is.
    #[error("Failed to authenticate the connector: {0}")]
    Authentication(#[from] CredentialError),
    /// A limit of ours or the provider's 429 asks for a longer wait than the caller has.
    #[error("Failed to call the method: rate limited, try again in {} s", .retry_after.as_secs())]
    RateLimited {
        /// When to come back.
        retry_after: Duration,
        /// The provider's 429; none when the wait is our own.
        exchange: Option<Box<Exchange>>,
    },
    /// A script of the connector, the method or the step failed.
    #[error("{}: {error}", if *building { "Failed to build the request" } else { "Failed to call the method" })]
    Script {
        /// Whether it failed before anything was sent.
        building: bool,
        /// What failed, and where; its secrets are replaced.
        error: Box<velodrome_script::ScriptError>,
    },
    /// The provider answered with a failure.
    #[error("Failed to call the method: the provider answered {status}")]
    Upstream {
        /// Its status, never 2xx, never 429.
        status: StatusCode,
        /// What was said.
        exchange: Box<Exchange>,
    },
    /// The provider's answer can't be read, or is not in the format the definition promises.
    #[error("Response data not in expected format: {message}")]
    Unreadable {
        /// What is wrong with it.
        message: String,
        /// What was said.
        exchange: Box<Exchange>,
    },
    /// The provider kept silent for too long.
    #[error("Failed to call the method: the provider did not answer in time")]
    Timeout {
        /// What was asked.
        exchange: Box<Exchange>,
    },
    /// The provider could not be reached, or broke the connection.
    #[error("Failed to call the method: {message}")]
    Unreachable {
        /// Why.
        message: String,
        /// What was asked.
        exchange: Box<Exchange>,
    },
    /// The egress guard, or the rule where credentials may go, forbids the address.
    #[error("Failed to call the method: {message}")]
    Refused {
        /// Why, without addresses that the caller did not name.
        message: String,
    },
    /// The answer is larger than is accepted.
    #[error("Failed to call the method: the answer is larger than {limit} bytes")]
    TooLarge {
        /// The limit.
        limit: u64,
        /// What was asked.
        exchange: Box<Exchange>,
    },
    /// Paging went on for too long or in circles that can't be trusted.
    #[error("Failed to call the method: {message}")]
    Paging {
        /// Why.
        message: String,
    },
    /// A part of a long request failed after others had been sent.
    #[error("{source} (elements {sent} were sent, {unsent} were not)", sent = Elements(.sent), unsent = Elements(.unsent))]
    PartlySent {
        /// Elements whose requests were answered, counted from 0, end exclusive.
        sent: std::ops::Range<usize>,
        /// Elements of the failed request and those after it.
        unsent: std::ops::Range<usize>,
        /// What [`Pipeline::resume`](super::Pipeline::resume) goes on from.
        progress: Box<Progress>,
        /// What failed.
        source: Box<CallError>,
    },
}

impl CallError {
    /// A long answer can't be kept.
    pub(crate) fn no_room(error: std::io::Error) -> Self {
        Self::Paging {
            message: format!(
                "the pages are too long for memory, and the folder for temporary files can't take them: {error}"
            ),
        }
    }

    /// A stable word for metrics.
    pub fn label(&self) -> &'static str {
        match self {
            Self::Build { .. } => "build",
            Self::Authentication(_) => "authentication",
            Self::RateLimited { .. } => "rate_limited",
            Self::Script { .. } => "script",
            Self::Upstream { .. } => "upstream",
            Self::Unreadable { .. } => "unreadable",
            Self::Timeout { .. } => "timeout",
            Self::Unreachable { .. } => "unreachable",
            Self::Refused { .. } => "refused",
            Self::TooLarge { .. } => "too_large",
            Self::Paging { .. } => "paging",
            Self::PartlySent { source, .. } => source.label(),
        }
    }

    /// The exchange to show, where a request was made.
    pub fn exchange(&self) -> Option<&Exchange> {
        match self {
            Self::Upstream { exchange, .. }
            | Self::Unreadable { exchange, .. }
            | Self::Timeout { exchange }
            | Self::Unreachable { exchange, .. }
            | Self::TooLarge { exchange, .. } => Some(exchange),
            Self::RateLimited { exchange, .. } => exchange.as_deref(),
            Self::PartlySent { source, .. } => source.exchange(),
            Self::Build { .. }
            | Self::Script { .. }
            | Self::Authentication(_)
            | Self::Refused { .. }
            | Self::Paging { .. } => None,
        }
    }
}

/// A range of elements as people count them.
struct Elements<'a>(&'a std::ops::Range<usize>);

impl std::fmt::Display for Elements<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.0.is_empty() {
            f.write_str("none")
        } else {
            write!(f, "{} to {}", self.0.start + 1, self.0.end)
        }
    }
}
