//! What can go wrong with cycles, their steps, edges and variables.

use velodrome_model::cycle::EdgeFault;
use velodrome_store::StoreError;

use super::prerequisites::Prerequisite;
use crate::{Invalid, calls::CallFailure, hooks::HookError};

/// What a cycle is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// A step.
    Step,
    /// A connection.
    Edge,
    /// A variable.
    Variable,
    /// A parameter of a step's method.
    Parameter,
    /// A request field of a step's method.
    Field,
    /// A lookup of a parameter or field.
    Lookup,
}

impl std::fmt::Display for Part {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Step => "step",
            Self::Edge => "edge",
            Self::Variable => "variable",
            Self::Parameter => "parameter",
            Self::Field => "field",
            Self::Lookup => "lookup",
        })
    }
}

/// A failure of something done to a cycle.
#[derive(Debug, thiserror::Error)]
pub enum CycleError {
    /// The account has no such cycle.
    #[error("there is no such cycle")]
    NotFound,
    /// The cycle has no such part.
    #[error("there is no such {0}")]
    NoPart(Part),
    /// It runs, so its design stays as it is.
    #[error("The cycle is running. Deactivate it before you change it.")]
    Running,
    /// It holds the graph of a release that is no draft.
    #[error("The template release is locked. Copy it to a draft and change that.")]
    Locked,
    /// Others changed it again and again while this was decided.
    #[error("The cycle was changed by somebody else at the same time. Load it and try again.")]
    Changed,
    /// A value breaks a rule.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// It can't be activated yet.
    #[error("The cycle has unmet prerequisites.")]
    Unmet(Vec<Prerequisite>),
    /// A webhook is not registered at its provider.
    #[error(transparent)]
    Hook(HookError),
    /// A lookup's call.
    #[error(transparent)]
    Call(CallFailure),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl CycleError {
    /// A value that does not fit what is stored.
    pub(super) fn invalid(code: &'static str, message: impl std::fmt::Display) -> Self {
        Self::Invalid(Invalid::new(code, message))
    }
}

impl From<HookError> for CycleError {
    fn from(error: HookError) -> Self {
        match error {
            HookError::Store(cause) => Self::Store(cause),
            other => Self::Hook(other),
        }
    }
}

impl From<CallFailure> for CycleError {
    fn from(failure: CallFailure) -> Self {
        match failure {
            CallFailure::Store(cause) => Self::Store(cause),
            other => Self::Call(other),
        }
    }
}

impl From<EdgeFault> for CycleError {
    fn from(fault: EdgeFault) -> Self {
        let text = fault.to_string();
        let (first, rest) = text.split_at(1);
        Self::invalid(
            match fault {
                EdgeFault::UnknownStep(_) => "edge.foreign_step",
                EdgeFault::NoSuchExit(_) => "edge.no_such_exit",
                EdgeFault::Annotation => "edge.annotation",
                EdgeFault::Loop => "edge.loop",
                EdgeFault::Exists => "edge.exists",
            },
            format_args!("{}{rest}.", first.to_uppercase()),
        )
    }
}
