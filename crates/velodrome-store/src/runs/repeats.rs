//! Running a transaction again from one of its steps: as a child that sees the data of the steps before, so
//! that what happened stays as it was (cycles.md §9).

use sea_orm::{
    ActiveValue::Set, ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QuerySelect,
};
use uuid::Uuid;
use velodrome_model::{CycleId, Scope, StepId, TransactionId};

use super::{
    Priority, RunRows,
    begin::blank,
    stops::{hold_or_release, lock_order},
};
use crate::{
    StoreError, Unit,
    entity::{cycle_item, cycle_step_data, cycle_transaction},
};

use cycle_transaction::Column as C;

impl RunRows<'_> {
    /// The steps of which a transaction itself has data, and the checkpoints that it was written at.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn written(&self, of: TransactionId) -> Result<Vec<(StepId, i32)>, StoreError> {
        use cycle_step_data::Column as D;
        let scope = self.unit.scope();
        let rows: Vec<(Uuid, i32)> = cycle_step_data::Entity::find()
            .select_only()
            .column(D::StepId)
            .column(D::Checkpoint)
            .filter(D::PartnerId.eq(scope.partner.0))
            .filter(D::AccountId.eq(scope.account.0))
            .filter(D::TransactionId.eq(of.0))
            .filter(D::Part.eq(""))
            .into_tuple()
            .all(self.unit.db())
            .await?;
        let step = |(step, checkpoint)| (StepId(step), checkpoint);
        Ok(rows.into_iter().map(step).collect())
    }

    /// Whether a transaction has tried a step.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn has_tried(&self, of: TransactionId, step: StepId) -> Result<bool, StoreError> {
        use cycle_item::Column as T;
        let scope = self.unit.scope();
        let items = cycle_item::Entity::find()
            .filter(T::PartnerId.eq(scope.partner.0))
            .filter(T::AccountId.eq(scope.account.0))
            .filter(T::TransactionId.eq(of.0))
            .filter(T::StepId.eq(step.0))
            .count(self.unit.db())
            .await?;
        Ok(items > 0)
    }

    /// Begins a child of a transaction that has ended, at one of its steps. It sees what the transaction had
    /// at the checkpoint `fork`, runs the same version of the graph, and answers nobody. Gives its id.
    ///
    /// # Errors
    /// [`StoreError::Stale`] when there is no such transaction, it has not ended, or its data is erased.
    pub async fn repeat(
        &self,
        (cycle, of): (CycleId, TransactionId),
        (step, fork): (StepId, i32),
    ) -> Result<TransactionId, StoreError> {
        let (unit, scope) = (self.unit, self.unit.scope());
        // Before any row, as for everybody who adds to the line.
        lock_order(unit, cycle).await?;
        let mut find = cycle_transaction::Entity::find_by_id(of.0)
            .filter(C::PartnerId.eq(scope.partner.0))
            .filter(C::AccountId.eq(scope.account.0))
            .filter(C::CycleId.eq(cycle.0))
            .filter(C::EndedAt.is_not_null())
            .filter(C::IsErased.eq(false));
        if !unit.is_sqlite() {
            find = find.lock_exclusive();
        }
        let row = find.one(unit.db()).await?.ok_or(StoreError::Stale)?;
        let id = TransactionId(unit.new_id());
        cycle_transaction::Entity::insert(cycle_transaction::ActiveModel {
            replayed_from: Set(Some(row.id)),
            ..behind(unit, id, &row, (step, fork)).await?
        })
        .exec_without_returning(unit.db())
        .await?;
        if row.is_in_order {
            hold_or_release(unit, cycle).await?;
        }
        Ok(id)
    }
}

/// A child of a transaction that begins at a step which that one has been at, and sees what it had at the
/// checkpoint `fork`.
pub(super) async fn behind<S: Scope>(
    unit: &Unit<S>,
    id: TransactionId,
    parent: &cycle_transaction::Model,
    (step, fork): (StepId, i32),
) -> Result<cycle_transaction::ActiveModel, StoreError> {
    let before = cycle_transaction::Entity::find()
        .filter(C::ParentId.eq(parent.id))
        .filter(C::SplitStep.eq(step.0))
        .filter(C::SplitIndex.lt(0))
        .count(unit.db())
        .await?;
    let now = unit.now();
    Ok(cycle_transaction::ActiveModel {
        parent_id: Set(Some(parent.id)),
        root_id: Set(parent.root_id),
        split_step: Set(Some(step.0)),
        // Below nought, where the numbers of children of a split do not go.
        split_index: Set(Some(-1 - i64::try_from(before).unwrap_or(i64::MAX - 1))),
        fork: Set(fork),
        joined_from: Set(parent.joined_from),
        step_id: Set(Some(step.0)),
        priority: Set(Priority::Resumed.number()),
        claim_at: Set((!parent.is_in_order).then_some(now)),
        is_in_order: Set(parent.is_in_order),
        ..blank(
            id,
            (parent.partner_id, parent.account_id),
            (parent.cycle_id, parent.version),
            now,
        )
    })
}
