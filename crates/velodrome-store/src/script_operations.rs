//! What steps changed in the stores of scripts: looked up before a change is made, so that a step that is
//! repeated after a crash makes none twice (cycles.md §11.4).

use chrono::TimeDelta;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};
use uuid::Uuid;
use velodrome_model::{AccountConnectorId, AccountScope, InstanceScope};

use crate::{StoreError, Unit, entity::script_operation};

/// How long a change is remembered: longer than any step is repeated under the same identity.
const KEPT: TimeDelta = TimeDelta::days(7);

impl Unit<AccountScope> {
    /// What a change gave that was made before under this identity; none when it was not made.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn script_operation(
        &self,
        of: AccountConnectorId,
        id: Uuid,
    ) -> Result<Option<Option<String>>, StoreError> {
        let scope = self.scope();
        let row = script_operation::Entity::find_by_id(id)
            .filter(script_operation::Column::PartnerId.eq(scope.partner.0))
            .filter(script_operation::Column::AccountId.eq(scope.account.0))
            .filter(script_operation::Column::AccountConnectorId.eq(of.0))
            .one(self.db())
            .await?;
        Ok(row.map(|row| row.answer))
    }

    /// Remembers a change that is made in this unit of work.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when another unit makes it at the same time.
    pub async fn remember_script_operation(
        &self,
        of: AccountConnectorId,
        id: Uuid,
        answer: Option<String>,
    ) -> Result<(), StoreError> {
        let scope = self.scope();
        script_operation::Entity::insert(script_operation::ActiveModel {
            id: Set(id),
            partner_id: Set(scope.partner.0),
            account_id: Set(scope.account.0),
            account_connector_id: Set(of.0),
            answer: Set(answer),
            made_at: Set(self.now()),
        })
        .exec_without_returning(self.db())
        .await?;
        Ok(())
    }
}

impl Unit<InstanceScope> {
    /// Forgets changes that no step repeats any more; tells how many.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn sweep_script_operations(&self) -> Result<u64, StoreError> {
        let swept = script_operation::Entity::delete_many()
            .filter(script_operation::Column::MadeAt.lt(self.now() - KEPT))
            .exec(self.db())
            .await?;
        Ok(swept.rows_affected)
    }
}
