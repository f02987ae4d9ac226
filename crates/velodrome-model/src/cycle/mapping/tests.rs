use std::sync::Arc;

use proptest::prelude::*;
use serde_json::{Value, json};
use uuid::Uuid;

use super::*;
use crate::{
    StepId,
    cycle::{Condition, Decision, DecisionRow, FieldSource, Join},
    mergefield::MergeValue,
    value::DateFormat,
};

struct Around;

impl Surroundings for Around {
    fn merge_field(&self, name: &str, request: usize) -> Option<MergeValue<'_>> {
        match name {
            "AccountId" => Some(MergeValue::Text("acme".into())),
            "LastSuccessfulRunDate" => {
                Some(MergeValue::Instant("2024-03-05T14:07:09Z".parse().unwrap()))
            }
            "IdempotencyKey" => Some(MergeValue::Text(format!("key {request}").into())),
            _ => None,
        }
    }

    fn variable(&self, name: &str) -> Option<Value> {
        match name {
            "Limit" => Some(json!(5)),
            "Unset" => Some(Value::Null),
            _ => None,
        }
    }
}

fn step(number: u128) -> StepId {
    StepId(Uuid::from_u128(number))
}

fn outputs(steps: &[(u128, Value)]) -> Outputs {
    let of = |(number, data): &(u128, Value)| (step(*number), Arc::new(data.clone()));
    Outputs(steps.iter().map(of).collect())
}

fn field(number: u128, location: &str) -> FieldSource {
    FieldSource {
        step: Some(step(number)),
        location: Some(location.to_owned()),
    }
}

fn from(number: u128, location: &str) -> Source {
    Source::PreviousStep(field(number, location))
}

fn typed(text: &str) -> Source {
    Source::Static {
        value: Some(text.to_owned()),
    }
}

fn key(left: FieldSource, right: FieldSource) -> CollectionKey {
    CollectionKey { left, right }
}

/// Targets by name: `?name` is a parameter, anything else a location; all optional.
fn planned(
    mapped: &[(&str, Source)],
    keys: &[CollectionKey],
    steps: &[(u128, Value)],
) -> Result<Plan, MappingError> {
    let targets: Vec<Target<'_>> = mapped
        .iter()
        .map(|(name, source)| Target {
            name: name.trim_start_matches('?'),
            place: match name.strip_prefix('?') {
                Some(_) => TargetPlace::Parameter,
                None => TargetPlace::Field(name.parse().unwrap()),
            },
            source,
            is_required: false,
        })
        .collect();
    plan(&targets, keys, &outputs(steps), &Around)
}

/// The requests as the pipeline is given their values; scripts as their text.
fn requests(plan: &Plan) -> Value {
    fn value(cell: &Cell) -> Value {
        match cell {
            Cell::Value(value) => value.clone(),
            Cell::Script(script) => json!({"script": script.text, "with": script.values}),
            Cell::List(cells) => cells
                .iter()
                .map(|cell| cell.as_ref().map_or(Value::Null, value))
                .collect(),
        }
    }
    let all = |request: &RequestValues| {
        let both = request.parameters.iter().chain(&request.fields);
        let members = both.map(|(name, cell)| (name.clone(), value(cell)));
        Value::Object(members.collect())
    };
    plan.requests.iter().map(all).collect()
}

fn contacts() -> (u128, Value) {
    let data = json!({"total": 2, "contacts": [
        {"id": 1, "name": "Ann", "lines": [{"sku": "a"}, {"sku": "b"}]},
        {"id": 2, "name": null, "lines": [{"sku": "c"}]},
    ]});
    (1, data)
}

#[test]
fn lists_go_into_targets_as_the_table_says() {
    let split = (
        1,
        json!({"total": 2, "contacts": {"id": 2, "name": "Bo", "lines": [{"sku": "c"}]}}),
    );
    for (what, mapped, steps, is_list, expected) in [
        (
            "a single value",
            vec![("count", from(1, "total"))],
            vec![contacts()],
            false,
            json!([{"count": 2}]),
        ),
        (
            "a list into a list of the request",
            vec![
                ("[people].ref", from(1, "[contacts].id")),
                ("[people].name", from(1, "[contacts].name")),
            ],
            vec![contacts()],
            false,
            json!([{"[people].ref": [1, 2], "[people].name": ["Ann", null]}]),
        ),
        (
            "constants beside a list reach every element by themselves",
            vec![
                ("[people].ref", from(1, "[contacts].id")),
                ("[people].kind", typed("x")),
            ],
            vec![contacts()],
            false,
            json!([{"[people].ref": [1, 2], "[people].kind": "x"}]),
        ),
        (
            "an unsplit list into fields outside lists",
            vec![
                ("ref", from(1, "[contacts].id")),
                ("?name", from(1, "[contacts].name")),
                ("total", from(1, "total")),
            ],
            vec![contacts()],
            true,
            json!([{"ref": 1, "name": "Ann", "total": 2}, {"ref": 2, "total": 2}]),
        ),
        (
            "a nested list outside lists, with its parent item",
            vec![
                ("ref", from(1, "[contacts].id")),
                ("sku", from(1, "[contacts].[lines].sku")),
            ],
            vec![contacts()],
            true,
            json!([{"ref": 1, "sku": "a"}, {"ref": 1, "sku": "b"}, {"ref": 2, "sku": "c"}]),
        ),
        (
            "a nested list into a list, its parent outside",
            vec![
                ("ref", from(1, "[contacts].id")),
                ("[items].sku", from(1, "[contacts].[lines].sku")),
            ],
            vec![contacts()],
            true,
            json!([{"ref": 1, "[items].sku": ["a", "b"]}, {"ref": 2, "[items].sku": ["c"]}]),
        ),
        (
            "a nested list into a list",
            vec![
                ("[items].sku", from(1, "[contacts].[lines].sku")),
                ("[items].of", from(1, "[contacts].id")),
            ],
            vec![contacts()],
            false,
            json!([{"[items].sku": ["a", "b", "c"], "[items].of": [1, 1, 2]}]),
        ),
        (
            "nested lists into nested lists",
            vec![
                ("[o].id", from(1, "[contacts].id")),
                ("[o].[l].sku", from(1, "[contacts].[lines].sku")),
            ],
            vec![contacts()],
            false,
            json!([{"[o].id": [1, 2], "[o].[l].sku": [["a", "b"], ["c"]]}]),
        ),
        (
            "a list into the inner of nested lists",
            vec![("[o].[l].ref", from(1, "[contacts].id"))],
            vec![contacts()],
            false,
            json!([{"[o].[l].ref": [[1, 2]]}]),
        ),
        (
            "an item that was split off",
            vec![
                ("ref", from(1, "[contacts].id")),
                ("[items].sku", from(1, "[contacts].[lines].sku")),
            ],
            vec![split],
            false,
            json!([{"ref": 2, "[items].sku": ["c"]}]),
        ),
        (
            "an empty list",
            vec![("ref", from(1, "[contacts].id"))],
            vec![(1, json!({"contacts": []}))],
            true,
            json!([]),
        ),
        (
            "the answers of several requests",
            vec![("ref", from(1, "id"))],
            vec![(1, json!([{"id": 1}, {"id": 2}]))],
            true,
            json!([{"ref": 1}, {"ref": 2}]),
        ),
        (
            "a step that the transaction did not come through",
            vec![
                ("ref", from(9, "[contacts].id")),
                ("count", from(1, "total")),
            ],
            vec![contacts()],
            false,
            json!([{"count": 2}]),
        ),
        (
            "a list of texts",
            vec![("[tags]", from(1, "[tags]"))],
            vec![(1, json!({"tags": ["x", "y"]}))],
            false,
            json!([{"[tags]": ["x", "y"]}]),
        ),
        (
            "two lists of one step, by position",
            vec![("a", from(1, "[a].v")), ("b", from(1, "[b].v"))],
            vec![(
                1,
                json!({"a": [{"v": 1}, {"v": 2}], "b": [{"v": 3}, {"v": 4}, {"v": 5}]}),
            )],
            true,
            json!([{"a": 1, "b": 3}, {"a": 2, "b": 4}, {"b": 5}]),
        ),
    ] {
        let plan = planned(&mapped, &[], &steps).unwrap();
        assert_eq!(
            (requests(&plan), plan.is_list),
            (expected, is_list),
            "{what}"
        );
    }
}

#[test]
fn lists_of_several_steps_are_joined_by_their_unique_fields() {
    let orders = (
        2,
        json!({"orders": [
            {"no": 10, "customer": " 1 "}, {"no": 11, "customer": 2}, {"no": 12, "customer": "9"}, {"no": 13},
        ]}),
    );
    let notes = (3, json!([{"of": "1", "text": "x"}, {"of": 1, "text": "y"}]));
    let steps = [orders, contacts(), notes];
    let by_customer = key(field(1, "[contacts].id"), field(2, "[orders].customer"));
    let by_note = key(field(3, "[].of"), field(1, "[contacts].id"));
    let mapped = [
        ("no", from(2, "[orders].no")),
        ("name", from(1, "[contacts].name")),
        ("ref", from(1, "[contacts].id")),
    ];

    let joined = planned(&mapped, std::slice::from_ref(&by_customer), &steps).unwrap();
    assert_eq!(
        requests(&joined),
        json!([{"no": 10, "name": "Ann", "ref": 1}, {"no": 11, "ref": 2}, {"no": 12}, {"no": 13}])
    );

    let third = [mapped[0].clone(), ("note", from(3, "[].text"))];
    let both = [by_note, by_customer];
    let through = [third[0].clone(), third[1].clone(), mapped[2].clone()];
    assert_eq!(
        requests(&planned(&through, &both, &steps).unwrap()),
        json!([
            {"no": 10, "note": "x", "ref": 1}, {"no": 10, "note": "y", "ref": 1},
            {"no": 11, "ref": 2}, {"no": 12}, {"no": 13},
        ])
    );

    let refused = planned(&mapped, &[], &steps);
    assert_eq!(
        refused,
        Err(MappingError::NoKey {
            first: step(2),
            second: step(1)
        })
    );

    let nothing = |number| FieldSource {
        step: Some(step(number)),
        location: None,
    };
    let everything = planned(&mapped, &[key(nothing(1), nothing(2))], &steps).unwrap();
    assert_eq!(everything.requests.len(), 8);

    let inside = [
        ("no", from(2, "[orders].no")),
        ("[people].name", from(1, "[contacts].id")),
    ];
    let keys = [key(
        field(2, "[orders].customer"),
        field(1, "[contacts].id"),
    )];
    assert_eq!(
        requests(&planned(&inside, &keys, &steps).unwrap()),
        json!([
            {"no": 10, "[people].name": [1]}, {"no": 11, "[people].name": [2]},
            {"no": 12, "[people].name": [null]}, {"no": 13, "[people].name": [null]},
        ])
    );
}

#[test]
fn a_text_takes_the_values_of_its_mergefields() {
    let id = step(1);
    let steps = [contacts()];
    for (text, expected) in [
        ("plain".to_owned(), json!([{"x": "plain"}])),
        (format!("{{{{{id} total}}}}"), json!([{"x": 2}])),
        (
            format!("{{{{step.{id}.total}}}} in all"),
            json!([{"x": "2 in all"}]),
        ),
        (
            format!("no. {{{{{id} [contacts].id}}}}: {{{{{id} [contacts].name}}}}"),
            json!([{"x": "no. 1: Ann"}, {"x": "no. 2: "}]),
        ),
        (
            "{{LastSuccessfulRunDate format=yyyy}} {{AccountId}}".to_owned(),
            json!([{"x": "2024 acme"}]),
        ),
        (
            format!("={{{{{id} total}}}} + {{{{ AccountId }}}} + {{{{a: 1}}}}"),
            json!([{"x": {
                "script": format!("{{{{{id} total}}}} + {{{{ AccountId }}}} + {{{{a: 1}}}}"),
                "with": [[format!("{id} total"), 2], [" AccountId ", "acme"]],
            }}]),
        ),
    ] {
        let plan = planned(&[("x", typed(&text))], &[], &steps).unwrap();
        assert_eq!(requests(&plan), expected, "{text}");
    }
    let keys = planned(
        &[
            ("x", from(1, "[contacts].id")),
            ("?k", typed("{{IdempotencyKey}}")),
        ],
        &[],
        &steps,
    );
    assert_eq!(
        requests(&keys.unwrap()),
        json!([{"x": 1, "k": "key 0"}, {"x": 2, "k": "key 1"}])
    );
    let unknown = planned(&[("x", typed("{{Nobody}}"))], &[], &steps).unwrap_err();
    assert_eq!(unknown.to_string(), "x: {{Nobody}} has no value");
}

#[test]
fn values_that_are_nothing_are_left_out_and_fail_where_they_are_required() {
    let steps = [(
        1,
        json!({"empty": "", "none": null, "zero": 0, "list": [{"v": 1}, {}]}),
    )];
    for (source, value) in [
        (Source::Ignore, None),
        (typed(""), None),
        (Source::Static { value: None }, None),
        (from(1, "empty"), None),
        (from(1, "none"), None),
        (from(1, "missing"), None),
        (from(1, "zero"), Some(json!(0))),
        (
            Source::Variable {
                name: Some("Limit".into()),
            },
            Some(json!(5)),
        ),
        (
            Source::Variable {
                name: Some("Unset".into()),
            },
            None,
        ),
        (
            Source::ValueList {
                value: Some("open".into()),
            },
            Some(json!("open")),
        ),
        (
            Source::Lookup {
                value: Some("7".into()),
                label: Some("Seven".into()),
            },
            Some(json!("7")),
        ),
    ] {
        let expected = value.map_or(json!([{}]), |value| json!([{"x": value}]));
        let plan = planned(&[("x", source.clone())], &[], &steps).unwrap();
        assert_eq!(requests(&plan), expected, "{source:?}");
    }
    for (name, location) in [("x", "empty"), ("[y].x", "[list].v")] {
        let target = Target {
            name,
            place: TargetPlace::Field(name.parse().unwrap()),
            source: &from(1, location),
            is_required: true,
        };
        let failed = plan(&[target], &[], &outputs(&steps), &Around);
        assert_eq!(
            failed,
            Err(MappingError::RequiredEmpty {
                target: name.into()
            })
        );
    }
    let gone = planned(
        &[(
            "x",
            Source::Variable {
                name: Some("Gone".into()),
            },
        )],
        &[],
        &steps,
    );
    assert_eq!(
        gone.unwrap_err().to_string(),
        "x: the cycle has no variable Gone"
    );
}

fn decided(
    rows: Vec<DecisionRow>,
    previous: Option<u128>,
    steps: &[(u128, Value)],
) -> Result<Choice, DecideError> {
    let decision = Decision {
        join: Join::All,
        criteria: rows,
    };
    choose(&Deciding {
        decision: &decision,
        outputs: &outputs(steps),
        previous: previous.map(step),
        around: &Around,
        dates: &|_, location| {
            (location.to_string() == "day").then(|| DateFormat::parse("dd.MM.yyyy").unwrap())
        },
        scripts: &|_| None,
    })
}

fn row(left: Source, condition: Condition, right: Option<Source>) -> DecisionRow {
    DecisionRow {
        left: Some(left),
        condition,
        right,
        upper: None,
        ignores_case: false,
    }
}

#[test]
fn a_decision_filters_the_list_of_the_step_before_and_asks_for_any_item_of_others() {
    use Condition::{Equals, Exists, GreaterThan, NotEquals, NotExists};
    let data =
        json!({"n": 0, "items": [{"v": 1, "w": [{"x": 1}]}, {"v": 2, "w": [{"x": 2}, {"x": 9}]}]});
    let of = |items: Value| json!({"n": 0, "items": items});
    let all = data["items"].clone();
    let (one, two) = (json!([all[0]]), json!([all[1]]));
    let parted = |matching: Option<&Value>, rest: Option<&Value>| Choice::Parted {
        step: step(1),
        matching: matching.cloned().map(of),
        rest: rest.cloned().map(of),
    };
    let value = |text: &str| Some(typed(text));
    for (left, condition, right, previous, expected) in [
        (from(1, "n"), Equals, value("0"), Some(1), Choice::One(true)),
        (
            from(1, "[items].v"),
            Equals,
            value("2"),
            Some(1),
            parted(Some(&two), Some(&one)),
        ),
        (
            from(1, "[items].v"),
            NotEquals,
            value("2"),
            Some(1),
            parted(Some(&one), Some(&two)),
        ),
        (
            from(1, "[items].v"),
            Exists,
            None,
            Some(1),
            parted(Some(&all), None),
        ),
        (
            from(1, "[items].[w].x"),
            Equals,
            value("9"),
            Some(1),
            parted(Some(&two), Some(&one)),
        ),
        (
            from(1, "[items].v"),
            Equals,
            Some(from(1, "[items].[w].x")),
            Some(1),
            parted(Some(&all), None),
        ),
        (
            from(1, "[items].v"),
            GreaterThan,
            Some(from(1, "n")),
            Some(1),
            parted(Some(&all), None),
        ),
        (
            from(1, "[items].v"),
            Equals,
            value("2"),
            Some(5),
            Choice::One(true),
        ),
        (
            from(1, "[items].v"),
            NotEquals,
            value("2"),
            Some(5),
            Choice::One(false),
        ),
        (
            from(1, "[items].v"),
            NotEquals,
            value("7"),
            None,
            Choice::One(true),
        ),
        (from(1, "[gone].v"), Exists, None, None, Choice::One(false)),
        (
            from(1, "[gone].v"),
            NotExists,
            None,
            None,
            Choice::One(true),
        ),
        (from(8, "v"), Exists, None, None, Choice::One(false)),
        (
            Source::Variable {
                name: Some("Limit".into()),
            },
            GreaterThan,
            value("4"),
            None,
            Choice::One(true),
        ),
    ] {
        let says = format!("{left:?} {condition:?} {right:?} {previous:?}");
        let decided = decided(
            vec![row(left, condition, right)],
            previous,
            &[(1, data.clone())],
        );
        assert_eq!(decided, Ok(expected), "{says}");
    }
    let answers = [(
        1,
        json!([{"items": [{"v": 1}, {"v": 2}]}, {"items": [{"v": 1}]}]),
    )];
    assert_eq!(
        decided(
            vec![row(from(1, "[items].v"), Equals, value("2"))],
            Some(1),
            &answers
        ),
        Ok(Choice::Parted {
            step: step(1),
            matching: Some(json!([{"items": [{"v": 2}]}])),
            rest: Some(json!([{"items": [{"v": 1}]}, {"items": [{"v": 1}]}])),
        })
    );
    let day = row(from(1, "day"), GreaterThan, value("2024-03-01"));
    assert_eq!(
        decided(vec![day], Some(1), &[(1, json!({"day": "02.03.2024"}))]),
        Ok(Choice::One(true))
    );
}

#[test]
fn what_later_steps_read_of_a_step_is_found_wherever_it_is_mapped() {
    let of = |number, kind| crate::cycle::Step {
        id: step(number),
        origin: None,
        name: String::new(),
        description: None,
        position: Default::default(),
        on_error: None,
        splitting: None,
        script: None,
        is_setup_hidden: false,
        kind,
    };
    let id = step(1);
    let decision = Decision {
        criteria: vec![row(
            from(1, "[a].b"),
            Condition::Equals,
            Some(typed(&format!("{{{{{id} c}}}}"))),
        )],
        ..Decision::default()
    };
    let document = crate::cycle::CycleDocument {
        steps: vec![
            of(2, crate::cycle::StepKind::Decision(decision)),
            of(
                3,
                crate::cycle::StepKind::WaitUntil {
                    date: Some(from(1, "c")),
                },
            ),
            of(
                4,
                crate::cycle::StepKind::WaitUntil {
                    date: Some(typed(&format!("={{{{{id} d}}}}"))),
                },
            ),
        ],
        ..Default::default()
    };

    assert_eq!(fields_in_use(&document, id), ["[a].b", "c", "d"]);
    assert!(fields_in_use(&document, step(2)).is_empty());
}

#[test]
fn a_decision_that_lacks_something_says_what() {
    for (rows, error) in [
        (vec![], DecideError::NoCriteria),
        (
            vec![row(from(1, "v"), Condition::Equals, None)],
            DecideError::NoOperand("right"),
        ),
        (
            vec![DecisionRow {
                left: None,
                ..row(from(1, "v"), Condition::Exists, None)
            }],
            DecideError::NoOperand("left"),
        ),
    ] {
        assert_eq!(decided(rows, None, &[]), Err(error));
    }
}

proptest! {
    #[test]
    fn a_join_is_what_comparing_each_with_each_gives(
        primary in prop::collection::vec(prop::option::of(0_u8..6), 0..12),
        other in prop::collection::vec(prop::option::of(0_u8..6), 0..12),
    ) {
        let list = |keys: &[Option<u8>]| -> Value {
            keys.iter()
                .enumerate()
                .map(|(number, key)| json!({"n": number, "k": key.map(|key| format!(" {key}"))}))
                .collect()
        };
        let steps = [(1, list(&primary)), (2, list(&other))];
        let keys = [key(field(2, "[].k"), field(1, "[].k"))];
        let mapped = [("a", from(1, "[].n")), ("b", from(2, "[].n"))];

        let joined = requests(&planned(&mapped, &keys, &steps).unwrap());

        let mut expected = Vec::new();
        for (a, key) in primary.iter().enumerate() {
            let matching: Vec<usize> = (0..other.len())
                .filter(|b| key.is_some() && other[*b] == *key)
                .collect();
            if matching.is_empty() {
                expected.push(json!({"a": a}));
            }
            expected.extend(matching.into_iter().map(|b| json!({"a": a, "b": b})));
        }
        prop_assert_eq!(joined, Value::from(expected));
    }

    #[test]
    fn no_source_and_no_data_make_the_planner_panic(
        locations in prop::collection::vec(r"(\[?[ab]?\]?\.){0,2}\[?[ab]\]?", 1..4),
        target in r"(\[[xy]\]\.){0,2}[xy]",
        data in prop::collection::vec(prop::sample::select(vec![
            json!(null), json!([]), json!({"a": [{"b": 1}, {"b": [2]}]}), json!([{"a": {"b": []}}, 3]),
            json!([[{"a": 1}]]), json!({"a": {"b": {"a": 1}}}), json!("text"),
        ]), 2),
    ) {
        let steps = [(1, data[0].clone()), (2, data[1].clone())];
        let mapped: Vec<(String, Source)> = locations
            .iter()
            .enumerate()
            .map(|(at, location)| (format!("{target}{at}"), from(1 + (at % 2) as u128, location)))
            .collect();
        let mapped: Vec<(&str, Source)> = mapped.iter().map(|(n, s)| (n.as_str(), s.clone())).collect();
        drop(planned(&mapped, &[], &steps));
    }
}
