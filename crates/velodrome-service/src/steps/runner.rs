//! Running steps: which of them does what.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use velodrome_model::{
    AccountScope, CycleId, PartnerScope,
    cycle::{CycleDocument, Exit, Graph, MethodStep, Step, StepKind, StepOutcome, Trouble},
};
use velodrome_store::StoreError;

use super::{
    InboundRequest, Reception, RunSteps, StepRun,
    outcome::{Fault, passed},
    ready::Ready,
};
use crate::{calls::Caller, settings::Settings};

/// Runs steps over the account's connectors.
#[derive(Clone)]
pub struct Steps {
    pub(super) caller: Caller,
    pub(super) settings: Settings,
}

impl Steps {
    /// A runner over these parts.
    pub fn new(caller: Caller, settings: Settings) -> Self {
        Self { caller, settings }
    }

    pub(super) fn now(&self) -> DateTime<Utc> {
        self.caller.bench().clock.now()
    }

    /// What the account is called by its partner.
    pub(super) async fn account_key(&self, run: &StepRun<'_>) -> Result<String, StoreError> {
        let partner = PartnerScope {
            partner: run.scope.partner,
        };
        let unit = self.caller.bench().store.read(&partner).await?;
        let account = unit.accounts().get(run.scope.account).await?;
        Ok(account
            .map(|account| account.key.to_string())
            .unwrap_or_default())
    }

    /// A webhook in the middle of a cycle: the transaction waits for a request with its key. The trigger's
    /// data is there already.
    async fn run_webhook(
        &self,
        run: StepRun<'_>,
        step: &MethodStep,
    ) -> Result<StepOutcome, StoreError> {
        let missing =
            |trouble, detail: &str| Fault::failed(trouble, detail).outcome(Vec::new(), false);
        if run.is_trigger() {
            return missing(
                Trouble::TriggerDataMissing,
                "A webhook that begins a cycle runs when a request comes, not by itself.",
            );
        }
        let source = step.webhook.as_ref().map(|webhook| &webhook.source);
        let Some((source, of)) = source.and_then(|source| Some((source, source.step?))) else {
            return missing(
                Trouble::WebhookKeyMissing,
                "Webhook Mapping is not set: choose the field by which a request finds its transaction.",
            );
        };
        let data = run.data.output(of).await?;
        match data.and_then(|data| source.text_in(&data)) {
            Some(key) => Ok(StepOutcome::Parked { key }),
            None => missing(
                Trouble::WebhookKeyMissing,
                "The field by which a request would find this transaction is empty.",
            ),
        }
    }
}

#[async_trait]
impl RunSteps for Steps {
    async fn run(&self, run: StepRun<'_>) -> Result<StepOutcome, StoreError> {
        match &run.step.kind {
            StepKind::Method(step) if step.is_webhook => self.run_webhook(run, step).await,
            StepKind::Method(step) => Box::pin(self.run_method(run, step)).await,
            StepKind::Decision(decision) => Box::pin(self.run_decision(run, decision)).await,
            StepKind::Delay(delay) => self.run_delay(run, *delay).await,
            StepKind::WaitUntil { date } => Box::pin(self.run_wait_until(run, date.as_ref())).await,
            StepKind::WaitAll => Ok(StepOutcome::Joined),
            StepKind::Annotation { .. } => Ok(passed(Exit::Forward)),
        }
    }

    async fn is_safe(&self, run: StepRun<'_>) -> Result<bool, StoreError> {
        let Some(step) = run.step.method() else {
            return Ok(true);
        };
        match Ready::find(&self.caller, run.scope, step, Trouble::BuildFailed).await {
            Ok(ready) => Ok(ready.is_safe(run.step.script.as_deref())),
            Err(Fault::Store(cause)) => Err(cause),
            // What can't be called asks nobody.
            Err(Fault::Failed(..) | Fault::Blocked(..)) => Ok(true),
        }
    }

    async fn answers(
        &self,
        scope: AccountScope,
        _: CycleId,
        document: &CycleDocument,
    ) -> Result<bool, StoreError> {
        for step in document.steps.iter().filter_map(Step::method) {
            if step.is_webhook {
                continue;
            }
            match Ready::find(&self.caller, scope, step, Trouble::WebhookFailed).await {
                Ok(ready) if ready.method.responds_to_webhook => return Ok(true),
                Ok(_) | Err(Fault::Failed(..) | Fault::Blocked(..)) => {}
                Err(Fault::Store(cause)) => return Err(cause),
            }
        }
        Ok(false)
    }

    async fn receive(
        &self,
        scope: AccountScope,
        cycle: CycleId,
        design: (&CycleDocument, &Graph),
        step: &Step,
        request: &InboundRequest,
    ) -> Result<Reception, StoreError> {
        Box::pin(self.received(scope, cycle, design, step, request)).await
    }
}
