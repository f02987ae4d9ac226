//! Running a transaction again from its trigger.

use serde_json::Value;
use velodrome_model::{
    AccountActor, CycleId, TransactionId,
    cycle::{CycleStatus, TransactionStatus},
};
use velodrome_store::{NewItem, NewOutput, NewRun, Priority};

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
            id: new_id(),
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
        let again = new.id;
        let unit = store.begin(&actor.scope).await?;
        let runs = unit.runs();
        // Whoever stops the cycle comes before this or stops what begins here.
        let active = runs.share_active(cycle).await?;
        active
            .filter(|active| active.version == found.version)
            .ok_or(LookError::NotRunning)?;
        unit.cycles().freeze(cycle, found.version).await?;
        runs.begin(new).await?;
        if tasks > 0 {
            runs.arm(cycle, found.version, &flow.joins).await?;
            runs.count_tasks(tasks).await?;
        }
        self.changed(actor, unit, found, (again, "transaction.rerun"))
            .await
    }
}
