//! Upgrades of installed cycles that were asked for, worked off in the background (cycles.md §2, Upgrade).

use sea_orm_migration::{prelude::*, schema::*};

use super::goes_with;

/// The migration.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut upgrades = Table::create()
            .table("template_upgrade")
            .col(pk_uuid("id"))
            .col(uuid("partner_id"))
            .col(uuid("account_id"))
            .col(uuid("template_id"))
            .col(uuid_uniq("cycle_id"))
            .col(timestamp_with_time_zone("asked_at"))
            // Who asked, for the audit log.
            .col(string("principal_kind"))
            .col(string("principal_name"))
            // When somebody may take it; none once it has ended.
            .col(timestamp_with_time_zone_null("claim_at"))
            .col(integer("attempts"))
            .col(boolean_null("upgraded"))
            .col(text_null("message"))
            .col(json_null("prerequisites"))
            .to_owned();
        let mut template = goes_with("template_upgrade", "template_id", "template");
        let mut cycle = goes_with("template_upgrade", "cycle_id", "cycle");
        upgrades.foreign_key(&mut template);
        upgrades.foreign_key(&mut cycle);
        manager.create_table(upgrades).await?;
        let of_template = Index::create()
            .name("template_upgrade_template")
            .table("template_upgrade")
            .col("template_id")
            .to_owned();
        manager.create_index(of_template).await?;
        manager
            .get_connection()
            .execute_unprepared(
                "CREATE INDEX template_upgrade_claim ON template_upgrade (claim_at) WHERE claim_at IS NOT NULL",
            )
            .await?;
        Ok(())
    }
}
