//! Folders of the template library.

use std::collections::HashMap;

use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QuerySelect, Select};
use uuid::Uuid;
use velodrome_model::{FolderId, PartnerScope, cycle::Folder};

use crate::{
    StoreError, Unit,
    entity::{template, template_folder},
};

/// Folders of the unit's partner.
pub struct FolderRows<'u> {
    unit: &'u Unit<PartnerScope>,
}

impl Unit<PartnerScope> {
    /// Folders of this partner's template library.
    pub fn template_folders(&self) -> FolderRows<'_> {
        FolderRows { unit: self }
    }
}

impl FolderRows<'_> {
    /// The one function that names the tenant.
    fn scoped(&self) -> Select<template_folder::Entity> {
        template_folder::Entity::find()
            .filter(template_folder::Column::PartnerId.eq(self.unit.scope().partner.0))
    }

    /// All, by name without regard to case, then by id.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn all(&self) -> Result<Vec<Folder>, StoreError> {
        let rows = self.scoped().all(self.unit.db()).await?;
        let mut all: Vec<Folder> = rows.into_iter().map(Folder::from).collect();
        all.sort_by_cached_key(|one| (one.name.to_lowercase(), one.id));
        Ok(all)
    }

    /// The same, held until this unit ends, so that no two units move folders into one another.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn hold_all(&self) -> Result<Vec<Folder>, StoreError> {
        let mut query = self.scoped();
        // SQLite has one writer at a time, which is this unit.
        if !self.unit.is_sqlite() {
            query = query.lock_exclusive();
        }
        let rows = query.all(self.unit.db()).await?;
        Ok(rows.into_iter().map(Folder::from).collect())
    }

    /// How many templates lie in each folder, without those of the recycle bin.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn template_counts(&self) -> Result<HashMap<FolderId, u64>, StoreError> {
        let lying: Vec<Option<Uuid>> = template::Entity::find()
            .select_only()
            .column(template::Column::FolderId)
            .filter(template::Column::PartnerId.eq(self.unit.scope().partner.0))
            .filter(template::Column::DeletedAt.is_null())
            .filter(template::Column::FolderId.is_not_null())
            .into_tuple()
            .all(self.unit.db())
            .await?;
        let mut counts = HashMap::new();
        for folder in lying.into_iter().flatten() {
            *counts.entry(FolderId(folder)).or_default() += 1;
        }
        Ok(counts)
    }

    /// Makes a folder.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn insert(&self, folder: &Folder) -> Result<(), StoreError> {
        template_folder::Entity::insert(template_folder::ActiveModel {
            id: Set(folder.id.0),
            partner_id: Set(self.unit.scope().partner.0),
            name: Set(folder.name.clone()),
            parent_id: Set(folder.parent.map(|parent| parent.0)),
        })
        .exec_without_returning(self.unit.db())
        .await?;
        Ok(())
    }

    /// Renames and moves a folder.
    ///
    /// # Errors
    /// [`StoreError::Stale`] when it is gone.
    pub async fn save(&self, folder: &Folder) -> Result<(), StoreError> {
        let saved = template_folder::Entity::update_many()
            .set(template_folder::ActiveModel {
                name: Set(folder.name.clone()),
                parent_id: Set(folder.parent.map(|parent| parent.0)),
                ..Default::default()
            })
            .filter(template_folder::Column::PartnerId.eq(self.unit.scope().partner.0))
            .filter(template_folder::Column::Id.eq(folder.id.0))
            .exec(self.unit.db())
            .await?;
        if saved.rows_affected == 0 {
            return Err(StoreError::Stale);
        }
        Ok(())
    }

    /// Removes a folder. Templates of the recycle bin that lay in it come back to the root.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn delete(&self, id: FolderId) -> Result<(), StoreError> {
        template::Entity::update_many()
            .set(template::ActiveModel {
                folder_id: Set(None),
                ..Default::default()
            })
            .filter(template::Column::PartnerId.eq(self.unit.scope().partner.0))
            .filter(template::Column::FolderId.eq(id.0))
            .exec(self.unit.db())
            .await?;
        template_folder::Entity::delete_many()
            .filter(template_folder::Column::PartnerId.eq(self.unit.scope().partner.0))
            .filter(template_folder::Column::Id.eq(id.0))
            .exec(self.unit.db())
            .await?;
        Ok(())
    }
}

impl From<template_folder::Model> for Folder {
    fn from(row: template_folder::Model) -> Self {
        Self {
            id: FolderId(row.id),
            name: row.name,
            parent: row.parent_id.map(FolderId),
        }
    }
}
