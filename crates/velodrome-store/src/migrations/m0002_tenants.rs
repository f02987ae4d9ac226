//! Partners and their accounts.

use sea_orm_migration::{prelude::*, schema::*};

/// The migration.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table("partner")
            .col(uuid("id").primary_key())
            .col(text("name"))
            .col(text_null("contact_name"))
            .col(text_null("contact_email"))
            .col(boolean("share_details"))
            .col(uuid_null("template_account_id"))
            .col(timestamp_with_time_zone("created_at"))
            .to_owned();
        manager.create_table(table).await?;

        let table = Table::create()
            .table("account")
            .col(uuid("id").primary_key())
            .col(uuid("partner_id"))
            .col(text("api_id"))
            .col(uuid_null("parent_id"))
            .col(text("name"))
            .col(text_null("description"))
            .col(text_null("audit_info"))
            .col(text_null("task_audit_info"))
            .col(text("timezone"))
            .col(timestamp_with_time_zone("next_bill_at"))
            .col(integer_null("success_retention_hours"))
            .col(integer_null("errored_retention_hours"))
            .col(boolean_null("error_webhook_enabled"))
            .col(text_null("error_webhook_url"))
            .col(boolean_null("error_webhook_warnings"))
            .col(integer_null("concurrent_limit"))
            .col(boolean("is_suspended"))
            .col(boolean("is_template"))
            .col(timestamp_with_time_zone("created_at"))
            .foreign_key(
                ForeignKey::create()
                    .from_tbl("account")
                    .from_col("partner_id")
                    .to_tbl("partner")
                    .to_col("id"),
            )
            .foreign_key(
                ForeignKey::create()
                    .from_tbl("account")
                    .from_col("parent_id")
                    .to_tbl("account")
                    .to_col("id"),
            )
            .to_owned();
        manager.create_table(table).await?;
        let index = Index::create()
            .name("account_api_id")
            .table("account")
            .unique()
            .col("partner_id")
            .col("api_id")
            .to_owned();
        manager.create_index(index).await
    }
}
