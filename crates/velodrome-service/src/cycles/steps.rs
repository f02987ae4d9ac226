//! Steps of a cycle: make, change, take away.

use chrono::{DateTime, Utc};
use velodrome_model::{AccountActor, CycleId, PartnerScope, StepId, cycle::Step};

use super::{
    CycleError, Cycles, Design, Numbers, Part, StepChange,
    connectors::Connectors,
    tidy::{self, Reach},
};

/// The most steps of a cycle.
const MAX_STEPS: usize = 500;

impl Cycles {
    /// Makes a step that is not connected yet. Answers its id.
    ///
    /// # Errors
    /// As [`CycleError`] says; nothing is made then.
    pub async fn add_step(
        &self,
        actor: &AccountActor,
        of: CycleId,
        new: StepChange,
    ) -> Result<StepId, CycleError> {
        new.check()?;
        if new.action.is_none() {
            let text = "ActionType is required.";
            return Err(CycleError::invalid("step.action_type_required", text));
        }
        let allows_external = self.allows_external(actor, &new).await?;
        let (mut edit, connectors) = self.edit_with(actor, of, new.wanted()).await?;
        check_external(allows_external, None)?;
        let document = &mut edit.revision.document;
        if document.steps.len() >= MAX_STEPS {
            let text = format_args!("A cycle may have at most {MAX_STEPS} steps.");
            return Err(CycleError::invalid("step.too_many", text));
        }
        // Nothing leads to it yet, so whatever is there may come to stand before it.
        let sources: Vec<StepId> = document.steps.iter().map(|step| step.id).collect();
        let numbers = Numbers::new(document, &connectors);
        let step = new.applied(None, numbers, &connectors, &sources)?;
        let id = step.id;
        document.steps.push(step);
        let rows = edit.unit.cycles();
        rows.save_document(of, &edit.revision).await?;
        if let Some(at) = new.last_successful_run {
            rows.set_last_successful_run(id, look_back(at)).await?;
        }
        super::give_webhook_keys(&edit.unit, of, &edit.revision.document).await?;
        edit.unit
            .audit(&actor.principal, super::deed("cycle.step_added", of))
            .await?;
        edit.unit.commit().await?;
        Ok(id)
    }

    /// Changes a step. Mappings that a new method has no place for are dropped, edges by exits that it no
    /// longer has too.
    ///
    /// # Errors
    /// As [`CycleError`] says; nothing is changed then.
    pub async fn change_step(
        &self,
        actor: &AccountActor,
        of: CycleId,
        id: StepId,
        change: StepChange,
    ) -> Result<(), CycleError> {
        change.check()?;
        let allows_external = self.allows_external(actor, &change).await?;
        let (mut edit, connectors) = self.edit_with(actor, of, change.wanted()).await?;
        let document = &mut edit.revision.document;
        let former = document.step(id).ok_or(CycleError::NoPart(Part::Step))?;
        let former = former.clone();
        check_external(allows_external, Some(&former))?;
        let reach = Reach::of(document);
        let others = document.steps.iter().map(|step| step.id);
        let sources: Vec<StepId> = others.filter(|other| *other != id).collect();
        let numbers = Numbers::new(document, &connectors);
        let changed = change.applied(Some(&former), numbers, &connectors, &sources)?;
        let lost = lost_outputs(&former, &changed, &connectors)?;
        if let Some(step) = document.step_mut(id) {
            *step = changed;
        }
        tidy::drop_impossible_edges(document);
        reach.forget_lost(document);
        tidy::forget_fields(document, id, |location| {
            !lost.iter().any(|gone| gone == location)
        });
        if let Some(at) = change.last_successful_run {
            let rows = edit.unit.cycles();
            rows.set_last_successful_run(id, look_back(at)).await?;
        }
        edit.save(actor, "cycle.step_changed").await
    }

    /// Takes a step away with its edges; mappings that used it become Ignore.
    ///
    /// # Errors
    /// As [`CycleError`] says; nothing is changed then.
    pub async fn remove_step(
        &self,
        actor: &AccountActor,
        of: CycleId,
        id: StepId,
    ) -> Result<(), CycleError> {
        let mut edit = self.edit(actor, of).await?;
        let document = &mut edit.revision.document;
        document.step(id).ok_or(CycleError::NoPart(Part::Step))?;
        tidy::remove_step(document, id);
        edit.save(actor, "cycle.step_deleted").await
    }

    /// Whether what a change says about a step's own credentials is allowed, as long as the step did not
    /// have them before.
    async fn allows_external(
        &self,
        actor: &AccountActor,
        change: &StepChange,
    ) -> Result<bool, CycleError> {
        if change.external_authentication != Some(true) {
            return Ok(true);
        }
        let partner = PartnerScope {
            partner: actor.scope.partner,
        };
        let general = self.settings.general(partner).await?;
        Ok(general.external_authentication_enabled)
    }
}

fn check_external(is_allowed: bool, former: Option<&Step>) -> Result<(), CycleError> {
    let is_on = former
        .and_then(Step::method)
        .is_some_and(|method| method.external_authentication);
    if is_on || is_allowed {
        return Ok(());
    }
    let text = "UseExternalAuthentication is off in the partner's general settings.";
    Err(CycleError::invalid(
        "step.external_authentication_off",
        text,
    ))
}

/// The first second of 1970 stands for a look-back that is not set.
fn look_back(at: DateTime<Utc>) -> Option<DateTime<Utc>> {
    (at != DateTime::UNIX_EPOCH).then_some(at)
}

/// Locations that later steps can no longer be mapped from.
fn lost_outputs(
    former: &Step,
    changed: &Step,
    connectors: &Connectors,
) -> Result<Vec<String>, CycleError> {
    let outputs = |step: &Step| -> Result<Vec<String>, CycleError> {
        let found = connectors.of(step).map(|method| method.outputs());
        let found = found.transpose()?.unwrap_or_default();
        Ok(found
            .into_iter()
            .map(|one| one.field.connector_field)
            .collect())
    };
    let now = outputs(changed)?;
    let mut lost = outputs(former)?;
    lost.retain(|location| !now.contains(location));
    Ok(lost)
}

impl Design {
    /// Whether a newer release of a step's connector still has its method.
    pub fn has_update(&self, step: &Step) -> bool {
        step.method()
            .is_some_and(|method| self.connectors.has_update(method))
    }
}
