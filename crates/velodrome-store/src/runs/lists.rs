//! Transactions and their items as they are looked at.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, SimpleExpr},
};
use uuid::Uuid;
use velodrome_model::{
    CycleId, Page, PageRequest, StepId, TransactionId, TransactionItemId,
    cycle::{IncidentLevel, TransactionStatus, WaitReason},
};

use super::{
    RunRows, Transaction,
    data::{item_place, open},
};
use crate::{
    StoreError,
    entity::{cycle, cycle_item, cycle_transaction, incident},
    faults::{self, Mistake},
    paged::{self, Orders},
};

use cycle_transaction::Column as C;

/// Which state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum StatusFilter {
    /// Any.
    #[default]
    All,
    /// None that has ended.
    InProgress,
    /// This one.
    Is(TransactionStatus),
}

/// How it came about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SplitFilter {
    /// Any.
    #[default]
    All,
    /// Not split off.
    Unsplit,
    /// Split off.
    Split,
}

/// Which transactions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TransactionFilter {
    /// Of one cycle.
    pub cycle: Option<CycleId>,
    /// State.
    pub status: StatusFilter,
    /// How it came about.
    pub split: SplitFilter,
    /// This one.
    pub id: Option<TransactionId>,
    /// Split off from this one.
    pub parent: Option<TransactionId>,
    /// Waits for this.
    pub wait: Option<WaitReason>,
    /// Has errors, or has none.
    pub errors: Option<bool>,
    /// Has warnings, or has none.
    pub warnings: Option<bool>,
    /// Made at this instant or later.
    pub after: Option<DateTime<Utc>>,
    /// Made before this instant.
    pub before: Option<DateTime<Utc>>,
}

/// What runs and ran of a cycle.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CycleCounts {
    /// Transactions that have not ended.
    pub in_progress: u64,
    /// Tasks since the instant that was asked for.
    pub tasks: u64,
    /// Error incidents that are kept.
    pub errors: u64,
    /// Warning incidents that are kept.
    pub warnings: u64,
}

/// What a step did in one attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TransactionItem {
    /// Its id.
    pub id: TransactionItemId,
    /// The transaction.
    pub transaction: TransactionId,
    /// The step.
    pub step: StepId,
    /// What people called it then.
    pub step_name: String,
    /// Kind of the step.
    pub action_type: String,
    /// State of the step.
    pub status: TransactionStatus,
    /// Attempt, from 1.
    pub attempt: i32,
    /// When it began.
    pub started_at: DateTime<Utc>,
    /// When it ended.
    pub ended_at: Option<DateTime<Utc>>,
    /// Text of the requests.
    pub request: Option<String>,
    /// Text of the responses.
    pub response: Option<String>,
    /// Severity of what went wrong.
    pub level: Option<IncidentLevel>,
    /// Short message.
    pub message: Option<String>,
}

/// Whether a count is above nought, or is not.
fn some(count: C, has: bool) -> SimpleExpr {
    match has {
        true => count.gt(0),
        false => count.eq(0),
    }
}

impl RunRows<'_> {
    /// The one condition that names the tenant.
    fn listed(&self, filter: &TransactionFilter) -> Condition {
        let scope = self.unit.scope();
        let owned = match faults::has(Mistake::NoTenant) {
            true => Condition::all(),
            false => Condition::all()
                .add(C::PartnerId.eq(scope.partner.0))
                .add(C::AccountId.eq(scope.account.0)),
        };
        let mut found = owned
            .add_option(filter.cycle.map(|cycle| C::CycleId.eq(cycle.0)))
            .add_option(filter.id.map(|id| C::Id.eq(id.0)))
            .add_option(filter.parent.map(|parent| C::ParentId.eq(parent.0)))
            .add_option(filter.errors.map(|has| some(C::ErrorCount, has)))
            .add_option(filter.warnings.map(|has| some(C::WarningCount, has)))
            .add_option(filter.after.map(|after| C::CreatedAt.gte(after)))
            .add_option(filter.before.map(|before| C::CreatedAt.lt(before)));
        if let Some(wait) = filter.wait {
            found = found
                .add(C::Status.eq(TransactionStatus::Waiting.as_str()))
                .add(C::WaitReason.eq(wait.as_str()));
        }
        found = match filter.status {
            StatusFilter::All => found,
            StatusFilter::InProgress => found.add(C::EndedAt.is_null()),
            StatusFilter::Is(status) => found.add(C::Status.eq(status.as_str())),
        };
        match filter.split {
            SplitFilter::All => found,
            SplitFilter::Unsplit => found.add(C::ParentId.is_null()),
            SplitFilter::Split => found.add(C::ParentId.is_not_null()),
        }
    }

    /// A transaction of a cycle.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn get(
        &self,
        cycle: CycleId,
        id: TransactionId,
    ) -> Result<Option<Transaction>, StoreError> {
        let filter = TransactionFilter {
            cycle: Some(cycle),
            ..TransactionFilter::default()
        };
        let row = cycle_transaction::Entity::find()
            .filter(self.listed(&filter))
            .filter(C::Id.eq(id.0))
            .one(self.unit.db())
            .await?;
        row.map(Transaction::try_from).transpose()
    }

    /// A transaction of the account, whatever its cycle.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn find(&self, id: TransactionId) -> Result<Option<Transaction>, StoreError> {
        let row = cycle_transaction::Entity::find()
            .filter(self.listed(&TransactionFilter::default()))
            .filter(C::Id.eq(id.0))
            .one(self.unit.db())
            .await?;
        row.map(Transaction::try_from).transpose()
    }

    /// A page of transactions, the newest first unless asked otherwise.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn page(
        &self,
        filter: &TransactionFilter,
        request: &PageRequest,
    ) -> Result<Page<Transaction>, StoreError> {
        let query = cycle_transaction::Entity::find().filter(self.listed(filter));
        let by = [
            ("CreatedOnUtc", Expr::col(C::CreatedAt)),
            ("Id", Expr::col(C::Id)),
            ("CycleId", Expr::col(C::CycleId)),
            ("ParentTransactionId", Expr::col(C::ParentId)),
            ("Status", Expr::col(C::Status)),
            ("WaitReason", Expr::col(C::WaitReason)),
            ("DueOnUtc", Expr::col(C::DueAt)),
            ("StartedOnUtc", Expr::col(C::StartedAt)),
            ("CompletedOnUtc", Expr::col(C::EndedAt)),
            ("CurrentStepId", Expr::col(C::StepId)),
            ("StepCount", Expr::col(C::StepCount)),
            ("TasksUsed", Expr::col(C::TasksUsed)),
            ("ErrorCount", Expr::col(C::ErrorCount)),
            ("WarningCount", Expr::col(C::WarningCount)),
        ];
        let orders = Orders {
            by: &by,
            default: ("CreatedOnUtc", false),
            tie: Expr::col(C::Id),
            ties_follow: true,
        };
        let page = paged::page(self.unit.db(), query, request, orders).await?;
        Ok(Page {
            items: page
                .items
                .into_iter()
                .map(Transaction::try_from)
                .collect::<Result<_, _>>()?,
            total: page.total,
            size: page.size,
        })
    }

    /// What runs and ran of cycles; those of which nothing did are left out.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn cycle_counts(
        &self,
        of: &[CycleId],
        since: DateTime<Utc>,
    ) -> Result<HashMap<CycleId, CycleCounts>, StoreError> {
        use incident::Column as I;
        let ids: Vec<Uuid> = of.iter().map(|id| id.0).collect();
        let db = self.unit.db();
        let all = cycle_transaction::Entity::find()
            .select_only()
            .column(C::CycleId)
            .filter(self.listed(&TransactionFilter::default()))
            .filter(C::CycleId.is_in(ids.clone()))
            .group_by(C::CycleId);
        let open: Vec<(Uuid, i64)> = all
            .clone()
            .column_as(C::Id.count(), "open")
            .filter(C::EndedAt.is_null())
            .into_tuple()
            .all(db)
            .await?;
        let used: Vec<(Uuid, Option<i64>)> = all
            .column_as(C::TasksUsed.sum(), "tasks")
            .filter(C::CreatedAt.gte(since))
            .into_tuple()
            .all(db)
            .await?;
        let scope = self.unit.scope();
        let told: Vec<(Uuid, String, i64)> = incident::Entity::find()
            .select_only()
            .column(I::CycleId)
            .column(I::Level)
            .column_as(I::Id.count(), "told")
            .filter(I::PartnerId.eq(scope.partner.0))
            .filter(I::AccountId.eq(scope.account.0))
            .filter(I::CycleId.is_in(ids))
            .group_by(I::CycleId)
            .group_by(I::Level)
            .into_tuple()
            .all(db)
            .await?;
        let mut counts: HashMap<CycleId, CycleCounts> = HashMap::new();
        let natural = |number: i64| u64::try_from(number).unwrap_or_default();
        for (cycle, number) in open {
            counts.entry(CycleId(cycle)).or_default().in_progress = natural(number);
        }
        for (cycle, number) in used {
            counts.entry(CycleId(cycle)).or_default().tasks = natural(number.unwrap_or_default());
        }
        for (cycle, level, number) in told {
            let of = counts.entry(CycleId(cycle)).or_default();
            match IncidentLevel::from_word(&level) {
                Some(IncidentLevel::Error) => of.errors = natural(number),
                Some(IncidentLevel::Warning) => of.warnings = natural(number),
                None => {
                    return Err(StoreError::Corrupt {
                        what: "incident level",
                    });
                }
            }
        }
        Ok(counts)
    }

    /// Names of cycles of the account, those in the recycle bin included.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn cycle_names(
        &self,
        of: impl IntoIterator<Item = CycleId>,
    ) -> Result<HashMap<CycleId, String>, StoreError> {
        let mut ids: Vec<Uuid> = of.into_iter().map(|id| id.0).collect();
        ids.sort_unstable();
        ids.dedup();
        let scope = self.unit.scope();
        let rows: Vec<(Uuid, String)> = cycle::Entity::find()
            .select_only()
            .column(cycle::Column::Id)
            .column(cycle::Column::Name)
            .filter(cycle::Column::PartnerId.eq(scope.partner.0))
            .filter(cycle::Column::AccountId.eq(scope.account.0))
            .filter(cycle::Column::Id.is_in(ids))
            .into_tuple()
            .all(self.unit.db())
            .await?;
        Ok(rows
            .into_iter()
            .map(|(id, name)| (CycleId(id), name))
            .collect())
    }

    /// What the steps of a transaction did, in order; at most so many.
    ///
    /// # Errors
    /// When the database refuses or one does not open.
    pub async fn items(
        &self,
        of: TransactionId,
        most: u64,
    ) -> Result<Vec<TransactionItem>, StoreError> {
        use cycle_item::Column as T;
        let scope = self.unit.scope();
        let rows = cycle_item::Entity::find()
            .filter(T::PartnerId.eq(scope.partner.0))
            .filter(T::AccountId.eq(scope.account.0))
            .filter(T::TransactionId.eq(of.0))
            .order_by_asc(T::StartedAt)
            .order_by_asc(T::Id)
            .limit(most)
            .all(self.unit.db())
            .await?;
        let opened = |row: cycle_item::Model| {
            let corrupt = |what| StoreError::Corrupt { what };
            let (request, response) = match row.sealed {
                Some(sealed) => {
                    let json = open(self.unit, &item_place(row.id), sealed)?;
                    serde_json::from_str(&json).map_err(|_| corrupt("transaction item"))?
                }
                None => (None, None),
            };
            let level = match row.level.as_deref() {
                Some(word) => {
                    Some(IncidentLevel::from_word(word).ok_or(corrupt("incident level"))?)
                }
                None => None,
            };
            Ok(TransactionItem {
                id: TransactionItemId(row.id),
                transaction: TransactionId(row.transaction_id),
                step: StepId(row.step_id),
                step_name: row.step_name,
                action_type: row.action_type,
                status: TransactionStatus::from_word(&row.status)
                    .ok_or(corrupt("transaction status"))?,
                attempt: row.attempt,
                started_at: row.started_at,
                ended_at: row.ended_at,
                request,
                response,
                level,
                message: row.message,
            })
        };
        rows.into_iter().map(opened).collect()
    }
}
