//! Sums for reports: what a partner's cycles did in some days, and what went wrong there.

use std::{cmp::Reverse, collections::BTreeMap};

use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::{
    ColumnTrait, EntityTrait, FromQueryResult, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, ExprTrait, Order},
};
use uuid::Uuid;
use velodrome_model::{
    AccountConnectorId, AccountId, ConnectorId, CycleId, PartnerScope, StepId, cycle::IncidentLevel,
};

use crate::{
    StoreError, Unit,
    entity::{account, account_connector, cycle, incident, ledger_day},
};

use incident::Column as I;
use ledger_day::Column as D;

/// Lines of one report at most: the first, as it is ordered.
const MOST: u64 = 10_000;

/// What a cycle did in some days.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CycleFigures {
    /// Whose it is.
    pub account: AccountId,
    /// The cycle.
    pub cycle: CycleId,
    /// Transactions of these days that have ended.
    pub runs: i64,
    /// Of them those that did not complete.
    pub failed: i64,
    /// Error incidents.
    pub errors: i64,
    /// Warning incidents.
    pub warnings: i64,
}

impl CycleFigures {
    /// Sorts those with most errors first.
    pub fn worst_first(&self) -> impl Ord + use<> {
        Reverse((self.errors, self.failed, self.warnings, self.runs))
    }
}

/// Incidents of one cause: the same message at the same step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportedCause {
    /// Whose they are.
    pub account: AccountId,
    /// The cycle.
    pub cycle: CycleId,
    /// The step, with what people called it.
    pub step: Option<(StepId, String)>,
    /// Severity.
    pub level: IncidentLevel,
    /// The short message.
    pub message: String,
    /// How many.
    pub count: i64,
    /// When the first came.
    pub first: DateTime<Utc>,
    /// When the last came.
    pub last: DateTime<Utc>,
}

#[derive(FromQueryResult)]
struct DayRow {
    account_id: Uuid,
    cycle_id: Uuid,
    runs: i64,
    failed: i64,
}

#[derive(FromQueryResult)]
struct LevelRow {
    account_id: Uuid,
    cycle_id: Uuid,
    level: String,
    count: i64,
}

#[derive(FromQueryResult)]
struct CauseRow {
    account_id: Uuid,
    cycle_id: Uuid,
    step_id: Option<Uuid>,
    step_name: Option<String>,
    level: String,
    message: String,
    count: i64,
    first: DateTime<Utc>,
    last: DateTime<Utc>,
}

/// From when to when, the end not included.
type Days = (DateTime<Utc>, DateTime<Utc>);

fn level_of(word: &str) -> Result<IncidentLevel, StoreError> {
    IncidentLevel::from_word(word).ok_or(StoreError::Corrupt {
        what: "incident level",
    })
}

impl Unit<PartnerScope> {
    /// What cycles did, those with most errors first; those that did nothing are left out.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn cycle_figures(
        &self,
        account: Option<AccountId>,
        (after, before): Days,
    ) -> Result<Vec<CycleFigures>, StoreError> {
        let (db, partner) = (self.db(), self.scope().partner.0);
        let sum = |column: D| Expr::col(column).sum().cast_as("bigint");
        let last: NaiveDate = before.date_naive();
        let mut days = ledger_day::Entity::find()
            .select_only()
            .columns([D::AccountId, D::CycleId])
            .column_as(sum(D::Accepted), "runs")
            .column_as(sum(D::Failed), "failed")
            .filter(D::PartnerId.eq(partner))
            .filter(D::Day.gte(after.date_naive()))
            .filter(D::Day.lte(last))
            .group_by(D::AccountId)
            .group_by(D::CycleId);
        let mut told = incident::Entity::find()
            .select_only()
            .columns([I::AccountId, I::CycleId, I::Level])
            .column_as(I::Id.count(), "count")
            .filter(I::PartnerId.eq(partner))
            .filter(I::CreatedAt.gte(after))
            .filter(I::CreatedAt.lt(before))
            .group_by(I::AccountId)
            .group_by(I::CycleId)
            .group_by(I::Level);
        if let Some(account) = account {
            days = days.filter(D::AccountId.eq(account.0));
            told = told.filter(I::AccountId.eq(account.0));
        }
        let mut figures: BTreeMap<(Uuid, Uuid), CycleFigures> = BTreeMap::new();
        let blank = |account: Uuid, cycle: Uuid| CycleFigures {
            account: AccountId(account),
            cycle: CycleId(cycle),
            runs: 0,
            failed: 0,
            errors: 0,
            warnings: 0,
        };
        for row in days.limit(MOST).into_model::<DayRow>().all(db).await? {
            let of = figures
                .entry((row.account_id, row.cycle_id))
                .or_insert_with(|| blank(row.account_id, row.cycle_id));
            (of.runs, of.failed) = (row.runs, row.failed);
        }
        for row in told.limit(MOST).into_model::<LevelRow>().all(db).await? {
            let of = figures
                .entry((row.account_id, row.cycle_id))
                .or_insert_with(|| blank(row.account_id, row.cycle_id));
            match level_of(&row.level)? {
                IncidentLevel::Error => of.errors = row.count,
                IncidentLevel::Warning => of.warnings = row.count,
            }
        }
        let mut figures: Vec<_> = figures.into_values().collect();
        figures.sort_by_key(CycleFigures::worst_first);
        Ok(figures)
    }

    /// Incidents by cause, the most frequent first.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn incident_causes(
        &self,
        account: Option<AccountId>,
        level: Option<IncidentLevel>,
        (after, before): Days,
    ) -> Result<Vec<ReportedCause>, StoreError> {
        let mut told = incident::Entity::find()
            .select_only()
            .columns([I::AccountId, I::CycleId, I::StepId, I::Level, I::Message])
            .column_as(I::StepName.max(), "step_name")
            .column_as(I::Id.count(), "count")
            .column_as(I::CreatedAt.min(), "first")
            .column_as(I::CreatedAt.max(), "last")
            .filter(I::PartnerId.eq(self.scope().partner.0))
            .filter(I::CreatedAt.gte(after))
            .filter(I::CreatedAt.lt(before))
            .group_by(I::AccountId)
            .group_by(I::CycleId)
            .group_by(I::StepId)
            .group_by(I::Level)
            .group_by(I::Message)
            .order_by(I::Id.count(), Order::Desc);
        if let Some(account) = account {
            told = told.filter(I::AccountId.eq(account.0));
        }
        if let Some(level) = level {
            told = told.filter(I::Level.eq(level.as_str()));
        }
        let rows = told.limit(MOST).into_model::<CauseRow>();
        let cause = |row: CauseRow| {
            Ok(ReportedCause {
                account: AccountId(row.account_id),
                cycle: CycleId(row.cycle_id),
                step: row.step_id.map(StepId).zip(row.step_name),
                level: level_of(&row.level)?,
                message: row.message,
                count: row.count,
                first: row.first,
                last: row.last,
            })
        };
        rows.all(self.db()).await?.into_iter().map(cause).collect()
    }

    /// Names of accounts and cycles, for answers that show them.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn account_and_cycle_names(
        &self,
        accounts: impl IntoIterator<Item = AccountId>,
        cycles: impl IntoIterator<Item = CycleId>,
    ) -> Result<(BTreeMap<AccountId, String>, BTreeMap<CycleId, String>), StoreError> {
        let partner = self.scope().partner.0;
        let accounts: Vec<(Uuid, String)> = account::Entity::find()
            .select_only()
            .columns([account::Column::Id, account::Column::Name])
            .filter(account::Column::PartnerId.eq(partner))
            .filter(account::Column::Id.is_in(accounts.into_iter().map(|id| id.0)))
            .into_tuple()
            .all(self.db())
            .await?;
        let cycles: Vec<(Uuid, String)> = cycle::Entity::find()
            .select_only()
            .columns([cycle::Column::Id, cycle::Column::Name])
            .filter(cycle::Column::PartnerId.eq(partner))
            .filter(cycle::Column::Id.is_in(cycles.into_iter().map(|id| id.0)))
            .into_tuple()
            .all(self.db())
            .await?;
        Ok((
            accounts
                .into_iter()
                .map(|(id, name)| (AccountId(id), name))
                .collect(),
            cycles
                .into_iter()
                .map(|(id, name)| (CycleId(id), name))
                .collect(),
        ))
    }

    /// Account connectors by id: their connector's release, and what they are called.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn account_connector_names(
        &self,
        ids: impl IntoIterator<Item = AccountConnectorId>,
    ) -> Result<BTreeMap<AccountConnectorId, (ConnectorId, String)>, StoreError> {
        use account_connector::Column as C;
        let rows: Vec<(i32, i32, String)> = account_connector::Entity::find()
            .select_only()
            .columns([C::Id, C::ConnectorId, C::Name])
            .filter(C::PartnerId.eq(self.scope().partner.0))
            .filter(C::Id.is_in(ids.into_iter().map(|id| id.0)))
            .into_tuple()
            .all(self.db())
            .await?;
        let named =
            |(id, connector, name)| (AccountConnectorId(id), (ConnectorId(connector), name));
        Ok(rows.into_iter().map(named).collect())
    }
}
