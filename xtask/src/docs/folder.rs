//! The folder that the pages go to. It keeps a list of its files, so that only those are ever replaced or
//! removed: a mistyped `--output` costs nobody anything.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Component, Path};

use anyhow::{Context, Result, bail};

/// Names the files that were written here, one a line.
const MARKER: &str = ".velodrome-catalogue";

/// Contents by path inside the folder.
pub type Files = BTreeMap<String, Vec<u8>>;

/// Makes the folder hold these files, and removes those of an earlier time.
pub fn write(folder: &Path, files: &Files) -> Result<()> {
    let known = owned(folder)?;
    for path in files.keys().filter(|path| !known.contains(*path)) {
        if folder.join(path).symlink_metadata().is_ok() {
            bail!(
                "{} was not written by this command; move it away or name another folder",
                folder.join(path).display()
            );
        }
    }
    fs::create_dir_all(folder).with_context(|| format!("creating {}", folder.display()))?;
    // Both lists at first, so that what an interrupted run leaves behind still counts as ours.
    let fresh: BTreeSet<String> = files.keys().cloned().collect();
    mark(folder, &known.union(&fresh).cloned().collect())?;
    for stale in known.difference(&fresh) {
        remove(folder, stale)?;
    }
    for (path, content) in files {
        let file = folder.join(path);
        if let Some(parent) = file.parent() {
            fs::create_dir_all(parent).with_context(|| format!("creating {}", parent.display()))?;
        }
        fs::write(&file, content).with_context(|| format!("writing {}", file.display()))?;
    }
    mark(folder, &fresh)
}

/// The files that are ours.
fn owned(folder: &Path) -> Result<BTreeSet<String>> {
    match fs::read_to_string(folder.join(MARKER)) {
        Ok(list) => {
            // A list that somebody changed must not lead out of the folder.
            let stray = list.lines().find(|path| !is_inside(path));
            if let Some(stray) = stray {
                bail!("{MARKER} in {} names {stray:?}", folder.display());
            }
            Ok(list.lines().map(str::to_owned).collect())
        }
        Err(_) if is_empty(folder)? => Ok(BTreeSet::new()),
        Err(_) => bail!(
            "{} is not empty and was not made by this command; name another folder",
            folder.display()
        ),
    }
}

fn is_inside(path: &str) -> bool {
    let mut parts = Path::new(path).components().peekable();
    parts.peek().is_some() && parts.all(|part| matches!(part, Component::Normal(_)))
}

fn is_empty(folder: &Path) -> Result<bool> {
    if folder.symlink_metadata().is_err() {
        return Ok(true);
    }
    let mut entries =
        fs::read_dir(folder).with_context(|| format!("reading {}", folder.display()))?;
    Ok(entries.next().is_none())
}

fn mark(folder: &Path, paths: &BTreeSet<String>) -> Result<()> {
    let list: String = paths.iter().map(|path| format!("{path}\n")).collect();
    fs::write(folder.join(MARKER), list)
        .with_context(|| format!("writing {MARKER} in {}", folder.display()))
}

fn remove(folder: &Path, path: &str) -> Result<()> {
    let file = folder.join(path);
    if file.symlink_metadata().is_ok() {
        fs::remove_file(&file).with_context(|| format!("removing {}", file.display()))?;
    }
    // Fails where the folder holds something else, which then stays.
    if let Some(parent) = file.parent().filter(|parent| *parent != folder) {
        let _may_stay = fs::remove_dir(parent);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(paths: &[&str]) -> Files {
        paths
            .iter()
            .map(|path| ((*path).to_owned(), path.as_bytes().to_vec()))
            .collect()
    }

    #[test]
    fn what_is_no_longer_made_goes_and_what_others_put_there_stays() {
        let folder = tempfile::tempdir().unwrap();
        let site = folder.path().join("site");
        write(
            &site,
            &files(&["index.html", "acme/index.html", "shop/index.html"]),
        )
        .unwrap();
        fs::write(site.join("shop/CNAME"), "theirs").unwrap();

        write(&site, &files(&["index.html"])).unwrap();

        assert!(!site.join("acme").exists());
        assert!(!site.join("shop/index.html").exists());
        assert!(site.join("shop/CNAME").exists() && site.join("index.html").exists());
    }

    #[test]
    fn a_folder_of_somebody_else_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("thesis.md"), "years of work").unwrap();

        let refused = write(folder.path(), &files(&["index.html"])).unwrap_err();

        assert!(refused.to_string().contains("is not empty"), "{refused}");
        assert!(!folder.path().join("index.html").exists());
    }

    #[test]
    fn a_file_of_somebody_else_is_not_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), &files(&["index.html"])).unwrap();
        fs::write(folder.path().join("style.css"), "theirs").unwrap();

        let refused = write(folder.path(), &files(&["index.html", "style.css"])).unwrap_err();

        assert!(refused.to_string().contains("style.css"), "{refused}");
    }

    #[test]
    fn a_list_that_leads_elsewhere_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        for path in ["../index.html", "/etc/hosts", ""] {
            fs::write(folder.path().join(MARKER), format!("{path}\n")).unwrap();
            assert!(write(folder.path(), &Files::new()).is_err(), "{path:?}");
        }
    }
}
