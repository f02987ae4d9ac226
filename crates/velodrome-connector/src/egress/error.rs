//! What can go wrong on the way out.

use std::{fmt, time::Duration};

use super::identity::IdentityError;

/// Why a request got no (complete) answer. Messages name origins at most, never paths or queries.
#[derive(Debug, thiserror::Error)]
pub enum EgressError {
    /// The guard says no.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The certificate that the request should show.
    #[error(transparent)]
    Identity(#[from] IdentityError),
    /// The name has no address.
    #[error("the name {host} could not be resolved")]
    Dns {
        /// The name.
        host: String,
        /// What the resolver said.
        #[source]
        source: Option<Cause>,
    },
    /// No connection.
    #[error("no connection to {origin}")]
    Connect {
        /// Where to.
        origin: String,
        /// What the network said.
        #[source]
        source: Cause,
    },
    /// A connection, but no trust.
    #[error("no secure connection to {origin}")]
    Tls {
        /// Where to.
        origin: String,
        /// What TLS said.
        #[source]
        source: Cause,
    },
    /// No complete answer in time.
    #[error("{origin} did not answer completely within {} s", .after.as_secs())]
    Timeout {
        /// Where to.
        origin: String,
        /// The limit of this request.
        after: Duration,
    },
    /// The decoded answer is larger than permitted.
    #[error("the answer of {origin} is larger than {limit} bytes")]
    TooLarge {
        /// Where from.
        origin: String,
        /// The limit of this request.
        limit: u64,
    },
    /// The connection ended before the answer did.
    #[error("the answer of {origin} ended too early")]
    Truncated {
        /// Where from.
        origin: String,
        /// What was missing.
        #[source]
        source: Cause,
    },
    /// A redirect too many.
    #[error("{origin} redirects more than {limit} times")]
    TooManyRedirects {
        /// Where the last one came from.
        origin: String,
        /// How many are followed.
        limit: u8,
    },
    /// Something that is not HTTP, or a redirect or an encoding that cannot be followed.
    #[error("{origin} does not speak proper HTTP: {what}")]
    Protocol {
        /// Where from.
        origin: String,
        /// What is wrong.
        what: &'static str,
        /// What the HTTP library said.
        #[source]
        source: Option<Cause>,
    },
    /// The request's own body stream failed.
    #[error("the body of the request to {origin} could not be read")]
    Body {
        /// Where to.
        origin: String,
        /// What the stream said.
        #[source]
        source: Cause,
    },
}

/// An error of a library, kept as a source.
pub type Cause = Box<dyn std::error::Error + Send + Sync>;

impl EgressError {
    /// Whether the same request may well succeed a little later.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Dns { .. }
            | Self::Connect { .. }
            | Self::Timeout { .. }
            | Self::Truncated { .. } => true,
            Self::Refused(_)
            | Self::Identity(_)
            | Self::Tls { .. }
            | Self::TooLarge { .. }
            | Self::TooManyRedirects { .. }
            | Self::Protocol { .. }
            | Self::Body { .. } => false,
        }
    }

    /// Whether the provider stayed silent (as opposed to answering badly).
    pub fn is_timeout(&self) -> bool {
        matches!(self, Self::Timeout { .. })
    }

    /// A few stable words for metrics.
    pub fn label(&self) -> &'static str {
        match self {
            Self::Refused(_) => "refused",
            Self::Identity(_) => "identity",
            Self::Dns { .. } => "dns",
            Self::Connect { .. } => "connect",
            Self::Tls { .. } => "tls",
            Self::Timeout { .. } => "timeout",
            Self::TooLarge { .. } => "too_large",
            Self::Truncated { .. } => "truncated",
            Self::TooManyRedirects { .. } => "too_many_redirects",
            Self::Protocol { .. } => "protocol",
            Self::Body { .. } => "body",
        }
    }
}

/// The guard's no.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a call to {what} is refused: {why}")]
pub struct Refusal {
    /// The origin or name.
    pub what: String,
    /// The rule.
    pub why: RefusalReason,
}

/// Which rule of the guard applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefusalReason {
    /// Neither http nor https.
    Scheme,
    /// Not 80, 443 or from 1024 on.
    Port,
    /// User name or password in the address.
    UserInfo,
    /// No host.
    NoHost,
    /// Not a public address; says of which kind.
    Address(&'static str),
    /// A redirect from https to http.
    Downgrade,
    /// A redirect to another origin that would take secrets of the body along.
    SecretBody,
}

impl fmt::Display for RefusalReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Scheme => "only http and https are spoken",
            Self::Port => "only ports 80, 443 and from 1024 on are called",
            Self::UserInfo => "the address contains a user name or password",
            Self::NoHost => "the address names no host",
            Self::Address(what) => return write!(f, "it is {what}"),
            Self::Downgrade => "the redirect leads from https to http",
            Self::SecretBody => "the redirect would hand secrets to another origin",
        })
    }
}
