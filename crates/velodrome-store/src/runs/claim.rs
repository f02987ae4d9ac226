//! Leases: who works on which transaction, until when (cycles.md §11.2).

use std::sync::LazyLock;

use chrono::TimeDelta;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait as _, EntityTrait, FromQueryResult, QueryFilter,
    Statement, Value,
};
use uuid::Uuid;
use velodrome_model::{
    AccountId, AccountScope, PartnerId, TransactionId, cycle::TransactionStatus,
};

use super::{EngineRows, Hold, Priority, Transaction};
use crate::{
    StoreError,
    entity::cycle_transaction,
    faults::{self, Mistake},
};

/// An account with something to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ReadyAccount(
    /// The account.
    pub AccountScope,
);

/// An account, and how many of its transactions are leased.
#[derive(FromQueryResult)]
struct LeasedRow {
    is_suspended: bool,
    concurrent_limit: Option<i32>,
    leased: i64,
}

const LEASED: &str = "SELECT a.is_suspended AS is_suspended, a.concurrent_limit AS concurrent_limit, \
     (SELECT COUNT(*) FROM cycle_transaction t WHERE t.account_id = a.id AND t.lease_until > $3) AS leased \
     FROM account a WHERE a.id = $1 AND a.partner_id = $2";

static CLAIM_ALONE: LazyLock<String> = LazyLock::new(|| claim_with(""));
static CLAIM_LOCKED: LazyLock<String> = LazyLock::new(|| claim_with(" FOR UPDATE SKIP LOCKED"));

/// Claims with one statement. Each priority is looked at by itself, so that the index gives the oldest of it
/// without walking over those that wait.
fn claim_with(lock: &str) -> String {
    let of = |priority: Priority| {
        let number = priority.number();
        format!(
            "SELECT * FROM (SELECT id, priority, claim_at FROM cycle_transaction \
             WHERE account_id = $1 AND priority = {number} AND claim_at <= $2 \
             ORDER BY claim_at, id LIMIT $3{lock}) AS of_{number}"
        )
    };
    let ready = Priority::ALL.map(of).join(" UNION ALL ");
    format!(
        "WITH ready AS MATERIALIZED (SELECT id FROM ({ready}) AS every ORDER BY priority, claim_at, id LIMIT $3) \
         UPDATE cycle_transaction SET \
         recoveries = recoveries + CASE WHEN status = $4 THEN 1 ELSE 0 END, \
         status = $4, claim_at = $5, lease_until = $5, lease_owner = $6, epoch = epoch + 1 \
         WHERE id IN (SELECT id FROM ready) RETURNING *"
    )
}

#[derive(FromQueryResult)]
struct ScopeRow {
    id: Uuid,
    partner_id: Uuid,
}

/// Walks the index from account to account, so that a long queue of one costs no more than a short one.
const READY: &str = "WITH RECURSIVE ready(account_id) AS ( \
     SELECT * FROM (SELECT t.account_id FROM cycle_transaction t WHERE t.claim_at IS NOT NULL \
                    ORDER BY t.account_id LIMIT 1) AS first \
     UNION ALL \
     SELECT (SELECT t.account_id FROM cycle_transaction t \
             WHERE t.claim_at IS NOT NULL AND t.account_id > ready.account_id \
             ORDER BY t.account_id LIMIT 1) \
     FROM ready WHERE ready.account_id IS NOT NULL) \
   SELECT a.id AS id, a.partner_id AS partner_id FROM ready JOIN account a ON a.id = ready.account_id \
   WHERE a.is_suspended = $1 AND EXISTS (SELECT 1 FROM cycle_transaction t WHERE t.account_id = a.id \
         AND t.priority IN (0, 1, 2, 3, 4) AND t.claim_at <= $2)";

impl EngineRows<'_> {
    /// Accounts, not suspended, that have something a worker may take now.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn ready_accounts(&self) -> Result<Vec<ReadyAccount>, StoreError> {
        let db = self.unit.db();
        let values = [Value::from(false), Value::from(self.unit.now())];
        let statement = Statement::from_sql_and_values(db.get_database_backend(), READY, values);
        let rows = ScopeRow::find_by_statement(statement).all(db).await?;
        let scope = |row: ScopeRow| {
            ReadyAccount(AccountScope {
                partner: PartnerId(row.partner_id),
                account: AccountId(row.id),
            })
        };
        Ok(rows.into_iter().map(scope).collect())
    }

    /// Claims up to `most` transactions of an account, as many as its limit leaves room for: those that
    /// somebody waits for first, then the oldest. `limit` is the partner's; an account's own may be less.
    ///
    /// On PostgreSQL one node at a time claims for an account, so that the limit holds over all of them; the
    /// others get nothing and look again.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn claim(
        &self,
        (owner, lease): (Uuid, TimeDelta),
        of: AccountScope,
        most: u64,
        limit: u64,
    ) -> Result<Vec<Transaction>, StoreError> {
        if !self.unit.try_lock(number_of(of.account.0)).await? {
            return Ok(Vec::new());
        }
        let (db, now) = (self.unit.db(), self.unit.now());
        let values = [
            Value::from(of.account.0),
            Value::from(of.partner.0),
            Value::from(now),
        ];
        let statement = Statement::from_sql_and_values(db.get_database_backend(), LEASED, values);
        let account = LeasedRow::find_by_statement(statement).one(db).await?;
        let Some(account) = account.filter(|account| !account.is_suspended) else {
            return Ok(Vec::new());
        };
        let own = account
            .concurrent_limit
            .and_then(|own| u64::try_from(own).ok());
        let limit = Ord::max(own.map_or(limit, |own| Ord::min(own, limit)), 1);
        let leased = u64::try_from(account.leased).unwrap_or(u64::MAX);
        let room = Ord::min(most, limit.saturating_sub(leased));
        if room == 0 {
            return Ok(Vec::new());
        }
        self.unit.purpose.note("claim");
        let until = match faults::has(Mistake::NoLease) {
            true => now,
            false => now + lease,
        };
        let values = [
            Value::from(of.account.0),
            Value::from(now),
            Value::from(i64::try_from(room).unwrap_or(i64::MAX)),
            Value::from(RUNNING.as_str().to_owned()),
            Value::from(until),
            Value::from(owner),
        ];
        let text = match self.unit.is_sqlite() {
            true => CLAIM_ALONE.as_str(),
            false => CLAIM_LOCKED.as_str(),
        };
        let statement = Statement::from_sql_and_values(db.get_database_backend(), text, values);
        let claimed = cycle_transaction::Entity::find().from_raw_sql(statement);
        let mut rows = claimed.all(db).await?;
        rows.sort_unstable_by_key(|row| (row.priority, row.id));
        rows.into_iter().map(Transaction::try_from).collect()
    }

    /// Extends the leases of this owner's transactions; tells how many it still had.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn renew(
        &self,
        (owner, lease): (Uuid, TimeDelta),
        running: &[TransactionId],
    ) -> Result<u64, StoreError> {
        use cycle_transaction::Column as C;
        self.unit.purpose.note("renew");
        let until = self.unit.now() + lease;
        let mut renewed = 0;
        for some in running.chunks(500) {
            let done = cycle_transaction::Entity::update_many()
                .set(cycle_transaction::ActiveModel {
                    claim_at: Set(Some(until)),
                    lease_until: Set(Some(until)),
                    ..Default::default()
                })
                .filter(C::Id.is_in(some.iter().map(|id| id.0)))
                .filter(C::LeaseOwner.eq(owner))
                .filter(C::Status.eq(RUNNING.as_str()))
                .exec(self.unit.db())
                .await?;
            renewed += done.rows_affected;
        }
        Ok(renewed)
    }

    /// Hands a transaction back without a result. Others may take it after `pause`; `is_lost` says that a
    /// step was broken off, which counts as a recovery.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn release(
        &self,
        hold: &Hold,
        pause: TimeDelta,
        is_lost: bool,
    ) -> Result<(), StoreError> {
        let status = match is_lost {
            true => RUNNING,
            false => TransactionStatus::Queued,
        };
        self.unit.purpose.note("release");
        let now = self.unit.now();
        cycle_transaction::Entity::update_many()
            .set(cycle_transaction::ActiveModel {
                status: Set(status.as_str().to_owned()),
                claim_at: Set(Some(now + pause)),
                lease_until: Set(None),
                lease_owner: Set(None),
                ..Default::default()
            })
            .filter(held(hold))
            .exec(self.unit.db())
            .await?;
        Ok(())
    }

    /// Notes that a call begins which must not be repeated blindly.
    ///
    /// # Errors
    /// [`StoreError::Stale`] when somebody else has claimed it meanwhile.
    pub async fn note_intent(&self, hold: &Hold) -> Result<(), StoreError> {
        self.unit.purpose.note("intent");
        let done = cycle_transaction::Entity::update_many()
            .set(cycle_transaction::ActiveModel {
                is_uncertain: Set(true),
                ..Default::default()
            })
            .filter(held(hold))
            .exec(self.unit.db())
            .await?;
        match done.rows_affected {
            1 => Ok(()),
            _ => Err(StoreError::Stale),
        }
    }
}

const RUNNING: TransactionStatus = TransactionStatus::Running;

/// The one condition of a worker's writes: the tenant, and that nobody claimed it since.
pub(super) fn held(hold: &Hold) -> sea_orm::Condition {
    use cycle_transaction::Column as C;
    let row = sea_orm::Condition::all()
        .add(C::Id.eq(hold.id.0))
        .add(C::PartnerId.eq(hold.scope.partner.0))
        .add(C::AccountId.eq(hold.scope.account.0));
    if faults::has(Mistake::NoFencing) {
        return row;
    }
    row.add(C::Epoch.eq(hold.epoch))
        .add(C::Checkpoint.eq(hold.checkpoint))
        .add(C::Status.eq(RUNNING.as_str()))
}

/// The same of a row that was read before.
pub(super) fn is_held(row: &cycle_transaction::Model, hold: &Hold) -> bool {
    row.id == hold.id.0
        && row.partner_id == hold.scope.partner.0
        && row.account_id == hold.scope.account.0
        && row.epoch == hold.epoch
        && row.checkpoint == hold.checkpoint
        && row.status == RUNNING.as_str()
}

/// A number for PostgreSQL's advisory locks.
pub(super) fn number_of(key: Uuid) -> i64 {
    let (high, low) = key.as_u64_pair();
    (high ^ low).cast_signed()
}
