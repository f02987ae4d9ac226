//! Mistakes of a configuration, gathered so that they can be mended in one go.

use std::fmt;

/// Mistakes so far.
#[derive(Debug, Default)]
pub struct Faults(Vec<String>);

/// A configuration that can't be used; its `Display` has a line for each mistake.
#[derive(Debug, PartialEq, Eq)]
pub struct ConfigError(Vec<String>);

/// How like a name must be to be suggested, from 0 to 1.
const LIKENESS: f64 = 0.6;

impl Faults {
    /// A setting is wrong.
    pub fn add(&mut self, name: &str, fault: &str) {
        self.0.push(format!("{name}: {fault}"));
    }

    /// A name means nothing; the nearest known one is told.
    pub fn unknown(&mut self, kind: &str, name: &str, known: impl Iterator<Item = String>) {
        let hint = nearest(name, known).map(|near| format!("; did you mean {near}?"));
        let hint = hint.unwrap_or_else(|| "; `velodrome config` lists the settings".to_owned());
        self.0.push(format!("{kind} {name} is unknown{hint}"));
    }

    /// Whether all is well.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The mistakes as an error.
    pub fn into_error(self) -> ConfigError {
        ConfigError(self.0)
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the configuration can't be used:")?;
        for fault in &self.0 {
            write!(f, "\n  - {fault}")?;
        }
        Ok(())
    }
}

impl std::error::Error for ConfigError {}

/// The known name that is most like this one.
pub fn nearest(name: &str, known: impl Iterator<Item = String>) -> Option<String> {
    let likeness = |other: &str| strsim::normalized_damerau_levenshtein(name, other);
    known
        .map(|other| (likeness(&other), other))
        .filter(|(like, _)| *like >= LIKENESS)
        .max_by(|(a, _), (b, _)| a.total_cmp(b))
        .map(|(_, other)| other)
}
