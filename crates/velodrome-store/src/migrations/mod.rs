//! Migrations: small, forward only, the same for both databases, never edited once released.

mod m0001_instance;
mod m0002_partners;
mod m0003_connectors;
mod m0004_instance_settings;
mod m0005_category_copies;
mod m0006_custom_connectors;
mod m0007_script_storage;
mod m0008_found_fields;
mod m0009_ends_told;
mod m0010_cycles;
mod m0011_runs;
mod m0012_utility_data;
mod m0013_hooks;
mod m0014_ledger;
mod m0015_run_figures;
mod m0016_template_upgrades;
mod m0017_step_pieces;
mod m0018_rate_lanes;
mod m0019_page_marks;

use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, TransactionTrait};
use sea_orm_migration::{
    MigrationTrait, MigratorTrait,
    prelude::{ForeignKey, ForeignKeyAction, ForeignKeyCreateStatement},
};

use crate::StoreError;

/// All migrations in order.
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m0001_instance::Migration),
            Box::new(m0002_partners::Migration),
            Box::new(m0003_connectors::Migration),
            Box::new(m0004_instance_settings::Migration),
            Box::new(m0005_category_copies::Migration),
            Box::new(m0006_custom_connectors::Migration),
            Box::new(m0007_script_storage::Migration),
            Box::new(m0008_found_fields::Migration),
            Box::new(m0009_ends_told::Migration),
            Box::new(m0010_cycles::Migration),
            Box::new(m0011_runs::Migration),
            Box::new(m0012_utility_data::Migration),
            Box::new(m0013_hooks::Migration),
            Box::new(m0014_ledger::Migration),
            Box::new(m0015_run_figures::Migration),
            Box::new(m0016_template_upgrades::Migration),
            Box::new(m0017_step_pieces::Migration),
            Box::new(m0018_rate_lanes::Migration),
            Box::new(m0019_page_marks::Migration),
        ]
    }
}

/// A number of our own for PostgreSQL's advisory locks.
const LOCK: i64 = 0x7665_6c6f;

/// Runs what is pending; a lock lets one node do it while the others wait.
pub async fn run(db: &DatabaseConnection) -> Result<(), StoreError> {
    if db.get_database_backend() == DbBackend::Postgres {
        let lock = db.begin().await?;
        // It waits for as long as the migrations take, on a connection of its own.
        lock.execute_unprepared("SET LOCAL idle_in_transaction_session_timeout = 0")
            .await?;
        lock.execute_unprepared(&format!("SELECT pg_advisory_xact_lock({LOCK})"))
            .await?;
        Migrator::up(db, None).await?;
        lock.commit().await?;
        return Ok(());
    }
    Migrator::up(db, None).await?;
    Ok(())
}

/// Names of what [`run`] would run.
pub async fn pending(db: &DatabaseConnection) -> Result<Vec<String>, StoreError> {
    let pending = Migrator::get_pending_migrations(db).await?;
    Ok(pending
        .iter()
        .map(|migration| migration.name().to_owned())
        .collect())
}

/// A row goes with the one whose id its column names.
fn goes_with(
    table: &'static str,
    column: &'static str,
    of: &'static str,
) -> ForeignKeyCreateStatement {
    ForeignKey::create()
        .from_tbl(table)
        .from_col(column)
        .to_tbl(of)
        .to_col("id")
        .on_delete(ForeignKeyAction::Cascade)
        .to_owned()
}
