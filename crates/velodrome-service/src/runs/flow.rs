//! A version of a graph as it is run: read once, kept while it is frozen.

use std::sync::Arc;

use tokio::sync::OnceCell;
use velodrome_model::{
    AccountScope, CycleId, StepId,
    cycle::{CycleDocument, Exit, Graph, Role, Step, StepKind},
};
use velodrome_store::{JoinCheck, StoreError};

use super::Inner;

/// A version of a graph.
pub(crate) struct Flow {
    pub document: CycleDocument,
    pub graph: Graph,
    pub trigger: Option<StepId>,
    /// Wait All steps.
    pub joins: Vec<StepId>,
    /// One of its steps is a Synchronous Response; found when it is first asked for.
    pub answers: OnceCell<bool>,
}

impl Flow {
    pub fn new(document: CycleDocument) -> Self {
        let graph = document.graph();
        let joins = document
            .steps
            .iter()
            .filter(|step| step.role() == Role::WaitAll)
            .map(|step| step.id)
            .collect();
        Self {
            trigger: graph.trigger(),
            joins,
            answers: OnceCell::new(),
            graph,
            document,
        }
    }

    /// As steps are run: the document, and how it hangs together.
    pub fn design(&self) -> (&CycleDocument, &Graph) {
        (&self.document, &self.graph)
    }

    /// The steps behind an exit.
    pub fn heads(&self, step: StepId, exit: Exit) -> Vec<StepId> {
        self.graph.next(step, exit).collect()
    }

    /// What decides whether a Wait All fires.
    pub fn join(&self, step: StepId) -> JoinCheck {
        let is_before = |one: &StepId, other: StepId| self.graph.before(other).contains(one);
        let others = || self.joins.iter().copied().filter(|other| *other != step);
        let mut behind: Vec<StepId> = others().filter(|other| is_before(&step, *other)).collect();
        behind.push(step);
        JoinCheck {
            step,
            behind,
            before: others().filter(|other| is_before(other, step)).collect(),
            leads_on: !self.heads(step, Exit::Forward).is_empty(),
            is_in_order: self.document.settings.in_order,
        }
    }
}

/// Kind of a step, as the wire names it.
pub(crate) fn action_type(step: &Step) -> &'static str {
    match &step.kind {
        StepKind::Method(method) if method.is_webhook => "Webhook",
        StepKind::Method(_) => "Action",
        StepKind::Decision(_) => "Decision",
        StepKind::Delay(_) => "Delay",
        StepKind::WaitUntil { .. } => "WaitUntil",
        StepKind::WaitAll => "WaitAll",
        StepKind::Annotation { .. } => "Annotation",
    }
}

impl Inner {
    /// A version of a cycle's graph. Frozen ones never change, so they are kept.
    pub(super) async fn flow(
        &self,
        scope: AccountScope,
        cycle: CycleId,
        version: i32,
    ) -> Result<(Arc<Flow>, bool), StoreError> {
        if let Some(flow) = self.flows.get(&(cycle, version)) {
            return Ok((flow, true));
        }
        let unit = self.store.read(&scope).await?;
        let revision = unit.cycles().document(cycle, version).await?;
        drop(unit);
        let flow = Arc::new(Flow::new(revision.document));
        if revision.is_frozen {
            self.flows.insert((cycle, version), Arc::clone(&flow));
        }
        Ok((flow, revision.is_frozen))
    }
}
