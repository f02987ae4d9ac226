//! An exported document as a file.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    str::FromStr,
};

use indexmap::IndexMap;
use serde_json::{Map, Number, Value};
use uuid::Uuid;
use velodrome_connector::slug::Keys;
use velodrome_model::{
    StepId,
    cycle::{
        CycleDocument, Decision, Exit, FieldSource, Mapping, MethodStep, Position, Retries, Source,
        Step, StepKind, Variable,
    },
};

use super::{
    FORMAT, KEY, Lineage, Revision, Unreadable,
    model::{
        ConnectorFile, ContinuesFile, CriterionFile, DecisionFile, DelayFile, FieldFile,
        MappingFile, ObjectFile, SettingsFile, SourceFile, StepFile, Steps, Target, TemplateFile,
        VariableFile,
    },
};
use crate::templates::{
    copying::{each_source, lineage, merge_fields},
    exchange::{Head, Link, Misunderstood, Understood, read},
};

impl Revision {
    /// What an export says.
    ///
    /// # Errors
    /// [`Unreadable`] when it is no export of a template, or one without connector slugs and method keys.
    pub fn of_export(document: Value) -> Result<Self, Unreadable> {
        let understood = understood_of(document)?;
        Self::of(&understood)
    }

    pub(super) fn of(understood: &Understood) -> Result<Self, Unreadable> {
        let document = &understood.document;
        let keys = keys(document);
        let writer = Writer {
            keys: &keys,
            links: &understood.links,
            instances: instances(understood),
        };
        let mut other = document.kept.members.clone();
        let key = other.shift_remove(KEY);
        let (connectors, releases) = writer.connectors(understood);
        let mut file = TemplateFile {
            settings: settings(document, &understood.head),
            connectors,
            other,
            ..head(&understood.head)
        };
        for variable in &document.variables {
            let kept = document.kept.variables.get(&variable.system_name);
            let written = written_variable(variable, kept);
            file.variables.insert(variable.system_name.clone(), written);
        }
        let mut lineages = Lineage::default();
        for step in &document.steps {
            let Some(key) = keys.get(&step.id) else {
                continue;
            };
            lineages.0.insert(key.clone(), lineage(step));
            let written = writer.step(step, document, &releases)?;
            file.steps.insert(key.clone(), written);
        }
        Ok(Self {
            key: key.as_ref().and_then(Value::as_str).map(str::to_owned),
            file,
            lineage: lineages,
        })
    }
}

/// What a document of ours says.
pub(super) fn understood_of(document: Value) -> Result<Understood, Unreadable> {
    read(document, Uuid::new_v4).map_err(|error| match error {
        Misunderstood::NoDocument(why) => Unreadable(why),
        Misunderstood::Parts(parts) => {
            let parts: Vec<String> = parts.iter().map(ToString::to_string).collect();
            Unreadable(parts.join("; "))
        }
    })
}

/// Keys of a document's steps: those that a file gave them, else what their names make.
pub(super) fn keys(document: &CycleDocument) -> HashMap<StepId, String> {
    let mut taken = Keys::default();
    // Text that looks as if it named a step must not begin to.
    for word in named_in_texts(document) {
        taken.reserve(&word);
    }
    let mut keys: HashMap<StepId, String> = HashMap::new();
    let mut given = HashSet::new();
    for step in &document.steps {
        let kept = document.kept.steps.get(&step.id);
        let key = kept.and_then(|kept| kept.get(KEY)).and_then(Value::as_str);
        if let Some(key) = key.filter(|key| super::is_key(key))
            && given.insert(key.to_owned())
        {
            taken.reserve(key);
            keys.insert(step.id, key.to_owned());
        }
    }
    for step in &document.steps {
        keys.entry(step.id)
            .or_insert_with(|| taken.key(&step.name, "step"));
    }
    keys
}

/// First words of merge fields that name no step by its id.
fn named_in_texts(document: &CycleDocument) -> HashSet<String> {
    let mut words = HashSet::new();
    for step in &mut document.steps.clone() {
        each_source(step, &mut |source| {
            if let Source::Static { value: Some(text) } = source {
                merge_fields(text, |word| {
                    if StepId::from_str(word).is_err() {
                        words.insert(word.to_owned());
                    }
                    None
                });
            }
        });
    }
    words
}

fn head(head: &Head) -> TemplateFile {
    let template = head.template.clone().unwrap_or_default();
    TemplateFile {
        format: FORMAT.to_owned(),
        name: head.name.clone(),
        description: head.description.clone(),
        note: template.note,
        tags: head.settings.tags.clone(),
        share_custom_fields: template.shares_custom_fields,
        interval: template.interval,
        run_once: template.runs_once,
        release_notes: template.notes,
        ..TemplateFile::default()
    }
}

fn settings(document: &CycleDocument, head: &Head) -> SettingsFile {
    let run = document.settings;
    SettingsFile {
        on_step_error: run.on_error,
        retries: Some(run.retries).filter(|retries| *retries != Retries::default()),
        splitting: run.splitting,
        log_requests: (!run.logs_requests).then_some(false),
        in_order: run.in_order,
        keep_successful_hours: head.settings.success_retention_hours,
        keep_errored_hours: head.settings.errored_retention_hours,
    }
}

fn written_variable(variable: &Variable, kept: Option<&Map<String, Value>>) -> VariableFile {
    VariableFile {
        label: (variable.display_name != variable.system_name)
            .then(|| variable.display_name.clone()),
        description: variable.description.clone(),
        data_type: variable.data_type,
        value: variable.value.clone(),
        values: variable.values.clone(),
        required: variable.is_required,
        sensitive: variable.is_sensitive,
        configurable: variable.is_launch_visible,
        other: kept.cloned().unwrap_or_default(),
    }
}

/// The release that most is said of, by connector.
type Releases = HashMap<String, Option<u32>>;

struct Writer<'a> {
    keys: &'a HashMap<StepId, String>,
    links: &'a BTreeMap<StepId, Link>,
    instances: HashMap<String, Vec<i64>>,
}

/// What a document says of the connectors of its method steps, in the order of the steps.
fn in_order(understood: &Understood) -> impl Iterator<Item = (&str, &Link)> {
    understood.document.steps.iter().filter_map(|step| {
        let link = understood.links.get(&step.id)?;
        Some((link.connector.slug.as_deref()?, link))
    })
}

/// The account connectors of each connector, in the order in which steps use them.
fn instances(understood: &Understood) -> HashMap<String, Vec<i64>> {
    let mut instances: HashMap<String, Vec<i64>> = HashMap::new();
    for (slug, link) in in_order(understood) {
        let known = instances.entry(slug.to_owned()).or_default();
        if let Some(own) = link.instance.filter(|own| !known.contains(own)) {
            known.push(own);
        }
    }
    instances
}

impl Writer<'_> {
    /// What is said of connectors: the first release that is used of each, and which are installed anew.
    fn connectors(&self, of: &Understood) -> (IndexMap<String, ConnectorFile>, Releases) {
        let fresh = of.head.template.as_ref().map(|template| &template.fresh);
        let mut connectors = IndexMap::new();
        let mut releases = Releases::new();
        for (slug, link) in in_order(of) {
            let is_fresh = fresh.is_some_and(|fresh| {
                let uid = link.connector.uid;
                uid.is_some_and(|uid| fresh.contains(&uid))
            });
            let known = connectors
                .entry(slug.to_owned())
                .or_insert_with(|| ConnectorFile {
                    release: link.connector.release,
                    fresh: false,
                });
            known.fresh |= is_fresh || link.is_fresh;
            releases.entry(slug.to_owned()).or_insert(known.release);
        }
        connectors.retain(|_, one: &mut ConnectorFile| *one != ConnectorFile::default());
        connectors.sort_unstable_keys();
        (connectors, releases)
    }

    fn step(
        &self,
        step: &Step,
        document: &CycleDocument,
        releases: &Releases,
    ) -> Result<StepFile, Unreadable> {
        let mut written = StepFile {
            name: step.name.clone(),
            description: step.description.clone(),
            on_step_error: step.on_error,
            splitting: step.splitting,
            script: step.script.clone(),
            hidden: step.is_setup_hidden,
            at: place(step.position),
            ..StepFile::default()
        };
        match &step.kind {
            StepKind::Method(method) => self.method(step, method, releases, &mut written)?,
            StepKind::Decision(decision) => written.decision = Some(self.decision(decision)),
            StepKind::Delay(delay) => {
                written.delay = Some(DelayFile {
                    interval: delay.interval,
                    unit: delay.unit,
                });
            }
            StepKind::WaitUntil { date } => {
                written.wait_until = Some(date.as_ref().map(|date| self.source(date)));
            }
            StepKind::WaitAll => written.wait_all = true,
            StepKind::Annotation { text } => written.annotation = Some(text.clone()),
        }
        let behind = |exit| {
            let edges = document.edges.iter();
            let edges = edges.filter(|edge| edge.tail == step.id && edge.exit == exit);
            let targets = edges.filter_map(|edge| {
                let key = self.keys.get(&edge.head)?.clone();
                Some(match document.kept.edges.get(&edge.id) {
                    None => Target::Key(key),
                    Some(other) => Target::Full {
                        step: key,
                        other: other.clone(),
                    },
                })
            });
            Steps::of(targets.collect())
        };
        written.next = behind(Exit::Forward);
        written.when_true = behind(Exit::True);
        written.when_false = behind(Exit::False);
        if let Some(kept) = document.kept.steps.get(&step.id) {
            written.other = kept.clone();
            written.other.shift_remove(KEY);
        }
        Ok(written)
    }

    fn method(
        &self,
        step: &Step,
        method: &MethodStep,
        releases: &Releases,
        written: &mut StepFile,
    ) -> Result<(), Unreadable> {
        let unknown = || {
            Unreadable(format!(
                "step '{}' does not say the slug of its connector; the instance is too old",
                step.name
            ))
        };
        let link = self.links.get(&step.id).ok_or_else(unknown)?;
        let slug = link.connector.slug.as_ref().ok_or_else(unknown)?;
        let key = match &link.method_key {
            Some(key) => key.clone(),
            None => method.method.to_string(),
        };
        let name = format!("{slug}/{key}");
        match method.is_webhook {
            true => written.webhook = Some(name),
            false => written.method = Some(name),
        }
        let usual = releases.get(slug).copied().flatten();
        written.release = link.connector.release.filter(|own| Some(*own) != usual);
        written.connection = self.connection(slug, link);
        written.decides = method.decides;
        written.external_authentication = method.external_authentication;
        written.on_uncertain = method.on_uncertain;
        written.object = link.category.as_ref().map(|copy| ObjectFile {
            category: copy.source_category.clone(),
            name: copy.object_name.clone(),
            value: copy.object_value.clone(),
        });
        let mapped = |mappings: &BTreeMap<String, Mapping>| {
            let mappings = mappings.iter();
            mappings
                .map(|(target, mapping)| (target.clone(), self.mapping(mapping)))
                .collect()
        };
        written.parameters = mapped(&method.parameters);
        written.fields = mapped(&method.fields);
        written.unique_fields = method
            .collection_keys
            .iter()
            .map(|key| [self.field(&key.left), self.field(&key.right)])
            .collect();
        written.continues = method.webhook.as_ref().map(|webhook| ContinuesFile {
            request: webhook.request.clone(),
            equals: self.field(&webhook.source),
        });
        Ok(())
    }

    /// Which of a connector's account connectors, where there are several.
    fn connection(&self, slug: &str, link: &Link) -> Option<u32> {
        let known = self.instances.get(slug).filter(|known| known.len() > 1)?;
        let at = known.iter().position(|one| Some(*one) == link.instance)?;
        u32::try_from(at + 1).ok()
    }

    fn mapping(&self, mapping: &Mapping) -> MappingFile {
        let source = mapping.source.as_ref().map(|source| self.source(source));
        match (source, mapping.is_launch_visible, &mapping.suggested) {
            (Some(source), false, None) => MappingFile::Plain(source),
            (source, configurable, suggested) => MappingFile::Full {
                configurable,
                source,
                suggested: suggested.as_ref().map(|source| self.source(source)),
            },
        }
    }

    fn source(&self, source: &Source) -> SourceFile {
        match source {
            Source::Ignore => SourceFile::Ignore { ignore: true },
            Source::Static { value: Some(text) } => {
                let key = |word: &str| {
                    let step: StepId = word.parse().ok()?;
                    self.keys.get(&step).cloned()
                };
                SourceFile::Text(merge_fields(text, key))
            }
            Source::Static { value: None } => SourceFile::Untyped { text: None },
            Source::PreviousStep(field) => SourceFile::Step(self.field(field)),
            Source::ValueList { value } => SourceFile::Choice {
                choose: value.clone(),
            },
            Source::Lookup { value, label } => SourceFile::Lookup {
                lookup: value.clone(),
                label: label.clone(),
            },
            Source::Variable { name } => SourceFile::Variable {
                variable: name.clone(),
            },
        }
    }

    fn field(&self, field: &FieldSource) -> FieldFile {
        FieldFile {
            step: field.step.and_then(|step| self.keys.get(&step).cloned()),
            field: field.location.clone(),
        }
    }

    fn decision(&self, decision: &Decision) -> DecisionFile {
        let side = |source: &Option<Source>| source.as_ref().map(|source| self.source(source));
        let criteria = decision.criteria.iter().map(|row| CriterionFile {
            left: side(&row.left),
            condition: row.condition,
            right: side(&row.right),
            upper: side(&row.upper),
            ignore_case: row.ignores_case,
        });
        DecisionFile {
            join: decision.join,
            criteria: criteria.collect(),
        }
    }
}

/// Pixels; whole ones without a point.
fn place(position: Position) -> Option<[Number; 2]> {
    if position == Position::default() {
        return None;
    }
    Some([pixels(position.left)?, pixels(position.top)?])
}

fn pixels(value: f64) -> Option<Number> {
    if value.fract() == 0.0 && value.abs() < 1e9 {
        return Some(Number::from(value as i64));
    }
    Number::from_f64(value)
}
