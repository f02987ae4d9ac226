//! The catalogue: numbered releases, found by whatever someone knows of them.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use moka::sync::Cache;
use parking_lot::RwLock;
use velodrome_model::{
    ConnectorId, ConnectorUid, ListedConnector,
    definition::{self, ReleaseStatus},
    numbered::NumberedConnector,
};

use super::{Icon, Invalid, Package};

/// The same of the connectors that one account or partner made.
const UNPACKED_CUSTOM_PARTS: u64 = 6_000;

/// How many unpacked connectors stay in memory, counted in integers of their blocks. A connector of
/// ordinary size has about 300 parts of some 600 bytes each, so this is about 16 MB.
const UNPACKED_PARTS: u64 = 28_000;

/// The releases that this process knows; readers take a [`Snapshot`] and keep it as long as they need.
#[derive(Debug, Default)]
pub struct Catalogue {
    current: RwLock<Arc<Snapshot>>,
}

impl Catalogue {
    /// A catalogue of these releases.
    pub fn new(snapshot: Snapshot) -> Self {
        Self {
            current: RwLock::new(Arc::new(snapshot)),
        }
    }

    /// What is known now.
    pub fn snapshot(&self) -> Arc<Snapshot> {
        self.current.read().clone()
    }

    /// Makes this what is known from now on.
    pub fn replace(&self, snapshot: Snapshot) {
        *self.current.write() = Arc::new(snapshot);
    }
}

/// A release: a good definition with its integers.
#[derive(Clone, Debug)]
pub struct Release {
    listed: ListedConnector,
    package: Arc<Package>,
}

impl Release {
    /// The release of this package whose block of integers starts at `first`.
    pub fn new(first: ConnectorId, package: Arc<Package>) -> Self {
        Self {
            listed: ListedConnector {
                id: first,
                shown: first,
                is_custom: false,
                outline: package.outline().clone(),
            },
            package,
        }
    }

    /// The same, but not offered any more: its files are gone, and accounts still use it.
    pub fn deprecated(first: ConnectorId, package: Arc<Package>) -> Self {
        let mut outline = (**package.outline()).clone();
        outline.release.status = ReleaseStatus::Deprecated;
        Self {
            listed: ListedConnector {
                id: first,
                shown: first,
                is_custom: false,
                outline: Arc::new(outline),
            },
            package,
        }
    }

    /// A release of a connector that a partner or an account made. Number and status change while the
    /// package stays, so they are told; `shown` is the integer that people know it by.
    pub fn custom(
        first: ConnectorId,
        shown: ConnectorId,
        state: definition::Release,
        package: Arc<Package>,
    ) -> Self {
        let mut outline = (**package.outline()).clone();
        outline.release = state;
        Self {
            listed: ListedConnector {
                id: first,
                shown,
                is_custom: true,
                outline: Arc::new(outline),
            },
            package,
        }
    }

    /// This release's integer.
    pub fn id(&self) -> ConnectorId {
        self.listed.id
    }

    /// What lists show.
    pub fn listed(&self) -> &ListedConnector {
        &self.listed
    }

    /// The files it came from.
    pub fn package(&self) -> &Arc<Package> {
        &self.package
    }

    /// The setup guide, Markdown.
    pub fn guide(&self) -> Option<&str> {
        self.package.guide()
    }

    /// The icon.
    pub fn icon(&self) -> Option<&Icon> {
        self.package.icon()
    }

    fn is_live(&self) -> bool {
        self.listed.release.status == ReleaseStatus::Live
    }
}

/// An immutable set of releases.
#[derive(Debug)]
pub struct Snapshot {
    /// By first integer; a block reaches to `ids` behind it.
    by_id: BTreeMap<ConnectorId, Arc<Release>>,
    /// Releases of custom connectors by the integer that people are shown, where it is another one.
    by_shown: HashMap<ConnectorId, Arc<Release>>,
    live_by_uid: HashMap<ConnectorUid, Arc<Release>>,
    live_by_slug: HashMap<String, Arc<Release>>,
    /// Live releases by lower-case name, oldest version first.
    live_by_name: HashMap<String, Vec<Arc<Release>>>,
    live: Vec<Arc<Release>>,
    invalid: Vec<Invalid>,
    unpacked: Cache<ConnectorId, Arc<NumberedConnector>>,
}

impl Default for Snapshot {
    fn default() -> Self {
        Self::new(Vec::new(), Vec::new())
    }
}

impl Snapshot {
    /// A snapshot of these releases, with the definitions that could not be used.
    ///
    /// Where several Live releases share a stable id, the highest number is the one in force.
    pub fn new(releases: Vec<Release>, invalid: Vec<Invalid>) -> Self {
        Self::with_memory(releases, invalid, UNPACKED_PARTS)
    }

    /// A snapshot of what one partner or account made.
    pub fn of_owner(releases: Vec<Release>) -> Self {
        Self::with_memory(releases, Vec::new(), UNPACKED_CUSTOM_PARTS)
    }

    fn with_memory(releases: Vec<Release>, invalid: Vec<Invalid>, unpacked: u64) -> Self {
        let releases: Vec<Arc<Release>> = releases.into_iter().map(Arc::new).collect();
        let mut live_by_uid: HashMap<ConnectorUid, Arc<Release>> = HashMap::new();
        for release in releases.iter().filter(|release| release.is_live()) {
            let newest = live_by_uid
                .entry(release.listed.uid)
                .or_insert_with(|| release.clone());
            if newest.listed.release.number < release.listed.release.number {
                *newest = release.clone();
            }
        }
        let mut live: Vec<Arc<Release>> = live_by_uid.values().cloned().collect();
        live.sort_by_cached_key(|release| {
            (
                release.listed.name.to_lowercase(),
                version_key(release.listed.version.as_deref()),
                release.id(),
            )
        });
        let mut live_by_name: HashMap<String, Vec<Arc<Release>>> = HashMap::new();
        for release in &live {
            live_by_name
                .entry(release.listed.name.to_lowercase())
                .or_default()
                .push(release.clone());
        }
        let live_by_slug = live
            .iter()
            .map(|release| (release.listed.slug.clone(), release.clone()))
            .collect();
        let unpacked = Cache::builder()
            .max_capacity(unpacked)
            .weigher(|_, connector: &Arc<NumberedConnector>| connector.size())
            .build();
        let by_shown = releases
            .iter()
            .filter(|release| release.listed.shown != release.listed.id)
            .map(|release| (release.listed.shown, release.clone()))
            .collect();
        let by_id = releases
            .into_iter()
            .map(|release| (release.id(), release))
            .collect();
        Self {
            by_id,
            by_shown,
            live_by_uid,
            live_by_slug,
            live_by_name,
            live,
            invalid,
            unpacked,
        }
    }

    /// The release of this integer, whatever its status.
    pub fn release(&self, id: ConnectorId) -> Option<&Arc<Release>> {
        self.by_id.get(&id).or_else(|| self.by_shown.get(&id))
    }

    /// The release whose block holds this integer: that of a connector, method, parameter, field or
    /// lookup.
    pub fn release_of(&self, id: i32) -> Option<&Arc<Release>> {
        let (first, release) = self.by_id.range(..=ConnectorId(id)).next_back()?;
        let inside = i64::from(id) - i64::from(first.0) < i64::from(release.listed.ids);
        inside.then_some(release)
    }

    /// The Live release of this connector.
    pub fn live(&self, uid: ConnectorUid) -> Option<&Arc<Release>> {
        self.live_by_uid.get(&uid)
    }

    /// The Live release of the connector with this slug.
    pub fn by_slug(&self, slug: &str) -> Option<&Arc<Release>> {
        self.live_by_slug.get(slug)
    }

    /// The Live release with this name and API version, both case-insensitive.
    pub fn by_name_and_version(&self, name: &str, version: &str) -> Option<&Arc<Release>> {
        let of = |release: &&Arc<Release>| {
            let own = release.listed.version.as_deref().unwrap_or_default();
            own.to_lowercase() == version.to_lowercase()
        };
        self.live_by_name
            .get(&name.to_lowercase())?
            .iter()
            .rev()
            .find(of)
    }

    /// The Live release with this name, case-insensitive, and the newest API version.
    pub fn newest(&self, name: &str) -> Option<&Arc<Release>> {
        self.live_by_name.get(&name.to_lowercase())?.last()
    }

    /// The Live releases with this name, case-insensitive, one per API version, oldest first.
    pub fn versions(&self, name: &str) -> &[Arc<Release>] {
        self.live_by_name
            .get(&name.to_lowercase())
            .map_or(&[], Vec::as_slice)
    }

    /// All Live releases by name.
    pub fn all_live(&self) -> &[Arc<Release>] {
        &self.live
    }

    /// All releases of any status, by integer.
    pub fn all(&self) -> impl Iterator<Item = &Arc<Release>> {
        self.by_id.values()
    }

    /// Definitions that can't be used, with their faults.
    pub fn invalid(&self) -> &[Invalid] {
        &self.invalid
    }

    /// The connector of this integer with its methods. Read when first asked for and kept while in use.
    pub fn connector(&self, id: ConnectorId) -> Option<Arc<NumberedConnector>> {
        let release = self.release(id)?;
        let first = release.id();
        Some(self.unpacked.get_with(first, || {
            Arc::new(NumberedConnector::new(first, release.package.definition()))
        }))
    }
}

/// Orders API versions: runs of digits as numbers (`2.10` after `2.9`), everything else as text.
pub(super) fn version_key(version: Option<&str>) -> Vec<(u8, u64, String)> {
    let mut key = Vec::new();
    let mut rest = version.unwrap_or_default().to_lowercase();
    while !rest.is_empty() {
        let digits = rest.chars().take_while(char::is_ascii_digit).count();
        if digits > 0 {
            key.push((1, rest[..digits].parse().unwrap_or(u64::MAX), String::new()));
            rest.drain(..digits);
        } else {
            let end = rest
                .find(|c: char| c.is_ascii_digit())
                .unwrap_or(rest.len());
            key.push((0, 0, rest[..end].to_owned()));
            rest.drain(..end);
        }
    }
    key
}
