//! Connector releases and the blocks of integers that their parts have (connectors.md §1).

use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use velodrome_model::{ConnectorId, ConnectorUid, InstanceScope, PartnerScope, Scope};

use crate::{
    StoreError, Unit,
    entity::{account_connector, connector_release},
};

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

/// A number of our own for PostgreSQL's advisory locks: blocks are given out one after the other, since
/// two that start at the same integer would make one of both units fail.
const NUMBERING: i64 = 0x626c_6f63;

/// Slugs of the registered releases of custom connectors begin with this, which no folder's name does.
const CUSTOM: &str = "~";

/// Custom fields count from here, so that they never meet a definition's fields.
pub const FIRST_CUSTOM_FIELD: i32 = 1_500_000_000;

impl Unit<InstanceScope> {
    /// All registered releases of definitions that come as files, by first integer.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn releases(&self) -> Result<Vec<RegisteredRelease>, StoreError> {
        let rows = connector_release::Entity::find()
            .filter(connector_release::Column::Slug.not_like(format!("{CUSTOM}%")))
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
        register(self, new).await
    }

    /// Moves what is installed of one release to another, whosever it is: a Live release that changed while
    /// it was being developed.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn move_all_installations(
        &self,
        from: ConnectorId,
        to: ConnectorId,
    ) -> Result<(), StoreError> {
        account_connector::Entity::update_many()
            .set(account_connector::ActiveModel {
                connector_id: Set(to.0),
                updated_at: Set(self.now()),
                ..Default::default()
            })
            .filter(account_connector::Column::ConnectorId.eq(from.0))
            .exec(self.db())
            .await?;
        Ok(())
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

/// Gives back the block of a Draft that needs another one.
pub(crate) async fn forget_custom(
    unit: &Unit<PartnerScope>,
    first: ConnectorId,
) -> Result<(), StoreError> {
    connector_release::Entity::delete_many()
        .filter(connector_release::Column::Id.eq(first.0))
        .filter(connector_release::Column::Slug.like(format!("{CUSTOM}%")))
        .exec(unit.db())
        .await?;
    Ok(())
}

/// How many integers the block has.
pub(crate) async fn block_size(
    unit: &Unit<PartnerScope>,
    first: ConnectorId,
) -> Result<i32, StoreError> {
    let row = connector_release::Entity::find_by_id(first.0)
        .one(unit.db())
        .await?;
    Ok(row.map_or(0, |row| row.id_count))
}

/// Gives each release a block of integers behind all former ones.
async fn register<S: Scope>(
    unit: &Unit<S>,
    new: Vec<NewRelease>,
) -> Result<Vec<RegisteredRelease>, StoreError> {
    unit.lock(NUMBERING).await?;
    let last = connector_release::Entity::find()
        .order_by_desc(connector_release::Column::Id)
        .one(unit.db())
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
    let now = unit.now();
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
            .exec_without_returning(unit.db())
            .await?;
    }
    Ok(rows)
}

/// A block for something of a custom connector. It stays given out when the connector is deleted, so that
/// what was installed once never comes to mean something else.
///
/// # Errors
/// When the database refuses, or there are no integers left.
pub(crate) async fn number_custom(
    unit: &Unit<PartnerScope>,
    connector: ConnectorUid,
    hash: &str,
    count: i32,
) -> Result<ConnectorId, StoreError> {
    let new = NewRelease {
        connector,
        // The block's own name; the release that has it stands in another table.
        slug: format!("{CUSTOM}{}", unit.new_id()),
        version: String::new(),
        number: 0,
        hash: hash.as_bytes().to_vec(),
        count,
    };
    let blocks = register(unit, vec![new]).await?;
    let first = blocks.first().map(|block| ConnectorId(block.first));
    first.ok_or(StoreError::Stale)
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
