//! What has ended is compared with its transaction and summed.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::{
    ColumnTrait, ConnectionTrait as _, EntityTrait, FromQueryResult, QueryFilter, Statement, Value,
};
use uuid::Uuid;
use velodrome_model::{CycleId, TransactionId};

use super::{DONE, FAILED, LedgerRows, Mismatch, MismatchKind, figures, outcome_of, scope_of};
use crate::{StoreError, entity::ledger_entry};

/// What a turn did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Folded {
    /// Entries that were looked at; as many as were asked for when there are more.
    pub taken: u64,
    /// What differs.
    pub mismatches: Vec<Mismatch>,
}

#[derive(FromQueryResult)]
pub(super) struct EndedRow {
    pub transaction_id: Uuid,
    pub partner_id: Uuid,
    pub account_id: Uuid,
    pub cycle_id: Uuid,
    pub day: NaiveDate,
    pub outcome: i16,
    pub is_reopened: bool,
    /// None when the cycle is gone, and everything with it.
    pub cycle: Option<Uuid>,
    /// None when the transaction is gone.
    pub status: Option<String>,
    pub created_at: Option<DateTime<Utc>>,
    pub started_at: Option<DateTime<Utc>>,
    pub ended_at: Option<DateTime<Utc>>,
    pub error_count: Option<i32>,
}

/// The lock is on the entries alone: it keeps those away that would begin one again meanwhile.
const ENDED: &str = "SELECT e.transaction_id, e.partner_id, e.account_id, e.cycle_id, e.day, e.outcome, e.is_reopened, \
     c.id AS cycle, t.status, t.created_at, t.started_at, t.ended_at, t.error_count \
     FROM ledger_entry e LEFT JOIN cycle_transaction t ON t.id = e.transaction_id \
     LEFT JOIN cycle c ON c.id = e.cycle_id \
     WHERE e.outcome IS NOT NULL ORDER BY e.transaction_id LIMIT $1";

/// What is added to the sums of a day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Sums {
    pub accepted: i64,
    pub done: i64,
    pub failed: i64,
    pub lost: i64,
    pub ids: (i64, i64),
}

impl Sums {
    /// Adds an entry that has ended.
    fn add(&mut self, row: &EndedRow) {
        self.done += i64::from(row.outcome == DONE);
        self.failed += i64::from(row.outcome == FAILED);
        if row.is_reopened {
            // It was summed as accepted and failed before it was begun again.
            self.failed -= 1;
        } else {
            self.accepted += 1;
            self.toggle(row.transaction_id);
        }
    }

    pub fn toggle(&mut self, id: Uuid) {
        let (high, low) = halves(id);
        self.ids = (self.ids.0 ^ high, self.ids.1 ^ low);
    }
}

pub(super) fn halves(id: Uuid) -> (i64, i64) {
    let (high, low) = id.as_u64_pair();
    (high.cast_signed(), low.cast_signed())
}

/// An exclusive or, for SQLite has no operator for it.
const ADD: &str = "INSERT INTO ledger_day (cycle_id, day, partner_id, account_id, accepted, done, failed, lost, ids_high, ids_low) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) \
     ON CONFLICT (cycle_id, day) DO UPDATE SET \
     accepted = ledger_day.accepted + excluded.accepted, done = ledger_day.done + excluded.done, \
     failed = ledger_day.failed + excluded.failed, lost = ledger_day.lost + excluded.lost, \
     ids_high = (ledger_day.ids_high | excluded.ids_high) - (ledger_day.ids_high & excluded.ids_high), \
     ids_low = (ledger_day.ids_low | excluded.ids_low) - (ledger_day.ids_low & excluded.ids_low)";

/// A day of a cycle: partner, account, cycle, day.
pub(super) type DayOf = (Uuid, Uuid, Uuid, NaiveDate);

impl LedgerRows<'_> {
    /// Whether anything has ended that is not summed yet.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn has_ended(&self) -> Result<bool, StoreError> {
        use sea_orm::QuerySelect as _;
        let first: Option<Uuid> = ledger_entry::Entity::find()
            .select_only()
            .column(ledger_entry::Column::TransactionId)
            .filter(ledger_entry::Column::Outcome.is_not_null())
            .limit(1)
            .into_tuple()
            .one(self.unit.db())
            .await?;
        Ok(first.is_some())
    }

    /// Compares entries that have ended with their transactions, and sums those that agree.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn fold(&self, limit: u32) -> Result<Folded, StoreError> {
        let db = self.unit.db();
        let lock = match self.unit.is_sqlite() {
            true => "",
            false => " FOR UPDATE OF e SKIP LOCKED",
        };
        let statement = Statement::from_sql_and_values(
            db.get_database_backend(),
            format!("{ENDED}{lock}"),
            [Value::from(i64::from(limit))],
        );
        let rows = EndedRow::find_by_statement(statement).all(db).await?;
        let taken = rows.len() as u64;
        let mut mismatches = Vec::new();
        let mut agreed = Vec::with_capacity(rows.len());
        let mut gone = Vec::new();
        for row in rows {
            let differs = |kind: fn(TransactionId) -> MismatchKind| Mismatch {
                scope: scope_of(row.partner_id, row.account_id),
                cycle: CycleId(row.cycle_id),
                kind: kind(TransactionId(row.transaction_id)),
            };
            match (&row.cycle, &row.status) {
                (None, _) => gone.push(row.transaction_id),
                (_, None) => mismatches.push(differs(MismatchKind::TransactionLost)),
                (_, Some(status)) => {
                    if row.ended_at.is_some() && outcome_of(status) == row.outcome {
                        agreed.push(row);
                    } else {
                        mismatches.push(differs(MismatchKind::OutcomeDiffers));
                    }
                }
            }
        }
        figures::add(self.unit, &agreed).await?;
        let mut days: BTreeMap<DayOf, Sums> = BTreeMap::new();
        for row in &agreed {
            days.entry((row.partner_id, row.account_id, row.cycle_id, row.day))
                .or_default()
                .add(row);
        }
        for (day, sums) in days {
            self.add(day, sums).await?;
        }
        gone.extend(agreed.iter().map(|row| row.transaction_id));
        if !gone.is_empty() {
            ledger_entry::Entity::delete_many()
                .filter(ledger_entry::Column::TransactionId.is_in(gone))
                .exec(db)
                .await?;
        }
        Ok(Folded { taken, mismatches })
    }

    pub(super) async fn add(
        &self,
        (partner, account, cycle, day): DayOf,
        sums: Sums,
    ) -> Result<(), StoreError> {
        let db = self.unit.db();
        let values = [
            Value::from(cycle),
            Value::from(day),
            Value::from(partner),
            Value::from(account),
            Value::from(sums.accepted),
            Value::from(sums.done),
            Value::from(sums.failed),
            Value::from(sums.lost),
            Value::from(sums.ids.0),
            Value::from(sums.ids.1),
        ];
        let statement = Statement::from_sql_and_values(db.get_database_backend(), ADD, values);
        db.execute_raw(statement).await?;
        Ok(())
    }
}
