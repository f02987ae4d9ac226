//! What later steps read of a step.

use std::collections::HashSet;

use super::{deciding::Operands, text::fields_of};
use crate::{
    StepId,
    cycle::{CycleDocument, FieldSource, Step, StepKind},
};

/// The locations of a step's data that steps of the cycle read, in the order of those steps.
pub fn fields_in_use(document: &CycleDocument, of: StepId) -> Vec<String> {
    let mut used: Vec<String> = Vec::new();
    for (_, location) in document
        .steps
        .iter()
        .flat_map(read)
        .filter(|(step, _)| *step == of)
    {
        if !used.contains(&location) {
            used.push(location);
        }
    }
    used
}

/// Every field of an earlier step that a step reads.
fn read(step: &Step) -> Vec<(StepId, String)> {
    let own = |source: &FieldSource| source.step.zip(source.location.clone());
    let written = |source| {
        fields_of(source)
            .into_iter()
            .map(|(step, location)| (step, location.to_string()))
    };
    match &step.kind {
        StepKind::Method(method) => {
            let mappings = method.parameters.values().chain(method.fields.values());
            let sources = mappings.filter_map(|mapping| mapping.source.as_ref());
            let keys = method.collection_keys.iter();
            let keys = keys.flat_map(|key| [own(&key.left), own(&key.right)]);
            let webhook = method.webhook.iter().map(|webhook| own(&webhook.source));
            sources
                .flat_map(written)
                .chain(keys.chain(webhook).flatten())
                .collect()
        }
        StepKind::Decision(decision) => Operands::of(decision).flat_map(written).collect(),
        StepKind::WaitUntil { date } => date.iter().flat_map(written).collect(),
        StepKind::Delay(_) | StepKind::WaitAll | StepKind::Annotation { .. } => Vec::new(),
    }
}

/// The earlier steps that a step reads.
pub fn steps_read(step: &Step) -> HashSet<StepId> {
    read(step).into_iter().map(|(step, _)| step).collect()
}
