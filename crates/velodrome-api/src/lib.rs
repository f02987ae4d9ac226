//! HTTP in and out. A handler says who, what, answer; everything else is decided in `velodrome-service`.
//!
//! * [`lenient`]: reading requests as forgivingly as the contract asks.
//! * [`extract`]: what handlers ask for: bodies, paths, queries, actors.
//! * [`ApiError`]: the one error body, and the stable codes.
//! * [`routing`]: literals in any case, trailing slashes.
//! * [`ApiState`]: one small service for each area; [`Site`]: facts about the installation.

mod client_address;
mod cookies;
mod error;
pub mod extract;
pub mod lenient;
mod markdown;
mod pages;
mod paging;
pub mod responses;
mod rights;
pub mod routing;
mod site;
mod state;
mod v1;
mod wire_time;

pub use client_address::ClientAddress;
pub use cookies::CONSOLE_COOKIE;
pub use error::{ApiError, CODE_HEADER, ErrorBody, UpstreamErrorBody};
pub use site::{Readiness, Site, SiteFacts};
pub use state::ApiState;
pub use wire_time::{WireTime, parse as parse_time};
