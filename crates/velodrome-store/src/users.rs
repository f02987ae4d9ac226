//! Users of a partner's accounts.

use std::collections::HashMap;

use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, EntityTrait, QueryFilter, Select,
    sea_query::{Expr, ExprTrait, LikeExpr, OnConflict},
};
use uuid::Uuid;
use velodrome_model::{AccountId, AccountKey, Page, PageRequest, PartnerScope, User, UserId};

use crate::{
    StoreError, Unit,
    entity::{user, user_account},
    paged::{self, Orders},
};

/// Users of the unit's partner.
pub struct UserRows<'u> {
    unit: &'u Unit<PartnerScope>,
}

impl Unit<PartnerScope> {
    /// Users of this partner.
    pub fn users(&self) -> UserRows<'_> {
        UserRows { unit: self }
    }
}

impl UserRows<'_> {
    /// The one function that names the tenant.
    fn scoped(&self) -> Select<user::Entity> {
        user::Entity::find().filter(user::Column::PartnerId.eq(self.unit.scope().partner.0))
    }

    /// The user of this name, in any case.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn find(&self, name: &str) -> Result<Option<User>, StoreError> {
        let row = self
            .scoped()
            .filter(user::Column::FoldedName.eq(name.to_lowercase()))
            .one(self.unit.db())
            .await?;
        Ok(self.complete(row.into_iter().collect()).await?.pop())
    }

    /// The user of this id.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn get(&self, id: UserId) -> Result<Option<User>, StoreError> {
        let row = self
            .scoped()
            .filter(user::Column::Id.eq(id.0))
            .one(self.unit.db())
            .await?;
        Ok(self.complete(row.into_iter().collect()).await?.pop())
    }

    /// A page of users whose name contains the text, if any.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn page(
        &self,
        containing: Option<&str>,
        request: &PageRequest,
    ) -> Result<Page<User>, StoreError> {
        let mut query = self.scoped();
        if let Some(text) = containing {
            let name = Expr::col((user::Entity, user::Column::FoldedName));
            query = query.filter(name.like(containing_pattern(text)));
        }
        let column = |column: user::Column| Expr::col((user::Entity, column));
        let orders = [
            ("UserName", column(user::Column::FoldedName)),
            ("Id", column(user::Column::Id)),
            (
                "CanSignIn",
                column(user::Column::PasswordHash).is_not_null(),
            ),
            ("CreatedOnUtc", column(user::Column::CreatedAt)),
            ("LastSignInUtc", column(user::Column::LastSignInAt)),
        ];
        let orders = Orders {
            by: &orders,
            default: ("UserName", true),
            tie: column(user::Column::Id),
            ties_follow: false,
        };
        let page = paged::page(self.unit.db(), query, request, orders).await?;
        let items = self.complete(page.items).await?;
        Ok(Page {
            items,
            total: page.total,
            size: page.size,
        })
    }

    /// Names of the users who may enter the account, ascending.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn names_in(&self, account: AccountId) -> Result<Vec<String>, StoreError> {
        let members = user_account::Entity::find()
            .filter(user_account::Column::PartnerId.eq(self.unit.scope().partner.0))
            .filter(user_account::Column::AccountId.eq(account.0))
            .all(self.unit.db())
            .await?;
        let ids: Vec<Uuid> = members.into_iter().map(|member| member.user_id).collect();
        let mut names = Vec::with_capacity(ids.len());
        for ids in ids.chunks(500) {
            let rows = self
                .scoped()
                .filter(user::Column::Id.is_in(ids.iter().copied()))
                .all(self.unit.db())
                .await?;
            names.extend(rows.into_iter().map(|row| row.user_name));
        }
        names.sort_by_key(|name| name.to_lowercase());
        Ok(names)
    }

    /// Makes a user without access to any account.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when the name is taken.
    pub async fn insert(
        &self,
        name: &str,
        password_hash: Option<String>,
    ) -> Result<User, StoreError> {
        let row = user::ActiveModel {
            id: Set(self.unit.new_id()),
            partner_id: Set(self.unit.scope().partner.0),
            user_name: Set(name.to_owned()),
            folded_name: Set(name.to_lowercase()),
            password_hash: Set(password_hash),
            created_at: Set(self.unit.now()),
            last_sign_in_at: Set(None),
        };
        let row = user::Entity::insert(row)
            .exec_with_returning(self.unit.db())
            .await?;
        Ok(read(row, Vec::new()))
    }

    /// The user of this name in any case; made without a password when there is none. Of two units that
    /// make the same one at once, both get it.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn find_or_make(&self, name: &str) -> Result<User, StoreError> {
        if let Some(user) = self.find(name).await? {
            return Ok(user);
        }
        let row = user::ActiveModel {
            id: Set(self.unit.new_id()),
            partner_id: Set(self.unit.scope().partner.0),
            user_name: Set(name.to_owned()),
            folded_name: Set(name.to_lowercase()),
            password_hash: Set(None),
            created_at: Set(self.unit.now()),
            last_sign_in_at: Set(None),
        };
        let taken = [user::Column::PartnerId, user::Column::FoldedName];
        user::Entity::insert(row)
            .on_conflict(OnConflict::columns(taken).do_nothing().to_owned())
            .exec_without_returning(self.unit.db())
            .await?;
        self.find(name).await?.ok_or(StoreError::Stale)
    }

    /// Sets the password.
    ///
    /// # Errors
    /// [`StoreError::Stale`] when the user is gone.
    pub async fn set_password(&self, id: UserId, password_hash: String) -> Result<(), StoreError> {
        self.update(
            id,
            user::ActiveModel {
                password_hash: Set(Some(password_hash)),
                ..Default::default()
            },
        )
        .await
    }

    /// Writes down that the user signed in.
    ///
    /// # Errors
    /// [`StoreError::Stale`] when the user is gone.
    pub async fn signed_in(&self, id: UserId) -> Result<(), StoreError> {
        self.update(
            id,
            user::ActiveModel {
                last_sign_in_at: Set(Some(self.unit.now())),
                ..Default::default()
            },
        )
        .await
    }

    async fn update(&self, id: UserId, change: user::ActiveModel) -> Result<(), StoreError> {
        let done = user::Entity::update_many()
            .set(change)
            .filter(user::Column::PartnerId.eq(self.unit.scope().partner.0))
            .filter(user::Column::Id.eq(id.0))
            .exec(self.unit.db())
            .await?;
        if done.rows_affected == 1 {
            Ok(())
        } else {
            Err(StoreError::Stale)
        }
    }

    /// Removes the user from every account, with its sessions.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn delete(&self, id: UserId) -> Result<(), StoreError> {
        user::Entity::delete_many()
            .filter(user::Column::PartnerId.eq(self.unit.scope().partner.0))
            .filter(user::Column::Id.eq(id.0))
            .exec(self.unit.db())
            .await?;
        Ok(())
    }

    /// Lets the user enter the account. Doing it twice is fine.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn grant(&self, user: UserId, account: AccountId) -> Result<(), StoreError> {
        let row = user_account::ActiveModel {
            user_id: Set(user.0),
            account_id: Set(account.0),
            partner_id: Set(self.unit.scope().partner.0),
        };
        let columns = [
            user_account::Column::UserId,
            user_account::Column::AccountId,
        ];
        user_account::Entity::insert(row)
            .on_conflict(OnConflict::columns(columns).do_nothing().to_owned())
            .exec_without_returning(self.unit.db())
            .await?;
        Ok(())
    }

    /// No longer lets the user enter the account. False when it could not before.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn revoke(&self, user: UserId, account: AccountId) -> Result<bool, StoreError> {
        let done = user_account::Entity::delete_many()
            .filter(user_account::Column::PartnerId.eq(self.unit.scope().partner.0))
            .filter(user_account::Column::UserId.eq(user.0))
            .filter(user_account::Column::AccountId.eq(account.0))
            .exec(self.unit.db())
            .await?;
        Ok(done.rows_affected > 0)
    }

    /// Rows with the keys of their accounts.
    async fn complete(&self, rows: Vec<user::Model>) -> Result<Vec<User>, StoreError> {
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        let members = user_account::Entity::find()
            .filter(user_account::Column::PartnerId.eq(self.unit.scope().partner.0))
            .filter(user_account::Column::UserId.is_in(rows.iter().map(|row| row.id)))
            .all(self.unit.db())
            .await?;
        let keys = self
            .unit
            .accounts()
            .keys(members.iter().map(|member| AccountId(member.account_id)))
            .await?;
        let mut accounts: HashMap<Uuid, Vec<AccountKey>> = HashMap::new();
        for member in members {
            if let Some(key) = keys.get(&AccountId(member.account_id)) {
                accounts
                    .entry(member.user_id)
                    .or_default()
                    .push(key.clone());
            }
        }
        let users = rows.into_iter().map(|row| {
            let mut accounts = accounts.remove(&row.id).unwrap_or_default();
            accounts.sort();
            read(row, accounts)
        });
        Ok(users.collect())
    }
}

/// The text anywhere, with nothing in it standing for anything else.
fn containing_pattern(text: &str) -> LikeExpr {
    let mut escaped = String::with_capacity(text.len() + 2);
    for c in text.to_lowercase().chars() {
        if matches!(c, '%' | '_' | '\\') {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    LikeExpr::new(format!("%{escaped}%")).escape('\\')
}

fn read(row: user::Model, accounts: Vec<AccountKey>) -> User {
    User {
        id: UserId(row.id),
        name: row.user_name,
        password_hash: row.password_hash,
        accounts,
        created_at: row.created_at,
        last_sign_in_at: row.last_sign_in_at,
    }
}
