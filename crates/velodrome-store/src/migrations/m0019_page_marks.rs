//! Where the paging of a long list stands, so that it goes on there after a crash (cycles.md §11.3).

use sea_orm_migration::{prelude::*, schema::*};

use super::goes_with;

/// The migration.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(mark()).await?;
        let index = Index::create()
            .name("cycle_page_mark_step")
            .table("cycle_page_mark")
            .col("transaction_id")
            .col("step_id")
            .unique()
            .to_owned();
        manager.create_index(index).await
    }
}

/// How far a step has come with its pages.
fn mark() -> TableCreateStatement {
    Table::create()
        .table("cycle_page_mark")
        .col(uuid("id").primary_key())
        .col(uuid("partner_id"))
        .col(uuid("account_id"))
        .col(uuid("transaction_id"))
        .col(uuid("step_id"))
        // Of which attempt: those that failed before, and those that were answered before.
        .col(integer("attempt"))
        .col(integer("answered"))
        // How many of the step's pieces come before it.
        .col(integer("pieces"))
        // Cursors and addresses may be secret.
        .col(binary("sealed"))
        .foreign_key(&mut goes_with(
            "cycle_page_mark",
            "transaction_id",
            "cycle_transaction",
        ))
        .to_owned()
}
