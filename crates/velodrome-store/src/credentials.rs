//! Credentials: one row an account connector, sealed, with a version and a lease for renewals.
//!
//! Exactly one renewal runs for a credential: whoever holds the lease. What it brings is stored only on
//! top of the version that it saw, so a late holder can't overwrite a newer token.

use chrono::{DateTime, Duration, Utc};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select,
    sea_query::{Expr, ExprTrait, OnConflict},
};
use velodrome_model::{
    AccountConnectorId, AccountId, AccountScope, InstanceScope, PartnerId, SecretString,
    StoredCredential,
};

use crate::{
    StoreError, Unit,
    entity::credential,
    faults::{self, Mistake},
    seal::{Place, Sealed},
};

/// A credential as it is to be stored.
#[derive(Clone, Debug)]
pub struct NewCredential {
    /// AuthValue.
    pub auth_value: SecretString,
    /// When the access token ends.
    pub expires_at: Option<DateTime<Utc>>,
    /// When a renewal is due, whether or not anybody calls.
    pub renew_at: Option<DateTime<Utc>>,
    /// When the refresh token ends.
    pub refresh_expires_at: Option<DateTime<Utc>>,
}

/// Outcome of asking for a credential's lease.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lease {
    /// Ours until the given instant.
    Won(DateTime<Utc>),
    /// Someone else renews, or the version is no longer the one seen; read again.
    Busy,
}

/// Credentials of the unit's account.
pub struct CredentialRows<'u> {
    unit: &'u Unit<AccountScope>,
}

impl Unit<AccountScope> {
    /// Credentials of this account's connectors.
    pub fn credentials(&self) -> CredentialRows<'_> {
        CredentialRows { unit: self }
    }
}

impl CredentialRows<'_> {
    fn scoped(&self, of: AccountConnectorId) -> Select<credential::Entity> {
        credential::Entity::find().filter(self.of(of))
    }

    /// The one condition that names the tenant.
    fn of(&self, of: AccountConnectorId) -> Condition {
        let scope = self.unit.scope();
        Condition::all()
            .add(credential::Column::PartnerId.eq(scope.partner.0))
            .add(credential::Column::AccountId.eq(scope.account.0))
            .add(credential::Column::AccountConnectorId.eq(of.0))
    }

    /// The credential, if there is one.
    ///
    /// # Errors
    /// When the database refuses or the value does not open.
    pub async fn get(
        &self,
        of: AccountConnectorId,
    ) -> Result<Option<StoredCredential>, StoreError> {
        let Some(row) = self.scoped(of).one(self.unit.db()).await? else {
            return Ok(None);
        };
        let auth_value = self
            .unit
            .sealer()
            .open(&place(of), &Sealed::from_bytes(row.sealed))?;
        Ok(Some(StoredCredential {
            auth_value,
            version: row.version,
            expires_at: row.expires_at,
            renew_at: row.renew_at,
            refresh_expires_at: row.refresh_expires_at,
        }))
    }

    /// Puts a credential in the place of any former one and ends its lease.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn put(
        &self,
        of: AccountConnectorId,
        new: &NewCredential,
    ) -> Result<i64, StoreError> {
        let former = self.scoped(of).one(self.unit.db()).await?;
        let version = former.map_or(1, |row| row.version + 1);
        let scope = self.unit.scope();
        let row = credential::ActiveModel {
            account_connector_id: Set(of.0),
            partner_id: Set(scope.partner.0),
            account_id: Set(scope.account.0),
            sealed: Set(self.sealed(of, new)?),
            version: Set(version),
            expires_at: Set(new.expires_at),
            renew_at: Set(new.renew_at),
            refresh_expires_at: Set(new.refresh_expires_at),
            lease_until: Set(None),
            ..Default::default()
        };
        use credential::Column as C;
        let on_conflict = OnConflict::column(C::AccountConnectorId)
            .update_columns([
                C::Sealed,
                C::Version,
                C::ExpiresAt,
                C::RenewAt,
                C::RefreshExpiresAt,
                C::LeaseUntil,
            ])
            .to_owned();
        credential::Entity::insert(row)
            .on_conflict(on_conflict)
            .exec_without_returning(self.unit.db())
            .await?;
        Ok(version)
    }

    /// Asks for the right to renew the version seen.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn lease(
        &self,
        of: AccountConnectorId,
        seen: i64,
        length: Duration,
    ) -> Result<Lease, StoreError> {
        self.unit.purpose.note("refresh-lease");
        if faults::has(Mistake::RefreshWithoutLock) {
            return Ok(Lease::Won(self.unit.now() + length));
        }
        let now = self.unit.now();
        let until = now + length;
        let free = Condition::any()
            .add(credential::Column::LeaseUntil.is_null())
            .add(credential::Column::LeaseUntil.lt(now));
        let done = credential::Entity::update_many()
            .col_expr(credential::Column::LeaseUntil, Expr::value(until))
            .filter(self.of(of))
            .filter(credential::Column::Version.eq(seen))
            .filter(free)
            .exec(self.unit.db())
            .await?;
        Ok(if done.rows_affected == 1 {
            Lease::Won(until)
        } else {
            Lease::Busy
        })
    }

    /// Keeps the lease of the version seen for longer.
    ///
    /// # Errors
    /// [`StoreError::Stale`] when the credential changed or went meanwhile.
    pub async fn extend(
        &self,
        of: AccountConnectorId,
        seen: i64,
        length: Duration,
    ) -> Result<(), StoreError> {
        let until = self.unit.now() + length;
        let done = credential::Entity::update_many()
            .col_expr(credential::Column::LeaseUntil, Expr::value(until))
            .filter(self.of(of))
            .filter(credential::Column::Version.eq(seen))
            .exec(self.unit.db())
            .await?;
        if done.rows_affected == 1 {
            Ok(())
        } else {
            Err(StoreError::Stale)
        }
    }

    /// Stores what a renewal brought on top of the version that it saw, and ends the lease.
    ///
    /// # Errors
    /// [`StoreError::Stale`] when the credential changed or went meanwhile.
    pub async fn renewed(
        &self,
        of: AccountConnectorId,
        seen: i64,
        new: &NewCredential,
    ) -> Result<i64, StoreError> {
        self.unit.purpose.note("refresh");
        let done = credential::Entity::update_many()
            .set(credential::ActiveModel {
                sealed: Set(self.sealed(of, new)?),
                version: Set(seen + 1),
                expires_at: Set(new.expires_at),
                renew_at: Set(new.renew_at),
                refresh_expires_at: Set(new.refresh_expires_at),
                lease_until: Set(None),
                ..Default::default()
            })
            .filter(self.of(of))
            .filter(credential::Column::Version.eq(seen))
            .exec(self.unit.db())
            .await?;
        if done.rows_affected == 1 {
            Ok(seen + 1)
        } else {
            Err(StoreError::Stale)
        }
    }

    /// Ends a lease without a new value; the next renewal is due at `renew_at`.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn release(
        &self,
        of: AccountConnectorId,
        seen: i64,
        renew_at: Option<DateTime<Utc>>,
    ) -> Result<(), StoreError> {
        credential::Entity::update_many()
            .set(credential::ActiveModel {
                lease_until: Set(None),
                renew_at: Set(renew_at),
                ..Default::default()
            })
            .filter(self.of(of))
            .filter(credential::Column::Version.eq(seen))
            .exec(self.unit.db())
            .await?;
        Ok(())
    }

    /// Notes that somebody is told that the refresh token ends then. Whether they are told now: not where
    /// they were before, or where the credential has another end meanwhile.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn tell_end(
        &self,
        of: AccountConnectorId,
        end: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        let done = credential::Entity::update_many()
            .col_expr(credential::Column::EndTold, Expr::value(end))
            .filter(self.of(of))
            .filter(credential::Column::RefreshExpiresAt.eq(end))
            .filter(end_untold())
            .exec(self.unit.db())
            .await?;
        Ok(done.rows_affected == 1)
    }

    /// Forgets the credential.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn delete(&self, of: AccountConnectorId) -> Result<(), StoreError> {
        credential::Entity::delete_many()
            .filter(self.of(of))
            .exec(self.unit.db())
            .await?;
        Ok(())
    }

    fn sealed(&self, of: AccountConnectorId, new: &NewCredential) -> Result<Vec<u8>, StoreError> {
        Ok(self
            .unit
            .sealer()
            .seal(&place(of), &new.auth_value)?
            .into_bytes())
    }
}

impl Unit<InstanceScope> {
    /// Credentials that are due for renewal by `at` and that nobody renews, most urgent first.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn due_credentials(
        &self,
        at: DateTime<Utc>,
        limit: u64,
    ) -> Result<Vec<(AccountScope, AccountConnectorId)>, StoreError> {
        let free = Condition::any()
            .add(credential::Column::LeaseUntil.is_null())
            .add(credential::Column::LeaseUntil.lt(self.now()));
        let rows: Vec<(uuid::Uuid, uuid::Uuid, i32)> = credential::Entity::find()
            .select_only()
            .column(credential::Column::PartnerId)
            .column(credential::Column::AccountId)
            .column(credential::Column::AccountConnectorId)
            .filter(credential::Column::RenewAt.lte(at))
            .filter(free)
            .order_by_asc(credential::Column::RenewAt)
            .limit(limit)
            .into_tuple()
            .all(self.db())
            .await?;
        let scoped = |(partner, account, id)| {
            (
                AccountScope {
                    partner: PartnerId(partner),
                    account: AccountId(account),
                },
                AccountConnectorId(id),
            )
        };
        Ok(rows.into_iter().map(scoped).collect())
    }

    /// Credentials whose refresh token ends by `at`, not yet ended and nobody told, the next end first.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn ending_credentials(
        &self,
        at: DateTime<Utc>,
        limit: u64,
    ) -> Result<Vec<(AccountScope, AccountConnectorId, DateTime<Utc>)>, StoreError> {
        use credential::Column as C;
        let rows: Vec<(uuid::Uuid, uuid::Uuid, i32, DateTime<Utc>)> = credential::Entity::find()
            .select_only()
            .column(C::PartnerId)
            .column(C::AccountId)
            .column(C::AccountConnectorId)
            .column(C::RefreshExpiresAt)
            .filter(C::RefreshExpiresAt.lte(at))
            .filter(C::RefreshExpiresAt.gt(self.now()))
            .filter(end_untold())
            .order_by_asc(C::RefreshExpiresAt)
            .limit(limit)
            .into_tuple()
            .all(self.db())
            .await?;
        Ok(rows
            .into_iter()
            .map(|(partner, account, id, end)| {
                let scope = AccountScope {
                    partner: PartnerId(partner),
                    account: AccountId(account),
                };
                (scope, AccountConnectorId(id), end)
            })
            .collect())
    }
}

/// Nobody was told of this end of the refresh token.
fn end_untold() -> Condition {
    use credential::Column as C;
    Condition::any()
        .add(C::EndTold.is_null())
        .add(ExprTrait::ne(
            Expr::col(C::EndTold),
            Expr::col(C::RefreshExpiresAt),
        ))
}

fn place(of: AccountConnectorId) -> Place {
    Place::new("credential", "sealed", of.0)
}
