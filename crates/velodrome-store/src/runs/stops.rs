//! Stopping what runs, holding it back, and letting it go on (cycles.md §6, Stopping).

use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, Condition, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{CaseStatement, Expr, ExprTrait, SimpleExpr},
};
use uuid::{NoContext, Timestamp, Uuid};
use velodrome_model::{
    AccountScope, CycleId, Scope, TransactionId,
    cycle::{IncidentLevel, TransactionStatus, Trouble, WaitReason},
};

use super::{NewIncident, Retention, RunRows, Transaction, claim::number_of};
use crate::{
    StoreError, Unit, Work,
    entity::{cycle, cycle_transaction},
    outbox,
};

use cycle_transaction::Column as C;

impl RunRows<'_> {
    fn of_cycle(&self, cycle: CycleId) -> Condition {
        of_cycle(self.unit.scope(), cycle)
    }

    /// A transaction of a cycle, ended or not.
    fn one(&self, cycle: CycleId, id: TransactionId) -> Condition {
        let scope = self.unit.scope();
        Condition::all()
            .add(C::PartnerId.eq(scope.partner.0))
            .add(C::AccountId.eq(scope.account.0))
            .add(C::CycleId.eq(cycle.0))
            .add(C::Id.eq(id.0))
    }

    /// Stops the transactions of a cycle: those under way end at the step that they are on, the others are
    /// held back until [`RunRows::resume_all`], for 24 hours.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn pause_all(&self, cycle: CycleId) -> Result<(), StoreError> {
        pause_all(self.unit, self.unit.scope(), cycle, None).await
    }

    /// Lets those go on that were held back.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn resume_all(&self, cycle: CycleId) -> Result<(), StoreError> {
        let now = self.unit.now();
        let paused = self
            .of_cycle(cycle)
            .add(C::Status.eq(TransactionStatus::Paused.as_str()));
        lock_order(self.unit, cycle).await?;
        let back = |status: TransactionStatus| cycle_transaction::ActiveModel {
            status: Set(status.as_str().to_owned()),
            paused_at: Set(None),
            ..Default::default()
        };
        cycle_transaction::Entity::update_many()
            .set(back(TransactionStatus::Waiting))
            .col_expr(C::ClaimAt, Expr::col(C::DueAt))
            .filter(paused.clone().add(C::WaitReason.is_not_null()))
            .exec(self.unit.db())
            .await?;
        cycle_transaction::Entity::update_many()
            .set(cycle_transaction::ActiveModel {
                claim_at: Set(Some(now)),
                ..back(TransactionStatus::Queued)
            })
            .filter(paused.clone().add(C::IsInOrder.eq(false)))
            .exec(self.unit.db())
            .await?;
        cycle_transaction::Entity::update_many()
            .set(back(TransactionStatus::Queued))
            .filter(paused)
            .exec(self.unit.db())
            .await?;
        hold_or_release(self.unit, cycle).await
    }

    /// Drops the transactions of a cycle: those under way end at the step that they are on.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn cancel_all(&self, cycle: CycleId, kept: Retention) -> Result<(), StoreError> {
        let now = self.unit.now();
        self.mark(cycle, TransactionStatus::Cancelled).await?;
        cycle_transaction::Entity::update_many()
            .set(ended(TransactionStatus::Cancelled, now, kept.success))
            .filter(self.of_cycle(cycle))
            .filter(not_leased(now))
            .exec(self.unit.db())
            .await?;
        Ok(())
    }

    /// Drops one transaction; none where there is no such one, false where it had ended.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn cancel(
        &self,
        cycle: CycleId,
        id: TransactionId,
        kept: Retention,
    ) -> Result<Option<(Transaction, bool)>, StoreError> {
        let now = self.unit.now();
        if self.get(cycle, id).await?.is_none() {
            return Ok(None);
        }
        let one = self.of_cycle(cycle).add(C::Id.eq(id.0));
        let dropped = cycle_transaction::Entity::update_many()
            .set(ended(TransactionStatus::Cancelled, now, kept.success))
            .filter(one.clone())
            .filter(not_leased(now))
            .exec(self.unit.db())
            .await?;
        let marked = cycle_transaction::Entity::update_many()
            .set(cycle_transaction::ActiveModel {
                ends_as: Set(Some(TransactionStatus::Cancelled.as_str().to_owned())),
                ..Default::default()
            })
            .filter(one)
            .filter(C::LeaseUntil.gt(now))
            .exec(self.unit.db())
            .await?;
        if dropped.rows_affected == 1 {
            let level = IncidentLevel::Warning;
            let word = Trouble::TransactionStopped.as_str().to_owned();
            let told = NewIncident::new(
                self.unit,
                None,
                (level, word),
                "Cancelled by hand.".to_owned(),
            )?;
            let scope = *self.unit.scope();
            super::data::insert_incidents(self.unit, scope, cycle, Some(id), vec![told]).await?;
            lock_order(self.unit, cycle).await?;
            hold_or_release(self.unit, cycle).await?;
        }
        let is_changed = dropped.rows_affected + marked.rows_affected > 0;
        let found = self.get(cycle, id).await?;
        Ok(found.map(|found| (found, is_changed)))
    }

    /// Queues a transaction that failed once more, at the step where it did.
    ///
    /// # Errors
    /// [`StoreError::Stale`] when it has not failed, or its data is erased.
    pub async fn retry(&self, cycle: CycleId, id: TransactionId) -> Result<(), StoreError> {
        lock_order(self.unit, cycle).await?;
        let done = cycle_transaction::Entity::update_many()
            .set(queued_again())
            .col_expr(C::ClaimAt, in_turn(self.unit.now()))
            // An attempt that was answered must not share its idempotency key.
            .col_expr(C::Answered, Expr::col(C::Answered).add(1))
            .filter(self.one(cycle, id))
            .filter(C::Status.eq(TransactionStatus::Errored.as_str()))
            .filter(C::IsErased.eq(false))
            .filter(C::StepId.is_not_null())
            .filter(C::Plan.is_null())
            .exec(self.unit.db())
            .await?;
        if done.rows_affected == 0 {
            return Err(StoreError::Stale);
        }
        hold_or_release(self.unit, cycle).await
    }

    /// Lets a transaction that waits for time go on now: a delay, another attempt, a provider that takes no
    /// calls.
    ///
    /// # Errors
    /// [`StoreError::Stale`] when it does not wait for time.
    pub async fn hurry(&self, cycle: CycleId, id: TransactionId) -> Result<(), StoreError> {
        let now = self.unit.now();
        let for_time = [
            WaitReason::Delay,
            WaitReason::WaitUntil,
            WaitReason::Retry,
            WaitReason::RateLimit,
        ];
        let done = cycle_transaction::Entity::update_many()
            .set(cycle_transaction::ActiveModel {
                claim_at: Set(Some(now)),
                due_at: Set(Some(now)),
                priority: Set(super::Priority::Resumed.number()),
                ..Default::default()
            })
            .filter(self.of_cycle(cycle))
            .filter(C::Id.eq(id.0))
            .filter(C::Status.eq(TransactionStatus::Waiting.as_str()))
            .filter(C::WaitReason.is_in(for_time.map(WaitReason::as_str)))
            .exec(self.unit.db())
            .await?;
        match done.rows_affected {
            1 => Ok(()),
            _ => Err(StoreError::Stale),
        }
    }

    /// Lets a transaction that failed, or waits for another attempt, go on behind its step, which gave
    /// nothing.
    ///
    /// # Errors
    /// [`StoreError::Stale`] when it neither failed nor waits for an attempt, or its data is erased.
    pub async fn skip(&self, cycle: CycleId, id: TransactionId) -> Result<(), StoreError> {
        lock_order(self.unit, cycle).await?;
        let failed = Condition::all().add(C::Status.eq(TransactionStatus::Errored.as_str()));
        let waits = Condition::all()
            .add(C::Status.eq(TransactionStatus::Waiting.as_str()))
            .add(C::WaitReason.is_in([WaitReason::Retry.as_str(), WaitReason::RateLimit.as_str()]));
        let done = cycle_transaction::Entity::update_many()
            .set(cycle_transaction::ActiveModel {
                wait_reason: Set(None),
                due_at: Set(None),
                is_past: Set(true),
                ..queued_again()
            })
            .col_expr(C::ClaimAt, in_turn(self.unit.now()))
            .filter(self.one(cycle, id))
            .filter(Condition::any().add(failed).add(waits))
            .filter(C::IsErased.eq(false))
            .filter(C::StepId.is_not_null())
            .filter(C::Plan.is_null())
            .exec(self.unit.db())
            .await?;
        if done.rows_affected == 0 {
            return Err(StoreError::Stale);
        }
        hold_or_release(self.unit, cycle).await
    }

    /// How many of a cycle are in progress.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn in_progress(&self, cycle: CycleId) -> Result<u64, StoreError> {
        let found = cycle_transaction::Entity::find().filter(self.of_cycle(cycle));
        Ok(found.count(self.unit.db()).await?)
    }

    /// Whether the account has more in progress than `most`.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn has_more_than(&self, most: u64) -> Result<bool, StoreError> {
        let scope = self.unit.scope();
        let beyond: Option<Uuid> = cycle_transaction::Entity::find()
            .select_only()
            .column(C::Id)
            .filter(C::PartnerId.eq(scope.partner.0))
            .filter(C::AccountId.eq(scope.account.0))
            .filter(C::EndedAt.is_null())
            .offset(most)
            .limit(1)
            .into_tuple()
            .one(self.unit.db())
            .await?;
        Ok(beyond.is_some())
    }

    async fn mark(&self, cycle: CycleId, ends_as: TransactionStatus) -> Result<(), StoreError> {
        mark(self.unit, self.unit.scope(), cycle, ends_as).await
    }
}

/// What goes on when it may, with all its attempts before it.
fn queued_again() -> cycle_transaction::ActiveModel {
    cycle_transaction::ActiveModel {
        status: Set(TransactionStatus::Queued.as_str().to_owned()),
        attempt: Set(0),
        recoveries: Set(0),
        is_uncertain: Set(false),
        ended_at: Set(None),
        erase_at: Set(None),
        priority: Set(super::Priority::Resumed.number()),
        ..Default::default()
    }
}

/// From when what goes on again may be taken: at once, but in a cycle that runs in order when
/// [`hold_or_release`] says so.
fn in_turn(now: DateTime<Utc>) -> SimpleExpr {
    CaseStatement::new()
        .case(
            Expr::col(C::IsInOrder).eq(true),
            Expr::val(None::<DateTime<Utc>>),
        )
        .finally(Expr::val(now))
        .into()
}

/// Open transactions of a cycle.
fn of_cycle(scope: &AccountScope, cycle: CycleId) -> Condition {
    Condition::all()
        .add(C::PartnerId.eq(scope.partner.0))
        .add(C::AccountId.eq(scope.account.0))
        .add(C::CycleId.eq(cycle.0))
        .add(C::EndedAt.is_null())
}

fn not_leased(now: DateTime<Utc>) -> Condition {
    Condition::any()
        .add(C::LeaseUntil.is_null())
        .add(C::LeaseUntil.lte(now))
}

/// What an ended row has.
pub(super) fn ended(
    status: TransactionStatus,
    now: DateTime<Utc>,
    kept: TimeDelta,
) -> cycle_transaction::ActiveModel {
    cycle_transaction::ActiveModel {
        status: Set(status.as_str().to_owned()),
        wait_reason: Set(None),
        due_at: Set(None),
        claim_at: Set(None),
        lease_owner: Set(None),
        lease_until: Set(None),
        paused_at: Set(None),
        is_uncertain: Set(false),
        ended_at: Set(Some(now)),
        erase_at: Set(Some(now + kept)),
        ..Default::default()
    }
}

async fn mark<S: Scope>(
    unit: &Unit<S>,
    scope: &AccountScope,
    cycle: CycleId,
    ends_as: TransactionStatus,
) -> Result<(), StoreError> {
    cycle_transaction::Entity::update_many()
        .set(cycle_transaction::ActiveModel {
            ends_as: Set(Some(ends_as.as_str().to_owned())),
            ..Default::default()
        })
        .filter(of_cycle(scope, cycle))
        .filter(C::LeaseUntil.gt(unit.now()))
        .exec(unit.db())
        .await?;
    Ok(())
}

/// Pauses a cycle and its transactions; `but` goes its own way.
pub(super) async fn pause_all<S: Scope>(
    unit: &Unit<S>,
    scope: &AccountScope,
    cycle: CycleId,
    but: Option<TransactionId>,
) -> Result<(), StoreError> {
    let now = unit.now();
    mark(unit, scope, cycle, TransactionStatus::Stopped).await?;
    let mut others = of_cycle(scope, cycle).add(not_leased(now));
    if let Some(but) = but {
        others = others.add(C::Id.ne(but.0));
    }
    cycle_transaction::Entity::update_many()
        .set(cycle_transaction::ActiveModel {
            status: Set(TransactionStatus::Paused.as_str().to_owned()),
            claim_at: Set(None),
            lease_owner: Set(None),
            lease_until: Set(None),
            paused_at: Set(Some(now)),
            ..Default::default()
        })
        .filter(others)
        .filter(C::Status.ne(TransactionStatus::Paused.as_str()))
        .exec(unit.db())
        .await?;
    Ok(())
}

/// Pauses the cycle of a failed transaction (*Stop the Integration*), and tells the partner.
pub(super) async fn stop_cycle<S: Scope>(
    unit: &Unit<S>,
    scope: &AccountScope,
    id: CycleId,
    but: TransactionId,
) -> Result<(), StoreError> {
    let found = cycle::Entity::find_by_id(id.0).one(unit.db()).await?;
    if let Some(found) = found {
        let work = Work::Notify {
            title: format!("Cycle paused: {}", found.name),
            message: "The cycle was paused after an error.".to_owned(),
        };
        outbox::put(unit, scope, &work, None).await?;
    }
    cycle::Entity::update_many()
        .set(cycle::ActiveModel {
            status: Set(velodrome_model::cycle::CycleStatus::Paused
                .as_str()
                .to_owned()),
            next_run_at: Set(None),
            ..Default::default()
        })
        .filter(cycle::Column::PartnerId.eq(scope.partner.0))
        .filter(cycle::Column::AccountId.eq(scope.account.0))
        .filter(cycle::Column::Id.eq(id.0))
        .exec(unit.db())
        .await?;
    pause_all(unit, scope, id, Some(but)).await
}

/// Held until the unit ends by whoever adds to or takes from the line of a cycle that runs in order.
/// With SQLite there is one writer anyway.
pub(super) async fn lock_order<S: Scope>(unit: &Unit<S>, cycle: CycleId) -> Result<(), StoreError> {
    unit.lock(number_of(cycle.0)).await
}

/// An id behind all that are in the line of a cycle, whichever node let them in and whatever time it was there.
/// Only for whoever has locked the order.
pub(super) async fn end_of_line<S: Scope>(
    unit: &Unit<S>,
    cycle: CycleId,
) -> Result<TransactionId, StoreError> {
    let last: Option<Uuid> = cycle_transaction::Entity::find()
        .select_only()
        .column(C::RootId)
        .filter(C::CycleId.eq(cycle.0))
        .filter(C::EndedAt.is_null())
        .order_by_desc(C::RootId)
        .limit(1)
        .into_tuple()
        .one(unit.db())
        .await?;
    let id = unit.new_id();
    Ok(TransactionId(match last {
        Some(last) if last >= id => behind(last),
        _ => id,
    }))
}

/// A version 7 id of the millisecond after that of another (RFC 9562 §5.7: it comes first).
fn behind(id: Uuid) -> Uuid {
    let stamp = id.get_timestamp().map_or((0, 0), |stamp| stamp.to_unix());
    let (seconds, millisecond) = (stamp.0, stamp.1 / 1_000_000 + 1);
    let seconds = seconds + u64::from(millisecond / 1_000);
    let nanoseconds = millisecond % 1_000 * 1_000_000;
    Uuid::new_v7(Timestamp::from_unix(NoContext, seconds, nanoseconds))
}

/// In a cycle that runs in order only the first in the line may be taken, and only while no other is under
/// way: one that goes on again after a failure stands before those that began meanwhile. Runs come in the
/// order in which they began, what one was split into before the next.
pub(super) async fn hold_or_release<S: Scope>(
    unit: &Unit<S>,
    cycle: CycleId,
) -> Result<(), StoreError> {
    let line = Condition::all()
        .add(C::CycleId.eq(cycle.0))
        .add(C::EndedAt.is_null());
    let first = cycle_transaction::Entity::find()
        .filter(line.clone())
        .order_by_asc(C::RootId)
        .order_by_asc(C::Id)
        .one(unit.db())
        .await?;
    let Some(first) = first.filter(|first| first.is_in_order) else {
        return Ok(());
    };
    let queued = TransactionStatus::Queued.as_str();
    if first.status != queued || first.claim_at.is_some() {
        return Ok(());
    }
    let others = line.add(C::IsInOrder.eq(true)).add(C::Id.ne(first.id));
    let may_be_taken = others.clone().add(C::ClaimAt.is_not_null());
    // What was let go and nobody has begun yet stands behind it again.
    set_claim(
        unit,
        may_be_taken
            .add(C::Status.eq(queued))
            .add(C::StartedAt.is_null()),
        None,
    )
    .await?;
    let held = [queued, TransactionStatus::Paused.as_str()];
    let under_way: Option<Uuid> = cycle_transaction::Entity::find()
        .select_only()
        .column(C::Id)
        .filter(others)
        .filter(
            Condition::any()
                .add(C::Status.is_not_in(held))
                .add(C::ClaimAt.is_not_null()),
        )
        .limit(1)
        .into_tuple()
        .one(unit.db())
        .await?;
    if under_way.is_some() {
        return Ok(());
    }
    let it = Condition::all()
        .add(C::Id.eq(first.id))
        .add(C::Status.eq(queued));
    set_claim(unit, it, Some(unit.now())).await
}

async fn set_claim<S: Scope>(
    unit: &Unit<S>,
    of: Condition,
    at: Option<DateTime<Utc>>,
) -> Result<(), StoreError> {
    cycle_transaction::Entity::update_many()
        .set(cycle_transaction::ActiveModel {
            claim_at: Set(at),
            ..Default::default()
        })
        .filter(of)
        .exec(unit.db())
        .await?;
    Ok(())
}

/// Whether a waiting row waits for a request.
pub(super) fn is_parked(row: &cycle_transaction::Model) -> bool {
    row.ended_at.is_none()
        && row.status == TransactionStatus::Waiting.as_str()
        && row.wait_reason.as_deref() == Some(WaitReason::Webhook.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_id_behind_another_is_greater_also_at_the_end_of_a_second() {
        for millisecond in [0, 500, 999] {
            let stamp = Timestamp::from_unix(NoContext, 1_772_616_600, millisecond * 1_000_000);
            let id = Uuid::new_v7(stamp);

            assert!(behind(id) > id, "{id}");
        }
    }
}
