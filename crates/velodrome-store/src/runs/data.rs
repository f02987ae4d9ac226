//! Step data, items and incidents: sealed, written once, read by key.
//!
//! Step data is voluminous and lives for weeks at most, so `keys rotate` does not seal it again: the former
//! data keys are kept, and what was sealed under them opens until retention erases it.

use chrono::{DateTime, Utc};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};
use uuid::Uuid;
use velodrome_model::{
    AccountScope, CycleId, ExposeSecret, IncidentId, Scope, SecretString, StepId, TransactionId,
    TransactionItemId,
    cycle::{Exit, IncidentLevel, TransactionStatus},
};

use super::RunRows;
use crate::{
    Store, StoreError, Unit,
    entity::{cycle_item, cycle_step_data, incident},
    seal::{Place, Sealed},
};

/// Sealing ahead of the unit that writes: the unit is short then, whatever the size of the data.
pub trait Sealing {
    /// Seals a text for its place.
    ///
    /// # Errors
    /// When the key is unknown.
    fn sealed(&self, place: &Place, text: String) -> Result<Vec<u8>, StoreError>;

    /// An id for what is sealed, as [`Store::new_id`].
    fn new_id(&self) -> Uuid;
}

impl Sealing for Store {
    fn sealed(&self, place: &Place, text: String) -> Result<Vec<u8>, StoreError> {
        let sealed = self.inner.sealer.seal(place, &SecretString::from(text))?;
        Ok(sealed.into_bytes())
    }

    fn new_id(&self) -> Uuid {
        Store::new_id(self)
    }
}

/// What a step gave, sealed.
#[derive(Clone, Debug)]
pub struct NewOutput {
    id: Uuid,
    sealed: Vec<u8>,
    /// The step.
    pub step: StepId,
    /// Empty for the whole, or the name of the part.
    pub part: String,
    /// The exit that was taken.
    pub exit: Option<Exit>,
    /// The list of it that is split.
    pub list: Option<String>,
    /// How many pieces its list is kept in; none where it is part of the data.
    pub pieces: Option<i32>,
    /// How many requests it took.
    pub requests: i32,
    /// When the step began.
    pub started_at: DateTime<Utc>,
    /// When it ended.
    pub ended_at: DateTime<Utc>,
    /// LastSuccessfulRunDate before and after.
    pub look_back: (Option<DateTime<Utc>>, Option<DateTime<Utc>>),
}

impl NewOutput {
    /// Output of a step, JSON.
    ///
    /// # Errors
    /// When it can't be sealed.
    pub fn new(
        sealing: &impl Sealing,
        step: StepId,
        json: String,
        (started_at, ended_at): (DateTime<Utc>, DateTime<Utc>),
    ) -> Result<Self, StoreError> {
        let id = sealing.new_id();
        Ok(Self {
            id,
            sealed: sealing.sealed(&output_place(id), json)?,
            step,
            part: String::new(),
            exit: None,
            list: None,
            pieces: None,
            requests: 0,
            started_at,
            ended_at,
            look_back: (None, None),
        })
    }
}

/// What a step did in one attempt, its texts sealed.
#[derive(Clone, Debug)]
pub struct NewItem {
    id: Uuid,
    sealed: Option<Vec<u8>>,
    /// The step.
    pub step: StepId,
    /// What people called it then.
    pub step_name: String,
    /// Kind of the step, as the wire names it.
    pub action_type: &'static str,
    /// State of the step.
    pub status: TransactionStatus,
    /// Attempt, from 1.
    pub attempt: i32,
    /// When it began.
    pub started_at: DateTime<Utc>,
    /// When it ended.
    pub ended_at: Option<DateTime<Utc>>,
    /// Severity of what went wrong, and its short message.
    pub trouble: Option<(IncidentLevel, String)>,
}

impl NewItem {
    /// An item with the texts of request and response.
    ///
    /// # Errors
    /// When they can't be sealed.
    pub fn new(
        sealing: &impl Sealing,
        (step, step_name, action_type): (StepId, String, &'static str),
        (request, response): (Option<String>, Option<String>),
        (started_at, ended_at): (DateTime<Utc>, DateTime<Utc>),
    ) -> Result<Self, StoreError> {
        let id = sealing.new_id();
        let sealed = match (&request, &response) {
            (None, None) => None,
            texts => {
                let json = serde_json::to_string(&texts)
                    .map_err(|_| StoreError::Corrupt { what: "item" })?;
                Some(sealing.sealed(&item_place(id), json)?)
            }
        };
        Ok(Self {
            id,
            sealed,
            step,
            step_name,
            action_type,
            status: TransactionStatus::Completed,
            attempt: 1,
            started_at,
            ended_at: Some(ended_at),
            trouble: None,
        })
    }

    /// Its id.
    pub fn id(&self) -> TransactionItemId {
        TransactionItemId(self.id)
    }
}

/// An error or a warning, its detail sealed.
#[derive(Clone, Debug)]
pub struct NewIncident {
    id: Uuid,
    sealed: Vec<u8>,
    /// The step, with what people called it then.
    pub step: Option<(StepId, String)>,
    /// Severity.
    pub level: IncidentLevel,
    /// Short message.
    pub message: String,
}

impl NewIncident {
    /// An incident of a step, or of none.
    ///
    /// # Errors
    /// When its detail can't be sealed.
    pub fn new(
        sealing: &impl Sealing,
        step: Option<(StepId, String)>,
        (level, message): (IncidentLevel, String),
        detail: String,
    ) -> Result<Self, StoreError> {
        let id = sealing.new_id();
        Ok(Self {
            id,
            sealed: sealing.sealed(&incident_place(id), detail)?,
            step,
            level,
            message,
        })
    }

    /// Its id.
    pub fn id(&self) -> IncidentId {
        IncidentId(self.id)
    }
}

impl<S: Scope> Sealing for Unit<S> {
    fn sealed(&self, place: &Place, text: String) -> Result<Vec<u8>, StoreError> {
        Ok(self
            .sealer()
            .seal(place, &SecretString::from(text))?
            .into_bytes())
    }

    fn new_id(&self) -> Uuid {
        Unit::new_id(self)
    }
}

pub(super) fn output_place(id: Uuid) -> Place {
    Place::new("cycle_step_data", "sealed", id)
}

pub(super) fn item_place(id: Uuid) -> Place {
    Place::new("cycle_item", "sealed", id)
}

pub(super) fn incident_place(id: Uuid) -> Place {
    Place::new("incident", "sealed", id)
}

/// Opens a value that [`Sealing`] sealed.
pub(super) fn open<S: Scope>(
    unit: &Unit<S>,
    place: &Place,
    bytes: Vec<u8>,
) -> Result<String, StoreError> {
    let text = unit.sealer().open(place, &Sealed::from_bytes(bytes))?;
    Ok(text.expose_secret().to_owned())
}

pub(super) fn output_row(
    scope: AccountScope,
    of: TransactionId,
    checkpoint: i32,
    output: NewOutput,
) -> cycle_step_data::ActiveModel {
    cycle_step_data::ActiveModel {
        id: Set(output.id),
        partner_id: Set(scope.partner.0),
        account_id: Set(scope.account.0),
        transaction_id: Set(of.0),
        step_id: Set(output.step.0),
        part: Set(output.part),
        checkpoint: Set(checkpoint),
        exit: Set(output.exit.map(|exit| exit_word(exit).to_owned())),
        list: Set(output.list),
        requests: Set(output.requests),
        started_at: Set(output.started_at),
        ended_at: Set(output.ended_at),
        run_before: Set(output.look_back.0),
        run_after: Set(output.look_back.1),
        sealed: Set(output.sealed),
        pieces: Set(output.pieces),
    }
}

pub(super) fn item_row(
    scope: AccountScope,
    of: TransactionId,
    item: NewItem,
) -> cycle_item::ActiveModel {
    let (level, message) = item.trouble.unzip();
    cycle_item::ActiveModel {
        id: Set(item.id),
        partner_id: Set(scope.partner.0),
        account_id: Set(scope.account.0),
        transaction_id: Set(of.0),
        step_id: Set(item.step.0),
        step_name: Set(item.step_name),
        action_type: Set(item.action_type.to_owned()),
        status: Set(item.status.as_str().to_owned()),
        attempt: Set(item.attempt),
        started_at: Set(item.started_at),
        ended_at: Set(item.ended_at),
        level: Set(level.map(|level| level.as_str().to_owned())),
        message: Set(message),
        sealed: Set(item.sealed),
    }
}

pub(crate) async fn insert_outputs<S: Scope>(
    unit: &Unit<S>,
    scope: AccountScope,
    of: TransactionId,
    checkpoint: i32,
    outputs: Vec<NewOutput>,
) -> Result<(), StoreError> {
    let rows = outputs
        .into_iter()
        .map(|output| output_row(scope, of, checkpoint, output));
    insert_rows(unit, rows.collect()).await
}

pub(super) async fn insert_items<S: Scope>(
    unit: &Unit<S>,
    scope: AccountScope,
    of: TransactionId,
    items: Vec<NewItem>,
) -> Result<(), StoreError> {
    let rows = items.into_iter().map(|item| item_row(scope, of, item));
    insert_rows(unit, rows.collect()).await
}

pub(super) fn incident_row(
    now: DateTime<Utc>,
    scope: AccountScope,
    cycle: CycleId,
    transaction: Option<TransactionId>,
    new: NewIncident,
) -> incident::ActiveModel {
    let (step, name) = new.step.unzip();
    incident::ActiveModel {
        id: Set(new.id),
        partner_id: Set(scope.partner.0),
        account_id: Set(scope.account.0),
        cycle_id: Set(cycle.0),
        transaction_id: Set(transaction.map(|id| id.0)),
        step_id: Set(step.map(|id| id.0)),
        step_name: Set(name),
        level: Set(new.level.as_str().to_owned()),
        message: Set(new.message),
        created_at: Set(now),
        sealed: Set(Some(new.sealed)),
        // Whether anybody wants to hear of it is decided by whoever posts.
        to_post: Set(true),
    }
}

pub(super) async fn insert_incidents<S: Scope>(
    unit: &Unit<S>,
    scope: AccountScope,
    cycle: CycleId,
    transaction: Option<TransactionId>,
    incidents: Vec<NewIncident>,
) -> Result<(), StoreError> {
    let now = unit.now();
    let rows = incidents
        .into_iter()
        .map(|new| incident_row(now, scope, cycle, transaction, new));
    insert_rows(unit, rows.collect()).await
}

/// Rows of one statement at most, as a power of two.
const MOST_ROWS: u32 = 6;

/// Inserts rows, many with one statement. Their numbers are powers of two, so that the database sees few
/// different statements and keeps them prepared.
pub(super) async fn insert_rows<S: Scope, A>(unit: &Unit<S>, rows: Vec<A>) -> Result<(), StoreError>
where
    A: ActiveModelTrait + Send,
{
    let mut rows = rows.into_iter();
    while rows.len() > 0 {
        let size = 1 << rows.len().ilog2().min(MOST_ROWS);
        let some: Vec<A> = rows.by_ref().take(size).collect();
        <A::Entity as EntityTrait>::insert_many(some)
            .exec_without_returning(unit.db())
            .await?;
    }
    Ok(())
}

fn exit_word(exit: Exit) -> &'static str {
    match exit {
        Exit::Forward => "Forward",
        Exit::True => "True",
        Exit::False => "False",
    }
}

/// Data of a step as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenedOutput {
    /// JSON.
    pub json: String,
    /// The list of it that was split.
    pub list: Option<String>,
    /// Pieces that the list is kept in, apart from the JSON.
    pub pieces: Option<i32>,
    /// The checkpoint that it was written at.
    pub checkpoint: i32,
}

impl RunRows<'_> {
    /// What a step gave in a transaction, up to one of its checkpoints; none where it did not run by then.
    ///
    /// # Errors
    /// When the database refuses or it does not open.
    pub async fn output(
        &self,
        of: TransactionId,
        step: StepId,
        part: &str,
        by: i32,
    ) -> Result<Option<OpenedOutput>, StoreError> {
        use cycle_step_data::Column as C;
        let scope = self.unit.scope();
        let row = cycle_step_data::Entity::find()
            .filter(C::PartnerId.eq(scope.partner.0))
            .filter(C::AccountId.eq(scope.account.0))
            .filter(C::TransactionId.eq(of.0))
            .filter(C::StepId.eq(step.0))
            .filter(C::Part.eq(part))
            .filter(C::Checkpoint.lte(by))
            .one(self.unit.db())
            .await?;
        let Some(row) = row else {
            return Ok(None);
        };
        Ok(Some(OpenedOutput {
            json: open(self.unit, &output_place(row.id), row.sealed)?,
            list: row.list,
            pieces: row.pieces,
            checkpoint: row.checkpoint,
        }))
    }
}
