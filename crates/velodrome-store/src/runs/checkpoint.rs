//! The checkpoint: everything that a step did, and what follows, in one unit of work (cycles.md §11.3).

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QuerySelect as _};
use velodrome_model::{
    AccountConnectorId, StepId, WebhookRequestId,
    cycle::{IncidentLevel, TransactionStatus, Trouble, WaitReason},
};

use super::{
    EngineRows, Hold, NewIncident, NewItem, NewOutput, PagesLeft, Priority, SplitPlan, blocks,
    children,
    claim::{held, is_held},
    gathered::Gathered,
    joins, marks,
    parking::{self, Parking},
    requests::{self, StoredResponse},
    stops::{ended, hold_or_release, lock_order, stop_cycle},
};
use crate::{
    StoreError,
    entity::{cycle, cycle_transaction},
};

/// Rows that are read with one statement.
const ROWS_AT_ONCE: usize = 64;

/// How long data of transactions is kept after their end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    /// Of those without errors.
    pub success: TimeDelta,
    /// Of those with errors.
    pub errored: TimeDelta,
}

impl Default for Retention {
    /// As long as data may be kept at all.
    fn default() -> Self {
        Self {
            success: TimeDelta::hours(744),
            errored: TimeDelta::hours(744),
        }
    }
}

impl Retention {
    /// The longer of both.
    pub fn longest(&self) -> TimeDelta {
        self.success.max(self.errored)
    }
}

/// What one step did, and where its transaction goes.
#[derive(Clone, Debug)]
pub struct Checkpoint {
    /// The claim under which it was done.
    pub hold: Hold,
    /// The step. The row may stand before it: a step that has nothing to write is passed without a checkpoint.
    pub step: Option<StepId>,
    /// When the step began.
    pub started_at: DateTime<Utc>,
    /// What it gave, and parts of what others gave that only its children see.
    pub outputs: Vec<NewOutput>,
    /// What it did.
    pub items: Vec<NewItem>,
    /// What somebody should know.
    pub incidents: Vec<NewIncident>,
    /// The step's look-back from now on.
    pub look_back: Option<(StepId, DateTime<Utc>)>,
    /// The trigger succeeded: when the cycle's newest successful run began.
    pub run: Option<DateTime<Utc>>,
    /// Tasks.
    pub tasks: i32,
    /// Steps that are done now.
    pub steps: i32,
    /// Wait All steps that wait for the end of this run.
    pub arms: Vec<StepId>,
    /// What became known of a provider that takes no calls, or takes them again.
    pub block: Option<Block>,
    /// The step kept pages while they came: what is left of that.
    pub pages: Option<(StepId, PagesLeft)>,
    /// The answer for whoever sent the request that began it.
    pub response: Option<(WebhookRequestId, StoredResponse)>,
    /// The cycle is stopped: the error was of that kind.
    pub stops_cycle: bool,
    /// How long data is kept.
    pub kept: Retention,
    /// Where the transaction goes.
    pub next: Next,
}

/// What became known of an account connector's provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Block {
    /// It takes no calls for this long. The wait is worked out from that and from what was before.
    Begins(AccountConnectorId, TimeDelta),
    /// It took a call.
    Ends(AccountConnectorId),
}

/// Where a transaction goes.
#[derive(Clone, Debug)]
pub enum Next {
    /// On to a step, under the same lease.
    Go(StepId),
    /// On to a step when it is its turn again.
    Yield(StepId),
    /// It waits at its step.
    Wait {
        /// The step is done; what waits is the way on.
        is_past: bool,
        /// Until when. With a [`Block`] that begins, until that ends.
        until: DateTime<Utc>,
        /// Why.
        reason: WaitReason,
        /// Attempts at the step that failed.
        attempt: i32,
        /// Attempts at the step that got an answer.
        answered: i32,
    },
    /// It waits for the request of a mid-cycle webhook; `until` ends it.
    Park {
        /// The webhook step.
        step: StepId,
        /// Hash of the value that selects it.
        key: Vec<u8>,
        /// When it is given up.
        until: DateTime<Utc>,
    },
    /// It ends in children.
    Split(SplitPlan),
    /// It ends.
    End(TransactionStatus),
}

/// What became of a checkpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Applied {
    /// Somebody else has claimed it: nothing was written.
    Stale,
    /// The worker goes on.
    Going,
    /// It waits, and nobody holds it.
    Released,
    /// It is queued and may be taken at once.
    Queued,
    /// Children are made; more are to come, under the same lease.
    Splitting,
    /// It has ended.
    Ended(TransactionStatus),
}

impl EngineRows<'_> {
    /// Makes checkpoints true with this unit. A stale one writes nothing and does not keep the others from it.
    ///
    /// # Errors
    /// When the database refuses; the unit is lost then.
    pub async fn checkpoints(&self, all: Vec<Checkpoint>) -> Result<Vec<Applied>, StoreError> {
        if !all.is_empty() {
            self.unit.purpose.note("checkpoint");
        }
        let mut rows = self.held_rows(&all).await?;
        let mut gathered = Gathered::default();
        let mut outcomes = Vec::with_capacity(all.len());
        for of in all {
            let row = rows
                .remove(&of.hold.id.0)
                .filter(|row| is_held(row, &of.hold));
            // It changes rows of others, so what was read before it holds no longer.
            let changes_others = of.stops_cycle;
            let row = match row {
                Some(row) => Some(row),
                None => self.held_row(&of).await?,
            };
            outcomes.push(match row {
                Some(row) => self.apply(of, row, &mut gathered).await?,
                None => Applied::Stale,
            });
            if changes_others {
                rows.clear();
            }
        }
        gathered.write(self.unit).await?;
        Ok(outcomes)
    }

    /// Makes one checkpoint true with this unit.
    ///
    /// # Errors
    /// When the database refuses; the unit is lost then.
    pub async fn checkpoint(&self, of: Checkpoint) -> Result<Applied, StoreError> {
        let outcomes = self.checkpoints(vec![of]).await?;
        Ok(outcomes.into_iter().next().unwrap_or(Applied::Stale))
    }

    /// The rows of several checkpoints at once, where there is one writer and nothing to be locked.
    async fn held_rows(
        &self,
        all: &[Checkpoint],
    ) -> Result<HashMap<uuid::Uuid, cycle_transaction::Model>, StoreError> {
        let mut rows = HashMap::with_capacity(all.len());
        if !self.unit.is_sqlite() || all.len() < 2 {
            return Ok(rows);
        }
        let ids: Vec<uuid::Uuid> = all.iter().map(|of| of.hold.id.0).collect();
        for some in ids.chunks(ROWS_AT_ONCE) {
            // One statement whatever their number: the last id is named again.
            let last = some.last().copied().unwrap_or_default();
            let padded = some.iter().copied().chain(std::iter::repeat(last));
            let found = cycle_transaction::Entity::find()
                .filter(cycle_transaction::Column::Id.is_in(padded.take(ROWS_AT_ONCE)))
                .all(self.unit.db())
                .await?;
            rows.extend(found.into_iter().map(|row| (row.id, row)));
        }
        Ok(rows)
    }

    /// The row of a checkpoint, locked; none when somebody else has claimed it.
    async fn held_row(
        &self,
        of: &Checkpoint,
    ) -> Result<Option<cycle_transaction::Model>, StoreError> {
        let (unit, hold) = (self.unit, of.hold);
        if (of.run.is_some() || of.stops_cycle) && !unit.is_sqlite() {
            // The cycle's row comes before its transactions', as for whoever stops a cycle: the other way
            // round two units could wait for each other.
            let found = cycle_transaction::Entity::find().filter(held(&hold));
            let Some(row) = found.one(unit.db()).await? else {
                return Ok(None);
            };
            self.hold_cycle(row.cycle_id).await?;
        }
        let mut find = cycle_transaction::Entity::find().filter(held(&hold));
        if !unit.is_sqlite() {
            find = find.lock_exclusive();
        }
        Ok(find.one(unit.db()).await?)
    }

    /// Writes what can't wait, and gathers the rest.
    async fn apply(
        &self,
        of: Checkpoint,
        row: cycle_transaction::Model,
        gathered: &mut Gathered,
    ) -> Result<Applied, StoreError> {
        let (unit, hold) = (self.unit, of.hold);
        let cycle = velodrome_model::CycleId(row.cycle_id);
        let checkpoint = row.checkpoint + 1;
        let mut incidents = of.incidents;
        let mut next = of.next;
        if let Some(word) = row.ends_as.as_deref() {
            let status = TransactionStatus::from_word(word).ok_or(StoreError::Corrupt {
                what: "transaction status",
            })?;
            // What has ended by itself needs no stop; a failure stays one.
            if !matches!(next, Next::End(_)) {
                next = Next::End(status);
                incidents.push(stopped(self, status)?);
            }
        }
        let mut response = of.response;
        if let Some((request, answer)) = response.take()
            && !requests::save_response(unit, &hold.scope, request, answer).await?
        {
            let told = Trouble::ResponseNotReturned.as_str().to_owned();
            let detail = "Whoever sent the request did not wait for the response any more.";
            let level = (IncidentLevel::Error, told);
            incidents.push(NewIncident::new(unit, None, level, detail.to_owned())?);
        }
        let count = |level| {
            let of_level = incidents.iter().filter(|told| told.level == level);
            i32::try_from(of_level.count()).unwrap_or(i32::MAX)
        };
        let (errors, warnings) = (count(IncidentLevel::Error), count(IncidentLevel::Warning));
        let scope = hold.scope;
        let outputs = unit
            .purpose
            .put_off((scope, hold.id, checkpoint), of.outputs);
        for output in outputs {
            gathered.output(scope, hold.id, checkpoint, output);
        }
        for item in of.items {
            gathered.item(scope, hold.id, item);
        }
        let now = unit.now();
        for told in incidents {
            gathered.incident(now, scope, (cycle, hold.id), told);
        }
        if let Some((step, to)) = of.look_back {
            gathered.look_back(scope, step, to);
        }
        if let Some(began) = of.run {
            gathered.run(scope, cycle, began);
        }
        joins::arm(unit, &scope, cycle, row.version, &of.arms).await?;
        let blocked_until = match of.block {
            Some(block) => blocks::note(unit, &scope, block).await?,
            None => None,
        };

        let errors_now = row.error_count + errors;
        let mut change = cycle_transaction::ActiveModel {
            checkpoint: Set(checkpoint),
            recoveries: Set(0),
            is_uncertain: Set(false),
            error_count: Set(errors_now),
            warning_count: Set(row.warning_count + warnings),
            tasks_used: Set(row.tasks_used + of.tasks),
            step_count: Set(row.step_count + of.steps),
            ..Default::default()
        };
        if row.started_at.is_none() {
            change.started_at = Set(Some(of.started_at));
        }
        if let Some(step) = of.step.filter(|step| row.step_id != Some(step.0)) {
            at(&mut change, step);
        }
        let kept = match errors_now {
            0 => of.kept.success,
            _ => of.kept.errored,
        };
        let applied = match next {
            Next::Go(step) => {
                at(&mut change, step);
                Applied::Going
            }
            Next::Yield(step) => {
                at(&mut change, step);
                free(&mut change, TransactionStatus::Queued, Some(now));
                change.priority = Set(row.priority.min(Priority::Resumed.number()));
                Applied::Queued
            }
            Next::Wait {
                is_past,
                until,
                reason,
                attempt,
                answered,
            } => {
                let until = blocked_until.unwrap_or(until);
                free(&mut change, TransactionStatus::Waiting, Some(until));
                change.is_past = Set(is_past);
                change.wait_reason = Set(Some(reason.as_str().to_owned()));
                change.due_at = Set(Some(until));
                change.attempt = Set(attempt);
                change.answered = Set(answered);
                change.priority = Set(row.priority.min(Priority::Resumed.number()));
                Applied::Released
            }
            Next::Park { step, key, until } => {
                free(&mut change, TransactionStatus::Waiting, Some(until));
                change.is_past = Set(false);
                change.wait_reason = Set(Some(WaitReason::Webhook.as_str().to_owned()));
                change.due_at = Set(Some(until));
                change.priority = Set(row.priority.min(Priority::Resumed.number()));
                let parking = Parking {
                    of: &row,
                    step,
                    key,
                    checkpoint,
                };
                match parking::park(unit, &scope, parking, &mut change).await? {
                    true => Applied::Queued,
                    false => Applied::Released,
                }
            }
            Next::Split(plan) => {
                let made = children::make(unit, &row, &plan, row.children_made, checkpoint).await?;
                change.children_made = Set(made);
                if made >= plan.total() {
                    close(&mut change, ended(TransactionStatus::Completed, now, kept));
                    change.step_id = Set(None);
                    change.plan = Set(None);
                    Applied::Ended(TransactionStatus::Completed)
                } else {
                    change.plan = Set(Some(serde_json::to_value(&plan).map_err(|_| {
                        StoreError::Corrupt {
                            what: "transaction split plan",
                        }
                    })?));
                    Applied::Splitting
                }
            }
            Next::End(status) => {
                close(&mut change, ended(status, now, kept));
                change.plan = Set(None);
                if status == TransactionStatus::Completed {
                    change.step_id = Set(None);
                }
                Applied::Ended(status)
            }
        };
        self.write(&hold, change).await?;
        if let Some((step, left)) = of.pages {
            marks::settle(unit, hold.id, step, left).await?;
        }
        if of.stops_cycle {
            stop_cycle(unit, &scope, cycle, hold.id).await?;
        }
        if row.is_in_order && matches!(applied, Applied::Ended(_)) {
            lock_order(unit, cycle).await?;
            hold_or_release(unit, cycle).await?;
        }
        gathered.used(scope, of.tasks, errors + warnings);
        Ok(applied)
    }

    /// Makes the next chunk of the children that a transaction ends in. Data and counters were written
    /// before.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn split_on(&self, hold: &Hold, kept: Retention) -> Result<Applied, StoreError> {
        self.unit.purpose.note("children");
        let mut find = cycle_transaction::Entity::find().filter(held(hold));
        if !self.unit.is_sqlite() {
            find = find.lock_exclusive();
        }
        let Some(row) = find.one(self.unit.db()).await? else {
            return Ok(Applied::Stale);
        };
        let plan: SplitPlan = row
            .plan
            .clone()
            .and_then(|plan| serde_json::from_value(plan).ok())
            .ok_or(StoreError::Corrupt {
                what: "transaction split plan",
            })?;
        let now = self.unit.now();
        let kept = match row.error_count {
            0 => kept.success,
            _ => kept.errored,
        };
        let mut change = cycle_transaction::ActiveModel {
            recoveries: Set(0),
            ..Default::default()
        };
        let stopped_as = match row.ends_as.as_deref() {
            Some(word) => TransactionStatus::from_word(word),
            None => None,
        };
        let applied = if let Some(status) = stopped_as {
            close(&mut change, ended(status, now, kept));
            change.plan = Set(None);
            Applied::Ended(status)
        } else {
            let checkpoint = row.checkpoint;
            let made =
                children::make(self.unit, &row, &plan, row.children_made, checkpoint).await?;
            change.children_made = Set(made);
            if made >= plan.total() {
                close(&mut change, ended(TransactionStatus::Completed, now, kept));
                change.step_id = Set(None);
                change.plan = Set(None);
                Applied::Ended(TransactionStatus::Completed)
            } else {
                Applied::Splitting
            }
        };
        self.write(hold, change).await?;
        if row.is_in_order && matches!(applied, Applied::Ended(_)) {
            let cycle = velodrome_model::CycleId(row.cycle_id);
            lock_order(self.unit, cycle).await?;
            hold_or_release(self.unit, cycle).await?;
        }
        Ok(applied)
    }

    async fn hold_cycle(&self, id: uuid::Uuid) -> Result<(), StoreError> {
        if !self.unit.is_sqlite() {
            let find = cycle::Entity::find_by_id(id).lock_exclusive();
            find.one(self.unit.db()).await?;
        }
        Ok(())
    }

    async fn write(
        &self,
        hold: &Hold,
        change: cycle_transaction::ActiveModel,
    ) -> Result<(), StoreError> {
        cycle_transaction::Entity::update_many()
            .set(change)
            .filter(held(hold))
            .exec(self.unit.db())
            .await?;
        Ok(())
    }
}

/// At a step that has not been tried.
fn at(change: &mut cycle_transaction::ActiveModel, step: StepId) {
    change.step_id = Set(Some(step.0));
    change.is_past = Set(false);
    change.attempt = Set(0);
    change.answered = Set(0);
    change.wait_reason = Set(None);
    change.due_at = Set(None);
}

/// In nobody's hands.
fn free(
    change: &mut cycle_transaction::ActiveModel,
    status: TransactionStatus,
    claim_at: Option<DateTime<Utc>>,
) {
    change.status = Set(status.as_str().to_owned());
    change.claim_at = Set(claim_at);
    change.lease_owner = Set(None);
    change.lease_until = Set(None);
}

/// Takes over what an ended row has.
fn close(change: &mut cycle_transaction::ActiveModel, end: cycle_transaction::ActiveModel) {
    change.status = end.status;
    change.wait_reason = end.wait_reason;
    change.due_at = end.due_at;
    change.claim_at = end.claim_at;
    change.lease_owner = end.lease_owner;
    change.lease_until = end.lease_until;
    change.paused_at = end.paused_at;
    change.ended_at = end.ended_at;
    change.erase_at = end.erase_at;
}

fn stopped(rows: &EngineRows<'_>, status: TransactionStatus) -> Result<NewIncident, StoreError> {
    let detail = match status {
        TransactionStatus::Cancelled => "Cancelled after the step that it was at.",
        _ => "The cycle was stopped; the transaction ended after the step that it was at.",
    };
    let told = Trouble::TransactionStopped.as_str().to_owned();
    NewIncident::new(
        rows.unit,
        None,
        (IncidentLevel::Warning, told),
        detail.to_owned(),
    )
}
