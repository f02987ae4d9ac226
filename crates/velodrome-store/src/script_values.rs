//! What scripts keep: texts by key, of an account connector or of one of its cycles (scripting.md §4).

use sea_orm::{
    ActiveValue::Set, ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QuerySelect, Select,
    sea_query::OnConflict,
};
use velodrome_model::{AccountConnectorId, AccountScope};

use crate::{StoreError, Unit, entity::script_value};

/// One store of texts.
pub struct ScriptValueRows<'u> {
    unit: &'u Unit<AccountScope>,
    of: AccountConnectorId,
    cycle: String,
}

/// Whether there is room for one more item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Room {
    /// The item is there.
    There,
    /// The store is full; nothing was written.
    Full,
}

impl Unit<AccountScope> {
    /// The store of an account connector, or of it in a cycle.
    pub fn script_values(
        &self,
        of: AccountConnectorId,
        cycle: Option<&str>,
    ) -> ScriptValueRows<'_> {
        ScriptValueRows {
            unit: self,
            of,
            cycle: cycle.unwrap_or_default().to_owned(),
        }
    }
}

impl ScriptValueRows<'_> {
    /// The one function that names the tenant.
    fn scoped(&self) -> Select<script_value::Entity> {
        let scope = self.unit.scope();
        script_value::Entity::find()
            .filter(script_value::Column::PartnerId.eq(scope.partner.0))
            .filter(script_value::Column::AccountId.eq(scope.account.0))
            .filter(script_value::Column::AccountConnectorId.eq(self.of.0))
            .filter(script_value::Column::CycleId.eq(self.cycle.as_str()))
    }

    fn keyed(&self, key: &str) -> Select<script_value::Entity> {
        self.scoped().filter(script_value::Column::Key.eq(key))
    }

    /// The value of a key.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn get(&self, key: &str) -> Result<Option<String>, StoreError> {
        let row = self.keyed(key).one(self.unit.db()).await?;
        Ok(row.map(|row| row.value))
    }

    /// Makes sure that a key is there, with this value if it was not, and holds it until the unit ends,
    /// so that nobody changes it meanwhile. `most` bounds the items of the store.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn hold(&self, key: &str, value: &str, most: u64) -> Result<Room, StoreError> {
        let scope = self.unit.scope();
        let inserted = script_value::Entity::insert(script_value::ActiveModel {
            account_connector_id: Set(self.of.0),
            cycle_id: Set(self.cycle.clone()),
            key: Set(key.to_owned()),
            partner_id: Set(scope.partner.0),
            account_id: Set(scope.account.0),
            value: Set(value.to_owned()),
        })
        .on_conflict(
            OnConflict::columns([
                script_value::Column::AccountConnectorId,
                script_value::Column::CycleId,
                script_value::Column::Key,
            ])
            .do_nothing()
            .to_owned(),
        )
        .exec_without_returning(self.unit.db())
        .await?;
        if inserted > 0 {
            let items = self.scoped().count(self.unit.db()).await?;
            return Ok(if items > most {
                Room::Full
            } else {
                Room::There
            });
        }
        if !self.unit.is_sqlite() {
            self.keyed(key).lock_exclusive().one(self.unit.db()).await?;
        }
        Ok(Room::There)
    }

    /// Changes the value of a key that is there.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn put(&self, key: &str, value: &str) -> Result<(), StoreError> {
        let scope = self.unit.scope();
        script_value::Entity::update_many()
            .col_expr(script_value::Column::Value, value.into())
            .filter(script_value::Column::PartnerId.eq(scope.partner.0))
            .filter(script_value::Column::AccountId.eq(scope.account.0))
            .filter(script_value::Column::AccountConnectorId.eq(self.of.0))
            .filter(script_value::Column::CycleId.eq(self.cycle.as_str()))
            .filter(script_value::Column::Key.eq(key))
            .exec(self.unit.db())
            .await?;
        Ok(())
    }

    /// Removes a key, or all of them.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn delete(&self, key: Option<&str>) -> Result<(), StoreError> {
        let scope = self.unit.scope();
        let mut delete = script_value::Entity::delete_many()
            .filter(script_value::Column::PartnerId.eq(scope.partner.0))
            .filter(script_value::Column::AccountId.eq(scope.account.0))
            .filter(script_value::Column::AccountConnectorId.eq(self.of.0))
            .filter(script_value::Column::CycleId.eq(self.cycle.as_str()));
        if let Some(key) = key {
            delete = delete.filter(script_value::Column::Key.eq(key));
        }
        delete.exec(self.unit.db()).await?;
        Ok(())
    }

    /// Keys with their values, in the order of the keys whatever the database's collation; at most so
    /// many.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn all(&self, most: u64) -> Result<Vec<(String, String)>, StoreError> {
        let rows = self.scoped().limit(most).all(self.unit.db()).await?;
        let mut all: Vec<_> = rows.into_iter().map(|row| (row.key, row.value)).collect();
        all.sort_unstable();
        Ok(all)
    }
}
