//! Transactions with their data, incidents, inbound requests, and what the engine remembers between steps
//! (cycles.md §9, §11).

use sea_orm_migration::{prelude::*, schema::*};

use super::goes_with;

/// The migration.
#[derive(DeriveMigrationName)]
pub struct Migration;

/// Of rows of which few are many: partial, so that what has ended costs nothing.
const PARTIAL: &[&str] = &[
    "CREATE INDEX cycle_transaction_ready ON cycle_transaction (account_id, priority, claim_at) WHERE claim_at IS NOT NULL",
    "CREATE INDEX cycle_transaction_leased ON cycle_transaction (account_id, lease_until) WHERE lease_until IS NOT NULL",
    "CREATE INDEX cycle_transaction_open ON cycle_transaction (cycle_id, root_id, id) WHERE ended_at IS NULL",
    "CREATE INDEX cycle_transaction_open_account ON cycle_transaction (account_id) WHERE ended_at IS NULL",
    "CREATE INDEX cycle_transaction_open_root ON cycle_transaction (root_id) WHERE ended_at IS NULL",
    "CREATE INDEX cycle_transaction_request ON cycle_transaction (request_id) WHERE request_id IS NOT NULL",
    "CREATE INDEX cycle_transaction_erase ON cycle_transaction (erase_at) WHERE erase_at IS NOT NULL",
    "CREATE INDEX cycle_transaction_paused ON cycle_transaction (paused_at) WHERE paused_at IS NOT NULL",
    "CREATE UNIQUE INDEX cycle_transaction_slot ON cycle_transaction (cycle_id, slot_at) WHERE slot_at IS NOT NULL",
    "CREATE INDEX webhook_request_held ON webhook_request (step_id, key_hash) WHERE held_until IS NOT NULL",
    "CREATE INDEX webhook_request_erase ON webhook_request (erase_at) WHERE erase_at IS NOT NULL",
    "CREATE INDEX cycle_join_armed ON cycle_join (cycle_id) WHERE armed_at IS NOT NULL",
    "CREATE INDEX cycle_stopping ON cycle (id) WHERE status = 'Stopping'",
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let tables = [
            transaction(),
            step_data(),
            item(),
            incident(),
            webhook_request(),
            parking(),
            join(),
            block(),
        ];
        for table in tables {
            manager.create_table(table).await?;
        }
        for (name, table, columns, is_unique) in [
            (
                "cycle_transaction_child",
                "cycle_transaction",
                &["parent_id", "split_step", "split_index"][..],
                true,
            ),
            (
                "cycle_transaction_account",
                "cycle_transaction",
                &["account_id", "created_at"],
                false,
            ),
            (
                "cycle_transaction_cycle",
                "cycle_transaction",
                &["cycle_id", "created_at"],
                false,
            ),
            (
                "cycle_step_data_step",
                "cycle_step_data",
                &["transaction_id", "step_id", "part"],
                true,
            ),
            (
                "cycle_item_transaction",
                "cycle_item",
                &["transaction_id", "started_at"],
                false,
            ),
            (
                "incident_account",
                "incident",
                &["account_id", "level", "created_at"],
                false,
            ),
            (
                "incident_cycle",
                "incident",
                &["cycle_id", "created_at"],
                false,
            ),
            (
                "webhook_request_cycle",
                "webhook_request",
                &["cycle_id", "received_at"],
                false,
            ),
            (
                "cycle_parking_key",
                "cycle_parking",
                &["step_id", "key_hash", "parked_at"],
                false,
            ),
            (
                "cycle_parking_transaction",
                "cycle_parking",
                &["transaction_id"],
                false,
            ),
        ] {
            let mut index = Index::create();
            index.name(name).table(table);
            for column in columns {
                index.col(*column);
            }
            if is_unique {
                index.unique();
            }
            manager.create_index(index).await?;
        }
        for statement in PARTIAL {
            manager
                .get_connection()
                .execute_unprepared(statement)
                .await?;
        }
        Ok(())
    }
}

/// A pass of data through a cycle: what the engine works on, and what stays of it for 13 months.
fn transaction() -> TableCreateStatement {
    Table::create()
        .table("cycle_transaction")
        .col(uuid("id").primary_key())
        .col(uuid("partner_id"))
        .col(uuid("account_id"))
        .col(uuid("cycle_id"))
        // Of the graph that it began with.
        .col(integer("version"))
        .col(uuid_null("parent_id"))
        .col(uuid("root_id"))
        // The step of the parent that it was split off at, and its number among those.
        .col(uuid_null("split_step"))
        .col(big_integer_null("split_index"))
        // The step whose data it sees in part: this part of the parent's, or this item of its list.
        .col(uuid_null("seen_step"))
        .col(text_null("seen_part"))
        .col(big_integer_null("seen_item"))
        // The last checkpoint of the parent whose data it sees.
        .col(integer("fork"))
        // The Wait All that began it, or what it came from.
        .col(uuid_null("joined_from"))
        .col(text("status"))
        .col(text_null("wait_reason"))
        .col(uuid_null("step_id"))
        // The step is done; what is left is to go on from it.
        .col(boolean("is_past"))
        .col(integer("attempt"))
        .col(integer("answered"))
        .col(timestamp_with_time_zone_null("due_at"))
        .col(small_integer("priority"))
        // From when a worker may take it: null for what nobody may take. For a leased one this is the end of the lease.
        .col(timestamp_with_time_zone_null("claim_at"))
        .col(uuid_null("lease_owner"))
        .col(timestamp_with_time_zone_null("lease_until"))
        .col(big_integer("epoch"))
        .col(integer("checkpoint"))
        // Claims since the last checkpoint that found a lease lapsed.
        .col(integer("recoveries"))
        // A call that must not be repeated blindly has begun and has no result yet.
        .col(boolean("is_uncertain"))
        // What it ends as at its next checkpoint, because somebody stopped it.
        .col(text_null("ends_as"))
        // The children that are being made.
        .col(json_null("plan"))
        .col(big_integer("children_made"))
        .col(integer("error_count"))
        .col(integer("warning_count"))
        .col(integer("tasks_used"))
        .col(integer("step_count"))
        .col(timestamp_with_time_zone("created_at"))
        .col(timestamp_with_time_zone_null("started_at"))
        .col(timestamp_with_time_zone_null("ended_at"))
        .col(timestamp_with_time_zone_null("paused_at"))
        // When its data is erased.
        .col(timestamp_with_time_zone_null("erase_at"))
        .col(boolean("is_erased"))
        .col(uuid_null("replayed_from"))
        .col(uuid_null("request_id"))
        // The slot of the schedule that it runs for.
        .col(timestamp_with_time_zone_null("slot_at"))
        .col(boolean("is_in_order"))
        .foreign_key(&mut goes_with("cycle_transaction", "cycle_id", "cycle"))
        .to_owned()
}

/// What steps gave.
fn step_data() -> TableCreateStatement {
    Table::create()
        .table("cycle_step_data")
        .col(uuid("id").primary_key())
        .col(uuid("partner_id"))
        .col(uuid("account_id"))
        .col(uuid("transaction_id"))
        .col(uuid("step_id"))
        // Empty for the whole; the exit that sees this part of it.
        .col(text("part"))
        // The checkpoint that it was written at.
        .col(integer("checkpoint"))
        .col(text_null("exit"))
        // The list that is split.
        .col(text_null("list"))
        .col(integer("requests"))
        .col(timestamp_with_time_zone("started_at"))
        .col(timestamp_with_time_zone("ended_at"))
        // LastSuccessfulRunDate before and after.
        .col(timestamp_with_time_zone_null("run_before"))
        .col(timestamp_with_time_zone_null("run_after"))
        .col(binary("sealed"))
        .foreign_key(&mut goes_with(
            "cycle_step_data",
            "transaction_id",
            "cycle_transaction",
        ))
        .to_owned()
}

/// What a step did in one attempt.
fn item() -> TableCreateStatement {
    Table::create()
        .table("cycle_item")
        .col(uuid("id").primary_key())
        .col(uuid("partner_id"))
        .col(uuid("account_id"))
        .col(uuid("transaction_id"))
        .col(uuid("step_id"))
        .col(text("step_name"))
        .col(text("action_type"))
        .col(text("status"))
        .col(integer("attempt"))
        .col(timestamp_with_time_zone("started_at"))
        .col(timestamp_with_time_zone_null("ended_at"))
        .col(text_null("level"))
        .col(text_null("message"))
        // Request and response; null when they are not kept any more.
        .col(binary_null("sealed"))
        .foreign_key(&mut goes_with(
            "cycle_item",
            "transaction_id",
            "cycle_transaction",
        ))
        .to_owned()
}

/// Errors and warnings.
fn incident() -> TableCreateStatement {
    Table::create()
        .table("incident")
        .col(uuid("id").primary_key())
        .col(uuid("partner_id"))
        .col(uuid("account_id"))
        .col(uuid("cycle_id"))
        .col(uuid_null("transaction_id"))
        .col(uuid_null("step_id"))
        .col(text_null("step_name"))
        .col(text("level"))
        .col(text("message"))
        .col(timestamp_with_time_zone("created_at"))
        // The detail; null when it is not kept any more.
        .col(binary_null("sealed"))
        .foreign_key(&mut goes_with("incident", "cycle_id", "cycle"))
        .to_owned()
}

/// Requests to webhook steps.
fn webhook_request() -> TableCreateStatement {
    Table::create()
        .table("webhook_request")
        .col(uuid("id").primary_key())
        .col(uuid("partner_id"))
        .col(uuid("account_id"))
        .col(uuid("cycle_id"))
        .col(uuid("step_id"))
        .col(timestamp_with_time_zone("received_at"))
        .col(text("method"))
        .col(text_null("content_type"))
        .col(big_integer("size"))
        .col(integer("status"))
        .col(boolean("is_sync"))
        // Nobody waits for its response any more.
        .col(timestamp_with_time_zone_null("closed_at"))
        // A mid-cycle request that no transaction waited for is kept until then, by this key and with this step data.
        .col(timestamp_with_time_zone_null("held_until"))
        .col(binary_null("key_hash"))
        .col(timestamp_with_time_zone_null("erase_at"))
        // Headers, query and body; null when they are not kept any more.
        .col(binary_null("sealed"))
        .col(binary_null("held"))
        .col(binary_null("response"))
        .foreign_key(&mut goes_with("webhook_request", "cycle_id", "cycle"))
        .to_owned()
}

/// Transactions that wait, or waited, for the request of a mid-cycle webhook.
fn parking() -> TableCreateStatement {
    Table::create()
        .table("cycle_parking")
        .col(uuid("id").primary_key())
        .col(uuid("partner_id"))
        .col(uuid("account_id"))
        .col(uuid("transaction_id"))
        .col(uuid("step_id"))
        .col(binary("key_hash"))
        // The last checkpoint whose data a repeated request continues with.
        .col(integer("checkpoint"))
        .col(timestamp_with_time_zone("parked_at"))
        .foreign_key(&mut goes_with(
            "cycle_parking",
            "transaction_id",
            "cycle_transaction",
        ))
        .to_owned()
}

/// Wait All steps that will begin a transaction when those before have ended.
fn join() -> TableCreateStatement {
    Table::create()
        .table("cycle_join")
        .col(uuid("cycle_id"))
        .col(uuid("step_id"))
        .col(uuid("partner_id"))
        .col(uuid("account_id"))
        .col(integer("version"))
        .col(timestamp_with_time_zone_null("armed_at"))
        .primary_key(Index::create().col("cycle_id").col("step_id"))
        .foreign_key(&mut goes_with("cycle_join", "cycle_id", "cycle"))
        .to_owned()
}

/// Account connectors whose provider takes no calls now.
fn block() -> TableCreateStatement {
    Table::create()
        .table("connector_block")
        .col(integer("account_connector_id").primary_key())
        .col(uuid("partner_id"))
        .col(uuid("account_id"))
        .col(timestamp_with_time_zone("until_at"))
        .col(big_integer("base_ms"))
        // How often it refused again after a block.
        .col(integer("rounds"))
        // How many wait for the end of the block.
        .col(integer("waiters"))
        // Somebody tries whether the block is over.
        .col(timestamp_with_time_zone_null("probe_until"))
        .foreign_key(&mut goes_with(
            "connector_block",
            "account_connector_id",
            "account_connector",
        ))
        .to_owned()
}
