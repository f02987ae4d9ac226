//! One definition, from bytes to a typed value, with everything that is wrong with it.

use serde::Deserialize;
use serde_json::Value;
use velodrome_model::{Fault, FaultCode, definition::ConnectorDefinition};

use super::{
    Origin,
    findings::Findings,
    schema,
    semantic::{self, Written},
    yaml::{self, Document, Mark},
};

/// What was read, as far as it could be read.
#[derive(Debug)]
pub struct Examined {
    /// The text's content.
    pub document: Option<Document>,
    /// The definition, present whenever the types fit, even if there are faults.
    pub definition: Option<ConnectorDefinition>,
    /// Everything that was found.
    pub findings: Findings,
}

/// What a definition is examined against.
#[derive(Clone, Copy, Debug)]
pub struct Setting<'a> {
    /// The folder's name, which the slug must equal.
    pub folder: Option<&'a str>,
    /// Whether the definition ships with the product.
    pub origin: Origin,
}

/// Reads a definition and checks it in every way that needs no other file.
pub fn examine(bytes: &[u8], setting: Setting<'_>) -> Examined {
    let mut findings = Findings::new();
    let document = match yaml::read(bytes) {
        Ok(document) => document,
        Err(faults) => {
            for fault in faults {
                findings.text_error(FaultCode::V001, fault.mark, fault.message);
            }
            return Examined {
                document: None,
                definition: None,
                findings,
            };
        }
    };
    let text = String::from_utf8_lossy(bytes);
    let written = Written::Text(&text);
    let definition = examine_value(&document.value, written, setting, &mut findings);
    Examined {
        document: Some(document),
        definition,
        findings,
    }
}

/// Checks a definition that is a value already; the definition whenever the types fit.
pub fn examine_value(
    value: &Value,
    written: Written<'_>,
    setting: Setting<'_>,
    findings: &mut Findings,
) -> Option<ConnectorDefinition> {
    schema::check(value, findings);
    let definition = match ConnectorDefinition::deserialize(value) {
        Ok(definition) => definition,
        Err(error) => {
            // The schema nearly always says it better; what it can't say are numbers beyond our types.
            if !findings.has_errors() {
                schema::explain_unreadable(value, &error, findings);
            }
            return None;
        }
    };
    semantic::check(&definition, written, setting, findings);
    Some(definition)
}

impl Examined {
    /// The findings as faults of `file`; `shown` names the files beside it.
    pub fn faults(self, file: &str, shown: impl Fn(&str) -> String) -> Vec<Fault> {
        self.findings
            .into_faults(file, self.document.as_ref(), shown)
    }

    /// Where the value at a JSON pointer stands.
    pub fn place_of(&self, pointer: &str) -> Mark {
        self.document
            .as_ref()
            .map_or(Mark::START, |document| document.places_of(pointer).value)
    }
}
