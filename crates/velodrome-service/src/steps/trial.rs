//! Trying a step out: one real call with the values that are typed (cycles.md §14).

use chrono::{DateTime, Utc};
use velodrome_model::{AccountActor, IpScope, PartnerScope, StepId, cycle::Trouble};
use velodrome_store::StoreError;

use super::{StepRun, Steps, method::Replaced, outcome::Fault, ready::Ready};
use crate::{
    access::{Access, AccessError},
    calls::{CallFailure, MethodCall, TestOutcome, own_values},
};

/// What a step is tried out with.
#[derive(Clone, Debug, Default)]
pub struct StepTrial {
    /// Values by id or name; they replace mappings.
    pub values: MethodCall,
    /// Where it looks back to, for this trial only.
    pub last_successful_run: Option<DateTime<Utc>>,
}

/// Why a step can't be tried out.
#[derive(Debug, thiserror::Error)]
pub enum StepTrialError {
    /// The account has no such step.
    #[error("there is no such step")]
    NotFound,
    /// Only methods are called.
    #[error("Only a step that calls a method can be tested; this one does not.")]
    NotCallable,
    /// What was mapped or typed makes no request. The message of an incident and its detail.
    #[error("{}: {detail}", .trouble.as_str())]
    Failed {
        /// The message.
        trouble: Trouble,
        /// What is wrong.
        detail: String,
    },
    /// The call.
    #[error(transparent)]
    Call(#[from] CallFailure),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The trying of steps.
#[derive(Clone)]
pub struct StepTrials {
    steps: Steps,
    access: Access,
}

impl StepTrials {
    /// A service over these parts.
    pub fn new(steps: Steps, access: Access) -> Self {
        Self { steps, access }
    }

    /// Makes the call of a step once, first page only, with what is mapped to it by itself and the given
    /// values. There is no transaction and no task, its scripts store nothing, and its look-back stays.
    ///
    /// # Errors
    /// As [`StepTrialError`] says; what the provider answers is a result.
    pub async fn test(
        &self,
        actor: &AccountActor,
        id: StepId,
        trial: StepTrial,
    ) -> Result<TestOutcome, StepTrialError> {
        let unit = self.steps.caller.bench().store.read(&actor.scope).await?;
        let rows = unit.cycles();
        let state = rows.step_state(id).await?.ok_or(StepTrialError::NotFound)?;
        let cycle = rows
            .get(state.cycle)
            .await?
            .ok_or(StepTrialError::NotFound)?;
        let document = rows.document(cycle.id, cycle.version).await?.document;
        drop(unit);
        let step = document.step(id).ok_or(StepTrialError::NotFound)?;
        let method = step
            .method()
            .filter(|method| !method.is_webhook)
            .ok_or(StepTrialError::NotCallable)?;

        let ready = Ready::find(
            &self.steps.caller,
            actor.scope,
            method,
            Trouble::BuildFailed,
        )
        .await?;
        if !ready.installed.connector.is_native {
            self.check_address(actor).await?;
        }
        let given = own_values(
            &ready.installation,
            method.method,
            method.category,
            trial.values,
        )?;
        let replaced = Replaced {
            parameters: given.parameters,
            fields: given.fields,
        };
        let graph = document.graph();
        let run = StepRun {
            last_successful_run: trial.last_successful_run.or(state.last_successful_run),
            ..StepRun::before(actor.scope, cycle.id, (&document, &graph), step)
        };
        let prepared = self.steps.prepare(&run, method, Some(&replaced)).await?;
        let (reply, duration) = self.steps.try_out(&run, &prepared).await;
        Ok(TestOutcome::new(reply, duration)?)
    }

    async fn check_address(&self, actor: &AccountActor) -> Result<(), StepTrialError> {
        let partner = PartnerScope {
            partner: actor.scope.partner,
        };
        let address = actor.principal.address;
        match self
            .access
            .admit(partner, IpScope::MethodCall, address)
            .await
        {
            Ok(()) => Ok(()),
            Err(AccessError::Store(cause)) => Err(cause.into()),
            Err(_) => Err(CallFailure::Address.into()),
        }
    }
}

impl From<Fault> for StepTrialError {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Failed(trouble, detail) => Self::Failed { trouble, detail },
            Fault::Blocked(_, detail) => Self::Failed {
                trouble: Trouble::CallFailed,
                detail,
            },
            Fault::Store(cause) => Self::Store(cause),
        }
    }
}
