//! What has to be set up before a cycle can run (cycles.md §6): a rule over a document and what is known of
//! its steps' methods, the same for cycles, templates and upgrades.

use std::collections::{BTreeSet, HashMap};

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
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
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
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
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
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
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
mod tests {
    use uuid::Uuid;
    use velodrome_model::{
        ConnectorId, EdgeId, MethodUid,
        cycle::{
            CollectionSplitting, Condition, Delay, Edge, Exit, OnUncertain, Position, TimeUnit,
            Variable, WebhookMapping,
        },
        definition::DataType,
    };

    use super::*;

    fn id(number: u128) -> StepId {
        StepId(Uuid::from_u128(number))
    }

    fn step(number: u128, kind: StepKind) -> Step {
        Step {
            id: id(number),
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

    fn method() -> MethodStep {
        MethodStep {
            account_connector: Some(AccountConnectorId(7)),
            connector: ConnectorId(1),
            method: MethodUid(Uuid::nil()),
            is_webhook: false,
            decides: false,
            category: None,
            external_authentication: false,
            on_uncertain: OnUncertain::Repeat,
            parameters: [].into(),
            fields: [].into(),
            collection_keys: Vec::new(),
            webhook: None,
        }
    }

    fn run(number: u128, method: MethodStep) -> Step {
        step(number, StepKind::Method(Box::new(method)))
    }

    fn mapped(source: Source) -> Mapping {
        Mapping {
            source: Some(source),
            ..Mapping::default()
        }
    }

    fn from(step: u128, location: &str) -> Source {
        Source::PreviousStep(FieldSource {
            step: Some(id(step)),
            location: Some(location.to_owned()),
        })
    }

    fn typed(text: &str) -> Source {
        Source::Static {
            value: Some(text.to_owned()),
        }
    }

    /// Steps 1, 2, 3… one after the other.
    fn row(steps: Vec<Step>) -> CycleDocument {
        let edges = steps.windows(2).map(|pair| Edge {
            id: EdgeId(pair[1].id.0),
            tail: pair[0].id,
            exit: Exit::Forward,
            head: pair[1].id,
        });
        CycleDocument {
            edges: edges.collect(),
            steps,
            ..CycleDocument::default()
        }
    }

    fn facts(of: impl IntoIterator<Item = (u128, StepFacts)>) -> Facts {
        Facts(
            of.into_iter()
                .map(|(step, facts)| (id(step), facts))
                .collect(),
        )
    }

    fn ready() -> StepFacts {
        StepFacts {
            is_authenticated: true,
            ..StepFacts::default()
        }
    }

    fn codes(unmet: &[Prerequisite]) -> Vec<u8> {
        unmet.iter().map(|one| one.reason.code()).collect()
    }

    fn codes_of(document: &CycleDocument, facts: &Facts, step: usize) -> Vec<u8> {
        codes(&of_step(document, &document.steps[step], facts))
    }

    #[test]
    fn a_cycle_needs_two_connected_steps_and_credentials() {
        let cycle = CycleId(Uuid::nil());
        let both = facts([(1, ready()), (2, ready())]);
        let one = row(vec![run(1, method())]);
        let good = row(vec![run(1, method()), run(2, method())]);
        let mut loose = good.clone();
        loose.edges.clear();

        assert_eq!(codes(&of_cycle(cycle, &one, &both)), [10]);
        assert_eq!(codes(&of_cycle(cycle, &loose, &both)), [11]);
        assert_eq!(of_cycle(cycle, &good, &both), []);
        let unproven = facts([(1, StepFacts::default()), (2, StepFacts::default())]);
        assert_eq!(
            of_cycle(cycle, &good, &unproven),
            [Prerequisite {
                reason: Reason::Unauthenticated,
                object: Object::AccountConnector(AccountConnectorId(7)),
            }]
        );
        assert_eq!(codes(&of_cycle(cycle, &good, &facts([(1, ready())]))), [0]);
    }

    #[test]
    fn credentials_are_not_missed_where_every_step_brings_its_own() {
        let cycle = CycleId(Uuid::nil());
        let external = |is: bool| MethodStep {
            external_authentication: is,
            ..method()
        };
        let unproven = facts([(1, StepFacts::default()), (2, StepFacts::default())]);
        for (first, second, expected) in [
            (true, true, vec![]),
            (true, false, vec![20]),
            (false, false, vec![20]),
        ] {
            let document = row(vec![run(1, external(first)), run(2, external(second))]);
            assert_eq!(codes(&of_cycle(cycle, &document, &unproven)), expected);
        }
        let unchosen = MethodStep {
            account_connector: None,
            ..method()
        };
        let document = row(vec![run(1, unchosen), run(2, method())]);
        let unmet = of_cycle(cycle, &document, &facts([(1, ready()), (2, ready())]));
        assert_eq!(unmet[0].object, Object::Step(id(1)));
        assert_eq!(codes(&unmet), [20]);
    }

    #[test]
    fn required_targets_need_a_source_that_can_give_a_value() {
        let known = StepFacts {
            required_parameters: vec![(ParameterId(3), "limit".into())],
            required_fields: vec![(FieldId(4), "email".into())],
            ..ready()
        };
        let known = facts([(1, ready()), (2, known), (3, ready())]);
        let named = |name: &str| Source::Variable {
            name: Some(name.into()),
        };
        for (source, is_set) in [
            (Source::Ignore, false),
            (typed(""), false),
            (typed("x"), true),
            (Source::Static { value: None }, false),
            (from(1, "id"), true),
            (from(3, "id"), false),
            (Source::PreviousStep(FieldSource::default()), false),
            (Source::ValueList { value: None }, false),
            (named("list"), true),
            (named("LIST"), true),
            (named("gone"), false),
        ] {
            let mut second = method();
            second
                .parameters
                .insert("limit".into(), mapped(source.clone()));
            second.fields.insert("email".into(), mapped(source.clone()));
            let mut document = row(vec![run(1, method()), run(2, second), run(3, method())]);
            document.variables.push(Variable {
                display_name: "List".into(),
                system_name: "list".into(),
                description: None,
                value: Some("1".into()),
                values: None,
                data_type: DataType::Text,
                is_required: true,
                is_sensitive: false,
                is_launch_visible: false,
            });
            let expected: &[u8] = if is_set { &[] } else { &[40, 41] };
            assert_eq!(codes_of(&document, &known, 1), expected, "{source:?}");
            document.variables[0].value = None;
            let summed: &[u8] = if is_set { &[40] } else { &[30, 40] };
            let all = of_cycle(CycleId(Uuid::nil()), &document, &known);
            assert_eq!(codes(&all), summed, "{source:?}");
            assert_eq!(all.last().unwrap().object, Object::Variable("list".into()));
        }
    }

    #[test]
    fn tools_miss_what_they_were_not_told() {
        let criterion = |left, condition, right| DecisionRow {
            left,
            condition,
            right,
            upper: None,
            ignores_case: false,
        };
        let decision = |criteria| {
            StepKind::Decision(Decision {
                criteria,
                ..Decision::default()
            })
        };
        let delay = |interval, unit| StepKind::Delay(Delay { interval, unit });
        let date = |date| StepKind::WaitUntil { date };
        use Condition::{Between, Equals, Exists};
        for (kind, expected) in [
            (decision(vec![]), vec![50]),
            (decision(vec![criterion(None, Equals, None)]), vec![50, 51]),
            (
                decision(vec![criterion(Some(from(1, "a")), Exists, None)]),
                vec![],
            ),
            (
                decision(vec![criterion(Some(from(1, "a")), Equals, None)]),
                vec![51],
            ),
            (
                decision(vec![criterion(
                    Some(from(1, "a")),
                    Equals,
                    Some(typed("x")),
                )]),
                vec![],
            ),
            (
                decision(vec![criterion(
                    Some(from(1, "a")),
                    Between,
                    Some(typed("1")),
                )]),
                vec![51],
            ),
            (delay(None, None), vec![60, 61]),
            (delay(Some(1), None), vec![60]),
            (delay(None, Some(TimeUnit::Days)), vec![61]),
            (delay(Some(1), Some(TimeUnit::Days)), vec![]),
            (date(None), vec![70]),
            (date(Some(from(1, "a"))), vec![]),
            (date(Some(from(9, "a"))), vec![70]),
            (StepKind::WaitAll, vec![]),
        ] {
            let document = row(vec![run(1, method()), step(2, kind.clone())]);
            let known = facts([(1, ready())]);
            assert_eq!(codes_of(&document, &known, 1), expected, "{kind:?}");
        }
    }

    #[test]
    fn lists_of_several_steps_need_keys_where_they_meet() {
        let list = |list: &str| StepFacts {
            main_list: Some(list.parse().unwrap()),
            ..ready()
        };
        let known = facts([(1, list("[a]")), (2, list("[b]")), (3, ready())]);
        let key = |left: Option<&str>, right: Option<&str>| CollectionKey {
            left: FieldSource {
                step: Some(id(1)),
                location: left.map(Into::into),
            },
            right: FieldSource {
                step: Some(id(2)),
                location: right.map(Into::into),
            },
        };
        let (two, same) = ([("x", from(1, "[a].i")), ("y", from(2, "[b].i"))], || {
            vec![key(Some("[a].i"), Some("[b].i"))]
        });
        use CollectionSplitting::{All, First, None as Never};
        for (splitting, fields, keys, expected) in [
            (Never, two.to_vec(), vec![], vec![42]),
            (Never, two.to_vec(), same(), vec![]),
            (Never, two.to_vec(), vec![key(None, None)], vec![]),
            (
                Never,
                two.to_vec(),
                vec![key(Some("[a].i"), None)],
                vec![42],
            ),
            (First, two.to_vec(), vec![], vec![]),
            (All, two.to_vec(), vec![], vec![]),
            (
                First,
                vec![("x", from(1, "[a].[deep].i")), ("y", from(2, "[b].i"))],
                vec![],
                vec![42],
            ),
            (
                Never,
                vec![("x", from(1, "[a].i")), ("y", from(1, "[a].j"))],
                vec![],
                vec![],
            ),
            (
                Never,
                vec![("[p].x", from(1, "[a].i")), ("[q].y", from(2, "[b].i"))],
                vec![],
                vec![],
            ),
            (
                Never,
                vec![("[p].x", from(1, "[a].i")), ("y", from(2, "[b].i"))],
                vec![],
                vec![42],
            ),
            (
                Never,
                vec![
                    ("x", from(1, "[a].i")),
                    ("y", typed(&format!("{{{{{} [b].i}}}}", id(2)))),
                ],
                vec![],
                vec![42],
            ),
        ] {
            let mut third = method();
            for (target, source) in &fields {
                third
                    .fields
                    .insert((*target).to_owned(), mapped(source.clone()));
            }
            third.collection_keys = keys.clone();
            let mut document = row(vec![run(1, method()), run(2, method()), run(3, third)]);
            document.settings.splitting = splitting;
            assert_eq!(
                codes_of(&document, &known, 2),
                expected,
                "{splitting:?} {fields:?} {keys:?}"
            );
        }
    }

    #[test]
    fn a_webhook_in_the_middle_must_know_whom_a_request_is_for() {
        let waiting = |webhook| MethodStep {
            is_webhook: true,
            webhook,
            ..method()
        };
        let whole = WebhookMapping {
            request: Some("order".into()),
            source: FieldSource {
                step: Some(id(1)),
                location: Some("id".into()),
            },
        };
        let half = WebhookMapping {
            source: FieldSource::default(),
            ..whole.clone()
        };
        for (webhook, expected) in [
            (None, vec![43]),
            (Some(half), vec![43]),
            (Some(whole), vec![]),
        ] {
            let document = row(vec![run(1, method()), run(2, waiting(webhook))]);
            let known = facts([(1, ready()), (2, ready())]);
            assert_eq!(codes_of(&document, &known, 1), expected);
        }
        let trigger = row(vec![run(1, waiting(None)), run(2, method())]);
        assert!(codes_of(&trigger, &facts([(1, ready())]), 0).is_empty());
    }
}
