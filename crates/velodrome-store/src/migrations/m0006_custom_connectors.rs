//! Connectors that partners and accounts make themselves, their releases, and a counter of changes.

use sea_orm_migration::{prelude::*, schema::*};

/// The migration.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in [connector(), release(), changes()] {
            manager.create_table(table).await?;
        }
        let unique = |name: &'static str, table: &'static str, columns: [&'static str; 2]| {
            Index::create()
                .name(name)
                .table(table)
                .unique()
                .col(columns[0])
                .col(columns[1])
                .to_owned()
        };
        for index in [
            unique(
                "custom_connector_uid",
                "custom_connector",
                ["partner_id", "uid"],
            ),
            unique(
                "custom_connector_release_number",
                "custom_connector_release",
                ["custom_connector_id", "number"],
            ),
        ] {
            manager.create_index(index).await?;
        }
        let number = Index::create()
            .name("custom_connector_number")
            .table("custom_connector")
            .unique()
            .col("number")
            .to_owned();
        manager.create_index(number).await?;
        let tenant = Index::create()
            .name("custom_connector_release_partner")
            .table("custom_connector_release")
            .col("partner_id")
            .to_owned();
        manager.create_index(tenant).await
    }
}

fn connector() -> TableCreateStatement {
    Table::create()
        .table("custom_connector")
        .col(uuid("id").primary_key())
        .col(uuid("partner_id"))
        .col(uuid_null("account_id"))
        .col(integer("number"))
        .col(uuid("uid"))
        .col(timestamp_with_time_zone("created_at"))
        .col(timestamp_with_time_zone("updated_at"))
        .foreign_key(
            ForeignKey::create()
                .from_tbl("custom_connector")
                .from_col("account_id")
                .to_tbl("account")
                .to_col("id")
                .on_delete(ForeignKeyAction::Cascade),
        )
        .to_owned()
}

fn release() -> TableCreateStatement {
    Table::create()
        .table("custom_connector_release")
        .col(integer("id").primary_key())
        .col(uuid("custom_connector_id"))
        .col(uuid("partner_id"))
        .col(integer("number"))
        .col(text("status"))
        .col(text_null("level"))
        .col(integer("major"))
        .col(integer("minor"))
        .col(text_null("notes"))
        .col(text("hash"))
        .col(blob("content"))
        .col(json_null("extra"))
        .col(timestamp_with_time_zone("created_at"))
        .col(timestamp_with_time_zone("updated_at"))
        .col(timestamp_with_time_zone_null("published_at"))
        .foreign_key(
            ForeignKey::create()
                .from_tbl("custom_connector_release")
                .from_col("custom_connector_id")
                .to_tbl("custom_connector")
                .to_col("id")
                .on_delete(ForeignKeyAction::Cascade),
        )
        .to_owned()
}

fn changes() -> TableCreateStatement {
    Table::create()
        .table("custom_connector_change")
        .col(uuid("partner_id").primary_key())
        .col(big_integer("revision"))
        .to_owned()
}
