//! Templates and cycles as documents that travel between installations (cycles.md §2, Export;
//! openapi: IntegrationExport).
//!
//! [`write`](fn@write) makes one of a graph, [`read`] understands ours and those of the original product.
//! Neither knows an installation: a connector is named by its stable id and release, a method by its
//! stable id, a parameter by its target and a field by its location. Credentials, properties of account
//! connectors and values of sensitive variables and parameters are never written.

mod members;
mod read;
mod words;
mod write;

#[cfg(test)]
pub(crate) mod tests;

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use uuid::Uuid;
use velodrome_model::{
    ConnectorUid, MethodUid, StepId,
    cycle::{CycleDocument, CycleSettings, MethodStep},
};
use velodrome_store::NewCategoryCopy;

pub(crate) use read::read;
pub(crate) use write::write;

/// Name and version of the format that we write.
pub(crate) const FORMAT: &str = "velodrome.template/1";

/// `InstallMode` of a step's connector that is installed anew.
const FRESH: &str = "Fresh";

/// What a document says of a template or cycle besides its graph.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Head {
    /// Name.
    pub name: String,
    /// Free text.
    pub description: Option<String>,
    /// Settings of the cycle; the tags are the template's where it is one.
    pub settings: CycleSettings,
    /// Of templates only.
    pub template: Option<TemplateHead>,
}

/// What only templates have.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct TemplateHead {
    /// Shown to users during installation.
    pub note: Option<String>,
    /// An installation copies the custom fields of the template's connectors.
    pub shares_custom_fields: bool,
    /// Interval of installed cycles, minutes; 0 is none.
    pub interval: u16,
    /// Installed cycles run once.
    pub runs_once: bool,
    /// Connectors that are installed anew.
    pub fresh: Vec<ConnectorUid>,
    /// Notes of the release.
    pub notes: Option<String>,
}

/// What a document says of the connector and method of a step.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Link {
    /// The connector.
    pub connector: ConnectorName,
    /// Which of the document's account connectors; equal numbers are the same one.
    pub instance: Option<i64>,
    /// The method's name, for people.
    pub method_name: Option<String>,
    /// The method's key in the definition, by which it is found where its stable id is not said.
    pub method_key: Option<String>,
    /// Installed anew although the account has it; what [`TemplateHead::fresh`] says by id.
    pub is_fresh: bool,
    /// The object of the account's own that the step is about.
    pub category: Option<NewCategoryCopy>,
}

/// A connector release as documents name it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ConnectorName {
    /// Stable id.
    pub uid: Option<ConnectorUid>,
    /// The definition's slug, by which it is found where its stable id is not said.
    pub slug: Option<String>,
    /// Name.
    pub name: Option<String>,
    /// Version, as people see it.
    pub version: Option<String>,
    /// Number of the release.
    pub release: Option<u32>,
}

/// A connector release that a document holds.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ExportedConnector {
    /// Its name.
    pub name: ConnectorName,
    /// Its definition in the JSON form.
    pub definition: Value,
}

/// A document, understood. The steps have the ids of the document, and no connectors yet.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Understood {
    /// What it says besides the graph.
    pub head: Head,
    /// The graph.
    pub document: CycleDocument,
    /// What it says of the connectors of its method steps.
    pub links: BTreeMap<StepId, Link>,
    /// Connector releases that it brings along.
    pub connectors: Vec<ExportedConnector>,
}

/// What a document can't be taken for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Incompatibility {
    /// Name of the step; none where it is no single one.
    pub step: Option<String>,
    /// Stable id of the method, where it is about one.
    pub method: Option<Uuid>,
    /// Why, without a full stop.
    pub reason: String,
}

impl std::fmt::Display for Incompatibility {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if let Some(step) = &self.step {
            write!(f, "step '{step}'")?;
            match self.method {
                Some(method) => write!(f, ", method {method}: ")?,
                None => f.write_str(": ")?,
            }
        }
        f.write_str(&self.reason)
    }
}

/// Why a document was not understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Misunderstood {
    /// It is no such document at all; the text says what is missing.
    NoDocument(String),
    /// These parts of it can't be.
    Parts(Vec<Incompatibility>),
}

/// What a writer has to know of a method step.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct StepFacts {
    /// Connector, instance and object.
    pub link: Link,
    /// Targets of parameters that hold secrets.
    pub sensitive: Vec<String>,
}

/// A graph to be written.
pub(crate) struct Subject<'a> {
    /// What is said besides it.
    pub head: &'a Head,
    /// The graph.
    pub document: &'a CycleDocument,
    /// The connector releases that it uses.
    pub connectors: Vec<ExportedConnector>,
}

/// Members of ours that nobody else may have meant otherwise.
fn without_nulls(members: Map<String, Value>) -> Map<String, Value> {
    members
        .into_iter()
        .filter(|(_, value)| !value.is_null())
        .collect()
}

/// A method step of whose connector nothing is known yet.
pub(crate) fn unlinked(method: MethodUid) -> MethodStep {
    MethodStep {
        account_connector: None,
        connector: velodrome_model::ConnectorId(0),
        method,
        is_webhook: false,
        decides: false,
        category: None,
        external_authentication: false,
        on_uncertain: Default::default(),
        parameters: BTreeMap::new(),
        fields: BTreeMap::new(),
        collection_keys: Vec::new(),
        webhook: None,
    }
}
