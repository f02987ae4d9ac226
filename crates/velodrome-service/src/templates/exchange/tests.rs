//! Our own documents come back as they were, and those of others are understood.

use proptest::{collection, option, prelude::*};
use serde_json::json;
use velodrome_model::{
    EdgeId, MethodUid,
    cycle::{
        CollectionKey, CollectionSplitting, Condition, Decision, DecisionRow, Delay, Edge, Exit,
        FieldSource, Join, Mapping, OnUncertain, Position, RunSettings, Source, Step,
        StepErrorAction, StepKind, TimeUnit, Variable, WebhookMapping,
    },
};

use super::*;
use crate::templates::copying::tests::{counting, id};

fn name() -> impl Strategy<Value = String> {
    "[A-Za-z][A-Za-z ]{0,8}[a-z]"
}

fn field_source(steps: u128) -> impl Strategy<Value = FieldSource> {
    (option::of(1..=steps), option::of("[a-z\\[\\].]{1,9}")).prop_map(|(step, location)| {
        FieldSource {
            step: step.map(id),
            location,
        }
    })
}

fn source(steps: u128) -> impl Strategy<Value = Source> {
    let value = || option::of(any::<String>());
    prop_oneof![
        Just(Source::Ignore),
        value().prop_map(|value| Source::Static { value }),
        value().prop_map(|value| Source::ValueList { value }),
        field_source(steps).prop_map(Source::PreviousStep),
        (value(), value()).prop_map(|(value, label)| Source::Lookup { value, label }),
        option::of("[A-Za-z_]{1,9}").prop_map(|name| Source::Variable { name }),
    ]
}

fn mapping(steps: u128) -> impl Strategy<Value = Mapping> {
    (
        option::of(source(steps)),
        any::<bool>(),
        option::of(source(steps)),
    )
        .prop_map(|(source, is_launch_visible, suggested)| Mapping {
            source,
            is_launch_visible,
            suggested,
        })
}

fn mappings(steps: u128) -> impl Strategy<Value = BTreeMap<String, Mapping>> {
    collection::btree_map("[A-Za-z\\[\\].]{1,9}", mapping(steps), 0..4)
}

fn method_step(steps: u128) -> impl Strategy<Value = MethodStep> {
    let key = (field_source(steps), field_source(steps))
        .prop_map(|(left, right)| CollectionKey { left, right });
    let webhook = (option::of(".{0,9}"), field_source(steps))
        .prop_map(|(request, source)| WebhookMapping { request, source });
    (
        (1_u128.., any::<bool>(), any::<bool>(), any::<bool>()),
        prop_oneof![Just(OnUncertain::Repeat), Just(OnUncertain::Stop)],
        mappings(steps),
        mappings(steps),
        collection::vec(key, 0..3),
        option::of(webhook),
    )
        .prop_map(|(plain, on_uncertain, parameters, fields, keys, webhook)| {
            let (uid, is_webhook, decides, external_authentication) = plain;
            MethodStep {
                is_webhook,
                decides: decides && !is_webhook,
                external_authentication,
                on_uncertain,
                parameters,
                fields,
                collection_keys: keys,
                webhook,
                ..unlinked(MethodUid(Uuid::from_u128(uid)))
            }
        })
}

fn decision(steps: u128) -> impl Strategy<Value = Decision> {
    let operand = || option::of(source(steps));
    let condition = prop_oneof![
        Just(Condition::Equals),
        Just(Condition::Between),
        Just(Condition::NotMatches)
    ];
    let row = (operand(), condition, operand(), operand(), any::<bool>()).prop_map(
        |(left, condition, right, upper, ignores_case)| DecisionRow {
            left,
            condition,
            right,
            upper,
            ignores_case,
        },
    );
    (
        prop_oneof![Just(Join::All), Just(Join::Any)],
        collection::vec(row, 0..3),
    )
        .prop_map(|(join, criteria)| Decision { join, criteria })
}

fn kind(steps: u128) -> impl Strategy<Value = StepKind> {
    let units = prop_oneof![Just(TimeUnit::Seconds), Just(TimeUnit::Weeks)];
    prop_oneof![
        4 => method_step(steps).prop_map(|method| StepKind::Method(Box::new(method))),
        1 => decision(steps).prop_map(StepKind::Decision),
        1 => (option::of(any::<u32>()), option::of(units))
            .prop_map(|(interval, unit)| StepKind::Delay(Delay { interval, unit })),
        1 => option::of(source(steps)).prop_map(|date| StepKind::WaitUntil { date }),
        1 => Just(StepKind::WaitAll),
        1 => option::of(any::<String>()).prop_map(|text| StepKind::Annotation { text }),
    ]
}

fn step(steps: u128) -> impl Strategy<Value = Step> {
    let on_error = prop_oneof![
        Just(StepErrorAction::Retry),
        Just(StepErrorAction::StopCycle)
    ];
    let splitting = prop_oneof![
        Just(CollectionSplitting::None),
        Just(CollectionSplitting::All)
    ];
    (
        (option::of(500_u128..600), name(), option::of(".{0,20}")),
        (any::<i16>(), any::<i16>()),
        option::of(on_error),
        option::of(splitting),
        option::of("[a-z(){};\n]{1,20}"),
        any::<bool>(),
        kind(steps),
    )
        .prop_map(
            |((origin, name, description), place, on_error, splitting, script, hidden, kind)| {
                Step {
                    id: id(0),
                    origin: origin.map(id),
                    name,
                    description,
                    position: Position {
                        left: f64::from(place.0) / 4.0,
                        top: f64::from(place.1),
                    },
                    on_error,
                    splitting,
                    script: script.filter(|script: &String| !script.trim().is_empty()),
                    is_setup_hidden: hidden,
                    kind,
                }
            },
        )
}

fn variable() -> impl Strategy<Value = Variable> {
    (
        name(),
        option::of(any::<String>()),
        option::of(any::<String>()),
        option::of(collection::vec(any::<String>(), 0..3)),
        any::<[bool; 3]>(),
    )
        .prop_map(
            |(display_name, description, value, values, flags)| Variable {
                display_name,
                system_name: String::new(),
                description: description.map(|text| text.chars().take(100).collect()),
                value: value.filter(|_| !flags[1]),
                values,
                data_type: velodrome_model::definition::DataType::DateTime,
                is_required: flags[0],
                is_sensitive: flags[1],
                is_launch_visible: flags[2],
            },
        )
}

pub(crate) fn document() -> impl Strategy<Value = CycleDocument> {
    (1_usize..6).prop_flat_map(|count| {
        (
            collection::vec(step(count as u128), count),
            collection::vec((0..count, 0..count, any::<bool>()), 0..8),
            collection::vec(variable(), 0..3),
            any::<[bool; 2]>(),
        )
            .prop_map(|(mut steps, wanted, mut variables, flags)| {
                for (at, step) in (1..).zip(&mut steps) {
                    step.id = id(at);
                }
                for (at, variable) in variables.iter_mut().enumerate() {
                    variable.system_name = format!("v_{at}");
                }
                let mut document = CycleDocument {
                    settings: RunSettings {
                        on_error: StepErrorAction::StopTransaction,
                        retries: 2.try_into().unwrap(),
                        logs_requests: flags[0],
                        splitting: CollectionSplitting::All,
                        in_order: flags[1],
                    },
                    steps,
                    variables,
                    ..CycleDocument::default()
                };
                for (at, (tail, head, is_true)) in (1001..).zip(wanted) {
                    let has = |exit| document.steps[tail].role().has(exit);
                    let exit = match (has(Exit::Forward), is_true) {
                        (true, _) => Exit::Forward,
                        (false, true) => Exit::True,
                        (false, false) => Exit::False,
                    };
                    let edge = Edge {
                        id: EdgeId(Uuid::from_u128(at)),
                        tail: document.steps[tail].id,
                        exit,
                        head: document.steps[head].id,
                    };
                    if document.graph().admits(&edge).is_ok() {
                        document.edges.push(edge);
                    }
                }
                let colour = json!({"Colour": "red", "Nested": {"x": [1, null]}});
                let colour = colour.as_object().unwrap().clone();
                document.kept.members = colour.clone();
                document.kept.steps.insert(id(1), colour.clone());
                if let Some(edge) = document.edges.first() {
                    document.kept.edges.insert(edge.id, colour.clone());
                }
                if let Some(variable) = document.variables.first() {
                    let name = variable.system_name.clone();
                    document.kept.variables.insert(name, colour);
                }
                document
            })
    })
}

fn exported(document: &CycleDocument) -> (Head, Value) {
    let head = Head {
        name: "People to readers".into(),
        description: None,
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
    };
    let subject = Subject {
        head: &head,
        document,
        connectors: Vec::new(),
    };
    let written = write(&subject, &BTreeMap::new());
    (head, written)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn what_was_exported_imports_as_the_same_graph(document in document()) {
        let (head, written) = exported(&document);
        let text = written.to_string();

        let read = read(serde_json::from_str(&text).unwrap(), counting(9000)).unwrap();

        prop_assert_eq!(&read.document, &document);
        prop_assert_eq!(read.head, head);
        prop_assert_eq!(exported(&read.document).1, written);
    }
}

#[test]
fn a_document_of_the_original_product_is_understood() {
    let (one, two) = (Uuid::from_u128(1), Uuid::from_u128(2));
    let document = json!({
        "name": "People to readers",
        "CycleStepErrorAction": 1,
        "MaxRetriesOnError": 3,
        "CycleCollectionSplitType": 2,
        "LogStepDataRequests": false,
        "Steps": [
            {"Id": one, "Name": "List People", "ActionType": 5, "MethodUniqueIdentifier": Uuid::from_u128(91)},
            {"Id": two, "Name": "Wait", "ActionType": "3", "Delay": {"Interval": "5", "Unit": "minutes"}, "SortOrder": 2},
        ],
        "Edges": [{"TailStep_Id": one, "HeadStep_Id": two, "CycleEdgeType": 0}],
        "ExportedConnectors": [{"Name": "Northwind CRM", "UniqueIdentifier": Uuid::from_u128(92), "Methods": []}],
        "SchemaVersion": 7,
    });

    let read = read(document, counting(9000)).unwrap();

    assert_eq!(read.head.name, "People to readers");
    assert_eq!(read.head.template, None);
    let settings = read.document.settings;
    assert_eq!(
        (
            settings.on_error,
            settings.retries.count(),
            settings.splitting,
            settings.logs_requests
        ),
        (StepErrorAction::Retry, 3, CollectionSplitting::All, false)
    );
    assert!(read.document.steps[0].method().unwrap().is_webhook);
    assert_eq!(
        read.document.steps[1].kind,
        StepKind::Delay(Delay {
            interval: Some(5),
            unit: Some(TimeUnit::Minutes)
        })
    );
    assert_eq!(read.document.edges[0].exit, Exit::Forward);
    assert_eq!(read.document.kept.members["SchemaVersion"], 7);
    assert_eq!(read.document.kept.steps[&StepId(two)]["SortOrder"], 2);
    assert_eq!(
        read.connectors[0].name.uid,
        Some(ConnectorUid(Uuid::from_u128(92)))
    );
}

#[test]
fn everything_that_cannot_be_taken_is_told_at_once() {
    let one = Uuid::from_u128(1);
    let document = json!({
        "Name": "x",
        "MaxRetriesOnError": 9,
        "Steps": [
            {"Id": one, "Name": "First", "ActionType": "Action"},
            {"Id": one, "Name": "Second", "ActionType": "Sing"},
        ],
        "Edges": [{"TailStep_Id": one, "HeadStep_Id": Uuid::from_u128(3)}],
        "Variables": [{"SystemName": "1st"}],
    });

    let Err(Misunderstood::Parts(parts)) = read(document, counting(9000)) else {
        panic!("it was understood");
    };

    let told: Vec<String> = parts.iter().map(ToString::to_string).collect();
    assert_eq!(
        told,
        [
            "MaxRetriesOnError must be 1 to 5",
            "two steps have the id 00000000-0000-0000-0000-000000000001",
            "step 'First': MethodUniqueIdentifier is missing or malformed",
            "step 'Second': ActionType is missing or unknown",
            "edge 1 names a step that is not there",
            "variable 1: SystemName must begin with a letter or underscore, then letters, digits and underscores",
        ]
    );
}

#[test]
fn what_is_no_document_is_refused_as_a_whole() {
    for (document, says) in [
        (json!([]), "it must be a JSON object"),
        (json!({}), "Name is required"),
        (json!({"Name": "x", "Steps": {}}), "Steps must be a list"),
        (json!({"Name": "x", "Steps": []}), "Edges must be a list"),
        (
            json!({"Format": "velodrome.template/2", "Name": "x", "Steps": [], "Edges": []}),
            "Format must be velodrome.template/1 or absent",
        ),
    ] {
        assert_eq!(
            read(document, counting(1)),
            Err(Misunderstood::NoDocument(says.into()))
        );
    }
}

#[test]
fn secrets_stay_at_home() {
    let mut method = unlinked(MethodUid(Uuid::from_u128(9)));
    for target in ["ApiKey", "Page"] {
        let typed = Source::Static {
            value: Some("typed".into()),
        };
        let mapping = Mapping {
            source: Some(typed),
            ..Mapping::default()
        };
        method.parameters.insert(target.into(), mapping);
    }
    let mut document = CycleDocument::default();
    document.steps.push(crate::templates::copying::tests::step(
        1,
        StepKind::Method(Box::new(method)),
    ));
    document.variables.push(Variable {
        display_name: "Password".into(),
        system_name: "Password".into(),
        description: None,
        value: Some("geheim".into()),
        values: None,
        data_type: Default::default(),
        is_required: true,
        is_sensitive: true,
        is_launch_visible: true,
    });
    let facts = StepFacts {
        sensitive: vec!["ApiKey".into()],
        ..StepFacts::default()
    };
    let head = Head::default();
    let subject = Subject {
        head: &head,
        document: &document,
        connectors: Vec::new(),
    };

    let written = write(&subject, &BTreeMap::from([(id(1), facts)]));

    let parameters = &written["Steps"][0]["ParameterMappings"];
    assert_eq!(parameters[0]["TargetName"], "ApiKey");
    assert_eq!(parameters[0].get("Value"), None);
    assert_eq!(parameters[1]["Value"], "typed");
    assert_eq!(written["Variables"][0]["Value"], Value::Null);
}
