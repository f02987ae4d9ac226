//! What a server found out about the connectors of the catalogue, kept for the next one: checking hundreds of
//! definitions anew takes an unoptimised binary longer than most tests.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::SystemTime;
use std::{fs, io};

/// The cache's name in a server's data folder.
const CACHE: &str = "connectors.cache";

/// The cache beside a binary. The server itself makes sure that it belongs to this build.
pub struct KnownDefinitions {
    file: PathBuf,
    /// When the binary was linked; an older cache is another build's.
    built: SystemTime,
}

impl KnownDefinitions {
    /// Those of a binary.
    pub fn of(binary: &Path) -> io::Result<Self> {
        let mut name = OsString::from(binary);
        name.push(".");
        name.push(CACHE);
        Ok(Self {
            file: name.into(),
            built: fs::metadata(binary)?.modified()?,
        })
    }

    /// Gives them to a server that is about to start.
    pub fn put_into(&self, data: &Path) -> io::Result<()> {
        if self.is_current() {
            fs::copy(&self.file, data.join(CACHE))?;
        }
        Ok(())
    }

    /// Keeps what a server has found out, if nobody has yet.
    pub fn take_from(&self, data: &Path) -> io::Result<()> {
        let found = data.join(CACHE);
        if self.is_current() || !found.is_file() {
            return Ok(());
        }
        // Other tests read it meanwhile, so it is there as a whole or not at all.
        let mut draft = self.file.clone().into_os_string();
        draft.push(format!(".{}", std::process::id()));
        fs::copy(found, &draft)?;
        fs::rename(draft, &self.file)
    }

    fn is_current(&self) -> bool {
        let kept = fs::metadata(&self.file).and_then(|kept| kept.modified());
        kept.is_ok_and(|kept| kept > self.built)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_one_server_found_out_the_next_one_knows() {
        let folder = tempfile::tempdir().unwrap();
        let binary = folder.path().join("server");
        fs::write(&binary, "").unwrap();
        let (first, second) = (folder.path().join("first"), folder.path().join("second"));
        for data in [&first, &second] {
            fs::create_dir(data).unwrap();
        }
        let known = KnownDefinitions::of(&binary).unwrap();

        known.put_into(&first).unwrap();
        assert!(!first.join(CACHE).exists());
        fs::write(first.join(CACHE), "known").unwrap();
        known.take_from(&first).unwrap();
        known.put_into(&second).unwrap();

        assert_eq!(fs::read_to_string(second.join(CACHE)).unwrap(), "known");
    }
}
