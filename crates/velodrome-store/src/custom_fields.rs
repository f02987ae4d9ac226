//! Custom fields of account connectors, typed in or discovered (connectors.md §5).

use chrono::{DateTime, Utc};
use sea_orm::{
    ActiveValue::{Set, Unchanged},
    ColumnTrait, EntityTrait, QueryFilter, QueryOrder, Select,
    sea_query::OnConflict,
};
use serde_json::Value;
use uuid::Uuid;
use velodrome_model::{AccountConnectorId, AccountScope, FieldId};

use crate::{
    FIRST_CUSTOM_FIELD, StoreError, Unit,
    entity::{custom_field, custom_field_search},
};

/// Rows that one statement carries: SQLite binds no more than 32,766 values.
const CHUNK: usize = 500;

/// A custom field: its key, and the rest as the service shapes it.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredCustomField {
    /// Its id, from [`FIRST_CUSTOM_FIELD`] on.
    pub id: FieldId,
    /// Method that it belongs to; nil means every method.
    pub method: Uuid,
    /// In the request, else in the response.
    pub for_request: bool,
    /// Location in the body.
    pub location: String,
    /// Object that it belongs to; none for every object.
    pub entity: Option<String>,
    /// Labels, type and the like.
    pub body: Value,
}

/// Custom fields of the unit's account.
pub struct CustomFieldRows<'u> {
    unit: &'u Unit<AccountScope>,
}

impl Unit<AccountScope> {
    /// Custom fields of this account's connectors.
    pub fn custom_fields(&self) -> CustomFieldRows<'_> {
        CustomFieldRows { unit: self }
    }
}

impl CustomFieldRows<'_> {
    fn scoped(&self, of: AccountConnectorId) -> Select<custom_field::Entity> {
        let scope = self.unit.scope();
        custom_field::Entity::find()
            .filter(custom_field::Column::PartnerId.eq(scope.partner.0))
            .filter(custom_field::Column::AccountId.eq(scope.account.0))
            .filter(custom_field::Column::AccountConnectorId.eq(of.0))
    }

    /// All fields of an account connector, by id.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn all(&self, of: AccountConnectorId) -> Result<Vec<StoredCustomField>, StoreError> {
        let rows = self
            .scoped(of)
            .order_by_asc(custom_field::Column::Id)
            .all(self.unit.db())
            .await?;
        Ok(rows.into_iter().map(StoredCustomField::from).collect())
    }

    /// Adds a field; the id in `field` is ignored.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when the method has a field of the object at this location already.
    pub async fn insert(
        &self,
        of: AccountConnectorId,
        field: StoredCustomField,
    ) -> Result<FieldId, StoreError> {
        let row = custom_field::Entity::insert(self.row(of, field))
            .exec_with_returning(self.unit.db())
            .await?;
        Ok(FieldId(FIRST_CUSTOM_FIELD + row.id))
    }

    /// Adds fields; where another node or person was first, theirs stay. Ids in `fields` are ignored.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn insert_new(
        &self,
        of: AccountConnectorId,
        fields: Vec<StoredCustomField>,
    ) -> Result<(), StoreError> {
        let mut rows = fields.into_iter().map(|field| self.row(of, field));
        loop {
            let chunk: Vec<_> = rows.by_ref().take(CHUNK).collect();
            if chunk.is_empty() {
                return Ok(());
            }
            let taken = OnConflict::columns([
                custom_field::Column::AccountConnectorId,
                custom_field::Column::MethodUid,
                custom_field::Column::ForRequest,
                custom_field::Column::Location,
                custom_field::Column::Entity,
            ])
            .do_nothing()
            .to_owned();
            custom_field::Entity::insert_many(chunk)
                .on_conflict(taken)
                .exec_without_returning(self.unit.db())
                .await?;
        }
    }

    fn row(&self, of: AccountConnectorId, field: StoredCustomField) -> custom_field::ActiveModel {
        let scope = self.unit.scope();
        custom_field::ActiveModel {
            partner_id: Set(scope.partner.0),
            account_id: Set(scope.account.0),
            account_connector_id: Set(of.0),
            method_uid: Set(field.method),
            for_request: Set(field.for_request),
            location: Set(field.location),
            entity: Set(field.entity.unwrap_or_default()),
            body: Set(field.body),
            ..Default::default()
        }
    }

    /// Replaces a field.
    ///
    /// # Errors
    /// [`StoreError::Stale`] when it is gone; [`StoreError::Conflict`] when its location is taken.
    pub async fn replace(
        &self,
        of: AccountConnectorId,
        field: StoredCustomField,
    ) -> Result<(), StoreError> {
        let row_id = field.id.0 - FIRST_CUSTOM_FIELD;
        self.scoped(of)
            .filter(custom_field::Column::Id.eq(row_id))
            .one(self.unit.db())
            .await?
            .ok_or(StoreError::Stale)?;
        custom_field::Entity::update(custom_field::ActiveModel {
            id: Unchanged(row_id),
            method_uid: Set(field.method),
            for_request: Set(field.for_request),
            location: Set(field.location),
            entity: Set(field.entity.unwrap_or_default()),
            body: Set(field.body),
            ..Default::default()
        })
        .exec(self.unit.db())
        .await?;
        Ok(())
    }

    /// Removes fields.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn delete_all(
        &self,
        of: AccountConnectorId,
        ids: &[FieldId],
    ) -> Result<(), StoreError> {
        let scope = self.unit.scope();
        for chunk in ids.chunks(CHUNK) {
            custom_field::Entity::delete_many()
                .filter(custom_field::Column::PartnerId.eq(scope.partner.0))
                .filter(custom_field::Column::AccountId.eq(scope.account.0))
                .filter(custom_field::Column::AccountConnectorId.eq(of.0))
                .filter(
                    custom_field::Column::Id
                        .is_in(chunk.iter().map(|id| id.0 - FIRST_CUSTOM_FIELD)),
                )
                .exec(self.unit.db())
                .await?;
        }
        Ok(())
    }

    /// From when on fields are looked for again; none where they never were.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn search_due(
        &self,
        of: AccountConnectorId,
    ) -> Result<Option<DateTime<Utc>>, StoreError> {
        let row = self.searches(of).one(self.unit.db()).await?;
        Ok(row.map(|row| row.due_at))
    }

    /// Says that fields were looked for, and when that is due again.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn searched(
        &self,
        of: AccountConnectorId,
        due_at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let scope = self.unit.scope();
        let row = custom_field_search::ActiveModel {
            account_connector_id: Set(of.0),
            partner_id: Set(scope.partner.0),
            account_id: Set(scope.account.0),
            due_at: Set(due_at),
        };
        let again = OnConflict::column(custom_field_search::Column::AccountConnectorId)
            .update_column(custom_field_search::Column::DueAt)
            .to_owned();
        custom_field_search::Entity::insert(row)
            .on_conflict(again)
            .exec_without_returning(self.unit.db())
            .await?;
        Ok(())
    }

    /// Has fields looked for at the next occasion: what they depend on has changed.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn search_again(&self, of: AccountConnectorId) -> Result<(), StoreError> {
        let scope = self.unit.scope();
        custom_field_search::Entity::delete_many()
            .filter(custom_field_search::Column::PartnerId.eq(scope.partner.0))
            .filter(custom_field_search::Column::AccountId.eq(scope.account.0))
            .filter(custom_field_search::Column::AccountConnectorId.eq(of.0))
            .exec(self.unit.db())
            .await?;
        Ok(())
    }

    fn searches(&self, of: AccountConnectorId) -> Select<custom_field_search::Entity> {
        let scope = self.unit.scope();
        custom_field_search::Entity::find()
            .filter(custom_field_search::Column::PartnerId.eq(scope.partner.0))
            .filter(custom_field_search::Column::AccountId.eq(scope.account.0))
            .filter(custom_field_search::Column::AccountConnectorId.eq(of.0))
    }

    /// Removes a field; tells whether it was there.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn delete(&self, of: AccountConnectorId, id: FieldId) -> Result<bool, StoreError> {
        let Some(row_id) = id.0.checked_sub(FIRST_CUSTOM_FIELD) else {
            return Ok(false);
        };
        let row = self
            .scoped(of)
            .filter(custom_field::Column::Id.eq(row_id))
            .one(self.unit.db())
            .await?;
        let Some(row) = row else { return Ok(false) };
        custom_field::Entity::delete_by_id(row.id)
            .exec(self.unit.db())
            .await?;
        Ok(true)
    }
}

impl From<custom_field::Model> for StoredCustomField {
    fn from(row: custom_field::Model) -> Self {
        Self {
            id: FieldId(FIRST_CUSTOM_FIELD + row.id),
            method: row.method_uid,
            for_request: row.for_request,
            location: row.location,
            entity: Some(row.entity).filter(|entity| !entity.is_empty()),
            body: row.body,
        }
    }
}
