//! How the steps of a cycle hang together (cycles.md §4).

use std::collections::{HashMap, HashSet, VecDeque};

use serde::{Deserialize, Serialize};

use crate::{EdgeId, StepId};

/// The exit that an edge leaves its tail by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Exit {
    /// The only exit.
    Forward,
    /// The true exit of a decision, or of a method with a condition.
    True,
    /// The false exit of the same.
    False,
}

/// What a step is to the graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Role {
    /// Runs a method; its exits are [`Exit::True`] and [`Exit::False`] where the method has a condition.
    Method {
        /// Whether the method has a condition.
        decides: bool,
    },
    /// Has two exits.
    Decision,
    /// Begins or continues a transaction when a request comes in.
    Webhook,
    /// Lets time pass.
    Wait,
    /// Ends transactions, and begins one when all have ended.
    WaitAll,
    /// A note. No part of what runs.
    Annotation,
}

impl Role {
    /// Whether an edge can leave by an exit.
    pub fn has(self, exit: Exit) -> bool {
        match self {
            Self::Decision | Self::Method { decides: true } => exit != Exit::Forward,
            Self::Method { decides: false } | Self::Webhook | Self::Wait | Self::WaitAll => {
                exit == Exit::Forward
            }
            Self::Annotation => false,
        }
    }

    /// Whether a cycle can begin with it.
    fn can_trigger(self) -> bool {
        matches!(self, Self::Method { .. } | Self::Webhook)
    }
}

/// A connection between two steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Edge {
    /// Its id.
    pub id: EdgeId,
    /// The step that runs first.
    pub tail: StepId,
    /// The exit of the first.
    pub exit: Exit,
    /// The step that runs second.
    pub head: StepId,
}

/// Why a cycle can't run with these connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GraphFault {
    /// Fewer than two steps (reason code 10).
    TooFewSteps,
    /// Not one trigger from which every other step is reached, or a way back (reason code 11).
    NotConnected,
}

/// Why an edge can't be added.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EdgeFault {
    /// A step that the cycle does not have.
    #[error("the step {0} does not belong to this cycle")]
    UnknownStep(StepId),
    /// An exit that the tail does not have.
    #[error("a step of this kind has no exit {0:?}")]
    NoSuchExit(Exit),
    /// A note is no part of the flow.
    #[error("an annotation can't be connected")]
    Annotation,
    /// The head comes before the tail.
    #[error(
        "the edge would lead back to a step that runs before it; a cycle repeats by its trigger"
    )]
    Loop,
    /// The same two steps by the same exit.
    #[error("these steps are connected already")]
    Exists,
}

/// Steps and edges, in the order in which they were made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Graph {
    steps: Vec<(StepId, Role)>,
    edges: Vec<Edge>,
}

impl Graph {
    /// A graph of these; edges that are impossible are kept and make it faulty.
    pub fn new(
        steps: impl IntoIterator<Item = (StepId, Role)>,
        edges: impl IntoIterator<Item = Edge>,
    ) -> Self {
        Self {
            steps: steps.into_iter().collect(),
            edges: edges.into_iter().collect(),
        }
    }

    /// What a step is here; none for a step of another cycle.
    pub fn role(&self, step: StepId) -> Option<Role> {
        let found = self.steps.iter().find(|(id, _)| *id == step);
        found.map(|(_, role)| *role)
    }

    /// Whether an edge can be added.
    ///
    /// # Errors
    /// Why not.
    pub fn admits(&self, edge: &Edge) -> Result<(), EdgeFault> {
        let role = |step| self.role(step).ok_or(EdgeFault::UnknownStep(step));
        let (tail, head) = (role(edge.tail)?, role(edge.head)?);
        if tail == Role::Annotation || head == Role::Annotation {
            return Err(EdgeFault::Annotation);
        }
        if !tail.has(edge.exit) {
            return Err(EdgeFault::NoSuchExit(edge.exit));
        }
        let ends = |of: &Edge| (of.tail, of.exit, of.head);
        if self.edges.iter().any(|other| ends(other) == ends(edge)) {
            return Err(EdgeFault::Exists);
        }
        if edge.tail == edge.head || self.before(edge.tail).contains(&edge.head) {
            return Err(EdgeFault::Loop);
        }
        Ok(())
    }

    /// Why the cycle can't run, if so.
    pub fn fault(&self) -> Option<GraphFault> {
        let running = || {
            self.steps
                .iter()
                .filter(|(_, role)| *role != Role::Annotation)
        };
        if running().count() < 2 {
            return Some(GraphFault::TooFewSteps);
        }
        let is_whole = self.trigger().is_some_and(|trigger| {
            self.after(trigger).len() + 1 == running().count() && !self.leads_back()
        });
        (!is_whole).then_some(GraphFault::NotConnected)
    }

    /// The one step that nothing leads to, where it can begin a cycle; none where there are several.
    pub fn trigger(&self) -> Option<StepId> {
        let heads: HashSet<StepId> = self.edges.iter().map(|edge| edge.head).collect();
        let mut first = self
            .steps
            .iter()
            .filter(|(id, role)| *role != Role::Annotation && !heads.contains(id));
        match (first.next(), first.next()) {
            (Some((id, role)), None) if role.can_trigger() => Some(*id),
            _ => None,
        }
    }

    /// The steps that follow by an exit, in the order in which they were connected.
    pub fn next(&self, step: StepId, exit: Exit) -> impl Iterator<Item = StepId> {
        self.edges
            .iter()
            .filter(move |edge| edge.tail == step && edge.exit == exit)
            .map(|edge| edge.head)
    }

    /// All steps on any way to a step, the nearest first.
    pub fn before(&self, step: StepId) -> Vec<StepId> {
        self.reached(step, |edge| (edge.head, edge.tail), |_| true)
    }

    /// The steps whose data a step can be mapped from, the nearest first: those before it, but none
    /// before a Wait All, where data ends (cycles.md §4.2).
    pub fn sources(&self, step: StepId) -> Vec<StepId> {
        let mut sources = self.reached(
            step,
            |edge| (edge.head, edge.tail),
            |tail| self.role(tail) != Some(Role::WaitAll),
        );
        sources.retain(|source| self.role(*source) != Some(Role::WaitAll));
        sources
    }

    fn after(&self, step: StepId) -> Vec<StepId> {
        self.reached(step, |edge| (edge.tail, edge.head), |_| true)
    }

    /// Everything reached from a step along edges, breadth first, without the step itself; the way goes
    /// on only from steps that `passes`.
    fn reached(
        &self,
        from: StepId,
        along: fn(&Edge) -> (StepId, StepId),
        passes: impl Fn(StepId) -> bool,
    ) -> Vec<StepId> {
        let mut ways: HashMap<StepId, Vec<StepId>> = HashMap::new();
        for edge in &self.edges {
            let (start, end) = along(edge);
            ways.entry(start).or_default().push(end);
        }
        let (mut found, mut seen) = (Vec::new(), HashSet::from([from]));
        let mut open = VecDeque::from([from]);
        while let Some(step) = open.pop_front() {
            if step != from && !passes(step) {
                continue;
            }
            for next in ways.get(&step).into_iter().flatten() {
                if seen.insert(*next) {
                    found.push(*next);
                    open.push_back(*next);
                }
            }
        }
        found
    }

    fn leads_back(&self) -> bool {
        self.edges
            .iter()
            .any(|edge| edge.tail == edge.head || self.before(edge.tail).contains(&edge.head))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    const METHOD: Role = Role::Method { decides: false };

    fn step(number: u128) -> StepId {
        StepId(Uuid::from_u128(number))
    }

    fn edge((tail, head): (u128, u128)) -> Edge {
        Edge {
            id: EdgeId(Uuid::from_u128(tail * 1000 + head)),
            tail: step(tail),
            exit: Exit::Forward,
            head: step(head),
        }
    }

    fn graph(roles: &[Role], edges: &[(u128, u128)]) -> Graph {
        let steps = (0..).map(step).zip(roles.iter().copied());
        Graph::new(steps, edges.iter().copied().map(edge))
    }

    #[test]
    fn a_cycle_runs_from_one_trigger_to_every_other_step() {
        use GraphFault::{NotConnected, TooFewSteps};
        for (roles, edges, fault) in [
            (vec![METHOD], vec![], Some(TooFewSteps)),
            (vec![METHOD, Role::Annotation], vec![], Some(TooFewSteps)),
            (vec![METHOD, METHOD], vec![], Some(NotConnected)),
            (vec![METHOD, METHOD], vec![(0, 1)], None),
            (vec![METHOD, METHOD, Role::Annotation], vec![(0, 1)], None),
            (vec![Role::Webhook, METHOD], vec![(0, 1)], None),
            (vec![Role::Wait, METHOD], vec![(0, 1)], Some(NotConnected)),
            (
                vec![METHOD, METHOD, METHOD],
                vec![(0, 2), (1, 2)],
                Some(NotConnected),
            ),
            (vec![METHOD, METHOD, METHOD], vec![(0, 1), (0, 2)], None),
            (
                vec![METHOD; 4],
                vec![(0, 1), (2, 3), (3, 2)],
                Some(NotConnected),
            ),
            (
                vec![METHOD; 3],
                vec![(0, 1), (1, 2), (2, 1)],
                Some(NotConnected),
            ),
        ] {
            assert_eq!(graph(&roles, &edges).fault(), fault, "{roles:?} {edges:?}");
        }
    }

    #[test]
    fn an_edge_that_makes_no_sense_is_refused_with_its_reason() {
        let roles = [METHOD, Role::Decision, Role::Annotation, METHOD];
        let cycle = graph(&roles, &[(0, 1)]);
        let decided = |head| Edge {
            exit: Exit::True,
            ..edge((1, head))
        };

        for (edge, fault) in [
            (edge((0, 3)), None),
            (decided(3), None),
            (edge((0, 9)), Some(EdgeFault::UnknownStep(step(9)))),
            (edge((0, 2)), Some(EdgeFault::Annotation)),
            (edge((1, 3)), Some(EdgeFault::NoSuchExit(Exit::Forward))),
            (edge((0, 1)), Some(EdgeFault::Exists)),
            (decided(0), Some(EdgeFault::Loop)),
            (edge((3, 3)), Some(EdgeFault::Loop)),
        ] {
            assert_eq!(cycle.admits(&edge).err(), fault, "{edge:?}");
        }
    }

    #[test]
    fn data_is_mapped_from_every_step_before_but_not_across_wait_all() {
        let roles = [METHOD, METHOD, METHOD, Role::WaitAll, METHOD, METHOD];
        let cycle = graph(&roles, &[(0, 1), (0, 2), (1, 3), (2, 3), (3, 4), (4, 5)]);

        assert_eq!(cycle.sources(step(3)), [step(1), step(2), step(0)]);
        assert_eq!(cycle.sources(step(5)), [step(4)]);
        assert_eq!(cycle.sources(step(0)), []);
    }

    proptest! {
        #[test]
        fn edges_that_were_admitted_never_lead_back(
            wanted in prop::collection::vec((0_u128..8, 0_u128..8), 0..40),
        ) {
            let mut cycle = graph(&[METHOD; 8], &[]);
            for wanted in wanted.into_iter().map(edge) {
                if cycle.admits(&wanted).is_ok() {
                    cycle.edges.push(wanted);
                }
            }
            prop_assert!(!cycle.leads_back());
        }
    }
}
