//! Simulated providers: one HTTP server that answers as Pipedrive, Stripe, 3DCart and others would.
//!
//! It lets a newcomer walk the whole journey, and our tests judge our own client, without an account
//! anywhere or the internet. For that judgement to be worth something, nothing here is shared with
//! `velodrome-connector`: signatures, grants and paging are written again from the standards.
//!
//! - [`Sandbox`] binds and serves; [`Rewrite`] tells the egress client where each origin went.
//! - [`SandboxControl`] lets tests look inside, expire tokens and inject faults; the same is offered
//!   over HTTP below `/_sandbox/`.
//! - A provider is a *twin*: a card (what to paste, what to try) and a site for each of its origins,
//!   built from the shared parts `oauth2`, `oauth1`, `api_key`, `records`, `paging`, `rate_limit`.
//! - Five are written by hand, for what is special to their providers; `definition_twin` builds all
//!   others from their connector definitions ([`TwinSource`]).
//!
//! It is no proxy and keeps nothing: all state lives in memory and ends with the process.

mod answer;
mod api_key;
mod call;
mod chance;
mod control;
mod control_site;
mod credentials;
mod definition_twin;
mod dispatch;
mod fault_answer;
mod faults;
mod html;
mod keys;
mod oauth1;
mod oauth2;
mod options;
mod paging;
mod people;
mod portal;
mod posts;
mod providers;
mod rate_limit;
mod records;
mod sandbox;
mod tenants;
mod twin;
mod validation;
mod world;

#[cfg(test)]
mod tests;

pub use control::{Consent, ControlError, GrantReport, IssueRequest, IssuedTokens, SandboxControl};
pub use credentials::real_secret_kind;
pub use definition_twin::{Addresses, TwinSource};
pub use faults::{Fault, FaultRule};
pub use options::{RateLimits, SandboxOptions};
pub use posts::PostedWebhook;
pub use sandbox::{Rewrite, Sandbox, SandboxError};
pub use twin::{Card, SuggestedValue, Text};
