//! The content of connector releases: a release that accounts use stays runnable after its files are
//! gone or hold a newer one (connectors.md §1).

use sea_orm::{
    ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QuerySelect, sea_query::OnConflict,
};
use velodrome_model::{ConnectorId, InstanceScope};

use crate::{
    StoreError, Unit,
    entity::{account_connector, connector_release_content},
};

impl Unit<InstanceScope> {
    /// Releases whose content is kept.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn kept_releases(&self) -> Result<Vec<ConnectorId>, StoreError> {
        let ids: Vec<i32> = connector_release_content::Entity::find()
            .select_only()
            .column(connector_release_content::Column::ReleaseId)
            .into_tuple()
            .all(self.db())
            .await?;
        Ok(ids.into_iter().map(ConnectorId).collect())
    }

    /// Releases that accounts have installed.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn installed_releases(&self) -> Result<Vec<ConnectorId>, StoreError> {
        let ids: Vec<i32> = account_connector::Entity::find()
            .select_only()
            .column(account_connector::Column::ConnectorId)
            .distinct()
            .into_tuple()
            .all(self.db())
            .await?;
        Ok(ids.into_iter().map(ConnectorId).collect())
    }

    /// The kept content of a release.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn release_content(&self, id: ConnectorId) -> Result<Option<Vec<u8>>, StoreError> {
        let row = connector_release_content::Entity::find_by_id(id.0)
            .one(self.db())
            .await?;
        Ok(row.map(|row| row.content))
    }

    /// Keeps the content of releases; what is kept already stays.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn keep_releases(
        &self,
        contents: Vec<(ConnectorId, Vec<u8>)>,
    ) -> Result<(), StoreError> {
        if contents.is_empty() {
            return Ok(());
        }
        let rows =
            contents
                .into_iter()
                .map(|(id, content)| connector_release_content::ActiveModel {
                    release_id: Set(id.0),
                    content: Set(content),
                });
        let stay = OnConflict::column(connector_release_content::Column::ReleaseId)
            .do_nothing()
            .to_owned();
        connector_release_content::Entity::insert_many(rows)
            .on_conflict(stay)
            .exec_without_returning(self.db())
            .await?;
        Ok(())
    }

    /// Forgets the content of a release, whose Draft has changed.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn forget_release_content(&self, id: ConnectorId) -> Result<(), StoreError> {
        connector_release_content::Entity::delete_many()
            .filter(connector_release_content::Column::ReleaseId.eq(id.0))
            .exec(self.db())
            .await?;
        Ok(())
    }
}
