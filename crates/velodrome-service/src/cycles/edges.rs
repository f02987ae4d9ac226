//! Connections between steps.

use uuid::Uuid;
use velodrome_model::{
    AccountActor, CycleId, EdgeId, StepId,
    cycle::{Edge, Exit},
};

use super::{CycleError, Cycles, Part, tidy::Reach};

/// The most edges of a cycle.
const MAX_EDGES: usize = 2_000;

/// A connection to be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NewEdge {
    /// The step that runs first.
    pub tail: StepId,
    /// The exit of the first.
    pub exit: Exit,
    /// The step that runs second.
    pub head: StepId,
}

impl Cycles {
    /// The connections of a cycle, in the order in which they were made.
    ///
    /// # Errors
    /// [`CycleError::NotFound`] when the account has no such cycle.
    pub async fn edges(&self, actor: &AccountActor, of: CycleId) -> Result<Vec<Edge>, CycleError> {
        let unit = self.bench.store.read(&actor.scope).await?;
        let rows = unit.cycles();
        let cycle = rows.get(of).await?.ok_or(CycleError::NotFound)?;
        Ok(rows.document(of, cycle.version).await?.document.edges)
    }

    /// A connection.
    ///
    /// # Errors
    /// [`CycleError::NotFound`], [`CycleError::NoPart`].
    pub async fn edge(
        &self,
        actor: &AccountActor,
        of: CycleId,
        id: EdgeId,
    ) -> Result<Edge, CycleError> {
        let all = self.edges(actor, of).await?;
        let found = all.into_iter().find(|edge| edge.id == id);
        found.ok_or(CycleError::NoPart(Part::Edge))
    }

    /// Connects two steps.
    ///
    /// # Errors
    /// As [`CycleError`] says; nothing is changed then.
    pub async fn connect(
        &self,
        actor: &AccountActor,
        of: CycleId,
        new: NewEdge,
    ) -> Result<Edge, CycleError> {
        let mut edit = self.edit(actor, of).await?;
        let document = &mut edit.revision.document;
        let edge = Edge {
            id: EdgeId(Uuid::new_v4()),
            tail: new.tail,
            exit: new.exit,
            head: new.head,
        };
        document.graph().admits(&edge)?;
        if document.edges.len() >= MAX_EDGES {
            let text = format_args!("A cycle may have at most {MAX_EDGES} edges.");
            return Err(CycleError::invalid("edge.too_many", text));
        }
        document.edges.push(edge);
        edit.save(actor, "cycle.edge_added").await?;
        Ok(edge)
    }

    /// Takes a connection away; mappings across it become Ignore.
    ///
    /// # Errors
    /// As [`CycleError`] says; nothing is changed then.
    pub async fn disconnect(
        &self,
        actor: &AccountActor,
        of: CycleId,
        id: EdgeId,
    ) -> Result<(), CycleError> {
        let mut edit = self.edit(actor, of).await?;
        let document = &mut edit.revision.document;
        let at = document.edges.iter().position(|edge| edge.id == id);
        let at = at.ok_or(CycleError::NoPart(Part::Edge))?;
        let reach = Reach::of(document);
        document.edges.remove(at);
        reach.forget_lost(document);
        edit.save(actor, "cycle.edge_deleted").await
    }
}
