//! The unit of work: one transaction in one scope.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use sea_orm::{
    ConnectionTrait, DatabaseTransaction, DbBackend, EntityTrait, QuerySelect, Select, Statement,
    TransactionTrait, Value,
    sea_query::{LockBehavior, LockType},
};
use uuid::Uuid;
use velodrome_model::{AccountId, AccountScope, InstanceScope, PartnerId, PartnerScope, Scope};

use crate::{
    StoreError,
    connect::Inner,
    faults::{self, Purpose, Side},
    seal::Sealer,
};

/// One transaction in one scope. Rows, audit entries and outbox rows written through it become true
/// together at [`Unit::commit`], or not at all: dropping it rolls back.
pub struct Unit<S: Scope> {
    pub(crate) transaction: DatabaseTransaction,
    scope: S,
    inner: Arc<Inner>,
    /// Names its commit where tests let things go wrong.
    pub(crate) purpose: Purpose,
}

impl<S: Scope> Unit<S> {
    pub(crate) fn new(transaction: DatabaseTransaction, scope: S, inner: Arc<Inner>) -> Self {
        Self {
            transaction,
            scope,
            inner,
            purpose: Purpose::default(),
        }
    }

    /// Makes everything that was written true.
    ///
    /// # Errors
    /// When the database refuses; nothing has then happened.
    pub async fn commit(self) -> Result<(), StoreError> {
        match faults::mishandle(self) {
            Some(unit) => unit.commit_now().await,
            None => Ok(()),
        }
    }

    pub(crate) async fn commit_now(self) -> Result<(), StoreError> {
        let point = self.purpose.point();
        self.inner.points.reach(point, Side::Before).await;
        self.transaction.commit().await?;
        self.inner.points.reach(point, Side::After).await;
        self.purpose.catch_up(&self.inner).await
    }

    /// What this unit may reach.
    pub fn scope(&self) -> &S {
        &self.scope
    }

    /// The time, as the store's clock tells it.
    pub fn now(&self) -> DateTime<Utc> {
        self.inner.clock.now()
    }

    /// As [`crate::Store::new_id`].
    pub fn new_id(&self) -> Uuid {
        self.inner.new_id()
    }

    pub(crate) fn db(&self) -> &DatabaseTransaction {
        &self.transaction
    }

    pub(crate) fn sealer(&self) -> &Sealer {
        &self.inner.sealer
    }

    pub(crate) fn is_sqlite(&self) -> bool {
        matches!(self.inner.database, crate::Database::Sqlite(_))
    }
}

impl<S: Scope> Unit<S> {
    /// Waits for one of PostgreSQL's advisory locks, which ends with the unit. With SQLite there is one writer
    /// anyway.
    pub(crate) async fn lock(&self, number: i64) -> Result<(), StoreError> {
        if self.is_sqlite() {
            return Ok(());
        }
        let lock = "SELECT pg_advisory_xact_lock($1)";
        let lock = Statement::from_sql_and_values(DbBackend::Postgres, lock, [Value::from(number)]);
        self.transaction.execute_raw(lock).await?;
        Ok(())
    }

    /// Takes such a lock if nobody has it; tells whether it did.
    pub(crate) async fn try_lock(&self, number: i64) -> Result<bool, StoreError> {
        if self.is_sqlite() {
            return Ok(true);
        }
        let lock = "SELECT pg_try_advisory_xact_lock($1) AS locked";
        let lock = Statement::from_sql_and_values(DbBackend::Postgres, lock, [Value::from(number)]);
        match self.transaction.query_one_raw(lock).await? {
            Some(row) => Ok(row.try_get("", "locked")?),
            None => Ok(false),
        }
    }

    /// Locks the rows of a query until the unit ends, and passes over those that others have locked. With
    /// SQLite there is one writer anyway.
    pub(crate) fn lock_free<E: EntityTrait>(&self, rows: Select<E>) -> Select<E> {
        match self.is_sqlite() {
            true => rows,
            false => rows.lock_with_behavior(LockType::Update, LockBehavior::SkipLocked),
        }
    }
}

/// A number of our own for PostgreSQL's advisory locks; that of migrations is another.
const ONE_AT_A_TIME: i64 = 0x7665_6c70;

impl Unit<InstanceScope> {
    /// Waits until no other unit that asked for this is open, on any node. With SQLite there is one writer
    /// anyway.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn one_at_a_time(&self) -> Result<(), StoreError> {
        self.lock(ONE_AT_A_TIME).await
    }

    /// The same transaction, narrowed to one partner.
    pub fn into_partner(self, partner: PartnerId) -> Unit<PartnerScope> {
        Unit {
            transaction: self.transaction,
            scope: PartnerScope { partner },
            inner: self.inner,
            purpose: self.purpose,
        }
    }
}

impl Unit<PartnerScope> {
    /// A part of this unit, narrowed to one account of the partner. What is written through it becomes true
    /// when the part and then this unit are committed.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn part_for(&self, account: AccountId) -> Result<Unit<AccountScope>, StoreError> {
        let scope = AccountScope {
            partner: self.scope.partner,
            account,
        };
        let transaction = self.transaction.begin().await?;
        Ok(Unit::new(transaction, scope, Arc::clone(&self.inner)))
    }

    /// The same transaction, narrowed to one account of the partner. The caller has read the account
    /// through this unit, so it is the partner's.
    pub fn into_account(self, account: AccountId) -> Unit<AccountScope> {
        let scope = AccountScope {
            partner: self.scope.partner,
            account,
        };
        Unit {
            transaction: self.transaction,
            scope,
            inner: self.inner,
            purpose: self.purpose,
        }
    }
}
