//! Incidents grouped by what caused them: one cycle, step and message (console.md §7).

use chrono::{DateTime, Utc};
use sea_orm::{
    ColumnTrait, EntityTrait, FromQueryResult, Order, QueryFilter, QueryOrder, QuerySelect,
};
use uuid::Uuid;
use velodrome_model::{CycleId, StepId, cycle::IncidentLevel};

use super::{IncidentFilter, RunRows};
use crate::{StoreError, entity::incident};

use incident::Column as I;

/// Most causes that are told apart; those that were met last come first.
const MOST_CAUSES: u64 = 1_000;

/// Incidents of one cycle and step that say the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IncidentCause {
    /// The cycle.
    pub cycle: CycleId,
    /// The step, with the name that people gave it.
    pub step: Option<(StepId, String)>,
    /// Severity.
    pub level: IncidentLevel,
    /// Short message.
    pub message: String,
    /// How many there are.
    pub count: u64,
    /// When the first one was.
    pub first_at: DateTime<Utc>,
    /// When the last one was.
    pub last_at: DateTime<Utc>,
}

#[derive(FromQueryResult)]
struct Row {
    cycle_id: Uuid,
    step_id: Option<Uuid>,
    step_name: Option<String>,
    level: String,
    message: String,
    told: i64,
    first_at: DateTime<Utc>,
    last_at: DateTime<Utc>,
}

impl RunRows<'_> {
    /// What caused incidents, the latest first; at most 1,000 causes.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn causes(&self, filter: &IncidentFilter) -> Result<Vec<IncidentCause>, StoreError> {
        let rows: Vec<Row> = incident::Entity::find()
            .select_only()
            .column(I::CycleId)
            .column(I::StepId)
            .column(I::Level)
            .column(I::Message)
            // A step that was renamed is one cause still.
            .column_as(I::StepName.max(), "step_name")
            .column_as(I::Id.count(), "told")
            .column_as(I::CreatedAt.min(), "first_at")
            .column_as(I::CreatedAt.max(), "last_at")
            .filter(self.incidents(filter))
            .group_by(I::CycleId)
            .group_by(I::StepId)
            .group_by(I::Level)
            .group_by(I::Message)
            .order_by(I::CreatedAt.max(), Order::Desc)
            .limit(MOST_CAUSES)
            .into_model()
            .all(self.unit.db())
            .await?;
        rows.into_iter()
            .map(|row| {
                Ok(IncidentCause {
                    cycle: CycleId(row.cycle_id),
                    step: row.step_id.map(StepId).zip(row.step_name),
                    level: IncidentLevel::from_word(&row.level).ok_or(StoreError::Corrupt {
                        what: "incident level",
                    })?,
                    message: row.message,
                    count: u64::try_from(row.told).unwrap_or_default(),
                    first_at: row.first_at,
                    last_at: row.last_at,
                })
            })
            .collect()
    }
}
