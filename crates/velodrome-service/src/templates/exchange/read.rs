//! A document as a graph.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde_json::Value;
use uuid::Uuid;
use velodrome_model::{
    ConnectorUid, EdgeId, MethodUid, StepId,
    cycle::{
        CollectionKey, CollectionSplitting, CycleDocument, CycleSettings, Decision, DecisionRow,
        Delay, Edge, Exit, FieldSource, Graph, Mapping, MethodStep, Position, Retries, RunSettings,
        Source, Step, StepErrorAction, StepKind, Variable, WebhookMapping,
    },
};
use velodrome_store::NewCategoryCopy;

use super::{
    ConnectorName, ExportedConnector, FORMAT, FRESH, Head, Incompatibility, Link, Misunderstood,
    TemplateHead, Understood, members::Members, unlinked, words::ActionType,
};

/// Most steps, connections and variables of a document.
const MOST_STEPS: usize = 500;
const MOST_EDGES: usize = 2_000;
const MOST_VARIABLES: usize = 500;
/// Most characters of a name of anything, and of a free text.
const MOST_NAME: usize = 255;
const MOST_TEXT: usize = 4_000;

/// Understands a document.
///
/// # Errors
/// What it is not, or every part of it that can't be taken.
pub(crate) fn read(
    value: Value,
    mut id: impl FnMut() -> Uuid,
) -> Result<Understood, Misunderstood> {
    let none = |what: &str| Misunderstood::NoDocument(what.to_owned());
    let mut members = Members::of(value).ok_or_else(|| none("it must be a JSON object"))?;
    if let Some(format) = members.filled(&["Format"])
        && !format.eq_ignore_ascii_case(FORMAT)
    {
        return Err(Misunderstood::NoDocument(format!(
            "Format must be {FORMAT} or absent"
        )));
    }
    let name = members.filled(&["Name"]);
    let name = name.ok_or_else(|| none("Name is required"))?;
    let steps = members.list(&["Steps"]);
    let steps = steps.ok_or_else(|| none("Steps must be a list"))?;
    let edges = members.list(&["Edges"]);
    let edges = edges.ok_or_else(|| none("Edges must be a list"))?;
    let variables = members.list(&["Variables"]).unwrap_or_default();
    for (what, count, most) in [
        ("steps", steps.len(), MOST_STEPS),
        ("edges", edges.len(), MOST_EDGES),
        ("variables", variables.len(), MOST_VARIABLES),
    ] {
        if count > most {
            return Err(Misunderstood::NoDocument(format!(
                "it has {count} {what}, and at most {most} are allowed"
            )));
        }
    }
    let mut reader = Reader {
        faults: Vec::new(),
        named: HashMap::new(),
        id: &mut id,
    };
    let head = reader.head(name, &mut members);
    let settings = reader.settings(&mut members);
    let mut document = CycleDocument {
        settings,
        ..CycleDocument::default()
    };
    let links = reader.steps(steps, &mut document);
    reader.edges(edges, &mut document);
    reader.variables(variables, &mut document);
    let connectors = members.list(&["ExportedConnectors"]).unwrap_or_default();
    let connectors = connectors.into_iter().filter_map(exported).collect();
    document.kept.members = members.rest();
    if !reader.faults.is_empty() {
        return Err(Misunderstood::Parts(reader.faults));
    }
    Ok(Understood {
        head,
        document,
        links,
        connectors,
    })
}

struct Reader<'a> {
    faults: Vec<Incompatibility>,
    /// Steps by what the document calls them, which need not be a GUID elsewhere.
    named: HashMap<String, StepId>,
    id: &'a mut dyn FnMut() -> Uuid,
}

impl Reader<'_> {
    fn fault(&mut self, step: Option<&str>, reason: impl Into<String>) {
        self.faults.push(Incompatibility {
            step: step.map(str::to_owned),
            method: None,
            reason: reason.into(),
        });
    }

    fn bounded(&mut self, step: Option<&str>, what: &str, text: Option<&str>, most: usize) {
        if text.is_some_and(|text| text.chars().count() > most) {
            self.fault(step, format!("{what} must have at most {most} characters"));
        }
    }

    /// An enumeration; the default where it is not there.
    fn word<T: super::words::Listed>(
        &mut self,
        members: &mut Members,
        step: Option<&str>,
        name: &str,
    ) -> Option<T> {
        match members.word(&[name])? {
            Some(word) => Some(word),
            None => {
                self.fault(step, format!("{name} has an unknown value"));
                None
            }
        }
    }

    fn head(&mut self, name: String, members: &mut Members) -> Head {
        let description = members.text(&["Description"]);
        self.bounded(None, "Name", Some(&name), MOST_NAME);
        self.bounded(None, "Description", description.as_deref(), MOST_TEXT);
        let tags = members.list(&["Tags"]).unwrap_or_default();
        let tags = tags.into_iter().filter_map(|tag| match tag {
            Value::String(tag) if !tag.trim().is_empty() => Some(tag),
            _ => None,
        });
        let hours = |hours: Option<i64>| hours.and_then(|hours| u32::try_from(hours.min(744)).ok());
        let settings = CycleSettings {
            is_shareable: members.truth(&["Shareable"]).unwrap_or_default(),
            tags: tags.collect(),
            success_retention_hours: hours(members.integer(&["StepDataSuccessRetentionHours"])),
            errored_retention_hours: hours(members.integer(&["StepDataErroredRetentionHours"])),
        };
        Head {
            name,
            description,
            settings,
            template: self.template(members),
        }
    }

    fn template(&mut self, members: &mut Members) -> Option<TemplateHead> {
        let fresh = members.list(&["FreshConnectors"]);
        let interval = members.integer(&["Interval"]);
        let shares = members.truth(&["ShareCustomFields"]);
        let runs_once = members.truth(&["RunOnce"]);
        let note = members.text(&["Note"]);
        let notes = members.text(&["ReleaseNotes"]);
        let is_there = fresh.is_some()
            || interval.is_some()
            || shares.is_some()
            || runs_once.is_some()
            || note.is_some()
            || notes.is_some();
        self.bounded(None, "Note", note.as_deref(), MOST_TEXT);
        self.bounded(None, "ReleaseNotes", notes.as_deref(), MOST_TEXT);
        let minutes = interval.unwrap_or_default();
        let is_known = minutes == 0 || velodrome_model::cycle::Interval::try_from(minutes).is_ok();
        if !is_known {
            self.fault(None, "Interval is none of the intervals that there are");
        }
        is_there.then(|| TemplateHead {
            note,
            shares_custom_fields: shares.unwrap_or_default(),
            interval: u16::try_from(minutes).unwrap_or_default(),
            runs_once: runs_once.unwrap_or_default(),
            fresh: fresh
                .unwrap_or_default()
                .iter()
                .filter_map(|uid| uid.as_str()?.parse().ok())
                .collect(),
            notes,
        })
    }

    fn settings(&mut self, members: &mut Members) -> RunSettings {
        let plain = RunSettings::default();
        let on_error: Option<StepErrorAction> = self.word(members, None, "CycleStepErrorAction");
        let splitting: Option<CollectionSplitting> =
            self.word(members, None, "CycleCollectionSplitType");
        let retries = match members.integer(&["MaxRetriesOnError"]) {
            None => plain.retries,
            Some(count) => Retries::try_from(count).unwrap_or_else(|bad| {
                self.fault(None, bad.to_string());
                plain.retries
            }),
        };
        RunSettings {
            on_error: on_error.unwrap_or(plain.on_error),
            retries,
            logs_requests: members
                .truth(&["LogStepDataRequests"])
                .unwrap_or(plain.logs_requests),
            splitting: splitting.unwrap_or(plain.splitting),
            in_order: members.truth(&["ProcessInOrder"]).unwrap_or(plain.in_order),
        }
    }

    fn steps(&mut self, steps: Vec<Value>, document: &mut CycleDocument) -> BTreeMap<StepId, Link> {
        let mut opened = Vec::with_capacity(steps.len());
        for (at, step) in steps.into_iter().enumerate() {
            let Some(mut members) = Members::of(step) else {
                self.fault(None, format!("step {} must be an object", at + 1));
                continue;
            };
            let own = members.filled(&["Id", "StepId"]);
            let guid = own.as_deref().and_then(|own| Uuid::parse_str(own).ok());
            let id = StepId(guid.filter(|id| !id.is_nil()).unwrap_or_else(&mut self.id));
            if let Some(own) = own
                && self.named.insert(own.to_lowercase(), id).is_some()
            {
                self.fault(None, format!("two steps have the id {own}"));
            }
            opened.push((at, id, members));
        }
        let mut links = BTreeMap::new();
        for (at, id, members) in opened {
            self.step((at, id), members, document, &mut links);
        }
        links
    }

    fn step(
        &mut self,
        (at, id): (usize, StepId),
        mut members: Members,
        document: &mut CycleDocument,
        links: &mut BTreeMap<StepId, Link>,
    ) {
        let name = members.filled(&["Name", "StepName"]);
        let name = name.unwrap_or_else(|| format!("Step {}", at + 1));
        let said = Some(name.as_str());
        let description = members.text(&["Description"]);
        self.bounded(said, "Name", said, MOST_NAME);
        self.bounded(said, "Description", description.as_deref(), MOST_TEXT);
        let origin = members.guid(&["OriginId"]).map(StepId);
        let position = Position {
            left: members.number(&["DisplayPositionLeft"]).unwrap_or_default(),
            top: members.number(&["DisplayPositionTop"]).unwrap_or_default(),
        };
        let on_error = self.word(&mut members, said, "StepErrorAction");
        let splitting = self.word(&mut members, said, "CollectionSplitType");
        let script = members.filled(&["Script", "StepScript"]);
        let is_setup_hidden = members.truth(&["IsSetupHidden"]).unwrap_or_default();
        let action = members.word(&["ActionType"]);
        let kind = match action {
            Some(Some(ActionType::Action)) => self.method(id, &name, &mut members, false, links),
            Some(Some(ActionType::Webhook)) => self.method(id, &name, &mut members, true, links),
            Some(Some(ActionType::Decision)) => Some(self.decision(&name, &mut members)),
            Some(Some(ActionType::Delay)) => Some(self.delay(&name, &mut members)),
            Some(Some(ActionType::WaitUntil)) => {
                let mut wait = members.object(&["WaitUntil"]);
                let date = wait.as_mut().and_then(|wait| wait.object(&["Date"]));
                let date = date.and_then(|mut date| self.source(&name, &mut date));
                Some(StepKind::WaitUntil { date })
            }
            Some(Some(ActionType::WaitAll)) => Some(StepKind::WaitAll),
            Some(Some(ActionType::Annotation)) => Some(StepKind::Annotation {
                text: members.text(&["AnnotationText"]),
            }),
            None | Some(None | Some(ActionType::Unknown)) => {
                self.fault(said, "ActionType is missing or unknown");
                None
            }
        };
        let Some(kind) = kind else { return };
        let rest = members.rest();
        if !rest.is_empty() {
            document.kept.steps.insert(id, rest);
        }
        document.steps.push(Step {
            id,
            origin,
            name,
            description,
            position,
            on_error,
            splitting,
            script,
            is_setup_hidden,
            kind,
        });
    }

    fn method(
        &mut self,
        id: StepId,
        name: &str,
        members: &mut Members,
        is_webhook: bool,
        links: &mut BTreeMap<StepId, Link>,
    ) -> Option<StepKind> {
        // The original product may nest the method; what it says of it besides is not needed.
        let mut nested = members.object(&["Method"]);
        let uid = members.guid(&["MethodUniqueIdentifier"]).or_else(|| {
            nested
                .as_mut()?
                .guid(&["UniqueIdentifier", "MethodUniqueIdentifier"])
        });
        let method_key = members.filled(&["MethodKey"]);
        let mut is_fresh = false;
        let connector = members.object(&["Connector"]).map(|mut connector| {
            let mode = connector.text(&["InstallMode"]);
            is_fresh = mode.is_some_and(|mode| mode.eq_ignore_ascii_case(FRESH));
            connector_name(&mut connector)
        });
        let is_by_key = method_key.is_some()
            && connector
                .as_ref()
                .is_some_and(|connector| connector.uid.is_some() || connector.slug.is_some());
        let uid = match uid {
            Some(uid) => uid,
            None if is_by_key => Uuid::nil(),
            None => {
                self.fault(Some(name), "MethodUniqueIdentifier is missing or malformed");
                return None;
            }
        };
        let category = members.object(&["Category"]).and_then(|mut category| {
            Some(NewCategoryCopy {
                source_category: category.filled(&["SourceCategory"])?,
                object_name: category.filled(&["ObjectName"])?,
                object_value: category.filled(&["ObjectValue"]),
            })
        });
        links.insert(
            id,
            Link {
                connector: connector.unwrap_or_default(),
                instance: members.integer(&["AccountConnector"]),
                method_name: members.text(&["MethodName"]),
                method_key,
                is_fresh,
                category,
            },
        );
        let parameters = members.list(&["ParameterMappings", "Parameters"]);
        let fields = members.list(&["FieldMappings", "Fields"]);
        let webhook = members.object(&["WebhookMapping"]);
        Some(StepKind::Method(Box::new(MethodStep {
            is_webhook,
            decides: members.truth(&["HasCondition"]).unwrap_or_default(),
            external_authentication: members
                .truth(&["UseExternalAuthentication"])
                .unwrap_or_default(),
            on_uncertain: self
                .word(members, Some(name), "OnUncertain")
                .unwrap_or_default(),
            parameters: self.mappings(name, parameters, &["Parameter"], &["TargetName"]),
            fields: self.mappings(
                name,
                fields,
                &["Field", "ConnectorField"],
                &["Location", "ConnectorField"],
            ),
            collection_keys: self.keys(members),
            webhook: webhook.map(|mut webhook| WebhookMapping {
                request: webhook.text(&["RequestLocation"]),
                source: self.field(webhook.object(&["Source"])),
            }),
            ..unlinked(MethodUid(uid))
        })))
    }

    /// Mappings by their target, which is a member of the mapping or of an object in it.
    fn mappings(
        &mut self,
        step: &str,
        items: Option<Vec<Value>>,
        nested: &[&str],
        names: &[&str],
    ) -> BTreeMap<String, Mapping> {
        let mut mappings = BTreeMap::new();
        for item in items.unwrap_or_default() {
            let Some(mut members) = Members::of(item) else {
                self.fault(Some(step), "a mapping must be an object");
                continue;
            };
            let inside = members.object(nested);
            let target = inside
                .and_then(|mut inside| inside.filled(names))
                .or_else(|| members.filled(names));
            let Some(target) = target else {
                self.fault(
                    Some(step),
                    format!("a mapping does not say its {}", names[0]),
                );
                continue;
            };
            let suggested = members
                .object(&["Suggested"])
                .and_then(|mut suggested| self.source(step, &mut suggested));
            let mapping = Mapping {
                source: self.source(step, &mut members),
                is_launch_visible: members.truth(&["IsLaunchVisible"]).unwrap_or_default(),
                suggested,
            };
            mappings.insert(target, mapping);
        }
        mappings
    }

    fn source(&mut self, step: &str, members: &mut Members) -> Option<Source> {
        let kind = members.filled(&["MappingType"])?;
        let value = members.text(&["Value"]);
        let source = match kind.trim().to_lowercase().as_str() {
            "ignore" => Source::Ignore,
            "staticvalue" => Source::Static { value },
            "valuelist" => Source::ValueList { value },
            "previousstep" | "stepdata" | "stepoutput" => Source::PreviousStep(FieldSource {
                step: self.step_named(members, &["SourceStepId", "SourceStep_Id"]),
                location: members.filled(&["SourceLocation", "SourceConnectorField"]),
            }),
            "lookup" | "trigger" | "triggervalue" => Source::Lookup {
                value: members.text(&["TriggerValue"]),
                label: members.text(&["TriggerValueDisplayName"]),
            },
            "variable" | "cyclevariable" | "accountvariable" => Source::Variable {
                name: members.filled(&["VariableName"]),
            },
            _ => {
                self.fault(Some(step), format!("MappingType {kind} is unknown"));
                return None;
            }
        };
        Some(source)
    }

    fn step_named(&self, members: &mut Members, names: &[&str]) -> Option<StepId> {
        let own = members.filled(names)?;
        self.named.get(&own.to_lowercase()).copied()
    }

    fn field(&self, members: Option<Members>) -> FieldSource {
        let Some(mut members) = members else {
            return FieldSource::default();
        };
        FieldSource {
            step: self.step_named(&mut members, &["StepId", "Step_Id"]),
            location: members.filled(&["Location"]),
        }
    }

    fn keys(&self, members: &mut Members) -> Vec<CollectionKey> {
        let keys = members.list(&["CollectionKeys"]).unwrap_or_default();
        keys.into_iter()
            .filter_map(Members::of)
            .map(|mut key| CollectionKey {
                left: self.field(key.object(&["Left"])),
                right: self.field(key.object(&["Right"])),
            })
            .collect()
    }

    fn decision(&mut self, name: &str, members: &mut Members) -> StepKind {
        let Some(mut decision) = members.object(&["Decision"]) else {
            return StepKind::Decision(Decision::default());
        };
        let join = self.word(&mut decision, Some(name), "Join");
        let mut criteria = Vec::new();
        for row in decision.list(&["Criteria"]).unwrap_or_default() {
            let Some(mut row) = Members::of(row) else {
                self.fault(Some(name), "a criterion must be an object");
                continue;
            };
            let Some(condition) = self.word(&mut row, Some(name), "Condition") else {
                self.fault(Some(name), "a criterion has no condition");
                continue;
            };
            let mut operand = |side: &str| {
                let mut operand = row.object(&[side])?;
                self.source(name, &mut operand)
            };
            criteria.push(DecisionRow {
                left: operand("LeftOperand"),
                condition,
                right: operand("RightOperand"),
                upper: operand("UpperOperand"),
                ignores_case: row.truth(&["IgnoreCase"]).unwrap_or_default(),
            });
        }
        StepKind::Decision(Decision {
            join: join.unwrap_or_default(),
            criteria,
        })
    }

    fn delay(&mut self, name: &str, members: &mut Members) -> StepKind {
        let Some(mut delay) = members.object(&["Delay"]) else {
            return StepKind::Delay(Delay::default());
        };
        let interval = delay.integer(&["Interval"]);
        if interval.is_some_and(|interval| u32::try_from(interval).is_err()) {
            self.fault(
                Some(name),
                "Interval of the delay must be a whole number from 0",
            );
        }
        StepKind::Delay(Delay {
            interval: interval.and_then(|interval| u32::try_from(interval).ok()),
            unit: self.word(&mut delay, Some(name), "Unit"),
        })
    }

    /// Connections one by one, so that one that makes no sense is told with its reason.
    fn edges(&mut self, edges: Vec<Value>, document: &mut CycleDocument) {
        let roles: Vec<_> = document
            .steps
            .iter()
            .map(|step| (step.id, step.role()))
            .collect();
        let mut seen = HashSet::new();
        for (at, edge) in edges.into_iter().enumerate() {
            let said = format!("edge {}", at + 1);
            let Some(mut members) = Members::of(edge) else {
                self.fault(None, format!("{said} must be an object"));
                continue;
            };
            let tail = self.step_named(&mut members, &["TailStep_Id", "TailStepId"]);
            let head = self.step_named(&mut members, &["HeadStep_Id", "HeadStepId"]);
            let (Some(tail), Some(head)) = (tail, head) else {
                self.fault(None, format!("{said} names a step that is not there"));
                continue;
            };
            let exit = match members.word(&["CycleEdgeType", "EdgeType"]) {
                None => Exit::Forward,
                Some(Some(exit)) => exit,
                Some(None) => {
                    self.fault(None, format!("{said}: CycleEdgeType has an unknown value"));
                    continue;
                }
            };
            let own = members.guid(&["Id"]).filter(|id| seen.insert(*id));
            let edge = Edge {
                id: EdgeId(own.unwrap_or_else(&mut self.id)),
                tail,
                exit,
                head,
            };
            // Whether a method has a condition is known only with its connector, so an exit decides here.
            let roles = roles.iter().map(|(id, role)| {
                let decides = exit != Exit::Forward;
                let role = match role {
                    velodrome_model::cycle::Role::Method { .. } if *id == tail => {
                        velodrome_model::cycle::Role::Method { decides }
                    }
                    role => *role,
                };
                (*id, role)
            });
            let graph = Graph::new(roles, document.edges.iter().copied());
            if let Err(fault) = graph.admits(&edge) {
                self.fault(None, format!("{said}: {fault}"));
                continue;
            }
            let rest = members.rest();
            if !rest.is_empty() {
                document.kept.edges.insert(edge.id, rest);
            }
            document.edges.push(edge);
        }
    }

    fn variables(&mut self, variables: Vec<Value>, document: &mut CycleDocument) {
        for (at, variable) in variables.into_iter().enumerate() {
            let said = format!("variable {}", at + 1);
            let Some(mut members) = Members::of(variable) else {
                self.fault(None, format!("{said} must be an object"));
                continue;
            };
            let display = members.filled(&["DisplayName", "Name"]);
            let system = members.filled(&["SystemName"]).or_else(|| {
                let is_kept = |c: &char| c.is_ascii_alphanumeric() || *c == '_';
                Some(display.as_ref()?.chars().filter(is_kept).collect())
            });
            let Some(system_name) = system.filter(|name| is_system_name(name)) else {
                self.fault(
                    None,
                    format!("{said}: SystemName must begin with a letter or underscore, then letters, digits and underscores"),
                );
                continue;
            };
            if document.variable(&system_name).is_some() {
                self.fault(None, format!("two variables are called {system_name}"));
                continue;
            }
            self.bounded(None, &said, display.as_deref(), MOST_NAME);
            self.bounded(None, &said, Some(&system_name), MOST_NAME);
            let data_type = self.word(&mut members, None, "DataType");
            let values = members.list(&["Values"]);
            let values = values.map(|values| {
                let text = values.into_iter().map(|value| match value {
                    Value::String(text) => text,
                    other => other.to_string(),
                });
                text.collect()
            });
            let description = members.text(&["Description"]);
            self.bounded(None, &said, description.as_deref(), MOST_TEXT);
            let read = Variable {
                display_name: display.unwrap_or_else(|| system_name.clone()),
                system_name: system_name.clone(),
                description,
                value: members.text(&["Value"]),
                values,
                data_type: data_type.unwrap_or_default(),
                is_required: members.truth(&["IsRequired"]).unwrap_or_default(),
                is_sensitive: members.truth(&["IsSensitive"]).unwrap_or_default(),
                is_launch_visible: members.truth(&["IsLaunchVisible"]).unwrap_or_default(),
            };
            let rest = members.rest();
            if !rest.is_empty() {
                document.kept.variables.insert(system_name, rest);
            }
            document.variables.push(read);
        }
    }
}

fn is_system_name(name: &str) -> bool {
    let mut chars = name.chars();
    chars
        .next()
        .is_some_and(|first| first.is_ascii_alphabetic() || first == '_')
        && chars.all(|c| c.is_ascii_alphanumeric() || c == '_')
}

fn connector_name(members: &mut Members) -> ConnectorName {
    let release = members.integer(&["Release", "ReleaseNumber"]);
    ConnectorName {
        uid: members
            .guid(&["UniqueIdentifier", "ConnectorUniqueIdentifier"])
            .map(ConnectorUid),
        slug: members.filled(&["Slug"]),
        name: members.filled(&["Name"]),
        version: members.filled(&["Version"]),
        release: release.and_then(|release| u32::try_from(release).ok()),
    }
}

/// A connector release of the document: with a name around its definition as we write it, or the bare
/// definition.
fn exported(value: Value) -> Option<ExportedConnector> {
    let mut members = Members::of(value.clone())?;
    let mut name = connector_name(&mut members);
    let definition = members.take(&["Definition"]);
    if let Some(mut inside) = definition.clone().and_then(Members::of) {
        let own = connector_name(&mut inside);
        name.uid = name.uid.or(own.uid);
        name.slug = name.slug.or(own.slug);
        name.name = name.name.or(own.name);
        name.version = name.version.or(own.version);
    }
    Some(ExportedConnector {
        name,
        definition: definition.unwrap_or(value),
    })
}
