//! Templates of a partner, their folders and releases, and the recycle bin (cycles.md §2).
//!
//! Every row names its partner, and everything here starts from the unit's. The graph of a release is
//! that of a cycle in the partner's template account, and is reached through that account's unit.

mod bin;
mod folders;
mod releases;
mod upgrades;

pub use bin::{BinItem, BinKind, RecycleBinRows};
pub use folders::FolderRows;
pub use releases::NewTemplateRelease;
pub use upgrades::{ClaimedUpgrade, StoredUpgrade, UpgradeEnd};

use sea_orm::{
    ActiveValue::Set, ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect, Select,
};
use velodrome_model::{
    FolderId, PartnerScope, TemplateId,
    cycle::{Template, TemplateSettings},
};

use crate::{StoreError, Unit, entity::template};

/// A template to be made.
#[derive(Clone, Debug)]
pub struct NewTemplate {
    /// Its id.
    pub id: TemplateId,
    /// What people call it.
    pub name: String,
    /// Free text for users.
    pub description: Option<String>,
    /// Where it lies; none is the root.
    pub folder: Option<FolderId>,
    /// What is set for it.
    pub settings: TemplateSettings,
}

/// Templates of the unit's partner.
pub struct TemplateRows<'u> {
    unit: &'u Unit<PartnerScope>,
}

impl Unit<PartnerScope> {
    /// Templates of this partner.
    pub fn templates(&self) -> TemplateRows<'_> {
        TemplateRows { unit: self }
    }
}

impl TemplateRows<'_> {
    /// The one function that names the tenant.
    fn scoped(&self) -> Select<template::Entity> {
        template::Entity::find().filter(template::Column::PartnerId.eq(self.unit.scope().partner.0))
    }

    fn listed(&self) -> Select<template::Entity> {
        self.scoped().filter(template::Column::DeletedAt.is_null())
    }

    /// The template, unless it is in the recycle bin.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn get(&self, id: TemplateId) -> Result<Option<Template>, StoreError> {
        let row = self
            .listed()
            .filter(template::Column::Id.eq(id.0))
            .one(self.unit.db())
            .await?;
        row.map(Template::try_from).transpose()
    }

    /// The same, held until this unit ends, so that its releases are changed by one unit at a time.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn hold(&self, id: TemplateId) -> Result<Option<Template>, StoreError> {
        let mut query = self.listed().filter(template::Column::Id.eq(id.0));
        // SQLite has one writer at a time, which is this unit.
        if !self.unit.is_sqlite() {
            query = query.lock_exclusive();
        }
        let row = query.one(self.unit.db()).await?;
        row.map(Template::try_from).transpose()
    }

    /// All that are not in the recycle bin, by name without regard to case, then by id.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn all(&self) -> Result<Vec<Template>, StoreError> {
        let rows = self
            .listed()
            .order_by_asc(template::Column::Id)
            .all(self.unit.db())
            .await?;
        let mut all = rows
            .into_iter()
            .map(Template::try_from)
            .collect::<Result<Vec<_>, _>>()?;
        all.sort_by_cached_key(|one| (one.name.to_lowercase(), one.id));
        Ok(all)
    }

    /// How many there are outside the recycle bin.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn count(&self) -> Result<u64, StoreError> {
        Ok(self.listed().count(self.unit.db()).await?)
    }

    /// Makes a template without release, which nobody is offered yet.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn insert(&self, new: NewTemplate) -> Result<Template, StoreError> {
        let template = Template {
            id: new.id,
            name: new.name,
            description: new.description,
            folder: new.folder,
            settings: new.settings,
            is_published: false,
            created_at: self.unit.now(),
            deleted_at: None,
        };
        template::Entity::insert(template::ActiveModel {
            id: Set(template.id.0),
            partner_id: Set(self.unit.scope().partner.0),
            created_at: Set(template.created_at),
            ..written(&template)?
        })
        .exec_without_returning(self.unit.db())
        .await?;
        Ok(template)
    }

    /// Writes everything but ids and the date of its creation.
    ///
    /// # Errors
    /// [`StoreError::Stale`] when it is gone.
    pub async fn save(&self, template: &Template) -> Result<(), StoreError> {
        let saved = template::Entity::update_many()
            .set(written(template)?)
            .filter(template::Column::PartnerId.eq(self.unit.scope().partner.0))
            .filter(template::Column::Id.eq(template.id.0))
            .exec(self.unit.db())
            .await?;
        if saved.rows_affected == 0 {
            return Err(StoreError::Stale);
        }
        Ok(())
    }
}

/// The columns that may change.
fn written(template: &Template) -> Result<template::ActiveModel, StoreError> {
    let settings = serde_json::to_value(&template.settings);
    Ok(template::ActiveModel {
        name: Set(template.name.clone()),
        description: Set(template.description.clone()),
        folder_id: Set(template.folder.map(|folder| folder.0)),
        settings: Set(settings.map_err(|_| StoreError::Corrupt {
            what: "template settings",
        })?),
        is_published: Set(template.is_published),
        deleted_at: Set(template.deleted_at),
        ..Default::default()
    })
}

impl TryFrom<template::Model> for Template {
    type Error = StoreError;

    fn try_from(row: template::Model) -> Result<Self, StoreError> {
        let settings = serde_json::from_value(row.settings);
        Ok(Self {
            id: TemplateId(row.id),
            name: row.name,
            description: row.description,
            folder: row.folder_id.map(FolderId),
            settings: settings.map_err(|_| StoreError::Corrupt {
                what: "template settings",
            })?,
            is_published: row.is_published,
            created_at: row.created_at,
            deleted_at: row.deleted_at,
        })
    }
}
