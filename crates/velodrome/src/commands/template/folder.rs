//! Files of templates in a folder.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use velodrome_model::{Fault, FaultCode, Severity};
use velodrome_service::templates::files::{TemplateFile, is_key};

/// A file that was read.
pub struct Found {
    /// Where it is.
    pub path: PathBuf,
    /// What it says.
    pub file: TemplateFile,
}

/// The files of a folder, by key, and what is wrong with those that can't be read.
///
/// # Errors
/// When the folder or a file in it can't be read at all.
pub fn read(folder: &Path) -> Result<(BTreeMap<String, Found>, Vec<Fault>)> {
    let entries = fs::read_dir(folder).with_context(|| format!("reading {}", folder.display()))?;
    let mut paths = Vec::new();
    for entry in entries {
        let path = entry
            .with_context(|| format!("reading {}", folder.display()))?
            .path();
        let extension = path.extension().and_then(|end| end.to_str());
        if matches!(extension, Some("yaml" | "yml")) && path.is_file() {
            paths.push(path);
        }
    }
    paths.sort();
    let (mut found, mut faults) = (BTreeMap::new(), Vec::new());
    for path in paths {
        match open(&path)? {
            Ok((key, file)) => match found.get(&key) {
                None => {
                    found.insert(key, Found { path, file });
                }
                Some(Found { path: other, .. }) => {
                    let text = format!("{} is called the same; rename one", other.display());
                    faults.push(fault(&path, text));
                }
            },
            Err(wrong) => faults.extend(wrong),
        }
    }
    Ok((found, faults))
}

/// What is wrong with these files and the files of these folders, and how many were read.
///
/// # Errors
/// As [`read`].
pub fn check(paths: &[PathBuf]) -> Result<(usize, Vec<Fault>)> {
    let (mut count, mut faults) = (0, Vec::new());
    for path in paths {
        if path.is_dir() {
            let (found, wrong) = read(path)?;
            count += found.len();
            faults.extend(wrong);
        } else {
            match open(path)? {
                Ok(_) => count += 1,
                Err(wrong) => faults.extend(wrong),
            }
        }
    }
    Ok((count, faults))
}

fn open(path: &Path) -> Result<Result<(String, TemplateFile), Vec<Fault>>> {
    let bytes = fs::read(path).with_context(|| format!("reading {}", path.display()))?;
    let key = path
        .file_stem()
        .and_then(|stem| stem.to_str())
        .unwrap_or_default();
    if !is_key(key) {
        let text =
            "the file's name must be lower-case letters, digits and hyphens; rename it".to_owned();
        return Ok(Err(vec![fault(path, text)]));
    }
    let shown = path.display().to_string();
    Ok(TemplateFile::read(&shown, &bytes).map(|file| (key.to_owned(), file)))
}

fn fault(path: &Path, message: String) -> Fault {
    Fault {
        file: path.display().to_string(),
        line: 1,
        column: 1,
        code: FaultCode::V003,
        severity: Severity::Error,
        pointer: String::new(),
        message,
    }
}
