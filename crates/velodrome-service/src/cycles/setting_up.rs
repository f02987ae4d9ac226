//! Setting up a design before anybody has it: what an installation of a template is given.

use velodrome_model::{
    AccountActor, FieldId, ParameterId, StepId,
    cycle::{Cycle, CycleDocument, Step},
};

use super::{
    CycleError, Cycles, Design, MappingChange, Numbers, Part, VariableChange, connectors::Wanted,
    mappings, variables,
};

/// Mappings of one step.
#[derive(Clone, Debug)]
pub struct StepSetup {
    /// The step.
    pub step: StepId,
    /// Of its parameters.
    pub parameters: Vec<(ParameterId, MappingChange)>,
    /// Of its request fields.
    pub fields: Vec<(FieldId, MappingChange)>,
}

impl Cycles {
    /// Sets mappings and values of variables in a document that is not stored yet.
    ///
    /// # Errors
    /// [`CycleError::NoPart`] for what the document does not have; as [`CycleError`] says else.
    pub(crate) async fn set_up(
        &self,
        actor: &AccountActor,
        document: &mut CycleDocument,
        steps: Vec<StepSetup>,
        variables: Vec<VariableChange>,
    ) -> Result<(), CycleError> {
        if !steps.is_empty() {
            let connectors = self
                .connectors(actor, [&*document], Wanted::default())
                .await?;
            for setup in steps {
                let id = setup.step;
                document.step(id).ok_or(CycleError::NoPart(Part::Step))?;
                for (parameter, change) in setup.parameters {
                    change.source.check()?;
                    let numbers = Numbers::new(document, &connectors);
                    let put =
                        mappings::mapped_parameter(numbers, document, id, parameter, &change)?;
                    if let Some(method) = document.step_mut(id).and_then(Step::method_mut) {
                        put(method);
                    }
                }
                for (field, change) in setup.fields {
                    change.source.check()?;
                    let numbers = Numbers::new(document, &connectors);
                    let put = mappings::mapped_field(numbers, document, id, field, &change)?;
                    if let Some(method) = document.step_mut(id).and_then(Step::method_mut) {
                        put(method);
                    }
                }
            }
        }
        for change in variables {
            variables::set_value(document, change)?;
        }
        Ok(())
    }

    /// A document as the design that it would be of a cycle.
    pub(crate) async fn design_with(
        &self,
        actor: &AccountActor,
        cycle: Cycle,
        document: CycleDocument,
    ) -> Result<Design, CycleError> {
        let connectors = self
            .connectors(actor, [&document], Wanted::default())
            .await?;
        Ok(Design {
            cycle,
            document,
            connectors,
            states: Default::default(),
            origin: self.bench.address(""),
        })
    }
}
