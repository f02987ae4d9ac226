//! Lists of step data that are kept in pieces: written ahead of the checkpoint that makes them part of the
//! step's data, and read one at a time (cycles.md §11.12).

use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
};
use uuid::Uuid;
use velodrome_model::{StepId, TransactionId};

use super::{EngineRows, Hold, RunRows, Sealing, claim::held, data::open};
use crate::{
    StoreError,
    entity::{cycle_step_piece, cycle_transaction},
    seal::Place,
};

use cycle_step_piece::Column as P;

/// Some items of a step's list, sealed.
#[derive(Clone, Debug)]
pub struct NewPiece {
    id: Uuid,
    sealed: Vec<u8>,
    /// The step.
    pub step: StepId,
    /// Counts the pieces of the list, from 0.
    pub number: i32,
    /// Place of the first item in the list.
    pub first_item: i64,
}

impl NewPiece {
    /// Items, as a JSON array.
    ///
    /// # Errors
    /// When they can't be sealed.
    pub fn new(
        sealing: &impl Sealing,
        step: StepId,
        (number, first_item): (i32, i64),
        json: String,
    ) -> Result<Self, StoreError> {
        let id = sealing.new_id();
        Ok(Self {
            id,
            sealed: sealing.sealed(&place(id), json)?,
            step,
            number,
            first_item,
        })
    }
}

fn place(id: Uuid) -> Place {
    Place::new("cycle_step_piece", "sealed", id)
}

impl EngineRows<'_> {
    /// The transaction's row, so that nobody claims it before this unit has ended.
    pub(super) async fn hold_row(&self, hold: &Hold) -> Result<(), StoreError> {
        let mut find = cycle_transaction::Entity::find()
            .select_only()
            .column(cycle_transaction::Column::Id)
            .filter(held(hold));
        if !self.unit.is_sqlite() {
            find = find.lock_exclusive();
        }
        let found: Option<Uuid> = find.into_tuple().one(self.unit.db()).await?;
        found.map(drop).ok_or(StoreError::Stale)
    }

    pub(super) async fn insert_pieces(
        &self,
        hold: &Hold,
        pieces: Vec<NewPiece>,
    ) -> Result<(), StoreError> {
        for piece in pieces {
            cycle_step_piece::Entity::insert(cycle_step_piece::ActiveModel {
                id: Set(piece.id),
                partner_id: Set(hold.scope.partner.0),
                account_id: Set(hold.scope.account.0),
                transaction_id: Set(hold.id.0),
                step_id: Set(piece.step.0),
                number: Set(piece.number),
                first_item: Set(piece.first_item),
                sealed: Set(piece.sealed),
            })
            .exec_without_returning(self.unit.db())
            .await?;
        }
        Ok(())
    }
}

impl RunRows<'_> {
    /// Places of the first items of a step's pieces, in order.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn piece_starts(
        &self,
        of: TransactionId,
        step: StepId,
    ) -> Result<Vec<i64>, StoreError> {
        let starts = self
            .pieces(of, step)
            .select_only()
            .column(P::FirstItem)
            .order_by_asc(P::Number)
            .into_tuple()
            .all(self.unit.db())
            .await?;
        Ok(starts)
    }

    /// The items of a piece, a JSON array.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] when it is missing; when the database refuses or it does not open.
    pub async fn piece(
        &self,
        of: TransactionId,
        step: StepId,
        number: i32,
    ) -> Result<String, StoreError> {
        let row = self
            .pieces(of, step)
            .filter(P::Number.eq(number))
            .one(self.unit.db())
            .await?;
        let row = row.ok_or(StoreError::Corrupt {
            what: "piece of step data",
        })?;
        open(self.unit, &place(row.id), row.sealed)
    }

    fn pieces(&self, of: TransactionId, step: StepId) -> sea_orm::Select<cycle_step_piece::Entity> {
        let scope = self.unit.scope();
        cycle_step_piece::Entity::find()
            .filter(P::PartnerId.eq(scope.partner.0))
            .filter(P::AccountId.eq(scope.account.0))
            .filter(pieces_of(of, step))
    }
}

/// The pieces of a step.
pub(super) fn pieces_of(of: TransactionId, step: StepId) -> Condition {
    Condition::all()
        .add(P::TransactionId.eq(of.0))
        .add(P::StepId.eq(step.0))
}
