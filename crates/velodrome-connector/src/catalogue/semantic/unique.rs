//! V003 and V004: what must be there only once, and the slug that is the folder's name.

use std::{collections::HashMap, hash::Hash};

use velodrome_model::{FaultCode, definition::Parameter, identity::Direction};

use super::{
    Subject,
    parts::{Part, body_fields, connector_parameters, method_parameters, method_pointer},
};
use crate::catalogue::findings::{Findings, Pointer};

pub fn check(subject: Subject<'_>, findings: &mut Findings) {
    let definition = subject.definition;
    let root = Pointer::root();
    if let Some(folder) = subject
        .setting
        .folder
        .filter(|folder| *folder != definition.slug)
    {
        let message = format!(
            "the slug {:?} is not the name of the folder, {folder:?}; make them equal (a released slug never changes)",
            definition.slug
        );
        findings.error(FaultCode::V003, root.then("slug"), message);
    }

    let methods = || definition.methods.iter().enumerate();
    once(
        methods().map(|(at, method)| (method.key.as_str(), at)),
        |at, key| {
            findings.error(
                FaultCode::V004,
                method_pointer(at).then("key"),
                format!("a second method has the key {key:?}; keys are unique"),
            );
        },
    );
    let authentications = || definition.authentications.iter().enumerate();
    once(
        authentications().map(|(at, one)| (one.key.as_str(), at)),
        |at, key| {
            findings.error(
                FaultCode::V004,
                root.then("authentications").then(at).then("key"),
                format!("a second authentication has the key {key:?}; keys are unique"),
            );
        },
    );
    once(
        definition
            .triggers
            .iter()
            .enumerate()
            .map(|(at, one)| (one.name.as_str(), at)),
        |at, name| {
            findings.error(
                FaultCode::V004,
                root.then("triggers").then(at).then("name"),
                format!("a second lookup has the name {name:?}; names are unique"),
            );
        },
    );
    once(
        definition
            .method_categories
            .iter()
            .enumerate()
            .map(|(at, one)| (one.name.as_str(), at)),
        |at, name| {
            findings.error(
                FaultCode::V004,
                root.then("methodCategories").then(at).then("name"),
                format!("the category {name:?} is listed twice; remove one"),
            );
        },
    );
    for (at, authentication) in authentications() {
        once(
            authentication
                .auth_fields
                .iter()
                .enumerate()
                .map(|(n, one)| (one.name.as_str(), n)),
            |n, name| {
                findings.error(
                    FaultCode::V004,
                    root.then("authentications")
                        .then(at)
                        .then("authFields")
                        .then(n)
                        .then("name"),
                    format!("{name:?} is asked for twice; remove one"),
                );
            },
        );
    }
    let defaults = authentications().filter(|(_, one)| one.default).skip(1);
    for (at, _) in defaults {
        findings.error(
            FaultCode::V004,
            root.then("authentications").then(at).then("default"),
            "two authentications are the default; keep one",
        );
    }

    let identified = methods()
        .filter_map(|(at, method)| Some((method.unique_identifier?, method_pointer(at))))
        .chain(authentications().filter_map(|(at, one)| {
            Some((
                one.unique_identifier?,
                root.then("authentications").then(at),
            ))
        }));
    once(identified, |pointer, uuid| {
        findings.error(
            FaultCode::V003,
            pointer.then("uniqueIdentifier"),
            format!("the unique identifier {uuid} is taken; remove it or choose another"),
        );
    });

    check_parameters(
        &connector_parameters(definition).collect::<Vec<_>>(),
        findings,
    );
    for (at, method) in methods() {
        check_parameters(&method_parameters(at, method).collect::<Vec<_>>(), findings);
        for direction in [Direction::Request, Direction::Response] {
            let named = body_fields(at, method, direction)
                .filter_map(|part| part.item.system_field.as_deref().map(|name| (name, part)));
            once(named, |part, name| {
                findings.error(
                    FaultCode::V004,
                    part.pointer().then("systemField"),
                    format!(
                        "a second field of this {} has the systemField {name:?}; give it another",
                        direction.key()
                    ),
                );
            });
        }
    }
}

/// Two parameters may share a target when no authentication uses both.
fn check_parameters(parameters: &[Part<'_, Parameter>], findings: &mut Findings) {
    let mut known: HashMap<(velodrome_model::definition::TargetType, &str), Vec<&Parameter>> =
        HashMap::new();
    for part in parameters {
        let parameter = part.item;
        let others = known
            .entry((parameter.target_type, parameter.target_name.as_str()))
            .or_default();
        if others.iter().any(|other| overlap(other, parameter)) {
            let message = format!(
                "a second {} parameter has the targetName {:?}; remove one or restrict them to different authentications",
                parameter.target_type.name(),
                parameter.target_name
            );
            findings.error(FaultCode::V004, part.pointer().then("targetName"), message);
        }
        others.push(parameter);
    }
}

fn overlap(one: &Parameter, other: &Parameter) -> bool {
    one.authentications.is_empty()
        || other.authentications.is_empty()
        || one
            .authentications
            .iter()
            .any(|key| other.authentications.contains(key))
}

/// Calls `again` for every key that was there before.
fn once<K: Hash + Eq + Copy, P>(items: impl Iterator<Item = (K, P)>, mut again: impl FnMut(P, K)) {
    let mut known = std::collections::HashSet::new();
    for (key, place) in items {
        if !known.insert(key) {
            again(place, key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample::errors;

    const LIST: &str = "name: List Things, category: Things, type: Action, httpMethod: GET, endpoint: 'https://api.acme.test/'";

    #[test]
    fn the_slug_is_the_folders_name() {
        use crate::catalogue::{
            Origin,
            document::{Setting, examine},
        };
        let text = b"format: velodrome.connector/1\nslug: acme\nname: Acme\nrelease: {number: 1, status: Live}\nauthentications: [{key: a, type: None}]\nmethods: []\n";
        let setting = Setting {
            folder: Some("acne"),
            origin: Origin::Directory,
        };

        let faults = examine(text, setting).faults("acne/connector.yaml", str::to_owned);

        assert_eq!(
            faults[0].to_string(),
            "acne/connector.yaml:2:7: V003 the slug \"acme\" is not the name of the folder, \"acne\"; make them equal (a released slug never changes)"
        );
    }

    #[test]
    fn keys_names_and_identifiers_are_there_once() {
        let id = "6f1c2a30-8d0e-4a7b-9c55-2f3d5e1b7a90";
        let body = format!(
            "authentications: [{{key: a, type: None, default: true}}, {{key: a, type: None, default: true}}]\n\
             triggers:\n  - &t {{name: T, method: m, identifierKey: a, humanReadableKey: b}}\n  - *t\n\
             methodCategories: [{{name: Things}}, {{name: Things}}]\n\
             methods:\n  - {{key: m, uniqueIdentifier: {id}, {LIST}}}\n  - {{key: m, uniqueIdentifier: {id}, {LIST}}}\n"
        );

        let errors = errors(&body);

        let codes: Vec<&str> = errors.iter().map(|error| &error[..4]).collect();
        assert_eq!(
            codes,
            ["V004", "V004", "V004", "V004", "V004", "V003"],
            "{errors:#?}"
        );
    }

    #[test]
    fn a_target_is_there_once_for_each_authentication() {
        let two = |first: &str, second: &str| {
            errors(&format!(
                "authentications: [{{key: a, type: None}}, {{key: b, type: None}}]\n\
                 parameters:\n  - {{targetType: HttpHeader, targetName: X{first}}}\n  - {{targetType: HttpHeader, targetName: X{second}}}\n"
            ))
        };
        assert_eq!(
            two(", authentications: [a]", ", authentications: [b]"),
            [""; 0]
        );
        assert_eq!(two("", ", authentications: [b]").len(), 1);
        assert_eq!(two("", "").len(), 1);
    }

    #[test]
    fn an_explicit_system_field_is_there_once_in_a_body() {
        let fields =
            "fields: [{connectorField: a, systemField: A}, {connectorField: b, systemField: A}]";
        let body = format!("methods:\n  - {{key: m, {LIST}, response: {{{fields}}}}}\n");

        assert_eq!(
            errors(&body),
            ["V004 a second field of this response has the systemField \"A\"; give it another"]
        );
    }
}
