//! Where things are in the repository.

use std::path::{Path, PathBuf};
use std::process::Command;

/// The checkout that this program was built from.
pub struct Workspace {
    root: PathBuf,
}

impl Workspace {
    /// The repository around this crate.
    pub fn locate() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"))
            .parent()
            .expect("xtask lies in a folder of the repository")
            .to_owned();
        Self { root }
    }

    /// A path inside the repository.
    pub fn path(&self, relative: impl AsRef<Path>) -> PathBuf {
        self.root.join(relative)
    }

    /// Cargo's output folder.
    pub fn target(&self) -> PathBuf {
        std::env::var_os("CARGO_TARGET_DIR")
            .map_or_else(|| self.path("target"), |folder| self.root.join(folder))
    }

    /// Our own notes below the output folder: stamps of finished set-up, reports.
    pub fn notes(&self) -> PathBuf {
        self.target().join("xtask")
    }

    /// The server as the dev profile builds it.
    pub fn binary(&self) -> PathBuf {
        self.target().join("debug/velodrome")
    }

    /// The server as it is released.
    pub fn release_binary(&self) -> PathBuf {
        self.target().join("release/velodrome")
    }

    /// The Cargo that runs this program, started in the repository.
    pub fn cargo(&self, arguments: &[&str]) -> Command {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut command = Command::new(cargo);
        command.args(arguments).current_dir(&self.root);
        command
    }

    /// Any other program, started in a folder of the repository.
    pub fn program(&self, name: &str, folder: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(name);
        command.args(arguments).current_dir(self.path(folder));
        command
    }
}
