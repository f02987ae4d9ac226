//! Where definitions are read from.

use std::{
    borrow::Cow,
    fs,
    io::{self, Read},
    path::{Path, PathBuf},
};

/// Folders of definitions, one a slug. Paths are relative and use `/`: `acme/connector.yaml`.
///
/// The binary implements it over its embedded `connectors/`.
pub trait Files: Send + Sync {
    /// The names of the folders, in order.
    fn folders(&self) -> io::Result<Vec<String>>;

    /// The files of a folder, with their paths inside it, in order.
    fn list(&self, folder: &str) -> io::Result<Vec<String>>;

    /// The content of a file, if it exists.
    fn read(&self, path: &str) -> io::Result<Option<Cow<'static, [u8]>>>;

    /// The path as a reader of messages can open it.
    fn shown(&self, path: &str) -> String;
}

/// The most bytes of one file; nothing in a definition's folder is nearly as large.
const MAX_BYTES: u64 = 16 * 1024 * 1024;
/// How many levels of folders may lie inside a definition's own.
const MAX_DEPTH: u32 = 4;

/// A folder on disk that holds one folder a definition.
#[derive(Clone, Debug)]
pub struct DirectoryFiles {
    root: PathBuf,
}

impl DirectoryFiles {
    /// The folder at `root`; nothing is read yet.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    fn walk(
        &self,
        folder: &Path,
        inside: &str,
        depth: u32,
        found: &mut Vec<String>,
    ) -> io::Result<()> {
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let name = entry.file_name();
            let Some(name) = name.to_str().filter(|name| !name.starts_with('.')) else {
                continue;
            };
            let path = if inside.is_empty() {
                name.to_owned()
            } else {
                format!("{inside}/{name}")
            };
            let kind = kind(&entry)?;
            if kind.is_file() {
                found.push(path);
            } else if kind.is_dir() && depth < MAX_DEPTH {
                self.walk(&entry.path(), &path, depth + 1, found)?;
            }
        }
        Ok(())
    }
}

impl Files for DirectoryFiles {
    fn folders(&self) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in fs::read_dir(&self.root)? {
            let entry = entry?;
            if !kind(&entry)?.is_dir() {
                continue;
            }
            if let Some(name) = entry
                .file_name()
                .to_str()
                .filter(|name| !name.starts_with('.'))
            {
                names.push(name.to_owned());
            }
        }
        names.sort_unstable();
        Ok(names)
    }

    fn list(&self, folder: &str) -> io::Result<Vec<String>> {
        let mut found = Vec::new();
        self.walk(&self.root.join(folder), "", 0, &mut found)?;
        found.sort_unstable();
        Ok(found)
    }

    fn read(&self, path: &str) -> io::Result<Option<Cow<'static, [u8]>>> {
        match read_bounded(&self.root.join(path)) {
            Ok(bytes) => Ok(Some(Cow::Owned(bytes))),
            Err(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
                ) =>
            {
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    fn shown(&self, path: &str) -> String {
        self.root.join(path).display().to_string()
    }
}

/// What an entry is. Links are followed: a catalogue mounted by a cluster consists of them.
fn kind(entry: &fs::DirEntry) -> io::Result<fs::FileType> {
    let kind = entry.file_type()?;
    if kind.is_symlink() {
        Ok(fs::metadata(entry.path())?.file_type())
    } else {
        Ok(kind)
    }
}

fn read_bounded(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    fs::File::open(path)?
        .take(MAX_BYTES + 1)
        .read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(io::Error::new(
            io::ErrorKind::FileTooLarge,
            format!("it has more than {} MiB", MAX_BYTES >> 20),
        ));
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_lists_its_folders_and_their_files_in_order() {
        let root = tempfile::tempdir().unwrap();
        for path in [
            "b/connector.yaml",
            "a/scripts/one.js",
            "a/connector.yaml",
            "a/.hidden",
        ] {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "x").unwrap();
        }
        fs::write(root.path().join("README.md"), "x").unwrap();
        let files = DirectoryFiles::new(root.path());

        assert_eq!(files.folders().unwrap(), ["a", "b"]);
        assert_eq!(
            files.list("a").unwrap(),
            ["connector.yaml", "scripts/one.js"]
        );
        assert_eq!(
            files.read("a/connector.yaml").unwrap().as_deref(),
            Some(b"x".as_slice())
        );
        assert_eq!(files.read("a/guide.md").unwrap(), None);
    }
}
