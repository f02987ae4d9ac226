//! How far a step has come with the pages of a long list: kept with the pieces of what they brought, until
//! the step's checkpoint (cycles.md §11.3).

use sea_orm::{ActiveValue::Set, ColumnTrait, Condition, EntityTrait, QueryFilter};
use uuid::Uuid;
use velodrome_model::{InstanceScope, StepId, TransactionId};

use super::{
    EngineRows, Hold, NewPiece, RunRows, Sealing, claim::held, data::open, pieces::pieces_of,
};
use crate::{
    StoreError, Unit,
    entity::{cycle_page_mark, cycle_step_piece, cycle_transaction},
    seal::Place,
};

use cycle_page_mark::Column as M;

/// Which attempt at a step: those that failed before it, and those that were answered before it.
pub type AttemptAt = (u32, u32);

/// Where the paging of a step stands, sealed.
#[derive(Clone, Debug)]
pub struct NewMark {
    id: Uuid,
    sealed: Vec<u8>,
    attempt: AttemptAt,
}

impl NewMark {
    /// What is needed to go on from there.
    ///
    /// # Errors
    /// When it can't be sealed.
    pub fn new(
        sealing: &impl Sealing,
        attempt: AttemptAt,
        text: String,
    ) -> Result<Self, StoreError> {
        let id = sealing.new_id();
        Ok(Self {
            id,
            sealed: sealing.sealed(&place(id), text)?,
            attempt,
        })
    }
}

/// Where the paging of a step stood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenedMark {
    /// What is needed to go on from there.
    pub text: String,
    /// How many of the step's pieces come before it.
    pub pieces: usize,
}

/// What a step's checkpoint leaves of its pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PagesLeft {
    /// The pieces: they have become the step's list.
    Pieces,
    /// Nothing.
    Nothing,
}

fn place(id: Uuid) -> Place {
    Place::new("cycle_page_mark", "sealed", id)
}

fn of(id: TransactionId, step: StepId) -> Condition {
    Condition::all()
        .add(M::TransactionId.eq(id.0))
        .add(M::StepId.eq(step.0))
}

impl EngineRows<'_> {
    /// Writes pieces of what a step's pages brought, in order, and how far it has come with them, which is a
    /// checkpoint: worker losses are counted from there. `from` is the first piece's number, where others
    /// that were written before, from that number on, are of no use.
    ///
    /// # Errors
    /// [`StoreError::Stale`] when somebody else has claimed the transaction; when the database refuses.
    pub async fn keep_pages(
        &self,
        hold: &Hold,
        step: StepId,
        (from, pieces): (Option<i32>, Vec<NewPiece>),
        mark: Option<(NewMark, i32)>,
    ) -> Result<(), StoreError> {
        self.unit.purpose.note("pages");
        self.hold_row(hold).await?;
        let db = self.unit.db();
        if let Some(from) = from {
            cycle_step_piece::Entity::delete_many()
                .filter(pieces_of(hold.id, step))
                .filter(cycle_step_piece::Column::Number.gte(from))
                .exec(db)
                .await?;
            cycle_page_mark::Entity::delete_many()
                .filter(of(hold.id, step))
                .filter(M::Pieces.gt(from))
                .exec(db)
                .await?;
        }
        self.insert_pieces(hold, pieces).await?;
        let Some((mark, pieces)) = mark else {
            return Ok(());
        };
        cycle_page_mark::Entity::delete_many()
            .filter(of(hold.id, step))
            .exec(db)
            .await?;
        let count = |number: u32| i32::try_from(number).unwrap_or(i32::MAX);
        cycle_page_mark::Entity::insert(cycle_page_mark::ActiveModel {
            id: Set(mark.id),
            partner_id: Set(hold.scope.partner.0),
            account_id: Set(hold.scope.account.0),
            transaction_id: Set(hold.id.0),
            step_id: Set(step.0),
            attempt: Set(count(mark.attempt.0)),
            answered: Set(count(mark.attempt.1)),
            pieces: Set(pieces),
            sealed: Set(mark.sealed),
        })
        .exec_without_returning(db)
        .await?;
        cycle_transaction::Entity::update_many()
            .set(cycle_transaction::ActiveModel {
                recoveries: Set(0),
                ..Default::default()
            })
            .filter(held(hold))
            .exec(db)
            .await?;
        Ok(())
    }
}

impl RunRows<'_> {
    /// How far an attempt at a step has come with its pages; none where it kept none.
    ///
    /// # Errors
    /// When the database refuses or it does not open.
    pub async fn page_mark(
        &self,
        id: TransactionId,
        step: StepId,
        (attempt, answered): AttemptAt,
    ) -> Result<Option<OpenedMark>, StoreError> {
        let scope = self.unit.scope();
        let row = cycle_page_mark::Entity::find()
            .filter(M::PartnerId.eq(scope.partner.0))
            .filter(M::AccountId.eq(scope.account.0))
            .filter(of(id, step))
            .filter(M::Attempt.eq(attempt))
            .filter(M::Answered.eq(answered))
            .one(self.unit.db())
            .await?;
        let Some(row) = row else {
            return Ok(None);
        };
        Ok(Some(OpenedMark {
            text: open(self.unit, &place(row.id), row.sealed)?,
            pieces: usize::try_from(row.pieces).unwrap_or_default(),
        }))
    }
}

/// Removes what a step's checkpoint needs no more.
pub(super) async fn settle(
    unit: &Unit<InstanceScope>,
    id: TransactionId,
    step: StepId,
    left: PagesLeft,
) -> Result<(), StoreError> {
    cycle_page_mark::Entity::delete_many()
        .filter(of(id, step))
        .exec(unit.db())
        .await?;
    if left == PagesLeft::Nothing {
        cycle_step_piece::Entity::delete_many()
            .filter(pieces_of(id, step))
            .exec(unit.db())
            .await?;
    }
    Ok(())
}
