//! Whether the parts of a definition fit together (connectors.md §13, V003 to V014).
//!
//! Every rule is a file; each looks at the whole definition and reports all it finds. V007 is a rule
//! of the schema already.

mod addresses;
mod advice;
mod mergefields;
mod notation;
mod paging;
mod parts;
mod references;
pub(super) mod scripts;
mod secrets;
mod texts;
mod unique;

pub use secrets::looks_secret;
use serde_json::Value;
use velodrome_model::{FaultCode, definition::ConnectorDefinition};

use super::{
    document::Setting,
    findings::{Findings, Pointer},
};

/// What the rules look at.
#[derive(Clone, Copy)]
struct Subject<'a> {
    definition: &'a ConnectorDefinition,
    /// What was read, for what is easier seen there.
    written: Written<'a>,
    setting: Setting<'a>,
}

/// How a definition was written.
#[derive(Clone, Copy)]
pub enum Written<'a> {
    /// As the text of a file, whose comments count too.
    Text(&'a str),
    /// As a value.
    Value(&'a Value),
}

/// Applies every rule.
pub fn check(
    definition: &ConnectorDefinition,
    written: Written<'_>,
    setting: Setting<'_>,
    findings: &mut Findings,
) {
    let subject = Subject {
        definition,
        written,
        setting,
    };
    if !is_reasonable(definition, findings) {
        return;
    }
    for rule in [
        unique::check,
        references::check,
        mergefields::check,
        notation::check,
        paging::check,
        addresses::check,
        scripts::check,
        secrets::check,
        advice::check,
    ] {
        rule(subject, findings);
    }
}

/// The most parameters of a connector, and of a method beside these.
const MAX_PARAMETERS: usize = 500;

/// Rules look at lists in pairs, so that their lengths are bounded; no remote API comes near.
fn is_reasonable(definition: &ConnectorDefinition, findings: &mut Findings) -> bool {
    let root = Pointer::root();
    let mut lists = vec![
        (
            root.then("authentications"),
            definition.authentications.len(),
            100,
        ),
        (
            root.then("parameters"),
            definition.parameters.len(),
            MAX_PARAMETERS,
        ),
        (root.then("triggers"), definition.triggers.len(), 2000),
        (
            root.then("methodCategories"),
            definition.method_categories.len(),
            2000,
        ),
        (root.then("methods"), definition.methods.len(), 5000),
    ];
    for (at, method) in definition.methods.iter().enumerate() {
        if method.parameters.len() > MAX_PARAMETERS {
            let pointer = parts::method_pointer(at).then("parameters");
            lists.push((pointer, method.parameters.len(), MAX_PARAMETERS));
        }
    }
    let mut reasonable = true;
    for (pointer, length, most) in lists {
        if length > most {
            let message = format!("has {length} elements; at most {most} are allowed");
            findings.error(FaultCode::V002, pointer, message);
            reasonable = false;
        }
    }
    reasonable
}

#[cfg(test)]
mod sample {
    use velodrome_model::{Fault, Severity};

    use crate::catalogue::{
        Origin,
        document::{Setting, examine},
    };

    /// Lines that every sample begins with.
    const HEAD: &str = "\
format: velodrome.connector/1
slug: acme
name: Acme
release: {number: 1, status: Live}
";

    fn all(body: &str, origin: Origin) -> Vec<Fault> {
        let mut text = HEAD.to_owned();
        for (key, default) in [
            (
                "authentications:",
                "authentications: [{key: none, type: None}]\n",
            ),
            ("methods:", "methods: []\n"),
        ] {
            if !body.lines().any(|line| line.starts_with(key)) {
                text += default;
            }
        }
        text += body;
        examine(
            text.as_bytes(),
            Setting {
                folder: Some("acme"),
                origin,
            },
        )
        .faults("connector.yaml", str::to_owned)
    }

    /// Errors of an operator's definition with this body, as `code message`.
    pub fn errors(body: &str) -> Vec<String> {
        errors_from(body, Origin::Directory)
    }

    /// Errors of a definition with this body from this origin, as `code message`.
    pub fn errors_from(body: &str, origin: Origin) -> Vec<String> {
        shown(all(body, origin), Severity::Error)
    }

    /// Warnings of an operator's definition with this body, as `code message`.
    pub fn warnings(body: &str) -> Vec<String> {
        shown(all(body, Origin::Directory), Severity::Warning)
    }

    fn shown(faults: Vec<Fault>, severity: Severity) -> Vec<String> {
        let of = faults
            .into_iter()
            .filter(|fault| fault.severity == severity);
        of.map(|fault| format!("{} {}", fault.code, fault.message))
            .collect()
    }
}
