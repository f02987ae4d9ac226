//! What the installation remembers of itself, and the content of connector releases.

use sea_orm_migration::{prelude::*, schema::*};

/// The migration.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let settings = Table::create()
            .table("instance_setting")
            .col(text("name").primary_key())
            .col(text("value"))
            .to_owned();
        manager.create_table(settings).await?;
        // Apart from the releases themselves, which every start reads whole.
        let contents = Table::create()
            .table("connector_release_content")
            .col(integer("release_id").primary_key())
            .col(blob("content"))
            .to_owned();
        manager.create_table(contents).await
    }
}
