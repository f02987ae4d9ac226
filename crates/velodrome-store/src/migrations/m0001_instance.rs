//! What the installation needs before it has a partner: keys, audit log, outbox.

use sea_orm_migration::{prelude::*, schema::*};

/// The migration.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table("data_key")
            .col(integer("id").primary_key())
            .col(blob("sealed"))
            .col(timestamp_with_time_zone("created_at"))
            .to_owned();
        manager.create_table(table).await?;

        let table = Table::create()
            .table("audit_entry")
            .col(uuid("id").primary_key())
            .col(uuid("partner_id"))
            .col(uuid_null("account_id"))
            .col(timestamp_with_time_zone("at"))
            .col(text("actor"))
            .col(text("actor_kind"))
            .col(text_null("ip_address"))
            .col(text("action"))
            .col(text("object_type"))
            .col(text("object_id"))
            .col(text_null("comment"))
            .to_owned();
        manager.create_table(table).await?;
        let index = Index::create()
            .name("audit_entry_partner_at")
            .table("audit_entry")
            .col("partner_id")
            .col("at")
            .to_owned();
        manager.create_index(index).await?;

        let table = Table::create()
            .table("outbox")
            .col(uuid("id").primary_key())
            .col(uuid("partner_id"))
            .col(uuid("account_id"))
            .col(json("payload"))
            .col(blob_null("sealed"))
            .col(timestamp_with_time_zone("due_at"))
            .col(integer("attempts"))
            .col(timestamp_with_time_zone("created_at"))
            .to_owned();
        manager.create_table(table).await?;
        let index = Index::create()
            .name("outbox_due_at")
            .table("outbox")
            .col("due_at")
            .to_owned();
        manager.create_index(index).await
    }
}
