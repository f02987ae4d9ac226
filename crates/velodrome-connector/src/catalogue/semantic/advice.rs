//! Warnings: names and descriptions that don't help, and what this release does not do.

use velodrome_model::{
    FaultCode,
    definition::{Method, MethodType},
};

use super::{Subject, parts::method_pointer};
use crate::catalogue::findings::{Findings, Pointer};

/// What is done with a record.
const VERBS: [&str; 5] = ["Get", "List", "Create", "Update", "Delete"];

/// What else is done at providers: steps of a process, and calls of any kind.
const OTHER_VERBS: [&str; 14] = [
    "Add", "Approve", "Call", "Cancel", "Capture", "Confirm", "Finalize", "Pay", "Remove",
    "Search", "Send", "Start", "Upload", "Void",
];

pub fn check(subject: Subject<'_>, findings: &mut Findings) {
    let definition = subject.definition;
    let root = Pointer::root();
    described(definition.description.as_deref(), &root, findings);
    for (at, method) in definition.methods.iter().enumerate() {
        let own = method_pointer(at);
        // Utility connectors keep the names that their users know.
        if !definition.utility {
            named(method, &own, findings);
        }
        described(method.description.as_deref(), &own, findings);
    }
}

fn named(method: &Method, own: &Pointer, findings: &mut Findings) {
    if method.kind == MethodType::Webhook {
        return;
    }
    let mut words = method.name.split_whitespace();
    let verb = words.next().unwrap_or_default();
    let says =
        VERBS.iter().chain(&OTHER_VERBS).any(|known| *known == verb) && words.next().is_some();
    if !says {
        let message = format!(
            "the name {:?} does not begin with {} and name an object",
            method.name,
            VERBS.join(", ")
        );
        findings.warning(FaultCode::W001, own.then("name"), message);
    }
}

fn described(description: Option<&str>, owner: &Pointer, findings: &mut Findings) {
    match description.map(str::trim) {
        None | Some("") => findings.warning(
            FaultCode::W002,
            owner.clone(),
            "there is no description; add a sentence",
        ),
        Some(text) if !text.ends_with('.') => {
            findings.warning(
                FaultCode::W002,
                owner.then("description"),
                "the description does not end with a period",
            );
        }
        Some(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample::warnings;

    #[test]
    fn names_and_descriptions_are_held_to_the_manners() {
        let body = "description: Things\nmethods:\n  - {key: fetch, name: Fetch, category: Things, type: Action, httpMethod: GET, endpoint: 'https://api.acme.com/'}\n";

        assert_eq!(
            warnings(body),
            [
                "W002 the description does not end with a period",
                "W002 there is no description; add a sentence",
                "W001 the name \"Fetch\" does not begin with Get, List, Create, Update, Delete and name an object",
            ]
        );
    }
}
