//! Webhooks that cycles registered at their providers (connectors.md §6), and incidents on their way to the
//! transaction error webhook (cycles.md §12).

use sea_orm_migration::{prelude::*, schema::*};

use super::goes_with;

/// The migration.
#[derive(DeriveMigrationName)]
pub struct Migration;

/// Of rows of which few are many: partial, so that what is done costs nothing.
const PARTIAL: &[&str] = &[
    "CREATE UNIQUE INDEX webhook_registration_step ON webhook_registration (step_id) WHERE state <> 'Removing'",
    "CREATE INDEX webhook_registration_due ON webhook_registration (due_at) WHERE due_at IS NOT NULL",
    "CREATE INDEX incident_to_post ON incident (account_id, created_at) WHERE to_post",
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let registrations = Table::create()
            .table("webhook_registration")
            .col(pk_uuid("id"))
            .col(uuid("partner_id"))
            .col(uuid("account_id"))
            // Cycle and step may be gone before their webhook is.
            .col(uuid("cycle_id"))
            .col(uuid("step_id"))
            .col(integer("account_connector_id"))
            .col(integer("connector_id"))
            .col(uuid("method_id"))
            .col(text("state"))
            .col(integer("attempts"))
            // When somebody is to look at it; null for what nobody has to.
            .col(timestamp_with_time_zone_null("due_at"))
            .col(timestamp_with_time_zone_null("lease_until"))
            .col(timestamp_with_time_zone("created_at"))
            // What the provider was told and answered; null before.
            .col(binary_null("sealed"))
            .foreign_key(&mut goes_with(
                "webhook_registration",
                "account_id",
                "account",
            ))
            .to_owned();
        manager.create_table(registrations).await?;
        for (name, column) in [
            ("webhook_registration_cycle", "cycle_id"),
            ("webhook_registration_connector", "account_connector_id"),
        ] {
            let index = Index::create()
                .name(name)
                .table("webhook_registration")
                .col(column)
                .to_owned();
            manager.create_index(index).await?;
        }
        let to_post = Table::alter()
            .table("incident")
            .add_column(boolean("to_post").default(false))
            .to_owned();
        manager.alter_table(to_post).await?;
        let pace = Table::create()
            .table("error_pace")
            .col(pk_uuid("account_id"))
            // Minutes since 1970.
            .col(big_integer("minute"))
            .col(integer("told"))
            .foreign_key(&mut goes_with("error_pace", "account_id", "account"))
            .to_owned();
        manager.create_table(pace).await?;
        for statement in PARTIAL {
            manager
                .get_connection()
                .execute_unprepared(statement)
                .await?;
        }
        Ok(())
    }
}
