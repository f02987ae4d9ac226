//! What a schema can't say of a file.

use velodrome_model::cycle::{Exit, Graph, Role};

use super::{
    Lineage,
    model::{FieldFile, MappingFile, SourceFile, StepFile, TemplateFile},
};
use crate::templates::copying::merge_fields;

impl TemplateFile {
    /// Everything that is wrong, by JSON pointer.
    pub(super) fn faults(&self) -> Vec<(String, String)> {
        let mut faults = Faults {
            file: self,
            found: Vec::new(),
        };
        for slug in self.connectors.keys() {
            let uses = |step: &StepFile| step.named_method().is_some_and(|(own, _)| own == slug);
            if !self.steps.values().any(uses) {
                let pointer = format!("/connectors/{slug}");
                faults.add(pointer, "no step uses this connector; remove it");
            }
        }
        for (name, variable) in &self.variables {
            if variable.sensitive && variable.value.is_some() {
                let pointer = format!("/variables/{}/value", escaped(name));
                faults.add(
                    pointer,
                    "a sensitive variable has no value in a file; remove it and set it in each account",
                );
            }
        }
        for (key, step) in &self.steps {
            faults.step(&format!("/steps/{key}"), step);
        }
        if faults.found.is_empty() {
            faults.edges();
        }
        faults.found
    }
}

struct Faults<'a> {
    file: &'a TemplateFile,
    found: Vec<(String, String)>,
}

impl Faults<'_> {
    fn add(&mut self, pointer: String, message: impl Into<String>) {
        self.found.push((pointer, message.into()));
    }

    fn step(&mut self, at: &str, step: &StepFile) {
        let kinds = [
            step.method.is_some(),
            step.webhook.is_some(),
            step.decision.is_some(),
            step.delay.is_some(),
            step.wait_until.is_some(),
            step.wait_all,
            step.annotation.is_some(),
        ];
        if kinds.iter().filter(|is_it| **is_it).count() != 1 {
            self.add(
                at.to_owned(),
                "must have exactly one of method, webhook, decision, delay, waitUntil, waitAll and annotation",
            );
        }
        let for_methods = [
            ("parameters", !step.parameters.is_empty()),
            ("fields", !step.fields.is_empty()),
            ("uniqueFields", !step.unique_fields.is_empty()),
            ("continues", step.continues.is_some()),
            ("release", step.release.is_some()),
            ("connection", step.connection.is_some()),
            ("object", step.object.is_some()),
            ("decides", step.decides),
            ("externalAuthentication", step.external_authentication),
        ];
        if step.named_method().is_none() {
            for (name, is_there) in for_methods {
                if is_there {
                    let pointer = format!("{at}/{name}");
                    self.add(pointer, "only steps with a method or webhook have this");
                }
            }
        }
        for (name, mappings) in [("parameters", &step.parameters), ("fields", &step.fields)] {
            for (target, mapping) in mappings {
                let pointer = format!("{at}/{name}/{}", escaped(target));
                self.mapping(&pointer, mapping);
            }
        }
        for (index, pair) in step.unique_fields.iter().enumerate() {
            for (side, field) in pair.iter().enumerate() {
                self.field(&format!("{at}/uniqueFields/{index}/{side}"), field);
            }
        }
        if let Some(continues) = &step.continues {
            self.field(&format!("{at}/continues/equals"), &continues.equals);
        }
        if let Some(Some(date)) = &step.wait_until {
            self.source(&format!("{at}/waitUntil"), date);
        }
        let rows = step.decision.iter().flat_map(|decision| &decision.criteria);
        for (index, row) in rows.enumerate() {
            for (name, side) in [
                ("left", &row.left),
                ("right", &row.right),
                ("upper", &row.upper),
            ] {
                if let Some(source) = side {
                    self.source(&format!("{at}/decision/criteria/{index}/{name}"), source);
                }
            }
        }
        for (name, targets) in [
            ("next", &step.next),
            ("whenTrue", &step.when_true),
            ("whenFalse", &step.when_false),
        ] {
            for target in targets.iter() {
                self.is_step(&format!("{at}/{name}"), target.key());
            }
        }
    }

    fn mapping(&mut self, at: &str, mapping: &MappingFile) {
        match mapping {
            MappingFile::Plain(source) => self.source(at, source),
            MappingFile::Full {
                source, suggested, ..
            } => {
                for (name, source) in [("source", source), ("suggested", suggested)] {
                    if let Some(source) = source {
                        self.source(&format!("{at}/{name}"), source);
                    }
                }
            }
        }
    }

    fn source(&mut self, at: &str, source: &SourceFile) {
        match source {
            SourceFile::Text(text) => {
                let mut named = Vec::new();
                merge_fields(text, |word| {
                    named.push(word.to_owned());
                    None
                });
                // Merge fields of the product begin with a capital letter, ids of steps are GUIDs.
                for word in named.iter().filter(|word| super::is_key(word)) {
                    if word.parse::<uuid::Uuid>().is_err() {
                        self.is_step(at, word);
                    }
                }
            }
            SourceFile::Step(field) => self.field(at, field),
            SourceFile::Variable {
                variable: Some(name),
            } => {
                let mut known = self.file.variables.keys();
                if !known.any(|known| known.eq_ignore_ascii_case(name)) {
                    let message = format!("there is no variable {name:?}; add it to variables");
                    self.add(format!("{at}/variable"), message);
                }
            }
            SourceFile::Ignore { ignore: false } => {
                self.add(format!("{at}/ignore"), "must be true; remove it otherwise");
            }
            SourceFile::Untyped { text: Some(_) } => {
                self.add(format!("{at}/text"), "must be null; write typed text alone");
            }
            SourceFile::Variable { variable: None }
            | SourceFile::Untyped { text: None }
            | SourceFile::Choice { .. }
            | SourceFile::Lookup { .. }
            | SourceFile::Ignore { ignore: true } => {}
        }
    }

    fn field(&mut self, at: &str, field: &FieldFile) {
        if let Some(step) = &field.step {
            self.is_step(&format!("{at}/step"), step);
        }
    }

    fn is_step(&mut self, at: &str, key: &str) {
        if !self.file.steps.contains_key(key) {
            self.add(at.to_owned(), format!("there is no step {key:?}"));
        }
    }

    /// Connections one by one, so that each that makes no sense is told with its reason.
    fn edges(&mut self) {
        let document = self.file.understood(&Lineage::default()).document;
        let roles: Vec<_> = document
            .steps
            .iter()
            .map(|step| {
                // Whether a method has a condition is known only with its connector.
                let decides = document
                    .edges
                    .iter()
                    .any(|edge| edge.tail == step.id && edge.exit != Exit::Forward);
                let role = match step.role() {
                    Role::Method { decides: own } => Role::Method {
                        decides: own || decides,
                    },
                    role => role,
                };
                (step.id, role)
            })
            .collect();
        let mut admitted = Vec::new();
        for (key, step) in &self.file.steps {
            let exits = ["next", "whenTrue", "whenFalse"];
            for (name, (exit, targets)) in exits.into_iter().zip(step.exits()) {
                for target in targets.iter() {
                    let edge = document.edges.iter().find(|edge| {
                        edge.tail == super::to_document::id(key)
                            && edge.exit == exit
                            && edge.head == super::to_document::id(target.key())
                    });
                    let Some(edge) = edge else { continue };
                    let graph = Graph::new(roles.iter().copied(), admitted.iter().copied());
                    match graph.admits(edge) {
                        Ok(()) => admitted.push(*edge),
                        Err(fault) => {
                            let pointer = format!("/steps/{key}/{name}");
                            self.found.push((pointer, fault.to_string()));
                        }
                    }
                }
            }
        }
    }
}

/// Text as a segment of a JSON pointer.
fn escaped(text: &str) -> String {
    text.replace('~', "~0").replace('/', "~1")
}
