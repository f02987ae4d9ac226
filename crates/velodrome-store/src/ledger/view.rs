//! The ledger as a partner sees it.

use std::collections::HashMap;

use sea_orm::{
    ColumnTrait, EntityTrait, FromQueryResult, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect, Select,
    sea_query::{Expr, ExprTrait, SimpleExpr},
};
use uuid::Uuid;
use velodrome_model::{AccountId, CycleId, Page, PageRequest, PartnerScope};

use super::{DONE, FAILED};
use crate::{
    StoreError, Unit,
    entity::{account, cycle, ledger_day, ledger_entry},
};

use ledger_day::Column as D;
use ledger_entry::Column as E;

/// What is counted together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LedgerOf {
    /// A line for each account.
    Accounts,
    /// A line for each cycle of an account, those in the recycle bin included; or for one of them.
    Cycles(AccountId, Option<CycleId>),
}

/// What was accepted in the last 13 months, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LedgerLine {
    /// Whose it is.
    pub account: AccountId,
    /// What the account is called.
    pub account_name: String,
    /// The cycle, and what it is called; none for all of an account.
    pub cycle: Option<(CycleId, String)>,
    /// Transactions that were begun.
    pub accepted: i64,
    /// Of them those that are completed.
    pub done: i64,
    /// Those that ended otherwise: with an error, stopped, cancelled.
    pub failed: i64,
    /// Those that have not ended.
    pub waiting: i64,
    /// Those that are not there any more.
    pub lost: i64,
}

impl LedgerLine {
    fn new(account: AccountId, account_name: String, cycle: Option<(CycleId, String)>) -> Self {
        Self {
            account,
            account_name,
            cycle,
            accepted: 0,
            done: 0,
            failed: 0,
            waiting: 0,
            lost: 0,
        }
    }

    /// Whether everything that was accepted is somewhere.
    pub fn is_balanced(&self) -> bool {
        self.lost == 0 && self.accepted == self.done + self.failed + self.waiting
    }
}

#[derive(FromQueryResult)]
struct SummedRow {
    of: Uuid,
    accepted: i64,
    done: i64,
    failed: i64,
    waiting: i64,
    lost: i64,
}

fn sum(of: impl Into<SimpleExpr>) -> SimpleExpr {
    Expr::expr(of.into()).sum().cast_as("bigint")
}

fn one_if(condition: SimpleExpr) -> SimpleExpr {
    sea_orm::sea_query::CaseStatement::new()
        .case(condition, 1)
        .finally(0)
        .into()
}

impl Unit<PartnerScope> {
    /// A page of the ledger, by name.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn ledger_page(
        &self,
        of: LedgerOf,
        request: &PageRequest,
    ) -> Result<Page<LedgerLine>, StoreError> {
        let (mut lines, total) = match of {
            LedgerOf::Accounts => self.account_lines(request).await?,
            LedgerOf::Cycles(account, cycle) => self.cycle_lines(account, cycle, request).await?,
        };
        let ids: Vec<Uuid> = lines.iter().map(key).collect();
        let by_cycle = matches!(of, LedgerOf::Cycles(..));
        let sums = self.sums(by_cycle, ids).await?;
        for line in &mut lines {
            for row in sums.get(&key(line)).into_iter().flatten() {
                line.accepted += row.accepted;
                line.done += row.done;
                line.failed += row.failed;
                line.waiting += row.waiting;
                line.lost += row.lost;
            }
        }
        Ok(Page {
            items: lines,
            total,
            size: request.size(),
        })
    }

    async fn account_lines(
        &self,
        request: &PageRequest,
    ) -> Result<(Vec<LedgerLine>, u64), StoreError> {
        let query =
            account::Entity::find().filter(account::Column::PartnerId.eq(self.scope().partner.0));
        let total = query.clone().count(self.db()).await?;
        let rows: Vec<(Uuid, String)> = query
            .select_only()
            .columns([account::Column::Id, account::Column::Name])
            .order_by_asc(account::Column::Name)
            .order_by_asc(account::Column::Id)
            .offset(request.offset())
            .limit(request.size())
            .into_tuple()
            .all(self.db())
            .await?;
        let line = |(id, name)| LedgerLine::new(AccountId(id), name, None);
        Ok((rows.into_iter().map(line).collect(), total))
    }

    async fn cycle_lines(
        &self,
        of: AccountId,
        one: Option<CycleId>,
        request: &PageRequest,
    ) -> Result<(Vec<LedgerLine>, u64), StoreError> {
        let account = account::Entity::find_by_id(of.0)
            .filter(account::Column::PartnerId.eq(self.scope().partner.0))
            .one(self.db())
            .await?;
        let Some(account) = account else {
            return Ok((Vec::new(), 0));
        };
        let mut query = cycle::Entity::find()
            .filter(cycle::Column::PartnerId.eq(self.scope().partner.0))
            .filter(cycle::Column::AccountId.eq(of.0));
        if let Some(one) = one {
            query = query.filter(cycle::Column::Id.eq(one.0));
        }
        let total = query.clone().count(self.db()).await?;
        let rows: Vec<(Uuid, String)> = query
            .select_only()
            .columns([cycle::Column::Id, cycle::Column::Name])
            .order_by_asc(cycle::Column::Name)
            .order_by_asc(cycle::Column::Id)
            .offset(request.offset())
            .limit(request.size())
            .into_tuple()
            .all(self.db())
            .await?;
        let line =
            |(id, name)| LedgerLine::new(of, account.name.clone(), Some((CycleId(id), name)));
        Ok((rows.into_iter().map(line).collect(), total))
    }

    /// What is summed, and what is not summed yet: two rows for each at most.
    async fn sums(
        &self,
        by_cycle: bool,
        ids: Vec<Uuid>,
    ) -> Result<HashMap<Uuid, Vec<SummedRow>>, StoreError> {
        let partner = self.scope().partner.0;
        let (day_key, entry_key) = match by_cycle {
            true => (D::CycleId, E::CycleId),
            false => (D::AccountId, E::AccountId),
        };
        let days: Select<ledger_day::Entity> = ledger_day::Entity::find()
            .select_only()
            .column_as(day_key, "of")
            .column_as(sum(Expr::col(D::Accepted)), "accepted")
            .column_as(sum(Expr::col(D::Done)), "done")
            .column_as(sum(Expr::col(D::Failed)), "failed")
            .column_as(sum(Expr::val(0)), "waiting")
            .column_as(sum(Expr::col(D::Lost)), "lost")
            .filter(D::PartnerId.eq(partner))
            .filter(day_key.is_in(ids.clone()))
            .group_by(day_key);
        let is = |outcome: i16| one_if(Expr::col(E::Outcome).eq(outcome));
        let entries: Select<ledger_entry::Entity> = ledger_entry::Entity::find()
            .select_only()
            .column_as(entry_key, "of")
            .column_as(sum(one_if(Expr::col(E::IsReopened).eq(false))), "accepted")
            .column_as(sum(is(DONE)), "done")
            .column_as(
                // One that was begun again is summed as failed.
                sum(is(FAILED).sub(one_if(Expr::col(E::IsReopened).eq(true)))),
                "failed",
            )
            .column_as(sum(one_if(Expr::col(E::Outcome).is_null())), "waiting")
            .column_as(sum(Expr::val(0)), "lost")
            .filter(E::PartnerId.eq(partner))
            .filter(entry_key.is_in(ids))
            .group_by(entry_key);
        let mut sums: HashMap<Uuid, Vec<SummedRow>> = HashMap::new();
        let days = days.into_model::<SummedRow>().all(self.db()).await?;
        let entries = entries.into_model::<SummedRow>().all(self.db()).await?;
        for row in days.into_iter().chain(entries) {
            sums.entry(row.of).or_default().push(row);
        }
        Ok(sums)
    }
}

fn key(line: &LedgerLine) -> Uuid {
    match &line.cycle {
        Some((cycle, _)) => cycle.0,
        None => line.account.0,
    }
}
