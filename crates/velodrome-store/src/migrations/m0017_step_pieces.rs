//! Lists of step data that are too long to be read whole: kept in pieces (cycles.md §11.12).

use sea_orm_migration::{prelude::*, schema::*};

use super::goes_with;

/// The migration.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(piece()).await?;
        let index = Index::create()
            .name("cycle_step_piece_step")
            .table("cycle_step_piece")
            .col("transaction_id")
            .col("step_id")
            .col("number")
            .unique()
            .to_owned();
        manager.create_index(index).await?;
        let data = Table::alter()
            .table("cycle_step_data")
            // How many pieces its list is kept in; null where it is part of the data.
            .add_column(integer_null("pieces"))
            .to_owned();
        manager.alter_table(data).await
    }
}

/// Some items of a step's list.
fn piece() -> TableCreateStatement {
    Table::create()
        .table("cycle_step_piece")
        .col(uuid("id").primary_key())
        .col(uuid("partner_id"))
        .col(uuid("account_id"))
        .col(uuid("transaction_id"))
        .col(uuid("step_id"))
        .col(integer("number"))
        // Place of its first item in the list.
        .col(big_integer("first_item"))
        .col(binary("sealed"))
        .foreign_key(&mut goes_with(
            "cycle_step_piece",
            "transaction_id",
            "cycle_transaction",
        ))
        .to_owned()
}
