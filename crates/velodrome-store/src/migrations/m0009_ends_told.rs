//! Which end of a refresh token has been told of (connectors.md §9.6).

use sea_orm_migration::{prelude::*, schema::*};

/// The migration.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::alter()
            .table("credential")
            .add_column(timestamp_with_time_zone_null("end_told"))
            .to_owned();
        manager.alter_table(table).await?;
        let ends = Index::create()
            .name("credential_refresh_expires_at")
            .table("credential")
            .col("refresh_expires_at")
            .to_owned();
        manager.create_index(ends).await
    }
}
