//! Calling a method of a connector: from values to a decoded answer (connectors.md §3).
//!
//! [`Pipeline`] is the one way out to a provider's API: it resolves values, builds the request,
//! authenticates it, keeps the rate limits, sends it through the egress guard, pages and decodes.
//! It stores nothing and refreshes nothing: credentials come from a
//! [`CredentialSource`](crate::auth::CredentialSource), history from the [`Exchange`] of a failure.

mod body;
mod context;
mod error;
mod events;
mod exchange;
mod filter;
mod flow;
mod host;
mod hosts;
mod inbound;
mod journal;
mod pages;
mod pipeline;
mod progress;
mod proxy;
mod record;
mod reply;
mod request;
mod scripting;
mod session;
mod values;

pub(crate) use flow::{TokenDraft, TokenStep};
pub(crate) use hosts::allows;

pub use context::{Call, Context, Mode, Patience, Properties, Values};
pub use error::CallError;
pub use exchange::Exchange;
pub use flow::{Flow, FlowError, FlowScript};
pub use host::{LooseHost, ScriptEngine};
pub use inbound::{Arrival, WebhookAnswer};
pub use journal::{Entry, Journal};
pub use pages::{PageKeeper, PageMark};
pub use pipeline::Pipeline;
pub use progress::Progress;
pub use proxy::{ProxyRequest, ProxyRoutes};
pub use reply::{LongAnswer, Reply, ReplyBody};
pub use scripting::{CycleGlobals, ScriptStorage, Scripting};
// Whoever provides storage speaks the sandbox's words, but does not see the sandbox.
pub use velodrome_script as script;

#[cfg(test)]
mod tests;
