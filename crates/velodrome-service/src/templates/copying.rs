//! Copies of graphs: new ids for steps and connections, and everything that names a step following them.

use std::collections::HashMap;

use uuid::Uuid;
use velodrome_model::{
    EdgeId, StepId,
    cycle::{CycleDocument, FieldSource, Kept, Mapping, Source, Step, StepKind},
};

/// What identifies a template's step over all releases: the step that it was first copied from.
pub(crate) fn lineage(step: &Step) -> StepId {
    step.origin.unwrap_or(step.id)
}

/// Steps by what they will be called.
pub(crate) struct Renaming(HashMap<StepId, StepId>);

impl Renaming {
    /// New ids for every step of a document.
    pub fn fresh(document: &CycleDocument, mut id: impl FnMut() -> Uuid) -> Self {
        let steps = document.steps.iter();
        Self(steps.map(|step| (step.id, StepId(id()))).collect())
    }

    /// These names; steps that have none here are unknown to the copy.
    pub fn of(names: impl IntoIterator<Item = (StepId, StepId)>) -> Self {
        Self(names.into_iter().collect())
    }

    fn name(&self, step: StepId) -> Option<StepId> {
        self.0.get(&step).copied()
    }

    /// The document under the new names. Connections get ids of their own; a source in a step that the copy
    /// does not have is undecided in it.
    pub fn copy(&self, document: &CycleDocument, mut id: impl FnMut() -> Uuid) -> CycleDocument {
        let mut kept = Kept {
            members: document.kept.members.clone(),
            variables: document.kept.variables.clone(),
            ..Kept::default()
        };
        let mut steps = document.steps.clone();
        steps.retain_mut(|step| {
            let Some(name) = self.name(step.id) else {
                return false;
            };
            if let Some(members) = document.kept.steps.get(&step.id) {
                kept.steps.insert(name, members.clone());
            }
            step.id = name;
            each_source(step, &mut |source| self.rename(source));
            each_field(step, &mut |field| self.rename_field(field));
            true
        });
        let mut edges = document.edges.clone();
        edges.retain_mut(|edge| {
            let (Some(tail), Some(head)) = (self.name(edge.tail), self.name(edge.head)) else {
                return false;
            };
            let former = std::mem::replace(&mut edge.id, EdgeId(id()));
            if let Some(members) = document.kept.edges.get(&former) {
                kept.edges.insert(edge.id, members.clone());
            }
            (edge.tail, edge.head) = (tail, head);
            true
        });
        CycleDocument {
            settings: document.settings,
            steps,
            edges,
            variables: document.variables.clone(),
            kept,
        }
    }

    /// A source under the new names.
    pub fn rename(&self, source: &mut Source) {
        match source {
            Source::PreviousStep(field) => self.rename_field(field),
            Source::Static { value: Some(text) } => *text = self.merge_fields(text),
            Source::Static { value: None }
            | Source::Ignore
            | Source::ValueList { .. }
            | Source::Lookup { .. }
            | Source::Variable { .. } => {}
        }
    }

    fn rename_field(&self, field: &mut FieldSource) {
        let Some(step) = field.step else { return };
        field.step = self.name(step);
        if field.step.is_none() {
            field.location = None;
        }
    }

    /// Text whose merge fields name steps anew. What is no merge field of a known step stays as it is.
    fn merge_fields(&self, text: &str) -> String {
        merge_fields(text, |step| {
            Some(self.name(step.parse().ok()?)?.to_string())
        })
    }
}

/// Text whose merge fields of steps, `{{<step> <location>}}` or `{{step.<step>.<location>}}`, name what
/// `name` makes of the step; those stay of which it makes nothing.
pub(crate) fn merge_fields(text: &str, mut name: impl FnMut(&str) -> Option<String>) -> String {
    let mut renamed = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(begin) = rest.find("{{") {
        let (before, inside) = rest.split_at(begin + 2);
        renamed.push_str(before);
        rest = inside;
        let Some(end) = inside.find("}}") else { break };
        let (field, after) = inside.split_at(end);
        match merge_field(field, &mut name) {
            Some(field) => renamed.push_str(&field),
            None => renamed.push_str(field),
        }
        rest = after;
    }
    renamed.push_str(rest);
    renamed
}

fn merge_field(field: &str, name: impl FnOnce(&str) -> Option<String>) -> Option<String> {
    let trimmed = field.trim_start();
    let blanks = &field[..field.len() - trimmed.len()];
    let (prefix, named) = match trimmed.strip_prefix("step.") {
        Some(named) => ("step.", named),
        None => ("", trimmed),
    };
    let end = named.find(|c: char| c.is_whitespace() || c == '.')?;
    let (step, location) = named.split_at(end);
    let name = name(step)?;
    Some(format!("{blanks}{prefix}{name}{location}"))
}

/// Every source of a step, suggested ones too.
pub(crate) fn each_source(step: &mut Step, change: &mut impl FnMut(&mut Source)) {
    match &mut step.kind {
        StepKind::Method(method) => {
            let mappings = method
                .parameters
                .values_mut()
                .chain(method.fields.values_mut());
            for Mapping {
                source, suggested, ..
            } in mappings
            {
                source.iter_mut().for_each(&mut *change);
                suggested.iter_mut().for_each(&mut *change);
            }
        }
        StepKind::Decision(decision) => {
            for row in &mut decision.criteria {
                for operand in [&mut row.left, &mut row.right, &mut row.upper] {
                    operand.iter_mut().for_each(&mut *change);
                }
            }
        }
        StepKind::WaitUntil { date } => date.iter_mut().for_each(change),
        StepKind::Delay(_) | StepKind::WaitAll | StepKind::Annotation { .. } => {}
    }
}

/// Every field of another step that is no mapping: what relates lists, and what finds a waiting transaction.
fn each_field(step: &mut Step, change: &mut impl FnMut(&mut FieldSource)) {
    let Some(method) = step.method_mut() else {
        return;
    };
    for key in &mut method.collection_keys {
        change(&mut key.left);
        change(&mut key.right);
    }
    if let Some(webhook) = &mut method.webhook {
        change(&mut webhook.source);
    }
}

/// What an installation of a template's release begins with, still under the release's own ids: what the
/// customer sets is blank and suggested, and nothing is carried that was looked up with the template's
/// connectors (cycles.md §2, Install).
pub(crate) fn as_installed(release: &CycleDocument) -> CycleDocument {
    let mut document = release.clone();
    for step in &mut document.steps {
        step.origin = Some(lineage(step));
        each_source(step, &mut |source| {
            if let Source::Lookup { value, label } = source {
                (*value, *label) = (None, None);
            }
        });
        let Some(method) = step.method_mut() else {
            continue;
        };
        for mapping in method
            .parameters
            .values_mut()
            .chain(method.fields.values_mut())
        {
            mapping.suggested = if mapping.is_launch_visible {
                mapping.source.take()
            } else {
                None
            };
        }
    }
    document
}

#[cfg(test)]
pub(crate) mod tests {
    use std::collections::{BTreeMap, HashSet};

    use velodrome_model::{
        ConnectorId, MethodUid,
        cycle::{
            CollectionKey, Condition, Decision, DecisionRow, Edge, Exit, MethodStep, Position,
            WebhookMapping,
        },
    };

    use super::*;

    pub fn id(number: u128) -> StepId {
        StepId(Uuid::from_u128(number))
    }

    /// Ids that count from a number.
    pub fn counting(from: u128) -> impl FnMut() -> Uuid {
        let mut next = from;
        move || {
            next += 1;
            Uuid::from_u128(next - 1)
        }
    }

    pub fn step(number: u128, kind: StepKind) -> Step {
        Step {
            id: id(number),
            origin: None,
            name: format!("Step {number}"),
            description: None,
            position: Position::default(),
            on_error: None,
            splitting: None,
            script: None,
            is_setup_hidden: false,
            kind,
        }
    }

    pub fn method(fields: &[(&str, Mapping)]) -> MethodStep {
        MethodStep {
            account_connector: None,
            connector: ConnectorId(1),
            method: MethodUid(Uuid::from_u128(99)),
            is_webhook: false,
            decides: false,
            category: None,
            external_authentication: false,
            on_uncertain: Default::default(),
            parameters: BTreeMap::new(),
            fields: fields
                .iter()
                .map(|(location, mapping)| ((*location).to_owned(), mapping.clone()))
                .collect(),
            collection_keys: Vec::new(),
            webhook: None,
        }
    }

    pub fn fixed(source: Source) -> Mapping {
        Mapping {
            source: Some(source),
            ..Mapping::default()
        }
    }

    pub fn asked(source: Option<Source>) -> Mapping {
        Mapping {
            source,
            is_launch_visible: true,
            suggested: None,
        }
    }

    pub fn from_step(number: u128, location: &str) -> FieldSource {
        FieldSource {
            step: Some(id(number)),
            location: Some(location.to_owned()),
        }
    }

    pub fn text(value: impl Into<String>) -> Source {
        Source::Static {
            value: Some(value.into()),
        }
    }

    pub fn edge(number: u128, tail: u128, head: u128) -> Edge {
        Edge {
            id: EdgeId(Uuid::from_u128(number)),
            tail: id(tail),
            exit: Exit::Forward,
            head: id(head),
        }
    }

    #[test]
    fn merge_fields_follow_the_steps_that_they_name() {
        let names = Renaming::of([(id(1), id(101)), (id(2), id(102))]);
        let (one, two, three) = (id(1), id(2), id(3));
        for (before, after) in [
            ("plain".to_owned(), "plain".to_owned()),
            (
                format!("{{{{{one} [].email}}}}"),
                format!("{{{{{} [].email}}}}", id(101)),
            ),
            (
                format!("a {{{{ {one} name}}}}{{{{step.{two}.id}}}} z"),
                format!("a {{{{ {} name}}}}{{{{step.{}.id}}}} z", id(101), id(102)),
            ),
            (
                format!("={{{{{three} x}}}} + {{{{AccountId}}}}"),
                format!("={{{{{three} x}}}} + {{{{AccountId}}}}"),
            ),
            (format!("{{{{{one} open"), format!("{{{{{one} open")),
            (format!("{one} no field"), format!("{one} no field")),
        ] {
            assert_eq!(names.merge_fields(&before), after);
        }
    }

    #[test]
    fn a_copy_names_its_own_steps_wherever_a_step_is_named() {
        let mut second = method(&[
            (
                "email",
                fixed(Source::PreviousStep(from_step(1, "[].email"))),
            ),
            ("name", fixed(text(format!("Hi {{{{{} name}}}}", id(1))))),
            (
                "gone",
                fixed(Source::PreviousStep(from_step(77, "[].gone"))),
            ),
        ]);
        second.collection_keys = vec![CollectionKey {
            left: from_step(1, "[].id"),
            right: from_step(2, "[].id"),
        }];
        second.webhook = Some(WebhookMapping {
            request: Some("id".into()),
            source: from_step(1, "id"),
        });
        let decision = Decision {
            criteria: vec![DecisionRow {
                left: Some(Source::PreviousStep(from_step(2, "status"))),
                condition: Condition::Between,
                right: Some(Source::PreviousStep(from_step(1, "low"))),
                upper: Some(text(format!("{{{{{} high}}}}", id(1)))),
                ignores_case: false,
            }],
            ..Decision::default()
        };
        let document = CycleDocument {
            steps: vec![
                step(1, StepKind::Method(Box::new(method(&[])))),
                step(2, StepKind::Method(Box::new(second))),
                step(3, StepKind::Decision(decision)),
                step(
                    4,
                    StepKind::WaitUntil {
                        date: Some(Source::PreviousStep(from_step(2, "due"))),
                    },
                ),
            ],
            edges: vec![edge(11, 1, 2), edge(12, 2, 3), edge(13, 3, 4)],
            ..CycleDocument::default()
        };

        let copy = Renaming::fresh(&document, counting(101)).copy(&document, counting(201));

        let said = serde_json::to_string(&copy).unwrap();
        for former in [1, 2, 3, 4, 11, 12, 13].map(Uuid::from_u128) {
            assert!(!said.contains(&former.to_string()), "{former} is left");
        }
        let expected: HashSet<_> = (101..105).map(id).collect();
        assert_eq!(
            copy.steps
                .iter()
                .map(|step| step.id)
                .collect::<HashSet<_>>(),
            expected
        );
        assert_eq!(
            copy.edges
                .iter()
                .map(|edge| (edge.tail, edge.head))
                .collect::<Vec<_>>(),
            [(id(101), id(102)), (id(102), id(103)), (id(103), id(104))]
        );
        let fields = &copy.steps[1].method().unwrap().fields;
        assert_eq!(
            fields["gone"].source,
            Some(Source::PreviousStep(FieldSource::default())),
            "a step that is not there is not named"
        );
        // Copied back under the old names it is the old one, but for what named nothing.
        let back = Renaming::of((1..5).map(|n| (id(100 + n), id(n)))).copy(&copy, counting(11));
        let mut expected = document;
        expected.steps[1]
            .method_mut()
            .unwrap()
            .fields
            .insert("gone".into(), fields["gone"].clone());
        assert_eq!(back, expected);
    }

    #[test]
    fn an_installation_asks_for_what_the_customer_sets_and_carries_nothing_looked_up() {
        let looked_up = Source::Lookup {
            value: Some("17".into()),
            label: Some("Sales".into()),
        };
        let blank = Source::Lookup {
            value: None,
            label: None,
        };
        let given = method(&[
            ("fixed", fixed(text("a"))),
            ("asked", asked(Some(text("b")))),
            ("blank", asked(None)),
            ("list", fixed(looked_up.clone())),
            ("asked list", asked(Some(looked_up))),
        ]);
        let mut copied = step(2, StepKind::WaitAll);
        copied.origin = Some(id(1));
        let release = CycleDocument {
            steps: vec![step(5, StepKind::Method(Box::new(given))), copied],
            ..CycleDocument::default()
        };

        let installed = as_installed(&release);

        assert_eq!(installed.steps[0].origin, Some(id(5)));
        assert_eq!(installed.steps[1].origin, Some(id(1)));
        let fields = &installed.steps[0].method().unwrap().fields;
        for (location, source, suggested) in [
            ("fixed", Some(text("a")), None),
            ("asked", None, Some(text("b"))),
            ("blank", None, None),
            ("list", Some(blank.clone()), None),
            ("asked list", None, Some(blank)),
        ] {
            let mapping = &fields[location];
            assert_eq!(
                (&mapping.source, &mapping.suggested),
                (&source, &suggested),
                "{location}"
            );
        }
    }
}
