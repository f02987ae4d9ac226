//! Wait All: armed by a trigger that succeeded, fired once when all have ended (cycles.md §4.2).

use sea_orm::{
    ActiveValue::{self, Set},
    ColumnTrait, Condition, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::OnConflict,
};
use uuid::Uuid;
use velodrome_model::{
    AccountId, AccountScope, CycleId, PartnerId, Scope, StepId, TransactionId, cycle::CycleStatus,
};

use super::{EngineRows, NewRun, Priority, RunRows, begin::begin};
use crate::{
    StoreError, Unit,
    entity::{cycle_join, cycle_transaction},
    faults::{self, Mistake},
};

use cycle_join::Column as J;

/// What decides whether a Wait All fires, read from the graph that it was armed with.
#[derive(Clone, Debug)]
pub struct JoinCheck {
    /// The step.
    pub step: StepId,
    /// The step and the Wait All steps behind it: what these began does not hold it back.
    pub behind: Vec<StepId>,
    /// The Wait All steps before it, which fire first.
    pub before: Vec<StepId>,
    /// Something follows it.
    pub leads_on: bool,
    /// One of the cycle runs at a time.
    pub is_in_order: bool,
}

pub(super) async fn arm<S: Scope>(
    unit: &Unit<S>,
    scope: &AccountScope,
    cycle: CycleId,
    version: i32,
    steps: &[StepId],
) -> Result<(), StoreError> {
    for step in steps {
        let again = OnConflict::columns([J::CycleId, J::StepId])
            .update_columns([J::ArmedAt, J::Version])
            .to_owned();
        cycle_join::Entity::insert(cycle_join::ActiveModel {
            cycle_id: Set(cycle.0),
            step_id: Set(step.0),
            partner_id: Set(scope.partner.0),
            account_id: Set(scope.account.0),
            version: Set(version),
            armed_at: Set(Some(unit.now())),
        })
        .on_conflict(again)
        .exec_without_returning(unit.db())
        .await?;
    }
    Ok(())
}

impl EngineRows<'_> {
    /// Cycles with Wait All steps that are armed.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn armed_cycles(
        &self,
        limit: u64,
    ) -> Result<Vec<(AccountScope, CycleId)>, StoreError> {
        let rows: Vec<(Uuid, Uuid, Uuid)> = cycle_join::Entity::find()
            .select_only()
            .column(J::PartnerId)
            .column(J::AccountId)
            .column(J::CycleId)
            .distinct()
            .filter(J::ArmedAt.is_not_null())
            .limit(limit)
            .into_tuple()
            .all(self.unit.db())
            .await?;
        let scoped = |(partner, account, cycle)| {
            let scope = AccountScope {
                partner: PartnerId(partner),
                account: AccountId(account),
            };
            (scope, CycleId(cycle))
        };
        Ok(rows.into_iter().map(scoped).collect())
    }
}

impl RunRows<'_> {
    /// Wait All steps of a cycle that are armed, each with the version of the graph that armed it.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn armed(&self, cycle: CycleId) -> Result<Vec<(StepId, i32)>, StoreError> {
        let rows = cycle_join::Entity::find()
            .filter(self.of_join(cycle))
            .filter(J::ArmedAt.is_not_null())
            .order_by_asc(J::StepId)
            .all(self.unit.db())
            .await?;
        Ok(rows
            .into_iter()
            .map(|row| (StepId(row.step_id), row.version))
            .collect())
    }

    /// Arms Wait All steps for the run that this unit begins.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn arm(
        &self,
        cycle: CycleId,
        version: i32,
        steps: &[StepId],
    ) -> Result<(), StoreError> {
        arm(self.unit, self.unit.scope(), cycle, version, steps).await
    }

    /// Fires a Wait All if nothing of its cycle is in progress that holds it back: disarmed and begun in
    /// this unit, so it fires once however many ask.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn fire(
        &self,
        cycle: CycleId,
        check: &JoinCheck,
    ) -> Result<Option<TransactionId>, StoreError> {
        let unit = self.unit;
        // Whoever arms it again waits for the lock, and what it begins is counted or comes after.
        let mut all = cycle_join::Entity::find()
            .filter(self.of_join(cycle))
            .order_by_asc(J::StepId);
        if !unit.is_sqlite() {
            all = all.lock_exclusive();
        }
        let armed: Vec<(Uuid, i32)> = all
            .all(unit.db())
            .await?
            .into_iter()
            .filter(|row| row.armed_at.is_some())
            .map(|row| (row.step_id, row.version))
            .collect();
        let is_armed = |step: &StepId| armed.iter().any(|(id, _)| *id == step.0);
        let Some((_, version)) = armed.iter().find(|(id, _)| *id == check.step.0) else {
            return Ok(None);
        };
        if check.before.iter().any(is_armed) {
            return Ok(None);
        }
        use cycle_transaction::Column as C;
        let scope = *unit.scope();
        let holding = cycle_transaction::Entity::find()
            .filter(C::PartnerId.eq(scope.partner.0))
            .filter(C::AccountId.eq(scope.account.0))
            .filter(C::CycleId.eq(cycle.0))
            .filter(C::EndedAt.is_null())
            .filter(
                Condition::any()
                    .add(C::JoinedFrom.is_null())
                    .add(C::JoinedFrom.is_not_in(check.behind.iter().map(|step| step.0))),
            )
            .limit(1)
            .count(unit.db())
            .await?;
        if holding > 0 {
            return Ok(None);
        }
        unit.purpose.note("join");
        cycle_join::Entity::update_many()
            .set(cycle_join::ActiveModel {
                armed_at: match faults::has(Mistake::JoinStaysArmed) {
                    true => ActiveValue::NotSet,
                    false => Set(None),
                },
                ..Default::default()
            })
            .filter(self.of_join(cycle))
            .filter(J::StepId.eq(check.step.0))
            .exec(unit.db())
            .await?;
        if !check.leads_on || !self.may_begin(cycle).await? {
            return Ok(None);
        }
        let new = NewRun {
            id: TransactionId(unit.new_id()),
            cycle,
            version: *version,
            step: check.step,
            output: None,
            tasks: 0,
            priority: Priority::Resumed,
            is_in_order: check.is_in_order,
            slot: None,
            request: None,
            replayed_from: None,
            joined_from: Some(check.step),
        };
        begin(unit, scope, new).await.map(Some)
    }

    /// A cycle that was stopped begins nothing, however its transactions have ended.
    async fn may_begin(&self, cycle: CycleId) -> Result<bool, StoreError> {
        let found = self.unit.cycles().get(cycle).await?;
        Ok(found.is_some_and(|cycle| cycle.status != CycleStatus::Paused))
    }

    fn of_join(&self, cycle: CycleId) -> Condition {
        let scope = self.unit.scope();
        Condition::all()
            .add(J::PartnerId.eq(scope.partner.0))
            .add(J::AccountId.eq(scope.account.0))
            .add(J::CycleId.eq(cycle.0))
    }
}
