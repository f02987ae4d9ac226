//! Accounts of a partner.

use std::collections::{HashMap, HashSet};

use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, EntityTrait, QueryFilter, QuerySelect, Select,
    sea_query::{Expr, Func},
};
use uuid::Uuid;
use velodrome_model::{
    Account, AccountErrorWebhook, AccountId, AccountKey, Page, PageRequest, PartnerScope,
};

use crate::{
    StoreError, Unit,
    entity::account,
    paged::{self, Orders},
};

/// Accounts of the unit's partner.
pub struct AccountRows<'u> {
    unit: &'u Unit<PartnerScope>,
}

impl Unit<PartnerScope> {
    /// Accounts of this partner.
    pub fn accounts(&self) -> AccountRows<'_> {
        AccountRows { unit: self }
    }
}

impl AccountRows<'_> {
    /// The one function that names the tenant.
    fn scoped(&self) -> Select<account::Entity> {
        account::Entity::find().filter(account::Column::PartnerId.eq(self.unit.scope().partner.0))
    }

    /// The account of this key, or of this internal GUID; the key comes first.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn find(&self, key: &str) -> Result<Option<Account>, StoreError> {
        let by_key = self
            .scoped()
            .filter(account::Column::Key.eq(key))
            .one(self.unit.db())
            .await?;
        let row = match (by_key, Uuid::parse_str(key)) {
            (None, Ok(id)) => {
                self.scoped()
                    .filter(account::Column::Id.eq(id))
                    .one(self.unit.db())
                    .await?
            }
            (row, _) => row,
        };
        Ok(self.complete(row.into_iter().collect()).await?.pop())
    }

    /// The account of this internal id.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn get(&self, id: AccountId) -> Result<Option<Account>, StoreError> {
        let row = self
            .scoped()
            .filter(account::Column::Id.eq(id.0))
            .one(self.unit.db())
            .await?;
        Ok(self.complete(row.into_iter().collect()).await?.pop())
    }

    /// The built-in account that holds templates.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn template_account(&self) -> Result<Option<Account>, StoreError> {
        let row = self
            .scoped()
            .filter(account::Column::IsTemplateAccount.eq(true))
            .one(self.unit.db())
            .await?;
        Ok(self.complete(row.into_iter().collect()).await?.pop())
    }

    /// A page of all accounts, or of the direct children of one; the template account is not among them.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn page(
        &self,
        parent: Option<AccountId>,
        request: &PageRequest,
    ) -> Result<Page<Account>, StoreError> {
        let mut query = self
            .scoped()
            .filter(account::Column::IsTemplateAccount.eq(false));
        if let Some(parent) = parent {
            query = query.filter(account::Column::ParentId.eq(parent.0));
        }
        let column = |column: account::Column| Expr::col((account::Entity, column));
        let folded = |name: account::Column| Expr::expr(Func::lower(column(name)));
        let orders = [
            ("CreatedDate", column(account::Column::CreatedAt)),
            ("Id", column(account::Column::Key)),
            ("Name", folded(account::Column::Name)),
            ("Description", folded(account::Column::Description)),
            ("AuditInfo", folded(account::Column::AuditInfo)),
            ("TaskAuditInfo", folded(account::Column::TaskAuditInfo)),
            ("Timezone", folded(account::Column::Timezone)),
            ("NextBillDateUtc", column(account::Column::NextBillAt)),
            (
                "StepDataSuccessRetentionHours",
                column(account::Column::SuccessRetentionHours),
            ),
            (
                "StepDataErroredRetentionHours",
                column(account::Column::ErroredRetentionHours),
            ),
            (
                "TransactionErrorWebhookEnabled",
                column(account::Column::ErrorWebhookEnabled),
            ),
            (
                "TransactionErrorWebhookUrl",
                folded(account::Column::ErrorWebhookUrl),
            ),
            (
                "TransactionErrorWebhookIncludeWarnings",
                column(account::Column::ErrorWebhookWarnings),
            ),
            (
                "ConcurrentTransactionLimit",
                column(account::Column::ConcurrentLimit),
            ),
            ("ParentAccountId", column(account::Column::ParentId)),
            ("IsSuspended", column(account::Column::IsSuspended)),
        ];
        let orders = Orders {
            by: &orders,
            default: ("CreatedDate", true),
            tie: column(account::Column::Id),
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

    /// The account and everything below it, internal ids, parents before children.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn family(&self, id: AccountId) -> Result<Vec<AccountId>, StoreError> {
        let mut family = vec![id.0];
        let mut newest = vec![id.0];
        while !newest.is_empty() {
            let children: Vec<Uuid> = self
                .scoped()
                .select_only()
                .column(account::Column::Id)
                .filter(account::Column::ParentId.is_in(newest))
                .filter(account::Column::Id.is_not_in(family.clone()))
                .into_tuple()
                .all(self.unit.db())
                .await?;
            family.extend(&children);
            newest = children;
        }
        Ok(family.into_iter().map(AccountId).collect())
    }

    /// Keys of accounts, for answers that show them.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn keys(
        &self,
        ids: impl IntoIterator<Item = AccountId>,
    ) -> Result<HashMap<AccountId, AccountKey>, StoreError> {
        let ids: Vec<Uuid> = ids.into_iter().map(|id| id.0).collect();
        if ids.is_empty() {
            return Ok(HashMap::new());
        }
        let rows: Vec<(Uuid, String)> = self
            .scoped()
            .select_only()
            .column(account::Column::Id)
            .column(account::Column::Key)
            .filter(account::Column::Id.is_in(ids))
            .into_tuple()
            .all(self.unit.db())
            .await?;
        rows.into_iter()
            .map(|(id, key)| Ok((AccountId(id), key_of(&key)?)))
            .collect()
    }

    /// Keys and display names of accounts.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn named(
        &self,
        ids: impl IntoIterator<Item = AccountId>,
    ) -> Result<HashMap<AccountId, (AccountKey, String)>, StoreError> {
        let ids: HashSet<Uuid> = ids.into_iter().map(|id| id.0).collect();
        if ids.is_empty() {
            return Ok(HashMap::new());
        }
        let rows: Vec<(Uuid, String, String)> = self
            .scoped()
            .select_only()
            .column(account::Column::Id)
            .column(account::Column::Key)
            .column(account::Column::Name)
            .filter(account::Column::Id.is_in(ids))
            .into_tuple()
            .all(self.unit.db())
            .await?;
        rows.into_iter()
            .map(|(id, key, name)| Ok((AccountId(id), (key_of(&key)?, name))))
            .collect()
    }

    /// Whether the key names an account, or is the internal id of one: both would be ambiguous.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn key_is_taken(&self, key: &AccountKey) -> Result<bool, StoreError> {
        Ok(self.find(key.as_str()).await?.is_some())
    }

    /// Makes an account.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when the key is taken.
    pub async fn insert(&self, account: &Account) -> Result<(), StoreError> {
        let mut row = changed(account);
        row.id = Set(account.id.0);
        row.partner_id = Set(self.unit.scope().partner.0);
        row.key = Set(account.key.as_str().to_owned());
        row.parent_id = Set(account.parent.as_ref().map(|(id, _)| id.0));
        row.is_template_account = Set(account.is_template_account);
        row.created_at = Set(account.created_at);
        account::Entity::insert(row)
            .exec_without_returning(self.unit.db())
            .await?;
        Ok(())
    }

    /// Writes what may change: everything but ids, parent and time of creation.
    ///
    /// # Errors
    /// [`StoreError::Stale`] when it is gone.
    pub async fn save(&self, account: &Account) -> Result<(), StoreError> {
        let done = account::Entity::update_many()
            .set(changed(account))
            .filter(account::Column::PartnerId.eq(self.unit.scope().partner.0))
            .filter(account::Column::Id.eq(account.id.0))
            .exec(self.unit.db())
            .await?;
        if done.rows_affected == 1 {
            Ok(())
        } else {
            Err(StoreError::Stale)
        }
    }

    /// Removes the account with everything in it and below it.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn delete(&self, id: AccountId) -> Result<(), StoreError> {
        account::Entity::delete_many()
            .filter(account::Column::PartnerId.eq(self.unit.scope().partner.0))
            .filter(account::Column::Id.eq(id.0))
            .exec(self.unit.db())
            .await?;
        Ok(())
    }

    /// Rows with the keys of their parents.
    async fn complete(&self, rows: Vec<account::Model>) -> Result<Vec<Account>, StoreError> {
        let parents = rows.iter().filter_map(|row| row.parent_id.map(AccountId));
        let keys = self.keys(parents).await?;
        rows.into_iter()
            .map(|row| {
                let parent = row
                    .parent_id
                    .map(AccountId)
                    .and_then(|id| keys.get(&id).map(|key| (id, key.clone())));
                account(row, parent)
            })
            .collect()
    }
}

pub(crate) fn key_of(text: &str) -> Result<AccountKey, StoreError> {
    text.parse().map_err(|_| StoreError::Corrupt {
        what: "an account id",
    })
}

fn account(
    row: account::Model,
    parent: Option<(AccountId, AccountKey)>,
) -> Result<Account, StoreError> {
    Ok(Account {
        id: AccountId(row.id),
        key: key_of(&row.key)?,
        name: row.name,
        description: row.description,
        audit_info: row.audit_info,
        task_audit_info: row.task_audit_info,
        timezone: row.timezone,
        next_bill_at: row.next_bill_at,
        success_retention_hours: row.success_retention_hours,
        errored_retention_hours: row.errored_retention_hours,
        error_webhook: AccountErrorWebhook {
            enabled: row.error_webhook_enabled,
            url: row.error_webhook_url,
            include_warnings: row.error_webhook_warnings,
        },
        concurrent_limit: row.concurrent_limit,
        parent,
        is_template_account: row.is_template_account,
        is_suspended: row.is_suspended,
        created_at: row.created_at,
    })
}

fn changed(account: &Account) -> account::ActiveModel {
    account::ActiveModel {
        name: Set(account.name.clone()),
        description: Set(account.description.clone()),
        audit_info: Set(account.audit_info.clone()),
        task_audit_info: Set(account.task_audit_info.clone()),
        timezone: Set(account.timezone.clone()),
        next_bill_at: Set(account.next_bill_at),
        success_retention_hours: Set(account.success_retention_hours),
        errored_retention_hours: Set(account.errored_retention_hours),
        error_webhook_enabled: Set(account.error_webhook.enabled),
        error_webhook_url: Set(account.error_webhook.url.clone()),
        error_webhook_warnings: Set(account.error_webhook.include_warnings),
        concurrent_limit: Set(account.concurrent_limit),
        is_suspended: Set(account.is_suspended),
        ..Default::default()
    }
}
