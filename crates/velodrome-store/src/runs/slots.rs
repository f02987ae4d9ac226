//! Cycles whose slot is due (cycles.md §6, Activation).

use chrono::{DateTime, Utc};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait as _, EntityTrait, FromQueryResult,
    PaginatorTrait, QueryFilter, QuerySelect, Select, Statement, Value,
};
use uuid::Uuid;
use velodrome_model::{
    AccountId, AccountScope, CycleId, PartnerId, StepId,
    cycle::{Cycle, CycleStatus},
};

use super::{EngineRows, RunRows, usage::count_usage};
use crate::{
    StoreError,
    entity::{cycle, cycle_transaction},
};

/// A cycle whose slot is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DueCycle {
    /// Whose it is.
    pub scope: AccountScope,
    /// The cycle.
    pub cycle: CycleId,
}

#[derive(FromQueryResult)]
struct CycleRow {
    id: Uuid,
    partner_id: Uuid,
    account_id: Uuid,
}

/// Slots of suspended accounts wait: they collapse into one when the account goes on.
const DUE: &str = "SELECT c.id AS id, c.partner_id AS partner_id, c.account_id AS account_id \
     FROM cycle c JOIN account a ON a.id = c.account_id \
     WHERE c.next_run_at <= $1 AND c.status = 'Active' AND c.deleted_at IS NULL AND a.is_suspended = $2 \
     ORDER BY c.next_run_at LIMIT $3";

impl EngineRows<'_> {
    /// Cycles whose slot is due, the longest due first.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn due_cycles(&self, limit: u32) -> Result<Vec<DueCycle>, StoreError> {
        let db = self.unit.db();
        let values = [
            Value::from(self.unit.now()),
            Value::from(false),
            Value::from(i64::from(limit)),
        ];
        let statement = Statement::from_sql_and_values(db.get_database_backend(), DUE, values);
        let rows = CycleRow::find_by_statement(statement).all(db).await?;
        Ok(rows.into_iter().map(DueCycle::from).collect())
    }

    /// Pauses cycles that were finishing and have nothing left.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn pause_finished(&self) -> Result<u64, StoreError> {
        self.unit.purpose.note("settle");
        let finished = "UPDATE cycle SET status = 'Paused', next_run_at = NULL WHERE status = 'Stopping' \
             AND NOT EXISTS (SELECT 1 FROM cycle_transaction t WHERE t.cycle_id = cycle.id AND t.ended_at IS NULL) \
             AND NOT EXISTS (SELECT 1 FROM cycle_join j WHERE j.cycle_id = cycle.id AND j.armed_at IS NOT NULL)";
        let done = self.unit.db().execute_unprepared(finished).await?;
        Ok(done.rows_affected())
    }
}

impl From<CycleRow> for DueCycle {
    fn from(row: CycleRow) -> Self {
        Self {
            scope: AccountScope {
                partner: PartnerId(row.partner_id),
                account: AccountId(row.account_id),
            },
            cycle: CycleId(row.id),
        }
    }
}

impl RunRows<'_> {
    /// An active cycle, which nobody else changes until the unit ends.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn lock_active(&self, id: CycleId) -> Result<Option<Cycle>, StoreError> {
        let mut find = self.active(id);
        if !self.unit.is_sqlite() {
            find = find.lock_exclusive();
        }
        let row = find.one(self.unit.db()).await?;
        row.map(Cycle::try_from).transpose()
    }

    /// An active cycle, which stays so until the unit ends, although others may ask the same.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn share_active(&self, id: CycleId) -> Result<Option<Cycle>, StoreError> {
        let mut find = self.active(id);
        if !self.unit.is_sqlite() {
            find = find.lock_shared();
        }
        let row = find.one(self.unit.db()).await?;
        row.map(Cycle::try_from).transpose()
    }

    fn active(&self, id: CycleId) -> Select<cycle::Entity> {
        let scope = self.unit.scope();
        cycle::Entity::find_by_id(id.0)
            .filter(cycle::Column::PartnerId.eq(scope.partner.0))
            .filter(cycle::Column::AccountId.eq(scope.account.0))
            .filter(cycle::Column::Status.eq(CycleStatus::Active.as_str()))
            .filter(cycle::Column::DeletedAt.is_null())
    }

    /// Counts tasks of the day.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn count_tasks(&self, tasks: i32) -> Result<(), StoreError> {
        count_usage(self.unit, self.unit.scope(), tasks, 0).await
    }

    /// Sets state and next slot of a cycle.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn set_schedule(
        &self,
        id: CycleId,
        status: CycleStatus,
        next: Option<DateTime<Utc>>,
    ) -> Result<(), StoreError> {
        let scope = self.unit.scope();
        cycle::Entity::update_many()
            .set(cycle::ActiveModel {
                status: Set(status.as_str().to_owned()),
                next_run_at: Set(next),
                ..Default::default()
            })
            .filter(cycle::Column::PartnerId.eq(scope.partner.0))
            .filter(cycle::Column::AccountId.eq(scope.account.0))
            .filter(cycle::Column::Id.eq(id.0))
            .exec(self.unit.db())
            .await?;
        Ok(())
    }

    /// Whether a run of the cycle has not finished its trigger step.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn trigger_is_open(
        &self,
        cycle: CycleId,
        trigger: StepId,
    ) -> Result<bool, StoreError> {
        use cycle_transaction::Column as C;
        let scope = self.unit.scope();
        let open = cycle_transaction::Entity::find()
            .filter(C::PartnerId.eq(scope.partner.0))
            .filter(C::AccountId.eq(scope.account.0))
            .filter(C::CycleId.eq(cycle.0))
            .filter(C::EndedAt.is_null())
            .filter(C::ParentId.is_null())
            .filter(C::StepId.eq(trigger.0))
            .limit(1)
            .count(self.unit.db())
            .await?;
        Ok(open > 0)
    }
}
