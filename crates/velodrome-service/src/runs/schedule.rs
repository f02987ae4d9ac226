//! Slots of schedules, each fired once (cycles.md §6, Activation).

use chrono::{DateTime, Utc};
use tracing::warn;
use velodrome_model::{
    AccountScope, CycleId, InstanceScope, TransactionId,
    cycle::{Cycle, CycleStatus, IncidentLevel, Schedule, StepKind, Trouble},
};
use velodrome_store::{
    DueCycle, NewRun, Priority, StoreError,
    faults::{self, Mistake},
};

use super::{
    Inner, Runs,
    outcome::{incident, new_id, notice},
};
use crate::metrics;

/// Slots that are fired before others are asked for.
const AT_ONCE: u32 = 200;

impl Runs {
    /// Begins the runs that are due; tells whether there may be more. One that can't be begun does not keep
    /// the others from it.
    ///
    /// # Errors
    /// When what is due can't be read.
    pub async fn fire_due(&self) -> Result<bool, StoreError> {
        let unit = self.inner.store.read(&InstanceScope).await?;
        let due = unit.engine().due_cycles(AT_ONCE).await?;
        drop(unit);
        let more = due.len() == AT_ONCE as usize;
        let mut failed = 0;
        for DueCycle { scope, cycle } in due {
            match self.inner.fire(scope, cycle).await {
                Ok(()) => {}
                // Another node has fired the same slot.
                Err(StoreError::Conflict(_)) => {}
                Err(cause) => {
                    failed += 1;
                    let cause = &cause as &dyn std::error::Error;
                    warn!(cycle.id = %cycle, cause, "A run that is due could not be begun; the next try comes later");
                }
            }
        }
        Ok(more && failed == 0)
    }

    /// Begins a run of a cycle now, whatever its schedule (*Run Once* of a template release).
    ///
    /// # Errors
    /// [`StoreError::Stale`] when the cycle has no trigger that can be run; when the store fails.
    pub async fn begin(
        &self,
        scope: AccountScope,
        cycle: &Cycle,
    ) -> Result<TransactionId, StoreError> {
        let (flow, _) = self.inner.flow(scope, cycle.id, cycle.version).await?;
        let trigger = flow.trigger.ok_or(StoreError::Stale)?;
        let unit = self.inner.store.begin(&scope).await?;
        unit.cycles().freeze(cycle.id, cycle.version).await?;
        let id = new_id(&self.inner.store);
        let new = scheduled(id, cycle, trigger, flow.document.settings.in_order, None);
        let id = unit.runs().begin(new).await?;
        unit.commit().await?;
        self.inner.hints.give(scope);
        Ok(id)
    }
}

impl Inner {
    /// Fires the newest due slot of a cycle; those before it that nobody fired are missed.
    async fn fire(&self, scope: AccountScope, id: CycleId) -> Result<(), StoreError> {
        let has_backlog = self.has_backlog(scope).await?;
        // The graph of an active cycle does not change, so what is read before the lock holds after it.
        let unit = self.store.read(&scope).await?;
        let Some(cycle) = unit.cycles().get(id).await? else {
            return Ok(());
        };
        drop(unit);
        let (flow, is_frozen) = self.flow(scope, id, cycle.version).await?;

        let unit = self.store.begin(&scope).await?;
        let runs = unit.runs();
        let now = unit.now();
        let Some(locked) = runs.lock_active(id).await? else {
            return Ok(());
        };
        let seen = match faults::has(Mistake::SlotNotUnique) {
            true => &cycle,
            false => &locked,
        };
        let Some(due) = seen.schedule.next.filter(|next| *next <= now) else {
            return Ok(());
        };
        if locked.version != cycle.version {
            return Err(StoreError::Stale);
        }
        let (slot, next) = slot_of(&locked, due, now);
        let trigger = flow.trigger.and_then(|trigger| flow.document.step(trigger));
        let Some(trigger) = trigger.filter(|step| !is_webhook(&step.kind)) else {
            runs.set_schedule(id, locked.status, None).await?;
            return unit.commit().await;
        };
        let skipped = if has_backlog {
            Some("The account has more than 100,000 transactions in progress.")
        } else if runs.trigger_is_open(id, trigger.id).await? {
            Some("The trigger of the run before has not finished.")
        } else {
            None
        };
        if let Some(why) = skipped {
            let told = notice(IncidentLevel::Warning, Trouble::TriggerSkipped, why);
            let told = incident(&self.store, Some(trigger), &told)?;
            runs.tell(id, told).await?;
            // One that runs once has not run yet.
            let next = next.or_else(|| locked.schedule.runs_once.then(|| now + RETRY_ONCE));
            runs.set_schedule(id, locked.status, next).await?;
            metrics::slot("skipped");
            return unit.commit().await;
        }
        if !is_frozen {
            unit.cycles().freeze(id, locked.version).await?;
        }
        let in_order = flow.document.settings.in_order;
        let run = new_id(&self.store);
        let new = scheduled(run, &locked, trigger.id, in_order, Some(slot));
        runs.begin(new).await?;
        let (status, next) = match locked.schedule.runs_once {
            true => (CycleStatus::Stopping, None),
            false => (locked.status, next),
        };
        runs.set_schedule(id, status, next).await?;
        unit.commit().await?;
        metrics::slot("fired");
        self.hints.give(scope);
        Ok(())
    }
}

/// A cycle that runs once and could not begin looks again after this.
const RETRY_ONCE: chrono::TimeDelta = chrono::TimeDelta::minutes(1);

/// The slot that is fired, and when the next one is.
fn slot_of(
    cycle: &Cycle,
    due: DateTime<Utc>,
    now: DateTime<Utc>,
) -> (DateTime<Utc>, Option<DateTime<Utc>>) {
    let (Some(start), Some(interval)) = (cycle.schedule.start, cycle.schedule.interval) else {
        return (due, None);
    };
    let schedule = Schedule::new(cycle.id, start, interval);
    match schedule.newest(now) {
        Some(newest) => (
            schedule.due(newest),
            Some(schedule.due(newest.saturating_add(1))),
        ),
        None => (due, Some(schedule.due(0))),
    }
}

fn scheduled(
    id: TransactionId,
    cycle: &Cycle,
    trigger: velodrome_model::StepId,
    is_in_order: bool,
    slot: Option<DateTime<Utc>>,
) -> NewRun {
    NewRun {
        id,
        cycle: cycle.id,
        version: cycle.version,
        step: trigger,
        output: None,
        tasks: 0,
        priority: Priority::Scheduled,
        is_in_order,
        slot,
        request: None,
        replayed_from: None,
        joined_from: None,
    }
}

fn is_webhook(kind: &StepKind) -> bool {
    matches!(kind, StepKind::Method(method) if method.is_webhook)
}
