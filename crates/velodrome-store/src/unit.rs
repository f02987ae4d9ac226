//! The unit of work: one transaction in one scope.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use sea_orm::DatabaseTransaction;
use velodrome_model::{AccountScope, InstanceScope, PartnerId, PartnerScope, Scope};

use crate::{StoreError, connect::Inner, seal::Sealer};

/// One transaction in one scope. Rows, audit entries and outbox rows written through it become true
/// together at [`Unit::commit`], or not at all: dropping it rolls back.
pub struct Unit<S: Scope> {
    transaction: DatabaseTransaction,
    scope: S,
    inner: Arc<Inner>,
}

impl<S: Scope> Unit<S> {
    pub(crate) fn new(transaction: DatabaseTransaction, scope: S, inner: Arc<Inner>) -> Self {
        Self {
            transaction,
            scope,
            inner,
        }
    }

    /// Makes everything that was written true.
    ///
    /// # Errors
    /// When the database refuses; nothing has then happened.
    pub async fn commit(self) -> Result<(), StoreError> {
        self.transaction.commit().await?;
        Ok(())
    }

    /// What this unit may reach.
    pub fn scope(&self) -> &S {
        &self.scope
    }

    /// The time, as the store's clock tells it.
    pub fn now(&self) -> DateTime<Utc> {
        self.inner.clock.now()
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

impl Unit<InstanceScope> {
    /// The same transaction, narrowed to one partner.
    pub fn into_partner(self, partner: PartnerId) -> Unit<PartnerScope> {
        Unit {
            transaction: self.transaction,
            scope: PartnerScope { partner },
            inner: self.inner,
        }
    }
}

impl Unit<PartnerScope> {
    /// The same transaction, narrowed to one account of the partner. The caller has read the account
    /// through this unit, so it is the partner's.
    pub fn into_account(self, account: velodrome_model::AccountId) -> Unit<AccountScope> {
        let scope = AccountScope {
            partner: self.scope.partner,
            account,
        };
        Unit {
            transaction: self.transaction,
            scope,
            inner: self.inner,
        }
    }
}
