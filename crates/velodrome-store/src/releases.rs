//! Connector releases and the blocks of integers that their parts have (connectors.md §1).

use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use velodrome_model::{ConnectorUid, InstanceScope};

use crate::{StoreError, Unit, entity::connector_release};

/// A release as it was registered once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegisteredRelease {
    /// First integer of its block; the connector's own id.
    pub first: i32,
    /// How many integers it has.
    pub count: i32,
    /// The connector.
    pub connector: ConnectorUid,
    /// Folder name.
    pub slug: String,
    /// Version of the remote API; empty when it has none.
    pub version: String,
    /// Release number.
    pub number: u32,
    /// Hash of its content.
    pub hash: Vec<u8>,
}

/// A release to be registered.
#[derive(Clone, Debug)]
pub struct NewRelease {
    /// The connector.
    pub connector: ConnectorUid,
    /// Folder name.
    pub slug: String,
    /// Version of the remote API; empty when it has none.
    pub version: String,
    /// Release number.
    pub number: u32,
    /// Hash of its content.
    pub hash: Vec<u8>,
    /// How many integers it takes.
    pub count: i32,
}

/// Custom fields count from here, so that they never meet a definition's fields.
pub const FIRST_CUSTOM_FIELD: i32 = 1_500_000_000;

impl Unit<InstanceScope> {
    /// All registered releases, by first integer.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn releases(&self) -> Result<Vec<RegisteredRelease>, StoreError> {
        let rows = connector_release::Entity::find()
            .order_by_asc(connector_release::Column::Id)
            .all(self.db())
            .await?;
        Ok(rows.into_iter().map(RegisteredRelease::from).collect())
    }

    /// Registers releases, each with a block of integers behind all former ones.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when another node registered one meanwhile (read again), or the database refuses.
    pub async fn register_releases(
        &self,
        new: Vec<NewRelease>,
    ) -> Result<Vec<RegisteredRelease>, StoreError> {
        let last = connector_release::Entity::find()
            .order_by_desc(connector_release::Column::Id)
            .one(self.db())
            .await?;
        let mut next = last.map_or(1, |row| row.id + row.id_count);
        let mut rows = Vec::with_capacity(new.len());
        for release in new {
            let count = release.count;
            if count < 1
                || next
                    .checked_add(count)
                    .is_none_or(|end| end > FIRST_CUSTOM_FIELD)
            {
                return Err(StoreError::Configuration(
                    "the connector definitions hold more parts than can be numbered".into(),
                ));
            }
            rows.push(RegisteredRelease {
                first: next,
                count,
                connector: release.connector,
                slug: release.slug,
                version: release.version,
                number: release.number,
                hash: release.hash,
            });
            next += count;
        }
        let now = self.now();
        for chunk in rows.chunks(200) {
            let models = chunk.iter().map(|row| connector_release::ActiveModel {
                id: Set(row.first),
                connector_uid: Set(row.connector.0),
                slug: Set(row.slug.clone()),
                version: Set(row.version.clone()),
                number: Set(row.number.cast_signed()),
                hash: Set(row.hash.clone()),
                id_count: Set(row.count),
                registered_at: Set(now),
            });
            connector_release::Entity::insert_many(models)
                .exec_without_returning(self.db())
                .await?;
        }
        Ok(rows)
    }

    /// Notes that a Draft's content (and so its need for integers) changed: it gets a new block.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn forget_release(&self, first: i32) -> Result<(), StoreError> {
        connector_release::Entity::delete_many()
            .filter(connector_release::Column::Id.eq(first))
            .exec(self.db())
            .await?;
        Ok(())
    }
}

impl From<connector_release::Model> for RegisteredRelease {
    fn from(row: connector_release::Model) -> Self {
        Self {
            first: row.id,
            count: row.id_count,
            connector: ConnectorUid(row.connector_uid),
            slug: row.slug,
            version: row.version,
            number: row.number.cast_unsigned(),
            hash: row.hash,
        }
    }
}
