//! Browser sessions. Only the hash of a session's cookie is stored.

use chrono::{DateTime, Utc};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use uuid::Uuid;
use velodrome_model::{
    AccountId, AccountScope, AdministratorId, ConsoleSession, InstanceScope, PartnerId,
    PartnerScope, Scope, UserId,
};

use crate::{StoreError, Unit, entity::session};

/// Whose session it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SessionHolder {
    /// An administrator in the console.
    Administrator(AdministratorId),
    /// A user in one account.
    User(UserId, AccountId),
}

/// A session that is still good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiveSession {
    /// Id, not the cookie.
    pub id: Uuid,
    /// The partner that it is about.
    pub partner: PartnerId,
    /// Whose it is.
    pub holder: SessionHolder,
    /// When it was last used.
    pub last_seen_at: DateTime<Utc>,
    /// When it ends.
    pub expires_at: DateTime<Utc>,
}

/// A session to be begun.
#[derive(Clone, Debug)]
pub struct NewSession {
    /// Hash of the cookie.
    pub hash: Vec<u8>,
    /// The partner that it is about.
    pub partner: PartnerId,
    /// Whose it is.
    pub holder: SessionHolder,
    /// Where it begins.
    pub address: Option<String>,
    /// The browser.
    pub user_agent: Option<String>,
    /// When it ends.
    pub expires_at: DateTime<Utc>,
}

/// A session of a user to be begun; the unit says in which account.
#[derive(Clone, Debug)]
pub struct NewUserSession {
    /// Hash of the cookie.
    pub hash: Vec<u8>,
    /// The user.
    pub user: UserId,
    /// Where it begins.
    pub address: Option<String>,
    /// The browser.
    pub user_agent: Option<String>,
    /// When it ends.
    pub expires_at: DateTime<Utc>,
}

impl Unit<InstanceScope> {
    /// The session of this cookie hash, if it has not expired.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn session(&self, hash: &[u8]) -> Result<Option<LiveSession>, StoreError> {
        let row = session::Entity::find()
            .filter(session::Column::Hash.eq(hash.to_vec()))
            .filter(session::Column::ExpiresAt.gt(self.now()))
            .one(self.db())
            .await?;
        row.map(live).transpose()
    }

    /// Begins a session.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn begin_session(&self, new: NewSession) -> Result<Uuid, StoreError> {
        insert(self, new).await
    }

    /// Writes down that a session was used.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn touch_session(&self, id: Uuid) -> Result<(), StoreError> {
        session::Entity::update_many()
            .set(session::ActiveModel {
                last_seen_at: Set(self.now()),
                ..Default::default()
            })
            .filter(session::Column::Id.eq(id))
            .exec(self.db())
            .await?;
        Ok(())
    }

    /// Sessions of an administrator that have not expired, the latest first.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn sessions_of(
        &self,
        administrator: AdministratorId,
    ) -> Result<Vec<ConsoleSession>, StoreError> {
        let rows = session::Entity::find()
            .filter(session::Column::AdministratorId.eq(administrator.0))
            .filter(session::Column::ExpiresAt.gt(self.now()))
            .order_by_desc(session::Column::CreatedAt)
            .order_by_asc(session::Column::Id)
            .all(self.db())
            .await?;
        let sessions = rows.into_iter().map(|row| ConsoleSession {
            id: row.id,
            address: row.address,
            user_agent: row.user_agent,
            created_at: row.created_at,
            last_seen_at: row.last_seen_at,
            expires_at: row.expires_at,
        });
        Ok(sessions.collect())
    }

    /// Ends a session of an administrator. False when there is none of this id.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn end_session(
        &self,
        administrator: AdministratorId,
        id: Uuid,
    ) -> Result<bool, StoreError> {
        let done = session::Entity::delete_many()
            .filter(session::Column::AdministratorId.eq(administrator.0))
            .filter(session::Column::Id.eq(id))
            .exec(self.db())
            .await?;
        Ok(done.rows_affected > 0)
    }

    /// Ends all sessions of an administrator but one.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn end_sessions_except(
        &self,
        administrator: AdministratorId,
        kept: Option<Uuid>,
    ) -> Result<(), StoreError> {
        let mut sessions = session::Entity::delete_many()
            .filter(session::Column::AdministratorId.eq(administrator.0));
        if let Some(kept) = kept {
            sessions = sessions.filter(session::Column::Id.ne(kept));
        }
        sessions.exec(self.db()).await?;
        Ok(())
    }

    /// Removes sessions that have expired.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn sweep_sessions(&self) -> Result<u64, StoreError> {
        let done = session::Entity::delete_many()
            .filter(session::Column::ExpiresAt.lte(self.now()))
            .exec(self.db())
            .await?;
        Ok(done.rows_affected)
    }
}

impl Unit<PartnerScope> {
    /// Ends all sessions of a user.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn end_user_sessions(&self, user: UserId) -> Result<(), StoreError> {
        session::Entity::delete_many()
            .filter(session::Column::PartnerId.eq(self.scope().partner.0))
            .filter(session::Column::UserId.eq(user.0))
            .exec(self.db())
            .await?;
        Ok(())
    }

    /// Ends sessions of an administrator that are about this partner.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn end_member_sessions(
        &self,
        administrator: AdministratorId,
    ) -> Result<(), StoreError> {
        session::Entity::delete_many()
            .filter(session::Column::PartnerId.eq(self.scope().partner.0))
            .filter(session::Column::AdministratorId.eq(administrator.0))
            .exec(self.db())
            .await?;
        Ok(())
    }
}

impl Unit<AccountScope> {
    /// Begins a session of a user in this account.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn begin_user_session(&self, new: NewUserSession) -> Result<Uuid, StoreError> {
        let scope = self.scope();
        let new = NewSession {
            hash: new.hash,
            partner: scope.partner,
            holder: SessionHolder::User(new.user, scope.account),
            address: new.address,
            user_agent: new.user_agent,
            expires_at: new.expires_at,
        };
        insert(self, new).await
    }

    /// Writes down that a session of a user was used, and until when it now lasts.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn extend_session(
        &self,
        id: Uuid,
        expires_at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        session::Entity::update_many()
            .set(session::ActiveModel {
                last_seen_at: Set(self.now()),
                expires_at: Set(expires_at),
                ..Default::default()
            })
            .filter(session::Column::PartnerId.eq(self.scope().partner.0))
            .filter(session::Column::AccountId.eq(self.scope().account.0))
            .filter(session::Column::Id.eq(id))
            .exec(self.db())
            .await?;
        Ok(())
    }

    /// Ends a session of a user in this account.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn end_account_session(&self, id: Uuid) -> Result<(), StoreError> {
        session::Entity::delete_many()
            .filter(session::Column::PartnerId.eq(self.scope().partner.0))
            .filter(session::Column::AccountId.eq(self.scope().account.0))
            .filter(session::Column::Id.eq(id))
            .exec(self.db())
            .await?;
        Ok(())
    }
}

async fn insert<S: Scope>(unit: &Unit<S>, new: NewSession) -> Result<Uuid, StoreError> {
    let id = unit.new_id();
    let (administrator, user, account) = match new.holder {
        SessionHolder::Administrator(id) => (Some(id.0), None, None),
        SessionHolder::User(user, account) => (None, Some(user.0), Some(account.0)),
    };
    session::Entity::insert(session::ActiveModel {
        id: Set(id),
        hash: Set(new.hash),
        partner_id: Set(new.partner.0),
        administrator_id: Set(administrator),
        user_id: Set(user),
        account_id: Set(account),
        address: Set(new.address),
        user_agent: Set(new.user_agent),
        created_at: Set(unit.now()),
        last_seen_at: Set(unit.now()),
        expires_at: Set(new.expires_at),
    })
    .exec_without_returning(unit.db())
    .await?;
    Ok(id)
}

fn live(row: session::Model) -> Result<LiveSession, StoreError> {
    let holder = match (row.administrator_id, row.user_id, row.account_id) {
        (Some(administrator), None, None) => {
            SessionHolder::Administrator(AdministratorId(administrator))
        }
        (None, Some(user), Some(account)) => SessionHolder::User(UserId(user), AccountId(account)),
        _ => return Err(StoreError::Corrupt { what: "a session" }),
    };
    Ok(LiveSession {
        id: row.id,
        partner: PartnerId(row.partner_id),
        holder,
        last_seen_at: row.last_seen_at,
        expires_at: row.expires_at,
    })
}
