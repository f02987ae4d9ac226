//! Copies of method categories for objects of an account's own (connectors.md §5).

use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, Select};
use velodrome_model::{AccountConnectorId, AccountScope, CategoryCopy, CategoryCopyId};

use crate::{StoreError, Unit, entity::category_copy};

/// A copy to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewCategoryCopy {
    /// Category it is copied from.
    pub source_category: String,
    /// Name of the object.
    pub object_name: String,
    /// What `{{CyclrObjectName}}` means; the name when absent.
    pub object_value: Option<String>,
}

/// Category copies of the unit's account.
pub struct CategoryCopyRows<'u> {
    unit: &'u Unit<AccountScope>,
}

impl Unit<AccountScope> {
    /// Category copies of this account's connectors.
    pub fn category_copies(&self) -> CategoryCopyRows<'_> {
        CategoryCopyRows { unit: self }
    }
}

impl CategoryCopyRows<'_> {
    /// The one function that names the tenant.
    fn scoped(&self, of: AccountConnectorId) -> Select<category_copy::Entity> {
        let scope = self.unit.scope();
        category_copy::Entity::find()
            .filter(category_copy::Column::PartnerId.eq(scope.partner.0))
            .filter(category_copy::Column::AccountId.eq(scope.account.0))
            .filter(category_copy::Column::AccountConnectorId.eq(of.0))
    }

    /// All copies of an account connector, by object name.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn all(&self, of: AccountConnectorId) -> Result<Vec<CategoryCopy>, StoreError> {
        let rows = self
            .scoped(of)
            .order_by_asc(category_copy::Column::ObjectName)
            .order_by_asc(category_copy::Column::Id)
            .all(self.unit.db())
            .await?;
        Ok(rows.into_iter().map(read).collect())
    }

    /// Makes a copy.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when the category has a copy for this object already.
    pub async fn insert(
        &self,
        of: AccountConnectorId,
        new: NewCategoryCopy,
    ) -> Result<CategoryCopy, StoreError> {
        let scope = self.unit.scope();
        let row = category_copy::Entity::insert(category_copy::ActiveModel {
            partner_id: Set(scope.partner.0),
            account_id: Set(scope.account.0),
            account_connector_id: Set(of.0),
            source_category: Set(new.source_category),
            object_name: Set(new.object_name),
            object_value: Set(new.object_value),
            ..Default::default()
        })
        .exec_with_returning(self.unit.db())
        .await?;
        Ok(read(row))
    }

    /// Removes a copy; tells whether it was there.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn delete(
        &self,
        of: AccountConnectorId,
        id: CategoryCopyId,
    ) -> Result<bool, StoreError> {
        let row = self
            .scoped(of)
            .filter(category_copy::Column::Id.eq(id.0))
            .one(self.unit.db())
            .await?;
        let Some(row) = row else { return Ok(false) };
        category_copy::Entity::delete_by_id(row.id)
            .exec(self.unit.db())
            .await?;
        Ok(true)
    }
}

fn read(row: category_copy::Model) -> CategoryCopy {
    CategoryCopy {
        id: CategoryCopyId(row.id),
        source_category: row.source_category,
        object_name: row.object_name,
        object_value: row.object_value,
    }
}
