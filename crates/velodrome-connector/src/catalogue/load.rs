//! Reading all definitions of all sources, as fast as the machine allows: start-up waits for it.

use std::{
    collections::{BTreeMap, HashMap},
    io,
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use serde::Serialize;
use velodrome_model::{ConnectorUid, Fault, FaultCode, Severity, definition::ReleaseStatus};

use tracing::warn;

use super::{Files, Package, cache::Cache, folder::Folder};

/// The definition's file in its folder.
pub const DEFINITION: &str = "connector.yaml";

/// Who vouches for a definition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Origin {
    /// Ships with the product.
    BuiltIn,
    /// Comes from a folder of the operator.
    Directory,
}

/// Folders of definitions and who vouches for them.
#[derive(Clone)]
pub struct Source {
    /// Who vouches.
    pub origin: Origin,
    /// The folders.
    pub files: Arc<dyn Files>,
}

impl Source {
    /// Definitions that ship with the product.
    pub fn built_in(files: impl Files + 'static) -> Self {
        Self {
            origin: Origin::BuiltIn,
            files: Arc::new(files),
        }
    }

    /// Definitions of the operator.
    pub fn directory(files: impl Files + 'static) -> Self {
        Self {
            origin: Origin::Directory,
            files: Arc::new(files),
        }
    }
}

/// A definition that can't be used.
#[derive(Clone, Debug, Serialize)]
pub struct Invalid {
    /// The folder's name.
    pub slug: String,
    /// What is wrong.
    pub faults: Vec<Fault>,
}

/// Everything that was found.
#[derive(Debug, Default)]
pub struct Loaded {
    /// Good definitions by slug.
    pub packages: Vec<Arc<Package>>,
    /// The others.
    pub invalid: Vec<Invalid>,
}

/// Loads every definition of every source.
///
/// Sources come in order; a later one replaces what an earlier one has under the same slug and API
/// version. A definition that is wrong, or a source that can't be read, is reported and the rest
/// goes on.
pub fn load(sources: &[Source]) -> Loaded {
    load_with(sources, None)
}

/// As [`load`], but definitions that have not changed since an earlier start of the same program are
/// taken from the file at `cache`, which is written when it is out of date. Deleting it is harmless.
pub fn load_cached(sources: &[Source], cache: &Path) -> Loaded {
    let unusable = |error: io::Error| {
        let path = cache.display();
        warn!(%path, %error, "Starting without the cache of checked connector definitions; starts take longer");
    };
    let opened = Cache::open(cache).map_err(unusable).ok();
    let loaded = load_with(sources, opened.as_ref());
    if let Some(Err(error)) = opened.map(Cache::save) {
        unusable(error);
    }
    loaded
}

fn load_with(sources: &[Source], cache: Option<&Cache>) -> Loaded {
    let mut invalid = Vec::new();
    let mut folders = Vec::new();
    for source in sources {
        match source.files.folders() {
            Ok(names) => folders.extend(names.into_iter().map(|name| (source, name))),
            Err(error) => invalid.push(unreadable(source, "", &error)),
        }
    }
    let mut packages: BTreeMap<(String, Option<String>), Package> = BTreeMap::new();
    for ((_, slug), outcome) in folders.iter().zip(in_parallel(&folders, cache)) {
        match outcome {
            Ok(package) => {
                let key = (
                    package.outline.slug.clone(),
                    package.outline.version.clone(),
                );
                packages.insert(key, package);
            }
            Err(faults) => invalid.push(Invalid {
                slug: slug.clone(),
                faults,
            }),
        }
    }
    let packages = without_clashes(packages.into_values(), &mut invalid);
    Loaded { packages, invalid }
}

/// Loads one folder.
///
/// Not even a definition that makes the reader panic stops a start.
pub(super) fn load_one(source: &Source, folder: &str, cache: Option<&Cache>) -> Outcome {
    catch_unwind(AssertUnwindSafe(|| read_one(source, folder, cache))).unwrap_or_else(|_| {
        let message =
            "reading the definition failed inside the program; please report it with the file";
        Err(vec![fault(
            source.files.shown(&format!("{folder}/{DEFINITION}")),
            FaultCode::V001,
            message.to_owned(),
        )])
    })
}

fn read_one(source: &Source, folder: &str, cache: Option<&Cache>) -> Outcome {
    let shown = |path: &str| source.files.shown(&format!("{folder}/{path}"));
    match Folder::open(source.files.as_ref(), folder) {
        Ok(Some(found)) => found
            .package_with(source.origin, shown, cache)
            .unwrap_or_else(|error| Err(unreadable(source, folder, &error).faults)),
        Ok(None) => Err(vec![fault(
            shown(DEFINITION),
            FaultCode::V001,
            format!("the folder has no {DEFINITION}; add one or remove the folder"),
        )]),
        Err(error) => Err(unreadable(source, folder, &error).faults),
    }
}

/// A package, or what is wrong with it.
pub(super) type Outcome = Result<Package, Vec<Fault>>;

fn in_parallel(folders: &[(&Source, String)], cache: Option<&Cache>) -> Vec<Outcome> {
    let threads = thread::available_parallelism()
        .map_or(1, usize::from)
        .min(folders.len().max(1));
    let next = AtomicUsize::new(0);
    // Each thread takes the next folder; to know afterwards whose outcome is whose, it keeps the number.
    let work = || {
        let mut done = Vec::new();
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some((source, folder)) = folders.get(at) else {
                return done;
            };
            done.push((at, load_one(source, folder, cache)));
        }
    };
    let mut outcomes: Vec<(usize, Outcome)> = thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(work)).collect();
        let mut outcomes = work();
        for other in others {
            outcomes.extend(other.join().expect("panics are caught for each definition"));
        }
        outcomes
    });
    outcomes.sort_unstable_by_key(|(at, _)| *at);
    outcomes.into_iter().map(|(_, outcome)| outcome).collect()
}

/// Keeps the first of those that claim the same stable id; two Live releases of it are a fault.
fn without_clashes(
    packages: impl Iterator<Item = Package>,
    invalid: &mut Vec<Invalid>,
) -> Vec<Arc<Package>> {
    let mut owners: HashMap<ConnectorUid, Arc<Package>> = HashMap::new();
    let mut kept: Vec<Arc<Package>> = Vec::new();
    for package in packages {
        let package = Arc::new(package);
        let owner = owners
            .entry(package.outline.uid)
            .or_insert_with(|| package.clone())
            .clone();
        let live = |package: &Package| package.outline.release.status == ReleaseStatus::Live;
        let clash = if owner.outline.slug != package.outline.slug {
            let message = format!(
                "the unique identifier is that of {}; give this one its own",
                owner.file
            );
            Some((FaultCode::V003, message))
        } else if !Arc::ptr_eq(&owner, &package) && live(&owner) && live(&package) {
            let message = format!("{} is Live too; make one of them Deprecated", owner.file);
            Some((FaultCode::V013, message))
        } else {
            None
        };
        match clash {
            Some((code, message)) => invalid.push(Invalid {
                slug: package.outline.slug.clone(),
                faults: vec![fault(package.file.clone(), code, message)],
            }),
            None => kept.push(package),
        }
    }
    kept
}

fn unreadable(source: &Source, folder: &str, error: &io::Error) -> Invalid {
    let message = format!("can't be read: {error}");
    Invalid {
        slug: folder.to_owned(),
        faults: vec![fault(source.files.shown(folder), FaultCode::V001, message)],
    }
}

fn fault(file: String, code: FaultCode, message: String) -> Fault {
    Fault {
        file,
        line: 1,
        column: 1,
        code,
        severity: Severity::Error,
        pointer: String::new(),
        message,
    }
}
