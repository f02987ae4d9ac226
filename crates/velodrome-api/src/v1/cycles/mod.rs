//! Cycles as they are designed: cycles, steps, edges, variables, step setup.

mod edges;
mod records;
mod step_setup;
mod steps;
mod variables;
pub(super) mod wire;

use utoipa_axum::router::OpenApiRouter;
use velodrome_service::{
    cycles::{CycleError, Part},
    hooks::HookError,
};

use crate::{ApiError, ApiState};

/// The operations of this folder.
pub fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .merge(records::routes())
        .merge(steps::routes())
        .merge(edges::routes())
        .merge(variables::routes())
        .merge(step_setup::routes())
}

impl From<CycleError> for ApiError {
    fn from(error: CycleError) -> Self {
        match error {
            CycleError::NotFound => Self::not_found("cycle.not_found"),
            CycleError::NoPart(part) => Self::not_found(match part {
                Part::Step => "step.not_found",
                Part::Edge => "edge.not_found",
                Part::Variable => "variable.not_found",
                Part::Parameter => "parameter.not_found",
                Part::Field => "field.not_found",
                Part::Lookup => "lookup.not_found",
            }),
            CycleError::Running => Self::conflict("cycle.running", error),
            CycleError::Locked => Self::conflict("cycle.locked", error),
            CycleError::Changed => Self::conflict("cycle.changed", error),
            CycleError::Invalid(invalid) => invalid.into(),
            CycleError::Unmet(_) => Self::bad_request("cycle.unmet_prerequisites", error),
            CycleError::Hook(HookError::Busy(_)) => Self::conflict("cycle.webhook_busy", error),
            CycleError::Hook(_) => Self::bad_request("cycle.webhook_failed", error),
            CycleError::Call(failure) => failure.into(),
            CycleError::Store(cause) => Self::unexpected(cause),
        }
    }
}
