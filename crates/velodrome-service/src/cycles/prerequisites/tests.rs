//! The rule, as tables.

use uuid::Uuid;
use velodrome_model::{
    ConnectorId, EdgeId, MethodUid,
    cycle::{
        CollectionSplitting, Condition, Delay, Edge, Exit, OnUncertain, Position, TimeUnit,
        Variable, WebhookMapping,
    },
    definition::DataType,
};

use super::*;

fn id(number: u128) -> StepId {
    StepId(Uuid::from_u128(number))
}

fn step(number: u128, kind: StepKind) -> Step {
    Step {
        id: id(number),
        origin: None,
        name: number.to_string(),
        description: None,
        position: Position::default(),
        on_error: None,
        splitting: None,
        script: None,
        is_setup_hidden: false,
        kind,
    }
}

fn method() -> MethodStep {
    MethodStep {
        account_connector: Some(AccountConnectorId(7)),
        connector: ConnectorId(1),
        method: MethodUid(Uuid::nil()),
        is_webhook: false,
        decides: false,
        category: None,
        external_authentication: false,
        on_uncertain: OnUncertain::Repeat,
        parameters: [].into(),
        fields: [].into(),
        collection_keys: Vec::new(),
        webhook: None,
    }
}

fn run(number: u128, method: MethodStep) -> Step {
    step(number, StepKind::Method(Box::new(method)))
}

fn mapped(source: Source) -> Mapping {
    Mapping {
        source: Some(source),
        ..Mapping::default()
    }
}

fn from(step: u128, location: &str) -> Source {
    Source::PreviousStep(FieldSource {
        step: Some(id(step)),
        location: Some(location.to_owned()),
    })
}

fn typed(text: &str) -> Source {
    Source::Static {
        value: Some(text.to_owned()),
    }
}

/// Steps 1, 2, 3… one after the other.
fn row(steps: Vec<Step>) -> CycleDocument {
    let edges = steps.windows(2).map(|pair| Edge {
        id: EdgeId(pair[1].id.0),
        tail: pair[0].id,
        exit: Exit::Forward,
        head: pair[1].id,
    });
    CycleDocument {
        edges: edges.collect(),
        steps,
        ..CycleDocument::default()
    }
}

fn facts(of: impl IntoIterator<Item = (u128, StepFacts)>) -> Facts {
    Facts(
        of.into_iter()
            .map(|(step, facts)| (id(step), facts))
            .collect(),
    )
}

fn ready() -> StepFacts {
    StepFacts {
        is_authenticated: true,
        ..StepFacts::default()
    }
}

fn codes(unmet: &[Prerequisite]) -> Vec<u8> {
    unmet.iter().map(|one| one.reason.code()).collect()
}

fn codes_of(document: &CycleDocument, facts: &Facts, step: usize) -> Vec<u8> {
    codes(&of_step(document, &document.steps[step], facts))
}

#[test]
fn a_cycle_needs_two_connected_steps_and_credentials() {
    let cycle = CycleId(Uuid::nil());
    let both = facts([(1, ready()), (2, ready())]);
    let one = row(vec![run(1, method())]);
    let good = row(vec![run(1, method()), run(2, method())]);
    let mut loose = good.clone();
    loose.edges.clear();

    assert_eq!(codes(&of_cycle(cycle, &one, &both)), [10]);
    assert_eq!(codes(&of_cycle(cycle, &loose, &both)), [11]);
    assert_eq!(of_cycle(cycle, &good, &both), []);
    let unproven = facts([(1, StepFacts::default()), (2, StepFacts::default())]);
    assert_eq!(
        of_cycle(cycle, &good, &unproven),
        [Prerequisite {
            reason: Reason::Unauthenticated,
            object: Object::AccountConnector(AccountConnectorId(7)),
        }]
    );
    assert_eq!(codes(&of_cycle(cycle, &good, &facts([(1, ready())]))), [0]);
}

#[test]
fn credentials_are_not_missed_where_every_step_brings_its_own() {
    let cycle = CycleId(Uuid::nil());
    let external = |is: bool| MethodStep {
        external_authentication: is,
        ..method()
    };
    let unproven = facts([(1, StepFacts::default()), (2, StepFacts::default())]);
    for (first, second, expected) in [
        (true, true, vec![]),
        (true, false, vec![20]),
        (false, false, vec![20]),
    ] {
        let document = row(vec![run(1, external(first)), run(2, external(second))]);
        assert_eq!(codes(&of_cycle(cycle, &document, &unproven)), expected);
    }
    let unchosen = MethodStep {
        account_connector: None,
        ..method()
    };
    let document = row(vec![run(1, unchosen), run(2, method())]);
    let unmet = of_cycle(cycle, &document, &facts([(1, ready()), (2, ready())]));
    assert_eq!(unmet[0].object, Object::Step(id(1)));
    assert_eq!(codes(&unmet), [20]);
}

#[test]
fn required_targets_need_a_source_that_can_give_a_value() {
    let known = StepFacts {
        required_parameters: vec![(ParameterId(3), "limit".into())],
        required_fields: vec![(FieldId(4), "email".into())],
        ..ready()
    };
    let known = facts([(1, ready()), (2, known), (3, ready())]);
    let named = |name: &str| Source::Variable {
        name: Some(name.into()),
    };
    for (source, is_set) in [
        (Source::Ignore, false),
        (typed(""), false),
        (typed("x"), true),
        (Source::Static { value: None }, false),
        (from(1, "id"), true),
        (from(3, "id"), false),
        (Source::PreviousStep(FieldSource::default()), false),
        (Source::ValueList { value: None }, false),
        (named("list"), true),
        (named("LIST"), true),
        (named("gone"), false),
    ] {
        let mut second = method();
        second
            .parameters
            .insert("limit".into(), mapped(source.clone()));
        second.fields.insert("email".into(), mapped(source.clone()));
        let mut document = row(vec![run(1, method()), run(2, second), run(3, method())]);
        document.variables.push(Variable {
            display_name: "List".into(),
            system_name: "list".into(),
            description: None,
            value: Some("1".into()),
            values: None,
            data_type: DataType::Text,
            is_required: true,
            is_sensitive: false,
            is_launch_visible: false,
        });
        let expected: &[u8] = if is_set { &[] } else { &[40, 41] };
        assert_eq!(codes_of(&document, &known, 1), expected, "{source:?}");
        document.variables[0].value = None;
        let summed: &[u8] = if is_set { &[40] } else { &[30, 40] };
        let all = of_cycle(CycleId(Uuid::nil()), &document, &known);
        assert_eq!(codes(&all), summed, "{source:?}");
        assert_eq!(all.last().unwrap().object, Object::Variable("list".into()));
    }
}

#[test]
fn tools_miss_what_they_were_not_told() {
    let criterion = |left, condition, right| DecisionRow {
        left,
        condition,
        right,
        upper: None,
        ignores_case: false,
    };
    let decision = |criteria| {
        StepKind::Decision(Decision {
            criteria,
            ..Decision::default()
        })
    };
    let delay = |interval, unit| StepKind::Delay(Delay { interval, unit });
    let date = |date| StepKind::WaitUntil { date };
    use Condition::{Between, Equals, Exists};
    for (kind, expected) in [
        (decision(vec![]), vec![50]),
        (decision(vec![criterion(None, Equals, None)]), vec![50, 51]),
        (
            decision(vec![criterion(Some(from(1, "a")), Exists, None)]),
            vec![],
        ),
        (
            decision(vec![criterion(Some(from(1, "a")), Equals, None)]),
            vec![51],
        ),
        (
            decision(vec![criterion(
                Some(from(1, "a")),
                Equals,
                Some(typed("x")),
            )]),
            vec![],
        ),
        (
            decision(vec![criterion(
                Some(from(1, "a")),
                Between,
                Some(typed("1")),
            )]),
            vec![51],
        ),
        (delay(None, None), vec![60, 61]),
        (delay(Some(1), None), vec![60]),
        (delay(None, Some(TimeUnit::Days)), vec![61]),
        (delay(Some(1), Some(TimeUnit::Days)), vec![]),
        (date(None), vec![70]),
        (date(Some(from(1, "a"))), vec![]),
        (date(Some(from(9, "a"))), vec![70]),
        (StepKind::WaitAll, vec![]),
    ] {
        let document = row(vec![run(1, method()), step(2, kind.clone())]);
        let known = facts([(1, ready())]);
        assert_eq!(codes_of(&document, &known, 1), expected, "{kind:?}");
    }
}

#[test]
fn lists_of_several_steps_need_keys_where_they_meet() {
    let list = |list: &str| StepFacts {
        main_list: Some(list.parse().unwrap()),
        ..ready()
    };
    let known = facts([(1, list("[a]")), (2, list("[b]")), (3, ready())]);
    let key = |left: Option<&str>, right: Option<&str>| CollectionKey {
        left: FieldSource {
            step: Some(id(1)),
            location: left.map(Into::into),
        },
        right: FieldSource {
            step: Some(id(2)),
            location: right.map(Into::into),
        },
    };
    let (two, same) = ([("x", from(1, "[a].i")), ("y", from(2, "[b].i"))], || {
        vec![key(Some("[a].i"), Some("[b].i"))]
    });
    use CollectionSplitting::{All, First, None as Never};
    for (splitting, fields, keys, expected) in [
        (Never, two.to_vec(), vec![], vec![42]),
        (Never, two.to_vec(), same(), vec![]),
        (Never, two.to_vec(), vec![key(None, None)], vec![]),
        (
            Never,
            two.to_vec(),
            vec![key(Some("[a].i"), None)],
            vec![42],
        ),
        (First, two.to_vec(), vec![], vec![]),
        (All, two.to_vec(), vec![], vec![]),
        (
            First,
            vec![("x", from(1, "[a].[deep].i")), ("y", from(2, "[b].i"))],
            vec![],
            vec![42],
        ),
        (
            Never,
            vec![("x", from(1, "[a].i")), ("y", from(1, "[a].j"))],
            vec![],
            vec![],
        ),
        (
            Never,
            vec![("[p].x", from(1, "[a].i")), ("[q].y", from(2, "[b].i"))],
            vec![],
            vec![],
        ),
        (
            Never,
            vec![("[p].x", from(1, "[a].i")), ("y", from(2, "[b].i"))],
            vec![],
            vec![42],
        ),
        (
            Never,
            vec![
                ("x", from(1, "[a].i")),
                ("y", typed(&format!("{{{{{} [b].i}}}}", id(2)))),
            ],
            vec![],
            vec![42],
        ),
    ] {
        let mut third = method();
        for (target, source) in &fields {
            third
                .fields
                .insert((*target).to_owned(), mapped(source.clone()));
        }
        third.collection_keys = keys.clone();
        let mut document = row(vec![run(1, method()), run(2, method()), run(3, third)]);
        document.settings.splitting = splitting;
        assert_eq!(
            codes_of(&document, &known, 2),
            expected,
            "{splitting:?} {fields:?} {keys:?}"
        );
    }
}

#[test]
fn a_webhook_in_the_middle_must_know_whom_a_request_is_for() {
    let waiting = |webhook| MethodStep {
        is_webhook: true,
        webhook,
        ..method()
    };
    let whole = WebhookMapping {
        request: Some("order".into()),
        source: FieldSource {
            step: Some(id(1)),
            location: Some("id".into()),
        },
    };
    let half = WebhookMapping {
        source: FieldSource::default(),
        ..whole.clone()
    };
    for (webhook, expected) in [
        (None, vec![43]),
        (Some(half), vec![43]),
        (Some(whole), vec![]),
    ] {
        let document = row(vec![run(1, method()), run(2, waiting(webhook))]);
        let known = facts([(1, ready()), (2, ready())]);
        assert_eq!(codes_of(&document, &known, 1), expected);
    }
    let trigger = row(vec![run(1, waiting(None)), run(2, method())]);
    assert!(codes_of(&trigger, &facts([(1, ready())]), 0).is_empty());
}
