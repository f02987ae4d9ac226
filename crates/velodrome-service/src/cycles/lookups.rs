//! Values and fields that a step's connector is asked for while the step is set up.

use serde_json::{Map, Value};
use velodrome_model::{
    AccountActor, AccountConnectorId, FieldId, MethodUid, ParameterId, StepId, TriggerId,
    numbered::{NumberedConnector, NumberedTrigger},
};

use super::{CycleError, Cycles, Design, Part};
use crate::calls::{LookupRequest, LookupValue};

/// How deep lookups that depend on lookups are followed.
const DEPTH: usize = 4;

impl Cycles {
    /// Runs a lookup of a parameter, or one that this depends on; the parameter's own when none is named.
    ///
    /// # Errors
    /// As [`CycleError`] says.
    pub async fn look_up_parameter(
        &self,
        actor: &AccountActor,
        step: StepId,
        id: ParameterId,
        trigger: Option<TriggerId>,
        request: LookupRequest,
    ) -> Result<Vec<LookupValue>, CycleError> {
        let design = self.design_of(actor, step).await?;
        let name = design
            .parameters(step)?
            .into_iter()
            .find(|one| one.id == id)
            .ok_or(CycleError::NoPart(Part::Parameter))?
            .parameter
            .trigger;
        self.look_up(actor, &design, step, name.as_deref(), trigger, request)
            .await
    }

    /// Runs a lookup of a request field, or one that this depends on; the field's own when none is named.
    ///
    /// # Errors
    /// As [`CycleError`] says.
    pub async fn look_up_field(
        &self,
        actor: &AccountActor,
        step: StepId,
        id: FieldId,
        trigger: Option<TriggerId>,
        request: LookupRequest,
    ) -> Result<Vec<LookupValue>, CycleError> {
        let design = self.design_of(actor, step).await?;
        let name = design
            .fields(step)?
            .into_iter()
            .find(|one| one.field.id == id)
            .ok_or(CycleError::NoPart(Part::Field))?
            .field
            .field
            .trigger;
        self.look_up(actor, &design, step, name.as_deref(), trigger, request)
            .await
    }

    async fn look_up(
        &self,
        actor: &AccountActor,
        design: &Design,
        step: StepId,
        name: Option<&str>,
        trigger: Option<TriggerId>,
        request: LookupRequest,
    ) -> Result<Vec<LookupValue>, CycleError> {
        let no_lookup = || CycleError::NoPart(Part::Lookup);
        let method = design.connectors.of(design.step(step)?);
        let method = method.ok_or_else(no_lookup)?;
        let numbered = method.numbered.connector();
        let own = name.and_then(|name| numbered.trigger_by_name(name));
        let own = own.ok_or_else(no_lookup)?;
        let meant = match trigger {
            None => own,
            Some(id) => reached(own, id, 0).ok_or_else(no_lookup)?,
        };
        let installation = method.installation.ok_or_else(no_installation)?;
        // The installation may have moved to another release since the step was set up.
        let there = &installation.numbered;
        let called = there
            .trigger_by_name(&meant.trigger.name)
            .ok_or_else(no_lookup)?;
        let request = LookupRequest {
            answers: renumbered(request.answers, numbered, there),
            ..request
        };
        let id = installation.connector.id;
        let values = self.calls.look_up(actor, id, called.id, request);
        Ok(Box::pin(values).await?)
    }

    /// Looks for the custom fields of a step's method anew and stores what is found. Answers where they
    /// are; none where the method has no lookup.
    ///
    /// # Errors
    /// As [`CycleError`] says.
    pub async fn look_up_custom_fields(
        &self,
        actor: &AccountActor,
        step: StepId,
    ) -> Result<Option<(AccountConnectorId, MethodUid)>, CycleError> {
        let design = self.design_of(actor, step).await?;
        let Some(method) = design.connectors.of(design.step(step)?) else {
            return Ok(None);
        };
        let messages = [
            &method.numbered.method.request,
            &method.numbered.method.response,
        ];
        if messages.iter().all(|it| it.custom_fields_lookup.is_none()) {
            return Ok(None);
        }
        let installation = method.installation.ok_or_else(no_installation)?;
        let (scope, id) = (installation.scope, installation.connector.id);
        let uid = method.numbered.uid;
        Box::pin(self.custom_fields.look_again(scope, id, uid)).await?;
        Ok(Some((id, uid)))
    }
}

fn no_installation() -> CycleError {
    let text = "The step has no account connector to ask; choose one first.";
    CycleError::invalid("step.account_connector_required", text)
}

/// The lookup of a number, among one and those that it depends on.
fn reached(from: NumberedTrigger<'_>, id: TriggerId, depth: usize) -> Option<NumberedTrigger<'_>> {
    if from.id == id {
        return Some(from);
    }
    let method = from.method.filter(|_| depth < DEPTH)?;
    method.parameters().iter().find_map(|one| {
        let name = one.parameter.trigger.as_deref()?;
        reached(method.connector().trigger_by_name(name)?, id, depth + 1)
    })
}

/// Answers by the numbers of another release; keys that are none of a lookup stay, and are refused there.
fn renumbered(
    answers: Map<String, Value>,
    from: &NumberedConnector,
    to: &NumberedConnector,
) -> Map<String, Value> {
    let there = |key: &str| {
        let named = from.trigger(TriggerId(key.parse().ok()?))?;
        to.trigger_by_name(&named.trigger.name)
    };
    answers
        .into_iter()
        .map(|(key, answer)| {
            let key = there(&key).map_or(key, |it| it.id.to_string());
            (key, answer)
        })
        .collect()
}
