//! The one road out: every call to a provider or a user-supplied address goes through [`Client`].
//!
//! The guard (connectors.md §14, ground-rules.md *Going out*) admits only http(s) on ordinary ports and
//! only addresses of the public internet, resolves a name once for each connection and connects to what
//! it has checked. Redirects are followed here, each one through the guard again. Time, decoded size
//! and therefore decompression are bounded for every request.

mod address;
mod client;
mod dns;
mod error;
mod identity;
mod metrics;
mod policy;
mod redirect;
mod request;
mod response;
#[cfg(test)]
pub(crate) mod test_server;
#[cfg(test)]
pub(crate) mod test_tls;
#[cfg(test)]
mod tests;

pub(crate) use address::special_use;
pub use client::{Client, ClientError, MAX_REDIRECTS};
pub use error::{Cause, EgressError, Refusal, RefusalReason};
pub use identity::{Identity, IdentityError};
pub use metrics::describe as describe_metrics;
pub use policy::{EgressPolicy, Origin, PolicyError, Rewrite};
pub use request::{
    DEFAULT_MAX_RESPONSE, DEFAULT_TIMEOUT, Redirects, Request, RequestBody, StreamBody,
};
pub use response::{Response, ResponseBody};
