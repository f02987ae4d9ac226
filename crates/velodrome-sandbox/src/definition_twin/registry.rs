//! The definitions that twins can be built from; each is built when somebody calls it.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::{Arc, OnceLock};

use velodrome_model::definition::ConnectorDefinition;

use super::addresses::Addresses;
use super::site::{DefinitionSite, SharedHost};
use crate::twin::{Site, Twin};
use crate::world::World;

/// A definition, or the way to get it.
#[derive(Clone)]
pub struct TwinSource {
    slug: String,
    name: String,
    origins: Vec<String>,
    load: Arc<dyn Fn() -> ConnectorDefinition + Send + Sync>,
}

impl TwinSource {
    /// A definition that is in memory anyway.
    pub fn of(definition: ConnectorDefinition) -> Self {
        let addresses = Addresses::from(&definition);
        Self::lazily(&addresses, move || definition.clone())
    }

    /// A definition that is read when somebody calls one of its addresses.
    pub fn lazily(
        addresses: &Addresses,
        load: impl Fn() -> ConnectorDefinition + Send + Sync + 'static,
    ) -> Self {
        Self {
            slug: addresses.slug().to_owned(),
            name: addresses.name().to_owned(),
            origins: addresses.origins(),
            load: Arc::new(load),
        }
    }

    /// The connector's key.
    pub fn slug(&self) -> &str {
        &self.slug
    }
}

impl fmt::Debug for TwinSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TwinSource")
            .field("slug", &self.slug)
            .field("origins", &self.origins)
            .finish_non_exhaustive()
    }
}

struct Entry {
    source: TwinSource,
    built: OnceLock<(Arc<Twin>, Arc<DefinitionSite>)>,
}

/// All of them, by name and by host.
#[derive(Default)]
pub(crate) struct Registry {
    entries: Vec<Entry>,
    by_slug: HashMap<String, usize>,
    /// Host to its origin as the definitions write it, and who answers there.
    by_host: HashMap<String, (String, Vec<usize>)>,
}

/// A twin as lists show it.
pub(crate) struct Listed<'a> {
    pub(crate) slug: &'a str,
    pub(crate) name: &'a str,
}

impl Registry {
    /// `is_taken` says which hosts a simulator of our own answers for; it keeps them.
    pub(crate) fn new(sources: Vec<TwinSource>, is_taken: impl Fn(&str) -> bool) -> Self {
        let mut registry = Self::default();
        for source in sources {
            if registry.by_slug.contains_key(&source.slug) {
                continue;
            }
            let index = registry.entries.len();
            registry.by_slug.insert(source.slug.clone(), index);
            for origin in &source.origins {
                let Some(host) = host(origin) else { continue };
                if is_taken(&host) {
                    continue;
                }
                let (_, who) = registry
                    .by_host
                    .entry(host)
                    .or_insert_with(|| (origin.clone(), Vec::new()));
                if who.last() != Some(&index) {
                    who.push(index);
                }
            }
            registry.entries.push(Entry {
                source,
                built: OnceLock::new(),
            });
        }
        registry
    }

    /// Origin and site of a host.
    pub(crate) fn site(&self, world: &Arc<World>, host: &str) -> Option<(String, Arc<dyn Site>)> {
        let (origin, who) = self.by_host.get(host)?;
        let sites = who
            .iter()
            .map(|index| self.built(world, *index).1)
            .collect();
        Some((origin.clone(), Arc::new(SharedHost(sites))))
    }

    pub(crate) fn twin(&self, world: &Arc<World>, slug: &str) -> Option<Arc<Twin>> {
        let index = self.by_slug.get(slug)?;
        Some(self.built(world, *index).0)
    }

    /// Those that somebody has called.
    pub(crate) fn all_built(&self) -> impl Iterator<Item = Arc<Twin>> {
        self.entries
            .iter()
            .filter_map(|entry| Some(entry.built.get()?.0.clone()))
    }

    /// Every origin, each once.
    pub(crate) fn origins(&self) -> Vec<&str> {
        let mut seen = HashSet::new();
        self.entries
            .iter()
            .flat_map(|entry| &entry.source.origins)
            .filter(|origin| {
                let taken = host(origin).is_none_or(|host| !self.by_host.contains_key(&host));
                !taken && seen.insert(origin.as_str())
            })
            .map(String::as_str)
            .collect()
    }

    /// Those whose name or key contains a text, whatever its case; and how many there are.
    pub(crate) fn search(&self, wanted: &str, most: usize) -> (Vec<Listed<'_>>, usize) {
        let wanted = wanted.to_lowercase();
        let found: Vec<&TwinSource> = self
            .entries
            .iter()
            .map(|entry| &entry.source)
            .filter(|source| {
                source.slug.contains(&wanted) || source.name.to_lowercase().contains(&wanted)
            })
            .collect();
        let count = found.len();
        let listed = found.into_iter().take(most).map(|source| Listed {
            slug: &source.slug,
            name: &source.name,
        });
        (listed.collect(), count)
    }

    fn built(&self, world: &Arc<World>, index: usize) -> (Arc<Twin>, Arc<DefinitionSite>) {
        let entry = &self.entries[index];
        let build = || {
            let (twin, site) = DefinitionSite::build(world, &(entry.source.load)());
            (Arc::new(twin), site)
        };
        entry.built.get_or_init(build).clone()
    }
}

fn host(origin: &str) -> Option<String> {
    Some(url::Url::parse(origin).ok()?.host_str()?.to_owned())
}
