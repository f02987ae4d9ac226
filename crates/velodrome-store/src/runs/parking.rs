//! Transactions that wait for the request of a mid-cycle webhook, and requests that nothing waits for yet
//! (cycles.md §4.4).

use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use velodrome_model::{AccountScope, Scope, StepId, TransactionId, WebhookRequestId};

use super::{
    NewItem, NewOutput, RunRows, Sealing,
    data::{insert_items, insert_outputs, open},
    repeats::behind,
    requests::held_place,
    stops::is_parked,
    usage::count_usage,
};
use crate::{
    StoreError, Unit,
    entity::{cycle_parking, cycle_transaction, webhook_request},
};

use cycle_parking::Column as P;

/// What became of a mid-cycle request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Continued {
    /// The transaction goes on, or a child of it that repeats what follows.
    Transaction(TransactionId),
    /// No transaction waits for it yet.
    Unmatched,
}

/// A transaction that waits from now on.
pub(super) struct Parking<'a> {
    pub of: &'a cycle_transaction::Model,
    pub step: StepId,
    pub key: Vec<u8>,
    /// The checkpoint that parks it.
    pub checkpoint: i32,
}

/// Both sides take it, so that a request and the transaction that it is for never miss each other.
async fn lock_key<S: Scope>(unit: &Unit<S>, key: &[u8]) -> Result<(), StoreError> {
    let mut number = [0_u8; 8];
    for (to, from) in number.iter_mut().zip(key) {
        *to = *from;
    }
    unit.lock(i64::from_be_bytes(number)).await
}

/// Parks; or goes on at once with a request that came before, and then tells true.
pub(super) async fn park<S: Scope>(
    unit: &Unit<S>,
    scope: &AccountScope,
    parking: Parking<'_>,
    change: &mut cycle_transaction::ActiveModel,
) -> Result<bool, StoreError> {
    use webhook_request::Column as W;
    lock_key(unit, &parking.key).await?;
    let now = unit.now();
    cycle_parking::Entity::insert(cycle_parking::ActiveModel {
        id: Set(unit.new_id()),
        partner_id: Set(scope.partner.0),
        account_id: Set(scope.account.0),
        transaction_id: Set(parking.of.id),
        step_id: Set(parking.step.0),
        key_hash: Set(parking.key.clone()),
        checkpoint: Set(parking.checkpoint),
        parked_at: Set(now),
    })
    .exec_without_returning(unit.db())
    .await?;
    let early = webhook_request::Entity::find()
        .filter(W::PartnerId.eq(scope.partner.0))
        .filter(W::AccountId.eq(scope.account.0))
        .filter(W::StepId.eq(parking.step.0))
        .filter(W::KeyHash.eq(parking.key))
        .filter(W::HeldUntil.gt(now))
        .order_by_desc(W::ReceivedAt)
        .one(unit.db())
        .await?;
    let Some((early, held)) = early.and_then(|row| Some((row.id, row.held?))) else {
        return Ok(false);
    };
    let json = open(unit, &held_place(early), held)?;
    webhook_request::Entity::update_many()
        .set(webhook_request::ActiveModel {
            held_until: Set(None),
            held: Set(None),
            ..Default::default()
        })
        .filter(W::Id.eq(early))
        .exec(unit.db())
        .await?;
    let output = NewOutput::new(unit, parking.step, json, (now, now))?;
    let of = TransactionId(parking.of.id);
    insert_outputs(unit, *scope, of, parking.checkpoint, vec![output]).await?;
    change.status = Set(super::children::queued());
    change.claim_at = Set(Some(now));
    change.wait_reason = Set(None);
    change.due_at = Set(None);
    change.is_past = Set(true);
    change.step_count = Set(parking.of.step_count + 1);
    change.tasks_used = Set(parking.of.tasks_used + 1);
    count_usage(unit, scope, 1, 0).await?;
    Ok(true)
}

impl RunRows<'_> {
    /// Gives a request to the newest transaction that waits, or waited, for its value.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn continue_with(
        &self,
        step: StepId,
        key: &[u8],
        request: WebhookRequestId,
        (output, item): (NewOutput, NewItem),
    ) -> Result<Continued, StoreError> {
        let (unit, scope) = (self.unit, *self.unit.scope());
        lock_key(unit, key).await?;
        let parked = cycle_parking::Entity::find()
            .filter(P::PartnerId.eq(scope.partner.0))
            .filter(P::AccountId.eq(scope.account.0))
            .filter(P::StepId.eq(step.0))
            .filter(P::KeyHash.eq(key))
            .order_by_desc(P::ParkedAt)
            .order_by_desc(P::Id)
            .one(unit.db())
            .await?;
        let Some(parked) = parked else {
            return Ok(Continued::Unmatched);
        };
        let mut find = cycle_transaction::Entity::find_by_id(parked.transaction_id);
        if !unit.is_sqlite() {
            find = sea_orm::QuerySelect::lock_exclusive(find);
        }
        let Some(row) = find.one(unit.db()).await? else {
            return Ok(Continued::Unmatched);
        };
        let now = unit.now();
        if is_parked(&row) && row.step_id == Some(step.0) {
            let checkpoint = row.checkpoint + 1;
            cycle_transaction::Entity::update_many()
                .set(cycle_transaction::ActiveModel {
                    status: Set(super::children::queued()),
                    wait_reason: Set(None),
                    due_at: Set(None),
                    claim_at: Set(Some(now)),
                    is_past: Set(true),
                    checkpoint: Set(checkpoint),
                    step_count: Set(row.step_count + 1),
                    tasks_used: Set(row.tasks_used + 1),
                    ..Default::default()
                })
                .filter(cycle_transaction::Column::Id.eq(row.id))
                .exec(unit.db())
                .await?;
            let id = TransactionId(row.id);
            insert_outputs(unit, scope, id, checkpoint, vec![output]).await?;
            insert_items(unit, scope, id, vec![item]).await?;
            return Ok(Continued::Transaction(id));
        }
        if row.is_erased {
            return Ok(Continued::Unmatched);
        }
        let id = TransactionId(unit.new_id());
        cycle_transaction::Entity::insert(cycle_transaction::ActiveModel {
            is_past: Set(true),
            checkpoint: Set(1),
            step_count: Set(1),
            tasks_used: Set(1),
            started_at: Set(Some(now)),
            request_id: Set(Some(request.0)),
            ..behind(unit, id, &row, (step, parked.checkpoint)).await?
        })
        .exec_without_returning(unit.db())
        .await?;
        insert_outputs(unit, scope, id, 1, vec![output]).await?;
        insert_items(unit, scope, id, vec![item]).await?;
        if row.is_in_order {
            let cycle = velodrome_model::CycleId(row.cycle_id);
            super::stops::lock_order(unit, cycle).await?;
            super::stops::hold_or_release(unit, cycle).await?;
        }
        Ok(Continued::Transaction(id))
    }

    /// Keeps the step data of a request that nothing waits for yet.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn hold_request(
        &self,
        request: WebhookRequestId,
        key: &[u8],
        json: String,
        until: chrono::DateTime<chrono::Utc>,
    ) -> Result<(), StoreError> {
        let unit = self.unit;
        let sealed = unit.sealed(&held_place(request.0), json)?;
        webhook_request::Entity::update_many()
            .set(webhook_request::ActiveModel {
                key_hash: Set(Some(key.to_vec())),
                held_until: Set(Some(until)),
                held: Set(Some(sealed)),
                ..Default::default()
            })
            .filter(webhook_request::Column::PartnerId.eq(unit.scope().partner.0))
            .filter(webhook_request::Column::AccountId.eq(unit.scope().account.0))
            .filter(webhook_request::Column::Id.eq(request.0))
            .exec(unit.db())
            .await?;
        Ok(())
    }
}
