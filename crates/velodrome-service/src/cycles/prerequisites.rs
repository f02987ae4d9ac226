//! What has to be set up before a cycle can run (cycles.md §6): a rule over a document and what is known of
//! its steps' methods, the same for cycles, templates and upgrades.

use std::collections::{BTreeSet, HashMap};

use serde::{Deserialize, Serialize};
use velodrome_model::{
    AccountConnectorId, CycleId, FieldId, ParameterId, StepId,
    cycle::{
        CollectionKey, CycleDocument, Decision, DecisionRow, FieldSource, GraphFault, Mapping,
        MethodStep, Source, Step, StepKind, main_list,
    },
    location::Location,
};
use velodrome_store::StoreError;

use super::{connectors::Connectors, in_run_order, numbers::merged};

/// Why something has to be set up. The numbers are the wire's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[repr(u8)]
pub enum Reason {
    /// The step's method is not available.
    Unknown = 0,
    /// Fewer than two steps.
    TooFewSteps = 10,
    /// Not one trigger from which all other steps are reached.
    NotConnected = 11,
    /// An installation has no good credentials, or none is chosen.
    Unauthenticated = 20,
    /// Sums up 40 to 43.
    Mapping = 30,
    /// Sums up 50 and 51.
    Criteria = 31,
    /// Sums up 60 and 61.
    Period = 32,
    /// Sums up 70.
    Date = 33,
    /// A parameter or a variable.
    Parameter = 40,
    /// A field.
    Field = 41,
    /// Lists of several steps that nothing relates.
    CollectionKey = 42,
    /// A mid-cycle webhook that does not know whom a request is for.
    WebhookKey = 43,
    /// Left side of a comparison.
    LeftOperand = 50,
    /// Right side of a comparison.
    RightOperand = 51,
    /// Unit of a delay.
    DelayUnit = 60,
    /// Number of units of a delay.
    DelayInterval = 61,
    /// Date to wait for.
    WaitUntilDate = 70,
}

impl Reason {
    /// The number.
    pub fn code(self) -> u8 {
        self as u8
    }

    /// The sentence.
    pub fn text(self) -> &'static str {
        match self {
            Self::Unknown => "Unknown",
            Self::TooFewSteps => "Cycle must have at least two steps",
            Self::NotConnected => {
                "All steps must be connected together and only one step can be the trigger"
            }
            Self::Unauthenticated => "Unauthenticated connector",
            Self::Mapping => "Missing mapping",
            Self::Criteria => "Missing decision criteria",
            Self::Period => "Missing delay time period",
            Self::Date => "Missing date to wait until",
            Self::Parameter => "Missing parameter mapping",
            Self::Field => "Missing field mapping",
            Self::CollectionKey => "Missing collection key mapping",
            Self::WebhookKey => "Missing webhook key mapping",
            Self::LeftOperand => "Missing left operand",
            Self::RightOperand => "Missing right operand",
            Self::DelayUnit => "Missing delay unit",
            Self::DelayInterval => "Missing delay interval",
            Self::WaitUntilDate => "Missing wait until date",
        }
    }

    /// What stands for a step's own reason in the list of its cycle.
    fn summed_up(self) -> Self {
        match self {
            Self::Parameter | Self::Field | Self::CollectionKey | Self::WebhookKey => Self::Mapping,
            Self::LeftOperand | Self::RightOperand => Self::Criteria,
            Self::DelayUnit | Self::DelayInterval => Self::Period,
            Self::WaitUntilDate => Self::Date,
            other => other,
        }
    }
}

/// What has to be set up.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Object {
    /// The cycle.
    Cycle(CycleId),
    /// An installation.
    AccountConnector(AccountConnectorId),
    /// A step.
    Step(StepId),
    /// A parameter of a step.
    Parameter(ParameterId),
    /// A request field of a step.
    Field(FieldId),
    /// A variable, by its system name.
    Variable(String),
}

/// Something that has to be set up before the cycle can run.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Prerequisite {
    /// Why.
    pub reason: Reason,
    /// What.
    pub object: Object,
}

/// What is known of the methods of a document's steps. A method step that is not among them can't run.
#[derive(Clone, Debug, Default)]
pub struct Facts(pub HashMap<StepId, StepFacts>);

/// What is known of a step's method.
#[derive(Clone, Debug, Default)]
pub struct StepFacts {
    /// The installation has good credentials.
    pub is_authenticated: bool,
    /// Parameters that nothing can be called without: number and `targetName`.
    pub required_parameters: Vec<(ParameterId, String)>,
    /// Request fields that nothing can be sent without: number and location.
    pub required_fields: Vec<(FieldId, String)>,
    /// The list that is split off, where the step can be split (cycles.md §8).
    pub main_list: Option<Location>,
}

impl Connectors {
    /// What is known of a document's methods.
    ///
    /// # Errors
    /// When a custom field can't be read.
    pub fn facts(&self, document: &CycleDocument) -> Result<Facts, StoreError> {
        let mut facts = HashMap::new();
        for step in &document.steps {
            let Some(method) = self.of(step) else {
                continue;
            };
            let parameters = method.parameters().into_iter();
            let required_parameters = parameters
                .filter(|one| one.is_required())
                .map(|one| (one.id, one.parameter.target_name.clone()))
                .collect();
            let required_fields = method
                .targets()?
                .into_iter()
                .filter(|one| one.is_required())
                .map(|one| (one.id, one.field.connector_field))
                .collect();
            let locations: Vec<Location> = method
                .outputs()?
                .iter()
                .filter_map(|one| one.field.connector_field.parse().ok())
                .collect();
            let known = StepFacts {
                is_authenticated: method.is_authenticated(),
                required_parameters,
                required_fields,
                main_list: main_list(&locations),
            };
            facts.insert(step.id, known);
        }
        Ok(Facts(facts))
    }
}

/// What has to be set up before a cycle can run, summed up by step: codes 0 to 33, and 40 for variables.
pub fn of_cycle(id: CycleId, document: &CycleDocument, facts: &Facts) -> Vec<Prerequisite> {
    let mut unmet = Vec::new();
    let reason = document.graph().fault().map(|fault| match fault {
        GraphFault::TooFewSteps => Reason::TooFewSteps,
        GraphFault::NotConnected => Reason::NotConnected,
    });
    unmet.extend(reason.map(|reason| Prerequisite {
        reason,
        object: Object::Cycle(id),
    }));
    let steps = in_run_order(document);
    unmet.extend(unauthenticated(&steps, facts));
    for step in &steps {
        let own = of_step(document, step, facts);
        let reasons: BTreeSet<Reason> = own.iter().map(|one| one.reason.summed_up()).collect();
        unmet.extend(reasons.into_iter().map(|reason| Prerequisite {
            reason,
            object: Object::Step(step.id),
        }));
    }
    let unset = document.variables.iter().filter(|variable| {
        variable.is_required && variable.value.as_deref().unwrap_or_default().is_empty()
    });
    unmet.extend(unset.map(|variable| Prerequisite {
        reason: Reason::Parameter,
        object: Object::Variable(variable.system_name.clone()),
    }));
    unmet
}

/// Installations without good credentials, unless each of their steps brings its own; steps without an
/// installation.
fn unauthenticated(steps: &[&Step], facts: &Facts) -> Vec<Prerequisite> {
    let mut objects: Vec<Object> = Vec::new();
    for step in steps {
        let Some(method) = step.method() else {
            continue;
        };
        let object = match method.account_connector {
            None => Object::Step(step.id),
            Some(_) if method.external_authentication => continue,
            Some(id) => {
                let facts = facts.0.get(&step.id);
                if facts.is_none_or(|facts| facts.is_authenticated) {
                    continue;
                }
                Object::AccountConnector(id)
            }
        };
        if !objects.contains(&object) {
            objects.push(object);
        }
    }
    objects
        .into_iter()
        .map(|object| Prerequisite {
            reason: Reason::Unauthenticated,
            object,
        })
        .collect()
}

/// What has to be set up of one step: code 0 and 40 to 70.
pub fn of_step(document: &CycleDocument, step: &Step, facts: &Facts) -> Vec<Prerequisite> {
    let check = Check {
        document,
        facts,
        step: step.id,
        sources: document.graph().sources(step.id),
    };
    match &step.kind {
        StepKind::Method(method) => check.method(method),
        StepKind::Decision(decision) => check.decision(decision),
        StepKind::Delay(delay) => {
            let unit = delay.unit.is_none().then_some(Reason::DelayUnit);
            let interval = delay.interval.is_none().then_some(Reason::DelayInterval);
            unit.into_iter()
                .chain(interval)
                .map(|reason| check.of_step(reason))
                .collect()
        }
        StepKind::WaitUntil { date } if !check.is_set(date.as_ref()) => {
            vec![check.of_step(Reason::WaitUntilDate)]
        }
        StepKind::WaitUntil { .. } | StepKind::WaitAll | StepKind::Annotation { .. } => Vec::new(),
    }
}

struct Check<'a> {
    document: &'a CycleDocument,
    facts: &'a Facts,
    step: StepId,
    /// The steps that it can be mapped from.
    sources: Vec<StepId>,
}

impl Check<'_> {
    fn of_step(&self, reason: Reason) -> Prerequisite {
        Prerequisite {
            reason,
            object: Object::Step(self.step),
        }
    }

    fn method(&self, method: &MethodStep) -> Vec<Prerequisite> {
        let Some(facts) = self.facts.0.get(&self.step) else {
            return vec![self.of_step(Reason::Unknown)];
        };
        let mut unmet = Vec::new();
        let is_mapped = |mapping: Option<&Mapping>| {
            self.is_set(mapping.and_then(|mapping| mapping.source.as_ref()))
        };
        for (id, name) in &facts.required_parameters {
            if !is_mapped(method.parameters.get(name)) {
                unmet.push(Prerequisite {
                    reason: Reason::Parameter,
                    object: Object::Parameter(*id),
                });
            }
        }
        for (id, location) in &facts.required_fields {
            if !is_mapped(method.fields.get(location)) {
                unmet.push(Prerequisite {
                    reason: Reason::Field,
                    object: Object::Field(*id),
                });
            }
        }
        if self.misses_keys(method) {
            unmet.push(self.of_step(Reason::CollectionKey));
        }
        let is_trigger = self.document.graph().trigger() == Some(self.step);
        if method.is_webhook && !is_trigger && !self.knows_whom(method) {
            unmet.push(self.of_step(Reason::WebhookKey));
        }
        unmet
    }

    fn knows_whom(&self, method: &MethodStep) -> bool {
        method.webhook.as_ref().is_some_and(|webhook| {
            webhook.request.is_some()
                && self.is_set(Some(&Source::PreviousStep(webhook.source.clone())))
        })
    }

    fn decision(&self, decision: &Decision) -> Vec<Prerequisite> {
        let rows = &decision.criteria;
        let misses_left = |row: &DecisionRow| !self.is_set(row.left.as_ref());
        let misses_right = |row: &DecisionRow| {
            let operands = [&row.right, &row.upper];
            let needed = operands.iter().take(row.condition.right_operands());
            needed
                .into_iter()
                .any(|operand| !self.is_set(operand.as_ref()))
        };
        let left = rows.is_empty() || rows.iter().any(misses_left);
        let right = rows.iter().any(misses_right);
        [(left, Reason::LeftOperand), (right, Reason::RightOperand)]
            .into_iter()
            .filter(|(misses, _)| *misses)
            .map(|(_, reason)| self.of_step(reason))
            .collect()
    }

    /// Whether a source can give a value at all.
    fn is_set(&self, source: Option<&Source>) -> bool {
        let has_text = |text: &Option<String>| text.as_deref().is_some_and(|text| !text.is_empty());
        match source {
            None | Some(Source::Ignore) => false,
            Some(Source::Static { value } | Source::ValueList { value }) => has_text(value),
            Some(Source::Lookup { value, .. }) => has_text(value),
            Some(Source::PreviousStep(from)) => {
                from.location.is_some() && from.step.is_some_and(|id| self.sources.contains(&id))
            }
            Some(Source::Variable { name }) => name
                .as_deref()
                .is_some_and(|name| self.document.variable(name).is_some()),
        }
    }

    /// Whether lists of several steps meet without anything that relates their items (cycles.md §5).
    ///
    /// Lists meet in a list of the request; those of parameters and of fields outside of a list meet each
    /// of these, since they make requests of their own.
    fn misses_keys(&self, method: &MethodStep) -> bool {
        let mut meeting: HashMap<Option<Location>, BTreeSet<StepId>> = HashMap::new();
        for mapping in method.parameters.values() {
            meeting.entry(None).or_default().extend(self.lists(mapping));
        }
        for (location, mapping) in &method.fields {
            let target = location
                .parse::<Location>()
                .ok()
                .and_then(|location| location.outermost_array());
            meeting
                .entry(target)
                .or_default()
                .extend(self.lists(mapping));
        }
        let outside = meeting.get(&None).cloned().unwrap_or_default();
        meeting.values().any(|steps| {
            let all: BTreeSet<StepId> = steps.union(&outside).copied().collect();
            !are_related(&all, &method.collection_keys)
        })
    }

    /// The steps of whose unsplit lists a mapping takes items.
    fn lists(&self, mapping: &Mapping) -> Vec<StepId> {
        let named = match &mapping.source {
            Some(Source::PreviousStep(FieldSource {
                step: Some(step),
                location: Some(location),
            })) => vec![(*step, location.clone())],
            Some(Source::Static { value: Some(text) }) => merged(text),
            _ => Vec::new(),
        };
        named
            .into_iter()
            .filter(|(step, location)| self.is_list(*step, location))
            .map(|(step, _)| step)
            .collect()
    }

    fn is_list(&self, step: StepId, location: &str) -> bool {
        let Ok(location) = location.parse::<Location>() else {
            return false;
        };
        let Some(list) = location.outermost_array() else {
            return false;
        };
        let main = self
            .facts
            .0
            .get(&step)
            .and_then(|facts| facts.main_list.as_ref());
        let is_split = self
            .document
            .step(step)
            .is_some_and(|step| self.document.splits(step));
        // An item of a list that is split is one value; lists inside of it stay lists.
        match main.filter(|main| is_split && **main == list) {
            Some(main) => location
                .below(main)
                .is_some_and(|rest| rest.array_depth() > 0),
            None => true,
        }
    }
}

/// Whether keys lead from each of these steps to each other. A key that names two steps and no fields says
/// that everything belongs to everything.
fn are_related(steps: &BTreeSet<StepId>, keys: &[CollectionKey]) -> bool {
    let Some(first) = steps.first() else {
        return true;
    };
    let is_decided =
        |key: &&CollectionKey| key.left.location.is_some() == key.right.location.is_some();
    let pairs: Vec<(StepId, StepId)> = keys
        .iter()
        .filter(is_decided)
        .filter_map(|key| key.left.step.zip(key.right.step))
        .collect();
    let mut reached = BTreeSet::from([*first]);
    loop {
        let more: Vec<StepId> = pairs
            .iter()
            .flat_map(|(left, right)| [(left, right), (right, left)])
            .filter(|(from, to)| reached.contains(*from) && !reached.contains(*to))
            .map(|(_, to)| *to)
            .collect();
        if more.is_empty() {
            return steps.is_subset(&reached);
        }
        reached.extend(more);
    }
}

#[cfg(test)]
mod tests;
