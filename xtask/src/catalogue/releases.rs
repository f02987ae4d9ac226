//! Numbers of releases: a Live release never changes, so what has changed gets the next number.

use std::collections::BTreeMap;
use std::fs;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::workspace::Workspace;

/// The numbers in use.
pub const RELEASES: &str = "catalogue/releases.json";

/// A connector's release, and what it holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Release {
    number: u32,
    /// SHA-256 over definition, guide and icon, shortened.
    hash: String,
}

/// All numbers by slug. Those of connectors that are gone stay, for they may come back.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Releases(BTreeMap<String, Release>);

impl Releases {
    /// As the repository has them.
    pub fn read(workspace: &Workspace) -> Result<Self> {
        let path = workspace.path(RELEASES);
        if !path.exists() {
            return Ok(Self::default());
        }
        let text = fs::read_to_string(path).with_context(|| format!("reading {RELEASES}"))?;
        serde_json::from_str(&text).with_context(|| format!("reading {RELEASES}"))
    }

    /// The number of a release with this content.
    pub fn number(&mut self, slug: &str, parts: &[&str]) -> u32 {
        let mut digest = Sha256::new();
        for part in parts {
            digest.update((part.len() as u64).to_be_bytes());
            digest.update(part);
        }
        let hash: String = digest.finalize()[..12]
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        let number = match self.0.get(slug) {
            Some(known) if known.hash == hash => known.number,
            Some(known) => known.number + 1,
            None => 1,
        };
        self.0.insert(slug.to_owned(), Release { number, hash });
        number
    }

    /// The file's text, a line for each connector so that changes merge.
    pub fn text(&self) -> Result<String> {
        let lines: Vec<String> = self
            .0
            .iter()
            .map(|(slug, release)| Ok(format!("  {slug:?}: {}", serde_json::to_string(release)?)))
            .collect::<Result<_>>()?;
        Ok(format!("{{\n{}\n}}\n", lines.join(",\n")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_changes_gets_the_next_number_and_what_stays_keeps_it() {
        let mut releases = Releases::default();
        assert_eq!(releases.number("acme", &["a", "b"]), 1);
        assert_eq!(releases.number("acme", &["a", "b"]), 1);
        assert_eq!(releases.number("acme", &["ab", ""]), 2);
        let back: Releases = serde_json::from_str(&releases.text().unwrap()).unwrap();
        assert_eq!(back.0, releases.0);
    }
}
