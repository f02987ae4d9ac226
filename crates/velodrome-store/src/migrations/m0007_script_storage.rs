//! What scripts keep (scripting.md §4).

use sea_orm_migration::{prelude::*, schema::*};

/// The migration.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let values = Table::create()
            .table("script_value")
            .col(integer("account_connector_id"))
            // Empty for what belongs to no cycle.
            .col(text("cycle_id"))
            .col(text("key"))
            .col(uuid("partner_id"))
            .col(uuid("account_id"))
            .col(text("value"))
            .primary_key(
                Index::create()
                    .col("account_connector_id")
                    .col("cycle_id")
                    .col("key"),
            )
            .foreign_key(
                ForeignKey::create()
                    .from_tbl("script_value")
                    .from_col("account_connector_id")
                    .to_tbl("account_connector")
                    .to_col("id")
                    .on_delete(ForeignKeyAction::Cascade),
            )
            .to_owned();
        manager.create_table(values).await
    }
}
