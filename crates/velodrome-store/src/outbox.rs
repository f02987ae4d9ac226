//! The outbox: work that follows from a change, written in the same unit of work and done after it.
//!
//! A crash between "saved" and "done" loses nothing: the engine claims what is due under a lease, does
//! it, and deletes it; a lease that lapses is claimed again. Everything may therefore run twice.

use chrono::{DateTime, Duration, Utc};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, EntityTrait, ExprTrait, QueryFilter, QueryOrder,
    QuerySelect, sea_query::Expr,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use velodrome_model::{
    AccountId, AccountScope, AuthenticationId, ConnectorId, CycleId, InstanceScope, PartnerId,
    Scope,
};

use crate::{
    StoreError, Unit,
    entity::outbox,
    seal::{Place, Sealed},
};

/// Work to be done after the commit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Work {
    /// Tell the provider that a credential is no longer used (RFC 7009); the credential travels sealed
    /// beside the row, since its own row is gone.
    RevokeCredential {
        /// The release it belonged to.
        connector: ConnectorId,
        /// The way of authenticating that it is of.
        authentication: AuthenticationId,
    },
    /// Tell the partner's notification webhook that something is wrong in the account.
    Notify {
        /// What, in a few words.
        title: String,
        /// A sentence for a person.
        message: String,
    },
    /// Tell the transaction error webhook of an incident; what is posted travels sealed.
    PostError {
        /// The cycle, whose own webhooks are not told.
        cycle: CycleId,
    },
}

/// A claimed piece of work.
#[derive(Clone, Debug)]
pub struct Claimed {
    /// Row of the outbox.
    pub id: Uuid,
    /// Whose work it is.
    pub scope: AccountScope,
    /// What to do.
    pub work: Work,
    /// What travels sealed with it.
    pub secret: Option<velodrome_model::SecretString>,
    /// How often it was tried before.
    pub attempts: i32,
}

impl Unit<AccountScope> {
    /// Puts work into the outbox, with a secret that it needs.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn outbox(
        &self,
        work: &Work,
        secret: Option<&velodrome_model::SecretString>,
    ) -> Result<(), StoreError> {
        put(self, self.scope(), work, secret).await
    }
}

/// Puts an account's work into the outbox.
pub(crate) async fn put<S: Scope>(
    unit: &Unit<S>,
    scope: &AccountScope,
    work: &Work,
    secret: Option<&velodrome_model::SecretString>,
) -> Result<(), StoreError> {
    let id = unit.new_id();
    let sealed = match secret {
        Some(secret) => Some(unit.sealer().seal(&place(id), secret)?.into_bytes()),
        None => None,
    };
    let payload = serde_json::to_value(work).map_err(|_| StoreError::Corrupt {
        what: "outbox work",
    })?;
    outbox::Entity::insert(outbox::ActiveModel {
        id: Set(id),
        partner_id: Set(scope.partner.0),
        account_id: Set(scope.account.0),
        payload: Set(payload),
        sealed: Set(sealed),
        due_at: Set(unit.now()),
        attempts: Set(0),
        created_at: Set(unit.now()),
    })
    .exec_without_returning(unit.db())
    .await?;
    Ok(())
}

impl Unit<InstanceScope> {
    /// Claims up to `limit` pieces of due work until `lease` from now, oldest first.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn claim_work(
        &self,
        limit: u64,
        lease: Duration,
    ) -> Result<Vec<Claimed>, StoreError> {
        let now = self.now();
        let due = outbox::Entity::find()
            .filter(outbox::Column::DueAt.lte(now))
            .order_by_asc(outbox::Column::Id)
            .limit(limit);
        let rows = self.lock_free(due).all(self.db()).await?;
        if !rows.is_empty() {
            self.purpose.note("outbox-claim");
        }
        outbox::Entity::update_many()
            .col_expr(outbox::Column::DueAt, Expr::value(now + lease))
            .col_expr(
                outbox::Column::Attempts,
                Expr::col(outbox::Column::Attempts).add(1),
            )
            .filter(Condition::all().add(outbox::Column::Id.is_in(rows.iter().map(|r| r.id))))
            .exec(self.db())
            .await?;
        let mut claimed = Vec::with_capacity(rows.len());
        for row in rows {
            let id = row.id;
            match self.claimed(row) {
                Ok(work) => claimed.push(work),
                // One row that can't be read must not keep the others from being done; it stays, and is
                // looked at again when its lease lapses.
                Err(cause) => {
                    tracing::error!(outbox.id = %id, %cause, "A piece of work can't be read")
                }
            }
        }
        Ok(claimed)
    }

    /// Forgets work that is done or given up.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn finish_work(&self, id: Uuid) -> Result<(), StoreError> {
        self.purpose.note("outbox-done");
        outbox::Entity::delete_by_id(id).exec(self.db()).await?;
        Ok(())
    }

    /// Puts work off.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn postpone_work(&self, id: Uuid, until: DateTime<Utc>) -> Result<(), StoreError> {
        self.purpose.note("outbox-later");
        outbox::Entity::update_many()
            .col_expr(outbox::Column::DueAt, Expr::value(until))
            .filter(outbox::Column::Id.eq(id))
            .exec(self.db())
            .await?;
        Ok(())
    }

    /// Puts work off that was not tried at all.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn postpone_untried(&self, id: Uuid, until: DateTime<Utc>) -> Result<(), StoreError> {
        outbox::Entity::update_many()
            .col_expr(outbox::Column::DueAt, Expr::value(until))
            .col_expr(
                outbox::Column::Attempts,
                Expr::col(outbox::Column::Attempts).sub(1),
            )
            .filter(outbox::Column::Id.eq(id))
            .exec(self.db())
            .await?;
        Ok(())
    }

    fn claimed(&self, row: outbox::Model) -> Result<Claimed, StoreError> {
        let secret = match row.sealed {
            Some(bytes) => Some(
                self.sealer()
                    .open(&place(row.id), &Sealed::from_bytes(bytes))?,
            ),
            None => None,
        };
        Ok(Claimed {
            id: row.id,
            scope: AccountScope {
                partner: PartnerId(row.partner_id),
                account: AccountId(row.account_id),
            },
            work: serde_json::from_value(row.payload).map_err(|_| StoreError::Corrupt {
                what: "outbox work",
            })?,
            secret,
            attempts: row.attempts,
        })
    }
}

fn place(id: Uuid) -> Place {
    Place::new("outbox", "sealed", id)
}
