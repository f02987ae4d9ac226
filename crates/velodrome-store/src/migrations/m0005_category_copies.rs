//! Copies of method categories for objects of an account's own.

use sea_orm_migration::{prelude::*, schema::*};

/// The migration.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let copies = Table::create()
            .table("category_copy")
            .col(pk_auto("id"))
            .col(uuid("partner_id"))
            .col(uuid("account_id"))
            .col(integer("account_connector_id"))
            .col(text("source_category"))
            .col(text("object_name"))
            .col(text_null("object_value"))
            .foreign_key(
                ForeignKey::create()
                    .from_tbl("category_copy")
                    .from_col("account_connector_id")
                    .to_tbl("account_connector")
                    .to_col("id")
                    .on_delete(ForeignKeyAction::Cascade),
            )
            .to_owned();
        manager.create_table(copies).await?;
        let object = Index::create()
            .name("category_copy_object")
            .table("category_copy")
            .unique()
            .col("account_connector_id")
            .col("source_category")
            .col("object_name")
            .to_owned();
        manager.create_index(object).await
    }
}
