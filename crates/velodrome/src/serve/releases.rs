//! Gives each release of a connector its integers, once, in the database; and keeps releases that
//! accounts use runnable when their files are gone or wrong (connectors.md §1).

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use anyhow::{Context, Result};
use tracing::warn;
use velodrome_connector::catalogue::{Invalid, Loaded, Package, Release, Snapshot};
use velodrome_model::{ConnectorId, InstanceScope, definition::ReleaseStatus};
use velodrome_store::{NewRelease, RegisteredRelease, Store, StoreError};

/// Nodes that start at the same moment meet here; each turn one of them succeeds.
const TRIES: usize = 20;
/// Contents that are written in one unit of work.
const CHUNK: usize = 50;

/// What a Live release is whose content changed without a new number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangedLive {
    /// A fault (V013): what runs with customers doesn't change under them.
    Refused,
    /// What its author wants to try: it takes the place of the former content, and what is installed of that
    /// moves to it.
    Taken,
}

/// The catalogue of what was loaded, every release with its integers.
///
/// # Errors
/// When the store fails.
pub async fn register(store: &Store, loaded: Loaded, changed: ChangedLive) -> Result<Snapshot> {
    let mut tries = 0;
    let (mut releases, mut invalid) = loop {
        tries += 1;
        match try_register(store, &loaded, changed).await {
            Ok(done) => break done,
            Err(error) if error.is_conflict() && tries < TRIES => {}
            Err(error) => return Err(error).context("registering connector releases"),
        }
    };
    invalid.extend(loaded.invalid);
    for fault in invalid.iter().flat_map(|invalid| &invalid.faults) {
        warn!(%fault, "A connector definition can't be used");
    }
    releases.extend(kept(store, &releases, &invalid).await?);
    Ok(Snapshot::new(releases, invalid))
}

type Outcome = (Vec<Release>, Vec<Invalid>);

/// What names a release: slug, version of the API, number.
type Name = (String, String, u32);

fn name(package: &Package) -> Name {
    let outline = package.outline();
    (
        outline.slug.clone(),
        outline.version.clone().unwrap_or_default(),
        outline.release.number,
    )
}

async fn try_register(
    store: &Store,
    loaded: &Loaded,
    changed: ChangedLive,
) -> Result<Outcome, StoreError> {
    let registered = store.read(&InstanceScope).await?.releases().await?;
    let registered: HashMap<Name, RegisteredRelease> = registered
        .into_iter()
        .map(|one| ((one.slug.clone(), one.version.clone(), one.number), one))
        .collect();
    let mut outcome = Outcome::default();
    let mut new: Vec<Arc<Package>> = Vec::new();
    let mut outdated: HashMap<Name, i32> = HashMap::new();
    for package in &loaded.packages {
        match registered.get(&name(package)) {
            Some(known) if known.hash == package.hash().as_bytes() => {
                let release = Release::new(ConnectorId(known.first), Arc::clone(package));
                outcome.0.push(release);
            }
            Some(known)
                if package.outline().release.status == ReleaseStatus::Draft
                    || changed == ChangedLive::Taken =>
            {
                outdated.insert(name(package), known.first);
                new.push(Arc::clone(package));
            }
            Some(_) => outcome.1.push(Invalid {
                slug: package.outline().slug.clone(),
                faults: vec![package.changed_without_new_number()],
            }),
            None => new.push(Arc::clone(package)),
        }
    }
    if new.is_empty() {
        return Ok(outcome);
    }
    let unit = store.begin(&InstanceScope).await?;
    for &first in outdated.values() {
        unit.forget_release(first).await?;
        unit.forget_release_content(ConnectorId(first)).await?;
    }
    let blocks = unit
        .register_releases(new.iter().map(|package| block(package)).collect())
        .await?;
    for (block, package) in blocks.iter().zip(&new) {
        if let Some(&former) = outdated.get(&name(package)) {
            let (from, to) = (ConnectorId(former), ConnectorId(block.first));
            unit.move_all_installations(from, to).await?;
        }
    }
    unit.commit().await?;
    let numbered = blocks.iter().zip(new);
    outcome
        .0
        .extend(numbered.map(|(block, package)| Release::new(ConnectorId(block.first), package)));
    Ok(outcome)
}

fn block(package: &Package) -> NewRelease {
    let (slug, version, number) = name(package);
    NewRelease {
        connector: package.outline().uid,
        slug,
        version,
        number,
        hash: package.hash().as_bytes().to_vec(),
        count: package.outline().ids.try_into().unwrap_or(i32::MAX),
    }
}

/// Releases whose files are not there any more: those that accounts use, and the last good one of a
/// definition that has become wrong.
async fn kept(store: &Store, found: &[Release], invalid: &[Invalid]) -> Result<Vec<Release>> {
    let unit = store.read(&InstanceScope).await?;
    let registered = unit.releases().await?;
    let installed: HashSet<ConnectorId> = unit.installed_releases().await?.into_iter().collect();
    let found: HashSet<ConnectorId> = found.iter().map(Release::id).collect();
    let broken: HashSet<&str> = invalid.iter().map(|one| one.slug.as_str()).collect();
    let mut last_good: HashMap<(&str, &str), &RegisteredRelease> = HashMap::new();
    for one in registered
        .iter()
        .filter(|one| broken.contains(one.slug.as_str()))
    {
        let last = last_good.entry((&one.slug, &one.version)).or_insert(one);
        if last.number <= one.number {
            *last = one;
        }
    }
    let mut kept = Vec::new();
    for one in &registered {
        let id = ConnectorId(one.first);
        let is_last_good = last_good.values().any(|last| last.first == one.first);
        if found.contains(&id) || !(is_last_good || installed.contains(&id)) {
            continue;
        }
        let Some(bytes) = unit.release_content(id).await? else {
            warn!(
                connector = one.slug,
                release = one.number,
                "A connector release is used, but neither its files nor its content are there"
            );
            continue;
        };
        match Package::from_bytes(&bytes) {
            Ok(package) if is_last_good => kept.push(Release::new(id, Arc::new(package))),
            Ok(package) => kept.push(Release::deprecated(id, Arc::new(package))),
            Err(cause) => {
                let cause = &cause as &dyn std::error::Error;
                warn!(
                    connector = one.slug,
                    release = one.number,
                    cause,
                    "The kept content of a connector release can't be read"
                );
            }
        }
    }
    Ok(kept)
}

/// Keeps the content of releases that are not kept yet, and tells how many those were. Runs behind the
/// start, which does not wait.
///
/// # Errors
/// When the store fails; what was kept stays, and the next start goes on.
pub async fn keep(store: &Store, snapshot: &Snapshot) -> Result<usize> {
    let unit = store.read(&InstanceScope).await?;
    let kept: HashSet<ConnectorId> = unit.kept_releases().await?.into_iter().collect();
    drop(unit);
    let missing: Vec<Arc<Release>> = snapshot
        .all()
        .filter(|release| !kept.contains(&release.id()))
        .cloned()
        .collect();
    for chunk in missing.chunks(CHUNK) {
        let chunk = chunk.to_vec();
        let contents = tokio::task::spawn_blocking(move || {
            let content = |release: Arc<Release>| Ok((release.id(), release.package().to_bytes()?));
            chunk.into_iter().map(content).collect::<Result<Vec<_>>>()
        })
        .await
        .context("packing connector releases")??;
        let unit = store.begin(&InstanceScope).await?;
        unit.keep_releases(contents).await?;
        unit.commit().await?;
    }
    Ok(missing.len())
}
