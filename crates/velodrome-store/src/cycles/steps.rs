//! What is known of each step besides its place in a graph: its webhook's key, its look-back, whom it calls.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect, QueryTrait, Select, sea_query::OnConflict,
};
use velodrome_model::{
    AccountConnectorId, CycleId, StepId,
    cycle::{CycleDocument, CycleStatus, Step},
};

use super::CycleRows;
use crate::{
    StoreError,
    entity::{cycle, cycle_step},
};

/// What a step keeps over every version of its cycle's graph.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepState {
    /// The step.
    pub step: StepId,
    /// Its cycle.
    pub cycle: CycleId,
    /// The last part of the address that requests are sent to; webhook steps only.
    pub webhook_key: Option<String>,
    /// Where the next look-back starts; none is not set.
    pub last_successful_run: Option<DateTime<Utc>>,
}

impl CycleRows<'_> {
    fn steps(&self) -> Select<cycle_step::Entity> {
        let scope = self.unit.scope();
        cycle_step::Entity::find()
            .filter(cycle_step::Column::PartnerId.eq(scope.partner.0))
            .filter(cycle_step::Column::AccountId.eq(scope.account.0))
    }

    /// What is known of a step of this account.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn step_state(&self, id: StepId) -> Result<Option<StepState>, StoreError> {
        let row = self
            .steps()
            .filter(cycle_step::Column::Id.eq(id.0))
            .one(self.unit.db())
            .await?;
        Ok(row.map(StepState::from))
    }

    /// What is known of the steps of a cycle.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn step_states(&self, of: CycleId) -> Result<HashMap<StepId, StepState>, StoreError> {
        let rows = self
            .steps()
            .filter(cycle_step::Column::CycleId.eq(of.0))
            .all(self.unit.db())
            .await?;
        Ok(rows
            .into_iter()
            .map(|row| (StepId(row.id), row.into()))
            .collect())
    }

    /// Sets or clears where the next look-back of a step starts.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn set_last_successful_run(
        &self,
        id: StepId,
        to: Option<DateTime<Utc>>,
    ) -> Result<(), StoreError> {
        self.change_step(
            id,
            cycle_step::ActiveModel {
                last_successful_run_at: Set(to),
                ..Default::default()
            },
        )
        .await
    }

    /// Gives a webhook step the key of its address.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when another step has it.
    pub async fn set_webhook_key(&self, id: StepId, key: &str) -> Result<(), StoreError> {
        self.change_step(
            id,
            cycle_step::ActiveModel {
                webhook_key: Set(Some(key.to_owned())),
                ..Default::default()
            },
        )
        .await
    }

    /// How many steps of cycles outside the recycle bin call an installation.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn uses_of(&self, connector: AccountConnectorId) -> Result<u64, StoreError> {
        let listed = self
            .listed()
            .select_only()
            .column(cycle::Column::Id)
            .into_query();
        let used = self
            .steps()
            .filter(cycle_step::Column::AccountConnectorId.eq(connector.0))
            .filter(cycle_step::Column::CycleId.in_subquery(listed));
        Ok(used.count(self.unit.db()).await?)
    }

    /// How many steps of cycles that do not rest call an installation of this account: its own cycles, and
    /// those of sub accounts, which use their parent's installations.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn running_uses_of(&self, connector: AccountConnectorId) -> Result<u64, StoreError> {
        let partner = self.unit.scope().partner.0;
        let running = cycle::Entity::find()
            .filter(cycle::Column::PartnerId.eq(partner))
            .filter(cycle::Column::DeletedAt.is_null())
            .filter(cycle::Column::Status.ne(CycleStatus::Paused.as_str()))
            .select_only()
            .column(cycle::Column::Id)
            .into_query();
        let used = cycle_step::Entity::find()
            .filter(cycle_step::Column::PartnerId.eq(partner))
            .filter(cycle_step::Column::AccountConnectorId.eq(connector.0))
            .filter(cycle_step::Column::CycleId.in_subquery(running));
        Ok(used.count(self.unit.db()).await?)
    }

    /// Makes the steps that are new, forgets those that are gone, and keeps what is known of the others.
    pub(super) async fn write_steps(
        &self,
        of: CycleId,
        document: &CycleDocument,
    ) -> Result<(), StoreError> {
        let scope = self.unit.scope();
        let known: Vec<cycle_step::Model> = self
            .steps()
            .filter(cycle_step::Column::CycleId.eq(of.0))
            .order_by_asc(cycle_step::Column::Id)
            .all(self.unit.db())
            .await?;
        let gone: Vec<_> = known
            .iter()
            .map(|row| row.id)
            .filter(|id| document.step(StepId(*id)).is_none())
            .collect();
        if !gone.is_empty() {
            self.unit.registrations().remove_of_steps(&gone).await?;
            cycle_step::Entity::delete_many()
                .filter(cycle_step::Column::CycleId.eq(of.0))
                .filter(cycle_step::Column::Id.is_in(gone))
                .exec(self.unit.db())
                .await?;
        }
        let changed = |step: &&Step| {
            !known
                .iter()
                .any(|row| row.id == step.id.0 && row.account_connector_id == calls(step))
        };
        for step in document.steps.iter().filter(changed) {
            let same = OnConflict::column(cycle_step::Column::Id)
                .update_column(cycle_step::Column::AccountConnectorId)
                .to_owned();
            cycle_step::Entity::insert(cycle_step::ActiveModel {
                id: Set(step.id.0),
                partner_id: Set(scope.partner.0),
                account_id: Set(scope.account.0),
                cycle_id: Set(of.0),
                account_connector_id: Set(calls(step)),
                webhook_key: Set(None),
                last_successful_run_at: Set(None),
            })
            .on_conflict(same)
            .exec_without_returning(self.unit.db())
            .await?;
        }
        Ok(())
    }

    async fn change_step(
        &self,
        id: StepId,
        change: cycle_step::ActiveModel,
    ) -> Result<(), StoreError> {
        let scope = self.unit.scope();
        cycle_step::Entity::update_many()
            .set(change)
            .filter(cycle_step::Column::PartnerId.eq(scope.partner.0))
            .filter(cycle_step::Column::AccountId.eq(scope.account.0))
            .filter(cycle_step::Column::Id.eq(id.0))
            .exec(self.unit.db())
            .await?;
        Ok(())
    }
}

fn calls(step: &Step) -> Option<i32> {
    Some(step.method()?.account_connector?.0)
}

impl From<cycle_step::Model> for StepState {
    fn from(row: cycle_step::Model) -> Self {
        Self {
            step: StepId(row.id),
            cycle: CycleId(row.cycle_id),
            webhook_key: row.webhook_key,
            last_successful_run: row.last_successful_run_at,
        }
    }
}
