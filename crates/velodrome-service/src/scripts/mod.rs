//! Scripts: the stores they keep, and trying one out (scripting.md §4, §10).

mod memory;
mod storage;
mod trial;

pub(crate) use memory::InMemory;
pub(crate) use storage::{Identity, Storage};
pub use trial::{GlobalKind, Scripts, Trial, TrialError, TrialFault, TrialGlobal, TrialOutcome};
