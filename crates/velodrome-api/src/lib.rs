//! HTTP in and out. A handler says who, what, answer; everything else is decided in `velodrome-service`.
//!
//! * [`lenient`]: reading requests as forgivingly as the contract asks.
//! * [`extract`]: what handlers ask for: bodies, paths, queries, actors.
//! * [`ApiError`]: the one error body, and the stable codes.
//! * [`routing`]: literals in any case, trailing slashes.

mod error;
pub mod extract;
pub mod lenient;
pub mod responses;
pub mod routing;
mod wire_time;

pub use error::{ApiError, CODE_HEADER, ErrorBody, UpstreamErrorBody};
pub use wire_time::{WireTime, parse as parse_time};
