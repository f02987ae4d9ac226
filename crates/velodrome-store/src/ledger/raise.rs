//! A mismatch becomes an alarm, once, and the ledger is put to what is there.

use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, sea_query::OnConflict};
use velodrome_model::{Principal, PrincipalKind, TransactionId};

use super::{LedgerRows, Mismatch, MismatchKind, fold::Sums, outcome_of};
use crate::{
    Deed, StoreError, Work,
    entity::{cycle, cycle_transaction, ledger_alarm, ledger_day, ledger_entry},
    outbox,
};

impl LedgerRows<'_> {
    /// Tells the partner of a mismatch: an alarm, an entry of the audit log, a notification. Then the ledger
    /// is put to what is there, so that it tells of the next. False when this was told before.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn raise(&self, mismatch: &Mismatch) -> Result<bool, StoreError> {
        let (unit, scope) = (self.unit, mismatch.scope);
        let detail = mismatch.kind.detail();
        let told_before = OnConflict::columns([
            ledger_alarm::Column::CycleId,
            ledger_alarm::Column::Kind,
            ledger_alarm::Column::Subject,
        ])
        .do_nothing()
        .to_owned();
        let inserted = ledger_alarm::Entity::insert(ledger_alarm::ActiveModel {
            id: Set(unit.new_id()),
            partner_id: Set(scope.partner.0),
            account_id: Set(scope.account.0),
            cycle_id: Set(mismatch.cycle.0),
            kind: Set(mismatch.kind.as_str().to_owned()),
            subject: Set(mismatch.kind.subject()),
            transaction_id: Set(mismatch.kind.transaction().map(|id| id.0)),
            request_id: Set(mismatch.kind.request().map(|id| id.0)),
            detail: Set(detail.clone()),
            found_at: Set(unit.now()),
            acknowledged_at: Set(None),
            acknowledged_by: Set(None),
        })
        .on_conflict(told_before)
        .exec_without_returning(unit.db())
        .await?;
        self.settle(mismatch).await?;
        if inserted == 0 {
            return Ok(false);
        }
        let ledger = Principal {
            kind: PrincipalKind::System,
            name: "ledger".to_owned(),
            address: None,
        };
        let object = match (mismatch.kind.transaction(), mismatch.kind.request()) {
            (Some(id), _) => ("Transaction", id.to_string()),
            (None, Some(id)) => ("WebhookRequest", id.to_string()),
            (None, None) => ("Cycle", mismatch.cycle.to_string()),
        };
        let deed = Deed {
            action: "ledger.mismatch",
            object_type: object.0,
            object_id: object.1,
            account: Some(scope.account),
            comment: Some(detail.clone()),
        };
        unit.write_audit(scope.partner, Some(scope.account), &ledger, deed)
            .await?;
        let name = cycle::Entity::find_by_id(mismatch.cycle.0)
            .one(unit.db())
            .await?
            .map(|cycle| cycle.name)
            .unwrap_or_default();
        let work = Work::Notify {
            title: format!("Ledger mismatch: {name}"),
            message: detail,
        };
        outbox::put(unit, &scope, &work, None).await?;
        Ok(true)
    }

    /// Puts the ledger to what is there.
    async fn settle(&self, mismatch: &Mismatch) -> Result<(), StoreError> {
        match &mismatch.kind {
            MismatchKind::TransactionLost(id) => self.write_off(mismatch, *id).await,
            MismatchKind::OutcomeDiffers(id) => self.correct(*id).await,
            MismatchKind::TransactionsMissing { day, .. }
            | MismatchKind::CounterDiffers { day, .. } => self.sum_again(mismatch, *day).await,
            MismatchKind::RequestLost { .. } => Ok(()),
        }
    }

    async fn write_off(&self, mismatch: &Mismatch, id: TransactionId) -> Result<(), StoreError> {
        let db = self.unit.db();
        let Some(entry) = ledger_entry::Entity::find_by_id(id.0).one(db).await? else {
            return Ok(());
        };
        let mut sums = Sums {
            lost: 1,
            ..Sums::default()
        };
        if entry.is_reopened {
            sums.failed = -1;
            sums.toggle(id.0);
        } else {
            sums.accepted = 1;
        }
        let scope = mismatch.scope;
        let day = (scope.partner.0, scope.account.0, entry.cycle_id, entry.day);
        self.add(day, sums).await?;
        ledger_entry::Entity::delete_by_id(id.0).exec(db).await?;
        Ok(())
    }

    async fn correct(&self, id: TransactionId) -> Result<(), StoreError> {
        let db = self.unit.db();
        let row = cycle_transaction::Entity::find_by_id(id.0).one(db).await?;
        let Some(row) = row else {
            return Ok(());
        };
        let outcome = row.ended_at.map(|_| outcome_of(&row.status));
        ledger_entry::Entity::update_many()
            .set(ledger_entry::ActiveModel {
                outcome: Set(outcome),
                ..Default::default()
            })
            .filter(ledger_entry::Column::TransactionId.eq(id.0))
            .exec(db)
            .await?;
        Ok(())
    }

    async fn sum_again(
        &self,
        mismatch: &Mismatch,
        day: chrono::NaiveDate,
    ) -> Result<(), StoreError> {
        let db = self.unit.db();
        let key = (mismatch.cycle.0, day);
        let Some(row) = ledger_day::Entity::find_by_id(key).one(db).await? else {
            return Ok(());
        };
        let recount = self.recount(mismatch.cycle.0, day).await?;
        let there = recount.done + recount.failed;
        let lost = match &mismatch.kind {
            MismatchKind::TransactionsMissing { missing, .. } => row.lost + missing,
            _ => row.lost,
        };
        ledger_day::Entity::update_many()
            .set(ledger_day::ActiveModel {
                accepted: Set(there + lost),
                done: Set(recount.done),
                failed: Set(recount.failed),
                lost: Set(lost),
                ids_high: Set(recount.ids.0),
                ids_low: Set(recount.ids.1),
                ..Default::default()
            })
            .filter(ledger_day::Column::CycleId.eq(mismatch.cycle.0))
            .filter(ledger_day::Column::Day.eq(day))
            .exec(db)
            .await?;
        Ok(())
    }
}
