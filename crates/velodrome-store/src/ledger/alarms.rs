//! Alarms of the ledger, as a partner sees them.

use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, sea_query::Expr,
};
use velodrome_model::{
    AccountId, CycleId, InstanceScope, LedgerAlarmId, Page, PageRequest, PartnerScope,
    TransactionId, WebhookRequestId,
};

use crate::{
    StoreError, Unit,
    entity::ledger_alarm,
    paged::{self, Orders},
};

use ledger_alarm::Column as A;

/// A mismatch that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LedgerAlarm {
    /// Its id.
    pub id: LedgerAlarmId,
    /// Whose transactions it is about.
    pub account: AccountId,
    /// The cycle.
    pub cycle: CycleId,
    /// What differs, as [`super::MismatchKind::as_str`] names it.
    pub kind: String,
    /// The transaction that it names.
    pub transaction: Option<TransactionId>,
    /// The webhook request that it names.
    pub request: Option<WebhookRequestId>,
    /// A sentence for a person.
    pub detail: String,
    /// When it was found.
    pub found_at: DateTime<Utc>,
    /// When somebody took note of it, and who.
    pub acknowledged: Option<(DateTime<Utc>, String)>,
}

/// Which alarms.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AlarmFilter {
    /// Of one account.
    pub account: Option<AccountId>,
    /// Of one cycle.
    pub cycle: Option<CycleId>,
    /// Only those that nobody took note of.
    pub only_open: bool,
}

impl Unit<PartnerScope> {
    /// A page of alarms, the newest first.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn ledger_alarms(
        &self,
        filter: &AlarmFilter,
        request: &PageRequest,
    ) -> Result<Page<LedgerAlarm>, StoreError> {
        let mut query =
            ledger_alarm::Entity::find().filter(A::PartnerId.eq(self.scope().partner.0));
        if let Some(account) = filter.account {
            query = query.filter(A::AccountId.eq(account.0));
        }
        if let Some(cycle) = filter.cycle {
            query = query.filter(A::CycleId.eq(cycle.0));
        }
        if filter.only_open {
            query = query.filter(A::AcknowledgedAt.is_null());
        }
        let by = [("FoundOnUtc", Expr::col(A::FoundAt))];
        let orders = Orders {
            by: &by,
            default: ("FoundOnUtc", false),
            tie: Expr::col(A::Id),
            ties_follow: true,
        };
        let page = paged::page(self.db(), query, request, orders).await?;
        Ok(page.map(LedgerAlarm::from))
    }

    /// Notes that somebody took note of an alarm; one of which somebody did stays as it is. None when there
    /// is no such alarm.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn acknowledge_alarm(
        &self,
        id: LedgerAlarmId,
        by: &str,
    ) -> Result<Option<(LedgerAlarm, bool)>, StoreError> {
        let partner = self.scope().partner.0;
        let done = ledger_alarm::Entity::update_many()
            .set(ledger_alarm::ActiveModel {
                acknowledged_at: Set(Some(self.now())),
                acknowledged_by: Set(Some(by.to_owned())),
                ..Default::default()
            })
            .filter(A::PartnerId.eq(partner))
            .filter(A::Id.eq(id.0))
            .filter(A::AcknowledgedAt.is_null())
            .exec(self.db())
            .await?;
        let row = ledger_alarm::Entity::find_by_id(id.0)
            .filter(A::PartnerId.eq(partner))
            .one(self.db())
            .await?;
        Ok(row.map(|row| (LedgerAlarm::from(row), done.rows_affected == 1)))
    }
}

impl Unit<InstanceScope> {
    /// How many alarms nobody took note of.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn open_ledger_alarms(&self) -> Result<u64, StoreError> {
        let open = ledger_alarm::Entity::find().filter(A::AcknowledgedAt.is_null());
        Ok(open.count(self.db()).await?)
    }

    /// Removes alarms as old as what is kept of transactions; tells how many.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn forget_alarms(&self) -> Result<u64, StoreError> {
        let done = ledger_alarm::Entity::delete_many()
            .filter(A::FoundAt.lt(self.now() - TimeDelta::days(13 * 31)))
            .exec(self.db())
            .await?;
        Ok(done.rows_affected)
    }
}

impl From<ledger_alarm::Model> for LedgerAlarm {
    fn from(row: ledger_alarm::Model) -> Self {
        Self {
            id: LedgerAlarmId(row.id),
            account: AccountId(row.account_id),
            cycle: CycleId(row.cycle_id),
            kind: row.kind,
            transaction: row.transaction_id.map(TransactionId),
            request: row.request_id.map(WebhookRequestId),
            detail: row.detail,
            found_at: row.found_at,
            acknowledged: row.acknowledged_at.zip(row.acknowledged_by),
        }
    }
}
