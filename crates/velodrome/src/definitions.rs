//! Where this program's connector definitions come from.

use std::{
    borrow::Cow,
    collections::BTreeMap,
    io,
    path::Path,
    sync::{Arc, LazyLock},
};

use anyhow::{Context, Result};
use rust_embed::RustEmbed;
use velodrome_connector::catalogue::{DirectoryFiles, Files, Package, Source};
use velodrome_sandbox::{Addresses, TwinSource};

/// The definitions that ship with the product, without the example exchanges that only tests replay. Read
/// from the repository in debug builds.
#[derive(RustEmbed)]
#[folder = "$CARGO_MANIFEST_DIR/../../connectors"]
#[exclude = "*/exchanges/*"]
struct Embedded;

/// Paths of [`Embedded`] by folder. Made once: debug builds look for them in the repository.
static PATHS: LazyLock<BTreeMap<String, Vec<String>>> = LazyLock::new(|| {
    let mut folders: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for path in Embedded::iter() {
        if let Some((folder, inside)) = path.split_once('/') {
            let paths = folders.entry(folder.to_owned()).or_default();
            paths.push(inside.to_owned());
        }
    }
    for paths in folders.values_mut() {
        paths.sort_unstable();
    }
    folders
});

/// [`Embedded`] as the catalogue reads it.
struct BuiltIn;

impl Files for BuiltIn {
    fn folders(&self) -> io::Result<Vec<String>> {
        Ok(PATHS.keys().cloned().collect())
    }

    fn list(&self, folder: &str) -> io::Result<Vec<String>> {
        Ok(PATHS.get(folder).cloned().unwrap_or_default())
    }

    fn read(&self, path: &str) -> io::Result<Option<Cow<'static, [u8]>>> {
        Ok(Embedded::get(path).map(|file| file.data))
    }

    fn shown(&self, path: &str) -> String {
        format!("connectors/{path} (built in)")
    }
}

/// The sources in the order in which a later one replaces what an earlier one has.
pub fn sources(directory: Option<&Path>) -> Vec<Source> {
    let mut sources = vec![Source::built_in(BuiltIn)];
    if let Some(directory) = directory {
        sources.push(Source::directory(DirectoryFiles::new(directory)));
    }
    sources
}

/// What simulators are built from. Of each definition only its addresses are read now; the rest when
/// somebody calls one of them.
///
/// # Errors
/// When a package is damaged.
pub fn twins<'a>(packages: impl IntoIterator<Item = &'a Arc<Package>>) -> Result<Vec<TwinSource>> {
    packages
        .into_iter()
        .map(|package| {
            let addresses: Addresses = package
                .part()
                .with_context(|| format!("reading the addresses of {}", package.file()))?;
            let package = Arc::clone(package);
            Ok(TwinSource::lazily(&addresses, move || package.definition()))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use velodrome_connector::catalogue::load;

    use super::*;

    #[test]
    fn every_definition_that_ships_is_good() {
        let loaded = load(&sources(None));

        assert!(loaded.invalid.is_empty(), "{:#?}", loaded.invalid);
        let slugs: Vec<&str> = loaded
            .packages
            .iter()
            .map(|package| package.outline().slug.as_str())
            .collect();
        assert!(slugs.is_sorted() && slugs.len() >= 5, "{slugs:?}");
    }
}
