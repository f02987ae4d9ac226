//! What a partner sets for a connector once, for all accounts; and its own words in place of our guide.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, Select, sea_query::OnConflict,
};
use uuid::Uuid;
use velodrome_model::{ConnectorUid, PartnerScope, SecretString};

use crate::{
    StoreError, Unit,
    entity::{connector_guide, connector_setup},
    seal::{Place, Sealed},
};

/// A stored setup. The values are one sealed text, whose shape the service knows.
#[derive(Clone, Debug)]
pub struct StoredSetup {
    /// The connector.
    pub connector: ConnectorUid,
    /// Its values.
    pub values: SecretString,
    /// Last change.
    pub updated_at: DateTime<Utc>,
}

/// A partner's own guide of a connector.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredGuide {
    /// Title.
    pub title: String,
    /// Markdown.
    pub body: String,
    /// Last change.
    pub updated_at: DateTime<Utc>,
}

/// Connector setups of the unit's partner.
pub struct SetupRows<'u> {
    unit: &'u Unit<PartnerScope>,
}

impl Unit<PartnerScope> {
    /// Connector setups of this partner.
    pub fn setups(&self) -> SetupRows<'_> {
        SetupRows { unit: self }
    }
}

impl SetupRows<'_> {
    fn scoped(&self) -> Select<connector_setup::Entity> {
        connector_setup::Entity::find()
            .filter(connector_setup::Column::PartnerId.eq(self.unit.scope().partner.0))
    }

    fn scoped_guides(&self) -> Select<connector_guide::Entity> {
        connector_guide::Entity::find()
            .filter(connector_guide::Column::PartnerId.eq(self.unit.scope().partner.0))
    }

    /// All setups.
    ///
    /// # Errors
    /// When the database refuses or a value does not open.
    pub async fn all(&self) -> Result<Vec<StoredSetup>, StoreError> {
        self.scoped()
            .all(self.unit.db())
            .await?
            .into_iter()
            .map(|row| self.opened(row))
            .collect()
    }

    /// The setup of a connector.
    ///
    /// # Errors
    /// When the database refuses or the value does not open.
    pub async fn get(&self, connector: ConnectorUid) -> Result<Option<StoredSetup>, StoreError> {
        let row = self
            .scoped()
            .filter(connector_setup::Column::ConnectorUid.eq(connector.0))
            .one(self.unit.db())
            .await?;
        row.map(|row| self.opened(row)).transpose()
    }

    /// Stores a setup in the place of any former one.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn put(
        &self,
        connector: ConnectorUid,
        values: &SecretString,
    ) -> Result<(), StoreError> {
        let former = self
            .scoped()
            .filter(connector_setup::Column::ConnectorUid.eq(connector.0))
            .one(self.unit.db())
            .await?;
        let id = former.map_or_else(|| self.unit.new_id(), |row| row.id);
        let row = connector_setup::ActiveModel {
            id: Set(id),
            partner_id: Set(self.unit.scope().partner.0),
            connector_uid: Set(connector.0),
            sealed: Set(self.unit.sealer().seal(&place(id), values)?.into_bytes()),
            updated_at: Set(self.unit.now()),
        };
        let on_conflict = OnConflict::column(connector_setup::Column::Id)
            .update_columns([
                connector_setup::Column::Sealed,
                connector_setup::Column::UpdatedAt,
            ])
            .to_owned();
        connector_setup::Entity::insert(row)
            .on_conflict(on_conflict)
            .exec_without_returning(self.unit.db())
            .await?;
        Ok(())
    }

    /// Forgets a setup.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn delete(&self, connector: ConnectorUid) -> Result<(), StoreError> {
        connector_setup::Entity::delete_many()
            .filter(connector_setup::Column::PartnerId.eq(self.unit.scope().partner.0))
            .filter(connector_setup::Column::ConnectorUid.eq(connector.0))
            .exec(self.unit.db())
            .await?;
        Ok(())
    }

    /// The partner's own guide of a connector.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn guide(&self, connector: ConnectorUid) -> Result<Option<StoredGuide>, StoreError> {
        let same = connector_guide::Column::ConnectorUid.eq(connector.0);
        let row = self
            .scoped_guides()
            .filter(same)
            .one(self.unit.db())
            .await?;
        Ok(row.map(|row| StoredGuide {
            title: row.title,
            body: row.body,
            updated_at: row.updated_at,
        }))
    }

    /// Connectors that the partner has its own guide for.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn guide_connectors(&self) -> Result<HashSet<ConnectorUid>, StoreError> {
        let rows = self.scoped_guides().all(self.unit.db()).await?;
        Ok(rows
            .into_iter()
            .map(|row| ConnectorUid(row.connector_uid))
            .collect())
    }

    /// Stores the partner's own guide.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn put_guide(
        &self,
        connector: ConnectorUid,
        title: &str,
        body: &str,
    ) -> Result<(), StoreError> {
        use connector_guide::Column as C;
        let row = connector_guide::ActiveModel {
            partner_id: Set(self.unit.scope().partner.0),
            connector_uid: Set(connector.0),
            title: Set(title.to_owned()),
            body: Set(body.to_owned()),
            updated_at: Set(self.unit.now()),
        };
        let on_conflict = OnConflict::columns([C::PartnerId, C::ConnectorUid])
            .update_columns([C::Title, C::Body, C::UpdatedAt])
            .to_owned();
        connector_guide::Entity::insert(row)
            .on_conflict(on_conflict)
            .exec_without_returning(self.unit.db())
            .await?;
        Ok(())
    }

    /// Goes back to our guide.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn delete_guide(&self, connector: ConnectorUid) -> Result<(), StoreError> {
        connector_guide::Entity::delete_many()
            .filter(connector_guide::Column::PartnerId.eq(self.unit.scope().partner.0))
            .filter(connector_guide::Column::ConnectorUid.eq(connector.0))
            .exec(self.unit.db())
            .await?;
        Ok(())
    }

    fn opened(&self, row: connector_setup::Model) -> Result<StoredSetup, StoreError> {
        Ok(StoredSetup {
            connector: ConnectorUid(row.connector_uid),
            values: self
                .unit
                .sealer()
                .open(&place(row.id), &Sealed::from_bytes(row.sealed))?,
            updated_at: row.updated_at,
        })
    }
}

fn place(id: Uuid) -> Place {
    Place::new("connector_setup", "sealed", id)
}
