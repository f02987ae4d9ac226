//! What handlers ask for: parsed bodies, paths and queries, and who calls.
//!
//! Extractors run in the order of a handler's arguments, and that order is the order of checks of
//! api.md §4: actor, then path, then query, then body.

mod actor;
mod body;
mod path;
mod query;

pub use actor::{ACCOUNT_HEADER, AnyCaller, AsAccount, AsAny, AsPartner, CONSOLE_HEADER};
pub use body::{ApiJson, BodyLimit, read_body};
pub use path::ApiPath;
pub use query::ApiQuery;
