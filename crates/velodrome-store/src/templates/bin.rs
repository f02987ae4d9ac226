//! The recycle bin: deleted templates and cycles of all accounts of a partner (cycles.md §1).

use chrono::{DateTime, Utc};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect,
    QueryTrait, Select,
};
use uuid::Uuid;
use velodrome_model::{AccountId, CycleId, InstanceScope, PartnerScope, TemplateId};

use crate::{
    StoreError, Unit,
    entity::{cycle, template, template_release},
};

/// Something in the recycle bin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BinItem {
    /// What it is.
    pub kind: BinKind,
    /// What people call it.
    pub name: String,
    /// When it was deleted.
    pub deleted_at: DateTime<Utc>,
}

/// What lies in the recycle bin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BinKind {
    /// A cycle of an account.
    Cycle(AccountId, CycleId),
    /// A template with its releases.
    Template(TemplateId),
}

/// The recycle bin of the unit's partner.
pub struct RecycleBinRows<'u> {
    unit: &'u Unit<PartnerScope>,
}

impl Unit<PartnerScope> {
    /// The recycle bin of this partner.
    pub fn recycle_bin(&self) -> RecycleBinRows<'_> {
        RecycleBinRows { unit: self }
    }
}

impl RecycleBinRows<'_> {
    /// The functions that name the tenant. The graphs of a template's releases are no items of their own.
    fn cycles(&self) -> Select<cycle::Entity> {
        let partner = self.unit.scope().partner.0;
        let graphs = template_release::Entity::find()
            .select_only()
            .column(template_release::Column::CycleId)
            .filter(template_release::Column::PartnerId.eq(partner))
            .into_query();
        cycle::Entity::find()
            .filter(cycle::Column::PartnerId.eq(partner))
            .filter(cycle::Column::DeletedAt.is_not_null())
            .filter(cycle::Column::Id.not_in_subquery(graphs))
    }

    fn templates(&self) -> Select<template::Entity> {
        template::Entity::find()
            .filter(template::Column::PartnerId.eq(self.unit.scope().partner.0))
            .filter(template::Column::DeletedAt.is_not_null())
    }

    /// Everything that lies in it, in no order.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn all(&self) -> Result<Vec<BinItem>, StoreError> {
        self.read(self.cycles(), self.templates()).await
    }

    /// The item of an id.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn get(&self, id: Uuid) -> Result<Option<BinItem>, StoreError> {
        let cycles = self.cycles().filter(cycle::Column::Id.eq(id));
        let templates = self.templates().filter(template::Column::Id.eq(id));
        Ok(self.read(cycles, templates).await?.pop())
    }

    async fn read(
        &self,
        cycles: Select<cycle::Entity>,
        templates: Select<template::Entity>,
    ) -> Result<Vec<BinItem>, StoreError> {
        type Cycle = (Uuid, Uuid, String, Option<DateTime<Utc>>);
        let cycles: Vec<Cycle> = cycles
            .select_only()
            .column(cycle::Column::AccountId)
            .column(cycle::Column::Id)
            .column(cycle::Column::Name)
            .column(cycle::Column::DeletedAt)
            .into_tuple()
            .all(self.unit.db())
            .await?;
        let templates: Vec<(Uuid, String, Option<DateTime<Utc>>)> = templates
            .select_only()
            .column(template::Column::Id)
            .column(template::Column::Name)
            .column(template::Column::DeletedAt)
            .into_tuple()
            .all(self.unit.db())
            .await?;
        let cycles = cycles.into_iter().map(|(account, id, name, deleted)| {
            let kind = BinKind::Cycle(AccountId(account), CycleId(id));
            (kind, name, deleted)
        });
        let templates = templates
            .into_iter()
            .map(|(id, name, deleted)| (BinKind::Template(TemplateId(id)), name, deleted));
        let items = cycles.chain(templates);
        Ok(items
            .filter_map(|(kind, name, deleted)| {
                Some(BinItem {
                    kind,
                    name,
                    deleted_at: deleted?,
                })
            })
            .collect())
    }

    /// Moves a template with the graphs of its releases into the bin, or back out of it.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn put_template(
        &self,
        id: TemplateId,
        deleted_at: Option<DateTime<Utc>>,
    ) -> Result<(), StoreError> {
        let partner = self.unit.scope().partner.0;
        template::Entity::update_many()
            .set(template::ActiveModel {
                deleted_at: Set(deleted_at),
                ..Default::default()
            })
            .filter(template::Column::PartnerId.eq(partner))
            .filter(template::Column::Id.eq(id.0))
            .exec(self.unit.db())
            .await?;
        cycle::Entity::update_many()
            .set(cycle::ActiveModel {
                deleted_at: Set(deleted_at),
                ..Default::default()
            })
            .filter(cycle::Column::PartnerId.eq(partner))
            .filter(cycle::Column::Id.in_subquery(graphs_of(vec![id.0])))
            .exec(self.unit.db())
            .await?;
        Ok(())
    }

    /// Removes a template for good, with its releases and their graphs. Installed cycles stay.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn purge_template(&self, id: TemplateId) -> Result<(), StoreError> {
        let found = self.templates().filter(template::Column::Id.eq(id.0));
        if found.one(self.unit.db()).await?.is_some() {
            purge_templates(self.unit.db(), vec![id.0]).await?;
        }
        Ok(())
    }
}

/// Templates and cycles that one statement removes; each takes much with it.
const AT_ONCE: u64 = 100;

impl Unit<InstanceScope> {
    /// Removes for good what was deleted before an instant, at most some hundred things; tells how many.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn sweep_recycle_bin(&self, before: DateTime<Utc>) -> Result<u64, StoreError> {
        let templates: Vec<Uuid> = template::Entity::find()
            .select_only()
            .column(template::Column::Id)
            .filter(template::Column::DeletedAt.lt(before))
            .limit(AT_ONCE)
            .into_tuple()
            .all(self.db())
            .await?;
        let removed = templates.len() as u64;
        purge_templates(self.db(), templates).await?;
        let cycles: Vec<Uuid> = cycle::Entity::find()
            .select_only()
            .column(cycle::Column::Id)
            .filter(cycle::Column::DeletedAt.lt(before))
            .limit(AT_ONCE)
            .into_tuple()
            .all(self.db())
            .await?;
        let removed = removed + cycles.len() as u64;
        delete_cycles(self.db(), cycles).await?;
        Ok(removed)
    }
}

fn graphs_of(templates: Vec<Uuid>) -> sea_orm::sea_query::SelectStatement {
    template_release::Entity::find()
        .select_only()
        .column(template_release::Column::CycleId)
        .filter(template_release::Column::TemplateId.is_in(templates))
        .into_query()
}

/// The graphs go first, since the rows that name them go with the template.
async fn purge_templates<C: ConnectionTrait>(
    db: &C,
    templates: Vec<Uuid>,
) -> Result<(), StoreError> {
    if templates.is_empty() {
        return Ok(());
    }
    let graphs: Vec<Uuid> = template_release::Entity::find()
        .select_only()
        .column(template_release::Column::CycleId)
        .filter(template_release::Column::TemplateId.is_in(templates.clone()))
        .into_tuple()
        .all(db)
        .await?;
    delete_cycles(db, graphs).await?;
    template::Entity::delete_many()
        .filter(template::Column::Id.is_in(templates))
        .exec(db)
        .await?;
    Ok(())
}

async fn delete_cycles<C: ConnectionTrait>(db: &C, cycles: Vec<Uuid>) -> Result<(), StoreError> {
    for chunk in cycles.chunks(500) {
        cycle::Entity::delete_many()
            .filter(cycle::Column::Id.is_in(chunk.iter().copied()))
            .exec(db)
            .await?;
    }
    Ok(())
}
