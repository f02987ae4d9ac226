//! What steps changed in the stores of scripts, so that a step that is repeated changes nothing twice
//! (cycles.md §11.4).

use sea_orm_migration::{prelude::*, schema::*};

/// The migration.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let operations = Table::create()
            .table("script_operation")
            .col(pk_uuid("id"))
            .col(uuid("partner_id"))
            .col(uuid("account_id"))
            .col(integer("account_connector_id"))
            // What it gave, where it gave a number.
            .col(text_null("answer"))
            .col(timestamp_with_time_zone("made_at"))
            .foreign_key(
                ForeignKey::create()
                    .from_tbl("script_operation")
                    .from_col("account_connector_id")
                    .to_tbl("account_connector")
                    .to_col("id")
                    .on_delete(ForeignKeyAction::Cascade),
            )
            .to_owned();
        manager.create_table(operations).await?;
        let old = Index::create()
            .name("script_operation_made_at")
            .table("script_operation")
            .col("made_at")
            .to_owned();
        manager.create_index(old).await
    }
}
