//! Connectors that tenants made, as they are looked up: a shelf for each owner, put together into what
//! somebody may see (ADR 5).
//!
//! What a partner and its accounts made is read through the partner's unit of work, and kept with the
//! number of the last change. Every look-up asks for that number first, so a change by any node is seen
//! by the next look-up, and nothing is announced or waited for.

use std::{collections::HashMap, sync::Arc, time::Duration};

use moka::future::Cache;
use tracing::warn;
use velodrome_connector::catalogue::{Package, Release, Shelf, Snapshot, View};
use velodrome_model::{
    AccountActor, AccountId, AccountScope, AnyActor, ConnectorId, ConnectorOwner, CustomRelease,
    PartnerId, PartnerScope,
    definition::{self, ReleaseStatus},
};
use velodrome_store::{Store, StoreError};

/// Who looks connectors up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Viewer {
    /// The partner, no account named: its own connectors, not those of its accounts.
    Partner(PartnerScope),
    /// The partner, who looks after everything that its accounts made.
    WholePartner(PartnerScope),
    /// An account, which also uses what its parent and its partner made.
    Account {
        /// The account.
        scope: AccountScope,
        /// Its parent.
        parent: Option<AccountId>,
    },
}

impl Viewer {
    fn partner(&self) -> PartnerScope {
        match self {
            Self::Partner(scope) | Self::WholePartner(scope) => *scope,
            Self::Account { scope, .. } => PartnerScope {
                partner: scope.partner,
            },
        }
    }
}

impl From<&AccountActor> for Viewer {
    fn from(actor: &AccountActor) -> Self {
        Self::Account {
            scope: actor.scope,
            parent: actor.parent,
        }
    }
}

impl From<&AnyActor> for Viewer {
    fn from(actor: &AnyActor) -> Self {
        match actor {
            AnyActor::Partner(actor) => Self::Partner(actor.scope),
            AnyActor::Account(actor) => actor.into(),
        }
    }
}

/// What tenants made. Cheap to clone.
#[derive(Clone)]
pub struct Shelves {
    store: Store,
    kept: Cache<PartnerId, Arc<PartnerShelves>>,
}

/// What one partner and its accounts made, as of one change.
struct PartnerShelves {
    revision: i64,
    /// Connectors made in this account are the partner's.
    template_account: Option<AccountId>,
    by_owner: HashMap<ConnectorOwner, OwnerShelf>,
    packages: HashMap<ConnectorId, (String, Arc<Package>)>,
}

struct OwnerShelf {
    /// What stands on it, to tell whether it can stay.
    rows: Vec<(ConnectorId, CustomRelease)>,
    shelf: Shelf,
}

/// Releases that stay in memory, of all partners together.
const MOST_KEPT: u64 = 50_000;
/// How long the shelves of a partner stay in memory whom nobody asks for.
const IDLE: Duration = Duration::from_secs(15 * 60);

impl Shelves {
    /// Shelves of this store.
    pub fn new(store: Store) -> Self {
        let kept = Cache::builder()
            .weigher(|_, shelves: &Arc<PartnerShelves>| {
                u32::try_from(shelves.packages.len())
                    .unwrap_or(u32::MAX)
                    .max(1)
            })
            .max_capacity(MOST_KEPT)
            .time_to_idle(IDLE)
            .build();
        Self { store, kept }
    }

    /// What the viewer can see, in front of what ships with the product.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn view(&self, viewer: &Viewer, built_in: Arc<Snapshot>) -> Result<View, StoreError> {
        let Some(shelves) = self.of(viewer.partner()).await? else {
            return Ok(View::new(Vec::new(), built_in));
        };
        Ok(View::new(shelves.seen_by(viewer), built_in))
    }

    /// The partner's shelves as of now; none when nobody there has ever made a connector.
    async fn of(&self, scope: PartnerScope) -> Result<Option<Arc<PartnerShelves>>, StoreError> {
        let unit = self.store.read(&scope).await?;
        let rows = unit.custom_connectors();
        let revision = rows.revision().await?;
        if revision == 0 {
            return Ok(None);
        }
        let former = self.kept.get(&scope.partner).await;
        if let Some(kept) = former.as_ref().filter(|kept| kept.revision == revision) {
            return Ok(Some(Arc::clone(kept)));
        }
        let connectors = rows.all().await?;
        let releases = rows.all_releases().await?;
        let is_known = |release: &CustomRelease| {
            let known = former.as_ref()?.packages.get(&release.id)?;
            (known.0 == release.hash).then(|| known.clone())
        };
        let mut packages = HashMap::with_capacity(releases.len());
        let mut unknown = Vec::new();
        for release in &releases {
            match is_known(release) {
                Some(known) => {
                    packages.insert(release.id, known);
                }
                None => unknown.push(release.id),
            }
        }
        let contents = rows.contents(&unknown).await?;
        let template_account = unit.accounts().template_account().await?;
        drop(unit);
        for release in &releases {
            let Some(bytes) = contents.get(&release.id) else {
                continue;
            };
            match Package::from_bytes(bytes) {
                Ok(package) => {
                    let known = (release.hash.clone(), Arc::new(package));
                    packages.insert(release.id, known);
                }
                Err(cause) => {
                    let cause = &cause as &dyn std::error::Error;
                    warn!(
                        connector.id = release.id.0,
                        cause, "The content of a custom connector can't be read"
                    );
                }
            }
        }

        let mut by_owner: HashMap<ConnectorOwner, Vec<(ConnectorId, CustomRelease)>> =
            HashMap::new();
        for connector in &connectors {
            let own = releases
                .iter()
                .filter(|one| one.connector == connector.id && packages.contains_key(&one.id));
            let own: Vec<&CustomRelease> = own.collect();
            let stands = representative(own.iter().copied());
            let shown = own.into_iter().map(|one| {
                let shown = if Some(one.id) == stands {
                    connector.number
                } else {
                    one.id
                };
                (shown, one.clone())
            });
            by_owner.entry(connector.owner).or_default().extend(shown);
        }
        let shelf = |(owner, rows): (ConnectorOwner, Vec<(ConnectorId, CustomRelease)>)| {
            let stays = former
                .as_ref()
                .and_then(|former| former.by_owner.get(&owner))
                .filter(|shelf| shelf.rows == rows);
            let shelf = match stays {
                Some(former) => former.shelf.clone(),
                None => Shelf::new(
                    rows.iter()
                        .filter_map(|(shown, row)| {
                            let (_, package) = packages.get(&row.id)?;
                            Some(Release::custom(row.id, *shown, state(row), package.clone()))
                        })
                        .collect(),
                ),
            };
            (owner, OwnerShelf { rows, shelf })
        };
        let by_owner = by_owner.into_iter().map(shelf).collect();
        let loaded = Arc::new(PartnerShelves {
            revision,
            template_account: template_account.map(|account| account.id),
            by_owner,
            packages,
        });
        self.kept.insert(scope.partner, Arc::clone(&loaded)).await;
        Ok(Some(loaded))
    }
}

impl PartnerShelves {
    /// The shelves of the viewer, nearest first.
    fn seen_by(&self, viewer: &Viewer) -> Vec<Arc<Snapshot>> {
        let shelf = |owner| self.by_owner.get(&owner).map(|owner| &owner.shelf);
        let of_partner = shelf(ConnectorOwner::Partner);
        let seen = match viewer {
            Viewer::Partner(_) => vec![of_partner.map(Shelf::own)],
            Viewer::WholePartner(_) => {
                let all = self.by_owner.values();
                return all.map(|owner| owner.shelf.own()).collect();
            }
            Viewer::Account { scope, .. } if self.template_account == Some(scope.account) => {
                vec![of_partner.map(Shelf::own)]
            }
            Viewer::Account { scope, parent } => vec![
                shelf(ConnectorOwner::Account(scope.account)).map(Shelf::own),
                parent
                    .and_then(|parent| shelf(ConnectorOwner::Account(parent)))
                    .map(Shelf::published),
                of_partner.map(Shelf::published),
            ],
        };
        seen.into_iter().flatten().collect()
    }
}

/// The release that the connector's own integer stands for: the Live one, or the Draft before the first.
pub(crate) fn representative<'a>(
    releases: impl IntoIterator<Item = &'a CustomRelease> + Clone,
) -> Option<ConnectorId> {
    let of = |status| {
        releases
            .clone()
            .into_iter()
            .find(|one| one.status == status)
    };
    of(ReleaseStatus::Live)
        .or_else(|| of(ReleaseStatus::Draft))
        .map(|release| release.id)
}

fn state(row: &CustomRelease) -> definition::Release {
    definition::Release {
        number: row.number,
        status: row.status,
        level: row.level.unwrap_or_default(),
        comments: row.notes.clone(),
    }
}
