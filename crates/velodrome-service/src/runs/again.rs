//! Running a transaction again: from its trigger, or from a step that it has tried.

use serde_json::Value;
use velodrome_model::{
    AccountActor, CycleId, StepId, TransactionId,
    cycle::{CycleStatus, Step, TransactionStatus},
};
use velodrome_store::{NewItem, NewOutput, NewRun, Priority, StoreError};

use super::{
    flow::action_type,
    look::{CycleTransaction, LookError, Transactions, cycle_of},
    outcome::new_id,
};

impl Transactions {
    /// Begins a new transaction for what began this one: with the data that a request brought, or with a
    /// trigger that asks its provider again. It runs the cycle as it is now.
    ///
    /// # Errors
    /// [`LookError::NotRerunnable`], [`LookError::NotRunning`]; as [`LookError`] says.
    pub async fn rerun(
        &self,
        actor: &AccountActor,
        cycle: CycleId,
        id: TransactionId,
    ) -> Result<CycleTransaction, LookError> {
        let store = &self.inner.store;
        let unit = store.read(&actor.scope).await?;
        let found = cycle_of(&unit, cycle).await?;
        let transaction = unit.runs().get(cycle, id).await?;
        drop(unit);
        let transaction = transaction.ok_or(LookError::NoTransaction)?;
        if transaction.parent.is_some() || transaction.joined_from.is_some() {
            return Err(LookError::NotRerunnable);
        }
        if found.status != CycleStatus::Active {
            return Err(LookError::NotRunning);
        }
        let (flow, _) = self.inner.flow(actor.scope, cycle, found.version).await?;
        let trigger = flow
            .trigger
            .and_then(|trigger| flow.document.step(trigger))
            .ok_or(LookError::NotRerunnable)?;
        let asks = trigger.method().is_some_and(|method| !method.is_webhook);
        let output = match asks {
            true => None,
            false => {
                let unit = store.read(&actor.scope).await?;
                let kept = unit
                    .runs()
                    .output(id, trigger.id, "", transaction.checkpoint)
                    .await?
                    .filter(|_| !transaction.is_erased)
                    .ok_or(LookError::NotRerunnable)?;
                let now = unit.now();
                let named = (trigger.id, trigger.name.clone(), action_type(trigger));
                let shown =
                    serde_json::from_str::<Value>(&kept.json).map(|value| value.to_string());
                let texts = (None, shown.ok());
                let mut item = NewItem::new(store, named, texts, (now, now))?;
                item.status = TransactionStatus::Completed;
                let output = NewOutput::new(store, trigger.id, kept.json, (now, now))?;
                Some((output, item))
            }
        };
        let tasks = i32::from(output.is_some());
        let new = NewRun {
            id: new_id(store),
            cycle,
            version: found.version,
            step: trigger.id,
            output,
            tasks,
            priority: Priority::Resumed,
            is_in_order: flow.document.settings.in_order,
            slot: None,
            request: None,
            replayed_from: Some(id.0),
            joined_from: None,
        };
        let unit = store.begin(&actor.scope).await?;
        let runs = unit.runs();
        // Whoever stops the cycle comes before this or stops what begins here.
        let active = runs.share_active(cycle).await?;
        active
            .filter(|active| active.version == found.version)
            .ok_or(LookError::NotRunning)?;
        unit.cycles().freeze(cycle, found.version).await?;
        let again = runs.begin(new).await?;
        if tasks > 0 {
            runs.arm(cycle, found.version, &flow.joins).await?;
            runs.count_tasks(tasks).await?;
        }
        self.changed(actor, unit, found, (again, "transaction.rerun"))
            .await
    }

    /// Begins a new transaction at a step that one which has ended has tried: with the data of the steps
    /// before, in the version of the graph that it ran. What happened, and what was split off, stays as it is.
    ///
    /// # Errors
    /// [`LookError::NotEnded`], [`LookError::NotTried`], [`LookError::DataErased`], [`LookError::NotRunning`];
    /// as [`LookError`] says.
    pub async fn retry_from(
        &self,
        actor: &AccountActor,
        (cycle, id): (CycleId, TransactionId),
        step: StepId,
    ) -> Result<CycleTransaction, LookError> {
        let unit = self.inner.store.read(&actor.scope).await?;
        let runs = unit.runs();
        cycle_of(&unit, cycle).await?;
        let transaction = runs.get(cycle, id).await?.ok_or(LookError::NoTransaction)?;
        if !transaction.status.is_terminal() {
            return Err(LookError::NotEnded);
        }
        // A child may be kept for longer than what it was split off from.
        let (mut is_erased, mut parent) = (transaction.is_erased, transaction.parent);
        while let Some(of) = parent.filter(|_| !is_erased) {
            let found = runs.find(of).await?;
            is_erased = found.as_ref().is_none_or(|found| found.is_erased);
            parent = found.and_then(|found| found.parent);
        }
        if is_erased {
            return Err(LookError::DataErased);
        }
        let has_tried = runs.has_tried(id, step).await?;
        let written = runs.written(id).await?;
        drop(unit);
        let version = transaction.version;
        let (flow, _) = self.inner.flow(actor.scope, cycle, version).await?;
        // What a request brought can't be asked for again, and a Wait All has nothing to do.
        let is_webhook = |step: &Step| step.method().is_some_and(|method| method.is_webhook);
        let can_run = |step: &Step| !is_webhook(step) && transaction.joined_from != Some(step.id);
        if !has_tried || !flow.document.step(step).is_some_and(can_run) {
            return Err(LookError::NotTried);
        }
        let before = flow.graph.before(step);
        let seen = written.iter().filter(|(of, _)| before.contains(of));
        let fork = seen.map(|(_, checkpoint)| *checkpoint).max().unwrap_or(0);

        let unit = self.inner.store.begin(&actor.scope).await?;
        let found = cycle_of(&unit, cycle).await?;
        // Whoever stops the cycle comes before this or stops what begins here.
        let active = unit.runs().share_active(cycle).await?;
        active.ok_or(LookError::NotRunning)?;
        let again = match unit.runs().repeat((cycle, id), (step, fork)).await {
            // It was erased a moment ago.
            Err(StoreError::Stale) => return Err(LookError::DataErased),
            begun => begun?,
        };
        let again = (again, "transaction.retried_from_step");
        self.changed(actor, unit, found, again).await
    }
}
