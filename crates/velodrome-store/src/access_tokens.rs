//! Access and refresh tokens of the API. Only hashes are stored.

use chrono::{DateTime, Utc};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, Select, sea_query::Expr};
use velodrome_model::{
    AccessToken, AccessTokenId, AccountId, AdministratorId, Grant, InstanceScope, Page,
    PageRequest, PartnerId, PartnerScope,
};

use crate::{
    StoreError, Unit,
    entity::{access_token, refresh_token},
    paged::{self, Orders},
};

/// A token that is still good, as the door needs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiveToken {
    /// Id.
    pub id: AccessTokenId,
    /// The partner.
    pub partner: PartnerId,
    /// The client that asked for it.
    pub client_id: String,
    /// The only account it may act for, if it is restricted.
    pub account: Option<AccountId>,
    /// Whose password it was.
    pub administrator: Option<AdministratorId>,
    /// Expires.
    pub expires_at: DateTime<Utc>,
}

/// A token to be issued.
#[derive(Clone, Debug)]
pub struct NewAccessToken {
    /// Hash of the token.
    pub hash: Vec<u8>,
    /// The client that asks for it.
    pub client_id: String,
    /// How.
    pub grant: Grant,
    /// The only account it may act for.
    pub account: Option<AccountId>,
    /// Whose password it was.
    pub administrator: Option<AdministratorId>,
    /// Expires.
    pub expires_at: DateTime<Utc>,
}

/// A refresh token that has just been used up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UsedRefreshToken {
    /// The partner.
    pub partner: PartnerId,
    /// Whose password it was.
    pub administrator: AdministratorId,
}

impl Unit<InstanceScope> {
    /// The token of this hash, if it has not expired.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn access_token(&self, hash: &[u8]) -> Result<Option<LiveToken>, StoreError> {
        let row = access_token::Entity::find()
            .filter(access_token::Column::Hash.eq(hash.to_vec()))
            .filter(access_token::Column::ExpiresAt.gt(self.now()))
            .one(self.db())
            .await?;
        Ok(row.map(|row| LiveToken {
            id: AccessTokenId(row.id),
            partner: PartnerId(row.partner_id),
            client_id: row.client_id,
            account: row.account_id.map(AccountId),
            administrator: row.administrator_id.map(AdministratorId),
            expires_at: row.expires_at,
        }))
    }

    /// Uses up a refresh token of the client. `None` when it is unknown, another client's, expired or used:
    /// of two requests that bring it, one gets it.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn use_refresh_token(
        &self,
        hash: &[u8],
        client_id: &str,
    ) -> Result<Option<UsedRefreshToken>, StoreError> {
        let row = refresh_token::Entity::find_by_id(hash.to_vec())
            .filter(refresh_token::Column::ClientId.eq(client_id))
            .filter(refresh_token::Column::ExpiresAt.gt(self.now()))
            .one(self.db())
            .await?;
        let Some(row) = row else { return Ok(None) };
        let done = refresh_token::Entity::delete_by_id(hash.to_vec())
            .exec(self.db())
            .await?;
        Ok((done.rows_affected == 1).then_some(UsedRefreshToken {
            partner: PartnerId(row.partner_id),
            administrator: AdministratorId(row.administrator_id),
        }))
    }

    /// Removes tokens that have expired.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn sweep_tokens(&self) -> Result<u64, StoreError> {
        let now = self.now();
        let access = access_token::Entity::delete_many()
            .filter(access_token::Column::ExpiresAt.lte(now))
            .exec(self.db())
            .await?;
        let refresh = refresh_token::Entity::delete_many()
            .filter(refresh_token::Column::ExpiresAt.lte(now))
            .exec(self.db())
            .await?;
        Ok(access.rows_affected + refresh.rows_affected)
    }
}

/// Tokens of the unit's partner.
pub struct AccessTokenRows<'u> {
    unit: &'u Unit<PartnerScope>,
}

impl Unit<PartnerScope> {
    /// Tokens of this partner.
    pub fn access_tokens(&self) -> AccessTokenRows<'_> {
        AccessTokenRows { unit: self }
    }
}

impl AccessTokenRows<'_> {
    /// The one function that names the tenant.
    fn scoped(&self) -> Select<access_token::Entity> {
        access_token::Entity::find()
            .filter(access_token::Column::PartnerId.eq(self.unit.scope().partner.0))
    }

    /// A page of the tokens that are good, the latest first.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn page(&self, request: &PageRequest) -> Result<Page<AccessToken>, StoreError> {
        let query = self
            .scoped()
            .filter(access_token::Column::ExpiresAt.gt(self.unit.now()));
        let column = |column: access_token::Column| Expr::col((access_token::Entity, column));
        let orders = [
            ("IssuedUtc", column(access_token::Column::IssuedAt)),
            ("ExpiresUtc", column(access_token::Column::ExpiresAt)),
            ("ClientId", column(access_token::Column::ClientId)),
            ("GrantType", column(access_token::Column::GrantType)),
            ("Scope", column(access_token::Column::AccountId)),
            ("AccountId", column(access_token::Column::AccountId)),
            ("Id", column(access_token::Column::Id)),
        ];
        let orders = Orders {
            by: &orders,
            default: ("IssuedUtc", false),
            tie: column(access_token::Column::Id),
            ties_follow: true,
        };
        let page = paged::page(self.unit.db(), query, request, orders).await?;
        let keys = self
            .unit
            .accounts()
            .keys(
                page.items
                    .iter()
                    .filter_map(|row| row.account_id.map(AccountId)),
            )
            .await?;
        let items = page.items.into_iter().map(|row| {
            let account = row
                .account_id
                .map(AccountId)
                .and_then(|id| keys.get(&id).map(|key| (id, key.clone())));
            Ok(AccessToken {
                id: AccessTokenId(row.id),
                client_id: row.client_id,
                grant: Grant::from_word(&row.grant_type)
                    .ok_or(StoreError::Corrupt { what: "a grant" })?,
                account,
                administrator: row.administrator_id.map(AdministratorId),
                issued_at: row.issued_at,
                expires_at: row.expires_at,
            })
        });
        Ok(Page {
            items: items.collect::<Result<_, StoreError>>()?,
            total: page.total,
            size: page.size,
        })
    }

    /// Issues a token.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn insert(&self, new: NewAccessToken) -> Result<AccessTokenId, StoreError> {
        let id = self.unit.new_id();
        access_token::Entity::insert(access_token::ActiveModel {
            id: Set(id),
            hash: Set(new.hash),
            partner_id: Set(self.unit.scope().partner.0),
            client_id: Set(new.client_id),
            grant_type: Set(new.grant.as_str().to_owned()),
            account_id: Set(new.account.map(|id| id.0)),
            administrator_id: Set(new.administrator.map(|id| id.0)),
            issued_at: Set(self.unit.now()),
            expires_at: Set(new.expires_at),
        })
        .exec_without_returning(self.unit.db())
        .await?;
        Ok(AccessTokenId(id))
    }

    /// Issues a refresh token.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn insert_refresh(
        &self,
        hash: Vec<u8>,
        client_id: &str,
        administrator: AdministratorId,
        expires_at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        refresh_token::Entity::insert(refresh_token::ActiveModel {
            hash: Set(hash),
            partner_id: Set(self.unit.scope().partner.0),
            client_id: Set(client_id.to_owned()),
            administrator_id: Set(administrator.0),
            expires_at: Set(expires_at),
        })
        .exec_without_returning(self.unit.db())
        .await?;
        Ok(())
    }

    /// Revokes a token. False when there is none of this id.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn delete(&self, id: AccessTokenId) -> Result<bool, StoreError> {
        let done = access_token::Entity::delete_many()
            .filter(access_token::Column::PartnerId.eq(self.unit.scope().partner.0))
            .filter(access_token::Column::Id.eq(id.0))
            .exec(self.unit.db())
            .await?;
        Ok(done.rows_affected > 0)
    }

    /// Revokes all tokens that a client got, refresh tokens included.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn delete_of_client(&self, client_id: &str) -> Result<(), StoreError> {
        access_token::Entity::delete_many()
            .filter(access_token::Column::PartnerId.eq(self.unit.scope().partner.0))
            .filter(access_token::Column::ClientId.eq(client_id))
            .exec(self.unit.db())
            .await?;
        refresh_token::Entity::delete_many()
            .filter(refresh_token::Column::PartnerId.eq(self.unit.scope().partner.0))
            .filter(refresh_token::Column::ClientId.eq(client_id))
            .exec(self.unit.db())
            .await?;
        Ok(())
    }

    /// Revokes all tokens that an administrator got with a password.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn delete_of_administrator(&self, id: AdministratorId) -> Result<(), StoreError> {
        access_token::Entity::delete_many()
            .filter(access_token::Column::PartnerId.eq(self.unit.scope().partner.0))
            .filter(access_token::Column::AdministratorId.eq(id.0))
            .exec(self.unit.db())
            .await?;
        refresh_token::Entity::delete_many()
            .filter(refresh_token::Column::PartnerId.eq(self.unit.scope().partner.0))
            .filter(refresh_token::Column::AdministratorId.eq(id.0))
            .exec(self.unit.db())
            .await?;
        Ok(())
    }
}
