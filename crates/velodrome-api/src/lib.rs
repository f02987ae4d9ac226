//! HTTP in and out. A handler says who, what, answer; everything else is decided in `velodrome-service`.
//!
//! * [`lenient`]: reading requests as forgivingly as the contract asks.
//! * [`extract`]: what handlers ask for: bodies, paths, queries, actors.
//! * [`ApiError`]: the one error body, and the stable codes.
//! * [`routing`]: literals in any case, trailing slashes.
//! * [`router`]: everything that the one listener serves.
//! * [`ApiState`]: one small service for each area; [`Site`]: facts about the installation.

mod built;
mod client_address;
mod console;
mod cookies;
mod docs;
mod error;
pub mod extract;
pub mod lenient;
mod listen;
mod markdown;
mod metrics;
mod oauth;
mod observe;
mod openapi;
mod operations;
mod pages;
mod paging;
mod request_id;
pub mod responses;
mod rights;
mod router;
pub mod routing;
mod site;
mod state;
mod v1;
mod webhooks;
mod wire_time;

pub use client_address::ClientAddress;
pub use cookies::CONSOLE_COOKIE;
pub use error::{ApiError, CODE_HEADER, ErrorBody, UpstreamErrorBody};
pub use listen::serve;
pub use metrics::describe as describe_metrics;
pub use openapi::document as openapi_document;
pub use request_id::{REQUEST_ID_HEADER, RequestId};
pub use router::{UPSTREAM_HEADER, operations_router, router};
pub use site::{Check, Readiness, Site, SiteFacts};
pub use state::{ApiServices, ApiState};
pub use wire_time::{WireTime, parse as parse_time};
