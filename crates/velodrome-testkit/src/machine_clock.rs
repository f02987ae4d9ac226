//! The time of day as servers of a test see it: an offset that the test sets while they run. What a machine
//! counts from its start goes on as ever, as it does when somebody sets a real clock.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use tempfile::TempDir;

use crate::ServerBuilder;

/// The library of Debian's package `libfaketime` for programs with threads.
const LIBRARY: &str = "faketime/libfaketimeMT.so.1";

/// A clock that is right until it is set.
pub struct MachineClock {
    folder: TempDir,
    library: PathBuf,
}

impl MachineClock {
    /// A clock of its own; none where libfaketime is not installed.
    ///
    /// # Errors
    /// When the system refuses a temporary file.
    pub fn find() -> io::Result<Option<Self>> {
        let Some(library) = find_library() else {
            return Ok(None);
        };
        let clock = Self {
            folder: tempfile::Builder::new()
                .prefix("velodrome-clock-")
                .tempdir()?,
            library,
        };
        clock.set(0)?;
        Ok(Some(clock))
    }

    /// Sets it so many seconds ahead of the real time; servers see it within a second.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn set(&self, seconds: i64) -> io::Result<()> {
        // A reader finds the one offset or the other, never half of one.
        let fresh = self.folder.path().join("fresh");
        fs::write(&fresh, format!("{seconds:+}\n"))?;
        fs::rename(fresh, self.offset())
    }

    /// Makes a server go by it.
    pub fn given_to(&self, builder: ServerBuilder) -> ServerBuilder {
        builder
            .set("LD_PRELOAD", self.library.display())
            .set("FAKETIME_TIMESTAMP_FILE", self.offset().display())
            .set("FAKETIME_CACHE_DURATION", 1)
            .set("FAKETIME_DONT_FAKE_MONOTONIC", 1)
    }

    fn offset(&self) -> PathBuf {
        self.folder.path().join("offset")
    }
}

/// Where the library is, if it is.
pub fn find_library() -> Option<PathBuf> {
    let folders = fs::read_dir("/usr/lib").ok()?;
    let of_architecture = folders.filter_map(|entry| Some(entry.ok()?.path()));
    let all = of_architecture.chain([Path::new("/usr/lib").to_owned()]);
    all.map(|folder| folder.join(LIBRARY))
        .find(|library| library.is_file())
}
