//! Figures of what ran: summed when the ledger closes a transaction, read by reports and charts.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Timelike as _, Utc};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::OnConflict,
};
use uuid::Uuid;
use velodrome_model::{AccountId, CycleId, Histogram, InstanceScope, PartnerScope, StepId};

use super::fold::EndedRow;
use crate::{
    StoreError, Unit,
    entity::{cycle_item, run_figure, step_figure},
};

use cycle_item::Column as T;
use run_figure::Column as R;
use step_figure::Column as S;

/// How long hours are kept; days are kept as long as summaries of transactions.
const HOURS: TimeDelta = TimeDelta::days(32);
/// As the rows of hours and days have it.
const HOUR: i16 = 1;
const DAY: i16 = 24;
/// Steps of one question at most.
const MOST_STEPS: u64 = 20_000;

/// Transactions that ended in an hour or a day.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// Transactions.
    pub runs: u64,
    /// Of them those that failed or had an error.
    pub errored: u64,
    /// Milliseconds from acceptance to end.
    pub latency: Histogram,
    /// Milliseconds from acceptance to the first step.
    pub wait: Histogram,
}

impl Figures {
    fn merge(&mut self, other: &Self) {
        self.runs += other.runs;
        self.errored += other.errored;
        self.latency.merge(&other.latency);
        self.wait.merge(&other.wait);
    }
}

/// Which figures.
#[derive(Clone, Copy, Debug)]
pub struct FiguresOf {
    /// Of one account.
    pub account: Option<AccountId>,
    /// By the day instead of the hour.
    pub by_day: bool,
    /// From this instant on.
    pub after: DateTime<Utc>,
    /// Before this instant.
    pub before: DateTime<Utc>,
}

/// Executions of a method step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepFigures {
    /// Whose step it is.
    pub account: AccountId,
    /// Its cycle.
    pub cycle: CycleId,
    /// The step.
    pub step: StepId,
    /// Executions, each attempt one.
    pub calls: u64,
    /// Of them those that failed.
    pub errored: u64,
    /// Milliseconds that they took.
    pub latency: Histogram,
}

/// Adds what has ended. Called by one unit at a time, so that reading before writing is safe.
pub(super) async fn add(unit: &Unit<InstanceScope>, ended: &[EndedRow]) -> Result<(), StoreError> {
    // One that was begun again was counted when it ended first.
    let new: Vec<&EndedRow> = ended.iter().filter(|row| !row.is_reopened).collect();
    if new.is_empty() {
        return Ok(());
    }
    let mut runs: BTreeMap<(Uuid, Uuid, i16, DateTime<Utc>), Figures> = BTreeMap::new();
    for row in &new {
        let (Some(created), Some(end)) = (row.created_at, row.ended_at) else {
            continue;
        };
        let is_errored =
            row.error_count.unwrap_or_default() > 0 || row.status.as_deref() == Some("Errored");
        for (hours, starts) in [(HOUR, hour_of(end)), (DAY, day_of(end))] {
            let key = (row.partner_id, row.account_id, hours, starts);
            let figures = runs.entry(key).or_default();
            figures.runs += 1;
            figures.errored += u64::from(is_errored);
            figures.latency.add((end - created).num_milliseconds());
            if let Some(started) = row.started_at {
                figures.wait.add((started - created).num_milliseconds());
            }
        }
    }
    for ((partner, account, hours, starts), figures) in runs {
        add_runs(unit, (partner, account, hours, starts), figures).await?;
    }
    add_steps(unit, &new).await
}

async fn add_runs(
    unit: &Unit<InstanceScope>,
    (partner, account, hours, starts): (Uuid, Uuid, i16, DateTime<Utc>),
    mut figures: Figures,
) -> Result<(), StoreError> {
    let there = run_figure::Entity::find_by_id((account, hours, starts))
        .one(unit.db())
        .await?;
    if let Some(there) = there {
        figures.merge(&Figures::try_from(there)?);
    }
    let replace = OnConflict::columns([R::AccountId, R::Hours, R::StartsAt])
        .update_columns([R::Runs, R::Errored, R::Latency, R::Wait])
        .to_owned();
    run_figure::Entity::insert(run_figure::ActiveModel {
        account_id: Set(account),
        hours: Set(hours),
        starts_at: Set(starts),
        partner_id: Set(partner),
        runs: Set(figures.runs.cast_signed()),
        errored: Set(figures.errored.cast_signed()),
        latency: Set(written(&figures.latency)?),
        wait: Set(written(&figures.wait)?),
    })
    .on_conflict(replace)
    .exec_without_returning(unit.db())
    .await?;
    Ok(())
}

async fn add_steps(unit: &Unit<InstanceScope>, ended: &[&EndedRow]) -> Result<(), StoreError> {
    type Item = (
        Uuid,
        Uuid,
        Option<String>,
        DateTime<Utc>,
        Option<DateTime<Utc>>,
    );
    let items: Vec<Item> = cycle_item::Entity::find()
        .select_only()
        .columns([
            T::TransactionId,
            T::StepId,
            T::Level,
            T::StartedAt,
            T::EndedAt,
        ])
        .filter(T::TransactionId.is_in(ended.iter().map(|row| row.transaction_id)))
        .filter(T::ActionType.eq("Action"))
        .into_tuple()
        .all(unit.db())
        .await?;
    let of: BTreeMap<Uuid, &EndedRow> =
        ended.iter().map(|row| (row.transaction_id, *row)).collect();
    let mut steps: BTreeMap<(Uuid, NaiveDate), StepFigures> = BTreeMap::new();
    let mut partners: BTreeMap<Uuid, Uuid> = BTreeMap::new();
    for (transaction, step, level, started, end) in items {
        let Some(row) = of.get(&transaction) else {
            continue;
        };
        partners.insert(step, row.partner_id);
        let figures = steps
            .entry((step, started.date_naive()))
            .or_insert_with(|| StepFigures {
                account: AccountId(row.account_id),
                cycle: CycleId(row.cycle_id),
                step: StepId(step),
                calls: 0,
                errored: 0,
                latency: Histogram::default(),
            });
        figures.calls += 1;
        figures.errored += u64::from(level.as_deref() == Some("Error"));
        if let Some(end) = end {
            figures.latency.add((end - started).num_milliseconds());
        }
    }
    for ((step, day), mut figures) in steps {
        let there = step_figure::Entity::find_by_id((step, day))
            .one(unit.db())
            .await?;
        if let Some(there) = there {
            let there = StepFigures::try_from(there)?;
            figures.calls += there.calls;
            figures.errored += there.errored;
            figures.latency.merge(&there.latency);
        }
        let replace = OnConflict::columns([S::StepId, S::Day])
            .update_columns([S::Calls, S::Errored, S::Latency])
            .to_owned();
        step_figure::Entity::insert(step_figure::ActiveModel {
            step_id: Set(step),
            day: Set(day),
            partner_id: Set(partners.get(&step).copied().unwrap_or_default()),
            account_id: Set(figures.account.0),
            cycle_id: Set(figures.cycle.0),
            calls: Set(figures.calls.cast_signed()),
            errored: Set(figures.errored.cast_signed()),
            latency: Set(written(&figures.latency)?),
        })
        .on_conflict(replace)
        .exec_without_returning(unit.db())
        .await?;
    }
    Ok(())
}

impl Unit<InstanceScope> {
    /// Removes figures that are older than reports show; tells how many.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn forget_figures(&self) -> Result<u64, StoreError> {
        let now = self.now();
        let oldest = now - TimeDelta::days(13 * 31);
        let mut gone = 0;
        for (hours, before) in [(HOUR, now - HOURS), (DAY, oldest)] {
            let done = run_figure::Entity::delete_many()
                .filter(R::Hours.eq(hours))
                .filter(R::StartsAt.lt(before))
                .exec(self.db())
                .await?;
            gone += done.rows_affected;
        }
        let done = step_figure::Entity::delete_many()
            .filter(S::Day.lt(oldest.date_naive()))
            .exec(self.db())
            .await?;
        Ok(gone + done.rows_affected)
    }
}

impl Unit<PartnerScope> {
    /// Figures of the partner's accounts, or of one, by hour or day; those in which nothing ended are left
    /// out.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn figures(
        &self,
        of: FiguresOf,
    ) -> Result<BTreeMap<DateTime<Utc>, Figures>, StoreError> {
        let mut query = run_figure::Entity::find()
            .filter(R::PartnerId.eq(self.scope().partner.0))
            .filter(R::Hours.eq(if of.by_day { DAY } else { HOUR }))
            .filter(R::StartsAt.gte(of.after))
            .filter(R::StartsAt.lt(of.before));
        if let Some(account) = of.account {
            query = query.filter(R::AccountId.eq(account.0));
        }
        let mut figures: BTreeMap<DateTime<Utc>, Figures> = BTreeMap::new();
        for row in query.all(self.db()).await? {
            let starts = row.starts_at;
            figures
                .entry(starts)
                .or_default()
                .merge(&Figures::try_from(row)?);
        }
        Ok(figures)
    }

    /// Figures of method steps from the first day to the day before the second, the busiest first.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn step_figures(
        &self,
        account: Option<AccountId>,
        (from, to): (NaiveDate, NaiveDate),
    ) -> Result<Vec<StepFigures>, StoreError> {
        let mut query = step_figure::Entity::find()
            .filter(S::PartnerId.eq(self.scope().partner.0))
            .filter(S::Day.gte(from))
            .filter(S::Day.lt(to));
        if let Some(account) = account {
            query = query.filter(S::AccountId.eq(account.0));
        }
        let rows = query
            .order_by_desc(S::Calls)
            .limit(MOST_STEPS)
            .all(self.db())
            .await?;
        let mut steps: BTreeMap<Uuid, StepFigures> = BTreeMap::new();
        for row in rows {
            let more = StepFigures::try_from(row)?;
            match steps.get_mut(&more.step.0) {
                Some(figures) => {
                    figures.calls += more.calls;
                    figures.errored += more.errored;
                    figures.latency.merge(&more.latency);
                }
                None => {
                    steps.insert(more.step.0, more);
                }
            }
        }
        let mut steps: Vec<_> = steps.into_values().collect();
        steps.sort_by_key(|step| std::cmp::Reverse(step.calls));
        Ok(steps)
    }
}

impl Unit<PartnerScope> {
    /// A part of what [`Unit::step_figures`] names: the account connector of each step that is still there.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn connectors_of_steps(
        &self,
        steps: &[StepId],
    ) -> Result<BTreeMap<StepId, i32>, StoreError> {
        use crate::entity::cycle_step;
        let mut found = BTreeMap::new();
        for some in steps.chunks(500) {
            let rows: Vec<(Uuid, Option<i32>)> = cycle_step::Entity::find()
                .select_only()
                .columns([
                    cycle_step::Column::Id,
                    cycle_step::Column::AccountConnectorId,
                ])
                .filter(cycle_step::Column::PartnerId.eq(self.scope().partner.0))
                .filter(cycle_step::Column::Id.is_in(some.iter().map(|step| step.0)))
                .into_tuple()
                .all(self.db())
                .await?;
            found.extend(
                rows.into_iter()
                    .filter_map(|(step, connector)| Some((StepId(step), connector?))),
            );
        }
        Ok(found)
    }
}

impl Unit<PartnerScope> {
    /// What people called steps when they last ran.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn step_names(
        &self,
        steps: impl IntoIterator<Item = StepId>,
    ) -> Result<BTreeMap<StepId, String>, StoreError> {
        let mut names = BTreeMap::new();
        for step in steps {
            let name: Option<String> = cycle_item::Entity::find()
                .select_only()
                .column(T::StepName)
                .filter(T::PartnerId.eq(self.scope().partner.0))
                .filter(T::StepId.eq(step.0))
                .limit(1)
                .into_tuple()
                .one(self.db())
                .await?;
            names.extend(name.map(|name| (step, name)));
        }
        Ok(names)
    }
}

impl TryFrom<run_figure::Model> for Figures {
    type Error = StoreError;

    fn try_from(row: run_figure::Model) -> Result<Self, StoreError> {
        Ok(Self {
            runs: natural(row.runs),
            errored: natural(row.errored),
            latency: read(row.latency)?,
            wait: read(row.wait)?,
        })
    }
}

impl TryFrom<step_figure::Model> for StepFigures {
    type Error = StoreError;

    fn try_from(row: step_figure::Model) -> Result<Self, StoreError> {
        Ok(Self {
            account: AccountId(row.account_id),
            cycle: CycleId(row.cycle_id),
            step: StepId(row.step_id),
            calls: natural(row.calls),
            errored: natural(row.errored),
            latency: read(row.latency)?,
        })
    }
}

fn natural(number: i64) -> u64 {
    u64::try_from(number).unwrap_or_default()
}

fn written(times: &Histogram) -> Result<serde_json::Value, StoreError> {
    serde_json::to_value(times).map_err(|_| StoreError::Corrupt { what: "histogram" })
}

fn read(json: serde_json::Value) -> Result<Histogram, StoreError> {
    serde_json::from_value(json).map_err(|_| StoreError::Corrupt { what: "histogram" })
}

fn day_of(at: DateTime<Utc>) -> DateTime<Utc> {
    at.date_naive().and_time(NaiveTime::MIN).and_utc()
}

fn hour_of(at: DateTime<Utc>) -> DateTime<Utc> {
    day_of(at) + TimeDelta::hours(i64::from(at.hour()))
}
