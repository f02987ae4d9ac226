//! YAML files that are no definitions, told of their faults as definitions are: file, line, column and what
//! to do.

use serde_json::Value;
use velodrome_model::{Fault, FaultCode};

use super::{
    findings::{Findings, Pointer},
    schema::{Schema, Sentences},
    yaml,
};

/// The schema of a kind of file, compiled once.
#[derive(Debug)]
pub struct FileSchema(Schema);

impl FileSchema {
    /// Reads and compiles a schema that is part of the program; `sentences` has words for rules that need
    /// some of their own, by their place in the schema.
    ///
    /// # Panics
    /// When it is none.
    pub fn new(text: &str, sentences: Sentences) -> Self {
        Self(Schema::new(text, sentences))
    }

    /// The content of a file that keeps the schema and passes `more`, which gives the JSON pointer of each
    /// value that is wrong, and what is wrong with it.
    ///
    /// # Errors
    /// Everything that is wrong, with places in the file.
    pub fn read(
        &self,
        file: &str,
        bytes: &[u8],
        more: impl FnOnce(&Value) -> Vec<(String, String)>,
    ) -> Result<Value, Vec<Fault>> {
        let mut findings = Findings::new();
        let document = match yaml::read(bytes) {
            Ok(document) => document,
            Err(faults) => {
                for fault in faults {
                    findings.text_error(FaultCode::V001, fault.mark, fault.message);
                }
                return Err(findings.into_faults(file, None, str::to_owned));
            }
        };
        self.0.check(&document.value, &mut findings);
        if !findings.has_errors() {
            for (pointer, message) in more(&document.value) {
                findings.error(FaultCode::V005, Pointer::parse(&pointer), message);
            }
        }
        match findings.has_errors() {
            true => Err(findings.into_faults(file, Some(&document), str::to_owned)),
            false => Ok(document.value),
        }
    }
}
