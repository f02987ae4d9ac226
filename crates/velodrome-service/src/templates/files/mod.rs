//! Templates as files under version control (cycles.md §2).
//!
//! A file says what an exported document says, with names instead of ids, so that people can read a change
//! of it. [`TemplateFile::read`] takes one from its text, [`Revision::of_export`] from an export, and
//! [`TemplateFile::document`] gives the document that an import takes.

mod difference;
mod from_document;
mod matching;
mod model;
mod to_document;
mod validation;

#[cfg(test)]
mod tests;

use std::{collections::BTreeMap, sync::LazyLock};

use serde_json::Value;
use velodrome_connector::catalogue::{FileSchema, yaml_of};
use velodrome_model::{Fault, FaultCode, Severity, StepId};

pub use difference::Difference;
pub use matching::Change;
pub(super) use matching::differences_of;
pub use model::*;

/// Name and version of the format.
pub const FORMAT: &str = "velodrome.template-file/1";

/// The JSON Schema of a file, for editors.
pub const SCHEMA: &str = include_str!("template-file.schema.json");

/// The member of documents in which files and steps keep their keys.
const KEY: &str = "Key";

static COMPILED: LazyLock<FileSchema> = LazyLock::new(|| FileSchema::new(SCHEMA, SENTENCES));

/// Words for rules whose keyword alone does not say what to do.
const SENTENCES: &[(&str, FaultCode, &str)] = &[
    (
        "/$defs/key/pattern",
        FaultCode::V002,
        "must be lower-case letters, digits and hyphens and start with a letter or digit",
    ),
    (
        "/$defs/method/pattern",
        FaultCode::V002,
        "must be the connector's slug, a slash and the method's key, such as pipedrive/create-person",
    ),
    (
        "/$defs/systemName/pattern",
        FaultCode::V002,
        "must begin with a letter or underscore, then letters, digits and underscores",
    ),
    (
        "/properties/interval/enum",
        FaultCode::V002,
        "must be one of 0, 1, 5, 15, 30, 60, 120, 180, 240, 360, 480, 720, 1440 and 10080 minutes",
    ),
];

/// What an export says, as a file.
#[derive(Clone, Debug, PartialEq)]
pub struct Revision {
    /// What the file was called that it was last made of; none where it was never made of one.
    pub key: Option<String>,
    /// The file.
    pub file: TemplateFile,
    /// What its steps are known by over all releases.
    pub lineage: Lineage,
}

/// What steps are known by over all releases of a template, by key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lineage(BTreeMap<String, StepId>);

/// An export that is none, in words without a full stop.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the export can't be read: {0}")]
pub struct Unreadable(String);

impl TemplateFile {
    /// Reads a file.
    ///
    /// # Errors
    /// Everything that is wrong with it, with line and column.
    pub fn read(file: &str, bytes: &[u8]) -> Result<Self, Vec<Fault>> {
        let mut read = None;
        COMPILED.read(file, bytes, |value| match Self::of_value(value) {
            Ok(own) => {
                let faults = own.faults();
                read = Some(own);
                faults
            }
            Err(error) => vec![(String::new(), format!("can't be read: {error}"))],
        })?;
        read.ok_or_else(|| {
            vec![Fault {
                file: file.to_owned(),
                line: 1,
                column: 1,
                code: FaultCode::V002,
                severity: Severity::Error,
                pointer: String::new(),
                message: "can't be read".to_owned(),
            }]
        })
    }

    fn of_value(value: &Value) -> serde_json::Result<Self> {
        serde_json::from_value(value.clone())
    }

    /// The text of this file; reading it gives the same file.
    pub fn text(&self) -> String {
        let value = serde_json::to_value(self).expect("a file has text keys and finite numbers");
        yaml_of(&value)
    }

    /// The file as an export would write it: positions of steps and everything else that may be left out
    /// are said.
    pub fn normal(&self) -> Self {
        match Revision::of(&self.understood(&Lineage::default())) {
            Ok(written) => Self {
                published: self.published,
                ..written.file
            },
            // A file that was read names the connector of every method.
            Err(_) => self.clone(),
        }
    }
}

/// Whether text can be a key of a file or a step.
pub fn is_key(text: &str) -> bool {
    let letter = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    text.len() <= 80 && text.starts_with(letter) && text.chars().all(|c| letter(c) || c == '-')
}
