//! `velodrome connector check` and `list`: what a person asks of definitions at the command line.

use std::{
    fmt,
    path::{Path, PathBuf},
};

use serde::Serialize;
use velodrome_model::{
    Fault, FaultCode, Severity,
    definition::{ConnectorStatus, ReleaseStatus},
};

use super::{
    DirectoryFiles, Loaded, Package, Source,
    load::{DEFINITION, load, load_one},
};

/// Outcome of a check. Its `Display` is the text for people; it serialises for `--json`.
#[derive(Clone, Debug, Default, Serialize)]
pub struct CheckReport {
    /// How many definitions were looked at.
    pub checked: usize,
    /// All findings, definition by definition.
    pub faults: Vec<Fault>,
}

impl CheckReport {
    /// Whether anything makes a definition unusable; then the command ends with status 1.
    pub fn has_errors(&self) -> bool {
        self.faults.iter().any(Fault::is_error)
    }
}

impl fmt::Display for CheckReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for fault in &self.faults {
            writeln!(f, "{fault}")?;
        }
        let errors = self.faults.iter().filter(|fault| fault.is_error()).count();
        let warnings = self.faults.len() - errors;
        write!(
            f,
            "{}, {}, {}",
            counted(self.checked, "definition"),
            counted(errors, "error"),
            counted(warnings, "warning")
        )
    }
}

fn counted(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

/// Checks definitions: a `connector.yaml`, a definition's folder, or a folder of such folders.
pub fn check(paths: &[PathBuf]) -> CheckReport {
    let mut report = CheckReport::default();
    for path in paths {
        check_path(path, &mut report);
    }
    report
}

/// Opens the definition in one folder.
///
/// # Errors
///
/// What makes it unusable.
pub fn open(folder: &Path) -> Result<Package, Vec<Fault>> {
    let real = folder
        .canonicalize()
        .map_err(|error| vec![unreadable(folder, &error)])?;
    let (Some(root), Some(name)) = (
        real.parent(),
        real.file_name().and_then(|name| name.to_str()),
    ) else {
        let message = "is not the folder of a definition".to_owned();
        return Err(vec![fault(folder, message)]);
    };
    load_one(&Source::directory(DirectoryFiles::new(root)), name, None)
}

fn check_path(path: &Path, report: &mut CheckReport) {
    let folder = if path.is_file() {
        path.parent().unwrap_or(Path::new(""))
    } else {
        path
    };
    // `.` and `..` have no name of their own; the real folder has.
    let folder = if folder.file_name().is_some() {
        folder.to_path_buf()
    } else {
        match folder.canonicalize() {
            Ok(folder) => folder,
            Err(error) => return report.faults.push(unreadable(path, &error)),
        }
    };
    if !folder.is_dir() {
        return report
            .faults
            .push(unreadable(path, &std::io::ErrorKind::NotFound.into()));
    }
    let is_definition = path.is_file() || folder.join(DEFINITION).is_file();
    if is_definition && let Some(name) = folder.file_name().and_then(|name| name.to_str()) {
        let root = folder.parent().unwrap_or(Path::new(""));
        report.checked += 1;
        match load_one(&Source::directory(DirectoryFiles::new(root)), name, None) {
            Ok(package) => report.faults.extend_from_slice(package.warnings()),
            Err(faults) => report.faults.extend(faults),
        }
        return;
    }
    let loaded = load(&[Source::directory(DirectoryFiles::new(&folder))]);
    let found = loaded.packages.len() + loaded.invalid.len();
    if found == 0 {
        report.faults.push(fault(
            path,
            format!("holds no {DEFINITION}, nor folders with one"),
        ));
    }
    report.checked += found;
    for package in &loaded.packages {
        report.faults.extend_from_slice(package.warnings());
    }
    for invalid in loaded.invalid {
        report.faults.extend(invalid.faults);
    }
}

fn unreadable(path: &Path, error: &std::io::Error) -> Fault {
    fault(path, format!("can't be read: {error}"))
}

fn fault(path: &Path, message: String) -> Fault {
    Fault {
        file: path.display().to_string(),
        line: 1,
        column: 1,
        code: FaultCode::V001,
        severity: Severity::Error,
        pointer: String::new(),
        message,
    }
}

/// A line of `velodrome connector list`. Its `Display` is the text for people.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ListedDefinition {
    /// The folder's name.
    pub slug: String,
    /// Name; empty for a definition that can't be used.
    pub name: String,
    /// The remote API's version.
    pub version: Option<String>,
    /// Publication state.
    pub status: ConnectorStatus,
    /// Number and state of the release.
    pub release: Option<ListedRelease>,
    /// How many methods there are.
    pub methods: u32,
    /// How many faults make it unusable.
    pub errors: usize,
}

/// Number and state of a release.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct ListedRelease {
    /// Its number.
    pub number: u32,
    /// Its state.
    pub status: ReleaseStatus,
}

impl fmt::Display for ListedDefinition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(release) = self.release else {
            return write!(
                f,
                "{}\tinvalid, {}",
                self.slug,
                counted(self.errors, "error")
            );
        };
        let version = self.version.as_deref().unwrap_or("-");
        let methods = counted(self.methods as usize, "method");
        write!(
            f,
            "{}\t{}\t{version}\t{} {:?}\t{methods}",
            self.slug, self.name, release.number, release.status
        )
    }
}

/// All definitions that were loaded, by slug.
pub fn list(loaded: &Loaded) -> Vec<ListedDefinition> {
    let good = loaded.packages.iter().map(|package| {
        let outline = package.outline();
        ListedDefinition {
            slug: outline.slug.clone(),
            name: outline.name.clone(),
            version: outline.version.clone(),
            status: outline.status,
            release: Some(ListedRelease {
                number: outline.release.number,
                status: outline.release.status,
            }),
            methods: outline.methods,
            errors: 0,
        }
    });
    let bad = loaded.invalid.iter().map(|invalid| ListedDefinition {
        slug: invalid.slug.clone(),
        name: String::new(),
        version: None,
        status: ConnectorStatus::default(),
        release: None,
        methods: 0,
        errors: invalid
            .faults
            .iter()
            .filter(|fault| fault.is_error())
            .count(),
    });
    let mut all: Vec<ListedDefinition> = good.chain(bad).collect();
    all.sort_by(|a, b| (&a.slug, &a.version).cmp(&(&b.slug, &b.version)));
    all
}
