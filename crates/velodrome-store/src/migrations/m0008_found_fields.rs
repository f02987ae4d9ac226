//! Custom fields that lookups find: each object of an account has its own, and when they were found.

use sea_orm::DbBackend;
use sea_orm_migration::{prelude::*, schema::*};

/// The migration.
#[derive(DeriveMigrationName)]
pub struct Migration;

/// The index that let one method have a location once, whatever the object.
const INDEX: &str = "custom_field_location";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::alter()
            .table("custom_field")
            // Empty for a field of every object; a unique index takes two nulls for different.
            .add_column(text("entity").default(""))
            .to_owned();
        manager.alter_table(table).await?;
        let known = match manager.get_database_backend() {
            DbBackend::Postgres => "body::json ->> 'entity'",
            _ => "json_extract(body, '$.entity')",
        };
        manager
            .get_connection()
            .execute_unprepared(&format!(
                "UPDATE custom_field SET entity = COALESCE({known}, '')"
            ))
            .await?;
        let former = Index::drop().name(INDEX).table("custom_field").to_owned();
        manager.drop_index(former).await?;
        let index = Index::create()
            .name(INDEX)
            .table("custom_field")
            .unique()
            .col("account_connector_id")
            .col("method_uid")
            .col("for_request")
            .col("location")
            .col("entity")
            .to_owned();
        manager.create_index(index).await?;
        let search = Table::create()
            .table("custom_field_search")
            .col(integer("account_connector_id").primary_key())
            .col(uuid("partner_id"))
            .col(uuid("account_id"))
            .col(timestamp_with_time_zone("due_at"))
            .foreign_key(
                ForeignKey::create()
                    .from_tbl("custom_field_search")
                    .from_col("account_connector_id")
                    .to_tbl("account_connector")
                    .to_col("id")
                    .on_delete(ForeignKeyAction::Cascade),
            )
            .to_owned();
        manager.create_table(search).await
    }
}
