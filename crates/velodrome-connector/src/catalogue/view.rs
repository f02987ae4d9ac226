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

#[cfg(test)]
mod tests {
    use serde_json::json;
    use velodrome_model::definition::{self, ConnectorDefinition, ReleaseLevel};

    use super::*;
    use crate::catalogue::Package;

    /// A release of a connector of this name and version; `uid` tells connectors apart.
    fn release(first: i32, shown: i32, uid: u128, version: &str, status: ReleaseStatus) -> Release {
        let definition: ConnectorDefinition = serde_json::from_value(json!({
            "format": definition::FORMAT, "slug": "shop", "name": "Shop", "version": version,
            "uniqueIdentifier": uuid::Uuid::from_u128(uid),
            "release": {"number": 1, "status": "Draft"},
            "authentications": [{"key": "none", "type": "None"}],
            "methods": [{"key": "get", "name": "Get", "category": "Things", "type": "Action"}],
        }))
        .unwrap();
        let package = Arc::new(Package::of_definition(&definition, None).unwrap());
        let state = definition::Release {
            number: first.unsigned_abs(),
            status,
            level: ReleaseLevel::Major,
            comments: None,
        };
        Release::custom(ConnectorId(first), ConnectorId(shown), state, package)
    }

    fn ids(releases: &[Arc<Release>]) -> Vec<i32> {
        releases.iter().map(|release| release.id().0).collect()
    }

    fn nothing() -> Arc<Snapshot> {
        Arc::new(Snapshot::default())
    }

    #[test]
    fn a_draft_is_on_the_owners_side_of_the_shelf_only() {
        let shelf = Shelf::new(vec![
            release(10, 1, 7, "1", ReleaseStatus::Live),
            release(20, 20, 7, "1", ReleaseStatus::Draft),
        ]);
        let own = View::new(vec![shelf.own()], nothing());
        let others = View::new(vec![shelf.published()], nothing());
        let nobody = View::new(Vec::new(), nothing());

        assert!(own.release(ConnectorId(20)).is_some());
        assert!(others.release(ConnectorId(20)).is_none());
        // A method's integer is as unknown as the release's.
        assert!(own.release_of(21).is_some());
        assert!(others.release_of(21).is_none());
        assert!(others.release_of(11).is_some());
        assert!(nobody.release_of(11).is_none());
        assert!(nobody.connector(ConnectorId(1)).is_none());
    }

    #[test]
    fn the_connectors_own_integer_stands_for_the_release_that_it_is_shown_for() {
        let shelf = Shelf::new(vec![
            release(10, 10, 7, "1", ReleaseStatus::Deprecated),
            release(20, 1, 7, "2", ReleaseStatus::Live),
        ]);
        let view = View::new(vec![shelf.own()], nothing());

        for (asked, found) in [(1, 20), (20, 20), (10, 10)] {
            let release = view.release(ConnectorId(asked)).unwrap();
            assert_eq!(release.id().0, found);
            let connector = view.connector(ConnectorId(asked)).unwrap();
            assert_eq!(connector.id().0, found);
        }
        assert_eq!(
            view.live(ConnectorUid(uuid::Uuid::from_u128(7)))
                .unwrap()
                .id()
                .0,
            20
        );
    }

    #[test]
    fn newer_versions_come_first_and_of_equal_ones_the_nearest() {
        let near = Shelf::new(vec![release(10, 1, 7, "1", ReleaseStatus::Live)]);
        let far = Shelf::new(vec![
            release(20, 2, 8, "1", ReleaseStatus::Live),
            release(30, 3, 9, "2", ReleaseStatus::Live),
        ]);
        let view = View::new(vec![near.own(), far.published()], nothing());

        assert_eq!(ids(&view.versions("shop")), [30, 10, 20]);
        assert_eq!(ids(&view.all_live()), [10, 20, 30]);
    }
}
