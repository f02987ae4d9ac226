//! Where the values of a step's parameters and fields come from.

use velodrome_model::{
    AccountActor, AccountConnectorId, CycleId, FieldId, ParameterId, StepId,
    cycle::{CycleDocument, Mapping, MethodStep, Source, Step},
    definition::{Parameter, ValueOption},
    numbered::NumberedConnector,
};

use super::{
    CycleError, Cycles, Design, Numbers, Part, ShownSource, SourceChange, StepField,
    connectors::{Wanted, offers},
    step_is_gone,
};

/// The mergefield by whose value custom fields are looked for.
const OBJECT_NAME: &str = "CyclrObjectName";

/// Where the value of a parameter comes from.
pub struct ParameterMapping<'a> {
    /// Its number.
    pub id: ParameterId,
    /// The parameter.
    pub parameter: Parameter,
    /// Position, from 0.
    pub order: i32,
    /// The release that it is of.
    pub connector: &'a NumberedConnector,
    /// The installation that the step calls.
    pub account_connector: Option<AccountConnectorId>,
    /// Its value selects the object whose custom fields are looked for.
    pub is_entity_identifier: bool,
    /// The source.
    pub source: ShownSource,
    /// Set by the customer during installation.
    pub is_launch_visible: bool,
    /// What the template has here, for whoever sets it (cycles.md §2, Install).
    pub suggested: Option<ShownSource>,
}

/// Where the value of a request field comes from.
pub struct FieldMapping<'a> {
    /// The field.
    pub field: StepField,
    /// The release that it is of.
    pub connector: &'a NumberedConnector,
    /// The installation that the step calls.
    pub account_connector: Option<AccountConnectorId>,
    /// The source.
    pub source: ShownSource,
    /// Set by the customer during installation.
    pub is_launch_visible: bool,
    /// What the template has here, for whoever sets it (cycles.md §2, Install).
    pub suggested: Option<ShownSource>,
}

/// A change of a mapping; none keeps.
#[derive(Clone, Debug, Default)]
pub struct MappingChange {
    /// Of its source.
    pub source: SourceChange,
    /// Set by the customer during installation.
    pub is_launch_visible: Option<bool>,
}

/// What a change of a mapping is judged by.
struct Target<'a> {
    values: &'a [ValueOption],
    allows_others: bool,
}

impl Design {
    /// The parameters of a step with their sources, in form order; tools have none.
    ///
    /// # Errors
    /// [`CycleError::NoPart`] when there is no such step.
    pub fn parameters(&self, step: StepId) -> Result<Vec<ParameterMapping<'_>>, CycleError> {
        let step = self.step(step)?;
        let Some(method) = self.connectors.of(step) else {
            return Ok(Vec::new());
        };
        let numbers = self.numbers();
        let all = method.parameters().into_iter().map(|one| {
            let mapping = method.step.parameters.get(&one.parameter.target_name);
            Ok(ParameterMapping {
                id: one.id,
                is_entity_identifier: one.parameter.target_name == OBJECT_NAME,
                parameter: one.parameter.into_owned(),
                order: one.order,
                connector: method.numbered.connector(),
                account_connector: method.step.account_connector,
                source: numbers.shown(mapping.and_then(|it| it.source.as_ref()))?,
                is_launch_visible: mapping.is_some_and(|it| it.is_launch_visible),
                suggested: suggested(&numbers, mapping)?,
            })
        });
        all.collect()
    }

    /// The request fields of a step with their sources, in form order; tools and webhooks have none.
    ///
    /// # Errors
    /// [`CycleError::NoPart`] when there is no such step.
    pub fn fields(&self, step: StepId) -> Result<Vec<FieldMapping<'_>>, CycleError> {
        let step = self.step(step)?;
        let Some(method) = self.connectors.of(step) else {
            return Ok(Vec::new());
        };
        let numbers = self.numbers();
        let all = method.targets()?.into_iter().map(|field| {
            let mapping = method.step.fields.get(&field.field.connector_field);
            Ok(FieldMapping {
                field,
                connector: method.numbered.connector(),
                account_connector: method.step.account_connector,
                source: numbers.shown(mapping.and_then(|it| it.source.as_ref()))?,
                is_launch_visible: mapping.is_some_and(|it| it.is_launch_visible),
                suggested: suggested(&numbers, mapping)?,
            })
        });
        all.collect()
    }

    /// The fields that a step can be mapped from, by steps in run order.
    ///
    /// # Errors
    /// [`CycleError::NoPart`] when there is no such step.
    pub fn fields_for_mapping(&self, step: StepId) -> Result<Vec<(&Step, StepField)>, CycleError> {
        let sources = self.document.graph().sources(self.step(step)?.id);
        let mut all = Vec::new();
        for source in self.in_run_order() {
            let method = self.connectors.of(source);
            let Some(method) = method.filter(|_| sources.contains(&source.id)) else {
                continue;
            };
            all.extend(method.outputs()?.into_iter().map(|field| (source, field)));
        }
        Ok(all)
    }

    /// A step of the design.
    ///
    /// # Errors
    /// [`CycleError::NoPart`] when there is none of this id.
    pub fn step(&self, id: StepId) -> Result<&Step, CycleError> {
        let found = self.document.step(id);
        found.ok_or(CycleError::NoPart(Part::Step))
    }
}

impl Cycles {
    /// Maps a parameter.
    ///
    /// # Errors
    /// As [`CycleError`] says; nothing is changed then.
    pub async fn map_parameter(
        &self,
        actor: &AccountActor,
        step: StepId,
        id: ParameterId,
        change: MappingChange,
    ) -> Result<(), CycleError> {
        self.map(actor, step, &change, |numbers, document| {
            mapped_parameter(numbers, document, step, id, &change)
        })
        .await
    }

    /// Maps a request field.
    ///
    /// # Errors
    /// As [`CycleError`] says; nothing is changed then.
    pub async fn map_field(
        &self,
        actor: &AccountActor,
        step: StepId,
        id: FieldId,
        change: MappingChange,
    ) -> Result<(), CycleError> {
        self.map(actor, step, &change, |numbers, document| {
            mapped_field(numbers, document, step, id, &change)
        })
        .await
    }

    async fn map(
        &self,
        actor: &AccountActor,
        step: StepId,
        change: &MappingChange,
        decide: impl FnOnce(Numbers<'_>, &CycleDocument) -> Result<Put, CycleError> + Send,
    ) -> Result<(), CycleError> {
        change.source.check()?;
        let cycle: CycleId = self.cycle_of(actor, step).await?;
        let edited = self.edit_with(actor, cycle, Wanted::default()).await;
        let (mut edit, connectors) = edited.map_err(step_is_gone)?;
        let document = &mut edit.revision.document;
        document.step(step).ok_or(CycleError::NoPart(Part::Step))?;
        let put = decide(Numbers::new(document, &connectors), document)?;
        if let Some(method) = document.step_mut(step).and_then(Step::method_mut) {
            put(method);
        }
        edit.save(actor, "cycle.step_mapped").await
    }
}

/// Writes a mapping that was decided into its step.
pub(super) type Put = Box<dyn FnOnce(&mut MethodStep) + Send>;

/// What a change makes of the mapping of a parameter.
pub(super) fn mapped_parameter(
    numbers: Numbers<'_>,
    document: &CycleDocument,
    step: StepId,
    id: ParameterId,
    change: &MappingChange,
) -> Result<Put, CycleError> {
    let found = document
        .step(step)
        .and_then(|it| numbers.connectors().of(it));
    let found = found.ok_or(CycleError::NoPart(Part::Parameter))?;
    let parameters = found.parameters().into_iter();
    let parameter = parameters
        .into_iter()
        .find(|one| one.id == id)
        .ok_or(CycleError::NoPart(Part::Parameter))?
        .parameter;
    let target = Target {
        values: &parameter.values,
        allows_others: parameter.allow_other,
    };
    let mapping = found.step.parameters.get(&parameter.target_name);
    let mapping = change.applied(mapping, &target, numbers, step, document)?;
    let name = parameter.target_name.clone();
    Ok(Box::new(move |method: &mut MethodStep| {
        put(&mut method.parameters, name, mapping);
    }))
}

/// What a change makes of the mapping of a request field.
pub(super) fn mapped_field(
    numbers: Numbers<'_>,
    document: &CycleDocument,
    step: StepId,
    id: FieldId,
    change: &MappingChange,
) -> Result<Put, CycleError> {
    let found = document
        .step(step)
        .and_then(|it| numbers.connectors().of(it));
    let found = found.ok_or(CycleError::NoPart(Part::Field))?;
    let field = found
        .targets()?
        .into_iter()
        .find(|one| one.id == id)
        .ok_or(CycleError::NoPart(Part::Field))?;
    let target = Target {
        values: &field.field.values,
        allows_others: false,
    };
    let location = field.field.connector_field.clone();
    let mapping = found.step.fields.get(&location);
    let mapping = change.applied(mapping, &target, numbers, step, document)?;
    Ok(Box::new(move |method: &mut MethodStep| {
        put(&mut method.fields, location, mapping);
    }))
}

impl MappingChange {
    fn applied(
        &self,
        former: Option<&Mapping>,
        target: &Target<'_>,
        numbers: Numbers<'_>,
        step: StepId,
        document: &CycleDocument,
    ) -> Result<Mapping, CycleError> {
        let mut mapping = former.cloned().unwrap_or_default();
        let sources = document.graph().sources(step);
        mapping.source = numbers.changed(mapping.source.as_ref(), &self.source, &sources)?;
        if let Some(Source::ValueList { value: Some(value) }) = &mapping.source
            && !target.allows_others
            && !offers(target.values, value)
        {
            let text = format_args!("'{value}' is none of the predefined values.");
            return Err(CycleError::invalid("mapping.foreign_value", text));
        }
        if let Some(is_visible) = self.is_launch_visible {
            mapping.is_launch_visible = is_visible;
        }
        Ok(mapping)
    }
}

/// Stores a mapping; one that says nothing is not kept.
fn put(mappings: &mut std::collections::BTreeMap<String, Mapping>, name: String, mapping: Mapping) {
    if mapping == Mapping::default() {
        mappings.remove(&name);
    } else {
        mappings.insert(name, mapping);
    }
}

/// What the template has in the place of a mapping.
fn suggested(
    numbers: &Numbers<'_>,
    mapping: Option<&Mapping>,
) -> Result<Option<ShownSource>, CycleError> {
    let suggested = mapping.and_then(|mapping| mapping.suggested.as_ref());
    suggested
        .map(|source| numbers.shown(Some(source)))
        .transpose()
}
