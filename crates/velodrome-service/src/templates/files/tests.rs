//! Files say what documents say, and what is wrong with one is told with its place.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::json;
use uuid::Uuid;
use velodrome_model::cycle::{CycleDocument, CycleSettings};

use super::{to_document::id, *};
use crate::templates::{
    copying::{Renaming, lineage, tests::counting},
    exchange::{ConnectorName, Head, Link, TemplateHead, Understood, read, tests::document},
};

const GOOD: &str = "\
format: velodrome.template-file/1
name: People to readers
tags: [mailing]
interval: 60
variables:
  Shelf: {value: upper, configurable: true}
steps:
  people:
    name: People
    method: crm/list-people
    parameters:
      shelf: {variable: Shelf}
    next: is-adult
  is-adult:
    name: Is it an adult?
    decision:
      criteria:
        - {left: {step: people, field: '[].age'}, condition: GreaterThan, right: '17'}
    whenTrue: reader
  reader:
    name: Reader
    method: mailer/add-reader
    fields:
      email: {step: people, field: '[].email'}
      greeting: 'Dear {{people [].name}}'
      note: {configurable: true, source: Hello}
";

fn file(text: &str) -> TemplateFile {
    TemplateFile::read("people.yaml", text.as_bytes()).unwrap_or_else(|faults| {
        let faults: Vec<String> = faults.iter().map(ToString::to_string).collect();
        panic!("{faults:#?}")
    })
}

fn faults(text: &str) -> Vec<String> {
    match TemplateFile::read("people.yaml", text.as_bytes()) {
        Ok(_) => Vec::new(),
        Err(faults) => faults.iter().map(ToString::to_string).collect(),
    }
}

/// What an instance has that took a file.
fn taken(key: &str, file: &TemplateFile) -> Revision {
    let exported = file.document(key, &Lineage::default());
    let mut now = Revision::of_export(exported).unwrap();
    now.file.published = Some(false);
    now
}

fn understood(document: CycleDocument) -> Understood {
    let links = document.steps.iter().filter_map(|step| {
        step.method()?;
        let link = Link {
            connector: ConnectorName {
                slug: Some("crm".into()),
                release: Some(3),
                ..ConnectorName::default()
            },
            instance: Some(1),
            ..Link::default()
        };
        Some((step.id, link))
    });
    Understood {
        head: Head {
            name: "People to readers".into(),
            settings: CycleSettings {
                tags: vec!["mailing".into()],
                errored_retention_hours: Some(24),
                ..CycleSettings::default()
            },
            template: Some(TemplateHead {
                note: Some("Mind the gap.".into()),
                interval: 60,
                ..TemplateHead::default()
            }),
            ..Head::default()
        },
        links: links.collect::<BTreeMap<_, _>>(),
        document,
        connectors: Vec::new(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn a_file_of_a_document_is_that_document(document in document()) {
        let given = understood(document);

        let revision = Revision::of(&given).unwrap();
        let text = revision.file.text();
        let value = COMPILED.read("x.yaml", text.as_bytes(), |_| Vec::new());
        let value = value.unwrap_or_else(|faults| panic!("{faults:#?}\n{text}"));
        let again = TemplateFile::of_value(&value).unwrap();
        prop_assert_eq!(&again, &revision.file);

        let back = read(again.document("people", &revision.lineage), counting(9000)).unwrap();
        let keys: Vec<&String> = again.steps.keys().collect();
        let names = given.document.steps.iter().zip(&keys);
        let names = Renaming::of(names.map(|(step, key)| (step.id, id(key))));
        let mut expected = names.copy(&given.document, Uuid::new_v4);
        for (step, former) in expected.steps.iter_mut().zip(&given.document.steps) {
            step.origin = Some(lineage(former));
        }
        prop_assert_eq!(&back.document.steps, &expected.steps);
        prop_assert_eq!(&back.document.settings, &expected.settings);
        prop_assert_eq!(&back.document.variables, &expected.variables);
        prop_assert_eq!(&back.document.kept.variables, &expected.kept.variables);
        let ends = |document: &CycleDocument| {
            let mut ends: Vec<_> = document
                .edges
                .iter()
                .map(|edge| (edge.tail, format!("{:?}", edge.exit), edge.head))
                .collect();
            ends.sort();
            ends
        };
        prop_assert_eq!(ends(&back.document), ends(&expected));
        prop_assert_eq!(&back.head, &given.head);

        let now = Revision::of(&back).unwrap();
        prop_assert_eq!(&now.file, &revision.file);
        prop_assert_eq!(&now.lineage, &revision.lineage);
    }
}

#[test]
fn a_file_that_was_taken_changes_nothing_any_more() {
    let own = file(GOOD);

    let change = own.change_of("people", &taken("people", &own));

    assert_eq!(change.differences, []);
    // What an export writes of it is the same file too.
    let exported = taken("people", &own).file;
    let again = file(&exported.text());
    let change = again.change_of("people", &taken("people", &own));
    assert_eq!(change.differences, []);
}

#[test]
fn a_change_is_told_mapping_by_mapping() {
    let now = taken("people", &file(GOOD));
    let changed = GOOD
        .replace("Dear {{people [].name}}", "Hi {{people [].name}}")
        .replace("interval: 60", "interval: 15")
        .replace("      note: {configurable: true, source: Hello}\n", "")
        .replace(
            "    whenTrue: reader\n",
            "    whenTrue: [reader, pause]\n  pause:\n    name: Pause\n    delay: {interval: 5, unit: Minutes}\n",
        );

    let change = file(&changed).change_of("people", &now);

    let told: Vec<String> = change.differences.iter().map(ToString::to_string).collect();
    assert_eq!(
        told,
        [
            "~ interval: 60 → 15",
            "~ steps › is-adult › whenTrue: \"reader\" → [\"reader\",\"pause\"]",
            "+ steps › pause",
            "~ steps › reader › fields › greeting: \"Dear {{people [].name}}\" → \"Hi {{people [].name}}\"",
            "- steps › reader › fields › note: {\"configurable\":true,\"source\":\"Hello\"}",
        ]
    );
}

#[test]
fn a_step_that_is_called_otherwise_is_the_same_step() {
    let now = taken("people", &file(GOOD));
    let renamed = GOOD
        .replace("  people:\n", "  persons:\n")
        .replace("step: people", "step: persons")
        .replace("{{people ", "{{persons ");

    let change = file(&renamed).change_of("people", &now);

    let told: Vec<String> = change.differences.iter().map(ToString::to_string).collect();
    assert_eq!(told, ["~ steps › persons › key: \"people\" → \"persons\""]);
    assert_eq!(change.lineage.0["persons"], now.lineage.0["people"]);
    assert_eq!(change.lineage.0["reader"], now.lineage.0["reader"]);
}

#[test]
fn what_a_file_leaves_out_stays_as_it_is() {
    let own = file(GOOD);
    let mut now = taken("people", &own);
    now.file.published = Some(true);
    now.file.release_notes = Some("The third.".into());
    let release = ConnectorFile {
        release: Some(7),
        fresh: false,
    };
    now.file.connectors.insert("crm".into(), release);
    now.file.steps["people"].at = Some([480.into(), 20.into()]);

    let change = own.change_of("people", &now);

    assert_eq!(change.differences, []);
    assert_eq!(change.file.connectors["crm"].release, Some(7));
    assert_eq!(change.file.published, Some(true));
}

#[test]
fn every_fault_has_its_place_and_says_what_to_do() {
    assert_eq!(faults(GOOD), [""; 0]);
    for (piece, broken, told) in [
        (
            "name: People to readers\n",
            "nmae: People to readers\n",
            "people.yaml:1:1: V002 \"name\" is missing; add it|people.yaml:2:1: V002 unknown key \"nmae\"; did you mean \"name\"?",
        ),
        (
            "interval: 60",
            "interval: 7",
            "people.yaml:4:11: V002 must be one of 0, 1, 5, 15, 30, 60, 120, 180, 240, 360, 480, 720, 1440 and 10080 minutes",
        ),
        (
            "mailer/add-reader",
            "add-reader",
            "people.yaml:22:13: V002 \"add-reader\" must be the connector's slug, a slash and the method's key, such as pipedrive/create-person",
        ),
        (
            "  reader:\n",
            "  The Reader:\n",
            "people.yaml:20:3: V002 \"The Reader\" must be lower-case letters, digits and hyphens and start with a letter or digit",
        ),
        (
            "whenTrue: reader",
            "whenTrue: raeder",
            "people.yaml:19:15: V005 there is no step \"raeder\"",
        ),
        (
            "whenTrue: reader",
            "next: reader",
            "people.yaml:19:11: V005 ",
        ),
        (
            "{{people [].name}}",
            "{{peple [].name}}",
            "people.yaml:25:17: V005 there is no step \"peple\"",
        ),
        (
            "variable: Shelf}",
            "variable: Self}",
            "people.yaml:12:25: V005 there is no variable \"Self\"; add it to variables",
        ),
        (
            "    method: mailer/add-reader\n",
            "    method: mailer/add-reader\n    waitAll: true\n",
            "people.yaml:21:5: V005 must have exactly one of method, webhook, decision, delay, waitUntil, waitAll and annotation",
        ),
        (
            "email: {step: people, field: '[].email'}",
            "email: {step: people}",
            "people.yaml:24:14: V002 ",
        ),
    ] {
        let text = GOOD.replacen(piece, broken, 1);
        assert_ne!(text, GOOD, "{piece}");
        let found = faults(&text).join("|");
        assert!(found.starts_with(told), "{broken}\n{found}");
    }
}

#[test]
fn a_document_of_a_file_names_methods_by_key_and_steps_by_theirs() {
    let document = file(GOOD).document("people", &Lineage::default());

    assert_eq!(document["Key"], "people");
    let step = &document["Steps"][0];
    assert_eq!(step["Key"], "people");
    assert_eq!(step["MethodKey"], "list-people");
    assert_eq!(step["Connector"]["Slug"], "crm");
    assert_eq!(step.get("MethodUniqueIdentifier"), None);
    assert_eq!(document["ExportedConnectors"], json!([]));
}
