//! The ledger: what was accepted, and what became of it, kept apart from the transactions themselves.

use sea_orm_migration::{prelude::*, schema::*, sea_orm::DbBackend};

/// The migration.
#[derive(DeriveMigrationName)]
pub struct Migration;

/// Of the many entries only few have ended and are not summed yet.
const PARTIAL: &[&str] = &[
    "CREATE INDEX ledger_entry_ended ON ledger_entry (transaction_id) WHERE outcome IS NOT NULL",
    "CREATE INDEX ledger_alarm_open ON ledger_alarm (partner_id, found_at) WHERE acknowledged_at IS NULL",
];

/// The database writes the entries itself, so that no statement, of this release or of another that runs
/// beside it, can begin or end a transaction without them. An end of what the ledger does not know adds
/// nothing: that is found as a mismatch.
const SQLITE: &[&str] = &[
    "CREATE TRIGGER ledger_accepted AFTER INSERT ON cycle_transaction BEGIN \
       INSERT INTO ledger_entry (transaction_id, partner_id, account_id, cycle_id, day, outcome, is_reopened) \
       VALUES (NEW.id, NEW.partner_id, NEW.account_id, NEW.cycle_id, substr(NEW.created_at, 1, 10), NULL, FALSE) \
       ON CONFLICT (transaction_id) DO NOTHING; END",
    "CREATE TRIGGER ledger_ended AFTER UPDATE OF ended_at ON cycle_transaction \
       WHEN OLD.ended_at IS NULL AND NEW.ended_at IS NOT NULL BEGIN \
       UPDATE ledger_entry SET outcome = CASE NEW.status WHEN 'Completed' THEN 1 ELSE 2 END \
       WHERE transaction_id = NEW.id; END",
    "CREATE TRIGGER ledger_reopened AFTER UPDATE OF ended_at ON cycle_transaction \
       WHEN OLD.ended_at IS NOT NULL AND NEW.ended_at IS NULL BEGIN \
       INSERT INTO ledger_entry (transaction_id, partner_id, account_id, cycle_id, day, outcome, is_reopened) \
       VALUES (NEW.id, NEW.partner_id, NEW.account_id, NEW.cycle_id, substr(NEW.created_at, 1, 10), NULL, TRUE) \
       ON CONFLICT (transaction_id) DO UPDATE SET outcome = NULL; END",
];

const POSTGRES: &[&str] = &[
    "CREATE FUNCTION ledger_note() RETURNS trigger LANGUAGE plpgsql AS $note$ BEGIN \
       IF TG_OP = 'INSERT' THEN \
         INSERT INTO ledger_entry (transaction_id, partner_id, account_id, cycle_id, day, outcome, is_reopened) \
         VALUES (NEW.id, NEW.partner_id, NEW.account_id, NEW.cycle_id, (NEW.created_at AT TIME ZONE 'UTC')::date, NULL, FALSE) \
         ON CONFLICT (transaction_id) DO NOTHING; \
       ELSIF NEW.ended_at IS NOT NULL THEN \
         UPDATE ledger_entry SET outcome = CASE NEW.status WHEN 'Completed' THEN 1 ELSE 2 END \
         WHERE transaction_id = NEW.id; \
       ELSE \
         INSERT INTO ledger_entry (transaction_id, partner_id, account_id, cycle_id, day, outcome, is_reopened) \
         VALUES (NEW.id, NEW.partner_id, NEW.account_id, NEW.cycle_id, (NEW.created_at AT TIME ZONE 'UTC')::date, NULL, TRUE) \
         ON CONFLICT (transaction_id) DO UPDATE SET outcome = NULL; \
       END IF; \
       RETURN NULL; END $note$",
    "CREATE TRIGGER ledger_accepted AFTER INSERT ON cycle_transaction \
       FOR EACH ROW EXECUTE FUNCTION ledger_note()",
    "CREATE TRIGGER ledger_ended AFTER UPDATE OF ended_at ON cycle_transaction \
       FOR EACH ROW WHEN ((OLD.ended_at IS NULL) <> (NEW.ended_at IS NULL)) EXECUTE FUNCTION ledger_note()",
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in [entry(), day(), alarm(), cursor()] {
            manager.create_table(table).await?;
        }
        for (name, table, columns) in [
            (
                "ledger_entry_cycle",
                "ledger_entry",
                &["account_id", "cycle_id", "day"][..],
            ),
            ("ledger_day_account", "ledger_day", &["account_id"]),
            (
                "ledger_alarm_partner",
                "ledger_alarm",
                &["partner_id", "found_at"],
            ),
        ] {
            let mut index = Index::create();
            index.name(name).table(table);
            for column in columns {
                index.col(*column);
            }
            manager.create_index(index).await?;
        }
        let same = Index::create()
            .name("ledger_alarm_subject")
            .table("ledger_alarm")
            .col("cycle_id")
            .col("kind")
            .col("subject")
            .unique()
            .to_owned();
        manager.create_index(same).await?;
        // How many transactions a request began; null for one that continued some, or came before this.
        let begun = Table::alter()
            .table("webhook_request")
            .add_column(integer_null("begun"))
            .to_owned();
        manager.alter_table(begun).await?;

        let db = manager.get_connection();
        let is_sqlite = db.get_database_backend() == DbBackend::Sqlite;
        let created = match is_sqlite {
            true => "substr(created_at, 1, 10)",
            false => "(created_at AT TIME ZONE 'UTC')::date",
        };
        // What is there already is taken for accepted; what of it has ended is summed like everything else.
        let there = format!(
            "INSERT INTO ledger_entry (transaction_id, partner_id, account_id, cycle_id, day, outcome, is_reopened) \
             SELECT id, partner_id, account_id, cycle_id, {created}, \
             CASE WHEN ended_at IS NULL THEN NULL WHEN status = 'Completed' THEN 1 ELSE 2 END, FALSE \
             FROM cycle_transaction"
        );
        db.execute_unprepared(&there).await?;
        let triggers = match is_sqlite {
            true => SQLITE,
            false => POSTGRES,
        };
        for statement in PARTIAL.iter().chain(triggers) {
            db.execute_unprepared(statement).await?;
        }
        Ok(())
    }
}

/// Transactions that have not ended, and those that have and are not summed yet. Appended to and changed by
/// the unit that begins or ends the transaction, each its own row, so nobody waits for anybody.
fn entry() -> TableCreateStatement {
    Table::create()
        .table("ledger_entry")
        .col(uuid("transaction_id").primary_key())
        .col(uuid("partner_id"))
        .col(uuid("account_id"))
        .col(uuid("cycle_id"))
        // When the transaction was made, UTC.
        .col(date("day"))
        // Null while it waits; 1 done, 2 failed.
        .col(small_integer_null("outcome"))
        // It is summed as accepted and failed already, and was begun again.
        .col(boolean("is_reopened"))
        .to_owned()
}

/// Sums of what has ended, by the day on which it was made.
fn day() -> TableCreateStatement {
    Table::create()
        .table("ledger_day")
        .col(uuid("cycle_id"))
        .col(date("day"))
        .col(uuid("partner_id"))
        .col(uuid("account_id"))
        .col(big_integer("accepted"))
        .col(big_integer("done"))
        .col(big_integer("failed"))
        // Accepted, and not there any more.
        .col(big_integer("lost"))
        // The ids, exclusive-ored: they tell which one is missing.
        .col(big_integer("ids_high"))
        .col(big_integer("ids_low"))
        .primary_key(Index::create().col("cycle_id").col("day"))
        .to_owned()
}

/// Mismatches.
fn alarm() -> TableCreateStatement {
    Table::create()
        .table("ledger_alarm")
        .col(uuid("id").primary_key())
        .col(uuid("partner_id"))
        .col(uuid("account_id"))
        .col(uuid("cycle_id"))
        .col(text("kind"))
        // What it is about, so that it is told once.
        .col(text("subject"))
        .col(uuid_null("transaction_id"))
        .col(uuid_null("request_id"))
        .col(text("detail"))
        .col(timestamp_with_time_zone("found_at"))
        .col(timestamp_with_time_zone_null("acknowledged_at"))
        .col(text_null("acknowledged_by"))
        .to_owned()
}

/// How far the reconciler has come.
fn cursor() -> TableCreateStatement {
    Table::create()
        .table("ledger_cursor")
        .col(text("name").primary_key())
        .col(text("value"))
        .to_owned()
}
