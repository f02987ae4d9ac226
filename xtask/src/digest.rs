//! Stamps: a note of what a finished step was made from, so that it is not done twice.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::workspace::Workspace;

/// A step that is repeated only when one of its inputs changed.
pub struct Stamp {
    file: PathBuf,
    content: String,
}

impl Stamp {
    /// A stamp over files and folders, which may be missing.
    pub fn over(workspace: &Workspace, name: &str, inputs: &[PathBuf]) -> Result<Self> {
        let mut hasher = DefaultHasher::new();
        for input in inputs {
            add(&mut hasher, input)?;
        }
        Ok(Self {
            file: workspace.notes().join(format!("{name}.stamp")),
            content: format!("{:016x}\n", hasher.finish()),
        })
    }

    /// Whether the step was finished with exactly these inputs.
    pub fn is_fresh(&self) -> bool {
        fs::read_to_string(&self.file).is_ok_and(|content| content == self.content)
    }

    /// Notes that the step is finished.
    pub fn save(&self) -> Result<()> {
        let folder = self.file.parent().expect("a stamp lies in our notes");
        fs::create_dir_all(folder).with_context(|| format!("making {}", folder.display()))?;
        fs::write(&self.file, &self.content)
            .with_context(|| format!("writing {}", self.file.display()))
    }
}

fn add(hasher: &mut DefaultHasher, input: &Path) -> Result<()> {
    let reading = || format!("reading {}", input.display());
    input.hash(hasher);
    if input.is_dir() {
        let entries = fs::read_dir(input).with_context(reading)?;
        let mut children = entries
            .map(|entry| entry.map(|entry| entry.path()))
            .collect::<Result<Vec<_>, _>>()
            .with_context(reading)?;
        children.sort();
        for child in children.iter().filter(|child| !is_made(child)) {
            add(hasher, child)?;
        }
    } else if input.exists() {
        fs::read(input).with_context(reading)?.hash(hasher);
    }
    Ok(())
}

/// Folders that tools make: what is in them follows from the rest.
fn is_made(path: &Path) -> bool {
    path.file_name()
        .is_some_and(|name| name == "node_modules" || name == "dist" || name == ".vite")
}
