//! The versions of a cycle's graph, and how one is changed.

use std::collections::HashMap;

use sea_orm::{
    ActiveValue::{Set, Unchanged},
    ColumnTrait, EntityTrait, QueryFilter, Select,
};
use uuid::Uuid;
use velodrome_model::{
    CycleId, ExposeSecret, SecretString,
    cycle::{Cycle, CycleDocument},
};

use super::CycleRows;
use crate::{
    StoreError,
    entity::{cycle, cycle_graph},
    seal::{Place, Sealed},
};

/// Cycles whose graphs one statement reads: SQLite binds no more than 32,766 values.
const CHUNK: usize = 500;

/// A version of a graph at one moment of its editing.
#[derive(Clone, Debug, PartialEq)]
pub struct Revision {
    /// The version.
    pub version: i32,
    /// A transaction has begun with it.
    pub is_frozen: bool,
    /// Counts the changes to it.
    pub revision: i32,
    /// What it says.
    pub document: CycleDocument,
}

impl CycleRows<'_> {
    fn graphs(&self, of: CycleId) -> Select<cycle_graph::Entity> {
        let scope = self.unit.scope();
        cycle_graph::Entity::find()
            .filter(cycle_graph::Column::PartnerId.eq(scope.partner.0))
            .filter(cycle_graph::Column::AccountId.eq(scope.account.0))
            .filter(cycle_graph::Column::CycleId.eq(of.0))
    }

    /// A version of the cycle's graph.
    ///
    /// # Errors
    /// [`StoreError::Stale`] when there is none; when the database refuses or the value does not open.
    pub async fn document(&self, of: CycleId, version: i32) -> Result<Revision, StoreError> {
        let row = self
            .graphs(of)
            .filter(cycle_graph::Column::Version.eq(version))
            .one(self.unit.db())
            .await?
            .ok_or(StoreError::Stale)?;
        self.read(row)
    }

    /// What each of these cycles says now.
    ///
    /// # Errors
    /// When the database refuses or a value does not open.
    pub async fn documents_of(
        &self,
        cycles: &[Cycle],
    ) -> Result<HashMap<CycleId, CycleDocument>, StoreError> {
        let versions: HashMap<_, _> = cycles.iter().map(|one| (one.id.0, one.version)).collect();
        let scope = self.unit.scope();
        let mut documents = HashMap::with_capacity(cycles.len());
        for chunk in cycles.chunks(CHUNK) {
            let rows = cycle_graph::Entity::find()
                .filter(cycle_graph::Column::PartnerId.eq(scope.partner.0))
                .filter(cycle_graph::Column::AccountId.eq(scope.account.0))
                .filter(cycle_graph::Column::CycleId.is_in(chunk.iter().map(|one| one.id.0)))
                .filter(cycle_graph::Column::Version.is_in(chunk.iter().map(|one| one.version)))
                .all(self.unit.db())
                .await?;
            for row in rows {
                if versions.get(&row.cycle_id) == Some(&row.version) {
                    documents.insert(CycleId(row.cycle_id), self.read(row)?.document);
                }
            }
        }
        Ok(documents)
    }

    /// What each of these cycles says now, wherever it lies.
    ///
    /// # Errors
    /// When the database refuses or a value does not open.
    pub async fn documents_by_id(
        &self,
        cycles: &[CycleId],
    ) -> Result<HashMap<CycleId, CycleDocument>, StoreError> {
        let mut found = Vec::with_capacity(cycles.len());
        for chunk in cycles.chunks(CHUNK) {
            let rows = self
                .scoped()
                .filter(cycle::Column::Id.is_in(chunk.iter().map(|id| id.0)))
                .all(self.unit.db())
                .await?;
            for row in rows {
                found.push(Cycle::try_from(row)?);
            }
        }
        self.documents_of(&found).await
    }

    fn read(&self, row: cycle_graph::Model) -> Result<Revision, StoreError> {
        let text = self
            .unit
            .sealer()
            .open(&place(row.id), &Sealed::from_bytes(row.sealed))?;
        Ok(Revision {
            version: row.version,
            is_frozen: row.is_frozen,
            revision: row.revision,
            document: serde_json::from_str(text.expose_secret())
                .map_err(|_| StoreError::Corrupt { what: "graph" })?,
        })
    }

    /// Writes the changed document of a revision that was read, and what is known of its steps; a frozen
    /// version stays as it is, and a new one becomes the cycle's.
    ///
    /// # Errors
    /// [`StoreError::Stale`] when somebody changed it since it was read.
    pub async fn save_document(&self, of: CycleId, changed: &Revision) -> Result<(), StoreError> {
        let row = self
            .graphs(of)
            .filter(cycle_graph::Column::Version.eq(changed.version))
            .one(self.unit.db())
            .await?
            .filter(|row| row.revision == changed.revision)
            .ok_or(StoreError::Stale)?;
        if row.is_frozen {
            let version = row.version + 1;
            self.insert_document(of, version, &changed.document).await?;
            cycle::Entity::update(cycle::ActiveModel {
                id: Unchanged(of.0),
                version: Set(version),
                ..Default::default()
            })
            .exec(self.unit.db())
            .await?;
            return Ok(());
        }
        let written = cycle_graph::Entity::update_many()
            .set(cycle_graph::ActiveModel {
                revision: Set(row.revision + 1),
                sealed: Set(self.sealed(row.id, &changed.document)?),
                ..Default::default()
            })
            .filter(cycle_graph::Column::Id.eq(row.id))
            .filter(cycle_graph::Column::Revision.eq(row.revision))
            .filter(cycle_graph::Column::IsFrozen.eq(false))
            .exec(self.unit.db())
            .await?;
        if written.rows_affected == 0 {
            return Err(StoreError::Stale);
        }
        self.write_steps(of, &changed.document).await
    }

    /// Makes a version that a transaction begins with unchangeable.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn freeze(&self, of: CycleId, version: i32) -> Result<(), StoreError> {
        let scope = self.unit.scope();
        cycle_graph::Entity::update_many()
            .set(cycle_graph::ActiveModel {
                is_frozen: Set(true),
                ..Default::default()
            })
            .filter(cycle_graph::Column::PartnerId.eq(scope.partner.0))
            .filter(cycle_graph::Column::AccountId.eq(scope.account.0))
            .filter(cycle_graph::Column::CycleId.eq(of.0))
            .filter(cycle_graph::Column::Version.eq(version))
            .exec(self.unit.db())
            .await?;
        Ok(())
    }

    pub(super) async fn insert_document(
        &self,
        of: CycleId,
        version: i32,
        document: &CycleDocument,
    ) -> Result<(), StoreError> {
        let scope = self.unit.scope();
        let id = self.unit.new_id();
        cycle_graph::Entity::insert(cycle_graph::ActiveModel {
            id: Set(id),
            cycle_id: Set(of.0),
            version: Set(version),
            partner_id: Set(scope.partner.0),
            account_id: Set(scope.account.0),
            is_frozen: Set(false),
            revision: Set(1),
            sealed: Set(self.sealed(id, document)?),
        })
        .exec_without_returning(self.unit.db())
        .await?;
        self.write_steps(of, document).await
    }

    fn sealed(&self, id: Uuid, document: &CycleDocument) -> Result<Vec<u8>, StoreError> {
        let text =
            serde_json::to_string(document).map_err(|_| StoreError::Corrupt { what: "graph" })?;
        let sealed = self
            .unit
            .sealer()
            .seal(&place(id), &SecretString::from(text))?;
        Ok(sealed.into_bytes())
    }
}

fn place(id: Uuid) -> Place {
    Place::new("cycle_graph", "sealed", id)
}
