//! The master key: given, read from a file, or made at the first start.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write},
    os::unix::fs::{MetadataExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use tracing::{info, warn};
use uuid::Uuid;
use velodrome_model::{ExposeSecret, SecretString};
use velodrome_store::seal::{MasterKeys, SealError};

/// Where the master key comes from.
pub enum MasterKeySource {
    /// The configuration holds it.
    Given(SecretString),
    /// The operator's file holds it.
    File(PathBuf),
    /// Our own file holds it, once it is made.
    Generated(PathBuf),
}

/// Why there is no master key.
#[derive(Debug, thiserror::Error)]
pub enum MasterKeyError {
    /// The file can't be read or written.
    #[error("the master key's file {path}: {cause}")]
    File {
        /// The file.
        path: PathBuf,
        /// The system's answer.
        #[source]
        cause: io::Error,
    },
    /// It is not a key.
    #[error("{from}: {cause}")]
    Bad {
        /// Where it was found.
        from: String,
        /// What is wrong.
        #[source]
        cause: SealError,
    },
    /// There is none, and none may be made.
    #[error("there is no master key yet at {}; `velodrome serve` makes one at its first start", .0.display())]
    Missing(PathBuf),
}

/// Master keys, and the file that was made for them.
pub struct FoundKeys {
    /// The keys.
    pub keys: MasterKeys,
    made: Option<PathBuf>,
}

impl MasterKeySource {
    /// The keys. A generated one is made when there is none, unless `may_make` is false.
    ///
    /// # Errors
    /// When the file can't be read or made, or holds something else.
    pub fn keys(&self, may_make: bool) -> Result<FoundKeys, MasterKeyError> {
        match self {
            Self::Given(key) => parse("VELODROME_MASTER_KEY", key).map(FoundKeys::found),
            Self::File(path) => read(path).map(FoundKeys::found),
            Self::Generated(path) if path.exists() => read(path).map(FoundKeys::found),
            Self::Generated(path) if may_make => make(path),
            Self::Generated(path) => Err(MasterKeyError::Missing(path.clone())),
        }
    }
}

impl FoundKeys {
    fn found(keys: MasterKeys) -> Self {
        Self { keys, made: None }
    }

    /// Whether the key was made a moment ago.
    pub fn is_new(&self) -> bool {
        self.made.is_some()
    }

    /// Takes a key back that was just made and opens nothing: the database has another one's data keys,
    /// and a useless key in the data folder would hide that the right one is missing.
    pub fn withdraw(self) {
        if let Some(path) = self.made
            && let Err(cause) = fs::remove_file(&path)
        {
            warn!(path = %path.display(), %cause, "A master key that opens nothing could not be removed");
        }
    }
}

fn parse(from: &str, text: &SecretString) -> Result<MasterKeys, MasterKeyError> {
    MasterKeys::parse(text).map_err(|cause| MasterKeyError::Bad {
        from: from.to_owned(),
        cause,
    })
}

fn read(path: &Path) -> Result<MasterKeys, MasterKeyError> {
    let file = |cause| MasterKeyError::File {
        path: path.to_owned(),
        cause,
    };
    let text = SecretString::from(fs::read_to_string(path).map_err(file)?);
    let mode = fs::metadata(path).map_err(file)?.mode();
    if mode & 0o077 != 0 {
        warn!(
            path = %path.display(),
            "Others may read the master key's file; make it its owner's alone (chmod 600)"
        );
    }
    parse(
        &path.display().to_string(),
        &SecretString::from(text.expose_secret().trim()),
    )
}

/// Makes the file whole or not at all: whoever finds it finds a key that is on the disk.
fn make(path: &Path) -> Result<FoundKeys, MasterKeyError> {
    let file = |cause| MasterKeyError::File {
        path: path.to_owned(),
        cause,
    };
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder).map_err(file)?;
    let arriving = folder.join(format!(".master.key.{}", Uuid::new_v4()));
    let placed = write_new(&arriving, &MasterKeys::generate())
        // Unlike a rename, a link never replaces the key of a process that was quicker.
        .and_then(|()| fs::hard_link(&arriving, path));
    let removed = fs::remove_file(&arriving);
    match placed {
        Ok(()) => {
            removed.map_err(file)?;
            File::open(folder)
                .and_then(|folder| folder.sync_all())
                .map_err(file)?;
            info!(path = %path.display(), "Made a master key; keep a copy of it apart from the database");
            Ok(FoundKeys {
                keys: read(path)?,
                made: Some(path.to_owned()),
            })
        }
        Err(cause) if cause.kind() == io::ErrorKind::AlreadyExists => {
            read(path).map(FoundKeys::found)
        }
        Err(cause) => Err(file(cause)),
    }
}

fn write_new(path: &Path, key: &SecretString) -> io::Result<()> {
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)?;
    writeln!(file, "{}", key.expose_secret())?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_made_once_and_only_its_owner_may_read_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("inner/master.key");
        let source = MasterKeySource::Generated(path.clone());

        let first = source.keys(true).unwrap();
        let text = fs::read_to_string(&path).unwrap();
        let second = source.keys(true).unwrap();

        assert!(first.is_new());
        assert!(!second.is_new());
        assert_eq!(fs::read_to_string(&path).unwrap(), text);
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
    }

    #[test]
    fn a_key_that_opens_nothing_is_taken_back_but_never_one_that_was_there() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("master.key");
        let source = MasterKeySource::Generated(path.clone());

        source.keys(true).unwrap().withdraw();
        assert!(!path.exists());

        source.keys(true).unwrap();
        source.keys(true).unwrap().withdraw();
        assert!(path.exists());
    }

    #[test]
    fn no_key_is_made_for_those_who_only_look() {
        let folder = tempfile::tempdir().unwrap();
        let source = MasterKeySource::Generated(folder.path().join("master.key"));

        assert!(matches!(
            source.keys(false),
            Err(MasterKeyError::Missing(_))
        ));
    }

    #[test]
    fn a_bad_key_says_where_it_was_found_and_not_what_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        fs::write(&path, "hunter2").unwrap();

        let fault = MasterKeySource::File(path)
            .keys(true)
            .err()
            .unwrap()
            .to_string();

        assert!(
            fault.contains("/key: a master key must be 32 bytes"),
            "{fault}"
        );
        assert!(!fault.contains("hunter2"), "{fault}");
    }
}
