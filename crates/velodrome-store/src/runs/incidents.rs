//! Incidents: what went wrong, and what nearly did (cycles.md §12).

use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, sea_query::Expr};
use velodrome_model::{
    AccountScope, CycleId, IncidentId, Page, PageRequest, StepId, TransactionId,
    cycle::IncidentLevel,
};

use super::{
    NewIncident, RunRows,
    data::{incident_place, insert_incidents, open},
    usage::count_usage,
};
use crate::{
    StoreError, Unit,
    entity::incident,
    paged::{self, Orders},
};

use incident::Column as I;

/// An error or a warning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Incident {
    /// Its id.
    pub id: IncidentId,
    /// The cycle.
    pub cycle: CycleId,
    /// Severity.
    pub level: IncidentLevel,
    /// Short message.
    pub message: String,
    /// Detail; none once it is erased.
    pub detail: Option<String>,
    /// The step, with what people called it then.
    pub step: Option<(StepId, String)>,
    /// The transaction.
    pub transaction: Option<TransactionId>,
    /// When.
    pub created_at: DateTime<Utc>,
}

/// Which incidents.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IncidentFilter {
    /// Of one cycle.
    pub cycle: Option<CycleId>,
    /// Of one severity.
    pub level: Option<IncidentLevel>,
    /// At one step.
    pub step: Option<StepId>,
    /// That say exactly this.
    pub message: Option<String>,
    /// From this instant on.
    pub after: Option<DateTime<Utc>>,
    /// Before this instant.
    pub before: Option<DateTime<Utc>>,
}

impl Incident {
    pub(crate) fn opened(
        unit: &Unit<AccountScope>,
        row: incident::Model,
    ) -> Result<Self, StoreError> {
        let detail = match row.sealed {
            Some(sealed) => Some(open(unit, &incident_place(row.id), sealed)?),
            None => None,
        };
        Ok(Self {
            id: IncidentId(row.id),
            cycle: CycleId(row.cycle_id),
            level: IncidentLevel::from_word(&row.level).ok_or(StoreError::Corrupt {
                what: "incident level",
            })?,
            message: row.message,
            detail,
            step: row.step_id.map(StepId).zip(row.step_name),
            transaction: row.transaction_id.map(TransactionId),
            created_at: row.created_at,
        })
    }
}

impl RunRows<'_> {
    /// The one condition that names the tenant.
    pub(super) fn incidents(&self, filter: &IncidentFilter) -> Condition {
        let scope = self.unit.scope();
        Condition::all()
            .add(I::PartnerId.eq(scope.partner.0))
            .add(I::AccountId.eq(scope.account.0))
            .add_option(filter.cycle.map(|cycle| I::CycleId.eq(cycle.0)))
            .add_option(filter.level.map(|level| I::Level.eq(level.as_str())))
            .add_option(filter.step.map(|step| I::StepId.eq(step.0)))
            .add_option(filter.message.as_deref().map(|said| I::Message.eq(said)))
            .add_option(filter.after.map(|after| I::CreatedAt.gte(after)))
            .add_option(filter.before.map(|before| I::CreatedAt.lt(before)))
    }

    /// A page of incidents, the newest first unless asked otherwise.
    ///
    /// # Errors
    /// When the database refuses or one does not open.
    pub async fn incident_page(
        &self,
        filter: &IncidentFilter,
        request: &PageRequest,
    ) -> Result<Page<Incident>, StoreError> {
        let query = incident::Entity::find().filter(self.incidents(filter));
        let by = [
            ("CreatedOnUtc", Expr::col(I::CreatedAt)),
            ("Id", Expr::col(I::Id)),
            ("CycleId", Expr::col(I::CycleId)),
            ("IncidentLevel", Expr::col(I::Level)),
            ("ShortMessage", Expr::col(I::Message)),
            ("StepId", Expr::col(I::StepId)),
            ("StepName", Expr::col(I::StepName)),
            ("TransactionId", Expr::col(I::TransactionId)),
        ];
        let orders = Orders {
            by: &by,
            default: ("CreatedOnUtc", false),
            tie: Expr::col(I::Id),
            ties_follow: true,
        };
        let page = paged::page(self.unit.db(), query, request, orders).await?;
        Ok(Page {
            items: page
                .items
                .into_iter()
                .map(|row| Incident::opened(self.unit, row))
                .collect::<Result<_, StoreError>>()?,
            total: page.total,
            size: page.size,
        })
    }

    /// Tells of something that no transaction did.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn tell(&self, cycle: CycleId, told: NewIncident) -> Result<(), StoreError> {
        let scope = *self.unit.scope();
        insert_incidents(self.unit, scope, cycle, None, vec![told]).await?;
        count_usage(self.unit, &scope, 0, 1).await
    }

    /// Forgets incidents.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn delete_incidents(&self, filter: &IncidentFilter) -> Result<u64, StoreError> {
        let done = incident::Entity::delete_many()
            .filter(self.incidents(filter))
            .exec(self.unit.db())
            .await?;
        Ok(done.rows_affected)
    }
}
