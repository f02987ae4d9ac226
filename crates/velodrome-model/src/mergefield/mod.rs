//! Mergefields: `{{Name}}` in addresses, headers and default values (connectors.md §2.5).
//!
//! A [`Template`] is parsed once and merged with a [`Source`] of values. Values of a definition may
//! themselves be templates; values that people or other systems give never are, so nobody can ask for
//! a credential by typing its mergefield.

mod address;
mod template;

pub use template::{MergeField, Template, TemplateError};

use std::borrow::Cow;

use chrono::{DateTime, Utc};

/// How deep values that are templates may nest.
pub const MAX_DEPTH: usize = 8;

/// A value for a mergefield.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MergeValue<'a> {
    /// Taken as it is.
    Text(Cow<'a, str>),
    /// Holds mergefields itself.
    Template(Cow<'a, str>),
    /// Written as the mergefield asks.
    Instant(DateTime<Utc>),
}

/// Where mergefields get their values.
pub trait Source {
    /// The value of this name, matched exactly; none when there is none.
    fn value(&self, name: &str) -> Option<MergeValue<'_>>;

    /// Whether a missing value simply leaves nothing behind.
    fn is_optional(&self, _name: &str) -> bool {
        false
    }
}

/// Why a template could not be merged. Names the field, never its value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MergeError {
    /// No value.
    #[error("{{{{{0}}}}} has no value")]
    Unresolved(String),
    /// A value of the definition is no template.
    #[error("the value of {{{{{name}}}}} is malformed: {fault}")]
    Malformed {
        /// The mergefield.
        name: String,
        /// What is wrong with its value.
        fault: TemplateError,
    },
    /// Values that name each other.
    #[error("{{{{{0}}}}} refers to itself")]
    TooDeep(String),
    /// A `format` or `tz` for something that is no date.
    #[error("{{{{{0}}}}} is formatted as a date but its value is none")]
    NotADate(String),
    /// Line breaks would end a header or request line.
    #[error("the value of {{{{{0}}}}} contains a line break")]
    LineBreak(String),
    /// `..` would climb out of the path.
    #[error("the value of {{{{{0}}}}} contains a segment \"..\"")]
    Climbs(String),
    /// A host part with anything that ends a host.
    #[error("the value of {{{{{0}}}}} can't be part of a host name")]
    NotAHost(String),
    /// The address as a whole.
    #[error("the address is not valid after merging: {0}")]
    BadAddress(&'static str),
}

impl MergeError {
    /// The mergefield at fault; none when it is the address as a whole.
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::Unresolved(name)
            | Self::Malformed { name, .. }
            | Self::TooDeep(name)
            | Self::NotADate(name)
            | Self::LineBreak(name)
            | Self::Climbs(name)
            | Self::NotAHost(name) => Some(name),
            Self::BadAddress(_) => None,
        }
    }
}
