//! Releases of templates.

use std::collections::HashMap;

use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, Select};
use velodrome_model::{
    CycleId, TemplateId, TemplateReleaseId,
    cycle::{Cycle, TemplateRelease},
    definition::ReleaseStatus,
};

use super::TemplateRows;
use crate::{
    StoreError,
    custom_connectors::{status_of, status_word},
    entity::{cycle, template_release},
};

/// A draft release to be made.
#[derive(Clone, Debug)]
pub struct NewTemplateRelease {
    /// Its id.
    pub id: TemplateReleaseId,
    /// The template.
    pub template: TemplateId,
    /// Running number.
    pub number: i32,
    /// What changed.
    pub notes: Option<String>,
    /// The cycle of the template account that holds its graph.
    pub cycle: CycleId,
    /// Who makes it.
    pub created_by: Option<String>,
}

impl TemplateRows<'_> {
    fn scoped_releases(&self) -> Select<template_release::Entity> {
        template_release::Entity::find()
            .filter(template_release::Column::PartnerId.eq(self.unit.scope().partner.0))
    }

    /// The releases of a template, oldest first.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn releases(&self, of: TemplateId) -> Result<Vec<TemplateRelease>, StoreError> {
        let rows = self
            .scoped_releases()
            .filter(template_release::Column::TemplateId.eq(of.0))
            .order_by_asc(template_release::Column::Number)
            .all(self.unit.db())
            .await?;
        rows.into_iter().map(TemplateRelease::try_from).collect()
    }

    /// A release of whichever template.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn release(
        &self,
        id: TemplateReleaseId,
    ) -> Result<Option<TemplateRelease>, StoreError> {
        let row = self
            .scoped_releases()
            .filter(template_release::Column::Id.eq(id.0))
            .one(self.unit.db())
            .await?;
        row.map(TemplateRelease::try_from).transpose()
    }

    /// The releases of all templates, each template's oldest first.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn all_releases(
        &self,
    ) -> Result<HashMap<TemplateId, Vec<TemplateRelease>>, StoreError> {
        let rows = self
            .scoped_releases()
            .order_by_asc(template_release::Column::Number)
            .all(self.unit.db())
            .await?;
        let mut all: HashMap<TemplateId, Vec<TemplateRelease>> = HashMap::new();
        for row in rows {
            let release = TemplateRelease::try_from(row)?;
            all.entry(release.template).or_default().push(release);
        }
        Ok(all)
    }

    /// Makes a draft.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when the template has a release of this number.
    pub async fn insert_release(
        &self,
        new: NewTemplateRelease,
    ) -> Result<TemplateRelease, StoreError> {
        let release = TemplateRelease {
            id: new.id,
            template: new.template,
            number: new.number,
            status: ReleaseStatus::Draft,
            notes: new.notes,
            cycle: new.cycle,
            created_at: self.unit.now(),
            created_by: new.created_by,
            promoted_at: None,
        };
        template_release::Entity::insert(template_release::ActiveModel {
            id: Set(release.id.0),
            partner_id: Set(self.unit.scope().partner.0),
            template_id: Set(release.template.0),
            number: Set(release.number),
            status: Set(status_word(release.status).to_owned()),
            notes: Set(release.notes.clone()),
            cycle_id: Set(release.cycle.0),
            created_at: Set(release.created_at),
            created_by: Set(release.created_by.clone()),
            promoted_at: Set(None),
        })
        .exec_without_returning(self.unit.db())
        .await?;
        Ok(release)
    }

    /// Writes status, notes and when it went live.
    ///
    /// # Errors
    /// [`StoreError::Stale`] when it is gone.
    pub async fn save_release(&self, release: &TemplateRelease) -> Result<(), StoreError> {
        let saved = template_release::Entity::update_many()
            .set(template_release::ActiveModel {
                status: Set(status_word(release.status).to_owned()),
                notes: Set(release.notes.clone()),
                promoted_at: Set(release.promoted_at),
                ..Default::default()
            })
            .filter(template_release::Column::PartnerId.eq(self.unit.scope().partner.0))
            .filter(template_release::Column::Id.eq(release.id.0))
            .exec(self.unit.db())
            .await?;
        if saved.rows_affected == 0 {
            return Err(StoreError::Stale);
        }
        Ok(())
    }

    /// The cycles that were installed from a template, in whichever account, by id; those of the recycle
    /// bin are not among them.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn installed(&self, of: TemplateId) -> Result<Vec<Cycle>, StoreError> {
        let rows = cycle::Entity::find()
            .filter(cycle::Column::PartnerId.eq(self.unit.scope().partner.0))
            .filter(cycle::Column::TemplateId.eq(of.0))
            .filter(cycle::Column::DeletedAt.is_null())
            .order_by_asc(cycle::Column::Id)
            .all(self.unit.db())
            .await?;
        rows.into_iter().map(Cycle::try_from).collect()
    }
}

impl TryFrom<template_release::Model> for TemplateRelease {
    type Error = StoreError;

    fn try_from(row: template_release::Model) -> Result<Self, StoreError> {
        Ok(Self {
            id: TemplateReleaseId(row.id),
            template: TemplateId(row.template_id),
            number: row.number,
            status: status_of(&row.status).ok_or(StoreError::Corrupt {
                what: "release status",
            })?,
            notes: row.notes,
            cycle: CycleId(row.cycle_id),
            created_at: row.created_at,
            created_by: row.created_by,
            promoted_at: row.promoted_at,
        })
    }
}
