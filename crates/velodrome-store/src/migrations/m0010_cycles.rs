//! Templates with their folders and releases; cycles with the versions of their graphs and their steps.

use sea_orm_migration::{prelude::*, schema::*};

use super::goes_with;

/// The migration.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in [folder(), template(), cycle(), release(), graph(), step()] {
            manager.create_table(table).await?;
        }
        for (name, table, columns) in [
            (
                "template_folder_partner",
                "template_folder",
                &["partner_id"][..],
            ),
            ("template_partner", "template", &["partner_id"]),
            ("template_release_cycle", "template_release", &["cycle_id"]),
            ("cycle_account", "cycle", &["account_id", "deleted_at"]),
            ("cycle_template", "cycle", &["template_id"]),
            ("cycle_next_run", "cycle", &["next_run_at"]),
            ("cycle_step_cycle", "cycle_step", &["cycle_id"]),
            (
                "cycle_step_account_connector",
                "cycle_step",
                &["account_connector_id"],
            ),
        ] {
            manager
                .create_index(index(name, table, columns).to_owned())
                .await?;
        }
        for (name, table, columns) in [
            (
                "template_release_number",
                "template_release",
                &["template_id", "number"][..],
            ),
            (
                "cycle_graph_version",
                "cycle_graph",
                &["cycle_id", "version"],
            ),
            ("cycle_step_webhook_key", "cycle_step", &["webhook_key"]),
        ] {
            manager
                .create_index(index(name, table, columns).unique().to_owned())
                .await?;
        }
        Ok(())
    }
}

fn index(
    name: &'static str,
    table: &'static str,
    columns: &[&'static str],
) -> IndexCreateStatement {
    let mut index = Index::create();
    index.name(name).table(table);
    for column in columns {
        index.col(*column);
    }
    index
}

fn folder() -> TableCreateStatement {
    Table::create()
        .table("template_folder")
        .col(uuid("id").primary_key())
        .col(uuid("partner_id"))
        .col(text("name"))
        .col(uuid_null("parent_id"))
        .to_owned()
}

fn template() -> TableCreateStatement {
    Table::create()
        .table("template")
        .col(uuid("id").primary_key())
        .col(uuid("partner_id"))
        .col(text("name"))
        .col(text_null("description"))
        .col(uuid_null("folder_id"))
        .col(json("settings"))
        .col(boolean("is_published"))
        .col(timestamp_with_time_zone("created_at"))
        .col(timestamp_with_time_zone_null("deleted_at"))
        .to_owned()
}

fn release() -> TableCreateStatement {
    Table::create()
        .table("template_release")
        .col(uuid("id").primary_key())
        .col(uuid("partner_id"))
        .col(uuid("template_id"))
        .col(integer("number"))
        .col(text("status"))
        .col(text_null("notes"))
        .col(uuid("cycle_id"))
        .col(timestamp_with_time_zone("created_at"))
        .col(text_null("created_by"))
        .col(timestamp_with_time_zone_null("promoted_at"))
        .foreign_key(&mut goes_with(
            "template_release",
            "template_id",
            "template",
        ))
        .foreign_key(&mut goes_with("template_release", "cycle_id", "cycle"))
        .to_owned()
}

fn cycle() -> TableCreateStatement {
    Table::create()
        .table("cycle")
        .col(uuid("id").primary_key())
        .col(uuid("partner_id"))
        .col(uuid("account_id"))
        .col(text("name"))
        .col(text_null("description"))
        .col(json("settings"))
        .col(uuid_null("template_id"))
        .col(uuid_null("template_release_id"))
        .col(text("status"))
        .col(integer("version"))
        // Minutes; null where there is no interval.
        .col(integer_null("interval"))
        .col(timestamp_with_time_zone_null("start_at"))
        .col(timestamp_with_time_zone_null("next_run_at"))
        .col(boolean("runs_once"))
        .col(timestamp_with_time_zone_null("last_successful_run_at"))
        .col(timestamp_with_time_zone("created_at"))
        .col(timestamp_with_time_zone_null("deleted_at"))
        .foreign_key(&mut goes_with("cycle", "account_id", "account"))
        .to_owned()
}

fn graph() -> TableCreateStatement {
    Table::create()
        .table("cycle_graph")
        .col(uuid("id").primary_key())
        .col(uuid("cycle_id"))
        .col(integer("version"))
        .col(uuid("partner_id"))
        .col(uuid("account_id"))
        // A transaction has begun with it, so it never changes again.
        .col(boolean("is_frozen"))
        // Counts changes, so that two who change the same version notice each other.
        .col(integer("revision"))
        // Mappings and variables hold what customers type, passwords included.
        .col(binary("sealed"))
        .foreign_key(&mut goes_with("cycle_graph", "cycle_id", "cycle"))
        .to_owned()
}

fn step() -> TableCreateStatement {
    Table::create()
        .table("cycle_step")
        .col(uuid("id").primary_key())
        .col(uuid("partner_id"))
        .col(uuid("account_id"))
        .col(uuid("cycle_id"))
        .col(integer_null("account_connector_id"))
        .col(text_null("webhook_key"))
        .col(timestamp_with_time_zone_null("last_successful_run_at"))
        .foreign_key(&mut goes_with("cycle_step", "cycle_id", "cycle"))
        .to_owned()
}
