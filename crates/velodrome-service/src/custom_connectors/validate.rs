//! Checking a definition without storing it, for those who type one.

use serde_json::Value;
use velodrome_connector::{catalogue::yaml_text, json_form};
use velodrome_model::Fault;

use super::{CustomConnectors, Given};

/// What there is to say about a definition.
#[derive(Clone, Debug)]
pub struct Validation {
    /// Everything that is wrong or could be better, errors first.
    pub faults: Vec<Fault>,
    /// The definition in the JSON form; none when it is wrong.
    pub form: Option<Value>,
    /// The same as the text of a definition file.
    pub yaml: Option<String>,
}

impl CustomConnectors {
    /// Checks a definition.
    pub async fn validate(&self, given: Given) -> Validation {
        match given.understand().await {
            Ok(understood) => Validation {
                form: Some(json_form::write(&understood.definition, &understood.extra)),
                yaml: Some(yaml_text(&understood.definition)),
                faults: understood.warnings,
            },
            Err(faults) => Validation {
                faults,
                form: None,
                yaml: None,
            },
        }
    }
}
