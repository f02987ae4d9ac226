//! Collecting what is wrong with one definition.

use std::{collections::HashSet, fmt};

use velodrome_model::{Fault, FaultCode, Severity};

use super::yaml::{Document, Mark};

/// The most faults that are reported of one definition.
pub const MAX_FAULTS: usize = 200;
/// The most of each severity that are collected before the topmost are chosen.
const MAX_COLLECTED: usize = 1000;
/// The most characters of a message; names from the definition may be of any length.
const MAX_MESSAGE: usize = 600;
/// Longer words than this are no typing errors, and comparing them takes long.
const MAX_WORD: usize = 80;

/// A JSON pointer, written only when something is wrong there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Pointer(String);

impl Pointer {
    /// The whole document.
    pub fn root() -> Self {
        Self::default()
    }

    /// A pointer in its text form.
    pub fn parse(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// The member or element of this name or position.
    pub fn then(&self, segment: impl fmt::Display) -> Self {
        let segment = segment.to_string().replace('~', "~0").replace('/', "~1");
        Self(format!("{}/{segment}", self.0))
    }

    /// The pointer as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The faults of one definition, in the order they were found.
#[derive(Debug, Default)]
pub struct Findings {
    faults: Vec<Found>,
    known: HashSet<(FaultCode, Pointer, String)>,
    errors: usize,
    warnings: usize,
}

#[derive(Debug)]
struct Found {
    code: FaultCode,
    severity: Severity,
    place: Place,
    message: String,
}

#[derive(Debug)]
enum Place {
    Key(Pointer),
    Value(Pointer),
    Mark(Mark),
    File(String),
}

impl Findings {
    /// Nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether the definition can't be used.
    pub fn has_errors(&self) -> bool {
        self.errors > 0
    }

    /// Whether a fault of this kind was found at a value already.
    pub fn knows(&self, code: FaultCode, pointer: &Pointer) -> bool {
        self.known
            .iter()
            .any(|(known, at, _)| *known == code && at == pointer)
    }

    /// Something is wrong with a value.
    pub fn error(&mut self, code: FaultCode, pointer: Pointer, message: impl Into<String>) {
        self.add(code, Severity::Error, Place::Value(pointer), message.into());
    }

    /// Something is wrong with the key of a member.
    pub fn key_error(&mut self, code: FaultCode, pointer: Pointer, message: impl Into<String>) {
        self.add(code, Severity::Error, Place::Key(pointer), message.into());
    }

    /// Something is wrong at a place in the text.
    pub fn text_error(&mut self, code: FaultCode, mark: Mark, message: impl Into<String>) {
        self.add(code, Severity::Error, Place::Mark(mark), message.into());
    }

    /// Something is wrong with another file of the definition.
    pub fn file_error(&mut self, code: FaultCode, path: &str, message: impl Into<String>) {
        self.add(
            code,
            Severity::Error,
            Place::File(path.to_owned()),
            message.into(),
        );
    }

    /// Something could be better.
    pub fn warning(&mut self, code: FaultCode, pointer: Pointer, message: impl Into<String>) {
        self.add(
            code,
            Severity::Warning,
            Place::Value(pointer),
            message.into(),
        );
    }

    /// Where the errors are and what they are, for a program to act upon.
    pub fn errors(&self) -> Vec<(String, String)> {
        let errors = self
            .faults
            .iter()
            .filter(|found| found.severity == Severity::Error);
        errors
            .map(|found| {
                let pointer = match &found.place {
                    Place::Key(pointer) | Place::Value(pointer) => pointer.as_str(),
                    Place::Mark(_) | Place::File(_) => "",
                };
                (pointer.to_owned(), found.message.clone())
            })
            .collect()
    }

    /// The findings with their places in the text, errors first, then from top to bottom.
    ///
    /// `shown` makes a path inside the definition's folder one that the reader can open.
    pub fn into_faults(
        self,
        file: &str,
        document: Option<&Document>,
        shown: impl Fn(&str) -> String,
    ) -> Vec<Fault> {
        let mut faults: Vec<Fault> = self
            .faults
            .into_iter()
            .map(|found| {
                let places = |pointer: &Pointer| {
                    document.map(|document| document.places_of(pointer.as_str()))
                };
                let (mark, pointer, file) = match &found.place {
                    Place::Key(pointer) => (
                        places(pointer).map(|at| at.key),
                        pointer.as_str(),
                        file.to_owned(),
                    ),
                    Place::Value(pointer) => (
                        places(pointer).map(|at| at.value),
                        pointer.as_str(),
                        file.to_owned(),
                    ),
                    Place::Mark(mark) => (Some(*mark), "", file.to_owned()),
                    Place::File(path) => (None, "", shown(path)),
                };
                let Mark { line, column } = mark.unwrap_or(Mark::START);
                Fault {
                    file,
                    line,
                    column,
                    code: found.code,
                    severity: found.severity,
                    pointer: pointer.to_owned(),
                    message: found.message,
                }
            })
            .collect();
        faults.sort_by(|a, b| {
            (a.severity, a.line, a.column, a.code).cmp(&(b.severity, b.line, b.column, b.code))
        });
        faults.truncate(MAX_FAULTS);
        faults
    }

    fn add(&mut self, code: FaultCode, severity: Severity, place: Place, mut message: String) {
        let collected = match severity {
            Severity::Error => &mut self.errors,
            Severity::Warning => &mut self.warnings,
        };
        if *collected >= MAX_COLLECTED {
            return;
        }
        *collected += 1;
        if let Some((end, _)) = message.char_indices().nth(MAX_MESSAGE) {
            message.truncate(end);
            message.push('…');
        }
        // The same parameter may be looked at once for every method that inherits it.
        if let Place::Key(pointer) | Place::Value(pointer) = &place
            && !self.known.insert((code, pointer.clone(), message.clone()))
        {
            return;
        }
        self.faults.push(Found {
            code,
            severity,
            place,
            message,
        });
    }
}

/// `; did you mean "x"?` for the nearest of the known words, if one is near.
pub fn did_you_mean<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    if word.len() > MAX_WORD {
        return String::new();
    }
    let lower = word.to_lowercase();
    let near = known
        .into_iter()
        .filter(|candidate| *candidate != word)
        .map(|candidate| {
            (
                strsim::damerau_levenshtein(&lower, &candidate.to_lowercase()),
                candidate,
            )
        })
        .filter(|(distance, candidate)| *distance <= (candidate.chars().count() / 3).clamp(1, 3))
        .min();
    near.map(|(_, candidate)| format!("; did you mean {candidate:?}?"))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_known_word_is_offered_and_a_far_one_is_not() {
        assert_eq!(
            did_you_mean("endpiont", ["endpoint", "key"]),
            "; did you mean \"endpoint\"?"
        );
        assert_eq!(
            did_you_mean("get", ["GET", "PUT"]),
            "; did you mean \"GET\"?"
        );
        assert_eq!(did_you_mean("zebra", ["endpoint", "key"]), "");
    }

    #[test]
    fn a_definition_reports_at_most_200_faults_errors_first() {
        let mut findings = Findings::new();
        findings.warning(FaultCode::W001, Pointer::root(), "odd");
        for number in 0..300 {
            findings.error(FaultCode::V002, Pointer::root().then(number), "wrong");
        }

        let faults = findings.into_faults("connector.yaml", None, str::to_owned);

        assert_eq!(faults.len(), 200);
        assert!(faults.iter().all(Fault::is_error));
    }
}
