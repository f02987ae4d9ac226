//! Rotating the data key while everything runs.

use sea_orm::{ConnectionTrait, FromQueryResult, Statement, TransactionTrait, Value};
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
];

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

impl Store {
    /// Makes a new data key and seals every value again under it, a batch at a time, so that running
    /// nodes go on. Former keys are kept: a value that a node seals under one meanwhile still opens.
    ///
    /// # Errors
    /// When the database refuses or a value does not open; what was done stays done, and a second run
    /// goes on.
    pub async fn rotate_keys(&self) -> Result<Rotation, StoreError> {
        let unit = self.begin(&InstanceScope).await?;
        let key = self
            .inner
            .sealer
            .add(unit.db(), self.inner.clock.as_ref())
            .await?;
        unit.commit().await?;
        let mut resealed = 0;
        for (table, key_column, column) in SEALED_COLUMNS {
            resealed += self.reseal_column(table, key_column, column).await?;
        }
        Ok(Rotation { key, resealed })
    }

    async fn reseal_column(
        &self,
        table: &'static str,
        key_column: &str,
        column: &'static str,
    ) -> Result<u64, StoreError> {
        let db = self.writer();
        let backend = db.get_database_backend();
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
            let transaction = db.begin().await?;
            let statement =
                Statement::from_sql_and_values(backend, select, [Value::from(after.clone())]);
            let rows = SealedRow::find_by_statement(statement)
                .all(&transaction)
                .await?;
            let Some(last) = rows.last() else {
                return Ok(resealed);
            };
            after.clone_from(&last.key);
            for row in rows {
                let place = Place::new(table, column, &row.key);
                let former = Sealed::from_bytes(row.value);
                let plain = self.inner.sealer.open(&place, &former)?;
                let sealed = self.inner.sealer.seal(&place, &plain)?;
                let update = format!(
                    "UPDATE {table} SET {column} = $1 WHERE {text_key} = $2 AND {column} = $3"
                );
                let values = [
                    Value::from(sealed.into_bytes()),
                    Value::from(row.key),
                    Value::from(former.into_bytes()),
                ];
                // A value that changed meanwhile is newer than this one and stays.
                resealed += transaction
                    .execute_raw(Statement::from_sql_and_values(backend, update, values))
                    .await?
                    .rows_affected();
            }
            transaction.commit().await?;
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
