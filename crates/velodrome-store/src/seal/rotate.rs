//! Rotating the data key while everything runs.

use std::time::Duration;

use sea_orm::{ConnectionTrait, FromQueryResult, Statement, Value};
use velodrome_model::InstanceScope;

use super::{Place, Sealed};
use crate::{Store, StoreError};

/// Every column that holds sealed values: table, key column, column. A new one must be named here;
/// a test compares this list with the tables.
pub(crate) const SEALED_COLUMNS: &[(&str, &str, &str)] = &[
    ("outbox", "id", "sealed"),
    ("administrator", "id", "totp"),
    ("administrator", "id", "totp_pending"),
    ("oauth_client", "client_id", "secret"),
    ("partner", "id", "webhook_key"),
    ("connector_setup", "id", "sealed"),
    ("account_connector_property", "id", "sealed"),
    ("credential", "account_connector_id", "sealed"),
    ("authorisation", "state_hash", "sealed"),
    ("cycle_graph", "id", "sealed"),
    ("webhook_registration", "id", "sealed"),
];

// Data of transactions (`SHORT_LIVED` in the tests below) is not among them: there may be millions of rows,
// which retention erases within weeks, and former data keys are kept, so they open until then.

/// What a rotation did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rotation {
    /// The new data key.
    pub key: i32,
    /// Values sealed again under it.
    pub resealed: u64,
}

#[derive(FromQueryResult)]
struct SealedRow {
    key: String,
    value: Vec<u8>,
}

const BATCH: usize = 200;

/// How long running nodes need to read a new data key ([`SETTLED`](super::SETTLED)) and to seal under it.
pub const ROTATION_SETTLES: Duration = Duration::from_secs(6);

impl Store {
    /// Makes a new data key and seals every value again under it, a batch at a time, so that running
    /// nodes go on. `settle` is how long to wait in between, so that every node has read the new key and
    /// seals under it; [`ROTATION_SETTLES`] where nodes run. Former keys are kept: a value that a node
    /// sealed under one late still opens.
    ///
    /// # Errors
    /// When the database refuses or a value does not open; what was done stays done, and a second run
    /// goes on.
    pub async fn rotate_keys(&self, settle: Duration) -> Result<Rotation, StoreError> {
        let unit = self.begin(&InstanceScope).await?;
        let key = self
            .inner
            .sealer
            .add(unit.db(), self.inner.clock.as_ref())
            .await?;
        unit.commit().await?;
        tokio::time::sleep(settle).await;
        let mut resealed = 0;
        for (table, key_column, column) in SEALED_COLUMNS {
            resealed += self.reseal_column(key, table, key_column, column).await?;
        }
        Ok(Rotation { key, resealed })
    }

    async fn reseal_column(
        &self,
        key: i32,
        table: &'static str,
        key_column: &str,
        column: &'static str,
    ) -> Result<u64, StoreError> {
        let mut resealed = 0;
        let mut after = String::new();
        loop {
            // Table and column names come from the constant above, never from outside.
            let text_key = if self.is_sqlite() {
                row_key_sqlite(key_column)
            } else {
                format!("CAST({key_column} AS TEXT)")
            };
            let select = format!(
                "SELECT {text_key} AS key, {column} AS value FROM {table} WHERE {column} IS NOT NULL AND {text_key} > $1 \
                 ORDER BY 1 LIMIT {BATCH}"
            );
            // A unit takes the write lock at once: one that reads first could not write any more when
            // another process wrote meanwhile.
            let unit = self.begin(&InstanceScope).await?;
            let backend = unit.db().get_database_backend();
            let statement =
                Statement::from_sql_and_values(backend, select, [Value::from(after.clone())]);
            let rows = SealedRow::find_by_statement(statement)
                .all(unit.db())
                .await?;
            let Some(last) = rows.last() else {
                return Ok(resealed);
            };
            after.clone_from(&last.key);
            for row in rows {
                let place = Place::new(table, column, &row.key);
                let former = Sealed::from_bytes(row.value);
                let plain = self.inner.sealer.open(&place, &former)?;
                let sealed = self.inner.sealer.seal_under(key, &place, &plain)?;
                let update = format!(
                    "UPDATE {table} SET {column} = $1 WHERE {text_key} = $2 AND {column} = $3"
                );
                let values = [
                    Value::from(sealed.into_bytes()),
                    Value::from(row.key),
                    Value::from(former.into_bytes()),
                ];
                // A value that changed meanwhile is newer than this one and stays.
                resealed += unit
                    .db()
                    .execute_raw(Statement::from_sql_and_values(backend, update, values))
                    .await?
                    .rows_affected();
            }
            unit.commit().await?;
        }
    }
}

/// SQLite keeps UUIDs as 16 bytes; this is their hyphenated text, and any other key as it is.
fn row_key_sqlite(column: &str) -> String {
    format!(
        "CASE WHEN typeof({column}) = 'blob' THEN lower(substr(hex({column}),1,8)||'-'||substr(hex({column}),9,4)||'-'||\
         substr(hex({column}),13,4)||'-'||substr(hex({column}),17,4)||'-'||substr(hex({column}),21)) \
         ELSE CAST({column} AS TEXT) END"
    )
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, sync::Arc};

    use velodrome_model::{SecretString, SystemClock};

    use super::*;
    use crate::{Database, StoreOptions, seal::MasterKeys};

    /// Bytes that are no secret: hashes, and content that is not of a customer.
    const NOT_SEALED: &[(&str, &str)] = &[
        ("data_key", "sealed"),
        ("connector_release_content", "content"),
        ("custom_connector_release", "content"),
    ];

    /// Sealed, too many to be sealed again, and erased after at most 31 days (cycles.md §13).
    const SHORT_LIVED: &[(&str, &str)] = &[
        ("cycle_step_data", "sealed"),
        ("cycle_step_piece", "sealed"),
        ("cycle_page_mark", "sealed"),
        ("cycle_item", "sealed"),
        ("incident", "sealed"),
        ("webhook_request", "sealed"),
        ("webhook_request", "held"),
        ("webhook_request", "response"),
    ];

    async fn store(folder: &std::path::Path) -> Store {
        Store::open(StoreOptions {
            database: Database::Sqlite(folder.join("velodrome.db")),
            master_keys: MasterKeys::parse(&MasterKeys::generate()).unwrap(),
            clock: Arc::new(SystemClock),
            connections: 2,
        })
        .await
        .unwrap()
    }

    #[derive(FromQueryResult)]
    struct Column {
        table_name: String,
        column_name: String,
    }

    #[tokio::test]
    async fn every_column_of_sealed_values_is_rotated() {
        let folder = tempfile::tempdir().unwrap();
        let store = store(folder.path()).await;
        let columns = "SELECT m.name AS table_name, c.name AS column_name FROM sqlite_master m, pragma_table_info(m.name) c \
             WHERE m.type = 'table' AND lower(c.type) LIKE '%blob%' AND c.name NOT LIKE '%hash'";
        let backend = store.writer().get_database_backend();
        let columns = Column::find_by_statement(Statement::from_string(backend, columns))
            .all(store.writer())
            .await
            .unwrap();

        let found: BTreeSet<(&str, &str)> = columns
            .iter()
            .map(|column| (column.table_name.as_str(), column.column_name.as_str()))
            .filter(|column| !NOT_SEALED.contains(column) && !SHORT_LIVED.contains(column))
            .collect();
        let known: BTreeSet<(&str, &str)> = SEALED_COLUMNS
            .iter()
            .map(|(table, _, column)| (*table, *column))
            .collect();
        assert_eq!(found, known);
    }

    #[tokio::test]
    async fn a_new_key_is_known_before_anything_is_sealed_under_it() {
        let folder = tempfile::tempdir().unwrap();
        let store = store(folder.path()).await;
        let place = Place::new("outbox", "sealed", 1);

        let rotation = store.rotate_keys(Duration::ZERO).await.unwrap();

        let value = SecretString::from("value");
        let now = store.inner.sealer.seal(&place, &value).unwrap();
        let ahead = store
            .inner
            .sealer
            .seal_under(rotation.key, &place, &value)
            .unwrap();
        assert_eq!((now.key_id().unwrap(), ahead.key_id().unwrap()), (1, 2));
        assert!(store.inner.sealer.open(&place, &ahead).is_ok());
    }
}
