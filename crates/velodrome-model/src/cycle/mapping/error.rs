//! Why values could not be mapped.

use super::join::MAX_ROWS;
use crate::{StepId, mergefield::MergeError};

/// Why the requests of a step can't be worked out. Names targets and steps, never values.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MappingError {
    /// The source of a required target has no value.
    #[error("{target} is required, and what it is mapped from has no value")]
    RequiredEmpty {
        /// `targetName` or location.
        target: String,
    },
    /// The text, or a mergefield in it.
    #[error("{target}: {fault}")]
    Text {
        /// `targetName` or location.
        target: String,
        /// What is wrong.
        fault: TextFault,
    },
    /// Nobody said which items of two lists belong together.
    #[error(
        "lists of the steps {first} and {second} are mapped together, and no Unique Field says which of \
         their items belong together; choose one, choose Ignore, or split earlier"
    )]
    NoKey {
        /// The step whose list stands first.
        first: StepId,
        /// The other.
        second: StepId,
    },
    /// The lists make more combinations than can be worked on.
    #[error("the mapped lists make more than {MAX_ROWS} combinations; split earlier")]
    TooMany,
}

/// What is wrong with a text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TextFault {
    /// A mergefield that can't be read.
    #[error("a mergefield is malformed: {0}")]
    Template(#[from] crate::mergefield::TemplateError),
    /// A mergefield that can't be given a value.
    #[error(transparent)]
    Merge(#[from] MergeError),
    /// The location of a field.
    #[error("the mapped field's location is malformed: {0}")]
    Location(#[from] crate::location::LocationError),
    /// A variable that is gone.
    #[error("the cycle has no variable {0}")]
    NoVariable(String),
}
