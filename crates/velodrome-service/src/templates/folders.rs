//! Folders of the template library: a tree (cycles.md §2).

use std::collections::HashMap;

use uuid::Uuid;
use velodrome_model::{FolderId, PartnerActor, cycle::Folder};
use velodrome_store::Deed;

use super::{TemplateError, Templates};
use crate::invalid::required_text;

/// Most folders of a partner, and most characters of a name.
const MOST_FOLDERS: usize = 2_000;
const MOST_NAME: usize = 255;

/// A folder and how many templates lie in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShownFolder {
    /// The folder.
    pub folder: Folder,
    /// Templates in it, not those in folders inside it.
    pub templates: u64,
}

/// A change of a folder. None keeps.
#[derive(Clone, Debug, Default)]
pub struct FolderChange {
    /// New name.
    pub name: Option<String>,
    /// New parent; inner none is the root.
    pub parent: Option<Option<FolderId>>,
}

impl Templates {
    /// All folders, by name.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn folders(&self, actor: &PartnerActor) -> Result<Vec<ShownFolder>, TemplateError> {
        let unit = self.bench.store.read(&actor.scope).await?;
        let folders = unit.template_folders().all().await?;
        let counts = unit.template_folders().template_counts().await?;
        let shown = folders.into_iter().map(|folder| ShownFolder {
            templates: counts.get(&folder.id).copied().unwrap_or_default(),
            folder,
        });
        Ok(shown.collect())
    }

    /// Makes a folder.
    ///
    /// # Errors
    /// As [`TemplateError`] says.
    pub async fn create_folder(
        &self,
        actor: &PartnerActor,
        name: &str,
        parent: Option<FolderId>,
    ) -> Result<ShownFolder, TemplateError> {
        let name = required_text("Name", name, MOST_NAME)?;
        let unit = self.bench.store.begin(&actor.scope).await?;
        let all = unit.template_folders().hold_all().await?;
        if parent.is_some_and(|parent| all.iter().all(|one| one.id != parent)) {
            return Err(TemplateError::Unknown("ParentId"));
        }
        if all.len() >= MOST_FOLDERS {
            return Err(TemplateError::TooMany {
                what: "folders",
                most: MOST_FOLDERS,
            });
        }
        let folder = Folder {
            id: FolderId(Uuid::new_v4()),
            name,
            parent,
        };
        unit.template_folders().insert(&folder).await?;
        unit.audit(&actor.principal, deed("folder.created", folder.id))
            .await?;
        unit.commit().await?;
        Ok(ShownFolder {
            folder,
            templates: 0,
        })
    }

    /// Renames or moves a folder.
    ///
    /// # Errors
    /// As [`TemplateError`] says; nothing is changed then.
    pub async fn update_folder(
        &self,
        actor: &PartnerActor,
        id: FolderId,
        change: FolderChange,
    ) -> Result<ShownFolder, TemplateError> {
        let unit = self.bench.store.begin(&actor.scope).await?;
        let all = unit.template_folders().hold_all().await?;
        let found = all.iter().find(|one| one.id == id);
        let mut folder = found.cloned().ok_or(TemplateError::NoFolder)?;
        if let Some(name) = change.name {
            folder.name = required_text("Name", &name, MOST_NAME)?;
        }
        if let Some(parent) = change.parent {
            if let Some(parent) = parent {
                check_parent(&all, id, parent)?;
            }
            folder.parent = parent;
        }
        unit.template_folders().save(&folder).await?;
        let counts = unit.template_folders().template_counts().await?;
        unit.audit(&actor.principal, deed("folder.updated", id))
            .await?;
        unit.commit().await?;
        Ok(ShownFolder {
            folder,
            templates: counts.get(&id).copied().unwrap_or_default(),
        })
    }

    /// Removes an empty folder.
    ///
    /// # Errors
    /// [`TemplateError::NoFolder`], [`TemplateError::FolderNotEmpty`].
    pub async fn delete_folder(
        &self,
        actor: &PartnerActor,
        id: FolderId,
    ) -> Result<(), TemplateError> {
        let unit = self.bench.store.begin(&actor.scope).await?;
        let all = unit.template_folders().hold_all().await?;
        let found = all.iter().find(|one| one.id == id);
        let folder = found.ok_or(TemplateError::NoFolder)?;
        let counts = unit.template_folders().template_counts().await?;
        let has_folders = all.iter().any(|one| one.parent == Some(id));
        if has_folders || counts.contains_key(&id) {
            return Err(TemplateError::FolderNotEmpty(folder.name.clone()));
        }
        unit.template_folders().delete(id).await?;
        unit.audit(&actor.principal, deed("folder.deleted", id))
            .await?;
        Ok(unit.commit().await?)
    }
}

/// A folder's new parent is there, and does not lie inside it.
fn check_parent(all: &[Folder], id: FolderId, parent: FolderId) -> Result<(), TemplateError> {
    let parents: HashMap<FolderId, Option<FolderId>> =
        all.iter().map(|one| (one.id, one.parent)).collect();
    if !parents.contains_key(&parent) {
        return Err(TemplateError::Unknown("ParentId"));
    }
    let mut above = Some(parent);
    // No way up is longer than there are folders, even if somebody made a ring of them by other means.
    for _ in 0..=all.len() {
        match above {
            Some(folder) if folder == id => return Err(TemplateError::FolderInItself),
            Some(folder) => above = parents.get(&folder).copied().flatten(),
            None => break,
        }
    }
    Ok(())
}

fn deed(action: &'static str, id: FolderId) -> Deed {
    Deed {
        action,
        object_type: "Folder",
        object_id: id.to_string(),
        ..Deed::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_moves_anywhere_but_into_itself() {
        let id = |number| FolderId(Uuid::from_u128(number));
        let folder = |number, parent: Option<u128>| Folder {
            id: id(number),
            name: number.to_string(),
            parent: parent.map(id),
        };
        let all = [
            folder(1, None),
            folder(2, Some(1)),
            folder(3, Some(2)),
            folder(4, None),
        ];

        for (moved, into, is_allowed) in [
            (1, 4, true),
            (3, 1, true),
            (2, 4, true),
            (1, 1, false),
            (1, 3, false),
            (2, 3, false),
            (1, 9, false),
        ] {
            let checked = check_parent(&all, id(moved), id(into));
            assert_eq!(checked.is_ok(), is_allowed, "{moved} into {into}");
        }
    }
}
