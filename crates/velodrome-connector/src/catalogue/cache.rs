//! Packages of earlier starts: a definition whose files have not changed since it was found good is
//! not checked again, which is most of the time that a start with a large catalogue takes.
//!
//! The cache is one disposable file. It holds for one build of the program, since another build may
//! check more; a file that is damaged or of another build is as good as none.

use std::{
    collections::HashMap,
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
    time::UNIX_EPOCH,
};

use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use velodrome_model::{Fault, Outline};

use super::{Package, yaml::Mark};

/// First bytes of the file.
const MAGIC: &[u8] = b"velodrome connector cache 1\n";
/// Bytes of a key and of the checksum at the end.
const HASH: usize = 32;

/// Names the content of a folder.
pub type Key = [u8; HASH];

/// What is known of a good definition beside its guide and icon, which are read anew.
#[derive(Serialize, Deserialize)]
struct Kept {
    outline: Outline,
    hash: String,
    exchanges: Vec<String>,
    warnings: Vec<Fault>,
    line: u32,
    column: u32,
}

/// The packages that are known.
pub struct Cache {
    path: PathBuf,
    build: Key,
    /// Entries of the file.
    known: HashMap<Key, Box<[u8]>>,
    /// Entries of this start.
    used: Mutex<HashMap<Key, Box<[u8]>>>,
}

impl Cache {
    /// The cache in this file.
    pub fn open(path: &Path) -> io::Result<Self> {
        let build = build()?;
        let known = match fs::read(path) {
            Ok(bytes) => entries(&bytes, &build).unwrap_or_default(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => HashMap::new(),
            Err(error) => return Err(error),
        };
        Ok(Self {
            path: path.to_owned(),
            build,
            known,
            used: Mutex::default(),
        })
    }

    /// The package of this key, without guide and icon.
    pub fn get(&self, key: &Key, file: &str) -> Option<Package> {
        let entry = self.known.get(key)?;
        let (length, rest) = entry.split_first_chunk::<4>()?;
        let (kept, packed) = rest.split_at_checked(u32::from_le_bytes(*length) as usize)?;
        let kept: Kept = serde_json::from_slice(kept).ok()?;
        self.used.lock().insert(*key, entry.clone());
        Some(Package {
            outline: Arc::new(kept.outline),
            hash: kept.hash,
            packed: packed.into(),
            guide: None,
            icon: None,
            exchanges: kept.exchanges,
            warnings: kept.warnings,
            file: file.to_owned(),
            release: Mark {
                line: kept.line,
                column: kept.column,
            },
        })
    }

    /// Remembers a good package.
    pub fn put(&self, key: Key, package: &Package) -> io::Result<()> {
        let kept = Kept {
            outline: (*package.outline).clone(),
            hash: package.hash.clone(),
            exchanges: package.exchanges.clone(),
            warnings: package.warnings.clone(),
            line: package.release.line,
            column: package.release.column,
        };
        let kept = serde_json::to_vec(&kept)?;
        let length = u32::try_from(kept.len()).map_err(io::Error::other)?;
        let entry = [&length.to_le_bytes(), kept.as_slice(), &package.packed].concat();
        self.used.lock().insert(key, entry.into());
        Ok(())
    }

    /// Writes what this start used, if that is something else than the file holds.
    pub fn save(self) -> io::Result<()> {
        let used = self.used.into_inner();
        if used.len() == self.known.len() && used.keys().all(|key| self.known.contains_key(key)) {
            return Ok(());
        }
        let mut bytes = [MAGIC, &self.build].concat();
        for (key, entry) in &used {
            bytes.extend(key);
            bytes.extend(
                u32::try_from(entry.len())
                    .map_err(io::Error::other)?
                    .to_le_bytes(),
            );
            bytes.extend(entry);
        }
        let checksum: Key = Sha256::digest(&bytes).into();
        bytes.extend(checksum);
        // Another node may start from the same folder, so the file is there as a whole or not at all.
        let folder = self.path.parent().unwrap_or(Path::new("."));
        let draft = folder.join(format!(".connectors-{}.tmp", std::process::id()));
        fs::write(&draft, bytes)?;
        fs::rename(&draft, &self.path)
    }
}

/// The entries of a file, if it is whole and of this build.
fn entries(bytes: &[u8], build: &Key) -> Option<HashMap<Key, Box<[u8]>>> {
    let (content, checksum) = bytes.split_last_chunk::<HASH>()?;
    if Key::from(Sha256::digest(content)) != *checksum {
        return None;
    }
    let mut rest = content.strip_prefix(MAGIC)?.strip_prefix(build)?;
    let mut entries = HashMap::new();
    while let Some((key, after)) = rest.split_first_chunk::<HASH>() {
        let (length, after) = after.split_first_chunk::<4>()?;
        let (entry, after) = after.split_at_checked(u32::from_le_bytes(*length) as usize)?;
        entries.insert(*key, entry.into());
        rest = after;
    }
    Some(entries)
}

/// Names this build of the program by its file.
fn build() -> io::Result<Key> {
    let program = fs::metadata(std::env::current_exe()?)?;
    let age = program
        .modified()?
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    let mut hash = Sha256::new();
    hash.update(env!("CARGO_PKG_VERSION"));
    hash.update(program.len().to_le_bytes());
    hash.update(age.as_nanos().to_le_bytes());
    Ok(hash.finalize().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_damaged_or_foreign_file_is_as_good_as_none() {
        let build = [1; HASH];
        let mut bytes = [
            MAGIC,
            build.as_slice(),
            &[7; HASH],
            &2_u32.to_le_bytes(),
            b"ab",
        ]
        .concat();
        let checksum: Key = Sha256::digest(&bytes).into();
        bytes.extend(checksum);

        assert_eq!(entries(&bytes, &build).unwrap()[&[7; HASH]].as_ref(), b"ab");
        assert!(entries(&bytes, &[2; HASH]).is_none());
        for end in 0..bytes.len() {
            assert!(entries(&bytes[..end], &build).is_none(), "{end}");
        }
        for at in 0..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[at] ^= 1;
            assert!(entries(&damaged, &build).is_none(), "{at}");
        }
    }
}
