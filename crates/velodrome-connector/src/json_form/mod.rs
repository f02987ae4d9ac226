//! The JSON form of a definition (connectors.md §10): what `/v1.0/account/connectors/custom` takes and
//! gives, and what *Import From JSON* reads.
//!
//! [`read`] turns it into the value a definition file would hold, remembering where every piece came
//! from, and has that checked by the very rules of files; so a fault's pointer is one into what the
//! caller sent. Members that mean nothing are kept as [`Extra`]. [`write`](fn@write) is the way back.

mod authentication;
mod extra;
mod names;
mod read;
mod references;
mod write;

#[cfg(test)]
mod tests;

use velodrome_model::{Fault, definition::ConnectorDefinition};

pub use extra::Extra;
pub use read::read;
pub use write::write;

use crate::catalogue::Icon;

/// A definition that came in the JSON form.
#[derive(Clone, Debug)]
pub struct JsonForm {
    /// The definition; it passes every check that a file passes.
    ///
    /// Its slug and keys are slugs of the names where the form gives none; a form without
    /// `UniqueIdentifier` leaves it absent, and one without `ReleaseStatus` is a Draft.
    pub definition: ConnectorDefinition,
    /// Members that mean nothing here, to be given back.
    pub extra: Extra,
    /// The icon, when `Icon` is a `data:` URI.
    pub icon: Option<Icon>,
    /// What could be better; pointers into the form.
    pub warnings: Vec<Fault>,
}
