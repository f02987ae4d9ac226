//! Connectors: releases with their blocks of ids, partner setups, installations in accounts, credentials.

use sea_orm_migration::{prelude::*, schema::*};

/// The migration.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in [
            release(),
            setup(),
            guide(),
            account_connector(),
            property(),
            credential(),
            custom_field(),
        ] {
            manager.create_table(table).await?;
        }
        for table in [one_time_token(), authorisation()] {
            manager.create_table(table).await?;
        }
        for index in indexes() {
            manager.create_index(index).await?;
        }
        Ok(())
    }
}

fn release() -> TableCreateStatement {
    Table::create()
        .table("connector_release")
        .col(integer("id").primary_key())
        .col(uuid("connector_uid"))
        .col(text("slug"))
        .col(text("version"))
        .col(integer("number"))
        .col(blob("hash"))
        .col(integer("id_count"))
        .col(timestamp_with_time_zone("registered_at"))
        .to_owned()
}

fn setup() -> TableCreateStatement {
    Table::create()
        .table("connector_setup")
        .col(uuid("id").primary_key())
        .col(uuid("partner_id"))
        .col(uuid("connector_uid"))
        .col(blob("sealed"))
        .col(timestamp_with_time_zone("updated_at"))
        .to_owned()
}

fn guide() -> TableCreateStatement {
    Table::create()
        .table("connector_guide")
        .col(uuid("partner_id"))
        .col(uuid("connector_uid"))
        .col(text("title"))
        .col(text("body"))
        .col(timestamp_with_time_zone("updated_at"))
        .primary_key(Index::create().col("partner_id").col("connector_uid"))
        .to_owned()
}

fn account_connector() -> TableCreateStatement {
    Table::create()
        .table("account_connector")
        .col(pk_auto("id"))
        .col(uuid("partner_id"))
        .col(uuid("account_id"))
        .col(integer("connector_id"))
        .col(uuid("connector_uid"))
        .col(text("name"))
        .col(text_null("description"))
        .col(uuid("authentication_id"))
        .col(boolean("is_native"))
        .col(boolean("has_credential"))
        .col(json_null("problem"))
        .col(boolean("lookup_pending"))
        .col(timestamp_with_time_zone("created_at"))
        .col(timestamp_with_time_zone("updated_at"))
        .foreign_key(
            ForeignKey::create()
                .from_tbl("account_connector")
                .from_col("account_id")
                .to_tbl("account")
                .to_col("id")
                .on_delete(ForeignKeyAction::Cascade),
        )
        .to_owned()
}

fn property() -> TableCreateStatement {
    Table::create()
        .table("account_connector_property")
        .col(pk_auto("id"))
        .col(uuid("partner_id"))
        .col(uuid("account_id"))
        .col(integer("account_connector_id"))
        .col(text("name"))
        .col(blob_null("sealed"))
        .foreign_key(&mut owner("account_connector_property"))
        .to_owned()
}

fn credential() -> TableCreateStatement {
    Table::create()
        .table("credential")
        .col(integer("account_connector_id").primary_key())
        .col(uuid("partner_id"))
        .col(uuid("account_id"))
        .col(blob("sealed"))
        .col(big_integer("version"))
        .col(timestamp_with_time_zone_null("expires_at"))
        .col(timestamp_with_time_zone_null("renew_at"))
        .col(timestamp_with_time_zone_null("refresh_expires_at"))
        .col(timestamp_with_time_zone_null("lease_until"))
        .foreign_key(&mut owner("credential"))
        .to_owned()
}

fn custom_field() -> TableCreateStatement {
    Table::create()
        .table("custom_field")
        .col(pk_auto("id"))
        .col(uuid("partner_id"))
        .col(uuid("account_id"))
        .col(integer("account_connector_id"))
        .col(uuid("method_uid"))
        .col(boolean("for_request"))
        .col(text("location"))
        .col(json("body"))
        .foreign_key(&mut owner("custom_field"))
        .to_owned()
}

fn one_time_token() -> TableCreateStatement {
    Table::create()
        .table("one_time_token")
        .col(text("hash").primary_key())
        .col(text("purpose"))
        .col(uuid("partner_id"))
        .col(uuid("account_id"))
        .col(uuid_null("user_id"))
        .col(text("user_name"))
        .col(integer_null("account_connector_id"))
        .col(json("target"))
        .col(timestamp_with_time_zone("expires_at"))
        .foreign_key(
            ForeignKey::create()
                .from_tbl("one_time_token")
                .from_col("account_id")
                .to_tbl("account")
                .to_col("id")
                .on_delete(ForeignKeyAction::Cascade),
        )
        .to_owned()
}

fn authorisation() -> TableCreateStatement {
    Table::create()
        .table("authorisation")
        .col(text("state_hash").primary_key())
        .col(uuid("partner_id"))
        .col(uuid("account_id"))
        .col(integer("account_connector_id"))
        .col(uuid("authentication_id"))
        .col(text("browser_hash"))
        .col(blob("sealed"))
        .col(json("target"))
        .col(text("user_name"))
        .col(timestamp_with_time_zone("expires_at"))
        .foreign_key(&mut owner("authorisation"))
        .to_owned()
}

fn owner(table: &'static str) -> ForeignKeyCreateStatement {
    ForeignKey::create()
        .from_tbl(table)
        .from_col("account_connector_id")
        .to_tbl("account_connector")
        .to_col("id")
        .on_delete(ForeignKeyAction::Cascade)
        .to_owned()
}

fn indexes() -> Vec<IndexCreateStatement> {
    let unique = |name: &'static str, table: &'static str, columns: &[&'static str]| {
        let mut index = Index::create();
        index.name(name).table(table).unique();
        for column in columns {
            index.col(*column);
        }
        index
    };
    let plain = |name: &'static str, table: &'static str, column: &'static str| {
        Index::create()
            .name(name)
            .table(table)
            .col(column)
            .to_owned()
    };
    vec![
        unique(
            "connector_release_key",
            "connector_release",
            &["slug", "version", "number"],
        ),
        unique(
            "connector_setup_connector",
            "connector_setup",
            &["partner_id", "connector_uid"],
        ),
        unique(
            "account_connector_name",
            "account_connector",
            &["account_id", "name"],
        ),
        unique(
            "account_connector_property_name",
            "account_connector_property",
            &["account_connector_id", "name"],
        ),
        unique(
            "custom_field_location",
            "custom_field",
            &[
                "account_connector_id",
                "method_uid",
                "for_request",
                "location",
            ],
        ),
        plain(
            "account_connector_uid",
            "account_connector",
            "connector_uid",
        ),
        plain("credential_renew_at", "credential", "renew_at"),
        plain("one_time_token_expires_at", "one_time_token", "expires_at"),
        plain("authorisation_expires_at", "authorisation", "expires_at"),
    ]
}
