//! A file as a document that can be imported.

use std::collections::{BTreeMap, HashMap};

use indexmap::IndexMap;
use serde_json::{Map, Value};
use uuid::Uuid;
use velodrome_model::{
    EdgeId, MethodUid, StepId,
    cycle::{
        CollectionKey, CycleDocument, CycleSettings, Decision, DecisionRow, Delay, Edge, Exit,
        FieldSource, Kept, Mapping, MethodStep, Position, RunSettings, Source, Step, StepKind,
        Variable, WebhookMapping,
    },
};
use velodrome_store::NewCategoryCopy;

use super::{
    KEY, Lineage,
    model::{
        DecisionFile, FieldFile, MappingFile, SourceFile, StepFile, Steps, Target, TemplateFile,
    },
};
use crate::templates::{
    copying::merge_fields,
    exchange::{
        ConnectorName, Head, Link, StepFacts, Subject, TemplateHead, Understood, unlinked, write,
    },
};

/// Ids of steps are made of their keys, so the same file is the same document every time.
const STEPS: Uuid = Uuid::from_u128(0x8d53_1d3c_6b0e_4a55_9a1d_2c9f_70f4_11a7);

/// Pixels between two steps that nobody has placed.
const ACROSS: f64 = 240.0;
const DOWN: f64 = 120.0;

impl TemplateFile {
    /// The document of this file. `key` is what the file is called; a step that is one of `lineage` is
    /// known to be the same as in former releases.
    pub fn document(&self, key: &str, lineage: &Lineage) -> Value {
        let mut understood = self.understood(lineage);
        let own = Value::from(key);
        understood.document.kept.members.insert(KEY.into(), own);
        let facts: BTreeMap<StepId, StepFacts> = understood
            .links
            .into_iter()
            .map(|(id, link)| {
                let sensitive = Vec::new();
                (id, StepFacts { link, sensitive })
            })
            .collect();
        let subject = Subject {
            head: &understood.head,
            document: &understood.document,
            connectors: Vec::new(),
        };
        write(&subject, &facts)
    }

    pub(super) fn understood(&self, lineage: &Lineage) -> Understood {
        let mut document = CycleDocument {
            settings: self.run_settings(),
            variables: self.variables(),
            kept: Kept {
                members: self.other.clone(),
                ..Kept::default()
            },
            ..CycleDocument::default()
        };
        for (name, variable) in &self.variables {
            keep(&mut document.kept.variables, name.clone(), &variable.other);
        }
        let mut links = BTreeMap::new();
        let places = self.places();
        for (key, step) in &self.steps {
            let id = id(key);
            let mut kept = step.other.clone();
            kept.insert(KEY.into(), key.as_str().into());
            document.kept.steps.insert(id, kept);
            if let Some(link) = self.link(step) {
                links.insert(id, link);
            }
            let position = step.at.as_ref().map(|[left, top]| Position {
                left: left.as_f64().unwrap_or_default(),
                top: top.as_f64().unwrap_or_default(),
            });
            document.steps.push(Step {
                id,
                origin: lineage.0.get(key).copied(),
                name: step.name.clone(),
                description: step.description.clone(),
                position: position
                    .or_else(|| places.get(key.as_str()).copied())
                    .unwrap_or_default(),
                on_error: step.on_step_error,
                splitting: step.splitting,
                script: step.script.clone(),
                is_setup_hidden: step.hidden,
                kind: self.kind(step),
            });
        }
        for (key, step) in &self.steps {
            for (exit, targets) in step.exits() {
                for target in targets.iter() {
                    let name = format!("{key} {exit:?} {}", target.key());
                    let edge = Edge {
                        id: EdgeId(Uuid::new_v5(&STEPS, name.as_bytes())),
                        tail: id(key),
                        exit,
                        head: id(target.key()),
                    };
                    if let Target::Full { other, .. } = target {
                        keep(&mut document.kept.edges, edge.id, other);
                    }
                    document.edges.push(edge);
                }
            }
        }
        Understood {
            head: self.head(),
            document,
            links,
            connectors: Vec::new(),
        }
    }

    fn head(&self) -> Head {
        Head {
            name: self.name.clone(),
            description: self.description.clone(),
            settings: CycleSettings {
                is_shareable: false,
                tags: self.tags.clone(),
                success_retention_hours: self.settings.keep_successful_hours,
                errored_retention_hours: self.settings.keep_errored_hours,
            },
            template: Some(TemplateHead {
                note: self.note.clone(),
                shares_custom_fields: self.share_custom_fields,
                interval: self.interval,
                runs_once: self.run_once,
                fresh: Vec::new(),
                notes: self.release_notes.clone(),
            }),
        }
    }

    fn run_settings(&self) -> RunSettings {
        let own = &self.settings;
        let plain = RunSettings::default();
        RunSettings {
            on_error: own.on_step_error,
            retries: own.retries.unwrap_or(plain.retries),
            logs_requests: own.log_requests.unwrap_or(plain.logs_requests),
            splitting: own.splitting,
            in_order: own.in_order,
        }
    }

    fn variables(&self) -> Vec<Variable> {
        let variables = self.variables.iter();
        variables
            .map(|(name, own)| Variable {
                display_name: own.label.clone().unwrap_or_else(|| name.clone()),
                system_name: name.clone(),
                description: own.description.clone(),
                value: own.value.clone(),
                values: own.values.clone(),
                data_type: own.data_type,
                is_required: own.required,
                is_sensitive: own.sensitive,
                is_launch_visible: own.configurable,
            })
            .collect()
    }

    /// Places of steps that have none: from left to right as they follow each other, one below the other.
    fn places(&self) -> HashMap<&str, Position> {
        let mut columns: HashMap<&str, usize> = HashMap::new();
        // No way is longer than there are steps; one that leads back is refused elsewhere.
        for _ in 0..self.steps.len() {
            for (key, step) in &self.steps {
                let own = columns.get(key.as_str()).copied().unwrap_or_default();
                for (_, targets) in step.exits() {
                    for target in targets.iter() {
                        let column = columns.entry(target.key()).or_default();
                        *column = (*column).max(own + 1).min(self.steps.len());
                    }
                }
            }
        }
        let mut rows: HashMap<usize, usize> = HashMap::new();
        let mut places = HashMap::new();
        for key in self.steps.keys() {
            let column = columns.get(key.as_str()).copied().unwrap_or_default();
            let row = rows.entry(column).or_default();
            *row += 1;
            let place = Position {
                left: ACROSS * (column + 1) as f64,
                top: DOWN * *row as f64,
            };
            places.insert(key.as_str(), place);
        }
        places
    }

    fn link(&self, step: &StepFile) -> Option<Link> {
        let (slug, key) = step.named_method()?;
        let known = self.connectors.get(slug);
        let mut link = Link {
            connector: ConnectorName {
                slug: Some(slug.to_owned()),
                release: step.release.or(known.and_then(|known| known.release)),
                ..ConnectorName::default()
            },
            instance: Some(self.instance(slug, step.connection)),
            method_key: Some(key.to_owned()),
            category: step.object.as_ref().map(|object| NewCategoryCopy {
                source_category: object.category.clone(),
                object_name: object.name.clone(),
                object_value: object.value.clone(),
            }),
            is_fresh: known.is_some_and(|known| known.fresh),
            ..Link::default()
        };
        if key.parse::<Uuid>().is_ok() {
            link.method_key = None;
        }
        Some(link)
    }

    /// A number of its own for each account connector of each connector.
    fn instance(&self, slug: &str, connection: Option<u32>) -> i64 {
        let slugs = self.steps.values().filter_map(StepFile::named_method);
        let mut seen: Vec<&str> = Vec::new();
        for (slug, _) in slugs {
            if !seen.contains(&slug) {
                seen.push(slug);
            }
        }
        let at = seen.iter().position(|one| *one == slug).unwrap_or_default();
        let at = i64::try_from(at).unwrap_or_default();
        at * 1_000 + i64::from(connection.unwrap_or(1))
    }

    fn kind(&self, step: &StepFile) -> StepKind {
        if let Some((_, key)) = step.named_method() {
            return StepKind::Method(Box::new(self.method(step, key)));
        }
        if let Some(decision) = &step.decision {
            return StepKind::Decision(self.decision(decision));
        }
        if let Some(delay) = &step.delay {
            return StepKind::Delay(Delay {
                interval: delay.interval,
                unit: delay.unit,
            });
        }
        if let Some(date) = &step.wait_until {
            return StepKind::WaitUntil {
                date: date.as_ref().map(|date| self.source(date)),
            };
        }
        match &step.annotation {
            Some(text) => StepKind::Annotation { text: text.clone() },
            None => StepKind::WaitAll,
        }
    }

    fn method(&self, step: &StepFile, key: &str) -> MethodStep {
        let mapped = |mappings: &IndexMap<String, MappingFile>| {
            let mappings = mappings.iter();
            mappings
                .map(|(target, mapping)| (target.clone(), self.mapping(mapping)))
                .collect()
        };
        let keys = step
            .unique_fields
            .iter()
            .map(|[left, right]| CollectionKey {
                left: field(left),
                right: field(right),
            });
        let continues = step.continues.as_ref().map(|continues| WebhookMapping {
            request: continues.request.clone(),
            source: field(&continues.equals),
        });
        MethodStep {
            is_webhook: step.webhook.is_some(),
            decides: step.decides,
            external_authentication: step.external_authentication,
            on_uncertain: step.on_uncertain,
            parameters: mapped(&step.parameters),
            fields: mapped(&step.fields),
            collection_keys: keys.collect(),
            webhook: continues,
            ..unlinked(MethodUid(key.parse().unwrap_or_default()))
        }
    }

    fn mapping(&self, mapping: &MappingFile) -> Mapping {
        match mapping {
            MappingFile::Plain(source) => Mapping {
                source: Some(self.source(source)),
                ..Mapping::default()
            },
            MappingFile::Full {
                configurable,
                source,
                suggested,
            } => Mapping {
                source: source.as_ref().map(|source| self.source(source)),
                is_launch_visible: *configurable,
                suggested: suggested.as_ref().map(|source| self.source(source)),
            },
        }
    }

    fn source(&self, source: &SourceFile) -> Source {
        match source {
            SourceFile::Text(text) => {
                let named = |word: &str| Some(id(self.steps.get_key_value(word)?.0).to_string());
                Source::Static {
                    value: Some(merge_fields(text, named)),
                }
            }
            SourceFile::Untyped { .. } => Source::Static { value: None },
            SourceFile::Step(from) => Source::PreviousStep(field(from)),
            SourceFile::Choice { choose } => Source::ValueList {
                value: choose.clone(),
            },
            SourceFile::Lookup { lookup, label } => Source::Lookup {
                value: lookup.clone(),
                label: label.clone(),
            },
            SourceFile::Variable { variable } => Source::Variable {
                name: variable.clone(),
            },
            SourceFile::Ignore { .. } => Source::Ignore,
        }
    }

    fn decision(&self, decision: &DecisionFile) -> Decision {
        let side = |source: &Option<SourceFile>| source.as_ref().map(|one| self.source(one));
        let criteria = decision.criteria.iter().map(|row| DecisionRow {
            left: side(&row.left),
            condition: row.condition,
            right: side(&row.right),
            upper: side(&row.upper),
            ignores_case: row.ignore_case,
        });
        Decision {
            join: decision.join,
            criteria: criteria.collect(),
        }
    }
}

impl StepFile {
    /// Slug of the connector and key of the method.
    pub(super) fn named_method(&self) -> Option<(&str, &str)> {
        self.method
            .as_ref()
            .or(self.webhook.as_ref())?
            .split_once('/')
    }

    /// Exits and what is behind them.
    pub(super) fn exits(&self) -> [(Exit, &Steps); 3] {
        [
            (Exit::Forward, &self.next),
            (Exit::True, &self.when_true),
            (Exit::False, &self.when_false),
        ]
    }
}

/// The id that a step of this key has in documents.
pub(super) fn id(key: &str) -> StepId {
    StepId(Uuid::new_v5(&STEPS, key.as_bytes()))
}

fn field(from: &FieldFile) -> FieldSource {
    FieldSource {
        step: from.step.as_deref().map(id),
        location: from.field.clone(),
    }
}

fn keep<K: Ord>(kept: &mut BTreeMap<K, Map<String, Value>>, key: K, members: &Map<String, Value>) {
    if !members.is_empty() {
        kept.insert(key, members.clone());
    }
}
