//! Figures of what ran, for reports and charts: summed when the ledger closes a transaction.

use sea_orm_migration::{prelude::*, schema::*};

/// The migration.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(runs()).await?;
        manager.create_table(steps()).await?;
        for (name, table, columns) in [
            (
                "run_figure_partner",
                "run_figure",
                &["partner_id", "hours", "starts_at"][..],
            ),
            ("run_figure_old", "run_figure", &["hours", "starts_at"]),
            ("step_figure_account", "step_figure", &["account_id", "day"]),
            ("step_figure_partner", "step_figure", &["partner_id", "day"]),
            ("step_figure_old", "step_figure", &["day"]),
            (
                "incident_partner",
                "incident",
                &["partner_id", "created_at"],
            ),
            ("ledger_day_partner", "ledger_day", &["partner_id", "day"]),
        ] {
            let mut index = Index::create();
            index.name(name).table(table);
            for column in columns {
                index.col(*column);
            }
            manager.create_index(index).await?;
        }
        Ok(())
    }
}

/// Transactions of an account that ended in an hour, and in a day.
fn runs() -> TableCreateStatement {
    Table::create()
        .table("run_figure")
        .col(uuid("account_id"))
        // 1 or 24.
        .col(small_integer("hours"))
        .col(timestamp_with_time_zone("starts_at"))
        .col(uuid("partner_id"))
        .col(big_integer("runs"))
        // Of them those with an error.
        .col(big_integer("errored"))
        // From acceptance to end, and from acceptance to the first step: histograms.
        .col(json("latency"))
        .col(json("wait"))
        .primary_key(
            Index::create()
                .col("account_id")
                .col("hours")
                .col("starts_at"),
        )
        .to_owned()
}

/// Executions of a method step in a day.
fn steps() -> TableCreateStatement {
    Table::create()
        .table("step_figure")
        .col(uuid("step_id"))
        .col(date("day"))
        .col(uuid("partner_id"))
        .col(uuid("account_id"))
        .col(uuid("cycle_id"))
        .col(big_integer("calls"))
        .col(big_integer("errored"))
        .col(json("latency"))
        .primary_key(Index::create().col("step_id").col("day"))
        .to_owned()
}
