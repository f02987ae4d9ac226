//! Definitions that change while the server runs: for whoever writes them.
//!
//! The folder is looked at again and again instead of being watched by the operating system: events do not
//! cross the mounts of containers and of network disks, where definitions are often written, and a look at a
//! few thousand files costs a few milliseconds.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use anyhow::{Context, Result};
use tokio::time::{MissedTickBehavior, interval};
use tracing::{error, info};
use velodrome_connector::catalogue::{Catalogue, load_cached};
use velodrome_store::Store;

use super::{
    CACHE,
    releases::{self, ChangedLive},
};
use crate::{config::Config, definitions};

/// Between two looks.
const LOOK: Duration = Duration::from_millis(500);
/// Folders in folders that are looked into: a definition's own has no more.
const MAX_DEPTH: u32 = 6;
/// Files that are looked at; a folder with more is none of definitions.
const MOST_FILES: usize = 100_000;

/// Reads definitions again when their files change.
pub struct Reload {
    folder: PathBuf,
    cache: PathBuf,
}

/// What tells that a file changed: when it was written, and its length.
type Look = BTreeMap<PathBuf, (Option<SystemTime>, u64)>;

impl Reload {
    /// The reloading that the settings ask for; none without a folder of definitions.
    pub fn of(config: &Config, sandbox: bool) -> Option<Self> {
        let folder = config.egress.connectors_dir.clone()?;
        let wanted = config.egress.connectors_reload.unwrap_or(sandbox);
        wanted.then(|| Self {
            folder,
            cache: config.storage.data_dir.join(CACHE),
        })
    }

    /// Looks at the folder until it is dropped. A change is taken once two looks in a row agree, so that
    /// nothing is read while an editor still writes.
    pub async fn watch(&self, store: &Store, catalogue: &Catalogue) {
        let mut read = self.look().await;
        let mut last = read.clone();
        info!(folder = %self.folder.display(), "Connector definitions are read again when they change");
        let mut tick = interval(LOOK);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tick.tick().await;
            let now = self.look().await;
            let is_settled = now == last;
            last = now;
            if !is_settled || last == read {
                continue;
            }
            read = last.clone();
            if let Err(cause) = self.again(store, catalogue).await {
                let cause = &*cause as &dyn std::error::Error;
                error!(
                    cause,
                    "Changed connector definitions could not be read; the next change tries again"
                );
            }
        }
    }

    async fn again(&self, store: &Store, catalogue: &Catalogue) -> Result<()> {
        let sources = definitions::sources(Some(&self.folder));
        let cache = self.cache.clone();
        let loaded = tokio::task::spawn_blocking(move || load_cached(&sources, &cache))
            .await
            .context("loading connector definitions")?;
        let snapshot = releases::register(store, loaded, ChangedLive::Taken).await?;
        // Kept first: a change that breaks it comes back to this content.
        releases::keep(store, &snapshot).await?;
        let (connectors, invalid) = (snapshot.all_live().len(), snapshot.invalid().len());
        catalogue.replace(snapshot);
        info!(connectors, invalid, "Connector definitions were read again");
        Ok(())
    }

    async fn look(&self) -> Look {
        let folder = self.folder.clone();
        let looked = tokio::task::spawn_blocking(move || {
            let mut look = Look::new();
            // A folder that is being replaced is empty for a moment.
            drop(walk(&folder, 0, &mut look));
            look
        });
        looked.await.unwrap_or_default()
    }
}

fn walk(folder: &Path, depth: u32, look: &mut Look) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let is_hidden = entry.file_name().to_string_lossy().starts_with('.');
        if is_hidden || look.len() == MOST_FILES {
            continue;
        }
        let path = entry.path();
        // Follows links, as reading does; what has gone meanwhile is gone.
        let Ok(metadata) = fs::metadata(&path) else {
            continue;
        };
        if metadata.is_dir() {
            if depth < MAX_DEPTH {
                walk(&path, depth + 1, look)?;
            }
        } else {
            look.insert(path, (metadata.modified().ok(), metadata.len()));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look(folder: &Path) -> Look {
        let mut look = Look::new();
        walk(folder, 0, &mut look).unwrap();
        look
    }

    #[test]
    fn a_look_tells_what_was_written_added_and_removed_but_not_what_editors_hide() {
        let folder = tempfile::tempdir().unwrap();
        let acme = folder.path().join("acme");
        fs::create_dir(&acme).unwrap();
        let file = acme.join("connector.yaml");
        fs::write(&file, "a").unwrap();
        let first = look(folder.path());

        fs::write(acme.join(".connector.yaml.swp"), "x").unwrap();
        assert_eq!(look(folder.path()), first);

        fs::write(&file, "ab").unwrap();
        let second = look(folder.path());
        assert_ne!(second, first);

        fs::create_dir(acme.join("scripts")).unwrap();
        fs::write(acme.join("scripts/a.js"), "").unwrap();
        let third = look(folder.path());
        assert_eq!(third.len(), 2);

        fs::remove_file(&file).unwrap();
        assert_eq!(look(folder.path()).len(), 1);
    }
}
