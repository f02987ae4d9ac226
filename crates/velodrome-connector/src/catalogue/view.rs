//! What one tenant can see: what ships with the product, and what the tenant made itself.
//!
//! [`super::Catalogue`] holds nothing of any tenant. What a partner or an account made stands on a
//! [`Shelf`] of its own, and a [`View`] is put together from the shelves of those who look; a
//! connector of somebody else is not in it and so can't be found through it, whatever is asked.

use std::{cmp::Reverse, sync::Arc};

use velodrome_model::{
    ConnectorId, ConnectorUid, definition::ReleaseStatus, numbered::NumberedConnector,
};

use super::{Release, Snapshot, snapshot::version_key};

/// What one owner made.
#[derive(Clone, Debug)]
pub struct Shelf {
    /// Everything, Drafts included: for the owner.
    all: Arc<Snapshot>,
    /// What others may use.
    published: Arc<Snapshot>,
}

impl Shelf {
    /// A shelf of these releases.
    pub fn new(releases: Vec<Release>) -> Self {
        let is_draft = |release: &Release| release.listed().release.status == ReleaseStatus::Draft;
        if !releases.iter().any(is_draft) {
            let all = Arc::new(Snapshot::of_owner(releases));
            return Self {
                published: Arc::clone(&all),
                all,
            };
        }
        let published = releases.iter().filter(|one| !is_draft(one)).cloned();
        Self {
            published: Arc::new(Snapshot::of_owner(published.collect())),
            all: Arc::new(Snapshot::of_owner(releases)),
        }
    }

    /// As its owner sees it.
    pub fn own(&self) -> Arc<Snapshot> {
        Arc::clone(&self.all)
    }

    /// As others see it who may use it.
    pub fn published(&self) -> Arc<Snapshot> {
        Arc::clone(&self.published)
    }
}

/// The connectors that somebody can see, nearest first: own ones, inherited ones, built-in ones.
#[derive(Clone, Debug)]
pub struct View {
    parts: Vec<Arc<Snapshot>>,
}

impl View {
    /// What ships with the product, behind these.
    pub fn new(nearest_first: Vec<Arc<Snapshot>>, built_in: Arc<Snapshot>) -> Self {
        let mut parts = nearest_first;
        parts.push(built_in);
        Self { parts }
    }

    /// The release of this integer, whatever its status. The integer of a custom connector is that of
    /// the release that stands for it.
    pub fn release(&self, id: ConnectorId) -> Option<&Arc<Release>> {
        self.parts.iter().find_map(|part| part.release(id))
    }

    /// The release whose block holds this integer: that of a connector, method, parameter, field or
    /// lookup.
    pub fn release_of(&self, id: i32) -> Option<&Arc<Release>> {
        self.parts.iter().find_map(|part| part.release_of(id))
    }

    /// The Live release of this connector.
    pub fn live(&self, uid: ConnectorUid) -> Option<&Arc<Release>> {
        self.parts.iter().find_map(|part| part.live(uid))
    }

    /// The Live releases with this name, case-insensitive, newest version first; of equal versions the
    /// nearest one first.
    pub fn versions(&self, name: &str) -> Vec<Arc<Release>> {
        let mut found: Vec<Arc<Release>> = self
            .parts
            .iter()
            .flat_map(|part| part.versions(name).iter().rev().cloned())
            .collect();
        // Stable, so that nearness decides between equal versions.
        found.sort_by_cached_key(|release| {
            Reverse(version_key(release.listed().version.as_deref()))
        });
        found
    }

    /// All Live releases by name; of equal names and versions the nearest one first.
    pub fn all_live(&self) -> Vec<Arc<Release>> {
        let mut all: Vec<Arc<Release>> = self
            .parts
            .iter()
            .flat_map(|part| part.all_live().iter().cloned())
            .collect();
        all.sort_by_cached_key(|release| {
            (
                release.listed().name.to_lowercase(),
                version_key(release.listed().version.as_deref()),
            )
        });
        all
    }

    /// All releases of any status, nearest first.
    pub fn all(&self) -> impl Iterator<Item = &Arc<Release>> {
        self.parts.iter().flat_map(|part| part.all())
    }

    /// The connector of this integer with its methods.
    pub fn connector(&self, id: ConnectorId) -> Option<Arc<NumberedConnector>> {
        self.parts.iter().find_map(|part| part.connector(id))
    }
}
