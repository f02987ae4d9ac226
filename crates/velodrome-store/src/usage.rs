//! Tasks and incidents of accounts, counted by day.

use std::collections::BTreeMap;

use chrono::{Datelike as _, NaiveDate};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};
use velodrome_model::{AccountId, MonthlyUsage, PartnerScope};

use crate::{
    StoreError, Unit,
    accounts::key_of,
    entity::{account, account_connector, task_usage},
};

impl Unit<PartnerScope> {
    /// Tasks of one account, or of all, from the first day to the day before the second.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn tasks_between(
        &self,
        account: Option<AccountId>,
        from: NaiveDate,
        to: NaiveDate,
    ) -> Result<i64, StoreError> {
        let mut query = task_usage::Entity::find()
            .filter(task_usage::Column::PartnerId.eq(self.scope().partner.0))
            .filter(task_usage::Column::Day.gte(from))
            .filter(task_usage::Column::Day.lt(to));
        if let Some(account) = account {
            query = query.filter(task_usage::Column::AccountId.eq(account.0));
        }
        let days = query.all(self.db()).await?;
        Ok(days.into_iter().map(|day| day.tasks).sum())
    }

    /// Tasks and incidents by account and month since a day: the latest month first, then by account name.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn usage_since(
        &self,
        account: Option<AccountId>,
        from: NaiveDate,
    ) -> Result<Vec<MonthlyUsage>, StoreError> {
        let mut query = task_usage::Entity::find()
            .filter(task_usage::Column::PartnerId.eq(self.scope().partner.0))
            .filter(task_usage::Column::Day.gte(from));
        if let Some(account) = account {
            query = query.filter(task_usage::Column::AccountId.eq(account.0));
        }
        let mut sums: BTreeMap<(i32, u32, uuid::Uuid), (i64, i64)> = BTreeMap::new();
        for day in query.all(self.db()).await? {
            let sum = sums
                .entry((day.day.year(), day.day.month(), day.account_id))
                .or_default();
            sum.0 += day.tasks;
            sum.1 += day.incidents;
        }
        let accounts: BTreeMap<_, _> = account::Entity::find()
            .filter(account::Column::PartnerId.eq(self.scope().partner.0))
            .all(self.db())
            .await?
            .into_iter()
            .map(|row| (row.id, row))
            .collect();
        let mut usage = Vec::with_capacity(sums.len());
        for ((year, month, id), (tasks, incidents)) in sums {
            let Some(row) = accounts.get(&id) else {
                continue;
            };
            usage.push(MonthlyUsage {
                account: key_of(&row.key)?,
                account_name: row.name.clone(),
                month: (year, month),
                tasks,
                incidents,
            });
        }
        usage.sort_by(|a, b| {
            let by_month = b.month.cmp(&a.month);
            by_month
                .then_with(|| a.account_name.cmp(&b.account_name))
                .then_with(|| a.account.cmp(&b.account))
        });
        Ok(usage)
    }

    /// How many different connectors are installed in the partner's accounts.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn connectors_in_use(&self) -> Result<u64, StoreError> {
        let connectors: Vec<uuid::Uuid> = account_connector::Entity::find()
            .select_only()
            .column(account_connector::Column::ConnectorUid)
            .distinct()
            .filter(account_connector::Column::PartnerId.eq(self.scope().partner.0))
            .into_tuple()
            .all(self.db())
            .await?;
        Ok(connectors.len() as u64)
    }
}
