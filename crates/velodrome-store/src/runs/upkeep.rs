//! What time asks for besides running: transactions that were held back too long, data past its retention
//! (cycles.md §6, §13).

use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait as _, EntityTrait, FromQueryResult, QueryFilter,
    QueryOrder, QuerySelect, Statement, Value,
};
use uuid::Uuid;
use velodrome_model::{
    AccountId, AccountScope, CycleId, PartnerId, TransactionId,
    cycle::{IncidentLevel, TransactionStatus, Trouble},
};

use super::{EngineRows, NewIncident, data::insert_incidents, stops::ended, usage::count_usage};
use crate::{
    StoreError,
    entity::{
        cycle_item, cycle_page_mark, cycle_parking, cycle_step_data, cycle_step_piece,
        cycle_transaction, incident, webhook_request,
    },
};

use cycle_transaction::Column as C;

/// How long transactions of a stopped cycle wait for it.
const HELD_BACK: TimeDelta = TimeDelta::hours(24);
/// How long details of incidents are kept: as long as data is at most.
const DETAILS: TimeDelta = TimeDelta::days(31);
/// How long what is left of transactions is kept.
const SUMMARIES: TimeDelta = TimeDelta::days(13 * 31);

#[derive(FromQueryResult)]
struct IdRow {
    id: Uuid,
}

/// Children see their ancestors' data, so it stays until the last of them has ended.
const ERASABLE: &str = "SELECT t.id AS id FROM cycle_transaction t WHERE t.erase_at <= $1 \
     AND NOT EXISTS (SELECT 1 FROM cycle_transaction o WHERE o.root_id = t.root_id AND o.ended_at IS NULL) \
     ORDER BY t.erase_at LIMIT $2";

impl EngineRows<'_> {
    /// Cancels transactions that waited for their stopped cycle for 24 hours; tells how many.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn expire_paused(&self, limit: u64, kept: TimeDelta) -> Result<u64, StoreError> {
        let now = self.unit.now();
        let rows = cycle_transaction::Entity::find()
            .filter(C::PausedAt.lte(now - HELD_BACK))
            .filter(C::Status.eq(TransactionStatus::Paused.as_str()))
            .order_by_asc(C::PausedAt)
            .limit(limit)
            .all(self.unit.db())
            .await?;
        for row in &rows {
            let done = cycle_transaction::Entity::update_many()
                .set(cycle_transaction::ActiveModel {
                    warning_count: Set(row.warning_count + 1),
                    ..ended(TransactionStatus::Cancelled, now, kept)
                })
                .filter(C::Id.eq(row.id))
                .filter(C::Status.eq(TransactionStatus::Paused.as_str()))
                .exec(self.unit.db())
                .await?;
            if done.rows_affected == 0 {
                continue;
            }
            let scope = AccountScope {
                partner: PartnerId(row.partner_id),
                account: AccountId(row.account_id),
            };
            let told = NewIncident::new(
                self.unit,
                None,
                (
                    IncidentLevel::Warning,
                    Trouble::TransactionStopped.as_str().to_owned(),
                ),
                "The cycle was stopped and not started again within 24 hours.".to_owned(),
            )?;
            let (cycle, id) = (CycleId(row.cycle_id), TransactionId(row.id));
            insert_incidents(self.unit, scope, cycle, Some(id), vec![told]).await?;
            count_usage(self.unit, &scope, 0, 1).await?;
        }
        Ok(rows.len() as u64)
    }

    /// Erases data of transactions and requests that is past its retention; tells of how many.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn erase_due(&self, limit: u32) -> Result<u64, StoreError> {
        self.unit.purpose.note("erase");
        let (db, now) = (self.unit.db(), self.unit.now());
        let values = [Value::from(now), Value::from(i64::from(limit))];
        let statement = Statement::from_sql_and_values(db.get_database_backend(), ERASABLE, values);
        let rows = IdRow::find_by_statement(statement).all(db).await?;
        let ids: Vec<Uuid> = rows.into_iter().map(|row| row.id).collect();
        if !ids.is_empty() {
            cycle_step_data::Entity::delete_many()
                .filter(cycle_step_data::Column::TransactionId.is_in(ids.clone()))
                .exec(db)
                .await?;
            cycle_step_piece::Entity::delete_many()
                .filter(cycle_step_piece::Column::TransactionId.is_in(ids.clone()))
                .exec(db)
                .await?;
            cycle_page_mark::Entity::delete_many()
                .filter(cycle_page_mark::Column::TransactionId.is_in(ids.clone()))
                .exec(db)
                .await?;
            cycle_parking::Entity::delete_many()
                .filter(cycle_parking::Column::TransactionId.is_in(ids.clone()))
                .exec(db)
                .await?;
            cycle_item::Entity::update_many()
                .set(cycle_item::ActiveModel {
                    sealed: Set(None),
                    ..Default::default()
                })
                .filter(cycle_item::Column::TransactionId.is_in(ids.clone()))
                .exec(db)
                .await?;
            cycle_transaction::Entity::update_many()
                .set(cycle_transaction::ActiveModel {
                    is_erased: Set(true),
                    erase_at: Set(None),
                    ..Default::default()
                })
                .filter(C::Id.is_in(ids.clone()))
                .exec(db)
                .await?;
        }
        let requests = self.erase_requests(u64::from(limit), now).await?;
        Ok(ids.len() as u64 + requests)
    }

    async fn erase_requests(&self, limit: u64, now: DateTime<Utc>) -> Result<u64, StoreError> {
        use webhook_request::Column as W;
        let due: Vec<Uuid> = webhook_request::Entity::find()
            .select_only()
            .column(W::Id)
            .filter(W::EraseAt.lte(now))
            .order_by_asc(W::EraseAt)
            .limit(limit)
            .into_tuple()
            .all(self.unit.db())
            .await?;
        if due.is_empty() {
            return Ok(0);
        }
        let erased = webhook_request::Entity::update_many()
            .set(webhook_request::ActiveModel {
                sealed: Set(None),
                held: Set(None),
                held_until: Set(None),
                key_hash: Set(None),
                response: Set(None),
                erase_at: Set(None),
                ..Default::default()
            })
            .filter(W::Id.is_in(due))
            .exec(self.unit.db())
            .await?;
        Ok(erased.rows_affected)
    }

    /// Removes what is left of transactions, requests and incidents after 13 months, and details of
    /// incidents after 31 days. Their ids grow with time, so the oldest are found by them.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn forget_old(&self, limit: u64) -> Result<u64, StoreError> {
        let (db, now) = (self.unit.db(), self.unit.now());
        let oldest = id_before(now - SUMMARIES);
        let old: Vec<Uuid> = cycle_transaction::Entity::find()
            .select_only()
            .column(C::Id)
            .filter(C::Id.lt(oldest))
            .filter(C::EndedAt.is_not_null())
            .limit(limit)
            .into_tuple()
            .all(db)
            .await?;
        let mut gone = 0;
        if !old.is_empty() {
            let removed = cycle_transaction::Entity::delete_many()
                .filter(C::Id.is_in(old))
                .exec(db)
                .await?;
            gone += removed.rows_affected;
        }
        let old: Vec<Uuid> = incident::Entity::find()
            .select_only()
            .column(incident::Column::Id)
            .filter(incident::Column::Id.lt(oldest))
            .limit(limit)
            .into_tuple()
            .all(db)
            .await?;
        if !old.is_empty() {
            let removed = incident::Entity::delete_many()
                .filter(incident::Column::Id.is_in(old))
                .exec(db)
                .await?;
            gone += removed.rows_affected;
        }
        let requests: Vec<Uuid> = webhook_request::Entity::find()
            .select_only()
            .column(webhook_request::Column::Id)
            .filter(webhook_request::Column::Id.lt(oldest))
            .limit(limit)
            .into_tuple()
            .all(db)
            .await?;
        if !requests.is_empty() {
            let removed = webhook_request::Entity::delete_many()
                .filter(webhook_request::Column::Id.is_in(requests))
                .exec(db)
                .await?;
            gone += removed.rows_affected;
        }
        incident::Entity::update_many()
            .set(incident::ActiveModel {
                sealed: Set(None),
                ..Default::default()
            })
            .filter(incident::Column::Id.lt(id_before(now - DETAILS)))
            .filter(incident::Column::Sealed.is_not_null())
            .exec(db)
            .await?;
        Ok(gone)
    }
}

/// Smaller than every version 7 id made from this instant on (RFC 9562 §5.7: milliseconds come first).
fn id_before(at: DateTime<Utc>) -> Uuid {
    let milliseconds = u64::try_from(at.timestamp_millis()).unwrap_or_default();
    Uuid::from_u64_pair(milliseconds << 16, 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_an_instant_are_not_smaller_than_its_bound() {
        let at: DateTime<Utc> = "2026-03-04T09:30:00.5Z".parse().unwrap();
        let stamp = uuid::Timestamp::from_unix(uuid::NoContext, 1_772_616_600, 500_000_000);

        let id = Uuid::new_v7(stamp);

        assert!(id >= id_before(at));
        assert!(id < id_before(at + TimeDelta::milliseconds(1)));
    }
}
