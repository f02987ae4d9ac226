//! Switching cycles on and off (cycles.md §6).

use chrono::{DateTime, Utc};
use velodrome_model::{
    AccountActor, AccountScope, CycleId, StepId,
    cycle::{Cycle, CycleSchedule, CycleStatus, Interval, StepKind},
};
use velodrome_store::Unit;

use crate::runs::retention;

use super::{
    CycleError, Cycles, Design, ShownCycle, deed,
    prerequisites::{Prerequisite, of_cycle, of_step},
};

/// How a cycle is to run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Activation {
    /// The first run; now when it is none or past.
    pub start: Option<DateTime<Utc>>,
    /// Minutes between two runs.
    pub interval: Option<i64>,
    /// It pauses after its first run.
    pub runs_once: bool,
}

/// How a cycle ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// What is executed ends at its step, what waits is paused.
    Now,
    /// What has begun goes on; nothing new begins.
    Finish,
    /// Everything is cancelled.
    Delete,
}

impl Cycles {
    /// What has to be set up before a cycle can run; summed up by step.
    ///
    /// # Errors
    /// [`CycleError::NotFound`] when the account has no such cycle.
    pub async fn prerequisites(
        &self,
        actor: &AccountActor,
        id: CycleId,
    ) -> Result<Vec<Prerequisite>, CycleError> {
        self.design(actor, id).await?.prerequisites()
    }

    /// What has to be set up of a step, one by one.
    ///
    /// # Errors
    /// [`CycleError::NoPart`] when no cycle of the account has such a step.
    pub async fn step_prerequisites(
        &self,
        actor: &AccountActor,
        id: StepId,
    ) -> Result<Vec<Prerequisite>, CycleError> {
        let design = self.design_of(actor, id).await?;
        let facts = design.connectors.facts(&design.document)?;
        Ok(of_step(&design.document, design.step(id)?, &facts))
    }

    /// Starts a cycle; one that runs takes the new schedule. Its webhooks are registered at their providers
    /// first.
    ///
    /// # Errors
    /// [`CycleError::Unmet`] while something has to be set up; [`CycleError::Hook`] while a provider refuses
    /// a webhook; as [`CycleError`] says. Nothing is changed
    /// then.
    pub async fn activate(
        &self,
        actor: &AccountActor,
        id: CycleId,
        asked: Activation,
    ) -> Result<ShownCycle, CycleError> {
        for _ in 0..super::ATTEMPTS {
            let design = self.design(actor, id).await?;
            let schedule = design.scheduled(asked, self.bench.clock.now())?;
            // Before it runs: what its webhooks begin would not be taken otherwise.
            Box::pin(self.hooks.register(actor.scope, id, &design.document)).await?;
            let unit = self.bench.store.begin(&actor.scope).await?;
            let rows = unit.cycles();
            let mut cycle = rows.hold(id).await?.ok_or(CycleError::NotFound)?;
            if rows.document(id, cycle.version).await?.document != design.document {
                continue;
            }
            cycle.status = CycleStatus::Active;
            cycle.schedule = schedule;
            rows.save(&cycle).await?;
            unit.runs().resume_all(id).await?;
            unit.audit(&actor.principal, deed("cycle.activated", id))
                .await?;
            unit.commit().await?;
            return self.get(actor, id).await;
        }
        Err(CycleError::Changed)
    }

    /// Stops a cycle; one that does not run stays as it is.
    ///
    /// # Errors
    /// [`CycleError::NotFound`] when the account has no such cycle.
    pub async fn deactivate(
        &self,
        actor: &AccountActor,
        id: CycleId,
        how: Stop,
    ) -> Result<ShownCycle, CycleError> {
        let unit = self.bench.store.begin(&actor.scope).await?;
        let rows = unit.cycles();
        let mut cycle = rows.hold(id).await?.ok_or(CycleError::NotFound)?;
        if cycle.status != CycleStatus::Paused {
            self.stop_runs(&unit, &mut cycle, how).await?;
            rows.save(&cycle).await?;
            unit.audit(&actor.principal, deed("cycle.deactivated", id))
                .await?;
            unit.commit().await?;
        } else {
            drop(unit);
        }
        self.get(actor, id).await
    }

    /// Ends what runs of a cycle, whose row the caller saves. The one place where a cycle stops at
    /// somebody's wish.
    pub(super) async fn stop_runs(
        &self,
        unit: &Unit<AccountScope>,
        cycle: &mut Cycle,
        how: Stop,
    ) -> Result<(), CycleError> {
        cycle.schedule.next = None;
        cycle.status = CycleStatus::Paused;
        let runs = unit.runs();
        match how {
            Stop::Now => runs.pause_all(cycle.id).await?,
            Stop::Finish if runs.in_progress(cycle.id).await? > 0 => {
                cycle.status = CycleStatus::Stopping;
            }
            Stop::Finish => {}
            Stop::Delete => {
                unit.registrations().remove_all_of(cycle.id).await?;
                let (store, settings) = (&self.bench.store, &self.settings);
                let kept = retention(store, settings, *unit.scope(), cycle.id).await?;
                runs.cancel_all(cycle.id, kept).await?;
            }
        }
        Ok(())
    }
}

impl Design {
    /// What has to be set up before the cycle can run; summed up by step.
    ///
    /// # Errors
    /// When a custom field can't be read.
    pub fn prerequisites(&self) -> Result<Vec<Prerequisite>, CycleError> {
        Ok(of_cycle(
            self.cycle.id,
            &self.document,
            &self.connectors.facts(&self.document)?,
        ))
    }

    /// The schedule, if the cycle can be started so.
    fn scheduled(
        &self,
        asked: Activation,
        now: DateTime<Utc>,
    ) -> Result<CycleSchedule, CycleError> {
        let trigger = self.document.graph().trigger();
        let trigger = trigger.and_then(|id| self.document.step(id));
        let is_webhook = trigger.is_some_and(
            |step| matches!(&step.kind, StepKind::Method(method) if method.is_webhook),
        );
        let needs_interval = !is_webhook && !asked.runs_once;
        let interval = asked.interval.filter(|minutes| *minutes != 0);
        let interval = match interval.filter(|_| needs_interval) {
            Some(minutes) => Some(Interval::try_from(minutes).map_err(|fault| {
                CycleError::invalid("cycle.interval", format_args!("{fault}."))
            })?),
            None => None,
        };
        let unmet = self.prerequisites()?;
        if !unmet.is_empty() {
            return Err(CycleError::Unmet(unmet));
        }
        if needs_interval && interval.is_none() {
            let text = "Interval is required, unless RunOnce is true.";
            return Err(CycleError::invalid("cycle.interval_required", text));
        }
        let start = asked.start.map_or(now, |start| start.max(now));
        Ok(CycleSchedule {
            interval,
            start: Some(start),
            next: (!is_webhook).then_some(start),
            runs_once: asked.runs_once,
        })
    }
}
