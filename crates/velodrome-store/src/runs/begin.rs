//! Beginning transactions.

use chrono::{DateTime, Utc};
use sea_orm::{ActiveValue::Set, EntityTrait};
use uuid::Uuid;
use velodrome_model::{AccountScope, CycleId, Scope, StepId, TransactionId, WebhookRequestId};

use super::{
    NewItem, NewOutput, Priority, RunRows,
    children::queued,
    data::{insert_items, insert_outputs},
    stops::{end_of_line, hold_or_release, lock_order},
};
use crate::{
    StoreError, Unit,
    entity::cycle_transaction,
    faults::{self, Mistake},
};

/// A transaction to be begun.
#[derive(Clone, Debug)]
pub struct NewRun {
    /// Its id, as [`crate::Store::new_id`] makes them. One that comes into a line gets another, see
    /// [`RunRows::begin`].
    pub id: TransactionId,
    /// The cycle.
    pub cycle: CycleId,
    /// The version of its graph, frozen.
    pub version: i32,
    /// The step that it begins at.
    pub step: StepId,
    /// That step is done: a request brought its data.
    pub output: Option<(NewOutput, NewItem)>,
    /// Tasks that it has used already.
    pub tasks: i32,
    /// Its place in the queue.
    pub priority: Priority,
    /// One of its cycle runs at a time.
    pub is_in_order: bool,
    /// The slot of the schedule that it runs for.
    pub slot: Option<DateTime<Utc>>,
    /// The request that began it.
    pub request: Option<WebhookRequestId>,
    /// The transaction or request that it repeats.
    pub replayed_from: Option<Uuid>,
    /// The Wait All that begins it: it goes on from there.
    pub joined_from: Option<StepId>,
}

impl RunRows<'_> {
    /// Begins a transaction; tells its id. Where its cycle runs in order that is made here, behind all that are
    /// in the line already: the line is sorted by them.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when its slot has run; when the database refuses.
    pub async fn begin(&self, new: NewRun) -> Result<TransactionId, StoreError> {
        begin(self.unit, *self.unit.scope(), new).await
    }
}

pub(super) async fn begin<S: Scope>(
    unit: &Unit<S>,
    scope: AccountScope,
    mut new: NewRun,
) -> Result<TransactionId, StoreError> {
    unit.purpose.note(match new.slot {
        Some(_) => "slot",
        None => "begin",
    });
    let now = unit.now();
    if new.is_in_order {
        lock_order(unit, new.cycle).await?;
        new.id = end_of_line(unit, new.cycle).await?;
    }
    let (id, cycle, is_in_order) = (new.id, new.cycle, new.is_in_order);
    let (row, data) = row_of(now, scope, new);
    cycle_transaction::Entity::insert(row)
        .exec_without_returning(unit.db())
        .await?;
    if let Some((output, item)) = data {
        insert_outputs(unit, scope, id, 1, vec![output]).await?;
        insert_items(unit, scope, id, vec![item]).await?;
    }
    if is_in_order && !faults::has(Mistake::NoOrder) {
        hold_or_release(unit, cycle).await?;
    }
    Ok(id)
}

/// The row of a transaction that begins, and the data that it brings.
pub(super) fn row_of(
    now: DateTime<Utc>,
    scope: AccountScope,
    new: NewRun,
) -> (cycle_transaction::ActiveModel, Option<(NewOutput, NewItem)>) {
    let is_past = new.output.is_some() || new.joined_from.is_some();
    let steps = i32::from(new.output.is_some());
    let row = cycle_transaction::ActiveModel {
        joined_from: Set(new.joined_from.map(|step| step.0)),
        step_id: Set(Some(new.step.0)),
        is_past: Set(is_past),
        priority: Set(new.priority.number()),
        claim_at: Set((!new.is_in_order || faults::has(Mistake::NoOrder)).then_some(now)),
        checkpoint: Set(steps),
        tasks_used: Set(new.tasks),
        step_count: Set(steps),
        started_at: Set(is_past.then_some(now)),
        replayed_from: Set(new.replayed_from),
        request_id: Set(new.request.map(|request| request.0)),
        slot_at: Set(new.slot.filter(|_| !faults::has(Mistake::SlotNotUnique))),
        is_in_order: Set(new.is_in_order),
        ..blank(
            new.id,
            (scope.partner.0, scope.account.0),
            (new.cycle.0, new.version),
            now,
        )
    };
    (row, new.output)
}

/// A queued row that nothing has happened to.
pub(super) fn blank(
    id: TransactionId,
    (partner, account): (Uuid, Uuid),
    (cycle, version): (Uuid, i32),
    now: DateTime<Utc>,
) -> cycle_transaction::ActiveModel {
    cycle_transaction::ActiveModel {
        id: Set(id.0),
        partner_id: Set(partner),
        account_id: Set(account),
        cycle_id: Set(cycle),
        version: Set(version),
        parent_id: Set(None),
        root_id: Set(id.0),
        split_step: Set(None),
        split_index: Set(None),
        seen_step: Set(None),
        seen_part: Set(None),
        seen_item: Set(None),
        fork: Set(0),
        joined_from: Set(None),
        status: Set(queued()),
        wait_reason: Set(None),
        step_id: Set(None),
        is_past: Set(false),
        attempt: Set(0),
        answered: Set(0),
        due_at: Set(None),
        priority: Set(0),
        claim_at: Set(None),
        lease_owner: Set(None),
        lease_until: Set(None),
        epoch: Set(0),
        checkpoint: Set(0),
        recoveries: Set(0),
        is_uncertain: Set(false),
        ends_as: Set(None),
        plan: Set(None),
        children_made: Set(0),
        error_count: Set(0),
        warning_count: Set(0),
        tasks_used: Set(0),
        step_count: Set(0),
        created_at: Set(now),
        started_at: Set(None),
        ended_at: Set(None),
        paused_at: Set(None),
        erase_at: Set(None),
        is_erased: Set(false),
        replayed_from: Set(None),
        request_id: Set(None),
        slot_at: Set(None),
        is_in_order: Set(false),
    }
}
