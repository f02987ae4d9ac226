//! Cycles as they are designed: the cycles themselves, their steps, edges, variables and mappings, and
//! switching them on and off (cycles.md §3 to §6).
//!
//! A design is one document ([`velodrome_model::cycle::CycleDocument`]). It is read with the connectors
//! that its steps use as a [`Design`], and changed through one function, which holds the cycle, refuses what
//! runs or is locked, and writes the document with the audit entry.

mod activation;
mod connectors;
mod edges;
mod error;
mod lookups;
mod mappings;
mod numbers;
pub mod prerequisites;
mod record;
mod setting_up;
mod step_change;
mod steps;
mod tidy;
mod upkeep;
mod variables;

use std::{collections::HashMap, sync::Arc};

use chrono::Months;
use velodrome_model::{
    AccountActor, AccountScope, CycleId, PartnerScope, StepId,
    cycle::{Cycle, CycleDocument, CycleStatus, Step, StepKind},
    definition::ReleaseStatus,
};
use velodrome_store::{CycleCounts, Deed, Revision, StepState, StoreError, Unit};

pub use activation::{Activation, Stop};
pub use connectors::{Connectors, StepField, StepMethod, StepParameter};
pub use edges::NewEdge;
pub use error::{CycleError, Part};
pub use mappings::{FieldMapping, MappingChange, ParameterMapping};
pub use numbers::{FieldNumber, Numbers, ShownSource, SourceChange, SourceKind};
pub use record::{CycleChange, CycleFilter, ShownCycle, UsedConnector};
pub use setting_up::StepSetup;
pub use step_change::{
    CriterionChange, DecisionChange, DelayChange, KeyChange, StepAction, StepChange,
    WebhookMappingChange,
};
pub(crate) use upkeep::{forget_custom_field, use_category};
pub use variables::VariableChange;

use connectors::Wanted;

use crate::{
    Workbench, calls::Calls, custom_fields::CustomFields, hooks::Hooks,
    installation::Installations, settings::Settings, tokens,
};

/// How often a change is decided anew because somebody else was quicker.
const ATTEMPTS: usize = 5;

/// Designs of cycles.
#[derive(Clone)]
pub struct Cycles {
    bench: Workbench,
    settings: Settings,
    installations: Installations,
    custom_fields: CustomFields,
    calls: Arc<Calls>,
    hooks: Hooks,
}

/// A cycle with everything that its steps are shown with.
pub struct Design {
    /// The cycle.
    pub cycle: Cycle,
    /// The version that is edited.
    pub document: CycleDocument,
    /// The connectors that its steps use.
    pub connectors: Connectors,
    states: HashMap<StepId, StepState>,
    origin: String,
}

/// A change in the making: the cycle is held, and nothing is true before [`Edit::save`].
struct Edit {
    unit: Unit<AccountScope>,
    cycle: Cycle,
    revision: Revision,
}

impl Cycles {
    /// The service over these parts.
    pub fn new(
        bench: Workbench,
        settings: Settings,
        installations: Installations,
        custom_fields: CustomFields,
        calls: Arc<Calls>,
        hooks: Hooks,
    ) -> Self {
        Self {
            bench,
            settings,
            installations,
            custom_fields,
            calls,
            hooks,
        }
    }

    /// The design of a cycle.
    ///
    /// # Errors
    /// [`CycleError::NotFound`] when the account has none of this id.
    pub async fn design(&self, actor: &AccountActor, id: CycleId) -> Result<Design, CycleError> {
        let unit = self.bench.store.read(&actor.scope).await?;
        let rows = unit.cycles();
        let cycle = rows.get(id).await?.ok_or(CycleError::NotFound)?;
        let document = rows.document(id, cycle.version).await?.document;
        let states = rows.step_states(id).await?;
        drop(unit);
        let connectors = self
            .connectors(actor, [&document], Wanted::default())
            .await?;
        Ok(Design {
            cycle,
            document,
            connectors,
            states,
            origin: self.bench.address(""),
        })
    }

    /// The design that a step belongs to.
    ///
    /// # Errors
    /// [`CycleError::NoPart`] when no cycle of the account has such a step.
    pub async fn design_of(
        &self,
        actor: &AccountActor,
        step: StepId,
    ) -> Result<Design, CycleError> {
        let cycle = self.cycle_of(actor, step).await?;
        let design = self.design(actor, cycle).await.map_err(step_is_gone)?;
        match design.document.step(step) {
            Some(_) => Ok(design),
            None => Err(CycleError::NoPart(Part::Step)),
        }
    }

    /// A step as it was in a version of its cycle.
    ///
    /// # Errors
    /// [`CycleError::NotFound`], or [`CycleError::NoPart`] when that version has no such step.
    pub async fn design_at(
        &self,
        actor: &AccountActor,
        (cycle, version): (CycleId, i32),
        step: StepId,
    ) -> Result<Design, CycleError> {
        let unit = self.bench.store.read(&actor.scope).await?;
        let rows = unit.cycles();
        let found = rows.get(cycle).await?.ok_or(CycleError::NotFound)?;
        let revision = rows.document(cycle, version).await?;
        drop(unit);
        let document = revision.document;
        document.step(step).ok_or(CycleError::NoPart(Part::Step))?;
        self.design_with(actor, found, document).await
    }

    /// The cycle that a step belongs to.
    async fn cycle_of(&self, actor: &AccountActor, step: StepId) -> Result<CycleId, CycleError> {
        let unit = self.bench.store.read(&actor.scope).await?;
        let state = unit.cycles().step_state(step).await?;
        Ok(state.ok_or(CycleError::NoPart(Part::Step))?.cycle)
    }

    /// Begins a change of a cycle's design, in the order of api.md §4: it must be there, must not run, and
    /// must not be locked.
    async fn edit(&self, actor: &AccountActor, id: CycleId) -> Result<Edit, CycleError> {
        let unit = self.bench.store.begin(&actor.scope).await?;
        let rows = unit.cycles();
        let cycle = rows.hold(id).await?.ok_or(CycleError::NotFound)?;
        check_editable(&unit, &cycle).await?;
        let revision = rows.document(id, cycle.version).await?;
        Ok(Edit {
            unit,
            cycle,
            revision,
        })
    }

    /// The same with the connectors of the design, and of the installations that the change names. They are
    /// read before the unit of work begins, and again when the design was changed in between.
    async fn edit_with(
        &self,
        actor: &AccountActor,
        id: CycleId,
        also: Wanted,
    ) -> Result<(Edit, Connectors), CycleError> {
        for _ in 0..ATTEMPTS {
            let unit = self.bench.store.read(&actor.scope).await?;
            let rows = unit.cycles();
            let cycle = rows.get(id).await?.ok_or(CycleError::NotFound)?;
            check_editable(&unit, &cycle).await?;
            let before = rows.document(id, cycle.version).await?;
            drop(unit);
            let connectors = self.connectors(actor, [&before.document], also).await?;
            let edit = self.edit(actor, id).await?;
            let now = &edit.revision;
            if (now.version, now.revision) == (before.version, before.revision) {
                return Ok((edit, connectors));
            }
        }
        Err(CycleError::Changed)
    }

    /// What the runs of cycles came to; those of which nothing ran are left out.
    async fn run_counts(
        &self,
        unit: &Unit<AccountScope>,
        ids: &[CycleId],
    ) -> Result<HashMap<CycleId, CycleCounts>, StoreError> {
        let scope = *unit.scope();
        let partner = PartnerScope {
            partner: scope.partner,
        };
        let accounts = self.bench.store.read(&partner).await?;
        let account = accounts.accounts().get(scope.account).await?;
        // Tasks are billed by the month.
        let since = account
            .and_then(|account| account.next_bill_at.checked_sub_months(Months::new(1)))
            .unwrap_or_default();
        unit.runs().cycle_counts(ids, since).await
    }
}

/// Whether the design may be changed.
async fn check_editable(unit: &Unit<AccountScope>, cycle: &Cycle) -> Result<(), CycleError> {
    if cycle.status != CycleStatus::Paused {
        return Err(CycleError::Running);
    }
    match unit.cycles().release_status(cycle.id).await? {
        None | Some(ReleaseStatus::Draft) => Ok(()),
        Some(ReleaseStatus::Live | ReleaseStatus::Deprecated) => Err(CycleError::Locked),
    }
}

/// Whoever names a step hears of the step alone.
fn step_is_gone(error: CycleError) -> CycleError {
    match error {
        CycleError::NotFound => CycleError::NoPart(Part::Step),
        other => other,
    }
}

/// Gives every webhook step of a document that has none yet the key of its address.
///
/// # Errors
/// When the store fails.
pub(crate) async fn give_webhook_keys(
    unit: &Unit<AccountScope>,
    cycle: CycleId,
    document: &CycleDocument,
) -> Result<(), StoreError> {
    let states = unit.cycles().step_states(cycle).await?;
    for step in &document.steps {
        let is_webhook = step.method().is_some_and(|method| method.is_webhook);
        let has_key = || {
            let state = states.get(&step.id);
            state.is_some_and(|state| state.webhook_key.is_some())
        };
        if is_webhook && !has_key() {
            // 256 bits; more than the 128 that api.md §14 asks for.
            unit.cycles()
                .set_webhook_key(step.id, &tokens::random_key())
                .await?;
        }
    }
    Ok(())
}

impl Edit {
    /// Writes the document, keys of new webhook steps and the audit entry, and makes it all true.
    async fn save(self, actor: &AccountActor, action: &'static str) -> Result<(), CycleError> {
        let rows = self.unit.cycles();
        rows.save_document(self.cycle.id, &self.revision).await?;
        give_webhook_keys(&self.unit, self.cycle.id, &self.revision.document).await?;
        self.unit
            .audit(&actor.principal, deed(action, self.cycle.id))
            .await?;
        Ok(self.unit.commit().await?)
    }
}

fn deed(action: &'static str, id: CycleId) -> Deed {
    Deed {
        action,
        object_type: "Cycle",
        object_id: id.to_string(),
        ..Deed::default()
    }
}

impl Design {
    /// Its steps in run order, the trigger first; notes come last.
    pub fn in_run_order(&self) -> Vec<&Step> {
        in_run_order(&self.document)
    }

    /// Translates between numbers and names.
    pub fn numbers(&self) -> Numbers<'_> {
        Numbers::new(&self.document, &self.connectors)
    }

    /// What is known of a step besides its place in the graph.
    pub fn state(&self, step: StepId) -> Option<&StepState> {
        self.states.get(&step)
    }

    /// The address that requests for a webhook step are sent to.
    pub fn webhook_url(&self, step: &Step) -> Option<String> {
        let is_webhook = step.method().is_some_and(|method| method.is_webhook);
        let key = self.state(step.id)?.webhook_key.as_deref()?;
        is_webhook.then(|| format!("{}api/webhook/{key}", self.origin))
    }
}

/// The steps of a document in run order: the trigger first, every step after those before it, notes last.
fn in_run_order(document: &CycleDocument) -> Vec<&Step> {
    let graph = document.graph();
    let is_note = |step: &&Step| matches!(step.kind, StepKind::Annotation { .. });
    let (notes, mut open): (Vec<_>, Vec<_>) = document.steps.iter().partition(is_note);
    let mut ordered: Vec<&Step> = Vec::with_capacity(document.steps.len());
    if let Some(trigger) = graph.trigger()
        && let Some(at) = open.iter().position(|step| step.id == trigger)
    {
        ordered.push(open.remove(at));
    }
    while !open.is_empty() {
        let is_next = |step: &&Step| {
            let mut before = document.edges.iter().filter(|edge| edge.head == step.id);
            before.all(|edge| !open.iter().any(|other| other.id == edge.tail))
        };
        // Steps that lead to each other stand as they were made.
        let at = open.iter().position(is_next).unwrap_or(0);
        ordered.push(open.remove(at));
    }
    ordered.extend(notes);
    ordered
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;
    use velodrome_model::{
        EdgeId,
        cycle::{Delay, Edge, Exit, Position},
    };

    use super::*;

    fn step(number: u128, kind: StepKind) -> Step {
        Step {
            id: StepId(Uuid::from_u128(number)),
            origin: None,
            name: number.to_string(),
            description: None,
            position: Position::default(),
            on_error: None,
            splitting: None,
            script: None,
            is_setup_hidden: false,
            kind,
        }
    }

    fn edge(tail: u128, head: u128) -> Edge {
        Edge {
            id: EdgeId(Uuid::from_u128(100 * tail + head)),
            tail: StepId(Uuid::from_u128(tail)),
            exit: Exit::Forward,
            head: StepId(Uuid::from_u128(head)),
        }
    }

    #[test]
    fn steps_stand_after_those_before_them_and_notes_last() {
        let wait = || StepKind::Delay(Delay::default());
        let note = StepKind::Annotation { text: None };
        let document = CycleDocument {
            steps: vec![
                step(1, note),
                step(2, wait()),
                step(3, wait()),
                step(4, wait()),
                step(5, wait()),
            ],
            edges: vec![edge(4, 2), edge(2, 5), edge(4, 3), edge(3, 5)],
            ..CycleDocument::default()
        };

        let names: Vec<&str> = in_run_order(&document)
            .into_iter()
            .map(|step| step.name.as_str())
            .collect();

        assert_eq!(names, ["4", "2", "3", "5", "1"]);
    }
}
