//! Paging (connectors.md §4): which page comes next, when to stop, and merging pages as they arrive.

mod cursor;
mod long;
mod merge;
mod outbound;
mod variable;

pub(crate) use cursor::{Cursor, Next, Style, TokenSource};
pub use long::LongAnswer;
pub(crate) use long::Spool;
pub(crate) use merge::Merger;
pub(crate) use outbound::split;
pub(crate) use variable::Variable;

use velodrome_model::{definition::Method, location::Location};

/// The array that holds a method's records: the outermost of its response fields.
pub(crate) fn records(method: &Method) -> Option<Location> {
    method
        .response
        .fields
        .iter()
        .filter_map(|field| {
            field
                .connector_field
                .parse::<Location>()
                .ok()?
                .outermost_array()
        })
        .min_by_key(Location::depth)
}
