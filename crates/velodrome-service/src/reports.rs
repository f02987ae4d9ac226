//! Reports: what ran and how it went, over a partner's accounts (cycles.md §12).

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use velodrome_model::{
    AccountConnectorId, AccountId, ConnectorId, CycleId, Histogram, Page, PageRequest,
    PartnerActor, PartnerScope, StepId, cycle::IncidentLevel,
};
pub use velodrome_store::{CycleFigures, Figures, ReportedCause};
use velodrome_store::{FiguresOf, StepFigures, StoreError, Unit};

pub use crate::named::Named;
use crate::{
    Workbench,
    ledger::{LedgerError, account_of},
    named::named,
    shelves::Viewer,
};

/// Days are kept for 13 months.
const LONGEST: TimeDelta = TimeDelta::days(13 * 31);
/// Hours are kept for 31 days.
const LONGEST_BY_HOUR: TimeDelta = TimeDelta::days(31);
/// Unless asked otherwise.
const USUAL: TimeDelta = TimeDelta::days(7);

/// Reads reports. Cheap to clone.
#[derive(Clone)]
pub struct Reports {
    bench: Workbench,
}

/// Why a report can't be given.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// The partner has no such account.
    #[error("No account has this id here.")]
    NoAccount,
    /// The end is not after the beginning.
    #[error("before must be later than after.")]
    Backwards,
    /// More is asked for than is kept.
    #[error("A report reaches over {0} days at most. Choose a later beginning.")]
    TooLong(i64),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<LedgerError> for ReportError {
    fn from(error: LedgerError) -> Self {
        match error {
            LedgerError::Store(cause) => Self::Store(cause),
            LedgerError::NoAccount | LedgerError::NoAccountNamed | LedgerError::NoAlarm => {
                Self::NoAccount
            }
        }
    }
}

/// Of what a report is.
#[derive(Clone, Copy, Debug, Default)]
pub struct ReportOf<'a> {
    /// API id of an account; all of the partner's when left out.
    pub account: Option<&'a str>,
    /// From this instant on; a week before the end when left out.
    pub after: Option<DateTime<Utc>>,
    /// Before this instant; now when left out.
    pub before: Option<DateTime<Utc>>,
}

/// Transactions that ended in an hour or a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Point {
    /// When the hour or the day begins.
    pub starts: DateTime<Utc>,
    /// The figures; noughts where nothing ended.
    pub figures: Figures,
}

/// What methods of account connectors are counted together by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallsBy {
    /// A connector, over all accounts.
    Connector,
    /// An account connector.
    AccountConnector,
    /// A step, which is one method of an account connector.
    Step,
}

/// Executions of method steps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallFigures {
    /// The connector's name; empty when nobody knows it any more.
    pub connector: String,
    /// The account connector and what it is called; none where connectors are counted.
    pub account_connector: Option<(AccountConnectorId, String)>,
    /// The account; none where connectors are counted.
    pub account: Option<AccountId>,
    /// The cycle and the step; none where more than a step is counted.
    pub step: Option<(CycleId, StepId, String)>,
    /// Executions, each attempt one.
    pub calls: u64,
    /// Of them those that failed.
    pub errored: u64,
    /// Milliseconds that they took.
    pub latency: Histogram,
}

impl Reports {
    /// Over this workbench.
    pub fn new(bench: Workbench) -> Self {
        Self { bench }
    }

    /// What ended by hour or day, without gaps.
    ///
    /// # Errors
    /// As [`ReportError`] says.
    pub async fn runs(
        &self,
        actor: &PartnerActor,
        of: ReportOf<'_>,
        by_day: bool,
    ) -> Result<Vec<Point>, ReportError> {
        let longest = match by_day {
            true => LONGEST,
            false => LONGEST_BY_HOUR,
        };
        let unit = self.bench.store.read(&actor.scope).await?;
        let (account, (after, before)) = self.bounds(&unit, of, longest).await?;
        let step = match by_day {
            true => TimeDelta::days(1),
            false => TimeDelta::hours(1),
        };
        let first = floor(after, step);
        let mut found = unit
            .figures(FiguresOf {
                account,
                by_day,
                after: first,
                before,
            })
            .await?;
        let mut points = Vec::new();
        let mut starts = first;
        while starts < before {
            points.push(Point {
                starts,
                figures: found.remove(&starts).unwrap_or_default(),
            });
            starts += step;
        }
        Ok(points)
    }

    /// What cycles did, those with most errors first.
    ///
    /// # Errors
    /// As [`ReportError`] says.
    pub async fn cycles(
        &self,
        actor: &PartnerActor,
        of: ReportOf<'_>,
        request: &PageRequest,
    ) -> Result<Page<Named<CycleFigures>>, ReportError> {
        let unit = self.bench.store.read(&actor.scope).await?;
        let (account, days) = self.bounds(&unit, of, LONGEST).await?;
        let all = unit.cycle_figures(account, days).await?;
        Ok(named(&unit, Page::cut(all, request), |line| {
            (Some(line.account), Some(line.cycle))
        })
        .await?)
    }

    /// What the cycles of accounts did, those with most errors first.
    ///
    /// # Errors
    /// As [`ReportError`] says.
    pub async fn accounts(
        &self,
        actor: &PartnerActor,
        of: ReportOf<'_>,
        request: &PageRequest,
    ) -> Result<Page<Named<CycleFigures>>, ReportError> {
        let unit = self.bench.store.read(&actor.scope).await?;
        let (account, days) = self.bounds(&unit, of, LONGEST).await?;
        let mut sums: BTreeMap<AccountId, CycleFigures> = BTreeMap::new();
        for line in unit.cycle_figures(account, days).await? {
            match sums.get_mut(&line.account) {
                Some(sum) => {
                    sum.runs += line.runs;
                    sum.failed += line.failed;
                    sum.errors += line.errors;
                    sum.warnings += line.warnings;
                }
                None => {
                    sums.insert(line.account, line);
                }
            }
        }
        let mut all: Vec<_> = sums.into_values().collect();
        all.sort_by_key(CycleFigures::worst_first);
        Ok(named(&unit, Page::cut(all, request), |line| {
            (Some(line.account), None)
        })
        .await?)
    }

    /// Incidents by cause, the most frequent first.
    ///
    /// # Errors
    /// As [`ReportError`] says.
    pub async fn incidents(
        &self,
        actor: &PartnerActor,
        of: ReportOf<'_>,
        level: Option<IncidentLevel>,
        request: &PageRequest,
    ) -> Result<Page<Named<ReportedCause>>, ReportError> {
        let unit = self.bench.store.read(&actor.scope).await?;
        let (account, days) = self.bounds(&unit, of, LONGEST).await?;
        let all = unit.incident_causes(account, level, days).await?;
        Ok(named(&unit, Page::cut(all, request), |line| {
            (Some(line.account), Some(line.cycle))
        })
        .await?)
    }

    /// Executions of method steps, the most frequent first. Whole days.
    ///
    /// # Errors
    /// As [`ReportError`] says.
    pub async fn calls(
        &self,
        actor: &PartnerActor,
        of: ReportOf<'_>,
        by: CallsBy,
        request: &PageRequest,
    ) -> Result<Page<Named<CallFigures>>, ReportError> {
        let unit = self.bench.store.read(&actor.scope).await?;
        let (account, (after, before)) = self.bounds(&unit, of, LONGEST).await?;
        let days = (
            after.date_naive(),
            (before - TimeDelta::nanoseconds(1)).date_naive() + TimeDelta::days(1),
        );
        let steps = unit.step_figures(account, days).await?;
        let ids: Vec<StepId> = steps.iter().map(|step| step.step).collect();
        let connectors = unit.connectors_of_steps(&ids).await?;
        let called = unit
            .account_connector_names(connectors.values().copied().map(AccountConnectorId))
            .await?;
        let names = self.connector_names(actor.scope).await?;
        let mut sums: BTreeMap<(String, i32, Option<StepId>), CallFigures> = BTreeMap::new();
        for step in steps {
            let line = line_of(&step, by, &connectors, &called, &names);
            let key = (
                line.connector.clone(),
                line.account_connector
                    .as_ref()
                    .map_or(i32::MIN, |(id, _)| id.0),
                line.step.as_ref().map(|(_, id, _)| *id),
            );
            match sums.get_mut(&key) {
                Some(sum) => {
                    sum.calls += line.calls;
                    sum.errored += line.errored;
                    sum.latency.merge(&line.latency);
                }
                None => {
                    sums.insert(key, line);
                }
            }
        }
        let mut all: Vec<_> = sums.into_values().collect();
        all.sort_by_key(|line| std::cmp::Reverse(line.calls));
        let mut page = Page::cut(all, request);
        let mut wanted = Vec::new();
        for line in &page.items {
            wanted.extend(line.step.as_ref().map(|(_, step, _)| *step));
        }
        let step_names = unit.step_names(wanted).await?;
        for line in &mut page.items {
            if let Some((_, step, name)) = &mut line.step {
                *name = step_names.get(step).cloned().unwrap_or_default();
            }
        }
        let of = |line: &CallFigures| (line.account, line.step.as_ref().map(|(cycle, ..)| *cycle));
        Ok(named(&unit, page, of).await?)
    }

    async fn connector_names(
        &self,
        scope: PartnerScope,
    ) -> Result<BTreeMap<ConnectorId, String>, StoreError> {
        let view = Box::pin(self.bench.connectors(Viewer::WholePartner(scope))).await?;
        Ok(view
            .all()
            .map(|release| (release.id(), release.listed().name.clone()))
            .collect())
    }

    async fn bounds(
        &self,
        unit: &Unit<PartnerScope>,
        of: ReportOf<'_>,
        longest: TimeDelta,
    ) -> Result<(Option<AccountId>, (DateTime<Utc>, DateTime<Utc>)), ReportError> {
        let account = match of.account {
            Some(key) => Some(account_of(unit, key).await?),
            None => None,
        };
        let now = self.bench.clock.now();
        let before = of.before.unwrap_or(now).min(now + TimeDelta::days(1));
        let after = of.after.unwrap_or(before - USUAL);
        if after >= before {
            return Err(ReportError::Backwards);
        }
        if before - after > longest {
            return Err(ReportError::TooLong(longest.num_days()));
        }
        Ok((account, (after, before)))
    }
}

fn line_of(
    step: &StepFigures,
    by: CallsBy,
    connectors: &BTreeMap<StepId, i32>,
    called: &BTreeMap<AccountConnectorId, (ConnectorId, String)>,
    names: &BTreeMap<ConnectorId, String>,
) -> CallFigures {
    let id = connectors.get(&step.step).copied().map(AccountConnectorId);
    let known = id.and_then(|id| called.get(&id));
    let connector = known
        .and_then(|(connector, _)| names.get(connector))
        .cloned()
        .unwrap_or_default();
    let is_one = by != CallsBy::Connector;
    CallFigures {
        connector,
        account_connector: id
            .filter(|_| is_one)
            .map(|id| (id, known.map(|(_, name)| name.clone()).unwrap_or_default())),
        account: is_one.then_some(step.account),
        step: (by == CallsBy::Step).then(|| (step.cycle, step.step, String::new())),
        calls: step.calls,
        errored: step.errored,
        latency: step.latency.clone(),
    }
}

fn floor(at: DateTime<Utc>, step: TimeDelta) -> DateTime<Utc> {
    let seconds = step.num_seconds();
    let floored = at.timestamp().div_euclid(seconds) * seconds;
    DateTime::from_timestamp(floored, 0).unwrap_or(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_fall_to_the_beginning_of_their_hour_or_day() {
        let at: DateTime<Utc> = "2026-03-04T09:30:00.5Z".parse().unwrap();

        assert_eq!(
            floor(at, TimeDelta::hours(1)).to_rfc3339(),
            "2026-03-04T09:00:00+00:00"
        );
        assert_eq!(
            floor(at, TimeDelta::days(1)).to_rfc3339(),
            "2026-03-04T00:00:00+00:00"
        );
    }
}
