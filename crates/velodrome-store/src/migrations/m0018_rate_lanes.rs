//! Rate limits counted over all nodes: when each is free again (cycles.md §11.7).

use sea_orm::{ConnectionTrait as _, DbBackend};
use sea_orm_migration::prelude::*;

/// The migration.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // What is lost with a crash is of no use a moment later, so PostgreSQL need not write it ahead. With
        // SQLite there is one node, which counts in memory.
        let kind = match manager.get_database_backend() {
            DbBackend::Postgres => "UNLOGGED TABLE",
            _ => "TABLE",
        };
        // Microseconds since 1970, by the database's clock.
        let create = format!(
            "CREATE {kind} rate_lane (account_connector_id integer NOT NULL, name text NOT NULL, \
             full_at bigint NOT NULL, PRIMARY KEY (account_connector_id, name))"
        );
        manager.get_connection().execute_unprepared(&create).await?;
        Ok(())
    }
}
