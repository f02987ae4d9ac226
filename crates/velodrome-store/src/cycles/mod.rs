//! Cycles of an account, the versions of their graphs, and what is known of their steps (cycles.md §1).

mod documents;
mod steps;

pub use documents::Revision;
pub use steps::StepState;

use sea_orm::{
    ActiveValue::{Set, Unchanged},
    ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select,
    sea_query::{Expr, Func},
};
use velodrome_model::{
    AccountId, AccountScope, CycleId, Page, PageRequest, TemplateId, TemplateReleaseId,
    cycle::{Cycle, CycleDocument, CycleSchedule, CycleSettings, CycleStatus, Interval, Origin},
    definition::ReleaseStatus,
};

use crate::{
    StoreError, Unit,
    entity::{cycle, template_release},
    paged::{self, Orders},
};

/// A cycle to be made.
#[derive(Clone, Debug)]
pub struct NewCycle {
    /// Its id.
    pub id: CycleId,
    /// What people call it.
    pub name: String,
    /// Free text.
    pub description: Option<String>,
    /// What can change without a new graph.
    pub settings: CycleSettings,
    /// What it is installed from.
    pub origin: Option<Origin>,
    /// How it will be activated unless somebody says otherwise.
    pub schedule: CycleSchedule,
    /// Its first graph.
    pub document: CycleDocument,
}

/// Cycles of the unit's account.
pub struct CycleRows<'u> {
    unit: &'u Unit<AccountScope>,
}

impl Unit<AccountScope> {
    /// Integrations of this account.
    pub fn cycles(&self) -> CycleRows<'_> {
        CycleRows { unit: self }
    }
}

impl CycleRows<'_> {
    /// The one function that names the tenant.
    fn scoped(&self) -> Select<cycle::Entity> {
        let scope = self.unit.scope();
        cycle::Entity::find()
            .filter(cycle::Column::PartnerId.eq(scope.partner.0))
            .filter(cycle::Column::AccountId.eq(scope.account.0))
    }

    fn listed(&self) -> Select<cycle::Entity> {
        self.scoped().filter(cycle::Column::DeletedAt.is_null())
    }

    /// The cycle, unless it is in the recycle bin.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn get(&self, id: CycleId) -> Result<Option<Cycle>, StoreError> {
        let row = self
            .listed()
            .filter(cycle::Column::Id.eq(id.0))
            .one(self.unit.db())
            .await?;
        row.map(Cycle::try_from).transpose()
    }

    /// The cycle, unless it is in the recycle bin; nobody else changes it until this unit ends.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn hold(&self, id: CycleId) -> Result<Option<Cycle>, StoreError> {
        let found = self.listed().filter(cycle::Column::Id.eq(id.0));
        // SQLite has one writer at a time, which is this unit.
        let found = if self.unit.is_sqlite() {
            found
        } else {
            found.lock_exclusive()
        };
        found
            .one(self.unit.db())
            .await?
            .map(Cycle::try_from)
            .transpose()
    }

    /// State of the template release whose graph the cycle holds; none for every other cycle.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn release_status(&self, of: CycleId) -> Result<Option<ReleaseStatus>, StoreError> {
        let row = template_release::Entity::find()
            .filter(template_release::Column::PartnerId.eq(self.unit.scope().partner.0))
            .filter(template_release::Column::CycleId.eq(of.0))
            .one(self.unit.db())
            .await?;
        let Some(row) = row else { return Ok(None) };
        [
            ReleaseStatus::Draft,
            ReleaseStatus::Live,
            ReleaseStatus::Deprecated,
        ]
        .into_iter()
        .find(|status| word(*status) == row.status)
        .map(Some)
        .ok_or(StoreError::Corrupt {
            what: "template release status",
        })
    }

    /// The cycle, wherever it is.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn get_with_deleted(&self, id: CycleId) -> Result<Option<Cycle>, StoreError> {
        let row = self
            .scoped()
            .filter(cycle::Column::Id.eq(id.0))
            .one(self.unit.db())
            .await?;
        row.map(Cycle::try_from).transpose()
    }

    /// The cycles of a page, by name unless asked otherwise; the recycle bin's are not among them.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn page(
        &self,
        status: Option<CycleStatus>,
        request: &PageRequest,
    ) -> Result<Page<Cycle>, StoreError> {
        let mut query = self.listed();
        if let Some(status) = status {
            query = query.filter(cycle::Column::Status.eq(status.as_str()));
        }
        let name = Func::lower(Expr::col(cycle::Column::Name)).into();
        let orders = Orders {
            by: &[
                ("Name", name),
                ("CreatedOnUtc", Expr::col(cycle::Column::CreatedAt)),
                ("Status", Expr::col(cycle::Column::Status)),
            ],
            default: ("Name", true),
            tie: Expr::col(cycle::Column::Id),
            ties_follow: false,
        };
        let found = paged::page(self.unit.db(), query, request, orders).await?;
        Ok(Page {
            items: found
                .items
                .into_iter()
                .map(Cycle::try_from)
                .collect::<Result<_, _>>()?,
            total: found.total,
            size: found.size,
        })
    }

    /// All that are not in the recycle bin, by id.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn all(&self) -> Result<Vec<Cycle>, StoreError> {
        let rows = self
            .listed()
            .order_by_asc(cycle::Column::Id)
            .all(self.unit.db())
            .await?;
        rows.into_iter().map(Cycle::try_from).collect()
    }

    /// Makes a paused cycle with its first graph.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn insert(&self, new: NewCycle) -> Result<Cycle, StoreError> {
        let scope = self.unit.scope();
        let cycle = Cycle {
            id: new.id,
            account: scope.account,
            name: new.name,
            description: new.description,
            settings: new.settings,
            origin: new.origin,
            status: CycleStatus::Paused,
            schedule: new.schedule,
            version: 1,
            last_successful_run: None,
            created_at: self.unit.now(),
            deleted_at: None,
        };
        cycle::Entity::insert(cycle::ActiveModel {
            id: Set(cycle.id.0),
            partner_id: Set(scope.partner.0),
            account_id: Set(scope.account.0),
            created_at: Set(cycle.created_at),
            last_successful_run_at: Set(None),
            ..written(&cycle)?
        })
        .exec_without_returning(self.unit.db())
        .await?;
        self.insert_document(cycle.id, cycle.version, &new.document)
            .await?;
        Ok(cycle)
    }

    /// Writes everything but ids, the date of its creation and that of its last run.
    ///
    /// # Errors
    /// [`StoreError::Stale`] when it is gone.
    pub async fn save(&self, cycle: &Cycle) -> Result<(), StoreError> {
        self.get_with_deleted(cycle.id)
            .await?
            .ok_or(StoreError::Stale)?;
        cycle::Entity::update(cycle::ActiveModel {
            id: Unchanged(cycle.id.0),
            ..written(cycle)?
        })
        .exec(self.unit.db())
        .await?;
        Ok(())
    }

    /// Removes it for good, with everything that belongs to it.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn purge(&self, id: CycleId) -> Result<(), StoreError> {
        let scope = self.unit.scope();
        cycle::Entity::delete_many()
            .filter(cycle::Column::PartnerId.eq(scope.partner.0))
            .filter(cycle::Column::AccountId.eq(scope.account.0))
            .filter(cycle::Column::Id.eq(id.0))
            .exec(self.unit.db())
            .await?;
        Ok(())
    }
}

/// The word of a release's state in the store.
fn word(status: ReleaseStatus) -> &'static str {
    match status {
        ReleaseStatus::Draft => "Draft",
        ReleaseStatus::Live => "Live",
        ReleaseStatus::Deprecated => "Deprecated",
    }
}

/// The columns that may change.
fn written(cycle: &Cycle) -> Result<cycle::ActiveModel, StoreError> {
    Ok(cycle::ActiveModel {
        name: Set(cycle.name.clone()),
        description: Set(cycle.description.clone()),
        settings: Set(
            serde_json::to_value(&cycle.settings).map_err(|_| StoreError::Corrupt {
                what: "cycle settings",
            })?,
        ),
        template_id: Set(cycle.origin.map(|origin| origin.template.0)),
        template_release_id: Set(cycle.origin.map(|origin| origin.release.0)),
        status: Set(cycle.status.as_str().to_owned()),
        version: Set(cycle.version),
        interval: Set(cycle
            .schedule
            .interval
            .map(|interval| interval.minutes().into())),
        start_at: Set(cycle.schedule.start),
        next_run_at: Set(cycle.schedule.next),
        runs_once: Set(cycle.schedule.runs_once),
        deleted_at: Set(cycle.deleted_at),
        ..Default::default()
    })
}

impl TryFrom<cycle::Model> for Cycle {
    type Error = StoreError;

    fn try_from(row: cycle::Model) -> Result<Self, StoreError> {
        let corrupt = |what| StoreError::Corrupt { what };
        let interval = match row.interval {
            Some(minutes) => Some(
                Interval::try_from(i64::from(minutes)).map_err(|_| corrupt("cycle interval"))?,
            ),
            None => None,
        };
        let origin = row.template_id.zip(row.template_release_id);
        Ok(Self {
            id: CycleId(row.id),
            account: AccountId(row.account_id),
            name: row.name,
            description: row.description,
            settings: serde_json::from_value(row.settings)
                .map_err(|_| corrupt("cycle settings"))?,
            origin: origin.map(|(template, release)| Origin {
                template: TemplateId(template),
                release: TemplateReleaseId(release),
            }),
            status: CycleStatus::from_word(&row.status).ok_or(corrupt("cycle status"))?,
            schedule: CycleSchedule {
                interval,
                start: row.start_at,
                next: row.next_run_at,
                runs_once: row.runs_once,
            },
            version: row.version,
            last_successful_run: row.last_successful_run_at,
            created_at: row.created_at,
            deleted_at: row.deleted_at,
        })
    }
}
