//! What becomes of mappings when what they name goes: they become Ignore (openapi: deleteStep, deleteEdge,
//! deleteVariable), operands and dates become unset, and keys go.

use std::collections::{HashMap, HashSet};

use velodrome_model::{
    StepId,
    cycle::{CycleDocument, FieldSource, Source, Step, StepKind},
};

use super::numbers::merged;

/// The steps that each step can be mapped from.
pub(super) struct Reach(HashMap<StepId, HashSet<StepId>>);

impl Reach {
    /// As a document has them.
    pub(super) fn of(document: &CycleDocument) -> Self {
        let graph = document.graph();
        let of = |step: &Step| (step.id, graph.sources(step.id).into_iter().collect());
        Self(document.steps.iter().map(of).collect())
    }

    /// Lets go of what steps were mapped from before and no longer reach.
    pub(super) fn forget_lost(self, document: &mut CycleDocument) {
        let now = Self::of(document);
        let none = HashSet::new();
        for step in &mut document.steps {
            let before = self.0.get(&step.id).unwrap_or(&none);
            let after = now.0.get(&step.id).unwrap_or(&none);
            let is_lost = |id: StepId| before.contains(&id) && !after.contains(&id);
            forget(step, |source| names(source, |id, _| is_lost(id)));
        }
    }
}

/// Takes a step out with its edges, and everything that names it.
pub(super) fn remove_step(document: &mut CycleDocument, id: StepId) {
    let reach = Reach::of(document);
    document.steps.retain(|step| step.id != id);
    document
        .edges
        .retain(|edge| edge.tail != id && edge.head != id);
    for step in &mut document.steps {
        forget(step, |source| names(source, |named, _| named == id));
    }
    reach.forget_lost(document);
}

/// Drops edges by exits that their tails no longer have.
pub(super) fn drop_impossible_edges(document: &mut CycleDocument) {
    let roles: HashMap<StepId, _> = document
        .steps
        .iter()
        .map(|step| (step.id, step.role()))
        .collect();
    let is_note = |id| roles.get(&id) == Some(&velodrome_model::cycle::Role::Annotation);
    document.edges.retain(|edge| {
        let has_exit = roles
            .get(&edge.tail)
            .is_some_and(|role| role.has(edge.exit));
        has_exit && !is_note(edge.head)
    });
}

/// Lets go of fields that a step no longer has.
pub(super) fn forget_fields(
    document: &mut CycleDocument,
    of: StepId,
    is_there: impl Fn(&str) -> bool,
) {
    for step in &mut document.steps {
        forget(step, |source| {
            names(source, |id, location| {
                id == of && location.is_some_and(|location| !is_there(location))
            })
        });
    }
}

/// Lets go of a variable.
pub(super) fn forget_variable(document: &mut CycleDocument, name: &str) {
    for step in &mut document.steps {
        forget(
            step,
            |source| matches!(source, Source::Variable { name: Some(own) } if own.eq_ignore_ascii_case(name)),
        );
    }
}

/// Names a variable otherwise.
pub(super) fn rename_variable(document: &mut CycleDocument, from: &str, to: &str) {
    for step in &mut document.steps {
        each(step, &mut |slot| {
            if let Some(Source::Variable { name: Some(own) }) = slot
                && own.eq_ignore_ascii_case(from)
            {
                to.clone_into(own);
            }
        });
    }
}

/// Whether a source is, or holds, a field of a step.
fn names(source: &Source, is_meant: impl Fn(StepId, Option<&str>) -> bool) -> bool {
    match source {
        Source::PreviousStep(from) => from
            .step
            .is_some_and(|id| is_meant(id, from.location.as_deref())),
        Source::Static { value: Some(text) } => merged(text)
            .iter()
            .any(|(id, location)| is_meant(*id, Some(location))),
        _ => false,
    }
}

fn forget(step: &mut Step, is_gone: impl Fn(&Source) -> bool) {
    let field_is_gone = |field: &FieldSource| is_gone(&Source::PreviousStep(field.clone()));
    match &mut step.kind {
        StepKind::Method(method) => {
            let mappings = method.parameters.values_mut();
            for mapping in mappings.chain(method.fields.values_mut()) {
                if mapping.source.as_ref().is_some_and(&is_gone) {
                    mapping.source = Some(Source::Ignore);
                }
                mapping.suggested.take_if(|source| is_gone(source));
            }
            method
                .collection_keys
                .retain(|key| !field_is_gone(&key.left) && !field_is_gone(&key.right));
            if let Some(webhook) = &mut method.webhook
                && field_is_gone(&webhook.source)
            {
                webhook.source = FieldSource::default();
            }
        }
        StepKind::Decision(_) | StepKind::WaitUntil { .. } => each(step, &mut |slot| {
            slot.take_if(|source| is_gone(source));
        }),
        StepKind::Delay(_) | StepKind::WaitAll | StepKind::Annotation { .. } => {}
    }
}

/// Every place of a step where a source stands.
fn each(step: &mut Step, see: &mut impl FnMut(&mut Option<Source>)) {
    match &mut step.kind {
        StepKind::Method(method) => {
            let mappings = method.parameters.values_mut();
            for mapping in mappings.chain(method.fields.values_mut()) {
                see(&mut mapping.source);
                see(&mut mapping.suggested);
            }
        }
        StepKind::Decision(decision) => {
            for row in &mut decision.criteria {
                see(&mut row.left);
                see(&mut row.right);
                see(&mut row.upper);
            }
        }
        StepKind::WaitUntil { date } => see(date),
        StepKind::Delay(_) | StepKind::WaitAll | StepKind::Annotation { .. } => {}
    }
}
