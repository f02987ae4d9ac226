//! Incidents on their way to the transaction error webhook (cycles.md §12): which nobody was told of, and how
//! often an account was told within a minute.

use chrono::{DateTime, Utc};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait as _, EntityTrait, FromQueryResult,
    PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, Statement, Value, sea_query::Expr,
};
use uuid::Uuid;
use velodrome_model::{
    AccountId, AccountScope, CycleId, IncidentId, InstanceScope, PartnerId, cycle::IncidentLevel,
};

use crate::{
    Incident, StoreError, Unit,
    entity::{
        incident::{self, Column as I},
        outbox,
    },
};

/// Equal incidents: of one step, with one message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EqualIncidents {
    /// The newest.
    pub newest: Incident,
    /// How many there are.
    pub count: i64,
}

/// Incidents of the unit's account that are to be posted.
pub struct ErrorPostRows<'u> {
    unit: &'u Unit<AccountScope>,
}

#[derive(FromQueryResult)]
struct AccountRow {
    partner_id: Uuid,
    account_id: Uuid,
}

#[derive(FromQueryResult)]
struct GroupRow {
    cycle_id: Uuid,
    step_id: Option<Uuid>,
    level: String,
    message: String,
    count: i64,
}

#[derive(FromQueryResult)]
struct ToldRow {
    told: i32,
}

/// Counts a post within a minute, and gives how many there were. The first of a minute begins anew.
const TELL: &str = "INSERT INTO error_pace (account_id, minute, told) VALUES ($1, $2, 1) \
     ON CONFLICT (account_id) DO UPDATE SET \
     told = CASE WHEN error_pace.minute = excluded.minute THEN error_pace.told + 1 ELSE 1 END, \
     minute = excluded.minute RETURNING told";

impl Unit<InstanceScope> {
    /// Accounts with incidents that nobody was told of, a bounded number.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn accounts_to_tell(&self, limit: u64) -> Result<Vec<AccountScope>, StoreError> {
        let rows: Vec<AccountRow> = incident::Entity::find()
            .select_only()
            .column(I::PartnerId)
            .column(I::AccountId)
            .distinct()
            .filter(I::ToPost.eq(true))
            .limit(limit)
            .into_model()
            .all(self.db())
            .await?;
        let scope = |row: AccountRow| AccountScope {
            partner: PartnerId(row.partner_id),
            account: AccountId(row.account_id),
        };
        Ok(rows.into_iter().map(scope).collect())
    }
}

impl Unit<AccountScope> {
    /// Incidents of this account that are to be posted.
    pub fn error_posts(&self) -> ErrorPostRows<'_> {
        ErrorPostRows { unit: self }
    }
}

impl ErrorPostRows<'_> {
    /// The one condition that names the tenant.
    fn open(&self) -> Condition {
        let scope = self.unit.scope();
        Condition::all()
            .add(I::PartnerId.eq(scope.partner.0))
            .add(I::AccountId.eq(scope.account.0))
            .add(I::ToPost.eq(true))
    }

    /// Waits until nobody else decides what is posted of this account; until the unit ends.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn lock(&self) -> Result<(), StoreError> {
        let (high, _) = self.unit.scope().account.0.as_u64_pair();
        self.unit.lock(high.cast_signed()).await
    }

    /// Nobody is to be told of these, or of the warnings among them.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn drop_all(&self, only: Option<IncidentLevel>) -> Result<(), StoreError> {
        let level = only.map(|level| I::Level.eq(level.as_str()));
        self.done(self.open().add_option(level)).await
    }

    /// The oldest, at most `limit`.
    ///
    /// # Errors
    /// When the database refuses or one does not open.
    pub async fn oldest(&self, limit: u64) -> Result<Vec<Incident>, StoreError> {
        let rows = incident::Entity::find()
            .filter(self.open())
            .order_by_asc(I::CreatedAt)
            .order_by_asc(I::Id)
            .limit(limit)
            .all(self.unit.db())
            .await?;
        rows.into_iter()
            .map(|row| Incident::opened(self.unit, row))
            .collect()
    }

    /// Those from before an instant, equal ones together, the most frequent first; at most `limit` kinds.
    ///
    /// # Errors
    /// When the database refuses or one does not open.
    pub async fn equal_before(
        &self,
        instant: DateTime<Utc>,
        limit: u64,
    ) -> Result<Vec<EqualIncidents>, StoreError> {
        let groups: Vec<GroupRow> = incident::Entity::find()
            .select_only()
            .column(I::CycleId)
            .column(I::StepId)
            .column(I::Level)
            .column(I::Message)
            .column_as(I::Id.count(), "count")
            .filter(self.open())
            .filter(I::CreatedAt.lt(instant))
            .group_by(I::CycleId)
            .group_by(I::StepId)
            .group_by(I::Level)
            .group_by(I::Message)
            .order_by_desc(I::Id.count())
            .limit(limit)
            .into_model()
            .all(self.unit.db())
            .await?;
        let mut equal = Vec::with_capacity(groups.len());
        for group in groups {
            let newest = incident::Entity::find()
                .filter(self.open())
                .filter(like(&group))
                .filter(I::CreatedAt.lt(instant))
                .order_by_desc(I::CreatedAt)
                .order_by_desc(I::Id)
                .one(self.unit.db())
                .await?;
            if let Some(row) = newest {
                equal.push(EqualIncidents {
                    newest: Incident::opened(self.unit, row)?,
                    count: group.count,
                });
            }
        }
        Ok(equal)
    }

    /// Somebody will be told of these.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn told_of(&self, ids: &[IncidentId]) -> Result<(), StoreError> {
        let ids = I::Id.is_in(ids.iter().map(|id| id.0));
        self.done(self.open().add(ids)).await
    }

    /// Somebody will be told of all that are equal to this one and from before an instant.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn told_of_equal(
        &self,
        one: &Incident,
        instant: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let group = GroupRow {
            cycle_id: one.cycle.0,
            step_id: one.step.as_ref().map(|(step, _)| step.0),
            level: one.level.as_str().to_owned(),
            message: one.message.clone(),
            count: 0,
        };
        let equal = self.open().add(like(&group)).add(I::CreatedAt.lt(instant));
        self.done(equal).await
    }

    async fn done(&self, which: Condition) -> Result<(), StoreError> {
        incident::Entity::update_many()
            .set(incident::ActiveModel {
                to_post: Set(false),
                ..Default::default()
            })
            .filter(which)
            .exec(self.unit.db())
            .await?;
        Ok(())
    }

    /// How many posts of the account wait to be delivered.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn undelivered(&self) -> Result<u64, StoreError> {
        let scope = self.unit.scope();
        let kind = Expr::cust("CAST(payload AS TEXT)");
        let found = outbox::Entity::find()
            .filter(outbox::Column::PartnerId.eq(scope.partner.0))
            .filter(outbox::Column::AccountId.eq(scope.account.0))
            .filter(sea_orm::sea_query::ExprTrait::like(
                kind,
                "%\"post_error\"%",
            ));
        Ok(found.count(self.unit.db()).await?)
    }

    /// How many were posted within a minute, which is counted from 1970.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn told_within(&self, minute: i64) -> Result<i32, StoreError> {
        let row = crate::entity::error_pace::Entity::find_by_id(self.unit.scope().account.0)
            .one(self.unit.db())
            .await?;
        Ok(row
            .filter(|row| row.minute == minute)
            .map_or(0, |row| row.told))
    }

    /// Counts one more post within a minute, and gives how many that makes.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn tell_within(&self, minute: i64) -> Result<i32, StoreError> {
        let db = self.unit.db();
        let values: [Value; 2] = [self.unit.scope().account.0.into(), minute.into()];
        let statement = Statement::from_sql_and_values(db.get_database_backend(), TELL, values);
        let row = ToldRow::find_by_statement(statement).one(db).await?;
        Ok(row.map_or(0, |row| row.told))
    }

    /// Whether the last part of an address is the key of a webhook of this cycle.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn is_own_webhook(&self, cycle: CycleId, key: &str) -> Result<bool, StoreError> {
        let states = self.unit.cycles().step_states(cycle).await?;
        Ok(states
            .values()
            .any(|state| state.webhook_key.as_deref() == Some(key)))
    }
}

fn like(group: &GroupRow) -> Condition {
    Condition::all()
        .add(I::CycleId.eq(group.cycle_id))
        .add(match group.step_id {
            Some(step) => I::StepId.eq(step),
            None => I::StepId.is_null(),
        })
        .add(I::Level.eq(group.level.as_str()))
        .add(I::Message.eq(group.message.as_str()))
}
