//! The ledger compared with the rows, so many at a time, round and round.

use chrono::{NaiveDate, TimeDelta};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait as _, EntityTrait, FromQueryResult, QueryFilter,
    Statement, Value, sea_query::OnConflict,
};
use uuid::Uuid;
use velodrome_model::{CycleId, TransactionId, WebhookRequestId};

use super::{LedgerRows, Mismatch, MismatchKind, scope_of, within_day};
use crate::{
    StoreError,
    entity::{ledger_cursor, ledger_day, ledger_entry},
};

/// Requests of the last minute are left alone: ids grow with time, but one may be committed a little after
/// a later one.
const SETTLED: TimeDelta = TimeDelta::minutes(1);

/// What is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Check {
    /// Entries that wait, with the transactions that they are for.
    Waiting,
    /// Sums of days, with the transactions that were made then.
    Days,
    /// Webhook requests, with what they began.
    Requests,
}

impl Check {
    /// All.
    pub const ALL: [Self; 3] = [Self::Waiting, Self::Days, Self::Requests];

    /// What its cursor is called.
    pub fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Days => "days",
            Self::Requests => "requests",
        }
    }
}

/// What a turn of a check found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Checked {
    /// Rows that were compared.
    pub taken: u64,
    /// What differs.
    pub mismatches: Vec<Mismatch>,
    /// Where the next turn begins; empty is the beginning.
    pub next: String,
    /// What belongs to cycles that are deleted, or to days past their retention, and can go.
    pub(super) gone: Gone,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Gone {
    pub entries: Vec<Uuid>,
    pub days: Vec<(Uuid, NaiveDate)>,
}

#[derive(FromQueryResult)]
struct WaitingRow {
    transaction_id: Uuid,
    partner_id: Uuid,
    account_id: Uuid,
    cycle_id: Uuid,
    cycle: Option<Uuid>,
    status: Option<String>,
    has_ended: bool,
}

/// One statement, so that entry and transaction are seen as they were together.
const WAITING: &str = "SELECT e.transaction_id, e.partner_id, e.account_id, e.cycle_id, c.id AS cycle, t.status, \
     (t.ended_at IS NOT NULL) AS has_ended \
     FROM ledger_entry e LEFT JOIN cycle_transaction t ON t.id = e.transaction_id \
     LEFT JOIN cycle c ON c.id = e.cycle_id \
     WHERE e.transaction_id > $1 AND e.outcome IS NULL ORDER BY e.transaction_id LIMIT $2";

#[derive(FromQueryResult)]
struct DayRow {
    cycle_id: Uuid,
    day: NaiveDate,
    partner_id: Uuid,
    account_id: Uuid,
    accepted: i64,
    done: i64,
    failed: i64,
    lost: i64,
    ids_high: i64,
    ids_low: i64,
    cycle: Option<Uuid>,
    there: i64,
    live: i64,
}

#[derive(FromQueryResult)]
struct RequestRow {
    id: Uuid,
    partner_id: Uuid,
    account_id: Uuid,
    cycle_id: Uuid,
    begun: Option<i32>,
    found: i64,
}

const REQUESTS: &str = "SELECT r.id, r.partner_id, r.account_id, r.cycle_id, r.begun, \
     (SELECT COUNT(*) FROM cycle_transaction t WHERE t.request_id = r.id AND t.parent_id IS NULL) AS found \
     FROM webhook_request r WHERE r.id > $1 AND r.received_at < $2 ORDER BY r.id LIMIT $3";

/// What the transactions of a day say.
pub(super) struct Recount {
    pub done: i64,
    pub failed: i64,
    pub ids: (i64, i64),
}

#[derive(FromQueryResult)]
struct CountedRow {
    id: Uuid,
    status: String,
    is_live: bool,
}

/// Beyond this many of one day they are counted, but not named.
const MOST_NAMED: i64 = 500_000;

impl LedgerRows<'_> {
    /// Compares the next rows. Only reads: what it finds is for [`LedgerRows::raise`].
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn check(
        &self,
        check: Check,
        after: &str,
        limit: u32,
    ) -> Result<Checked, StoreError> {
        let mut checked = match check {
            Check::Waiting => self.check_waiting(after, limit).await?,
            Check::Days => self.check_days(after, limit).await?,
            Check::Requests => self.check_requests(after, limit).await?,
        };
        // Requests are looked at once: what comes is after what was.
        if checked.taken < u64::from(limit) && check != Check::Requests {
            checked.next = String::new();
        }
        Ok(checked)
    }

    async fn check_waiting(&self, after: &str, limit: u32) -> Result<Checked, StoreError> {
        let db = self.unit.db();
        let after = after.parse().unwrap_or(Uuid::nil());
        let values = [Value::from(after), Value::from(i64::from(limit))];
        let statement = Statement::from_sql_and_values(db.get_database_backend(), WAITING, values);
        let rows = WaitingRow::find_by_statement(statement).all(db).await?;
        let mut checked = Checked {
            taken: rows.len() as u64,
            next: rows
                .last()
                .map(|row| row.transaction_id.to_string())
                .unwrap_or_default(),
            ..Checked::default()
        };
        for row in rows {
            let id = TransactionId(row.transaction_id);
            let kind = match (row.cycle, row.status) {
                (None, _) => {
                    checked.gone.entries.push(row.transaction_id);
                    continue;
                }
                (_, None) => MismatchKind::TransactionLost(id),
                (_, Some(_)) if row.has_ended => MismatchKind::OutcomeDiffers(id),
                _ => continue,
            };
            checked.mismatches.push(Mismatch {
                scope: scope_of(row.partner_id, row.account_id),
                cycle: CycleId(row.cycle_id),
                kind,
            });
        }
        Ok(checked)
    }

    async fn check_days(&self, after: &str, limit: u32) -> Result<Checked, StoreError> {
        let db = self.unit.db();
        let (cycle, day) = after.split_once(' ').unwrap_or_default();
        let values = [
            Value::from(cycle.parse().unwrap_or(Uuid::nil())),
            Value::from(day.parse().unwrap_or(first())),
            Value::from(i64::from(limit)),
        ];
        let within = within_day(self.unit.is_sqlite());
        let sql = format!(
            "SELECT d.cycle_id, d.day, d.partner_id, d.account_id, d.accepted, d.done, d.failed, d.lost, \
             d.ids_high, d.ids_low, c.id AS cycle, \
             (SELECT COUNT(*) FROM cycle_transaction t WHERE t.cycle_id = d.cycle_id AND {within}) AS there, \
             (SELECT COUNT(*) FROM ledger_entry e WHERE e.account_id = d.account_id AND e.cycle_id = d.cycle_id \
             AND e.day = d.day AND NOT e.is_reopened) AS live \
             FROM ledger_day d LEFT JOIN cycle c ON c.id = d.cycle_id \
             WHERE (d.cycle_id, d.day) > ($1, $2) ORDER BY d.cycle_id, d.day LIMIT $3"
        );
        let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
        let rows = DayRow::find_by_statement(statement).all(db).await?;
        let mut checked = Checked {
            taken: rows.len() as u64,
            next: rows
                .last()
                .map(|row| format!("{} {}", row.cycle_id, row.day))
                .unwrap_or_default(),
            ..Checked::default()
        };
        for row in rows {
            if row.cycle.is_none() || row.day < self.first_day() {
                checked.gone.days.push((row.cycle_id, row.day));
                continue;
            }
            if let Some(kind) = self.differing(&row).await? {
                checked.mismatches.push(Mismatch {
                    scope: scope_of(row.partner_id, row.account_id),
                    cycle: CycleId(row.cycle_id),
                    kind,
                });
            }
        }
        Ok(checked)
    }

    async fn differing(&self, row: &DayRow) -> Result<Option<MismatchKind>, StoreError> {
        let day = row.day;
        let adds_up = row.accepted == row.done + row.failed + row.lost;
        let missing = row.accepted + row.live - row.lost - row.there;
        if adds_up && missing == 0 {
            return Ok(None);
        }
        if adds_up && missing > 0 {
            let one = match missing {
                1 => self.missing_one(row).await?,
                _ => None,
            };
            return Ok(Some(MismatchKind::TransactionsMissing {
                day,
                missing,
                one: one.map(TransactionId),
            }));
        }
        let detail = format!(
            "accepted {}, done {}, failed {}, lost {}; {} are there, of which {} are not summed yet",
            row.accepted, row.done, row.failed, row.lost, row.there, row.live
        );
        Ok(Some(MismatchKind::CounterDiffers { day, detail }))
    }

    /// The id that is left over when those that are there are taken from all.
    async fn missing_one(&self, row: &DayRow) -> Result<Option<Uuid>, StoreError> {
        if row.there > MOST_NAMED {
            return Ok(None);
        }
        let recount = self.recount(row.cycle_id, row.day).await?;
        let (high, low) = (recount.ids.0 ^ row.ids_high, recount.ids.1 ^ row.ids_low);
        let id = Uuid::from_u64_pair(high.cast_unsigned(), low.cast_unsigned());
        Ok((id.get_version_num() == 7).then_some(id))
    }

    /// What the transactions of a day say that are summed.
    pub(super) async fn recount(&self, cycle: Uuid, day: NaiveDate) -> Result<Recount, StoreError> {
        let db = self.unit.db();
        let within = within_day(self.unit.is_sqlite());
        let sql = format!(
            "SELECT t.id, t.status, (e.transaction_id IS NOT NULL) AS is_live \
             FROM ledger_day d JOIN cycle_transaction t ON t.cycle_id = d.cycle_id AND {within} \
             LEFT JOIN ledger_entry e ON e.transaction_id = t.id \
             WHERE d.cycle_id = $1 AND d.day = $2 AND (e.transaction_id IS NULL OR e.is_reopened)"
        );
        let values = [Value::from(cycle), Value::from(day)];
        let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
        let mut sums = super::fold::Sums::default();
        for row in CountedRow::find_by_statement(statement).all(db).await? {
            // One that was begun again is summed as failed until it is closed once more.
            let is_done = !row.is_live && super::outcome_of(&row.status) == super::DONE;
            sums.done += i64::from(is_done);
            sums.failed += i64::from(!is_done);
            sums.toggle(row.id);
        }
        Ok(Recount {
            done: sums.done,
            failed: sums.failed,
            ids: sums.ids,
        })
    }

    async fn check_requests(&self, after: &str, limit: u32) -> Result<Checked, StoreError> {
        let db = self.unit.db();
        let values = [
            Value::from(after.parse().unwrap_or(Uuid::nil())),
            Value::from(self.unit.now() - SETTLED),
            Value::from(i64::from(limit)),
        ];
        let statement = Statement::from_sql_and_values(db.get_database_backend(), REQUESTS, values);
        let rows = RequestRow::find_by_statement(statement).all(db).await?;
        let next = match rows.last() {
            Some(row) => row.id.to_string(),
            None => after.to_owned(),
        };
        let mut checked = Checked {
            taken: rows.len() as u64,
            next,
            ..Checked::default()
        };
        for row in rows {
            let Some(begun) = row.begun.map(i64::from).filter(|begun| *begun != row.found) else {
                continue;
            };
            checked.mismatches.push(Mismatch {
                scope: scope_of(row.partner_id, row.account_id),
                cycle: CycleId(row.cycle_id),
                kind: MismatchKind::RequestLost {
                    request: WebhookRequestId(row.id),
                    begun,
                    found: row.found,
                },
            });
        }
        Ok(checked)
    }

    /// How far a check has come.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn cursor(&self, check: Check) -> Result<String, StoreError> {
        let row = ledger_cursor::Entity::find_by_id(check.name())
            .one(self.unit.db())
            .await?;
        Ok(row.map(|row| row.value).unwrap_or_default())
    }

    /// Notes how far a check has come, and removes what belongs to nothing any more.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn advance(&self, check: Check, checked: &Checked) -> Result<(), StoreError> {
        let db = self.unit.db();
        let replace = OnConflict::column(ledger_cursor::Column::Name)
            .update_column(ledger_cursor::Column::Value)
            .to_owned();
        ledger_cursor::Entity::insert(ledger_cursor::ActiveModel {
            name: Set(check.name().to_owned()),
            value: Set(checked.next.clone()),
        })
        .on_conflict(replace)
        .exec_without_returning(db)
        .await?;
        if !checked.gone.entries.is_empty() {
            ledger_entry::Entity::delete_many()
                .filter(
                    ledger_entry::Column::TransactionId.is_in(checked.gone.entries.iter().copied()),
                )
                .exec(db)
                .await?;
        }
        for (cycle, day) in &checked.gone.days {
            ledger_day::Entity::delete_by_id((*cycle, *day))
                .exec(db)
                .await?;
        }
        Ok(())
    }
}

impl Checked {
    /// Whether there is anything to be written.
    pub fn is_quiet(&self) -> bool {
        self.mismatches.is_empty() && self.gone == Gone::default()
    }
}

/// Before every day that there is.
fn first() -> NaiveDate {
    NaiveDate::from_ymd_opt(1, 1, 1).unwrap_or(NaiveDate::MIN)
}
