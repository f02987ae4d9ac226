//! Reading all definitions of all sources, as fast as the machine allows: start-up waits for it.

use std::{
    borrow::Cow,
    collections::{BTreeMap, HashMap},
    io,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use serde::Serialize;
use velodrome_model::{
    ConnectorUid, Fault, FaultCode, Outline, Severity,
    definition::{ConnectorDefinition, ReleaseStatus},
};

use super::{
    Files, Icon, Package,
    document::{Examined, Setting, examine},
    findings::{Pointer, did_you_mean},
    package,
};

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
    let mut invalid = Vec::new();
    let mut folders = Vec::new();
    for source in sources {
        match source.files.folders() {
            Ok(names) => folders.extend(names.into_iter().map(|name| (source, name))),
            Err(error) => invalid.push(unreadable(source, "", &error)),
        }
    }
    let mut packages: BTreeMap<(String, Option<String>), Package> = BTreeMap::new();
    for ((_, slug), outcome) in folders.iter().zip(in_parallel(&folders)) {
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
pub(super) fn load_one(source: &Source, folder: &str) -> Result<Package, Vec<Fault>> {
    let shown = |path: &str| source.files.shown(&format!("{folder}/{path}"));
    match Folder::read(source.files.as_ref(), folder) {
        Ok(Some(found)) => found.package(source.origin, shown),
        Ok(None) => Err(vec![fault(
            shown(DEFINITION),
            FaultCode::V001,
            format!("the folder has no {DEFINITION}; add one or remove the folder"),
        )]),
        Err(error) => Err(unreadable(source, folder, &error).faults),
    }
}

type Outcome = Result<Package, Vec<Fault>>;

fn in_parallel(folders: &[(&Source, String)]) -> Vec<Outcome> {
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
            done.push((at, load_one(source, folder)));
        }
    };
    let mut outcomes: Vec<(usize, Outcome)> = thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(work)).collect();
        let mut outcomes = work();
        for other in others {
            outcomes.extend(
                other
                    .join()
                    .expect("loading a definition never panics; tests feed it anything"),
            );
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

/// The files of one folder.
struct Folder {
    folder: String,
    definition: Cow<'static, [u8]>,
    others: Vec<String>,
    read: Vec<(String, Cow<'static, [u8]>)>,
}

impl Folder {
    fn read(files: &dyn Files, folder: &str) -> io::Result<Option<Self>> {
        let Some(definition) = files.read(&format!("{folder}/{DEFINITION}"))? else {
            return Ok(None);
        };
        let others = files.list(folder)?;
        let mut read = Vec::new();
        for path in others
            .iter()
            .filter(|path| *path != DEFINITION && !path.starts_with("exchanges/"))
        {
            if let Some(content) = files.read(&format!("{folder}/{path}"))? {
                read.push((path.clone(), content));
            }
        }
        Ok(Some(Self {
            folder: folder.to_owned(),
            definition,
            others,
            read,
        }))
    }

    fn content(&self, path: &str) -> Option<&Cow<'static, [u8]>> {
        self.read
            .iter()
            .find(|(own, _)| own == path)
            .map(|(_, content)| content)
    }

    fn package(self, origin: Origin, shown: impl Fn(&str) -> String) -> Outcome {
        let setting = Setting {
            folder: Some(&self.folder),
            origin,
        };
        let mut examined = examine(&self.definition, setting);
        let Some(definition) = examined.definition.take() else {
            return Err(examined.faults(&shown(DEFINITION), shown));
        };
        let guide = self.guide(&definition, &mut examined);
        let icon = self.icon(&definition, &mut examined);
        self.check_scripts(&definition, &mut examined);
        let exchanges = self.exchanges(&definition, &mut examined);
        let packed = match &examined.document {
            Some(document) if !examined.findings.has_errors() => package::pack(&document.value),
            _ => return Err(examined.faults(&shown(DEFINITION), shown)),
        };
        let packed = packed.expect("a JSON value can be written to memory");
        let hash = package::hash(&self.hashed(&definition));
        let file = shown(DEFINITION);
        let warnings = examined.faults(&file, shown);
        let outline = Arc::new(Outline::from(&definition));
        Ok(Package {
            outline,
            hash,
            packed,
            guide,
            icon,
            exchanges,
            warnings,
            file,
        })
    }

    /// What makes a release what it is: definition, guide, icon, scripts.
    fn hashed(&self, definition: &ConnectorDefinition) -> Vec<(&str, &[u8])> {
        let mut files: Vec<(&str, &[u8])> = vec![(DEFINITION, &self.definition)];
        let icon = self.icon_path(definition);
        let guide = definition.guide.as_deref().unwrap_or("guide.md");
        for (path, content) in &self.read {
            let counts = path == guide || Some(path.as_str()) == icon || path.ends_with(".js");
            if counts {
                files.push((path, content));
            }
        }
        files
    }

    fn guide(
        &self,
        definition: &ConnectorDefinition,
        examined: &mut Examined,
    ) -> Option<Cow<'static, str>> {
        let path = definition.guide.as_deref().unwrap_or("guide.md");
        let Some(content) = self.content(path) else {
            if definition.guide.is_some() {
                let message = format!("the file {path} is missing{}", self.near(path));
                examined.file_named_at(FaultCode::V011, Pointer::root().then("guide"), message);
            }
            return None;
        };
        let text = match content {
            Cow::Borrowed(bytes) => std::str::from_utf8(bytes).map(Cow::Borrowed).ok(),
            Cow::Owned(bytes) => String::from_utf8(bytes.clone()).map(Cow::Owned).ok(),
        };
        if text.is_none() {
            examined.findings.file_error(
                FaultCode::V001,
                path,
                "the guide is not UTF-8; save it in that encoding",
            );
        }
        text
    }

    fn icon_path<'a>(&self, definition: &'a ConnectorDefinition) -> Option<&'a str> {
        let usual = || {
            ["icon.svg", "icon.png"]
                .into_iter()
                .find(|path| self.content(path).is_some())
        };
        definition.icon.as_deref().or_else(usual)
    }

    fn icon(&self, definition: &ConnectorDefinition, examined: &mut Examined) -> Option<Icon> {
        let Some(path) = self.icon_path(definition) else {
            let message = "there is no icon; add icon.svg, or icon.png with 400×400 pixels";
            examined
                .findings
                .warning(FaultCode::V015, Pointer::root(), message);
            return None;
        };
        let Some(content) = self.content(path) else {
            let message = format!("the icon {path} is missing{}", self.near(path));
            examined.file_named_at(FaultCode::V015, Pointer::root().then("icon"), message);
            return None;
        };
        match Icon::new(path, content.clone()) {
            Ok(icon) => Some(icon),
            Err(message) => {
                examined.findings.file_error(FaultCode::V015, path, message);
                None
            }
        }
    }

    fn check_scripts(&self, definition: &ConnectorDefinition, examined: &mut Examined) {
        let root = Pointer::root();
        let own = definition
            .script_file
            .as_deref()
            .map(|path| (root.clone(), path));
        let of_methods = definition
            .methods
            .iter()
            .enumerate()
            .filter_map(|(at, method)| {
                method
                    .script_file
                    .as_deref()
                    .map(|path| (root.then("methods").then(at), path))
            });
        for (owner, path) in own.into_iter().chain(of_methods) {
            if self.content(path).is_none() {
                let message = format!("the file {path} is missing{}", self.near(path));
                examined.file_named_at(FaultCode::V011, owner.then("scriptFile"), message);
            }
        }
    }

    fn exchanges(&self, definition: &ConnectorDefinition, examined: &mut Examined) -> Vec<String> {
        let mut keys = Vec::new();
        for path in &self.others {
            let Some(key) = path
                .strip_prefix("exchanges/")
                .and_then(|name| name.strip_suffix(".json"))
            else {
                continue;
            };
            if definition.method(key).is_some() {
                keys.push(key.to_owned());
            } else {
                let near = did_you_mean(
                    key,
                    definition.methods.iter().map(|method| method.key.as_str()),
                );
                let message = format!("no method has the key {key:?}{near}");
                examined.findings.file_error(FaultCode::V005, path, message);
            }
        }
        keys
    }

    fn near(&self, path: &str) -> String {
        did_you_mean(path, self.others.iter().map(String::as_str))
    }
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
