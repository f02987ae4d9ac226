//! A version of a cycle's graph, as one document (cycles.md §1).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{
    EdgeId, StepId,
    cycle::{CollectionSplitting, Edge, Graph, Retries, Step, StepErrorAction},
    definition::DataType,
};

/// Everything that decides how a transaction runs. A transaction finishes with the document that it began
/// with, so what is changed later never touches work in flight.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct CycleDocument {
    /// How it runs.
    #[serde(default)]
    pub settings: RunSettings,
    /// Steps, in the order in which they were made.
    #[serde(default)]
    pub steps: Vec<Step>,
    /// Connections, in the order in which they were made.
    #[serde(default)]
    pub edges: Vec<Edge>,
    /// Variables, in the order in which they were made.
    #[serde(default)]
    pub variables: Vec<Variable>,
    /// What an imported document had besides.
    #[serde(default, skip_serializing_if = "Kept::is_empty")]
    pub kept: Kept,
}

/// Members of an imported document that mean nothing to us, to be given back by the next export
/// (openapi: IntegrationExport).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Kept {
    /// Of the document itself.
    pub members: Map<String, Value>,
    /// Of its steps.
    pub steps: BTreeMap<StepId, Map<String, Value>>,
    /// Of its connections.
    pub edges: BTreeMap<EdgeId, Map<String, Value>>,
    /// Of its variables, by system name.
    pub variables: BTreeMap<String, Map<String, Value>>,
}

impl Kept {
    /// Whether there is nothing.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// How the transactions of a cycle run (cycles.md §3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunSettings {
    /// On Step Error.
    pub on_error: StepErrorAction,
    /// How often a step is tried again.
    pub retries: Retries,
    /// Requests are kept as well as answers.
    pub logs_requests: bool,
    /// Which steps' lists become transactions.
    pub splitting: CollectionSplitting,
    /// One transaction at a time, first in, first out.
    pub in_order: bool,
}

impl Default for RunSettings {
    fn default() -> Self {
        Self {
            on_error: StepErrorAction::Ignore,
            retries: Retries::default(),
            logs_requests: true,
            splitting: CollectionSplitting::First,
            in_order: false,
        }
    }
}

/// A variable of a cycle: set once for all its uses.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Variable {
    /// What people see.
    pub display_name: String,
    /// What scripts and mappings name it by; unique in its cycle, whatever the case.
    pub system_name: String,
    /// Help text.
    #[serde(default)]
    pub description: Option<String>,
    /// None as long as it is not set.
    #[serde(default)]
    pub value: Option<String>,
    /// The values that it may have; none where it is free.
    #[serde(default)]
    pub values: Option<Vec<String>>,
    /// Type of the value.
    #[serde(default)]
    pub data_type: DataType,
    /// Must have a value before activation.
    #[serde(default)]
    pub is_required: bool,
    /// Shown masked.
    #[serde(default)]
    pub is_sensitive: bool,
    /// Set by the customer during installation.
    #[serde(default)]
    pub is_launch_visible: bool,
}

impl CycleDocument {
    /// A step.
    pub fn step(&self, id: StepId) -> Option<&Step> {
        self.steps.iter().find(|step| step.id == id)
    }

    /// A step, to change it.
    pub fn step_mut(&mut self, id: StepId) -> Option<&mut Step> {
        self.steps.iter_mut().find(|step| step.id == id)
    }

    /// A variable by its system name, whatever the case.
    pub fn variable(&self, name: &str) -> Option<&Variable> {
        self.variables
            .iter()
            .find(|variable| variable.system_name.eq_ignore_ascii_case(name))
    }

    /// How the steps hang together.
    pub fn graph(&self) -> Graph {
        let steps = self.steps.iter().map(|step| (step.id, step.role()));
        Graph::new(steps, self.edges.iter().copied())
    }

    /// Whether a step's list becomes one transaction an item, by its own setting or the cycle's.
    pub fn splits(&self, step: &Step) -> bool {
        self.splits_in(&self.graph(), step)
    }

    /// The same for whoever has the document's graph at hand.
    pub fn splits_in(&self, graph: &Graph, step: &Step) -> bool {
        match step.splitting.unwrap_or(self.settings.splitting) {
            CollectionSplitting::None => false,
            CollectionSplitting::First => graph.trigger() == Some(step.id),
            CollectionSplitting::All => true,
        }
    }

    /// What follows when a step fails, by its own setting or the cycle's.
    pub fn on_error(&self, step: &Step) -> StepErrorAction {
        step.on_error.unwrap_or(self.settings.on_error)
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::cycle::{Position, StepKind};

    #[test]
    fn a_document_reads_back_what_it_wrote() -> serde_json::Result<()> {
        let document = CycleDocument {
            steps: vec![Step {
                id: StepId(Uuid::from_u128(1)),
                origin: None,
                name: "Join".into(),
                description: None,
                position: Position {
                    left: 12.5,
                    top: 0.0,
                },
                on_error: Some(StepErrorAction::StopCycle),
                splitting: Some(CollectionSplitting::All),
                script: None,
                is_setup_hidden: false,
                kind: StepKind::WaitAll,
            }],
            ..CycleDocument::default()
        };

        let text = serde_json::to_string(&document)?;

        assert_eq!(serde_json::from_str::<CycleDocument>(&text)?, document);
        Ok(())
    }
}
