//! Definitions as people and programs give them to us, and as they are kept.

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use velodrome_connector::{
    catalogue::{Icon, Package, check_text},
    json_form::{self, Extra},
};
use velodrome_model::{
    Fault, FaultCode, Severity,
    definition::{ConnectorDefinition, FORMAT},
    numbered::NumberedConnector,
};
use velodrome_store::CustomContent;

use super::CustomConnectorError;

/// A definition as it came.
#[derive(Clone, Debug)]
pub enum Given {
    /// The JSON form (connectors.md §10), or a definition file's content as JSON.
    Json(Value),
    /// The text of a definition file, or JSON of either kind.
    Text(String),
}

/// A definition that was understood and passed every check.
#[derive(Clone, Debug)]
pub struct Understood {
    /// The definition.
    pub definition: ConnectorDefinition,
    /// Members that mean nothing to us.
    pub extra: Extra,
    /// The icon.
    pub icon: Option<Icon>,
    /// What could be better.
    pub warnings: Vec<Fault>,
}

/// Most parts of a definition; each takes an integer, of which the installation has a billion.
const MAX_PARTS: u32 = 50_000;

/// Members of the JSON form that only we set; an answer may be sent back.
const READ_ONLY: &[&str] = &[
    "Id",
    "ReleaseStatus",
    "ReleaseVersionMajor",
    "ReleaseVersionMinor",
    "CreatedOnUtc",
    "UpdatedOnUtc",
];

impl Given {
    /// Reads and checks it, apart from the threads that serve requests: a large one takes a while.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub async fn understand(self) -> Result<Understood, Vec<Fault>> {
        match tokio::task::spawn_blocking(move || self.read()).await {
            Ok(read) => read,
            Err(failed) => std::panic::resume_unwind(failed.into_panic()),
        }
    }

    fn read(self) -> Result<Understood, Vec<Fault>> {
        let understood = match self {
            Self::Json(value) if is_file(&value) => from_file(&value.to_string())?,
            Self::Json(value) => from_form(value)?,
            Self::Text(text) => match serde_json::from_str::<Value>(&text) {
                Ok(value) if value.is_object() && !is_file(&value) => from_form(value)?,
                _ => from_file(&text)?,
            },
        };
        understood.bounded()
    }
}

impl Understood {
    /// The same, unless it has too many parts.
    pub(super) fn bounded(self) -> Result<Self, Vec<Fault>> {
        let parts = NumberedConnector::count(&self.definition);
        if parts <= MAX_PARTS {
            return Ok(self);
        }
        Err(vec![fault(
            FaultCode::V002,
            "",
            format!(
                "the definition has {parts} methods, parameters, lookups and fields; at most {MAX_PARTS} are allowed"
            ),
        )])
    }

    /// As it is kept.
    ///
    /// # Errors
    /// When it can't be packed.
    pub fn content(&self) -> Result<CustomContent, CustomConnectorError> {
        let package = Package::of_definition(&self.definition, self.icon.clone())?;
        let extra = (!self.extra.is_empty())
            .then(|| serde_json::to_value(&self.extra))
            .transpose()
            .map_err(velodrome_connector::catalogue::BadPackage::Json)?;
        Ok(CustomContent {
            content: package.to_bytes()?,
            hash: package.hash().to_owned(),
            extra,
            ids: i32::try_from(package.outline().ids).unwrap_or(i32::MAX),
        })
    }
}

/// What is wrong at a place of something that is no file.
pub(super) fn fault(code: FaultCode, pointer: &str, message: String) -> Fault {
    Fault {
        file: String::new(),
        line: 1,
        column: 1,
        code,
        severity: Severity::Error,
        pointer: pointer.to_owned(),
        message,
    }
}

/// A definition file says its format; the JSON form has no such member.
fn is_file(value: &Value) -> bool {
    value
        .get("format")
        .and_then(Value::as_str)
        .is_some_and(|format| format == FORMAT)
}

fn from_form(mut form: Value) -> Result<Understood, Vec<Fault>> {
    if let Value::Object(members) = &mut form {
        without_read_only(members);
    }
    let read = json_form::read(&form)?;
    Ok(Understood {
        definition: read.definition,
        extra: read.extra,
        icon: read.icon,
        warnings: read.warnings,
    })
}

fn without_read_only(members: &mut Map<String, Value>) {
    members.retain(|name, _| !READ_ONLY.iter().any(|own| own.eq_ignore_ascii_case(name)));
}

fn from_file(text: &str) -> Result<Understood, Vec<Fault>> {
    let package = check_text(text, BTreeMap::new())?;
    Ok(Understood {
        definition: package.definition(),
        extra: Extra::default(),
        icon: None,
        warnings: package.warnings().to_vec(),
    })
}
